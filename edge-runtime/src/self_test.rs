//! Whether this machine computes what the trainer computed: the golden vectors of a model file through the whole plan.

use models::model_file::golden_vectors::{GoldenError, GoldenVector};

use crate::classifier::{Classifier, InferenceError};

/// What [`Classifier::self_test`] has found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct SelfTest {
    /// How many golden vectors were computed.
    pub vectors: usize,
    /// Of them, those whose likeliest class is the trainer's.
    pub equal_labels: usize,
    /// The largest difference of a probability from the trainer's.
    pub largest_difference: f32,
    /// The largest difference that the file allows.
    pub tolerance: f32,
}

impl SelfTest {
    /// Whether every label is the trainer's and no probability further away than is allowed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.equal_labels == self.vectors && self.largest_difference <= self.tolerance
    }
}

/// A self-test that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// The file carries nothing to compare with.
    #[error(
        "golden vectors: expected some in the model, found none: `exporter` writes them where it is given --data"
    )]
    NoGoldenVectors,
    /// It carries something else in their place.
    #[error("{}", crate::printable(&.0.to_string()))]
    GoldenVectors(#[from] GoldenError),
    /// The network gives no answer.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

impl Classifier {
    /// Computes the golden vectors that the model file carries and compares them with the trainer's probabilities.
    ///
    /// # Errors
    /// [`SelfTestError`] where there are none, or none that can be computed.
    ///
    #[cfg_attr(feature = "builtin-model", doc = "```")]
    #[cfg_attr(not(feature = "builtin-model"), doc = "```ignore")]
    /// assert!(edge_runtime::Classifier::builtin()?.self_test()?.passed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn self_test(&self) -> Result<SelfTest, SelfTestError> {
        let golden = self.golden_vectors()?.ok_or(SelfTestError::NoGoldenVectors)?;
        let (vectors, tolerance) = (golden.vectors.len(), golden.tolerance);
        let mut found = SelfTest { vectors, equal_labels: 0, largest_difference: 0.0, tolerance };
        for vector in &golden.vectors {
            self.compare(vector, &mut found)?;
        }
        Ok(found)
    }

    fn compare(&self, vector: &GoldenVector, found: &mut SelfTest) -> Result<(), InferenceError> {
        let probabilities = self.probabilities(&vector.input(self.contract()))?;
        let differences =
            probabilities.iter().zip(&vector.probabilities).map(|(one, other)| (one - other).abs());
        found.largest_difference = differences.fold(found.largest_difference, f32::max);
        found.equal_labels += usize::from(likeliest(&probabilities) == likeliest(&vector.probabilities));
        Ok(())
    }
}

/// The first of the largest values.
fn likeliest(probabilities: &[f32]) -> Option<usize> {
    (0..probabilities.len()).rev().max_by(|&one, &other| probabilities[one].total_cmp(&probabilities[other]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx_protobuf::StringStringEntryProto;
    use crate::test_models::{Numbers, bytes, student_model};
    use models::model_file::golden_vectors::{GoldenVectors, METADATA_KEY};

    /// A model with two golden vectors of its own answers, which `spoil` may change.
    fn self_test(spoil: impl FnOnce(&mut GoldenVectors)) -> Result<SelfTest, SelfTestError> {
        let mut model = student_model();
        let classifier = Classifier::from_bytes("test.onnx", &bytes(&model)).unwrap();
        let vector = |seed: u64| {
            let pixels = Numbers(seed).take(784).iter().map(|value| (255.0 * (value + 0.5)) as u8).collect();
            let mut vector = GoldenVector { class: 0, pixels, probabilities: vec![] };
            vector.probabilities = classifier.probabilities(&vector.input(classifier.contract())).unwrap();
            vector
        };
        let mut golden = GoldenVectors { tolerance: 1e-5, vectors: vec![vector(7), vector(8)] };
        spoil(&mut golden);
        let (key, value) = (METADATA_KEY.to_owned(), golden.to_json());
        model.metadata_props.push(StringStringEntryProto { key, value });
        Classifier::from_bytes("test.onnx", &bytes(&model)).unwrap().self_test()
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
}
