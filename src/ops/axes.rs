//! Axes: named, moved, repeated, joined and taken apart. Everything here is composed of the ops of [`layout`](super::layout)
//! and [`index`](super::index); what is only another view of the same elements costs no copy.

use super::index::{Embed, Slice, whole};
use super::window::matrix;
use super::{ArrayValue, Term, or_panic};
use crate::dense::Pick;
use crate::error::{Dims, ShapeError};
use crate::shape;
use smallvec::SmallVec;

/// What [`Term::pad`] puts around.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pad {
    /// A number.
    Constant(f64),
    /// The element at the border, repeated.
    Edge,
    /// The elements inside, mirrored at the one at the border, which is not repeated.
    Reflect,
}

impl Pad {
    /// The index that stands at `i`, which may lie outside of `0..n`.
    fn source(self, i: isize, n: usize) -> usize {
        let last = n as isize - 1;
        match self {
            Self::Reflect if last > 0 => {
                let turn = i.rem_euclid(2 * last);
                turn.min(2 * last - turn) as usize
            }
            _ => i.clamp(0, last) as usize,
        }
    }
}

impl<V: ArrayValue> Term<V> {
    #[track_caller]
    pub(super) fn axis_of(&self, name: &str, axis: isize) -> usize {
        or_panic(name, shape::axis(axis, self.shape()))
    }

    /// All axes but one, before and after it.
    fn around(&self, axis: usize) -> [&[usize]; 2] {
        [&self.shape()[..axis], &self.shape()[axis + 1..]]
    }

    /// All elements along one axis, in row-major order: x̄ is ȳ reshaped back.
    #[track_caller]
    pub fn flatten(&self) -> Self {
        self.reshape([shape::size(self.shape())])
    }

    /// Two axes change places: x̄ is ȳ with the same two exchanged. A view.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::Array3::<f64>::zeros((2, 3, 4)));
    /// assert_eq!(x.swap_axes(0, -1).shape(), [4, 3, 2]);
    /// assert_eq!(x.move_axis(0, -1).shape(), [3, 4, 2]);
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist.
    #[track_caller]
    pub fn swap_axes(&self, a: isize, b: isize) -> Self {
        let (a, b) = (self.axis_of("swap_axes", a), self.axis_of("swap_axes", b));
        let mut order: Dims = (0..self.shape().len()).collect();
        order.swap(a, b);
        self.permute(order)
    }

    /// Axis `from` moves to the place `to`, the others keep their order: x̄ is ȳ moved back. A view.
    ///
    /// # Panics
    /// Where an axis does not exist.
    #[track_caller]
    pub fn move_axis(&self, from: isize, to: isize) -> Self {
        let (from, to) = (self.axis_of("move_axis", from), self.axis_of("move_axis", to));
        let mut order: Dims = (0..self.shape().len()).filter(|&i| i != from).collect();
        order.insert(to, from);
        self.permute(order)
    }

    /// A new axis of extent 1, which is then axis `axis`: x̄ is ȳ without it. A view.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::Array2::<f64>::zeros((2, 3)));
    /// assert_eq!(x.insert_axis(1).shape(), [2, 1, 3]);
    /// assert_eq!(x.insert_axis(-1).shape(), [2, 3, 1]);
    /// assert_eq!(x.insert_axis(-1).squeeze(-1).shape(), [2, 3]);
    /// ```
    ///
    /// # Panics
    /// Where the result would have no such axis.
    #[track_caller]
    pub fn insert_axis(&self, axis: isize) -> Self {
        let mut shape = Dims::from(self.shape());
        shape.push(1);
        let axis = or_panic("insert_axis", shape::axis(axis, &shape));
        shape.pop();
        shape.insert(axis, 1);
        self.reshape(shape)
    }

    /// Without axis `axis`, whose extent is 1: x̄ is ȳ with it. A view.
    ///
    /// # Panics
    /// Where the axis does not exist or its extent is not 1.
    #[track_caller]
    pub fn squeeze(&self, axis: isize) -> Self {
        let axis = self.axis_of("squeeze", axis);
        if self.shape()[axis] != 1 {
            let need = format!("the extent of axis {axis} is not 1");
            or_panic("squeeze", Err(ShapeError::unfit(self.shape(), need)))
        }
        self.reshape(self.around(axis).concat())
    }

