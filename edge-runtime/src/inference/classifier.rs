//! The classifier itself: how a model file becomes one, and what it can be asked about one picture.

use std::path::Path;
use std::sync::Arc;

use models::ModelContract;
use models::model_file::golden_vectors::{GoldenError, GoldenVectors};
use models::storage::numbers::first_not_finite;
use prost::bytes::Bytes;

use super::class_probabilities::ClassProbabilities;
use super::inference_error::InferenceError;
use super::picture::Picture;
use crate::guard;
use crate::model::{ModelError, ModelProblem, ModelSummary, read_model, shown};
use crate::plan::{Loader, TractPlan};

/// The largest probability that rounding can make, with f16 arithmetic in the network: half a thousandth over 1.
const ROUNDED_ONE: f32 = 1.001;

/// An image classifier read from an ONNX file that Imago's `exporter` wrote.
///
/// The classifier keeps nothing between pictures, so one of them serves any number of threads. A clone shares the weights.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # std::env::set_current_dir(&folder)?;
/// # std::fs::write("student.onnx", models::zoo::STUDENT_ONNX)?;
/// # std::fs::write("seven.png", models::zoo::DIGITS_PNG[7])?;
/// use std::path::Path;
///
/// use edge_runtime::Classifier;
///
/// let classifier = Classifier::from_file("student.onnx")?;
/// let answer = classifier.classify(Path::new("seven.png"))?;
/// assert_eq!(answer.best().map(|guess| guess.label).as_deref(), Some("7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
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

