//! The whole path from a file's bytes to probabilities and logits.

mod agreement;
mod answers;
mod loaders;
mod plain_loops;
