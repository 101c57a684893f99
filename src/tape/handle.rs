//! The methods that only a recorded [`Var`] or [`Tensor`] has.

use super::{ArraySlot, Node, Op, Root, ScalarSlot, Tape, Tensor, Var};
use crate::Real;
use crate::dense::{Dense, Storage};
use crate::ops::Binary;
use ndarray::{ArrayBase, ArrayViewD, Dimension};

impl<'t, T: Real> Var<'t, T> {
    #[inline(always)]
    pub(crate) fn on(tape: &'t Tape<T>, id: u32, value: T) -> Self {
        Self(ScalarSlot {
            tape: Some(tape),
            id,
            value,
        })
    }

    /// The value: bit for bit what the same expression gives in plain numbers.
    #[inline(always)]
    pub fn value(&self) -> T {
        self.0.value
    }

    /// Whether this is on a tape, and no untracked constant.
    pub fn is_tracked(&self) -> bool {
        self.0.tape.is_some()
    }

    /// The same value without its past (stop-gradient): no cotangent passes to what it was computed from.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(3.0);
    /// assert_eq!((x.detach() * x).backward().wrt(x), 3.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn detach(self) -> Self {
        let Some(tape) = self.0.tape else {
            return self;
        };
        let id = tape.scalars.push_detach(self.0.id, self.0.value);
        tape.cut(Root::Scalar(id), Root::Scalar(self.0.id));
        Self::on(tape, id, self.0.value)
    }

    /// The value of `y` with the derivative of `self` (a *straight-through estimator*; Bengio, Léonard & Courville, 2013):
    /// x̄ = ȳ; no cotangent for `y`. Composed, `(x − detach x) + detach y`; where x is ±∞, x̄ = 0.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(2.5);
    /// let clamped = x.straight_through(x.clamp(0, 1));
    /// assert_eq!((clamped.value(), clamped.backward().wrt(x)), (1.0, 1.0));
    /// let rounded = x.straight_through(x.floor());
    /// assert_eq!((rounded.value(), rounded.backward().wrt(x)), (2.0, 1.0));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn straight_through(self, y: Self) -> Self {
        let x = self.clamp(T::min_value(), T::max_value());
        (x - x.detach()) + y.detach()
    }

    /// This scalar as a tensor without axes.
    ///
    /// # Panics
    /// Where it is an untracked constant: it has no tape to put the tensor on.
    #[track_caller]
    pub fn to_tensor(self) -> Tensor<'t, T> {
        let Some(tape) = self.0.tape else {
            panic!("to_tensor: an untracked constant has no tape to put a tensor on");
        };
        let value = Dense::full(Some(tape.pool()), &[], self.value());
        tape.push_stack(1, std::iter::once([0, self.0.id as usize]), value)
    }
}

impl<'t, T: Real> Tensor<'t, T> {
    pub(crate) fn on(tape: &'t Tape<T>, node: &'t Node<T>) -> Self {
        Self(ArraySlot { tape, node })
    }

