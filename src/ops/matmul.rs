//! Matrix product, `Y = A·B`: Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ.
//!
//! Source: M. Giles, *Collected matrix derivative results for forward and reverse mode algorithmic differentiation*, 2008,
//! §2.2.1. A vector on the left is a row, on the right a column, as in NumPy; the axis of extent 1 goes away again.

use super::{ArrayRule, ArrayValue, Term, or_panic};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};

/// `Y = A·B` for vectors and matrices.
#[derive(Debug, Clone)]
pub struct MatMul;

/// The extents m, k, k′, n of a product; a vector on the left has m = 1, on the right n = 1.
fn extents(a: &[usize], b: &[usize]) -> Option<[usize; 4]> {
    let (m, k) = match *a {
        [k] => (1, k),
        [m, k] => (m, k),
        _ => return None,
    };
    match *b {
        [l] => Some([m, k, l, 1]),
        [l, n] => Some([m, k, l, n]),
        _ => None,
    }
}

impl ArrayRule for MatMul {
    fn name(&self) -> &str {
        "matmul"
    }
    fn shape(&self, operands: &[&[usize]]) -> Result<Dims, ShapeError> {
        let (a, b) = (operands[0], operands[1]);
        let mismatch = |need| ShapeError::Mismatch {
            left: a.into(),
            right: b.into(),
            need,
        };
        let Some([_, k, l, _]) = extents(a, b) else {
            return Err(mismatch("both must be vectors or matrices"));
        };
        if k != l {
            return Err(mismatch(
                "the last extent of the left must be the first of the right",
            ));
        }
        Ok(a[..a.len() - 1].iter().chain(&b[1..]).copied().collect())
    }

    fn forward<T: Real>(&self, operands: &[&Dense<T>]) -> Dense<T> {
        let (a, b) = (operands[0], operands[1]);
        let [m, k, l, n] = extents(a.shape(), b.shape()).expect("the shapes have been checked");
        let y = a.reshape(&[m, k]).matmul(&b.reshape(&[l, n]));
        let shape = self.shape(&[a.shape(), b.shape()]);
        y.reshape(&shape.expect("the shapes have been checked"))
    }

    fn vjp<V: ArrayValue>(&self, k: usize, operands: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let (a, b) = (operands[0], operands[1]);
        let [m, inner, _, n] = extents(a.shape(), b.shape()).expect("the shapes have been checked");
        let g = g.reshape([m, n]);
        if k == 0 {
            g.matmul(&b.reshape([inner, n]).t()).reshape(a.shape())
        } else {
            a.reshape([m, inner]).t().matmul(&g).reshape(b.shape())
        }
    }
    fn jvp<V: ArrayValue>(&self, k: usize, operands: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        if k == 0 {
            t.matmul(operands[1])
        } else {
            operands[0].matmul(t)
        }
    }
}

impl<V: ArrayValue> Term<V> {
    /// Matrix product, `Y = A·B`, for operands of one or two axes: Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let x = tape.tensor(&arr1(&[1.0, 10.0]));
    /// let y = a.matmul(&x);
    /// assert_eq!(y.value(), arr1(&[21.0, 43.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[4.0, 6.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an operand has no or more than two axes, or the inner extents differ.
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        Self(V::apply(MatMul, &[&self.0, &other.0]))
    }

    /// Transpose of a matrix, `yᵢⱼ = xⱼᵢ`: x̄ = ȳᵀ. A view: nothing is copied.
    ///
    /// # Panics
    /// Where the operand has not two axes.
    #[track_caller]
    pub fn t(&self) -> Self {
        let result = match self.shape().len() {
            2 => Ok(()),
            _ => Err(ShapeError::unfit(
                self.shape(),
                "a transpose needs two axes; see `permute`",
            )),
        };
        or_panic("t", result);
        self.permute([1, 0])
    }

    /// The extents of the axes.
    pub fn shape(&self) -> &[usize] {
        self.0.shape()
    }
}
