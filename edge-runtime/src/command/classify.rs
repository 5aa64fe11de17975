//! `edge-runtime classify`: pictures in, ranked class probabilities out, in the order of the input and as they come.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use edge_runtime::{ClassProbabilities, Classifier, printable, read_picture};

use super::answer_csv::CsvAnswers;
use super::answer_json::JsonAnswers;
use super::answer_text::TextAnswers;
use super::arguments::{AnswerFormat, ClassifyArguments};
use super::picture_paths::{Depth, Entry};
use super::{model_choice, ordered_answers, picture_paths};

/// One output format.
pub(super) trait Answers {
    /// Writes the answer for one picture, through to the terminal or the pipe.
    fn write(&mut self, path: &str, answer: &ClassProbabilities) -> io::Result<()>;
}

/// Classifies everything that the arguments name.
pub(crate) fn run(arguments: &ClassifyArguments) -> anyhow::Result<ExitCode> {
    let classifier = model_choice::load(arguments.model.as_deref())?;
    let depth = if arguments.recursive { Depth::Recursive } else { Depth::Folder };
    let pictures = picture_paths::find(&arguments.paths, depth);
    let mut report = Report { answers: answers(arguments, &classifier, &pictures), exit: ExitCode::SUCCESS };
    let work = |entry: &Entry| classify(&classifier, entry, arguments.max_pixels);
    ordered_answers::for_each(&pictures, threads(arguments), work, |outcome| report.receive(outcome))?;
    Ok(report.exit)
}

/// A path fit for a line, and its answer; or a line that says why there is none.
type Outcome = Result<(String, ClassProbabilities), String>;

fn classify(classifier: &Classifier, entry: &Entry, max_pixels: u64) -> Outcome {
    let path = entry.as_ref().map_err(Clone::clone)?;
    let picture = read_picture(path, max_pixels).map_err(|error| error.to_string())?;
    let shown = shown(path);
    match classifier.classify(&picture) {
        Ok(answer) => Ok((shown, answer)),
        Err(error) => Err(format!("{}: {error}", printable(&shown))),
    }
}

/// Bytes that are no UTF-8 are shown as U+FFFD.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

struct Report {
    answers: Box<dyn Answers>,
    exit: ExitCode,
}

impl Report {
    fn receive(&mut self, outcome: Outcome) -> ControlFlow<()> {
        let written = match outcome {
            Ok((path, answer)) => self.answers.write(&path, &answer),
            Err(problem) => {
                self.fail(&problem);
                Ok(())
            }
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            // Whoever read the answers, `head` for instance, has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ControlFlow::Break(()),
            Err(error) => {
                self.fail(&format!("standard output: cannot be written: {error}"));
                ControlFlow::Break(())
            }
        }
    }

    fn fail(&mut self, problem: &str) {
        self.exit = ExitCode::FAILURE;
        let _ = writeln!(io::stderr(), "{problem}");
    }
}

fn answers(arguments: &ClassifyArguments, classifier: &Classifier, pictures: &[Entry]) -> Box<dyn Answers> {
    let (output, top) = (io::stdout(), arguments.top.get());
    match arguments.format {
        AnswerFormat::Text => {
            let paths = pictures.iter().flatten().map(|path| shown(path));
            Box::new(TextAnswers::new(output, top, paths, &classifier.contract().labels))
        }
        AnswerFormat::Json => Box::new(JsonAnswers::new(output, top)),
        AnswerFormat::Csv => Box::new(CsvAnswers::new(output, top)),
    }
}

fn threads(arguments: &ClassifyArguments) -> NonZeroUsize {
    let asked = arguments.threads.and_then(|threads| NonZeroUsize::new(threads.into()));
    asked.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}
