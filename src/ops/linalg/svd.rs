//! Singular values and vectors, `A = U·S·Vᵀ`, and the pseudo-inverse.
//!
//! With C = Uᵀ·Ȧ·V, Fᵢⱼ = 1/(sⱼ − sᵢ), Pᵢⱼ = 1/(sⱼ + sᵢ), both 0 on the diagonal:
//!
//! ```text
//! Uᵀ·U̇ = ½·(F ⊙ (C + Cᵀ) + P ⊙ (C − Cᵀ)),    Vᵀ·V̇ = ½·(F ⊙ (C + Cᵀ) − P ⊙ (C − Cᵀ)),    ṡ = diag C,
//! ```
//!
//! and what U̇ and V̇ have outside the spaces of U and V is (I − U·Uᵀ)·Ȧ·V·S⁻¹ and (I − V·Vᵀ)·Ȧᵀ·U·S⁻¹. So, with N and M
//! the antisymmetric parts of Uᵀ·Ū and Vᵀ·V̄:
//!
//! ```text
//! Ā = U·(F ⊙ (N + M) + P ⊙ (N − M) + diag s̄)·Vᵀ + (I − U·Uᵀ)·Ū·S⁻¹·Vᵀ + U·S⁻¹·V̄ᵀ·(I − V·Vᵀ).
//! ```
//!
//! Source: J. Townsend, *Differentiating the singular value decomposition*, 2016, with 1/(sⱼ² − sᵢ²) taken apart, which loses
//! fewer digits and keeps the two ways apart in which it can be infinite.
//!
//! Repeated and vanishing singular values are treated like repeated eigenvalues, see `eigh.rs`: what touches the vectors
//! concerned is NaN or infinite, what does not is right.
//!
//! The pseudo-inverse P = A⁺ needs no singular vectors of its own. Where the rank stays what it is,
//! Ṗ = −P·Ȧ·P + P·Pᵀ·Ȧᵀ·(I − A·P) + (I − P·A)·Ȧᵀ·Pᵀ·P (G. H. Golub, V. Pereyra, *SIAM J. Numer. Anal.* 10, 1973, eq. 4.12), so
//!
//! ```text
//! Ā = −Pᵀ·P̄·Pᵀ + (I − A·P)·P̄ᵀ·P·Pᵀ + Pᵀ·P·P̄ᵀ·(I − P·A).
//! ```

use super::{batch, with};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, LinalgError, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Binary, Term, Zeros};

/// U, below it the singular values as a row, below them V.
#[derive(Debug, Clone)]
pub struct Svd;

/// `P = A⁺`.
#[derive(Debug, Clone)]
pub struct Pinv;

fn extents(a: &[usize]) -> Result<(usize, usize), ShapeError> {
    match *a {
        [.., m, n] => Ok((m, n)),
        _ => Err(ShapeError::unfit(a, "the last two axes must be matrices")),
    }
}

impl Svd {
    /// The three parts of what the op has packed; the singular values remain a row.
    fn parts<V: ArrayValue>(packed: &Term<V>, m: usize) -> [Term<V>; 3] {
        let rows = packed.shape()[packed.shape().len() - 2];
        [packed.rows(0, m), packed.rows(m, m + 1), packed.rows(m + 1, rows)]
    }
}

/// x without what lies in the space of the orthonormal columns of `q`.
fn outside<V: ArrayValue>(q: &Term<V>, x: &Term<V>) -> Term<V> {
    x - q.matmul(&q.mt().matmul(x))
}

impl ArrayRule for Svd {
    /// Structural zeros tell which vectors are of use; see `eigh.rs`.
    const ZEROS: Zeros = Zeros::Made;
    const TANGENT_ZEROS: Zeros = Zeros::Read;

    fn name(&self) -> &str {
        "svd"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        extents(a[0]).map(|(m, n)| with(batch(a[0]), &[m + 1 + n, m.min(n)]))
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::svd(a).value
    }
    fn try_forward<T: Real>(&self, a: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        T::svd(a).checked()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let (m, n) = extents(a[0].shape()).expect("the shapes have been checked");
        let ([u, s, v], [gu, gs, gv]) = (Self::parts(y, m), Self::parts(g, m));
        let gaps = |plus| s.gaps(plus).where_touched(&[&gu, &gv]);
        let (of_u, of_v) = (
            u.mt().matmul(&gu).antisymmetric(),
            v.mt().matmul(&gv).antisymmetric(),
        );
        let inner = (&of_u + &of_v) * gaps(false) + (&of_u - &of_v) * gaps(true);
        let mut sum = (u.matmul(&inner) + &u * gs).matmul(&v.mt());
        // x·S⁻¹ for the columns that something has been added to.
        let divided = |x: &Term<V>| {
            let touched = x.sum_over(&[x.shape().len() - 2], true);
            x * Binary::Touched.apply(&s.recip(), &touched)
        };
        if m > n {
            sum += outside(&u, &divided(&gu)).matmul(&v.mt());
        }
        if n > m {
            sum += u.matmul(&outside(&v, &divided(&gv)).mt());
        }
        sum + 0
    }
    fn jvp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let (m, n) = extents(a[0].shape()).expect("the shapes have been checked");
        let [u, s, v] = Self::parts(y, m);
        let right = t.matmul(&v);
        let c = u.mt().matmul(&right);
        let (even, odd) = (s.gaps(false) * c.symmetric(), s.gaps(true) * c.antisymmetric());
        let diagonal = (&u * &right).sum_over(&[y.shape().len() - 2], true);
        let (mut du, mut dv) = (u.matmul(&(&even + &odd)), v.matmul(&(even - odd)));
        if m > n {
            du += outside(&u, &right) / &s;
        }
        if n > m {
            dv += outside(&v, &t.mt().matmul(&u)) / &s;
        }
        Term::concat(&[du, diagonal, dv], -2)
    }
}

