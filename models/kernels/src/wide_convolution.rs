//! Wide 3×3 convolutions by Winograd's transform, a batch at a time.
//!
//! In come a batch of channels-last images `[batch, height, width, channels]` and weights `[out_channels, in_channels, 3,
//! 3]`, out goes a batch `[batch, height, width, out_channels]`. The transform saves 20 of 36 multiplications, and adds some
//! additions and a pass over the values. Reading the weights once for many images is the larger gain.
//!
//! # Why a batch at a time
//! The transformed weights of 512×512 channels are 16.8 MB, more than a cache of one core. Each block of `BLOCK_TILES`
//! tiles, whatever number of small images they come from, reads them once; blocks are the tasks of the threads. Which
//! images share a block changes no bit: a tile's sums are chains over the input channels.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::activation::Activation;
use crate::buffers::Buffers;
use crate::convolution::Convolution;
use crate::matrix_product::{Product, Start, panel_width, panelled};
use crate::vectors::{processor, with_processor};
use crate::winograd::{POSITIONS, TileRows, transform_weights};

/// The tiles of a block: some of the highest tiles of the product, so that weights are read for many rows at once.
const BLOCK_TILES: usize = 64;

/// The fewest input and output channels of a wide convolution: with fewer, its weights stay in the cache anyway.
const FEWEST_CHANNELS: [usize; 2] = [64, 128];

/// The widest vector, of which channels are a multiple.
const LANES: usize = 16;

/// A convolution with so many weights that they are read once for many images, by Winograd's transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WideConvolution {
    layer: Convolution,
}

/// The direction in which a batch is convolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the input's channels to the output's.
    Forward,
    /// From the gradient of the output to that of the input, with the weights turned by half.
    Backward,
}

impl WideConvolution {
    /// Returns the convolution if it is wide: 3×3 with stride 1 and padding 1, one
    /// group, at least 64 input and 128 output channels, in multiples of 16, and an even height and width of at least 4.
    #[must_use]
    pub fn new(layer: Convolution) -> Option<Self> {
        let Convolution { image: [height, width, channels], out_channels, groups, .. } = layer;
        let shape = [layer.kernel, layer.stride, layer.padding] == [[3; 2], [1; 2], [1; 2]] && groups == 1;
        let channels = [channels, out_channels];
        let wide = channels.iter().zip(FEWEST_CHANNELS).all(|(channels, fewest)| *channels >= fewest)
            && channels.iter().all(|channels| channels.is_multiple_of(LANES));
        let sides = [height, width].iter().all(|side| *side >= 4 && side.is_multiple_of(2));
        (shape && wide && sides).then_some(Self { layer })
    }

    /// Returns the same convolution with a ReLU of its sums.
    #[must_use]
    pub fn with_relu(self) -> Self {
        Self { layer: Convolution { activation: Activation::Relu, ..self.layer } }
    }

    /// Returns the convolution as any other.
    #[must_use]
    pub fn layer(&self) -> &Convolution {
        &self.layer
    }

