//! The answer for one picture, and what every format of answers can do with it.

use std::io;
use std::path::PathBuf;

use edge_runtime::{ClassProbabilities, Guess};

/// What is said instead of a label that is less likely than `--min-confidence`, and for a picture with nothing on it.
pub(super) const UNSURE: &str = "unsure";

/// The answer for one picture.
pub(crate) struct Answer {
    /// The path as it was given or found, `-` for standard input; it may hold anything.
    pub(crate) path: PathBuf,
    pub(crate) probabilities: ClassProbabilities,
    /// The least probability of a label that is said, in [0, 1].
    pub(crate) min_confidence: f32,
}

impl Answer {
    /// The probability of the likeliest class, where that is too little or there was nothing to be read.
    pub(super) fn unsure(&self) -> Option<f32> {
        let best = self.probabilities.best()?.probability;
        (self.probabilities.is_blank() || best < self.min_confidence).then_some(best)
    }

    /// The guesses that have a line: the `top` likeliest, or none where one was asked for and it is unsure.
    pub(super) fn shown(&self, top: usize) -> Vec<Guess> {
        if top == 1 && self.unsure().is_some() { Vec::new() } else { self.probabilities.top(top) }
    }
}

/// A format in which answers are written one after another.
pub(crate) trait Answers: Send {
    /// Writes the answer for one picture, through to the terminal or the pipe.
    fn write(&mut self, answer: &Answer) -> io::Result<()>;
}
