//! The shape of a network's input as a word: `3x96x96`, `1x28x28`.
//!
//! In comes the word of a command line or of a `dataset.toml`, out goes an [`InputShape`], and back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest side of an input, in pixels.
const LONGEST_SIDE: usize = 1024;

/// The sides that an input may have, in pixels.
const SIDES: std::ops::RangeInclusive<usize> = 1..=LONGEST_SIDE;

/// The shape of one image, channels × height × width: 1 channel for grey, 3 for red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InputShape(pub [usize; 3]);

impl InputShape {
    /// Returns the shape `[channels, height, width]`; `None` where a network cannot have it.
    pub(crate) fn checked(shape: [usize; 3]) -> Option<Self> {
        let [channels, height, width] = shape;
        let fits = matches!(channels, 1 | 3) && [height, width].iter().all(|side| SIDES.contains(side));
        fits.then_some(Self(shape))
    }
}

impl FromStr for InputShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides: Option<Vec<usize>> = text.split(['x', '×']).map(|side| side.trim().parse().ok()).collect();
        let expected = || {
            format!(
                "expected CHANNELSxHEIGHTxWIDTH, 1 or 3 channels and sides of 1 to {LONGEST_SIDE} pixels, such as 3x96x96"
            )
        };
        match sides.as_deref() {
            Some(&[channels, height, width]) => Self::checked([channels, height, width]).ok_or_else(expected),
            _ => Err(expected()),
        }
    }
}

impl TryFrom<String> for InputShape {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<InputShape> for String {
    fn from(shape: InputShape) -> Self {
        shape.to_string()
    }
}

impl fmt::Display for InputShape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [channels, height, width] = self.0;
        write!(formatter, "{channels}x{height}x{width}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for (word, shape) in [("3x96x64", [3, 96, 64]), ("1x28x28", [1, 28, 28])] {
            assert_eq!(word.parse(), Ok(InputShape(shape)));
            assert_eq!(InputShape(shape).to_string(), word);
        }
        for word in ["", "96x96", "2x96x96", "3x0x96", "3x96x2000", "3x96x96x1", "axbxc", "3,96,96"] {
            assert!(word.parse::<InputShape>().unwrap_err().contains("such as 3x96x96"), "{word}");
        }
    }
}
