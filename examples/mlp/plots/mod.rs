//! Stub.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EpochRecord { pub(crate) epoch: usize, pub(crate) train_loss: f32, pub(crate) train_accuracy: f32, pub(crate) test_loss: f32, pub(crate) test_accuracy: f32, pub(crate) seconds: f64 }
