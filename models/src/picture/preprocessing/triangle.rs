//! Brings a part of a natural picture to another size by an antialiased triangle filter, as Pillow's `BILINEAR` does.
//!
//! In: rows of bytes and the part of them that is wanted. Out: bytes `[height, width, channels]`. A pixel of the result is the
//! mean of the picture's pixels around its centre, weighted by a triangle whose half width is the distance between two pixels
//! of the result, and at least one pixel of the picture; the weights of pixels that exist add up to 1, so no border gets
//! darker ([Pillow 12, `Resample.c`](https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/Resample.c)).
//!
//! Pillow rounds to bytes after the first axis, which is that of the rows in version 12 and either one in 13. Here nothing is
//! rounded but the result: that is within half a step of the exact mean, Pillow's within one, so they never differ by more
//! than one of 255 steps.
//!
//! The picture is read once, a row at a time; what is kept are the sums of the two or three rows of the result that a row of
//! the picture has a weight in.

use std::collections::VecDeque;
use std::ops::Range;

use super::byte_rows::{ByteRows, Converted};
use super::placement::Placement;

/// The part of a picture that `placement` asks for, at its size: `[height, width, channels]`.
pub(super) fn resize(picture: &ByteRows, placement: &Placement) -> Vec<u8> {
    match picture.channels() {
        1 => resize_channels::<1>(picture, placement),
        _ => resize_channels::<3>(picture, placement),
    }
}

fn resize_channels<const CHANNELS: usize>(picture: &ByteRows, placement: &Placement) -> Vec<u8> {
    let across = Across::new(Axis::new(picture.width, placement.columns, placement.width));
    let down = Axis::new(picture.height, placement.rows, placement.height);
    let columns = across.pixels.clone();
    let mut result = Vec::with_capacity(placement.height * placement.width * CHANNELS);
    let (mut converted, mut row) = (Converted::default(), vec![[0.0; CHANNELS]; placement.width]);
    let mut open: VecDeque<(Window, Vec<f32>)> = VecDeque::new();
    let (mut spare, mut windows) = (Vec::new(), (0..placement.height).map(|y| down.window(y)).peekable());
    for y in down.pixels() {
        let source = picture.read(y, columns.clone(), &mut converted);
        across.filter::<CHANNELS>(source.as_chunks().0, &mut row);
        while let Some(window) = windows.next_if(|window| window.pixels.start <= y) {
            let mut sums: Vec<f32> = spare.pop().unwrap_or_default();
            sums.clear();
            sums.resize(row.len() * CHANNELS, 0.0);
            open.push_back((window, sums));
        }
        for (window, sums) in &mut open {
            let weight = window.weight(y);
            sums.iter_mut().zip(row.as_flattened()).for_each(|(sum, value)| *sum += weight * value);
        }
        while open.front().is_some_and(|(window, _)| window.pixels.end <= y + 1) {
            let Some((_, sums)) = open.pop_front() else { break };
            // A cast cuts off, and keeps what is out of range at its ends.
            result.extend(sums.iter().map(|&sum| (sum + 0.5) as u8));
            spare.push(sums);
        }
    }
    result
}

/// How the pixels along one side of a picture become those along one side of the result.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// The pixels of the picture, and of the result.
    side: usize,
    results: usize,
    /// Where the part begins, and the pixels of the picture for one of the result.
    start: f64,
    scale: f64,
}

/// The pixels of the picture that one pixel of the result is the mean of.
#[derive(Debug, Clone, PartialEq)]
struct Window {
    pixels: Range<usize>,
    centre: f64,
    /// The half width of the triangle, and the sum of its values at the pixels.
    support: f64,
    total: f64,
}

impl Axis {
    fn new(side: usize, [start, end]: [f32; 2], results: usize) -> Self {
        Self { side, results, start: f64::from(start), scale: f64::from(end - start) / results as f64 }
    }

    /// Whether every pixel stays where and as it is.
    fn is_identity(&self) -> bool {
        self.side == self.results && self.start == 0.0 && self.scale == 1.0
    }

    /// Where the centre of a pixel of the result lies in the picture.
    fn centre(&self, result: f64) -> f64 {
        self.start + (result + 0.5) * self.scale
    }

    fn window(&self, result: usize) -> Window {
        let (centre, support) = (self.centre(result as f64), self.scale.max(1.0));
        if self.is_identity() {
            return Window { pixels: result..result + 1, centre, support, total: 1.0 };
        }
        let first = ((centre - support + 0.5).max(0.0) as usize).min(self.side - 1);
        let end = ((centre + support + 0.5) as usize).clamp(first + 1, self.side);
        let mut window = Window { pixels: first..end, centre, support, total: 1.0 };
        let total = window.pixels.clone().map(|pixel| window.height(pixel)).sum();
        window.total = if total > 0.0 { total } else { 1.0 };
        window
    }

    /// All pixels of the picture that have a weight in the result.
    fn pixels(&self) -> Range<usize> {
        self.window(0).pixels.start..self.window(self.results - 1).pixels.end
    }
}

impl Window {
    /// The triangle's value at the centre of a pixel.
    fn height(&self, pixel: usize) -> f64 {
        (1.0 - ((pixel as f64 + 0.5 - self.centre) / self.support).abs()).max(0.0)
    }

    fn weight(&self, pixel: usize) -> f32 {
        (self.height(pixel) / self.total) as f32
    }
}

/// The filter along a row.
#[derive(Debug)]
struct Across {
    /// The pixels of the picture that have a weight in any result.
    pixels: Range<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Copy,
    /// The pixels of each window, counted from the first that any has a weight of, and their weights.
    Weights(Vec<(Range<usize>, Vec<f32>)>),
    /// Where a row gets shorter, each triangle's slopes lie between its own centre and that of the neighbours: with the sum of
    /// a stretch of pixels between two centres and the sum of its running sums, which cost two additions a pixel, both
    /// slopes over that stretch are known.
    Stretches(Stretches),
}

