//! The losses of distillation.

use serde::{Deserialize, Serialize};

/// How the student's logits z are compared with the teacher's v.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DistillationLoss {
    /// `T² · H(q, p_T)`: the Kullback-Leibler divergence of softened probabilities but for the entropy of q, which is
    /// constant (Hinton, Vinyals, Dean 2015).
    SoftenedKl,
    /// `½ Σ (z - v)²`, whatever the temperature (Ba and Caruana 2014, equation 1); of several teachers the mean of their
    /// logits.
    LogitMse,
    /// Decoupled knowledge distillation: `T² · (α · KL(b_q, b_p) + β · KL(q̂, p̂))`, where b is the pair of the right
    /// class's probability and the rest, and q̂, p̂ are the probabilities among the other classes (Zhao et al. 2022,
    /// equation 7).
    Dkd {
        /// α, of the right class against the rest.
        alpha: f32,
        /// β, among the others.
        beta: f32,
    },
    /// As `SoftenedKl` after each row of logits has been brought to mean 0 and deviation 1 (Sun et al. 2024, logit
    /// standardisation).
    #[serde(alias = "standardised_kl")]
    StandardizedKl,
}

impl DistillationLoss {
    /// Checks what a file may have wrong.
    ///
    /// # Errors
    /// A sentence that names the value.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            Self::Dkd { alpha, beta }
                if !(alpha.is_finite() && beta.is_finite() && *alpha >= 0.0 && *beta >= 0.0) =>
            {
                Err(format!("loss: expected alpha and beta of at least 0, found {alpha} and {beta}"))
            }
            _ => Ok(()),
        }
    }
}
