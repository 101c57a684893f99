//! Bugs planted on purpose, for the test that asks whether random programs find them (`tests/suite/programs/planted.rs`).
//! Without the feature `planted-bugs` none can be switched on, and the questions cost nothing.

/// A bug that engines have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The cotangent of an operand that was broadcast is not summed down to its shape.
    NoUnbroadcast,
    /// A cotangent overwrites what was added before.
    Overwritten,
    /// An operand that stands on both sides of an op receives one cotangent.
    CountedOnce,
    /// Memory that comes back after a `clear` is taken for new, which is full of zeros.
    Stale,
    /// What nothing was added to counts as the number 0.
    LostMask,
}

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// From now on this thread's engine has this bug, or none.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

#[cfg(feature = "planted-bugs")]
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

#[cfg(not(feature = "planted-bugs"))]
#[inline(always)]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}
