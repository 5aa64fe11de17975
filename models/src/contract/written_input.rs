//! What differs between the versions of the contract: how an input is written, and what a version fixes.
//!
//! In comes the JSON of a contract's `input`, out goes an [`ImageInput`], and back. Both versions are one type in memory,
//! and nothing outside of this file asks for a version. Version 1 has fewer fields; what it leaves out are the constants of
//! the time when it was written, so that its files give the same bits. It knows `letterbox` and `ink_box`, one filter and
//! black padding. Version 2 writes all of it down.

use serde::{Deserialize, Serialize};

use crate::mismatch::{Mismatch, expect};

use super::framing::{Filter, Framing, InkFraming, Polarity};
use super::image_input::ImageInput;
use super::version::{ContractVersion, VERSION_1_FILTER};

/// Checks that the version of `input` can say what it says.
pub(super) fn validate(input: &ImageInput) -> Result<(), Mismatch> {
    match input.version {
        ContractVersion::One => {
            let written = ImageInput::from(InputOfVersion1::from(input));
            let found = format!("{input:?}");
            expect(*input == written, "input", "the framing, filter and padding of version 1", found)
        }
        ContractVersion::Two => {
            let is_ink = matches!(input.framing, Framing::Ink(_));
            let agrees = is_ink == (input.polarity != Polarity::Natural);
            let found = format!("{:?}", input.polarity);
            expect(
                agrees,
                "input.framing.ink.polarity",
                "a polarity where ink is framed, and only there",
                found,
            )?;
            let filter = format!("{:?}", input.filter);
            expect(is_ink || input.filter == Filter::Triangle, "input.filter", "triangle", filter)?;
            let is_black = input.padding.iter().all(|&value| value == 0.0);
            let padding = format!("{:?}", input.padding);
            expect(!is_ink || is_black, "input.padding", "0 where ink is framed", padding)
        }
    }
}

/// An input as version 1 writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputOfVersion1 {
    channels: usize,
    height: usize,
    width: usize,
    value_range: [f32; 2],
    mean: Vec<f32>,
    standard_deviation: Vec<f32>,
    polarity: Polarity,
    fit: FitOfVersion1,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum FitOfVersion1 {
    Letterbox,
    InkBox { longest_side: usize },
}

impl From<&ImageInput> for InputOfVersion1 {
    fn from(input: &ImageInput) -> Self {
        Self {
            channels: input.channels,
            height: input.height,
            width: input.width,
            value_range: input.value_range,
            mean: input.mean.clone(),
            standard_deviation: input.standard_deviation.clone(),
            polarity: input.polarity,
            fit: match input.framing {
                Framing::Ink(ink) => FitOfVersion1::InkBox { longest_side: ink.longest_side },
                Framing::Fit | Framing::Fill | Framing::Stretch => FitOfVersion1::Letterbox,
            },
        }
    }
}

impl From<InputOfVersion1> for ImageInput {
    fn from(input: InputOfVersion1) -> Self {
        Self {
            version: ContractVersion::One,
            channels: input.channels,
            height: input.height,
            width: input.width,
            value_range: input.value_range,
            mean: input.mean,
            standard_deviation: input.standard_deviation,
            polarity: input.polarity,
            framing: match input.fit {
                FitOfVersion1::Letterbox => Framing::Fit,
                FitOfVersion1::InkBox { longest_side } => Framing::Ink(InkFraming::of_side(longest_side)),
            },
            filter: VERSION_1_FILTER,
            // A forged number of channels is refused before anything is done with so many values.
            padding: vec![0.0; input.channels.min(3)],
        }
    }
}

/// An input as version 2 writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputOfVersion2 {
    channels: usize,
    height: usize,
    width: usize,
    value_range: [f32; 2],
    mean: Vec<f32>,
    standard_deviation: Vec<f32>,
    framing: FramingOfVersion2,
    filter: Filter,
    padding: Vec<f32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FramingOfVersion2 {
    Fit,
    Fill,
    Stretch,
    Ink(InkOfVersion2),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InkOfVersion2 {
    polarity: Polarity,
    longest_side: usize,
    threshold: f32,
    speck: f32,
    box_tolerance: f32,
    centre_tolerance: f32,
}

impl From<&ImageInput> for InputOfVersion2 {
    fn from(input: &ImageInput) -> Self {
        Self {
            channels: input.channels,
            height: input.height,
            width: input.width,
            value_range: input.value_range,
            mean: input.mean.clone(),
            standard_deviation: input.standard_deviation.clone(),
            framing: match input.framing {
                Framing::Fit => FramingOfVersion2::Fit,
                Framing::Fill => FramingOfVersion2::Fill,
                Framing::Stretch => FramingOfVersion2::Stretch,
                Framing::Ink(InkFraming {
                    longest_side,
                    threshold,
                    speck,
                    box_tolerance,
                    centre_tolerance,
                }) => {
                    let polarity = input.polarity;
                    FramingOfVersion2::Ink(InkOfVersion2 {
                        polarity,
                        longest_side,
                        threshold,
                        speck,
                        box_tolerance,
                        centre_tolerance,
                    })
                }
            },
            filter: input.filter,
            padding: input.padding.clone(),
        }
    }
}

impl From<InputOfVersion2> for ImageInput {
    fn from(input: InputOfVersion2) -> Self {
        let (polarity, framing) = match input.framing {
            FramingOfVersion2::Fit => (Polarity::Natural, Framing::Fit),
            FramingOfVersion2::Fill => (Polarity::Natural, Framing::Fill),
            FramingOfVersion2::Stretch => (Polarity::Natural, Framing::Stretch),
            FramingOfVersion2::Ink(ink) => {
                let InkOfVersion2 {
                    polarity,
                    longest_side,
                    threshold,
                    speck,
                    box_tolerance,
                    centre_tolerance,
                } = ink;
                let framing = InkFraming { longest_side, threshold, speck, box_tolerance, centre_tolerance };
                (polarity, Framing::Ink(framing))
            }
        };
        Self {
            version: ContractVersion::Two,
            channels: input.channels,
            height: input.height,
            width: input.width,
            value_range: input.value_range,
            mean: input.mean,
            standard_deviation: input.standard_deviation,
            polarity,
            framing,
            filter: input.filter,
            padding: input.padding,
        }
    }
}
