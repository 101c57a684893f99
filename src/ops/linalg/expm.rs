//! The matrix exponential, `Y = e^A = Σ Aᵏ/k!`.
//!
//! Its derivative along E, L(A, E), stands in the exponential of a matrix of twice the size,
//!
//! ```text
//! exp [A E; 0 A] = [e^A L(A, E); 0 e^A],
//! ```
//!
//! and its adjoint is the same map of the transposed matrix: Ā = L(Aᵀ, Ȳ). So the op's cotangent is the op itself, and a
//! derivative of order k an exponential of 2ᵏ times the size.
//!
//! The number of squarings comes from ‖A‖₁. A matrix whose powers are much smaller than that norm says, as [[1, b], [0, −1]] for
//! large b, is squared more often than it needs, and loses digits: 5e-11 at b = 1e6.
//!
//! Source: A. H. Al-Mohy, N. J. Higham, *Computing the Fréchet derivative of the matrix exponential*, SIAM J. Matrix Anal.
//! Appl. 30, 2009, §1 and 4; N. J. Higham, *The scaling and squaring method for the matrix exponential revisited*, ibid. 26, 2005.
//! As there, A alone decides how often is squared: E, however large, does not spoil the digits of L, which is linear in it.

use super::square;
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Term};

/// `Y = e^A`.
#[derive(Debug, Clone)]
pub struct Expm {
    /// How many times A has been doubled to [A E; 0 A].
    doubled: u32,
}

impl Expm {
    /// L(A, E).
    fn derivative<V: ArrayValue>(&self, a: &Term<V>, e: &Term<V>) -> Term<V> {
        let axis = a.shape().len() - 1;
        let n = a.shape()[axis];
        // A's elements below diagonal −n: none.
        let zero = a.tril(-(n as isize));
        let upper = Term::concat(&[a.clone(), e.clone()], -1);
        let lower = Term::concat(&[zero, a.clone()], -1);
        let both = Term::concat(&[upper, lower], -2);
        let doubled = self.doubled + 1;
        let y = Term(V::apply(Self { doubled }, &[&both.0]));
        y.rows(0, n).mt().rows(n, 2 * n).mt()
    }
}

impl ArrayRule for Expm {
    fn name(&self) -> &str {
        "expm"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(a[0]).map(|_| a[0].into())
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::expm(a, self.doubled).value
    }
    fn vjp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        // L(Aᵀ, Ȳ) = L(A, Ȳᵀ)ᵀ, which keeps the zeros of [A E; 0 A] below the diagonal.
        self.derivative(a[0], &g.mt()).mt()
    }
    fn jvp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        self.derivative(a[0], t)
    }
}

impl<V: ArrayValue> Term<V> {
    /// Matrix exponential, `Y = e^A = Σ Aᵏ/k!`, by scaling and squaring: Ā = L(Aᵀ, Ȳ), where L(A, E) is the derivative of e^A along
    /// E (Al-Mohy & Higham 2009). Leading axes are a batch. NaN where an element is NaN or infinite.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// // A rotation by one radian.
    /// let a = tape.tensor(&arr2(&[[0.0, -1.0], [1.0, 0.0]]));
    /// let y = a.expm();
    /// assert!((y.at([1, 0]).value() - 1.0_f64.sin()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn expm(&self) -> Self {
        Self(V::apply(Expm { doubled: 0 }, &[&self.0]))
    }
}
