//! The tones of one channel of a picture, read a row at a time.
//!
//! A camera's picture has twelve million pixels. As f32 values they would take more memory than the picture itself, and
//! longer to put there than to compute again: so an opaque picture of eight bits is left as it is, and each step of the
//! preprocessing computes the rows that it needs.

use std::ops::Range;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};

use super::Plane;

/// Pictures with fewer pixels are unfolded: that costs them less than the tables do.
const FEW_PIXELS: usize = 64 * 64;

/// The luma of each value of a byte.
type Table = Box<[f32; 256]>;

/// Rows of values in [0, 1].
#[derive(Debug)]
pub(super) struct Tones<'picture> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) correction: Correction,
    source: Source<'picture>,
}

#[derive(Debug)]
enum Source<'picture> {
    Values(Vec<f32>),
    Grey(&'picture [u8], Table),
    /// Red, green and blue of each pixel; the tables' values are summed.
    Colour(&'picture [u8], [Table; 3]),
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
    /// Of values that are there.
    pub(super) fn of_plane(plane: Plane) -> Self {
        let Plane { width, height, values } = plane;
        Self { width, height, correction: Correction::None, source: Source::Values(values) }
    }

    /// The luma (Rec. 709) of a picture without transparency.
    pub(super) fn of_opaque(image: &'picture DynamicImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let source = match image {
            _ if width * height < FEW_PIXELS => None,
            DynamicImage::ImageLuma8(pixels) => grey_table(pixels).map(|table| Source::Grey(pixels, table)),
            DynamicImage::ImageRgb8(pixels) => {
                colour_tables(pixels).map(|tables| Source::Colour(pixels, tables))
            }
            _ => None,
        };
        let source = source.unwrap_or_else(|| Source::Values(image.to_luma32f().into_raw()));
        Self { width, height, correction: Correction::None, source }
    }

    /// The values of `columns` in row `y`, corrected, instead of what was in `row`.
    pub(super) fn read_row(&self, y: usize, columns: Range<usize>, row: &mut Vec<f32>) {
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
        }
        self.correction.apply(row);
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
    values.try_into().ok().map(Box::new)
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

    #[test]
    fn rows_are_the_luma_that_image_computes_to_the_bit() {
        for picture in pictures() {
            let tones = Tones::of_opaque(&picture);
            assert!(!matches!(tones.source, Source::Values(_)));
            assert_eq!(tones.values(), picture.to_luma32f().into_raw());
        }
    }

    #[test]
    fn a_part_of_a_row_is_corrected_as_the_whole_is() {
        let stretched = Correction::Stretched { ground: 0.9, direction: -1.0, floor: 0.1, peak: 0.6 };
        for correction in [Correction::None, Correction::Inverted, Correction::Flat, stretched] {
            let [picture, _] = pictures();
            let (mut row, mut part) = (Vec::new(), Vec::new());
            let tones = Tones { correction, ..Tones::of_opaque(&picture) };
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