#[derive(Debug)]
struct Stretches {
    /// Where the stretches lie, one more than there are results.
    between: Vec<Range<usize>>,
    /// What a result takes of the sum of the stretch before its centre, and of its sum of running sums; then of those of the
    /// stretch behind it.
    factors: Vec<[f32; 4]>,
}

/// So many bytes have running sums whose sum fits into 32 bits: 255·n·(n + 1)/2.
const LONGEST_RUN: usize = 4096;

impl Across {
    fn new(axis: Axis) -> Self {
        let kind = match axis.scale {
            _ if axis.is_identity() => Kind::Copy,
            scale if scale > 1.0 => Kind::Stretches(Stretches::new(&axis)),
            _ => Kind::Weights((0..axis.results).map(|result| weights(&axis, result)).collect()),
        };
        Self { pixels: axis.pixels(), kind }
    }

    /// Filters the pixels of one row that have a weight.
    fn filter<const CHANNELS: usize>(&self, source: &[[u8; CHANNELS]], row: &mut [[f32; CHANNELS]]) {
        match &self.kind {
            Kind::Copy => {
                row.iter_mut().zip(source).for_each(|(result, pixel)| *result = pixel.map(f32::from));
            }
            Kind::Weights(windows) => {
                for ((pixels, weights), result) in windows.iter().zip(row) {
                    *result = [0.0; CHANNELS];
                    for (pixel, weight) in source[pixels.clone()].iter().zip(weights) {
                        result
                            .iter_mut()
                            .zip(pixel)
                            .for_each(|(sum, &byte)| *sum += weight * f32::from(byte));
                    }
                }
            }
            Kind::Stretches(stretches) => stretches.filter(source, row),
        }
    }
}

fn weights(axis: &Axis, result: usize) -> (Range<usize>, Vec<f32>) {
    let (window, first) = (axis.window(result), axis.pixels().start);
    let weights = window.pixels.clone().map(|pixel| window.weight(pixel)).collect();
    (window.pixels.start - first..window.pixels.end - first, weights)
}

impl Stretches {
    /// With `s` the scale, `c` a centre, `m` the first pixel behind it, `n` the pixels of the stretch behind, `A` the sum of a
    /// stretch and `T` that of its running sums, in which a pixel counts as often as there are pixels from it to the
    /// stretch's end: with o = (m + 1/2 − c)/s the slope before the centre adds (1 + o)·A − T/s, and that behind it
    /// (1 − o − n/s)·A + T/s.
    fn new(axis: &Axis) -> Self {
        let pixels = axis.pixels();
        let first_behind = |result: f64| {
            let position = (axis.centre(result) - 0.5).ceil().max(0.0) as usize;
            position.clamp(pixels.start, pixels.end)
        };
        let ends: Vec<usize> = (0..axis.results + 2).map(|end| first_behind(end as f64 - 1.0)).collect();
        let between: Vec<Range<usize>> =
            ends.windows(2).map(|pair| pair[0] - pixels.start..pair[1] - pixels.start).collect();
        let factors = (0..axis.results).map(|result| {
            let (window, behind) = (axis.window(result), ends[result + 1] as f64);
            let (count, slope) = (between[result + 1].len() as f64, 1.0 / window.support);
            let off = (behind + 0.5 - window.centre) * slope;
            let factors = [1.0 + off, -slope, 1.0 - off - count * slope, slope];
            factors.map(|factor| (factor / window.total) as f32)
        });
        let factors = factors.collect();
        Self { between, factors }
    }

    fn filter<const CHANNELS: usize>(&self, source: &[[u8; CHANNELS]], row: &mut [[f32; CHANNELS]]) {
        let mut stretches = self.between.iter().map(|pixels| sums(&source[pixels.clone()]));
        let Some(mut before) = stretches.next() else { return };
        for ((result, factors), behind) in row.iter_mut().zip(&self.factors).zip(stretches) {
            let [sum_before, running_before, sum_behind, running_behind] = factors;
            for (channel, value) in result.iter_mut().enumerate() {
                let slope_before = sum_before * before[0][channel] + running_before * before[1][channel];
                let slope_behind = sum_behind * behind[0][channel] + running_behind * behind[1][channel];
                *value = slope_before + slope_behind;
            }
            before = behind;
        }
    }
}

/// The sum of each channel, and the sum of its running sums.
fn sums<const CHANNELS: usize>(pixels: &[[u8; CHANNELS]]) -> [[f32; CHANNELS]; 2] {
    if pixels.len() <= LONGEST_RUN {
        return short_sums(pixels).map(|sums| sums.map(|sum| sum as f32));
    }
    let (mut sum, mut running) = ([0u64; CHANNELS], [0u64; CHANNELS]);
    for run in pixels.chunks(LONGEST_RUN) {
        let [run_sum, run_running] = short_sums(run);
        for channel in 0..CHANNELS {
            running[channel] += sum[channel] * run.len() as u64 + u64::from(run_running[channel]);
            sum[channel] += u64::from(run_sum[channel]);
        }
    }
    [sum, running].map(|sums| sums.map(|sum| sum as f32))
}

fn short_sums<const CHANNELS: usize>(pixels: &[[u8; CHANNELS]]) -> [[u32; CHANNELS]; 2] {
    let (mut sum, mut running) = ([0u32; CHANNELS], [0u32; CHANNELS]);
    for pixel in pixels {
        for channel in 0..CHANNELS {
            sum[channel] += u32::from(pixel[channel]);
            running[channel] += sum[channel];
        }
    }
    [sum, running]
}

#[cfg(test)]
mod tests;
