//! Plain loops compiled for the widest vectors that the processor has.
//!
//! In come loops as closures or function bodies, out goes what they compute, without another order of any sum. It
//! spares the kernels a version for each processor.

/// Runs plain loops compiled for the widest vectors that this processor has. No sum is reordered by it. For short loops:
/// the compiler may leave a long closure outside of what it compiles so; see [`vectorised_fn`](crate::vectorised_fn).
#[inline(always)]
pub fn vectorised<R>(loops: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(loops)
}

/// Makes a function of loops of any length that are compiled for the widest vectors: the body becomes a method that is
/// always inlined where the processor's features are known, which a closure can't be told to be. Borrowed arguments have
/// the lifetime `'a`.
#[macro_export]
macro_rules! vectorised_fn {
    ($(#[$doc:meta])* fn $name:ident<'a>($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        fn $name<'a>($($argument: $type),*) {
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
            $crate::pulp::Arch::new().dispatch(Loops { $($argument,)* lifetime: std::marker::PhantomData });
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
