//! Depthwise-separable networks for pictures, after MobileNet (Howard et al. 2017, 1704.04861).
//!
//! In come a width, the shape of a picture `[channels, height, width]` and a number of classes; out goes a network whose 3×3
//! convolutions see one channel each, and whose 1×1 convolutions mix the channels: few multiplications for its depth.

use super::super::description::Network;
use super::super::layer::Layer;
use super::blocks::Blocks;

/// The channels at width 1 and the stride of each pair of a depthwise and a 1×1 convolution (Howard et al. 2017, table 1).
const PAIRS: [(usize, usize); 13] = [
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
];

/// The channels of the first convolution at width 1.
const FIRST: usize = 32;

/// The side under which the last image should not fall: fewer pixels leave a 3×3 window little but padding.
const SMALLEST_SIDE: usize = 3;

impl Network {
    /// Returns MobileNet with `hundredths` / 100 of its channels, at least 8 a layer, for pictures of the shape `input`,
    /// `[channels, height, width]`. For pictures that are too small to be halved five times, the first strides are 1.
    #[must_use]
    pub fn mobilenet(hundredths: usize, input: [usize; 3], classes: usize) -> Self {
        let scaled = |channels: usize| (channels * hundredths / 100).max(8);
        let strides = PAIRS.iter().filter(|(_, stride)| *stride == 2).count() + 1;
        let mut spare = strides.saturating_sub(halvings(input[1].min(input[2])));
        let mut stride = |wanted: usize| {
            let keeps_side = wanted == 2 && spare > 0;
            spare -= usize::from(keeps_side);
            if keeps_side { 1 } else { wanted }
        };
        let mut blocks = Blocks::of(input);
        blocks.add(scaled(FIRST), [3, stride(2), 1]);
        for (channels, wanted) in PAIRS {
            let groups = blocks.shape[0];
            blocks.add(groups, [3, stride(wanted), groups]);
            blocks.add(scaled(channels), [1, 1, 1]);
        }
        blocks.layers.push(Layer::GlobalAveragePool);
        blocks.network(format!("mobilenet-{hundredths}"), classes, &[])
    }
}

/// Returns how often a side can be halved before it falls under the smallest.
fn halvings(side: usize) -> usize {
    (0..).take_while(|halvings| side >> (halvings + 1) >= SMALLEST_SIDE).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_width_has_the_size_of_the_network_for_wake_words() {
        let network = Network::mobilenet(25, [3, 96, 96], 2);
        let millions = network.folded().multiply_adds().map(|count| (count as f64 / 1e5).round() / 10.0);
        assert_eq!(millions, Ok(7.5));
        assert_eq!(network.layers.len(), 27 * 3 + 3);
    }

    #[test]
    fn small_pictures_are_halved_less_often() {
        let last = |input| Network::mobilenet(25, input, 2).shapes().unwrap()[27 * 3 - 1];
        assert_eq!(last([3, 96, 96]), super::super::super::Shape::Image([256, 3, 3]));
        assert_eq!(last([3, 32, 48]), super::super::super::Shape::Image([256, 4, 6]));
        assert_eq!(last([1, 28, 28]), super::super::super::Shape::Image([256, 4, 4]));
        assert_eq!(last([3, 3, 3]), super::super::super::Shape::Image([256, 3, 3]));
    }
}
