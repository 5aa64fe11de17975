//! The tones of one channel of a picture, read a row at a time.
//!
//! In: a picture without transparency, or a plane of values. Out: rows of f32 in [0, 1], corrected for ground and ink, and
//! the bounds of stretches of a row.
//!
//! A camera's picture has twelve million pixels. As f32 values they would take more memory than the picture itself, and
//! longer to put there than to compute again: so a picture is left as it is, and each step of the preprocessing computes the
//! rows that it needs. What the values of a stretch of pixels lie between is found from bytes alone where the picture has
//! eight bits, and tells of most stretches all that the search for ink asks.

use std::cell::OnceCell;
use std::ops::Range;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};

#[cfg(test)]
use super::plane::Plane;
use super::rows::Rows;

/// Pictures with fewer pixels are unfolded: that costs them less than tables and single rows do.
const FEW_PIXELS: usize = 64 * 64;

/// Pixels side by side in a row that are looked at together; the last stretch of a row may have fewer.
const STRETCH: usize = 128;

/// In pictures of fewer columns the bounds of stretches would take more memory than the pixels: every row is read.
const NARROW: usize = 16;

/// The luma of each value of a byte, in ascending order.
type Table = Box<[f32; 256]>;

/// Rows of values in [0, 1].
#[derive(Debug)]
pub(super) struct Tones<'picture> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) correction: Correction,
    source: Source<'picture>,
    /// Of every stretch, before the correction: row by row, each row from left to right.
    bounds: OnceCell<Vec<Bounds>>,
}

/// No value of a stretch is outside of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: f32,
    pub(super) high: f32,
}

