//! Whether this machine computes what the trainer computed.
//!
//! In: the golden vectors of a model file, inputs and the trainer's probabilities. Out: how far this machine's probabilities
//! are from them.

use std::time::{Duration, Instant};

use models::model_file::golden_vectors::{
    GoldenError, GoldenFile, GoldenVector, GoldenVectors, MOST_GOLDEN_FILE_PIXELS,
};
use models::picture::{decode_picture, preprocess, preprocessing};
use models::probability::arg_max;
use models::storage::printable::printable;

use super::classifier::Classifier;
use super::inference_error::InferenceError;
use crate::model::ModelProblem;

/// How long a model is proven when it is loaded: nothing beside reading and optimising it.
const PROOF_TIME: Duration = Duration::from_millis(1);

/// The largest mean difference of an input value from the trainer's, in steps of 255. Decoders of JPEG may differ by a step
/// where a processor has other instructions; another filter, turn or order of channels differs by more.
const MOST_INPUT_DIFFERENCE: f32 = 1.0;

/// The findings of [`Classifier::self_test`].
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct SelfTest {
    /// The number of golden vectors that were computed.
    pub vectors: usize,
    /// The number of golden vectors whose likeliest class is the trainer's.
    pub equal_labels: usize,
    /// The largest difference of a probability from the trainer's, over all vectors and classes.
    pub largest_difference: f32,
    /// The largest difference that the model file allows.
    pub tolerance: f32,
    /// The number of picture files in the model that were decoded and preprocessed.
    pub files: usize,
    /// The number of picture files whose likeliest class is the trainer's.
    pub equal_file_labels: usize,
    /// The mean difference of an input value from the trainer's, in steps of 255, for the file where it is largest.
    pub largest_input_difference: f32,
}

impl SelfTest {
    fn of(golden: &GoldenVectors) -> Self {
        Self {
            vectors: golden.vectors.len(),
            equal_labels: 0,
            largest_difference: 0.0,
            tolerance: golden.tolerance,
            files: golden.files.len(),
            equal_file_labels: 0,
            largest_input_difference: 0.0,
        }
    }

    /// Returns whether every likeliest class is the trainer's, no probability further from the trainer's than is allowed, and
    /// no file decoded and preprocessed to something else than with the trainer.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.equal_labels == self.vectors
            && self.largest_difference <= self.tolerance
            && self.equal_file_labels == self.files
            && self.largest_input_difference <= MOST_INPUT_DIFFERENCE
    }
}

/// The error of a self-test that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelfTestError {
    /// The model file carries no golden vectors to compare with.
    #[error(
        "golden vectors: expected some in the model, found none: `exporter` writes them where it is given --data"
    )]
    NoGoldenVectors,
    /// The model file carries something else in the place of golden vectors.
    #[error("{}", printable(&.0.to_string()))]
    GoldenVectors(#[from] GoldenError),
    /// The network gives no answer for a golden vector, or the picture file of one cannot be read.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

impl Classifier {
    /// Computes the golden vectors that the model file carries and compares them with the trainer's probabilities; the picture
    /// files among them are decoded and preprocessed besides.
    ///
    /// # Errors
    /// [`SelfTestError`] where the file carries no golden vectors, or none that can be computed.
    ///
    /// ```
    /// # let classifier = edge_runtime::Classifier::from_bytes("student.onnx", models::zoo::STUDENT_ONNX)?;
    /// assert!(classifier.self_test()?.passed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn self_test(&self) -> Result<SelfTest, SelfTestError> {
        let golden = self.golden_vectors()?.ok_or(SelfTestError::NoGoldenVectors)?;
        let mut found = SelfTest::of(&golden);
        for vector in &golden.vectors {
            self.compare(vector, &mut found)?;
        }
        for file in &golden.files {
            self.compare_file(file, &golden.vectors[file.vector], &mut found)?;
        }
        Ok(found)
    }

    /// Computes golden vectors for a millisecond, one at least, where the file carries some.
    pub(super) fn prove(&self) -> Result<(), ModelProblem> {
        let Some(golden) = self.golden_vectors()? else { return Ok(()) };
        let start = Instant::now();
        for vector in &golden.vectors {
            let mut found = SelfTest { vectors: 1, files: 0, ..SelfTest::of(&golden) };
            let computed = self.compare(vector, &mut found);
            computed.map_err(|error| ModelProblem::Contradiction(printable(&error.to_string())))?;
            if !found.passed() {
                let SelfTest { largest_difference, tolerance, .. } = found;
                let what = format!("a difference of {largest_difference:.1e}, {tolerance:.1e} allowed");
                return Err(ModelProblem::Contradiction(what));
            }
            if start.elapsed() >= PROOF_TIME {
                break;
            }
        }
        Ok(())
    }

    fn compare(&self, vector: &GoldenVector, found: &mut SelfTest) -> Result<(), InferenceError> {
        let probabilities = self.probabilities(&vector.input(self.contract()))?;
        let differences =
            probabilities.iter().zip(&vector.probabilities).map(|(one, other)| (one - other).abs());
        found.largest_difference = differences.fold(found.largest_difference, f32::max);
        found.equal_labels += usize::from(arg_max(&probabilities) == arg_max(&vector.probabilities));
        Ok(())
    }
}

/// What messages call a picture file inside of a model.
const INSIDE: &str = "golden picture";

