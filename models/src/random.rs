//! Random numbers by counter: each draw is a function of the seed, its purpose, the epoch and the index of what it is
//! drawn for, so that a result does not depend on threads or on what was drawn before, and nothing has to be saved to
//! go on.
//!
//! In come those four numbers, out go blocks of 128 random bits, u32 and f32 values, and permutations.
//!
//! The function is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").

/// The purpose that a random number is drawn for. It is part of the counter, so that no two purposes share numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The initial values of parameter number `parameter`.
    Initialisation {
        /// The position of the parameter in the network.
        parameter: u32,
    },
    /// The order of the images of an epoch.
    Order,
    /// The values that dropout layer number `layer` zeroes.
    Dropout {
        /// The position of the dropout layer in the network.
        layer: u32,
    },
    /// The augmentation of an image.
    Augmentation,
    /// Inputs that stand for pictures in checks, benchmarks and tests.
    Sample,
    /// The choice of the validation images of class number `class`.
    Split {
        /// The position of the class among the set's classes.
        class: u32,
    },
}

/// The number of blocks that [`Generator::next_blocks`] draws at once: one for each 32-bit lane of an AVX-512 register
/// or of four NEON registers.
pub const LANES: usize = 16;

/// A stream of random numbers: that of one seed, purpose, epoch and index.
#[derive(Debug, Clone)]
pub struct Generator {
    key: [u32; 2],
    counter: [u32; 4],
    buffered: [u32; 4],
    used: usize,
}

impl Generator {
    /// Starts the stream of one seed, purpose, epoch and index. `epoch` counts to 2³², and so does `index` before its
    /// high bits meet the purpose: more than any training uses.
    #[inline]
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> Self {
        let (kind, detail) = match purpose {
            Purpose::Initialisation { parameter } => (0u32, parameter),
            Purpose::Order => (1, 0),
            Purpose::Dropout { layer } => (2, layer),
            Purpose::Augmentation => (3, 0),
            Purpose::Sample => (4, 0),
            Purpose::Split { class } => (5, class),
        };
        let purpose = kind << 24 | (detail & 0x00ff_ffff);
        // The first word counts the blocks of this stream.
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            counter: [0, index as u32, epoch as u32, purpose ^ ((index >> 32) as u32).rotate_left(16)],
            buffered: [0; 4],
            used: 4,
        }
    }

    /// Returns the next 128 bits of the stream, as four words.
    #[inline]
    pub fn next_block(&mut self) -> [u32; 4] {
        let block = philox(self.counter.map(|word| [word]), self.key);
        self.counter[0] = self.counter[0].wrapping_add(1);
        block.map(|[word]| word)
    }

    /// Returns the next [`LANES`] blocks of the stream, transposed to `[word][block]`.
    #[inline(always)]
    pub fn next_blocks(&mut self) -> [[u32; LANES]; 4] {
        let first = self.counter[0];
        self.counter[0] = first.wrapping_add(LANES as u32);
        let counters = std::array::from_fn(|lane| first.wrapping_add(lane as u32));
        philox(
            [counters, [self.counter[1]; LANES], [self.counter[2]; LANES], [self.counter[3]; LANES]],
            self.key,
        )
    }

    /// Returns the next 32 bits of the stream.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.used == self.buffered.len() {
            self.buffered = self.next_block();
            self.used = 0;
        }
        self.used += 1;
        self.buffered[self.used - 1]
    }

    /// Returns a number that is uniform in [0, 1), with 24 random bits.
    #[inline]
    pub fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// Returns a number that is uniform in [-bound, bound).
    #[inline]
    pub fn symmetric(&mut self, bound: f32) -> f32 {
        (2.0 * self.unit() - 1.0) * bound
    }

    /// Returns an integer that is uniform in 0..bound, by multiplication (Lemire 2019); the bias is under bound / 2³².
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.next_u32()) * u64::from(bound)) >> 32) as u32
    }
}

/// Returns a random permutation of the numbers 0..count, which depends on `seed` and `epoch` (Fisher and Yates).
#[must_use]
pub fn order(seed: u64, epoch: u64, count: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut generator = Generator::new(seed, Purpose::Order, epoch, 0);
    for last in (1..count).rev() {
        order.swap(last, generator.below(last as u32 + 1) as usize);
    }
    order
}

/// Computes N blocks of Philox4x32-10 at once, `[word][block]`, in the lanes of a vector where the processor has them.
#[inline(always)]
fn philox<const N: usize>(mut counter: [[u32; N]; 4], mut key: [u32; 2]) -> [[u32; N]; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    for _ in 0..10 {
        let mut next = [[0; N]; 4];
        for lane in 0..N {
            let first = MULTIPLIERS[0] * u64::from(counter[0][lane]);
            let second = MULTIPLIERS[1] * u64::from(counter[2][lane]);
            next[0][lane] = (second >> 32) as u32 ^ counter[1][lane] ^ key[0];
            next[1][lane] = second as u32;
            next[2][lane] = (first >> 32) as u32 ^ counter[3][lane] ^ key[1];
            next[3][lane] = first as u32;
        }
        counter = next;
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that the authors publish with their code.
    #[test]
    fn matches_the_published_answers() {
        let zeros = philox([[0]; 4], [0; 2]);
        assert_eq!(zeros, [[0x6627_e8d5], [0xe169_c58d], [0xbc57_ac4c], [0x9b00_dbd8]]);
        let ones = philox([[u32::MAX]; 4], [u32::MAX; 2]);
        assert_eq!(ones, [[0x408f_276d], [0x41c8_3b0e], [0xa20b_c7c6], [0x6d54_51fd]]);
    }

    #[test]
    fn many_blocks_at_once_are_the_blocks_one_by_one() {
        let (mut one, mut many) =
            (Generator::new(1, Purpose::Augmentation, 2, 3), Generator::new(1, Purpose::Augmentation, 2, 3));
        for _ in 0..2 {
            let blocks = many.next_blocks();
            for lane in 0..LANES {
                assert_eq!(one.next_block(), blocks.map(|words| words[lane]));
            }
        }
    }

    #[test]
    fn an_order_is_a_permutation_that_changes_with_seed_and_epoch() {
        let first = order(1, 0, 1000);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<u32>>());
        assert_eq!(order(1, 0, 1000), first);
        assert_ne!(order(1, 1, 1000), first);
        assert_ne!(order(2, 0, 1000), first);
    }

    #[test]
    fn units_fill_their_range_evenly() {
        let mut generator = Generator::new(7, Purpose::Augmentation, 0, 0);
        let mean = (0..10_000).map(|_| f64::from(generator.unit())).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }

    #[test]
    fn purposes_do_not_share_numbers() {
        let draw = |purpose| Generator::new(7, purpose, 3, 5).next_block();
        assert_ne!(draw(Purpose::Augmentation), draw(Purpose::Order));
        assert_ne!(draw(Purpose::Dropout { layer: 0 }), draw(Purpose::Dropout { layer: 1 }));
    }
}