#[derive(Debug)]
enum Source<'picture> {
    Values(Vec<f32>),
    Grey(&'picture [u8], Table),
    /// Red, green and blue of each pixel; the tables' values are summed.
    Colour(&'picture [u8], [Table; 3]),
    /// One byte of each pixel of so many: the position of the first one, and the distance to the next.
    Channel(&'picture [u8], usize, usize),
    /// Whatever else a picture may hold.
    Rows(Rows<'picture>),
}

/// What is done with every value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Correction {
    None,
    Inverted,
    /// A picture of one tone: all 0.
    Flat,
    /// `ground` and all within `floor` of it become 0, what is `peak` away from it in the `direction` of 1 or -1
    /// becomes 1.
    Stretched {
        ground: f32,
        direction: f32,
        floor: f32,
        peak: f32,
    },
}

impl<'picture> Tones<'picture> {
    /// The tones of values that are computed already.
    #[cfg(test)]
    pub(super) fn of_plane(plane: Plane) -> Self {
        let Plane { width, height, values } = plane;
        Self::new(width, height, Source::Values(values))
    }

    /// The luma (Rec. 709) of a picture, transparent pixels on the ground that `rows` has.
    pub(super) fn luma(image: &'picture DynamicImage, rows: Rows<'picture>) -> Self {
        let source = match image {
            _ if is_small(image) && !image.has_alpha() => Some(Source::Values(image.to_luma32f().into_raw())),
            DynamicImage::ImageLuma8(pixels) => grey_table(pixels).map(|table| Source::Grey(pixels, table)),
            DynamicImage::ImageRgb8(pixels) => {
                colour_tables(pixels).map(|tables| Source::Colour(pixels, tables))
            }
            _ => None,
        };
        Self::of(image, source.unwrap_or(Source::Rows(rows)))
    }

    /// One of red, green and blue, counted from 0: `channel` of `rows`.
    pub(super) fn channel(image: &'picture DynamicImage, channel: usize, rows: Rows<'picture>) -> Self {
        let source = match image {
            DynamicImage::ImageLuma8(pixels) => Source::Channel(pixels, 0, 1),
            DynamicImage::ImageRgb8(pixels) => Source::Channel(pixels, channel, 3),
            _ => Source::Rows(rows),
        };
        Self::of(image, source)
    }

    fn of(image: &DynamicImage, source: Source<'picture>) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let tones = Self::new(width, height, source);
        match tones.source {
            Source::Rows(_) if is_small(image) => {
                let values = tones.values();
                Self::new(width, height, Source::Values(values))
            }
            _ => tones,
        }
    }

    fn new(width: usize, height: usize, source: Source<'picture>) -> Self {
        Self { width, height, correction: Correction::None, source, bounds: OnceCell::new() }
    }

    /// The columns of every stretch in row `y`, from left to right, and what its values lie between, corrected.
    pub(super) fn stretches(&self, y: usize) -> impl Iterator<Item = (Range<usize>, Bounds)> + '_ {
        let in_row = self.width.div_ceil(STRETCH);
        let bounds = match self.width < NARROW {
            true => &[Bounds { low: f32::NEG_INFINITY, high: f32::INFINITY }][..],
            false => &self.bounds.get_or_init(|| self.find_bounds())[y * in_row..(y + 1) * in_row],
        };
        bounds.iter().enumerate().map(|(index, &Bounds { low, high })| {
            let columns = index * STRETCH..((index + 1) * STRETCH).min(self.width);
            // Rounding keeps the order of values, or turns it as a whole.
            let mut ends = [low, high];
            self.correction.apply(&mut ends);
            (columns, Bounds { low: ends[0].min(ends[1]), high: ends[0].max(ends[1]) })
        })
    }

    fn find_bounds(&self) -> Vec<Bounds> {
        match &self.source {
            Source::Values(values) => self.bounds_of(values.as_chunks::<1>().0, |stretch| {
                let ([low], [high]) = least_and_most(stretch, f32::INFINITY, f32::NEG_INFINITY);
                Bounds { low, high }
            }),
            Source::Grey(bytes, table) => {
                self.bounds_of(bytes.as_chunks::<1>().0, |stretch| of_bytes(stretch, [table]))
            }
            Source::Colour(bytes, [reds, greens, blues]) => {
                let tables = [reds, greens, blues];
                self.bounds_of(bytes.as_chunks::<3>().0, |stretch| of_bytes(stretch, tables))
            }
            Source::Channel(..) | Source::Rows(_) => self.bounds_of_rows(),
        }
    }

    fn bounds_of<Pixel>(&self, pixels: &[Pixel], bounds: impl Fn(&[Pixel]) -> Bounds) -> Vec<Bounds> {
        let mut all = Vec::with_capacity(self.width.div_ceil(STRETCH) * self.height);
        for row in pixels.chunks(self.width) {
            all.extend(row.chunks(STRETCH).map(&bounds));
        }
        all
    }

    /// As [`Tones::bounds_of`], of values that are computed row by row.
    fn bounds_of_rows(&self) -> Vec<Bounds> {
        let (mut all, mut row) = (Vec::with_capacity(self.width.div_ceil(STRETCH) * self.height), Vec::new());
        for y in 0..self.height {
            self.read_uncorrected(y, 0..self.width, &mut row);
            all.extend(row.chunks(STRETCH).map(|stretch| {
                let stretch = stretch.as_chunks::<1>().0;
                let ([low], [high]) = least_and_most(stretch, f32::INFINITY, f32::NEG_INFINITY);
                Bounds { low, high }
            }));
        }
        all
    }

    /// The values of `columns` in row `y`, corrected, instead of what was in `row`.
    pub(super) fn read_row(&self, y: usize, columns: Range<usize>, row: &mut Vec<f32>) {
        self.read_uncorrected(y, columns, row);
        self.correction.apply(row);
    }

    fn read_uncorrected(&self, y: usize, columns: Range<usize>, row: &mut Vec<f32>) {
        let pixels = y * self.width + columns.start..y * self.width + columns.end;
        row.clear();
        match &self.source {
            Source::Values(values) => row.extend_from_slice(&values[pixels]),
            Source::Grey(bytes, table) => {
                row.extend(bytes[pixels].iter().map(|&byte| table[usize::from(byte)]));
            }
            Source::Colour(bytes, [reds, greens, blues]) => {
                let pixels = bytes[3 * pixels.start..3 * pixels.end].as_chunks::<3>().0;
                row.extend(pixels.iter().map(|&[red, green, blue]| {
                    reds[usize::from(red)] + greens[usize::from(green)] + blues[usize::from(blue)]
                }));
            }
            &Source::Channel(bytes, first, step) => {
                let own = bytes[pixels.start * step..pixels.end * step].iter().skip(first).step_by(step);
                row.extend(own.map(|&byte| f32::from(byte) / f32::from(u8::MAX)));
            }
            Source::Rows(rows) => rows.read(y, columns, row),
        }
    }

    /// All rows, one after another.
    pub(super) fn values(&self) -> Vec<f32> {
        let (mut values, mut row) = (Vec::with_capacity(self.width * self.height), Vec::new());
        for y in 0..self.height {
            self.read_row(y, 0..self.width, &mut row);
            values.extend_from_slice(&row);
        }
        values
    }
}

impl Correction {
    fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Inverted => values.iter_mut().for_each(|value| *value = 1.0 - *value),
            Self::Flat => values.fill(0.0),
            Self::Stretched { ground, direction, floor, peak } => {
                for value in values {
                    *value = (((*value - ground) * direction - floor) / (peak - floor)).clamp(0.0, 1.0);
                }
            }
        }
    }
}

