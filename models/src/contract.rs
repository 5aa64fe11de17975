//! The model contract: all that a picture and a tensor must agree on, as one JSON value inside the model file.
//!
//! It travels in the `metadata_props` of an ONNX file under [`METADATA_KEY`] and in the metadata of a safetensors file,
//! so there is no sidecar that can be lost.

use serde::{Deserialize, Serialize};

/// The version of the contract that this crate writes and reads.
pub const CONTRACT_VERSION: u32 = 1;

/// The key of the contract in an ONNX file's `metadata_props`.
pub const METADATA_KEY: &str = "imago.contract";

/// The longest side of an input that a contract may ask for, in pixels. A picture classifier for small boards sees a
/// few hundred; the bound keeps a forged contract from asking for more than 200 MB an image.
const LARGEST_SIDE: usize = 4096;

/// As the set's authors name them, in the order of its labels.
const FASHION_MNIST_CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// What a network expects of a picture, and what its outputs mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelContract {
    /// [`CONTRACT_VERSION`].
    pub version: u32,
    /// How a picture becomes the input tensor.
    pub input: ImageInput,
    /// The class names, in the order of the outputs.
    pub labels: Vec<String>,
    /// Where the weights come from.
    pub provenance: Provenance,
}

/// The input tensor, f32 `[batch, channels, height, width]`, and how a picture becomes one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// 1 for grey (luma after Rec. 709), 3 for red, green, blue.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// The values of black and white before `mean` and `standard_deviation` are applied.
    pub value_range: [f32; 2],
    /// Subtracted from each channel.
    pub mean: Vec<f32>,
    /// Divides each channel, after the subtraction.
    pub standard_deviation: Vec<f32>,
    /// Which of ink and ground is the light one in what the network was trained on.
    pub polarity: Polarity,
    /// How a picture of another size or shape is brought to `height` × `width`.
    pub fit: Fit,
}

/// Ink and ground in the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Light ink on a dark ground, as in MNIST; pictures of the reverse are inverted.
    LightOnDark,
    /// Dark ink on a light ground; pictures of the reverse are inverted.
    DarkOnLight,
    /// A natural picture: never inverted, its contrast is left alone.
    Natural,
}

/// How a picture of another size becomes the input. A picture that has the input's size already keeps its geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fit {
    /// The whole picture, in proportion, centred on black.
    Letterbox,
    /// As MNIST was made (LeCun et al. 1998, section III.A): the box around the ink is scaled in proportion until its
    /// longer side has `longest_side` pixels, and its centre of mass is put on the centre of the input.
    InkBox {
        /// In pixels of the input; 20 in MNIST.
        longest_side: usize,
    },
}

/// How the weights were made. It informs, it changes no result; fields that do not apply are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The program and its version.
    pub producer: String,
    /// The network's name, for instance `student-128-128`.
    pub network: String,
    /// The training command: `teacher`, `student` or `distill`.
    pub training: String,
    /// The training data.
    pub data: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Passes over the training data.
    pub epochs: usize,
    /// The teachers, by the SHA-256 of their weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<String>,
    /// The temperature of the soft targets. The exported network answers at temperature 1 whatever it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation_temperature: Option<f32>,
    /// The weight of the soft targets beside the hard labels, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_weight: Option<f32>,
    /// What was trained on where that is not all of the training images of `data`, in words: `without 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<String>,
    /// What a bias correction has added to each bias of the last layer, in the order of the labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bias_shifts: Vec<f32>,
    /// Right answers on the validation split of the training data, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
}

/// A contract that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ContractError {
    /// It is no JSON, or lacks something, or has something unknown.
    #[error("model contract: {0}")]
    Malformed(String),
    /// Its version is of another Imago.
    #[error("model contract: expected version {CONTRACT_VERSION}, found {0}")]
    UnknownVersion(String),
    /// A value is out of its range.
    #[error("model contract: {field}: expected {expected}, found {found}")]
    Invalid {
        /// The field in question.
        field: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
}

impl ModelContract {
    /// The contract of a network trained on MNIST or a set made like it: grey 28×28, light ink on dark, the digits.
    #[must_use]
    pub fn mnist(provenance: Provenance) -> Self {
        Self {
            version: CONTRACT_VERSION,
            input: ImageInput::grey(28, 28, Polarity::LightOnDark, Fit::InkBox { longest_side: 20 }),
            labels: (0..10).map(|digit| digit.to_string()).collect(),
            provenance,
        }
    }

    /// The contract of a network trained on Fashion-MNIST: grey 28×28, garments light on dark, the set's ten classes.
    ///
    /// The set was made of photographs on a light ground: trimmed to the garment, scaled until its longer side has 28
    /// pixels, negated (Xiao, Rasul, Vollgraf 2017, section 2). A photograph of a user goes the same way: an even ground,
    /// light or dark, becomes 0, the garment light, and the box around it fills the input. Two things differ. The centre
    /// of mass, not that of the box, is put on the middle of pixel 14, and contrast is stretched until the strongest
    /// tone is white, which the set's own images have already. A garment of the ground's own tone is lost, as in the set.
    #[must_use]
    pub fn fashion_mnist(provenance: Provenance) -> Self {
        Self {
            version: CONTRACT_VERSION,
            input: ImageInput::grey(28, 28, Polarity::LightOnDark, Fit::InkBox { longest_side: 28 }),
            labels: FASHION_MNIST_CLASSES.map(str::to_owned).to_vec(),
            provenance,
        }
    }

