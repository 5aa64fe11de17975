//! Tells ink from ground in a grey picture, whichever of them is lighter.
//!
//! In: tones that nothing has corrected yet. Out: the correction after which the ground is 0 and the strongest ink is 1.

use super::tones::{Correction, Tones};

/// A picture whose ground is 0 and whose ink is at least this already keeps its values to the bit.
const CLEAN_INK: f32 = 0.9;

/// Grounds under half a step of 8 bits are 0. Anything more would lie under every input: a network that has only seen
/// clean grounds misreads it.
const CLEAN_GROUND: f32 = 0.5 / 255.0;

/// Deviations of the ground's own noise beyond which a value is ink: three standard deviations of a normal
/// distribution, whose median absolute deviation is 0.6745 standard deviations.
const NOISE_DEVIATIONS: f32 = 3.0 / 0.6745;

/// No contrast at all: the picture is one tone, and nothing is stretched.
const FLAT: f32 = 1e-3;

/// What separates ink from ground in `tones`, which nothing has corrected yet.
///
/// The ground is the median of the outermost pixels. The ink is what lies furthest from it, on the side where more
/// contrast is; the value range between is stretched to [0, 1] after the ground's noise is taken off.
pub(super) fn separation(tones: &Tones) -> Correction {
    let Survey { mut border, low, high } = Survey::of(tones);
    let ground = median(&mut border);
    let light_ink = high - ground >= ground - low;
    let (direction, peak) = if light_ink { (1.0, high - ground) } else { (-1.0, ground - low) };
    if peak < FLAT {
        return Correction::Flat;
    }
    border.iter_mut().for_each(|value| *value = (*value - ground).abs());
    let noise = median(&mut border) * NOISE_DEVIATIONS;
    let clean_ground = if light_ink { ground } else { 1.0 - ground };
    if noise == 0.0 && clean_ground < CLEAN_GROUND && peak + clean_ground > CLEAN_INK {
        return if light_ink { Correction::None } else { Correction::Inverted };
    }
    Correction::Stretched { ground, direction, floor: noise.min(peak / 2.0), peak }
}

/// What the pixels tell.
struct Survey {
    /// The outermost pixels: one ring for small pictures, one in fifty of the shorter side for larger ones.
    border: Vec<f32>,
    low: f32,
    high: f32,
}

impl Survey {
    fn of(tones: &Tones) -> Self {
        let ring = (tones.width.min(tones.height) / 50).max(1);
        let inner = tones.width.saturating_sub(2 * ring) * tones.height.saturating_sub(2 * ring);
        let border = Vec::with_capacity(tones.width * tones.height - inner);
        let mut survey = Self { border, low: f32::INFINITY, high: f32::NEG_INFINITY };
        let mut values = Vec::new();
        for y in 0..tones.height {
            for (columns, bounds) in tones.stretches(y) {
                if bounds.low < survey.low || bounds.high > survey.high {
                    tones.read_row(y, columns, &mut values);
                    survey.low = values.iter().copied().fold(survey.low, f32::min);
                    survey.high = values.iter().copied().fold(survey.high, f32::max);
                }
            }
            if y < ring || y + ring >= tones.height || tones.width <= 2 * ring {
                tones.read_row(y, 0..tones.width, &mut values);
                survey.border.extend_from_slice(&values);
            } else {
                for side in [0..ring, tones.width - ring..tones.width] {
                    tones.read_row(y, side, &mut values);
                    survey.border.extend_from_slice(&values);
                }
            }
        }
        survey
    }
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
