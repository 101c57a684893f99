//! The recorded reading: what a [`Var`] and a [`Tensor`] are, and the methods that only they have.

use super::lane::Active;
use super::{Node, Op, Root, Tape};
use crate::Real;
use crate::dense::{Dense, Indices};
use crate::ops::rule::{ArrayRule, ArrayValue, BinaryRule, Flow, UnaryRule, Value};
use crate::ops::{Binary, Term};
use crate::shape;
use ndarray::{ArrayBase, ArrayViewD, Data, Dimension};
use smallvec::SmallVec;

/// A scalar on a tape, or an untracked constant. `Copy`, three words long.
///
/// ```
/// use wengert::{Tape, Var};
/// let tape = Tape::new();
/// let x = tape.var(2.0);
/// let y = x.powi(3) + 2 * x - Var::from(1.0);
/// assert_eq!(y.value(), 11.0);
/// assert_eq!(y.backward().wrt(x), 14.0);
/// ```
pub type Var<'t, T = f64> = Term<ScalarSlot<'t, T>>;

/// An n-dimensional array on a tape. `Copy`, two words long; [`Tensor::value`](Term::value) lends its elements.
///
/// ```
/// use ndarray::arr2;
/// use wengert::{Tape, Tensor};
/// let tape = Tape::new();
/// let x: Tensor = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
/// let y = x.matmul(&x.t()).sum();
/// assert_eq!(y.value(), 52.0);
/// ```
pub type Tensor<'t, T = f64> = Term<ArraySlot<'t, T>>;

/// A recorded scalar: its value, and its place in the scalar lane unless it is a constant.
pub struct ScalarSlot<'t, T: Real> {
    pub(crate) tape: Option<&'t Tape<T>>,
    pub(crate) id: u32,
    pub(crate) value: T,
}

/// A recorded array: its node in the array lane.
pub struct ArraySlot<'t, T: Real> {
    pub(crate) tape: &'t Tape<T>,
    pub(crate) node: &'t Node<T>,
}

impl<T: Real> Clone for ScalarSlot<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Real> Copy for ScalarSlot<'_, T> {}

impl<T: Real> Clone for ArraySlot<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Real> Copy for ArraySlot<'_, T> {}

#[cold]
#[inline(never)]
#[track_caller]
fn mixed(op: &str) -> ! {
    panic!("{op}: the operands are on two different tapes")
}

impl<'t, T: Real> ScalarSlot<'t, T> {
    #[inline(always)]
    fn constant(value: T) -> Self {
        Self {
            tape: None,
            id: 0,
            value,
        }
    }

    /// Panics unless this is a constant or on `tape`.
    #[track_caller]
    pub(super) fn expect_tape(&self, tape: &Tape<T>, op: &str) {
        if self.tape.is_some_and(|own| !std::ptr::eq(own, tape)) {
            mixed(op);
        }
    }

    #[inline(always)]
    fn record<O: BinaryRule>(tape: &'t Tape<T>, active: Active, ids: [u32; 2], [a, b]: [T; 2]) -> Self {
        let value = O::f(a, b);
        let id = tape.scalars.push_binary::<O>(active, ids, [a, b, value]);
        Self {
            tape: Some(tape),
            id,
            value,
        }
    }
}

impl<T: Real> Value for ScalarSlot<'_, T> {
    type Elem = T;

    #[inline(always)]
    fn unary<O: UnaryRule>(&self) -> Self {
        let value = O::f(self.value);
        let Some(tape) = self.tape else {
            return Self::constant(value);
        };
        let id = tape.scalars.push_unary::<O>(self.id, self.value, value);
        Self {
            tape: self.tape,
            id,
            value,
        }
    }

    #[inline(always)]
    #[track_caller]
    fn binary<O: BinaryRule>(&self, b: &Self) -> Self {
        match (self.tape, b.tape) {
            (Some(tape), Some(other)) => {
                if !std::ptr::eq(tape, other) {
                    mixed(&O::OP.name());
                }
                let values = [self.value, b.value];
                Self::record::<O>(tape, Active::Both, [self.id, b.id], values)
            }
            (Some(_), None) => self.binary_with::<O>(b.value),
            (None, _) => Self::binary_from::<O>(self.value, b),
        }
    }

    #[inline(always)]
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        match self.tape {
            Some(tape) => Self::record::<O>(tape, Active::Left, [self.id, 0], [self.value, c]),
            None => Self::constant(O::f(self.value, c)),
        }
    }

    #[inline(always)]
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        match x.tape {
            Some(tape) => Self::record::<O>(tape, Active::Right, [0, x.id], [c, x.value]),
            None => Self::constant(O::f(c, x.value)),
        }
    }
}

impl<'t, T: Real> ArraySlot<'t, T> {
    #[track_caller]
    fn push_binary<O: BinaryRule>(&self, other: &Self, value: Dense<T>) -> Self {
        let [a, b] = [self.node, other.node];
        let active = (a.active && O::FLOW[0] != Flow::None) || (b.active && O::FLOW[1] != Flow::None);
        let op = Op::Binary(O::OP);
        self.tape.push(op, &[a.id, b.id], active, value).0
    }

    #[track_caller]
    fn push_with(&self, flow: Flow, op: Op<T>, value: Dense<T>) -> Self {
        let active = self.node.active && flow != Flow::None;
        self.tape.push(op, &[self.node.id], active, value).0
    }

