//! The frame around the graph: versions, operator sets, what must be absent, and the contract.
//!
//! In: the decoded file. Out: its contract, or what of the frame is wrong.

use models::ModelContract;
use models::contract::METADATA_KEY;
use models::storage::printable::printable;

use crate::model::onnx_protobuf::ModelProto;
use crate::model::{Mismatch, ModelProblem, expect};

/// The operator sets that all allowed operators mean the same in: Softmax changed in 13, tract reads up to 21.
const OPERATOR_SETS: std::ops::RangeInclusive<i64> = 13..=21;

/// The first version of the file format with initializers that are no inputs, to the one of operator set 21.
const FORMAT_VERSIONS: std::ops::RangeInclusive<i64> = 4..=10;

/// Checks the frame of a model, and returns its contract.
pub(super) fn check(proto: &ModelProto) -> Result<ModelContract, ModelProblem> {
    if proto.ir_version == 0 && proto.graph.is_none() {
        return Err(ModelProblem::NotOnnx("neither a format version nor a graph".to_owned()));
    }
    let contract = read_contract(proto)?;
    check_versions(proto).map_err(ModelProblem::Format)?;
    check_absences(proto).map_err(ModelProblem::Format)?;
    Ok(contract)
}

fn read_contract(proto: &ModelProto) -> Result<ModelContract, ModelProblem> {
    let mut found = proto.metadata_props.iter().filter(|property| property.key == METADATA_KEY);
    let contract = found.next().ok_or(ModelProblem::NoContract)?;
    match found.count() {
        0 => Ok(ModelContract::from_json(&contract.value)?),
        further => Err(ModelProblem::RepeatedContract(1 + further)),
    }
}

fn check_versions(proto: &ModelProto) -> Result<(), Mismatch> {
    let (first, last) = (FORMAT_VERSIONS.start(), FORMAT_VERSIONS.end());
    expect(
        FORMAT_VERSIONS.contains(&proto.ir_version),
        "ONNX format version",
        format!("{first} to {last}"),
        proto.ir_version,
    )?;
    let [set] = proto.opset_import.as_slice() else {
        return Err(Mismatch::new("operator sets", "one", proto.opset_import.len()));
    };
    expect(is_default_domain(&set.domain), "operator set", "the default domain", printable(&set.domain))?;
    let (first, last) = (OPERATOR_SETS.start(), OPERATOR_SETS.end());
    expect(OPERATOR_SETS.contains(&set.version), "operator set", format!("{first} to {last}"), set.version)
}

fn check_absences(proto: &ModelProto) -> Result<(), Mismatch> {
    expect(proto.functions.is_empty(), "model functions", "none", proto.functions.len())?;
    expect(proto.training_info.is_empty(), "training information", "none", proto.training_info.len())?;
    let Some(graph) = &proto.graph else { return Err(Mismatch::new("graph", "one", "none")) };
    expect(
        graph.sparse_initializer.is_empty(),
        "sparse initializers",
        "none",
        graph.sparse_initializer.len(),
    )?;
    let annotations = graph.quantization_annotation.len();
    expect(annotations == 0, "quantization annotations", "none", annotations)
}

/// ONNX has two names for the domain of its own operators.
pub(super) fn is_default_domain(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}
