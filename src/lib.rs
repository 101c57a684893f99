#![doc = include_str!("../README.md")]

mod checkpoint;
#[allow(unreachable_pub, reason = "named in hidden methods of public traits")]
mod custom;
pub mod dense;
mod dims;
pub mod distributions;
pub mod error;
#[allow(unreachable_pub, reason = "named in public traits")]
mod fast;
#[allow(unreachable_pub, reason = "named in hidden methods of a public trait")]
mod found;
pub mod grad;
pub mod gradcheck;
mod gradients;
pub mod inspect;
pub mod nn;
pub mod ops;
pub mod optim;
#[cfg(feature = "planted-bugs")]
#[doc(hidden)]
pub mod planted;
#[cfg(not(feature = "planted-bugs"))]
#[allow(unreachable_pub, reason = "public with its feature")]
mod planted;
mod real;
mod seeds;
mod shape;
mod special;
#[allow(unreachable_pub, reason = "named in hidden methods of public traits")]
mod sweep;
mod tangents;
mod tape;

pub use checkpoint::{checkpoint, checkpoint_loop};
pub use custom::CustomOp;
#[doc(inline)]
pub use dense::{Dense, Storage};
#[cfg(feature = "linalg")]
pub use error::LinalgError;
pub use error::{MemoryLimit, ShapeError};
pub use found::Handle;
pub use gradients::{Backward, Gradients, RecordedGradients, RecordedHandle};
#[doc(inline)]
pub use ops::{Argument, ArrayValue, Lit, Number, Operand, Pad, Term, Value, one_hot};
pub use real::Real;
pub use tangents::{Forward, Tangents};
pub use tape::{ArraySlot, ScalarSlot, Stats, Tape, Tensor, Var};

/// The examples of `docs/higher-order.md` are tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/higher-order.md")]
mod higher_order {}

/// The examples of `docs/debugging.md` are tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/debugging.md")]
mod debugging {}