impl ArrayRule for Pinv {
    fn name(&self) -> &str {
        "pinv"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        extents(a[0]).map(|(m, n)| with(batch(a[0]), &[n, m]))
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::pinv(a).value
    }
    fn try_forward<T: Real>(&self, a: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        T::pinv(a).checked()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], p: &Term<V>, g: &Term<V>) -> Term<V> {
        let (a, pt, gt) = (a[0], p.mt(), g.mt());
        // X − A·P·X, and X − X·P·A.
        let left = |x: Term<V>| &x - a.matmul(&p.matmul(&x));
        let right = |x: Term<V>| &x - x.matmul(p).matmul(a);
        left(gt.matmul(p).matmul(&pt)) + right(pt.matmul(p).matmul(&gt)) - pt.matmul(g).matmul(&pt)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], p: &Term<V>, t: &Term<V>) -> Term<V> {
        let (a, pt, tt) = (a[0], p.mt(), t.mt());
        let right = |x: Term<V>| &x - x.matmul(a).matmul(p);
        let left = |x: Term<V>| &x - p.matmul(&a.matmul(&x));
        right(p.matmul(&pt).matmul(&tt)) + left(tt.matmul(&pt).matmul(p)) - p.matmul(t).matmul(p)
    }
}

impl<V: ArrayValue> Term<V> {
    /// Thin singular value decomposition of an m×n matrix, `A = U·diag s·Vᵀ`: U m×k and V n×k with orthonormal columns, the
    /// singular values s in descending order, k = min(m, n); as `(U, s, V)`. The cotangent is the formula of Townsend, 2016,
    /// *Differentiating the singular value decomposition*; see the source.
    ///
    /// The entry of largest size of a column of U is positive. Singular values that cannot be told from 0, below max(m, n)·ε
    /// times the largest, are 0. Leading axes are a batch. As to the vectors of equal, or vanishing, singular values: see
    /// [`Term::eigh`].
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[0.0, 3.0], [2.0, 0.0]]));
    /// let (_, s, _) = a.svd()?;
    /// assert_eq!(s.value(), arr1(&[3.0, 2.0]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NoConvergence`], where an element is NaN or infinite.
    ///
    /// # Panics
    /// Where the last two axes are no matrices.
    #[track_caller]
    pub fn svd(&self) -> Result<(Self, Self, Self), LinalgError> {
        let packed = Self::checked(Svd, &[self])?;
        let [u, s, v] = Svd::parts(&packed, self.shape()[self.shape().len() - 2]);
        let k = s.shape()[s.shape().len() - 1];
        Ok((u, s.reshape_last(2, &[k]), v))
    }

    /// The singular values of a matrix in descending order, see [`Term::svd`]: Ā = U·diag s̄·Vᵀ, also where they are repeated
    /// or 0. Their sum is the nuclear norm, the first the spectral norm.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[0.0, 3.0], [2.0, 0.0]]));
    /// let gradient = a.svdvals()?.sum().backward().wrt(a).to_owned();
    /// assert_eq!(gradient, arr2(&[[0.0, 1.0], [1.0, 0.0]]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NoConvergence`], where an element is NaN or infinite.
    ///
    /// # Panics
    /// Where the last two axes are no matrices.
    #[track_caller]
    pub fn svdvals(&self) -> Result<Self, LinalgError> {
        self.svd().map(|(_, s, _)| s)
    }

    /// Pseudo-inverse of Moore and Penrose, `P = A⁺`, by the singular value decomposition:
    /// Ā = −Pᵀ·P̄·Pᵀ + (I − A·P)·P̄ᵀ·P·Pᵀ + Pᵀ·P·P̄ᵀ·(I − P·A) (Golub & Pereyra 1973). Singular values below max(m, n)·ε times the
    /// largest count as 0. Where A has not full rank, P jumps in the directions that raise the rank; the gradient is the one along those
    /// that do not. Leading axes are a batch.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[2.0, 0.0], [0.0, 0.0]]));
    /// assert_eq!(a.pinv()?.value(), arr2(&[[0.5, 0.0], [0.0, 0.0]]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::NoConvergence`], where an element is NaN or infinite.
    ///
    /// # Panics
    /// Where the last two axes are no matrices.
    #[track_caller]
    pub fn pinv(&self) -> Result<Self, LinalgError> {
        // Without elements the products of the sweep may be larger than any array.
        if self.shape().len() > 1 && self.shape().contains(&0) {
            return Ok(self.mt());
        }
        Self::checked(Pinv, &[self])
    }
}
