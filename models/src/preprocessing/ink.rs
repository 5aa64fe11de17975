//! Tells ink from ground: afterwards the ground is 0 and the strongest ink is 1, whichever was lighter in the picture.

use super::Plane;

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

/// Separates ink from ground in place.
///
/// The ground is the median of the outermost pixels. The ink is what lies furthest from it, on the side where more
/// contrast is; the value range between is stretched to [0, 1] after the ground's noise is taken off.
pub(super) fn separate(plane: &mut Plane) {
    let border = border(plane);
    let ground = median(border.clone());
    let (low, high) = plane
        .values
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let light_ink = high - ground >= ground - low;
    let (distance, peak) = if light_ink { (1.0, high - ground) } else { (-1.0, ground - low) };
    if peak < FLAT {
        plane.values.fill(0.0);
        return;
    }
    let noise = median(border.iter().map(|value| (value - ground).abs()).collect()) * NOISE_DEVIATIONS;
    let clean_ground = if light_ink { ground } else { 1.0 - ground };
    if noise == 0.0 && clean_ground < CLEAN_GROUND && peak + clean_ground > CLEAN_INK {
        if !light_ink {
            plane.values.iter_mut().for_each(|value| *value = 1.0 - *value);
        }
        return;
    }
    let floor = noise.min(peak / 2.0);
    for value in &mut plane.values {
        *value = (((*value - ground) * distance - floor) / (peak - floor)).clamp(0.0, 1.0);
    }
}

/// The outermost pixels: one ring for small pictures, one in fifty of the shorter side for larger ones.
fn border(plane: &Plane) -> Vec<f32> {
    let ring = (plane.width.min(plane.height) / 50).max(1);
    let inside =
        |x: usize, y: usize| x >= ring && y >= ring && x + ring < plane.width && y + ring < plane.height;
    let mut border = Vec::new();
    for (y, row) in plane.rows().enumerate() {
        border.extend(row.iter().enumerate().filter(|(x, _)| !inside(*x, y)).map(|(_, value)| *value));
    }
    border
}

fn median(mut values: Vec<f32>) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
