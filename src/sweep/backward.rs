//! The walk against the order of recording: cotangents from results to operands.

use super::{Part, Reading, Record, Side, scalar_op, sides};
use crate::Real;
use crate::ops::pointwise::{self, *};
use crate::ops::pointwise::{BinaryVisitor, UnaryVisitor};
use crate::ops::rule::{BinaryRule, Cotangent, Flow, Given, Sink, UnaryRule, short};
use crate::ops::{ArrayOp, Term};
use crate::planted::{Bug, planted};
use crate::tape::lane::{BinaryCode, DETACH, Header, INPUT, READ, UnaryCode, Word};
use crate::tape::{Node, Op, Tape};
use std::borrow::Borrow;

/// Walks a part of the tape backwards; `words` end where the part ends.
pub(crate) fn sweep<'t, R: Reading<'t>>(tape: &'t Tape<R::T>, words: &[Word], part: Part, reading: &mut R) {
    let mut cursor = Record {
        words,
        id: part.scalars.end,
    };
    for i in part.nodes.rev() {
        let node = tape.arrays().get(i);
        scalar_run(tape, &mut cursor, node.scalars_before, reading);
        if let Some(mut g) = reading.take(node) {
            array_node(tape, node, &mut g, reading);
            reading.put_back(node, g);
        }
    }
    scalar_run(tape, &mut cursor, part.scalars.start, reading);
}

/// Walks from op `cursor.id`, whose record would start where the cursor's words end, down to op `stop`.
fn scalar_run<'w, 't, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    cursor: &mut Record<'w>,
    stop: u32,
    reading: &mut R,
) {
    let mut record = *cursor;
    let reads = &mut Reads { tape, stop, done: 0 };
    while record.id > stop {
        record.id -= 1;
        let header = Header::unpack(record.word());
        pointwise::for_each_pointwise!(scalar_op(header record reads reading));
    }
    *cursor = record;
}

/// What a run of scalar ops knows of its reads.
struct Reads<'t, T: Real> {
    tape: &'t Tape<T>,
    /// The run's first op.
    stop: u32,
    /// How many of the next ops are reads that have been seen to.
    done: u32,
}

/// A read, and if it has an adjoint, those of the same array right before it: elements are mostly read one after the other.
// Inlined, and `add_reads` as well, so that the walk hands its reading to no other function: it would then read the
// places and the number of adjoints from memory at every op (7 % more instructions on the loops of scalars). An id goes down
// by one and no more, or it would be widened at every op (2 %).
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn read<'t, R: Reading<'t>>(
    record: &mut Record<'_>,
    header: Header,
    reads: &mut Reads<'t, R::T>,
    reading: &mut R,
) {
    let words = record.words;
    record.word();
    if reads.done > 0 {
        reads.done -= 1;
        return;
    }
    let node = reads.tape.arrays().get(header.a as usize);
    if let Some(g) = reading.adjoint(record.id)
        && node.active
    {
        reads.done = reading.add_reads(node, reads.stop..record.id, words, g) - 1;
    }
}

// Where nothing is optimised, the locals of all rules in one frame would overflow the stack.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn unary<'t, O: UnaryRule, R: Reading<'t>>(record: &mut Record<'_>, header: Header, reading: &mut R) {
    let [x, y] = record.unary::<O, R>(header, reading);
    if O::FLOW != Flow::None
        && let Some(g) = reading.adjoint(record.id)
    {
        reading.add(header.a, O::vjp(&x, &y, &g), O::FLOW == Flow::Gated);
    }
}

/// `ACTIVE`: 0 both operands are variables, 1 the left, 2 the right.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn binary<'t, O: BinaryRule, R: Reading<'t>, const ACTIVE: usize>(
    record: &mut Record<'_>,
    header: Header,
    reading: &mut R,
) {
    let [a, b, y] = record.binary::<O, R, ACTIVE>(header, reading);
    let Some(g) = reading.adjoint(record.id) else {
        return;
    };
    if ACTIVE != 2 && O::FLOW[0] != Flow::None {
        reading.add(header.a, O::vjp_a(&a, &b, &y, &g), O::FLOW[0] == Flow::Gated);
    }
    let once = ACTIVE == 0 && header.a == header.b && planted(Bug::CountedOnce);
    if ACTIVE != 1 && O::FLOW[1] != Flow::None && !once {
        reading.add(header.b, O::vjp_b(&a, &b, &y, &g), O::FLOW[1] == Flow::Gated);
    }
}

