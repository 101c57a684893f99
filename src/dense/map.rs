//! Elementwise loops. The walk over memory is written once; an op brings only its inner loop over slices.
//!
//! Operands that lie like the result are handed to the inner loop whole. Otherwise axes are merged as far as every
//! operand allows, and the last axis goes through in blocks of [`BLOCK`], an operand that is broadcast or strided
//! there being copied into a buffer on the stack. So an op's arithmetic is compiled once for each element type,
//! always over plain slices, and vectorises.

use super::{Dense, dot};
use crate::Real;
use crate::error::{Dims, ShapeError};
use crate::fast::{self, Loop, Pointwise};
use crate::shape;

/// An op's inner loop, over slices of its operands and of the result.
type Inner<'f, T, const N: usize> = dyn Fn([&[T]; N], &mut [T]) + 'f;

/// Elements of a strided operand that are gathered at a time.
const BLOCK: usize = 256;

impl<T: Real> Dense<T> {
    /// `f` over the elements of this array; `f` gets slices of equal length.
    pub(crate) fn map(&self, f: impl Fn(&[T], &mut [T])) -> Self {
        Self::zip(self.pool(), self.shape.clone(), [self], &|[x], y| f(x, y))
    }

    /// `f` over the elements of two arrays, broadcast against each other.
    ///
    /// # Errors
    /// [`ShapeError::Broadcast`].
    pub(crate) fn map2(&self, other: &Self, f: impl Fn(&[T], &[T], &mut [T])) -> Result<Self, ShapeError> {
        self.broadcast_zip(other, &|[a, b], y| f(a, b, y))
    }

    fn broadcast_zip(&self, other: &Self, f: &Inner<'_, T, 2>) -> Result<Self, ShapeError> {
        let shape = if self.shape == other.shape {
            self.shape.clone()
        } else {
            shape::broadcast(&self.shape, &other.shape)?
        };
        let pool = self.pool().or(other.pool());
        Ok(Self::zip(pool, shape, [self, other], f))
    }

    /// `f` over `N` operands, each broadcast to `shape`, which must be possible. What is generic here is compiled for
    /// every op: hence the inner loop behind a reference.
    pub(crate) fn zip<const N: usize>(
        pool: Option<&super::pool::Pool<T>>,
        shape: Dims,
        operands: [&Self; N],
        f: &Inner<'_, T, N>,
    ) -> Self {
        let walked = shape.clone();
        Self::build(pool, shape, |out| walk(&walked, operands, out, f))
    }

    /// `f` of the elements of `N` arrays of one shape.
    pub(crate) fn map_n<const N: usize>(operands: [&Self; N], f: impl Fn([T; N]) -> T) -> Self {
        let pool = operands.iter().find_map(|x| x.pool());
        Self::zip(pool, operands[0].shape.clone(), operands, &|x, y| {
            let y = y.iter_mut().enumerate();
            y.for_each(|(i, y)| *y = f(x.map(|x| x[i])));
        })
    }

    /// Adds `other`, of the same shape, in place where nobody else holds this memory.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.is_contiguous() && self.block.get_mut().is_some() {
            let shape = self.shape.clone();
            walk(&shape, [other], self.make_mut(), &|[x], y| fast::run(AddTo(x, y)));
        } else {
            let (pool, shape) = (self.pool(), self.shape.clone());
            *self = Self::zip(pool, shape, [self, other], &|ab, y| fast::map(Plus, ab, y));
        }
    }

    /// Writes the elements to `out` in row-major order.
    pub(super) fn copy_into(&self, out: &mut [T]) {
        walk(&self.shape, [self], out, &|[x], y| y.copy_from_slice(x));
    }

    /// The strides with which this array is read as one of a larger shape: 0 along repeated axes.
    pub(super) fn strides_in(&self, shape: &[usize]) -> Dims {
        let lead = shape.len() - self.shape.len();
        let own = self.shape.iter().zip(&self.strides);
        let own = own.map(|(&n, &s)| if n == 1 { 0 } else { s });
        std::iter::repeat_n(0, lead).chain(own).collect()
    }
}

/// `a + b`.
struct Plus;

impl<T: Real> Pointwise<T, 2> for Plus {
    #[inline(always)]
    fn at(&self, [a, b]: [T; 2]) -> T {
        a + b
    }
}

/// `y += x`.
struct AddTo<'a, T>(&'a [T], &'a mut [T]);

impl<T: Real> Loop for AddTo<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        self.1.iter_mut().zip(self.0).for_each(|(y, &x)| *y += x);
    }
}

/// Calls `f` on slices of the operands (read as arrays of `shape`) and of `out`, until all of `out` is written.
fn walk<T: Real, const N: usize>(
    shape: &[usize],
    operands: [&Dense<T>; N],
    out: &mut [T],
    f: &Inner<'_, T, N>,
) {
    if out.is_empty() {
        return;
    }
    if operands
        .iter()
        .all(|x| x.shape[..] == *shape && x.is_contiguous())
    {
        return f(operands.map(|x| &x.memory()[..out.len()]), out);
    }
    let (shape, strides) = merge_axes(shape, operands.map(|x| x.strides_in(shape)));
    let (&inner, outer) = shape.split_last().expect("merged axes leave at least one");
    let steps = strides.each_ref().map(|s| s[s.len() - 1]);
    let mut buffers = [[T::zero(); BLOCK]; N];
    let mut index = Dims::from_elem(0, outer.len());
    for row in out.chunks_exact_mut(inner) {
        let starts = strides.each_ref().map(|s| dot(&index, s));
        for (b, chunk) in row.chunks_mut(BLOCK).enumerate() {
            for k in 0..N {
                if steps[k] != 1 && (b == 0 || steps[k] != 0) {
                    let from = &operands[k].memory()[starts[k] + b * BLOCK * steps[k]..];
                    if steps[k] == 0 {
                        buffers[k][..chunk.len()].fill(from[0]);
                    } else {
                        let from = from.iter().step_by(steps[k]);
                        let to = &mut buffers[k][..chunk.len()];
                        to.iter_mut().zip(from).for_each(|(t, &x)| *t = x);
                    }
                }
            }
            let slices = std::array::from_fn(|k| match steps[k] {
                1 => &operands[k].memory()[starts[k] + b * BLOCK..][..chunk.len()],
                _ => &buffers[k][..chunk.len()],
            });
            f(slices, chunk);
        }
        shape::advance(&mut index, outer);
    }
}

/// Merges neighbouring axes that every operand steps through as one; axes of extent 1 go away.
fn merge_axes<const N: usize>(shape: &[usize], strides: [Dims; N]) -> (Dims, [Dims; N]) {
    let mut merged = Dims::new();
    let mut steps: [Dims; N] = std::array::from_fn(|_| Dims::new());
    for (i, &n) in shape.iter().enumerate() {
        if n == 1 {
            continue;
        }
        let last = merged.len().wrapping_sub(1);
        let as_one = !merged.is_empty() && (0..N).all(|k| steps[k][last] == strides[k][i] * n);
        if as_one {
            merged[last] *= n;
        } else {
            merged.push(n);
        }
        for k in 0..N {
            if as_one {
                steps[k][last] = strides[k][i];
            } else {
                steps[k].push(strides[k][i]);
            }
        }
    }
    if merged.is_empty() {
        merged.push(1);
        steps.iter_mut().for_each(|s| s.push(0));
    }
    (merged, steps)
}
