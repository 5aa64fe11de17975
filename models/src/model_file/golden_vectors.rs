//! Golden vectors: a few inputs and the probabilities that the trainer computed for them, as one JSON value inside an
//! ONNX file, so that a board can check itself without a data set.
//!
//! In comes that JSON with the file's contract, out go [`GoldenVectors`] that fit the contract, and back. The inputs
//! are pixels, one byte a value, `[channels, height, width]` as [`preprocessing::from_bytes`] takes them: they test the
//! network. One of them may come as the file that it was made of too, which tests decoder and preprocessing.
//!
//! Version 1 has inputs alone, in hexadecimal digits with runs of zeros; version 2 has files besides, and both in base64.
//! The shorter one that can say it is written: a file for a small board should not be filled by its own test.

use serde::{Deserialize, Serialize};

use crate::contract::ModelContract;
use crate::mismatch::{Mismatch, expect};
use crate::picture::preprocessing;

use super::pixel_text::{base64_length, from_base64, from_runs, to_base64, to_runs};

/// The key of the golden vectors in an ONNX file's `metadata_props`.
pub const METADATA_KEY: &str = "imago.golden";

/// The latest version of the golden vectors that this crate writes. It reads and writes version 1 as well.
pub const GOLDEN_VERSION: u32 = 2;

/// The largest JPEG file among golden vectors, in bytes.
pub const LARGEST_GOLDEN_FILE: usize = 64_000;

/// The most pixels of a picture file among golden vectors: what a small board decodes in passing.
pub const MOST_GOLDEN_FILE_PIXELS: u64 = 1 << 24;

/// The most files among golden vectors.
const MOST_FILES: usize = 16;

/// The most pixels of all golden vectors of a file together, 16 MiB: vectors come from files.
const MOST_PIXELS: usize = 1 << 24;

/// The golden vectors of a model file, and how close a computation must come to them.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenVectors {
    /// The largest difference that a probability may have from the golden one, in (0, 1].
    pub tolerance: f32,
    /// The golden vectors, at least one.
    pub vectors: Vec<GoldenVector>,
    /// The files that some of the vectors were made of.
    pub files: Vec<GoldenFile>,
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

/// A picture file whose pixels, decoded and preprocessed, are those of a golden vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenFile {
    /// The position of the golden vector.
    pub vector: usize,
    /// The bytes of a JPEG file, at most [`LARGEST_GOLDEN_FILE`].
    pub jpeg: Vec<u8>,
}

/// The reason for which golden vectors cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum GoldenError {
    /// The text is no JSON, lacks a field, or has a field that is unknown; the parser's message.
    #[error("golden vectors: {0}")]
    Malformed(String),
    /// The version of the golden vectors is neither 1 nor [`GOLDEN_VERSION`]; the version that was found.
    #[error("golden vectors: expected version 1 or {GOLDEN_VERSION}, found {0}")]
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
    /// In version 2, where there are some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<WrittenFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    vector: usize,
    jpeg: String,
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
        let version = self.version();
        let text = if version == 1 { to_runs } else { to_base64 };
        let vector = |vector: &GoldenVector| WrittenVector {
            class: vector.class,
            pixels: text(&vector.pixels),
            probabilities: vector.probabilities.clone(),
        };
        let file = |file: &GoldenFile| WrittenFile { vector: file.vector, jpeg: to_base64(&file.jpeg) };
        let (vectors, files) =
            (self.vectors.iter().map(vector).collect(), self.files.iter().map(file).collect());
        let written = Written { version, tolerance: self.tolerance, vectors, files };
        serde_json::to_string(&written).expect("golden vectors have string keys only")
    }

    /// The version that the vectors are written in: the first one, unless it cannot say them or the second one is shorter.
    fn version(&self) -> u32 {
        let lengths = |length: fn(&[u8]) -> usize| -> usize {
            self.vectors.iter().map(|vector| length(&vector.pixels)).sum()
        };
        let (runs, base64) =
            (lengths(|pixels| to_runs(pixels).len()), lengths(|pixels| base64_length(pixels.len())));
        if self.files.is_empty() && runs <= base64 { 1 } else { GOLDEN_VERSION }
    }

    /// Reads the golden vectors of a file with this contract, and checks them.
    ///
    /// # Errors
    /// [`GoldenError`] for anything but vectors of these versions that fit the contract's input and labels.
    pub fn from_json(json: &str, contract: &ModelContract) -> Result<Self, GoldenError> {
        let written: Written =
            serde_json::from_str(json).map_err(|error| GoldenError::Malformed(error.to_string()))?;
        let version = written.version;
        if !(1..=GOLDEN_VERSION).contains(&version) {
            return Err(GoldenError::UnknownVersion(version));
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
        let most = if version == 1 { 0 } else { MOST_FILES };
        let count = written.files.len();
        expect(count <= most, "files", format!("at most {most} in version {version}"), count)?;
        let files = written.files.into_iter().map(|file| file.read(vectors)).collect::<Result<_, _>>()?;
        let vectors = written.vectors.into_iter().map(|vector| vector.read(version, contract));
        Ok(Self { tolerance, vectors: vectors.collect::<Result<_, _>>()?, files })
    }
}

