//! The memory ceiling: an error with sizes, and a tape that works as before.

use ndarray::{Array2, arr1};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{MemoryLimit, Real, Tape};

fn chain<T: Real>(tape: &Tape<T>, n: usize) -> T {
    let x = tape.var(T::one());
    (0..n).fold(x, |y, _| y * x).backward().wrt(x)
}

/// Scalars, on plain and traced tapes of either type: the chain ends close to the limit, not beyond it.
fn scalars<T: Real>(mut tape: Tape<T>, op: usize) {
    const LIMIT: usize = 1 << 20;
    let done = Cell::new(0);
    let error = tape
        .within(LIMIT, || {
            let x = tape.var(T::one());
            let mut y = x;
            loop {
                y *= x;
                done.set(done.get() + 1);
            }
        })
        .map(|never: std::convert::Infallible| match never {})
        .unwrap_err();
    let MemoryLimit { limit, asked, .. } = error;
    assert_eq!((limit, error.arrays, error.adjoints), (LIMIT, 0, 0));
    assert!(
        error.in_use() <= limit && error.in_use() + asked > limit,
        "{error}"
    );
    let used = done.get() * op;
    assert!((LIMIT - 1000..=LIMIT).contains(&used), "{used} of {error}");
    assert_eq!(tape.stats().scalar_ops, done.get() + 1);
    // What is there can be swept, and the tape goes on without a limit.
    tape.clear();
    assert_eq!(chain(&tape, 100_000), T::lit(100_001.0));
    tape.clear();
    assert_eq!(chain(&tape, 10), T::lit(11.0));
}

#[test]
fn scalars_of_either_type() {
    scalars(Tape::<f64>::default(), 24);
    scalars(Tape::<f32>::default(), 24);
    scalars(Tape::<f64>::default().traced(), 40);
}

/// Arrays: the block that does not fit is not asked for; the sizes are those of the blocks.
fn arrays<T: Real>() {
    const LIMIT: usize = 1 << 20;
    let mut tape = Tape::<T>::default();
    let bytes = 100 * 100 * size_of::<T>();
    let done = Cell::new(0);
    let grow = |tape: &Tape<T>| {
        done.set(0);
        let x = tape.tensor(&Array2::from_elem((100, 100), T::one()));
        let mut y = x;
        for _ in 0..1000 {
            y += x;
            done.set(done.get() + 1);
        }
    };
    let error = tape.within(LIMIT, || grow(&tape)).unwrap_err();
    let values = (done.get() + 1) * bytes;
    assert!(
        error.arrays >= values && error.arrays < values + values / 8 + 100_000,
        "{error}"
    );
    assert!((bytes..=bytes + bytes / 8).contains(&error.asked), "{error}");
    assert!(error.in_use() <= LIMIT && error.in_use() + error.asked > LIMIT);
    let first = done.get();
    // The blocks come back: as many arrays again, out of the memory of the first.
    tape.clear();
    let again = tape.within(LIMIT, || grow(&tape)).unwrap_err();
    assert_eq!((done.get(), &again), (first, &error));
    tape.clear();
    grow(&tape);
    assert_eq!(tape.stats().array_ops, 1001);
}

#[test]
fn arrays_of_either_type() {
    arrays::<f64>();
    arrays::<f32>();
}

/// A sweep that does not fit: its lists, and its cotangents.
#[test]
fn sweeps() {
    let tape = Tape::new();
    let x = tape.var(1.0);
    let y = (0..10_000).fold(x, |y, _| y + x);
    let held = tape
        .within(0, || tape.tensor(&arr1(&[1.0])))
        .unwrap_err()
        .in_use();
    let error = tape.within(held + 40_000, || y.backward().wrt(x)).unwrap_err();
    assert_eq!((error.asked, error.adjoints), (80_008, 0));
    let error = tape.within(held + 100_000, || y.backward_recorded().wrt(x).value());
    assert!(error.is_err());
    assert_eq!(tape.within(held + 100_000, || y.backward().wrt(x)), Ok(10_001.0));
    // The lists of the last sweep wait for the next: given back when something else needs the room.
    assert!(tape.within(held + 100_000, || tape.vars(&[1.0; 5_000])).is_ok());

    let tape = Tape::new();
    let x = tape.tensor(&Array2::ones((100, 100)));
    let y = (0..20).fold(x, |y, _| y.sin());
    let loss = y.sum();
    let error = tape.within(2_600_000, || loss.backward()).unwrap_err();
    assert!(error.adjoints >= 800_000 && error.arrays >= 1_600_000, "{error}");
    assert!(tape.within(4_600_000, || loss.backward().wrt(x).sum()).is_ok());
}

/// Gradients that are held count; dropped, they make room.
#[test]
fn held_gradients_count() {
    let tape = Tape::new();
    let x = tape.tensor(&Array2::ones((100, 100)));
    let loss = x.sin().sum();
    let limit = 700_000;
    let held = tape.within(limit, || (0..10).map(|_| loss.backward()).collect::<Vec<_>>());
    assert!(held.unwrap_err().adjoints > 300_000);
    assert!(
        tape.within(limit, || (0..100)
            .map(|_| loss.backward().wrt(x)[[0, 0]])
            .sum::<f64>())
            .is_ok()
    );
}

/// Memory that waits on the shelf is given back before anything is refused.
#[test]
fn idle_memory_is_no_obstacle() {
    let mut tape = Tape::new();
    let limit = 3_000_000;
    for n in [100, 200, 400, 300, 500] {
        let run = || tape.tensor(&Array2::ones((n, n))).sum().value();
        assert_eq!(tape.within(limit, run), Ok((n * n) as f64));
        tape.clear();
    }
}

/// Limits nest, those of two tapes as well; a panic of another kind passes through, and lifts the limit.
#[test]
fn nested_limits_and_panics() {
    let (a, b) = (Tape::new(), Tape::new());
    let inner = a.within(1 << 20, || a.within(usize::MAX, || chain(&a, 100_000)));
    assert_eq!(inner.unwrap().unwrap_err().limit, 1 << 20);
    let outer = a.within(1 << 20, || b.within(1 << 30, || chain(&a, 100_000)));
    assert!(outer.is_err());
    let panic = catch_unwind(AssertUnwindSafe(|| a.within(1 << 20, || panic!("of my own"))));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"of my own"));
    assert_eq!(chain(&a, 100_000), 100_001.0);
    assert_eq!(chain(&b, 100_000), 100_001.0);
}

/// The message has the sizes, and no panic was reported on the way.
#[test]
fn the_error_says_what_was_asked() {
    let tape = Tape::new();
    let error = tape
        .within(1 << 20, || {
            tape.tensor(&Array2::<f64>::zeros((1000, 1000))).sum().value()
        })
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("1048576 bytes") && error.asked >= 8_000_000,
        "{text}"
    );
    let _: &dyn std::error::Error = &error;
}
