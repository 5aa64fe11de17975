//! Max-pooling and average pooling, forward.
//!
//! In comes one channels-last image `[height, width, channels]`, out goes an image of fewer rows and columns.
//! Max-pooling can keep where in the image each largest value lies, so that a backward pass needs neither input nor
//! output. Where several values of a window are equal, the first in reading order is the largest, as in PyTorch.

use crate::ImageShape;
use crate::vectorised_fn;
use crate::vectors::vectorised;

/// The place that [`Pool::largest`] writes for a window whose gradient goes to no value of the image.
pub const NOWHERE: u32 = u32::MAX;

/// The sizes of a pooling; pairs are `[vertical, horizontal]`. Rows and columns that fill no window are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// The sides of the input, `[height, width, channels]`.
    pub image: ImageShape,
    /// The rows and columns of the window.
    pub kernel: [usize; 2],
    /// The rows and columns from one window to the next.
    pub stride: [usize; 2],
}

/// The layer whose output is pooled: it decides which places of largest values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Any layer: the place of every largest value is kept.
    Any,
    /// A ReLU: a largest value of 0 has no gradient, so that the ReLU needs no mask of its own in the backward pass.
    Relu,
}

impl Pool {
    /// Returns the sides of the output, `[height, width, channels]`.
    #[must_use]
    pub fn output(&self) -> ImageShape {
        let side = |axis: usize| (self.image[axis] - self.kernel[axis]) / self.stride[axis] + 1;
        [side(0), side(1), self.image[2]]
    }

    /// Returns the number of values of one input image.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.image.iter().product()
    }

    /// Returns the number of values of one output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output().iter().product()
    }

    /// Writes the largest value of each window of the image `x` into `y`, and its position in `x` into `places`, unless
    /// `places` is empty.
    pub fn largest(&self, source: Source, x: &[f32], y: &mut [f32], places: &mut [u32]) {
        largest(*self, source, x, y, places);
    }

    /// Writes the mean of each window of the image `x` into `y`.
    pub fn mean(&self, x: &[f32], y: &mut [f32]) {
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

    /// Returns the share of one pixel in the mean of a window, 1 / (rows · columns of the window).
    #[must_use]
    pub fn share(&self) -> f32 {
        1.0 / (self.kernel[0] * self.kernel[1]) as f32
    }

    /// Returns the position of the first channel of each pixel under the window of output pixel number `pixel`, in
    /// reading order.
    #[inline(always)]
    pub fn window(&self, pixel: usize) -> impl Iterator<Item = usize> + use<> {
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

/// Returns whether `x` counts as larger. A NaN is larger than anything and stays: the loss must show that training has
/// gone wrong.
#[inline(always)]
fn is_larger(x: f32, than: f32) -> bool {
    x > than || x.is_nan()
}
