//! Reading and writing at indices. "Writing" makes a new array: nothing on a tape changes.
//!
//! All is composed of two linear ops, whose adjoints are each other: [`Take`](super::index::Take) and [`ScatterAdd`].
//! Writing is then taking as well, from the old elements and the new ones end to end: where index k was written, the
//! result takes what was written there last, elsewhere the old element. So a cotangent goes to what is visible in the
//! result, and nothing to an old element that was overwritten or to a write that another one covered.

use super::index::{ScatterAdd, picked, resolve};
use super::{ArrayValue, Term, or_panic};
use crate::Real;
use crate::dense::each_pick;
use crate::error::{Dims, ShapeError};
use crate::shape;
use ndarray::{Array2, ArrayBase, Data, Dimension, IxDyn, SliceInfoElem};

/// Where an array of indices along an axis points.
struct Places {
    /// The shape of the indices, broadcast.
    shape: Dims,
    /// For each index the row-major number of an element.
    numbers: Vec<usize>,
}

/// Resolves indices along `axis` of `shape`; the other extents broadcast to those of `shape`.
fn places<S, D>(indices: &ArrayBase<S, D>, axis: usize, shape: &[usize]) -> Result<Places, ShapeError>
where
    S: Data<Elem = usize>,
    D: Dimension,
{
    let mut wide = Dims::from(shape);
    if let (true, Some(&n)) = (indices.ndim() == shape.len(), indices.shape().get(axis)) {
        wide[axis] = n;
    }
    let Some(list) = indices
        .broadcast(IxDyn(&wide))
        .filter(|_| indices.ndim() == shape.len())
    else {
        let need = "indices must fit in all extents but that of the axis";
        return Err(ShapeError::mismatch(shape, indices.shape(), need));
    };
    let n = shape[axis];
    if let Some(&index) = list.iter().find(|&&i| i >= n) {
        let (index, shape) = (index as isize, shape.into());
        return Err(ShapeError::Index { index, axis, shape });
    }
    let inner = shape::size(&shape[axis + 1..]);
    let slab = (wide[axis] * inner).max(1);
    let number = |(k, &i): (usize, &usize)| (k / slab * n + i) * inner + k % inner;
    let numbers = list.iter().enumerate().map(number).collect();
    Ok(Places { shape: wide, numbers })
}

/// For each of `n` elements where it is found after writing, among the old elements and then the written ones.
fn visible(n: usize, written: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut source: Vec<usize> = (0..n).collect();
    for (k, at) in written.into_iter().enumerate() {
        source[at] = n + k;
    }
    source
}

/// Rows with a 1 at each index and 0 elsewhere, `classes` wide: a constant array.
///
/// ```
/// use ndarray::arr2;
/// assert_eq!(wengert::one_hot::<f64>(&[2, 0], 3), arr2(&[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]));
/// ```
///
/// # Panics
/// Where an index is not below `classes`, or no array has so many elements.
#[track_caller]
pub fn one_hot<T: Real>(indices: &[usize], classes: usize) -> Array2<T> {
    or_panic("one_hot", shape::possible(&[indices.len(), classes]));
    let mut rows = Array2::zeros((indices.len(), classes));
    for (k, &i) in indices.iter().enumerate() {
        assert!(
            i < classes,
            "one_hot: index {i} is not below the {classes} classes"
        );
        rows[[k, i]] = T::one();
    }
    rows
}

