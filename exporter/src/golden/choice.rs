//! Which images of a data set become golden vectors.
//!
//! In: images with labels, `[count, channels, height, width]`, and the network. Out: up to 16 of them, of as many classes as
//! possible. Of each class it is one that the network is right about and sure of: on a board whose sums differ in the last
//! bits it stays what it was. The choice follows from the images and the network alone.

use models::picture::preprocessing;
use models::probability::{Temperature, arg_max, softmax};
use models::weights::Weights;
use trainer::data::DataSet;

use super::pictures::GoldenPicture;

/// The most golden vectors of a file.
pub const MOST_GOLDEN: usize = 16;

/// The most pixels of all golden vectors together, in bytes, where there is more than one: a file for a small board should
/// not be filled by its own test.
const MOST_BYTES: usize = 512 << 10;

/// The images of a class that are looked at.
const CANDIDATES: usize = 8;

/// An image of a data set that becomes a golden vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The position of the image in the set.
    pub index: usize,
    /// The image, as the network sees it.
    pub picture: GoldenPicture,
}

/// Returns up to [`MOST_GOLDEN`] images of `images`, one of a class, in the order of the classes. Where there are more classes,
/// they are spread over all of them.
///
/// # Errors
/// Where the network cannot be run.
pub fn of_each_class(weights: &Weights, images: &DataSet) -> candle_core::Result<Vec<Chosen>> {
    let classes = candidates(images);
    let count = count(classes.len(), weights.contract.input.values());
    let spread = (0..count).map(|number| &classes[number * classes.len() / count]);
    spread.map(|(class, indices)| surest(weights, images, *class, indices)).collect()
}

/// The number of golden vectors of a set of `classes`, for inputs of so many values.
fn count(classes: usize, values: usize) -> usize {
    classes.min(MOST_GOLDEN).min((MOST_BYTES / values).max(1))
}

/// The first images of each class that has some, in the order of the classes.
fn candidates(images: &DataSet) -> Vec<(usize, Vec<usize>)> {
    let labels = images.labels();
    let most = labels.iter().copied().max().map_or(0, |largest| usize::from(largest) + 1);
    let mut classes: Vec<(usize, Vec<usize>)> = (0..most).map(|class| (class, Vec::new())).collect();
    for (index, &label) in labels.iter().enumerate() {
        let indices = &mut classes[usize::from(label)].1;
        if indices.len() < CANDIDATES {
            indices.push(index);
        }
    }
    classes.retain(|(_, indices)| !indices.is_empty());
    classes
}

/// The image of a class that the network is right about with the largest probability; where it is wrong about all, the one
/// for which its class is the likeliest.
fn surest(
    weights: &Weights,
    images: &DataSet,
    class: usize,
    indices: &[usize],
) -> candle_core::Result<Chosen> {
    let inputs: Vec<Vec<f32>> = indices
        .iter()
        .map(|&index| preprocessing::from_bytes(images.image(index), &weights.contract.input))
        .collect();
    let logits = trainer::network::logits(weights, &inputs)?;
    let sureness = |row: &Vec<f32>| {
        let probabilities = softmax(row, Temperature::ONE);
        (arg_max(&probabilities) == class, probabilities[class])
    };
    let better =
        |one: &(bool, f32), other: &(bool, f32)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)).is_gt();
    let mut best = (0, (false, f32::NEG_INFINITY));
    for (position, row) in logits.iter().enumerate() {
        let found = sureness(row);
        if better(&found, &best.1) {
            best = (position, found);
        }
    }
    let index = indices[best.0];
    let picture = GoldenPicture { class, pixels: images.image(index).to_vec(), jpeg: None };
    Ok(Chosen { index, picture })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_a_vector_where_they_are_no_large_part_of_the_file() {
        assert_eq!(count(10, 3 * 96 * 96), 10);
        assert_eq!([count(16, 3 * 96 * 96), count(300, 3 * 96 * 96)], [16, 16]);
        assert_eq!([count(10, 3 * 224 * 224), count(10, 3 * 1024 * 1024)], [3, 1]);
        assert_eq!([count(2, 784), count(40, 784)], [2, 16]);
    }
}
