//! Exponential distribution.

use super::supported;
use crate::ops::{Argument, Term, Value};

/// Log-density of the exponential distribution, `y = ln λ − λ·x` for x ≥ 0 and the **rate** λ (the mean is 1/λ): x̄ = −λ·ȳ,
/// λ̄ = (1/λ − x)·ȳ. Composed. Outside x ≥ 0: −∞, no cotangent. NaN where λ < 0.
///
/// ```
/// use wengert::distributions::exponential;
/// let tape = wengert::Tape::new();
/// let [x, rate] = [3.0, 2.0].map(|x| tape.var(x));
/// let y = exponential::log_density(&x, &rate);
/// assert_eq!(y.value(), 2.0_f64.ln() - 6.0);
/// assert_eq!(y.backward().wrt([x, rate]), [-2.0, -2.5]);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, rate: impl Argument<V>) -> Term<V> {
    let rate = &rate.beside(x);
    supported(x.at_least(0), rate.ln() - rate * x)
}
