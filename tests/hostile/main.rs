//! Hostile input: every parser and loader, and the operations with arbitrary shapes and arguments.
#[allow(unsafe_code, dead_code, reason = "an allocator that counts")]
#[path = "../memory/counter.rs"]
mod counter;
mod targets;

use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let n: u64 = args.first().and_then(|a| a.parse().ok()).unwrap_or(1000);
    let start: u64 = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(0);
    let mut bad = std::collections::BTreeMap::<String, (usize, u64)>::new();
    let begun = Instant::now();
    let mut slowest = (0.0, 0);
    let mut most = (0, 0);
    for seed in start..start + n {
        let mut rng = fastrand::Rng::with_seed(seed);
        let len = rng.usize(8..200);
        let data: Vec<u8> = (0..len).map(|_| rng.u8(..)).collect();
        let t = Instant::now();
        let mut result = Ok(());
        let peak = counter::peak(|| {
            result = std::panic::catch_unwind(|| targets::ops(&data));
        });
        let t = t.elapsed().as_secs_f64();
        if t > slowest.0 {
            slowest = (t, seed);
        }
        if peak > most.0 {
            most = (peak, seed);
        }
        if let Err(p) = result {
            let text = p.downcast_ref::<String>().cloned().unwrap_or_default();
            let e = bad.entry(text).or_insert((0, seed));
            e.0 += 1;
        }
    }
    eprintln!(
        "{n} in {:.1} s; slowest {slowest:?}; most {most:?}",
        begun.elapsed().as_secs_f64()
    );
    for (k, v) in bad {
        println!("{v:?} {k}");
    }
}
