//! The forward pass: one image through all layers of a network, as it is after training.

use super::activation::Activation;
use super::layers::{BatchNorm, average_pool, batch_norm, convolution, linear, max_pool, relu};
use super::window::Window;
use crate::network::Layer;
use crate::weights::Weights;

/// Computes the logits of one image, f64 `[classes]`.
///
/// `input` is one preprocessed image, `[channels, height, width]`. Dropout does nothing, batch norm uses its running mean
/// and variance, so a network and its [folded](Weights::folded) form answer alike.
///
/// # Panics
/// As [`activations`].
#[must_use]
pub fn logits(weights: &Weights, input: &[f32]) -> Vec<f64> {
    activations(weights, input).pop().map_or_else(Vec::new, |activation| activation.values)
}

/// Computes every value that flows through the network for one image, `[channels, height, width]`.
///
/// The activation at index i flows into layer i of [`Network::layers`](crate::Network::layers); after them comes one more,
/// the logits.
///
/// # Panics
/// Where `input` has not as many values as the network's input, or `weights` not as many as its parameters: weights that
/// were read by [`Weights::load`] have.
#[must_use]
pub fn activations(weights: &Weights, input: &[f32]) -> Vec<Activation> {
    let network = &weights.network;
    assert_eq!(
        input.len(),
        network.input.iter().product::<usize>(),
        "values of the input {:?}",
        network.input
    );
    let image = Activation { shape: network.input, values: input.iter().copied().map(f64::from).collect() };
    let mut tensors = weights.tensors().map(|(_, values)| values);
    let mut activations = vec![image];
    for layer in &network.layers {
        let parameters: Vec<&[f32]> = tensors.by_ref().take(layer.parameters().len()).collect();
        activations.push(output(layer, &parameters, &activations[activations.len() - 1]));
    }
    activations
}

/// Computes what one layer makes of its input; `parameters` are in the order of [`Layer::parameters`].
fn output(layer: &Layer, parameters: &[&[f32]], input: &Activation) -> Activation {
    match (layer, parameters) {
        (Layer::Convolution { kernel, stride, padding, .. }, [weight, bias]) => {
            convolution(input, &Window { kernel: *kernel, stride: *stride, padding: *padding }, weight, bias)
        }
        (Layer::Linear { .. }, [weight, bias]) => linear(input, weight, bias),
        (Layer::BatchNorm { epsilon, .. }, [weight, bias, running_mean, running_variance]) => {
            let norm = BatchNorm { weight, bias, running_mean, running_variance, epsilon: *epsilon };
            batch_norm(input, &norm)
        }
        (Layer::MaxPool { kernel, stride }, _) => max_pool(input, &Window::without_padding(*kernel, *stride)),
        (Layer::AveragePool { kernel, stride }, _) => {
            average_pool(input, &Window::without_padding(*kernel, *stride))
        }
        (Layer::Relu, _) => relu(input),
        (Layer::Flatten, _) => input.flattened(),
        (Layer::Dropout { .. }, _) => input.clone(),
        (Layer::Convolution { .. } | Layer::Linear { .. } | Layer::BatchNorm { .. }, _) => {
            unreachable!("each layer is given as many parameters as it has")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelContract, Network, Provenance};

    /// One channel of 1×3 through two outputs, a batch norm, a ReLU and two more.
    fn weights() -> Weights {
        let layers = vec![
            Layer::Dropout { rate: 0.5 },
            Layer::Flatten,
            Layer::linear("fc1", 3, 2),
            Layer::BatchNorm { name: "bn1".to_owned(), channels: 2, epsilon: 0.25 },
            Layer::Relu,
            Layer::linear("fc2", 2, 2),
        ];
        let network = Network { name: "n".to_owned(), input: [1, 1, 3], layers };
        let fc1 = [1., 2., 3., -1., 0., 1., 0.5, 0.];
        let bn1 = [2., 1., 1., 0., 0.5, 4., 0.75, 0.];
        let fc2 = [1., -1., 0.5, 2., 0., 0.25];
        let values = [fc1.as_slice(), &bn1, &fc2].concat();
        Weights { network, contract: ModelContract::mnist(Provenance::default()), values, finding: None }
    }

    /// By hand, for (1, 0, 1): fc1 gives (4 + 0.5, 0); bn1 gives 2 · (4.5 - 0.5) / √1 + 1 = 9 and (0 - 4) / √0.25 = -8;
    /// the ReLU leaves (9, 0); fc2 gives (9, 4.5 + 0.25).
    #[test]
    fn every_activation_matches_hand_computed_numbers() {
        let found = activations(&weights(), &[1., 0., 1.]);
        let values: Vec<&[f64]> = found.iter().map(|activation| activation.values.as_slice()).collect();
        let input = [1., 0., 1.].as_slice();
        assert_eq!(values, [input, input, input, &[4.5, 0.], &[9., -8.], &[9., 0.], &[9., 4.75]]);
        assert_eq!(logits(&weights(), &[1., 0., 1.]), [9., 4.75]);
    }

    #[test]
    fn the_folded_network_answers_alike() {
        assert_eq!(logits(&weights().folded(), &[1., 0., 1.]), logits(&weights(), &[1., 0., 1.]));
    }

    #[test]
    #[should_panic(expected = "values of the input [1, 1, 3]")]
    fn an_input_of_another_size_is_a_mistake_of_the_caller() {
        let _ = logits(&weights(), &[1., 0.]);
    }
}
