//! The scalar lane: recording and sweeping a million small operations, beside the same function in plain `f64`.
//!
//! `cargo bench -p wengert-bench --bench scalar`

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};
use wengert::{Tape, Var};
use wengert_bench::{initial_state, lax_wendroff, toon};

/// Steps of the transport schemes.
const STEPS: usize = 2000;

/// The shortest of `runs` durations of `f`, in seconds.
fn shortest(runs: usize, mut f: impl FnMut() -> Duration) -> f64 {
    let times = (0..runs).map(|_| f().as_secs_f64());
    times.fold(f64::INFINITY, f64::min)
}

fn timed<R>(f: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    (f(), start.elapsed())
}

/// Prints what an op costs: the minimum over runs of recording and of sweeping, and the ratio to plain numbers.
fn report(
    name: &str,
    plain: impl Fn(&mut [f64]) -> f64,
    on_tape: impl for<'t> Fn(&mut [Var<'t>]) -> Var<'t>,
) {
    let start = initial_state();
    let run_plain = || timed(|| black_box(plain(&mut start.clone()))).1;
    let plain_seconds = shortest(20, run_plain);
    let mut tape = Tape::new();
    let (mut record, mut sweep, mut total) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let mut stats = tape.stats();
    for _ in 0..20 {
        let mut q = tape.vars(&start);
        let (y, recording) = timed(|| on_tape(&mut q));
        let (gradients, sweeping) = timed(|| y.backward());
        black_box(&gradients);
        record = record.min(recording.as_secs_f64());
        sweep = sweep.min(sweeping.as_secs_f64());
        total = total.min((recording + sweeping).as_secs_f64());
        stats = tape.stats();
        tape.clear();
    }
    let ops = stats.scalar_ops as f64;
    println!(
        "{name}: {ops} ops, {:.2} bytes/op; record {:.2} ns/op, sweep {:.2} ns/op, total {:.2} ms; plain f64 {:.3} ms, ratio {:.1}",
        stats.scalar_bytes as f64 / ops,
        record / ops * 1e9,
        sweep / ops * 1e9,
        total * 1e3,
        plain_seconds * 1e3,
        total / plain_seconds,
    );
}

fn transport(c: &mut Criterion) {
    report(
        "lax_wendroff",
        |q| lax_wendroff(q, STEPS),
        |q| lax_wendroff(q, STEPS),
    );
    report("toon", |q| toon(q, STEPS), |q| toon(q, STEPS));
    let start = initial_state();
    let mut group = c.benchmark_group("transport");
    group.sample_size(20);
    let mut tape = Tape::new();
    for (name, f) in [("lax_wendroff", 0), ("toon", 1)] {
        group.bench_function(format!("{name}/gradient"), |b| {
            b.iter(|| {
                let inputs = tape.vars(&start);
                let mut q = inputs.clone();
                let y = if f == 0 {
                    lax_wendroff(&mut q, STEPS)
                } else {
                    toon(&mut q, STEPS)
                };
                black_box(y.backward().wrt(&inputs));
                drop((inputs, q));
                tape.clear();
            });
        });
        group.bench_function(format!("{name}/plain"), |b| {
            b.iter(|| {
                let mut q = start.clone();
                if f == 0 {
                    lax_wendroff(&mut q, STEPS)
                } else {
                    toon(&mut q, STEPS)
                }
            });
        });
    }
    group.finish();
}

fn tiny(c: &mut Criterion) {
    let mut tape = Tape::new();
    c.bench_function("x*y + sin x/gradient", |b| {
        b.iter(|| {
            let (x, y) = (tape.var(black_box(0.5)), tape.var(black_box(1.5)));
            let gradient = (x * y + x.sin()).backward().wrt([x, y]);
            tape.clear();
            gradient
        });
    });
}

criterion_group!(benches, transport, tiny);
criterion_main!(benches);
