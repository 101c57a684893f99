//! Binomial distribution.

use super::{beta, supported};
use crate::ops::{Argument, Term, Value};

/// Logarithm of the binomial probability of k successes in n trials, `y = ln (n over k) + k·ln p + (n − k)·ln(1 − p)`, for the
/// probability p of a success: p̄ = (k/p − (n − k)/(1 − p))·ȳ. Composed: it is the density of the beta distribution at p for
/// k + 1 and n − k + 1, over n + 1. Where k is no count or above n, and Outside 0 ≤ p ≤ 1: −∞, no cotangent. At p = 0: 0 for
/// k = 0, −∞ otherwise; likewise at 1. A cotangent passes to a variable k or n as if there were probabilities between the counts.
///
/// ```
/// use wengert::distributions::binomial;
/// let tape = wengert::Tape::new();
/// let p = tape.var(0.25);
/// let y = binomial::log_probability(&1.0.into(), 2.0, p); // 2·p·(1 − p)
/// assert!((y.value() - 0.375_f64.ln()).abs() < 1e-14);
/// assert!((y.backward().wrt(p) - (4.0 - 1.0 / 0.75)).abs() < 1e-14);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_probability<V: Value>(k: &Term<V>, n: impl Argument<V>, p: impl Argument<V>) -> Term<V> {
    let (n, p) = (&n.beside(k), &p.beside(k));
    let counts = k.at_least(0) * k.at_most(n) * k.equals(k.floor());
    let y = beta::log_density(p, &(k + 1), &(n - k + 1)) - n.ln_1p();
    supported(counts, y)
}
