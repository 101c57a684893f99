//! The dual reading: a backward sweep in dual numbers, x + ẋε with ε² = 0.
//!
//! A forward sweep has found the tangent ẋ of everything on the tape. Read with dual numbers, the same rules then pass a
//! cotangent and its tangent back together: ȳ + ẏ̄ε. What arrives at a variable is the gradient and its derivative along
//! the seeded direction, a Hessian-vector product (*forward over reverse*; Griewank & Walther, *Evaluating
//! Derivatives*, 2nd ed., section 5.1). Nothing is recorded, so the cost is that of a few plain sweeps.

use super::plain::Plain;
use super::plain::{add_element_to, add_to, settle};
use super::{Part, Reading, plain, push_tangents};
use crate::Real;
use crate::dense::Dense;
use crate::dense::map::Source;
use crate::dense::spare::Lent;
use crate::error::LinalgError;
use crate::ops::rule::{ArrayRule, ArrayValue, BinaryRule, Cotangent, Flow, UnaryRule, Value};
use crate::ops::rule::{Given, Sums};
use crate::ops::{Custom, Term};
use crate::tape::{Adjoints, Node, Root, Tape};
use smallvec::SmallVec;

/// A number and its tangent; the structural zero says that it has none.
#[derive(Clone, Copy)]
pub(crate) struct DualScalar<T> {
    pub(crate) value: T,
    pub(crate) tangent: T,
}

/// Adds to an adjoint or a tangent; a `gated` structural zero adds nothing.
#[inline(always)]
fn add<T: Real>(sum: &mut T, x: T, gated: bool) {
    if !(gated && x.is_none()) {
        *sum = (*sum + T::zero()) + x;
    }
}

impl<T: Real> DualScalar<T> {
    #[inline(always)]
    fn number(value: T) -> Self {
        let tangent = T::NONE;
        Self { value, tangent }
    }

    /// `O(a, b)`; a tangent passes through the rule that a cotangent passes through, the Jacobian being diagonal.
    #[inline(always)]
    fn of<O: BinaryRule>(a: Self, b: Self) -> Self {
        let mut y = Self::number(O::f(a.value, b.value));
        let (left, right, result) = (&Term(a.value), &Term(b.value), &Term(y.value));
        if O::FLOW[0] != Flow::None && !a.tangent.is_none() {
            let t = O::vjp_a(left, right, result, &Term(a.tangent));
            add(&mut y.tangent, t.0, O::FLOW[0] == Flow::Gated);
        }
        if O::FLOW[1] != Flow::None && !b.tangent.is_none() {
            let t = O::vjp_b(left, right, result, &Term(b.tangent));
            add(&mut y.tangent, t.0, O::FLOW[1] == Flow::Gated);
        }
        y
    }
}

impl<T: Real> Value for DualScalar<T> {
    type Elem = T;

    #[inline(always)]
    fn constant(&self, c: T) -> Self {
        Self::number(c)
    }

    #[inline(always)]
    fn unary<O: UnaryRule>(&self) -> Self {
        let mut y = Self::number(O::f(self.value));
        if O::FLOW != Flow::None && !self.tangent.is_none() {
            let t = O::vjp(&Term(self.value), &Term(y.value), &Term(self.tangent));
            add(&mut y.tangent, t.0, O::FLOW == Flow::Gated);
        }
        y
    }
    #[inline(always)]
    fn binary<O: BinaryRule>(&self, other: &Self) -> Self {
        Self::of::<O>(*self, *other)
    }
    #[inline(always)]
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        Self::of::<O>(*self, Self::number(c))
    }
    #[inline(always)]
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        Self::of::<O>(Self::number(c), *x)
    }
}

/// An array and its tangent, of the same shape.
#[derive(Clone)]
pub struct DualArray<T: Real> {
    pub(crate) value: Dense<T>,
    pub(crate) tangent: Option<Cotangent<Dense<T>>>,
}

impl<T: Real> DualArray<T> {
    fn number(value: Dense<T>) -> Self {
        Self { value, tangent: None }
    }

