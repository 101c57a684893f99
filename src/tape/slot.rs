//! The recorded reading: what a [`Var`] and a [`Tensor`] are, and how their operations are recorded.

use super::lane::Active;
use super::{Node, Op, Tape};
use crate::Real;
use crate::dense::{Dense, Indices};
use crate::error::LinalgError;
use crate::ops::rule::{ArrayRule, ArrayValue, BinaryRule, Flow, Given, Sums, UnaryRule, Value, short};
use crate::ops::{Custom, Term, forward};

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
    fn untracked(value: T) -> Self {
        Self {
            tape: None,
            id: 0,
            value,
        }
    }

    /// Where the tape lies; null if there is none, so that two slots are compared at once.
    #[inline(always)]
    fn place(&self) -> *const Tape<T> {
        self.tape.map_or(std::ptr::null(), std::ptr::from_ref)
    }

    /// Panics unless this is a constant or on `tape`.
    #[track_caller]
    pub(crate) fn expect_tape(&self, tape: &Tape<T>, op: &str) {
        if self.tape.is_some_and(|own| !std::ptr::eq(own, tape)) {
            mixed(op);
        }
    }

    #[inline(always)]
    #[track_caller]
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
    fn constant(&self, c: T) -> Self {
        Self::untracked(c)
    }

    #[inline(always)]
    #[track_caller]
    fn unary<O: UnaryRule>(&self) -> Self {
        let value = O::f(self.value);
        let Some(tape) = self.tape else {
            return Self::untracked(value);
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
            _ if self.place() == b.place() => match self.tape {
                Some(tape) => {
                    let values = [self.value, b.value];
                    Self::record::<O>(tape, Active::Both, [self.id, b.id], values)
                }
                None => Self::untracked(O::f(self.value, b.value)),
            },
            (Some(_), Some(_)) => mixed(&O::OP.name()),
            (Some(_), None) => self.binary_with::<O>(b.value),
            (None, _) => Self::binary_from::<O>(self.value, b),
        }
    }

    #[inline(always)]
    #[track_caller]
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        match self.tape {
            Some(tape) => Self::record::<O>(tape, Active::Left, [self.id, 0], [self.value, c]),
            None => Self::untracked(O::f(self.value, c)),
        }
    }

    #[inline(always)]
    #[track_caller]
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        match x.tape {
            Some(tape) => Self::record::<O>(tape, Active::Right, [0, x.id], [c, x.value]),
            None => Self::untracked(O::f(c, x.value)),
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
    fn constant(&self, c: T) -> Self {
        let value = Dense::full(Some(self.tape.pool()), &[], c);
        self.tape.push(Op::Constant, &[], false, value).0
    }

    #[track_caller]
    fn unary<O: UnaryRule>(&self) -> Self {
        let value = self.node.value().unary::<O>();
        self.push_with(O::FLOW, Op::Unary(O::OP), value)
    }

    #[track_caller]
    fn binary<O: BinaryRule>(&self, b: &Self) -> Self {
        if !std::ptr::eq(self.tape, b.tape) {
            mixed(&O::OP.name());
        }
        let value = self.node.value().binary::<O>(b.node.value());
        self.push_binary::<O>(b, value)
    }

    #[track_caller]
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        let value = self.node.value().binary_with::<O>(c);
        self.push_with(O::FLOW[0], Op::BinaryWith(O::OP, c), value)
    }

    #[track_caller]
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        let value = Dense::binary_from::<O>(c, x.node.value());
        x.push_with(O::FLOW[1], Op::BinaryFrom(O::OP, c), value)
    }
}

/// Panics unless an array op's operands are on one tape.
#[track_caller]
fn expect_one_tape<T: Real>(rule: &impl ArrayRule, operands: &[&ArraySlot<'_, T>]) {
    for other in &operands[1..] {
        operands[0].expect_same_tape(other, rule.name());
    }
}

#[track_caller]
fn push_array<'t, T: Real>(
    rule: impl ArrayRule,
    operands: &[&ArraySlot<'t, T>],
    value: Dense<T>,
) -> ArraySlot<'t, T> {
    let active = operands.iter().any(|x| x.node.active);
    let tape = operands[0].tape;
    let op = Op::Array(tape.boxed(rule));
    match *operands {
        [x] => tape.push(op, &[x.node.id], active, value).0,
        [x, y] => tape.push(op, &[x.node.id, y.node.id], active, value).0,
        _ => {
            tape.push(op, &short(operands.iter().map(|x| x.node.id)), active, value)
                .0
        }
    }
}

impl<T: Real> ArrayValue for ArraySlot<'_, T> {
    fn shape(&self) -> &[usize] {
        self.node.value().shape()
    }

    fn has_nothing(&self) -> bool {
        self.node.value().has_nothing()
    }
    fn elements(&self) -> &Dense<T> {
        self.node.value()
    }

    #[track_caller]
    fn apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Self {
        expect_one_tape(&rule, operands);
        let value = match *operands {
            [x] => forward(&rule, &[x.node.value()]),
            [x, y] => forward(&rule, &[x.node.value(), y.node.value()]),
            _ => forward(&rule, &short(operands.iter().map(|x| x.node.value()))),
        };
        push_array(rule, operands, value)
    }

    #[track_caller]
    fn try_apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Result<Self, LinalgError> {
        expect_one_tape(&rule, operands);
        let values = short(operands.iter().map(|x| x.node.value()));
        let value = Dense::try_apply(rule.clone(), &values)?;
        Ok(push_array(rule, operands, value))
    }

    fn custom_vjps(op: &Custom, given: Given<'_, Self>, sums: &mut Sums<Self>) -> Sums<Self> {
        T::readings(op).vjps_recorded(given, sums)
    }

    fn indices(&self, len: usize, list: impl Iterator<Item = usize>) -> Indices {
        Indices::new(Some(self.tape.index_pool()), len, list)
    }
}
