//! Elementwise loops. The walk over memory is written once; an op brings only its inner loop over slices.
//!
//! Operands that lie like the result are handed to the inner loop whole. Otherwise axes are merged as far as every
//! operand allows, and the last axis goes through in blocks of [`BLOCK`], an operand that is broadcast or strided
//! there, or is a number, being copied into a buffer on the stack. So an op's arithmetic is compiled once for each
//! element type, always over plain slices, and vectorises.

use super::threads::share;
use super::{Dense, dot};
use crate::Real;
use crate::error::{Dims, ShapeError};
use crate::fast::{self, Loop, Pointwise};
use crate::shape;

/// An op's inner loop, over slices of its operands and of the result.
pub(crate) type Inner<'f, T, const N: usize> = dyn Fn([&[T]; N], &mut [T]) + Sync + 'f;

/// Elements of a strided operand that are gathered at a time.
const BLOCK: usize = 256;
/// The same where a row has no more. What has no more elements is copied to the stack.
pub(super) const SMALL: usize = 32;

/// An operand of a loop.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a, T: Real> {
    Array(&'a Dense<T>),
    Number(T),
}

impl<'a, T: Real> Source<'a, T> {
    /// Whether this is an array that lies in memory like the result. It can be broadcast to the result's shape: with as many
    /// elements the two differ by axes of extent 1.
    #[inline]
    fn lies_like(&self, result: &[T]) -> bool {
        matches!(self, Self::Array(x) if x.run == result.len())
    }

    /// A repeated number as that number.
    fn simplified(self) -> Self {
        match self {
            Self::Array(x) if x.repeats_one() => Self::Number(x.memory()[0]),
            other => other,
        }
    }

    /// Whether this is the same array.
    fn is(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Array(a), Self::Array(b)) if std::ptr::eq(*a, *b))
    }

    fn memory(&self) -> &[T] {
        match self {
            Self::Array(x) => x.memory(),
            Self::Number(c) => std::slice::from_ref(c),
        }
    }

    fn strides_in(&self, shape: &[usize]) -> Dims {
        match self {
            Self::Array(x) => x.strides_in(shape),
            Self::Number(_) => Dims::from_elem(0, shape.len()),
        }
    }
}

impl<T: Real> Dense<T> {
    /// Whether this is one number, repeated.
    #[inline]
    fn repeats_one(&self) -> bool {
        self.strides.iter().all(|&s| s == 0)
    }

    /// `f` over the elements of this array; `f` gets slices of equal length.
    pub(crate) fn map(&self, f: impl Fn(&[T], &mut [T]) + Sync) -> Self {
        let x = Source::Array(self);
        Self::zip(self.pool(), &self.shape, [x], &|[x], y| f(x, y))
    }

    /// `f` over the elements of two arrays, broadcast against each other.
    ///
    /// # Errors
    /// [`ShapeError::Broadcast`].
    pub(crate) fn map2(
        &self,
        other: &Self,
        f: impl Fn(&[T], &[T], &mut [T]) + Sync,
    ) -> Result<Self, ShapeError> {
        self.broadcast_zip(other, &|[a, b], y| f(a, b, y))
    }

    fn broadcast_zip(&self, other: &Self, f: &Inner<'_, T, 2>) -> Result<Self, ShapeError> {
        let (pool, both) = (self.pool().or(other.pool()), [self, other].map(Source::Array));
        if self.shape == other.shape {
            return Ok(Self::zip(pool, &self.shape, both, f));
        }
        let shape = shape::broadcast(&self.shape, &other.shape)?;
        Ok(Self::zip(pool, &shape, both, f))
    }

