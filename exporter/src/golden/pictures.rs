//! The pictures of the golden vectors, each with the class that it shows, and the digits inside the program.
//!
//! The digits are those of `models/zoo/digits/`, the first validation image of each digit in MNIST: the same weights give the
//! same file where there is no data set. Other networks take theirs from the data or from a folder.

use models::zoo::DIGITS_PNG;
use models::{ImageInput, ModelContract};

/// A picture of the network's input size, and the class that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenPicture {
    /// The class, as an index of the contract's labels.
    pub class: usize,
    /// The pixels before preprocessing's range, mean and deviation, `[channels, height, width]`, 0 to 255.
    pub pixels: Vec<u8>,
    /// The JPEG file that travels with it, of at most
    /// [`LARGEST_GOLDEN_FILE`](models::model_file::golden_vectors::LARGEST_GOLDEN_FILE) bytes: decoded and preprocessed it is
    /// `pixels`.
    pub jpeg: Option<Vec<u8>>,
}

/// Returns the ten digits inside the program, for a contract of networks that read digits as MNIST has them; nothing for
/// any other contract.
#[must_use]
pub fn digits(contract: &ModelContract) -> Vec<GoldenPicture> {
    let ImageInput { channels, height, width, polarity, .. } = contract.input;
    let digits = ModelContract::mnist(contract.provenance.clone());
    let fits = [channels, height, width] == digits.input.shape()
        && polarity == digits.input.polarity
        && contract.labels == digits.labels;
    let decode = |png: &[u8]| Some(image::load_from_memory(png).ok()?.into_luma8().into_raw());
    let pictures = DIGITS_PNG.iter().enumerate().filter(|_| fits);
    pictures
        .filter_map(|(class, png)| Some(GoldenPicture { class, pixels: decode(png)?, jpeg: None }))
        .collect()
}

#[cfg(test)]
mod tests {
    use models::{Polarity, Provenance, Resize};

    use super::*;

    #[test]
    fn there_is_a_picture_of_each_digit_for_networks_that_read_digits() {
        let contract = ModelContract::mnist(Provenance::default());
        let images = digits(&contract);
        assert_eq!(images.iter().map(|image| image.class).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
        assert!(images.iter().all(|image| image.pixels.len() == 784 && image.pixels.contains(&0)));
        let dark = ImageInput::version_1([1, 28, 28], Polarity::DarkOnLight, Resize::Fit);
        assert!(digits(&ModelContract { input: dark, ..contract.clone() }).is_empty());
        let mut clothes = contract;
        clothes.labels[0] = "t-shirt".to_owned();
        assert!(digits(&clothes).is_empty());
    }
}
