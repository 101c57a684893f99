//! The matrix product's one seam: ndarray's `general_mat_mul`, which hands strided operands to the backend as they
//! are, so a transposed operand costs no copy. A batch is a loop of products over views.

use super::{Dense, dot};
use crate::Real;
use crate::error::Dims;
use crate::shape;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder, linalg::general_mat_mul};

impl<T: Real> Dense<T> {
    /// The products of m×k and k×n matrices, the last two axes; the axes before them broadcast, which must be possible.
    pub(crate) fn matmul(&self, other: &Self) -> Self {
        let (left, [m, k]) = self.batch();
        let (right, [_, n]) = other.batch();
        let batch = shape::broadcast(left, right).expect("the shapes have been checked");
        let mut shape = batch.clone();
        shape.extend([m, n]);
        if !left.is_empty() && shape::size(right) == 1 && self.is_contiguous() {
            let rows = self.reshape(&[shape::size(left) * m, k]);
            return rows.matmul(&other.reshape(&[k, n])).reshape(&shape);
        }
        let pool = self.pool().or(other.pool());
        Self::build(pool, shape, |out| {
            if out.is_empty() || k == 0 {
                return out.fill(T::zero());
            }
            let (left, right) = (self.batch_strides(batch.len()), other.batch_strides(batch.len()));
            let mut index = Dims::from_elem(0, batch.len());
            for y in out.chunks_exact_mut(m * n) {
                let a = self.matrix(dot(&index, &left));
                let b = other.matrix(dot(&index, &right));
                let mut y = ArrayViewMut2::from_shape((m, n), y).expect("a chunk holds m×n elements");
                general_mat_mul(T::one(), &a, &b, T::zero(), &mut y);
                shape::advance(&mut index, &batch);
            }
        })
    }

    /// The extents of the batch, and those of its matrices.
    fn batch(&self) -> (&[usize], [usize; 2]) {
        let (batch, matrix) = self.shape.split_at(self.shape.len() - 2);
        (batch, [matrix[0], matrix[1]])
    }

    /// The strides with which the batch is read as one of `axes` axes: 0 along repeated ones.
    fn batch_strides(&self, axes: usize) -> Dims {
        let own = self.shape.len() - 2;
        let strides = self.shape.iter().zip(&self.strides).take(own);
        let strides = strides.map(|(&n, &s)| if n == 1 { 0 } else { s });
        std::iter::repeat_n(0, axes - own).chain(strides).collect()
    }

    /// The matrix that starts at this position.
    fn matrix(&self, start: usize) -> ArrayView2<'_, T> {
        let own = self.shape.len() - 2;
        let shape = (self.shape[own], self.shape[own + 1]);
        let shape = shape.strides((self.strides[own], self.strides[own + 1]));
        ArrayView2::from_shape(shape, &self.memory()[start..])
            .expect("an array's strides stay within its memory")
    }
}
