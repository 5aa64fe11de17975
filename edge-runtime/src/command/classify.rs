//! `edge-runtime classify`: pictures in, ranked class probabilities out, in the order of the input and as they come.
//!
//! A picture that gets no answer is named on standard error with the reason, the others go on, and the exit status is 1.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::process::ExitCode;

use edge_runtime::{
    Classifier, MemoryBudget, PictureError, PictureProblem, decode_picture_within, read_picture_within,
    reuse_memory,
};
use models::storage::panic_net;
use models::storage::printable::{printable, printable_path};

use super::arguments::ClassifyArguments;
use super::input::{Depth, Entry, Picture, Pictures, find_pictures, load_classifier};
use super::ordered_work;
use super::output::{Answer, Answers, Progress};

/// Classifies everything that the arguments name.
pub(crate) fn run(arguments: &ClassifyArguments) -> anyhow::Result<ExitCode> {
    let classifier = load_classifier(arguments.model.as_deref())?;
    let depth = if arguments.recursive { Depth::Recursive } else { Depth::Folder };
    let memory = arguments.max_memory.map_or_else(MemoryBudget::half_of_what_is_free, MemoryBudget::new);
    let pictures = find_pictures(&arguments.paths, depth, memory.limit())?;
    let (top, labels) = (arguments.top.get(), &classifier.contract().labels);
    let mut report = Report {
        answers: arguments.format.to_standard_output(top, &pictures.first_paths, labels),
        progress: Progress::on_terminal(pictures.total),
        exit: ExitCode::SUCCESS,
    };
    let threads = threads(arguments, &pictures);
    let work = Work { classifier, arguments, threads, memory };
    ordered_work::for_each(
        pictures.entries,
        threads,
        |entry| work.outcome(entry),
        |outcome| report.receive(outcome),
    )?;
    if let Some(left_out) = pictures.left_out.line() {
        report.say(&left_out);
    }
    Ok(report.exit)
}

/// An answer, or a line that says why there is none.
type Outcome = Result<Answer, String>;

/// What is done with each picture, on any thread.
struct Work<'arguments> {
    classifier: Classifier,
    arguments: &'arguments ClassifyArguments,
    threads: NonZeroUsize,
    memory: MemoryBudget,
}

impl Work<'_> {
    /// A panic costs the picture its answer, and the others nothing.
    fn outcome(&self, entry: Entry) -> Outcome {
        let picture = entry?;
        let path = picture.path();
        panic_net::catch(|| self.classify(&picture)).unwrap_or_else(|panic| {
            let (path, panic) = (printable_path(&path), printable(&panic));
            Err(format!("{path}: a mistake in this program, please report it: {panic}"))
        })
    }

    fn classify(&self, picture: &Picture) -> Outcome {
        let (path, max_pixels) = (picture.path(), self.arguments.max_pixels);
        let decoded = match picture {
            Picture::File(path) => read_picture_within(path, max_pixels, &self.memory),
            Picture::Bytes(bytes) => decode_picture_within("standard input", bytes, max_pixels, &self.memory),
        };
        let decoded = decoded.map_err(|error| refusal(&error))?;
        let outcome = self.classifier.classify(&*decoded);
        // Memory that a thread keeps for its next picture is in no account: it must be little.
        if decoded.as_bytes().len() as u64 <= self.memory.limit() / (4 * self.threads.get() as u64) {
            reuse_memory(decoded.into_picture());
        }
        match outcome {
            Ok(probabilities) => {
                Ok(Answer { path, probabilities, min_confidence: self.arguments.min_confidence })
            }
            Err(error) => Err(format!("{}: {error}", printable_path(&path))),
        }
    }
}

/// What is wrong with a picture, and the option that would allow it where there is one.
fn refusal(error: &PictureError) -> String {
    match error.problem {
        PictureProblem::TooManyPixels { .. } => format!("{error}; --max-pixels allows more"),
        PictureProblem::TooMuchMemory { .. } => format!("{error}; --max-memory allows more"),
        _ => error.to_string(),
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
        self.say(problem);
    }

    fn say(&mut self, problem: &str) {
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
