//! Gives transparent pixels a ground, so that what a person sees on screen is what the network sees.
//!
//! In: a decoded picture. Out: its luma, or its red, green and blue, as if it were opaque.
//!
//! A file says what colour its visible pixels have, not what lies behind them. Where all that is visible has one
//! lightness, it is ink alone, and the ground behind it is the opposite. Where the visible part has ink and ground of
//! its own, the pixels that touch the transparent ones are its ground, and that is continued.

use image::DynamicImage;

use super::rows::{Rows, luma_and_opacity};
use super::tones::Tones;

/// Alpha below this counts as invisible: under two of 255 steps no screen shows anything.
const INVISIBLE: f32 = 2.0 / 255.0;

/// Visible lightness that spreads less than this is ink alone.
const ONE_LIGHTNESS: f32 = 0.35;

/// The luma (Rec. 709) of `image` with transparency resolved.
pub(super) fn opaque_luma(image: &DynamicImage) -> Tones<'_> {
    let ground = image.has_alpha().then(|| ground_behind(image));
    Tones::luma(image, Rows::luma(image, ground))
}

/// Red, green and blue of `image`, transparent pixels on white as browsers show them.
pub(super) fn opaque_colours(image: &DynamicImage) -> [Tones<'_>; 3] {
    [0, 1, 2].map(|channel| Tones::channel(image, channel, Rows::channel(image, channel)))
}

/// The luma to put behind transparent pixels.
fn ground_behind(image: &DynamicImage) -> f32 {
    let (mut darkest, mut lightest) = (f32::INFINITY, f32::NEG_INFINITY);
    let (mut sum, mut weight) = (0f64, 0f64);
    let mut edge = Mean::default();
    let height = image.height() as usize;
    let (mut above, mut row) = (Vec::new(), luma_and_opacity(image, 0));
    for y in 0..height {
        let below = if y + 1 < height { luma_and_opacity(image, y + 1) } else { Vec::new() };
        for (x, &(luma, alpha)) in row.iter().enumerate().filter(|(_, pixel)| !is_invisible(pixel)) {
            if alpha >= 0.5 {
                (darkest, lightest) = (darkest.min(luma), lightest.max(luma));
            }
            sum += f64::from(luma * alpha);
            weight += f64::from(alpha);
            let left = x.checked_sub(1).and_then(|left| row.get(left));
            let beside = [left, row.get(x + 1), above.get(x), below.get(x)];
            if beside.into_iter().flatten().any(is_invisible) {
                edge.add(luma);
            }
        }
        above = std::mem::replace(&mut row, below);
    }
    // The luma of what touches the transparent pixels, where the visible ones have ink and ground of their own.
    if lightest - darkest > ONE_LIGHTNESS
        && let Some(edge) = edge.value()
    {
        return edge;
    }
    if weight > 0.0 && sum / weight < 0.5 { 1.0 } else { 0.0 }
}

fn is_invisible((_, alpha): &(f32, f32)) -> bool {
    *alpha < INVISIBLE
}

#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
    }

    fn value(&self) -> Option<f32> {
        (self.count > 0).then(|| (self.sum / f64::from(self.count)) as f32)
    }
}
