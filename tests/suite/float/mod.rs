//! A function written once for plain numbers runs on the tape.
//!
//! - [`methods`]: every method of num-traits' `Float` and its supertraits gives the same bits on `f64`, `f32` and
//!   handles.
//! - [`slopes`]: and their gradients.
//! - [`schemes`]: two flow solvers of 2000 steps, written once, with the figures of other engines.
//! - [`operators`]: operators between every pair of handle, reference, number and plain array.
//! - [`arrays`]: tensors made from and lent as ndarray arrays and views of every kind.

mod arrays;
mod methods;
mod operators;
mod schemes;
mod slopes;
