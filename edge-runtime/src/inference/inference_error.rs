//! Why a picture or a tensor gets no answer: one line that says what was expected and what was found.

use models::picture::{PictureError, PreprocessingError};

/// The error of a picture or a tensor that gets no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// The picture file, or the bytes of one, cannot be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The decoded picture cannot become a tensor.
    #[error(transparent)]
    Preprocessing(#[from] PreprocessingError),
    /// The tensor has another number of values than one image.
    #[error("input: expected {expected} values for {shape:?}, found {found}")]
    InputLength {
        /// The shape of the model's input, `[channels, height, width]`.
        shape: [usize; 3],
        /// The number of values of that shape.
        expected: usize,
        /// The number of values that were given.
        found: usize,
    },
    /// The tensor of a batch has a number of values that is no multiple of one image's.
    #[error("input: expected a multiple of {image} values for [batch, {}, {}, {}], found {found}", shape[0], shape[1], shape[2])]
    BatchLength {
        /// The shape of the model's input, `[channels, height, width]`.
        shape: [usize; 3],
        /// The number of values of that shape.
        image: usize,
        /// The number of values that were given.
        found: usize,
    },
    /// The tensor has a value that is NaN or infinite.
    #[error("input: expected finite values, found {value} at position {position}")]
    InputNotFinite {
        /// The position of the value in the tensor, counted from 0.
        position: usize,
        /// The value: NaN or an infinity.
        value: f32,
    },
    /// The network's numbers went out of their range: the field is a probability that is none.
    #[error("output: expected probabilities from 0 to 1, found {0}")]
    OutputOutOfRange(f32),
    /// The network's numbers went out of their range: the field is a logit that is NaN or infinite.
    #[error("output: expected finite logits, found {0}")]
    LogitNotFinite(f32),
    /// tract failed on a model that it had accepted.
    #[error("tract: {0}")]
    Tract(String),
}
