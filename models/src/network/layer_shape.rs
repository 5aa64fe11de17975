//! The shape of each layer's output, and the check that a layer fits where it stands.
//!
//! In comes the shape of a layer's input, `[channels, height, width]` or `[values]`; out goes the shape of its output, or
//! which layer does not fit, what it expects and what was found.

use super::layer::Layer;
use super::layer_problem::LayerProblem;
use super::shape::{Shape, check_size, slide};

/// The most levels of layers within layers: descriptions come from files.
const MOST_LEVELS: usize = 8;

impl Layer {
    /// Returns the shape of the layer's output for an input of the shape `input`, or `None` where the layer does not fit.
    #[must_use]
    pub fn output(&self, input: Shape) -> Option<Shape> {
        self.output_shape(input).ok()
    }

    /// Returns the shape of the layer's output for an `input` of this shape, or what was expected and found.
    pub(super) fn output_shape(&self, input: Shape) -> Result<Shape, LayerProblem> {
        match self {
            Self::Residual { body, shortcut } => residual(body, shortcut, input),
            Self::Branches { branches, .. } => parallel(branches, input),
            _ => self.simple_output_shape(input).map_err(LayerProblem::new),
        }
    }

    fn simple_output_shape(&self, input: Shape) -> Result<Shape, String> {
        match (self, input) {
            (Self::Relu, shape) => Ok(shape),
            (Self::Dropout { rate }, shape) => match (0.0..1.0).contains(rate) {
                true => Ok(shape),
                false => Err(format!("dropout rate: expected 0 to under 1, found {rate}")),
            },
            (Self::Flatten, shape) => Ok(Shape::Vector(shape.len())),
            (Self::BatchNorm { channels, epsilon, .. }, shape) => {
                let found = shape.channels();
                if found != *channels {
                    return Err(format!("batch norm: expected {channels} channels, found {found}"));
                }
                if !(epsilon.is_finite() && *epsilon > 0.0) {
                    return Err(format!("batch norm: epsilon: expected over 0, found {epsilon}"));
                }
                Ok(shape)
            }
            (Self::Convolution { .. }, Shape::Image(image)) => self.convolved(image),
            (
                Self::MaxPool { kernel, stride } | Self::AveragePool { kernel, stride },
                Shape::Image(image),
            ) => {
                let [height, width] = slide(image, *kernel, *stride, [0, 0])
                    .map_err(|problem| format!("{}: {problem}", self.kind()))?;
                Ok(Shape::Image([image[0], height, width]))
            }
            (Self::GlobalAveragePool, Shape::Image([channels, ..])) => Ok(Shape::Image([channels, 1, 1])),
            (Self::Linear { inputs, outputs, .. }, Shape::Vector(values)) => {
                if values != *inputs {
                    return Err(format!("linear: expected {inputs} inputs, found {values}"));
                }
                check_size(&[*inputs, *outputs])?;
                Ok(Shape::Vector(*outputs))
            }
            (Self::Linear { .. }, Shape::Image(image)) => Err(format!(
                "linear: expected a vector, found an image {image:?}; a flatten layer makes one of it"
            )),
            (_, Shape::Vector(values)) => {
                Err(format!("{}: expected an image, found a vector of {values} values", self.kind()))
            }
            // Layers of layers are the caller's.
            (_, shape) => Ok(shape),
        }
    }

    fn convolved(&self, image: [usize; 3]) -> Result<Shape, String> {
        let Self::Convolution { in_channels, out_channels, kernel, stride, padding, groups, .. } = self
        else {
            return Ok(Shape::Image(image));
        };
        if image[0] != *in_channels {
            return Err(format!("convolution: expected {in_channels} channels, found {}", image[0]));
        }
        if *groups == 0 || in_channels % groups != 0 || out_channels % groups != 0 {
            return Err(format!(
                "convolution: groups: expected a number that divides {in_channels} and {out_channels} channels, \
                 found {groups}"
            ));
        }
        check_size(&[*out_channels, in_channels / groups, kernel[0], kernel[1]])?;
        let [height, width] =
            slide(image, *kernel, *stride, *padding).map_err(|problem| format!("convolution: {problem}"))?;
        check_size(&[*out_channels, height, width])?;
        Ok(Shape::Image([*out_channels, height, width]))
    }
}

