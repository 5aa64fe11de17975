//! The checks of a model file in their order, and what is known of a model that has passed all of them.
//!
//! In: the file's bytes. Out: the decoded graph for a batch of one, its contract and its summary.

use models::ModelContract;
use models::model_file::golden_vectors;
use models::storage::file_kind;
use prost::Message;
use prost::bytes::Bytes;

use super::{envelope, graph_interface, initializers, node_walk, wire_budget};
use crate::model::onnx_protobuf::{GraphProto, ModelProto};
use crate::model::{Mismatch, ModelProblem, ModelSummary, Precision, check_size};

/// A model that has passed.
#[derive(Debug)]
pub(crate) struct CheckedModel {
    /// The nodes and weights as the file has them. The input has batch 1; what tract need not know has been left out.
    pub(crate) graph: GraphProto,
    pub(crate) contract: ModelContract,
    pub(crate) summary: ModelSummary,
    /// The JSON of the golden vectors, which nobody has read yet.
    pub(crate) golden: Option<String>,
}

/// Decodes and checks the bytes of a model file. The weights stay where they are in the bytes.
pub(crate) fn check(bytes: Bytes) -> Result<CheckedModel, ModelProblem> {
    if let Some(name) = file_kind::name_of(&bytes) {
        return Err(ModelProblem::OtherFile(name));
    }
    check_size(&bytes)?;
    wire_budget::check(&bytes)?;
    let file_bytes = bytes.len();
    let proto = ModelProto::decode(bytes).map_err(|error| ModelProblem::NotOnnx(error.to_string()))?;
    check_decoded(proto, file_bytes)
}

fn check_decoded(proto: ModelProto, file_bytes: usize) -> Result<CheckedModel, ModelProblem> {
    let contract = envelope::check(&proto)?;
    let mut graph = proto.graph.ok_or_else(|| ModelProblem::Format(Mismatch::new("graph", "one", "none")))?;
    let summary = check_graph(&graph, &contract, file_bytes)?;
    graph_interface::fix_batch(&mut graph, &contract.input);
    let mut properties = proto.metadata_props.into_iter();
    let golden =
        properties.find(|property| property.key == golden_vectors::METADATA_KEY).map(|found| found.value);
    Ok(CheckedModel { graph, contract, summary, golden })
}

fn check_graph(
    graph: &GraphProto,
    contract: &ModelContract,
    file_bytes: usize,
) -> Result<ModelSummary, ModelProblem> {
    let constants = initializers::check(graph).map_err(ModelProblem::Initializer)?;
    let mut precision: Vec<_> = constants.values().map(|fact| stored_precision(fact.precision)).collect();
    precision.sort_unstable();
    precision.dedup();
    let image = graph_interface::check_input(graph, &constants, &contract.input)?;
    let (layers, facts) = node_walk::check(graph, constants, image)?;
    graph_interface::check_output(graph, &facts, contract.labels.len())?;
    let parameters = layers.iter().map(|layer| layer.parameters).sum();
    Ok(ModelSummary { file_bytes, parameters, precision, layers })
}

/// Weights of eight bits are called int8, with a zero point of 128 as with none.
fn stored_precision(precision: Precision) -> Precision {
    match precision {
        Precision::Uint8 => Precision::Int8,
        other => other,
    }
}
