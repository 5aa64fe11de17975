//! What is known of a tensor before anything runs: its type and its shape for a batch of one.
//!
//! Every tensor of a graph gets such a fact, with limits that keep a small file from asking for much memory.

use crate::model::onnx_protobuf::tensor_proto::DataType;
use crate::model::{Mismatch, Precision, expect};

/// The most values in one tensor: 64 Mi, 256 MiB of f32.
const MOST_VALUES: usize = 1 << 26;

/// The most axes; an image has four.
const MOST_AXES: usize = 4;

/// Type and shape of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorFact {
    pub(super) precision: Precision,
    /// No side is 0, and the product is at most [`MOST_VALUES`].
    pub(super) shape: Vec<usize>,
    /// Whether it is the same for every image.
    pub(super) constant: bool,
    /// Whether it is known that all values are over 0.
    pub(super) positive: bool,
}

impl TensorFact {
    /// A tensor with a shape that was checked.
    pub(super) fn new(precision: Precision, shape: Vec<usize>, constant: bool) -> Result<Self, Mismatch> {
        let axes = shape.len();
        expect(axes <= MOST_AXES, "number of axes", format!("at most {MOST_AXES}"), axes)?;
        checked_product(&shape)?;
        Ok(Self { precision, shape, constant, positive: false })
    }

    /// The number of values.
    pub(super) fn values(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The number of values of a shape, at least 1 and at most [`MOST_VALUES`].
pub(super) fn checked_product(shape: &[usize]) -> Result<usize, Mismatch> {
    let product = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
    match product {
        Some(values) if (1..=MOST_VALUES).contains(&values) => Ok(values),
        _ => Err(Mismatch::new("shape", format!("1 to {MOST_VALUES} values"), format!("{shape:?}"))),
    }
}

/// ONNX's number of a type to the types that are allowed here.
pub(super) fn precision(data_type: i32) -> Result<Precision, Mismatch> {
    match DataType::try_from(data_type) {
        Ok(DataType::Float) => Ok(Precision::F32),
        Ok(DataType::Float16) => Ok(Precision::F16),
        Ok(DataType::Int8) => Ok(Precision::Int8),
        Ok(DataType::Uint8) => Ok(Precision::Uint8),
        Ok(other) => Err(Mismatch::new("type", ALLOWED, other.as_str_name())),
        Err(_) => Err(Mismatch::new("type", ALLOWED, format!("number {data_type}"))),
    }
}

const ALLOWED: &str = "FLOAT, FLOAT16, INT8 or UINT8";