impl Classifier {
    /// Reads a model file, checks every part of it and makes it ready to run, with the default [`Loader`]. As many of the
    /// file's golden vectors as fit into a millisecond are computed, one at least where there is one.
    ///
    /// # Errors
    /// [`ModelError`], which names the file, for one that cannot be read or is anything but a sound model with its
    /// contract, and for one whose golden vectors contradict its network on this machine.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let path = path.as_ref();
        let bytes = read_model(path)?;
        Self::named(&shown(path), bytes.into(), Loader::default())
    }

    /// Reads a model from the bytes of its file, with the default [`Loader`]. `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`ModelError`], which says `name`, for anything but a sound model with its contract.
    ///
    /// ```
    /// let error = edge_runtime::Classifier::from_bytes("empty.onnx", b"").unwrap_err();
    /// assert_eq!(error.to_string(), "empty.onnx: expected an ONNX model, found an empty file");
    /// ```
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        Self::from_bytes_with(name, bytes, Loader::default())
    }

    /// Reads a model from the bytes of its file with a loader of choice. `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`ModelError`], which says `name`, for anything but a sound model with its contract.
    pub fn from_bytes_with(name: &str, bytes: &[u8], loader: Loader) -> Result<Self, ModelError> {
        Self::named(name, Bytes::copy_from_slice(bytes), loader)
    }

    /// Makes the student ready that is built into the library: handwritten digits, grey, 28×28.
    ///
    /// # Errors
    /// [`ModelError`] where the built-in file is not sound, which a test rules out.
    #[cfg(feature = "builtin-model")]
    pub fn builtin() -> Result<Self, ModelError> {
        Self::named("built-in model", Bytes::from_static(crate::model::BUILTIN_MODEL), Loader::default())
    }

    /// Reads a model from the bytes of its file without computing any of its golden vectors, for a program that judges them
    /// itself by [`Classifier::self_test`]. `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`ModelError`] as from [`Classifier::from_bytes`], but for golden vectors that contradict the network.
    pub fn from_unproven_bytes(name: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        Self::compile(Bytes::copy_from_slice(bytes), Loader::default())
            .map_err(|problem| of_file(name, problem))
    }

    fn named(name: &str, bytes: Bytes, loader: Loader) -> Result<Self, ModelError> {
        let classifier = Self::compile(bytes, loader).map_err(|problem| of_file(name, problem))?;
        classifier.prove().map_err(|problem| of_file(name, problem))?;
        Ok(classifier)
    }

    fn compile(bytes: Bytes, loader: Loader) -> Result<Self, ModelProblem> {
        let mut model = guard::check(bytes)?;
        let plan = TractPlan::compile(&mut model, loader)?;
        let labels = model.contract.labels.as_slice().into();
        Ok(Self { contract: model.contract, labels, plan, summary: model.summary, golden: model.golden })
    }

    /// Returns the model's contract: what the network expects of a picture, and what its outputs mean.
    #[must_use]
    pub fn contract(&self) -> &ModelContract {
        &self.contract
    }

    /// Returns the sizes and layers of the model file.
    #[must_use]
    pub fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    /// Reads the golden vectors that the model file carries: inputs and the trainer's answers, to check a machine by.
    /// Returns `None` where the file carries none. They are read at each call, since classifying does not need them.
    ///
    /// # Errors
    /// [`GoldenError`] where what the file carries in their place is malformed or does not fit the contract.
    pub fn golden_vectors(&self) -> Result<Option<GoldenVectors>, GoldenError> {
        self.golden.as_deref().map(|json| GoldenVectors::from_json(json, &self.contract)).transpose()
    }

    /// Returns the names of tract's matrix kernels that were chosen for this model on this processor, each once. A network
    /// without products of matrices has none.
    #[must_use]
    pub fn kernels(&self) -> Vec<String> {
        self.plan.kernels()
    }

    /// Classifies one picture, in any of the forms of [`Picture`], and ranks the classes by their probabilities.
    ///
    /// The picture may have any size and colour: it is brought to the network's input as the contract says. Where that is to
    /// cut out ink and there is none, the answer [is blank](ClassProbabilities::is_blank). A file or its
    /// bytes may have at most [`DEFAULT_MAX_PIXELS`](crate::DEFAULT_MAX_PIXELS); for another limit decode it with
    /// [`read_picture`](crate::read_picture) or [`decode_picture`](crate::decode_picture) first.
    ///
    /// # Errors
    /// [`InferenceError`] for a file that cannot be read or decoded, a picture without pixels, and a network whose numbers
    /// go out of their range.
    pub fn classify<'data>(
        &self,
        picture: impl Into<Picture<'data>>,
    ) -> Result<ClassProbabilities, InferenceError> {
        let picture = picture.into().tensor(&self.contract.input)?;
        let labels = Arc::clone(&self.labels);
        match picture.is_blank {
            true => Ok(ClassProbabilities::of_blank(labels)),
            false => Ok(ClassProbabilities::new(labels, self.probabilities(&picture.values)?)),
        }
    }

    /// Brings one picture, in any of the forms of [`Picture`], to the network's input, f32 `[channels, height, width]`: what
    /// [`Classifier::probabilities`] and [`Classifier::logits`] take.
    ///
    /// # Errors
    /// [`InferenceError`] for a file that cannot be read or decoded and for a picture without pixels.
    pub fn tensor<'data>(&self, picture: impl Into<Picture<'data>>) -> Result<Vec<f32>, InferenceError> {
        Ok(picture.into().tensor(&self.contract.input)?.values.into_owned())
    }

    /// Computes the probabilities `[classes]`, in the order of the contract's labels, of one preprocessed image, f32
    /// `[channels, height, width]`. They are the softmax of [`Classifier::logits`].
    ///
    /// # Errors
    /// [`InferenceError`] for a tensor of another length or with values that are not finite, and for a network whose
    /// numbers go out of their range.
    pub fn probabilities(&self, input: &[f32]) -> Result<Vec<f32>, InferenceError> {
        self.check_tensor(input)?;
        let probabilities = self.plan.probabilities(input).map_err(InferenceError::Tract)?;
        match probabilities.iter().find(|probability| !(0.0..=ROUNDED_ONE).contains(*probability)) {
            None => Ok(probabilities),
            Some(&found) => Err(InferenceError::OutputOutOfRange(found)),
        }
    }

    /// Computes the logits `[classes]`, in the order of the contract's labels, of one preprocessed image, f32
    /// `[channels, height, width]`: the values that the network's softmax makes the probabilities of.
    ///
    /// Logits serve for a temperature, a threshold or an ensemble of one's own. The first call on a classifier prepares a
    /// second plan that shares the weights; programs that only ask for probabilities pay nothing for it.
    ///
    /// # Errors
    /// [`InferenceError`] for a tensor of another length or with values that are not finite, and for a network whose
    /// numbers go out of their range.
    ///
    /// ```
    /// # let classifier = edge_runtime::Classifier::from_bytes("student.onnx", models::zoo::STUDENT_ONNX)?;
    /// # let three = models::zoo::DIGITS_PNG[3];
    /// use edge_runtime::Picture;
    ///
    /// let input = classifier.tensor(Picture::Encoded(three))?;
    /// let (logits, probabilities) = (classifier.logits(&input)?, classifier.probabilities(&input)?);
    /// let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
    /// assert!((logits[3].exp() / sum - probabilities[3]).abs() < 1e-5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn logits(&self, input: &[f32]) -> Result<Vec<f32>, InferenceError> {
        self.check_tensor(input)?;
        let logits = self.plan.logits(input).map_err(InferenceError::Tract)?;
        match first_not_finite(&logits) {
            None => Ok(logits),
            Some(position) => Err(InferenceError::LogitNotFinite(logits[position])),
        }
    }

    fn check_tensor(&self, input: &[f32]) -> Result<(), InferenceError> {
        let shape = self.contract.input.shape();
        let (expected, found) = (self.contract.input.values(), input.len());
        if expected != found {
            return Err(InferenceError::InputLength { shape, expected, found });
        }
        match first_not_finite(input) {
            None => Ok(()),
            Some(position) => Err(InferenceError::InputNotFinite { position, value: input[position] }),
        }
    }
}

fn of_file(name: &str, problem: ModelProblem) -> ModelError {
    ModelError { file: name.to_owned(), problem }
}
