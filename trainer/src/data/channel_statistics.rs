//! How the values of a set's images are distributed.
//!
//! In come images `[count, channels, height, width]` of one byte a value; out go the mean and the standard deviation of each
//! channel, in [0, 1]. A network's input has the one subtracted and is divided by the other.

use rayon::prelude::*;

use crate::data::data_set::DataSet;

/// The number of images that are looked at, spread over all: their mean is that of all to the fourth decimal.
const MOST_IMAGES: usize = 20_000;

/// The smallest deviation: that of images with one tone would be 0.
const LEAST_DEVIATION: f64 = 1.0 / 255.0;

/// The mean and the standard deviation of each channel, in [0, 1], with four decimals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChannelStatistics {
    pub(crate) mean: Vec<f32>,
    pub(crate) standard_deviation: Vec<f32>,
}

impl ChannelStatistics {
    /// Returns those of `images`, of which there is at least one.
    pub(crate) fn of(images: &DataSet) -> Self {
        let [channels, height, width] = images.shape();
        let (count, plane) = (images.len().min(MOST_IMAGES), height * width);
        // Sums of whole numbers do not depend on their order.
        let sums = (0..count)
            .into_par_iter()
            .map(|number| {
                let image = images.image(number * images.len() / count);
                let sum = |channel: &[u8]| {
                    channel.iter().fold([0u64; 2], |[sum, squares], &value| {
                        [sum + u64::from(value), squares + u64::from(value) * u64::from(value)]
                    })
                };
                image.chunks_exact(plane.max(1)).map(sum).collect::<Vec<_>>()
            })
            .reduce(
                || vec![[0u64; 2]; channels],
                |one, other| one.iter().zip(&other).map(|(a, b)| [a[0] + b[0], a[1] + b[1]]).collect(),
            );
        let values = (count * plane).max(1) as f64;
        let rounded = |value: f64| ((value * 1e4).round() / 1e4) as f32;
        let mean = |[sum, _]: &[u64; 2]| *sum as f64 / values / 255.0;
        let deviation = |sums: &[u64; 2]| {
            let variance = sums[1] as f64 / values / 255.0 / 255.0 - mean(sums) * mean(sums);
            variance.max(0.0).sqrt().max(LEAST_DEVIATION)
        };
        Self {
            mean: sums.iter().map(|sums| rounded(mean(sums))).collect(),
            standard_deviation: sums.iter().map(|sums| rounded(deviation(sums))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: values 0 and 255 in halves, then 51 alone.
    #[test]
    fn each_channel_has_its_own_mean_and_deviation() {
        let channels = [[0, 255, 0, 255], [51; 4], [0; 4]].concat();
        let images = DataSet::new([channels.clone(), channels].concat(), vec![0, 1], 2, [3, 2, 2]);
        let found = ChannelStatistics::of(&images);
        assert_eq!(found.mean, [0.5, 0.2, 0.0]);
        assert_eq!(found.standard_deviation, [0.5, 0.0039, 0.0039]);
    }
}
