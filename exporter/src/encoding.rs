//! How a network will be encoded, and what that costs: checked before anything is written.

use models::model_file::export_record::{Activations, Encoding};
use models::weights::Weights;

use crate::activation_range::{self, ActivationRange};
use crate::half_precision::{self, HalfLosses, HalfOverflow};
use crate::int8_weights::{MOST_PRODUCTS, TooManyProducts};

/// An encoding that holds the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub(crate) encoding: Encoding,
    /// What flows into each layer with parameters, for static activations.
    pub(crate) ranges: Vec<ActivationRange>,
    /// What f16 loses.
    pub(crate) half_losses: Option<HalfLosses>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub enum Request<'a> {
    /// As trained.
    #[default]
    F32,
    /// Half the bytes.
    F16,
    /// A quarter of the bytes; activations get their scales while the network runs.
    Int8,
    /// The same with scales from these images, each `[channels, height, width]`.
    Int8Calibrated(&'a [Vec<f32>]),
    /// Weights in eight bits, everything else in f32.
    Int8Weights,
}

/// A network that the encoding cannot hold.
#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    /// f16 is too narrow.
    #[error(transparent)]
    HalfOverflow(#[from] HalfOverflow),
    /// The sums are too long.
    #[error(transparent)]
    TooManyProducts(#[from] TooManyProducts),
    /// The calibration fails.
    #[error("calibration: {0}")]
    Calibration(#[from] candle_core::Error),
}

impl Plan {
    /// Checks that `weights`, with batch normalisation folded, can be encoded as asked.
    pub(crate) fn new(weights: &Weights, request: Request<'_>) -> Result<Self, EncodingError> {
        let plan = |encoding| Self { encoding, ranges: vec![], half_losses: None };
        Ok(match request {
            Request::F32 => plan(Encoding::F32),
            Request::F16 => {
                Self { half_losses: Some(half_precision::losses(weights)?), ..plan(Encoding::F16) }
            }
            Request::Int8Weights => plan(Encoding::Int8(Activations::F32)),
            Request::Int8 => {
                check_products(weights)?;
                plan(Encoding::Int8(Activations::Dynamic))
            }
            Request::Int8Calibrated(images) => {
                check_products(weights)?;
                let ranges = activation_range::calibrate(weights, images)?;
                Self { ranges, ..plan(Encoding::Int8(Activations::Static { images: images.len() })) }
            }
        })
    }
}

fn check_products(weights: &Weights) -> Result<(), TooManyProducts> {
    let products = weights.tensors().map(|(spec, _)| spec).filter(|spec| spec.shape.len() > 1);
    let longest = products.max_by_key(|spec| spec.fan_in);
    match longest {
        Some(spec) if spec.fan_in > MOST_PRODUCTS => {
            Err(TooManyProducts { tensor: spec.name, found: spec.fan_in })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use models::{Layer, ModelContract, Network, Provenance};

    use super::*;

    #[test]
    fn a_layer_with_too_many_products_is_named() {
        let linear = |name: &str, inputs, outputs| Layer::Linear { name: name.to_owned(), inputs, outputs };
        let layers = vec![Layer::Flatten, linear("wide", 784, 33_026), linear("narrow", 33_026, 10)];
        let network = Network { name: "wide".to_owned(), input: [1, 28, 28], layers };
        let values = vec![0.0; network.parameter_count()];
        let weights = Weights { network, values, contract: ModelContract::mnist(Provenance::default()) };
        let message = Plan::new(&weights, Request::Int8).unwrap_err().to_string();
        assert!(
            message.starts_with("tensor \"narrow.weight\": expected at most 33025 products"),
            "{message}"
        );
        assert!(Plan::new(&weights, Request::Int8Weights).is_ok());
    }
}
