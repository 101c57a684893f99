//! Beta distribution.

use super::{LN_SQRT_TAU, stirling_rest, supported};
use crate::ops::{Argument, Lit, Term, Value};

/// Log-density of the beta distribution, `y = (a − 1)·ln x + (b − 1)·ln(1 − x) − ln B(a, b)` for 0 ≤ x ≤ 1 (the mean is
/// a/(a + b)): x̄ = ((a − 1)/x − (b − 1)/(1 − x))·ȳ, ā = (ln x − ψ(a) + ψ(a + b))·ȳ, b̄ = (ln(1 − x) − ψ(b) + ψ(a + b))·ȳ.
/// Composed. Outside 0 ≤ x ≤ 1: −∞, no cotangent. At the ends: ∞, finite or −∞, as the exponent is < 0, 0 or > 0. NaN where
/// a ≤ 0 or b ≤ 0.
///
/// It is computed about its peak, with n = a + b, s = x·n/a, t = (1 − x)·n/b and D = [what Stirling's formula leaves](super), as
/// `y = (a − 1)·ln s + (b − 1)·ln t − [a·(s − 1) + b·(t − 1)] + 3⁄2·ln n − ½·ln(a·b) + D(n) − D(a) − D(b) − ln √(2π)`. What is in
/// brackets is 0; without it a rounded s or t would count a or b times.
///
/// ```
/// use wengert::distributions::beta;
/// let tape = wengert::Tape::new();
/// let [x, a, b] = [0.25, 1.0, 2.0].map(|x| tape.var(x));
/// let y = beta::log_density(&x, &a, &b); // 2·(1 − x)
/// assert!((y.value() - 1.5_f64.ln()).abs() < 1e-15);
/// assert!((y.backward().wrt(x) + 1.0 / 0.75).abs() < 1e-14);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, a: impl Argument<V>, b: impl Argument<V>) -> Term<V> {
    let (a, b) = (&a.beside(x), &b.beside(x));
    let (rest, n) = (1 - x, a + b);
    let (s, t) = (x * &n / a, rest * &n / b);
    let powers = (a - 1).xlogy(&s) + (b - 1).xlogy(&t) - (a * (s - 1) + b * (t - 1));
    let logs = n.ln() * Lit(1.5) - (a.ln() + b.ln()) * Lit(0.5);
    let gammas = stirling_rest(&n) - stirling_rest(a) - stirling_rest(b) - Lit(LN_SQRT_TAU);
    supported(x.at_least(0) * x.at_most(1), powers + logs + gammas)
}
