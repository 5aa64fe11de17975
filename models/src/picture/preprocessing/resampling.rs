//! Brings a part of a picture to another size by averages.
//!
//! In: one channel of any size and the part of it that is wanted. Out: f32 `[height, width]`. Each target pixel is the mean
//! of the middle of the source area that it covers, fractions of pixels included, or of a triangle around it; outside of the
//! picture is 0.

use std::ops::Range;

use super::tones::Tones;
use crate::contract::{Filter, ImageInput};

/// A part of a picture in its own pixels: `left` and `top` of the first target pixel and the side of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) step: f32,
}

impl Frame {
    /// The whole picture in proportion, centred.
    pub(super) fn letterbox(tones: &Tones, input: &ImageInput) -> Self {
        let (width, height) = (tones.width as f32, tones.height as f32);
        let step = (width / input.width as f32).max(height / input.height as f32);
        Self {
            left: (width - step * input.width as f32) / 2.0,
            top: (height - step * input.height as f32) / 2.0,
            step,
        }
    }
}

/// `frame` of `tones` as `height` rows of `width` values.
pub(super) fn resample(tones: &Tones, frame: Frame, input: &ImageInput) -> Vec<f32> {
    let (width, height) = (input.width, input.height);
    let columns: Vec<Span> =
        (0..width).map(|x| Span::of(frame.left, frame.step, input.filter, x, tones.width)).collect();
    let left = columns.iter().map(|column| column.pixels().start).min().unwrap_or(0);
    let right = columns.iter().map(|column| column.pixels().end).max().unwrap_or(0).max(left);
    // A narrow picture covers few columns of the target.
    let covered: Vec<(usize, &Span)> =
        columns.iter().enumerate().filter(|(_, column)| !column.pixels().is_empty()).collect();
    let (mut values, mut source) = (Vec::with_capacity(width * height), Vec::new());
    for row in (0..height).map(|y| Span::of(frame.top, frame.step, input.filter, y, tones.height)) {
        let mut sums = vec![0f32; width];
        for (y, row_weight) in row.weights() {
            tones.read_row(y, left..right, &mut source);
            for &(x, column) in &covered {
                sums[x] +=
                    row_weight * column.weights().map(|(x, weight)| weight * source[x - left]).sum::<f32>();
            }
        }
        values.extend(sums.iter().zip(&columns).map(|(sum, column)| sum / (row.total() * column.total())));
    }
    values
}

/// The source pixels that one target pixel covers along one axis.
#[derive(Debug)]
struct Span {
    start: f32,
    length: f32,
    side: usize,
    shape: Shape,
}

/// How much of a pixel counts.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// As much of it as lies within the span.
    Even,
    /// The height of a triangle over the span at the pixel's centre; its area is 1.
    Triangle,
}

impl Span {
    /// A target pixel never covers less than one source pixel, which makes enlarging linear interpolation.
    fn of(origin: f32, step: f32, filter: Filter, index: usize, side: usize) -> Self {
        let centre = origin + (index as f32 + 0.5) * step;
        match filter {
            Filter::Middle { share } => {
                let length = (step * share).max(1.0);
                Self { start: centre - length / 2.0, length, side, shape: Shape::Even }
            }
            Filter::Triangle => {
                let support = step.max(1.0);
                Self { start: centre - support, length: 2.0 * support, side, shape: Shape::Triangle }
            }
        }
    }

    /// The pixels inside of the picture.
    fn pixels(&self) -> Range<usize> {
        let inside = |position: f32| position.clamp(0.0, self.side as f32) as usize;
        // As f32 a long side may be rounded up.
        let end = inside((self.start + self.length).ceil()).min(self.side);
        inside(self.start.floor()).min(end)..end
    }

    /// What all weights together are, those of pixels outside of the picture included.
    fn total(&self) -> f32 {
        match self.shape {
            Shape::Even => self.length,
            // The triangle's values at the pixels' centres add up to its area, half of base times height, but for rounding.
            Shape::Triangle => self.length / 2.0,
        }
    }

    /// The pixels inside of the picture with the weight of each.
    fn weights(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let end = self.start + self.length;
        self.pixels().map(move |pixel| {
            let weight = match self.shape {
                Shape::Even => end.min(pixel as f32 + 1.0) - self.start.max(pixel as f32),
                Shape::Triangle => {
                    let support = self.length / 2.0;
                    1.0 - ((pixel as f32 + 0.5 - self.start) / support - 1.0).abs()
                }
            };
            (pixel, weight.max(0.0))
        })
    }
}
