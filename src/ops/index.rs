//! Taking elements and putting them together. Every op here is linear with ones and zeros for coefficients, so each
//! one's adjoint is another one:
//!
//! | op | adjoint |
//! |---|---|
//! | [`Slice`] | [`Embed`]: into place, with structural zeros around |
//! | [`Take`] (gather) | [`ScatterAdd`]: repeated indices add up |
//! | [`Concat`] | slices |

use super::rule::{Cotangent, Given, Parts, Sink};
use super::{ArrayRule, ArrayValue, Term, Zeros, or_panic};
use crate::Real;
use crate::dense::{Dense, Indices, Pick};
use crate::error::{Dims, ShapeError};
use crate::shape;
use ndarray::SliceInfoElem;
use smallvec::SmallVec;

/// What a slice takes along each axis.
pub type Picks = SmallVec<[Pick; 4]>;

/// Ranges and single elements along each axis.
#[derive(Debug, Clone)]
pub struct Slice {
    pub(super) picks: Picks,
}

/// The adjoint of a slice: the operand where it was taken from, a constant elsewhere; for a cotangent the structural zero.
#[derive(Debug, Clone)]
pub struct Embed {
    pub(super) picks: Picks,
    pub(super) shape: Dims,
    pub(super) fill: f64,
}

/// Slabs along an axis by index; indices may repeat.
#[derive(Debug, Clone)]
pub struct Take {
    pub(super) axis: usize,
    pub(super) indices: Indices,
}

/// The adjoint of [`Take`]: slabs added into place along an axis of extent `n`, structural zeros elsewhere.
#[derive(Debug, Clone)]
pub struct ScatterAdd {
    pub(super) axis: usize,
    pub(super) indices: Indices,
    pub(super) n: usize,
}

/// Operands one after the other along an axis.
#[derive(Debug, Clone)]
pub struct Concat {
    axis: usize,
}

