//! [`Dense<T>`]: an n-d array that is cheap to clone, and every loop over its elements.
//!
//! A `Dense` is a shape and strides over shared memory. Cloning, transposing, broadcasting, slicing forwards and most
//! reshapes copy no element. This is the only module of the engine that knows ndarray's kernels and the matrix product's backend.
//!
//! What an operation costs: a lock of the pool and a reference count for its result, then one pass over the elements.

use crate::Real;
use crate::error::Dims;
use crate::planted::{Bug, planted};
use crate::shape;
use ndarray::{ArrayBase, ArrayViewD, Data, Dimension, IxDyn, ShapeBuilder};

mod arrange;
mod exponential;
mod image;
pub(crate) mod lanes;
pub(crate) mod ledger;
#[cfg(feature = "linalg")]
#[allow(unreachable_pub, reason = "named in a sealed trait")]
mod linalg;
pub(crate) mod map;
mod order;
pub(crate) mod pool;
mod product;
mod reduce;
mod scan;
pub(crate) mod spare;
mod storage;
mod threads;
mod windows;

pub use arrange::Pick;
pub(crate) use arrange::each_pick;
pub(crate) use exponential::{log_softmax, softmax};
pub use image::{Patches, Span};
#[cfg(feature = "linalg")]
pub(crate) use linalg::{Field, Read};
pub(crate) use order::{argmax, argsort, top};
pub use pool::Indices;
use pool::{Block, Pool};
pub(crate) use reduce::{fold_mapped, larger, smaller, sum_mapped};
pub use storage::Storage;

/// An n-dimensional array of `T`: the value of a tensor, and the plain array reading of a rule.
///
/// Strides are in elements and never negative; a stride of 0 repeats (broadcasting).
///
/// ```
/// use ndarray::arr2;
/// use wengert::Dense;
/// let a = Dense::from(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
/// assert_eq!(a.shape(), [2, 2]);
/// assert_eq!(a.view(), arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn());
/// ```
#[derive(Debug)]
pub struct Dense<T: Real> {
    block: Block<T>,
    offset: usize,
    /// The number of elements where they lie in row-major order without gaps, [`APART`] where they do not.
    run: usize,
    shape: Dims,
    strides: Dims,
}

/// In place of a number of elements that no array has.
const APART: usize = usize::MAX;

impl<T: Real> Dense<T> {
    /// A new row-major array, filled by `fill`, in memory of `pool`. `fill` must write every element; where there is none it is not
    /// called, however many empty rows or matrices the array has.
    pub(crate) fn build(pool: Option<&Pool<T>>, shape: Dims, fill: impl FnOnce(&mut [T])) -> Self {
        let len = shape::size(&shape);
        let mut block = Block::new(pool, len);
        if len > 0
            && let Some(out) = block.start_mut(len)
        {
            fill(out);
        }
        let strides = shape::row_major(&shape);
        Self {
            offset: block.first(),
            block,
            run: len,
            shape,
            strides,
        }
    }

    /// The same memory from `offset` on, read with another shape and other strides.
    fn seen_as(&self, offset: usize, shape: Dims, strides: Dims) -> Self {
        let run = match shape::is_row_major(&shape, &strides) {
            true => shape::size(&shape),
            false => APART,
        };
        Self {
            block: self.block.clone(),
            offset,
            run,
            shape,
            strides,
        }
    }

    /// An ndarray array: itself where its storage lends it, else a copy in memory of `pool`, row-major.
    pub(crate) fn enter<S, D>(pool: Option<&Pool<T>>, array: &ArrayBase<S, D>) -> Self
    where
        S: Storage<Elem = T>,
        D: Dimension,
    {
        let Some(whole) = S::lend(array) else {
            return Self::copy_from(pool, array);
        };
        let shape = Dims::from(array.shape());
        Self {
            block: Block::lent(pool, whole),
            offset: 0,
            run: array.len(),
            strides: shape::row_major(&shape),
            shape,
        }
    }

    /// A copy of an ndarray array in memory of `pool`, row-major.
    pub(crate) fn copy_from<S, D>(pool: Option<&Pool<T>>, array: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        Self::build(pool, array.shape().into(), |out| match array.as_slice() {
            Some(data) => out.copy_from_slice(data),
            None => out.iter_mut().zip(array).for_each(|(o, &x)| *o = x),
        })
    }

    /// An array of this shape with every element `x`.
    pub(crate) fn full(pool: Option<&Pool<T>>, shape: &[usize], x: T) -> Self {
        Self::build(pool, shape.into(), |out| {
            let used = || x == T::zero() && out.iter().any(|&old| old != T::zero());
            if !(planted(Bug::Stale) && used()) {
                out.fill(x);
            }
        })
    }

