//! Central differences of sixth order, weighted.

use wengert::gradcheck::central_difference;

/// The distance between neighbouring points. The truncation error is h⁶/140 times the seventh derivative (4.6e-19 of it),
/// the rounding error a few ε/h ≈ 1e-13.
const STEP: f64 = 2e-3;

/// How far differences reach to either side: kinks must be further away.
pub(crate) const REACH: f64 = 3.0 * STEP;

/// The derivative of `Σ wᵢ fᵢ(step)` at 0. Differences are taken before the sum, so that results which the step does not
/// change contribute exactly nothing.
pub(crate) fn derivative(mut f: impl FnMut(f64) -> Vec<f64>, weights: &[f64]) -> f64 {
    let slopes = central_difference(&mut f, STEP);
    assert_eq!(slopes.len(), weights.len());
    slopes.iter().zip(weights).map(|(slope, w)| w * slope).sum()
}
