//! Systems of linear equations, `A·Y = B` or `Aᵀ·Y = B`, and the inverse.
//!
//! From Ȧ·Y + A·Ẏ = Ḃ:
//!
//! ```text
//! B̄ = A⁻ᵀ·Ȳ,    Ā = −B̄·Yᵀ,
//! ```
//!
//! the latter transposed where A is, and its triangle only where A is read so. For the inverse, Y·A = I gives
//! Ā = −Yᵀ·Ȳ·Yᵀ. Each adjoint is a system again, so there are derivatives of every order.
//!
//! Source: M. Giles, *Collected matrix derivative results for forward and reverse mode algorithmic differentiation*, 2008,
//! §2.2.3 and 2.3.1.

use super::{ROWS, batch, square, with};
use crate::Real;
use crate::dense::{Dense, Read};
use crate::error::{Dims, LinalgError, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Term, or_panic};
use crate::shape;

/// The solution of `A·Y = B` or `Aᵀ·Y = B`.
#[derive(Debug, Clone)]
pub struct Solve {
    read: Read,
    transposed: bool,
}

/// `Y = A⁻¹`.
#[derive(Debug, Clone)]
pub struct Inv;

/// Which triangle of a matrix a triangular system reads, and whether it is transposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triangle {
    /// `L·y = b`.
    Lower,
    /// `Lᵀ·y = b`.
    LowerTransposed,
    /// `U·y = b`.
    Upper,
    /// `Uᵀ·y = b`.
    UpperTransposed,
}

impl From<Triangle> for Solve {
    fn from(triangle: Triangle) -> Self {
        let (read, transposed) = match triangle {
            Triangle::Lower => (Read::Lower, false),
            Triangle::LowerTransposed => (Read::Lower, true),
            Triangle::Upper => (Read::Upper, false),
            Triangle::UpperTransposed => (Read::Upper, true),
        };
        Self { read, transposed }
    }
}

impl Solve {
    /// The elements of A that are read.
    fn read<V: ArrayValue>(&self, a: &Term<V>) -> Term<V> {
        match self.read {
            Read::All => a.clone(),
            Read::Lower => a.tril(0),
            Read::Upper => a.triu(0),
        }
    }
    #[track_caller]
    fn apply<V: ArrayValue>(self, a: &Term<V>, b: &Term<V>) -> Term<V> {
        Term(V::apply(self, &[&a.0, &b.0]))
    }
}

impl ArrayRule for Solve {
    fn name(&self) -> &str {
        match self.read {
            Read::All => "solve",
            _ => "solve_triangular",
        }
    }
    fn shape(&self, operands: &[&[usize]]) -> Result<Dims, ShapeError> {
        let (a, b) = (operands[0], operands[1]);
        let n = square(a)?;
        match *b {
            [.., m, columns] if m == n => {
                let batch = shape::broadcast(batch(a), batch(b));
                let batch =
                    batch.map_err(|_| ShapeError::mismatch(a, b, "the leading axes do not broadcast"))?;
                Ok(with(&batch, &[n, columns]))
            }
            _ => Err(ShapeError::mismatch(a, b, ROWS)),
        }
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        T::solve(x, self.read, self.transposed).value
    }
    fn try_forward<T: Real>(&self, x: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        T::solve(x, self.read, self.transposed).checked()
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let (read, transposed) = (self.read, !self.transposed);
        let b = Self { read, transposed }.apply(x[0], g);
        match (k, self.transposed) {
            (1, _) => b,
            (_, false) => -self.read(&b.matmul(&y.mt())),
            (_, true) => -self.read(&y.matmul(&b.mt())),
        }
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let t = match (k, self.transposed) {
            (1, _) => t.clone(),
            (_, false) => -self.read(t).matmul(y),
            (_, true) => -self.read(t).mt().matmul(y),
        };
        self.clone().apply(x[0], &t)
    }
}

