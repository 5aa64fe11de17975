//! The number of parts that a sum over a batch is cut into.
//!
//! One constant serves all layers: sums are added in the order of their parts, so that results repeat to the bit.

/// The number of parts that a sum over the batch is cut into, whatever the number of threads: enough for the cores of a
/// workstation, few enough that a part has some images. The parts are added in their order, so that the number of
/// threads changes no bit.
pub(crate) const BATCH_PARTS: usize = 32;
