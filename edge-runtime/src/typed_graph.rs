//! A checked model as tract-core's typed graph, without tract-onnx: nothing is left to infer, since the guard has computed
//! every shape and knows every operator.
//!
//! In: the model as the guard leaves it. Out: a graph from one f32 image `[batch, channels, height, width]` to the
//! output of its Softmax. Each operator becomes the typed operators that tract-onnx 0.23.9 makes of it, so that both
//! loaders compute the same bits; tests hold them together. tract sees no name from the file.

mod node_wiring;
pub(crate) mod quantisation;
mod stored_tensor;

use std::collections::HashMap;

use tract_core::internal::{
    DatumExt, OutletId, SpecialOps, SymbolScope, TDim, TVec, TractResult, TypedModel, format_err,
};

use crate::onnx_protobuf::{GraphProto, TensorProto};
use node_wiring::NodeWiring;

/// The typed graph of `graph`; `image` gives the shape of its input.
pub(crate) fn build(
    graph: &GraphProto,
    image: impl FnOnce(&SymbolScope) -> TVec<TDim>,
) -> TractResult<TypedModel> {
    let mut building = Building {
        model: TypedModel::default(),
        stored: graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect(),
        outlets: HashMap::new(),
    };
    let input = graph.input.first().ok_or_else(|| format_err!("no input"))?;
    let fact = f32::fact(image(&building.model.symbols));
    let source = building.model.add_source("image", fact)?;
    building.outlets.insert(&input.name, source);
    for (index, node) in graph.node.iter().enumerate() {
        let inputs = node.input.iter().map(|name| building.outlet(name)).collect::<TractResult<TVec<_>>>()?;
        let wiring = NodeWiring { model: &mut building.model, prefix: format!("node{index}") };
        let outputs = wiring.wire(node, &inputs)?;
        building.outlets.extend(node.output.iter().map(String::as_str).zip(outputs));
    }
    let output = graph.output.first().ok_or_else(|| format_err!("no output"))?;
    let output = building.outlet(&output.name)?;
    building.model.select_output_outlets(&[output])?;
    Ok(building.model)
}

struct Building<'graph> {
    model: TypedModel,
    stored: HashMap<&'graph str, &'graph TensorProto>,
    /// Of every value that has been made, and of stored tensors that have been read.
    outlets: HashMap<&'graph str, OutletId>,
}

impl<'graph> Building<'graph> {
    fn outlet(&mut self, name: &'graph str) -> TractResult<OutletId> {
        if let Some(&outlet) = self.outlets.get(name) {
            return Ok(outlet);
        }
        let tensor = self.stored.get(name).ok_or_else(|| format_err!("a value that nothing makes"))?;
        let outlet =
            self.model.add_const(format!("stored{}", self.outlets.len()), stored_tensor::load(tensor)?)?;
        self.outlets.insert(name, outlet);
        Ok(outlet)
    }
}