impl ArrayRule for Slice {
    const ZEROS: Zeros = Zeros::Made;
    const TANGENT_ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "slice"
    }
    fn shape(&self, _: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(picked(&self.picks))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].slice(&self.picks)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        Term(g.0.embedded(&self.picks, x[0].shape(), true))
    }
    fn vjps_onto<V: ArrayValue>(&self, given: Given<'_, V>, to: &mut dyn Sink<V>) {
        if !given.wanted[0] {
            return;
        }
        let g = &given.g.0;
        if let Some(sum) = to.sum(0)
            && V::add_picked(&mut sum.value.0, &self.picks, g, given.partial)
        {
            return; // what nothing is added to stays what it is
        }
        let value = Term(g.embedded(&self.picks, given.x[0].shape(), given.partial));
        let partial = true;
        to.add(0, Cotangent { value, partial });
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for Embed {
    const ZEROS: Zeros = Zeros::Moved;
    const TANGENT_ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "embed"
    }
    fn shape(&self, _: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(self.shape.clone())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].embed(&self.picks, &self.shape, T::lit(self.fill), T::NONE)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let picks = self.picks.clone();
        Term(V::apply(Slice { picks }, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        let (picks, shape) = (self.picks.clone(), self.shape.clone());
        Term(V::apply(Self::linear(picks, shape), &[&t.0]))
    }
}

impl Embed {
    /// With structural zeros around: the linear map.
    pub(super) fn linear(picks: Picks, shape: Dims) -> Self {
        let fill = f64::NONE;
        Self { picks, shape, fill }
    }
}

impl ArrayRule for Take {
    const ZEROS: Zeros = Zeros::Made;
    const TANGENT_ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "take"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let n = x[0][self.axis];
        if let Some(&i) = self.indices.iter().find(|&&i| i >= n) {
            return Err(ShapeError::Index {
                index: i as isize,
                axis: self.axis,
                shape: x[0].into(),
            });
        }
        let mut shape = Dims::from(x[0]);
        shape[self.axis] = self.indices.len();
        Ok(shape)
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].take(self.axis, &self.indices)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let (axis, n) = (self.axis, x[0].shape()[self.axis]);
        let indices = self.indices.clone();
        Term(V::apply(ScatterAdd { axis, indices, n }, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for ScatterAdd {
    const ZEROS: Zeros = Zeros::Moved;
    const TANGENT_ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "scatter_add"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let mut shape = Dims::from(x[0]);
        shape[self.axis] = self.n;
        Ok(shape)
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].scatter_add(self.axis, &self.indices, self.n)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        g.take_indices(self.axis, self.indices.clone())
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for Concat {
    const ZEROS: Zeros = Zeros::Moved;
    const TANGENT_ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "concat"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let mut shape = Dims::from(x[0]);
        for other in &x[1..] {
            let others = |s: &[usize]| -> Dims {
                let kept = s.iter().enumerate().filter(|&(i, _)| i != self.axis);
                kept.map(|(_, &n)| n).collect()
            };
            if other.len() != shape.len() || others(other) != others(&shape) {
                let need = "all extents but the joined one must agree";
                return Err(ShapeError::mismatch(x[0], other, need));
            }
            shape[self.axis] += other[self.axis];
        }
        Ok(shape)
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        Dense::concat(self.axis, x)
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let before = x[..k].iter().map(|x| self.extent(x)).sum();
        g.section(self.axis, before, self.extent(x[k]))
    }
    fn vjps<V: ArrayValue>(&self, wanted: &[bool], x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Parts<V> {
        let mut before = 0;
        let part = |(x, &wanted): (&&Term<V>, &bool)| {
            let (start, len) = (before, self.extent(x));
            before += len;
            wanted.then(|| g.section(self.axis, start, len))
        };
        x.iter().zip(wanted).map(part).collect()
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let before = x[..k].iter().map(|x| self.extent(x)).sum();
        let picks = section(y.shape(), self.axis, before, self.extent(x[k]));
        Term(V::apply(Embed::linear(picks, y.shape().into()), &[&t.0]))
    }
}

impl Concat {
    fn extent<V: ArrayValue>(&self, x: &Term<V>) -> usize {
        x.shape()[self.axis]
    }
}

/// The shape of a slice.
pub(super) fn picked(picks: &[Pick]) -> Dims {
    let extent = |p: &Pick| match *p {
        Pick::Range { len, .. } => Some(len),
        Pick::Index(_) => None,
        Pick::New => Some(1),
    };
    picks.iter().filter_map(extent).collect()
}

/// ndarray's slice arguments, resolved against a shape; axes that are not mentioned are taken whole.
pub(super) fn resolve(info: &[SliceInfoElem], shape: &[usize]) -> Result<Picks, ShapeError> {
    let mut picks = Picks::new();
    let mut axis = 0;
    for elem in info {
        if matches!(elem, SliceInfoElem::NewAxis) {
            picks.push(Pick::New);
            continue;
        }
        let Some(&n) = shape.get(axis) else {
            return Err(ShapeError::unfit(
                shape,
                "the slice names more axes than there are",
            ));
        };
        let from_end = |i: isize| if i < 0 { i + n as isize } else { i };
        let inside = |i: isize, most: usize| match usize::try_from(from_end(i)) {
            Ok(j) if j <= most => Ok(j),
            _ => Err(ShapeError::Index {
                index: i,
                axis,
                shape: shape.into(),
            }),
        };
        picks.push(match *elem {
            SliceInfoElem::Index(i) if n > 0 => Pick::Index(inside(i, n - 1)?),
            SliceInfoElem::Slice { start, end, step } if step != 0 => {
                let first = inside(start, n)?;
                let end = end.map_or(Ok(n), |e| inside(e, n))?.max(first);
                let len = (end - first).div_ceil(step.unsigned_abs());
                let start = if step < 0 && len > 0 { end - 1 } else { first };
                // To nowhere, however far it is.
                let step = if len > 1 { step } else { 1 };
                Pick::Range { start, step, len }
            }
            _ => {
                return Err(ShapeError::unfit(
                    shape,
                    format!("cannot take {elem} along axis {axis}"),
                ));
            }
        });
        axis += 1;
    }
    picks.extend(shape[axis..].iter().map(whole));
    Ok(picks)
}

/// `len` neighbours along an axis.
fn range(start: usize, len: usize) -> Pick {
    Pick::Range { start, step: 1, len }
}

/// All of an axis of extent `n`.
pub(super) fn whole(&n: &usize) -> Pick {
    range(0, n)
}

/// `len` neighbours along one axis of an array of this shape, and all of the others.
fn section(shape: &[usize], axis: usize, start: usize, len: usize) -> Picks {
    let mut picks: Picks = shape.iter().map(whole).collect();
    picks[axis] = range(start, len);
    picks
}

impl<V: ArrayValue> Term<V> {
    /// A slice, written with ndarray's [`s!`](ndarray::s): ranges with steps, negative positions counting from the end, single
    /// indices (whose axis goes away), new axes. Axes that are not mentioned are taken whole. x̄ is ȳ in place, nothing
    /// elsewhere.
    ///
    /// ```
    /// use ndarray::{arr1, s};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0, 4.0]));
    /// let y = x.slice(s![1..;2]);
    /// assert_eq!(y.value(), arr1(&[2.0, 4.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[0.0, 1.0, 0.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where a position is out of bounds or there are more positions than axes.
    #[track_caller]
    pub fn slice(&self, info: impl AsRef<[SliceInfoElem]>) -> Self {
        let picks = or_panic("slice", resolve(info.as_ref(), self.shape()));
        Self(V::apply(Slice { picks }, &[&self.0]))
    }

    /// The slabs `indices` along `axis` (gather), in this order, repeats allowed; for a matrix and axis 0: rows. The
    /// cotangents of a repeated slab add up.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// let y = x.take(0, &[2, 0, 2]);
    /// assert_eq!(y.value(), arr1(&[3.0, 1.0, 3.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[1.0, 0.0, 2.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist or an index is out of bounds.
    #[track_caller]
    pub fn take(&self, axis: isize, indices: &[usize]) -> Self {
        let axis = self.axis_of("take", axis);
        self.take_list(axis, indices)
    }

    /// [`Term::take`] along an axis that exists.
    #[track_caller]
    pub(super) fn take_list(&self, axis: usize, list: &[usize]) -> Self {
        let indices = self.0.indices(list.len(), list.iter().copied());
        self.take_indices(axis, indices)
    }

    #[track_caller]
    pub(crate) fn take_indices(&self, axis: usize, indices: Indices) -> Self {
        Self(V::apply(Take { axis, indices }, &[&self.0]))
    }

    /// A section of length `len` along `axis`, from `start` on.
    #[track_caller]
    pub(super) fn section(&self, axis: usize, start: usize, len: usize) -> Self {
        let picks = section(self.shape(), axis, start, len);
        Self(V::apply(Slice { picks }, &[&self.0]))
    }

    /// The inverse: this section among structural zeros, from `start` on along `axis`, whose extent becomes `n`.
    #[track_caller]
    pub(super) fn embedded(&self, axis: usize, start: usize, n: usize) -> Self {
        let picks = section(self.shape(), axis, start, self.shape()[axis]);
        let mut shape = Dims::from(self.shape());
        shape[axis] = n;
        Self(V::apply(Embed::linear(picks, shape), &[&self.0]))
    }

    /// The terms one after the other along `axis`; each receives its part of ȳ.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use wengert::Tensor;
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr1(&[1.0])), tape.tensor(&arr1(&[2.0, 3.0])));
    /// assert_eq!(Tensor::concat(&[a, b], 0).value(), arr1(&[1.0, 2.0, 3.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where there are no terms, the axis does not exist, or the other extents differ.
    #[track_caller]
    pub fn concat(terms: &[Self], axis: isize) -> Self {
        assert!(!terms.is_empty(), "concat: there is nothing to join");
        let axis = terms[0].axis_of("concat", axis);
        let operands: SmallVec<[&V; 4]> = terms.iter().map(|t| &t.0).collect();
        Self(V::apply(Concat { axis }, &operands))
    }

    /// The elements of all terms as one with a single axis: how an op returns several results. Each term receives its part
    /// of ȳ. See [`Term::unpack`].
    ///
    /// # Panics
    /// Where there are no terms.
    #[track_caller]
    pub fn pack(terms: &[Self]) -> Self {
        let flat = terms.iter().map(|t| t.reshape([shape::size(t.shape())]));
        Self::concat(&flat.collect::<SmallVec<[Self; 4]>>(), 0)
    }

    /// The parts of a term with a single axis, in their shapes: the inverse of [`Term::pack`]. x̄ is made of the parts'
    /// cotangents.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// use wengert::Tensor;
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr2(&[[1.0, 2.0]])), tape.tensor(&arr1(&[3.0])));
    /// let both = Tensor::pack(&[a, b]).exp();
    /// let parts = both.unpack(&[&[1, 2], &[1]]);
    /// assert_eq!(parts[0].shape(), [1, 2]);
    /// assert_eq!(parts[1].value(), arr1(&[3.0_f64.exp()]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the term has not one axis with as many elements as the shapes have together.
    #[track_caller]
    pub fn unpack(&self, shapes: &[&[usize]]) -> Vec<Self> {
        let total = shapes
            .iter()
            .map(|s| shape::size(s))
            .fold(0, usize::saturating_add);
        assert!(
            self.shape() == [total],
            "unpack: the shape {:?} has not the {total} elements of {shapes:?}",
            self.shape()
        );
        for shape in shapes {
            or_panic("unpack", shape::possible(shape));
        }
        let mut start = 0;
        let part = |shape: &&[usize]| {
            let len = shape::size(shape);
            let picks = [range(start, len)].into_iter().collect();
            start += len;
            Self(V::apply(Slice { picks }, &[&self.0])).reshape(shape)
        };
        shapes.iter().map(part).collect()
    }
}
