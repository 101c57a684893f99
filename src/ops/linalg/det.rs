//! The determinant and its derivatives.
//!
//! The determinant is a polynomial in the elements of A, linear in each row, and has derivatives of every order at every
//! matrix, singular or not. Its gradient is the matrix of cofactors C(A); let C(A; E₁ … Eₖ) be what the k-th derivative of C
//! makes of the directions E₁ … Eₖ. The form ⟨C(A; E₁ … Eₖ), G⟩ is a derivative of order k + 1 of the determinant, along
//! E₁ … Eₖ and G, and so symmetric in them. Therefore
//!
//! ```text
//! Ā = C(A; E₁ … Eₖ, Ȳ),    Ēᵢ = C(A; E₁ … Ȳ … Eₖ) with Ȳ in the place of Eᵢ,
//! ```
//!
//! and one op has all orders. Its value is taken in the basis of the singular vectors, A = U·Σ·Vᵀ, where only sums over
//! k + 1 indices are left, with products of all the other singular values for weights; nothing is divided by.
//!
//! The first derivative of a regular matrix needs no singular values: it is det A·A⁻ᵀ, which keeps its digits also where rows
//! differ so much in size that small singular values drown in the rounding of the large ones. (There, derivatives of higher order
//! are those of a singular matrix.) That formula is 0·∞ for a singular A; the determinants of all minors would cost n⁵.

use super::{batch, square, with};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::ops::{ArrayRule, ArrayValue, Term, or_panic};
use smallvec::SmallVec;

/// `y = det A`.
#[derive(Debug, Clone)]
pub struct Det;

/// The cofactors of A, or with further operands E₁ … Eₖ their derivative along these.
#[derive(Debug, Clone)]
pub struct Cofactor;

/// The determinant's sign and the logarithm of its size, along a last axis of extent 2.
#[derive(Debug, Clone)]
pub struct Slogdet;

impl ArrayRule for Det {
    fn name(&self) -> &str {
        "det"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(a[0]).map(|_| batch(a[0]).into())
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::det(a).value
    }
    fn vjp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        cofactors(a[0]) * g.reshape_last(0, &[1, 1])
    }
    fn jvp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let axis = y.shape().len();
        (cofactors(a[0]) * t).sum_over(&[axis, axis + 1], false)
    }
}

fn cofactors<V: ArrayValue>(a: &Term<V>) -> Term<V> {
    Term(V::apply(Cofactor, &[&a.0]))
}

impl ArrayRule for Cofactor {
    fn name(&self) -> &str {
        "cofactor"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(x[0]).map(|_| x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        T::cofactors(x).value
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let mut x: SmallVec<[&V; 4]> = x.iter().map(|x| &x.0).collect();
        match k {
            0 => x.push(&g.0),
            _ => x[k] = &g.0,
        }
        Term(V::apply(Self, &x))
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        self.vjp(k, x, y, t)
    }
}

impl ArrayRule for Slogdet {
    fn name(&self) -> &str {
        "slogdet"
    }
    fn shape(&self, a: &[&[usize]]) -> Result<Dims, ShapeError> {
        square(a[0]).map(|_| with(batch(a[0]), &[2]))
    }
    fn forward<T: Real>(&self, a: &[&Dense<T>]) -> Dense<T> {
        T::slogdet(a).value
    }
    fn vjp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let g = last(g, 1).reshape_last(0, &[1, 1]);
        Term(V::apply(super::Inv, &[&a[0].0])).mt() * g
    }
    fn jvp<V: ArrayValue>(&self, _: usize, a: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let axis = y.shape().len() - 1;
        let inverse = Term(V::apply(super::Inv, &[&a[0].0])).mt();
        let t = (inverse * t)
            .sum_over(&[axis, axis + 1], false)
            .reshape_last(0, &[1]);
        Term::concat(&[t.gated(0), t], -1)
    }
}

/// Element `i` along the last axis.
fn last<V: ArrayValue>(x: &Term<V>, i: usize) -> Term<V> {
    let axis = x.shape().len() - 1;
    let indices = x.0.indices(1, [i].into_iter());
    x.take_indices(axis, indices).reshape_last(1, &[])
}

impl<V: ArrayValue> Term<V> {
    /// Determinant, `y = det A`: Ā = ȳ·C with the cofactors C, which is det A·A⁻ᵀ where A is invertible. Right for singular
    /// matrices too, at every order. A determinant of no rows is 1.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[1.0, 2.0], [2.0, 4.0]]));
    /// let y = a.det().item();
    /// assert_eq!(y.value(), 0.0);
    /// let error = y.backward().wrt(a).to_owned() - arr2(&[[4.0, -2.0], [-2.0, 1.0]]);
    /// assert!(error.iter().all(|e| e.abs() < 1e-14));
    /// ```
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn det(&self) -> Self {
        Self(V::apply(Det, &[&self.0]))
    }

    /// The determinant's sign and the logarithm of its size, `(s, l)` with det A = s·eˡ, without overflow: Ā = l̄·A⁻ᵀ; the sign
    /// is constant. For a singular matrix (0, −∞), and every element of Ā is l̄·∞.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[0.0, 2.0], [3.0, 0.0]]));
    /// let (sign, log) = a.slogdet();
    /// assert_eq!(sign.item().value(), -1.0);
    /// assert!((log.item().value() - 6.0_f64.ln()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the last two axes are no square matrices.
    #[track_caller]
    pub fn slogdet(&self) -> (Self, Self) {
        or_panic("slogdet", square(self.shape()));
        let both = Self(V::apply(Slogdet, &[&self.0]));
        (last(&both, 0), last(&both, 1))
    }
}
