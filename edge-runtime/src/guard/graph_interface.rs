//! The two ends of a graph: the image f32 `[batch, channels, height, width]` that goes in, the class probabilities f32
//! `[batch, classes]` that come out.
//!
//! In: the graph and the contract. Out: the image's name and shape for a batch of one, or where the two disagree.

use models::ImageInput;
use models::storage::printable::printable;

use super::initializers::Facts;
use super::tensor_fact::{TensorFact, precision};
use crate::model::onnx_protobuf::tensor_shape_proto::dimension::Value as Dimension;
use crate::model::onnx_protobuf::type_proto::{Tensor, Value};
use crate::model::onnx_protobuf::{GraphProto, TensorShapeProto, ValueInfoProto, tensor_shape_proto};
use crate::model::{Mismatch, ModelProblem, Precision, expect};

/// The one input that is no weight: its name, and its fact for one image.
pub(super) fn check_input<'graph>(
    graph: &'graph GraphProto,
    constants: &Facts<'_>,
    contract: &ImageInput,
) -> Result<(&'graph str, TensorFact), ModelProblem> {
    let inputs: Vec<_> = images(graph, constants).collect();
    let [input] = inputs.as_slice() else {
        return Err(ModelProblem::Input(Mismatch::new("inputs", "one image", inputs.len())));
    };
    let declared = declared_tensor(input).map_err(ModelProblem::Input)?;
    let [channels, height, width] = contract.shape();
    let expected = format!("[batch, {channels}, {height}, {width}]");
    let found = dimensions(declared);
    expect(matches_image(&found, contract), "input shape", expected, shown(&found))
        .map_err(ModelProblem::Input)?;
    check_f32("input", declared).map_err(ModelProblem::Input)?;
    expect(!input.name.is_empty(), "input", "a name", "none").map_err(ModelProblem::Input)?;
    let shape = vec![1, channels, height, width];
    let fact = TensorFact::new(Precision::F32, shape, false).map_err(ModelProblem::Input)?;
    Ok((&input.name, fact))
}

/// The one output: made by the last node, a softmax, f32 `[1, classes]`.
pub(super) fn check_output(
    graph: &GraphProto,
    facts: &Facts<'_>,
    classes: usize,
) -> Result<(), ModelProblem> {
    let check = || {
        let [output] = graph.output.as_slice() else {
            return Err(Mismatch::new("outputs", "one", graph.output.len()));
        };
        let name = printable(&output.name);
        let fact = facts.get(output.name.as_str());
        let fact =
            fact.ok_or_else(|| Mismatch::new(format!("output '{name}'"), "a node that makes it", "none"))?;
        let last = graph.node.last().filter(|node| node.output.contains(&output.name));
        let operator = last.map_or("another value", |node| &node.op_type);
        expect(
            operator == "Softmax",
            format!("output '{name}'"),
            "the last node's Softmax",
            printable(operator),
        )?;
        let expected = format!("[1, {classes}] for the contract's {classes} labels");
        expect(fact.shape == [1, classes], "output shape", expected, format!("{:?}", fact.shape))?;
        expect(fact.precision == Precision::F32, "output type", "f32", fact.precision)?;
        check_declared_output(output, classes)
    };
    check().map_err(ModelProblem::Output)
}

/// Gives the input a batch of one and leaves out the declarations that were checked or that nobody needs, so that
/// tract reads no symbolic names and no contradicting hints.
pub(super) fn fix_batch(graph: &mut GraphProto, contract: &ImageInput) {
    let sides = [1].into_iter().chain(contract.shape());
    let dim = sides
        .map(|side| tensor_shape_proto::Dimension { value: Some(Dimension::DimValue(side as i64)) })
        .collect();
    let names: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    graph.input.retain(|input| !names.contains(&input.name.as_str()));
    for input in &mut graph.input {
        if let Some(Value::TensorType(tensor)) = input.r#type.as_mut().and_then(|kind| kind.value.as_mut()) {
            tensor.shape = Some(TensorShapeProto { dim: Clone::clone(&dim) });
        }
    }
    for output in &mut graph.output {
        output.r#type = None;
    }
    graph.value_info.clear();
}

fn images<'graph>(
    graph: &'graph GraphProto,
    constants: &Facts<'_>,
) -> impl Iterator<Item = &'graph ValueInfoProto> {
    graph.input.iter().filter(|input| !constants.contains_key(input.name.as_str()))
}

/// What a file may declare of its output besides; a file that declares nothing is left to its nodes.
fn check_declared_output(output: &ValueInfoProto, classes: usize) -> Result<(), Mismatch> {
    let Ok(declared) = declared_tensor(output) else { return Ok(()) };
    check_f32("output", declared)?;
    let found = dimensions(declared);
    let agrees = match found.as_slice() {
        [] => true,
        [batch, Some(Dimension::DimValue(side))] => is_batch(batch) && *side == classes as i64,
        _ => false,
    };
    expect(agrees, "output shape", format!("[batch, {classes}]"), shown(&found))
}

fn declared_tensor(value: &ValueInfoProto) -> Result<&Tensor, Mismatch> {
    match value.r#type.as_ref().and_then(|kind| kind.value.as_ref()) {
        Some(Value::TensorType(tensor)) => Ok(tensor),
        None => Err(Mismatch::new(format!("'{}'", printable(&value.name)), "a tensor type", "none")),
    }
}

fn check_f32(end: &str, tensor: &Tensor) -> Result<(), Mismatch> {
    let precision = precision(tensor.elem_type).map_err(|problem| problem.within(end))?;
    expect(precision == Precision::F32, format!("{end} type"), "f32", precision)
}

fn dimensions(tensor: &Tensor) -> Vec<Option<Dimension>> {
    tensor.shape.iter().flat_map(|shape| &shape.dim).map(|dimension| dimension.value.clone()).collect()
}

fn matches_image(found: &[Option<Dimension>], contract: &ImageInput) -> bool {
    let expected = contract.shape().map(|side| Some(Dimension::DimValue(side as i64)));
    found.split_first().is_some_and(|(batch, image)| is_batch(batch) && image == expected)
}

/// A name, nothing, or one image.
fn is_batch(dimension: &Option<Dimension>) -> bool {
    matches!(dimension, None | Some(Dimension::DimParam(_) | Dimension::DimValue(1)))
}

fn shown(dimensions: &[Option<Dimension>]) -> String {
    let side = |dimension: &Option<Dimension>| match dimension {
        Some(Dimension::DimValue(value)) => value.to_string(),
        Some(Dimension::DimParam(name)) => printable(name),
        None => "?".to_owned(),
    };
    format!("[{}]", dimensions.iter().map(side).collect::<Vec<_>>().join(", "))
}
