//! The time of an answer on this machine, for a network that is not trained: a network in, microseconds out.
//!
//! Random weights go through the program `exporter`, and the file that it writes through `edge-runtime bench`: what is
//! measured is what a board would run. Both programs lie beside this one; neither is a part of it, since the one that trains
//! knows nothing of files for boards.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use models::network::ParameterRole;
use models::random::{Generator, Purpose};
use models::weights::Weights;
use models::{ModelContract, Network};
use serde_json::Value;

use crate::cost::stored_bytes::StoredPrecision;

/// The seconds that `edge-runtime bench` measures, all in all.
const SECONDS: &str = "2";

/// The programs that measure.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    exporter: PathBuf,
    edge_runtime: PathBuf,
}

impl Programs {
    /// Finds both programs: in the folder of this program, else in the folders of PATH.
    ///
    /// # Errors
    /// A line that names the one that is missing.
    pub(crate) fn find() -> anyhow::Result<Self> {
        Ok(Self { exporter: find("exporter")?, edge_runtime: find("edge-runtime")? })
    }

    /// Returns the median time, in microseconds, that `network` takes on one thread for one image, exported in `precision`.
    ///
    /// # Errors
    /// A line with what one of the programs says.
    pub(crate) fn microseconds(
        &self,
        network: &Network,
        contract: &ModelContract,
        precision: StoredPrecision,
    ) -> anyhow::Result<f64> {
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let (weights, file) =
            (folder.path().join("untrained.safetensors"), folder.path().join("untrained.onnx"));
        untrained(network, contract).save(&weights)?;
        let mut export = Command::new(&self.exporter);
        // There are no pictures to carry, and an untrained network may answer everything with one class.
        export.arg(&weights).arg("--out").arg(&file);
        export.args(["--precision", precision.word(), "--golden", "none", "--force"]);
        output(export, "exporter", &network.name)?;
        let mut bench = Command::new(&self.edge_runtime);
        bench.args(["bench", "--format", "json", "--seconds", SECONDS, "--model"]).arg(&file);
        let found: Value = serde_json::from_slice(&output(bench, "edge-runtime", &network.name)?)
            .context("edge-runtime bench: expected JSON")?;
        let median = found.pointer("/inference_us/p50").and_then(Value::as_f64);
        median.context("edge-runtime bench: expected inference_us.p50, found none: is it of this version?")
    }
}

/// Returns the weights with which a training of `network` would begin.
fn untrained(network: &Network, contract: &ModelContract) -> Weights {
    let mut values = Vec::with_capacity(network.parameter_count());
    for (number, spec) in network.parameters().iter().enumerate() {
        let mut generator = Generator::new(1, Purpose::Initialisation { parameter: number as u32 }, 0, 0);
        let bound = (6.0 / spec.fan_in as f32).sqrt();
        values.extend((0..spec.len()).map(|_| match spec.role {
            ParameterRole::Weight => generator.symmetric(bound),
            ParameterRole::Scale | ParameterRole::RunningVariance => 1.0,
            ParameterRole::Bias | ParameterRole::RunningMean => 0.0,
        }));
    }
    Weights { network: network.clone(), contract: contract.clone(), values, finding: None }
}

fn find(name: &str) -> anyhow::Result<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(std::env::split_paths::<OsStr>(&path));
    folders.map(|folder| folder.join(&file)).find(|program| program.is_file()).with_context(|| {
        format!(
            "--max-us: expected the programs exporter and edge-runtime beside trainer or on PATH, found no {name}; \
             --max-bytes needs neither"
        )
    })
}

/// Runs a program to its end and returns what it prints.
fn output(mut command: Command, program: &str, network: &str) -> anyhow::Result<Vec<u8>> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("{program}: cannot be run"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no word of why");
        bail!("--max-us: {network:?} cannot be measured: {last}");
    }
    Ok(output.stdout)
}
