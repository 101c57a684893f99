//! Tapes of any length sweep and drop on a small stack: nothing recurses over the graph.
//!
//! Four mebibytes are far less than ten million frames would take; the recorded sweep needs 1.4 of them without optimisation.

use ndarray::arr1;
use std::thread;
use wengert::{Tape, Tensor, Var};

/// Bytes of stack for each test below.
const STACK: usize = 4 << 20;

/// Runs `f` on a thread with a small stack.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK).spawn(f);
    thread.expect("a thread").join().expect("no panic");
}

/// A chain of ten million scalar ops records, sweeps and drops: `y ← −(y + x)`, whose slope is 1 after an even
/// number of turns and −1 after an odd one, plus 1 for the start.
#[test]
fn ten_million_scalar_ops() {
    on_a_small_stack(|| {
        let tape = Tape::new();
        let x = tape.var(0.5);
        let mut y = x;
        for _ in 0..5_000_000 {
            y = -(y + x);
        }
        assert_eq!(tape.stats().scalar_ops, 10_000_001);
        let gradients = y.backward();
        // d ← −(d + 1), from 1: 1, −2, 1, −2, …
        assert_eq!(gradients.wrt(x), 1.0);
        drop(tape);
        drop(gradients);
    });
}

/// A chain of a hundred thousand array ops, and one of views, which all share one piece of memory.
#[test]
fn a_hundred_thousand_array_ops() {
    on_a_small_stack(|| {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
        let mut y: Tensor = x;
        for _ in 0..50_000 {
            y = -(y - x);
        }
        // d ← −(d − 1), from 1: 1, 0, 1, …
        assert_eq!(y.sum().backward().wrt(x), arr1(&[1.0; 3]).into_dyn());
        let mut view = x.reshape([3, 1]);
        for _ in 0..50_000 {
            view = view.t().reshape([3, 1]);
        }
        assert_eq!(view.sum().backward().wrt(x), arr1(&[1.0; 3]).into_dyn());
        assert!(tape.stats().array_ops > 200_000);
    });
}

/// The two lanes in turn a hundred thousand times: as many runs, each with both crossings.
#[test]
fn a_hundred_thousand_crossings() {
    on_a_small_stack(|| {
        let tape = Tape::new();
        let x = tape.var(0.5);
        let mut y = x;
        for _ in 0..100_000 {
            y = tape.stack(&[y, x]).at([0]) * 0.5 + x;
        }
        // d ← d/2 + 1 tends to 2.
        assert_eq!(y.backward().wrt(x), 2.0);
    });
}

/// A variable used a million times collects a million cotangents.
#[test]
fn a_million_wide_fan() {
    on_a_small_stack(|| {
        let tape = Tape::new();
        let (x, t) = (tape.var(2.0), tape.tensor(&arr1(&[3.0])));
        let sum: Var = (0..1_000_000).map(|_| x * x).sum();
        assert_eq!(sum.backward().wrt(x), 4e6);
        let mut total = t;
        for _ in 0..100_000 {
            total += t * t;
        }
        assert_eq!(total.item().backward().wrt(t)[[0]], 6e5 + 1.0);
    });
}

/// The recorded sweep of a long chain, the sweep over what it has recorded, and the search for the reason of a
/// missing gradient.
#[test]
fn recorded_sweeps_and_reasons() {
    on_a_small_stack(|| {
        let tape = Tape::new();
        let (x, z) = (tape.var(0.5), tape.var(1.0));
        let mut y = x * x;
        for _ in 0..300_000 {
            y = y * 0.5 + x;
        }
        let slope = y.backward_recorded().wrt(x);
        assert_eq!((slope.value(), slope.backward().wrt(x)), (2.0, 0.0));
        assert!(y.backward().get(z).is_none());
    });
}