impl ArrayRule for Inv {
    fn name(&self) -> &str {
        "inv"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(a[0]).map(|_| a[0].into())
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::inverse(a).value
    }
    fn try_forward<T: Real>(&self, a: &[&Dense<T>]) -> Result<Dense<T>, LinalgError> {
        T::inverse(a).checked()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let y = y.mt();
        -y.matmul(g).matmul(&y)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        -y.matmul(t).matmul(y)
    }
}

impl<V: ArrayValue> Term<V> {
    /// A triangular system whose diagonal is known to have no zeros.
    #[track_caller]
    pub(super) fn triangular(&self, b: &Self, triangle: Triangle) -> Self {
        Solve::from(triangle).apply(self, b)
    }

    #[track_caller]
    fn system(&self, b: &Self, rule: Solve) -> Result<Self, LinalgError> {
        let [n] = *b.shape() else {
            return Self::checked(rule, &[self, b]);
        };
        if self.shape().last() != Some(&n) {
            or_panic(
                rule.name(),
                Err(ShapeError::mismatch(self.shape(), b.shape(), ROWS)),
            )
        }
        let y = Self::checked(rule, &[self, &b.reshape([n, 1])])?;
        Ok(y.reshape_last(2, &[n]))
    }

    /// Solution of a system of linear equations, `A·Y = B`, by LU with partial pivoting: B̄ = A⁻ᵀ·Ȳ, Ā = −B̄·Yᵀ.
    ///
    /// B is a matrix, each column a right-hand side, or a vector where it has one axis. Leading axes are a batch and
    /// broadcast; a matrix that serves many right-hand sides is factorised once. The sweep back factorises again.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[2.0, 1.0], [1.0, 1.0]]));
    /// let b = tape.tensor(&arr1(&[3.0, 2.0]));
    /// let y = a.solve(&b)?;
    /// assert_eq!(y.value(), arr1(&[1.0, 1.0]).into_dyn());
    /// // The sum of the solution: b̄ = A⁻ᵀ·1.
    /// assert_eq!(y.sum().backward().wrt(b), arr1(&[0.0, 1.0]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::Singular`] where a pivot is exactly 0. A matrix that is singular but for rounding has a solution, of huge
    /// numbers.
    ///
    /// # Panics
    /// Where the last two axes of A are no square matrices, or B does not fit.
    #[track_caller]
    pub fn solve(&self, b: &Self) -> Result<Self, LinalgError> {
        let (read, transposed) = (Read::All, false);
        self.system(b, Solve { read, transposed })
    }

    /// Solution of a triangular system, `L·Y = B` and its like: B̄ = L⁻ᵀ·Ȳ, L̄ = −B̄·Yᵀ in the triangle that is read, 0 outside.
    /// B as for [`Term::solve`].
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// use wengert::ops::linalg::Triangle;
    /// let tape = wengert::Tape::new();
    /// let l = tape.tensor(&arr2(&[[2.0, 0.0], [1.0, 4.0]]));
    /// let b = tape.tensor(&arr1(&[2.0, 9.0]));
    /// let y = l.solve_triangular(&b, Triangle::Lower)?;
    /// assert_eq!(y.value(), arr1(&[1.0, 2.0]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::Singular`] where an element of the diagonal is 0.
    ///
    /// # Panics
    /// Where the last two axes of the matrix are no square matrices, or B does not fit.
    #[track_caller]
    pub fn solve_triangular(&self, b: &Self, triangle: Triangle) -> Result<Self, LinalgError> {
        self.system(b, triangle.into())
    }

    /// Inverse of a matrix, `Y = A⁻¹`: Ā = −Yᵀ·Ȳ·Yᵀ. Prefer [`Term::solve`], which is faster and more exact.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[2.0, 1.0], [1.0, 1.0]]));
    /// assert_eq!(a.inv()?.value(), arr2(&[[1.0, -1.0], [-1.0, 2.0]]).into_dyn());
    /// # Ok::<(), wengert::LinalgError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinalgError::Singular`], see [`Term::solve`].
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn inv(&self) -> Result<Self, LinalgError> {
        Self::checked(Inv, &[self])
    }
}
