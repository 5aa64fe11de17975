//! Golden vectors: pictures of several classes with the probabilities that their network computes for them, which a file
//! carries so that a board can check itself.
//!
//! In come the pictures, u8 `[channels, height, width]`, from a data set or a folder, and the network; out come the vectors,
//! as [`models::model_file::golden_vectors`] writes them, one of them with the JPEG file that it is made of.

mod choice;
mod folder;
mod golden_file;
mod jpeg_metadata;
mod pictures;
mod vectors;

pub use choice::{Chosen, MOST_GOLDEN, of_each_class};
pub use folder::{GoldenFolderError, of_folder};
pub use golden_file::with_file;
pub use pictures::{GoldenPicture, digits};

pub(crate) use vectors::golden_vectors;
