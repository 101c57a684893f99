//! The memory ceiling: a computation that would hold more than it may ends with an error instead of an abort.
//!
//! An op cannot return a `Result`, expressions being what they are. So the op that asks for too much unwinds, without a
//! panic's message, and is caught where the limit was set.

use super::Tape;
use crate::Real;
use crate::dense::ledger::{Exceeded, Idle, Use};
use crate::error::MemoryLimit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

impl<T: Real> Tape<T> {
    /// Runs `f` with this tape allowed to hold no more than `bytes`: what it held before, what `f` records, and what its
    /// sweeps need. The op that would exceed that does not ask for its memory but ends `f`, and the sizes are the error. What
    /// was recorded until then stays recorded; the tape is as usable as ever.
    ///
    /// Held is what was asked of the system: the stream with its spare capacity, values and cotangents, memory that waits for
    /// its next use (it is given back when there is need). Not counted are arrays that are [lent](crate::Storage) to the tape, a
    /// matrix product's packing buffers, and the scalars of tapes that [`checkpoint`](crate::checkpoint) makes for itself. Without
    /// a limit nothing is checked; with one, warm steps cost what they always cost.
    ///
    /// ```
    /// let mut tape = wengert::Tape::new();
    /// let chain = |n: usize| {
    ///     let x = tape.var(1.0);
    ///     (0..n).fold(x, |y, _| y * x).backward().wrt(x)
    /// };
    /// assert_eq!(tape.within(100_000, || chain(1_000)), Ok(1001.0));
    /// let error = tape.within(100_000, || chain(10_000)).unwrap_err();
    /// assert!(error.limit == 100_000 && error.scalars > 50_000 && error.in_use() <= 100_000);
    /// tape.clear();
    /// ```
    ///
    /// # Errors
    /// Where `f` would need more. A limit within a limit is no larger than that.
    ///
    /// # Panics
    /// Where `f` panics. A program that is compiled to abort on a panic aborts at the limit as well.
    pub fn within<R>(&self, bytes: usize, f: impl FnOnce() -> R) -> Result<R, MemoryLimit> {
        let outer = self.ledger.limit();
        self.limit_to(bytes.min(outer));
        let result = catch_unwind(AssertUnwindSafe(f));
        self.limit_to(outer);
        result.map_err(|payload| match payload.downcast::<Exceeded>() {
            Ok(exceeded) if exceeded.is_of(&self.ledger) => self.memory_limit(&exceeded),
            Ok(other) => resume_unwind(other),
            Err(panic) => resume_unwind(panic),
        })
    }

    fn limit_to(&self, bytes: usize) {
        let limited = bytes < usize::MAX;
        let idle: Vec<Box<dyn Idle>> = match limited {
            true => vec![
                Box::new(self.spare.clone()),
                Box::new(self.pool.clone()),
                Box::new(self.indices.clone()),
            ],
            false => Vec::new(),
        };
        self.ledger.set_limit(bytes, idle);
        self.ledger
            .set(Use::Nodes, self.arrays.bytes() + self.boxes.bytes());
        self.scalars.set_limit(limited.then(|| self.ledger.clone()));
    }

    fn memory_limit(&self, exceeded: &Exceeded) -> MemoryLimit {
        let held = |of: Use| exceeded.held[of as usize];
        let blocks = held(Use::Arrays);
        let values = self.stats().array_bytes.min(blocks);
        MemoryLimit {
            limit: exceeded.limit,
            asked: exceeded.asked,
            scalars: held(Use::Scalars),
            arrays: held(Use::Nodes) + held(Use::Indices) + values,
            adjoints: held(Use::Adjoints) + (blocks - values),
        }
    }
}
