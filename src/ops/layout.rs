//! Shape and layout: the same elements, seen differently. Each op's adjoint is another one:
//!
//! | op | adjoint |
//! |---|---|
//! | [`Reshape`] | reshape back |
//! | [`Permute`] | the inverse permutation |
//! | [`BroadcastTo`] | sum over the repeated axes |
//!
//! All are views where strides can say it, and cost no copy.

use super::{ArrayRule, ArrayValue, Term, Zeros};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::shape;

/// The same elements under another shape.
#[derive(Debug, Clone)]
pub struct Reshape {
    shape: Dims,
}

/// Axes in another order: axis `i` of the result is axis `order[i]` of the operand.
#[derive(Debug, Clone)]
pub struct Permute {
    order: Dims,
}

/// The operand repeated to a larger shape.
#[derive(Debug, Clone)]
pub struct BroadcastTo {
    shape: Dims,
}

impl ArrayRule for Reshape {
    const ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "reshape"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        if shape::size(x[0]) != shape::size(&self.shape) {
            return Err(ShapeError::unfit(
                x[0],
                format!("{:?} has another number of elements", self.shape),
            ));
        }
        Ok(self.shape.clone())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].reshape(&self.shape)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        g.reshape(x[0].shape())
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl Permute {
    /// That of a matrix.
    pub(super) fn transpose() -> Self {
        let order = Dims::from([1, 0]);
        Self { order }
    }
}

impl ArrayRule for Permute {
    const ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "permute"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let n = x[0].len();
        if self.order.len() != n || !(0..n).all(|axis| self.order.contains(&axis)) {
            return Err(ShapeError::unfit(
                x[0],
                format!("{:?} does not name every axis once", self.order),
            ));
        }
        Ok(self.order.iter().map(|&i| x[0][i]).collect())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].permute(&self.order)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let mut inverse = Dims::from_elem(0, self.order.len());
        for (i, &axis) in self.order.iter().enumerate() {
            inverse[axis] = i;
        }
        g.permute(&inverse)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for BroadcastTo {
    const ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "broadcast_to"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        match shape::broadcast(x[0], &self.shape) {
            Ok(shape) if shape == self.shape => Ok(shape),
            _ => Err(ShapeError::Broadcast {
                left: x[0].into(),
                right: self.shape.clone(),
            }),
        }
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].broadcast_to(&self.shape)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        g.sum_to(x[0].shape())
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl<V: ArrayValue> Term<V> {
    /// Sums down to `shape`, from which this was broadcast.
    #[track_caller]
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Self {
        Self(self.0.sum_to(shape))
    }

    /// The same elements, in row-major order, under another shape of as many elements: x̄ is ȳ reshaped back.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[1.0, 2.0, 3.0, 4.0]));
    /// assert_eq!(x.reshape([2, 2]).shape(), [2, 2]);
    /// ```
    ///
    /// # Panics
    /// Where the number of elements differs.
    #[track_caller]
    pub fn reshape(&self, shape: impl AsRef<[usize]>) -> Self {
        let shape = shape.as_ref();
        if self.shape() == shape {
            return self.clone();
        }
        let shape = shape.into();
        Self(V::apply(Reshape { shape }, &[&self.0]))
    }

    /// Axes in another order: axis `i` of the result is axis `order[i]` of this one; x̄ is ȳ permuted back. A view.
    ///
    /// # Panics
    /// Where `order` does not name every axis once.
    #[track_caller]
    pub fn permute(&self, order: impl AsRef<[usize]>) -> Self {
        let order = order.as_ref().into();
        Self(V::apply(Permute { order }, &[&self.0]))
    }

    /// This term repeated to `shape` by NumPy's broadcasting: x̄ is ȳ summed over the repeated axes. A view.
    ///
    /// # Panics
    /// Where it does not broadcast to `shape`.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl AsRef<[usize]>) -> Self {
        let shape = shape.as_ref();
        if self.shape() == shape {
            return self.clone();
        }
        let shape = shape.into();
        Self(V::apply(BroadcastTo { shape }, &[&self.0]))
    }
}