/// Returns the shape after a list of layers.
pub(super) fn after_layers(layers: &[Layer], input: Shape) -> Result<Shape, LayerProblem> {
    let mut shape = input;
    for (position, layer) in layers.iter().enumerate() {
        let within = |problem: LayerProblem| problem.of_layer(position, layer);
        shape = layer.output_shape(shape).map_err(within)?;
        let before = position.checked_sub(1).map(|before| &layers[before]);
        check_place(layer, before).map_err(LayerProblem::new).map_err(within)?;
    }
    Ok(shape)
}

/// Checks that a batch norm stands directly behind a layer that sums, which it can be folded into.
fn check_place(layer: &Layer, before: Option<&Layer>) -> Result<(), String> {
    let follows_sum =
        matches!(before, Some(Layer::Convolution { .. } | Layer::Linear { .. } | Layer::Branches { .. }));
    match layer {
        Layer::BatchNorm { .. } if !follows_sum => {
            Err("batch norm: expected a convolution or a linear layer directly before it".to_owned())
        }
        _ => Ok(()),
    }
}

/// Checks that layers within layers are not too deep to be walked.
pub(super) fn check_levels(layers: &[Layer], level: usize) -> Result<(), String> {
    if level > MOST_LEVELS {
        return Err(format!("expected at most {MOST_LEVELS} levels of layers within layers, found more"));
    }
    layers.iter().flat_map(Layer::inner).try_for_each(|inner| check_levels(inner, level + 1))
}

fn residual(body: &[Layer], shortcut: &[Layer], input: Shape) -> Result<Shape, LayerProblem> {
    if body.is_empty() {
        return Err(LayerProblem::new("residual: body: expected at least one layer, found none".to_owned()));
    }
    let of_body = after_layers(body, input).map_err(|problem| problem.of_list("body"))?;
    let of_shortcut = after_layers(shortcut, input).map_err(|problem| problem.of_list("shortcut"))?;
    if of_body != of_shortcut {
        return Err(LayerProblem::new(format!(
            "residual: expected a body and a shortcut of one shape, found {of_body} after the body and {of_shortcut} \
             after the shortcut"
        )));
    }
    Ok(of_body)
}

fn parallel(branches: &[Vec<Layer>], input: Shape) -> Result<Shape, LayerProblem> {
    let error = |problem: String| LayerProblem::new(format!("branches: {problem}"));
    let mut found: Option<Shape> = None;
    for (number, branch) in branches.iter().enumerate() {
        let list = format!("branch {}", number + 1);
        check_branch(branch).map_err(|problem| LayerProblem::new(problem).of_list(&list))?;
        // A batch norm may open a branch: it folds into an identity.
        let (layers, shape) = match branch.as_slice() {
            [norm @ Layer::BatchNorm { .. }] => (&[][..], norm.output_shape(input)),
            layers => (layers, Ok(input)),
        };
        let shape =
            shape.and_then(|shape| after_layers(layers, shape)).map_err(|problem| problem.of_list(&list))?;
        if *found.get_or_insert(shape) != shape {
            let first = found.unwrap_or(shape);
            return Err(error(format!(
                "expected branches of one shape, found {first} after branch 1 and {shape} after {list}"
            )));
        }
    }
    match (found, input) {
        (Some(shape @ Shape::Image(_)), Shape::Image(image)) => {
            super::linear_branches::folded(branches, image).map_err(error)?;
            Ok(shape)
        }
        (None, _) => Err(error("expected at least one branch, found none".to_owned())),
        _ => Err(error("expected an image, found a vector".to_owned())),
    }
}

/// Checks that a branch is linear and folds: a convolution, with a batch norm or without, a batch norm, or nothing.
fn check_branch(branch: &[Layer]) -> Result<(), String> {
    match branch {
        []
        | [Layer::Convolution { .. } | Layer::BatchNorm { .. }]
        | [Layer::Convolution { .. }, Layer::BatchNorm { .. }] => Ok(()),
        _ => {
            let kinds: Vec<&str> = branch.iter().map(Layer::kind).collect();
            Err(format!(
                "expected a convolution, a convolution and a batch norm, a batch norm, or nothing, found {}",
                kinds.join(", ")
            ))
        }
    }
}
