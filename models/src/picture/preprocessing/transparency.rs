//! Gives transparent pixels a ground, so that what a person sees on screen is what the network sees.
//!
//! In: a decoded picture. Out: its luma, or its red, green and blue, as if it were opaque.
//!
//! A file says what colour its visible pixels have, not what lies behind them. Where all that is visible has one
//! lightness, it is ink alone, and the ground behind it is the opposite. Where the visible part has ink and ground of
//! its own, the pixels that touch the transparent ones are its ground, and that is continued.

use image::DynamicImage;

use super::plane::Plane;
use super::tones::Tones;

/// Alpha below this counts as invisible: under two of 255 steps no screen shows anything.
const INVISIBLE: f32 = 2.0 / 255.0;

/// Visible lightness that spreads less than this is ink alone.
const ONE_LIGHTNESS: f32 = 0.35;

/// The luma (Rec. 709) of `image` with transparency resolved.
pub(super) fn opaque_luma(image: &DynamicImage) -> Tones<'_> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    if !image.color().has_alpha() {
        return Tones::of_opaque(image);
    }
    let mut plane = Plane { width, height, values: image.to_luma32f().into_raw() };
    let alpha = alpha_of(image);
    let ground = ground_behind(&plane, &alpha);
    for (value, alpha) in plane.values.iter_mut().zip(&alpha.values) {
        *value = *value * alpha + ground * (1.0 - alpha);
    }
    Tones::of_plane(plane)
}

/// The opacity of every pixel, without a copy of the whole picture in between for the depths that files have.
fn alpha_of(image: &DynamicImage) -> Plane {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let eight = |value: u8| f32::from(value) / f32::from(u8::MAX);
    let sixteen = |value: u16| f32::from(value) / f32::from(u16::MAX);
    let values = match image {
        DynamicImage::ImageLumaA8(pixels) => pixels.pixels().map(|pixel| eight(pixel.0[1])).collect(),
        DynamicImage::ImageRgba8(pixels) => pixels.pixels().map(|pixel| eight(pixel.0[3])).collect(),
        DynamicImage::ImageLumaA16(pixels) => pixels.pixels().map(|pixel| sixteen(pixel.0[1])).collect(),
        DynamicImage::ImageRgba16(pixels) => pixels.pixels().map(|pixel| sixteen(pixel.0[3])).collect(),
        other => other.to_luma_alpha32f().pixels().map(|pixel| pixel.0[1]).collect(),
    };
    Plane { width, height, values }
}

/// Red, green and blue of `image`, transparent pixels on white as browsers show them.
pub(super) fn opaque_colours(image: &DynamicImage) -> [Plane; 3] {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let pixels = image.to_rgba32f().into_raw();
    let on_white = |pixel: &[f32], channel: usize| pixel[channel] * pixel[3] + 1.0 - pixel[3];
    [0, 1, 2].map(|channel| Plane {
        width,
        height,
        values: pixels.chunks_exact(4).map(|pixel| on_white(pixel, channel)).collect(),
    })
}

/// The luma to put behind transparent pixels.
fn ground_behind(luma: &Plane, alpha: &Plane) -> f32 {
    let visible = || luma.values.iter().zip(&alpha.values).filter(|(_, alpha)| **alpha >= INVISIBLE);
    let (darkest, lightest) = visible()
        .filter(|(_, alpha)| **alpha >= 0.5)
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), (luma, _)| (low.min(*luma), high.max(*luma)));
    if lightest - darkest > ONE_LIGHTNESS
        && let Some(edge) = luma_beside_transparency(luma, alpha)
    {
        return edge;
    }
    let (sum, weight) = visible().fold((0f64, 0f64), |(sum, weight), (luma, alpha)| {
        (sum + f64::from(luma * alpha), weight + f64::from(*alpha))
    });
    if weight > 0.0 && sum / weight < 0.5 { 1.0 } else { 0.0 }
}

/// The mean luma of visible pixels that have an invisible neighbour on the left, right, above or below.
fn luma_beside_transparency(luma: &Plane, alpha: &Plane) -> Option<f32> {
    let invisible = |x: usize, y: usize| alpha.at(x, y) < INVISIBLE;
    let (mut sum, mut count) = (0f64, 0u32);
    for y in 0..luma.height {
        for x in 0..luma.width {
            let beside = (x > 0 && invisible(x - 1, y))
                || (x + 1 < luma.width && invisible(x + 1, y))
                || (y > 0 && invisible(x, y - 1))
                || (y + 1 < luma.height && invisible(x, y + 1));
            if beside && !invisible(x, y) {
                sum += f64::from(luma.at(x, y));
                count += 1;
            }
        }
    }
    (count > 0).then(|| (sum / f64::from(count)) as f32)
}