fn is_small(image: &DynamicImage) -> bool {
    (image.width() as usize) * (image.height() as usize) < FEW_PIXELS
}

/// The tables hold what `image` computes, in the picture's own colour space, so that the sums are its luma to the bit.
fn grey_table(picture: &GrayImage) -> Option<Table> {
    let mut greys = GrayImage::from_fn(256, 1, |x, _| Luma([x as u8]));
    greys.set_color_space(picture.color_space()).ok()?;
    table(DynamicImage::from(greys).to_luma32f().as_raw())
}

fn colour_tables(picture: &RgbImage) -> Option<[Table; 3]> {
    let mut primaries = RgbImage::from_fn(256, 3, |x, y| {
        let mut colour = Rgb([0; 3]);
        colour.0[y as usize] = x as u8;
        colour
    });
    primaries.set_color_space(picture.color_space()).ok()?;
    let luma = DynamicImage::from(primaries).to_luma32f().into_raw();
    Some([table(&luma[..256])?, table(&luma[256..512])?, table(&luma[512..])?])
}

fn table(values: &[f32]) -> Option<Table> {
    values.is_sorted().then(|| values.try_into().ok().map(Box::new)).flatten()
}

/// The bounds of pixels of bytes: the sums of what the least and the most of each channel stand for.
fn of_bytes<const CHANNELS: usize>(pixels: &[[u8; CHANNELS]], tables: [&Table; CHANNELS]) -> Bounds {
    let (least, most) = least_and_most(pixels, u8::MAX, u8::MIN);
    // In the order in which a pixel's values are summed.
    let luma = |bytes: [u8; CHANNELS]| {
        let values = tables.iter().zip(bytes).map(|(table, byte)| table[usize::from(byte)]);
        values.reduce(|sum, value| sum + value).unwrap_or_default()
    };
    Bounds { low: luma(least), high: luma(most) }
}

/// The least and the most of every channel; `highest` and `lowest` are the ends of what a value can be.
fn least_and_most<Value: Copy + PartialOrd, const CHANNELS: usize>(
    pixels: &[[Value; CHANNELS]],
    highest: Value,
    lowest: Value,
) -> ([Value; CHANNELS], [Value; CHANNELS]) {
    // Side by side, so that the processor can compare several at once.
    const LANES: usize = 16;
    let (chunks, rest) = pixels.as_chunks::<LANES>();
    let (mut least, mut most) = ([[highest; CHANNELS]; LANES], [[lowest; CHANNELS]; LANES]);
    for chunk in chunks {
        lower(least.as_flattened_mut(), chunk.as_flattened());
        raise(most.as_flattened_mut(), chunk.as_flattened());
    }
    for half in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
        let (first, second) = least.split_at_mut(half);
        lower(first.as_flattened_mut(), second[..half].as_flattened());
        let (first, second) = most.split_at_mut(half);
        raise(first.as_flattened_mut(), second[..half].as_flattened());
    }
    for pixel in rest {
        lower(&mut least[0], pixel);
        raise(&mut most[0], pixel);
    }
    (least[0], most[0])
}

fn lower<Value: Copy + PartialOrd>(least: &mut [Value], values: &[Value]) {
    for (least, &value) in least.iter_mut().zip(values) {
        *least = if value < *least { value } else { *least };
    }
}

