//! An activation in eight bits: the names by which the nodes of a layer read it.

/// An activation in eight bits. Layers that read one value, as the first ones of a residual block's body and of its shortcut
/// do, read it in the same bytes.
#[derive(Debug, Clone)]
pub(super) struct QuantisedInput {
    /// The name of the bytes, u8 in the shape of the activation.
    pub(super) value: String,
    pub(super) scale: InputScale,
    /// The name of the zero point, a scalar u8.
    pub(super) zero_point: String,
}

/// The scale of an activation.
#[derive(Debug, Clone)]
pub(super) enum InputScale {
    /// A constant of the file.
    Known(f32),
    /// The name of a scalar f32 that the file computes for each image.
    Computed(String),
}
