//! The matrix product's one seam: ndarray's `general_mat_mul`, which hands strided operands to the backend as they
//! are, so a transposed operand costs no copy.

use super::Dense;
use crate::Real;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder, linalg::general_mat_mul};

impl<T: Real> Dense<T> {
    /// The product of an m×k and a k×n matrix.
    pub(crate) fn matmul(&self, other: &Self) -> Self {
        let (m, n) = (self.shape[0], other.shape[1]);
        let pool = self.pool().or(other.pool());
        Self::build(pool, [m, n].as_slice().into(), |out| {
            if self.is_empty() || other.is_empty() {
                return out.fill(T::zero());
            }
            let mut out = ArrayViewMut2::from_shape((m, n), out).expect("out holds m×n elements");
            general_mat_mul(T::one(), &self.matrix(), &other.matrix(), T::zero(), &mut out);
        })
    }

    fn matrix(&self) -> ArrayView2<'_, T> {
        let (rows, columns) = (self.shape[0], self.shape[1]);
        let shape = (rows, columns).strides((self.strides[0], self.strides[1]));
        ArrayView2::from_shape(shape, self.memory()).expect("an array's strides stay within its memory")
    }
}
