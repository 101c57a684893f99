//! Poisson distribution.

use super::{gamma, supported};
use crate::ops::{Argument, Term, Value};

/// Logarithm of the Poisson probability of a count k, `y = k·ln λ − λ − ln k!`, for the rate λ ≥ 0, which is the mean:
/// λ̄ = (k/λ − 1)·ȳ. Composed: it is the density of the gamma distribution at λ for shape k + 1 and rate 1. Where k is no count:
/// −∞, no cotangent. At λ = 0: 0 for k = 0, −∞ otherwise. NaN where λ < 0. A cotangent passes to a variable k as if there were
/// probabilities between the counts.
///
/// ```
/// use wengert::distributions::poisson;
/// let tape = wengert::Tape::new();
/// let rate = tape.var(4.0);
/// let y = poisson::log_probability(&2.0.into(), rate);
/// assert!((y.value() - (8.0_f64.ln() - 4.0)).abs() < 1e-15);
/// assert!((y.backward().wrt(rate) + 0.5).abs() < 1e-15);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_probability<V: Value>(k: &Term<V>, rate: impl Argument<V>) -> Term<V> {
    let rate = &rate.beside(k);
    let counts = k.at_least(0) * k.equals(k.floor());
    supported(counts, gamma::standard(&rate.nonnegative(), &(k + 1)))
}
