//! Tools that find what is wrong.
//!
//! - [`births`]: the lines where an ∞ or a NaN is made, in values and adjoints, of scalars and arrays.
//! - [`limit`]: the memory ceiling.
//! - [`listing`]: the tape in print and counted.
//! - [`pictures`]: the tape drawn.

mod births;
mod limit;
mod listing;
mod pictures;
