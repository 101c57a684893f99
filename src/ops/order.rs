//! Order: positions of elements along an axis, and the elements there.
//!
//! Positions have no derivative. Everything that returns elements is composed: it finds positions and takes the elements from
//! them, so each chosen element receives its ȳ, the others nothing, and derivatives of every order are there. Unlike the
//! maximum over axes, which shares among equal elements, a choice is one element: the returned index.
//!
//! NaN counts as larger than everything, as in NumPy's sort; equal elements keep their order (a stable sort).
//!
//! The positions are found while recording. Nothing in the record says that other elements would have been chosen at another
//! point.

use super::{ArrayValue, Lit, Term, or_panic};
use crate::dense::{argmax, argsort, top};
use crate::error::{Dims, ShapeError};
use crate::shape;
use ndarray::{ArrayD, Axis};
use num_traits::Float;

impl<V: ArrayValue> Term<V> {
    /// The position along `axis` of the largest element of each lane, the first of equal ones, or of the first NaN. The axis
    /// goes away. Without a derivative.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 3.0], [2.0, 0.0]]));
    /// assert_eq!(x.argmax(1).into_raw_vec_and_offset().0, [1, 0]);
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist, or has no elements to choose from.
    #[track_caller]
    pub fn argmax(&self, axis: isize) -> ArrayD<usize> {
        let (axis, positions) = self.extreme("argmax", axis, false);
        positions.index_axis_move(Axis(axis), 0)
    }

    /// The position of the smallest element; as [`Term::argmax`].
    ///
    /// # Panics
    /// Where the axis does not exist, or has no elements to choose from.
    #[track_caller]
    pub fn argmin(&self, axis: isize) -> ArrayD<usize> {
        let (axis, positions) = self.extreme("argmin", axis, true);
        positions.index_axis_move(Axis(axis), 0)
    }

    /// The largest element along `axis`, which goes away, and its position, the first of equal ones, or of the first NaN. That
    /// element receives all of ȳ, where [`Term::max_axes`] shares. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 3.0, 3.0]));
    /// let (y, position) = x.max_with_index(0);
    /// assert_eq!(position[[]], 1);
    /// assert_eq!(y.item().backward().wrt(x), arr1(&[0.0, 1.0, 0.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist, or has no elements to choose from.
    #[track_caller]
    pub fn max_with_index(&self, axis: isize) -> (Self, ArrayD<usize>) {
        let (axis, positions) = self.extreme("max_with_index", axis, false);
        let y = self.only_one_at(axis, &positions);
        (y, positions.index_axis_move(Axis(axis), 0))
    }

    /// The smallest element along `axis` and its position, of equal ones the first: x̄ is ȳ there, nothing elsewhere, as of
    /// [`Term::max_with_index`].
    ///
    /// # Panics
    /// Where the axis does not exist, or has no elements to choose from.
    #[track_caller]
    pub fn min_with_index(&self, axis: isize) -> (Self, ArrayD<usize>) {
        let (axis, positions) = self.extreme("min_with_index", axis, true);
        let y = self.only_one_at(axis, &positions);
        (y, positions.index_axis_move(Axis(axis), 0))
    }

