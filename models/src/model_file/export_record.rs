//! What an ONNX file says of its own making: how its weights are encoded, from which weights they were made, and hashes
//! that find a change of a single bit in the weights, the graph or the contract.
//!
//! In comes one JSON value of `metadata_props`, out goes an [`ExportRecord`], and back. It lets a reader tell a damaged
//! file, and an int8 network from an f32 network, before anything is computed.

use serde::{Deserialize, Serialize};

/// The key of the export record in an ONNX file's `metadata_props`.
pub const METADATA_KEY: &str = "imago.export";

/// The version of the export record that this crate writes. Records of version 1 are read too: they have no
/// [`answer_sha256`](ExportRecord::answer_sha256).
pub const RECORD_VERSION: u32 = 2;

/// The record of how an ONNX file was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRecord {
    /// The version of the record's format: [`RECORD_VERSION`], or 1.
    pub version: u32,
    /// The encoding of the weights in the file, and what is computed with them.
    pub encoding: Encoding,
    /// The SHA-256 of the trained values before they were encoded, as the cards and the provenance of students name
    /// them.
    pub weights_sha256: String,
    /// The SHA-256 over the file's initializers: of each, in the order of the file, its name, type, sides and data.
    pub initializers_sha256: String,
    /// The SHA-256 over all that decides an answer: the contract, the version of the operators, and the graph with its
    /// nodes, attributes, initializers, input and output. Records of version 1 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_sha256: Option<String>,
    /// What spoke against the network at the end of its training, where it was exported all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
}

/// The encoding of weights in an ONNX file, and the precision in which they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// The weights are IEEE 754 binary32, as trained.
    F32,
    /// The weights are IEEE 754 binary16, and computed with in f32.
    F16,
    /// The weights are eight bits each, with one scale for each output channel.
    Int8(Activations),
}

/// The treatment of the values that flow between the layers of an int8 network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activations {
    /// Activations have eight bits, with a scale computed from each input while the network runs; sums are integers.
    Dynamic,
    /// Activations have eight bits, with scales from calibration images; sums are integers.
    Static {
        /// The number of images of the training split that the scales were calibrated on.
        images: usize,
    },
    /// Activations stay in f32, and so do the sums.
    F32,
}

/// The reason for which an export record cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum RecordError {
    /// The text is no JSON, lacks a field, or has a field that is unknown; the parser's message.
    #[error("export record: {0}")]
    Malformed(String),
    /// The record's version is neither 1 nor [`RECORD_VERSION`]; the version that was found.
    #[error("export record: expected version 1 or {RECORD_VERSION}, found {0}")]
    UnknownVersion(u64),
}

impl ExportRecord {
    /// Returns the export record as the JSON that a model file carries.
    ///
    /// # Panics
    /// Never: the type has no map with keys that are no strings.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a record has string keys only")
    }

    /// Reads an export record from the JSON that a model file carries.
    ///
    /// # Errors
    /// [`RecordError`] for anything but a record of a version that is known, with the hashes of that version.
    pub fn from_json(json: &str) -> Result<Self, RecordError> {
        let malformed = |error: serde_json::Error| RecordError::Malformed(error.to_string());
        let value: serde_json::Value = serde_json::from_str(json).map_err(malformed)?;
        // First of all: a later version may have other fields.
        if let Some(version) = value.get("version").and_then(serde_json::Value::as_u64)
            && !(1..=u64::from(RECORD_VERSION)).contains(&version)
        {
            return Err(RecordError::UnknownVersion(version));
        }
        let record: Self = serde_json::from_value(value).map_err(malformed)?;
        let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let is_right = |hash: &Option<String>| hash.as_deref().map_or(record.version == 1, is_hash);
        let has_hashes = is_hash(&record.weights_sha256)
            && is_hash(&record.initializers_sha256)
            && is_right(&record.answer_sha256)
            && (record.version > 1 || record.answer_sha256.is_none());
        if has_hashes {
            return Ok(record);
        }
        Err(RecordError::Malformed("expected hashes of 64 hexadecimal digits".to_owned()))
    }
}

impl Encoding {
    /// Returns the name of the precision: `f32`, `f16` or `int8`.
    #[must_use]
    pub fn precision(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8(_) => "int8",
        }
    }
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.precision())?;
        match self {
            Self::F32 | Self::F16 => Ok(()),
            Self::Int8(Activations::Dynamic) => formatter.write_str(", dynamic activations"),
            Self::Int8(Activations::Static { images }) => {
                write!(formatter, ", activations calibrated on {images} images")
            }
            Self::Int8(Activations::F32) => formatter.write_str(" weights, f32 activations"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(encoding: Encoding) -> ExportRecord {
        let [weights_sha256, initializers_sha256, answer] =
            ["0a", "0b", "0c"].map(|digits| digits.repeat(32));
        ExportRecord {
            version: RECORD_VERSION,
            encoding,
            weights_sha256,
            initializers_sha256,
            answer_sha256: Some(answer),
            finding: None,
        }
    }

    #[test]
    fn every_encoding_survives_a_round_trip() {
        let activations = [Activations::Dynamic, Activations::Static { images: 7 }, Activations::F32];
        let int8 = activations.map(Encoding::Int8);
        for encoding in [Encoding::F32, Encoding::F16].into_iter().chain(int8) {
            let record = record(encoding);
            assert!(!record.to_json().contains("finding"));
            assert_eq!(ExportRecord::from_json(&record.to_json()), Ok(record.clone()));
            let failed = ExportRecord { finding: Some("one class for everything".to_owned()), ..record };
            assert_eq!(ExportRecord::from_json(&failed.to_json()), Ok(failed));
        }
    }

    #[test]
    fn a_record_of_the_first_version_has_no_hash_of_the_graph() {
        let first = ExportRecord { version: 1, answer_sha256: None, ..record(Encoding::F16) };
        assert!(!first.to_json().contains("answer"));
        assert_eq!(ExportRecord::from_json(&first.to_json()), Ok(first));
        // Neither may a record of the second lack it, nor one of the first have it.
        for broken in [
            ExportRecord { version: 1, ..record(Encoding::F32) },
            ExportRecord { answer_sha256: None, ..record(Encoding::F32) },
            ExportRecord { answer_sha256: Some("0c".to_owned()), ..record(Encoding::F32) },
        ] {
            assert!(matches!(ExportRecord::from_json(&broken.to_json()), Err(RecordError::Malformed(_))));
        }
    }

    #[test]
    fn other_versions_and_other_texts_are_refused() {
        let json = r#"{"version":3,"surprise":"f32"}"#;
        assert_eq!(ExportRecord::from_json(json), Err(RecordError::UnknownVersion(3)));
        let right = record(Encoding::F32).to_json();
        let surprise = right.replacen('{', "{\"surprise\":0,", 1);
        for json in ["", "{}", "[]", &right.replace("f32", "f8"), &right.replace("0a0a", "0a0"), &surprise] {
            assert!(matches!(ExportRecord::from_json(json), Err(RecordError::Malformed(_))), "{json}");
        }
    }
}
