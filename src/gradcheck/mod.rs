//! Gradients put to the test.

pub mod strategies;
