//! What can go wrong: with shapes, born in an op's `shape` function and shown at the caller's line; with the values of a
//! factorisation, returned; with memory.

use std::fmt;

pub use crate::dims::Dims;

/// Why an operation cannot be applied to operands of these shapes.
///
/// Operators and op methods panic with this text at the caller's line, the operation's name in front.
///
/// ```should_panic
/// use wengert::Tape;
/// let tape = Tape::new();
/// let a = tape.tensor(&ndarray::arr1(&[1.0, 2.0, 3.0]));
/// let b = tape.tensor(&ndarray::arr1(&[1.0, 2.0]));
/// let _ = a + b; // add: the shapes [3] and [2] do not broadcast
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeError {
    /// Two shapes do not broadcast against each other.
    Broadcast {
        /// Shape of the left operand.
        left: Dims,
        /// Shape of the right operand.
        right: Dims,
    },
    /// Two shapes do not fit together in this operation.
    Mismatch {
        /// Shape of the left operand.
        left: Dims,
        /// Shape of the right operand.
        right: Dims,
        /// What the operation needs.
        need: &'static str,
    },
    /// One shape does not fit this operation.
    Unfit {
        /// The operand's shape.
        shape: Dims,
        /// What the operation needs.
        need: String,
    },
    /// An axis that the operand does not have.
    Axis {
        /// The axis asked for.
        axis: isize,
        /// The operand's shape.
        shape: Dims,
    },
    /// An index beyond the extent of its axis.
    Index {
        /// The index asked for.
        index: isize,
        /// The axis it was asked on.
        axis: usize,
        /// The operand's shape.
        shape: Dims,
    },
}

impl ShapeError {
    /// Two shapes do not fit together.
    pub(crate) fn mismatch(left: &[usize], right: &[usize], need: &'static str) -> Self {
        let (left, right) = (left.into(), right.into());
        Self::Mismatch { left, right, need }
    }

    /// One shape does not fit.
    pub(crate) fn unfit(shape: &[usize], need: impl Into<String>) -> Self {
        Self::Unfit {
            shape: shape.into(),
            need: need.into(),
        }
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broadcast { left, right } => {
                write!(f, "the shapes {left:?} and {right:?} do not broadcast")
            }
            Self::Mismatch { left, right, need } => {
                write!(f, "the shapes {left:?} and {right:?} do not fit: {need}")
            }
            Self::Unfit { shape, need } => write!(f, "the shape {shape:?} does not fit: {need}"),
            Self::Axis { axis, shape } => {
                write!(
                    f,
                    "there is no axis {axis} (the shape is {shape:?}, which has {} axes)",
                    shape.len()
                )
            }
            Self::Index { index, axis, shape } => {
                write!(
                    f,
                    "index {index} is out of bounds on axis {axis} of the shape {shape:?}"
                )
            }
        }
    }
}

impl std::error::Error for ShapeError {}

/// Why a factorisation cannot be made of these numbers. Returned by the ops of feature `linalg`.
///
/// `matrix` is the number of the first matrix that failed, in the order of the batch; 0 where there is only one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinalgError {
    /// A matrix is not positive definite.
    #[non_exhaustive]
    NotPositiveDefinite {
        /// Which matrix of the batch.
        matrix: usize,
        /// The order, from 1 on, of the first leading minor that is not positive.
        minor: usize,
    },
    /// A matrix is exactly singular, or has not full rank.
    #[non_exhaustive]
    Singular {
        /// Which matrix of the batch.
        matrix: usize,
    },
    /// An iteration did not converge, as happens where elements are NaN or infinite.
    #[non_exhaustive]
    NoConvergence {
        /// Which matrix of the batch.
        matrix: usize,
    },
}

impl fmt::Display for LinalgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPositiveDefinite { matrix, minor } => write!(
                f,
                "matrix {matrix} is not positive definite: its leading minor of order {minor} is not positive"
            ),
            Self::Singular { matrix } => write!(f, "matrix {matrix} is singular"),
            Self::NoConvergence { matrix } => {
                write!(f, "the iteration for matrix {matrix} did not converge")
            }
        }
    }
}

impl std::error::Error for LinalgError {}

/// More memory than a computation was allowed, see [`Tape::within`](crate::Tape::within).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryLimit {
    /// The bytes that the tape was allowed to hold.
    pub limit: usize,
    /// The bytes that were asked for in addition to those in use.
    pub asked: usize,
    /// The bytes in use by the scalar lane: its stream, and its trace if it has one.
    pub scalars: usize,
    /// The bytes in use by the array lane: its nodes and their values.
    pub arrays: usize,
    /// The bytes in use by sweeps: adjoints, cotangents, a rule's or an op's temporaries, and what earlier `Gradients` hold.
    pub adjoints: usize,
}

impl MemoryLimit {
    /// The bytes in use altogether.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.scalars + self.arrays + self.adjoints
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the tape may hold {} bytes and was asked for {} more than the {} in use (scalars {}, arrays {}, adjoints {})",
            self.limit,
            self.asked,
            self.in_use(),
            self.scalars,
            self.arrays,
            self.adjoints
        )
    }
}

impl std::error::Error for MemoryLimit {}
