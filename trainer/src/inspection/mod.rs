//! What a data set holds and what is wrong with it, found out before anything is trained on it.
//!
//! In comes a described set; out go [`Findings`](findings::Findings): classes and parts, sizes and colours, files that can't be
//! read, pictures that show the same, and a proposal of groups. What is decoded on the way is kept for the training.

mod colours;
mod conversion;
mod duplicates;
pub(crate) mod findings;
mod grouping;
mod heads;
pub(crate) mod of_images;
pub(crate) mod of_pictures;
pub(crate) mod quick;
pub(crate) mod shell_word;
mod sides;
