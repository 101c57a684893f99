//! Gradients as functions: modes against each other, custom ops, checkpoints; the same bits, on how many threads ever.

mod checkpoints;
mod custom;
mod determinism;
mod functions;
mod modes;
mod parallel;
mod zeros;
