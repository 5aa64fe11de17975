//! The slices behind candle's tensors on the CPU.
//!
//! In come contiguous f32 tensors on the CPU, out go slices of their values, row-major. The kernels read and write
//! parameters through them without a copy.

use candle_core::{CpuStorage, Error, Layout, Result, Storage, Tensor};

/// Calls `use_values` with the values of contiguous f32 tensors on the CPU, each in row-major order, and returns its
/// answer.
///
/// # Errors
/// Where a tensor is on another device, of another type, or not contiguous.
pub fn with_values<R>(tensors: &[&Tensor], use_values: impl FnOnce(&[&[f32]]) -> R) -> Result<R> {
    let storages: Vec<_> = tensors.iter().map(|tensor| tensor.storage_and_layout()).collect();
    let mut values = Vec::with_capacity(tensors.len());
    for (storage, layout) in &storages {
        match &**storage {
            Storage::Cpu(storage) => values.push(stored(storage, layout)?),
            _ => return Err(Error::Msg("expected a tensor on the CPU".to_owned())),
        }
    }
    Ok(use_values(&values))
}

/// Returns the f32 values of a contiguous tensor.
pub(crate) fn stored<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => Err(Error::Msg("expected contiguous f32 values".to_owned())),
    }
}

/// Returns the f32 values of a contiguous tensor, to be changed.
pub(crate) fn stored_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => Err(Error::Msg("expected contiguous f32 values".to_owned())),
    }
}
