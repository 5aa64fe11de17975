//! What is known of a file that an export has written.

use models::model_file::export_record::Encoding;

use crate::gate::Agreement;
use crate::precision::HalfLosses;

/// What was written, and what was proven of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exported {
    /// The size of the file in bytes.
    pub bytes: usize,
    /// How the weights are stored.
    pub encoding: Encoding,
    /// What f16 lost of the values; nothing for other precisions.
    pub half_losses: Option<HalfLosses>,
    /// How well the file agrees with the trainer.
    pub agreement: Agreement,
}
