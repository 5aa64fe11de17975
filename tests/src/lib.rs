//! What the whole-pipeline tests share: an [`integer_oracle`] for networks in eight bits, [`random_networks`] that
//! properties are tried on, the [`difference`] between two computations, and a [`small_set`] of images that a test can
//! train on in seconds.
//!
//! The oracle for networks in floating point is [`models::reference`].

pub mod difference;
pub mod integer_oracle;
pub mod random_networks;
pub mod small_set;
