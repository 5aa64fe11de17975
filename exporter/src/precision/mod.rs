//! Precisions: how the values of a network are stored in a file, and what that costs.
//!
//! In comes a network whose batch norm is folded, with the [`Precision`] that is asked for; out comes a plan of its
//! encoding, once it is known that the encoding can hold the network, and the values that the file will compute with.
//!
//! A new precision is a variant of [`Precision`] and of [`Encoding`](models::model_file::export_record::Encoding), a file
//! here that rounds values to it, an arm in `stored_values` and in [`tolerance`](crate::gate::tolerance), and a file in
//! `onnx/` with the nodes that compute with it.

mod activation_range;
mod calibration;
mod encoding_plan;
mod half_precision;
mod int8_weights;
mod stored_values;

pub use calibration::CalibrationError;
pub use encoding_plan::{EncodingError, Precision};
pub use half_precision::{HalfLosses, HalfOverflow, losses, rounded, to_half};
pub use int8_weights::TooManyProducts;

pub(crate) use activation_range::ActivationRange;
pub(crate) use encoding_plan::EncodingPlan;
pub(crate) use int8_weights::{Int8Weight, ZERO_POINT};
pub(crate) use stored_values::as_stored;
