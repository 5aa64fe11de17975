//! Plain convolutional networks for pictures: `conv`, `vgg` and, with branches during training, `repvgg`.
//!
//! In come the channels of each convolution or stage, the shape of a picture `[channels, height, width]` and a number of
//! classes; out goes a network that ends with the largest value of each channel and one linear layer.

use super::super::description::Network;
use super::super::layer::Layer;
use super::blocks::{Blocks, strided};

impl Network {
    /// Returns a network for pictures of the shape `input`, `[channels, height, width]`: 3×3 convolutions of stride 2 with so
    /// many `channels`, each with batch norm and a ReLU, the largest value of each channel over the picture, and one dense
    /// layer. What a small board has time for; it minds little where in a picture a thing is.
    #[must_use]
    pub fn convolutional(channels: &[usize], input: [usize; 3], classes: usize) -> Self {
        let mut blocks = Blocks::of(input);
        channels.iter().for_each(|&channels| blocks.add(channels, [3, 2, 1]));
        blocks.largest_of_each_channel();
        blocks.network(named("conv", channels), classes, &[])
    }

    /// Returns a network for pictures of the shape `input`, `[channels, height, width]`, as deep as the one of
    /// [`Network::convolutional`] twice over: two 3×3 convolutions for each of `channels`, of which the second has stride 2,
    /// and dropout before the dense layer; after the networks of Simonyan, Zisserman 2014 (1409.1556).
    #[must_use]
    pub fn vgg(channels: &[usize], input: [usize; 3], classes: usize) -> Self {
        let mut blocks = Blocks::of(input);
        for &channels in channels {
            blocks.add(channels, [3, 1, 1]);
            blocks.add(channels, [3, 2, 1]);
        }
        blocks.largest_of_each_channel();
        blocks.network(named("vgg", channels), classes, &[Layer::Dropout { rate: 0.3 }])
    }

    /// Returns a network for pictures of the shape `input`, `[channels, height, width]`, that is [`Network::vgg`] in its file
    /// and has three branches a convolution while it trains: 3×3, 1×1 and, where the shape stays, the input itself, each with
    /// batch norm (RepVGG, Ding et al. 2021, 2101.03697).
    #[must_use]
    pub fn rep_vgg(channels: &[usize], input: [usize; 3], classes: usize) -> Self {
        let mut blocks = Blocks::of(input);
        for &channels in channels {
            add_branches(&mut blocks, channels, 1);
            add_branches(&mut blocks, channels, 2);
        }
        blocks.largest_of_each_channel();
        blocks.network(named("repvgg", channels), classes, &[Layer::Dropout { rate: 0.3 }])
    }
}

/// Adds parallel branches that fold into one 3×3 convolution of this stride.
fn add_branches(blocks: &mut Blocks, channels: usize, stride: usize) {
    let image = blocks.shape;
    let number = blocks.layers.len() / 2 + 1;
    let mut branches = Vec::new();
    for (letter, kernel) in [("a", 3), ("b", 1)] {
        let mut convolution = blocks.convolution(image, channels, [kernel, stride, 1]);
        if let Layer::Convolution { name, .. } = &mut convolution {
            *name = format!("conv{number}{letter}");
        }
        branches.push(vec![convolution, Layer::batch_norm(&format!("bn{number}{letter}"), channels)]);
    }
    let output = strided(image, channels, stride);
    if stride == 1 && output == image {
        branches.push(vec![Layer::batch_norm(&format!("bn{number}c"), channels)]);
    }
    blocks.layers.extend([Layer::Branches { name: format!("conv{number}"), branches }, Layer::Relu]);
    blocks.shape = output;
}

/// Returns the name of a network of this kind, such as `vgg-16-32`.
fn named(kind: &str, channels: &[usize]) -> String {
    channels.iter().fold(kind.to_owned(), |name, channels| format!("{name}-{channels}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_fold_to_the_plain_network() {
        let branched = Network::rep_vgg(&[8, 16], [3, 20, 28], 5);
        assert!(branched.shapes().is_ok());
        let plain = Network::vgg(&[8, 16], [3, 20, 28], 5).folded();
        assert_eq!(branched.folded().layers, plain.layers);
    }
}
