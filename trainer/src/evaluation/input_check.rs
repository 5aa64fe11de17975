//! Brings a network and a data set together, where they belong together.
//!
//! In come a network's contract and the images of a set with the set's directory; out go the images with their labels in
//! the order of the network's answers, or an error that names both sides. Without it a network would answer on images that
//! it cannot read, or be told that it is wrong where the set counts its classes otherwise.

use std::path::Path;

use models::ModelContract;
use models::storage::printable::PrintablePath;

use crate::data::data_directory::DataDirectory;
use crate::data::data_error::DataError;
use crate::data::data_set::DataSet;
use crate::data::description::DATASET_FILE;
use crate::data::label_order::{Classes, LabelMismatch, LabelOrder};

/// A data set by the name that messages give it.
#[derive(Debug, Clone, Copy)]
pub struct NamedSet<'a> {
    /// The set's name or directory, as it was given.
    pub name: &'a str,
    /// The directory that the set is read from.
    pub directory: &'a DataDirectory,
}

/// A network that cannot be asked about the images of a set.
#[derive(Debug, thiserror::Error)]
pub enum InputMismatch {
    /// The images have other sides than the network's input.
    #[error("{model}: expected a network for images of {expected}, found one for {found}")]
    Sides {
        /// The path of the network's file or run.
        model: String,
        /// The sides of the images.
        expected: String,
        /// The sides of the network's input.
        found: String,
    },
    /// The set has other classes than the network.
    #[error(transparent)]
    Labels(#[from] LabelMismatch),
    /// The set does not say what classes it has.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Returns `images` of `set` with labels in the order of the network at `model`, which has this contract, and that order.
///
/// # Errors
/// [`InputMismatch`] where the network has other classes than the set, or reads images of other sides.
pub fn fit_images(
    model: &Path,
    contract: &ModelContract,
    set: NamedSet<'_>,
    images: DataSet,
) -> Result<(DataSet, LabelOrder), InputMismatch> {
    expect_sides(model, contract, &images)?;
    let classes = set.directory.classes()?;
    let model = model.printable();
    let of_set = Classes { of: set.name, names: &classes };
    let order = LabelOrder::between(of_set, Classes { of: &model, names: &contract.labels });
    let order = match (order, set.directory.own_description()?) {
        (Err(mismatch), None) => {
            let found = format!("{}, since no {DATASET_FILE} in it names them", mismatch.found);
            return Err(LabelMismatch { found, ..mismatch }.into());
        }
        (order, _) => order?,
    };
    Ok((images.relabelled(&order), order))
}

/// Checks that the network at `model` reads images of the sides of `images`.
pub(crate) fn expect_sides(
    model: &Path,
    contract: &ModelContract,
    images: &DataSet,
) -> Result<(), InputMismatch> {
    let (shape, input) = (images.shape(), contract.input.shape());
    if input == shape {
        return Ok(());
    }
    Err(InputMismatch::Sides { model: model.printable(), expected: in_words(shape), found: in_words(input) })
}

fn in_words(shape: [usize; 3]) -> String {
    shape.map(|side| side.to_string()).join("x")
}
