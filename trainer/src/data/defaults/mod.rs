//! What a training does that nobody has said: chosen by size, colour and number of the images, with the reason.
//!
//! In come images that have not been decoded, or what is known of them; out go the shape of the input, the network, the
//! augmentation and the length of the training, each with a sentence. `trainer inspect` proposes what a training would
//! choose: both ask here.

pub(crate) mod input;