impl WrittenFile {
    fn read(self, vectors: usize) -> Result<GoldenFile, Mismatch> {
        expect(self.vector < vectors, "files, vector", format!("under {vectors}"), self.vector)?;
        let jpeg = from_base64(&self.jpeg, LARGEST_GOLDEN_FILE);
        let jpeg = jpeg.filter(|bytes| bytes.starts_with(b"\xff\xd8") && bytes.len() <= LARGEST_GOLDEN_FILE);
        let expected = || format!("a JPEG file of at most {LARGEST_GOLDEN_FILE} bytes in base64");
        let jpeg = jpeg.ok_or_else(|| Mismatch::new("files, jpeg", expected(), "another text"))?;
        Ok(GoldenFile { vector: self.vector, jpeg })
    }
}

impl WrittenVector {
    fn read(self, version: u32, contract: &ModelContract) -> Result<GoldenVector, GoldenError> {
        let (class, classes, values) = (self.class, contract.labels.len(), contract.input.values());
        expect(class < classes, "class", format!("under {classes}"), class)?;
        let found = self.probabilities.len();
        expect(found == classes, "probabilities", classes.to_string(), found)?;
        let strange = self.probabilities.iter().find(|probability| !(0.0..=1.0).contains(*probability));
        expect(strange.is_none(), "probabilities", "0 to 1", format!("{strange:?}"))?;
        let (pixels, digits) = match version {
            1 => (from_runs(&self.pixels, values), "hexadecimal digits"),
            _ => (from_base64(&self.pixels, values).filter(|pixels| pixels.len() == values), "base64"),
        };
        let expected = || format!("{values} values in {digits}");
        let pixels = pixels.ok_or_else(|| Mismatch::new("pixels", expected(), "another text"))?;
        Ok(GoldenVector { class, pixels, probabilities: self.probabilities })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{ImageInput, Provenance, Resize};

    fn contract() -> ModelContract {
        ModelContract::mnist(Provenance::default())
    }

    fn vectors() -> GoldenVectors {
        let mut pixels = vec![0; 784];
        pixels[300..304].copy_from_slice(&[1, 255, 0, 16]);
        let mut probabilities = vec![0.0; 10];
        probabilities[3..5].copy_from_slice(&[0.999_999_9, 1e-7]);
        GoldenVectors {
            tolerance: 1e-5,
            vectors: vec![GoldenVector { class: 3, pixels, probabilities }],
            files: vec![],
        }
    }

    #[test]
    fn survive_a_round_trip_to_the_bit() {
        assert_eq!(GoldenVectors::from_json(&vectors().to_json(), &contract()), Ok(vectors()));
    }

    /// A colour picture without runs, and the file that it was made of.
    fn with_file() -> (ModelContract, GoldenVectors) {
        let labels = ["cat", "dog"].map(str::to_owned).to_vec();
        let input = ImageInput::version_2([3, 2, 5], Resize::Fit);
        let vector = GoldenVector { class: 1, pixels: (1..=30).collect(), probabilities: vec![0.25, 0.75] };
        let files = vec![GoldenFile { vector: 0, jpeg: b"\xff\xd8\xff\xd9".to_vec() }];
        let golden = GoldenVectors { tolerance: 1e-5, vectors: vec![vector], files };
        (ModelContract::new(input, labels, Provenance::default()), golden)
    }

    #[test]
    fn files_and_pixels_without_runs_are_written_in_version_2() {
        let (contract, golden) = with_file();
        let without = GoldenVectors { files: vec![], ..golden.clone() };
        for golden in [golden, without] {
            let json = golden.to_json();
            assert!(
                json.starts_with("{\"version\":2,")
                    && json.contains("\"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0e\"")
            );
            assert_eq!(GoldenVectors::from_json(&json, &contract), Ok(golden));
        }
        assert!(vectors().to_json().starts_with("{\"version\":1,"));
    }

    #[test]
    fn every_broken_file_is_named() {
        let (contract, golden) = with_file();
        let spoiled = |change: fn(&mut GoldenVectors)| {
            let mut golden = golden.clone();
            change(&mut golden);
            GoldenVectors::from_json(&golden.to_json(), &contract).unwrap_err().to_string()
        };
        assert!(
            spoiled(|golden| golden.files[0].vector = 1).contains("files, vector: expected under 1, found 1")
        );
        assert!(
            spoiled(|golden| golden.files[0].jpeg[0] = 0)
                .contains("files, jpeg: expected a JPEG file of at most")
        );
        assert!(spoiled(|golden| golden.files[0].jpeg.resize(65_537, 0)).contains("files, jpeg: expected"));
        assert!(
            spoiled(|golden| golden.files = vec![golden.files[0].clone(); 17])
                .contains("files: expected at most 16 in version 2, found 17")
        );
        assert!(
            spoiled(|golden| _ = golden.vectors[0].pixels.pop())
                .contains("pixels: expected 30 values in base64")
        );
        let older = golden.to_json().replace("\"version\":2", "\"version\":1");
        let message = GoldenVectors::from_json(&older, &contract).unwrap_err().to_string();
        assert!(message.contains("files: expected at most 0 in version 1, found 1"), "{message}");
        let no_base64 = golden.to_json().replace("/9j/2Q==", "/9j/2Q=");
        assert!(
            GoldenVectors::from_json(&no_base64, &contract).unwrap_err().to_string().contains("files, jpeg")
        );
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
        let newer = vectors().to_json().replace("\"version\":1", "\"version\":3");
        assert_eq!(GoldenVectors::from_json(&newer, &contract()), Err(GoldenError::UnknownVersion(3)));
        for json in ["", "{}", "[]", "{\"version\":1}"] {
            assert!(matches!(GoldenVectors::from_json(json, &contract()), Err(GoldenError::Malformed(_))));
        }
    }
}
