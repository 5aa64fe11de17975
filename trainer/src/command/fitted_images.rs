//! The images that a command asks a network about: fitted to the network's classes, and a line to standard error where these
//! stand in another order.

use std::path::Path;

use models::ModelContract;
use models::storage::printable::PrintablePath;

use crate::data::data_set::DataSet;
use crate::evaluation::input_check::{InputMismatch, NamedSet, fit_images};
use crate::process::console::say;

/// Returns `images` of `set` with labels in the order of the network at `model`, which has this contract.
pub(super) fn fitted_images(
    model: &Path,
    contract: &ModelContract,
    set: NamedSet<'_>,
    images: DataSet,
) -> Result<DataSet, InputMismatch> {
    let (images, order) = fit_images(model, contract, set, images)?;
    if let Some(note) = order.note(set.name, &model.printable()) {
        say(format_args!("{note}"));
    }
    Ok(images)
}
