//! What teachers say of images, as a student is compared with it.
//!
//! In come the logits of each teacher, `[batch, classes]`; out go soft targets of the same shape. They are a type of
//! their own, so that logits and probabilities, or two temperatures, cannot be mixed up.

use models::probability::Temperature;
use rayon::prelude::*;

use crate::distillation::log_softmax::{log_softmax, standardise};
use crate::distillation::loss_kind::DistillationLoss;

/// The soft targets of a batch, `[batch, classes]`: probabilities at the distillation temperature, rows of sum 1; or
/// logits, for the loss that compares those.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SoftTargets {
    pub(super) values: Vec<f32>,
    pub(super) classes: usize,
    pub(super) temperature: Temperature,
    pub(super) loss: DistillationLoss,
}

impl SoftTargets {
    /// Returns the mean over teachers of what `loss` compares. `teacher_logits` are `[batch, classes]` each.
    pub(crate) fn of_logits(
        loss: DistillationLoss,
        teacher_logits: &[Vec<f32>],
        classes: usize,
        temperature: Temperature,
    ) -> Self {
        let mut values = vec![0f32; teacher_logits.first().map_or(0, Vec::len)];
        for logits in teacher_logits {
            let rows = values.par_chunks_mut(classes).zip(logits.par_chunks(classes));
            rows.for_each_init(
                || (vec![0f32; classes], vec![0f32; classes]),
                |(standardised, softened), (sum, logits)| {
                    let logits = match loss {
                        DistillationLoss::LogitMse => {
                            sum.iter_mut().zip(logits).for_each(|(sum, logit)| *sum += logit);
                            return;
                        }
                        DistillationLoss::StandardizedKl => {
                            standardise(logits, standardised);
                            standardised.as_slice()
                        }
                        DistillationLoss::SoftenedKl | DistillationLoss::Dkd { .. } => logits,
                    };
                    log_softmax(logits, temperature.value(), softened);
                    sum.iter_mut().zip(softened).for_each(|(sum, log)| *sum += libm::expf(*log));
                },
            );
        }
        let share = 1.0 / teacher_logits.len().max(1) as f32;
        values.iter_mut().for_each(|value| *value *= share);
        Self { values, classes, temperature, loss }
    }

    /// Returns the soft target of one image, `[classes]`.
    pub(crate) fn of_row(&self, row: usize) -> &[f32] {
        &self.values[row * self.classes..][..self.classes]
    }

    /// Returns the soft targets of the images at `rows`, in their order.
    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        let row = |row: &u32| &self.values[*row as usize * self.classes..][..self.classes];
        Self { values: rows.iter().flat_map(row).copied().collect(), ..*self }
    }
}
