//! The graph with all that a file says of itself: versions, contract, record, golden vectors, and the keys that other
//! programs read. The same weights give the same bytes on every machine: no date, no host, no path.

use candle_onnx::onnx::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorProto};
use models::model_file::export_record::{self, ExportRecord, RECORD_VERSION};
use models::model_file::golden_vectors::{self, GoldenVectors};
use models::storage::sha256;
use models::weights::Weights;
use models::{ImageInput, ModelContract, contract};

use crate::encoding::Plan;
use crate::onnx_graph;
use crate::onnx_protobuf::entry;

/// With opset 17, the newest pair that tract, onnxruntime and candle-onnx all read without reservations.
const IR_VERSION: i64 = 8;
const OPSET_VERSION: i64 = 17;

/// The model of `folded`, the network as it runs; `trained_sha256` names the weights that it came from.
pub(crate) fn onnx_model(
    folded: &Weights,
    plan: &Plan,
    trained_sha256: String,
    golden: Option<&GoldenVectors>,
) -> ModelProto {
    let graph = onnx_graph::graph(folded, plan);
    let record = ExportRecord {
        version: RECORD_VERSION,
        encoding: plan.encoding,
        weights_sha256: trained_sha256,
        initializers_sha256: initializers_sha256(&graph),
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
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }],
        graph: Some(graph),
        metadata_props: metadata(&folded.contract, &record, golden),
        ..ModelProto::default()
    }
}

/// SHA-256 over the initializers: of each, in order, its name and a zero byte, its type, the number of its sides and the
/// sides as little-endian numbers of 4 and 8 bytes, and its data.
pub(crate) fn initializers_sha256(graph: &GraphProto) -> String {
    let parts = |tensor: &TensorProto| {
        let sides = tensor.dims.iter().flat_map(|side| side.to_le_bytes()).collect();
        let [kind, axes] =
            [tensor.data_type, tensor.dims.len() as i32].map(|number| number.to_le_bytes().to_vec());
        [tensor.name.clone().into_bytes(), vec![0], kind, axes, sides]
    };
    sha256::hex(graph.initializer.iter().flat_map(|tensor| {
        parts(tensor).into_iter().map(std::borrow::Cow::Owned).chain([tensor.raw_data.as_slice().into()])
    }))
}

/// The value of a key that stands in the metadata once.
pub(crate) fn property<'model>(model: &'model ModelProto, key: &str) -> Option<&'model str> {
    let mut found = model.metadata_props.iter().filter(|property| property.key == key);
    found.next().filter(|_| found.next().is_none()).map(|property| property.value.as_str())
}

/// What Imago reads, and ONNX's own keys for images, which other programs read.
fn metadata(
    contract: &ModelContract,
    record: &ExportRecord,
    golden: Option<&GoldenVectors>,
) -> Vec<StringStringEntryProto> {
    let format = if contract.input.channels == 1 { "Gray8" } else { "Rgb8" };
    let mut entries = vec![
        entry(contract::METADATA_KEY, contract.to_json()),
        entry(export_record::METADATA_KEY, record.to_json()),
    ];
    entries.extend(golden.map(|golden| entry(golden::METADATA_KEY, golden.to_json())));
    entries.extend([entry("Image.BitmapPixelFormat", format), entry("Image.ColorSpaceGamma", "SRGB")]);
    let ImageInput { value_range, mean, standard_deviation, .. } = &contract.input;
    let plain =
        mean.iter().all(|mean| *mean == 0.0) && standard_deviation.iter().all(|deviation| *deviation == 1.0);
    if *value_range == [0.0, 1.0] && plain {
        entries.push(entry("Image.NominalPixelRange", "Normalized_0_1"));
    }
    entries
}
