//! The pictures of the golden vectors: one of each class, with the class that it shows.
//!
//! For digits they are those of `models/zoo/digits/`, the first validation image of each digit in MNIST, inside the program:
//! the same weights give the same file where there is no data set. Other networks take theirs from the data.

use models::model_file::golden_vectors::{GoldenVector, GoldenVectors};
use models::picture::preprocessing;
use models::weights::Weights;
use models::zoo::DIGITS_PNG;
use models::{ImageInput, ModelContract};
use trainer::data_set::DataSet;

use crate::exact_probabilities::exact_probabilities;

/// A picture and its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenImage {
    /// An index of the contract's labels.
    pub class: usize,
    /// `[channels, height, width]`, 0 to 255.
    pub pixels: Vec<u8>,
}

/// The digits, for a contract that is about them.
#[must_use]
pub fn digits(contract: &ModelContract) -> Vec<GoldenImage> {
    let ImageInput { channels, height, width, polarity, .. } = contract.input;
    let digits = ModelContract::mnist(contract.provenance.clone());
    let fits = [channels, height, width] == digits.input.shape()
        && polarity == digits.input.polarity
        && contract.labels == digits.labels;
    let decode = |png: &[u8]| Some(image::load_from_memory(png).ok()?.into_luma8().into_raw());
    let images = DIGITS_PNG.iter().enumerate().filter(|_| fits);
    images.filter_map(|(class, png)| Some(GoldenImage { class, pixels: decode(png)? })).collect()
}

/// The first image of each class in a set.
#[must_use]
pub fn first_of_each_class(images: &DataSet) -> Vec<GoldenImage> {
    let labels = images.labels();
    let classes = labels.iter().copied().max().map_or(0, |largest| usize::from(largest) + 1);
    let first = |class: usize| labels.iter().position(|&label| usize::from(label) == class);
    let image = |class| Some(GoldenImage { class, pixels: images.image(first(class)?).to_vec() });
    (0..classes).filter_map(image).collect()
}

/// What the network says of `images` at temperature 1; nothing where there are none.
pub(crate) fn golden_vectors(
    weights: &Weights,
    images: &[GoldenImage],
    tolerance: f32,
) -> Option<GoldenVectors> {
    let vector = |image: &GoldenImage| GoldenVector {
        class: image.class,
        pixels: image.pixels.clone(),
        probabilities: exact_probabilities(
            weights,
            &preprocessing::from_bytes(&image.pixels, &weights.contract.input),
        ),
    };
    let vectors: Vec<GoldenVector> = images.iter().map(vector).collect();
    (!vectors.is_empty()).then_some(GoldenVectors { tolerance, vectors })
}

#[cfg(test)]
mod tests {
    use models::{Fit, Polarity, Provenance};

    use super::*;

    #[test]
    fn there_is_a_picture_of_each_digit_for_networks_that_read_digits() {
        let contract = ModelContract::mnist(Provenance::default());
        let images = digits(&contract);
        assert_eq!(images.iter().map(|image| image.class).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
        assert!(images.iter().all(|image| image.pixels.len() == 784 && image.pixels.contains(&0)));
        let dark = ImageInput::grey(28, 28, Polarity::DarkOnLight, Fit::Letterbox);
        assert!(digits(&ModelContract { input: dark, ..contract.clone() }).is_empty());
        let mut clothes = contract;
        clothes.labels[0] = "t-shirt".to_owned();
        assert!(digits(&clothes).is_empty());
    }
}
