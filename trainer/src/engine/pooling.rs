//! Max-pooling and average pooling of one channels-last image `[height, width, channels]`, forward and backward.
//!
//! The whole gradient of a window's largest value goes to it, to the first in reading order where several are equal, as
//! in PyTorch. (candle 0.11.1 multiplies by the mean of the mask: a quarter of it for a 2×2 window.) The forward pass
//! keeps where that value lies, so the backward pass needs neither input nor output.

use super::{ImageShape, vectorised, vectorised_fn};

/// No place: the gradient of this window goes nowhere.
const NOWHERE: u32 = u32::MAX;

/// Sizes of a pooling; pairs are `[vertical, horizontal]`. Rows and columns that fill no window are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) image: ImageShape,
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
}

/// Whose answer a window's largest value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Any layer's.
    Any,
    /// A ReLU's: a largest value of 0 has no gradient, so that the ReLU needs no mask of its own in the backward pass.
    Relu,
}

impl Pool {
    pub(crate) fn output(&self) -> ImageShape {
        let side = |axis: usize| (self.image[axis] - self.kernel[axis]) / self.stride[axis] + 1;
        [side(0), side(1), self.image[2]]
    }

    pub(crate) fn input_len(&self) -> usize {
        self.image.iter().product()
    }

    pub(crate) fn output_len(&self) -> usize {
        self.output().iter().product()
    }

    /// The largest value of each window into `y`; where it lies in the image into `places`, unless that is empty.
    pub(crate) fn largest(&self, source: Source, x: &[f32], y: &mut [f32], places: &mut [u32]) {
        largest(*self, source, x, y, places);
    }

    /// Sends each gradient to its place, into `dx`.
    pub(crate) fn largest_backward(&self, places: &[u32], dy: &[f32], dx: &mut [f32]) {
        dx.fill(0.0);
        for (place, dy) in places.iter().zip(dy) {
            if let Some(dx) = dx.get_mut(*place as usize) {
                *dx += dy;
            }
        }
    }

    /// The mean of each window into `y`.
    pub(crate) fn mean(&self, x: &[f32], y: &mut [f32]) {
        let (channels, share) = (self.image[2], self.share());
        vectorised(|| {
            for (pixel, y) in y.chunks_exact_mut(channels).enumerate() {
                y.fill(0.0);
                for start in self.window(pixel) {
                    y.iter_mut().zip(&x[start..start + channels]).for_each(|(y, x)| *y += x);
                }
                y.iter_mut().for_each(|y| *y *= share);
            }
        });
    }

    /// Shares each gradient among its window, into `dx`.
    pub(crate) fn mean_backward(&self, dy: &[f32], dx: &mut [f32]) {
        let (channels, share) = (self.image[2], self.share());
        vectorised(|| {
            dx.fill(0.0);
            for (pixel, dy) in dy.chunks_exact(channels).enumerate() {
                for start in self.window(pixel) {
                    let dx = &mut dx[start..start + channels];
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy * share);
                }
            }
        });
    }

    fn share(&self) -> f32 {
        1.0 / (self.kernel[0] * self.kernel[1]) as f32
    }

    /// Where the window of output `pixel` lies in the image, in reading order.
    #[inline(always)]
    fn window(&self, pixel: usize) -> impl Iterator<Item = usize> + use<> {
        let Self { image: [_, width, channels], kernel, stride } = *self;
        let out_width = self.output()[1];
        let (row, column) = (pixel / out_width * stride[0], pixel % out_width * stride[1]);
        (0..kernel[0]).flat_map(move |down| {
            (0..kernel[1]).map(move |right| ((row + down) * width + column + right) * channels)
        })
    }
}

vectorised_fn! {
    fn largest<'a>(pool: Pool, source: Source, x: &'a [f32], y: &'a mut [f32], places: &'a mut [u32]) {
        let channels = pool.image[2];
        if places.is_empty() {
            for (pixel, y) in y.chunks_exact_mut(channels).enumerate() {
                y.fill(f32::NEG_INFINITY);
                for start in pool.window(pixel) {
                    let x = &x[start..start + channels];
                    for channel in 0..channels {
                        y[channel] = if is_larger(x[channel], y[channel]) { x[channel] } else { y[channel] };
                    }
                }
            }
            return;
        }
        let pixels = y.chunks_exact_mut(channels).zip(places.chunks_exact_mut(channels));
        for (pixel, (y, places)) in pixels.enumerate() {
            y.fill(f32::NEG_INFINITY);
            places.fill(NOWHERE);
            for start in pool.window(pixel) {
                let x = &x[start..start + channels];
                for channel in 0..channels {
                    let larger = is_larger(x[channel], y[channel]);
                    y[channel] = if larger { x[channel] } else { y[channel] };
                    places[channel] = if larger { (start + channel) as u32 } else { places[channel] };
                }
            }
            if source == Source::Relu {
                for channel in 0..channels {
                    places[channel] = if y[channel] > 0.0 { places[channel] } else { NOWHERE };
                }
            }
        }
    }
}

/// A NaN is larger than anything and stays: the loss must show that training has gone wrong.
#[inline(always)]
fn is_larger(x: f32, than: f32) -> bool {
    x > than || x.is_nan()
}
