//! The interface between a network and a loss.
//!
//! In come the logits of a batch, `[batch, classes]`; out go the loss and its gradient of the same shape. It stands
//! beneath both, so that networks know no losses and losses no networks.

/// The loss of a batch and its gradient with respect to the logits, `[batch, classes]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LossGradient {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f32>,
}
