//! `edge-runtime info`: what a model file holds.

use std::io::{self, Write};
use std::process::ExitCode;

use edge_runtime::{Classifier, ModelSummary, printable};
use models::ModelContract;

use super::arguments::{InfoArguments, InfoFormat};
use super::{info_text, model_choice};

/// The one JSON object that `--format json` prints.
#[derive(serde::Serialize)]
struct Info<'model> {
    model: &'model str,
    #[serde(flatten)]
    summary: &'model ModelSummary,
    contract: &'model ModelContract,
}

/// Prints it.
pub(crate) fn run(arguments: &InfoArguments) -> anyhow::Result<ExitCode> {
    let classifier = model_choice::load(arguments.model.as_deref())?;
    let model = arguments.model.as_ref().map(|path| printable(&path.to_string_lossy()));
    let model = model.as_deref().unwrap_or("built-in model");
    let text = match arguments.format {
        InfoFormat::Text => info_text::describe(model, &classifier),
        InfoFormat::Json => json(model, &classifier)?,
    };
    Ok(print(&text))
}

fn json(model: &str, classifier: &Classifier) -> anyhow::Result<String> {
    let info = Info { model, summary: classifier.summary(), contract: classifier.contract() };
    Ok(serde_json::to_string(&info)? + "\n")
}

fn print(text: &str) -> ExitCode {
    let mut output = io::stdout();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "standard output: cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
