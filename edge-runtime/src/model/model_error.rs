//! Why a model file is refused: one line that names the file, what was expected and what was found.

use std::io;

use models::contract::{ContractError, METADATA_KEY};
use models::mismatch::Mismatch;
use models::model_file::golden_vectors::GoldenError;
use models::storage::file_kind::remedy;
use models::storage::printable::printable;

/// The error of a model file that cannot be used: its name and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
#[non_exhaustive]
pub struct ModelError {
    /// The path of the file, or the name that [`Classifier::from_bytes`](crate::Classifier::from_bytes) was given.
    pub file: String,
    /// What is wrong with the file.
    pub problem: ModelProblem,
}

fn of_other_kind(name: &str) -> String {
    let remedy = remedy(name).unwrap_or("`exporter` writes ONNX files");
    format!("expected an ONNX model, found {name}; {remedy}")
}

/// The ways in which a model file can be unusable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelProblem {
    /// The operating system does not give the file.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file has no bytes.
    #[error("expected an ONNX model, found an empty file")]
    Empty,
    /// The file has more bytes than a model for a small board may have.
    #[error("file size: expected at most {limit} bytes, found more")]
    TooLarge {
        /// The largest size, in bytes.
        limit: u64,
    },
    /// The file is of another kind, which its first bytes tell: an HTML page, for instance, or an archive.
    #[error("{}", of_other_kind(.0))]
    OtherFile(&'static str),
    /// The file's bytes are no complete ONNX protobuf.
    #[error("expected an ONNX model, found something else or a part of one ({0})")]
    NotOnnx(String),
    /// The file is small, but it would unfold to too much in memory or run for too long.
    #[error("{0}")]
    TooComplex(Mismatch),
    /// The file carries no model contract.
    #[error(
        "metadata '{METADATA_KEY}': expected the model contract, found none: the file was not written by `exporter`"
    )]
    NoContract,
    /// The file carries several model contracts; the field is their number.
    #[error("metadata '{METADATA_KEY}': expected one model contract, found {0}")]
    RepeatedContract(usize),
    /// The model contract in the file cannot be used.
    #[error("{}", printable(&.0.to_string()))]
    Contract(#[from] ContractError),
    /// The frame around the graph is not as it must be: format version, operator sets, functions, training information.
    #[error("{0}")]
    Format(Mismatch),
    /// A node has an operator that is not run here.
    #[error("node '{node}': expected one of {expected}, found operator '{operator}'")]
    UnknownOperator {
        /// The name of the node.
        node: String,
        /// The operators that are run here.
        expected: String,
        /// The operator of the node, with its domain where that is not ONNX's own.
        operator: String,
    },
    /// A name does not hold the graph together: a value is made twice, too late or never.
    #[error("{0}")]
    Graph(Mismatch),
    /// A weight tensor is not as it must be.
    #[error("{0}")]
    Initializer(Mismatch),
    /// The inputs, attributes or shapes of a node do not fit together.
    #[error("{0}")]
    Node(Mismatch),
    /// The input of the graph is not one image of the contract.
    #[error("{0}")]
    Input(Mismatch),
    /// The output of the graph is not one probability for each label of the contract.
    #[error("{0}")]
    Output(Mismatch),
    /// What the file carries in the place of golden vectors is malformed or does not fit the contract.
    #[error("{}", printable(&.0.to_string()))]
    Golden(#[from] GoldenError),
    /// The network's answers are not those that the file carries for its golden vectors: the file is not the one that was
    /// exported, or this machine computes wrongly.
    #[error(
        "golden vectors: expected the network to answer as the trainer did, found {0}; `exporter verify` and \
        `edge-runtime self-test` tell more"
    )]
    Contradiction(String),
    /// tract refuses a model that has passed all checks.
    #[error("tract cannot run it: {0}")]
    Tract(String),
}
