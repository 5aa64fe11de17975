//! The reasons for which biases cannot be corrected.
//!
//! In comes what the correction found, out goes a message with the class or the number in question. They stand apart,
//! because the search for shifts and the correction both raise them.

/// The reason for which biases cannot be corrected.
#[derive(Debug, thiserror::Error)]
pub enum BiasError {
    /// A tensor operation fails.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// The network does not end with a linear layer, so that there is no bias to shift.
    #[error("expected a network with a linear layer at the end, found none")]
    NoBias,
    /// A class is expected with a frequency that is not over 0, for which no bias exists.
    #[error("class {label}: expected a frequency over 0, found {frequency}")]
    Frequency {
        /// The name of the class.
        label: String,
        /// The frequency that is expected of the class.
        frequency: f64,
    },
    /// No shifts are found, because logits are too far apart.
    #[error(
        "no shifts of the biases found: the mean probabilities are still {distance:e} from the expected ones"
    )]
    NotFound {
        /// The largest difference between a mean probability and the expected one.
        distance: f64,
    },
}
