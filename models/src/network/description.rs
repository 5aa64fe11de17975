//! A network as a list of layers, with the checks that make it one.
//!
//! In comes a list of layers, from a file or from code; out go the shape after each layer, the parameters in their
//! order, and the cost of an answer. A description from a file is hostile until [`Network::shapes`] has accepted it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::layer::Layer;
use super::layer_problem::LayerProblem;
use super::layer_shape::{after_layers, check_levels};
use super::network_error::NetworkError;
use super::parameter::ParameterSpec;
use super::shape::{Shape, check_size};

/// The largest number of parameters that a network may have, 256 MiB of them.
const MOST_PARAMETERS: usize = 1 << 26;

/// A network from an image `[channels, height, width]` to logits `[classes]`, as a list of layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The name of the network, for people: `teacher`, `student-128-128`.
    pub name: String,
    /// The shape of one input image, `[channels, height, width]`.
    pub input: [usize; 3],
    /// The layers in the order in which they are applied; the last layer gives the logits.
    pub layers: Vec<Layer>,
}

impl Network {
    /// Returns the shape after each layer; the last shape is that of the logits. This is the check of a description.
    ///
    /// # Errors
    /// [`NetworkError`] for the first layer that does not fit what comes before it, for a name that is no word or
    /// stands twice, and for a network that is too large.
    pub fn shapes(&self) -> Result<Vec<Shape>, NetworkError> {
        check_size(&self.input).map_err(|problem| self.problem(problem))?;
        check_levels(&self.layers, 0).map_err(|problem| self.problem(problem))?;
        let last = after_layers(&self.layers, Shape::Image(self.input)).map_err(|problem| {
            let (place, problem) = problem.into_parts();
            NetworkError { network: self.name.clone(), place, problem }
        })?;
        self.check_names()?;
        let parameters = self.parameters().iter().map(ParameterSpec::len).fold(0, usize::saturating_add);
        if parameters > MOST_PARAMETERS {
            return Err(
                self.problem(format!("expected at most {MOST_PARAMETERS} parameters, found {parameters}"))
            );
        }
        if let Shape::Image(_) = last {
            return Err(self.problem(format!("expected a linear layer at the end, found an image {last}")));
        }
        let mut shape = Shape::Image(self.input);
        let after = |layer: &Layer| {
            shape = layer.output(shape).unwrap_or(shape);
            shape
        };
        Ok(self.layers.iter().map(after).collect())
    }

    /// Returns an error that is no single layer's.
    fn problem(&self, problem: String) -> NetworkError {
        NetworkError { network: self.name.clone(), place: String::new(), problem }
    }

    /// Returns the largest number of values that flow between two layers for one image, the input included.
    #[must_use]
    pub fn largest_shape(&self) -> usize {
        let input = Shape::Image(self.input);
        largest_after(&self.layers, input).max(input.len())
    }

    /// Checks the names of the layers. They become keys of files: words of letters, digits and underscores, each used
    /// once.
    fn check_names(&self) -> Result<(), NetworkError> {
        let is_word = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        let mut names = HashSet::new();
        for (position, layer) in self.layers.iter().enumerate() {
            for name in layer.with_inner().into_iter().filter_map(Layer::name) {
                if !is_word(name) || !names.insert(name) {
                    let problem = format!(
                        "name: expected a word of letters, digits and underscores that no other layer has, found {name:?}"
                    );
                    let (place, problem) = LayerProblem::new(problem).of_layer(position, layer).into_parts();
                    return Err(NetworkError { network: self.name.clone(), place, problem });
                }
            }
        }
        Ok(())
    }

    /// Returns all parameters in the order of the layers, the weight of a layer before its bias.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        self.layers.iter().flat_map(Layer::parameters).collect()
    }

    /// Returns the number of values of all parameters, the running values of batch norms included.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(ParameterSpec::len).sum()
    }

    /// Returns the number of multiplications with an addition that one image costs in convolutions and linear layers.
    ///
    /// # Errors
    /// [`NetworkError`] where [`Network::shapes`] refuses the network.
    pub fn multiply_adds(&self) -> Result<usize, NetworkError> {
        self.shapes()?;
        Ok(multiply_adds(&self.layers, Shape::Image(self.input)))
    }

    /// Returns the number of logits.
    ///
    /// # Errors
    /// [`NetworkError`] where [`Network::shapes`] refuses the network.
    pub fn classes(&self) -> Result<usize, NetworkError> {
        Ok(self.shapes()?.last().map_or(0, |shape| shape.len()))
    }
}

