//! What is taken is given back: the bytes in use do not grow from cycle to cycle, and are all returned at the end.

use super::counter::live;
use ndarray::{Array2, arr1};
use std::thread;
use wengert::{Gradients, Tape, Tensor, Var};

/// A small program over both lanes, with a matrix product.
fn program<'t>(tape: &'t Tape, x: Tensor<'t>, a: Var<'t>) -> Var<'t> {
    let y = (x * a).matmul(&x.t()).softmax(1);
    let mut sum = y.at([0, 1]).exp() + a;
    for i in 0..10 {
        sum += y.at([i % 3, i % 2]) * a.sin();
    }
    (tape.stack(&[sum, a, 1.0.into()]) * y.take(0, &[1, 1])).sum() + y.detach().sum()
}

fn numbers() -> Array2<f64> {
    Array2::from_shape_fn((3, 3), |(i, j)| ((2 * i + j) as f64).sin())
}

/// Ten thousand cycles of recording, sweeping (plain, and every hundredth time recorded and swept again) and
/// clearing leave the bytes in use where they were after the first ones, to the byte.
#[test]
fn ten_thousand_cycles_leave_no_trace() {
    let mut tape = Tape::new();
    let numbers = numbers();
    let mut slopes = 0.0;
    let mut cycle = |n: usize| {
        tape.clear();
        let (x, a) = (tape.tensor(&numbers), tape.var(0.7));
        let loss = program(&tape, x, a);
        slopes += loss.backward().wrt(a);
        if n.is_multiple_of(100) {
            slopes += loss.backward_recorded().wrt(a).backward().wrt(a);
        }
    };
    (0..201).for_each(&mut cycle);
    let before = live();
    (0..10_000).for_each(&mut cycle);
    assert_eq!(live(), before);
    assert!(slopes.is_finite());
}

/// A tape, its gradients and its handles' views give everything back, whichever goes first, and however many sweeps
/// were held at a time.
#[test]
fn everything_is_given_back() {
    let before = live();
    for order in 0..4 {
        let tape = Tape::new();
        let (x, a) = (tape.tensor(&numbers()), tape.var(0.7));
        let loss = program(&tape, x, a);
        let held: Vec<Gradients> = (0..5).map(|_| loss.backward()).collect();
        assert_eq!(held[0].wrt(a), held[4].wrt(a));
        let recorded = loss.backward_recorded();
        if order % 2 == 0 {
            let _ = recorded.wrt(a).backward().wrt(x);
            drop(recorded);
        }
        match order {
            0 | 1 => {
                drop(tape);
                drop(held);
            }
            _ => {
                drop(held);
                drop(tape);
            }
        }
    }
    assert_eq!(live(), before);
}

/// A tape used, cleared and moved to another thread works there as it did here, with the memory that it brought;
/// its gradients come back and are dropped after it.
#[test]
fn a_tape_moves_to_another_thread() {
    let mut tape = Tape::new();
    let run = |tape: &Tape| {
        let (x, a) = (tape.tensor(&numbers()), tape.var(0.7));
        let gradients = program(tape, x, a).backward();
        (gradients.wrt(a), gradients.wrt(x).to_owned(), gradients)
    };
    let (slope, array, here) = run(&tape);
    drop(here);
    tape.clear();
    let worker = thread::spawn(move || {
        let results = run(&tape);
        let capacity = tape.stats().scalar_bytes;
        (results, capacity, tape)
    });
    let ((moved_slope, moved_array, gradients), bytes, mut tape) = worker.join().expect("no panic");
    assert_eq!((moved_slope, moved_array), (slope, array));
    tape.clear();
    assert_eq!((tape.stats().scalar_bytes, tape.stats().array_ops), (0, 0));
    assert!(bytes > 0);
    let x = tape.tensor(&arr1(&[1.0, 2.0]));
    assert_eq!(x.square().sum().backward().wrt(x), arr1(&[2.0, 4.0]).into_dyn());
    drop(tape);
    drop(gradients);
}
