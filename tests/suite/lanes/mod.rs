//! Both lanes on one tape.
//!
//! - [`by_hand`]: one function that crosses between the lanes at every turn, against its derivatives worked out on
//!   paper.
//! - [`random`]: random programs over both lanes, against dual and hyper-dual numbers.
//! - [`work`]: what reading an array element by element costs.

mod by_duals;
mod by_hand;
mod naive;
mod on_tape;
mod program;
mod random;
mod resolve;
mod work;
