//! x
pub mod dense;
pub mod error;
pub mod ops;
mod real;
mod shape;
pub use dense::Dense;
pub use error::ShapeError;
pub use ops::{Lit, Term, Value, ArrayValue};
pub use real::Real;
