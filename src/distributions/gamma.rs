//! Gamma distribution.

use super::{LN_SQRT_TAU, stirling_rest, supported};
use crate::ops::{Argument, Lit, Term, Value};

/// Log-density of the gamma distribution, `y = a·ln b − ln Γ(a) + (a − 1)·ln x − b·x` for x ≥ 0, shape a and **rate** b (the
/// mean is a/b; a scale is 1/b): x̄ = ((a − 1)/x − b)·ȳ, ā = (ln(b·x) − ψ(a))·ȳ, b̄ = (a/b − x)·ȳ. Composed. Outside x ≥ 0:
/// −∞, no cotangent. At x = 0: ∞ where a < 1, ln b where a = 1, −∞ where a > 1. NaN where a ≤ 0 or b ≤ 0.
///
/// It is computed about its peak, with t = b·x/a and D = [what Stirling's formula leaves](super), as
/// `y = (a − 1)·ln t − a·(t − 1) − ½·ln a − D(a) − ln √(2π) + ln b`, whose terms are of the size of √a where the density is not
/// tiny, and to which a rounded t does nothing.
///
/// ```
/// use wengert::distributions::gamma;
/// let tape = wengert::Tape::new();
/// let [x, shape, rate] = [3.0, 1.0, 2.0].map(|x| tape.var(x));
/// let y = gamma::log_density(&x, &shape, &rate); // of shape 1: the exponential distribution
/// assert!((y.value() - (2.0_f64.ln() - 6.0)).abs() < 1e-15);
/// assert!((y.backward().wrt(rate) - (0.5 - 3.0)).abs() < 1e-15);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, shape: impl Argument<V>, rate: impl Argument<V>) -> Term<V> {
    let (shape, rate) = (&shape.beside(x), &rate.beside(x));
    supported(x.at_least(0), standard(&(rate * x), shape) + rate.ln())
}

/// The same for rate 1: with `y` for x, `(a − 1)·ln y − y − ln Γ(a)`.
#[track_caller]
pub(super) fn standard<V: Value>(y: &Term<V>, a: &Term<V>) -> Term<V> {
    let t = y / a;
    let powers = (a - 1).xlogy(&t) - a * (t - 1);
    powers - a.ln() * Lit(0.5) - stirling_rest(a) - Lit(LN_SQRT_TAU)
}
