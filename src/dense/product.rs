//! The matrix product's one seam: ndarray's `general_mat_mul`, which hands strided operands to the backend as they
//! are, so a transposed operand costs no copy. A batch is a loop of products over views.
//!
//! Where a factor is a vector the backend would copy more than it multiplies; one pass over the matrix does.

use super::{Dense, dot, fold_lanes};
use crate::Real;
use crate::error::Dims;
use crate::shape;
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, Axis, ShapeBuilder, linalg::general_mat_mul};

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
            let wide = |last: [usize; 2]| -> Dims { batch.iter().copied().chain(last).collect() };
            let (left, right) = (self.strides_in(&wide([m, k])), other.strides_in(&wide([k, n])));
            let mut index = Dims::from_elem(0, batch.len());
            for y in out.chunks_exact_mut(m * n) {
                let a = self.matrix(dot(&index, &left[..batch.len()]));
                let b = other.matrix(dot(&index, &right[..batch.len()]));
                if !by_vector(&a, &b, y) {
                    let mut y = ArrayViewMut2::from_shape((m, n), y).expect("a chunk holds m×n elements");
                    general_mat_mul(T::one(), &a, &b, T::zero(), &mut y);
                }
                shape::advance(&mut index, &batch);
            }
        })
    }

    /// Adds the product of two matrices in place, if nobody else holds this memory and neither is a vector.
    pub(crate) fn add_matmul(&mut self, a: &Self, b: &Self) -> bool {
        let (a, b) = (a.matrix(0), b.matrix(0));
        let (m, n) = (a.nrows(), b.ncols());
        if m <= 1 || n <= 1 || !self.is_contiguous() {
            return false;
        }
        let Some(memory) = self.block.get_mut() else {
            return false;
        };
        let y = &mut memory[self.offset..][..m * n];
        let mut y = ArrayViewMut2::from_shape((m, n), y).expect("a sum has its operand's shape");
        general_mat_mul(T::one(), &a, &b, T::one(), &mut y);
        true
    }

    /// The extents of the batch, and those of its matrices.
    fn batch(&self) -> (&[usize], [usize; 2]) {
        let (batch, matrix) = self.shape.split_at(self.shape.len() - 2);
        (batch, [matrix[0], matrix[1]])
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

/// Writes the product of two matrices of which one has one row or column, unless it lies in a way that the backend knows
/// better.
fn by_vector<T: Real>(a: &ArrayView2<'_, T>, b: &ArrayView2<'_, T>, y: &mut [T]) -> bool {
    if b.ncols() == 1 {
        times(a, b.column(0), y)
    } else if a.nrows() == 1 {
        times(&b.t(), a.row(0), y)
    } else {
        false
    }
}

/// Writes A·x where the rows or the columns of A are runs of memory.
fn times<T: Real>(a: &ArrayView2<'_, T>, x: ArrayView1<'_, T>, y: &mut [T]) -> bool {
    if a.stride_of(Axis(1)) == 1 {
        let x = x.as_standard_layout();
        let x = x.as_slice().expect("standard layout is a run of memory");
        for (y, row) in y.iter_mut().zip(a.rows()) {
            *y = dot_product(row.as_slice().expect("the step is 1"), x);
        }
        true
    } else if a.stride_of(Axis(0)) == 1 {
        y.fill(T::zero());
        for (column, &x) in a.columns().into_iter().zip(x) {
            let column = column.to_slice().expect("the step is 1");
            y.iter_mut().zip(column).for_each(|(y, &a)| *y += a * x);
        }
        true
    } else {
        false
    }
}

/// `Σ aᵢ·bᵢ` in sixteen lanes that the compiler keeps in vector registers.
fn dot_product<T: Real>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::zero(); 16];
    let (mut left, mut right) = (a.chunks_exact(16), b.chunks_exact(16));
    for (a, b) in (&mut left).zip(&mut right) {
        for (l, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *l += a * b;
        }
    }
    for (l, (&a, &b)) in lanes
        .iter_mut()
        .zip(left.remainder().iter().zip(right.remainder()))
    {
        *l += a * b;
    }
    fold_lanes(&lanes, T::zero(), |a, b| a + b)
}