    /// The pool that this array's memory belongs to: results are made from the same one.
    pub(crate) fn pool(&self) -> Option<&Pool<T>> {
        self.block.home()
    }

    /// The extents of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match self.run {
            APART => shape::size(&self.shape),
            run => run,
        }
    }

    /// Whether the array has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The array as an ndarray view: nothing is copied.
    pub fn view(&self) -> ArrayViewD<'_, T> {
        let shape = IxDyn(&self.shape);
        // Without elements the strides mean nothing, and ndarray has its own for that.
        let view = match self.is_empty() {
            true => ArrayViewD::from_shape(shape, &[]),
            false => ArrayViewD::from_shape(shape.strides(IxDyn(&self.strides)), self.memory()),
        };
        view.expect("an array's strides stay within its memory")
    }

    /// The elements in row-major order, where they lie that way in memory.
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        self.is_contiguous().then(|| &self.memory()[..self.len()])
    }

    /// The element at a multi-index, or `None` out of bounds.
    pub fn get(&self, index: &[usize]) -> Option<T> {
        let inside = index.len() == self.shape.len() && index.iter().zip(&self.shape).all(|(i, n)| i < n);
        inside.then(|| self.memory()[dot(index, &self.strides)])
    }

    /// The element with this row-major number.
    #[inline]
    pub(crate) fn element(&self, number: usize) -> T {
        match self.is_contiguous() {
            true => self.memory()[number],
            false => self.element_apart(number),
        }
    }

    /// The same where the elements do not lie in order.
    fn element_apart(&self, number: usize) -> T {
        let (mut rest, mut at) = (number, 0);
        for (&n, &s) in self.shape.iter().zip(&self.strides).rev() {
            at += rest % n * s;
            rest /= n;
        }
        self.memory()[at]
    }

    /// Whether one of the elements is a structural zero.
    pub(crate) fn has_nothing(&self) -> bool {
        self.view().iter().any(|x| x.is_none())
    }

    /// The memory itself; the array must not be used any more.
    pub(crate) fn take_block(&mut self) -> Block<T> {
        self.block.take()
    }

    /// The memory that the elements lie in, which views share: where, and how many bytes.
    pub(crate) fn block(&self) -> (*const T, usize) {
        (self.block.from(0).as_ptr(), self.block.bytes())
    }

    /// The memory from the first element on.
    #[inline]
    fn memory(&self) -> &[T] {
        self.block.from(self.offset)
    }

    /// Whether the elements lie in row-major order without gaps (axes of extent 1 are free).
    #[inline]
    pub(crate) fn is_contiguous(&self) -> bool {
        self.run != APART
    }

    /// The same elements in row-major memory: itself where they already are.
    pub(crate) fn contiguous(&self) -> Self {
        if self.is_contiguous() {
            return self.clone();
        }
        Self::build(self.pool(), self.shape.clone(), |out| {
            self.copy_into(out);
        })
    }

    /// `f` of the elements in row-major order, which are copied where they do not lie so.
    pub(crate) fn with_elements<R>(&self, f: impl FnOnce(&[T]) -> R) -> R {
        match self.as_slice() {
            Some(x) => f(x),
            None if self.len() <= map::SMALL => {
                let x = &mut [T::zero(); map::SMALL][..self.len()];
                self.copy_into(x);
                f(x)
            }
            None => f(self.contiguous().as_slice().expect("a copy lies in order")),
        }
    }

    /// The elements to write to, if nobody else holds them and they lie in row-major order.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut [T]> {
        if !self.is_contiguous() {
            return None;
        }
        let len = self.len();
        self.block.get_mut(self.offset..self.offset + len)
    }

    /// The same, copying first where it must.
    pub(crate) fn make_mut(&mut self) -> &mut [T] {
        if !(self.block.is_alone() && self.is_contiguous()) {
            *self = Self::build(self.pool(), self.shape.clone(), |out| self.copy_into(out));
        }
        self.get_mut().expect("a new array has one owner")
    }
}

impl<T: Real> Clone for Dense<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            block: self.block.clone(),
            offset: self.offset,
            run: self.run,
            shape: self.shape.clone(),
            strides: self.strides.clone(),
        }
    }
}

/// Copies the elements, or lends them: see [`Storage`].
impl<T: Real, S: Storage<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Dense<T> {
    fn from(array: &ArrayBase<S, D>) -> Self {
        Self::enter(None, array)
    }
}

/// The position in memory of a multi-index.
fn dot(index: &[usize], strides: &[usize]) -> usize {
    index.iter().zip(strides).map(|(i, s)| i * s).sum()
}
