//! A model that is ready: pictures in, class probabilities out.

use std::path::Path;
use std::sync::Arc;

use image::DynamicImage;
use models::ModelContract;
use models::model_file::golden_vectors::{GoldenError, GoldenVectors};
use models::picture::preprocessing::{PreprocessingError, preprocess};
use models::storage::numbers::first_not_finite;
use prost::bytes::Bytes;

use crate::class_probabilities::ClassProbabilities;
use crate::loader::Loader;
use crate::model_error::{ModelError, ModelProblem};
use crate::model_summary::ModelSummary;
use crate::tract_plan::TractPlan;
use crate::{model_file, model_guard};

/// An image classifier read from an ONNX file that `exporter` wrote.
///
/// It holds no state between pictures: one classifier serves any number of threads.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # if cfg!(not(feature = "builtin-model")) { return Ok(()); }
/// use edge_runtime::Classifier;
///
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/zoo/student.onnx");
/// let classifier = Classifier::from_file(path.as_ref())?;
/// let values = classifier.contract().input.values();
/// let probabilities = classifier.probabilities(&vec![0.0; values])?;
/// assert_eq!(probabilities.len(), classifier.contract().labels.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Classifier {
    contract: ModelContract,
    labels: Arc<[String]>,
    plan: TractPlan,
    summary: ModelSummary,
    /// The JSON of the golden vectors.
    golden: Option<String>,
}

/// A picture or a tensor that got no answer.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The tensor has another length than one image.
    #[error("input: expected {expected} values for {shape:?}, found {found}")]
    InputLength {
        /// `[channels, height, width]`.
        shape: [usize; 3],
        /// Their product.
        expected: usize,
        /// The length of what was given.
        found: usize,
    },
    /// The tensor has a value that is no number.
    #[error("input: expected finite values, found {value} at position {position}")]
    InputNotFinite {
        /// Counted from 0.
        position: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// The picture cannot become a tensor.
    #[error(transparent)]
    Preprocessing(#[from] PreprocessingError),
    /// The network's numbers went out of their range.
    #[error("output: expected probabilities from 0 to 1, found {0}")]
    OutputOutOfRange(f32),
    /// tract failed on a model that it had accepted.
    #[error("tract: {0}")]
    Tract(String),
}

impl Classifier {
    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`], which names the file, for one that cannot be read or is anything but a sound model with its
    /// contract.
    pub fn from_file(path: &Path) -> Result<Self, ModelError> {
        let bytes = model_file::read_model(path)?;
        Self::named(&model_file::shown(path), bytes.into(), Loader::default())
    }

    /// Reads a model from memory. `name` stands for the file in messages.
    ///
    /// # Errors
    /// As [`Classifier::from_file`].
    ///
    /// ```
    /// let error = edge_runtime::Classifier::from_bytes("empty.onnx", b"").unwrap_err();
    /// assert_eq!(error.to_string(), "empty.onnx: expected an ONNX model, found an empty file");
    /// ```
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        Self::from_bytes_with(name, bytes, Loader::default())
    }

    /// The same with a loader of choice.
    ///
    /// # Errors
    /// As [`Classifier::from_file`].
    pub fn from_bytes_with(name: &str, bytes: &[u8], loader: Loader) -> Result<Self, ModelError> {
        Self::named(name, Bytes::copy_from_slice(bytes), loader)
    }

    /// The student of this repository, `models/zoo/student.onnx`, from inside the binary.
    ///
    /// # Errors
    /// As [`Classifier::from_file`]; a test keeps the built-in file sound.
    #[cfg(feature = "builtin-model")]
    pub fn builtin() -> Result<Self, ModelError> {
        Self::named("built-in model", Bytes::from_static(model_file::BUILTIN_MODEL), Loader::default())
    }

    fn named(name: &str, bytes: Bytes, loader: Loader) -> Result<Self, ModelError> {
        Self::compile(bytes, loader).map_err(|problem| ModelError { file: name.to_owned(), problem })
    }

    fn compile(bytes: Bytes, loader: Loader) -> Result<Self, ModelProblem> {
        let model = model_guard::check(bytes)?;
        let plan = TractPlan::compile(&model, loader)?;
        let labels = model.contract.labels.as_slice().into();
        Ok(Self { contract: model.contract, labels, plan, summary: model.summary, golden: model.golden })
    }

    /// What the model expects of a picture, and what its outputs mean.
    #[must_use]
    pub fn contract(&self) -> &ModelContract {
        &self.contract
    }

    /// The model's layers and sizes.
    #[must_use]
    pub fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    /// The inputs and the trainer's answers that the file carries to be checked by; nothing where it carries none. They
    /// are read when they are asked for: whoever classifies does not need them.
    ///
    /// # Errors
    /// [`GoldenError`] where they are none, or do not fit the contract.
    pub fn golden_vectors(&self) -> Result<Option<GoldenVectors>, GoldenError> {
        self.golden.as_deref().map(|json| GoldenVectors::from_json(json, &self.contract)).transpose()
    }

    /// The names of tract's matrix kernels that were chosen for this model on this processor, each once; a network without
    /// products of matrices has none.
    #[must_use]
    pub fn kernels(&self) -> Vec<String> {
        self.plan.kernels()
    }

    /// The probabilities `[classes]`, in the order of the contract's labels, of one preprocessed image
    /// `[channels, height, width]`.
    ///
    /// # Errors
    /// [`InferenceError`] for another length, for values that are not finite, and for probabilities that are none.
    pub fn probabilities(&self, input: &[f32]) -> Result<Vec<f32>, InferenceError> {
        let shape = self.contract.input.shape();
        let (expected, found) = (self.contract.input.values(), input.len());
        if expected != found {
            return Err(InferenceError::InputLength { shape, expected, found });
        }
        if let Some(position) = first_not_finite(input) {
            return Err(InferenceError::InputNotFinite { position, value: input[position] });
        }
        let probabilities = self.plan.run(input).map_err(InferenceError::Tract)?;
        match probabilities.iter().find(|probability| !(0.0..=ROUNDED_ONE).contains(*probability)) {
            None => Ok(probabilities),
            Some(&found) => Err(InferenceError::OutputOutOfRange(found)),
        }
    }

    /// Brings a decoded picture to the network's input as the contract says, and ranks the classes.
    ///
    /// # Errors
    /// [`InferenceError`] for a picture without pixels, and as [`Classifier::probabilities`].
    pub fn classify(&self, picture: &DynamicImage) -> Result<ClassProbabilities, InferenceError> {
        let input = preprocess(picture, &self.contract.input)?;
        Ok(ClassProbabilities::new(Arc::clone(&self.labels), self.probabilities(&input)?))
    }
}

/// The largest probability that rounding can make, with f16 arithmetic in the network: half a thousandth over 1.
const ROUNDED_ONE: f32 = 1.001;

#[cfg(test)]
mod tests;
