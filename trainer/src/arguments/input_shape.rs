//! The parser of the shape of a network's input on the command line: `3x96x96` in, `[channels, height, width]` out, or a
//! sentence with what may stand there.

use std::ops::RangeInclusive;

/// The sides of an input, in pixels, that the model contract allows.
const SIDES: RangeInclusive<usize> = 1..=4096;

/// Parses the shape of an input, `CHANNELSxHEIGHTxWIDTH`.
pub(crate) fn input_shape(text: &str) -> Result<[usize; 3], String> {
    let numbers: Option<Vec<usize>> = text.split('x').map(|number| number.parse().ok()).collect();
    match numbers.as_deref() {
        Some([channels @ (1 | 3), height, width]) if SIDES.contains(height) && SIDES.contains(width) => {
            Ok([*channels, *height, *width])
        }
        _ => Err(
            "expected CHANNELSxHEIGHTxWIDTH, such as 3x96x96: 1 channel (grey) or 3 (colour), sides of 1 to \
                  4096 pixels"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_channels_height_and_width() {
        assert_eq!(input_shape("3x96x64"), Ok([3, 96, 64]));
        assert_eq!(input_shape("1x28x28"), Ok([1, 28, 28]));
        for text in
            ["", "96", "96x96", "2x96x96", "3x0x96", "3x96x4097", "3,96,96", "3x96x96x1", "3x-1x96", "rgb"]
        {
            assert!(input_shape(text).unwrap_err().contains("3x96x96"), "{text}");
        }
    }
}
