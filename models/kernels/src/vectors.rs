//! Plain loops compiled for the widest vectors that the processor has.
//!
//! In come loops as closures or function bodies, out goes what they compute, without another order of any sum. It
//! spares the kernels a version for each processor.

use pulp::{Arch, Simd, WithSimd};
use std::cell::Cell;

thread_local! {
    static CHOSEN: Cell<Option<Arch>> = const { Cell::new(None) };
}

/// Returns the processor's widest vectors, or those that a test has chosen with [`with_processor`].
#[inline]
#[must_use]
pub fn processor() -> Arch {
    CHOSEN.get().unwrap_or_default()
}

/// Returns the number of f32 values of one vector register: 16 with AVX-512, 8 with AVX2, 4 with NEON, 1 without any.
#[must_use]
pub fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    processor().dispatch(Lanes)
}

/// Runs `call` with other vectors than the widest, on this thread alone: for tests that hold the bits of all vectors
/// against each other.
#[doc(hidden)]
pub fn with_processor<R>(chosen: Arch, call: impl FnOnce() -> R) -> R {
    let before = CHOSEN.replace(Some(chosen));
    let result = call();
    CHOSEN.set(before);
    result
}

/// Returns all kinds of vectors that this processor has, the widest first.
#[doc(hidden)]
#[must_use]
pub fn processors() -> Vec<Arch> {
    #[allow(unused_mut)]
    let mut found = vec![Arch::new()];
    #[cfg(target_arch = "x86_64")]
    if let (Arch::V4(_), Some(narrower)) = (Arch::new(), pulp::x86::V3::try_new()) {
        found.push(Arch::V3(narrower));
    }
    if !matches!(Arch::new(), Arch::Scalar) {
        found.push(Arch::Scalar);
    }
    found
}

/// Runs plain loops compiled for the widest vectors that this processor has. No sum is reordered by it. For short loops:
/// the compiler may leave a long closure outside of what it compiles so; see [`vectorised_fn`](crate::vectorised_fn).
#[inline(always)]
pub fn vectorised<R>(loops: impl FnOnce() -> R) -> R {
    processor().dispatch(loops)
}

/// Makes a function of loops of any length that are compiled for the widest vectors: the body becomes a method that is
/// always inlined where the processor's features are known, which a closure can't be told to be. Borrowed arguments have
/// the lifetime `'a`.
#[macro_export]
macro_rules! vectorised_fn {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident<'a>($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $visibility fn $name<'a>($($argument: $type),*) {
            struct Loops<'a> {
                $($argument: $type,)*
                lifetime: std::marker::PhantomData<&'a ()>,
            }
            impl<'a> $crate::pulp::NullaryFnOnce for Loops<'a> {
                type Output = ();
                #[inline(always)]
                fn call(self) {
                    let Self { $($argument,)* .. } = self;
                    $body
                }
            }
            $crate::vectors::processor().dispatch(Loops { $($argument,)* lifetime: std::marker::PhantomData });
        }
    };
}

/// The number of values of one register of AVX-512, of two of AVX2, of four of NEON.
const CHUNK: usize = 16;

/// Calls `update` with the values of three slices of one length, position by position. The loops are cut by hand: the
/// rows of a layer are often 32 or 64 values long, of which the compiler's own cut, four registers at a time, leaves
/// too much to its loop over single values.
#[inline(always)]
pub fn for_each_chunk([a, b]: [&[f32]; 2], c: &mut [f32], mut update: impl FnMut(f32, f32, &mut f32)) {
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

/// Adds `values` to `total`, value by value.
pub fn add(total: &mut [f32], values: &[f32]) {
    vectorised(|| total.iter_mut().zip(values).for_each(|(total, value)| *total += value));
}