    /// The elements along `axis` in reverse: x̄ is ȳ in reverse.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// assert_eq!(x.flip(0).value(), arr1(&[3.0, 2.0, 1.0]).into_dyn());
    /// assert_eq!(x.roll(1, 0).value(), arr1(&[3.0, 1.0, 2.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn flip(&self, axis: isize) -> Self {
        let axis = self.axis_of("flip", axis);
        let range = |step: isize, n: usize| Pick::Range {
            start: if step < 0 { n.saturating_sub(1) } else { 0 },
            step,
            len: n,
        };
        let extents = self.shape().iter().enumerate();
        let picks = extents
            .map(|(i, &n)| range(if i == axis { -1 } else { 1 }, n))
            .collect();
        Self(V::apply(Slice { picks }, &[&self.0]))
    }

    /// The elements along `axis` moved on by `shift` places, those that leave at the end coming in at the start: x̄ is ȳ moved
    /// back. See [`Term::flip`] for an example.
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn roll(&self, shift: isize, axis: isize) -> Self {
        let axis = self.axis_of("roll", axis);
        if self.shape().contains(&0) {
            return self.clone();
        }
        let n = self.shape()[axis];
        let source = |i: usize| (i as isize - shift % n as isize).rem_euclid(n as isize) as usize;
        let indices = self.0.indices(n, (0..n).map(source));
        self.take_indices(axis, indices)
    }

    /// This term laid side by side `times[i]` times along axis `i`; more numbers than axes make new axes in front, fewer stand
    /// for the last axes (NumPy's `tile`): x̄ is the sum of the copies of ȳ.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// assert_eq!(x.tile([2]).value(), arr1(&[1.0, 2.0, 1.0, 2.0]).into_dyn());
    /// assert_eq!(x.repeat(2, 0).value(), arr1(&[1.0, 1.0, 2.0, 2.0]).into_dyn());
    /// assert_eq!(x.tile([3, 1]).shape(), [3, 2]);
    /// ```
    ///
    /// # Panics
    /// Where no array has so many elements.
    #[track_caller]
    pub fn tile(&self, times: impl AsRef<[usize]>) -> Self {
        let times = times.as_ref();
        let axes = times.len().max(self.shape().len());
        let padded = |list: &[usize], i: usize| (i + list.len()).checked_sub(axes).map_or(1, |j| list[j]);
        let (mut apart, mut repeated, mut joined) = (Dims::new(), Dims::new(), Dims::new());
        for i in 0..axes {
            let (times, n) = (padded(times, i), padded(self.shape(), i));
            apart.extend([1, n]);
            repeated.extend([times, n]);
            joined.push(times.saturating_mul(n));
        }
        or_panic("tile", shape::possible(&repeated));
        self.reshape(apart).broadcast_to(repeated).reshape(joined)
    }

    /// Each element along `axis` `n` times in a row: x̄ is the sum of the copies of ȳ. See [`Term::tile`] for an example, and
    /// [`Term::take`] for a number of its own for each.
    ///
    /// # Panics
    /// Where the axis does not exist, or no array has so many elements.
    #[track_caller]
    pub fn repeat(&self, n: usize, axis: isize) -> Self {
        let axis = self.axis_of("repeat", axis);
        let (mut apart, extent) = (Dims::from(self.shape()), self.shape()[axis]);
        apart.insert(axis + 1, 1);
        let mut repeated = apart.clone();
        repeated[axis + 1] = n;
        or_panic("repeat", shape::possible(&repeated));
        let mut joined = Dims::from(self.shape());
        joined[axis] = extent * n;
        self.reshape(apart).broadcast_to(repeated).reshape(joined)
    }

    /// Terms of one shape side by side along a new axis, which is then axis `axis`; each receives its part of ȳ. For scalars
    /// see [`Tape::stack`](crate::Tape::stack).
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// use wengert::Tensor;
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 4.0])));
    /// assert_eq!(Tensor::stack(&[a, b], 1).value(), arr2(&[[1.0, 3.0], [2.0, 4.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where there are no terms, their shapes differ, or the result would have no such axis.
    #[track_caller]
    pub fn stack(terms: &[Self], axis: isize) -> Self {
        assert!(!terms.is_empty(), "stack: there is nothing to join");
        let mut apart: SmallVec<[Self; 4]> = SmallVec::new();
        for term in terms {
            if term.shape() != terms[0].shape() {
                let need = "all shapes must be the same";
                let error = ShapeError::mismatch(terms[0].shape(), term.shape(), need);
                or_panic("stack", Err(error))
            }
            let axes = term.shape().len() as isize + 1;
            if !(-axes..axes).contains(&axis) {
                let shape = term.shape().into();
                or_panic("stack", Err(ShapeError::Axis { axis, shape }))
            }
            apart.push(term.insert_axis(axis));
        }
        Self::concat(&apart, axis)
    }

    /// `n` parts of equal extent along `axis`; each passes its cotangent to where it was taken from. Views.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0, 4.0]));
    /// assert_eq!(x.split(2, 0)[1].value(), arr1(&[3.0, 4.0]).into_dyn());
    /// assert_eq!(x.split_at(&[1], 0)[1].value(), arr1(&[2.0, 3.0, 4.0]).into_dyn());
    /// assert_eq!(x.chunks(3, 0)[1].value(), arr1(&[4.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist or cannot be divided into `n` equal parts.
    #[track_caller]
    pub fn split(&self, n: usize, axis: isize) -> Vec<Self> {
        let axis = self.axis_of("split", axis);
        let extent = self.shape()[axis];
        if n == 0 || !extent.is_multiple_of(n) {
            let need = format!("axis {axis} does not divide into {n} equal parts");
            or_panic("split", Err(ShapeError::unfit(self.shape(), need)))
        }
        self.parts(axis, (1..n).map(|i| i * (extent / n)))
    }

    /// The parts between the positions `at` along `axis`, the first from the start, the last to the end. Views. See
    /// [`Term::split`] for an example.
    ///
    /// # Panics
    /// Where the axis does not exist, or the positions descend or lie beyond its end.
    #[track_caller]
    pub fn split_at(&self, at: &[usize], axis: isize) -> Vec<Self> {
        let axis = self.axis_of("split_at", axis);
        let extent = self.shape()[axis];
        if !at.is_sorted() || at.last().is_some_and(|&last| last > extent) {
            let need = format!("the positions {at:?} do not ascend along axis {axis}");
            or_panic("split_at", Err(ShapeError::unfit(self.shape(), need)))
        }
        self.parts(axis, at.iter().copied())
    }

    /// Parts of extent `size` along `axis`, the last one perhaps shorter. Views. See [`Term::split`] for an example.
    ///
    /// # Panics
    /// Where the axis does not exist or `size` is 0.
    #[track_caller]
    pub fn chunks(&self, size: usize, axis: isize) -> Vec<Self> {
        let axis = self.axis_of("chunks", axis);
        assert!(size > 0, "chunks: the size must not be 0");
        self.parts(axis, (1..self.shape()[axis].div_ceil(size)).map(|i| i * size))
    }

    #[track_caller]
    fn parts(&self, axis: usize, at: impl Iterator<Item = usize>) -> Vec<Self> {
        let (mut parts, mut start) = (vec![], 0);
        for end in at.chain([self.shape()[axis]]) {
            parts.push(self.section(axis, start, end - start));
            start = end;
        }
        parts
    }

    /// Wider by `widths[i]` = (before, after) along axis `i`: x̄ is the part of ȳ that is x, and, where elements are repeated
    /// around it, the sum over their copies as well.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use wengert::Pad;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// let around = |pad| x.pad(&[(1, 2)], pad).value().iter().copied().collect::<Vec<_>>();
    /// assert_eq!(around(Pad::Constant(0.0)), [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]);
    /// assert_eq!(around(Pad::Edge), [1.0, 1.0, 2.0, 3.0, 3.0, 3.0]);
    /// assert_eq!(around(Pad::Reflect), [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
    /// assert_eq!(x.pad(&[(1, 2)], Pad::Edge).sum().backward().wrt(x), arr1(&[2.0, 1.0, 3.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where `widths` has not one pair for each axis, there is no element to repeat, or no array has so many elements.
    #[track_caller]
    pub fn pad(&self, widths: &[(usize, usize)], with: Pad) -> Self {
        let shape = self.shape();
        let fits = |(&n, &around): (&usize, &(usize, usize))| n > 0 || around == (0, 0);
        if widths.len() != shape.len() {
            let need = format!("{} pairs of widths are not one for each axis", widths.len());
            or_panic("pad", Err(ShapeError::unfit(shape, need)))
        }
        let wider = |(&n, &(before, after)): (&usize, &(usize, usize))| {
            n.saturating_add(before).saturating_add(after)
        };
        let wide: Dims = shape.iter().zip(widths).map(wider).collect();
        or_panic("pad", shape::possible(&wide));
        if let Pad::Constant(fill) = with {
            let mut picks = SmallVec::new();
            for (&len, &(start, _)) in shape.iter().zip(widths) {
                picks.push(Pick::Range { start, step: 1, len });
            }
            let shape = wide;
            return Self(V::apply(Embed { picks, shape, fill }, &[&self.0]));
        }
        if !shape.iter().zip(widths).all(fits) {
            or_panic(
                "pad",
                Err(ShapeError::unfit(shape, "there is no element to repeat")),
            )
        }
        let mut y = self.clone();
        for (axis, &(before, after)) in widths.iter().enumerate() {
            if before + after > 0 {
                let n = self.shape()[axis];
                let sources = (0..before + n + after).map(|i| with.source(i as isize - before as isize, n));
                y = y.take_indices(axis, self.0.indices(before + n + after, sources));
            }
        }
        y
    }

    /// Matrices with the last axis on their diagonal number `k` (0 is the main one, 1 the one above it), 0 elsewhere: x̄ is the
    /// diagonal of ȳ.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// let y = x.diag(0);
    /// assert_eq!(y.value(), arr2(&[[1.0, 0.0], [0.0, 2.0]]).into_dyn());
    /// assert_eq!(y.diagonal(0).value(), x.value());
    /// assert_eq!(x.diag(-1).shape(), [3, 3]);
    /// ```
    ///
    /// # Panics
    /// Where there is no axis, or no array has so many elements.
    #[track_caller]
    pub fn diag(&self, k: isize) -> Self {
        let Some((&len, batch)) = self.shape().split_last() else {
            or_panic(
                "diag",
                Err(ShapeError::unfit(self.shape(), "a diagonal has an axis")),
            )
        };
        let n = len.saturating_add(k.unsigned_abs());
        let mut shape = Dims::from(batch);
        shape.extend([n, n]);
        or_panic("diag", shape::possible(&shape));
        let mut picks: SmallVec<[Pick; 4]> = SmallVec::new();
        picks.extend(batch.iter().map(whole));
        picks.push(on_diagonal([n, n], k));
        let mut flat = Dims::from(batch);
        flat.push(n * n);
        let embed = Embed {
            picks,
            shape: flat,
            fill: 0.0,
        };
        Self(V::apply(embed, &[&self.0])).reshape(shape)
    }

    /// Diagonal number `k` (0 is the main one, 1 the one above it) of matrices, the last two axes: x̄ is ȳ on that diagonal,
    /// nothing elsewhere. See [`Term::diag`] for an example.
    ///
    /// # Panics
    /// Where there are fewer than two axes, or the matrices have no such diagonal.
    #[track_caller]
    pub fn diagonal(&self, k: isize) -> Self {
        let [m, n] = or_panic("diagonal", matrix(self.shape()));
        if k < -m || k > n {
            let need = format!("there is no diagonal number {k}");
            or_panic("diagonal", Err(ShapeError::unfit(self.shape(), need)))
        }
        let batch = &self.shape()[..self.shape().len() - 2];
        let mut picks: SmallVec<[Pick; 4]> = SmallVec::new();
        picks.extend(batch.iter().map(whole));
        picks.push(on_diagonal([m as usize, n as usize], k));
        let mut flat = Dims::from(batch);
        flat.push((m * n) as usize);
        let flat = self.reshape(flat);
        Self(V::apply(Slice { picks }, &[&flat.0]))
    }

    /// The coordinates of a grid: for terms of one axis each, arrays of the common shape (n₀, n₁, …) of which the k-th varies
    /// along axis k only, `yₖ[i₀, i₁, …] = xₖ[iₖ]` (NumPy's `meshgrid` with `indexing="ij"`): x̄ₖ is ȳₖ summed over the other
    /// axes. Views.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// use wengert::Tensor;
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 4.0, 5.0])));
    /// let grid = Tensor::meshgrid(&[a, b]);
    /// assert_eq!(grid[0].value(), arr2(&[[1.0; 3], [2.0; 3]]).into_dyn());
    /// assert_eq!(grid[1].value(), arr2(&[[3.0, 4.0, 5.0]; 2]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where a term has not one axis.
    #[track_caller]
    pub fn meshgrid(terms: &[Self]) -> Vec<Self> {
        let mut shape = Dims::new();
        for term in terms {
            match *term.shape() {
                [n] => shape.push(n),
                _ => or_panic(
                    "meshgrid",
                    Err(ShapeError::unfit(term.shape(), "one axis is needed")),
                ),
            }
        }
        let mut grid = vec![];
        for (k, term) in terms.iter().enumerate() {
            let mut own = Dims::from_elem(1, terms.len());
            own[k] = shape[k];
            grid.push(term.reshape(own).broadcast_to(&shape));
        }
        grid
    }
}

/// Where a diagonal lies among the row-major elements of a matrix.
fn on_diagonal([m, n]: [usize; 2], k: isize) -> Pick {
    let (row, column) = if k < 0 {
        (k.unsigned_abs(), 0)
    } else {
        (0, k.unsigned_abs())
    };
    let len = (m - row.min(m)).min(n - column.min(n));
    let start = if len == 0 { 0 } else { row * n + column };
    let step = n as isize + 1;
    Pick::Range { start, step, len }
}
