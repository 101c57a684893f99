//! What `nn` composes, against the formulas in plain loops, and by the checker.

mod attention;
mod losses;
mod norms;
mod parameters;

use ndarray::ArrayD;
use std::f64::consts::LN_2;

/// Asks that two arrays agree in shape, and in elements to a few ulp relative to the larger of an element and 1.
#[track_caller]
fn close(name: &str, got: impl Into<ArrayD<f64>>, want: impl Into<ArrayD<f64>>) {
    let (got, want) = (got.into(), want.into());
    assert_eq!(got.shape(), want.shape(), "{name}");
    for (got, want) in got.iter().zip(&want) {
        let error = (got - want).abs() / want.abs().max(1.0);
        assert!(error <= 4e-15, "{name}: {got:e} instead of {want:e}");
    }
}

/// `ln(1 + eˣ)`.
fn softplus(x: f64) -> f64 {
    if x > 40.0 * LN_2 {
        x + (-x).exp()
    } else {
        x.exp().ln_1p()
    }
}
