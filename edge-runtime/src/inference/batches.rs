//! Several pictures or tensors at once.
//!
//! In: pictures in any form, or one tensor f32 `[batch, channels, height, width]`. Out: an answer for each, in the order of
//! the input. A small board computes one image after another whatever it is given, so a batch saves words, not time; more
//! threads save time, and one [`Classifier`] serves any number of them.

use super::class_probabilities::ClassProbabilities;
use super::classifier::Classifier;
use super::inference_error::InferenceError;
use super::picture::Picture;

impl Classifier {
    /// Classifies several pictures one after another, in order. A picture that gets no answer leaves the others theirs.
    ///
    /// ```
    /// # use edge_runtime::{Classifier, image::DynamicImage};
    /// # let classifier = Classifier::from_bytes("student.onnx", models::zoo::STUDENT_ONNX)?;
    /// let pictures = [DynamicImage::new_luma8(28, 28), DynamicImage::new_rgb8(640, 480)];
    /// for answer in classifier.classify_batch(&pictures) {
    ///     println!("{:?}", answer?.best());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn classify_batch<'data, Form: Into<Picture<'data>>>(
        &self,
        pictures: impl IntoIterator<Item = Form>,
    ) -> Vec<Result<ClassProbabilities, InferenceError>> {
        pictures.into_iter().map(|picture| self.classify(picture)).collect()
    }

    /// Computes the class probabilities `[batch][classes]` of preprocessed images, f32 `[batch, channels, height, width]`.
    ///
    /// # Errors
    /// [`InferenceError::BatchLength`] where `images` does not hold whole images, else the first error of
    /// [`Classifier::probabilities`].
    pub fn probabilities_batch(&self, images: &[f32]) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.single_images(images)?.map(|image| self.probabilities(image)).collect()
    }

    /// Computes the logits `[batch][classes]` of preprocessed images, f32 `[batch, channels, height, width]`.
    ///
    /// # Errors
    /// [`InferenceError::BatchLength`] where `images` does not hold whole images, else the first error of
    /// [`Classifier::logits`].
    pub fn logits_batch(&self, images: &[f32]) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.single_images(images)?.map(|image| self.logits(image)).collect()
    }

    fn single_images<'data>(
        &self,
        images: &'data [f32],
    ) -> Result<impl Iterator<Item = &'data [f32]> + use<'data>, InferenceError> {
        let input = &self.contract().input;
        let (shape, image, found) = (input.shape(), input.values(), images.len());
        if !found.is_multiple_of(image) {
            return Err(InferenceError::BatchLength { shape, image, found });
        }
        Ok(images.chunks_exact(image))
    }
}
