//! Eigenvalues and eigenvectors of symmetric matrices, `A = V·Λ·Vᵀ`.
//!
//! With N the antisymmetric part of Vᵀ·V̄ and Fᵢⱼ = 1/(λⱼ − λᵢ), 0 on the diagonal:
//!
//! ```text
//! Ā = V·(F ⊙ N + diag λ̄)·Vᵀ;    forwards, with C = Vᵀ·Ȧ·V: λ̇ = diag C, V̇ = V·(F ⊙ C).
//! ```
//!
//! Source: M. Giles, *Collected matrix derivative results for forward and reverse mode algorithmic differentiation*, 2008, §3.1.
//!
//! **Repeated eigenvalues.** The vectors of a repeated eigenvalue are any basis of a space, so the derivative of a single one
//! does not exist, and F is NaN for a pair of them. Where a cotangent touches neither of the two (because a loss uses the
//! eigenvalues only, or a slice of the vectors that leaves these out), the pair passes nothing on, and the gradient is finite and right.
//! Where it does touch them, it is NaN, even if the loss does not depend on the choice of the basis: what V̄ and λ̄ say at one
//! basis is not enough to tell. At A = I the loss Σ G ⊙ V·Λ²·Vᵀ has the gradient 2G; but with V = I one has λ̄ᵢ = 2Gᵢᵢ
//! and N = 0, and nothing of Gᵢⱼ arrives. To set 0·∞ = 0 there would give diag 2G: finite, and wrong.

use super::{batch, square, with};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, LinalgError, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Binary, Term, Zeros};

/// The eigenvalues, a row, and the vectors below it, the columns of a matrix.
#[derive(Debug, Clone)]
pub struct Eigh;

/// `yᵢⱼ = 1/(xⱼ − xᵢ)`, or with `plus` 1/(xⱼ + xᵢ); 0 where i = j, NaN where the denominator cannot be told from 0.
#[derive(Debug, Clone)]
pub struct Gaps {
    plus: bool,
}

/// The two parts of what the op has packed; the eigenvalues remain a row.
fn parts<V: ArrayValue>(packed: &Term<V>) -> [Term<V>; 2] {
    let n = packed.shape()[packed.shape().len() - 1];
    [packed.rows(0, 1), packed.rows(1, n + 1)]
}

impl ArrayRule for Eigh {
    /// Structural zeros tell which vectors are of use; see the module's text.
    const ZEROS: Zeros = Zeros::Made;
    const TANGENT_ZEROS: Zeros = Zeros::Read;

    fn name(&self) -> &str {
        "eigh"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(a[0]).map(|n| with(batch(a[0]), &[n + 1, n]))
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::eigh(a).value
    }
    fn try_forward<T: Real>(&self, a: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        T::eigh(a).checked()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let ([values, v], [g_values, gv]) = (parts(y), parts(g));
        let gaps = values.gaps(false).where_touched(&[&gv]);
        let inner = v.mt().matmul(&gv).antisymmetric() * gaps;
        let sum = v.matmul(&inner) + &v * g_values;
        sum.matmul(&v.mt()).symmetric() + 0
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let [values, v] = parts(y);
        let right = t.symmetric().matmul(&v);
        let c = v.mt().matmul(&right);
        let axis = y.shape().len() - 2;
        let diagonal = (&v * right).sum_over(&[axis], true);
        Term::concat(&[diagonal, v.matmul(&(values.gaps(false) * c))], -2)
    }
}

impl ArrayRule for Gaps {
    fn name(&self) -> &str {
        "gaps"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let n = x[0][x[0].len() - 1];
        Ok(with(batch(x[0]), &[n, n]))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].gaps(self.plus)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        // Gated, so that a pair that passes nothing on is not 0·NaN.
        let h = -y.square().gated(g);
        let axis = y.shape().len() - 2;
        let (columns, rows) = (h.sum_over(&[axis], true), h.mt().sum_over(&[axis], true));
        if self.plus { columns + rows } else { columns - rows }
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let t = if self.plus { t + t.mt() } else { t - t.mt() };
        -y.square().gated(t)
    }
}

impl<V: ArrayValue> Term<V> {
    /// See [`Gaps`]; of a row for each matrix.
    pub(super) fn gaps(&self, plus: bool) -> Self {
        Self(V::apply(Gaps { plus }, &[&self.0]))
    }

    /// The elements i, j for which something has been added to column i or j of one of the `cotangents`; the structural
    /// zero elsewhere.
    pub(super) fn where_touched(&self, cotangents: &[&Self]) -> Self {
        let axis = self.shape().len() - 2;
        let sums = cotangents.iter().map(|g| g.sum_over(&[axis], true));
        let columns = sums.reduce(|a, b| a + b).expect("a cotangent");
        Binary::Touched.apply(self, &(&columns + columns.mt()))
    }

    /// Eigenvalues and eigenvectors of a symmetric matrix, `A = V·Λ·Vᵀ`: a vector λ in ascending order and a matrix V, whose
    /// columns are the eigenvectors. Ā = V·(F ⊙ N + diag λ̄)·Vᵀ with N the antisymmetric part of Vᵀ·V̄ and Fᵢⱼ = 1/(λⱼ − λᵢ)
    /// (Giles 2008, §3.1).
    ///
    /// The lower triangle of A is read; its gradient is symmetric. The entry of largest size of an eigenvector is positive.
    /// Leading axes are a batch. Between eigenvectors of equal eigenvalues, to rounding, the gradient is NaN where a loss uses
    /// one of them, since it does not exist; it is right where none of them is used.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[2.0, 0.0], [0.0, 1.0]]));
    /// let (values, vectors) = a.eigh()?;
    /// assert_eq!(values.value(), arr1(&[1.0, 2.0]).into_dyn());
    /// assert_eq!(vectors.value(), arr2(&[[0.0, 1.0], [1.0, 0.0]]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NoConvergence`], where an element is NaN or infinite.
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn eigh(&self) -> Result<(Self, Self), LinalgError> {
        let [values, vectors] = parts(&Self::checked(Eigh, &[self])?);
        let n = vectors.shape()[vectors.shape().len() - 1];
        Ok((values.reshape_last(2, &[n]), vectors))
    }

    /// The eigenvalues of a symmetric matrix in ascending order, see [`Term::eigh`]: Ā = V·diag λ̄·Vᵀ, also where they are
    /// repeated.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[1.0, 0.0], [0.0, 1.0]]));
    /// let gradient = a.eigvalsh()?.sum().backward().wrt(a).to_owned();
    /// assert_eq!(gradient, arr2(&[[1.0, 0.0], [0.0, 1.0]]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NoConvergence`], where an element is NaN or infinite.
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn eigvalsh(&self) -> Result<Self, LinalgError> {
        self.eigh().map(|(values, _)| values)
    }
}
