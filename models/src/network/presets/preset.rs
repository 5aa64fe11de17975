//! The names of the networks: what a command line or a sweep chooses by.
//!
//! In comes a name such as `deep`, `resnet8:32` or `mlp:128x128` with the shape of an image and a number of classes, out goes a
//! [`Network`] for images `[channels, height, width]` with a logit for each class.
//! Command line, sweeps and reproductions read the names here, so that a name means one network.

use std::fmt;
use std::str::FromStr;

use super::super::description::Network;
use super::resnet::DEPTHS;

/// The largest number that a name may give: a layer of so many channels is refused by its shapes anyway.
const LARGEST_NUMBER: usize = 1 << 16;

/// The channels of the first stage of a residual network whose name says none.
const RESNET_WIDTH: usize = 16;

/// The channels of the first convolution of `resnet9` whose name says none.
const RESNET9_WIDTH: usize = 64;

/// The largest width of `mobilenet`, in hundredths of the published channels.
const WIDEST_MOBILENET: usize = 400;

/// A network with a name, as a command line or a sweep chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preset {
    /// The preset `kariya-2018`, the network [`Network::teacher`].
    Kariya2018,
    /// The preset `deep`, the network [`Network::deep_teacher`].
    Deep,
    /// The preset `hinton-2015`, the network [`Network::dense_teacher`].
    Hinton2015,
    /// The preset `mlp:128x128`, the multi-layer perceptron [`Network::student`]; the numbers are the units of each
    /// hidden layer.
    Mlp(Vec<usize>),
    /// The preset `conv:16x32x64`, the network [`Network::convolutional`]; the numbers are the channels of each
    /// convolution.
    Convolutional(Vec<usize>),
    /// The preset `vgg:32x64x128`, the network [`Network::vgg`]; the numbers are the channels of each pair of convolutions.
    Vgg(Vec<usize>),
    /// The preset `repvgg:16x32x64`, the network [`Network::rep_vgg`]; the numbers are the channels of each pair of
    /// convolutions.
    RepVgg(Vec<usize>),
    /// The presets `resnet8`, `resnet20:32` and their kin, the network [`Network::resnet`].
    ResNet {
        /// The number of layers with weights on the longest way: 8, 10, 14, 18, 20, 32 or 56.
        depth: usize,
        /// The channels of the first stage, 16 where the name says none.
        width: usize,
    },
    /// The preset `resnet9` or `resnet9:32`, the network [`Network::resnet9`].
    ResNet9 {
        /// The channels of the first convolution, 64 where the name says none.
        width: usize,
    },
    /// The preset `mobilenet:0.25`, the network [`Network::mobilenet`].
    MobileNet {
        /// The share of the published channels, in hundredths.
        hundredths: usize,
    },
}

/// The error for a text that names no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected kariya-2018, deep, hinton-2015, hidden layers of at least 1 unit each, such as mlp:128x128, convolutions of \
     at least 1 channel each, such as conv:16x32x64, vgg:32x64x128 or repvgg:16x32x64, a residual network, such as resnet8, \
     resnet20:32 or resnet9, or a depthwise-separable one, such as mobilenet:0.25"
)]
pub struct PresetError;

impl Preset {
    /// One name of each family, for lists of what there is.
    pub const EXAMPLES: [&str; 11] = [
        "kariya-2018",
        "deep",
        "hinton-2015",
        "mlp:128x128",
        "conv:16x32x64",
        "vgg:32x64x128",
        "repvgg:16x32x64",
        "resnet8",
        "resnet20:32",
        "resnet9",
        "mobilenet:0.25",
    ];

    /// Returns the network of the preset, for images of the shape `input`, `[channels, height, width]`, and this number
    /// of classes, at least 1. Images that are too small for its layers are for [`Network::shapes`] to refuse.
    #[must_use]
    pub fn network(&self, input: [usize; 3], classes: usize) -> Network {
        let of_digits = match self {
            Self::Kariya2018 => Network::teacher(),
            Self::Deep => Network::deep_teacher(),
            Self::Hinton2015 => Network::dense_teacher(),
            Self::Mlp(hidden) => Network::student(hidden),
            Self::Convolutional(channels) => return Network::convolutional(channels, input, classes),
            Self::Vgg(channels) => return Network::vgg(channels, input, classes),
            Self::RepVgg(channels) => return Network::rep_vgg(channels, input, classes),
            Self::ResNet { depth, width } => return Network::resnet(*depth, *width, input, classes),
            Self::ResNet9 { width } => return Network::resnet9(*width, input, classes),
            Self::MobileNet { hundredths } => return Network::mobilenet(*hundredths, input, classes),
        };
        of_digits.for_images(input, classes)
    }
}

impl FromStr for Preset {
    type Err = PresetError;

