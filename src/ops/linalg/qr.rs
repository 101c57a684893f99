//! The reduced QR factorisation of matrices with at least as many rows as columns, `A = Q·R`, and least squares by it.
//!
//! With M = R·R̄ᵀ − Q̄ᵀ·Q and copyltu(M) the symmetric matrix that has M's lower triangle:
//!
//! ```text
//! Ā = (Q̄ + Q·copyltu(M))·R⁻ᵀ.
//! ```
//!
//! Forwards, with C = Qᵀ·Ȧ·R⁻¹ and the antisymmetric Ω that has C's lower triangle: Ṙ = (C − Ω)·R and
//! Q̇ = Ȧ·R⁻¹ − Q·(C − Ω).
//!
//! Sources: S. F. Walter, L. Lehmann, *Algorithmic differentiation of linear algebra functions with application in optimum
//! experimental design*, 2010 (arXiv:1001.1654), §2.2; M. Seeger et al., *Auto-differentiating linear algebra*, 2017
//! (arXiv:1710.08717).
//!
//! The diagonal of R is made non-negative, so that the factors are unique and vary smoothly with A. What cannot be told
//! from 0 there is 0, so that the gradient of a matrix that has not full rank, which does not exist, is no finite number.

use super::{ROWS, Triangle, batch, with};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, LinalgError, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Term, or_panic};

/// Q, and R below it.
#[derive(Debug, Clone)]
pub struct Qr;

/// The extents of matrices with at least as many rows as columns.
fn tall(a: &[usize]) -> Result<(usize, usize), ShapeError> {
    match *a {
        [.., m, n] if m >= n => Ok((m, n)),
        _ => Err(ShapeError::unfit(
            a,
            "the last two axes must be matrices with at least as many rows as columns",
        )),
    }
}

/// The two factors of what the op has packed.
fn parts<V: ArrayValue>(packed: &Term<V>) -> [Term<V>; 2] {
    let [.., rows, n] = *packed.shape() else {
        unreachable!("Q and R are matrices");
    };
    [packed.rows(0, rows - n), packed.rows(rows - n, rows)]
}

impl ArrayRule for Qr {
    fn name(&self) -> &str {
        "qr"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        tall(a[0]).map(|(m, n)| with(batch(a[0]), &[m + n, n]))
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::qr(a).value
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let ([q, r], [gq, gr]) = (parts(y), parts(g));
        let m = r.matmul(&gr.mt()) - gq.mt().matmul(&q);
        let left = gq + q.matmul(&(m.tril(0) + m.tril(-1).mt()));
        r.triangular(&left.mt(), Triangle::Upper).mt()
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let [q, r] = parts(y);
        let x = r.triangular(&t.mt(), Triangle::UpperTransposed).mt();
        let c = q.mt().matmul(&x);
        let upper = &c - (c.tril(-1) - c.tril(-1).mt());
        Term::concat(&[x - q.matmul(&upper), upper.matmul(&r)], -2)
    }
}

impl<V: ArrayValue> Term<V> {
    /// Reduced QR factorisation of a matrix with m ≥ n, `A = Q·R`, Q m×n with orthonormal columns, R upper triangular with
    /// diagonal ≥ 0: Ā = (Q̄ + Q·copyltu(M))·R⁻ᵀ with M = R·R̄ᵀ − Q̄ᵀ·Q and copyltu(M) the symmetric matrix with M's lower
    /// triangle (Walter & Lehmann, arXiv:1001.1654). Leading axes are a batch.
    ///
    /// Where A has not full rank the gradient does not exist, and is not finite.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[3.0], [4.0]]));
    /// let (q, r) = a.qr();
    /// assert!((r.at([0, 0]).value() - 5.0).abs() < 1e-15);
    /// assert!((q.at([1, 0]).value() - 0.8).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the last two axes are no matrices, or have fewer rows than columns.
    #[track_caller]
    pub fn qr(&self) -> (Self, Self) {
        let [q, r] = parts(&Self(V::apply(Qr, &[&self.0])));
        (q, r)
    }

    /// Least squares, the `y` that makes ‖A·y − B‖ smallest, for a matrix with m ≥ n of full rank. Composed: y = R⁻¹·Qᵀ·B. B is
    /// a matrix, each column a problem, or a vector where it has one axis.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// // The line y = p·x + c nearest to three points.
    /// let a = tape.tensor(&arr2(&[[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]));
    /// let b = tape.tensor(&arr1(&[1.0, 3.0, 5.0]));
    /// let line = a.lstsq(&b)?;
    /// assert!((line.at([0]).value() - 2.0).abs() < 1e-14 && (line.at([1]).value() - 1.0).abs() < 1e-14);
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::Singular`] where A has not full rank: the solution is not unique; [`Term::pinv`] has the shortest.
    ///
    /// # Panics
    /// Where the last two axes of A are no matrices, or have fewer rows than columns, or B does not fit.
    #[track_caller]
    pub fn lstsq(&self, b: &Self) -> Result<Self, LinalgError> {
        let (m, n) = or_panic("lstsq", tall(self.shape()));
        let vector = b.shape().len() == 1;
        let rows = b.shape().iter().rev().nth(usize::from(!vector));
        if rows != Some(&m) {
            or_panic("lstsq", Err(ShapeError::mismatch(self.shape(), b.shape(), ROWS)))
        }
        let b = if vector { b.reshape([m, 1]) } else { b.clone() };
        let (q, r) = self.qr();
        let y = r.solve_triangular(&q.mt().matmul(&b), Triangle::Upper)?;
        Ok(if vector { y.reshape_last(2, &[n]) } else { y })
    }
}