fn raise<Value: Copy + PartialOrd>(most: &mut [Value], values: &[Value]) {
    for (most, &value) in most.iter_mut().zip(values) {
        *most = if value > *most { value } else { *most };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every value of every channel, and sums of them, on more pixels than are unfolded.
    fn pictures() -> [DynamicImage; 2] {
        let byte = |x: u32, y: u32, step: u32| (x * step + y * 7) as u8;
        [
            GrayImage::from_fn(300, 20, |x, y| Luma([byte(x, y, 1)])).into(),
            RgbImage::from_fn(300, 20, |x, y| Rgb([byte(x, y, 1), byte(y, x, 3), byte(x, x, y)])).into(),
        ]
    }

    fn of(picture: &DynamicImage) -> Tones<'_> {
        Tones::luma(picture, Rows::luma(picture, None))
    }

    #[test]
    fn rows_are_the_luma_that_image_computes_to_the_bit() {
        for picture in pictures() {
            let tones = of(&picture);
            assert!(!matches!(tones.source, Source::Values(_)));
            assert_eq!(tones.values(), picture.to_luma32f().into_raw());
        }
    }

    #[test]
    fn a_picture_of_any_kind_has_the_luma_that_image_computes_to_the_bit() {
        let [grey, colour] = pictures();
        for picture in [
            DynamicImage::from(grey.to_luma16()),
            DynamicImage::from(colour.to_rgb16()),
            DynamicImage::from(colour.to_rgb32f()),
        ] {
            let tones = of(&picture);
            assert!(matches!(tones.source, Source::Rows(_)));
            assert_eq!(tones.values(), picture.to_luma32f().into_raw());
            let small = picture.crop_imm(3, 2, 40, 9);
            assert!(matches!(of(&small).source, Source::Values(_)));
            assert_eq!(of(&small).values(), small.to_luma32f().into_raw());
        }
    }

    #[test]
    fn channels_are_the_bytes_of_each_pixel() {
        let [grey, colour] = pictures();
        for channel in 0..3 {
            let tones = Tones::channel(&colour, channel, Rows::channel(&colour, channel));
            let expected: Vec<f32> =
                colour.as_bytes().chunks(3).map(|pixel| f32::from(pixel[channel]) / 255.0).collect();
            assert_eq!(tones.values(), expected);
            assert_eq!(Tones::channel(&grey, channel, Rows::channel(&grey, channel)).values().len(), 6000);
            let deep = DynamicImage::from(colour.to_rgb16());
            assert_eq!(Tones::channel(&deep, channel, Rows::channel(&deep, channel)).values(), expected);
        }
    }

    #[test]
    fn the_bounds_of_a_stretch_hold_its_values_and_no_more_than_colours_force() {
        let stretched = Correction::Stretched { ground: 0.9, direction: -1.0, floor: 0.1, peak: 0.6 };
        let [grey, colour] = pictures();
        let values =
            || Tones::of_plane(Plane { width: 300, height: 20, values: grey.to_luma32f().into_raw() });
        for correction in [Correction::None, Correction::Inverted, Correction::Flat, stretched] {
            for (exact, tones) in [(true, of(&grey)), (true, values()), (false, of(&colour))] {
                let tones = Tones { correction, ..tones };
                let mut row = Vec::new();
                for y in 0..tones.height {
                    let mut next = 0;
                    for (columns, bounds) in tones.stretches(y) {
                        assert_eq!(columns.start, next);
                        next = columns.end;
                        tones.read_row(y, columns, &mut row);
                        let low = row.iter().copied().fold(f32::INFINITY, f32::min);
                        let high = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                        assert!(bounds.low <= low && high <= bounds.high);
                        assert!(!exact || bounds == Bounds { low, high });
                    }
                    assert_eq!(next, tones.width);
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_row_is_corrected_as_the_whole_is() {
        let stretched = Correction::Stretched { ground: 0.9, direction: -1.0, floor: 0.1, peak: 0.6 };
        for correction in [Correction::None, Correction::Inverted, Correction::Flat, stretched] {
            let [picture, _] = pictures();
            let (mut row, mut part) = (Vec::new(), Vec::new());
            let tones = Tones { correction, ..of(&picture) };
            tones.read_row(3, 0..300, &mut row);
            tones.read_row(3, 10..40, &mut part);
            assert_eq!(part, row[10..40]);
            let luma = picture.to_luma32f().get_pixel(10, 3).0[0];
            let expected = match correction {
                Correction::None => luma,
                Correction::Inverted => 1.0 - luma,
                Correction::Flat => 0.0,
                Correction::Stretched { .. } => ((0.9 - luma - 0.1) / 0.5).clamp(0.0, 1.0),
            };
            assert!((part[0] - expected).abs() < 1e-6);
        }
    }
}
