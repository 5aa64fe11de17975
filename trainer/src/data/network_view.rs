//! What a network sees of an image of a set.
//!
//! In come the values of an image, `[channels, height, width]` of one byte each, and a network's input; out goes the tensor
//! of that input. Teacher and student may see one augmented image at different sizes: each its own resize of it.

use image::{DynamicImage, GrayImage, RgbImage};
use models::picture::preprocessing;
use models::{ImageInput, Resize};

/// Returns what an input shows of a picture, as bytes, in words that differ where the bytes do: its shape, polarity, framing,
/// filter and padding. Range, mean and deviation come after that.
pub(crate) fn shown(input: &ImageInput) -> String {
    let (shape, padding) = (input.shape(), &input.padding);
    format!("{shape:?} {:?} {:?} {:?} {padding:?}", input.polarity, input.framing, input.filter)
}

/// Writes the network's input of an image, values `[channels, height, width]` of `shape`, into `tensor`, which has as many
/// values as `input`. An image of another shape is brought to that of the input, as a picture that is stretched; a coloured
/// one is grey to a network that sees no colours.
pub(crate) fn write_input(values: &[u8], shape: [usize; 3], input: &ImageInput, tensor: &mut [f32]) {
    if shape == input.shape() {
        return preprocessing::from_bytes_into(values, input, tensor);
    }
    let whole = ImageInput::version_2(input.shape(), Resize::Stretch);
    // A picture with pixels is what the preprocessing takes.
    let resized = preprocessing::to_bytes(&picture(values, shape), &whole).unwrap_or_default();
    preprocessing::from_bytes_into(&resized, input, tensor);
}

/// Returns how pictures are brought to `shape` so that networks whose inputs have other sides, `own`, see the same of them:
/// ink keeps its share of the side.
pub(crate) fn resize_at(resize: Resize, own: [usize; 3], shape: [usize; 3]) -> Resize {
    let side = |[_, height, width]: [usize; 3]| height.min(width);
    match resize {
        Resize::Ink { longest_side } => {
            let scaled = (2 * longest_side * side(shape) + side(own)) / (2 * side(own));
            Resize::Ink { longest_side: scaled.clamp(1, side(shape)) }
        }
        other => other,
    }
}

/// Returns the values of an image, `[channels, height, width]` of 1 or 3 channels, as a picture.
pub(crate) fn picture(values: &[u8], [channels, height, width]: [usize; 3]) -> DynamicImage {
    let (sides, plane) = ((width as u32, height as u32), height * width);
    let picture = match channels {
        1 => GrayImage::from_raw(sides.0, sides.1, values.to_vec()).map(DynamicImage::from),
        _ => {
            let pixels = (0..plane).flat_map(|at| [values[at], values[plane + at], values[2 * plane + at]]);
            RgbImage::from_raw(sides.0, sides.1, pixels.collect()).map(DynamicImage::from)
        }
    };
    picture.expect("an image has as many values as its shape says")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_keeps_its_share_of_the_side() {
        let ink = |longest_side| Resize::Ink { longest_side };
        assert_eq!(resize_at(ink(10), [1, 14, 14], [1, 28, 28]), ink(20));
        assert_eq!(resize_at(ink(20), [1, 28, 28], [1, 14, 20]), ink(10));
        assert_eq!(resize_at(ink(20), [1, 28, 28], [1, 28, 28]), ink(20));
        assert_eq!(resize_at(ink(1), [1, 28, 28], [1, 2, 2]), ink(1));
        assert_eq!(resize_at(Resize::Fill, [1, 28, 28], [1, 14, 14]), Resize::Fill);
    }

    #[test]
    fn a_network_of_another_size_sees_its_own_resize_of_an_image() {
        let values: Vec<u8> = (0..3 * 4 * 8).map(|value| value as u8 * 2).collect();
        let seen = |input: &ImageInput| {
            let mut tensor = vec![9.0; input.values()];
            write_input(&values, [3, 4, 8], input, &mut tensor);
            tensor
        };
        let same = seen(&ImageInput::version_2([3, 4, 8], Resize::Fit));
        assert_eq!(same[5], f32::from(values[5]) / 255.0);
        let grey = seen(&ImageInput { mean: vec![0.5], ..ImageInput::version_2([1, 2, 4], Resize::Fit) });
        assert!(grey.iter().all(|value| (-0.5..0.5).contains(value)), "{grey:?}");
        assert!(grey[0] < grey[7]);
    }
}