impl Classifier {
    /// Decodes a file as any picture of a user, and compares what the network sees of it with its golden vector.
    fn compare_file(
        &self,
        file: &GoldenFile,
        vector: &GoldenVector,
        found: &mut SelfTest,
    ) -> Result<(), InferenceError> {
        let input = &self.contract().input;
        let picture = decode_picture(INSIDE, &file.jpeg, MOST_GOLDEN_FILE_PIXELS)?;
        let pixels = preprocessing::to_bytes(&picture, input)?;
        let apart: usize = pixels.iter().zip(&vector.pixels).map(|(a, b)| usize::from(a.abs_diff(*b))).sum();
        let difference = apart as f32 / pixels.len() as f32;
        found.largest_input_difference = found.largest_input_difference.max(difference);
        let probabilities = self.probabilities(&preprocess(&picture, input)?)?;
        found.equal_file_labels += usize::from(arg_max(&probabilities) == arg_max(&vector.probabilities));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::onnx_protobuf::StringStringEntryProto;
    use crate::test_models::{bytes, numbers, student_model};
    use models::model_file::golden_vectors::METADATA_KEY;

    /// A model with two golden vectors of its own answers, which `spoil` may change.
    fn self_test(spoil: impl FnOnce(&mut GoldenVectors)) -> Result<SelfTest, SelfTestError> {
        let mut model = student_model();
        let classifier = Classifier::from_bytes("test.onnx", &bytes(&model)).unwrap();
        let vector = |seed: u64| {
            let pixels = numbers(seed)(784).iter().map(|value| (255.0 * (value + 0.5)) as u8).collect();
            let mut vector = GoldenVector { class: 0, pixels, probabilities: vec![] };
            vector.probabilities = classifier.probabilities(&vector.input(classifier.contract())).unwrap();
            vector
        };
        let mut golden =
            GoldenVectors { tolerance: 1e-5, vectors: vec![vector(7), vector(8)], files: vec![] };
        spoil(&mut golden);
        let (key, value) = (METADATA_KEY.to_owned(), golden.to_json());
        model.metadata_props.push(StringStringEntryProto { key, value });
        let (bytes, name) = (bytes(&model), "test.onnx");
        let found = Classifier::from_unproven_bytes(name, &bytes).unwrap().self_test();
        let loaded = Classifier::from_bytes(name, &bytes);
        // Files are not decoded when a model is loaded.
        let of_vectors = |found: &SelfTest| {
            SelfTest { files: 0, equal_file_labels: 0, largest_input_difference: 0.0, ..*found }.passed()
        };
        assert_eq!(loaded.is_ok(), found.as_ref().is_ok_and(of_vectors), "{loaded:?}");
        if let Err(error) = loaded {
            assert!(error.to_string().starts_with("test.onnx: golden vectors: "), "{error}");
        }
        found
    }

    #[test]
    fn a_machine_that_computes_the_same_passes() {
        let found = self_test(|_| ()).unwrap();
        assert_eq!((found.vectors, found.equal_labels, found.largest_difference), (2, 2, 0.0));
        assert!(found.passed());
    }

    #[test]
    fn a_difference_beyond_the_tolerance_fails() {
        let found = self_test(|golden| {
            let probability = &mut golden.vectors[1].probabilities[3];
            *probability = (*probability - 1e-3).abs();
        })
        .unwrap();
        assert!(!found.passed() && found.largest_difference > 1e-5 && found.largest_difference < 2e-3);
    }

    #[test]
    fn another_label_fails_within_any_tolerance() {
        let found = self_test(|golden| {
            golden.tolerance = 1.0;
            golden.vectors[0].probabilities.rotate_left(1);
        })
        .unwrap();
        assert!(!found.passed() && (found.vectors, found.equal_labels) == (2, 1));
    }

    #[test]
    fn a_model_without_golden_vectors_says_so() {
        let classifier = Classifier::from_bytes("test.onnx", &bytes(&student_model())).unwrap();
        assert!(matches!(classifier.self_test(), Err(SelfTestError::NoGoldenVectors)));
        assert!(matches!(self_test(|golden| golden.vectors.clear()), Err(SelfTestError::GoldenVectors(_))));
    }

    /// A model with the file of its first vector: 28 rows of light on dark, which `spoil` may change.
    fn with_file(spoil: impl FnOnce(&mut GoldenVectors)) -> SelfTest {
        self_test(|golden| {
            let seven =
                image::GrayImage::from_fn(28, 28, |x, y| image::Luma([if x / 4 == y / 8 { 250 } else { 0 }]));
            let mut jpeg = std::io::Cursor::new(Vec::new());
            seven.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
            golden.files = vec![GoldenFile { vector: 0, jpeg: jpeg.into_inner() }];
            let classifier = Classifier::from_bytes("test.onnx", &bytes(&student_model())).unwrap();
            let picture = decode_picture("file", &golden.files[0].jpeg, 784).unwrap();
            let vector = &mut golden.vectors[0];
            vector.pixels = preprocessing::to_bytes(&picture, &classifier.contract().input).unwrap();
            vector.probabilities = classifier.probabilities(&vector.input(classifier.contract())).unwrap();
            spoil(golden);
        })
        .unwrap()
    }

    #[test]
    fn a_file_that_is_decoded_and_preprocessed_as_with_the_trainer_passes() {
        let found = with_file(|_| ());
        assert_eq!((found.files, found.equal_file_labels, found.passed()), (1, 1, true), "{found:?}");
        assert_eq!(found.largest_input_difference, 0.0);
    }

    #[test]
    fn a_file_that_becomes_another_input_fails() {
        let found = with_file(|golden| {
            let classifier = Classifier::from_bytes("test.onnx", &bytes(&student_model())).unwrap();
            let vector = &mut golden.vectors[0];
            vector.pixels.rotate_right(1);
            vector.probabilities = classifier.probabilities(&vector.input(classifier.contract())).unwrap();
        });
        assert!(found.largest_input_difference > 1.0 && found.equal_labels == 2, "{found:?}");
    }
}
