//! What the engine asks of memory: nothing in a warm loop, little of the stack however long the tape, and all of it
//! back.
//!
//! - [`training`]: allocations of a step, counted.
//! - [`depth`]: long chains and wide fans on a small stack.
//! - [`balance`]: bytes in use, counted; [`checkpoints`]: a long loop in the memory of a few states.
//! - [`limit`]: the memory ceiling and the estimates, by this count.
//! - [`evaluator`]: a function with its derivatives, without allocations.

#![allow(
    unsafe_code,
    reason = "an allocator that counts can only be written with it; nothing else here is unsafe"
)]

mod balance;
mod checkpoints;
mod counter;
mod depth;
mod evaluator;
mod limit;
mod training;