    fn from_str(text: &str) -> Result<Self, PresetError> {
        match text {
            "kariya-2018" => return Ok(Self::Kariya2018),
            "deep" => return Ok(Self::Deep),
            "hinton-2015" => return Ok(Self::Hinton2015),
            _ => {}
        }
        if let Some(depth) = text.strip_prefix("resnet") {
            return resnet(depth);
        }
        let (kind, numbers) = text.split_once(':').ok_or(PresetError)?;
        if kind == "mobilenet" {
            return Ok(Self::MobileNet { hundredths: hundredths(numbers).ok_or(PresetError)? });
        }
        let numbers: Vec<usize> = numbers.split('x').map(number).collect::<Option<_>>().ok_or(PresetError)?;
        match kind {
            "mlp" => Ok(Self::Mlp(numbers)),
            "conv" => Ok(Self::Convolutional(numbers)),
            "vgg" => Ok(Self::Vgg(numbers)),
            "repvgg" => Ok(Self::RepVgg(numbers)),
            _ => Err(PresetError),
        }
    }
}

/// Parses what stands behind `resnet`: a depth, and a width where one is given.
fn resnet(text: &str) -> Result<Preset, PresetError> {
    let (depth, width) = match text.split_once(':') {
        Some((depth, width)) => (depth, Some(number(width).ok_or(PresetError)?)),
        None => (text, None),
    };
    let depth = number(depth).ok_or(PresetError)?;
    if depth == 9 {
        return Ok(Preset::ResNet9 { width: width.unwrap_or(RESNET9_WIDTH) });
    }
    let known = DEPTHS.iter().any(|row| row.0 == depth);
    known.then_some(Preset::ResNet { depth, width: width.unwrap_or(RESNET_WIDTH) }).ok_or(PresetError)
}

/// Parses a number of units or channels.
fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number| (1..=LARGEST_NUMBER).contains(number))
}

/// Parses a share such as `0.25` or `1` as hundredths.
fn hundredths(text: &str) -> Option<usize> {
    let share: f64 = text.parse().ok()?;
    let hundredths = (share * 100.0).round();
    let exact = (hundredths / 100.0 - share).abs() < 1e-9;
    (exact && (1.0..=WIDEST_MOBILENET as f64).contains(&hundredths)).then_some(hundredths as usize)
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |numbers: &[usize]| numbers.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
        match self {
            Self::Kariya2018 => formatter.write_str("kariya-2018"),
            Self::Deep => formatter.write_str("deep"),
            Self::Hinton2015 => formatter.write_str("hinton-2015"),
            Self::Mlp(units) => write!(formatter, "mlp:{}", list(units)),
            Self::Convolutional(channels) => write!(formatter, "conv:{}", list(channels)),
            Self::Vgg(channels) => write!(formatter, "vgg:{}", list(channels)),
            Self::RepVgg(channels) => write!(formatter, "repvgg:{}", list(channels)),
            Self::ResNet { depth, width: RESNET_WIDTH } => write!(formatter, "resnet{depth}"),
            Self::ResNet { depth, width } => write!(formatter, "resnet{depth}:{width}"),
            Self::ResNet9 { width: RESNET9_WIDTH } => formatter.write_str("resnet9"),
            Self::ResNet9 { width } => write!(formatter, "resnet9:{width}"),
            Self::MobileNet { hundredths } => {
                write!(formatter, "mobilenet:{}", *hundredths as f64 / 100.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_read_as_it_is_written() {
        for name in
            Preset::EXAMPLES.into_iter().chain(["resnet18:64", "resnet9:16", "mobilenet:1", "mlp:64x32"])
        {
            let preset: Preset = name.parse().unwrap();
            assert_eq!(preset.to_string(), name);
            for (input, classes) in [([1, 28, 28], 2), ([3, 32, 48], 10), ([1, 40, 32], 4096)] {
                let network = preset.network(input, classes);
                assert_eq!((network.input, network.classes()), (input, Ok(classes)), "{preset}");
                assert_eq!(network.folded().classes(), Ok(classes), "{preset}");
            }
        }
        assert!(Preset::Kariya2018.network([3, 3, 3], 2).shapes().is_err());
        assert!("resnet9".parse::<Preset>().unwrap().network([3, 4, 4], 2).shapes().is_err());
        assert_eq!(Preset::Mlp(vec![64, 32]).network([1, 28, 28], 10), Network::student(&[64, 32]));
    }

    #[test]
    fn other_texts_are_no_presets() {
        let texts = [
            "",
            "seed",
            "mlp",
            "mlp:",
            "mlp:0",
            "mlp:12x",
            "mlp:-3",
            "mlp:3,4",
            "conv:",
            "conv:0",
            "Deep",
            "resnet",
            "resnet7",
            "resnet8:",
            "resnet8:0",
            "resnet9:x",
            "mobilenet",
            "mobilenet:0",
            "mobilenet:0.001",
            "mobilenet:nan",
            "mobilenet:5",
            "mlp:65537",
            "repvgg:",
        ];
        for text in texts {
            assert_eq!(text.parse::<Preset>(), Err(PresetError), "{text}");
        }
    }
}
