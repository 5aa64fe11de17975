//! candle's layers against the naive oracle: networks of every kind of layer with random parameters, after training.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use engine::tensors::TensorNetwork;
use models::network::Preset;
use models::random::{Generator, Purpose};
use models::reference;
use models::weights::Weights;
use models::{ImageInput, ModelContract, Network, ParameterRole, Provenance, Resize};

/// Sums of some thousand f64 products in another order, through some ten layers.
const CLOSE: f64 = 1e-9;

/// Random weights that keep values about as large from layer to layer, with running values that are not the identity.
fn weights(network: Network) -> Weights {
    let mut random = Generator::new(5, Purpose::Sample, 0, 0);
    let mut values = Vec::new();
    for spec in network.parameters() {
        let bound = (3.0 / spec.fan_in as f32).sqrt();
        values.extend((0..spec.len()).map(|_| match spec.role {
            ParameterRole::Scale | ParameterRole::RunningVariance => 0.5 + random.unit(),
            _ => random.symmetric(bound),
        }));
    }
    let input = ImageInput::version_2(network.input, Resize::Fit);
    let labels = (0..network.classes().unwrap()).map(|class| class.to_string()).collect();
    let contract = ModelContract { input, labels, ..ModelContract::mnist(Provenance::default()) };
    Weights { network, contract, values, finding: None }
}

/// Returns the logits of one image by candle, in f64.
fn by_candle(weights: &Weights, image: &[f32]) -> Vec<f64> {
    let tensors = weights.tensors().map(|(spec, values)| {
        let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
        (spec.name, Tensor::from_vec(values, spec.shape, &Device::Cpu).unwrap())
    });
    let parameters = VarBuilder::from_tensors(tensors.collect(), DType::F64, &Device::Cpu);
    let network = TensorNetwork::new(&weights.network, &parameters).unwrap();
    let [channels, height, width] = weights.network.input;
    let values: Vec<f64> = image.iter().copied().map(f64::from).collect();
    let image = Tensor::from_vec(values, (1, channels, height, width), &Device::Cpu).unwrap();
    network.logits(&image, None).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn candle_answers_as_the_naive_oracle_for_every_family_of_networks() {
    for name in Preset::EXAMPLES {
        // Neither square nor of even sides: strides leave rows or columns over.
        let network = name.parse::<Preset>().unwrap().network([3, 33, 38], 5);
        let weights = weights(network);
        let mut random = Generator::new(6, Purpose::Sample, 0, 0);
        let image: Vec<f32> = (0..3 * 33 * 38).map(|_| random.symmetric(1.0)).collect();
        for weights in [weights.folded(), weights] {
            let (found, expected) = (by_candle(&weights, &image), reference::logits(&weights, &image));
            for (found, expected) in found.iter().zip(&expected) {
                let is_close = (found - expected).abs() < CLOSE * (1.0 + expected.abs());
                assert!(is_close, "{name}: {found}, expected {expected}");
            }
        }
    }
}
