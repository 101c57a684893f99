//! Laplace distribution.

use crate::ops::{Term, Value};

/// Log-density of the Laplace distribution, `y = −|x − μ|/b − ln 2b`, for mean μ and scale b: x̄ = −sign(x − μ)/b·ȳ, μ̄ = −x̄,
/// b̄ = (|x − μ|/b − 1)/b·ȳ. Composed. At x = μ, a kink: x̄ = μ̄ = 0. NaN where b ≤ 0.
///
/// ```
/// use wengert::distributions::laplace;
/// let tape = wengert::Tape::new();
/// let [x, mean, scale] = [3.0, 1.0, 2.0].map(|x| tape.var(x));
/// let y = laplace::log_density(&x, &mean, &scale);
/// assert_eq!(y.value(), -1.0 - 4.0_f64.ln());
/// assert_eq!(y.backward().wrt([x, mean, scale]), [-0.5, 0.5, 0.0]);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, mean: impl Into<Term<V>>, scale: impl Into<Term<V>>) -> Term<V> {
    let (mean, scale) = (&mean.into(), &scale.into());
    -((x - mean).abs() / scale) - (2 * scale).ln()
}
