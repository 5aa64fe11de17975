//! The parts of ONNX's protobuf messages that a model needs: tensors, attributes, the types of inputs and outputs, and
//! metadata entries, each from its meaning.

use candle_onnx::onnx::attribute_proto::AttributeType;
use candle_onnx::onnx::tensor_proto::DataType;
use candle_onnx::onnx::tensor_shape_proto::{Dimension, dimension};
use candle_onnx::onnx::type_proto::{Tensor as TensorType, Value};
use candle_onnx::onnx::{
    AttributeProto, StringStringEntryProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};
use half::f16;
use models::storage::numbers::little_endian;

/// An initializer of type FLOAT with `values` in row-major order.
pub(super) fn f32_tensor(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    tensor(name, DataType::Float, shape, little_endian(values))
}

/// An initializer of type FLOAT16 with `values` in row-major order.
pub(super) fn f16_tensor(name: &str, shape: &[usize], values: &[f16]) -> TensorProto {
    let bytes = values.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
    tensor(name, DataType::Float16, shape, bytes)
}

/// An initializer of type UINT8 with `values` in row-major order.
pub(super) fn u8_tensor(name: &str, shape: &[usize], values: Vec<u8>) -> TensorProto {
    tensor(name, DataType::Uint8, shape, values)
}

/// An initializer of type INT8 with `values` in row-major order.
pub(super) fn i8_tensor(name: &str, shape: &[usize], values: &[i8]) -> TensorProto {
    tensor(name, DataType::Int8, shape, values.iter().map(|&value| value as u8).collect())
}

fn tensor(name: &str, data_type: DataType, shape: &[usize], raw_data: Vec<u8>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: shape.iter().map(|&side| side as i64).collect(),
        data_type: data_type as i32,
        raw_data,
        ..TensorProto::default()
    }
}

/// The type of an input or an output, f32 `[batch, shape…]`; the batch has any size.
pub(super) fn value_info(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dimension = |value| Dimension { value: Some(value), ..Dimension::default() };
    let batch = dimension(dimension::Value::DimParam("batch".to_owned()));
    let sides = shape.iter().map(|&side| dimension(dimension::Value::DimValue(side as i64)));
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(sides).collect() };
    let tensor = TensorType { elem_type: DataType::Float as i32, shape: Some(shape) };
    let r#type = TypeProto { value: Some(Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.to_owned(), r#type: Some(r#type), ..ValueInfoProto::default() }
}

/// An attribute of type INT.
pub(super) fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        i: value,
        ..AttributeProto::default()
    }
}

/// An attribute of type INTS.
pub(super) fn integers(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Ints as i32,
        ints: values.iter().map(|&value| value as i64).collect(),
        ..AttributeProto::default()
    }
}

/// An entry of a model's `metadata_props`.
pub(super) fn entry(key: &str, value: impl Into<String>) -> StringStringEntryProto {
    StringStringEntryProto { key: key.to_owned(), value: value.into() }
}
