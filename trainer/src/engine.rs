//! Training and answering on a device: the layers forward and backward, and the optimisers.
//!
//! On the CPU a [`tape::Tape`] runs kernels of our own on plain slices. candle 0.11.1 has a wrong gradient of
//! max-pooling, a scalar one of convolution, computes the gradient of the network's input although nobody asks, sums in
//! an order that depends on threads, and its automatic differentiation adds every gradient to a tensor of zeros. The kernels are repeatable to the bit: no sum's order depends on the number of
//! threads or on the width of the processor's vectors.
//!
//! Elsewhere [`tensor_layers`] say the same in candle's tensor operations, with candle's differentiation. The tests hold
//! the kernels against them, and them against finite differences in f64.

pub(crate) mod adamw;
pub(crate) mod batch_normalisation;
pub(crate) mod buffers;
pub(crate) mod convolution;
pub(crate) mod dropout;
pub(crate) mod gradient_norm;
pub(crate) mod linear;
pub(crate) mod matrix_product;
pub(crate) mod pooling;
pub(crate) mod row_chain;
pub(crate) mod sgd;
pub(crate) mod storage;
pub(crate) mod tape;
pub(crate) mod tensor_layers;

/// Into how many parts a sum over the batch is cut, whatever the number of threads: enough for the cores of a
/// workstation, few enough that a part has some images.
const BATCH_PARTS: usize = 32;

/// One image between layers that see an image, channels last: `[height, width, channels]`.
pub(crate) type ImageShape = [usize; 3];

/// What follows a layer's sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// Nothing.
    Identity,
    /// max(0, x).
    Relu,
}

impl Activation {
    /// In place.
    #[inline(always)]
    fn apply(self, values: &mut [f32]) {
        if self == Self::Relu {
            // Not `max`, which would turn a NaN into 0: the loss must show that training has gone wrong.
            values.iter_mut().for_each(|value| *value = if *value < 0.0 { 0.0 } else { *value });
        }
    }

    /// The gradient before the activation from `y` and `dy` after it, into `masked`.
    #[inline(always)]
    fn mask(self, y: &[f32], dy: &[f32], masked: &mut [f32]) {
        match self {
            Self::Identity => masked.copy_from_slice(dy),
            Self::Relu => {
                for_each_chunk([y, dy], masked, |y, dy, masked| *masked = if y > 0.0 { dy } else { 0.0 })
            }
        }
    }
}

/// What dropout draws from, beside the position of its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    /// The seed of the run.
    pub(crate) seed: u64,
    /// Counted from the start of the run.
    pub(crate) step: u64,
}

/// Runs plain loops compiled for the widest vectors that this processor has. No sum is reordered by it. For short loops:
/// the compiler may leave a long closure outside of what it compiles so; see `vectorised_fn`.
#[inline(always)]
pub(crate) fn vectorised<R>(loops: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(loops)
}

/// Makes a function of loops of any length that are compiled for the widest vectors: the body becomes a method that is
/// always inlined where the processor's features are known, which a closure can't be told to be. Borrowed arguments have
/// the lifetime `'a`.
macro_rules! vectorised_fn {
    ($(#[$doc:meta])* fn $name:ident<'a>($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        fn $name<'a>($($argument: $type),*) {
            struct Loops<'a> {
                $($argument: $type,)*
                lifetime: std::marker::PhantomData<&'a ()>,
            }
            impl<'a> pulp::NullaryFnOnce for Loops<'a> {
                type Output = ();
                #[inline(always)]
                fn call(self) {
                    let Self { $($argument,)* .. } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Loops { $($argument,)* lifetime: std::marker::PhantomData });
        }
    };
}
pub(crate) use vectorised_fn;

/// Values of a register of AVX-512, two of AVX2, four of NEON.
const CHUNK: usize = 16;

/// Calls `update` with the values of three slices of one length. The loops are cut by hand: the rows of a layer are often
/// 32 or 64 values long, of which the compiler's own cut, four registers at a time, leaves too much to its loop over
/// single values.
#[inline(always)]
fn for_each_chunk([a, b]: [&[f32]; 2], c: &mut [f32], mut update: impl FnMut(f32, f32, &mut f32)) {
    let whole = c.len() / CHUNK * CHUNK;
    let inputs = a.chunks_exact(CHUNK).zip(b.chunks_exact(CHUNK));
    for (c, (a, b)) in c.chunks_exact_mut(CHUNK).zip(inputs) {
        for index in 0..CHUNK {
            update(a[index], b[index], &mut c[index]);
        }
    }
    for ((a, b), c) in a[whole..].iter().zip(&b[whole..]).zip(&mut c[whole..]) {
        update(*a, *b, c);
    }
}

fn add(total: &mut [f32], values: &[f32]) {
    vectorised(|| total.iter_mut().zip(values).for_each(|(total, value)| *total += value));
}

#[cfg(test)]
mod tests;
