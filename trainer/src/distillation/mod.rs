//! What a student minimises, and what is put right when its training images lacked classes.
//!
//! In come logits `[batch, classes]` of student and teachers with labels, out go a loss and its gradient. The factors
//! that are easily forgotten in distillation, T² above all, stand in this folder alone.

pub(crate) mod batch_loss;
pub mod bias_correction;
pub(crate) mod bias_error;
pub(crate) mod bias_shifts;
pub(crate) mod log_softmax;
pub(crate) mod loss_kind;
pub(crate) mod soft_targets;
pub(crate) mod terms;

pub use bias_correction::BiasPrior;
pub use bias_error::BiasError;
pub use bias_shifts::TOLERANCE;
pub use loss_kind::DistillationLoss;
