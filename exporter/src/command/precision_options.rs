//! The options about precision: whether they belong together, and the library's precision that they ask for.

use anyhow::bail;
use exporter::Precision;

use super::arguments::{ActivationPrecision, ExportArguments, PrecisionName};

/// Refuses options that belong to int8 beside another precision.
pub(crate) fn check(arguments: &ExportArguments) -> anyhow::Result<()> {
    let int8 = matches!(arguments.precision, PrecisionName::Int8 | PrecisionName::All);
    if arguments.calibrate.is_some() && !int8 {
        bail!("--calibrate: expected --precision int8 beside it");
    }
    if arguments.activations.is_some() && !int8 {
        bail!("--activations: expected --precision int8 beside it");
    }
    if arguments.calibrate.is_some() && arguments.activations == Some(ActivationPrecision::F32) {
        bail!("--calibrate: expected activations of eight bits, found --activations f32");
    }
    Ok(())
}

/// Returns the library's precision of one file; `calibration` are the images that `--calibrate` asks for.
pub(crate) fn precision<'a>(
    name: PrecisionName,
    arguments: &ExportArguments,
    calibration: &'a [Vec<f32>],
) -> Precision<'a> {
    match name {
        PrecisionName::F32 | PrecisionName::All => Precision::F32,
        PrecisionName::F16 => Precision::F16,
        PrecisionName::Int8 => match arguments.activations {
            Some(ActivationPrecision::F32) => Precision::Int8Weights,
            _ if arguments.calibrate.is_some() => Precision::Int8Calibrated(calibration),
            _ => Precision::Int8,
        },
    }
}
