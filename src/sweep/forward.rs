//! The walk in the order of recording: tangents from operands to results.
//!
//! A pointwise op's Jacobian is diagonal, so the expression that makes a cotangent of one makes a tangent of the other:
//! the same rows of the table serve both walks. Array rules state their tangent beside their cotangent. The two walks keep
//! what they have found in the same places, those of the [`Reading`].

use super::{Reading, Record, Side, operands, scalar_op, sides};
use crate::ops::pointwise::{self, *};
use crate::ops::pointwise::{BinaryVisitor, UnaryVisitor};
use crate::ops::rule::{BinaryRule, Cotangent, Flow, UnaryRule};
use crate::ops::{ArrayOp, Term};
use crate::tape::lane::{BinaryCode, DETACH, Header, INPUT, READ, UnaryCode, Word};
use crate::tape::{Node, Op, Tape};
use smallvec::SmallVec;
use std::borrow::Borrow;
use std::hint::black_box;
use std::ops::Range;

/// Walks the whole tape forwards, as far as it was recorded when `words` and `nodes` were taken; `ends` says where each
/// scalar op's record ends.
pub(crate) fn sweep<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    words: &[Word],
    ends: &[usize],
    nodes: usize,
    reading: &mut R,
) {
    let mut from = 0;
    for i in 0..nodes {
        let node = tape.arrays().get(i);
        scalar_run(tape, words, ends, from..node.scalars_before, reading);
        from = node.scalars_before;
        array_node(tape, node, reading);
    }
    scalar_run(tape, words, ends, from..ends.len() as u32, reading);
}

/// Where each scalar op's record ends: records have their headers last, so they are found from the end.
pub(crate) fn record_ends(words: &[Word], scalars: u32, ends: &mut Vec<usize>) {
    ends.resize(scalars as usize, 0);
    let mut end = words.len();
    for slot in ends.iter_mut().rev() {
        *slot = end;
        // Branches, not arithmetic: where each record ends depends on the one after it, and only a predicted branch lets the
        // processor look ahead.
        end -= match Header::unpack(words[end - 1].get()).payload() {
            0 => black_box(1),
            1 => black_box(2),
            2 => black_box(3),
            _ => black_box(4),
        };
    }
}

fn scalar_run<'t, R: Reading<'t>>(
    tape: &'t Tape<R::T>,
    words: &[Word],
    ends: &[usize],
    ids: Range<u32>,
    reading: &mut R,
) {
    for id in ids {
        let words = &words[..ends[id as usize]];
        let mut record = Record { words, id };
        let header = Header::unpack(record.word());
        pointwise::for_each_pointwise!(scalar_op(header record tape reading));
    }
}

fn read<'t, R: Reading<'t>>(record: &mut Record<'_>, header: Header, tape: &'t Tape<R::T>, reading: &mut R) {
    let element = record.word() as usize;
    let node = tape.arrays().get(header.a as usize);
    if let Some(t) = reading.take(node) {
        let c = reading.element(&t.value, element);
        reading.add(record.id, c, t.partial);
        reading.put_back(node, t);
    }
}

// Where nothing is optimised, the locals of all rules in one frame would overflow the stack.
#[cfg_attr(debug_assertions, inline)]
#[cfg_attr(not(debug_assertions), inline(always))]
fn unary<'t, O: UnaryRule, R: Reading<'t>>(record: &mut Record<'_>, header: Header, reading: &mut R) {
    let [x, y] = record.unary::<O, R>(header, reading);
    if O::FLOW != Flow::None
        && let Some(t) = reading.adjoint(header.a)
    {
        reading.add(record.id, O::vjp(&x, &y, &t), O::FLOW == Flow::Gated);
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
    if ACTIVE != 2
        && O::FLOW[0] != Flow::None
        && let Some(t) = reading.adjoint(header.a)
    {
        reading.add(record.id, O::vjp_a(&a, &b, &y, &t), O::FLOW[0] == Flow::Gated);
    }
    if ACTIVE != 1
        && O::FLOW[1] != Flow::None
        && let Some(t) = reading.adjoint(header.b)
    {
        reading.add(record.id, O::vjp_b(&a, &b, &y, &t), O::FLOW[1] == Flow::Gated);
    }
}

/// Passes the tangents of a node's operands on to it.
fn array_node<'t, R: Reading<'t>>(tape: &'t Tape<R::T>, node: &'t Node<R::T>, reading: &mut R) {
    let operand = |k: usize| tape.arrays().get(node.operands[k] as usize);
    match &node.op {
        Op::Input | Op::Constant | Op::Detach => {}
        Op::Stack(pairs) => {
            for pair in pairs.chunks_exact(2) {
                if let Some(t) = reading.adjoint(pair[1] as u32) {
                    reading.add_element(node, pair[0], t);
                }
            }
        }
        Op::Unary(op) => {
            struct Pass<'t, 'r, R: Reading<'t>>(&'t Node<R::T>, &'t Node<R::T>, &'r mut R);
            impl<'t, R: Reading<'t>> UnaryVisitor for Pass<'t, '_, R> {
                type Out = ();
                fn visit<O: UnaryRule>(self) {
                    let Self(x, y, reading) = self;
                    if O::FLOW != Flow::None
                        && let Some(t) = reading.take(x)
                    {
                        let c = reading.unary::<O>(x, y, &t);
                        reading.add_array(y, c);
                        reading.put_back(x, t);
                    }
                }
            }
            op.visit(Pass(operand(0), node, reading));
        }
        Op::Binary(op) | Op::BinaryWith(op, _) | Op::BinaryFrom(op, _) => {
            op.visit(PassBinary(sides(tape, node), node, reading));
        }
        Op::Array(op) => pass_array(tape, node, op, reading),
    }
}

struct PassBinary<'t, 'r, R: Reading<'t>>([Side<'t, R::T>; 2], &'t Node<R::T>, &'r mut R);

impl<'t, R: Reading<'t>> BinaryVisitor for PassBinary<'t, '_, R> {
    type Out = ();
    fn visit<O: BinaryRule>(self) {
        let Self(sides, y, reading) = self;
        for (k, side) in sides.into_iter().enumerate() {
            if let Side::Node(x) = side
                && O::FLOW[k] != Flow::None
                && let Some(t) = reading.take(x)
            {
                let wide = Cotangent {
                    value: t.value.broadcast_to(y.value().shape()),
                    partial: t.partial,
                };
                let c = reading.binary::<O>(k, sides, y, &wide);
                reading.add_array(y, c);
                reading.put_back(x, t);
            }
        }
    }
}

/// Passes the tangents of an array op's operands on to its result.
fn pass_array<'t, R: Reading<'t>>(tape: &'t Tape<R::T>, node: &'t Node<R::T>, op: &ArrayOp, reading: &mut R) {
    let x = operands(tape, node, reading);
    let x: SmallVec<[&Term<R::A>; 4]> = x.iter().map(Borrow::borrow).collect();
    let tangents = node.operands.iter().map(|&id| {
        let x = tape.arrays().get(id as usize);
        reading.take(x).inspect(|t| reading.put_back(x, t.clone()))
    });
    let tangents: SmallVec<[_; 4]> = tangents.collect();
    if tangents.iter().any(Option::is_some) {
        op.tangents(&x, reading.array(node).borrow(), &tangents, &mut |t| {
            reading.add_array(node, t)
        });
    }
}
