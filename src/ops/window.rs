//! Windows and bands.
//!
//! | op | value | adjoint |
//! |---|---|---|
//! | [`Windows`] | yᵢⱼ = x at i·step + j: a view whose rows overlap | [`Overlap`]: windows added into place |
//! | [`Band`] | y = x within a band of diagonals, 0 elsewhere | the same band of ȳ |
//!
//! Both could be composed of [`Take`](super::index::Take) with lists of indices. Windows have rules of their own because
//! a view costs nothing where the list copies each element as often as windows cover it, and the adjoint adds runs of memory.
//! A band has one because rules of linear algebra take it of whole matrices, and a list of indices is as large as they.

use super::{ArrayRule, ArrayValue, Term, Zeros, or_panic};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};

/// Windows of `size` elements along an axis, one at every multiple of `step`; a new last axis runs within a window.
#[derive(Debug, Clone)]
pub struct Windows {
    axis: usize,
    size: usize,
    step: usize,
}

/// The adjoint of [`Windows`]: windows added into place along an axis of extent `n`, structural zeros elsewhere.
#[derive(Debug, Clone)]
pub struct Overlap {
    axis: usize,
    size: usize,
    step: usize,
    n: usize,
}

/// The elements of matrices on the diagonals `low..=high` (0 is the main one, 1 the one above); `fill` elsewhere.
#[derive(Debug, Clone)]
pub struct Band {
    diagonals: [isize; 2],
    fill: f64,
}

impl ArrayRule for Windows {
    const ZEROS: Zeros = Zeros::Made;
    const TANGENT_ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "sliding_windows"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let Self { axis, size, step } = *self;
        let n = x[0][axis];
        if size == 0 || step == 0 || size > n {
            let need = format!("no windows of {size} elements, {step} apart, along axis {axis}");
            return Err(ShapeError::unfit(x[0], need));
        }
        let mut shape = Dims::from(x[0]);
        shape[axis] = (n - size) / step + 1;
        shape.push(size);
        Ok(shape)
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].windows(self.axis, self.size, self.step)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let Self { axis, size, step } = *self;
        let n = x[0].shape()[axis];
        let overlap = Overlap { axis, size, step, n };
        Term(V::apply(overlap, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for Overlap {
    const ZEROS: Zeros = Zeros::Moved;
    const TANGENT_ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "overlap"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let mut shape: Dims = x[0][..x[0].len() - 1].into();
        shape[self.axis] = self.n;
        Ok(shape)
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].overlap(self.axis, self.step, self.n)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let Self { axis, size, step, .. } = *self;
        Term(V::apply(Windows { axis, size, step }, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for Band {
    const ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "band"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].band(self.diagonals, T::lit(self.fill))
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let (diagonals, fill) = (self.diagonals, f64::NONE);
        Term(V::apply(Self { diagonals, fill }, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        self.vjp(k, x, y, t)
    }
}

impl<V: ArrayValue> Term<V> {
    /// Sliding windows of `size` elements along `axis`, one at every multiple of `step`, `yᵢⱼ = x at i·step + j`: x̄ is the
    /// sum of the windows of ȳ that cover an element, and nothing where none does. The axis counts the windows, a new last
    /// axis runs within a window (as in NumPy's `sliding_window_view`). A view: nothing is copied.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0, 4.0]));
    /// let y = x.sliding_windows(0, 2, 1);
    /// assert_eq!(y.value(), arr2(&[[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[1.0, 2.0, 2.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist, `size` or `step` is 0, or the axis is shorter than a window.
    #[track_caller]
    pub fn sliding_windows(&self, axis: isize, size: usize, step: usize) -> Self {
        let axis = self.axis_of("sliding_windows", axis);
        // However far apart, the second one begins beyond the end.
        let step = step.min(self.shape()[axis].max(1));
        Self(V::apply(Windows { axis, size, step }, &[&self.0]))
    }

    /// Lower triangle of matrices, the last two axes: `y = x` up to the diagonal number `k` (0 is the main one, 1 the one
    /// above it), 0 above; x̄ = ȳ there, and nothing above.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(x.tril(0).value(), arr2(&[[1.0, 0.0], [3.0, 4.0]]).into_dyn());
    /// assert_eq!(x.triu(1).value(), arr2(&[[0.0, 2.0], [0.0, 0.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where there are fewer than two axes.
    #[track_caller]
    pub fn tril(&self, k: isize) -> Self {
        let [rows, columns] = or_panic("tril", matrix(self.shape()));
        self.band([-rows, k.clamp(-rows, columns)])
    }

    /// Upper triangle of matrices, the last two axes: `y = x` from the diagonal number `k` on, 0 below; x̄ = ȳ there, and
    /// nothing below. See [`Term::tril`].
    ///
    /// # Panics
    /// Where there are fewer than two axes.
    #[track_caller]
    pub fn triu(&self, k: isize) -> Self {
        let [rows, columns] = or_panic("triu", matrix(self.shape()));
        self.band([k.clamp(-rows, columns), columns])
    }

    #[track_caller]
    fn band(&self, diagonals: [isize; 2]) -> Self {
        Self(V::apply(Band { diagonals, fill: 0.0 }, &[&self.0]))
    }
}

/// The extents of the last two axes.
pub(super) fn matrix(shape: &[usize]) -> Result<[isize; 2], ShapeError> {
    match *shape {
        [.., m, n] => Ok([m as isize, n as isize]),
        _ => Err(ShapeError::unfit(shape, "matrices have two axes")),
    }
}
