//! Reductions over axes, and functions along one axis.
//!
//! The order of additions depends on the shape alone, so a sum has the same bits every time. A contiguous run is added in
//! sixteen interleaved lanes, in blocks whose sums are added pairwise: the rounding error grows with the logarithm
//! of the length, not with the length (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., §4.2).

use super::Dense;
use super::exponential::{LogSumExpRows, log_sum_exp};
use super::map::{AddTo, SMALL};
use super::threads::{both, share};
use crate::Real;
use crate::error::Dims;
use crate::fast::{self, Loop};
use crate::shape;

/// Elements from which on a row is added to a row, rather than its elements one by one.
const ROW: usize = 8;

/// A run up to this length is added in one go.
pub(super) const RUN: usize = 512;

/// Where a longer one is cut in two, whose sums are added.
#[inline]
pub(super) fn half(len: usize) -> Option<usize> {
    (len > RUN).then(|| (len / 2).next_multiple_of(RUN))
}

/// The sum of a slice; −0.0, the identity, for an empty one.
fn sum_slice<T: Real>(x: &[T]) -> T {
    sum_mapped(x, |x| x)
}

/// The same inside of a [`Loop`], in its registers.
#[inline(always)]
pub(super) fn sum_here<T: Real>(x: &[T]) -> T {
    if half(x.len()).is_some() {
        return sum_slice(x);
    }
    Fold {
        x,
        identity: T::NONE,
        map: |x| x,
        f: |a, b| a + b,
    }
    .run()
}

/// The sum of `map` of each element of a slice, added as [`sum_slice`] does.
pub(crate) fn sum_mapped<T: Real>(x: &[T], map: impl Fn(T) -> T + Copy + Send) -> T {
    if let Some(half) = half(x.len()) {
        let (left, right) = x.split_at(half);
        let (left, right) = both(
            x.len(),
            move || sum_mapped(left, map),
            move || sum_mapped(right, map),
        );
        return left + right;
    }
    fold_mapped(x, T::NONE, map, |a, b| a + b)
}

/// A fold in sixteen lanes that the compiler keeps in vector registers.
#[inline]
pub(crate) fn fold_lanes<T: Real>(x: &[T], identity: T, f: impl Fn(T, T) -> T + Copy) -> T {
    fold_mapped(x, identity, |x| x, f)
}

/// The same of `map` of each element.
#[inline]
pub(crate) fn fold_mapped<T: Real>(
    x: &[T],
    identity: T,
    map: impl Fn(T) -> T,
    f: impl Fn(T, T) -> T + Copy,
) -> T {
    fast::run(Fold { x, identity, map, f })
}

pub(super) struct Fold<'a, T, M, F> {
    pub(super) x: &'a [T],
    pub(super) identity: T,
    pub(super) map: M,
    pub(super) f: F,
}

impl<T: Real, M: Fn(T) -> T, F: Fn(T, T) -> T> Loop for Fold<'_, T, M, F> {
    type Out = T;
    #[inline(always)]
    fn run(self) -> T {
        let Self { x, identity, map, f } = self;
        let mut lanes = [identity; 16];
        let (chunks, rest) = x.as_chunks::<16>();
        for chunk in chunks {
            for l in 0..16 {
                lanes[l] = f(lanes[l], map(chunk[l]));
            }
        }
        if !rest.is_empty() {
            // Filled up: if some of the lanes were taken by themselves, all would lie apart in the loop above.
            let mut last = [identity; 16];
            last.iter_mut().zip(rest).for_each(|(l, &x)| *l = map(x));
            for l in 0..16 {
                lanes[l] = f(lanes[l], last[l]);
            }
        }
        halve(lanes, f)
    }
}

