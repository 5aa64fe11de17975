//! The model contract as a type, with its JSON form and its checks.
//!
//! In comes the JSON text inside a model file, out goes a checked [`ModelContract`]: how a picture becomes the input
//! `[batch, channels, height, width]`, and what each output means. A contract from a file is hostile until it is
//! checked here, and every program checks it here alone.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::mismatch::expect;
use crate::storage::printable::printable;

use super::contract_error::{CONTRACT_VERSION, ContractError};
use super::image_input::{Fit, ImageInput, Polarity};
use super::provenance::Provenance;

/// The key of the model contract in an ONNX file's `metadata_props`.
pub const METADATA_KEY: &str = "imago.contract";

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelContract {
    /// The version of the contract's format, [`CONTRACT_VERSION`].
    pub version: u32,
    /// The input tensor, and how a picture becomes one.
    pub input: ImageInput,
    /// The class names, in the order of the network's outputs.
    pub labels: Vec<String>,
    /// The origin of the network's weights.
    pub provenance: Provenance,
}

impl ModelContract {
    /// Returns the contract of a network trained on MNIST or a set made like it: grey 28×28 pixels, light ink on dark,
    /// the ten digits.
    #[must_use]
    pub fn mnist(provenance: Provenance) -> Self {
        Self {
            version: CONTRACT_VERSION,
            input: ImageInput::grey(28, 28, Polarity::LightOnDark, Fit::InkBox { longest_side: 20 }),
            labels: (0..10).map(|digit| digit.to_string()).collect(),
            provenance,
        }
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
        Self {
            version: CONTRACT_VERSION,
            input: ImageInput::grey(28, 28, Polarity::LightOnDark, Fit::InkBox { longest_side: 28 }),
            labels: FASHION_MNIST_CLASSES.map(str::to_owned).to_vec(),
            provenance,
        }
    }

    /// Returns the contract as the JSON that a model file carries.
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

    /// Checks that every value of the contract is in its range.
    ///
    /// # Errors
    /// [`ContractError::Invalid`] for the first field that is out of its range.
    pub fn validate(&self) -> Result<(), ContractError> {
        self.input.validate()?;
        expect(!self.labels.is_empty(), "labels", "at least one name", "none")?;
        let mut names = HashSet::new();
        for (class, name) in self.labels.iter().enumerate() {
            let (place, found) = (|| format!("labels, name {class}"), || format!("'{}'", printable(name)));
            let is_printable = !name.is_empty() && !name.contains(char::is_control);
            expect(is_printable, place(), "a printable name", found())?;
            expect(names.insert(name), place(), "a name that no other class has", found())?;
        }
        Ok(())
    }
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
        assert!(
            spoil(|c| c.labels[3] = "a\nb".to_owned())
                .ends_with("labels, name 3: expected a printable name, found 'a\\nb'")
        );
        assert!(spoil(|c| c.labels[1] = "0".to_owned()).ends_with("that no other class has, found '0'"));
    }
}
