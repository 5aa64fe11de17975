//! What each allowed operator is in tract-core's terms.
//!
//! In: a node that the guard has checked, and the outlets of its inputs. Out: the outlets of its outputs, in a graph that
//! has grown by the operators that make them.

use tract_core::internal::{
    AxisOp, DatumType, OutletId, SpecialOps, TVec, TractResult, bail, to_axis_ops_with_tf_rules, tvec,
};
use tract_core::ops::cast::cast;
use tract_core::ops::math::{add as sum, max, mul};
use tract_core::ops::nn::Softmax;

use super::graph_editor::GraphEditor;
use super::{convolutions, products};
use crate::guard::Attributes;
use crate::model::onnx_protobuf::NodeProto;
use crate::model::onnx_protobuf::tensor_proto::DataType;
use crate::plan::quantisation::{DynamicQuantisation, quantisation};

/// Adds the operators of `node`, and returns its outputs.
pub(super) fn add(
    mut graph: GraphEditor<'_>,
    node: &NodeProto,
    inputs: &[OutletId],
) -> TractResult<TVec<OutletId>> {
    let attributes = Attributes::of_checked(node);
    let outlet = match (node.op_type.as_str(), inputs) {
        ("Add", _) => graph.broadcast(inputs, sum())?,
        ("AveragePool", &[image]) => convolutions::average_pool(graph, &attributes, image)?,
        ("Cast", &[input]) => {
            let to_f16 = attributes.int("to", 0)? == DataType::Float16 as i64;
            graph.node("", cast(if to_f16 { DatumType::F16 } else { DatumType::F32 }), &[input])?
        }
        ("Conv", &[image, weight]) => convolutions::convolution(graph, &attributes, [image, weight], None)?,
        ("Conv", &[image, weight, bias]) => {
            convolutions::convolution(graph, &attributes, [image, weight], Some(bias))?
        }
        ("ConvInteger", &[image, weight, image_zero, weight_zero]) => {
            let (factors, zeros) = ([image, weight], [image_zero, weight_zero]);
            convolutions::integer_convolution(graph, &attributes, factors, zeros)?
        }
        ("DequantizeLinear", &[weight, scale]) => dequantise(graph, weight, scale)?,
        ("DynamicQuantizeLinear", _) => {
            return graph.model.wire_node(graph.prefix, DynamicQuantisation, inputs);
        }
        ("Flatten", &[input]) => flatten(graph, input)?,
        ("Gemm", &[input, weight]) => products::gemm(graph, &attributes, [input, weight], None)?,
        ("Gemm", &[input, weight, bias]) => products::gemm(graph, &attributes, [input, weight], Some(bias))?,
        ("MatMul", &[input, weight]) => products::mat_mul(graph, [input, weight])?,
        ("MatMulInteger", &[input, weight, input_zero, weight_zero]) => {
            products::mat_mul_integer(graph, [input, weight], [input_zero, weight_zero])?
        }
        ("MaxPool", &[image]) => convolutions::max_pool(graph, &attributes, image)?,
        ("Mul", _) => graph.broadcast(inputs, mul())?,
        ("QuantizeLinear", &[input, scale, zero_point]) => quantise(graph, input, scale, zero_point)?,
        ("Relu", &[input]) => {
            let zero = graph.scalar_like(0.0, input)?;
            graph.node("", max(), &[input, zero])?
        }
        ("Softmax", _) => {
            let softmax = Softmax { axes: tvec![1], quant_output_dt: None, ..Softmax::default() };
            graph.node("", softmax, inputs)?
        }
        (operator, _) => bail!("{operator} with {} inputs", inputs.len()),
    };
    Ok(tvec![outlet])
}

fn quantise(
    mut graph: GraphEditor<'_>,
    input: OutletId,
    scale: OutletId,
    zero_point: OutletId,
) -> TractResult<OutletId> {
    let scale: f32 = graph.known(scale)?;
    let zero_point: u8 = graph.known(zero_point)?;
    graph.node("", quantisation(scale.recip(), zero_point), &[input])
}

/// A weight of signed bytes, outputs first: the scales are one a row.
fn dequantise(mut graph: GraphEditor<'_>, weight: OutletId, mut scale: OutletId) -> TractResult<OutletId> {
    for axis in 1..graph.model.outlet_fact(weight)?.rank() {
        scale = graph.node(&format!(".scale{axis}"), AxisOp::Add(axis), &[scale])?;
    }
    let steps = graph.node(".steps", cast(DatumType::F32), &[weight])?;
    graph.node("", mul(), &[steps, scale])
}

fn flatten(mut graph: GraphEditor<'_>, input: OutletId) -> TractResult<OutletId> {
    let from = graph.model.outlet_fact(input)?.shape.to_tvec();
    let to = [from[0].clone(), from[1..].iter().product()];
    let mut outlet = input;
    for (step, change) in to_axis_ops_with_tf_rules(&from, &to)?.into_iter().enumerate() {
        outlet = graph.node(&format!(".{step}"), change, &[outlet])?;
    }
    Ok(outlet)
}
