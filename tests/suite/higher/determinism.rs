//! The same program has the same bits: on a fresh tape and on one that was used and cleared, wherever its records fall in the
//! tape's memory, and on several threads at once.

use crate::common::inputs::irregular;
use ndarray::{Array1, arr1};
use std::thread;
use wengert::{Tape, Tensor, Var};

/// Both lanes, both crossings, arrays of several sizes, repeated operands, structural zeros.
fn program<'t>(tape: &'t Tape, x: Tensor<'t>, a: Var<'t>, turns: usize) -> Var<'t> {
    let y = (x.matmul(&x.t()) * a).softmax(1) + x.sum_keep([1]).relu();
    let mut z = (0..turns).fold(a, |z, i| (z * y.at([i % 5, i % 3]) + a).sin());
    for i in 0..turns {
        let part = y.take(0, &[i % 5, 1, i % 5]).slice(ndarray::s![.., ..;-2]);
        z += tape.stack(&[z, a, part.max_all()]).logsumexp() * part.cumsum(0).norm(2.0);
    }
    (y.square().sum_axes([0]) * x.t().sort(0).sum_axes([0])).sum() * z
}

/// Everything that the sweeps find: values, gradients, second derivatives, tangents.
fn bits(tape: &Tape, turns: usize) -> Vec<u64> {
    let (x, a) = (tape.tensor(&irregular(&[5, 4], 9)), tape.var(0.3));
    let loss = program(tape, x, a, turns);
    let gradients = loss.backward();
    let tangents = tape.forward().seed(a, 1.0).sweep();
    let (_, change) = loss.backward_along(&tangents);
    let recorded = loss.backward_recorded();
    let second = (recorded.wrt(x).square().sum() + recorded.wrt(a)).backward();
    let mut found = vec![
        loss.value(),
        gradients.wrt(a),
        tangents.of(loss),
        change.wrt(a),
        second.wrt(a),
    ];
    for array in [gradients.wrt(x), change.wrt(x), second.wrt(x)] {
        found.extend(array);
    }
    found.into_iter().map(f64::to_bits).collect()
}

/// Cleared tapes: after the same program, after larger and smaller ones, with their blocks and chunks and adjoints.
#[test]
fn a_fresh_tape_and_a_used_one() {
    for turns in [0, 1, 7, 30] {
        let fresh = bits(&Tape::new(), turns);
        assert!(fresh.iter().all(|&x| f64::from_bits(x).is_finite()));
        let mut used = Tape::new();
        for before in [turns, turns, 0, 50, 3] {
            used.clear();
            bits(&used, before);
            used.clear();
            assert_eq!(bits(&used, turns), fresh, "{turns} turns after {before}");
            // Not cleared: the same again behind what is there.
            assert_eq!(bits(&used, turns), fresh, "{turns} turns behind {before}");
        }
    }
}

/// Nodes lie in chunks of 64, 128, 256, …; here the program begins at every place of the first two, and so straddles their ends
/// wherever it can; the scalar stream is moved word by word as well.
#[test]
fn records_anywhere_in_memory() {
    let want = bits(&Tape::new(), 4);
    let mut tape = Tape::new();
    for before in 0..200 {
        tape.clear();
        for i in 0..before {
            let _ = (tape.constant(&arr1(&[1.0])), tape.var(f64::from(i)));
        }
        assert_eq!(bits(&tape, 4), want, "behind {before} others");
    }
}

/// Blocks come in size classes and are larger than what they hold: arrays on either side of each border of the first ones.
#[test]
fn arrays_of_every_size_class() {
    let run = |tape: &Tape, n: usize| {
        let x = tape.tensor(&Array1::linspace(-1.0, 2.0, n));
        let y = (x.sin() * x).cumsum(0).logsumexp() + (x.square() + 1.0).ln().sum();
        let g = y.backward();
        let mut found: Vec<f64> = g.wrt(x).iter().copied().collect();
        found.push(y.value());
        found.into_iter().map(f64::to_bits).collect::<Vec<u64>>()
    };
    let mut used = Tape::new();
    for n in (1..70).chain(120..150).chain([1000, 1024, 1025]) {
        used.clear();
        assert_eq!(run(&used, n), run(&Tape::new(), n), "{n} elements");
    }
}

/// One tape for each thread: what they record at once, each records as one does alone.
#[test]
fn several_threads_at_once() {
    let alone = bits(&Tape::new(), 9);
    for n in [2, 5] {
        let work = || {
            let mut tape = Tape::new();
            let run = |_| {
                tape.clear();
                bits(&tape, 9)
            };
            (0..10).map(run).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..n).map(|_| thread::spawn(work)).collect();
        for thread in threads {
            let found = thread.join().expect("no panic");
            assert!(found.iter().all(|bits| *bits == alone), "{n} threads");
        }
    }
}
