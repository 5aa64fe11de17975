//! Checks that a network and a data set belong together.
//!
//! In come the input `[channels, height, width]` and the classes of a network with a set of images, out goes an error
//! that names the model. Without it a network would answer on images that it cannot read.

use std::path::Path;

use models::storage::printable::PrintablePath;

use crate::data::data_set::DataSet;

/// The error for a network that cannot be asked about the images of a set.
#[derive(Debug, thiserror::Error)]
#[error("{model}: expected a network for {expected}, found {found}")]
pub struct InputMismatch {
    /// The path of the network's file or run.
    pub model: String,
    /// The sides of the images and the number of classes of the set.
    pub expected: String,
    /// The sides of the input and the number of classes of the network.
    pub found: String,
}

/// Checks that a network with this `input`, `[channels, height, width]`, and this number of `classes` fits the images.
///
/// # Errors
/// [`InputMismatch`], which names `model`.
pub fn expect_input(
    input: [usize; 3],
    classes: usize,
    images: &DataSet,
    model: &Path,
) -> Result<(), InputMismatch> {
    let [height, width] = images.side();
    if input == [1, height, width] && classes == images.classes() {
        return Ok(());
    }
    let found = input.map(|side| side.to_string()).join("x");
    Err(InputMismatch {
        model: model.printable(),
        expected: format!("1x{height}x{width} images and {} classes", images.classes()),
        found: format!("{found} and {classes}"),
    })
}
