//! A checked model as tract-onnx reads it, with its inference of shapes; only the operators that the guard allows are in its
//! table.
//!
//! In: the model as the guard leaves it. Out: a typed graph from one f32 image `[batch, channels, height, width]` to the
//! output of its Softmax.

use prost::Message;
use tract_core::ops::element_wise::ElementWiseOp;
use tract_core::ops::quant::QuantizeLinearU8;
use tract_onnx::Onnx;
use tract_onnx::prelude::{DatumExt, Framework, SymbolScope, TDim, TVec, TractResult, TypedModel};
use tract_onnx::tract_hir::internal::InferenceModelExt;

use super::quantisation::{DynamicQuantisation, quantisation};
use crate::guard::ALLOWED_OPERATORS;
use crate::model::onnx_protobuf::{GraphProto, ModelProto, OperatorSetIdProto};

/// The versions of the message that is handed on: what the guard allows means the same in every version that it allows.
const FORMAT_VERSION: i64 = 8;
const OPERATOR_SET: i64 = 17;

/// The typed graph of `graph`; `image` gives the shape of its input.
pub(super) fn build(
    graph: &GraphProto,
    image: impl FnOnce(&SymbolScope) -> TVec<TDim>,
) -> TractResult<TypedModel> {
    let mut framework = tract_onnx::onnx();
    framework.op_register.0.retain(|operator, _| ALLOWED_OPERATORS.contains(&operator.as_str()));
    let framework = Onnx { ignore_value_info: true, ..framework };
    let graph = framework.model_for_proto_model(&protobuf(graph)?)?;
    let shape = image(&graph.symbols);
    let mut typed = graph.with_input_fact(0, f32::fact(shape).into())?.into_typed()?;
    replace_quantisation(&mut typed);
    Ok(typed)
}

/// Puts the operators that do not overflow in the place of tract's.
fn replace_quantisation(graph: &mut TypedModel) {
    for node in &mut graph.nodes {
        let element_wise = node.op.downcast_ref::<ElementWiseOp>();
        if let Some(known) = element_wise.and_then(|op| op.0.downcast_ref::<QuantizeLinearU8>()) {
            node.op = Box::new(quantisation(known.scale, known.zero_point));
        } else if node.op.name() == "DynamicQuantizeLinearU8" {
            // tract-onnx keeps the type to itself.
            node.op = Box::new(DynamicQuantisation);
        }
    }
}

/// tract-onnx has types of its own for the same messages.
fn protobuf(graph: &GraphProto) -> TractResult<tract_onnx::pb::ModelProto> {
    let model = ModelProto {
        ir_version: FORMAT_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPERATOR_SET }],
        graph: Some(graph.clone()),
        ..ModelProto::default()
    };
    Ok(tract_onnx::pb::ModelProto::decode(model.encode_to_vec().as_slice())?)
}
