//! Loops over elements in the widest vector registers that the processor has, and what they compute with.
//!
//! A default build for x86-64 may use SSE2 only. [`run`] therefore compiles a loop three times, as the target says and with AVX2
//! and AVX-512 besides, and takes at run time what there is. The loops are plain Rust that the compiler vectorises: none of them
//! may multiply and add in one rounding, so all three give the same bits, and so does a remainder that fills no register.
//!
//! Rejected: libraries of vector functions (bindings to SLEEF need a C compiler, its translation and `core::simd` an unstable one;
//! the crate `wide` chooses its width when it is compiled); fused multiplication and addition, which would save a third of the
//! exponential's time and give other bits where it is missing. Figures in `docs/performance.md`.

mod coefficients;
#[macro_use]
mod elementary;
mod normal;
mod number;
mod pack;
pub(crate) mod tile;

pub use elementary::Elementary;
pub(crate) use elementary::PERIODS;
pub use number::{Fast, Numeric};

/// A loop over elements. `run` must be inlined, and so must everything that it calls for each element.
pub(crate) trait Loop {
    type Out;
    fn run(self) -> Self::Out;
}

/// Runs a loop in the widest registers that there are.
#[inline]
pub(crate) fn run<L: Loop>(work: L) -> L::Out {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        #[target_feature(enable = "avx2")]
        fn avx2<L: Loop>(work: L) -> L::Out {
            work.run()
        }
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn avx512<L: Loop>(work: L) -> L::Out {
            work.run()
        }
        // The widest first: the answers are kept by the standard library, a load and a test each.
        if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
            // SAFETY: the processor has the features that the function was compiled for; nothing else is asked of the caller.
            #[allow(
                unsafe_code,
                reason = "the one place where a processor's features are vouched for"
            )]
            return unsafe { avx512(work) };
        }
        if has!("avx2") {
            // SAFETY: as above.
            #[allow(unsafe_code, reason = "as above")]
            return unsafe { avx2(work) };
        }
    }
    work.run()
}

/// What a loop computes of the `N` elements at one place.
pub(crate) trait Pointwise<T, const N: usize> {
    fn at(&self, x: [T; N]) -> T;
}

/// `y = f(x)` for each element.
#[inline]
pub(crate) fn map<T: Copy, F: Pointwise<T, N>, const N: usize>(f: F, x: [&[T]; N], y: &mut [T]) {
    run(Map { f, x, y });
}

struct Map<'a, T, F, const N: usize> {
    f: F,
    x: [&'a [T]; N],
    y: &'a mut [T],
}

impl<T: Copy, F: Pointwise<T, N>, const N: usize> Loop for Map<'_, T, F, N> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let n = self.y.len();
        let x = self.x.map(|x| &x[..n]);
        for i in 0..n {
            self.y[i] = self.f.at(x.map(|x| x[i]));
        }
    }
}
