//! The sweeps: one walk over the tape in each direction, generic in the reading.
//!
//! [`backward`]: for each op, from the last to the first, take the cotangent of its result, ask the rule for the
//! cotangent of each active operand, add it there. This is the chain rule, and all of back-propagation. [`forward`] takes tangents
//! from operands to results in the order of recording.
//!
//! The plain reading ([`plain`]) computes numbers. The dual reading ([`dual`]) computes numbers and their tangents, so that
//! one backward sweep gives a gradient and its derivative in a direction. The recorded reading ([`recorded`]) writes the
//! same rules' operations on the tape, so that a gradient can be differentiated again, to any order.
//!
//! **Structural zeros.** An adjoint starts as −0.0, the identity of addition ([`Real::NONE`]), and is skipped while it is
//! that. An array's cotangent says with `partial` whether its −0.0 elements mean "nothing was added here"; without the mark
//! a −0.0 is a number.

use crate::Real;
use crate::ops::rule::{
    ArrayRule, ArrayValue, BinaryRule, Cotangent, Flow, UnaryRule, Value, short, tangent,
};
use crate::ops::{Binary, Term};
use crate::tape::lane::{BinaryCode, Header, Word};
use crate::tape::{Node, Op, Tape};
use smallvec::SmallVec;
use std::borrow::Borrow;
use std::cell::Cell;
use std::ops::Range;

pub(crate) mod backward;
pub(crate) mod compiled;
pub(crate) mod dual;
pub(crate) mod forward;
pub(crate) mod many;
pub(crate) mod plain;
pub(crate) mod recorded;

/// The match over all op codes of the scalar lane: it calls `read`, `unary` and `binary` of the walk that uses it.
macro_rules! scalar_op {
    (($header:ident $record:ident $tape:ident $reading:ident) unary($($U:ident)*) binary($($B:ident)*)) => {
        match $header.code {
            INPUT | DETACH => {}
            READ => read(&mut $record, $header, $tape, $reading),
            $(<$U as UnaryCode>::CODE => unary::<$U, R>(&mut $record, $header, $reading),)*
            $(
                <$B as BinaryCode>::BOTH => binary::<$B, R, 0>(&mut $record, $header, $reading),
                <$B as BinaryCode>::LEFT => binary::<$B, R, 1>(&mut $record, $header, $reading),
                <$B as BinaryCode>::RIGHT => binary::<$B, R, 2>(&mut $record, $header, $reading),
            )*
            code => unreachable!("no scalar op has the code {code}"),
        }
    };
}
use scalar_op;

/// A part of a tape: what was recorded between two moments.
#[derive(Debug, Clone)]
pub struct Part {
    pub(crate) scalars: Range<u32>,
    pub(crate) nodes: Range<usize>,
}

impl Part {
    /// What has been recorded so far.
    pub(crate) fn whole<T: Real>(tape: &Tape<T>) -> Self {
        Self {
            scalars: 0..tape.scalars().len(),
            nodes: 0..tape.arrays().len(),
        }
    }

    /// What has been recorded since.
    pub(crate) fn since<T: Real>(&self, tape: &Tape<T>) -> Self {
        Self {
            scalars: self.scalars.end..tape.scalars().len(),
            nodes: self.nodes.end..tape.arrays().len(),
        }
    }
}

/// An operand of a pointwise op in the array lane.
#[derive(Clone, Copy)]
pub(crate) enum Side<'t, T: Real> {
    Node(&'t Node<T>),
    Constant(T),
}

