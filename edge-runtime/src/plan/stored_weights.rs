//! Brings the weights that a file stores in f16 or in eight bits to f32 before tract sees them.
//!
//! In: a checked graph. Out: the same graph, in which a constant stands for each node that made f32 of a stored weight.
//!
//! tract folds such a `Cast` or `DequantizeLinear` itself, but only up to some megabytes: of a larger weight tract 0.23.9
//! would cast and pack every value again for every picture, which takes several times as long as all the rest.

use std::collections::HashMap;

use models::storage::numbers;
use tract_core::prelude::f16;

use crate::model::onnx_protobuf::tensor_proto::DataType;
use crate::model::onnx_protobuf::{GraphProto, NodeProto, TensorProto};

/// Replaces each node that makes f32 values of stored ones by what it makes. The graph has been checked.
pub(super) fn bring_to_f32(graph: &mut GraphProto) {
    let stored: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let folded: Vec<Option<TensorProto>> = graph.node.iter().map(|node| in_f32(node, &stored)).collect();
    let mut folded = folded.into_iter();
    let mut made = Vec::new();
    graph.node.retain(|_| {
        let tensor = folded.next().flatten();
        let stays = tensor.is_none();
        made.extend(tensor);
        stays
    });
    if made.is_empty() {
        return;
    }
    let GraphProto { node, initializer, .. } = graph;
    initializer.retain(|tensor| node.iter().any(|node| node.input.contains(&tensor.name)));
    initializer.extend(made);
}

/// What `node` makes, where that is a stored weight in f32.
fn in_f32(node: &NodeProto, stored: &HashMap<&str, &TensorProto>) -> Option<TensorProto> {
    let weight = stored.get(node.input.first()?.as_str())?;
    let values = match node.op_type.as_str() {
        "Cast" if weight.data_type == DataType::Float16 as i32 && casts_to_f32(node) => {
            from_f16(&weight.raw_data)
        }
        "DequantizeLinear" => dequantised(weight, stored.get(node.input.get(1)?.as_str())?),
        _ => return None,
    };
    Some(TensorProto {
        name: node.output.first()?.clone(),
        dims: weight.dims.clone(),
        data_type: DataType::Float as i32,
        raw_data: numbers::little_endian(&values).into(),
        ..TensorProto::default()
    })
}

fn casts_to_f32(node: &NodeProto) -> bool {
    node.attribute.iter().any(|attribute| attribute.name == "to" && attribute.i == DataType::Float as i64)
}

fn from_f16(bytes: &[u8]) -> Vec<f32> {
    let value = |&bytes: &[u8; 2]| f16::from_bits(u16::from_le_bytes(bytes)).to_f32();
    bytes.as_chunks().0.iter().map(value).collect()
}

/// Signed bytes, outputs first, times the scale of each output.
fn dequantised(weight: &TensorProto, scale: &TensorProto) -> Vec<f32> {
    let scales = [numbers::from_little_endian(&scale.raw_data), scale.float_data.clone()].concat();
    let products = weight.raw_data.len().div_ceil(scales.len().max(1)).max(1);
    let rows = weight.raw_data.chunks(products).zip(scales);
    rows.flat_map(|(row, scale)| row.iter().map(move |&byte| f32::from(byte as i8) * scale)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models::{half_precision_model, integer_model};

    fn names(graph: &GraphProto) -> Vec<&str> {
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect()
    }

    #[test]
    fn casts_of_stored_weights_go_and_casts_of_values_stay() {
        let mut graph = half_precision_model().graph.unwrap();
        bring_to_f32(&mut graph);
        assert_eq!(graph.node.iter().filter(|node| node.op_type == "Cast").count(), 2);
        assert_eq!(names(&graph), ["fc2.weight", "fc2.bias", "fc1.weight_f32"]);
        assert_eq!(graph.initializer[2].raw_data.len(), 4 * 630);
    }

    /// By hand: the first two steps of the file's weight, times its first scale.
    #[test]
    fn weights_in_eight_bits_are_multiplied_by_the_scale_of_their_output() {
        let mut graph = integer_model().graph.unwrap();
        let weight = graph.initializer.iter().find(|tensor| tensor.name == "fc2.weight").unwrap();
        let steps: Vec<f32> = weight.raw_data.iter().map(|&byte| f32::from(byte as i8)).collect();
        bring_to_f32(&mut graph);
        assert!(graph.node.iter().all(|node| node.op_type != "DequantizeLinear"));
        let folded = graph.initializer.last().unwrap();
        let value = |at: usize| f32::from_le_bytes(folded.raw_data[4 * at..][..4].try_into().unwrap());
        assert_eq!((folded.name.as_str(), folded.dims.as_slice()), ("fc2.f32", [4, 6].as_slice()));
        assert_eq!((value(0), value(5), value(6)), (steps[0] * 1e-4, steps[5] * 1e-4, steps[6] * 2e-4));
        assert!(!names(&graph).contains(&"fc2.scale"));
    }

    #[test]
    fn a_graph_without_such_weights_stays_as_it_is() {
        let graph = crate::test_models::dense_model().graph.unwrap();
        let mut same = graph.clone();
        bring_to_f32(&mut same);
        assert_eq!(same, graph);
    }
}
