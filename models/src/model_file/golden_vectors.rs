//! Golden vectors: a few inputs and the probabilities that the trainer computed for them, as one JSON value inside an
//! ONNX file, so that a board can check itself without a data set.
//!
//! In comes that JSON with the file's contract, out go [`GoldenVectors`] that fit the contract, and back. The inputs
//! are pixels, one byte a value, `[channels, height, width]` as [`preprocessing::from_bytes`] takes them. They are
//! written in hexadecimal digits, a run of up to 255 zeros as `00` and its length: most of a digit's picture is ground,
//! and a file for a small board should not be filled by its own test.

use serde::{Deserialize, Serialize};

use crate::contract::ModelContract;
use crate::mismatch::{Mismatch, expect};
use crate::picture::preprocessing;

/// The key of the golden vectors in an ONNX file's `metadata_props`.
pub const METADATA_KEY: &str = "imago.golden";

/// The version of the golden vectors that this crate writes and reads.
pub const GOLDEN_VERSION: u32 = 1;

/// The most pixels of all golden vectors of a file together, 16 MiB: vectors come from files.
const MOST_PIXELS: usize = 1 << 24;

/// The golden vectors of a model file, and how close a computation must come to them.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenVectors {
    /// The largest difference that a probability may have from the golden one, in (0, 1].
    pub tolerance: f32,
    /// The golden vectors, at least one.
    pub vectors: Vec<GoldenVector>,
}

/// An input with the probabilities that the trainer computed for it.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenVector {
    /// The class that the picture shows, as an index of the contract's labels.
    pub class: usize,
    /// The pixels of the input, `[channels, height, width]`, each from 0 to 255.
    pub pixels: Vec<u8>,
    /// The class probabilities that the trainer computed at temperature 1, `[classes]`.
    pub probabilities: Vec<f32>,
}

