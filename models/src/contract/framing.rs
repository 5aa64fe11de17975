//! How a picture of any size becomes a network's input, in numbers: which part of it, by which filter, ink light or dark.
//!
//! In and out go parts of the contract's JSON. The preprocessing reads nothing but these values, so that a version of the
//! contract is no more than a choice of them.

use serde::{Deserialize, Serialize};

use crate::mismatch::{Mismatch, expect};

use super::resize::Resize;

/// The part of a picture that becomes the input. A picture that has the input's size already keeps its geometry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Framing {
    /// The whole picture, scaled in proportion and centred; the rest of the input is padding.
    Fit,
    /// The largest part of the input's proportions around the picture's centre.
    Fill,
    /// The whole picture, scaled to the input's sides.
    Stretch,
    /// The ink of the picture, as MNIST was made (LeCun et al. 1998, section III.A).
    Ink(InkFraming),
}

/// The constants by which ink is framed: the box around it is scaled in proportion until its longer side has
/// `longest_side` pixels, and its centre of mass is put on the centre of the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InkFraming {
    /// The length of the longer side of the scaled box, in pixels of the input; 20 in MNIST.
    pub longest_side: usize,
    /// The value over which a pixel counts as ink, where ground is 0 and the strongest ink 1: low enough for a faint stroke,
    /// high enough that the soft edge that enlarging gives to a stroke does not widen the box.
    pub threshold: f32,
    /// The share of the largest connected piece's pixels under which a piece is a speck, dust or grain, and left out.
    pub speck: f32,
    /// How far, in pixels of the input, the box may be from `longest_side` for a picture to count as framed already.
    pub box_tolerance: f32,
    /// How far, in pixels of the input and along each axis, the centre of mass may be off for a picture to count as framed
    /// already.
    pub centre_tolerance: f32,
}

/// Which of ink and ground is the light one in the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Light ink on a dark ground, as in MNIST; a picture with dark ink on a light ground is inverted.
    LightOnDark,
    /// Dark ink on a light ground; a picture with light ink on a dark ground is inverted.
    DarkOnLight,
    /// A natural picture, which is never inverted and keeps its contrast.
    Natural,
}

/// The filter by which a part of a picture is brought to the input's size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Filter {
    /// The antialiased triangle of Pillow's `BILINEAR`: its half width is one pixel of the larger grid, its weights are
    /// normalised over the pixels that exist, and the result is rounded to 8 bits.
    Triangle,
    /// The mean of the middle of what a pixel of the input covers, in floating point; outside of the picture is black.
    Middle {
        /// The share of the covered side that is averaged, over 0 and at most 1.
        share: f32,
    },
}

impl InkFraming {
    /// Returns the framing of MNIST for a box of this longest side: both versions of the contract have these constants, so that a
    /// picture of ink stands in the same place in both.
    #[must_use]
    pub fn of_side(longest_side: usize) -> Self {
        Self { longest_side, threshold: 0.25, speck: 0.02, box_tolerance: 1.5, centre_tolerance: 1.0 }
    }

    /// Checks every value's range for an input of these sides.
    pub(super) fn validate(&self, height: usize, width: usize) -> Result<(), Mismatch> {
        let place = |name: &str| format!("input.framing.ink.{name}");
        let side_fits = (1..=height.min(width)).contains(&self.longest_side);
        expect(side_fits, place("longest_side"), "1 to the side", self.longest_side)?;
        for (name, share) in [("threshold", self.threshold), ("speck", self.speck)] {
            expect((0.0..1.0).contains(&share), place(name), "a number from 0 to below 1", share)?;
        }
        for (name, pixels) in
            [("box_tolerance", self.box_tolerance), ("centre_tolerance", self.centre_tolerance)]
        {
            expect(
                pixels.is_finite() && pixels >= 0.0,
                place(name),
                "a finite number of at least 0",
                pixels,
            )?;
        }
        Ok(())
    }
}

impl Framing {
    /// Returns the way in which pictures are brought to size as the word that a person chooses.
    #[must_use]
    pub fn resize(self) -> Resize {
        match self {
            Self::Fit => Resize::Fit,
            Self::Fill => Resize::Fill,
            Self::Stretch => Resize::Stretch,
            Self::Ink(ink) => Resize::Ink { longest_side: ink.longest_side },
        }
    }
}

impl From<Resize> for Framing {
    fn from(resize: Resize) -> Self {
        match resize {
            Resize::Fit => Self::Fit,
            Resize::Fill => Self::Fill,
            Resize::Stretch => Self::Stretch,
            Resize::Ink { longest_side } => Self::Ink(InkFraming::of_side(longest_side)),
        }
    }
}
