//! A weight's bytes as tract's tensor.

use tract_core::internal::{Datum, Tensor, TractResult, bail, f16, tract_num_traits::Zero};

use crate::onnx_protobuf::TensorProto;
use crate::onnx_protobuf::tensor_proto::DataType;

/// The tensor, whose number of bytes the guard has checked.
pub(super) fn load(tensor: &TensorProto) -> TractResult<Tensor> {
    let shape: Vec<usize> = tensor.dims.iter().map(|&side| side as usize).collect();
    let raw = &tensor.raw_data;
    match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) if raw.is_empty() => filled(&shape, tensor.float_data.iter().copied()),
        Ok(DataType::Float) => {
            filled(&shape, raw.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)))
        }
        Ok(DataType::Float16) => {
            filled(&shape, raw.as_chunks().0.iter().map(|&value| f16::from_bits(u16::from_le_bytes(value))))
        }
        Ok(DataType::Uint8) => filled(&shape, raw.iter().copied()),
        Ok(DataType::Int8) => filled(&shape, raw.iter().map(|&value| value as i8)),
        _ => bail!("a stored tensor of another type"),
    }
}

fn filled<T: Datum + Copy + Zero>(shape: &[usize], values: impl Iterator<Item = T>) -> TractResult<Tensor> {
    let mut tensor = Tensor::zero::<T>(shape)?;
    let mut view = tensor.try_as_plain_ram_mut()?;
    for (place, value) in view.as_slice_mut::<T>()?.iter_mut().zip(values) {
        *place = value;
    }
    Ok(tensor)
}
