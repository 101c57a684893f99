//! Short tapes: adjoints that lie in the gradients themselves, and a stream that has not left its page.

use ndarray::arr1;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use wengert::{Gradients, Real, Tape, Var};

/// `n` operations and one variable: xⁿ⁺¹.
fn power<'t, T: Real>(x: Var<'t, T>, n: usize) -> Var<'t, T> {
    (0..n).fold(x, |y, _| y * x)
}

/// Lengths on both sides of where adjoints go to lists on loan, and of where the page is full: all intermediates' gradients,
/// of every result, while the tape grows by one op after the other.
fn grows<T: Real>(tape: &mut Tape<T>) {
    for _ in 0..2 {
        let x = tape.var(T::one());
        let mut y = vec![x];
        for n in 1..400 {
            y.push(y[n - 1] * x);
            let last = y[n].backward();
            assert_eq!(last.wrt(x), T::from_usize(n + 1).unwrap());
            for k in [1, n / 2 + 1, n] {
                assert_eq!(last.wrt(y[k]), T::one(), "{k} of {n}");
            }
            // A result that is not the last op: what comes after it is nothing.
            let middle = y[n / 2].backward();
            assert_eq!(middle.wrt(x), T::from_usize(n / 2 + 1).unwrap());
            assert_eq!(middle.get(y[n]), (n / 2 == n).then(T::one));
        }
        drop(y);
        tape.clear();
    }
}

#[test]
fn of_every_length() {
    grows(&mut Tape::<f64>::default());
    grows(&mut Tape::<f32>::default());
    grows(&mut Tape::<f64>::default().traced());
}

/// Sweeps of all kinds agree at lengths on both sides.
#[test]
fn sweeps_of_every_kind_agree() {
    for n in [1, 10, 14, 15, 16, 17, 100, 169, 170, 171, 172, 600] {
        let tape = Tape::new();
        let x = tape.var(1.0);
        let (y, slope) = (power(x, n), (n + 1) as f64);
        assert_eq!(y.backward().wrt(x), slope, "{n}");
        assert_eq!(tape.backward().seed(y, 2.0).sweep().wrt(x), 2.0 * slope);
        let tangents = tape.forward().seed(x, 3.0).sweep();
        assert_eq!(tangents.of(y), 3.0 * slope);
        let (gradients, change) = y.backward_along(&tangents);
        assert_eq!((gradients.wrt(x), change.wrt(x)), (slope, 3.0 * slope * n as f64));
        let recorded = y.backward_recorded().wrt(x);
        assert_eq!(
            (recorded.value(), recorded.backward().wrt(x)),
            (slope, slope * n as f64)
        );
        assert_eq!(y.backward().wrt(x), slope);
    }
}

/// Held while other sweeps run, while the tape is cleared and recorded anew, after it is gone, and on another thread.
#[test]
fn gradients_belong_to_nobody() {
    for n in [3, 30] {
        let mut tape = Tape::new();
        let held: Vec<Gradients> = {
            let x = tape.var(2.0);
            let y = power(x, n);
            let held: Vec<_> = (0..4).map(|_| y.backward()).collect();
            let z = (y + x).backward();
            let slope = (n + 1) as f64 * 2.0_f64.powi(n as i32);
            assert_eq!(
                (held[0].wrt(x), held[3].wrt(x), z.wrt(x)),
                (slope, slope, slope + 1.0)
            );
            assert_eq!(held[0].wrt(y), 1.0);
            // A moved one is the same.
            let moved = thread::scope(|s| s.spawn(move || z).join().expect("no panic"));
            assert_eq!(moved.wrt(x), slope + 1.0);
            held
        };
        tape.clear();
        let x = tape.var(3.0);
        let stale = catch_unwind(AssertUnwindSafe(|| held[0].wrt(x)));
        assert!(stale.is_err(), "they are of the time before the `clear`");
        let fresh = power(x, 1).backward();
        assert_eq!(fresh.wrt(x), 6.0);
        drop(tape);
        thread::spawn(move || drop((held, fresh)))
            .join()
            .expect("no panic");
    }
}

/// What is missing is said as on a long tape.
#[test]
fn nothing_zero_and_unknown_are_told_apart() {
    for padding in [0, 30] {
        let tape = Tape::new();
        let (x, off, cut, apart) = (tape.var(2.0), tape.var(-1.0), tape.var(3.0), tape.var(4.0));
        let y = power(x, padding) + off.relu() + cut.detach();
        let gradients = y.backward();
        assert_eq!(gradients.get(off), Some(0.0));
        assert_eq!((gradients.get(cut), gradients.get(apart)), (None, None));
        assert_eq!(gradients.get([x, cut]), None);
        let panics = |x: Var<'_>| {
            let payload = catch_unwind(AssertUnwindSafe(|| gradients.wrt(x))).expect_err("no gradient");
            payload
                .downcast::<String>()
                .map_or_else(|p| p.downcast::<&str>().unwrap().to_string(), |s| *s)
        };
        assert!(panics(cut).contains("detach"), "{}", panics(cut));
        assert!(panics(tape.var(1.0)).contains("recorded after the sweep"));
        assert!(panics(1.0.into()).contains("untracked"));
        assert!(panics(Tape::new().var(1.0)).contains("another tape"));
        assert!(format!("{gradients:?}").contains("Scalar"));
    }
}

/// A few scalars beside an array are no short tape: the array's gradient is found, and told from none.
#[test]
fn arrays_among_few_scalars() {
    let tape = Tape::new();
    let (a, b) = (tape.var(2.0), tape.var(5.0));
    let early = (a * b).backward();
    let x = tape.tensor(&arr1(&[1.0, 3.0]));
    let y = (a * x).sum() + b;
    let gradients = y.backward();
    assert_eq!(gradients.wrt([a, b]), [4.0, 1.0]);
    assert_eq!(gradients.wrt(x), arr1(&[2.0, 2.0]).into_dyn());
    assert_eq!((a * b).backward().get(x), None);
    assert_eq!(early.wrt([a, b]), [5.0, 2.0]);
    let unknown = catch_unwind(AssertUnwindSafe(|| early.get(x).is_some()));
    assert!(unknown.is_err(), "the array was recorded after the sweep");
}

/// A limit on memory, under which a page has no room to spare.
#[test]
fn under_a_limit() {
    let tape = Tape::new();
    let x = tape.var(1.0);
    for n in [2, 14, 15, 16, 200] {
        let slope = tape.within(1 << 20, || power(x, n).backward().wrt(x));
        assert_eq!(slope.ok(), Some((n + 1) as f64));
        assert_eq!(power(x, n).backward().wrt(x), (n + 1) as f64);
    }
}
