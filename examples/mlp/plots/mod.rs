//! Pictures of a training as self-contained SVG documents.

mod axis;
mod curves;
mod mistakes;
mod svg;
mod tiles;
mod weights;

use ndarray::ArrayView1;

pub(crate) use curves::curves;
pub(crate) use mistakes::misclassified;
pub(crate) use weights::weights;

/// How one epoch went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EpochRecord {
    /// Its number, from 1.
    pub(crate) epoch: usize,
    /// Mean loss on the training images.
    pub(crate) train_loss: f32,
    /// Share of the training images that were recognised, 0 to 1.
    pub(crate) train_accuracy: f32,
    /// Mean loss on the test images.
    pub(crate) test_loss: f32,
    /// Share of the test images that were recognised, 0 to 1.
    pub(crate) test_accuracy: f32,
    /// How long this epoch took.
    pub(crate) seconds: f64,
}

/// An image that was taken for something else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mistake<'a> {
    /// The image, row after row, from 0 to 1.
    pub(crate) pixels: ArrayView1<'a, f32>,
    /// What it is.
    pub(crate) truth: usize,
    /// What it was taken for.
    pub(crate) guess: usize,
    /// How probable the guess seemed, 0 to 1.
    pub(crate) confidence: f32,
}

#[cfg(test)]
#[path = "../tests/plots.rs"]
mod tests;
