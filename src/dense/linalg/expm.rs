//! The matrix exponential by scaling and squaring, e^A = (e^(A/2ˢ))^(2ˢ), with Padé's approximant of degree 13.
//!
//! Source: N. J. Higham, *The scaling and squaring method for the matrix exponential revisited*, SIAM J. Matrix Anal. Appl.
//! 26, 2005, alg. 2.3, and for derivatives A. H. Al-Mohy, N. J. Higham, ibid. 30, 2009, table 6.1. Rejected: the approximants of
//! lower degree, which save a few products where ‖A‖ is small.

use super::super::Dense;
use super::{Factored, rows, write};
use crate::Real;
use faer::linalg::solvers::{PartialPivLu, Solve};
use faer::traits::RealField;
use faer::{Mat, MatRef};

/// The approximant's coefficients: b₁₃₋ₖ = 13!·(13 + k)!/(26!·…), made whole numbers.
const PADE: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];

/// Up to this norm the approximant, and its derivative, is exact to rounding in `f64`.
const LARGEST: f64 = 4.74;

pub(super) fn expm<T: Real + RealField>(x: &[&Dense<T>], doubled: u32) -> Factored<T> {
    let (_, n, _) = x[0].matrices();
    x[0].each_matrix(&[n, n], T::nan(), |x, out| {
        write(exponential(rows(x, n, n), n >> doubled).as_ref(), out);
        Ok(())
    })
}

/// e^A; the first `block` rows and columns decide how often is squared.
fn exponential<T: Real + RealField>(a: MatRef<'_, T>, block: usize) -> Mat<T> {
    let n = a.nrows();
    let column = |j: usize| (0..block).map(|i| a[(i, j)].abs()).sum::<T>();
    let norm = (0..block).map(column).fold(T::zero(), |m, c| m.max(c));
    if !norm.is_finite() {
        return Mat::from_fn(n, n, |_, _| T::nan());
    }
    let squarings = (norm / T::lit(LARGEST))
        .log2()
        .ceil()
        .max(T::zero())
        .to_i32()
        .unwrap_or(0);
    let factor = T::lit(2.0).powi(-squarings);
    let a = Mat::from_fn(n, n, |i, j| a[(i, j)] * factor);
    // e^A ≈ (V − U)⁻¹·(V + U), U odd in A and V even.
    let a2 = &a * &a;
    let a4 = &a2 * &a2;
    let a6 = &a2 * &a4;
    let even = |[b0, b2, b4, b6]: [usize; 4]| {
        Mat::from_fn(n, n, |i, j| {
            let at = (i, j);
            let one = if i == j && b0 < 14 {
                T::lit(PADE[b0])
            } else {
                T::zero()
            };
            one + T::lit(PADE[b2]) * a2[at] + T::lit(PADE[b4]) * a4[at] + T::lit(PADE[b6]) * a6[at]
        })
    };
    const NONE: usize = 14;
    let u = &a * (&a6 * even([NONE, 9, 11, 13]) + even([1, 3, 5, 7]));
    let v = &a6 * even([NONE, 8, 10, 12]) + even([0, 2, 4, 6]);
    let mut y = &v + &u;
    PartialPivLu::new((&v - &u).as_ref()).solve_in_place(y.as_mut());
    for _ in 0..squarings {
        y = &y * &y;
    }
    y
}
