//! What a model file holds, in words and numbers: for `edge-runtime info` and for reports.

use std::fmt;

/// The type of a tensor's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Whole numbers from -128 to 127.
    Int8,
    /// Whole numbers from 0 to 255.
    Uint8,
    /// Whole numbers of 32 bits: sums of products.
    Int32,
    /// IEEE 754 binary16.
    F16,
    /// IEEE 754 binary32.
    F32,
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Int8 => "int8",
            Self::Uint8 => "uint8",
            Self::Int32 => "int32",
            Self::F16 => "f16",
            Self::F32 => "f32",
        })
    }
}

/// A model file at a glance.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ModelSummary {
    /// The file's size, in bytes.
    pub file_bytes: usize,
    /// The number of trained values.
    pub parameters: usize,
    /// The types that the trained values are stored in, each once; int8 for weights of eight bits whatever their zero point
    /// is.
    pub precision: Vec<Precision>,
    /// The nodes in the order in which they run.
    pub layers: Vec<LayerSummary>,
}

/// One node of the graph.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LayerSummary {
    /// For instance `Gemm`.
    pub operator: String,
    /// The node's name.
    pub name: String,
    /// The shape of each constant that it reads, weight before bias.
    pub weights: Vec<Vec<usize>>,
    /// For one image: `[1, …]`.
    pub output: Vec<usize>,
    /// The number of trained values that it is the first to use.
    pub parameters: usize,
}

impl ModelSummary {
    /// Returns the number of multiplications with an addition that one image costs in convolutions and linear layers.
    #[must_use]
    pub fn multiply_adds(&self) -> usize {
        let mut total = 0;
        // A weight in f16 or eight bits is brought to f32 by a node of its own, which comes first.
        let mut decoded = None;
        for layer in &self.layers {
            let own = layer.weights.iter().find(|shape| shape.len() >= 2);
            let product = |shape: &Vec<usize>| shape.iter().product::<usize>();
            match layer.operator.as_str() {
                "Conv" | "ConvInteger" => {
                    let positions: usize = layer.output.iter().skip(2).product();
                    total += own.or(decoded.take()).map_or(0, product) * positions;
                }
                "Gemm" | "MatMul" | "MatMulInteger" => {
                    total += own.or(decoded.take()).map_or(0, product);
                }
                _ => decoded = own.or(decoded),
            }
        }
        total
    }
}
