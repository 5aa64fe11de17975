//! Folds what exists only for training: each batch norm into the layer before it, parallel linear branches into one
//! convolution.
//!
//! In come a network with its values, out go a network without batch norms and branches and values that compute the same
//! function. A network that is done with training then has the smallest graph.

use super::description::Network;
use super::layer::Layer;
use super::linear_branches::{self, of_branch};
use super::shape::Shape;

impl Network {
    /// Returns the network that computes the same function after training, with every batch norm as a part of the layer
    /// before it and parallel branches as one convolution. A network without either stays as it is.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self {
            name: self.name.clone(),
            input: self.input,
            layers: fold(&self.layers, Shape::Image(self.input)),
        }
    }

    /// Returns the values of the network [`Network::folded`] from the `values` of this network, both in the order of
    /// the parameters: `W' = W · s` and `b' = (b - mean) · s + bias` with `s = weight / √(variance + epsilon)`, one row
    /// of W and one s for each output, and the sum of such weights for parallel branches, computed in f64.
    #[must_use]
    pub fn fold_values(&self, values: &[f32]) -> Vec<f32> {
        let tensors = fold_tensors(&self.layers, Shape::Image(self.input), &mut Values { rest: values });
        tensors.into_iter().flatten().map(|value| value as f32).collect()
    }
}

/// Returns the folded layers for an input of the shape `shape`.
fn fold(layers: &[Layer], mut shape: Shape) -> Vec<Layer> {
    let mut folded = Vec::with_capacity(layers.len());
    for layer in layers {
        match (layer, shape) {
            (Layer::BatchNorm { .. }, _) => {}
            (Layer::Residual { body, shortcut }, _) => {
                folded.push(Layer::Residual { body: fold(body, shape), shortcut: fold(shortcut, shape) })
            }
            (Layer::Branches { name, branches }, Shape::Image(image)) => {
                folded.extend(linear_branches::folded(branches, image).map(|sizes| sizes.layer(name)));
            }
            _ => folded.push(layer.clone()),
        }
        shape = layer.output(shape).unwrap_or(shape);
    }
    folded
}

/// The values of a network's parameters, from which tensors are taken in order.
struct Values<'a> {
    rest: &'a [f32],
}

impl Values<'_> {
    /// Returns the tensors of one layer.
    fn of_layer(&mut self, layer: &Layer) -> Vec<Vec<f64>> {
        let take = |spec: super::parameter::ParameterSpec| {
            let (values, rest) = self.rest.split_at(spec.len().min(self.rest.len()));
            self.rest = rest;
            values.iter().copied().map(f64::from).collect()
        };
        layer.parameters().into_iter().map(take).collect()
    }
}

fn fold_tensors(layers: &[Layer], mut shape: Shape, values: &mut Values<'_>) -> Vec<Vec<f64>> {
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for layer in layers {
        match (layer, shape) {
            (Layer::BatchNorm { epsilon, .. }, _) => {
                let norm = values.of_layer(layer);
                if let [.., weight, bias] = kept.as_mut_slice() {
                    fold_norm(&norm, *epsilon, weight, bias);
                }
            }
            (Layer::Residual { body, shortcut }, _) => {
                kept.extend(fold_tensors(body, shape, values));
                kept.extend(fold_tensors(shortcut, shape, values));
            }
            (Layer::Branches { branches, .. }, Shape::Image(image)) => {
                kept.extend(fold_branches(branches, image, values));
            }
            _ => kept.extend(values.of_layer(layer)),
        }
        shape = layer.output(shape).unwrap_or(shape);
    }
    kept
}

/// Multiplies the rows of a weight, and moves the bias, by what a batch norm of these tensors makes of their sums.
fn fold_norm(norm: &[Vec<f64>], epsilon: f32, weight: &mut [f64], bias: &mut [f64]) {
    let [scale, shift, mean, variance] = norm else { return };
    let row_len = weight.len() / bias.len().max(1);
    for (channel, (row, bias)) in weight.chunks_exact_mut(row_len.max(1)).zip(bias).enumerate() {
        let factor = scale[channel] / (variance[channel] + f64::from(epsilon)).sqrt();
        row.iter_mut().for_each(|value| *value *= factor);
        *bias = (*bias - mean[channel]) * factor + shift[channel];
    }
}

/// Returns the weight and the bias of the convolution that branches fold into.
fn fold_branches(branches: &[Vec<Layer>], image: [usize; 3], values: &mut Values<'_>) -> Vec<Vec<f64>> {
    let Ok(whole) = linear_branches::folded(branches, image) else { return Vec::new() };
    let mut weight = vec![0f64; whole.weights()];
    let mut bias = vec![0f64; whole.out_channels];
    for branch in branches {
        let (branch_weight, branch_bias) =
            if let Some(convolution @ Layer::Convolution { .. }) = branch.first() {
                let mut tensors = values.of_layer(convolution);
                let branch_bias = tensors.pop().unwrap_or_default();
                (tensors.pop(), branch_bias)
            } else {
                (None, vec![0f64; image[0]])
            };
        let mut branch_bias = branch_bias;
        let mut factors = branch_weight.unwrap_or_else(|| vec![1.0; image[0]]);
        if let Some(norm @ Layer::BatchNorm { epsilon, .. }) = branch.last() {
            fold_norm(&values.of_layer(norm), *epsilon, &mut factors, &mut branch_bias);
        }
        if matches!(branch.first(), Some(Layer::Convolution { .. })) {
            whole.add_convolution(of_branch(branch, image[0], whole.groups), &factors, &mut weight);
        } else {
            whole.add_identity(&factors, &mut weight);
        }
        bias.iter_mut().zip(&branch_bias).for_each(|(bias, of_branch)| *bias += of_branch);
    }
    vec![weight, bias]
}
