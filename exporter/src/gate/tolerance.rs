//! How far the probabilities of an exported network may be from the trainer's, for each encoding.

use models::model_file::export_record::Encoding;

/// The largest difference of a probability between two computations of the same f32 network. Sums of some thousand
/// products in another order differ by about 1e-7; ten times more for deep networks, and again ten for safety.
pub const CLOSE_F32: f32 = 1e-5;

/// The largest difference of a probability of a network whose values were rounded to the 11 bits of f16. The shipped
/// student's probabilities move by up to 1.2e-3 on the 10,000 test images.
pub const CLOSE_F16: f32 = 0.01;

/// The largest difference of a probability of a network whose weights, and perhaps activations, have eight bits. The
/// shipped student's probabilities move by up to 0.08 on the 10,000 test images, most where two classes are nearly equal.
pub const CLOSE_INT8: f32 = 0.2;

/// Returns the largest difference of a probability between a file of this encoding and the network as trained.
#[must_use]
pub fn from_trainer(encoding: Encoding) -> f32 {
    match encoding {
        Encoding::F32 => CLOSE_F32,
        Encoding::F16 => CLOSE_F16,
        Encoding::Int8(_) => CLOSE_INT8,
    }
}

/// The largest mean over the inputs of each one's largest difference, for a file that sums in integers: a graph that
/// softens or hardens the answers is further off. The shipped student's is 4e-4 over the 10,000 test images.
pub const MEAN_INT8: f32 = 0.02;
