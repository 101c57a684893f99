//! Operations and their rules: what an op computes, and how a cotangent passes through it. No tape is known here.
//!
//! - [`pointwise`]: **the table** of pointwise ops, one row each.
//! - One file per family of array ops, entered in **the registry** at the end of this file.
//! - [`Term`] wraps a value of any reading and carries the operators and op methods, in which rules and users write
//!   the same expressions.
//!
//! What an op costs beyond its arithmetic is the tape's affair; see [`Tape`](crate::Tape).

mod activations;
mod argument;
pub mod axes;
pub mod conv;
mod einsum;
mod elementwise;
pub mod incomplete;
pub mod index;
pub mod layout;
#[cfg(feature = "linalg")]
pub mod linalg;
pub(crate) mod loops;
pub mod matmul;
pub mod norm;
mod order;
mod product;
#[macro_use]
mod table;
pub mod image;
pub mod pointwise;
pub mod pool;
pub mod reduce;
mod rows;
pub mod rule;
pub mod scan;
mod scatter;
pub mod softmax;
mod special;
pub mod standardize;
mod statistics;
mod term;
mod values;
pub mod window;

pub use crate::custom::Custom;
pub use argument::Argument;
pub use axes::Pad;
use image::{Col2Im, Im2Col, PickMax, PutMax};
use incomplete::Incomplete;
use index::{Concat, Embed, ScatterAdd, Slice, Take};
use layout::{BroadcastTo, Permute, Reshape};
#[cfg(feature = "linalg")]
use linalg::{Cholesky, Cofactor, Det, Eigh, Expm, Gaps, Inv, Pinv, Qr, Slogdet, Solve, Svd};
use matmul::MatMul;
use norm::{Norm, SumSquares};
pub use pointwise::{Binary, Unary};
use reduce::{Extremum, LogSumExp, Sum};
pub use rule::{ArrayRule, ArrayValue, BinaryRule, Flow, UnaryRule, Value, Zeros};
use scan::{CumExtremum, CumSum, LogCumSumExp, Recurrence};
pub use scatter::one_hot;
use softmax::{LogSoftmax, Softmax};
use standardize::Standardize;
pub(crate) use term::forward;
pub use term::{Lit, Number, Operand, Term};
use window::{Band, Overlap, Windows};

use crate::error::ShapeError;
use rule::{Cotangent, Given, Sink};

/// Panics at the caller's line, the op's name in front.
#[track_caller]
fn or_panic<R>(name: &str, result: Result<R, ShapeError>) -> R {
    match result {
        Ok(x) => x,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// The registry's grammar: the names of the structs that are array ops.
macro_rules! registry {
    ($($(#[$on:meta])* $Op:ident)*) => {
        /// An array op with its attributes, as data.
        #[derive(Debug, Clone)]
        #[allow(missing_docs, reason = "each is documented at its struct")]
        pub enum ArrayOp { $($(#[$on])* $Op($Op)),* }

        $($(#[$on])* impl From<$Op> for ArrayOp {
            fn from(op: $Op) -> Self {
                Self::$Op(op)
            }
        })*

        /// What is done for an array op that is known as data only.
        pub(crate) trait ArrayVisitor {
            type Out;
            fn visit<R: ArrayRule>(self, rule: &R) -> Self::Out;
        }

        impl ArrayOp {
            pub(crate) fn visit<W: ArrayVisitor>(&self, visitor: W) -> W::Out {
                match self { $($(#[$on])* Self::$Op(rule) => visitor.visit(rule)),* }
            }
        }
    };
}

// THE REGISTRY: an array op is one word here, and its file.
registry! {
    Sum Extremum LogSumExp Norm SumSquares
    CumSum Recurrence CumExtremum LogCumSumExp
    Softmax LogSoftmax Standardize
    MatMul
    Incomplete
    Reshape Permute BroadcastTo Slice Embed Take ScatterAdd Concat
    Im2Col Col2Im PickMax PutMax
    Windows Overlap Band
    #[cfg(feature = "linalg")] Cholesky
    #[cfg(feature = "linalg")] Solve
    #[cfg(feature = "linalg")] Inv
    #[cfg(feature = "linalg")] Det
    #[cfg(feature = "linalg")] Cofactor
    #[cfg(feature = "linalg")] Slogdet
    #[cfg(feature = "linalg")] Qr
    #[cfg(feature = "linalg")] Eigh
    #[cfg(feature = "linalg")] Gaps
    #[cfg(feature = "linalg")] Svd
    #[cfg(feature = "linalg")] Pinv
    #[cfg(feature = "linalg")] Expm
    Custom
}

impl ArrayOp {
    /// An op that holds nothing.
    pub(crate) const NOTHING: Self = Self::MatMul(MatMul);

    /// An op from outside the registry, as data.
    pub fn custom<R: ArrayRule + Send + Sync + 'static>(rule: R) -> Self {
        Self::Custom(Custom::new(rule))
    }

    /// The cotangents of its operands: the part of a sweep that is compiled for each op; see [`ArrayRule::vjps_onto`].
    pub(crate) fn vjps_onto<V: ArrayValue>(&self, given: Given<'_, V>, to: &mut dyn Sink<V>) {
        struct Vjps<'a, 'g, V>(Given<'g, V>, &'a mut dyn Sink<V>);
        impl<V: ArrayValue> ArrayVisitor for Vjps<'_, '_, V> {
            type Out = ();
            fn visit<R: ArrayRule>(self, rule: &R) {
                rule.vjps_onto(self.0, self.1);
            }
        }
        self.visit(Vjps(given, to));
    }

    /// The tangents that its result receives from those of its operands, likewise.
    pub(crate) fn tangents<V: ArrayValue>(
        &self,
        x: &[&Term<V>],
        y: &Term<V>,
        tangents: &[Option<Cotangent<V>>],
        add: &mut dyn FnMut(Cotangent<V>),
    ) {
        struct Jvps<'a, V>(
            &'a [&'a Term<V>],
            &'a Term<V>,
            &'a [Option<Cotangent<V>>],
            &'a mut dyn FnMut(Cotangent<V>),
        );
        impl<V: ArrayValue> ArrayVisitor for Jvps<'_, V> {
            type Out = ();
            fn visit<R: ArrayRule>(self, rule: &R) {
                crate::sweep::push_tangents(rule, self.0, self.1, self.2, self.3);
            }
        }
        self.visit(Jvps(x, y, tangents, add));
    }

    /// Whether it comes from outside the registry.
    pub(crate) fn is_custom(&self) -> bool {
        matches!(self, Self::Custom(_))
    }

    /// The op's name in messages.
    pub fn name(&self) -> String {
        struct Name;
        impl ArrayVisitor for Name {
            type Out = String;
            fn visit<R: ArrayRule>(self, rule: &R) -> String {
                rule.name().to_owned()
            }
        }
        self.visit(Name)
    }
}
