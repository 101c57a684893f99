//! Gradients as functions: modes against each other, custom ops, checkpoints.

mod checkpoints;
mod custom;
mod functions;
mod modes;
mod zeros;
