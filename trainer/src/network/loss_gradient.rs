//! What a loss says of a batch's logits.

/// A batch's loss and its gradient with respect to the logits, `[batch, classes]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LossGradient {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f32>,
}
