//! Whether a command ended because a signal stopped the decoding of pictures.
//!
//! In comes the error of a command, out goes an answer: such an end has the exit status of a signal, as that of a training
//! has.

use crate::data::cache::cache_error::DecodedCacheError;
use crate::data::data_error::DataError;
use crate::data::transfer_set::TransferError;

/// Returns whether `error` says that pictures were being decoded when a signal asked the program to stop.
#[must_use]
pub fn was_decoding_stopped(error: &anyhow::Error) -> bool {
    let of_data = |error: &DataError| matches!(error, DataError::Cache(DecodedCacheError::Stopped { .. }));
    let of_run = |error: &TransferError| matches!(error, TransferError::Data(error) if of_data(error));
    error.downcast_ref().is_some_and(of_data) || error.downcast_ref().is_some_and(of_run)
}
