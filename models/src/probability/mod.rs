//! Class probabilities: the softmax that makes them of logits, and the class that they name.
//!
//! In come the logits of one image, `[classes]`; out go its probabilities, `[classes]`, or the number of a class.
//! Trainer and runtime answer with these two functions, so that they agree on every label.

mod largest;
mod softmax;

pub use largest::arg_max;
pub use softmax::{Temperature, TemperatureError, softmax};
