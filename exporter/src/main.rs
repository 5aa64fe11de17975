//! `exporter`: see `exporter --help`.

use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use exporter::Exported;
use models::weights::Weights;
use trainer::run_directory::load_weights;

/// Write a trained network to an ONNX file that answers at temperature 1
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 80,
    after_help = "\
The file is read back with the runtime and with candle-onnx, and gets its name
only if both compute the trainer's probabilities. A file that is there already
is replaced then, and kept otherwise.

Example:
  exporter runs/student --out student.onnx

Exit status: 0 written, 1 not written, 2 wrong arguments."
)]
struct CommandLine {
    /// A finished run of `trainer`, or its safetensors file
    #[arg(value_name = "RUN|FILE.safetensors")]
    model: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE.onnx")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&CommandLine::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed: then there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "exporter: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &CommandLine) -> anyhow::Result<()> {
    let weights = load_weights(&arguments.model)?;
    let exported = exporter::export(&weights, &arguments.out)?;
    match print(arguments, &weights, &exported, &mut stdout().lock()) {
        // Whoever reads our output has seen enough; the file is there.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

fn print(
    arguments: &CommandLine,
    weights: &Weights,
    exported: &Exported,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let Exported { bytes, agreement } = exported;
    let trained = match weights.contract.provenance.distillation_temperature {
        Some(temperature) => format!("distilled at {temperature}, "),
        None => String::new(),
    };
    writeln!(out, "{}", arguments.out.display())?;
    writeln!(
        out,
        "  network      {}, {} parameters",
        weights.network.name,
        weights.network.parameter_count()
    )?;
    writeln!(out, "  temperature  {trained}exported at 1")?;
    writeln!(out, "  size         {bytes} bytes, f32")?;
    writeln!(out, "  agreement    with the trainer's probabilities, {} inputs:", agreement.inputs)?;
    writeln!(
        out,
        "               within {:.1e} by tract, {:.1e} by candle-onnx",
        agreement.runtime_difference, agreement.candle_onnx_difference
    )
}
