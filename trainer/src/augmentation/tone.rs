//! Augmentation by light: brightness and contrast.
//!
//! In come the values of an image, one byte each, out they go lighter or darker, with more or less between light and
//! dark. The same thing is photographed in the morning and at noon, and a board's camera is not the one of the training
//! pictures.

use kernels::vectorised;
use models::random::Generator;

/// The bounds of the uniform draws at strength 1: about what half a stop of exposure does.
const CONTRAST: f32 = 0.2;
const BRIGHTNESS: f32 = 25.0;

/// The tone that contrast leaves as it is.
const MIDDLE_GREY: f32 = 128.0;

/// A change of all values of an image: `gain · value + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tone {
    gain: f32,
    offset: f32,
}

impl Tone {
    pub(super) fn random(generator: &mut Generator, strength: f32) -> Self {
        let gain = 1.0 + generator.symmetric(strength * CONTRAST);
        let brightness = generator.symmetric(strength * BRIGHTNESS);
        Self { gain, offset: MIDDLE_GREY * (1.0 - gain) + brightness }
    }

    /// Changes the values; what would be lighter than white is white, what would be darker than black is black.
    pub(super) fn apply(self, values: &mut [u8]) {
        let Self { gain, offset } = self;
        vectorised(|| {
            for value in values.iter_mut() {
                *value = ((f32::from(*value) * gain + offset).clamp(0.0, 255.0) + 0.5) as i32 as u8;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 1.5 · 100 - 30 = 120.
    #[test]
    fn values_are_changed_and_stay_in_their_range() {
        let mut values = [0, 20, 100, 200, 255];
        Tone { gain: 1.5, offset: -30.0 }.apply(&mut values);
        assert_eq!(values, [0, 0, 120, 255, 255]);
        let mut values: Vec<u8> = (0..=255).collect();
        Tone { gain: 1.0, offset: 0.0 }.apply(&mut values);
        assert_eq!(values, (0..=255).collect::<Vec<u8>>());
    }
}
