//! Logarithms of densities and of probabilities, with gradients in all arguments: a client of the ops, which could live in
//! another crate.
//!
//! One module a distribution, with one function: `log_density` of a continuous variable, `log_probability` of a discrete one.
//! The variable comes first, then the parameters in the order of the usual notation. The variable is a term of any
//! reading: a plain number (`Term<f64>`), a [`Var`](crate::Var) or a [`Tensor`](crate::Tensor); parameters are whatever may stand
//! beside it ([`Argument`](crate::Argument)): terms, numbers, and beside a tensor scalars. They broadcast. A result has one element for each element of the broadcast
//! arguments, so that the log-likelihood of a sample is its sum.
//!
//! ```
//! use ndarray::arr1;
//! use wengert::Tape;
//! use wengert::distributions::normal;
//! let tape = Tape::new();
//! let sample = tape.constant(&arr1(&[1.0, 2.0, 6.0]));
//! let (mean, sd) = (tape.var(2.0), tape.var(1.0));
//! let likelihood = normal::log_density(&sample, mean, sd).sum();
//! assert_eq!(likelihood.backward().wrt([mean, sd]), [3.0, 14.0]);
//! ```
//!
//! | module | variable | parameters |
//! |---|---|---|
//! | [`normal`] | x | mean, standard deviation |
//! | `multivariate_normal` (feature `linalg`) | vectors along the last axis | mean, covariance matrix or its Cholesky factor |
//! | [`half_normal`] | x ≥ 0 | standard deviation of the normal distribution that was folded |
//! | [`log_normal`] | x > 0 | mean and standard deviation of ln x |
//! | [`student_t`] | x | degrees of freedom, mean, scale |
//! | [`laplace`] | x | mean, scale: the standard deviation is √2 scales |
//! | [`logistic`] | x | mean, scale: the standard deviation is π/√3 scales |
//! | [`exponential`] | x ≥ 0 | **rate**: the mean is 1/rate |
//! | [`gamma`] | x ≥ 0 | shape, **rate**: the mean is shape/rate |
//! | [`beta`] | 0 ≤ x ≤ 1 | a, b: the mean is a/(a + b) |
//! | [`dirichlet`] | xᵢ ≥ 0, Σ xᵢ = 1 | concentrations, along the last axis |
//! | [`poisson`] | a count | rate, which is the mean |
//! | [`binomial`] | a count of successes | number of trials, probability of a success |
//! | [`categorical`] | a class | **logits**: logarithms of probabilities, up to a constant |
//!
//! **Outside the support** the result is −∞ and the gradient 0 in every argument: a structural zero, which stays 0 behind
//! whatever comes before. Such a point tells nothing about the parameters, so a sampler must reject it, and an optimiser should
//! never have gone there. **Parameters out of range** (a standard deviation < 0) give NaN.
//!
//! **Accuracy.** Densities of large parameters are products of large powers that nearly cancel. The gamma distribution and its
//! kin are therefore written about their peak, in what is left of Stirling's formula for ln Γ (`stirling_rest`), so that the
//! value keeps its digits at parameters of 10⁶; C. Loader, *Fast and accurate computation of binomial probabilities*, 2000,
//! does this for probabilities. Nothing is subtracted from 1 and no density is taken the logarithm of, so the tails are exact
//! as far as the logarithm is finite.

pub mod beta;
pub mod binomial;
pub mod categorical;
pub mod dirichlet;
pub mod exponential;
pub mod gamma;
pub mod half_normal;
pub mod laplace;
pub mod log_normal;
pub mod logistic;
#[cfg(feature = "linalg")]
pub mod multivariate_normal;
pub mod normal;
pub mod poisson;
pub mod student_t;

use crate::ops::{Lit, Term, Value};

/// ln √(2π)
const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_7;

/// `y` where `inside` is not 0, −∞ elsewhere, and nothing passes there.
#[track_caller]
fn supported<V: Value>(inside: Term<V>, y: Term<V>) -> Term<V> {
    inside.select(y, Lit(f64::NEG_INFINITY))
}

/// What is left of ln Γ when Stirling's formula is taken off, `ln Γ(x) − (x − ½)·ln x + x − ln √(2π)`, about 1/(12x).
///
/// From 10 on by Stirling's series, whose eight terms are exact to 1e-17 there (Abramowitz & Stegun 6.1.41).
#[track_caller]
fn stirling_rest<V: Value>(x: &Term<V>) -> Term<V> {
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    // Both sides are computed everywhere, the one that is not taken at 10.
    let is_large = x.above(10);
    let (large, small) = (is_large.select(x, 10), is_large.select(10, x));
    let r = large.recip();
    let r2 = r.square();
    let [first @ .., seventh, eighth] = SERIES;
    let last = &r2 * Lit(eighth) + Lit(seventh);
    let series = first.iter().rev().fold(last, |sum, &c| sum * &r2 + Lit(c)) * r;
    let direct = small.lgamma() - (&small - Lit(0.5)) * small.ln() + &small - Lit(LN_SQRT_TAU);
    is_large.select(series, direct)
}
