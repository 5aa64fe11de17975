//! Why biases cannot be corrected.

/// Biases that cannot be corrected.
#[derive(Debug, thiserror::Error)]
pub enum BiasError {
    /// The tensors fail.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// There is no bias to shift.
    #[error("expected a network with a linear layer at the end, found none")]
    NoBias,
    /// A class that nobody expects has no bias that fits.
    #[error("class {label}: expected a frequency over 0, found {frequency}")]
    Frequency {
        /// Its label.
        label: String,
        /// What is asked.
        frequency: f64,
    },
    /// Logits that are too far apart.
    #[error(
        "no shifts of the biases found: the mean probabilities are still {distance:e} from the expected ones"
    )]
    NotFound {
        /// The largest difference.
        distance: f64,
    },
}
