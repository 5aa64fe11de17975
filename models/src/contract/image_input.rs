//! The part of the contract that turns a picture into a network's input tensor.
//!
//! A checked [`ImageInput`] says all that a picture and the tensor `[batch, channels, height, width]` must agree on: the
//! sides, the range and the standardization, and how a picture is brought to them. Trainer, exporter and runtime preprocess
//! by this one description, so that they cannot disagree.

use crate::mismatch::{Mismatch, expect};

use super::framing::{Filter, Framing, Polarity};
use super::resize::Resize;
use super::version::ContractVersion;

/// The longest side of an input that a contract may ask for, in pixels. A picture classifier for small boards sees a
/// few hundred pixels; the bound keeps a forged contract from asking for more than 200 MB an image.
const LARGEST_SIDE: usize = 4096;

/// The input tensor of a network, f32 `[batch, channels, height, width]`, and how a picture becomes one.
///
/// ```
/// use models::{ImageInput, Resize};
///
/// let mut input = ImageInput::version_2([3, 96, 96], Resize::Fit);
/// input.mean = vec![0.485, 0.456, 0.406];
/// input.standard_deviation = vec![0.229, 0.224, 0.225];
/// assert_eq!(input.values(), 3 * 96 * 96);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ImageInput {
    /// The version of the contract that the input is written as. What follows from it stands in the other fields.
    pub version: ContractVersion,
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
    /// The part of a picture of another size or shape that becomes `height` × `width`.
    pub framing: Framing,
    /// The filter by which that part is brought to size.
    pub filter: Filter,
    /// The colour beside a picture that is fitted whole, one value in [0, 1] a channel, black being 0.
    pub padding: Vec<f32>,
}

impl ImageInput {
    /// Returns an input `[channels, height, width]` of version 2, as networks are trained today: values in [0, 1], mean 0,
    /// standard deviation 1, black padding. Where pictures are framed by their ink, the network sees it light on dark;
    /// otherwise pictures are natural.
    #[must_use]
    pub fn version_2(shape: [usize; 3], resize: Resize) -> Self {
        let polarity = match resize {
            Resize::Ink { .. } => Polarity::LightOnDark,
            _ => Polarity::Natural,
        };
        Self::of_version(ContractVersion::Two, shape, polarity, resize)
    }

    /// Returns an input `[channels, height, width]` of version 1, as files of earlier versions have it, with values in
    /// [0, 1]. That version knows [`Resize::Fit`] and [`Resize::Ink`] alone.
    #[must_use]
    pub fn version_1(shape: [usize; 3], polarity: Polarity, resize: Resize) -> Self {
        Self::of_version(ContractVersion::One, shape, polarity, resize)
    }

    fn of_version(version: ContractVersion, shape: [usize; 3], polarity: Polarity, resize: Resize) -> Self {
        let [channels, height, width] = shape;
        let framing = Framing::from(resize);
        Self {
            version,
            channels,
            height,
            width,
            value_range: [0.0, 1.0],
            mean: vec![0.0; channels],
            standard_deviation: vec![1.0; channels],
            polarity,
            framing,
            filter: version.filter(framing),
            padding: vec![0.0; channels],
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

    /// Returns the way in which pictures are brought to size as the word that a person chooses.
    #[must_use]
    pub fn resize(&self) -> Resize {
        self.framing.resize()
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
        self.each_channel("mean", &self.mean, "a finite number a channel", f32::is_finite)?;
        let is_deviation = |value: f32| value.is_finite() && value > 0.0;
        let expected = "a finite number over 0 a channel";
        self.each_channel("standard_deviation", &self.standard_deviation, expected, is_deviation)?;
        let is_unit = |value: f32| (0.0..=1.0).contains(&value);
        self.each_channel("padding", &self.padding, "a number from 0 to 1 a channel", is_unit)?;
        if let Framing::Ink(ink) = self.framing {
            ink.validate(self.height, self.width)?;
            expect(self.channels == 1, "input.framing.ink", "1 channel", self.channels)?;
        }
        if let Filter::Middle { share } = self.filter {
            let holds = share > 0.0 && share <= 1.0;
            expect(holds, "input.filter.middle.share", "a number over 0 and at most 1", share)?;
        }
        Ok(())
    }

    /// Checks that `values` are as many as there are channels, and that each one `holds`.
    fn each_channel(
        &self,
        field: &str,
        values: &[f32],
        expected: &str,
        holds: impl Fn(f32) -> bool,
    ) -> Result<(), Mismatch> {
        let all_hold = values.len() == self.channels && values.iter().all(|&value| holds(value));
        expect(all_hold, format!("input.{field}"), expected, format!("{values:?}"))
    }
}