    fn values<'a>(operands: &[&'a Self]) -> SmallVec<[&'a Dense<T>; 4]> {
        operands.iter().map(|x| &x.value).collect()
    }

    /// The result of an array op, whose value is known.
    fn with_tangents<R: ArrayRule>(rule: &R, operands: &[&Self], value: Dense<T>) -> Self {
        let terms: SmallVec<[Term<Dense<T>>; 4]> = operands.iter().map(|x| Term(x.value.clone())).collect();
        let terms: SmallVec<[&Term<Dense<T>>; 4]> = terms.iter().collect();
        let tangents: SmallVec<[_; 4]> = operands.iter().map(|x| x.tangent.clone()).collect();
        let mut tangent = None;
        push_tangents(rule, &terms, &Term(value.clone()), &tangents, &mut |t| {
            add_to(&mut tangent, t, value.shape());
        });
        Self { value, tangent }
    }

    /// `O(a, b)`, whose value is known.
    fn of<O: BinaryRule>(a: &Self, b: &Self, value: Dense<T>) -> Self {
        let wide = |t: &Cotangent<Dense<T>>| Cotangent {
            value: Term(t.value.0.broadcast_to(value.shape())),
            partial: t.partial,
        };
        let mut tangent = None;
        if let Some(t) = &a.tangent
            && O::FLOW[0] != Flow::None
        {
            let t = plain::binary::<O, 0, T>([&a.value, &b.value].map(Source::Array), &value, &wide(t));
            add_to(&mut tangent, t, value.shape());
        }
        if let Some(t) = &b.tangent
            && O::FLOW[1] != Flow::None
        {
            let t = plain::binary::<O, 1, T>([&a.value, &b.value].map(Source::Array), &value, &wide(t));
            add_to(&mut tangent, t, value.shape());
        }
        Self { value, tangent }
    }
}

impl<T: Real> Value for DualArray<T> {
    type Elem = T;

    fn constant(&self, c: T) -> Self {
        Self::number(Dense::full(self.value.pool(), &[], c))
    }

    fn unary<O: UnaryRule>(&self) -> Self {
        let value = self.value.unary::<O>();
        let given = self.tangent.as_ref().filter(|_| O::FLOW != Flow::None);
        let tangent = given.map(|t| plain::unary::<O, T>(&self.value, &value, t));
        Self { value, tangent }
    }
    #[track_caller]
    fn binary<O: BinaryRule>(&self, other: &Self) -> Self {
        let value = self.value.binary::<O>(&other.value);
        Self::of::<O>(self, other, value)
    }
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        let value = self.value.binary_with::<O>(c);
        Self::of::<O>(self, &self.constant(c), value)
    }
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        let value = Dense::binary_from::<O>(c, &x.value);
        Self::of::<O>(&x.constant(c), x, value)
    }
}

impl<T: Real> ArrayValue for DualArray<T> {
    fn shape(&self) -> &[usize] {
        self.value.shape()
    }

    fn has_nothing(&self) -> bool {
        self.value.has_nothing()
    }
    fn elements(&self) -> &Dense<T> {
        &self.value
    }

    #[track_caller]
    fn apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Self {
        let value = Dense::apply(rule.clone(), &Self::values(operands));
        Self::with_tangents(&rule, operands, value)
    }
    #[track_caller]
    fn try_apply<R: ArrayRule>(rule: R, operands: &[&Self]) -> Result<Self, LinalgError> {
        let value = Dense::try_apply(rule.clone(), &Self::values(operands))?;
        Ok(Self::with_tangents(&rule, operands, value))
    }

    fn custom_vjps(op: &Custom, given: Given<'_, Self>, sums: &mut Sums<Self>) -> Sums<Self> {
        T::readings(op).vjps_dual(given, sums)
    }
}

/// A cotangent and its tangent.
fn split<T: Real>(cotangent: Cotangent<DualArray<T>>) -> (Cotangent<Dense<T>>, Option<Cotangent<Dense<T>>>) {
    let Cotangent { value, partial } = cotangent;
    let DualArray { value, tangent } = value.0;
    let value = Term(value);
    (Cotangent { value, partial }, tangent)
}

/// The lists of a backward sweep in dual numbers.
pub(crate) struct Duals<'f, T: Real> {
    /// The tangents of what is on the tape.
    tangents: Known<'f, T>,
    /// The cotangents.
    pub(crate) adjoints: Lent<Adjoints<T>>,
    /// The tangents of the cotangents.
    pub(crate) changes: Lent<Adjoints<T>>,
}

impl<'f, T: Real> Duals<'f, T> {
    /// Nothing has been added anywhere yet.
    pub(crate) fn untouched(tape: &Tape<T>, tangents: Known<'f, T>) -> Self {
        Self {
            tangents,
            adjoints: Adjoints::untouched(tape),
            changes: Adjoints::untouched(tape),
        }
    }

    /// Sweeps from a scalar, whose adjoint is 1.
    pub(crate) fn from_scalar(tape: &Tape<T>, root: u32, tangents: Known<'f, T>) -> Self {
        let mut duals = Self::untouched(tape, tangents);
        duals.adjoints.seed_scalar(root, T::one());
        duals.changes.seeds.push(Root::Scalar(root));
        duals.backward(tape)
    }

    /// Sweeps from what has been added.
    pub(crate) fn backward(mut self, tape: &Tape<T>) -> Self {
        T::dual(tape, &tape.scalars().words(), Part::whole(tape), &mut self.dual());
        self
    }

