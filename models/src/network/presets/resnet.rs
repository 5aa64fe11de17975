//! Residual networks for pictures: `resnet8` and its deeper and wider kin, and `resnet9`, a wide teacher.
//!
//! In come a depth, a width, the shape of a picture `[channels, height, width]` and a number of classes; out goes a network
//! of residual blocks (He et al. 2015, 1512.03385) that ends with one linear layer.

use super::super::description::Network;
use super::super::layer::Layer;
use super::blocks::{Blocks, strided};

/// The side of a picture from which on the first convolution has stride 2: below it there is no pixel to spare.
const LARGE_SIDE: usize = 64;

/// The depths that [`Network::resnet`] has, with the number of stages and of blocks in each stage. A block has two
/// convolutions, the first convolution and the linear layer make two more: 8 = 2 · 3 · 1 + 2. Depths of three stages are those
/// of He et al. 2015, section 4.2, and of MLPerf Tiny (8); of four stages, those of section 4.1.
pub(super) const DEPTHS: [(usize, usize, usize); 7] =
    [(8, 3, 1), (10, 4, 1), (14, 3, 2), (18, 4, 2), (20, 3, 3), (32, 3, 5), (56, 3, 9)];

impl Network {
    /// Returns the residual network of this `depth`, one of 8, 14, 20, 32, 56 (three stages) and 10, 18 (four stages), for
    /// pictures of the shape `input`, `[channels, height, width]`. The first stage has `width` channels, each later one twice
    /// as many and half the sides. With depth 8 and width 16 it is the network of MLPerf Tiny for CIFAR-10.
    /// A picture of 64 pixels or more is halved by the first convolution. Another depth gives the network without blocks.
    #[must_use]
    pub fn resnet(depth: usize, width: usize, input: [usize; 3], classes: usize) -> Self {
        let (stages, blocks_a_stage) =
            DEPTHS.iter().find(|row| row.0 == depth).map_or((0, 0), |row| (row.1, row.2));
        let mut blocks = Blocks::of(input);
        let stride = if input[1].min(input[2]) >= LARGE_SIDE { 2 } else { 1 };
        blocks.add(width, [3, stride, 1]);
        for stage in 0..stages {
            for block in 0..blocks_a_stage {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                add_block(&mut blocks, width << stage, stride);
            }
        }
        blocks.layers.push(Layer::GlobalAveragePool);
        blocks.network(format!("resnet{depth}-{width}"), classes, &[])
    }

    /// Returns a wide residual network of nine layers with weights for pictures of the shape `input`, `[channels, height,
    /// width]`, of the kind that reaches 94 % on CIFAR-10 in minutes on a GPU (after the networks of the DAWNBench
    /// competition): `width`, twice, four and eight times as many channels, halved by max-pooling, with two residual blocks.
    /// With width 64 it has 6.6 million parameters: a teacher.
    #[must_use]
    pub fn resnet9(width: usize, input: [usize; 3], classes: usize) -> Self {
        let mut blocks = Blocks::of(input);
        let stride = if input[1].min(input[2]) >= LARGE_SIDE { 2 } else { 1 };
        blocks.add(width, [3, stride, 1]);
        for (factor, has_block) in [(2, true), (4, false), (8, true)] {
            blocks.add(factor * width, [3, 1, 1]);
            blocks.halve();
            if has_block {
                let shape = blocks.shape;
                let mut body = Vec::new();
                for _ in 0..2 {
                    body.push(blocks.convolution(shape, shape[0], [3, 1, 1]));
                    body.extend([blocks.norm(shape[0]), Layer::Relu]);
                }
                blocks.layers.push(Layer::Residual { body, shortcut: Vec::new() });
            }
        }
        blocks.largest_of_each_channel();
        blocks.network(format!("resnet9-{width}"), classes, &[])
    }
}

/// Adds a residual block of two 3×3 convolutions, the first of this stride, and a ReLU behind the sum. Where the shape
/// changes, the shortcut is a 1×1 convolution.
fn add_block(blocks: &mut Blocks, channels: usize, stride: usize) {
    let image = blocks.shape;
    let inner = strided(image, channels, stride);
    let mut body = vec![blocks.convolution(image, channels, [3, stride, 1])];
    body.extend([blocks.norm(channels), Layer::Relu]);
    body.push(blocks.convolution(inner, channels, [3, 1, 1]));
    body.push(blocks.norm(channels));
    let shortcut = match inner == image {
        true => Vec::new(),
        false => vec![blocks.convolution(image, channels, [1, stride, 1])],
    };
    blocks.layers.extend([Layer::Residual { body, shortcut }, Layer::Relu]);
    blocks.shape = inner;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 78,666 parameters are published, running values of batch norms and biases before them included.
    #[test]
    fn resnet8_has_the_published_size() {
        let network = Network::resnet(8, 16, [3, 32, 32], 10);
        assert_eq!(network.parameter_count(), 78_666);
        assert_eq!(network.folded().multiply_adds(), Ok(12_501_632));
    }

    #[test]
    fn every_depth_fits_small_and_large_pictures() {
        for (depth, ..) in DEPTHS {
            for (input, classes) in [([3, 32, 48], 2), ([1, 28, 28], 10), ([3, 96, 128], 4096)] {
                assert_eq!(Network::resnet(depth, 8, input, classes).classes(), Ok(classes), "{depth}");
            }
        }
    }

    #[test]
    fn the_wide_teacher_has_the_stated_size() {
        let parameters = Network::resnet9(64, [3, 32, 32], 10).folded().parameter_count();
        assert_eq!(parameters / 100_000, 65, "{parameters}");
    }
}
