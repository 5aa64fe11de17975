//! One channel of a picture of any kind, a row at a time: for pictures of 16 bits, of floating point, or with opacity.
//!
//! In: a decoded picture, a row and columns. Out: f32 values in [0, 1], transparent pixels on a ground. The crate `image`
//! converts each row as it would convert the whole picture, which is never there a second time.

use std::ops::Range;

use image::{DynamicImage, ImageBuffer, Pixel};

/// Where the values of one channel come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'picture> {
    picture: &'picture DynamicImage,
    channel: Channel,
}

#[derive(Debug, Clone, Copy)]
enum Channel {
    /// Luma (Rec. 709); transparent pixels show this luma, where there are any.
    Luma { ground: Option<f32> },
    /// Red, green or blue, counted from 0; transparent pixels are on white as browsers show them.
    Colour(usize),
}

impl<'picture> Rows<'picture> {
    /// The luma, with `ground` behind transparent pixels.
    pub(super) fn luma(picture: &'picture DynamicImage, ground: Option<f32>) -> Self {
        Self { picture, channel: Channel::Luma { ground } }
    }

    /// Red, green or blue, counted from 0.
    pub(super) fn channel(picture: &'picture DynamicImage, channel: usize) -> Self {
        Self { picture, channel: Channel::Colour(channel) }
    }

    /// Adds the values of `columns` in row `y` to `row`.
    pub(super) fn read(&self, y: usize, columns: Range<usize>, row: &mut Vec<f32>) {
        let part = part(self.picture, y, columns);
        match self.channel {
            Channel::Luma { ground: None } => row.extend_from_slice(part.to_luma32f().as_raw()),
            Channel::Luma { ground: Some(ground) } => {
                let luma = part.to_luma32f().into_raw();
                row.extend(
                    luma.iter()
                        .zip(opacity(&part))
                        .map(|(luma, alpha)| luma * alpha + ground * (1.0 - alpha)),
                );
            }
            Channel::Colour(channel) => {
                let pixels = part.to_rgba32f().into_raw();
                let pixels = pixels.as_chunks::<4>().0.iter();
                match part.has_alpha() {
                    true => row.extend(pixels.map(|pixel| pixel[channel] * pixel[3] + 1.0 - pixel[3])),
                    false => row.extend(pixels.map(|pixel| pixel[channel])),
                }
            }
        }
    }
}

/// The luma and the opacity of every pixel of row `y`, from left to right.
pub(super) fn luma_and_opacity(picture: &DynamicImage, y: usize) -> Vec<(f32, f32)> {
    let part = part(picture, y, 0..picture.width() as usize);
    part.to_luma32f().into_raw().into_iter().zip(opacity(&part)).collect()
}

/// A picture of one row, in the same colours.
pub(super) fn part(picture: &DynamicImage, y: usize, columns: Range<usize>) -> DynamicImage {
    let mut part: DynamicImage = match picture {
        DynamicImage::ImageLuma8(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageLumaA8(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageRgb8(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageRgba8(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageLuma16(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageLumaA16(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageRgb16(pixels) => cut(pixels, y, columns).into(),
        DynamicImage::ImageRgba16(pixels) => cut(pixels, y, columns).into(),
        other => return other.crop_imm(columns.start as u32, y as u32, columns.len() as u32, 1),
    };
    // A colour space that `image` does not know is none that it has given the picture.
    let _ = part.set_color_space(picture.color_space());
    part
}

fn cut<P: Pixel>(
    pixels: &ImageBuffer<P, Vec<P::Subpixel>>,
    y: usize,
    columns: Range<usize>,
) -> ImageBuffer<P, Vec<P::Subpixel>> {
    let channels = usize::from(P::CHANNEL_COUNT);
    let row = y * pixels.width() as usize;
    let values = &pixels.as_raw()[(row + columns.start) * channels..(row + columns.end) * channels];
    ImageBuffer::from_raw(columns.len() as u32, 1, values.to_vec())
        .expect("there are as many values as the row has channels")
}

/// The opacity of every pixel.
fn opacity(picture: &DynamicImage) -> Vec<f32> {
    let eight = |value: u8| f32::from(value) / f32::from(u8::MAX);
    let sixteen = |value: u16| f32::from(value) / f32::from(u16::MAX);
    match picture {
        DynamicImage::ImageLumaA8(pixels) => pixels.pixels().map(|pixel| eight(pixel.0[1])).collect(),
        DynamicImage::ImageRgba8(pixels) => pixels.pixels().map(|pixel| eight(pixel.0[3])).collect(),
        DynamicImage::ImageLumaA16(pixels) => pixels.pixels().map(|pixel| sixteen(pixel.0[1])).collect(),
        DynamicImage::ImageRgba16(pixels) => pixels.pixels().map(|pixel| sixteen(pixel.0[3])).collect(),
        other => other.to_luma_alpha32f().pixels().map(|pixel| pixel.0[1]).collect(),
    }
}
