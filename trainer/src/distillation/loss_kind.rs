//! The losses of distillation.
//!
//! In and out goes the JSON of a run's configuration. The list says what each loss compares and from which paper it is;
//! a new loss begins here.

use serde::{Deserialize, Serialize};

/// The way in which the student's logits z are compared with the teacher's logits v.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DistillationLoss {
    /// The loss `T² · H(q, p_T)`: the Kullback-Leibler divergence of softened probabilities but for the entropy of q,
    /// which is constant (Hinton, Vinyals, Dean 2015).
    SoftenedKl,
    /// The loss `½ Σ (z - v)²`, whatever the temperature (Ba and Caruana 2014, equation 1); of several teachers the
    /// mean of their logits is taken.
    LogitMse,
    /// Decoupled knowledge distillation: `T² · (α · KL(b_q, b_p) + β · KL(q̂, p̂))`, where b is the pair of the right
    /// class's probability and the rest, and q̂, p̂ are the probabilities among the other classes (Zhao et al. 2022,
    /// equation 7).
    Dkd {
        /// The weight α of the right class against the rest.
        alpha: f32,
        /// The weight β of the probabilities among the other classes.
        beta: f32,
    },
    /// The loss `SoftenedKl` after each row of logits has been brought to mean 0 and standard deviation 1 (Sun et al.
    /// 2024, logit standardization).
    #[serde(alias = "standardised_kl")]
    StandardizedKl,
}

impl DistillationLoss {
    /// Checks the constants of the loss, which may come from a file.
    ///
    /// # Errors
    /// A sentence that names the value that is out of its range.
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
