//! Loud failure: what is wrong is said, with the operation's name, what was wrong about it, and the caller's file
//! and line.
//!
//! - [`tapes`]: operands on two tapes.
//! - [`shapes`]: shapes, axes and indices that do not fit.
//! - [`extremes`]: extents, counts and strides at the end of the range of `usize`.
//! - [`missing`]: gradients that do not exist, and why; and those that are 0.
//! - [`stale`]: handles and gradients used at the wrong time or in the wrong place; what may cross threads.

mod extremes;
pub(crate) mod hook;
mod missing;
mod shapes;
mod stale;
mod tapes;
mod windows;
