//! Both lanes on one tape.
//!
//! - [`by_hand`]: one function that crosses between the lanes at every turn, against its derivatives worked out on
//!   paper.
//! - [`short`]: tapes of a few scalars, whose adjoints and records lie elsewhere than those of long ones.
//! - [`work`]: what reading an array element by element costs.
//!
//! Random programs over both lanes are in `programs`.

mod by_hand;
mod short;
mod work;
