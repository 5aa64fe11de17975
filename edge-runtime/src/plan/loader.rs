//! Which library turns the nodes of a file into tract's graph.

/// The library that turns the nodes of a model file into a graph that runs. All loaders compute the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loader {
    /// Imago's own loader on tract-core alone: smaller and quicker to start.
    TractCore,
    /// The loader of tract-onnx, with its inference of shapes.
    #[cfg(feature = "tract-onnx")]
    TractOnnx,
}

impl Default for Loader {
    /// Returns `Loader::TractOnnx` where the feature `tract-onnx` is on, else [`Loader::TractCore`].
    fn default() -> Self {
        #[cfg(feature = "tract-onnx")]
        return Self::TractOnnx;
        #[cfg(not(feature = "tract-onnx"))]
        return Self::TractCore;
    }
}
