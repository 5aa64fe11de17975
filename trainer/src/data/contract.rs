//! The model contract of a network that is trained on a data set.
//!
//! In comes the set's name or directory, out goes a [`ModelContract`] with the set's preprocessing and labels. A set's
//! meaning is decided here alone, so that its networks agree.

use std::path::Path;

use models::{ModelContract, Provenance};

/// The name of Fashion-MNIST on the command line, and of its directory.
pub(super) const FASHION_MNIST: &str = "fashion-mnist";

/// Returns the contract of a network trained on `data`: what it expects of a picture and how it names its answers. They
/// are garments where the set or the directory is called `fashion-mnist`, as the one that `trainer fetch` makes is;
/// digits for any other.
#[must_use]
pub fn contract_of(data: &str, provenance: Provenance) -> ModelContract {
    match Path::new(data).file_name().is_some_and(|name| name == FASHION_MNIST) {
        true => ModelContract::fashion_mnist(provenance),
        false => ModelContract::mnist(provenance),
    }
}
