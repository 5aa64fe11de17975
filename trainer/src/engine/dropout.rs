//! Inverted dropout (Srivastava et al. 2014) whose mask is drawn again in the backward pass instead of being kept.

use rayon::prelude::*;

use crate::random::{Generator, Purpose};

/// Values whose decisions come from one stream.
const BLOCK: usize = 1024;

/// One draw of a dropout layer; the same for every call with the same key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    /// The probability that a value is zeroed, in [0, 1).
    pub(crate) rate: f32,
    pub(crate) seed: u64,
    /// The training step.
    pub(crate) step: u64,
    /// The position of the layer, so that two layers draw differently.
    pub(crate) layer: u32,
}

impl Dropout {
    /// Zeroes a share of `rate` of the values and scales the others by 1 / (1 - rate). Linear, so it is its own
    /// backward pass.
    pub(crate) fn apply(&self, values: &[f32]) -> Vec<f32> {
        let scale = 1.0 / (1.0 - self.rate);
        let limit = (f64::from(self.rate) * f64::from(1u32 << 16)) as u32;
        let mut kept = vec![0f32; values.len()];
        kept.par_chunks_mut(BLOCK).zip(values.par_chunks(BLOCK)).enumerate().for_each(
            |(block, (kept, values))| {
                let mut generator = Generator::new(
                    self.seed,
                    Purpose::Dropout { layer: self.layer },
                    self.step,
                    block as u64,
                );
                for (kept, values) in kept.chunks_mut(8).zip(values.chunks(8)) {
                    let random = generator.next_block();
                    let halves = random.iter().flat_map(|word| [word & 0xffff, word >> 16]);
                    for ((kept, value), half) in kept.iter_mut().zip(values).zip(halves) {
                        *kept = if half >= limit { value * scale } else { 0.0 };
                    }
                }
            },
        );
        kept
    }
}
