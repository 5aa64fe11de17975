//! A run of layers that see one image at a time: convolution, pooling, ReLU, dropout, flatten.
//!
//! In comes a batch of images, out goes the batch that the last layer of the chain makes, and backward their gradients.
//! All layers are applied to one image before the next one is begun. What lies between two layers is then a few hundred
//! kilobytes that stay in the second-level cache, where the whole batch's would be hundreds of megabytes that go to
//! memory and back; only what the backward pass needs is written out. In the backward pass an image's gradients never
//! leave the cache either, and the sums over the batch are made by part, in order.

use kernels::{Activation, Convolution, add, vectorised};
use rayon::prelude::*;

use super::image_layer::ImageLayer;
use super::parameters::{ParameterGradients, Parameters};
use crate::draw::Draw;
use crate::layers::activation_mask::{mask, mask_in_place};
use crate::layers::batch_parts::BATCH_PARTS;
use crate::layers::convolution_gradients::{ConvolutionSums, in_stored_order};
use crate::layers::input_gradient::{backward_panels, input_gradient};
use crate::layers::pooling_gradients::{largest_backward, mean_backward};

/// The place where the output of a layer lies.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the chain's input, which the tape keeps.
    Input,
    /// From this position in what is kept of the image.
    Kept(usize),
    /// In one of two buffers that the next image uses again.
    Passing(usize),
    /// In the chain's output, which the tape keeps.
    Output,
}

/// A chain of layers, with the place of each layer's output.
#[derive(Debug)]
pub(crate) struct ImageChain {
    layers: Vec<ImageLayer>,
    /// The place of each layer's output.
    places: Vec<Place>,
    /// The number of values that are kept of one image.
    kept_len: usize,
    /// The number of places of largest values that are kept of one image.
    pooled_len: usize,
    /// The number of values of the longest input or output of a layer.
    longest: usize,
}

/// What a forward pass leaves for the backward pass, of a whole batch.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) values: Vec<f32>,
    pub(crate) pooled: Vec<u32>,
}

/// The weights of each layer of the chain in panels; empty for layers without weights.
type Panels = Vec<Vec<f32>>;

/// The memory of one image in the forward pass.
struct Row<'a> {
    input: &'a [f32],
    kept: &'a mut [f32],
    passing: &'a mut [Vec<f32>; 2],
    output: &'a mut [f32],
}

impl Row<'_> {
    /// Calls `layer` with what lies at `from` and the room at `to`; a kept output lies behind what was kept earlier.
    fn apply(
        &mut self,
        from: Place,
        [x_len, y_len]: [usize; 2],
        to: Place,
        layer: impl FnOnce(&[f32], &mut [f32]),
    ) {
        let Self { input, kept, passing, output } = self;
        // A layer never reads the buffer that it writes.
        let source = match (from, to) {
            (Place::Passing(number), _) => number,
            (_, Place::Passing(number)) => 1 - number,
            _ => 0,
        };
        let [first, second] = &mut **passing;
        let (source, target) = if source == 0 { (first, second) } else { (second, first) };
        let kept_before = if let Place::Kept(start) = to { start } else { kept.len() };
        let (before, after) = kept.split_at_mut(kept_before);
        let x = match from {
            Place::Passing(_) => &source[..x_len],
            Place::Kept(start) => &before[start..start + x_len],
            Place::Input | Place::Output => input,
        };
        let y = match to {
            Place::Passing(_) => &mut target[..y_len],
            Place::Kept(_) => &mut after[..y_len],
            Place::Input | Place::Output => output,
        };
        layer(x, y);
    }
}

impl ImageChain {
    /// Returns a chain of `layers`. `keeps` says whether a backward pass follows.
    pub(crate) fn new(layers: Vec<ImageLayer>, keeps: bool) -> Self {
        let (mut kept_len, mut passing) = (0, 0);
        let mut places = Vec::with_capacity(layers.len());
        for (index, layer) in layers.iter().enumerate() {
            let wanted =
                keeps && (layer.needs_output() || layers.get(index + 1).is_some_and(ImageLayer::needs_input));
            places.push(if index + 1 == layers.len() {
                Place::Output
            } else if wanted {
                kept_len += layer.output_len();
                Place::Kept(kept_len - layer.output_len())
            } else {
                passing = 1 - passing;
                Place::Passing(passing)
            });
        }
        let longest = layers.iter().map(|layer| layer.output_len().max(layer.input_len())).max().unwrap_or(0);
        let pooled_len = if keeps { layers.iter().map(ImageLayer::places).sum() } else { 0 };
        Self { layers, places, kept_len, pooled_len, longest }
    }

    /// Returns the number of values of one image in the chain's input.
    pub(crate) fn input_len(&self) -> usize {
        self.layers.first().map_or(0, ImageLayer::input_len)
    }

    /// Returns the number of values of one image in the chain's output.
    pub(crate) fn output_len(&self) -> usize {
        self.layers.last().map_or(0, ImageLayer::output_len)
    }

    /// Returns the number of values, and of places of largest values, that are kept of one image.
    pub(crate) fn kept_len(&self) -> [usize; 2] {
        [self.kept_len, self.pooled_len]
    }

