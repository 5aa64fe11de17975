//! The slices behind candle's tensors on the CPU.

use candle_core::{CpuStorage, Error, Layout, Result, Storage, Tensor};

/// Calls `use_values` with the values of contiguous f32 tensors on the CPU, in row-major order.
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

/// The f32 values of a contiguous tensor.
pub(crate) fn stored<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => Err(Error::Msg("expected contiguous f32 values".to_owned())),
    }
}

/// The same, to be changed.
pub(crate) fn stored_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => Err(Error::Msg("expected contiguous f32 values".to_owned())),
    }
}
