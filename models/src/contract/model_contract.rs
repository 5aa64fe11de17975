//! The model contract as a type, with its JSON form and its checks.
//!
//! In comes the JSON text inside a model file, out goes a checked [`ModelContract`]: how a picture becomes the input
//! `[batch, channels, height, width]`, and what each output means. A contract from a file is hostile until it is
//! checked here, and every program checks it here alone.

use std::collections::HashSet;

use serde::{Deserialize, Serialize, Serializer};

use crate::mismatch::{Mismatch, expect};
use crate::storage::printable::{is_invisible, printable};

use super::contract_error::ContractError;
use super::framing::Polarity;
use super::image_input::ImageInput;
use super::provenance::Provenance;
use super::resize::Resize;
use super::version::ContractVersion;
use super::written_input::{self, InputOfVersion1, InputOfVersion2};

/// The key of the model contract in an ONNX file's `metadata_props`.
pub const METADATA_KEY: &str = "imago.contract";

/// The largest number of classes that a contract of version 2 may have.
pub const MOST_LABELS: usize = 4096;

/// The length of the longest class name that a contract of version 2 may have, in bytes of UTF-8: as long as the name of a
/// folder may be.
pub const LONGEST_LABEL: usize = 255;

/// The classes of Fashion-MNIST as the set's authors name them, in the order of its labels.
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

/// The agreement between pictures and a network: what the network expects of a picture, and what its outputs mean.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelContract {
    /// The input tensor, and how a picture becomes one; its version is that of the contract.
    pub input: ImageInput,
    /// The class names, in the order of the network's outputs.
    pub labels: Vec<String>,
    /// The origin of the network's weights.
    pub provenance: Provenance,
}

/// A contract as JSON, its input as a version writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractJson<Input, Labels, Origin> {
    version: u32,
    input: Input,
    labels: Labels,
    provenance: Origin,
}

impl ModelContract {
    /// Returns the contract of a network with this input and these class names, in the order of its outputs. It is written
    /// as the version of the input.
    #[must_use]
    pub fn new(input: ImageInput, labels: Vec<String>, provenance: Provenance) -> Self {
        Self { input, labels, provenance }
    }

    /// Returns the contract of a network trained on MNIST or a set made like it: grey 28×28 pixels, light ink on dark,
    /// the ten digits.
    #[must_use]
    pub fn mnist(provenance: Provenance) -> Self {
        Self::framed_by_ink(20, (0..10).map(|digit| digit.to_string()).collect(), provenance)
    }

    /// Returns the contract of a network trained on Fashion-MNIST: grey 28×28 pixels, garments light on dark, the set's
    /// ten classes.
    ///
    /// The set was made of photographs on a light ground: trimmed to the garment, scaled until its longer side has 28
    /// pixels, negated (Xiao, Rasul, Vollgraf 2017, section 2). A photograph of a user goes the same way: an even
    /// ground, light or dark, becomes 0, the garment light, and the box around it fills the input. Two things differ.
    /// The centre of mass, not that of the box, is put on the middle of pixel 14, and contrast is stretched until the
    /// strongest tone is white, which the set's own images have already. A garment of the ground's own tone is lost, as
    /// in the set.
    #[must_use]
    pub fn fashion_mnist(provenance: Provenance) -> Self {
        Self::framed_by_ink(28, FASHION_MNIST_CLASSES.map(str::to_owned).to_vec(), provenance)
    }

    fn framed_by_ink(longest_side: usize, labels: Vec<String>, provenance: Provenance) -> Self {
        let resize = Resize::Ink { longest_side };
        Self::new(ImageInput::version_1([1, 28, 28], Polarity::LightOnDark, resize), labels, provenance)
    }

    /// Returns the contract as the JSON that a model file carries, in the version of its input.
    ///
    /// # Panics
    /// Never: the type has no map with keys that are no strings.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a contract has string keys only")
    }

    /// Reads a contract from the JSON that a model file carries, and checks it.
    ///
    /// # Errors
    /// [`ContractError`] for anything but a valid contract of version 1 or 2.
    pub fn from_json(json: &str) -> Result<Self, ContractError> {
        let value: serde_json::Value = serde_json::from_str(json).map_err(malformed)?;
        let version = value.get("version");
        let contract = match version.and_then(serde_json::Value::as_u64).and_then(ContractVersion::of_number)
        {
            Some(ContractVersion::One) => Self::parse::<InputOfVersion1>(value)?,
            Some(ContractVersion::Two) => Self::parse::<InputOfVersion2>(value)?,
            None => {
                let found = version.map_or_else(|| "none".to_owned(), serde_json::Value::to_string);
                return Err(ContractError::UnknownVersion(found));
            }
        };
        contract.validate()?;
        Ok(contract)
    }

    fn parse<Input>(value: serde_json::Value) -> Result<Self, ContractError>
    where
        Input: Into<ImageInput> + for<'json> Deserialize<'json>,
    {
        let ContractJson { input, labels, provenance, .. }: ContractJson<Input, Vec<String>, Provenance> =
            serde_json::from_value(value).map_err(malformed)?;
        Ok(Self::new(input.into(), labels, provenance))
    }

    /// Checks that every value of the contract is in its range.
    ///
    /// # Errors
    /// [`ContractError::Invalid`] for the first field that is out of its range.
    pub fn validate(&self) -> Result<(), ContractError> {
        self.input.validate()?;
        written_input::validate(&self.input)?;
        match self.input.version {
            ContractVersion::One => expect(!self.labels.is_empty(), "labels", "at least one name", "none")?,
            ContractVersion::Two => {
                let count = self.labels.len();
                expect((2..=MOST_LABELS).contains(&count), "labels", "2 to 4096 names", count)?;
                self.each_label("a name of at most 255 bytes", |name| name.len() <= LONGEST_LABEL)?;
                let is_visible = |name: &str| !name.trim().is_empty() && !name.contains(is_invisible);
                self.each_label("a printable name", is_visible)?;
            }
        }
        self.each_label("a printable name", |name| !name.is_empty() && !name.contains(char::is_control))?;
        let mut names = HashSet::new();
        self.each_label("a name that no other class has", |name| names.insert(name.to_owned()))?;
        Ok(())
    }

    /// Checks that every class name `holds`.
    fn each_label(&self, expected: &str, mut holds: impl FnMut(&str) -> bool) -> Result<(), Mismatch> {
        for (class, name) in self.labels.iter().enumerate() {
            let found = || format!("'{}'", printable(name));
            expect(holds(name), format!("labels, name {class}"), expected, found())?;
        }
        Ok(())
    }
}

impl Serialize for ModelContract {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { input, labels, provenance } = self;
        let version = input.version.number();
        match input.version {
            ContractVersion::One => {
                let input = InputOfVersion1::from(input);
                ContractJson { version, input, labels, provenance }.serialize(serializer)
            }
            ContractVersion::Two => {
                let input = InputOfVersion2::from(input);
                ContractJson { version, input, labels, provenance }.serialize(serializer)
            }
        }
    }
}

fn malformed(error: serde_json::Error) -> ContractError {
    ContractError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests;
