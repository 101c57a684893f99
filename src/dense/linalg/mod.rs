//! Factorisations of matrices, the last two axes of an array; the axes before them are a batch. The one place that knows
//! the library that computes them, on one thread.
//!
//! What fails by value is told, and has a value all the same, for those who do not wait for an error: NaN, or an infinity
//! where that is the limit.

mod expm;
mod lu;
mod spectral;

use super::Dense;
use crate::Real;
use crate::error::{Dims, LinalgError};
use crate::shape;
use faer::traits::RealField;
use faer::{MatRef, Side};

/// A result, and the first failure among the matrices of the batch.
pub struct Factored<T: Real> {
    pub value: Dense<T>,
    pub failure: Option<LinalgError>,
}

impl<T: Real> Factored<T> {
    pub(crate) fn checked(self) -> Result<Dense<T>, LinalgError> {
        self.failure.map_or(Ok(self.value), Err)
    }
}

/// Which elements of a matrix are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    All,
    Lower,
    Upper,
}

/// What can be done with matrices of an element type: written once, for all types that the library knows, and called
/// through the engine's own.
macro_rules! kernels {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $Arg:ty),*) = $kernel:path;)*) => {
        /// The kernels of an element type.
        pub trait Field: Sized {
            $($(#[$doc])* fn $name(x: &[&Dense<Self>] $(, $arg: $Arg)*) -> Factored<Self> where Self: Real;)*
        }
        kernels!(@for f32 $($name($($arg: $Arg),*) = $kernel;)*);
        kernels!(@for f64 $($name($($arg: $Arg),*) = $kernel;)*);
    };
    (@for $t:ident $($name:ident($($arg:ident: $Arg:ty),*) = $kernel:path;)*) => {
        impl Field for $t {
            $(fn $name(x: &[&Dense<Self>] $(, $arg: $Arg)*) -> Factored<Self> {
                $kernel(x $(, $arg)*)
            })*
        }
    };
}

kernels! {
    /// L with L·Lᵀ = A; the lower triangle is read.
    cholesky() = cholesky;
    /// A⁻¹·B or A⁻ᵀ·B; the batches are broadcast.
    solve(read: Read, transposed: bool) = lu::solve;
    /// A⁻¹; ∞ everywhere for a singular matrix.
    inverse() = lu::inverse;
    det() = lu::det;
    /// The determinant's sign and the logarithm of its size: (0, −∞) for a singular matrix.
    slogdet() = lu::slogdet;
    /// The matrix of cofactors, or its derivative along the other operands.
    cofactors() = spectral::cofactors;
    /// Q, and R below it.
    qr() = qr;
    /// The eigenvalues, ascending, and below them the vectors; the lower triangle is read.
    eigh() = spectral::eigh;
    /// U, below it the singular values, descending, below them V.
    svd() = spectral::packed_svd;
    pinv() = spectral::pinv;
    /// e^A; with `doubled` > 0, A is a block triangular matrix with 2^`doubled` times the same block on its diagonal.
    expm(doubled: u32) = expm::expm;
}

/// Why one matrix failed.
enum Failure {
    Minor(usize),
    Singular,
    NoConvergence,
}

impl Failure {
    fn of(self, matrix: usize) -> LinalgError {
        match self {
            Self::Minor(minor) => LinalgError::NotPositiveDefinite { matrix, minor },
            Self::Singular => LinalgError::Singular { matrix },
            Self::NoConvergence => LinalgError::NoConvergence { matrix },
        }
    }
}

/// What cannot be told from 0 beside the largest number of a factorisation.
fn negligible<T: Real>(extent: usize, largest: T) -> T {
    T::epsilon() * T::lit(extent as f64) * largest
}

/// Elements that lie row by row, as a matrix.
fn rows<T: RealField>(x: &[T], m: usize, n: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(x, m, n)
}

/// Writes a matrix row by row.
fn write<T: Real + RealField>(from: MatRef<'_, T>, out: &mut [T]) {
    for (i, row) in out.chunks_exact_mut(from.ncols().max(1)).enumerate() {
        row.iter_mut().enumerate().for_each(|(j, o)| *o = from[(i, j)]);
    }
}

impl<T: Real> Dense<T> {
    /// The batch and the extents of a matrix.
    fn matrices(&self) -> (&[usize], usize, usize) {
        let (batch, matrix) = self.shape.split_at(self.shape.len() - 2);
        (batch, matrix[0], matrix[1])
    }

    /// `f` for each matrix: its elements, and room of this shape for what is made of it; `instead` where that fails.
    fn each_matrix(
        &self,
        shape: &[usize],
        instead: T,
        f: impl Fn(&[T], &mut [T]) -> Result<(), Failure>,
    ) -> Factored<T> {
        let (batch, m, n) = self.matrices();
        let mut full = Dims::from(batch);
        full.extend(shape.iter().copied());
        let (size, count) = (shape::size(shape), shape::size(batch));
        let x = self.contiguous();
        let x = x.memory();
        let mut failure = None;
        let value = Self::build(self.pool(), full, |out| {
            for b in 0..count {
                let out = &mut out[b * size..][..size];
                if let Err(why) = f(&x[b * m * n..][..m * n], out) {
                    out.fill(instead);
                    failure.get_or_insert(why.of(b));
                }
            }
        });
        Factored { value, failure }
    }

    /// 1/(xⱼ − xᵢ), or 1/(xⱼ + xᵢ), of a row for each matrix: 0 where i = j, NaN where the denominator cannot be told from 0.
    pub(crate) fn gaps(&self, plus: bool) -> Self {
        let (_, _, n) = self.matrices();
        let f = |x: &[T], out: &mut [T]| {
            let smallest = negligible(4 * n, x.iter().fold(T::zero(), |m, x| m.max(x.abs())));
            for (i, row) in out.chunks_exact_mut(n.max(1)).enumerate() {
                for (j, y) in row.iter_mut().enumerate() {
                    let gap = if plus { x[j] + x[i] } else { x[j] - x[i] };
                    *y = match gap.abs() > smallest {
                        _ if i == j => T::zero(),
                        true => gap.recip(),
                        false => T::nan(),
                    };
                }
            }
            Ok(())
        };
        self.each_matrix(&[n, n], T::nan(), f).value
    }
}

fn cholesky<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, n, _) = x[0].matrices();
    x[0].each_matrix(&[n, n], T::nan(), |x, out| {
        let factor = rows(x, n, n).llt(Side::Lower).map_err(|error| {
            let faer::linalg::solvers::LltError::NonPositivePivot { index } = error;
            Failure::Minor(index + 1)
        })?;
        write(factor.L(), out);
        Ok(())
    })
}

/// By Householder's reflections, the diagonal of R made non-negative, and 0 where it cannot be told from that.
fn qr<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, m, n) = x[0].matrices();
    x[0].each_matrix(&[m + n, n], T::nan(), |x, out| {
        let factor = rows(x, m, n).qr();
        let (mut q, mut r) = (factor.compute_thin_Q(), factor.thin_R().to_owned());
        let largest = (0..n).fold(T::zero(), |l, i| l.max(r[(i, i)].abs()));
        for i in 0..n {
            if r[(i, i)] < T::zero() {
                (0..m).for_each(|k| q[(k, i)] = -q[(k, i)]);
                (i..n).for_each(|j| r[(i, j)] = -r[(i, j)]);
            }
            if r[(i, i)] <= negligible(m, largest) {
                r[(i, i)] = T::zero();
            }
        }
        let (above, below) = out.split_at_mut(m * n);
        write(q.as_ref(), above);
        write(r.as_ref(), below);
        Ok(())
    })
}
