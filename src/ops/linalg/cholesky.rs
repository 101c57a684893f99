//! The Cholesky factor, `A = L·Lᵀ`, L lower triangular.
//!
//! With Φ(X) the lower triangle of X with half the diagonal, differentiating A = L·Lᵀ gives L̇ = L·Φ(L⁻¹·Ȧ·L⁻ᵀ), and so
//!
//! ```text
//! S = L⁻ᵀ·Φ(Lᵀ·L̄)·L⁻¹,    Ā = (S + Sᵀ)/2.
//! ```
//!
//! Source: I. Murray, *Differentiation of the Cholesky decomposition*, 2016 (arXiv:1602.07527), eq. 8 and 10.
//!
//! The lower triangle alone is read, as LAPACK does it, and A counts as symmetric: its gradient is symmetric, half of each
//! off-diagonal slope in either triangle.

use super::{Triangle, batch, square};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, LinalgError, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Term, or_panic};
use crate::shape;

/// L with `A = L·Lᵀ`.
#[derive(Debug, Clone)]
pub struct Cholesky;

impl ArrayRule for Cholesky {
    fn name(&self) -> &str {
        "cholesky"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(a[0]).map(|_| a[0].into())
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::cholesky(a).value
    }
    fn try_forward<T: Real>(&self, a: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        T::cholesky(a).checked()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], l: &Term<V>, g: &Term<V>) -> Term<V> {
        let p = l.mt().matmul(g).half_lower();
        let left = l.triangular(&p, Triangle::LowerTransposed);
        let both = l.triangular(&left.mt(), Triangle::LowerTransposed);
        both.symmetric()
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], l: &Term<V>, t: &Term<V>) -> Term<V> {
        let left = l.triangular(&t.symmetric(), Triangle::Lower);
        let both = l.triangular(&left.mt(), Triangle::Lower);
        l.matmul(&both.half_lower())
    }
}

impl<V: ArrayValue> Term<V> {
    /// Cholesky factor of a symmetric positive definite matrix, `A = L·Lᵀ`: Ā = (S + Sᵀ)/2 with S = L⁻ᵀ·Φ(Lᵀ·L̄)·L⁻¹, Φ the
    /// lower triangle with half the diagonal (I. Murray, arXiv:1602.07527).
    ///
    /// The lower triangle of A is read; its gradient is symmetric. Leading axes are a batch. The result has zeros above the
    /// diagonal.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[4.0, 2.0], [2.0, 5.0]]));
    /// let l = a.cholesky()?;
    /// assert_eq!(l.value(), arr2(&[[2.0, 0.0], [1.0, 2.0]]).into_dyn());
    /// // ln det A by its factor; the gradient is A⁻¹.
    /// let inverse = a.logdet()?.item().backward().wrt(a).to_owned();
    /// assert!((inverse[[0, 0]] - 5.0 / 16.0).abs() < 1e-15);
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`], with the order of the first leading minor that is not positive.
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn cholesky(&self) -> Result<Self, LinalgError> {
        Self::checked(Cholesky, &[self])
    }

    /// Logarithm of the determinant of a symmetric positive definite matrix, `y = 2·Σ ln Lᵢᵢ` with A = L·Lᵀ: Ā = ȳ·A⁻¹.
    /// Composed, by [`Term::cholesky`]. Without overflow, where a determinant would have none left of its digits.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[4.0, 2.0], [2.0, 5.0]]));
    /// assert!((a.logdet()?.item().value() - 16.0_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`]; see [`Term::slogdet`] for other matrices.
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn logdet(&self) -> Result<Self, LinalgError> {
        or_panic("logdet", square(self.shape()));
        Ok(self.cholesky()?.triangular_logdet())
    }

    /// `y = 2·Σ ln Lᵢᵢ`, the logarithm of det L·Lᵀ, of a factor that is there already: L̄ᵢᵢ = 2ȳ/Lᵢᵢ, nothing elsewhere. Composed.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let l = tape.tensor(&arr2(&[[2.0, 0.0], [1.0, 2.0]]));
    /// assert!((l.triangular_logdet().item().value() - 16.0_f64.ln()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn triangular_logdet(&self) -> Self {
        or_panic("triangular_logdet", square(self.shape()));
        2 * self.diagonal(0).ln().sum_axes([-1])
    }

    /// Quadratic form `y = xᵀ·A⁻¹·x` with A symmetric positive definite, the vectors x being the last axis:
    /// x̄ = 2ȳ·A⁻¹·x, Ā = −ȳ·A⁻¹·x·xᵀ·A⁻¹. Composed: the square of L⁻¹·x with A = L·Lᵀ.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[4.0, 2.0], [2.0, 5.0]]));
    /// let x = tape.tensor(&arr1(&[2.0, 1.0]));
    /// assert!((a.inv_quadratic(&x)?.item().value() - 1.0).abs() < 1e-15);
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`].
    ///
    /// # Panics
    /// Where the last two axes are no square matrices, or the vectors do not fit.
    #[track_caller]
    pub fn inv_quadratic(&self, x: &Self) -> Result<Self, LinalgError> {
        let n = or_panic("inv_quadratic", square(self.shape()));
        if x.shape().last() != Some(&n) {
            let need = "the last extent of the vectors must be that of the matrix";
            or_panic(
                "inv_quadratic",
                Err(ShapeError::mismatch(self.shape(), x.shape(), need)),
            )
        }
        let l = self.cholesky()?;
        if batch(self.shape()).is_empty() {
            // All vectors at once, as the columns of one right-hand side.
            let others = &x.shape()[..x.shape().len() - 1];
            let columns = x.reshape([shape::size(others), n]).t();
            let z = l.triangular(&columns, Triangle::Lower);
            return Ok(z.square().sum_over(&[0], false).reshape(others));
        }
        let z = l.triangular(&x.reshape_last(1, &[n, 1]), Triangle::Lower);
        let axis = z.shape().len() - 2;
        Ok(z.square().sum_over(&[axis, axis + 1], false))
    }
}
