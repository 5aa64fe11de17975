//! The plan of a file's encoding: the precision that is asked for, checked against the network before anything is written.

use models::model_file::export_record::{Activations, Encoding};
use models::weights::Weights;

use super::activation_range::ActivationRange;
use super::calibration::{self, CalibrationError};
use super::half_precision::{self, HalfLosses, HalfOverflow};
use super::int8_weights::{self, TooManyProducts};

/// The precision in which the weights of an exported file are stored and computed with.
#[derive(Debug, Clone, Copy, Default)]
pub enum Precision<'a> {
    /// IEEE 754 binary32, 4 bytes a weight: the values as they were trained.
    #[default]
    F32,
    /// IEEE 754 binary16, 2 bytes a weight; the file computes in f32.
    F16,
    /// 1 byte a weight, and eight bits for the activations too, whose scales the file computes for each image. Sums are
    /// computed in integers.
    Int8,
    /// 1 byte a weight, and eight bits for the activations too, whose scales are computed once from these calibration
    /// images, each f32 `[channels, height, width]`. Sums are computed in integers.
    Int8Calibrated(&'a [Vec<f32>]),
    /// 1 byte a weight; activations and sums stay in f32.
    Int8Weights,
}

/// A network that cannot be stored in the precision that is asked for.
#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    /// A value of the network is too large for f16.
    #[error(transparent)]
    HalfOverflow(#[from] HalfOverflow),
    /// A layer of the network sums more products than 32 bits hold.
    #[error(transparent)]
    TooManyProducts(#[from] TooManyProducts),
    /// A calibration image does not fit the network.
    #[error("calibration: {0}")]
    Calibration(#[from] CalibrationError),
}

/// An encoding that can hold the network, with what has to be known of the network to write it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EncodingPlan {
    /// How weights are stored and used, as the file's record says it.
    pub(crate) encoding: Encoding,
    /// The range of what flows into each layer with parameters, in their order; empty unless activations are calibrated.
    pub(crate) ranges: Vec<ActivationRange>,
    /// What f16 loses of the values, for f16 alone.
    pub(crate) half_losses: Option<HalfLosses>,
}

impl EncodingPlan {
    /// The plan of a file in f32, which holds every network.
    pub(crate) const F32: Self = Self::of(Encoding::F32);

    const fn of(encoding: Encoding) -> Self {
        Self { encoding, ranges: Vec::new(), half_losses: None }
    }

    /// Checks that `weights`, whose batch norm is folded, can be stored in `precision`.
    pub(crate) fn new(weights: &Weights, precision: Precision<'_>) -> Result<Self, EncodingError> {
        Ok(match precision {
            Precision::F32 => Self::F32,
            Precision::F16 => {
                Self { half_losses: Some(half_precision::losses(weights)?), ..Self::of(Encoding::F16) }
            }
            Precision::Int8Weights => Self::of(Encoding::Int8(Activations::F32)),
            Precision::Int8 => {
                int8_weights::check_products(weights)?;
                Self::of(Encoding::Int8(Activations::Dynamic))
            }
            Precision::Int8Calibrated(images) => {
                int8_weights::check_products(weights)?;
                let ranges = calibration::calibrate(weights, images)?;
                let activations = Activations::Static { images: images.len() };
                Self { ranges, ..Self::of(Encoding::Int8(activations)) }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use models::{Layer, ModelContract, Network, Provenance};

    use super::*;

    #[test]
    fn a_layer_with_too_many_products_is_named() {
        let layers =
            vec![Layer::Flatten, Layer::linear("wide", 784, 33_026), Layer::linear("narrow", 33_026, 10)];
        let network = Network { name: "wide".to_owned(), input: [1, 28, 28], layers };
        let values = vec![0.0; network.parameter_count()];
        let weights =
            Weights { network, values, contract: ModelContract::mnist(Provenance::default()), finding: None };
        let message = EncodingPlan::new(&weights, Precision::Int8).unwrap_err().to_string();
        assert!(
            message.starts_with("tensor \"narrow.weight\": expected at most 33025 products"),
            "{message}"
        );
        assert!(EncodingPlan::new(&weights, Precision::Int8Weights).is_ok());
    }

    #[test]
    fn a_calibration_image_of_another_size_is_refused() {
        let network = Network::student(&[1]);
        let values = vec![0.0; network.parameter_count()];
        let weights =
            Weights { network, values, contract: ModelContract::mnist(Provenance::default()), finding: None };
        let images = [vec![0.0; 784], vec![0.0; 783]];
        let message =
            EncodingPlan::new(&weights, Precision::Int8Calibrated(&images)).unwrap_err().to_string();
        assert_eq!(message, "calibration: image 1: expected 784 values, found 783");
    }
}
