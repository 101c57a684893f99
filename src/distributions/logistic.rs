//! Logistic distribution.

use crate::ops::{Argument, Term, Value};

/// Log-density of the logistic distribution, `y = −z − 2·ln(1 + e⁻ᶻ) − ln s` with z = (x − μ)/s, for mean μ and scale s, without
/// overflow: x̄ = −tanh(z/2)/s·ȳ, μ̄ = −x̄, s̄ = (z·tanh(z/2) − 1)/s·ȳ. Composed. NaN where s ≤ 0.
///
/// ```
/// use wengert::distributions::logistic;
/// let tape = wengert::Tape::new();
/// let [x, mean, scale] = [2000.0, 0.0, 1.0].map(|x| tape.var(x));
/// let y = logistic::log_density(&x, &mean, &scale);
/// assert_eq!(y.value(), -2000.0);
/// assert_eq!(y.backward().wrt([x, mean, scale]), [-1.0, 1.0, 1999.0]);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, mean: impl Argument<V>, scale: impl Argument<V>) -> Term<V> {
    let (mean, scale) = (&mean.beside(x), &scale.beside(x));
    let z = (x - mean) / scale;
    -z.softplus() - (-z).softplus() - scale.ln()
}
