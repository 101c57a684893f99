//! What the gradients are where mathematics leaves a choice: kinks, ties, borders of a domain, extremes (`table.rs`,
//! `reductions.rs`); what a selection leaves untouched (`untouched.rs`); how exact the derivatives are (`accuracy.rs`);
//! and what went wrong in other libraries (`peers.rs`).
//!
//! The sources are the project's list of conventions and its list of defects found elsewhere.

mod accuracy;
mod elementwise;
mod expression;
mod negation;
mod networks;
mod peers;
mod reductions;
mod rows;
mod special;
mod table;
mod untouched;
mod zeros;