    /// `f` over `N` operands, each broadcast to `shape`, which must be possible. What is generic here is compiled for
    /// every op: hence the inner loop behind a reference.
    pub(crate) fn zip<const N: usize>(
        pool: Option<&super::pool::Pool<T>>,
        shape: &[usize],
        operands: [Source<'_, T>; N],
        f: &Inner<'_, T, N>,
    ) -> Self {
        Self::build(pool, shape.into(), |out| walk(shape, operands, out, f))
    }

    /// `f` of the elements of `N` arrays of one shape.
    pub(crate) fn map_n<const N: usize>(operands: [&Self; N], f: impl Fn([T; N]) -> T + Sync) -> Self {
        let pool = operands.iter().find_map(|x| x.pool());
        Self::zip(pool, &operands[0].shape, operands.map(Source::Array), &|x, y| {
            let y = y.iter_mut().enumerate();
            y.for_each(|(i, y)| *y = f(x.map(|x| x[i])));
        })
    }

    /// Whether this can be added to an array of `shape`, down to which it can be summed, as it is.
    pub(crate) fn adds_to(&self, shape: &[usize]) -> bool {
        shape::same(&self.shape, shape) || self.run == shape::size(shape)
    }

    /// Adds `other`, which [`adds_to`](Dense::adds_to) this shape, in place where nobody else holds this memory.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.is_contiguous()
            && let Some(own) = self.block.get_mut(self.offset..self.offset + self.run)
        {
            return walk(&self.shape, [Source::Array(other)], own, &|[x], y| {
                fast::run(AddTo(x, y));
            });
        }
        // It may have more axes, of extent 1.
        let other = match shape::same(&self.shape, &other.shape) {
            true => other.clone(),
            false => other.reshape(&self.shape),
        };
        let both = [&*self, &other].map(Source::Array);
        *self = Self::zip(self.pool(), &self.shape, both, &|ab, y| fast::map(Plus, ab, y));
    }

