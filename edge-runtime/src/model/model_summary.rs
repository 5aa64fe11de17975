//! What a model file holds, in words and numbers, for `edge-runtime info` and for reports. The guard fills it in while it
//! checks the file.

use std::fmt;

/// The type of the values of a tensor in a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Precision {
    /// Integers from -128 to 127.
    Int8,
    /// Integers from 0 to 255.
    Uint8,
    /// Integers of 32 bits: sums of products of bytes.
    Int32,
    /// Half precision, IEEE 754 binary16.
    F16,
    /// Single precision, IEEE 754 binary32.
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

/// The sizes and layers of a model file.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct ModelSummary {
    /// The size of the file, in bytes.
    pub file_bytes: usize,
    /// The number of trained values in the whole network.
    pub parameters: usize,
    /// The types that the trained values are stored in, each once. Weights of eight bits are `int8` whatever their zero
    /// point is.
    pub precision: Vec<Precision>,
    /// The nodes of the graph in the order in which they run.
    pub layers: Vec<LayerSummary>,
}

/// One node of a model's graph.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct LayerSummary {
    /// The ONNX operator of the node, for instance `Gemm`.
    pub operator: String,
    /// The name of the node, or that of its output where the node has none.
    pub name: String,
    /// The shape of each constant that the node reads, weight before bias.
    pub weights: Vec<Vec<usize>>,
    /// The shape of the node's output for one image, `[1, …]`.
    pub output: Vec<usize>,
    /// The number of trained values that this node is the first to use.
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
