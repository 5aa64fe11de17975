//! What the whole-pipeline tests share: an [`integer_oracle`] for networks in eight bits, [`random_networks`] that
//! properties are tried on, their [`export_file`]s, and the [`difference`] between two computations.
//!
//! The oracle for networks in floating point is [`models::reference`].

pub mod difference;
pub mod export_file;
pub mod integer_oracle;
pub mod random_networks;

/// The programs of the page about the libraries, compiled as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/library.md")]
struct LibraryPage;
