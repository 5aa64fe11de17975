//! How good the answers of networks are, and what they say beyond the label.
//!
//! In come rows of probabilities or logits, `[classes]` each, with labels; out go counts, means and drawings. Every
//! command and report measures with these functions, so that figures can be compared.

mod columns;
pub mod dark_knowledge;
pub(crate) mod empty_answers;
pub(crate) mod evaluation;
pub(crate) mod input_check;
#[cfg(feature = "cli")]
pub(crate) mod seed_statistics;
pub(crate) mod terminal_picture;

pub use dark_knowledge::DarkKnowledge;
pub use empty_answers::EmptyAnswers;
pub use evaluation::Evaluation;
pub use input_check::{InputMismatch, NamedSet, fit_images};
pub use terminal_picture::PictureColours;
