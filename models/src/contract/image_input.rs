//! The part of the contract that turns a picture into a network's input tensor.
//!
//! In comes the JSON of a contract's `input`, out goes a checked [`ImageInput`]: the sides, the range and the
//! standardization of the tensor `[batch, channels, height, width]`, and how a picture is brought to it. Trainer,
//! exporter and runtime preprocess by this one description, so that they cannot disagree.

use serde::{Deserialize, Serialize};

use crate::mismatch::{Mismatch, expect};

/// The longest side of an input that a contract may ask for, in pixels. A picture classifier for small boards sees a
/// few hundred pixels; the bound keeps a forged contract from asking for more than 200 MB an image.
const LARGEST_SIDE: usize = 4096;

/// The input tensor of a network, f32 `[batch, channels, height, width]`, and how a picture becomes one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// The number of channels: 1 for grey (luma after Rec. 709), 3 for red, green, blue.
    pub channels: usize,
    /// The number of rows of the input, in pixels.
    pub height: usize,
    /// The number of columns of the input, in pixels.
    pub width: usize,
    /// The values of black and of white before `mean` and `standard_deviation` are applied.
    pub value_range: [f32; 2],
    /// The mean that is subtracted from each channel, one value a channel.
    pub mean: Vec<f32>,
    /// The standard deviation by which each channel is divided after the subtraction, one value a channel, each over 0.
    pub standard_deviation: Vec<f32>,
    /// Whether the network was trained on light ink, on dark ink, or on natural pictures.
    pub polarity: Polarity,
    /// The way in which a picture of another size or shape is brought to `height` × `width`.
    pub fit: Fit,
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

/// The way in which a picture of another size becomes the input. A picture that has the input's size already keeps its
/// geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fit {
    /// The whole picture is scaled in proportion and centred on black.
    Letterbox,
    /// The picture is fitted as MNIST was made (LeCun et al. 1998, section III.A): the box around the ink is scaled in
    /// proportion until its longer side has `longest_side` pixels, and its centre of mass is put on the centre of the
    /// input.
    InkBox {
        /// The length of the longer side of the scaled box, in pixels of the input; 20 in MNIST.
        longest_side: usize,
    },
}

impl ImageInput {
    /// Returns a grey input of `height` × `width` pixels with values in [0, 1].
    #[must_use]
    pub fn grey(height: usize, width: usize, polarity: Polarity, fit: Fit) -> Self {
        Self {
            channels: 1,
            height,
            width,
            value_range: [0.0, 1.0],
            mean: vec![0.0],
            standard_deviation: vec![1.0],
            polarity,
            fit,
        }
    }

    /// Returns the shape of one image, `[channels, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// Returns the number of values of one image, channels · height · width.
    #[must_use]
    pub fn values(&self) -> usize {
        self.shape().iter().product()
    }

    /// Checks every value's range; the error names the first field that is out of its range.
    pub(super) fn validate(&self) -> Result<(), Mismatch> {
        expect(matches!(self.channels, 1 | 3), "input.channels", "1 or 3", self.channels)?;
        for (field, side) in [("input.height", self.height), ("input.width", self.width)] {
            expect((1..=LARGEST_SIDE).contains(&side), field, "1 to 4096", side)?;
        }
        let [black, white] = self.value_range;
        expect(
            black.is_finite() && white.is_finite() && black < white,
            "input.value_range",
            "two rising numbers",
            format!("{:?}", self.value_range),
        )?;
        expect(
            self.mean.len() == self.channels && self.mean.iter().all(|mean| mean.is_finite()),
            "input.mean",
            "a finite number a channel",
            format!("{:?}", self.mean),
        )?;
        expect(
            self.standard_deviation.len() == self.channels
                && self.standard_deviation.iter().all(|deviation| deviation.is_finite() && *deviation > 0.0),
            "input.standard_deviation",
            "a finite number over 0 a channel",
            format!("{:?}", self.standard_deviation),
        )?;
        if let Fit::InkBox { longest_side } = self.fit {
            let largest = self.height.min(self.width);
            expect(
                (1..=largest).contains(&longest_side),
                "input.fit.ink_box.longest_side",
                "1 to the side",
                longest_side,
            )?;
            expect(self.channels == 1, "input.fit.ink_box", "1 channel", self.channels)?;
        }
        Ok(())
    }
}
