//! Inverted dropout (Srivastava et al. 2014).
//!
//! In come the values of one image and a [`Draw`], out go the same values, some of them zeroed. The mask is drawn again
//! in the backward pass instead of being kept, so that it costs no memory.

use kernels::vectorised_fn;
use models::random::{Generator, LANES, Purpose};

use crate::draw::Draw;

/// The number of values that one draw of [`LANES`] blocks decides: eight halves of words a block.
const GROUP: usize = 8 * LANES;

/// A dropout layer of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dropout {
    /// The probability that a value is zeroed, in [0, 1).
    pub(crate) rate: f32,
    /// The position of the layer in the network, so that two layers draw differently.
    pub(crate) layer: u32,
}

impl Dropout {
    /// Zeroes a share of `rate` of the values of image number `row` of the batch, scales the others by 1 / (1 - rate),
    /// and writes them into `kept`. Dropout is linear, so this is its own backward pass.
    pub(crate) fn apply(&self, draw: Draw, row: usize, values: &[f32], kept: &mut [f32]) {
        let scale = 1.0 / (1.0 - self.rate);
        let limit = (f64::from(self.rate) * f64::from(1u32 << 16)) as u32;
        let purpose = Purpose::Dropout { layer: self.layer };
        let generator = Generator::new(draw.seed, purpose, draw.step, row as u64);
        decide_all(generator, limit, scale, values, kept);
    }
}

vectorised_fn! {
    /// Zeroes or scales every value: a value whose draw is under `limit` is zeroed, the others are multiplied by
    /// `scale`.
    fn decide_all<'a>(generator: Generator, limit: u32, scale: f32, values: &'a [f32], kept: &'a mut [f32]) {
        let mut generator = generator;
        let whole = values.len() / GROUP * GROUP;
        for (kept, values) in kept.chunks_exact_mut(GROUP).zip(values.chunks_exact(GROUP)) {
            decide_group(&generator.next_blocks(), values, kept, limit, scale);
        }
        let (mut rest, mut decided) = ([0f32; GROUP], [0f32; GROUP]);
        let len = values.len() - whole;
        rest[..len].copy_from_slice(&values[whole..]);
        decide_group(&generator.next_blocks(), &rest, &mut decided, limit, scale);
        kept[whole..].copy_from_slice(&decided[..len]);
    }
}

/// Zeroes or scales one group of values. Its draws are the low halves of the first words of all blocks, then their high
/// halves, then the second words.
#[inline(always)]
fn decide_group(words: &[[u32; LANES]; 4], values: &[f32], kept: &mut [f32], limit: u32, scale: f32) {
    for half in 0..GROUP / LANES {
        let (words, shift) = (&words[half / 2], half % 2 * 16);
        let values = &values[half * LANES..(half + 1) * LANES];
        let kept = &mut kept[half * LANES..(half + 1) * LANES];
        for lane in 0..LANES {
            let draw = (words[lane] >> shift) & 0xffff;
            kept[lane] = if draw >= limit { values[lane] * scale } else { 0.0 };
        }
    }
}