    /// The elements, lent by the tape as an ndarray view: nothing is copied.
    pub fn value(&self) -> ArrayViewD<'t, T> {
        self.0.node.value().view()
    }

    /// One element as a scalar: the crossing from the array lane to the scalar lane. Its cotangent is added in place, so
    /// reading all n elements costs O(n).
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let y = x.at([0, 1]) * x.at([1, 0]);
    /// assert_eq!(y.value(), 6.0);
    /// assert_eq!(y.backward().wrt(x), arr2(&[[0.0, 3.0], [2.0, 0.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the index is out of bounds or has not one number an axis.
    #[track_caller]
    pub fn at(&self, index: impl AsRef<[usize]>) -> Var<'t, T> {
        let index = index.as_ref();
        let value = self.0.node.value();
        assert!(
            index.len() == value.shape().len(),
            "at: the index {index:?} has not one number for each axis of the shape {:?}",
            value.shape()
        );
        let Some(x) = value.get(index) else {
            panic!(
                "at: the index {index:?} is out of bounds of the shape {:?}",
                value.shape()
            );
        };
        let number = index.iter().zip(value.shape());
        let number = number.fold(0, |number, (i, n)| number * n + i);
        self.read(number, x)
    }

    /// All elements as scalars, in row-major order: [`Tensor::at`](crate::Term::at) of each, and cheaper than that one by one.
    /// [`Tape::stack`] is the inverse; [`Tensor::iter`](crate::Term::iter) hands them out without a list.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let [a, b, c, d] = x.to_vars()[..] else { panic!("four elements") };
    /// let det = a * d - b * c;
    /// assert_eq!(det.backward().wrt(x), arr2(&[[4.0, -3.0], [-2.0, 1.0]]).into_dyn());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_vars(&self) -> Vec<Var<'t, T>> {
        self.iter().collect()
    }

    /// The elements as scalars, one after the other in row-major order. All are read at once, where this is called, so what a sweep
    /// adds to their cotangents is added in one go. Nothing is allocated, as it is for a list of many handles, whose fresh memory can
    /// cost more than the reads.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let (x, y) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 4.0])));
    /// let product: wengert::Var = x.iter().zip(y.iter()).map(|(x, y)| x * y).sum();
    /// assert_eq!(product.value(), 11.0);
    /// assert_eq!(product.backward().wrt(x), arr1(&[3.0, 4.0]).into_dyn());
    /// ```
    #[track_caller]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Var<'t, T>> + ExactSizeIterator + use<'t, T> {
        let (tape, node) = (self.0.tape, self.0.node);
        let value = node.value().contiguous();
        let first = tape.scalars.len();
        let elements = value.as_slice().expect("it has just been made contiguous");
        for (number, &x) in elements.iter().enumerate() {
            tape.scalars.push_read(node.id, number, x);
        }
        (0..value.len()).map(move |number| Var::on(tape, first + number as u32, value.element(number)))
    }

    /// The only element of a tensor that has one, as a scalar.
    ///
    /// # Panics
    /// Where the tensor has not exactly one element.
    #[track_caller]
    pub fn item(&self) -> Var<'t, T> {
        let value = self.0.node.value();
        assert!(
            value.len() == 1,
            "item: the shape {:?} has not one element",
            value.shape()
        );
        self.read(0, value.element(0))
    }

    /// The element with this row-major number, whose value is `x`.
    #[track_caller]
    pub(crate) fn read(&self, element: usize, x: T) -> Var<'t, T> {
        let id = self.0.tape.scalars.push_read(self.0.node.id, element, x);
        Var::on(self.0.tape, id, x)
    }

    /// The same elements without their past (stop-gradient).
    #[must_use]
    #[track_caller]
    pub fn detach(self) -> Self {
        let node = self.0.node;
        let out = self
            .0
            .tape
            .push(Op::Detach, &[node.id], false, node.value().clone());
        let cut = Root::Array(out.0.node.id);
        self.0.tape.cut(cut, Root::Array(node.id));
        out
    }

    /// The value of `y` with the derivative of `self`, see [`Var`]'s `straight_through`.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[-0.5, 0.5, 2.5]));
    /// let y = x.straight_through(x.clamp(0, 1));
    /// assert_eq!(y.value(), ndarray::arr1(&[0.0, 0.5, 1.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), ndarray::arr1(&[1.0, 1.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn straight_through(self, y: Self) -> Self {
        let x = self.clamp(T::min_value(), T::max_value());
        (x - x.detach()) + y.detach()
    }

    /// A constant tensor on the same tape.
    #[track_caller]
    pub(crate) fn constant_like<S, D>(&self, array: &ArrayBase<S, D>) -> Self
    where
        S: Storage<Elem = T>,
        D: Dimension,
    {
        self.0.tape.constant(array)
    }

    /// A constant 0 of this shape on the same tape.
    #[track_caller]
    pub(crate) fn zeros(&self) -> Self {
        let zero = self.constant_like(&ndarray::arr0(T::zero()));
        zero.broadcast_to(self.0.node.value().shape())
    }

    /// This value as a function of `x` as well, see the op `Link`.
    #[track_caller]
    pub(crate) fn linked(&self, x: &Self) -> Self {
        Binary::Link.apply(self, x)
    }
}
