//! The answers of a network to its golden pictures.

use models::model_file::golden_vectors::{GoldenFile, GoldenVector, GoldenVectors};
use models::picture::preprocessing;
use models::reference;
use models::weights::Weights;

use super::pictures::GoldenPicture;

/// Computes the probabilities of `pictures` at temperature 1, with the reference implementation and rounded to f32: the
/// same bytes on every machine. Nothing where there are no pictures.
pub(crate) fn golden_vectors(
    weights: &Weights,
    pictures: &[GoldenPicture],
    tolerance: f32,
) -> Option<GoldenVectors> {
    let vectors: Vec<GoldenVector> = pictures.iter().map(|picture| vector(weights, picture)).collect();
    let file =
        |(vector, picture): (usize, &GoldenPicture)| Some(GoldenFile { vector, jpeg: picture.jpeg.clone()? });
    let files = pictures.iter().enumerate().filter_map(file).collect();
    (!vectors.is_empty()).then_some(GoldenVectors { tolerance, vectors, files })
}

fn vector(weights: &Weights, picture: &GoldenPicture) -> GoldenVector {
    let input = preprocessing::from_bytes(&picture.pixels, &weights.contract.input);
    let probabilities = reference::probabilities(weights, &input);
    GoldenVector {
        class: picture.class,
        pixels: picture.pixels.clone(),
        probabilities: probabilities.into_iter().map(|probability| probability as f32).collect(),
    }
}
