//! A sweep through a checkpointed loop keeps as many states as it has slots, however long the loop is.

use super::counter::peak;
use ndarray::{Array1, arr1};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wengert::{Tape, checkpoint, checkpoint_loop};

/// Elements of a state.
const N: usize = 64;

/// The most bytes that recording the loop and sweeping through it takes, the steps evaluated, and the gradient of Σ y with
/// respect to the rate.
fn run(steps: usize, slots: usize) -> (isize, usize, f64) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let mut gradient = 0.0;
    let bytes = peak(|| {
        let tape = Tape::new();
        let x = tape.tensor(&Array1::linspace(0.5, 1.5, N));
        let rate = tape.tensor(&arr1(&[0.3]));
        let y = checkpoint_loop(steps, slots, x, &[rate], move |_, x, p| {
            counted.fetch_add(1, Ordering::Relaxed);
            x - 1e-5 * p[0] * x
        });
        gradient = y.sum().backward().wrt(rate)[0];
    });
    (bytes, calls.load(Ordering::Relaxed), gradient)
}

#[test]
fn a_long_loop_in_twenty_slots() {
    let (short, _, _) = run(1_000, 20);
    let (long, calls, gradient) = run(100_000, 20);
    // l for the value, l recorded, and r·l − β(21, r − 1) with r = 6 (β(20, 5) = 53 130 < l ≤ β(20, 6) = 230 230).
    assert_eq!(calls, 100_000 + 100_000 + 6 * 100_000 - 65_780);
    let sum: f64 = Array1::linspace(0.5, 1.5, N).sum();
    let want = -(100_000.0 * 1e-5) * sum * (1.0 - 0.3e-5_f64).powi(99_999);
    assert!((gradient / want - 1.0).abs() < 1e-9, "{gradient}, not {want}");
    let slots = (20 * N * size_of::<f64>()) as isize;
    println!(
        "peak: {short} bytes for 1000 steps, {long} for 100 000; {slots} for the slots; the states of all steps: {}",
        100_000 * N * 8
    );
    assert!(
        long <= short + slots,
        "{long} bytes for 100 000 steps, {short} for 1000"
    );
    assert!(long < 100_000, "{long} bytes");
}

#[test]
fn segments_keep_their_ends_only() {
    let run = |kept: bool| {
        peak(|| {
            let tape = Tape::new();
            let x = tape.tensor(&Array1::linspace(0.5, 1.5, 1000));
            let mut y = x;
            for _ in 0..10 {
                y = match kept {
                    true => (0..100).fold(y, |y, _| y + 1e-3 * y.sin()),
                    false => checkpoint(|y| (0..100).fold(y[0], |y, _| y + 1e-3 * y.sin()), &[y]),
                };
            }
            let _ = y.sum().backward().wrt(x)[0];
        })
    };
    let (full, short) = (run(true), run(false));
    println!("peak: {full} bytes in full, {short} with checkpoints");
    assert!(5 * short < full, "{short} bytes of {full}");
}
