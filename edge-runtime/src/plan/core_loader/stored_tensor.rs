//! A weight's bytes as tract's tensor.
//!
//! In: a weight of the file, little-endian. Out: a tensor of the same shape and type.

use models::storage::numbers;
use tract_core::internal::{Tensor, TractResult, bail, f16};

use crate::model::onnx_protobuf::TensorProto;
use crate::model::onnx_protobuf::tensor_proto::DataType;

/// The tensor, whose number of bytes the guard has checked.
pub(super) fn load(tensor: &TensorProto) -> TractResult<Tensor> {
    let shape: Vec<usize> = tensor.dims.iter().map(|&side| side as usize).collect();
    let raw = &tensor.raw_data;
    let half = |&value: &[u8; 2]| f16::from_bits(u16::from_le_bytes(value));
    match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) if raw.is_empty() => Tensor::from_shape(&shape, &tensor.float_data),
        Ok(DataType::Float) => Tensor::from_shape(&shape, &numbers::from_little_endian(raw)),
        Ok(DataType::Float16) => {
            Tensor::from_shape(&shape, &raw.as_chunks().0.iter().map(half).collect::<Vec<_>>())
        }
        Ok(DataType::Uint8) => Tensor::from_shape(&shape, raw),
        Ok(DataType::Int8) => {
            Tensor::from_shape(&shape, &raw.iter().map(|&value| value as i8).collect::<Vec<_>>())
        }
        _ => bail!("a stored tensor of another type"),
    }
}
