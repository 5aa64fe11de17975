//! Brings a part of a picture to another size by averages: each target pixel is the mean of the middle of the source area
//! that it covers, fractions of pixels included. Outside of the picture is 0.

use super::Plane;
use crate::contract::ImageInput;

/// The share of a target pixel's side that is averaged. A picture that was enlarged with a smooth filter has edges as
/// soft as its old pixels; averaging whole pixels would soften them again. Chosen so that the shipped student reads
/// enlarged test images as well as the originals, which the example `picture_variants` of the tests measures.
const AVERAGED_SHARE: f32 = 0.6;

/// A part of a picture in its own pixels: `left` and `top` of the first target pixel and the side of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) step: f32,
}

impl Frame {
    /// The whole picture in proportion, centred.
    pub(super) fn letterbox(plane: &Plane, input: &ImageInput) -> Self {
        let (width, height) = (plane.width as f32, plane.height as f32);
        let step = (width / input.width as f32).max(height / input.height as f32);
        Self {
            left: (width - step * input.width as f32) / 2.0,
            top: (height - step * input.height as f32) / 2.0,
            step,
        }
    }
}

/// `frame` of `plane` as `height` rows of `width` values.
pub(super) fn resample(plane: &Plane, frame: Frame, width: usize, height: usize) -> Vec<f32> {
    let columns: Vec<Span> = (0..width).map(|x| Span::of(frame.left, frame.step, x, plane.width)).collect();
    let rows: Vec<Span> = (0..height).map(|y| Span::of(frame.top, frame.step, y, plane.height)).collect();
    let mut values = Vec::with_capacity(width * height);
    for row in &rows {
        for column in &columns {
            let sum: f32 = row
                .weights()
                .map(|(y, row_weight)| {
                    row_weight * column.weights().map(|(x, weight)| weight * plane.at(x, y)).sum::<f32>()
                })
                .sum();
            values.push(sum / (row.length * column.length));
        }
    }
    values
}

/// The source pixels that one target pixel covers along one axis.
#[derive(Debug)]
struct Span {
    start: f32,
    length: f32,
    side: usize,
}

impl Span {
    /// A target pixel never covers less than one source pixel, which makes enlarging linear interpolation.
    fn of(origin: f32, step: f32, index: usize, side: usize) -> Self {
        let centre = origin + (index as f32 + 0.5) * step;
        let length = (step * AVERAGED_SHARE).max(1.0);
        Self { start: centre - length / 2.0, length, side }
    }

    /// The pixels inside of the picture with the length of each that is covered.
    fn weights(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let end = self.start + self.length;
        let first = self.start.floor().clamp(0.0, self.side as f32) as usize;
        let last = end.ceil().clamp(0.0, self.side as f32) as usize;
        (first..last).map(move |pixel| {
            let covered = end.min(pixel as f32 + 1.0) - self.start.max(pixel as f32);
            (pixel, covered.max(0.0))
        })
    }
}
