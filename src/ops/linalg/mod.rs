//! Linear algebra (feature `linalg`): factorisations of matrices and what is made of them, for the last two axes of an array;
//! the axes before them are a batch.
//!
//! | file | ops |
//! |---|---|
//! | `cholesky.rs` | the Cholesky factor; composed of it: log-determinant, quadratic form |
//! | `solve.rs` | linear systems, triangular and general; the inverse |
//! | `det.rs` | determinant with all its derivatives, also of singular matrices; sign and logarithm |
//! | `qr.rs` | reduced QR; composed of it: least squares |
//! | `eigh.rs` | eigenvalues and eigenvectors of symmetric matrices; what repeated ones mean |
//! | `svd.rs` | singular values and vectors; pseudo-inverse |
//! | `expm.rs` | matrix exponential |
//!
//! Each factorisation is an op of its own, because its steps are too many to record and its cotangent is a short formula in
//! its result. The formulas are written in matrix products and triangular solves, so they have derivatives of every order.
//!
//! What fails by value returns a [`LinalgError`]; a wrong shape panics. Inside a rule nobody waits for an
//! error, and a failure is NaN, or an infinity where that is the limit.
//!
//! Rejected: keeping the factors beside the result for the sweep back. A system of equations is factorised again there,
//! which doubles the cost of the sweep for few right-hand sides; but an op stays data that can be replayed for other numbers.

mod cholesky;
mod det;
mod eigh;
mod expm;
mod qr;
mod solve;
mod svd;

pub use cholesky::Cholesky;
pub use det::{Cofactor, Det, Slogdet};
pub use eigh::{Eigh, Gaps};
pub use expm::Expm;
pub use qr::Qr;
pub use solve::{Inv, Solve, Triangle};
pub use svd::{Pinv, Svd};

use super::{ArrayRule, ArrayValue, Term};
use crate::error::{Dims, LinalgError, ShapeError};

/// The extent of the square matrices that the last two axes are.
fn square(x: &[usize]) -> Result<usize, ShapeError> {
    match *x {
        [.., m, n] if m == n => Ok(n),
        _ => Err(ShapeError::unfit(x, "the last two axes must be square matrices")),
    }
}

/// What a right side needs.
const ROWS: &str = "the right side must have as many rows as the matrix";

/// The batch before the last two axes.
fn batch(x: &[usize]) -> &[usize] {
    &x[..x.len() - 2]
}

/// A shape with other last axes.
fn with(batch: &[usize], last: &[usize]) -> Dims {
    batch.iter().chain(last).copied().collect()
}

/// What the rules are written in.
impl<V: ArrayValue> Term<V> {
    #[track_caller]
    fn checked<R: ArrayRule>(rule: R, operands: &[&Self]) -> Result<Self, LinalgError> {
        let operands: smallvec::SmallVec<[&V; 4]> = operands.iter().map(|x| &x.0).collect();
        V::try_apply(rule, &operands).map(Self)
    }

    /// The transposed matrix.
    fn mt(&self) -> Self {
        self.transpose_last()
    }

    /// (X + Xᵀ)/2.
    fn symmetric(&self) -> Self {
        (self + self.mt()) / 2
    }

    /// (X − Xᵀ)/2.
    fn antisymmetric(&self) -> Self {
        (self - self.mt()) / 2
    }

    /// Φ(X): the lower triangle with half the diagonal.
    fn half_lower(&self) -> Self {
        (self.tril(0) + self.tril(-1)) / 2
    }

    /// Rows `start` to `end` of the last axis but one.
    fn rows(&self, start: usize, end: usize) -> Self {
        self.section(self.shape().len() - 2, start, end - start)
    }

    /// With other extents in place of the last `axes` axes.
    fn reshape_last(&self, axes: usize, last: &[usize]) -> Self {
        let kept = self.shape().len() - axes;
        self.reshape(with(&self.shape()[..kept], last))
    }
}
