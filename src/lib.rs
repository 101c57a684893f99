#![doc = include_str!("../README.md")]

pub mod dense;
pub mod error;
mod gradients;
pub mod nn;
pub mod ops;
pub mod optim;
mod real;
mod shape;
mod sweep;
mod tape;

#[doc(inline)]
pub use dense::Dense;
pub use error::ShapeError;
pub use gradients::{Gradients, Handle, RecordedGradients, RecordedHandle};
#[doc(inline)]
pub use ops::{ArrayValue, Lit, Operand, Term, Value};
pub use real::Real;
pub use tape::{ArraySlot, ScalarSlot, Stats, Tape, Tensor, Var};
