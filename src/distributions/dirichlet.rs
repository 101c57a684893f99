//! Dirichlet distribution.

use super::{LN_SQRT_TAU, stirling_rest, supported};
use crate::ops::{ArrayValue, Lit, Term};

/// Log-density of the Dirichlet distribution at probabilities x along the last axis,
/// `y = Σᵢ (aᵢ − 1)·ln xᵢ + ln Γ(n) − Σᵢ ln Γ(aᵢ)` with n = Σ aᵢ, for concentrations a: x̄ᵢ = (aᵢ − 1)/xᵢ·ȳ,
/// āᵢ = (ln xᵢ − ψ(aᵢ) + ψ(n))·ȳ. Composed. Where an xᵢ < 0: −∞, no cotangent. That the xᵢ add to 1 is not checked; the gradient is
/// that of the formula, in all xᵢ. NaN where an aᵢ ≤ 0.
///
/// For xᵢ > 0 it is computed about its peak, as the [beta distribution](super::beta) of many variables.
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
    let parts = a * (t.ln() - (t - 1)) - x.ln() + a.ln() * Lit(0.5) - stirling_rest(a);
    let border = (a - 1).xlogy(x) - a.nonnegative().lgamma();
    let n = n.sum_axes([-1]);
    let count = a.shape().last().map_or(0, |&n| n) as f64;
    let peak = stirling_rest(&n) - n.ln() * Lit(0.5) - Lit((count - 1.0) * LN_SQRT_TAU);
    // What was taken off in `parts` adds to n·(Σ xᵢ − 1).
    let inside = parts.sum_axes([-1]) + peak + &n * (x.sum_axes([-1]) - 1);
    let border = border.sum_axes([-1]) + n.lgamma();
    let least = x.min_axes([-1]);
    supported(least.at_least(0), least.above(0).select(inside, border))
}
