//! `edge-runtime classify`: pictures in, ranked class probabilities out, in the order of the input and as they come.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::process::ExitCode;

use edge_runtime::{
    ClassProbabilities, Classifier, Guess, decode_picture, printable, read_picture, reuse_memory,
};

use super::answer_csv::CsvAnswers;
use super::answer_json::JsonAnswers;
use super::answer_text::{Colours, TextAnswers};
use super::arguments::{AnswerFormat, ClassifyArguments};
use super::picture_paths::{Depth, Entry, Picture, Pictures};
use super::progress::Progress;
use super::{model_choice, ordered_answers, picture_paths};

/// What is said instead of a label that is less likely than `--min-confidence`.
pub(super) const UNSURE: &str = "unsure";

/// The answer for one picture.
pub(super) struct Answer {
    /// As it is given or found; it may hold anything.
    pub(super) path: String,
    pub(super) probabilities: ClassProbabilities,
    min_confidence: f32,
}

impl Answer {
    /// The probability of the likeliest class, where that is too little.
    pub(super) fn unsure(&self) -> Option<f32> {
        let best = self.probabilities.best()?.probability;
        (best < self.min_confidence).then_some(best)
    }

    /// The guesses that have a line: the `top` likeliest, or none where one was asked for and it is unsure.
    pub(super) fn shown(&self, top: usize) -> Vec<Guess> {
        if top == 1 && self.unsure().is_some() { Vec::new() } else { self.probabilities.top(top) }
    }
}

/// One output format.
pub(super) trait Answers: Send {
    /// Writes the answer for one picture, through to the terminal or the pipe.
    fn write(&mut self, answer: &Answer) -> io::Result<()>;
}

/// Classifies everything that the arguments name.
pub(crate) fn run(arguments: &ClassifyArguments) -> anyhow::Result<ExitCode> {
    let classifier = model_choice::load(arguments.model.as_deref())?;
    let depth = if arguments.recursive { Depth::Recursive } else { Depth::Folder };
    let pictures = picture_paths::find(&arguments.paths, depth)?;
    let mut report = Report {
        answers: answers(arguments, &classifier, &pictures.first_paths),
        progress: Progress::on_terminal(pictures.total),
        exit: ExitCode::SUCCESS,
    };
    let threads = threads(arguments, &pictures);
    let work = |entry: Entry| classify(&classifier, entry, arguments);
    ordered_answers::for_each(pictures.entries, threads, work, |outcome| report.receive(outcome))?;
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

fn answers(
    arguments: &ClassifyArguments,
    classifier: &Classifier,
    first_paths: &[String],
) -> Box<dyn Answers> {
    let (output, top) = (io::stdout(), arguments.top.get());
    match arguments.format {
        AnswerFormat::Text => {
            let labels = &classifier.contract().labels;
            Box::new(TextAnswers::new(output, top, colours(), first_paths, labels))
        }
        AnswerFormat::Json => Box::new(JsonAnswers::new(output, top)),
        AnswerFormat::Csv => Box::new(CsvAnswers::new(output, top)),
    }
}

/// Colours on a terminal, unless the user's environment says otherwise: `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM`.
fn colours() -> Colours {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => Colours::Plain,
        _ => Colours::Ansi,
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