/// What a sweep needs to know of the values it works with.
pub(crate) trait Reading<'t> {
    type T: Real;
    type S: Value<Elem = Self::T>;
    type A: ArrayValue<Elem = Self::T>;
    /// The value of a node: lent where the tape has it in this reading.
    type Held: Borrow<Term<Self::A>>;

    /// An operand of a scalar rule; the value is arbitrary where the rule does not read it.
    fn operand(&self, id: u32, value: Self::T) -> Term<Self::S>;
    /// A constant operand of a scalar rule.
    fn literal(&self, value: Self::T) -> Term<Self::S>;
    /// What has been added to the adjoint of a scalar, if anything.
    fn adjoint(&self, id: u32) -> Option<Term<Self::S>>;
    /// Adds to the adjoint of a scalar; a `gated` structural zero adds nothing.
    fn add(&mut self, id: u32, cotangent: Term<Self::S>, gated: bool);

    /// The value of a node, as an operand of an array rule.
    fn array(&self, node: &'t Node<Self::T>) -> Self::Held;
    /// Takes what has been added to the cotangent of a node, if anything; [`Reading::put_back`] must follow.
    fn take(&mut self, node: &'t Node<Self::T>) -> Option<Cotangent<Self::A>>;
    /// The same, lent, where a rule may add to it in place.
    fn sum(&mut self, _: &'t Node<Self::T>) -> Option<&mut Cotangent<Self::A>> {
        None
    }
    /// Puts back what [`Reading::take`] took.
    fn put_back(&mut self, node: &'t Node<Self::T>, cotangent: Cotangent<Self::A>);
    /// Adds to the cotangent of a node, summed down to its shape.
    fn add_array(&mut self, node: &'t Node<Self::T>, cotangent: Cotangent<Self::A>);
    /// Adds a cotangent that an op passes on as it is, likewise.
    fn add_same(&mut self, node: &'t Node<Self::T>, g: &Cotangent<Self::A>) {
        self.add_array(node, g.clone());
    }
    /// Ends the cotangent of a variable: what nothing was added to becomes the number 0.
    fn settle(&mut self, cotangent: &mut Cotangent<Self::A>);
    /// Adds to one element of the cotangent of a node.
    fn add_element(&mut self, node: &'t Node<Self::T>, element: usize, cotangent: Term<Self::S>);
    /// Adds to the cotangent of a node the adjoint of a scalar that read one of its elements, the last one of the words, and if it
    /// is faster so, those of the scalars right before it that did so as well. Returns how many they are.
    #[inline(always)]
    fn add_reads(
        &mut self,
        node: &'t Node<Self::T>,
        _before: Range<u32>,
        words: &[Word],
        adjoint: Term<Self::S>,
    ) -> u32 {
        let element = words.last().map_or(0, Cell::get);
        self.add_element(node, element as usize, adjoint);
        1
    }
    /// One element of a cotangent.
    fn element(&self, cotangent: &Term<Self::A>, element: usize) -> Term<Self::S>;
    /// Adds the elements of a stack's cotangent to the adjoints of its scalars; a pair is an element's number and a scalar.
    fn add_stack(&mut self, pairs: &[[usize; 2]], g: &Cotangent<Self::A>) {
        for &[number, id] in pairs {
            let c = self.element(&g.value, number);
            self.add(id as u32, c, g.partial);
        }
    }
    /// A constant operand of the pointwise rule of node `y`, without axes.
    fn constant(&self, y: &Node<Self::T>, value: Self::T) -> Term<Self::A>;
    /// An operand of the pointwise rule of node `y`.
    fn side(&self, y: &Node<Self::T>, side: Side<'t, Self::T>) -> Term<Self::A> {
        match side {
            Side::Node(node) => self.array(node).borrow().clone(),
            Side::Constant(c) => self.constant(y, c),
        }
    }
    /// The cotangent that a unary pointwise op passes on.
    fn unary<O: UnaryRule>(
        &self,
        x: &'t Node<Self::T>,
        y: &'t Node<Self::T>,
        g: &Cotangent<Self::A>,
    ) -> Cotangent<Self::A> {
        if O::FLOW == Flow::Same {
            return g.clone();
        }
        let (x, y) = (self.array(x), self.array(y));
        let value = O::vjp(x.borrow(), y.borrow(), &number(g, O::FLOW));
        passed(value, g, O::FLOW)
    }
    /// The cotangent that a binary pointwise op passes to operand `k`.
    fn binary<O: BinaryRule>(
        &self,
        k: usize,
        operands: [Side<'t, Self::T>; 2],
        y: &'t Node<Self::T>,
        g: &Cotangent<Self::A>,
    ) -> Cotangent<Self::A> {
        if O::FLOW[k] == Flow::Same {
            return g.clone();
        }
        let [a, b] = [self.side(y, operands[0]), self.side(y, operands[1])];
        let (y, seed) = (self.array(y), number(g, O::FLOW[k]));
        let value = match k {
            0 => O::vjp_a(&a, &b, y.borrow(), &seed),
            _ => O::vjp_b(&a, &b, y.borrow(), &seed),
        };
        passed(value, g, O::FLOW[k])
    }
    /// Adds the cotangent that a unary pointwise op passes on to that of its operand.
    fn add_unary<O: UnaryRule>(
        &mut self,
        x: &'t Node<Self::T>,
        y: &'t Node<Self::T>,
        g: &Cotangent<Self::A>,
    ) {
        let c = self.unary::<O>(x, y, g);
        self.add_array(x, c);
    }
    /// Adds the cotangent that a binary pointwise op passes to operand `k`, which is `x`.
    fn add_binary<O: BinaryRule>(
        &mut self,
        k: usize,
        x: &'t Node<Self::T>,
        operands: [Side<'t, Self::T>; 2],
        y: &'t Node<Self::T>,
        g: &Cotangent<Self::A>,
    ) {
        let c = self.binary::<O>(k, operands, y, g);
        self.add_array(x, c);
    }
}

/// The payload of one record, read from its end.
#[derive(Clone, Copy)]
struct Record<'w> {
    /// The stream up to where what is left of the record ends.
    words: &'w [Word],
    /// The op's own id.
    id: u32,
}

impl Record<'_> {
    #[inline(always)]
    fn word(&mut self) -> u64 {
        let [rest @ .., word] = self.words else {
            unreachable!("a record lies before its end");
        };
        self.words = rest;
        word.get()
    }

    /// The next value if the record holds it; NaN, which no rule will read, if not.
    #[inline(always)]
    fn value<T: Real>(&mut self, held: bool) -> T {
        if held { T::from_word(self.word()) } else { T::nan() }
    }

    /// The operand and the result of a unary op.
    #[inline(always)]
    fn unary<'t, O: UnaryRule, R: Reading<'t>>(&mut self, header: Header, reading: &R) -> [Term<R::S>; 2] {
        let y = self.value(O::READS_Y);
        let x = self.value(O::READS_X);
        [reading.operand(header.a, x), reading.operand(self.id, y)]
    }

    /// The operands and the result of a binary op. `ACTIVE`: 0 both operands are variables, 1 the left, 2 the right.
    #[inline(always)]
    fn binary<'t, O: BinaryRule, R: Reading<'t>, const ACTIVE: usize>(
        &mut self,
        header: Header,
        reading: &R,
    ) -> [Term<R::S>; 3] {
        let [holds_a, holds_b, holds_y] = O::HOLDS[ACTIVE];
        let y = self.value(holds_y);
        let b = self.value(holds_b);
        let a = self.value(holds_a);
        let a = match ACTIVE {
            2 => reading.literal(a),
            _ => reading.operand(header.a, a),
        };
        let b = match ACTIVE {
            1 => reading.literal(b),
            _ => reading.operand(header.b, b),
        };
        [a, b, reading.operand(self.id, y)]
    }
}

/// The operands of a binary pointwise op.
fn sides<'t, T: Real>(tape: &'t Tape<T>, node: &'t Node<T>) -> [Side<'t, T>; 2] {
    let operand = |k: usize| Side::Node(tape.arrays().get(node.operands[k] as usize));
    match node.op {
        Op::BinaryWith(_, c) => [operand(0), Side::Constant(c)],
        Op::BinaryFrom(_, c) => [Side::Constant(c), operand(0)],
        _ => [operand(0), operand(1)],
    }
}

/// The values of a node's operands.
fn operands<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    node: &Node<R::T>,
    reading: &R,
) -> SmallVec<[R::Held; 4]> {
    let operands = node.operands.iter();
    short(operands.map(|&id| reading.array(tape.arrays().get(id as usize))))
}

/// The tangents that an array op's result receives from those of its operands.
pub(crate) fn push_tangents<O: ArrayRule, V: ArrayValue>(
    rule: &O,
    x: &[&Term<V>],
    y: &Term<V>,
    tangents: &[Option<Cotangent<V>>],
    add: &mut dyn FnMut(Cotangent<V>),
) {
    if O::JOINT {
        if let Some(t) = rule.jvps(x, y, tangents) {
            add(t);
        }
        return;
    }
    for (k, t) in tangents.iter().enumerate() {
        if let Some(t) = t {
            add(tangent(rule, k, x, y, t));
        }
    }
}

/// A cotangent as a gated pointwise rule may read it: a gate would take a numeric −0.0 for a structural zero.
fn number<V: ArrayValue>(g: &Cotangent<V>, flow: Flow) -> Term<V> {
    match flow == Flow::Gated && !g.partial {
        true => &g.value + 0,
        false => g.value.clone(),
    }
}

/// What a pointwise rule has made of `g`: where nothing was added to `g`, nothing is passed on; elsewhere a smooth
/// rule's −0.0 is a number.
fn passed<V: ArrayValue>(value: Term<V>, g: &Cotangent<V>, flow: Flow) -> Cotangent<V> {
    let value = match (g.partial, flow) {
        (false, _) => value,
        (true, Flow::Gated) => Binary::Touched.apply(&value, &g.value),
        (true, _) => Binary::Touched.apply(&(value + 0), &g.value),
    };
    Cotangent {
        value,
        partial: g.partial || flow == Flow::Gated,
    }
}
