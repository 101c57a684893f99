//! Normal distribution.

use super::LN_SQRT_TAU;
use crate::ops::{Argument, Lit, Term, Value};

/// Log-density of the normal distribution, `y = −z²/2 − ln σ − ln √(2π)` with z = (x − μ)/σ, for mean μ and standard
/// deviation σ: x̄ = −z/σ·ȳ, μ̄ = z/σ·ȳ, σ̄ = (z² − 1)/σ·ȳ. Composed. NaN where σ ≤ 0.
///
/// ```
/// use wengert::distributions::normal;
/// let tape = wengert::Tape::new();
/// let [x, mean, sd] = [3.0, 1.0, 2.0].map(|x| tape.var(x));
/// let y = normal::log_density(&x, &mean, &sd);
/// assert!((y.value() + 0.5 + 2.0_f64.ln() + 0.918_938_533_204_672_7).abs() < 1e-15);
/// assert_eq!(y.backward().wrt([x, mean, sd]), [-0.5, 0.5, 0.0]);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, mean: impl Argument<V>, sd: impl Argument<V>) -> Term<V> {
    let (mean, sd) = (&mean.beside(x), &sd.beside(x));
    let z = (x - mean) / sd;
    z.square() * Lit(-0.5) - sd.ln() - Lit(LN_SQRT_TAU)
}
