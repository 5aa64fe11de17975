//! Convolutions with batch norm one after the other, as the networks for photographs have them.
//!
//! In come numbers of channels and strides, out go layers with names in order, `conv1`, `bn1`, `conv2`, …, and the shape that
//! they make of a picture. The families of networks share it, so that a layer has the same name in all of them.

use super::super::description::Network;
use super::super::layer::Layer;

/// The layers of a network so far, with the shape that they make of a picture.
pub(super) struct Blocks {
    pub(super) layers: Vec<Layer>,
    input: [usize; 3],
    /// The shape after the layers, `[channels, height, width]`.
    pub(super) shape: [usize; 3],
    /// The number of convolutions so far, those within layers included.
    convolutions: usize,
}

impl Blocks {
    /// Returns no layers yet, for a picture of the shape `input`, `[channels, height, width]`.
    pub(super) fn of(input: [usize; 3]) -> Self {
        Self { layers: Vec::new(), input, shape: input, convolutions: 0 }
    }

    /// Returns the convolution of a square window over `image` `[channels, height, width]`, padded so that a stride of 1
    /// keeps the sides.
    pub(super) fn convolution(
        &mut self,
        image: [usize; 3],
        out_channels: usize,
        window: [usize; 3],
    ) -> Layer {
        let [kernel, stride, groups] = window;
        self.convolutions += 1;
        Layer::Convolution {
            name: format!("conv{}", self.convolutions),
            in_channels: image[0],
            out_channels,
            kernel: [kernel, kernel],
            stride: [stride, stride],
            padding: [kernel / 2, kernel / 2],
            groups,
        }
    }

    /// Returns the batch norm behind the convolution that was made last.
    pub(super) fn norm(&self, channels: usize) -> Layer {
        Layer::batch_norm(&format!("bn{}", self.convolutions), channels)
    }

    /// Adds a convolution with batch norm and a ReLU; `window` is the side of the window, the stride, and the groups.
    pub(super) fn add(&mut self, out_channels: usize, window: [usize; 3]) {
        let convolution = self.convolution(self.shape, out_channels, window);
        self.layers.extend([convolution, self.norm(out_channels), Layer::Relu]);
        self.shape = strided(self.shape, out_channels, window[1]);
    }

    /// Adds a max-pooling over windows of 2×2.
    pub(super) fn halve(&mut self) {
        self.layers.push(Layer::MaxPool { kernel: [2, 2], stride: [2, 2] });
        self.shape = [self.shape[0], self.shape[1] / 2, self.shape[2] / 2];
    }

    /// Adds a max-pooling over the whole image.
    pub(super) fn largest_of_each_channel(&mut self) {
        let [_, height, width] = self.shape;
        self.layers.push(Layer::MaxPool { kernel: [height, width], stride: [height, width] });
    }

    /// Returns the network that ends with a flatten layer and a linear layer for this number of classes.
    pub(super) fn network(mut self, name: String, classes: usize, regularised: &[Layer]) -> Network {
        self.layers.push(Layer::Flatten);
        self.layers.extend_from_slice(regularised);
        self.layers.push(Layer::linear("fc1", self.shape[0], classes));
        Network { name, input: self.input, layers: self.layers }
    }
}

/// Returns the shape that a convolution of an odd window, padded by half of it, makes of `image`.
pub(super) fn strided([_, height, width]: [usize; 3], channels: usize, stride: usize) -> [usize; 3] {
    [channels, height.div_ceil(stride), width.div_ceil(stride)]
}
