//! The forward pass: one image through all layers of a network, as it is after training.

use super::activation::Activation;
use super::layers::{BatchNorm, average_pool, batch_norm, convolution, linear, max_pool, relu, sum};
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
/// The activation at index i flows into layer i of all layers, those within layers included, in the order of
/// [`Layer::with_inner`]; after them comes one more, the logits. For a network without layers in layers, layer i is that of
/// [`Network::layers`](crate::Network::layers).
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
    let tensors: Vec<&[f32]> = weights.tensors().map(|(_, values)| values).collect();
    let mut pass = ForwardPass { tensors: &tensors, inputs: Vec::new() };
    let logits = pass.layers(&network.layers, image);
    pass.inputs.push(logits);
    pass.inputs
}

/// The walk through the layers of a network.
struct ForwardPass<'a> {
    /// The parameters that the next layers have.
    tensors: &'a [&'a [f32]],
    /// What flowed into each layer so far.
    inputs: Vec<Activation>,
}

impl<'a> ForwardPass<'a> {
    /// Returns what a list of layers makes of its input.
    fn layers(&mut self, layers: &[Layer], input: Activation) -> Activation {
        layers.iter().fold(input, |x, layer| self.layer(layer, x))
    }

    fn layer(&mut self, layer: &Layer, input: Activation) -> Activation {
        self.inputs.push(input.clone());
        match layer {
            Layer::Residual { body, shortcut } => {
                let of_body = self.layers(body, input.clone());
                sum(&of_body, &self.layers(shortcut, input))
            }
            Layer::Branches { branches, .. } => {
                let mut outputs = branches.iter().map(|branch| self.layers(branch, input.clone()));
                let first = outputs.next().unwrap_or(input.clone());
                outputs.fold(first, |total, output| sum(&total, &output))
            }
            _ => {
                let parameters = self.take(layer.parameters().len());
                output(layer, parameters, &input)
            }
        }
    }

    fn take(&mut self, count: usize) -> &'a [&'a [f32]] {
        let (taken, rest) = self.tensors.split_at(count);
        self.tensors = rest;
        taken
    }
}

/// Computes what one layer without layers within it makes of its input; `parameters` are in the order of
/// [`Layer::parameters`].
fn output(layer: &Layer, parameters: &[&[f32]], input: &Activation) -> Activation {
    match (layer, parameters) {
        (Layer::Convolution { kernel, stride, padding, groups, .. }, [weight, bias]) => {
            let window = Window { kernel: *kernel, stride: *stride, padding: *padding };
            convolution(input, &window, *groups, weight, bias)
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
        (Layer::GlobalAveragePool, _) => {
            let whole = [input.shape[1], input.shape[2]];
            average_pool(input, &Window::without_padding(whole, whole))
        }
        (Layer::Relu, _) => relu(input),
        (Layer::Flatten, _) => input.flattened(),
        (Layer::Dropout { .. }, _) => input.clone(),
        _ => {
            unreachable!("each layer is given as many parameters as it has, and layers of layers are walked")
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
