//! Which layers candle-nn computes as they should be, with the right gradients and at a bearable cost.
//!
//! In comes a layer with the shape of its input, out goes whether candle's own layer is used for it; else a form of our own
//! is. What is said here was read in candle-core and candle-nn 0.11.1, and each claim has a test that fails once candle has
//! changed (`trainer/engine/src/tensors/tests/candle_is_wrong.rs`).

use models::{Layer, Shape};

/// Returns whether candle's own layer is right for `layer` where its input has the shape `input`.
///
/// It is not for
/// - convolutions whose stride or padding differs by axis: candle has one number for both;
/// - convolutions whose last rows and columns fill no window, and not as many of them on both axes: the gradient of the
///   input gets the shape that the rows ask for, and is an error;
/// - convolutions whose padding is wider than what their windows reach over: the size of that gradient is below zero;
/// - depthwise convolutions, which candle computes one channel after another: right, and as many launches as channels;
/// - average pooling whose windows overlap or do not cover the image: no gradient, or one that is stretched over all pixels;
/// - max-pooling: the gradient is divided by the size of the window;
/// - ReLU: it makes 0 of a NaN, which hides a diverged training, and has a gradient at 0;
/// - batch norm where an image has one value a channel: the running variance of a batch of one image is NaN;
/// - dropout: it cannot be drawn from a seed.
#[must_use]
pub fn is_right_in_candle(layer: &Layer, input: Shape) -> bool {
    match (layer, input) {
        (
            Layer::Convolution { in_channels, kernel, stride, padding, groups, .. },
            Shape::Image([_, height, width]),
        ) => {
            let is_depthwise = *groups > 1 && groups == in_channels;
            let is_even = stride[0] == stride[1] && padding[0] == padding[1];
            let [rows, columns] = [0, 1]
                .map(|axis| left_over([height, width][axis], kernel[axis], stride[axis], padding[axis]));
            !is_depthwise && is_even && rows == columns && rows.is_some()
        }
        (Layer::AveragePool { kernel, stride }, Shape::Image([_, height, width])) => {
            kernel == stride && height % kernel[0] == 0 && width % kernel[1] == 0
        }
        (Layer::BatchNorm { .. }, Shape::Image([_, height, width])) => height * width > 1,
        (Layer::BatchNorm { .. } | Layer::MaxPool { .. } | Layer::Relu | Layer::Dropout { .. }, _) => false,
        _ => true,
    }
}

/// Returns how many of the last rows (or columns) fill no window, or `None` where padding is wider than what the windows
/// reach over.
fn left_over(side: usize, kernel: usize, stride: usize, padding: usize) -> Option<usize> {
    let free = (side + 2 * padding).checked_sub(kernel)?;
    let reached = free - free % stride.max(1) + kernel;
    (reached >= 2 * padding).then(|| free % stride.max(1))
}
