//! The ONNX model of a network: its graph, versions, and metadata. The same weights give the same bytes on every machine:
//! no date, no host, no path.

use candle_onnx::onnx::{ModelProto, OperatorSetIdProto};
use models::contract;
use models::model_file::export_record::{ExportRecord, RECORD_VERSION};
use models::model_file::golden_vectors::GoldenVectors;
use models::weights::Weights;

use super::graph::graph;
use super::metadata::{answer_sha256, initializers_sha256, metadata};
use crate::precision::EncodingPlan;

/// With opset 17, the newest pair that tract, onnxruntime and candle-onnx all read without reservations.
const IR_VERSION: i64 = 8;
const OPSET_VERSION: i64 = 17;

/// Returns the model of `folded`, the network as it runs; `trained_sha256` names the weights that it came from.
pub(crate) fn onnx_model(
    folded: &Weights,
    plan: &EncodingPlan,
    trained_sha256: String,
    golden: Option<&GoldenVectors>,
) -> ModelProto {
    let graph = graph(folded, plan);
    let operators = vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }];
    let record = ExportRecord {
        version: RECORD_VERSION,
        encoding: plan.encoding,
        weights_sha256: trained_sha256,
        initializers_sha256: initializers_sha256(&graph),
        answer_sha256: Some(answer_sha256(&folded.contract.to_json(), &operators, &graph)),
        finding: folded.finding.clone(),
    };
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "imago".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: format!(
            "{}, {}: class probabilities at temperature 1. How an image becomes the input stands in the metadata '{}'.",
            folded.network.name,
            plan.encoding,
            contract::METADATA_KEY
        ),
        opset_import: operators,
        graph: Some(graph),
        metadata_props: metadata(&folded.contract, &record, golden),
        ..ModelProto::default()
    }
}
