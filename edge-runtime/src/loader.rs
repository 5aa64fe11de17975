//! Which library turns the nodes of a file into tract's graph.

/// Both compute the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// Imago's own, on tract-core alone: smaller and quicker.
    TractCore,
    /// tract-onnx.
    #[cfg(feature = "tract-onnx")]
    TractOnnx,
}

impl Default for Loader {
    /// tract-onnx where it is compiled in.
    #[cfg(feature = "tract-onnx")]
    fn default() -> Self {
        Self::TractOnnx
    }

    /// tract-onnx where it is compiled in.
    #[cfg(not(feature = "tract-onnx"))]
    fn default() -> Self {
        Self::TractCore
    }
}