impl<V: ArrayValue> Term<V> {
    /// One element for each index along `axis`: for matrices and axis 1, `yᵢⱼ = x[i, indices[i, j]]`; x̄ is ȳ added up where it
    /// was taken from. Extents of the indices beside that of the axis may be 1 and are then repeated.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let y = x.take_along_axis(1, &arr2(&[[1, 1, 0], [0, 0, 0]]));
    /// assert_eq!(y.value(), arr2(&[[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr2(&[[1.0, 2.0], [3.0, 0.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist, the indices have another number of axes or do not fit beside the axis, or an index is
    /// out of bounds.
    #[track_caller]
    pub fn take_along_axis<S, D>(&self, axis: isize, indices: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = usize>,
        D: Dimension,
    {
        let axis = self.axis_of("take_along_axis", axis);
        let places = or_panic("take_along_axis", places(indices, axis, self.shape()));
        self.flatten().take_list(0, &places.numbers).reshape(places.shape)
    }

    /// The elements where `mask` is true, in row-major order, along one axis; a mask of fewer axes stands for the first ones
    /// and takes what lies behind them whole. x̄ is ȳ in place, nothing where the mask is false.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let large = x.value().mapv(|x| x > 1.5);
    /// assert_eq!(x.mask_select(&large).value(), arr1(&[2.0, 3.0, 4.0]).into_dyn());
    /// assert_eq!(x.mask_select(&arr1(&[false, true])).value(), arr2(&[[3.0, 4.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the mask's extents are not those of the first axes.
    #[track_caller]
    pub fn mask_select<S, D>(&self, mask: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = bool>,
        D: Dimension,
    {
        let (masked, whole) = self.shape().split_at(mask.ndim().min(self.shape().len()));
        if masked != mask.shape() {
            let need = "the mask's extents must be those of the first axes";
            let error = ShapeError::mismatch(self.shape(), mask.shape(), need);
            or_panic("mask_select", Err(error))
        }
        let taken = mask.iter().enumerate().filter(|&(_, &taken)| taken);
        let taken: Vec<usize> = taken.map(|(i, _)| i).collect();
        let mut rows = Dims::from_elem(shape::size(masked), 1);
        rows.extend(whole.iter().copied());
        self.reshape(rows).take_list(0, &taken)
    }

    /// This term with `src` written to one element for each index along `axis`, as [`Term::take_along_axis`] reads them. Of
    /// several writes to one element the last one wins (row-major order). x̄ is ȳ where nothing was written, and nothing where
    /// it was overwritten; each write that is visible in the result receives its ȳ, the others nothing.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// let src = tape.tensor(&arr1(&[10.0, 20.0]));
    /// let y = x.scatter(0, &arr1(&[1, 1]), &src);
    /// assert_eq!(y.value(), arr1(&[1.0, 20.0, 3.0]).into_dyn());
    /// let gradients = y.sum().backward();
    /// assert_eq!(gradients.wrt(x), arr1(&[1.0, 0.0, 1.0]).into_dyn());
    /// assert_eq!(gradients.wrt(src), arr1(&[0.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// As [`Term::take_along_axis`], and where `src` does not broadcast to the shape of the indices.
    #[track_caller]
    pub fn scatter<S, D>(&self, axis: isize, indices: &ArrayBase<S, D>, src: &Self) -> Self
    where
        S: Data<Elem = usize>,
        D: Dimension,
    {
        let (numbers, src) = self.writes("scatter", axis, indices, src);
        self.write(&src, numbers)
    }

    /// This term with `src` added to one element for each index along `axis`, as [`Term::take_along_axis`] reads them; several
    /// additions to one element add up. x̄ = ȳ, and s̄ is ȳ taken at the indices.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// let src = tape.tensor(&arr1(&[10.0, 20.0]));
    /// let y = x.scatter_add(0, &arr1(&[1, 1]), &src);
    /// assert_eq!(y.value(), arr1(&[1.0, 32.0, 3.0]).into_dyn());
    /// let gradients = y.sum().backward();
    /// assert_eq!(gradients.wrt(x), arr1(&[1.0, 1.0, 1.0]).into_dyn());
    /// assert_eq!(gradients.wrt(src), arr1(&[1.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// As [`Term::scatter`].
    #[track_caller]
    pub fn scatter_add<S, D>(&self, axis: isize, indices: &ArrayBase<S, D>, src: &Self) -> Self
    where
        S: Data<Elem = usize>,
        D: Dimension,
    {
        let (numbers, src) = self.writes("scatter_add", axis, indices, src);
        let n = shape::size(self.shape());
        self + src.added(0, &numbers, n).reshape(self.shape())
    }

    /// This term with the larger of an element and all that `src` brings to it, for one element for each index along `axis`,
    /// read as by `take_along_axis`: x̄ and s̄ are ȳ at the largest of them, ȳ/k at each of k equal ones, nothing elsewhere.
    ///
    /// Memory is needed for as many rows as there are elements, each as long as the most that one element is brought.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// let src = tape.tensor(&arr1(&[5.0, 2.0, 5.0]));
    /// let y = x.scatter_max(0, &arr1(&[0, 1, 0]), &src);
    /// assert_eq!(y.value(), arr1(&[5.0, 2.0]).into_dyn());
    /// let gradients = y.sum().backward();
    /// assert_eq!(gradients.wrt(x), arr1(&[0.0, 0.5]).into_dyn());
    /// assert_eq!(gradients.wrt(src), arr1(&[0.5, 0.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// As [`Term::scatter`].
    #[track_caller]
    pub fn scatter_max<S, D>(&self, axis: isize, indices: &ArrayBase<S, D>, src: &Self) -> Self
    where
        S: Data<Elem = usize>,
        D: Dimension,
    {
        let (numbers, src) = self.writes("scatter_max", axis, indices, src);
        let (n, m) = (shape::size(self.shape()), numbers.len());
        if n == 0 {
            return self.clone();
        }
        // A row of candidates for each element, filled up with one more that is never larger.
        let mut rivals: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
        for (k, &at) in numbers.iter().enumerate() {
            rivals[at].push(n + k);
        }
        let width = rivals.iter().map(Vec::len).max().unwrap_or(1);
        let mut table = Vec::with_capacity(n * width);
        for row in &rivals {
            table.extend_from_slice(row);
            table.resize(table.len() + width - row.len(), n + m);
        }
        let all = Self::concat(&[self.flatten(), src], 0);
        let all = all.pad(&[(0, 1)], super::Pad::Constant(f64::NEG_INFINITY));
        let candidates = all.take_list(0, &table).reshape([n, width]);
        candidates.max_axes([1]).reshape(self.shape())
    }

    /// This term with `src` written over the slabs `indices` along `axis`: what [`Term::take`] reads. The last write to a slab
    /// wins. x̄ is ȳ where nothing was written, and nothing where it was overwritten; each visible slab receives its ȳ.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let row = tape.tensor(&arr2(&[[7.0, 8.0]]));
    /// assert_eq!(x.put(0, &[1], &row).value(), arr2(&[[1.0, 2.0], [7.0, 8.0]]).into_dyn());
    /// assert_eq!(x.put_add(0, &[1], &row).value(), arr2(&[[1.0, 2.0], [10.0, 12.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist, an index is out of bounds, or `src` does not broadcast to the shape of what is
    /// overwritten.
    #[track_caller]
    pub fn put(&self, axis: isize, indices: &[usize], src: &Self) -> Self {
        let (axis, src) = self.slabs("put", axis, indices, src);
        let joined = Self::concat(&[self.clone(), src], axis as isize);
        joined.take_list(axis, &visible(self.shape()[axis], indices.iter().copied()))
    }

    /// This term with `src` added to the slabs `indices` along `axis`; an index named twice is added to twice. x̄ = ȳ, and s̄ is
    /// ȳ taken at the indices. See [`Term::put`] for an example.
    ///
    /// # Panics
    /// As [`Term::put`].
    #[track_caller]
    pub fn put_add(&self, axis: isize, indices: &[usize], src: &Self) -> Self {
        let (axis, src) = self.slabs("put_add", axis, indices, src);
        self + src.added(axis, indices, self.shape()[axis])
    }

    /// This term with `src` written over a slice of it: what [`Term::slice`] reads. x̄ is ȳ outside of the slice, nothing inside;
    /// s̄ is ȳ inside.
    ///
    /// ```
    /// use ndarray::{arr1, s};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0, 4.0]));
    /// let src = tape.tensor(&arr1(&[7.0, 8.0]));
    /// assert_eq!(x.with_slice(s![..;2], &src).value(), arr1(&[7.0, 2.0, 8.0, 4.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where a position is out of bounds, there are more positions than axes, or `src` does not broadcast to the slice.
    #[track_caller]
    pub fn with_slice(&self, info: impl AsRef<[SliceInfoElem]>, src: &Self) -> Self {
        let picks = or_panic("with_slice", resolve(info.as_ref(), self.shape()));
        let shape = picked(&picks);
        let src = src.fit("with_slice", &shape).flatten();
        let mut numbers = vec![0; shape::size(&shape)];
        each_pick(&picks, &shape::row_major(self.shape()), &shape, |i, at| {
            numbers[i] = at
        });
        self.write(&src, numbers)
    }

    /// The numbers of the elements that `indices` name along `axis`, and the elements of `src` that are brought to them.
    #[track_caller]
    fn writes<S, D>(
        &self,
        name: &str,
        axis: isize,
        indices: &ArrayBase<S, D>,
        src: &Self,
    ) -> (Vec<usize>, Self)
    where
        S: Data<Elem = usize>,
        D: Dimension,
    {
        let axis = self.axis_of(name, axis);
        let places = or_panic(name, places(indices, axis, self.shape()));
        (places.numbers, src.fit(name, &places.shape).flatten())
    }

    /// The elements of `src` written to these of this term.
    #[track_caller]
    fn write(&self, src: &Self, numbers: Vec<usize>) -> Self {
        let joined = Self::concat(&[self.flatten(), src.clone()], 0);
        let source = visible(shape::size(self.shape()), numbers);
        joined.take_list(0, &source).reshape(self.shape())
    }

    /// Axis and `src` of a write over slabs, checked.
    #[track_caller]
    fn slabs(&self, name: &str, axis: isize, indices: &[usize], src: &Self) -> (usize, Self) {
        let axis = self.axis_of(name, axis);
        let n = self.shape()[axis];
        if let Some(&index) = indices.iter().find(|&&i| i >= n) {
            let (index, shape) = (index as isize, self.shape().into());
            or_panic(name, Err(ShapeError::Index { index, axis, shape }))
        }
        let mut shape = Dims::from(self.shape());
        shape[axis] = indices.len();
        (axis, src.fit(name, &shape))
    }

    /// This term broadcast to what it is written to.
    #[track_caller]
    fn fit(&self, name: &str, shape: &[usize]) -> Self {
        match shape::broadcast(self.shape(), shape) {
            Ok(wide) if wide[..] == *shape => self.broadcast_to(shape),
            _ => {
                let error = ShapeError::Broadcast {
                    left: self.shape().into(),
                    right: shape.into(),
                };
                or_panic(name, Err(error))
            }
        }
    }

    /// Slabs added into place along an axis of extent `n`, nothing elsewhere.
    #[track_caller]
    fn added(&self, axis: usize, list: &[usize], n: usize) -> Self {
        let indices = self.0.indices(list.len(), list.iter().copied());
        Self(V::apply(ScatterAdd { axis, indices, n }, &[&self.0]))
    }
}