    /// Panics unless all are on one tape.
    #[track_caller]
    fn expect_same_tape(&self, other: &Self, op: &str) {
        if !std::ptr::eq(self.tape, other.tape) {
            mixed(op);
        }
    }
}

impl<T: Real> Value for ArraySlot<'_, T> {
    type Elem = T;

    #[track_caller]
    fn unary<O: UnaryRule>(&self) -> Self {
        let value = self.node.value.unary::<O>();
        self.push_with(O::FLOW, Op::Unary(O::OP), value)
    }

    #[track_caller]
    fn binary<O: BinaryRule>(&self, b: &Self) -> Self {
        if !std::ptr::eq(self.tape, b.tape) {
            mixed(&O::OP.name());
        }
        let value = self.node.value.binary::<O>(&b.node.value);
        self.push_binary::<O>(b, value)
    }

    #[track_caller]
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        let value = self.node.value.binary_with::<O>(c);
        self.push_with(O::FLOW[0], Op::BinaryWith(O::OP, c), value)
    }

    #[track_caller]
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        let value = Dense::binary_from::<O>(c, &x.node.value);
        x.push_with(O::FLOW[1], Op::BinaryFrom(O::OP, c), value)
    }
}

impl<T: Real> ArrayValue for ArraySlot<'_, T> {
    fn shape(&self) -> &[usize] {
        self.node.value.shape()
    }

    #[track_caller]
    fn apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Self {
        let first = operands[0];
        for other in &operands[1..] {
            first.expect_same_tape(other, R::NAME);
        }
        let values: SmallVec<[&Dense<T>; 4]> = operands.iter().map(|x| &x.node.value).collect();
        let value = Dense::apply(rule.clone(), &values);
        let ids: SmallVec<[u32; 4]> = operands.iter().map(|x| x.node.id).collect();
        let active = operands.iter().any(|x| x.node.active);
        first.tape.push(Op::Array(rule.into()), &ids, active, value).0
    }

    fn indices(&self, len: usize, list: impl Iterator<Item = usize>) -> Indices {
        Indices::new(Some(self.tape.index_pool()), len, list)
    }
}

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
        let id = tape.scalars.push_detach(self.0.id);
        tape.cut(Root::Scalar(id), Root::Scalar(self.0.id));
        Self::on(tape, id, self.0.value)
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
        tape.stack(&[self]).reshape([])
    }
}

impl<'t, T: Real> Tensor<'t, T> {
    pub(crate) fn on(tape: &'t Tape<T>, node: &'t Node<T>) -> Self {
        Self(ArraySlot { tape, node })
    }

    /// The elements, lent by the tape as an ndarray view: nothing is copied.
    pub fn value(&self) -> ArrayViewD<'t, T> {
        self.0.node.value.view()
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
        let value = &self.0.node.value;
        let Some(x) = value.get(index) else {
            panic!(
                "at: the index {index:?} is out of bounds of the shape {:?}",
                value.shape()
            );
        };
        let strides = shape::row_major(value.shape());
        let element = index.iter().zip(&strides).map(|(i, s)| i * s).sum();
        self.read(element, x)
    }

    /// The only element of a tensor that has one, as a scalar.
    ///
    /// # Panics
    /// Where the tensor has not exactly one element.
    #[track_caller]
    pub fn item(&self) -> Var<'t, T> {
        let value = &self.0.node.value;
        assert!(
            value.len() == 1,
            "item: the shape {:?} has not one element",
            value.shape()
        );
        self.read(0, value.element(0))
    }

    /// The element with this row-major number, whose value is `x`.
    pub(crate) fn read(&self, element: usize, x: T) -> Var<'t, T> {
        let id = self.0.tape.scalars.push_read(self.0.node.id, element);
        Var::on(self.0.tape, id, x)
    }

    /// Sum of all elements: x̄ = ȳ everywhere.
    #[track_caller]
    pub fn sum(&self) -> Var<'t, T> {
        self.sum_over(&self.all_axes(), false).item()
    }

    /// Mean of all elements: x̄ = ȳ/n everywhere. The mean of nothing is NaN.
    #[track_caller]
    pub fn mean(&self) -> Var<'t, T> {
        let n = self.0.node.value.len();
        self.sum() / crate::Lit(n as f64)
    }

    /// Largest of all elements; NaN if one is NaN. k equal largest elements receive ȳ/k each.
    ///
    /// # Panics
    /// Where there are no elements.
    #[track_caller]
    pub fn max_all(&self) -> Var<'t, T> {
        self.reshape([self.0.node.value.len()]).max_axes([0]).item()
    }

    /// `ln Σ eˣ` over all elements: x̄ = e^(x − y)·ȳ.
    #[track_caller]
    pub fn logsumexp(&self) -> Var<'t, T> {
        self.reshape([self.0.node.value.len()]).logsumexp_axes([0]).item()
    }

    /// The same elements without their past (stop-gradient).
    #[must_use]
    #[track_caller]
    pub fn detach(self) -> Self {
        let node = self.0.node;
        let out = self
            .0
            .tape
            .push(Op::Detach, &[node.id], false, node.value.clone());
        let cut = Root::Array(out.0.node.id);
        self.0.tape.cut(cut, Root::Array(node.id));
        out
    }

    /// A constant tensor on the same tape.
    #[track_caller]
    pub(crate) fn constant_like<S, D>(&self, array: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        self.0.tape.constant(array)
    }

    /// This value as a function of `x` as well, see the op `Link`.
    #[track_caller]
    pub(crate) fn linked(&self, x: &Self) -> Self {
        Binary::Link.apply(self, x)
    }
}
