//! The array lane: what a small op costs beside its arithmetic, recording and backward sweep apart.
//!
//! `cargo bench -p wengert-bench --bench arrays` prints nanoseconds an op for each chain of `wengert_bench::CHAINS`.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};
use wengert::Tape;
use wengert_bench::{CHAINS, Chain};

/// Links of a chain.
const LINKS: usize = 100;

/// The time to record a chain, and that of its sweep with the gradient's release and the `clear`.
fn once(tape: &mut Tape, chain: Chain) -> [Duration; 2] {
    let start = Instant::now();
    let y = chain(tape, LINKS);
    let recorded = start.elapsed();
    black_box(y.backward());
    tape.clear();
    [recorded, start.elapsed() - recorded]
}

/// Nanoseconds an op, forward and backward: minima over many runs.
fn nanoseconds(ops: usize, chain: Chain) -> [f64; 2] {
    let mut tape = Tape::new();
    let mut best = [f64::INFINITY; 2];
    for _ in 0..1000 {
        let times = once(&mut tape, chain);
        for (best, time) in best.iter_mut().zip(times) {
            *best = best.min(time.as_secs_f64() * 1e9 / (LINKS * ops) as f64);
        }
    }
    best
}

fn table() {
    println!("{:18}{:>8}{:>8}{:>8}  ns an op", "", "forward", "back", "both");
    for (name, ops, chain) in CHAINS {
        let [forward, back] = nanoseconds(ops, chain);
        println!("{name:18}{forward:8.0}{back:8.0}{:8.0}", forward + back);
    }
}

fn chains(c: &mut Criterion) {
    if std::env::args().all(|arg| arg != "--quick") {
        table();
    }
    let mut group = c.benchmark_group("chain of 100");
    group.sample_size(20);
    let mut tape = Tape::new();
    for (name, _, chain) in CHAINS {
        group.bench_function(name, |b| b.iter(|| once(&mut tape, chain)));
    }
    group.finish();
}

criterion_group!(benches, chains);
criterion_main!(benches);
