//! The inputs that the gate gives a file and the trainer: pictures of the data, the golden pictures, and random ones.

use models::ImageInput;
use models::model_file::export_record::Encoding;
use models::model_file::golden_vectors::GoldenVectors;
use models::picture::preprocessing;
use models::random::{Generator, Purpose};
use models::weights::Weights;

use crate::precision::as_stored;

/// Random pictures that are compared beside a blank one.
const RANDOM_PICTURES: u64 = 15;

/// Returns the inputs that a file is compared on, each f32 `[channels, height, width]` in the contract's range.
///
/// Random pictures reach weights that no picture of the data does. Where activations have eight bits they say little,
/// since such a network is made for pictures like those of the data: there they are used only if there is nothing else.
pub(super) fn probe_inputs(
    weights: &Weights,
    encoding: Encoding,
    images: &[Vec<f32>],
    golden: Option<&GoldenVectors>,
) -> Vec<Vec<f32>> {
    let mut inputs = images.to_vec();
    let golden = golden.into_iter().flat_map(|golden| &golden.vectors);
    inputs.extend(golden.map(|vector| vector.input(&weights.contract)));
    if inputs.is_empty() || as_stored(weights, encoding).is_some() {
        inputs.extend(random_inputs(&weights.contract.input));
    }
    inputs
}

/// A blank picture, and pictures of which a random share is ink, from sparse strokes to full noise. They are pixels that
/// go through the contract's own preprocessing, so they lie where pictures lie: from black to white in each channel.
fn random_inputs(input: &ImageInput) -> Vec<Vec<f32>> {
    let mut pictures = vec![vec![0; input.values()]];
    for index in 0..RANDOM_PICTURES {
        let mut random = Generator::new(0, Purpose::Sample, 0, index);
        let share = (index + 1) as f32 / RANDOM_PICTURES as f32;
        let mut pixel = || if random.unit() < share { random.below(256) as u8 } else { 0 };
        pictures.push((0..input.values()).map(|_| pixel()).collect());
    }
    pictures.iter().map(|pixels| preprocessing::from_bytes(pixels, input)).collect()
}

#[cfg(test)]
mod tests {
    use models::Resize;

    use super::*;

    /// Smallest and largest value of a channel over all inputs.
    fn range(inputs: &[Vec<f32>], channel: usize, plane: usize) -> [f32; 2] {
        let values = inputs.iter().flat_map(|input| &input[channel * plane..(channel + 1) * plane]);
        values.fold([f32::INFINITY, f32::NEG_INFINITY], |[smallest, largest], &value| {
            [smallest.min(value), largest.max(value)]
        })
    }

    /// By hand, from black and white at -1 and 1: (-1 - 0.5) / 0.5 = -3 and (1 - 0.5) / 0.5 = 1; -1 and 1 as they are;
    /// (-1 + 1) / 4 = 0 and (1 + 1) / 4 = 0.5.
    #[test]
    fn inputs_lie_in_the_contracts_range_and_fill_it_in_every_channel() {
        let contract = ImageInput {
            value_range: [-1.0, 1.0],
            mean: vec![0.5, 0.0, -1.0],
            standard_deviation: vec![0.5, 1.0, 4.0],
            ..ImageInput::version_2([3, 5, 10], Resize::Fit)
        };
        let inputs = random_inputs(&contract);
        assert!(inputs.iter().all(|input| input.len() == 3 * 5 * 10));
        for (channel, [black, white]) in [[-3.0, 1.0], [-1.0, 1.0], [0.0, 0.5]].into_iter().enumerate() {
            let [smallest, largest] = range(&inputs, channel, 5 * 10);
            assert_eq!(smallest, black, "channel {channel}");
            assert!(largest <= white && largest > white - 0.02 * (white - black), "{channel}: {largest}");
        }
    }

    #[test]
    fn inputs_are_one_blank_picture_and_others_that_differ() {
        let inputs = random_inputs(&ImageInput::version_2([1, 5, 10], Resize::Fit));
        assert_eq!(inputs.len(), 16);
        assert_eq!(inputs[0], [0.0; 50]);
        assert!(inputs.iter().flatten().all(|value| (0.0..=1.0).contains(value)));
        assert!(inputs.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
