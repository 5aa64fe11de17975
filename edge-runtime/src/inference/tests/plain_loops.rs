//! The same layers in plain loops over the weights of a file, and how close sums in another order come to them.

use crate::inference::Classifier;
use crate::model::onnx_protobuf::ModelProto;
use crate::test_models::bytes;

/// f32 sums in another order.
pub(super) const CLOSE: f32 = 1e-5;

pub(super) fn classifier(model: &ModelProto) -> Classifier {
    Classifier::from_bytes("test.onnx", &bytes(model)).unwrap()
}

pub(super) fn weights(model: &ModelProto, name: &str) -> Vec<f32> {
    let graph = model.graph.as_ref().unwrap();
    let tensor = graph.initializer.iter().find(|tensor| tensor.name == name).unwrap();
    if tensor.data_type == 1 {
        return tensor.raw_data.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
    }
    tensor.raw_data.as_chunks().0.iter().map(|&value| f16_to_f32(u16::from_le_bytes(value))).collect()
}

/// Normal numbers and zero.
pub(super) fn f16_to_f32(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 31) - 15;
    if exponent == -15 { 0.0 } else { sign * (1.0 + f32::from(bits & 0x3ff) / 1024.0) * 2f32.powi(exponent) }
}

pub(super) fn dense(input: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let rows = weight.chunks_exact(input.len()).zip(bias);
    rows.map(|(row, bias)| bias + row.iter().zip(input).map(|(w, x)| w * x).sum::<f32>()).collect()
}

pub(super) fn relu(values: Vec<f32>) -> Vec<f32> {
    values.into_iter().map(|value| value.max(0.0)).collect()
}

pub(super) fn softmax(logits: &[f32]) -> Vec<f32> {
    let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / sum).collect()
}

pub(super) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }
}
