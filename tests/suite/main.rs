//! The engine's tests, in one program: each program would compile the whole engine again.
//!
//! - [`pointwise`], [`arrays`]: every rule, by the checker in [`common`]; [`broken`]: that the checker finds what is wrong.
//! - [`catalogue`]: every op by name, against JAX and PyTorch, and the table of ops.
//! - [`forward`]: tangents against cotangents.
//! - [`conventions`]: kinks, ties, borders, structural zeros, accuracy; defects of other libraries.
//! - [`adbench`]: the problems of a benchmark, against derivatives written by hand.
//! - [`distributions`]: densities add to 1, tails, supports.
//! - [`lanes`]: both lanes on one tape, random programs against dual numbers.
//! - [`float`]: functions written for plain numbers; [`errors`]: loud failure.
//! - [`debug`]: births of ∞ and NaN, the tape in print and in pictures, the memory ceiling.
//! - [`gradcheck`]: the public gradient checker: what it passes, finds, and cannot tell.
//! - [`higher`]: gradients as functions, modes against each other, custom ops, checkpoints.
//! - [`layers`]: losses, norms, attention, layers as trees.
//! - `linalg`: linear algebra, with its feature.
//! - [`network`]: the four equations of back-propagation, by an independent implementation.

#![allow(
    clippy::reversed_empty_ranges,
    clippy::cloned_ref_to_slice_refs,
    clippy::excessive_precision,
    clippy::needless_borrows_for_generic_args,
    clippy::neg_cmp_op_on_partial_ord,
    clippy::eq_op,
    clippy::erasing_op,
    clippy::op_ref,
    clippy::type_complexity,
    clippy::useless_vec,
    clippy::vec_init_then_push,
    dropping_copy_types,
    dropping_references,
    reason = "`s![1..-1]` counts from the end; operands are lists; literals are tables; a NaN must fail; x − x, 0·x and &x are what is tested"
)]

mod accuracy;
mod adbench;
mod arrays;
mod broken;
#[cfg(feature = "linalg")]
mod catalogue;
mod common;
mod conventions;
mod debug;
#[cfg(feature = "linalg")]
mod distributions;
mod errors;
mod float;
mod forward;
mod gradcheck;
mod higher;
mod lanes;
mod layers;
#[cfg(feature = "linalg")]
mod linalg;
mod network;
mod pointwise;
#[cfg(feature = "proptest")]
mod programs;
