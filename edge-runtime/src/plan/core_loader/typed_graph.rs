//! The graph as a whole: its input, its nodes one after another, its output.
//!
//! In: the nodes and weights of a checked model, and the shape of its image. Out: tract-core's typed graph of them.

use std::collections::HashMap;

use tract_core::internal::{
    DatumExt, OutletId, SpecialOps, SymbolScope, TDim, TVec, TractResult, TypedModel, format_err,
};

use super::graph_editor::GraphEditor;
use super::{operators, stored_tensor};
use crate::model::onnx_protobuf::{GraphProto, TensorProto};

/// The typed graph of `graph`; `image` gives the shape of its input.
pub(in crate::plan) fn build(
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
        let editor = GraphEditor { model: &mut building.model, prefix: format!("node{index}") };
        let outputs = operators::add(editor, node, &inputs)?;
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
    /// The outlets of every value that has been made, and of stored tensors that have been read.
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
