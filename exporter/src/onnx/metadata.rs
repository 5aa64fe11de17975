//! What a model file says of itself in its `metadata_props`: contract, export record, golden vectors, and ONNX's own keys
//! for images, which other programs read.

use std::borrow::Cow;

use candle_onnx::onnx::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorProto};
use models::model_file::export_record::{self, ExportRecord};
use models::model_file::golden_vectors::{self, GoldenVectors};
use models::storage::sha256;
use models::{ImageInput, ModelContract, contract};
use prost::Message;

use super::protobuf::entry;

/// Returns the entries of a file, in the order in which they are written.
pub(super) fn metadata(
    contract: &ModelContract,
    record: &ExportRecord,
    golden: Option<&GoldenVectors>,
) -> Vec<StringStringEntryProto> {
    let format = if contract.input.channels == 1 { "Gray8" } else { "Rgb8" };
    let mut entries = vec![
        entry(contract::METADATA_KEY, contract.to_json()),
        entry(export_record::METADATA_KEY, record.to_json()),
    ];
    entries.extend(golden.map(|golden| entry(golden_vectors::METADATA_KEY, golden.to_json())));
    entries.extend([entry("Image.BitmapPixelFormat", format), entry("Image.ColorSpaceGamma", "SRGB")]);
    let ImageInput { value_range, mean, standard_deviation, .. } = &contract.input;
    let plain =
        mean.iter().all(|mean| *mean == 0.0) && standard_deviation.iter().all(|deviation| *deviation == 1.0);
    if *value_range == [0.0, 1.0] && plain {
        entries.push(entry("Image.NominalPixelRange", "Normalized_0_1"));
    }
    entries
}

/// Returns the value of a key that stands in the metadata exactly once.
pub(crate) fn property<'model>(model: &'model ModelProto, key: &str) -> Option<&'model str> {
    let mut found = model.metadata_props.iter().filter(|property| property.key == key);
    found.next().filter(|_| found.next().is_none()).map(|property| property.value.as_str())
}

/// Computes the SHA-256 over the initializers, in hexadecimal digits: of each, in order, its name and a zero byte, its
/// type, the number of its sides and the sides as little-endian numbers of 4 and 8 bytes, and its data.
pub(crate) fn initializers_sha256(graph: &GraphProto) -> String {
    let parts = |tensor: &TensorProto| {
        let sides = tensor.dims.iter().flat_map(|side| side.to_le_bytes()).collect();
        let [kind, axes] =
            [tensor.data_type, tensor.dims.len() as i32].map(|number| number.to_le_bytes().to_vec());
        [tensor.name.clone().into_bytes(), vec![0], kind, axes, sides]
    };
    sha256::hex(graph.initializer.iter().flat_map(|tensor| {
        parts(tensor).into_iter().map(Cow::Owned).chain([tensor.raw_data.as_slice().into()])
    }))
}

/// Computes the SHA-256 over all that decides an answer, in hexadecimal digits: the number of bytes of the contract's JSON
/// as a little-endian number of 8 bytes, that JSON, of each set of operators its domain, a zero byte and its version as a
/// little-endian number of 8 bytes, and the graph as protobuf writes it.
pub(crate) fn answer_sha256(contract: &str, operators: &[OperatorSetIdProto], graph: &GraphProto) -> String {
    let mut parts = vec![(contract.len() as u64).to_le_bytes().to_vec(), contract.as_bytes().to_vec()];
    for set in operators {
        parts.extend([set.domain.clone().into_bytes(), vec![0], set.version.to_le_bytes().to_vec()]);
    }
    parts.push(graph.encode_to_vec());
    sha256::hex(parts)
}
