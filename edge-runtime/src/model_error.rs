//! Why a model file is refused: one line that names the file, what was expected and what was found.

use std::fmt::Display;
use std::io;

use models::contract::{ContractError, METADATA_KEY};

use crate::printable::printable;

/// A model file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ModelError {
    /// The file's name, or what [`Classifier::from_bytes`](crate::Classifier::from_bytes) was told.
    pub file: String,
    /// What is wrong with it.
    pub problem: ModelProblem,
}

/// What is wrong with a model file.
#[derive(Debug, thiserror::Error)]
pub enum ModelProblem {
    /// The operating system does not give it.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It has no bytes.
    #[error("expected an ONNX model, found an empty file")]
    Empty,
    /// It has more bytes than a model for a small board may have.
    #[error("file size: expected at most {limit} bytes, found more")]
    TooLarge {
        /// The largest size, in bytes.
        limit: u64,
    },
    /// Its bytes are no complete ONNX protobuf.
    #[error("expected an ONNX model, found something else or a part of one ({0})")]
    NotOnnx(String),
    /// Its size is no cause for alarm, but what it would unfold to in memory is.
    #[error("{0}")]
    TooComplex(Mismatch),
    /// It carries no contract.
    #[error(
        "metadata '{METADATA_KEY}': expected the model contract, found none: the file was not written by `exporter`"
    )]
    NoContract,
    /// It carries several contracts.
    #[error("metadata '{METADATA_KEY}': expected one model contract, found {0}")]
    RepeatedContract(usize),
    /// Its contract cannot be used.
    #[error("{}", printable(&.0.to_string()))]
    Contract(#[from] ContractError),
    /// The frame around the graph: versions, operator sets, functions, training information.
    #[error("{0}")]
    Format(Mismatch),
    /// An operator that is not meant to run on the board.
    #[error("node '{node}': expected one of {expected}, found operator '{operator}'")]
    UnknownOperator {
        /// The node.
        node: String,
        /// The allowed operators.
        expected: String,
        /// Its operator, with its domain where that is not the default one.
        operator: String,
    },
    /// The names that hold the graph together.
    #[error("{0}")]
    Graph(Mismatch),
    /// A weight tensor.
    #[error("{0}")]
    Initializer(Mismatch),
    /// A node's inputs, attributes or shapes.
    #[error("{0}")]
    Node(Mismatch),
    /// The graph's input.
    #[error("{0}")]
    Input(Mismatch),
    /// The graph's output.
    #[error("{0}")]
    Output(Mismatch),
    /// tract refuses what the guard let pass.
    #[error("tract cannot run it: {0}")]
    Tract(String),
}

/// A place in a file, what should be there, and what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: expected {expected}, found {found}")]
pub struct Mismatch {
    /// For instance `initializer 'fc1.weight'`.
    pub place: String,
    /// What is allowed.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Mismatch {
    pub(crate) fn new(place: impl Into<String>, expected: impl Into<String>, found: impl Display) -> Self {
        Self { place: place.into(), expected: expected.into(), found: found.to_string() }
    }

    /// The same, inside `outer`.
    pub(crate) fn within(self, outer: &str) -> Self {
        Self { place: format!("{outer}: {}", self.place), ..self }
    }
}

/// `Ok` where `holds`, else the mismatch that the other three arguments describe.
pub(crate) fn expect(
    holds: bool,
    place: impl Into<String>,
    expected: impl Into<String>,
    found: impl Display,
) -> Result<(), Mismatch> {
    if holds { Ok(()) } else { Err(Mismatch::new(place, expected, found)) }
}
