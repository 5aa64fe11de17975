//! Max-pooling, forward and backward, on channels-last images `[batch, height, width, channels]`.
//!
//! The whole gradient of a window goes to its largest value, to the first of them in reading order where several are
//! equal, as in PyTorch. (candle 0.11.1 multiplies by the mean of the mask: a quarter of it for a 2×2 window.)

use rayon::prelude::*;

/// Sizes of a pooling; pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaxPool {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
}

/// Sizes of what flows in, for one image: `[height, width, channels]`.
type ImageShape = [usize; 3];

impl MaxPool {
    /// Output `[height, width]`; rows and columns that fill no window are left out.
    pub(crate) fn output_side(&self, [height, width, _]: ImageShape) -> [usize; 2] {
        [0, 1].map(|axis| ([height, width][axis] - self.kernel[axis]) / self.stride[axis] + 1)
    }

    /// The largest value of each window.
    pub(crate) fn forward(&self, image: ImageShape, x: &[f32]) -> Vec<f32> {
        let (in_len, out_len) = self.lengths(image);
        let mut y = vec![f32::NEG_INFINITY; x.len() / in_len * out_len];
        y.par_chunks_mut(out_len).zip(x.par_chunks(in_len)).for_each(|(y, x)| {
            for (pixel, y) in y.chunks_exact_mut(image[2]).enumerate() {
                for start in self.window(image, pixel) {
                    let x = &x[start..start + image[2]];
                    // A NaN stays: the loss must show that training has gone wrong.
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = if *x > *y || x.is_nan() { *x } else { *y });
                }
            }
        });
        y
    }

    /// The gradient with respect to x.
    pub(crate) fn backward(&self, image: ImageShape, x: &[f32], y: &[f32], dy: &[f32]) -> Vec<f32> {
        let (in_len, out_len) = self.lengths(image);
        let mut dx = vec![0f32; x.len()];
        let images = dx.par_chunks_mut(in_len).zip(x.par_chunks(in_len));
        let outputs = y.par_chunks(out_len).zip(dy.par_chunks(out_len));
        images.zip(outputs).for_each_init(Vec::new, |open, ((dx, x), (y, dy))| {
            let pixels = y.chunks_exact(image[2]).zip(dy.chunks_exact(image[2]));
            for (pixel, (y, dy)) in pixels.enumerate() {
                // What of each channel's gradient has found no owner yet.
                open.clear();
                open.extend_from_slice(dy);
                for start in self.window(image, pixel) {
                    let span = start..start + image[2];
                    let values = dx[span.clone()].iter_mut().zip(&x[span]);
                    for (((dx, x), y), open) in values.zip(y).zip(open.iter_mut()) {
                        let owned = if *x == *y { *open } else { 0.0 };
                        *dx += owned;
                        *open = if *x == *y { 0.0 } else { *open };
                    }
                }
            }
        });
        dx
    }

    fn lengths(&self, image: ImageShape) -> (usize, usize) {
        let [out_height, out_width] = self.output_side(image);
        (image.iter().product(), out_height * out_width * image[2])
    }

    /// Where the window of output `pixel` lies in the image, in reading order.
    fn window(&self, image: ImageShape, pixel: usize) -> impl Iterator<Item = usize> + use<> {
        let Self { kernel, stride } = *self;
        let out_width = self.output_side(image)[1];
        let (row, column) = (pixel / out_width * stride[0], pixel % out_width * stride[1]);
        (0..kernel[0]).flat_map(move |down| {
            (0..kernel[1]).map(move |right| ((row + down) * image[1] + column + right) * image[2])
        })
    }
}
