//! The rows of a natural picture of any kind as bytes, grey or red, green and blue, without transparency.
//!
//! In: a decoded picture, a row and columns. Out: bytes `[columns, channels]`. Pictures of eight bits are lent as they are; of
//! others a row at a time is converted, so that a large picture is never there a second time. What is transparent shows
//! white, as browsers show it, and before any filter: no colour that nobody sees gets into its neighbours.

use std::ops::Range;

use image::DynamicImage;

use super::rows;

/// Where the rows of a picture come from.
#[derive(Debug)]
pub(super) struct ByteRows<'picture> {
    pub(super) width: usize,
    pub(super) height: usize,
    source: Source<'picture>,
}

#[derive(Debug)]
enum Source<'picture> {
    /// The picture's own bytes, so many for each pixel.
    Bytes(&'picture [u8], usize),
    /// The colours of a picture that has opacity or more than eight bits.
    Colours(&'picture DynamicImage),
    /// The luma (Rec. 709) of any picture with colours, opacity or more than eight bits.
    Luma(&'picture DynamicImage),
}

/// Where rows are converted, kept from one to the next.
#[derive(Debug, Default)]
pub(super) struct Converted {
    bytes: Vec<u8>,
    lumas: Vec<u8>,
}

impl<'picture> ByteRows<'picture> {
    /// The rows of a picture for a network that sees so many channels. A grey picture has one channel for any network.
    pub(super) fn of(picture: &'picture DynamicImage, channels: usize) -> Self {
        let source = match picture {
            DynamicImage::ImageLuma8(pixels) => Source::Bytes(pixels, 1),
            DynamicImage::ImageRgb8(pixels) if channels == 3 => Source::Bytes(pixels, 3),
            other if channels == 3 => Source::Colours(other),
            other => Source::Luma(other),
        };
        Self { width: picture.width() as usize, height: picture.height() as usize, source }
    }

    /// The number of bytes of a pixel, 1 or 3.
    pub(super) fn channels(&self) -> usize {
        match &self.source {
            Source::Bytes(_, channels) => *channels,
            Source::Luma(_) => 1,
            Source::Colours(_) => 3,
        }
    }

    /// The bytes of `columns` in row `y`.
    pub(super) fn read<'rows>(
        &'rows self,
        y: usize,
        columns: Range<usize>,
        converted: &'rows mut Converted,
    ) -> &'rows [u8] {
        let Converted { bytes, lumas } = converted;
        match &self.source {
            Source::Bytes(picture, channels) => {
                let row = y * self.width;
                &picture[(row + columns.start) * channels..(row + columns.end) * channels]
            }
            Source::Colours(picture) => colours(picture, y, columns, bytes),
            Source::Luma(picture) => {
                let pixels = colours(picture, y, columns, bytes).as_chunks::<3>().0;
                lumas.clear();
                lumas.extend(pixels.iter().map(|&pixel| luma(pixel)));
                lumas
            }
        }
    }
}

/// Red, green and blue of `columns` in row `y`, without transparency: the picture's own bytes, or what is put into `bytes`.
fn colours<'row>(
    picture: &'row DynamicImage,
    y: usize,
    columns: Range<usize>,
    bytes: &'row mut Vec<u8>,
) -> &'row [u8] {
    let row = y * picture.width() as usize;
    bytes.clear();
    match picture {
        DynamicImage::ImageRgb8(pixels) => {
            return &pixels.as_raw()[(row + columns.start) * 3..(row + columns.end) * 3];
        }
        DynamicImage::ImageRgba8(pixels) => {
            let pixels = &pixels.as_raw()[(row + columns.start) * 4..(row + columns.end) * 4];
            bytes.extend(pixels.as_chunks::<4>().0.iter().flat_map(|&pixel| on_white(pixel)));
        }
        other => {
            let pixels = rows::part(other, y, columns).to_rgba32f().into_raw();
            bytes.extend(pixels.as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, alpha]| {
                [red, green, blue].map(|value| byte_of(value * alpha + (1.0 - alpha)))
            }));
        }
    }
    bytes
}

/// The byte that is nearest to a value of [0, 1].
pub(super) fn byte_of(value: f32) -> u8 {
    // A cast cuts off, and keeps what is out of range at its ends.
    (value * 255.0 + 0.5) as u8
}

/// 0.2126, 0.7152 and 0.0722 of 65,536, which they add up to.
const LUMA: [u32; 3] = [13_933, 46_871, 4_732];

fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let [of_red, of_green, of_blue] = LUMA;
    let sum = of_red * u32::from(red) + of_green * u32::from(green) + of_blue * u32::from(blue);
    ((sum + 32_768) >> 16) as u8
}

fn on_white([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    let (alpha, white) = (u32::from(alpha), u32::from(u8::MAX));
    [red, green, blue]
        .map(|value| ((u32::from(value) * alpha + white * (white - alpha) + white / 2) / white) as u8)
}

#[cfg(test)]
mod tests {
    use image::{GrayAlphaImage, LumaA, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn read(picture: &DynamicImage, channels: usize) -> Vec<u8> {
        let rows = ByteRows::of(picture, channels);
        rows.read(1, 1..3, &mut Converted::default()).to_vec()
    }

    fn colours() -> RgbImage {
        RgbImage::from_fn(4, 2, |x, y| Rgb([(10 * x) as u8, (100 * y) as u8, 7]))
    }

    #[test]
    fn eight_bits_are_lent_and_sixteen_rounded() {
        let colours = DynamicImage::from(colours());
        assert_eq!(read(&colours, 3), [10, 100, 7, 20, 100, 7]);
        assert_eq!(read(&colours.to_rgb16().into(), 3), [10, 100, 7, 20, 100, 7]);
        assert_eq!(read(&colours.to_rgb32f().into(), 3), [10, 100, 7, 20, 100, 7]);
        let grey = DynamicImage::from(colours.to_luma8());
        assert_eq!(ByteRows::of(&grey, 3).channels(), 1);
        assert_eq!(read(&grey.to_luma16().into(), 1), read(&grey, 1));
        assert_eq!(read(&grey.to_rgb8().into(), 1), read(&grey, 1));
    }

    /// By hand: the luma of Rec. 709 of (10, 100, 7) is 0.2126·10 + 0.7152·100 + 0.0722·7 = 74.15, of (20, 100, 7) 76.28.
    #[test]
    fn colours_become_luma_for_a_grey_network() {
        assert_eq!(read(&colours().into(), 1), [74, 76]);
        assert_eq!(read(&DynamicImage::from(colours()).to_rgb16().into(), 1), [74, 76]);
    }

    /// By hand: half of 200 and half of 255 is 228; what is invisible is white, whatever colour it hides.
    #[test]
    fn transparent_pixels_are_on_white() {
        let pixel = |x: u32| if x == 1 { Rgba([200, 0, 255, 128]) } else { Rgba([9, 9, 9, 0]) };
        let picture = DynamicImage::from(RgbaImage::from_fn(4, 2, |x, _| pixel(x)));
        assert_eq!(read(&picture, 3), [227, 127, 255, 255, 255, 255]);
        assert_eq!(read(&picture.to_rgba16().into(), 3), [227, 127, 255, 255, 255, 255]);
        let grey: DynamicImage =
            GrayAlphaImage::from_fn(4, 2, |x, _| LumaA([100, if x == 1 { 255 } else { 0 }])).into();
        assert_eq!(read(&grey, 1), [100, 255]);
        assert_eq!(read(&grey, 3), [100, 100, 100, 255, 255, 255]);
    }
}
