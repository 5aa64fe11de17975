//! The model contract of a network that is trained on a set.

use std::path::Path;

use models::{ModelContract, Provenance};

/// The name of the set of garments, on the command line and of its directory.
pub(super) const FASHION_MNIST: &str = "fashion-mnist";

/// What a network trained on `data` expects of a picture and calls its answers: garments where the set or the directory
/// is called `fashion-mnist`, as the one that `trainer fetch` makes is; digits for any other.
#[must_use]
pub fn contract_of(data: &str, provenance: Provenance) -> ModelContract {
    match Path::new(data).file_name().is_some_and(|name| name == FASHION_MNIST) {
        true => ModelContract::fashion_mnist(provenance),
        false => ModelContract::mnist(provenance),
    }
}