    /// Returns whether the chain has a layer that is trained.
    pub(crate) fn has_parameters(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, ImageLayer::Convolution { .. }))
    }

    /// Writes the outputs for a batch `x` into `y`. Without a draw, dropout does nothing.
    pub(crate) fn forward(
        &self,
        parameters: Parameters<'_>,
        draw: Option<Draw>,
        x: &[f32],
        kept: &mut Kept,
        y: &mut [f32],
    ) {
        let (input_len, output_len) = (self.input_len(), self.output_len());
        let panels = self.panels(parameters, Convolution::forward_panels);
        let part = (x.len() / input_len).div_ceil(BATCH_PARTS).max(1);
        let kept_parts = parts_of(&mut kept.values, part * self.kept_len, x.len().div_ceil(part * input_len));
        let pooled_parts =
            parts_of(&mut kept.pooled, part * self.pooled_len, x.len().div_ceil(part * input_len));
        let rows = x.par_chunks(part * input_len).zip(y.par_chunks_mut(part * output_len));
        rows.zip(kept_parts.into_par_iter().zip(pooled_parts)).enumerate().for_each_init(
            || [vec![0f32; self.longest], vec![0f32; self.longest]],
            |passing, (index, ((x, y), (kept, pooled)))| {
                let mut padded = Vec::new();
                let rows = x.chunks_exact(input_len).zip(y.chunks_exact_mut(output_len));
                for (item, (input, output)) in rows.enumerate() {
                    let kept = &mut kept[item * self.kept_len..][..self.kept_len];
                    let pooled = &mut pooled[item * self.pooled_len..][..self.pooled_len];
                    let mut row = Row { input, kept, passing, output };
                    self.forward_image(
                        &panels,
                        parameters,
                        (draw, index * part + item),
                        &mut row,
                        pooled,
                        &mut padded,
                    );
                }
            },
        );
    }

    fn forward_image(
        &self,
        panels: &Panels,
        parameters: Parameters<'_>,
        (draw, number): (Option<Draw>, usize),
        row: &mut Row<'_>,
        pooled: &mut [u32],
        padded: &mut Vec<f32>,
    ) {
        let (mut from, mut next_pooled) = (Place::Input, 0);
        for (index, layer) in self.layers.iter().enumerate() {
            let to = self.places[index];
            let lens = [layer.input_len(), layer.output_len()];
            row.apply(from, lens, to, |x, y| match layer {
                ImageLayer::Convolution { layer, parameter, .. } => {
                    layer.forward(&panels[index], parameters[parameter + 1], x, y, padded);
                }
                ImageLayer::MaxPool { layer, source } => {
                    let len = if pooled.is_empty() { 0 } else { layer.output_len() };
                    layer.largest(*source, x, y, &mut pooled[next_pooled..next_pooled + len]);
                    next_pooled += len;
                }
                ImageLayer::AveragePool(layer) => layer.mean(x, y),
                ImageLayer::Relu { .. } => {
                    y.copy_from_slice(x);
                    vectorised(|| Activation::Relu.apply(y));
                }
                ImageLayer::Dropout { layer, .. } => match draw {
                    Some(draw) => layer.apply(draw, number, x, y),
                    None => y.copy_from_slice(x),
                },
                ImageLayer::ChannelsLast([height, width, channels]) => turn(x, *channels, height * width, y),
                ImageLayer::Flatten([height, width, channels]) => turn(x, height * width, *channels, y),
            });
            from = to;
        }
    }

    /// Returns the gradients of the parameters from `dy`, and writes the gradient of the chain's input into `dx`,
    /// unless that is empty.
    pub(crate) fn backward(
        &self,
        parameters: Parameters<'_>,
        draw: Draw,
        [x, y, dy]: [&[f32]; 3],
        kept: &Kept,
        dx: &mut [f32],
    ) -> ParameterGradients {
        let (input_len, output_len) = (self.input_len(), self.output_len());
        let batch = x.len() / input_len;
        let part = batch.div_ceil(BATCH_PARTS).max(1);
        let needs_input = !dx.is_empty();
        let panels = self.panels(parameters, backward_panels);
        let dx_parts = parts_of(dx, part * input_len, batch.div_ceil(part));
        let sums: Vec<Vec<Option<ConvolutionSums>>> = dx_parts
            .into_par_iter()
            .enumerate()
            .map_init(
                || [vec![0f32; self.longest], vec![0f32; self.longest], Vec::new()],
                |passing, (index, dx)| {
                    let mut sums = self.empty_sums();
                    for number in index * part..((index + 1) * part).min(batch) {
                        let row = BackwardPass {
                            number,
                            x: &x[number * input_len..][..input_len],
                            y: &y[number * output_len..][..output_len],
                            dy: &dy[number * output_len..][..output_len],
                            kept: &kept.values[number * self.kept_len..][..self.kept_len],
                            pooled: &kept.pooled[number * self.pooled_len..][..self.pooled_len],
                        };
                        let from = (number - index * part) * input_len;
                        let dx = if needs_input { &mut dx[from..from + input_len] } else { &mut [][..] };
                        self.backward_image(&row, draw, &panels, &mut sums, passing, dx);
                    }
                    sums
                },
            )
            .collect();
        self.total(sums)
    }

    fn backward_image(
        &self,
        row: &BackwardPass<'_>,
        draw: Draw,
        panels: &Panels,
        sums: &mut [Option<ConvolutionSums>],
        passing: &mut [Vec<f32>; 3],
        dx: &mut [f32],
    ) {
        let [incoming, outgoing, padded] = passing;
        incoming[..row.dy.len()].copy_from_slice(row.dy);
        let mut next_pooled = row.pooled.len();
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let x = if index == 0 { row.x } else { self.kept(row, index - 1) };
            let dy = &mut incoming[..layer.output_len()];
            let goes_on = !dx.is_empty() || self.layers[..index].iter().any(ImageLayer::needs_input);
            if let (ImageLayer::Convolution { layer, masks_backward, .. }, Some(sums)) =
                (layer, &mut sums[index])
            {
                if *masks_backward {
                    mask_in_place(layer.activation, self.kept(row, index), dy);
                }
                sums.add_images(x, dy, padded);
            }
            if !goes_on {
                return;
            }
            let dx = &mut outgoing[..layer.input_len()];
            match layer {
                ImageLayer::Convolution { layer, .. } => {
                    input_gradient(layer, &panels[index], dy, dx, padded);
                }
                ImageLayer::MaxPool { layer, .. } => {
                    next_pooled -= layer.output_len();
                    largest_backward(&row.pooled[next_pooled..][..layer.output_len()], dy, dx);
                }
                ImageLayer::AveragePool(layer) => mean_backward(layer, dy, dx),
                ImageLayer::Relu { .. } => {
                    let y = self.kept(row, index);
                    vectorised(|| mask(Activation::Relu, y, dy, dx));
                }
                ImageLayer::Dropout { layer, .. } => layer.apply(draw, row.number, dy, dx),
                ImageLayer::ChannelsLast([height, width, channels]) => {
                    turn(dy, height * width, *channels, dx)
                }
                ImageLayer::Flatten([height, width, channels]) => turn(dy, *channels, height * width, dx),
            }
            std::mem::swap(incoming, outgoing);
        }
        dx.copy_from_slice(&incoming[..dx.len()]);
    }

    /// Returns the output of a layer where it was kept, else an empty slice.
    fn kept<'a>(&self, row: &BackwardPass<'a>, index: usize) -> &'a [f32] {
        match self.places[index] {
            Place::Kept(start) => &row.kept[start..start + self.layers[index].output_len()],
            Place::Output => row.y,
            Place::Input | Place::Passing(_) => &[],
        }
    }

    fn panels(&self, parameters: Parameters<'_>, pack: impl Fn(&Convolution, &[f32]) -> Vec<f32>) -> Panels {
        let of_layer = |layer: &ImageLayer| match layer {
            ImageLayer::Convolution { layer, parameter, .. } => pack(layer, parameters[*parameter]),
            _ => Vec::new(),
        };
        self.layers.iter().map(of_layer).collect()
    }

    fn empty_sums(&self) -> Vec<Option<ConvolutionSums>> {
        let of_layer = |layer: &ImageLayer| match layer {
            ImageLayer::Convolution { layer, .. } => Some(ConvolutionSums::new(*layer)),
            _ => None,
        };
        self.layers.iter().map(of_layer).collect()
    }

    /// Returns the sums of all parts, added in the order of the parts.
    fn total(&self, parts: Vec<Vec<Option<ConvolutionSums>>>) -> ParameterGradients {
        let mut gradients = ParameterGradients::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let ImageLayer::Convolution { layer, parameter, .. } = layer else { continue };
            let mut of_layer = parts.iter().filter_map(|sums| sums[index].as_ref());
            let Some(first) = of_layer.next() else { continue };
            let (mut weight, mut bias) = (first.weight.clone(), first.bias.clone());
            for sums in of_layer {
                add(&mut weight, &sums.weight);
                add(&mut bias, &sums.bias);
            }
            gradients.push((*parameter, in_stored_order(layer, &weight)));
            gradients.push((parameter + 1, bias));
        }
        gradients
    }
}

/// What the backward pass sees of one image.
struct BackwardPass<'a> {
    /// The number of the image in its batch.
    number: usize,
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    kept: &'a [f32],
    pooled: &'a [u32],
}

/// Writes `x` `[rows, columns]` into `y` as `[columns, rows]`.
fn turn(x: &[f32], rows: usize, columns: usize, y: &mut [f32]) {
    for (column, y) in y.chunks_exact_mut(rows.max(1)).enumerate() {
        y.iter_mut().enumerate().for_each(|(row, y)| *y = x[row * columns + column]);
    }
}

/// Returns `count` chunks of `values` of the length `part`; empty ones where there is nothing to cut.
fn parts_of<T>(values: &mut [T], part: usize, count: usize) -> Vec<&mut [T]> {
    if values.is_empty() || part == 0 {
        return (0..count).map(|_| &mut [][..]).collect();
    }
    values.chunks_mut(part).collect()
}