/// The reason for which golden vectors cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum GoldenError {
    /// The text is no JSON, lacks a field, or has a field that is unknown; the parser's message.
    #[error("golden vectors: {0}")]
    Malformed(String),
    /// The version of the golden vectors is not [`GOLDEN_VERSION`]; the version that was found.
    #[error("golden vectors: expected version {GOLDEN_VERSION}, found {0}")]
    UnknownVersion(u32),
    /// The value of a field is out of its range.
    #[error("golden vectors: {0}")]
    Invalid(#[from] Mismatch),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    tolerance: f32,
    vectors: Vec<WrittenVector>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenVector {
    class: usize,
    pixels: String,
    probabilities: Vec<f32>,
}

impl GoldenVector {
    /// Returns the network's input for these pixels, f32 `[channels, height, width]`.
    #[must_use]
    pub fn input(&self, contract: &ModelContract) -> Vec<f32> {
        preprocessing::from_bytes(&self.pixels, &contract.input)
    }
}

impl GoldenVectors {
    /// Returns the golden vectors as the JSON that a model file carries.
    ///
    /// # Panics
    /// Never: the type has no map with keys that are no strings.
    #[must_use]
    pub fn to_json(&self) -> String {
        let vector = |vector: &GoldenVector| WrittenVector {
            class: vector.class,
            pixels: to_digits(&vector.pixels),
            probabilities: vector.probabilities.clone(),
        };
        let vectors = self.vectors.iter().map(vector).collect();
        let written = Written { version: GOLDEN_VERSION, tolerance: self.tolerance, vectors };
        serde_json::to_string(&written).expect("golden vectors have string keys only")
    }

    /// Reads the golden vectors of a file with this contract, and checks them.
    ///
    /// # Errors
    /// [`GoldenError`] for anything but vectors of this version that fit the contract's input and labels.
    pub fn from_json(json: &str, contract: &ModelContract) -> Result<Self, GoldenError> {
        let written: Written =
            serde_json::from_str(json).map_err(|error| GoldenError::Malformed(error.to_string()))?;
        if written.version != GOLDEN_VERSION {
            return Err(GoldenError::UnknownVersion(written.version));
        }
        let tolerance = written.tolerance;
        expect(tolerance > 0.0 && tolerance <= 1.0, "tolerance", "over 0 to 1", tolerance)?;
        let (values, vectors) = (contract.input.values(), written.vectors.len());
        let fits = vectors > 0 && values.checked_mul(vectors).is_some_and(|pixels| pixels <= MOST_PIXELS);
        expect(
            fits,
            "vectors",
            format!("1 to {MOST_PIXELS} pixels in all"),
            format!("{vectors} of {values}"),
        )?;
        let vectors = written.vectors.into_iter().map(|vector| vector.read(contract));
        Ok(Self { tolerance, vectors: vectors.collect::<Result<_, _>>()? })
    }
}

impl WrittenVector {
    fn read(self, contract: &ModelContract) -> Result<GoldenVector, GoldenError> {
        let (class, classes, values) = (self.class, contract.labels.len(), contract.input.values());
        expect(class < classes, "class", format!("under {classes}"), class)?;
        let found = self.probabilities.len();
        expect(found == classes, "probabilities", classes.to_string(), found)?;
        let strange = self.probabilities.iter().find(|probability| !(0.0..=1.0).contains(*probability));
        expect(strange.is_none(), "probabilities", "0 to 1", format!("{strange:?}"))?;
        let pixels = from_digits(&self.pixels, values);
        let pixels = pixels.ok_or_else(|| {
            Mismatch::new("pixels", format!("{values} values in hexadecimal digits"), "another text")
        })?;
        Ok(GoldenVector { class, pixels, probabilities: self.probabilities })
    }
}

fn to_digits(pixels: &[u8]) -> String {
    let mut digits = String::new();
    for run in pixels.chunk_by(|first, second| *first == 0 && *second == 0) {
        for part in run.chunks(255) {
            digits += &match part[0] {
                0 => format!("00{:02x}", part.len()),
                ink => format!("{ink:02x}"),
            };
        }
    }
    digits
}

/// Returns exactly `values` pixels, or `None` where the digits stand for another number of them or are no digits.
fn from_digits(digits: &str, values: usize) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut bytes = digits.as_bytes().chunks(2);
    let mut pixels = Vec::new();
    while let Some(byte) = bytes.next() {
        match pair(byte)? {
            0 => pixels.resize(pixels.len() + usize::from(pair(bytes.next()?)?), 0),
            ink => pixels.push(ink),
        }
        if pixels.len() > values {
            return None;
        }
    }
    (is_hexadecimal && digits.len().is_multiple_of(2) && pixels.len() == values).then_some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Provenance;

    fn contract() -> ModelContract {
        ModelContract::mnist(Provenance::default())
    }

    fn vectors() -> GoldenVectors {
        let mut pixels = vec![0; 784];
        pixels[300..304].copy_from_slice(&[1, 255, 0, 16]);
        let mut probabilities = vec![0.0; 10];
        probabilities[3..5].copy_from_slice(&[0.999_999_9, 1e-7]);
        GoldenVectors { tolerance: 1e-5, vectors: vec![GoldenVector { class: 3, pixels, probabilities }] }
    }

    #[test]
    fn survive_a_round_trip_to_the_bit() {
        assert_eq!(GoldenVectors::from_json(&vectors().to_json(), &contract()), Ok(vectors()));
    }

    /// By hand: two pixels of ink, 300 zeros as a run of 255 and one of 45, a last pixel.
    #[test]
    fn zeros_are_written_as_runs() {
        let pixels = [vec![1, 255], vec![0; 300], vec![16]].concat();
        assert_eq!(to_digits(&pixels), "01ff00ff002d10");
        assert_eq!(from_digits("01ff00ff002d10", 303), Some(pixels));
        assert_eq!(to_digits(&[0, 0, 0]), "0003");
    }

    #[test]
    fn texts_that_are_no_picture_of_the_size_are_refused() {
        for digits in ["", "0", "00", "0002", "000g", "+101", "01é", "0004", "01020304", "00ff00ff"] {
            assert_eq!(from_digits(digits, 3), None, "{digits}");
        }
    }

    #[test]
    fn every_value_out_of_range_is_named() {
        let spoiled = |change: fn(&mut GoldenVectors)| {
            let mut golden = vectors();
            change(&mut golden);
            GoldenVectors::from_json(&golden.to_json(), &contract()).unwrap_err().to_string()
        };
        assert!(
            spoiled(|golden| golden.tolerance = 0.0).contains("tolerance: expected over 0 to 1, found 0")
        );
        assert!(spoiled(|golden| golden.vectors.clear()).contains("vectors: expected 1 to"));
        assert!(
            spoiled(|golden| golden.vectors[0].class = 10).contains("class: expected under 10, found 10")
        );
        assert!(spoiled(|golden| _ = golden.vectors[0].probabilities.pop()).contains("expected 10, found 9"));
        assert!(spoiled(|golden| golden.vectors[0].probabilities[0] = 1.5).contains("expected 0 to 1"));
        assert!(spoiled(|golden| _ = golden.vectors[0].pixels.pop()).contains("pixels: expected 784 values"));
    }

    #[test]
    fn other_versions_and_other_texts_are_refused() {
        let newer = vectors().to_json().replace("\"version\":1", "\"version\":2");
        assert_eq!(GoldenVectors::from_json(&newer, &contract()), Err(GoldenError::UnknownVersion(2)));
        for json in ["", "{}", "[]", "{\"version\":1}"] {
            assert!(matches!(GoldenVectors::from_json(json, &contract()), Err(GoldenError::Malformed(_))));
        }
    }
}
