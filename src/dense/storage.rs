//! How an ndarray array enters: copied, or lent.

use ndarray::{ArcArray1, ArrayBase, CowRepr, Data, Dimension, OwnedArcRepr, OwnedRepr, ViewRepr};

/// What holds the elements of an ndarray array: any of ndarray's storages. It decides whether the elements are copied when
/// the array enters a tape or becomes a [`Dense`](crate::Dense).
///
/// - An [`ArcArray`](ndarray::ArcArray) is *lent*: what enters is the array itself, a reference count more, whatever its size.
///   Nothing writes to it as long as it is lent, for an `ArcArray` that is shared is copied by whoever writes to it. So this is
///   never seen, except in time and memory: data that is used in every step is best kept in one, and the parameters of
///   [`nn`](crate::nn)'s layers are. Change them after [`Tape::clear`](crate::Tape::clear), in which the tape lets go of them;
///   before it, a change costs a copy.
/// - All others are copied: `Array`, which has one owner, views, `CowArray`, and an `ArcArray` that is not in row-major order.
///
/// ```
/// use ndarray::{ArcArray2, arr2};
/// let mut tape = wengert::Tape::new();
/// let mut w = ArcArray2::from(arr2(&[[1.0, 2.0], [3.0, 4.0]]));
/// let x = tape.tensor(&w);
/// assert_eq!(x.value().as_ptr(), w.as_ptr()); // nothing was copied
/// w[[0, 0]] = 5.0; // copies: the tape holds the array
/// assert_eq!(x.square().sum().backward().wrt(x), arr2(&[[2.0, 4.0], [6.0, 8.0]]).into_dyn());
/// tape.clear();
/// w[[0, 0]] = 6.0; // in place
/// ```
pub trait Storage: Data {
    /// All elements in row-major order, shared.
    #[doc(hidden)]
    fn lend<D: Dimension>(_: &ArrayBase<Self, D>) -> Option<ArcArray1<Self::Elem>> {
        None
    }
}

impl<A> Storage for OwnedRepr<A> {}
impl<A> Storage for ViewRepr<&A> {}
impl<A> Storage for ViewRepr<&mut A> {}
impl<A> Storage for CowRepr<'_, A> {}

impl<A> Storage for OwnedArcRepr<A> {
    fn lend<D: Dimension>(array: &ArrayBase<Self, D>) -> Option<ArcArray1<A>> {
        let flat = || array.clone().into_shape_with_order(array.len());
        (!array.is_empty()).then(flat).and_then(Result::ok)
    }
}