    /// Computes y = activation(x * w + b) for a batch `x` into `y`, from `weight` `[out_channels, in_channels, 3, 3]`
    /// and `bias` `[out_channels]`.
    pub fn forward(&self, x: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32], memory: &mut Buffers<f32>) {
        self.convolve(Direction::Forward, x, weight, (Some(bias), self.layer.activation), y, memory);
    }

    /// Writes the gradient of the images into `dx`, from `dy`, the gradient before the activation.
    pub fn input_gradient(&self, dy: &[f32], weight: &[f32], dx: &mut [f32], memory: &mut Buffers<f32>) {
        self.convolve(Direction::Backward, dy, weight, (None, Activation::Identity), dx, memory);
    }

    /// Returns the input and output channels of a direction.
    fn channels(&self, direction: Direction) -> [usize; 2] {
        let [inputs, outputs] = self.layer.group_channels();
        if direction == Direction::Forward { [inputs, outputs] } else { [outputs, inputs] }
    }

    /// Returns the rows of tiles of a block.
    #[must_use]
    pub fn block_rows(&self) -> usize {
        (BLOCK_TILES / (self.layer.image[1] / 2)).max(1)
    }

    /// Returns the rows of tiles of `images` with other channels, from `first` on, at most a block of them.
    #[must_use]
    pub fn block(&self, first: usize, images: usize, channels: usize) -> TileRows {
        let [height, width, _] = self.layer.image;
        let end = (first + self.block_rows()).min(images * height / 2);
        TileRows { image: [height, width, channels], rows: first..end }
    }

    fn convolve(
        &self,
        direction: Direction,
        x: &[f32],
        weight: &[f32],
        (bias, activation): (Option<&[f32]>, Activation),
        y: &mut [f32],
        memory: &mut Buffers<f32>,
    ) {
        let [inputs, outputs] = self.channels(direction);
        let width = self.layer.image[1];
        let images = x.len() / (self.layer.image[0] * width * inputs);
        let mut weights = memory.take(POSITIONS * inputs * panelled(outputs));
        self.weights(direction, weight, &mut weights);
        let longest_block = POSITIONS * self.block_rows() * width / 2 * (inputs + outputs);
        let threads = rayon::current_num_threads();
        let free = Mutex::new((0..threads).map(|_| memory.take(longest_block)).collect::<Vec<_>>());
        let kind = processor();
        y.par_chunks_mut(self.block_rows() * 2 * width * outputs).enumerate().for_each(|(number, y)| {
            let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut block = taken.unwrap_or_else(|| vec![0.0; longest_block]);
            with_processor(kind, || {
                let tiles = self.block(number * self.block_rows(), images, inputs);
                let (from, to) = block.split_at_mut(POSITIONS * tiles.tiles() * inputs);
                let to = &mut to[..POSITIONS * tiles.tiles() * outputs];
                tiles.input(x, from);
                multiply([tiles.tiles(), inputs, outputs], from, &weights, to);
                let tiles = self.block(number * self.block_rows(), images, outputs);
                tiles.output(to, bias, activation, y);
            });
            free.lock().unwrap_or_else(PoisonError::into_inner).push(block);
        });
        let buffers = free.into_inner().unwrap_or_else(PoisonError::into_inner);
        buffers.into_iter().chain([weights]).for_each(|buffer| memory.give(buffer));
    }

    /// Writes the transformed weights of a direction into `weights`, `[panels, 16, inputs, panel_width]`.
    fn weights(&self, direction: Direction, weight: &[f32], weights: &mut [f32]) {
        let [inputs, outputs] = self.channels(direction);
        let (width, in_channels) = (panel_width(outputs), self.layer.in_channels());
        let kind = processor();
        weights.par_chunks_exact_mut(POSITIONS * inputs * width).enumerate().for_each(|(panel, weights)| {
            let (mut plain, mut transformed) = (vec![0f32; 9 * width], vec![0f32; POSITIONS * width]);
            for input in 0..inputs {
                for column in 0..width.min(outputs - panel * width) {
                    let output = panel * width + column;
                    let (from, turned) = match direction {
                        Direction::Forward => (output * in_channels + input, false),
                        Direction::Backward => (input * in_channels + output, true),
                    };
                    let window = &weight[from * 9..][..9];
                    for (position, value) in window.iter().enumerate() {
                        let position = if turned { 8 - position } else { position };
                        plain[position * width + column] = *value;
                    }
                }
                with_processor(kind, || transform_weights(&plain, &mut transformed));
                for (position, row) in transformed.chunks_exact(width).enumerate() {
                    weights[(position * inputs + input) * width..][..width].copy_from_slice(row);
                }
            }
        });
    }
}

/// Multiplies a block `[16, tiles, inputs]` by transformed weights, position by position, into `[16, tiles, outputs]`.
fn multiply([tiles, inputs, outputs]: [usize; 3], from: &[f32], weights: &[f32], to: &mut [f32]) {
    let width = panel_width(outputs);
    let positions = from.chunks_exact(tiles * inputs).zip(to.chunks_exact_mut(tiles * outputs));
    for (position, (from, to)) in positions.enumerate() {
        Product {
            rows: [1, 1, tiles],
            columns: outputs,
            depth: [1, 1, inputs],
            a: from,
            a_rows: [0, 0, inputs],
            a_depth: [0, 0, 1],
            b: &weights[position * inputs * width..],
            b_panel: POSITIONS * inputs * width,
            b_depth: [0, 0, width],
            start: Start::Zero,
            c: to,
            c_rows: [0, 0, outputs],
            activation: Activation::Identity,
        }
        .compute();
    }
}