/// The lanes as one number, the upper half onto the lower until one is left.
#[inline(always)]
pub(super) fn halve<T: Copy>(mut lanes: [T; 16], f: impl Fn(T, T) -> T) -> T {
    let mut width = 8;
    while width > 0 {
        for i in 0..width {
            lanes[i] = f(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// The larger of two numbers; NaN if either is.
#[inline(always)]
pub(crate) fn larger<T: Real>(a: T, b: T) -> T {
    if a > b || a.is_nan() { a } else { b }
}

/// The smaller of two numbers; NaN if either is.
#[inline(always)]
pub(crate) fn smaller<T: Real>(a: T, b: T) -> T {
    if a < b || a.is_nan() { a } else { b }
}

impl<T: Real> Dense<T> {
    /// The sum over `axes` (sorted). Empty sums are 0; a sum of structural zeros is one.
    pub(crate) fn sum_axes(&self, axes: &[usize], keep: bool) -> Self {
        if self.is_empty() {
            let shape = shape::reduced(&self.shape, axes, keep);
            return Self::full(self.pool(), &shape, T::zero());
        }
        self.reduce(axes, keep, sum_slice, |a, b| a + b)
    }

    /// The sum of squares over `axes` (sorted), added as [`Dense::sum_axes`] adds the squares.
    pub(crate) fn square_sum_axes(&self, axes: &[usize], keep: bool) -> Self {
        let shape = shape::reduced(&self.shape, axes, keep);
        if self.is_empty() {
            return Self::full(self.pool(), &shape, T::zero());
        }
        let square = |x: T| x * x;
        self.reduce_mapped(axes, shape, |x| sum_mapped(x, square), square, |a, b| a + b)
    }

    /// The largest, or the `least`, element over `axes` (sorted), NaN where there is one; the array must not be empty.
    pub(crate) fn extremum_axes(&self, axes: &[usize], keep: bool, least: bool) -> Self {
        if least {
            let fold = |x: &[T]| fold_lanes(x, T::infinity(), smaller);
            return self.reduce(axes, keep, fold, smaller);
        }
        let fold = |x: &[T]| fold_lanes(x, T::neg_infinity(), larger);
        self.reduce(axes, keep, fold, larger)
    }

    /// Sums this array down to `shape`, from which it was broadcast.
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Self {
        if shape::same(&self.shape, shape) {
            return self.clone();
        }
        if self.len() == shape::size(shape) && !self.is_empty() {
            return self.reshape(shape);
        }
        let sum = self.sum_axes(&shape::broadcast_axes(shape, &self.shape), false);
        match shape::same(&sum.shape, shape) {
            true => sum,
            false => sum.reshape(shape),
        }
    }

    /// Adds `x` summed down to this shape, as [`Dense::sum_to`] does it, where that takes no memory: where this is a small array, a
    /// row to which others were added, and nobody else holds it.
    pub(crate) fn add_rows(&mut self, x: &Self) -> bool {
        let n = self.run;
        let is_row = (2..=SMALL).contains(&n) && x.len() > n;
        if !is_row || !x.shape.ends_with(&self.shape) {
            return false;
        }
        let Some(own) = self.block.get_mut(self.offset..self.offset + n) else {
            return false;
        };
        let sums = &mut [T::zero(); SMALL][..n];
        x.with_elements(|x| join_rows(x, n, sums, |x| x, |a, b| a + b));
        fast::run(AddTo(sums, own));
        true
    }

    fn reduce(
        &self,
        axes: &[usize],
        keep: bool,
        fold: impl Fn(&[T]) -> T + Sync,
        join: impl Fn(T, T) -> T + Copy + Sync,
    ) -> Self {
        let shape = shape::reduced(&self.shape, axes, keep);
        let rows: usize = axes.iter().map(|&i| self.shape[i]).product();
        if rows == 1 {
            return self.reshape(&shape);
        }
        self.reduce_mapped(axes, shape, fold, |x| x, join)
    }

    /// A result of `shape`: `fold` makes a number of a run, `join` one of two, of what `map` makes of an element.
    fn reduce_mapped(
        &self,
        axes: &[usize],
        shape: Dims,
        fold: impl Fn(&[T]) -> T + Sync,
        map: impl Fn(T) -> T + Copy + Sync,
        join: impl Fn(T, T) -> T + Copy + Sync,
    ) -> Self {
        let Some(inner) = self.runs_below(axes) else {
            return self.fold_runs(axes, shape, fold);
        };
        // Whole rows are added, so that memory is read in order.
        let rows = axes.iter().map(|&i| self.shape[i]).product();
        self.reduce_rows(rows, inner, shape, |x, out| join_rows(x, inner, out, map, join))
    }

    /// The extent of the axes behind `axes` where these are neighbours and reducing them goes by rows of that extent: it does at
    /// the front, and elsewhere where a row fills a register.
    fn runs_below(&self, axes: &[usize]) -> Option<usize> {
        let (&first, &last) = (axes.first()?, axes.last()?);
        let inner = shape::size(&self.shape[last + 1..]);
        let least = if first == 0 { 2 } else { ROW };
        (last - first + 1 == axes.len() && inner >= least).then_some(inner)
    }

    /// A result of `shape` in which each row of `inner` elements is made by `f` of `rows` such rows. `f` gets a part of the row
    /// and what lies above it: the rows from the part's first column on, to the end of the last.
    fn reduce_rows(&self, rows: usize, inner: usize, shape: Dims, f: impl Fn(&[T], &mut [T]) + Sync) -> Self {
        let slab = rows * inner;
        self.with_elements(|x| {
            // One slab is shared out by columns, several as they are.
            let unit = if x.len() == slab { 16 } else { inner };
            Self::build(self.pool(), shape, |out| {
                share(out, unit, x.len(), |at, out| {
                    let first = at / inner;
                    for (i, out) in out.chunks_mut(inner).enumerate() {
                        f(&x[(first + i) * slab + at % inner..(first + i + 1) * slab], out);
                    }
                });
            })
        })
    }

    /// `ln Σ eˣ` over `axes` (sorted); of nothing −∞.
    pub(crate) fn log_sum_exp_axes(&self, axes: &[usize], keep: bool) -> Self {
        let shape = shape::reduced(&self.shape, axes, keep);
        let rows: usize = axes.iter().map(|&i| self.shape[i]).product();
        match self.runs_below(axes) {
            // More rows are added pairwise, which the other way does.
            Some(inner) if (1..=RUN).contains(&rows) => self.reduce_rows(rows, inner, shape, |x, out| {
                fast::run(LogSumExpRows { x, step: inner, out });
            }),
            _ => self.fold_runs(axes, shape, log_sum_exp),
        }
    }

    /// Each element of the result (of `shape`) folds one run over `axes`, made contiguous.
    pub(crate) fn fold_runs(&self, axes: &[usize], shape: Dims, fold: impl Fn(&[T]) -> T + Sync) -> Self {
        let run: usize = axes.iter().map(|&i| self.shape[i]).product();
        let fold_all = |x: &[T]| {
            Self::build(self.pool(), shape, |out| {
                if x.is_empty() {
                    out.fill(fold(&[]));
                }
                share(out, 1, x.len(), |at, out| {
                    let runs = x[at * run..].chunks_exact(run.max(1));
                    out.iter_mut().zip(runs).for_each(|(o, run)| *o = fold(run));
                });
            })
        };
        if shape::are_last(axes, &self.shape) {
            return self.with_elements(fold_all);
        }
        let kept = (0..self.shape.len()).filter(|i| !axes.contains(i));
        let order: Dims = kept.chain(axes.iter().copied()).collect();
        self.permute(&order).with_elements(fold_all)
    }

    /// `f(lane, result)` for every lane along `axis`; the result has the same shape.
    pub(crate) fn map_lanes(&self, axis: usize, f: impl Fn(&[T], &mut [T]) + Sync) -> Self {
        let last = self.shape.len() - 1;
        if axis == last {
            return self.map_rows(f);
        }
        let mut order: Dims = (0..self.shape.len()).collect();
        order.swap(axis, last);
        self.permute(&order).map_rows(f).permute(&order)
    }

    /// `f(row, result)` for every row along the last axis.
    fn map_rows(&self, f: impl Fn(&[T], &mut [T]) + Sync) -> Self {
        let n = self.shape[self.shape.len() - 1].max(1);
        self.with_elements(|x| {
            Self::build(self.pool(), self.shape.clone(), |out| {
                let work = out.len();
                share(out, n, work, |at, out| {
                    let rows = x[at..][..out.len()].chunks_exact(n);
                    out.chunks_exact_mut(n).zip(rows).for_each(|(y, x)| f(x, y));
                });
            })
        })
    }
}

/// `out[j] = join over i of map(x[i][j])`, where a row begins every `step` elements, four rows at a time: fewer passes over `out`,
/// and smaller rounding errors.
fn join_rows<T: Real>(
    x: &[T],
    step: usize,
    out: &mut [T],
    map: impl Fn(T) -> T,
    join: impl Fn(T, T) -> T + Copy,
) {
    fast::run(JoinRows {
        x,
        step,
        out,
        map,
        join,
    });
}

struct JoinRows<'a, T, M, F> {
    x: &'a [T],
    step: usize,
    out: &'a mut [T],
    map: M,
    join: F,
}

impl<T: Copy, M: Fn(T) -> T, F: Fn(T, T) -> T> Loop for JoinRows<'_, T, M, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self {
            x,
            step,
            out,
            map,
            join,
        } = self;
        let (n, rows) = (out.len(), x.len().div_ceil(step));
        let row = |i: usize| &x[i * step..][..n];
        out.iter_mut().zip(row(0)).for_each(|(o, &x)| *o = map(x));
        let mut i = 1;
        while i + 4 <= rows {
            let (a, b, c, d) = (row(i), row(i + 1), row(i + 2), row(i + 3));
            for ((((o, &a), &b), &c), &d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *o = join(*o, join(join(map(a), map(b)), join(map(c), map(d))));
            }
            i += 4;
        }
        for i in i..rows {
            out.iter_mut()
                .zip(row(i))
                .for_each(|(o, &x)| *o = join(*o, map(x)));
        }
    }
}