/// Passes the cotangent of one node on to its operands.
fn array_node<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    node: &'t Node<R::T>,
    g: &mut Cotangent<R::A>,
    reading: &mut R,
) {
    let operand = |k: usize| tape.arrays().get(node.operands[k] as usize);
    match &node.op {
        Op::Input => reading.settle(g),
        Op::Constant | Op::Detach => {}
        Op::Stack(pairs) => reading.add_stack(pairs.as_chunks().0, g),
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
                    if O::FLOW == Flow::Same && x.active {
                        reading.add_same(x, g);
                    } else if x.active && O::FLOW != Flow::None {
                        reading.add_unary::<O>(x, y, g);
                    }
                }
            }
            op.visit(Pass(operand(0), node, g, reading));
        }
        Op::Binary(op) | Op::BinaryWith(op, _) | Op::BinaryFrom(op, _) => {
            op.visit(PassBinary(sides(tape, node), node, g, reading));
        }
        Op::Array(op) => pass_array(tape, node, op, g, reading),
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
                && !(planted(Bug::CountedOnce) && k == 1 && y.operands.get(1) == y.operands.first())
            {
                if O::FLOW[k] == Flow::Same {
                    reading.add_same(x, g);
                    continue;
                }
                reading.add_binary::<O>(k, x, sides, y, g);
            }
        }
    }
}

/// Passes the cotangent of an array op's result on to its operands.
fn pass_array<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    node: &'t Node<R::T>,
    op: &ArrayOp,
    g: &Cotangent<R::A>,
    reading: &mut R,
) {
    let operand = |id: u32| tape.arrays().get(id as usize);
    match *node.operands {
        [a] => pass_few([operand(a)], node, op, g, reading),
        [a, b] => pass_few([operand(a), operand(b)], node, op, g, reading),
        _ => {
            let x = short(node.operands.iter().map(|&id| operand(id)));
            let held = short(x.iter().map(|x| reading.array(x)));
            let values = short(held.iter().map(Borrow::borrow));
            pass(
                &x,
                &values,
                &short(x.iter().map(|x| x.active)),
                node,
                op,
                g,
                reading,
            );
        }
    }
}

/// The same for a known number of operands.
fn pass_few<'t, R: Reading<'t>, const N: usize>(
    x: [&'t Node<R::T>; N],
    node: &'t Node<R::T>,
    op: &ArrayOp,
    g: &Cotangent<R::A>,
    reading: &mut R,
) {
    let held = x.map(|x| reading.array(x));
    let values = held.each_ref().map(Borrow::borrow);
    pass(&x, &values, &x.map(|x| x.active), node, op, g, reading);
}

/// The same with the operands' values at hand.
fn pass<'t, R: Reading<'t>>(
    x: &[&'t Node<R::T>],
    values: &[&Term<R::A>],
    wanted: &[bool],
    node: &'t Node<R::T>,
    op: &ArrayOp,
    g: &Cotangent<R::A>,
    reading: &mut R,
) {
    let y = reading.array(node);
    let given = Given {
        wanted,
        x: values,
        y: y.borrow(),
        g: &g.value,
        partial: g.partial,
    };
    op.vjps_onto(given, &mut Operands { x, reading });
}

/// The operands of an op, to whose cotangents its rule adds.
struct Operands<'x, 't, R: Reading<'t>> {
    x: &'x [&'t Node<R::T>],
    reading: &'x mut R,
}

impl<'t, R: Reading<'t>> Sink<R::A> for Operands<'_, 't, R> {
    fn sum(&mut self, k: usize) -> Option<&mut Cotangent<R::A>> {
        self.reading.sum(self.x[k])
    }
    fn take(&mut self, k: usize) -> Option<Cotangent<R::A>> {
        self.reading.take(self.x[k])
    }
    fn add(&mut self, k: usize, part: Cotangent<R::A>) {
        self.reading.add_array(self.x[k], part);
    }
}