impl Layer {
    /// Returns the number of multiplications with an addition that the convolutions and linear layers of this layer, and
    /// those within it, cost for one input of the shape `input`.
    #[must_use]
    pub fn multiply_adds(&self, input: Shape) -> usize {
        let output = self.output(input).unwrap_or(input).len();
        match self {
            Self::Convolution { in_channels, kernel, groups, .. } => {
                output * (in_channels / groups.max(&1)) * kernel[0] * kernel[1]
            }
            Self::Linear { inputs, .. } => output * inputs,
            _ => self.inner().into_iter().map(|layers| multiply_adds(layers, input)).sum(),
        }
    }
}

fn multiply_adds(layers: &[Layer], mut shape: Shape) -> usize {
    let of_layer = |layer: &Layer| {
        let found = layer.multiply_adds(shape);
        shape = layer.output(shape).unwrap_or(shape);
        found
    };
    layers.iter().map(of_layer).sum()
}

/// Returns the largest number of values after one of the layers, those within layers included.
fn largest_after(layers: &[Layer], mut shape: Shape) -> usize {
    let mut largest = 0;
    for layer in layers {
        let inner = layer.inner().into_iter().map(|layers| largest_after(layers, shape)).max().unwrap_or(0);
        shape = layer.output(shape).unwrap_or(shape);
        largest = largest.max(inner).max(shape.len());
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 26² · 32 · 9 and 24² · 64 · 32 · 9 in the convolutions, 9,216 · 128 and 128 · 10 in the linear layers.
    #[test]
    fn multiplications_are_counted_over_all_layers() {
        let expected = 26 * 26 * 32 * 9 + 24 * 24 * 64 * 32 * 9 + 9216 * 128 + 128 * 10;
        assert_eq!(Network::teacher().multiply_adds(), Ok(expected));
    }

    #[test]
    fn shapes_follow_the_layers() {
        let shapes = Network::teacher().shapes().unwrap();
        assert_eq!(shapes[0], Shape::Image([32, 26, 26]));
        assert_eq!(shapes[2], Shape::Image([64, 24, 24]));
        assert_eq!(shapes[4], Shape::Image([64, 12, 12]));
        assert_eq!(shapes[6], Shape::Vector(9216));
    }

    #[test]
    fn refuses_layers_that_do_not_fit() {
        let refuse =
            |input, layers| Network { name: "n".into(), input, layers }.shapes().unwrap_err().to_string();
        assert!(refuse([1, 28, 28], vec![]).contains("found an image"));
        assert!(refuse([1, 28, 28], vec![Layer::linear("fc1", 784, 10)]).contains("expected a vector"));
        assert!(
            refuse([1, 28, 28], vec![Layer::Flatten, Layer::linear("fc1", 783, 10)]).contains("expected 783")
        );
        assert!(
            refuse([3, 28, 28], vec![Layer::convolution_3x3("c", 1, 2)])
                .contains("expected 1 channels, found 3")
        );
        assert!(refuse([1, 2, 28], vec![Layer::convolution_3x3("c", 1, 2)]).contains("found 3"));
        assert!(refuse([1, 28, 28], vec![Layer::Dropout { rate: 1.0 }]).contains("dropout rate"));
        let normalisation = |channels, epsilon| Layer::BatchNorm { name: "bn1".into(), channels, epsilon };
        assert!(refuse([1, 28, 28], vec![normalisation(1, 1e-5)]).contains("directly before it"));
        assert!(
            refuse([1, 28, 28], vec![Layer::convolution_3x3("c", 1, 2), normalisation(3, 1e-5)])
                .contains("expected 3 channels")
        );
        assert!(
            refuse([1, 28, 28], vec![Layer::convolution_3x3("c", 1, 2), normalisation(2, 0.0)])
                .contains("epsilon")
        );
        let twice = vec![Layer::Flatten, Layer::linear("fc1", 784, 784), Layer::linear("fc1", 784, 10)];
        assert!(refuse([1, 28, 28], twice).contains("found \"fc1\""));
        assert!(
            refuse([1, 28, 28], vec![Layer::Flatten, Layer::linear("a\nb", 784, 10)])
                .contains("expected a word of")
        );
        let wide = |count: usize| (0..count).map(|at| Layer::linear(&format!("fc{at}"), 4096, 4096));
        let wide = std::iter::once(Layer::Flatten).chain(wide(4)).collect();
        assert!(refuse([1, 64, 64], wide).contains("expected at most 67108864 parameters, found 67125248"));
        assert!(refuse([usize::MAX, 2, 28], vec![Layer::Flatten]).contains("expected 1 to"));
        assert!(
            refuse([1, 28, 28], vec![Layer::Flatten, Layer::linear("f", 784, usize::MAX)])
                .contains("expected 1 to")
        );
    }
}
