//! How a sum over a batch is cut into parts.

/// Into how many parts a sum over the batch is cut, whatever the number of threads: enough for the cores of a
/// workstation, few enough that a part has some images. The parts are added in their order, so that the number of threads
/// changes no bit.
pub(crate) const BATCH_PARTS: usize = 32;