    /// The contract as the JSON that a model file carries.
    ///
    /// # Panics
    /// Never: the type has no map with keys that are no strings.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a contract has string keys only")
    }

    /// Reads and checks a contract.
    ///
    /// # Errors
    /// [`ContractError`] for anything but a valid contract of this version.
    pub fn from_json(json: &str) -> Result<Self, ContractError> {
        let malformed = |error: serde_json::Error| ContractError::Malformed(error.to_string());
        let value: serde_json::Value = serde_json::from_str(json).map_err(malformed)?;
        match value.get("version") {
            Some(version) if version.as_u64() == Some(u64::from(CONTRACT_VERSION)) => {}
            Some(version) => return Err(ContractError::UnknownVersion(version.to_string())),
            None => return Err(ContractError::UnknownVersion("none".to_owned())),
        }
        let contract: Self = serde_json::from_value(value).map_err(malformed)?;
        contract.validate()?;
        Ok(contract)
    }

    /// Checks every value's range.
    ///
    /// # Errors
    /// [`ContractError::Invalid`] for the first field that is out of its range.
    pub fn validate(&self) -> Result<(), ContractError> {
        self.input.validate()?;
        let mut names: Vec<&str> = self.labels.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        ensure(
            !self.labels.is_empty()
                && names.len() == self.labels.len()
                && !names.iter().any(|name| name.is_empty() || name.contains(char::is_control)),
            "labels",
            "printable names that differ",
            || format!("{:?}", self.labels),
        )
    }
}

impl ImageInput {
    /// A grey input with values in [0, 1].
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

    /// The shape of one image, `[channels, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The number of values of one image.
    #[must_use]
    pub fn values(&self) -> usize {
        self.shape().iter().product()
    }

    fn validate(&self) -> Result<(), ContractError> {
        ensure(matches!(self.channels, 1 | 3), "input.channels", "1 or 3", || self.channels.to_string())?;
        for (field, side) in [("input.height", self.height), ("input.width", self.width)] {
            ensure((1..=LARGEST_SIDE).contains(&side), field, "1 to 4096", || side.to_string())?;
        }
        let [black, white] = self.value_range;
        ensure(
            black.is_finite() && white.is_finite() && black < white,
            "input.value_range",
            "two rising numbers",
            || format!("{:?}", self.value_range),
        )?;
        ensure(
            self.mean.len() == self.channels && self.mean.iter().all(|mean| mean.is_finite()),
            "input.mean",
            "a finite number a channel",
            || format!("{:?}", self.mean),
        )?;
        ensure(
            self.standard_deviation.len() == self.channels
                && self.standard_deviation.iter().all(|deviation| deviation.is_finite() && *deviation > 0.0),
            "input.standard_deviation",
            "a finite number over 0 a channel",
            || format!("{:?}", self.standard_deviation),
        )?;
        if let Fit::InkBox { longest_side } = self.fit {
            let largest = self.height.min(self.width);
            ensure(
                (1..=largest).contains(&longest_side),
                "input.fit.ink_box.longest_side",
                "1 to the side",
                || longest_side.to_string(),
            )?;
            ensure(self.channels == 1, "input.fit.ink_box", "1 channel", || self.channels.to_string())?;
        }
        Ok(())
    }
}

fn ensure(
    holds: bool,
    field: &'static str,
    expected: &str,
    found: impl FnOnce() -> String,
) -> Result<(), ContractError> {
    if holds {
        return Ok(());
    }
    Err(ContractError::Invalid { field, expected: expected.to_owned(), found: found() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> ModelContract {
        ModelContract::mnist(Provenance::default())
    }

    #[test]
    fn survives_a_round_trip_through_json() {
        for contract in [contract(), ModelContract::fashion_mnist(Provenance::default())] {
            assert_eq!(ModelContract::from_json(&contract.to_json()), Ok(contract));
        }
    }

    #[test]
    fn refuses_another_version() {
        let json = contract().to_json().replace("\"version\":1", "\"version\":2");
        assert_eq!(ModelContract::from_json(&json), Err(ContractError::UnknownVersion("2".to_owned())));
        assert_eq!(ModelContract::from_json("{}"), Err(ContractError::UnknownVersion("none".to_owned())));
    }

    #[test]
    fn refuses_what_is_no_contract() {
        for json in ["", "[]", "{\"version\":1}", "not json"] {
            assert!(ModelContract::from_json(json).is_err(), "{json}");
        }
        let extra = contract().to_json().replacen('{', "{\"surprise\":0,", 1);
        assert!(ModelContract::from_json(&extra).unwrap_err().to_string().contains("surprise"));
    }

    #[test]
    fn names_the_field_that_is_out_of_range() {
        let spoil = |change: fn(&mut ModelContract)| {
            let mut spoiled = contract();
            change(&mut spoiled);
            ModelContract::from_json(&spoiled.to_json()).unwrap_err().to_string()
        };
        assert!(spoil(|c| c.input.channels = 2).contains("input.channels: expected 1 or 3, found 2"));
        assert!(spoil(|c| c.input.height = 0).contains("input.height"));
        assert!(spoil(|c| c.input.width = 5000).contains("input.width"));
        assert!(spoil(|c| c.input.value_range = [1.0, 0.0]).contains("input.value_range"));
        assert!(spoil(|c| c.input.mean = vec![]).contains("input.mean"));
        assert!(spoil(|c| c.input.standard_deviation = vec![0.0]).contains("input.standard_deviation"));
        assert!(spoil(|c| c.input.fit = Fit::InkBox { longest_side: 29 }).contains("longest_side"));
        assert!(spoil(|c| c.labels = vec![]).contains("labels"));
        assert!(spoil(|c| c.labels[3] = "a\nb".to_owned()).contains("labels"));
        assert!(spoil(|c| c.labels[1] = "0".to_owned()).contains("labels"));
    }
}
