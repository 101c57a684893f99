//! Half-normal distribution: of the absolute value of a normal variable with mean 0.

use super::{LN_SQRT_TAU, supported};
use crate::ops::{Argument, Lit, Term, Value};
use std::f64::consts::LN_2;

/// Log-density of the half-normal distribution, `y = −z²/2 − ln σ + ln √(2/π)` with z = x/σ, for x ≥ 0 and the standard
/// deviation σ of the normal variable that was folded: x̄ = −z/σ·ȳ, σ̄ = (z² − 1)/σ·ȳ. Composed. Outside x ≥ 0: −∞, no
/// cotangent. NaN where σ ≤ 0.
///
/// ```
/// use wengert::distributions::half_normal;
/// let tape = wengert::Tape::new();
/// let [x, sd] = [1.0, 2.0].map(|x| tape.var(x));
/// let y = half_normal::log_density(&x, &sd);
/// assert_eq!(y.backward().wrt([x, sd]), [-0.25, -0.375]);
/// assert_eq!(half_normal::log_density(&-x, &sd).value(), f64::NEG_INFINITY);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, sd: impl Argument<V>) -> Term<V> {
    let sd = &sd.beside(x);
    let y = (x / sd).square() * Lit(-0.5) - sd.ln() + Lit(LN_2 - LN_SQRT_TAU);
    supported(x.at_least(0), y)
}
