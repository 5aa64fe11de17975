//! A file as it is read back: by the runtime, by candle-onnx, and with its record of how it was made. Inputs, each f32
//! `[channels, height, width]`, go in; each program's probabilities, one row of `[classes]` for each input, come out.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use candle_onnx::onnx::{GraphProto, ModelProto, NodeProto};
use candle_onnx::simple_eval;
use edge_runtime::{Classifier, InferenceError, ModelError, read_model};
use models::contract;
use models::model_file::export_record::{self, Encoding, ExportRecord, RecordError};
use models::model_file::golden_vectors::{GoldenError, GoldenVectors};
use prost::Message;

use crate::onnx::{INPUT, OUTPUT, answer_sha256, initializers_sha256, property};

/// A file whose parts fit together, and whose weights are those that were written.
pub(crate) struct WrittenFile {
    /// The file as the runtime reads it.
    pub(crate) classifier: Classifier,
    /// How the file says that it was made; its hash is that of the weights in the file.
    pub(crate) record: ExportRecord,
    /// The golden vectors that the file carries.
    pub(crate) golden: Option<GoldenVectors>,
    /// The number of the graph's initializers.
    pub(crate) tensors: usize,
    model: ModelProto,
}

/// A file that cannot be read back, or whose weights are not those that were written.
#[derive(Debug, thiserror::Error)]
pub enum ReadBackError {
    /// The runtime refuses the file.
    #[error("{0}")]
    Model(#[source] edge_runtime::ModelProblem),
    /// The file is gone or unreadable.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The bytes of the file are no ONNX model.
    #[error("expected an ONNX model: {0}")]
    Decode(#[from] prost::DecodeError),
    /// The file has no export record.
    #[error("metadata '{key}': expected the export record, found none", key = export_record::METADATA_KEY)]
    NoRecord,
    /// The file's export record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The file's golden vectors cannot be read.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// What is hashed in the file has changed since it was written.
    #[error("{what}: expected SHA-256 {expected} as recorded, found {found}")]
    Hash {
        /// What is under the hash: `weights`, or `graph or contract`.
        what: &'static str,
        /// The hash in the file's export record.
        expected: String,
        /// The hash of what is in the file.
        found: String,
    },
    /// The graph does not end in exactly one Softmax: its output is not the probabilities of the network's logits.
    #[error("graph: expected one Softmax, at the end, found {found}")]
    Softmax {
        /// The number of Softmax nodes in the graph.
        found: usize,
    },
}

/// A program that cannot run a file on an input.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The runtime fails on an input.
    #[error("the runtime cannot run it: {0}")]
    Inference(#[from] InferenceError),
    /// candle-onnx fails on the inputs.
    #[error("candle-onnx: {0}")]
    CandleOnnx(#[from] candle_core::Error),
    /// candle-onnx computed no output of the name that Imago gives it.
    #[error("candle-onnx: expected the output '{OUTPUT}', found none")]
    NoOutput,
}

/// Checks that the graph has one Softmax; the runtime's guard has seen to it that the last node is one.
fn check_softmax(graph: Option<&GraphProto>) -> Result<(), ReadBackError> {
    let nodes = graph.iter().flat_map(|graph| &graph.node);
    match nodes.filter(|node| node.op_type == "Softmax").count() {
        1 => Ok(()),
        found => Err(ReadBackError::Softmax { found }),
    }
}

/// Returns whether a node is a convolution with different strides down and to the right.
fn has_uneven_stride(node: &NodeProto) -> bool {
    let mut strides = node.attribute.iter().filter(|attribute| attribute.name == "strides");
    node.op_type == "Conv" && strides.any(|strides| strides.ints.windows(2).any(|pair| pair[0] != pair[1]))
}

/// Compares the hashes in the record with those of what is in the file.
fn check_hashes(record: &ExportRecord, model: &ModelProto) -> Result<(), ReadBackError> {
    let check = |what, expected: &str, found: String| match expected == found {
        true => Ok(()),
        false => Err(ReadBackError::Hash { what, expected: expected.to_owned(), found }),
    };
    let Some(graph) = &model.graph else { return Ok(()) };
    check("weights", &record.initializers_sha256, initializers_sha256(graph))?;
    let Some(expected) = &record.answer_sha256 else { return Ok(()) };
    let contract = property(model, contract::METADATA_KEY).unwrap_or_default();
    check("graph or contract", expected, answer_sha256(contract, &model.opset_import, graph))
}

impl WrittenFile {
    /// Reads `path` with the runtime's own guard, then its record, and compares the record's hashes with what is there.
    pub(crate) fn open(path: &Path) -> Result<Self, ReadBackError> {
        let bytes = read_model(path).map_err(|ModelError { problem, .. }| ReadBackError::Model(problem))?;
        Self::from_bytes(path, &bytes)
    }

    /// Reads the bytes of the file that is, or will be, at `path`.
    pub(crate) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, ReadBackError> {
        // The golden vectors are looked at later, all of them.
        let classifier = Classifier::from_unproven_bytes(&path.to_string_lossy(), bytes)
            .map_err(|ModelError { problem, .. }| ReadBackError::Model(problem))?;
        let model = ModelProto::decode(bytes)?;
        let record = property(&model, export_record::METADATA_KEY).ok_or(ReadBackError::NoRecord)?;
        let record = ExportRecord::from_json(record)?;
        let graph = model.graph.as_ref();
        check_softmax(graph)?;
        check_hashes(&record, &model)?;
        let golden = classifier.golden_vectors()?;
        let tensors = graph.map_or(0, |graph| graph.initializer.len());
        Ok(Self { classifier, record, golden, tensors, model })
    }

    /// Computes the probabilities of each input with the runtime.
    pub(crate) fn by_runtime(&self, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, RunError> {
        Ok(inputs.iter().map(|input| self.classifier.probabilities(input)).collect::<Result<_, _>>()?)
    }

    /// Computes the probabilities of each input with candle-onnx, all inputs in one batch; nothing for what candle-onnx 0.11.1
    /// has no operators for: int8, and convolutions whose strides differ by axis.
    pub(crate) fn by_candle_onnx(&self, inputs: &[Vec<f32>]) -> Result<Option<Vec<Vec<f32>>>, RunError> {
        let nodes = self.model.graph.iter().flat_map(|graph| &graph.node);
        if matches!(self.record.encoding, Encoding::Int8(_)) || nodes.into_iter().any(has_uneven_stride) {
            return Ok(None);
        }
        if inputs.is_empty() {
            return Ok(Some(vec![]));
        }
        let [channels, height, width] = self.classifier.contract().input.shape();
        let shape = (inputs.len(), channels, height, width);
        let images = Tensor::from_vec(inputs.concat(), shape, &Device::Cpu)?;
        let mut outputs = simple_eval(&self.model, HashMap::from([(INPUT.to_owned(), images)]))?;
        Ok(Some(outputs.remove(OUTPUT).ok_or(RunError::NoOutput)?.to_vec2()?))
    }
}
