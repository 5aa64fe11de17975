//! The way in which a picture of another size is brought to a network's input, as a word: `fit`, `fill`, `stretch`, `ink`
//! or `ink:N`.
//!
//! In comes the word of a command line or of a `dataset.toml`, out goes a [`Resize`], and back. It is the choice that a
//! person makes; what follows from it in numbers is the contract's [`Framing`](super::Framing).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The side of the box around the ink where none is given, in pixels: that of MNIST (LeCun et al. 1998, III.A).
const MNIST_INK_SIDE: usize = 20;

/// The way in which a picture of another size is brought to a network's input.
///
/// ```
/// use models::Resize;
///
/// assert_eq!("ink:28".parse(), Ok(Resize::Ink { longest_side: 28 }));
/// assert_eq!(Resize::Fill.to_string(), "fill");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Resize {
    /// `fit`: the whole picture is scaled in proportion and centred, with padding on two sides, and never inverted.
    #[default]
    Fit,
    /// `fill`: the picture is scaled in proportion until it covers the input, and what lies over on two sides is cut off.
    Fill,
    /// `stretch`: the whole picture is scaled to the input's sides, whatever its proportions.
    Stretch,
    /// `ink:N`: the box around the ink is scaled until its longer side has N pixels and centred by its mass; ink is
    /// made light on dark. `ink` alone is `ink:20`, as MNIST was made.
    Ink {
        /// The length of the longer side of the scaled box, in pixels of the input.
        longest_side: usize,
    },
}

impl Resize {
    /// The words that name a [`Resize`], without the number that `ink` may have.
    pub const WORDS: [&str; 4] = ["fit", "fill", "stretch", "ink"];
}

impl FromStr for Resize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ink = |longest_side| Self::Ink { longest_side };
        match text {
            "fit" => Ok(Self::Fit),
            "fill" => Ok(Self::Fill),
            "stretch" => Ok(Self::Stretch),
            "ink" => Ok(ink(MNIST_INK_SIDE)),
            _ => {
                let side = text.strip_prefix("ink:").and_then(|side| side.parse().ok());
                side.map(ink).ok_or_else(|| {
                    "expected fit, fill, stretch, ink or ink:N, N being the side of the inked box in pixels".to_owned()
                })
            }
        }
    }
}

impl TryFrom<String> for Resize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Resize> for String {
    fn from(resize: Resize) -> Self {
        resize.to_string()
    }
}

impl fmt::Display for Resize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fit => formatter.write_str("fit"),
            Self::Fill => formatter.write_str("fill"),
            Self::Stretch => formatter.write_str("stretch"),
            Self::Ink { longest_side } => write!(formatter, "ink:{longest_side}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for (word, resize) in [
            ("fit", Resize::Fit),
            ("fill", Resize::Fill),
            ("stretch", Resize::Stretch),
            ("ink:28", Resize::Ink { longest_side: 28 }),
        ] {
            assert_eq!(word.parse(), Ok(resize));
            assert_eq!(resize.to_string(), word);
        }
        assert_eq!("ink".parse(), Ok(Resize::Ink { longest_side: 20 }));
        for word in ["", "Fit", "ink:", "ink:-1", "ink:twenty", "crop"] {
            let message = word.parse::<Resize>().unwrap_err();
            assert!(Resize::WORDS.iter().all(|allowed| message.contains(allowed)), "{word}");
        }
    }
}
