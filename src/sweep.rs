//! The backward sweep: one loop over the tape, generic in the reading.
//!
//! For each op, from the last to the first: take the cotangent of its result, ask the rule for the cotangent of each
//! active operand, add it there. This is the chain rule, and all of back-propagation.
//!
//! The plain reading ([`plain`]) computes numbers; the recorded reading ([`recorded`]) writes the same rules' operations on the
//! tape, so that a gradient can be differentiated again.
//!
//! **Structural zeros.** An adjoint starts as −0.0, the identity of addition ([`Real::NONE`]), and is skipped while it is
//! that. An array's cotangent says with `partial` whether its −0.0 elements mean "nothing was added here"; without the mark
//! a −0.0 is a number.

use crate::Real;
use crate::ops::pointwise::{self, *};
use crate::ops::pointwise::{BinaryVisitor, UnaryVisitor};
use crate::ops::rule::{ArrayRule, ArrayValue, BinaryRule, Flow, UnaryRule, Value, Zeros};
use crate::ops::{ArrayVisitor, Term};
use crate::tape::lane::{BinaryCode, DETACH, Header, INPUT, READ, UnaryCode};
use crate::tape::{Node, Op, Tape};
use smallvec::SmallVec;

pub(crate) mod plain;
pub(crate) mod recorded;

/// The cotangent of an array.
#[derive(Clone)]
pub(crate) struct Cotangent<A> {
    pub(crate) value: Term<A>,
    /// Whether elements that are the structural zero were touched by nothing.
    pub(crate) partial: bool,
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

    /// An operand of a scalar rule; the value is arbitrary where the rule does not read it.
    fn operand(&self, id: u32, value: Self::T) -> Term<Self::S>;
    /// A constant operand of a scalar rule.
    fn literal(&self, value: Self::T) -> Term<Self::S>;
    /// What has been added to the adjoint of a scalar, if anything.
    fn adjoint(&self, id: u32) -> Option<Term<Self::S>>;
    /// Adds to the adjoint of a scalar; a `gated` structural zero adds nothing.
    fn add(&mut self, id: u32, cotangent: Term<Self::S>, gated: bool);

