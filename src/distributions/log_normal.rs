//! Log-normal distribution: of a variable whose logarithm is normal.

use super::{normal, supported};
use crate::ops::{Argument, Term, Value};

/// Log-density of the log-normal distribution, `y = −z²/2 − ln σ − ln √(2π) − ln x` with z = (ln x − μ)/σ, for the mean μ and
/// the standard deviation σ of ln x: x̄ = −(1 + z/σ)/x·ȳ, μ̄ = z/σ·ȳ, σ̄ = (z² − 1)/σ·ȳ. Composed. Outside x > 0: −∞, no
/// cotangent.
///
/// ```
/// use wengert::distributions::log_normal;
/// let tape = wengert::Tape::new();
/// let [x, mean, sd] = [1.0, 0.0, 2.0].map(|x| tape.var(x));
/// let y = log_normal::log_density(&x, &mean, &sd);
/// assert_eq!(y.backward().wrt([x, mean, sd]), [-1.0, 0.0, -0.5]);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(x: &Term<V>, mean: impl Argument<V>, sd: impl Argument<V>) -> Term<V> {
    let (mean, sd) = (&mean.beside(x), &sd.beside(x));
    let l = x.ln();
    supported(x.above(0), normal::log_density(&l, mean, sd) - l)
}
