//! Both lanes on one tape.
//!
//! - [`by_hand`]: one function that crosses between the lanes at every turn, against its derivatives worked out on
//!   paper.
//! - [`work`]: what reading an array element by element costs.
//!
//! Random programs over both lanes are in `programs`.

mod by_hand;
mod work;
