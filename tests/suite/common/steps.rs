//! Central differences of sixth order.

/// The distance between neighbouring points. The truncation error is h⁶/140 times the seventh derivative (4.6e-19 of it),
/// the rounding error a few ε/h ≈ 1e-13.
const STEP: f64 = 2e-3;

/// How far differences reach to either side: kinks must be further away.
pub(crate) const REACH: f64 = 3.0 * STEP;

/// The derivative of `Σ wᵢ fᵢ(step)` at 0. Differences are taken before the sum, so that results which the step does not
/// change contribute exactly nothing.
pub(crate) fn derivative(mut f: impl FnMut(f64) -> Vec<f64>, weights: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (distance, factor) in [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)] {
        let (right, left) = (f(distance * STEP), f(-distance * STEP));
        assert_eq!((right.len(), left.len()), (weights.len(), weights.len()));
        let differences = right
            .iter()
            .zip(&left)
            .zip(weights)
            .map(|((r, l), w)| w * (r - l));
        sum += factor * differences.sum::<f64>();
    }
    sum / (60.0 * STEP)
}