    /// The value of a node, as an operand of an array rule.
    fn array(&self, node: &'t Node<Self::T>) -> Term<Self::A>;
    /// What has been added to the cotangent of a node, if anything.
    fn cotangent(&mut self, node: &'t Node<Self::T>) -> Option<Cotangent<Self::A>>;
    /// Adds to the cotangent of a node, summed down to its shape.
    fn add_array(&mut self, node: &'t Node<Self::T>, cotangent: Cotangent<Self::A>);
    /// Ends the cotangent of a variable: what nothing was added to becomes the number 0.
    fn settle(&mut self, input: &'t Node<Self::T>);
    /// Adds to one element of the cotangent of a node.
    fn add_element(&mut self, node: &'t Node<Self::T>, element: usize, cotangent: Term<Self::S>);
    /// One element of a cotangent.
    fn element(&self, cotangent: &Term<Self::A>, element: usize) -> Term<Self::S>;
    /// The cotangent that a unary pointwise op passes on.
    fn unary<O: UnaryRule>(
        &self,
        x: &'t Node<Self::T>,
        y: &'t Node<Self::T>,
        g: &Cotangent<Self::A>,
    ) -> Cotangent<Self::A>;
    /// The cotangent that a binary pointwise op passes to operand `k`.
    fn binary<O: BinaryRule>(
        &self,
        k: usize,
        operands: [Side<'t, Self::T>; 2],
        y: &'t Node<Self::T>,
        g: &Cotangent<Self::A>,
    ) -> Cotangent<Self::A>;
}

/// Walks the whole tape backwards, as far as it was recorded when `words` and `nodes` were taken.
pub(crate) fn sweep<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    words: &[u64],
    scalars: u32,
    nodes: usize,
    reading: &mut R,
) {
    let mut cursor = Cursor {
        end: words.len(),
        id: scalars,
    };
    for i in (0..nodes).rev() {
        let node = tape.arrays().get(i);
        scalar_run(tape, words, &mut cursor, node.scalars_before, reading);
        let g = reading.cotangent(node);
        if matches!(node.op, Op::Input) {
            drop(g); // `settle` works in place where nobody shares the memory
            reading.settle(node);
        } else if let Some(g) = g {
            array_node(tape, node, &g, reading);
        }
    }
    scalar_run(tape, words, &mut cursor, 0, reading);
}

/// A place in the scalar lane: before op `id`, whose record would start at `end`.
struct Cursor {
    end: usize,
    id: u32,
}

/// The match over all op codes of the scalar lane.
macro_rules! scalar_op {
    (($header:ident $record:ident $tape:ident $reading:ident) unary($($U:ident)*) binary($($B:ident)*)) => {
        match $header.code {
            INPUT | DETACH => {}
            READ => {
                let element = $record.word() as usize;
                if let Some(g) = $reading.adjoint($record.id) {
                    let node = $tape.arrays().get($header.a as usize);
                    if node.active {
                        $reading.add_element(node, element, g);
                    }
                }
            }
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

/// The payload of one record, read from its end.
struct Record<'w> {
    words: &'w [u64],
    end: usize,
    id: u32,
}

impl Record<'_> {
    #[inline(always)]
    fn word(&mut self) -> u64 {
        self.end -= 1;
        self.words[self.end]
    }

    /// The next value if the record holds it; NaN, which no rule will read, if not.
    #[inline(always)]
    fn value<T: Real>(&mut self, held: bool) -> T {
        if held { T::from_word(self.word()) } else { T::nan() }
    }
}

fn scalar_run<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    words: &[u64],
    cursor: &mut Cursor,
    stop: u32,
    reading: &mut R,
) {
    let mut record = Record {
        words,
        end: cursor.end,
        id: cursor.id,
    };
    while record.id > stop {
        record.id -= 1;
        let header = Header::unpack(record.word());
        pointwise::for_each_pointwise!(scalar_op(header record tape reading));
    }
    (cursor.end, cursor.id) = (record.end, record.id);
}

#[inline(always)]
fn unary<'t, O: UnaryRule, R: Reading<'t>>(record: &mut Record<'_>, header: Header, reading: &mut R) {
    let y = record.value(O::READS_Y);
    let x = record.value(O::READS_X);
    if O::FLOW == Flow::None {
        return;
    }
    if let Some(g) = reading.adjoint(record.id) {
        let x = reading.operand(header.a, x);
        let y = reading.operand(record.id, y);
        reading.add(header.a, O::vjp(&x, &y, &g), O::FLOW == Flow::Gated);
    }
}

/// `ACTIVE`: 0 both operands are variables, 1 the left, 2 the right.
#[inline(always)]
fn binary<'t, O: BinaryRule, R: Reading<'t>, const ACTIVE: usize>(
    record: &mut Record<'_>,
    header: Header,
    reading: &mut R,
) {
    let [holds_a, holds_b, holds_y] = O::HOLDS[ACTIVE];
    let y = record.value(holds_y);
    let b = record.value(holds_b);
    let a = record.value(holds_a);
    if let Some(g) = reading.adjoint(record.id) {
        let variable = |k: usize, id, value| match ACTIVE {
            0 => reading.operand(id, value),
            _ if ACTIVE == k => reading.operand(id, value),
            _ => reading.literal(value),
        };
        let (a, b) = (variable(1, header.a, a), variable(2, header.b, b));
        let y = reading.operand(record.id, y);
        if ACTIVE != 2 && O::FLOW[0] != Flow::None {
            reading.add(header.a, O::vjp_a(&a, &b, &y, &g), O::FLOW[0] == Flow::Gated);
        }
        if ACTIVE != 1 && O::FLOW[1] != Flow::None {
            reading.add(header.b, O::vjp_b(&a, &b, &y, &g), O::FLOW[1] == Flow::Gated);
        }
    }
}

/// Passes the cotangent of one node on to its operands.
fn array_node<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    node: &'t Node<R::T>,
    g: &Cotangent<R::A>,
    reading: &mut R,
) {
    let operand = |k: usize| tape.arrays().get(node.operands[k] as usize);
    match &node.op {
        Op::Input | Op::Constant | Op::Detach => {}
        Op::Stack(pairs) => {
            for pair in pairs.chunks_exact(2) {
                let c = reading.element(&g.value, pair[0]);
                reading.add(pair[1] as u32, c, g.partial);
            }
        }
        Op::Unary(op) => {
            struct Pass<'t, 'r, R: Reading<'t>>(
                &'t Node<R::T>,
                &'t Node<R::T>,
                &'r Cotangent<R::A>,
                &'r mut R,
            );
            impl<'t, R: Reading<'t>> UnaryVisitor for Pass<'t, '_, R> {
                type Out = ();
                fn visit<O: UnaryRule>(self) {
                    let Self(x, y, g, reading) = self;
                    if x.active && O::FLOW != Flow::None {
                        let c = reading.unary::<O>(x, y, g);
                        reading.add_array(x, c);
                    }
                }
            }
            op.visit(Pass(operand(0), node, g, reading));
        }
        Op::Binary(op) => {
            let sides = [Side::Node(operand(0)), Side::Node(operand(1))];
            op.visit(PassBinary(sides, node, g, reading));
        }
        Op::BinaryWith(op, c) => {
            let sides = [Side::Node(operand(0)), Side::Constant(*c)];
            op.visit(PassBinary(sides, node, g, reading));
        }
        Op::BinaryFrom(op, c) => {
            let sides = [Side::Constant(*c), Side::Node(operand(0))];
            op.visit(PassBinary(sides, node, g, reading));
        }
        Op::Array(op) => op.visit(PassArray(tape, node, g, reading)),
    }
}

struct PassBinary<'t, 'r, R: Reading<'t>>(
    [Side<'t, R::T>; 2],
    &'t Node<R::T>,
    &'r Cotangent<R::A>,
    &'r mut R,
);

impl<'t, R: Reading<'t>> BinaryVisitor for PassBinary<'t, '_, R> {
    type Out = ();
    fn visit<O: BinaryRule>(self) {
        let Self(sides, y, g, reading) = self;
        for (k, side) in sides.into_iter().enumerate() {
            if let Side::Node(x) = side
                && x.active
                && O::FLOW[k] != Flow::None
            {
                let c = reading.binary::<O>(k, sides, y, g);
                reading.add_array(x, c);
            }
        }
    }
}

struct PassArray<'t, 'r, R: Reading<'t>>(&'t Tape<R::T>, &'t Node<R::T>, &'r Cotangent<R::A>, &'r mut R);

impl<'t, R: Reading<'t>> ArrayVisitor for PassArray<'t, '_, R> {
    type Out = ();
    fn visit<O: ArrayRule>(self, rule: &O) {
        let Self(tape, node, g, reading) = self;
        let operands: SmallVec<[&Node<R::T>; 4]> = node
            .operands
            .iter()
            .map(|&id| tape.arrays().get(id as usize))
            .collect();
        let values: SmallVec<[Term<R::A>; 4]> = operands.iter().map(|n| reading.array(n)).collect();
        let terms: SmallVec<[&Term<R::A>; 4]> = values.iter().collect();
        let y = reading.array(node);
        // A rule that adds structural zeros must not take a numeric −0.0 for one: −0.0 + 0.0 = 0.0.
        let settled;
        let value = if O::ZEROS == Zeros::Made && !g.partial {
            settled = &g.value + 0;
            &settled
        } else {
            &g.value
        };
        let partial = match O::ZEROS {
            Zeros::Read => false,
            Zeros::Moved => g.partial,
            Zeros::Made => true,
        };
        for (k, x) in operands.iter().enumerate() {
            if x.active {
                let value = rule.vjp(k, &terms, &y, value);
                reading.add_array(x, Cotangent { value, partial });
            }
        }
    }
}
