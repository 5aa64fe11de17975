//! Class probabilities: the softmax that makes them of logits, and the class that they name.

mod largest;
mod softmax;

pub use largest::arg_max;
pub use softmax::{Temperature, TemperatureError, softmax};
