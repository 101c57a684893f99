//! Normal distribution of vectors, through the Cholesky factor of its covariance matrix.

use super::LN_SQRT_TAU;
use crate::LinalgError;
use crate::ops::linalg::Triangle;
use crate::ops::{ArrayValue, Lit, Term};

/// Log-density of the normal distribution of vectors of n elements, the last axis of x,
/// `y = −½·dᵀ·Σ⁻¹·d − ½·ln det Σ − n·ln √(2π)` with d = x − μ, for mean μ and covariance matrix Σ (n × n): x̄ = −Σ⁻¹·d·ȳ,
/// μ̄ = −x̄, Σ̄ = ½·(Σ⁻¹·d·dᵀ·Σ⁻¹ − Σ⁻¹)·ȳ. Composed: by the factor L of Σ = L·Lᵀ, of which the lower triangle of Σ is read.
/// Several matrices are a batch, whose axes broadcast with those of the vectors before the last: k × n × n matrices and k × n
/// means with m × 1 × n vectors give m × k densities.
///
/// ```
/// use ndarray::{arr1, arr2};
/// use wengert::distributions::multivariate_normal;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr2(&[[1.0, 2.0], [0.0, 0.0]])); // two vectors
/// let mean = tape.tensor(&arr1(&[0.0, 0.0]));
/// let covariance = tape.tensor(&arr2(&[[1.0, 0.0], [0.0, 4.0]]));
/// let y = multivariate_normal::log_density(&x, &mean, &covariance)?;
/// let at_mean = -(2.0_f64.ln() + (2.0 * std::f64::consts::PI).ln());
/// assert!((y.at([0]).value() - (at_mean - 1.0)).abs() < 1e-15);
/// assert!((y.at([1]).value() - at_mean).abs() < 1e-15);
/// # Ok::<(), wengert::LinalgError>(())
/// ```
///
/// # Errors
/// [`LinalgError::NotPositiveDefinite`].
///
/// # Panics
/// Where the covariance is no square matrix, or the vectors do not fit.
#[track_caller]
pub fn log_density<V: ArrayValue>(
    x: &Term<V>,
    mean: &Term<V>,
    covariance: &Term<V>,
) -> Result<Term<V>, LinalgError> {
    log_density_by_factor(x, mean, &covariance.cholesky()?)
}

/// As [`log_density`], for a lower triangular factor L of the covariance matrix L·Lᵀ that is there already:
/// `y = −½·‖L⁻¹·d‖² − Σ ln Lᵢᵢ − n·ln √(2π)`: x̄ = −L⁻ᵀ·L⁻¹·d·ȳ, μ̄ = −x̄. Composed.
///
/// # Errors
/// [`LinalgError::Singular`] where an element of the diagonal is 0.
///
/// # Panics
/// Where the factor is no square matrix, or the vectors do not fit.
#[track_caller]
pub fn log_density_by_factor<V: ArrayValue>(
    x: &Term<V>,
    mean: &Term<V>,
    factor: &Term<V>,
) -> Result<Term<V>, LinalgError> {
    let d = x - mean;
    let Some((&n, others)) = d.shape().split_last() else {
        panic!("multivariate_normal: a vector has an axis");
    };
    let squares = match factor.shape().len() {
        // All vectors at once, as the columns of one right-hand side.
        2 => {
            let columns = d.reshape([others.iter().product(), n]).t();
            let z = factor.solve_triangular(&columns, Triangle::Lower)?;
            z.square().sum_axes([0]).reshape(others)
        }
        _ => {
            let z = factor.solve_triangular(&d.insert_axis(-1), Triangle::Lower)?;
            z.square().sum_axes([-2, -1])
        }
    };
    let constant = Lit(n as f64 * LN_SQRT_TAU);
    Ok((squares + factor.triangular_logdet()) * Lit(-0.5) - constant)
}