    /// Adds what `f` makes of `N` operands, each broadcast to `shape`, where that takes no memory: where this array is small and as
    /// large as `shape`, to which it can be broadcast, and nobody else holds it.
    pub(crate) fn add_zip<const N: usize>(
        &mut self,
        shape: &[usize],
        operands: [Source<'_, T>; N],
        f: &Inner<'_, T, N>,
    ) -> bool {
        let n = shape::size(shape);
        if n > SMALL || n != self.run {
            return false;
        }
        let Some(own) = self.block.get_mut(self.offset..self.offset + n) else {
            return false;
        };
        let x = &mut [T::zero(); SMALL][..n];
        walk(shape, operands, x, f);
        fast::run(AddTo(x, own));
        true
    }

    /// Writes the elements to `out` in row-major order.
    pub(super) fn copy_into(&self, out: &mut [T]) {
        if out.len() <= SMALL {
            return self.gather(&self.shape, out);
        }
        walk(&self.shape, [Source::Array(self)], out, &|[x], y| {
            y.copy_from_slice(x)
        });
    }

    /// Writes the elements of this array, broadcast to `shape`, to `out` one by one.
    fn gather(&self, shape: &[usize], out: &mut [T]) {
        if out.is_empty() {
            return;
        }
        let x = self.memory();
        let (Some((&n, outer)), false) = (shape.split_last(), self.repeats_one()) else {
            return out.fill(x[0]);
        };
        let strides = self.strides_in(shape);
        let (&step, along) = strides.split_last().expect("a stride for each axis");
        let mut index = Dims::from_elem(0, outer.len());
        for (i, row) in out.chunks_exact_mut(n).enumerate() {
            let x = match *along {
                [stride] => &x[i * stride..],
                _ => &x[dot(&index, along)..],
            };
            match step {
                0 => row.fill(x[0]),
                1 => row.iter_mut().zip(x).for_each(|(y, &x)| *y = x),
                _ => row
                    .iter_mut()
                    .zip(x.iter().step_by(step))
                    .for_each(|(y, &x)| *y = x),
            }
            if along.len() > 1 {
                shape::advance(&mut index, outer);
            }
        }
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
pub(super) struct AddTo<'a, T>(pub(super) &'a [T], pub(super) &'a mut [T]);

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
    operands: [Source<'_, T>; N],
    out: &mut [T],
    f: &Inner<'_, T, N>,
) {
    if out.is_empty() {
        return;
    }
    let mut whole = [false; N];
    for k in 0..N {
        // Rules name the cotangent in place of what they do not read.
        let known = k > 0 && operands[k].is(&operands[k - 1]);
        whole[k] = if known {
            whole[k - 1]
        } else {
            operands[k].lies_like(out)
        };
    }
    if !whole.contains(&false) {
        let work = out.len();
        return share(out, 1, work, |at, out| {
            f(operands.each_ref().map(|x| &x.memory()[at..][..out.len()]), out);
        });
    }
    match out.len() {
        ..=SMALL => walk_few(shape, operands, whole, out, f),
        _ => walk_apart(shape, operands, whole, out, f),
    }
}

/// The same for a few elements: what does not lie like the result is copied to where it does.
fn walk_few<T: Real, const N: usize>(
    shape: &[usize],
    operands: [Source<'_, T>; N],
    whole: [bool; N],
    out: &mut [T],
    f: &Inner<'_, T, N>,
) {
    let n = out.len();
    let mut buffers = [const { None }; N];
    for k in 0..N {
        if !whole[k] {
            let number = match operands[k] {
                Source::Array(x) => {
                    x.gather(shape, &mut buffers[k].insert([T::zero(); SMALL])[..n]);
                    continue;
                }
                Source::Number(c) => c,
            };
            buffers[k] = Some([number; SMALL]);
        }
    }
    let slices = std::array::from_fn(|k| match &buffers[k] {
        Some(buffer) => &buffer[..n],
        None => &operands[k].memory()[..n],
    });
    f(slices, out);
}

/// The same for operands that lie anyhow.
fn walk_apart<T: Real, const N: usize>(
    shape: &[usize],
    operands: [Source<'_, T>; N],
    whole: [bool; N],
    out: &mut [T],
    f: &Inner<'_, T, N>,
) {
    let operands = operands.map(Source::simplified);
    let number = |k: usize| matches!(operands[k], Source::Number(_));
    let (shape, strides) = match (0..N).all(|k| whole[k] || number(k)) {
        true => (
            Dims::from([out.len()]),
            whole.map(|whole| Dims::from([usize::from(whole)])),
        ),
        false => merge_axes(shape, operands.each_ref().map(|x| x.strides_in(shape))),
    };
    let memory = operands.each_ref().map(Source::memory);
    let (&inner, outer) = shape.split_last().expect("merged axes leave at least one");
    let work = out.len();
    share(out, inner, work, |at, out| match inner <= SMALL {
        true => walk_rows::<T, N, SMALL>(inner, outer, at / inner, memory, &strides, out, f),
        false => walk_rows::<T, N, BLOCK>(inner, outer, at / inner, memory, &strides, out, f),
    });
}

/// The same from a row on, in blocks of `B`, over memory with these strides: rows of `inner` elements, in an array of
/// `outer` rows.
fn walk_rows<T: Real, const N: usize, const B: usize>(
    inner: usize,
    outer: &[usize],
    first: usize,
    memory: [&[T]; N],
    strides: &[Dims; N],
    out: &mut [T],
    f: &Inner<'_, T, N>,
) {
    let steps = strides.each_ref().map(|s| s[s.len() - 1]);
    // Rows that all lie in order go whole.
    let block = if steps == [1; N] { inner } else { B };
    // Made where one is needed, since to clear them all would take longer than a short loop.
    let mut buffers = [const { None }; N];
    let mut index = shape::unravel(first, outer);
    for row in out.chunks_exact_mut(inner) {
        let starts = strides.each_ref().map(|s| dot(&index, s));
        for (b, chunk) in row.chunks_mut(block).enumerate() {
            for k in 0..N {
                if steps[k] != 1 && (b == 0 || steps[k] != 0) {
                    let from = &memory[k][starts[k] + b * block * steps[k]..];
                    let to = &mut buffers[k].get_or_insert([T::zero(); B])[..chunk.len()];
                    if steps[k] == 0 {
                        to.fill(from[0]);
                    } else {
                        let from = from.iter().step_by(steps[k]);
                        to.iter_mut().zip(from).for_each(|(t, &x)| *t = x);
                    }
                }
            }
            let slices = std::array::from_fn(|k| match &buffers[k] {
                Some(buffer) => &buffer[..chunk.len()],
                None => &memory[k][starts[k] + b * block..][..chunk.len()],
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

#[cfg(test)]
mod tests;
