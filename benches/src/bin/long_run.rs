//! Long runs: a million cycles of recording, sweeping and clearing, chains of ten million ops, fans a million wide. Prints
//! seconds and the process's memory, asks that gradients are right and that memory stays flat.
//!
//! `cargo run --release -p wengert-bench --bin long_run`; a number behind it divides all counts.

use ndarray::{Array2, arr1};
use std::thread;
use std::time::Instant;
use wengert::{Tape, Tensor, Var};

/// Bytes of stack on which everything runs: nothing recurses over the graph.
const STACK: usize = 256 << 10;

/// Memory of the process in MiB, now and at most, from `/proc/self/status` (0 where there is none).
fn memory() -> [f64; 2] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ["VmRSS:", "VmHWM:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        kib.map_or(0.0, |kib: f64| kib / 1024.0)
    })
}

/// Runs one of the tests on a small stack and prints what it took.
fn report(name: &str, n: usize, f: impl FnOnce(usize) + Send + 'static) {
    let ([before, _], start) = (memory(), Instant::now());
    let inner = thread::Builder::new().stack_size(STACK).spawn(move || f(n));
    inner.expect("a thread").join().expect("no panic");
    let (seconds, [after, most]) = (start.elapsed().as_secs_f64(), memory());
    println!(
        "{name:42} {n:>10}: {seconds:7.2} s, {:8.1} ns each; resident {before:7.1} → {after:7.1} MiB, at most {most:7.1}",
        seconds * 1e9 / n as f64
    );
}

/// A small program over both lanes with a matrix product; every hundredth time a recorded sweep and one over it.
fn cycles(n: usize) {
    let mut tape = Tape::new();
    let numbers = Array2::from_shape_fn((3, 3), |(i, j)| ((2 * i + j) as f64).sin());
    let (mut flat, mut first) = (0.0, None);
    for k in 0..n {
        tape.clear();
        let (x, a) = (tape.tensor(&numbers), tape.var(0.7));
        let y = (x * a).matmul(&x.t()).softmax(1);
        let sum = (0..10).fold(y.at([0, 1]).exp(), |sum, i| sum + y.at([i % 3, i % 2]) * a.sin());
        let loss = (tape.stack(&[sum, a, 1.0.into()]) * y.take(0, &[1, 1])).sum();
        let slope = loss.backward().wrt(a);
        assert_eq!(*first.get_or_insert(slope), slope, "cycle {k}");
        if k % 100 == 0 {
            let again = loss.backward_recorded().wrt(a).backward().wrt(a);
            assert!(again.is_finite());
        }
        if k == n / 10 {
            flat = memory()[0];
        }
    }
    let grown = memory()[0] - flat;
    assert!(grown < 1.0, "{grown} MiB more than after a tenth");
}

/// `y ← −(y + x)`: a scalar chain, whose slopes are 1, −2, 1, ….
fn scalar_chain(n: usize) {
    let tape = Tape::new();
    let x = tape.var(0.5);
    let y = (0..n / 2).fold(x, |y, _| -(y + x));
    let want = if (n / 2).is_multiple_of(2) { 1.0 } else { -2.0 };
    assert_eq!(y.backward().wrt(x), want);
}

/// The same with arrays: d ← −(d − 1) from 1.
fn array_chain(n: usize) {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    let y: Tensor = (0..n / 2).fold(x, |y, _| -(y - x));
    let want = if (n / 2).is_multiple_of(2) { 1.0 } else { 0.0 };
    assert_eq!(y.sum().backward().wrt(x), arr1(&[want; 3]).into_dyn());
}

/// A recorded sweep through a chain, and a sweep over what it recorded: y = xⁿ⁺¹ by products, at 1.
fn recorded_chain(n: usize) {
    let tape = Tape::new();
    let x = tape.var(1.0);
    let y = (0..n).fold(x, |y, _| y * x);
    let slope = y.backward_recorded().wrt(x);
    let n = n as f64;
    assert_eq!((slope.value(), slope.backward().wrt(x)), (n + 1.0, (n + 1.0) * n));
}

fn scalar_fan(n: usize) {
    let tape = Tape::new();
    let x = tape.var(2.0);
    let sum: Var = (0..n).map(|_| x * x).sum();
    assert_eq!(sum.backward().wrt(x), 4.0 * n as f64);
}

fn array_fan(n: usize) {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[3.0]));
    let sum = (0..n).fold(x, |sum, _| sum + x * x);
    assert_eq!(sum.item().backward().wrt(x)[[0]], 6.0 * n as f64 + 1.0);
}

/// A million scalars of one array, and an array of a million scalars.
fn crossing_fan(n: usize) {
    let tape = Tape::new();
    let x = tape.tensor(&ndarray::Array1::<f64>::ones(n));
    let elements: Vec<Var> = (0..n).map(|i| x.at([i]) * 2.0).collect();
    let y = tape.stack(&elements).square().sum();
    assert!(y.backward().wrt(x).iter().all(|&g| g == 8.0));
}

fn main() {
    let divisor: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    report("record, sweep, clear", 1_000_000 / divisor, cycles);
    report("again", 1_000_000 / divisor, cycles);
    report("a chain of scalar ops", 10_000_000 / divisor, scalar_chain);
    report("a chain of array ops", 1_000_000 / divisor, array_chain);
    report(
        "a recorded sweep of a chain, and one over it",
        1_000_000 / divisor,
        recorded_chain,
    );
    report("a fan of scalars", 1_000_000 / divisor, scalar_fan);
    report("a fan of arrays", 1_000_000 / divisor, array_fan);
    report("crossings", 1_000_000 / divisor, crossing_fan);
    report("record, sweep, clear, at the end", 1_000_000 / divisor, cycles);
}
