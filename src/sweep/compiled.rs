//! The walks, compiled for `f32` and `f64` in this crate. A walk holds every rule of the registry in its reading; were it
//! generic to the end, every program that differentiates would compile them all again.

use super::dual::Dual;
use super::many::Many;
use super::plain::Plain;
use super::recorded::Recorded;
use super::{Part, backward, forward};
use crate::Real;
use crate::dense::Dense;
use crate::ops::pointwise::{BinaryVisitor, UnaryVisitor};
use crate::ops::rule::{ArrayRule, BinaryRule, UnaryRule, Value};
use crate::ops::{ArrayOp, ArrayVisitor, Binary, Unary};
use crate::tape::Tape;
use crate::tape::lane::Word;

/// A walk over (a part of) a tape in each reading.
pub trait Walks: Sized {
    #[doc(hidden)]
    fn plain(tape: &Tape<Self>, words: &[Word], part: Part, found: &mut Plain<'_, Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn dual(tape: &Tape<Self>, words: &[Word], part: Part, found: &mut Dual<'_, Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn many(tape: &Tape<Self>, words: &[Word], part: Part, found: &mut Many<Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn recorded<'t>(tape: &'t Tape<Self>, words: &[Word], part: Part, found: &mut Recorded<'t, Self>)
    where
        Self: Real;
    #[doc(hidden)]
    fn forward(tape: &Tape<Self>, words: &[Word], ends: &[usize], nodes: usize, found: &mut Plain<'_, Self>)
    where
        Self: Real;

    /// The value of an op that is known as data, computed again.
    #[doc(hidden)]
    fn unary_again(op: Unary, x: &Dense<Self>) -> Dense<Self>
    where
        Self: Real;
    #[doc(hidden)]
    fn binary_again(op: Binary, a: &Dense<Self>, b: &Dense<Self>) -> Dense<Self>
    where
        Self: Real;
    #[doc(hidden)]
    fn array_again(op: &ArrayOp, x: &[&Dense<Self>]) -> Dense<Self>
    where
        Self: Real;
}

/// An op's operands.
struct Again<'a, T: Real>(&'a [&'a Dense<T>]);

impl<T: Real> UnaryVisitor for Again<'_, T> {
    type Out = Dense<T>;
    fn visit<O: UnaryRule>(self) -> Dense<T> {
        Value::unary::<O>(self.0[0])
    }
}

impl<T: Real> BinaryVisitor for Again<'_, T> {
    type Out = Dense<T>;
    fn visit<O: BinaryRule>(self) -> Dense<T> {
        Value::binary::<O>(self.0[0], self.0[1])
    }
}

impl<T: Real> ArrayVisitor for Again<'_, T> {
    type Out = Dense<T>;
    fn visit<R: ArrayRule>(self, rule: &R) -> Dense<T> {
        rule.forward(self.0)
    }
}

macro_rules! walks {
    ($t:ident) => {
        impl Walks for $t {
            fn plain(tape: &Tape<$t>, words: &[Word], part: Part, found: &mut Plain<'_, $t>) {
                backward::sweep(tape, words, part, found);
            }
            fn dual(tape: &Tape<$t>, words: &[Word], part: Part, found: &mut Dual<'_, $t>) {
                backward::sweep(tape, words, part, found);
            }
            fn many(tape: &Tape<$t>, words: &[Word], part: Part, found: &mut Many<$t>) {
                backward::sweep(tape, words, part, found);
            }
            fn recorded<'t>(tape: &'t Tape<$t>, words: &[Word], part: Part, found: &mut Recorded<'t, $t>) {
                backward::sweep(tape, words, part, found);
            }
            fn forward(
                tape: &Tape<$t>,
                words: &[Word],
                ends: &[usize],
                nodes: usize,
                found: &mut Plain<'_, $t>,
            ) {
                forward::sweep(tape, words, ends, nodes, found);
            }
            fn unary_again(op: Unary, x: &Dense<$t>) -> Dense<$t> {
                op.visit(Again(&[x]))
            }
            fn binary_again(op: Binary, a: &Dense<$t>, b: &Dense<$t>) -> Dense<$t> {
                op.visit(Again(&[a, b]))
            }
            fn array_again(op: &ArrayOp, x: &[&Dense<$t>]) -> Dense<$t> {
                op.visit(Again(x))
            }
        }
    };
}

walks!(f32);
walks!(f64);
