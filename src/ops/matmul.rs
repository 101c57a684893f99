//! Matrix product, `Y = A·B`: Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ.
//!
//! Source: M. Giles, *Collected matrix derivative results for forward and reverse mode algorithmic differentiation*, 2008,
//! §2.2.1. A vector on the left is a row, on the right a column, as in NumPy; the axis of extent 1 goes away again. Axes
//! before the last two are a batch: they broadcast, and a cotangent is summed over what was repeated.
//!
//! One right factor for a whole batch is one product, Y = [A₁; A₂; …]·B, and so is its cotangent, B̄ = Σ Aᵢᵀ·Ȳᵢ.

use super::rule::{Cotangent, Given, Sink};
use super::{ArrayRule, ArrayValue, Term, or_panic};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::shape;

/// `Y = A·B` for vectors, matrices and batches of matrices.
#[derive(Debug, Clone)]
pub struct MatMul;

/// The operands' shapes as those of matrices: a vector on the left is a row, on the right a column.
fn as_matrices(a: &[usize], b: &[usize]) -> [Dims; 2] {
    let (mut left, mut right) = (Dims::from(a), Dims::from(b));
    if a.len() == 1 {
        left.insert(0, 1);
    }
    if b.len() == 1 {
        right.push(1);
    }
    [left, right]
}

/// A shape's batch, and its matrix.
fn split(shape: &[usize]) -> (&[usize], [usize; 2]) {
    let (batch, matrix) = shape.split_at(shape.len() - 2);
    (batch, [matrix[0], matrix[1]])
}

/// The shape of the product of matrices.
fn product(a: &[usize], b: &[usize]) -> Result<Dims, ShapeError> {
    let ((left, [m, _]), (right, [_, n])) = (split(a), split(b));
    let mut shape = shape::broadcast(left, right)?;
    shape.extend([m, n]);
    Ok(shape)
}

/// Whether no operand is a vector or a batch.
fn are_matrices<V: ArrayValue>(operands: &[&Term<V>]) -> bool {
    operands.iter().all(|x| x.shape().len() == 2)
}

impl ArrayRule for MatMul {
    fn name(&self) -> &str {
        "matmul"
    }
    fn shape(&self, operands: &[&[usize]]) -> Result<Dims, ShapeError> {
        let (a, b) = (operands[0], operands[1]);
        if let (&[m, k], &[l, n]) = (a, b)
            && k == l
        {
            return Ok(Dims::from([m, n]));
        }
        let mismatch = |need| ShapeError::mismatch(a, b, need);
        if a.is_empty() || b.is_empty() {
            return Err(mismatch("both must have axes; a number is multiplied by `*`"));
        }
        let [left, right] = as_matrices(a, b);
        if a[a.len() - 1] != right[right.len() - 2] {
            return Err(mismatch(match b.len() {
                1 | 2 => "the last extent of the left must be the first of the right",
                _ => "the last extent of the left must be the last but one of the right",
            }));
        }
        let mut shape = product(&left, &right).map_err(|_| mismatch("the leading axes do not broadcast"))?;
        if b.len() == 1 {
            shape.pop();
        }
        if a.len() == 1 {
            shape.remove(shape.len() - b.len().min(2));
        }
        Ok(shape)
    }

    fn forward<T: Real>(&self, operands: &[&Dense<T>]) -> Dense<T> {
        let (a, b) = (operands[0], operands[1]);
        if a.shape().len() > 1 && b.shape().len() > 1 {
            return a.matmul(b);
        }
        let [left, right] = as_matrices(a.shape(), b.shape());
        let y = a.reshape(&left).matmul(&b.reshape(&right));
        let shape = self.shape(&[a.shape(), b.shape()]);
        y.reshape(&shape.expect("the shapes have been checked"))
    }

    fn vjp<V: ArrayValue>(&self, k: usize, operands: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let (a, b) = (operands[0], operands[1]);
        if are_matrices(operands) {
            return match k {
                0 => g.matmul(&b.t()),
                _ => a.t().matmul(g),
            };
        }
        let [left, right] = as_matrices(a.shape(), b.shape());
        let g = g.reshape(product(&left, &right).expect("the shapes have been checked"));
        if k == 0 {
            let product = g.matmul(&b.reshape(&right).transpose_last());
            return product.sum_to(&left).reshape(a.shape());
        }
        let a = a.reshape(&left);
        if right.len() == 2 {
            return a.as_rows().t().matmul(&g.as_rows()).reshape(b.shape());
        }
        a.transpose_last().matmul(&g).sum_to(&right).reshape(b.shape())
    }
    fn vjps_onto<V: ArrayValue>(&self, given: Given<'_, V>, to: &mut dyn Sink<V>) {
        let Given { wanted, x, y, g, .. } = given;
        for k in (0..2).filter(|&k| wanted[k]) {
            if are_matrices(x)
                && let Some(sum) = to.sum(k)
            {
                let sum_of = &mut sum.value.0;
                let added = match k {
                    0 => V::add_product(sum_of, &g.0, &x[1].t().0),
                    _ => V::add_product(sum_of, &x[0].t().0, &g.0),
                };
                if added {
                    sum.partial = false;
                    continue;
                }
            }
            let value = self.vjp(k, x, y, g);
            let partial = false;
            to.add(k, Cotangent { value, partial });
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
    /// Matrix product, `Y = A·B`, by NumPy's rules: Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ.
    ///
    /// An operand of one axis is a row on the left and a column on the right, and that axis is not in the result. Of more than
    /// two axes the leading ones are a batch of matrices; they broadcast, and cotangents are summed over what was repeated. A
    /// transposed operand costs no copy.
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
    /// ```
    /// # use ndarray::{Array2, Array3};
    /// # let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&Array3::<f64>::ones((5, 2, 3))), tape.tensor(&Array2::ones((3, 4))));
    /// assert_eq!(a.matmul(&b).shape(), [5, 2, 4]);
    /// ```
    ///
    /// # Panics
    /// Where an operand has no axes, the inner extents differ, or the leading axes do not broadcast.
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
        Self(self.0.t())
    }

    /// Transpose of each matrix of a batch: the last two axes change places; x̄ is ȳ transposed likewise. A view.
    ///
    /// # Panics
    /// Where the operand has fewer than two axes.
    #[track_caller]
    pub fn transpose_last(&self) -> Self {
        let n = self.shape().len();
        if n < 2 {
            let error = ShapeError::unfit(self.shape(), "a transpose needs two axes");
            or_panic("transpose_last", Err(error))
        }
        let mut order: Dims = (0..n).collect();
        order.swap(n - 2, n - 1);
        self.permute(order)
    }

    /// A batch of matrices as one with all their rows.
    fn as_rows(&self) -> Self {
        let (rows, columns) = self.shape().split_at(self.shape().len() - 1);
        self.reshape([shape::size(rows), columns[0]])
    }

    /// The extents of the axes.
    pub fn shape(&self) -> &[usize] {
        self.0.shape()
    }
}
