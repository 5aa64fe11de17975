//! Verification: what a file that was written earlier still proves, and what it is worth on labelled images.
//!
//! In come a file, and where they are there the weights that it was made from and a data set; out come a
//! [`Verification`] and a [`Measurement`].

mod measurement;
mod repeated_gate;

pub use measurement::{Measurement, measure};
pub use repeated_gate::{Verification, verify};
