//! Dirichlet distribution.

use super::{LN_SQRT_TAU, stirling_rest, supported};
use crate::ops::{ArrayValue, Lit, Term};

/// Log-density of the Dirichlet distribution at probabilities x along the last axis,
/// `y = Σᵢ (aᵢ − 1)·ln xᵢ + ln Γ(n) − Σᵢ ln Γ(aᵢ)` with n = Σ aᵢ, for concentrations a: x̄ᵢ = (aᵢ − 1)/xᵢ·ȳ,
/// āᵢ = (ln xᵢ − ψ(aᵢ) + ψ(n))·ȳ. Composed. Where an xᵢ < 0: −∞, no cotangent. That the xᵢ add to 1 is not checked; the gradient is
/// that of the formula, in all xᵢ. NaN where an aᵢ ≤ 0.
///
/// It is computed about its peak, as the [beta distribution](super::beta) of many variables.
///
/// ```
/// use ndarray::arr1;
/// use wengert::distributions::dirichlet;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr1(&[0.2, 0.3, 0.5]));
/// let a = tape.tensor(&arr1(&[1.0, 1.0, 1.0]));
/// let y = dirichlet::log_density(&x, &a).item(); // uniform over a triangle
/// assert!((y.value() - 2.0_f64.ln()).abs() < 1e-14);
/// ```
///
/// # Panics
/// Where an argument has no axes, or the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: ArrayValue>(x: &Term<V>, a: &Term<V>) -> Term<V> {
    let n = a.sum_keep([-1]);
    let t = x * &n / a;
    let parts = (a - 1).xlogy(&t) - a * (t - 1) - a.ln() * Lit(0.5) - stirling_rest(a);
    let n = n.sum_axes([-1]);
    let k = a.shape().last().map_or(0, |&k| k) as f64;
    let whole = stirling_rest(&n) + n.ln() * Lit(k - 0.5) - Lit((k - 1.0) * LN_SQRT_TAU);
    // What was taken off in `parts` adds to n·(Σ xᵢ − 1).
    let y = parts.sum_axes([-1]) + whole + n * (x.sum_axes([-1]) - 1);
    supported(x.min_axes([-1]).at_least(0), y)
}
