//! Gradients put to the test.

#[cfg(feature = "proptest")]
pub mod strategies;
