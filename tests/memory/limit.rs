//! The ceiling of `Tape::within` against what the allocator counts, and the estimate of `Stats` against what a sweep takes.

use crate::counter::{live, peak};
use ndarray::Array2;
use wengert::{Tape, Var};

/// Lists of labels, panics' payloads and the like are not counted.
const SLACK: isize = 4_096;

/// Asks that `f`, which would take more, takes no more than the limit, and most of it; the first time and again.
#[track_caller]
fn stays_below(limit: usize, share: f64, mut tape: Tape, f: impl Fn(&Tape)) {
    let mut error = None;
    let highest = peak(|| {
        error = tape.within(limit, || f(&tape)).err();
    });
    let error = error.expect("it takes more");
    assert!(highest <= limit as isize + SLACK, "{highest}: {error}");
    assert!(highest as f64 >= share * limit as f64, "{highest} of {limit}");
    // And on the memory of the first time: what is new comes on top of what is kept, which counts as well.
    tape.clear();
    let more = peak(|| {
        assert!(tape.within(limit, || f(&tape)).is_err());
    });
    assert!(more <= highest, "{more} more than {highest}");
}

fn chain(tape: &Tape, n: usize) -> Var<'_> {
    let x = tape.var(1.0);
    (0..n).fold(x, |y, _| y * x)
}

#[test]
fn a_limit_holds_by_the_allocators_count() {
    let limit = 4_000_000;
    stays_below(limit, 0.95, Tape::new(), |tape| {
        chain(tape, 10_000_000);
    });
    stays_below(limit, 0.95, Tape::new().traced(), |tape| {
        chain(tape, 10_000_000);
    });
    stays_below(limit, 0.9, Tape::new(), |tape| {
        let x = tape.tensor(&Array2::ones((100, 100)));
        (0..10_000).fold(x, |y, _| y.sin() + x);
    });
    // Nodes, of small arrays: their chunks double, so half may remain.
    stays_below(limit, 0.4, Tape::new(), |tape| {
        let x = tape.tensor(&Array2::ones((1, 1)));
        (0..100_000).fold(x, |y, _| y + 1.0);
    });
    // Sweeps of each kind, over and over on what they have recorded.
    stays_below(limit, 0.4, Tape::new(), |tape| {
        let mut y = chain(tape, 1_000);
        loop {
            let x = tape.var(1.0);
            y = (y * x).backward_recorded().wrt(x);
        }
    });
    stays_below(limit, 0.5, Tape::new(), |tape| {
        let y = chain(tape, 10_000);
        let mut held = Vec::new();
        loop {
            let tangents = tape.forward().seed(y, 1.0).sweep();
            held.push((y.backward(), tangents));
        }
    });
}

/// The estimate is what a sweep of all of the tape takes, but for the classes that blocks come in.
#[test]
fn the_estimate_of_a_sweep() {
    let tape = Tape::new();
    let x = tape.tensor(&Array2::ones((100, 128)));
    let mut y = x;
    for _ in 0..10 {
        y = (y * 2.0).sin();
    }
    let loss = (0..5_000).fold(y.sum(), |z, _| z.sin());
    let estimate = tape.stats().adjoint_bytes as f64;
    let before = live();
    let gradients = loss.backward();
    let taken = (live() - before) as f64;
    assert!(
        taken <= 1.05 * estimate && taken >= 0.9 * estimate,
        "{taken} of {estimate}"
    );
    drop(gradients);
}