    /// These lists, for a sweep.
    pub(crate) fn dual(&mut self) -> Dual<'_, T> {
        Dual {
            tangents: self.tangents,
            adjoints: self.adjoints.plain(),
            changes: self.changes.plain(),
        }
    }
}

/// The tangents of what is on a tape, as a forward sweep has left them.
#[derive(Clone, Copy)]
pub(crate) struct Known<'f, T: Real> {
    pub(crate) scalars: &'f [T],
    pub(crate) arrays: &'f [Option<Cotangent<Dense<T>>>],
}

impl<T: Real> Adjoints<T> {
    /// These lists, to be read.
    pub(crate) fn known(&self) -> Known<'_, T> {
        Known {
            scalars: &self.scalars,
            arrays: &self.arrays,
        }
    }
}

/// What a backward sweep in dual numbers works with.
pub struct Dual<'a, T: Real> {
    tangents: Known<'a, T>,
    adjoints: Plain<'a, T>,
    changes: Plain<'a, T>,
}

impl<'t, T: Real> Reading<'t> for Dual<'_, T> {
    type T = T;
    type S = DualScalar<T>;
    type A = DualArray<T>;
    type Held = Term<DualArray<T>>;

    #[inline(always)]
    fn operand(&self, id: u32, value: T) -> Term<DualScalar<T>> {
        let tangent = self.tangents.scalars[id as usize];
        Term(DualScalar { value, tangent })
    }
    #[inline(always)]
    fn literal(&self, value: T) -> Term<DualScalar<T>> {
        Term(DualScalar::number(value))
    }
    #[inline(always)]
    fn adjoint(&self, id: u32) -> Option<Term<DualScalar<T>>> {
        let value = self.adjoints.scalars[id as usize];
        let tangent = self.changes.scalars[id as usize];
        let none = value.is_none() && tangent.is_none();
        (!none).then_some(Term(DualScalar { value, tangent }))
    }
    #[inline(always)]
    fn add(&mut self, id: u32, cotangent: Term<DualScalar<T>>, gated: bool) {
        let DualScalar { value, tangent } = cotangent.0;
        add(&mut self.adjoints.scalars[id as usize], value, gated);
        add(&mut self.changes.scalars[id as usize], tangent, true);
    }

    fn array(&self, node: &Node<T>) -> Term<DualArray<T>> {
        Term(DualArray {
            value: node.value().clone(),
            tangent: self.tangents.arrays[node.id as usize].clone(),
        })
    }
    fn take(&mut self, node: &Node<T>) -> Option<Cotangent<DualArray<T>>> {
        let g = self.adjoints.take(node)?;
        let tangent = self.changes.take(node);
        Some(Cotangent {
            value: Term(DualArray {
                value: g.value.0,
                tangent,
            }),
            partial: g.partial,
        })
    }
    fn put_back(&mut self, node: &Node<T>, cotangent: Cotangent<DualArray<T>>) {
        let (value, tangent) = split(cotangent);
        self.changes.arrays[node.id as usize] = tangent;
        self.adjoints.put_back(node, value);
    }
    fn add_array(&mut self, node: &Node<T>, cotangent: Cotangent<DualArray<T>>) {
        let (value, tangent) = split(cotangent);
        if let Some(tangent) = tangent {
            self.changes.add_array(node, tangent);
        }
        self.adjoints.add_array(node, value);
    }
    fn settle(&mut self, cotangent: &mut Cotangent<DualArray<T>>) {
        let DualArray { value, tangent } = &mut cotangent.value.0;
        settle(value, &mut cotangent.partial);
        if let Some(t) = tangent {
            settle(&mut t.value.0, &mut t.partial);
        }
    }
    #[inline(always)]
    fn add_element(&mut self, node: &Node<T>, element: usize, cotangent: Term<DualScalar<T>>) {
        let (DualScalar { value, tangent }, id) = (cotangent.0, node.id as usize);
        add_element_to(&mut self.adjoints.arrays[id], node, element, value);
        if !tangent.is_none() {
            add_element_to(&mut self.changes.arrays[id], node, element, tangent);
        }
    }
    fn element(&self, cotangent: &Term<DualArray<T>>, element: usize) -> Term<DualScalar<T>> {
        let DualArray { value, tangent } = &cotangent.0;
        let tangent = tangent.as_ref().map_or(T::NONE, |t| {
            let x = t.value.0.element(element);
            if t.partial { x } else { x + T::zero() }
        });
        let value = value.element(element);
        Term(DualScalar { value, tangent })
    }
    fn constant(&self, y: &Node<T>, value: T) -> Term<DualArray<T>> {
        Term(DualArray::number(y.value().constant(value)))
    }
}
