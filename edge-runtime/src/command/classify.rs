//! `edge-runtime classify`: pictures in, ranked class probabilities out, in the order of the input and as they come.
//!
//! A picture that gets no answer is named on standard error with the reason, the others go on, and the exit status is 1.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::process::ExitCode;

use edge_runtime::{Classifier, decode_picture, printable, read_picture, reuse_memory};

use super::arguments::ClassifyArguments;
use super::input::{Depth, Entry, Picture, Pictures, find_pictures, load_classifier};
use super::ordered_work;
use super::output::{Answer, Answers, Progress};

/// Classifies everything that the arguments name.
pub(crate) fn run(arguments: &ClassifyArguments) -> anyhow::Result<ExitCode> {
    let classifier = load_classifier(arguments.model.as_deref())?;
    let depth = if arguments.recursive { Depth::Recursive } else { Depth::Folder };
    let pictures = find_pictures(&arguments.paths, depth)?;
    let (top, labels) = (arguments.top.get(), &classifier.contract().labels);
    let mut report = Report {
        answers: arguments.format.to_standard_output(top, &pictures.first_paths, labels),
        progress: Progress::on_terminal(pictures.total),
        exit: ExitCode::SUCCESS,
    };
    let threads = threads(arguments, &pictures);
    let work = |entry: Entry| classify(&classifier, entry, arguments);
    ordered_work::for_each(pictures.entries, threads, work, |outcome| report.receive(outcome))?;
    Ok(report.exit)
}

/// An answer, or a line that says why there is none.
type Outcome = Result<Answer, String>;

fn classify(classifier: &Classifier, entry: Entry, arguments: &ClassifyArguments) -> Outcome {
    let entry = entry?;
    let path = entry.path();
    let picture = match &entry {
        Picture::File(path) => read_picture(path, arguments.max_pixels),
        Picture::Bytes(bytes) => decode_picture("standard input", bytes, arguments.max_pixels),
    };
    let picture = picture.map_err(|error| error.to_string())?;
    let outcome = classifier.classify(&picture);
    reuse_memory(picture);
    match outcome {
        Ok(probabilities) => Ok(Answer { path, probabilities, min_confidence: arguments.min_confidence }),
        Err(error) => Err(format!("{}: {error}", printable(&path))),
    }
}

struct Report {
    answers: Box<dyn Answers>,
    progress: Progress<io::Stderr>,
    exit: ExitCode,
}

impl Report {
    fn receive(&mut self, outcome: Outcome) -> ControlFlow<()> {
        let written = match outcome {
            Ok(answer) => self.answers.write(&answer),
            Err(problem) => {
                self.fail(&problem);
                Ok(())
            }
        };
        self.progress.step();
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
        self.progress.clear();
        // In one piece: standard error may be shared with other programs.
        let _ = io::stderr().write_all(format!("{problem}\n").as_bytes());
    }
}

/// No more than there are pictures.
fn threads(arguments: &ClassifyArguments, pictures: &Pictures) -> NonZeroUsize {
    let useful = pictures.total.and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MAX);
    if useful == NonZeroUsize::MIN {
        // To ask for the number of processors takes time at every start.
        return useful;
    }
    let asked = arguments.threads.and_then(|threads| NonZeroUsize::new(threads.into()));
    let threads = asked.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    threads.min(useful)
}
