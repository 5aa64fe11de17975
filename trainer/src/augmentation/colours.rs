//! Augmentation by colour: hue and saturation.
//!
//! In come the values of a coloured image, `[3, height, width]` of one byte each, out they go in other colours, as bright as
//! they were. Lamps, cameras and paint differ, and few things are known by their colour alone.

use kernels::vectorised;
use models::random::Generator;

/// The bounds of the uniform draws at strength 1: a tenth of the circle of hues, and two fifths of the saturation.
const HUE_RADIANS: f32 = 0.63;
const SATURATION: f32 = 0.4;

/// A turn of all colours about the axis of greys, and their distance from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colours {
    /// A row for each channel that is made, of the shares of red, green and blue.
    matrix: [[f32; 3]; 3],
}

impl Colours {
    pub(super) fn random(generator: &mut Generator, strength: f32) -> Self {
        let hue = generator.symmetric(strength * HUE_RADIANS);
        let saturation = (1.0 + generator.symmetric(strength * SATURATION)).max(0.0);
        Self::new(hue, saturation)
    }

    /// The turn by `hue` radians about the axis (1, 1, 1) is Rodrigues' formula; what saturation adds lies off that axis.
    fn new(hue: f32, saturation: f32) -> Self {
        let (sine, cosine) = (libm::sinf(hue), libm::cosf(hue));
        let (own, grey) = (saturation * cosine, (1.0 - saturation * cosine) / 3.0);
        let across = saturation * sine / libm::sqrtf(3.0);
        let matrix = [
            [grey + own, grey - across, grey + across],
            [grey + across, grey + own, grey - across],
            [grey - across, grey + across, grey + own],
        ];
        Self { matrix }
    }

    /// Changes the values of an image of three channels; one of another number stays as it is.
    pub(super) fn apply(self, channels: usize, values: &mut [u8]) {
        if channels != 3 || values.len() < 3 {
            return;
        }
        let (reds, others) = values.split_at_mut(values.len() / 3);
        let (greens, blues) = others.split_at_mut(reds.len());
        let matrix = self.matrix;
        vectorised(|| {
            for ((red, green), blue) in reds.iter_mut().zip(greens.iter_mut()).zip(blues.iter_mut()) {
                let colour = [f32::from(*red), f32::from(*green), f32::from(*blue)];
                let [r, g, b] = matrix.map(|row| {
                    let value = row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2];
                    (value.clamp(0.0, 255.0) + 0.5) as i32 as u8
                });
                (*red, *green, *blue) = (r, g, b);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(colours: Colours, colour: [u8; 3]) -> [u8; 3] {
        let mut values = colour;
        colours.apply(3, &mut values);
        values
    }

    /// By hand: a third of a turn makes green of red, and without saturation a colour is its mean.
    #[test]
    fn colours_turn_about_grey_and_keep_their_brightness() {
        let third = Colours::new(2.0 * std::f32::consts::PI / 3.0, 1.0);
        assert_eq!(changed(third, [200, 10, 30]), [30, 200, 10]);
        assert_eq!(changed(Colours::new(0.3, 0.0), [90, 30, 0]), [40, 40, 40]);
        assert_eq!(changed(Colours::new(0.0, 1.0), [1, 2, 3]), [1, 2, 3]);
        assert_eq!(changed(Colours::new(0.5, 1.3), [77, 77, 77]), [77, 77, 77]);
    }

    #[test]
    fn grey_images_have_no_colours_to_change() {
        let mut values = [1, 2, 3];
        Colours::new(1.0, 1.0).apply(1, &mut values);
        assert_eq!(values, [1, 2, 3]);
    }
}
