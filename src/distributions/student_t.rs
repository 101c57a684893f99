//! Student's t distribution.

use super::{LN_SQRT_TAU, stirling_rest};
use crate::ops::{Argument, Lit, Term, Value};

/// `y = ln(1 + u²)` without overflow: ū = 2u/(1 + u²)·ȳ. From 1 on by the reciprocal.
#[track_caller]
fn ln_1p_square<V: Value>(u: &Term<V>) -> Term<V> {
    let is_large = u.abs().above(1);
    let small = is_large.select(u.recip(), u);
    small.square().ln_1p() + is_large.select(2 * u.abs().ln(), 0)
}

/// Log-density of Student's t distribution with ν degrees of freedom, mean μ and scale σ,
/// `y = ln Γ(h + ½) − ln Γ(h) − ½·ln(νπ) − ln σ − (h + ½)·ln(1 + z²/ν)` with h = ν/2 and z = (x − μ)/σ:
/// x̄ = −(ν + 1)·z/(ν + z²)/σ·ȳ, μ̄ = −x̄, and so on. Composed. NaN where ν ≤ 0 or σ ≤ 0.
///
/// The logarithms of Γ are those of neighbours, of which only what differs is computed: with D = [what Stirling's formula
/// leaves](super), `y = h·ln(1 + 1/ν) − ½ + D(h + ½) − D(h) − ln √(2π) − ln σ − (h + ½)·ln(1 + z²/ν)`, which for ν → ∞ goes to
/// the normal density.
///
/// ```
/// use wengert::Term;
/// use wengert::distributions::{normal, student_t};
/// let [x, df, mean, sd] = [1.5_f64, 1e12, 0.0, 1.0].map(Term::new);
/// let y = student_t::log_density(&x, &df, &mean, &sd).into_inner();
/// assert!((y - normal::log_density(&x, &mean, &sd).into_inner()).abs() < 1e-12);
/// ```
///
/// # Panics
/// Where the shapes do not broadcast.
#[track_caller]
pub fn log_density<V: Value>(
    x: &Term<V>,
    df: impl Argument<V>,
    mean: impl Argument<V>,
    scale: impl Argument<V>,
) -> Term<V> {
    let (df, mean, scale) = (&df.beside(x), &mean.beside(x), &scale.beside(x));
    let z = (x - mean) / scale;
    let h = df / 2;
    let more = &h + Lit(0.5);
    let gammas = &h * df.recip().ln_1p() - Lit(0.5 + LN_SQRT_TAU) + stirling_rest(&more) - stirling_rest(&h);
    gammas - scale.ln() - more * ln_1p_square(&(z / df.sqrt()))
}