    /// The positions along `axis` of the elements in ascending order, equal ones in the order in which they lie, NaN last.
    /// Without a derivative.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 3.0, 1.0]));
    /// assert_eq!(x.argsort(0), arr1(&[2, 0, 1]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn argsort(&self, axis: isize) -> ArrayD<usize> {
        let axis = self.axis_of("argsort", axis);
        self.positions(axis, self.shape()[axis], argsort)
    }

    /// The elements along `axis` in ascending order, equal ones in the order in which they lie, NaN last: x̄ is ȳ where its
    /// element came from. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 3.0, 1.0]));
    /// let y = x.sort(0);
    /// assert_eq!(y.value(), arr1(&[1.0, 2.0, 3.0]).into_dyn());
    /// let loss = (y * arr1(&[10.0, 20.0, 30.0])).sum();
    /// assert_eq!(loss.backward().wrt(x), arr1(&[20.0, 30.0, 10.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn sort(&self, axis: isize) -> Self {
        let axis = self.axis_of("sort", axis);
        let positions = self.positions(axis, self.shape()[axis], argsort);
        self.take_along_axis(axis as isize, &positions)
    }

    /// The `k` largest elements along `axis` in descending order, and their positions; of equal ones the first, NaN before
    /// all: x̄ is ȳ where its element came from, nothing elsewhere. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 3.0, 1.0]));
    /// let (y, positions) = x.topk(2, 0);
    /// assert_eq!(y.value(), arr1(&[3.0, 2.0]).into_dyn());
    /// assert_eq!(positions, arr1(&[1, 0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[1.0, 1.0, 0.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist or has less than `k` elements.
    #[track_caller]
    pub fn topk(&self, k: usize, axis: isize) -> (Self, ArrayD<usize>) {
        let axis = self.axis_of("topk", axis);
        let n = self.shape()[axis];
        let enough = || {
            ShapeError::unfit(
                self.shape(),
                format!("there are no {k} elements along axis {axis}"),
            )
        };
        or_panic("topk", (k <= n).then_some(()).ok_or_else(enough));
        let positions = self.positions(axis, k, top);
        (self.take_along_axis(axis as isize, &positions), positions)
    }

    /// The element along `axis`, which goes away, that has the place `k` in ascending order, counted from 0; NaN last. It
    /// receives ȳ. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 3.0, 1.0]));
    /// assert_eq!(x.kth_smallest(1, 0).item().value(), 2.0);
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist or has no such place.
    #[track_caller]
    pub fn kth_smallest(&self, k: usize, axis: isize) -> Self {
        let axis = self.axis_of("kth_smallest", axis);
        let place = || ShapeError::unfit(self.shape(), format!("there is no place {k} along axis {axis}"));
        let inside = k < self.shape()[axis];
        or_panic("kth_smallest", inside.then_some(()).ok_or_else(place));
        let positions = self.positions(axis, 1, |x, position| {
            let mut order = vec![0; x.len()];
            argsort(x, &mut order);
            position[0] = order[k];
        });
        self.only_one_at(axis, &positions)
    }

    /// Median over `axes`, which go away: the element in the middle, which receives ȳ, or the mean of the two in the middle,
    /// which receive ȳ/2 each. A lane with a NaN has the median NaN, from the first one. NaN for no elements. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[4.0, 1.0, 9.0, 2.0]));
    /// let y = x.median_axes([0]).item();
    /// assert_eq!(y.value(), 3.0);
    /// assert_eq!(y.backward().wrt(x), arr1(&[0.5, 0.0, 0.0, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn median_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.quantile_over(0.5, &self.axes_of("median", axes.as_ref()), false)
    }

    /// As [`Term::median_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn median_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.quantile_over(0.5, &self.axes_of("median", axes.as_ref()), true)
    }

    /// Quantile over `axes`, which go away: what lies at the place `q·(n − 1)` in ascending order, on the line between its two
    /// neighbours, `y = (1 − w)·a + w·b`: they receive (1 − w)·ȳ and w·ȳ. NaN and no elements as for [`Term::median_axes`].
    /// Composed.
    ///
    /// # Panics
    /// Where `q` is not between 0 and 1, or an axis does not exist or is named twice.
    #[track_caller]
    pub fn quantile_axes(&self, q: f64, axes: impl AsRef<[isize]>) -> Self {
        self.quantile_over(q, &self.axes_of("quantile", axes.as_ref()), false)
    }

    /// As [`Term::quantile_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn quantile_keep(&self, q: f64, axes: impl AsRef<[isize]>) -> Self {
        self.quantile_over(q, &self.axes_of("quantile", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn quantile_over(&self, q: f64, axes: &[usize], keep: bool) -> Self {
        assert!((0.0..=1.0).contains(&q), "quantile: {q} is not between 0 and 1");
        let n = self.count(axes);
        if n == 0 {
            return self.mean_over(axes, keep);
        }
        let shape = shape::reduced(self.shape(), axes, keep);
        let kept = (0..self.shape().len()).filter(|i| !axes.contains(i));
        let order: Dims = kept.chain(axes.iter().copied()).collect();
        let lanes = self.permute(order).reshape([shape::size(&shape), n]);
        let place = q * (n - 1) as f64;
        let (low, w) = (place.floor() as usize, place.fract());
        let neighbours = lanes.positions(1, 2, |x, neighbours| {
            let mut order = vec![0; n];
            argsort(x, &mut order);
            // NaN is last in order: behind the numbers, the first of them.
            let nan = order.iter().position(|&i| x[i].is_nan());
            let at = |place: usize| order[nan.unwrap_or(place.min(n - 1))];
            (neighbours[0], neighbours[1]) = (at(low), at(low + 1));
        });
        let neighbours = lanes.take_along_axis(1, &neighbours);
        let [a, b] = [0, 1].map(|k| neighbours.section(1, k, 1));
        let y = match w == 0.0 {
            true => a,
            false => a * Lit(1.0 - w) + b * Lit(w),
        };
        y.reshape(shape)
    }

    /// The axis, and along it the position of the largest or the `least` element.
    #[track_caller]
    fn extreme(&self, name: &str, axis: isize, least: bool) -> (usize, ArrayD<usize>) {
        let axis = self.axis_of(name, axis);
        let some = self.shape()[axis] > 0;
        let none = || ShapeError::unfit(self.shape(), "there are no elements to choose from");
        or_panic(name, some.then_some(()).ok_or_else(none));
        let positions = self.positions(axis, 1, |x, position| position[0] = argmax(x, least));
        (axis, positions)
    }

    /// Positions along `axis`, `k` for each lane, by `choose(lane, positions)`.
    fn positions(&self, axis: usize, k: usize, choose: impl Fn(&[V::Elem], &mut [usize])) -> ArrayD<usize> {
        let mut shape = self.shape().to_vec();
        shape[axis] = k;
        let positions = self.0.elements().choose(axis, k, choose);
        ArrayD::from_shape_vec(shape, positions).expect("`k` positions for each lane")
    }

    /// The element at the one position of each lane along `axis`, which goes away.
    #[track_caller]
    fn only_one_at(&self, axis: usize, positions: &ArrayD<usize>) -> Self {
        let shape = shape::reduced(self.shape(), &[axis], false);
        self.take_along_axis(axis as isize, positions).reshape(shape)
    }
}
