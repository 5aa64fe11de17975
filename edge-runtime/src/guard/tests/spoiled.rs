//! One valid model, one thing spoiled in it, and what the guard says.

use crate::guard::check;
use crate::model::onnx_protobuf::{AttributeProto, GraphProto, ModelProto};
use crate::test_models::{bytes, convolutional_model, dense_model};

pub(super) fn message(model: &ModelProto) -> String {
    check(bytes(model).into()).expect_err("the spoiled model passed").to_string()
}

pub(super) fn spoiled(mut model: ModelProto, spoil: impl FnOnce(&mut ModelProto)) -> String {
    spoil(&mut model);
    message(&model)
}

pub(super) fn spoiled_graph(model: ModelProto, spoil: impl FnOnce(&mut GraphProto)) -> String {
    spoiled(model, |model| spoil(model.graph.as_mut().unwrap()))
}

/// The dense model with a spoiled graph.
pub(super) fn dense(spoil: impl FnOnce(&mut GraphProto)) -> String {
    spoiled_graph(dense_model(), spoil)
}

/// The convolutional model with other attributes at its node `index`.
pub(super) fn window(index: usize, attribute: Vec<AttributeProto>) -> String {
    spoiled_graph(convolutional_model(), |graph| graph.node[index].attribute = attribute)
}

pub(super) fn assert_says(message: &str, part: &str) {
    assert!(message.contains(part) && !message.contains('\n'), "'{message}' does not say '{part}'");
}
