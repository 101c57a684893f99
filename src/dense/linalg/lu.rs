//! P·A = L·U and what follows from it; triangular systems.

use super::super::{Dense, dot};
use super::{Factored, Failure, Read, rows, write};
use crate::Real;
use crate::error::Dims;
use crate::shape;
use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, Solve};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::traits::RealField;
use faer::{Mat, MatMut, MatRef, Par};

pub(super) struct Lu<T> {
    lu: PartialPivLu<T>,
    singular: bool,
}

impl<T: Real + RealField> Lu<T> {
    pub(super) fn new(a: MatRef<'_, T>) -> Self {
        let lu = PartialPivLu::new(a);
        let pivots = (0..a.nrows()).map(|i| lu.U()[(i, i)]);
        // A pivot of 0 spoils the rest of the elimination, so only the first bad one says something.
        let bad = pivots.into_iter().find(|u| u.is_nan() || *u == T::zero());
        let singular = bad.is_some_and(|u| u == T::zero());
        Self { lu, singular }
    }

    /// The sign of the row exchanges, and the pivots.
    fn pivots(&self) -> (T, impl Iterator<Item = T> + '_) {
        let (forward, _) = self.lu.P().arrays();
        let mut seen = vec![false; forward.len()];
        let mut sign = T::one();
        for start in 0..forward.len() {
            let (mut at, mut length) = (start, 0);
            while !std::mem::replace(&mut seen[at], true) {
                at = forward[at];
                length += 1;
            }
            if length > 0 && length % 2 == 0 {
                sign = -sign;
            }
        }
        let u = self.lu.U();
        (sign, (0..u.nrows()).map(move |i| u[(i, i)]))
    }

    /// A⁻¹, unless A is exactly singular.
    pub(super) fn inverse(&self) -> Option<Mat<T>> {
        (!self.singular).then(|| self.lu.inverse())
    }

    pub(super) fn det(&self) -> T {
        let (sign, pivots) = self.pivots();
        match self.singular {
            true => T::zero(),
            false => pivots.fold(sign, |d, u| d * u),
        }
    }
}

/// A matrix that a batch repeats is factorised once.
pub(super) fn solve<T: Real + RealField>(x: &[&Dense<T>], read: Read, transposed: bool) -> Factored<T> {
    let ((left, n, _), (right, _, columns)) = (x[0].matrices(), x[1].matrices());
    let batch = shape::broadcast(left, right).expect("the shapes have been checked");
    let shape_of = |last: [usize; 2]| -> Dims { batch.iter().copied().chain(last).collect() };
    let a = x[0].contiguous();
    let (steps, a) = (a.strides_in(&shape_of([n, n])), a.memory());
    let b = x[1].broadcast_to(&shape_of([n, columns])).contiguous();
    let b = b.memory();
    let mut failure = None;
    let value = Dense::build(x[0].pool(), shape_of([n, columns]), |out| {
        let mut factor: Option<(usize, Lu<T>)> = None;
        let mut index = Dims::from_elem(0, batch.len());
        for matrix in 0..shape::size(&batch) {
            let start = dot(&index, &steps[..batch.len()]);
            let at = matrix * n * columns;
            let out = &mut out[at..][..n * columns];
            out.copy_from_slice(&b[at..][..n * columns]);
            let a = rows(&a[start..][..n * n], n, n);
            let singular = match read {
                Read::All => {
                    if factor.as_ref().is_none_or(|&(of, _)| of != start) {
                        factor = Some((start, Lu::new(a)));
                    }
                    let (_, factor) = factor.as_ref().expect("it has just been made");
                    let y = MatMut::from_row_major_slice_mut(&mut *out, n, columns);
                    match transposed {
                        false => factor.lu.solve_in_place(y),
                        true => factor.lu.solve_transpose_in_place(y),
                    }
                    factor.singular
                }
                _ => {
                    let y = MatMut::from_row_major_slice_mut(&mut *out, n, columns);
                    match (read, transposed) {
                        (Read::Lower, false) => solve_lower_triangular_in_place(a, y, Par::Seq),
                        (Read::Lower, true) => solve_upper_triangular_in_place(a.transpose(), y, Par::Seq),
                        (_, false) => solve_upper_triangular_in_place(a, y, Par::Seq),
                        (_, true) => solve_lower_triangular_in_place(a.transpose(), y, Par::Seq),
                    }
                    (0..n).any(|i| a[(i, i)] == T::zero())
                }
            };
            if singular {
                out.fill(T::nan());
                failure.get_or_insert(Failure::Singular.of(matrix));
            }
            shape::advance(&mut index, &batch);
        }
    });
    Factored { value, failure }
}

pub(super) fn inverse<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, n, _) = x[0].matrices();
    x[0].each_matrix(&[n, n], T::infinity(), |x, out| {
        let factor = Lu::new(rows(x, n, n));
        write(factor.inverse().ok_or(Failure::Singular)?.as_ref(), out);
        Ok(())
    })
}

pub(super) fn det<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, n, _) = x[0].matrices();
    x[0].each_matrix(&[], T::nan(), |x, out| {
        out[0] = Lu::new(rows(x, n, n)).det();
        Ok(())
    })
}

pub(super) fn slogdet<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, n, _) = x[0].matrices();
    x[0].each_matrix(&[2], T::nan(), |x, out| {
        let factor = Lu::new(rows(x, n, n));
        let (sign, pivots) = factor.pivots();
        (out[0], out[1]) = match factor.singular {
            true => (T::zero(), T::neg_infinity()),
            false => pivots.fold((sign, T::zero()), |(s, l), u| (s * u.signum(), l + u.abs().ln())),
        };
        Ok(())
    })
}
