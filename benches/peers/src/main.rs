//! One contestant of the comparison in `peers.py`: reads lines `WORKLOAD SECONDS` and answers each with the shortest time of
//! one evaluation in microseconds and the numbers by which all contestants are seen to compute the same, or with `-` where it
//! has no such workload.
//!
//!     wengert-peers ours|echidna|reverse|autograd|burn|candle

mod autograd;
#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "candle")]
mod candle;
mod data;
mod echidna;
mod ours;
mod reverse;

#[allow(dead_code, reason = "the example uses the rest")]
mod adbench;
#[allow(dead_code, reason = "the example uses the rest")]
#[path = "../../../examples/adbench/data.rs"]
mod files;

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

/// A workload that is ready: what it computes, and one evaluation.
struct Job {
    check: Vec<f64>,
    run: Box<dyn FnMut()>,
}

impl Job {
    /// Training; a step returns the loss before it.
    fn training(mut step: impl FnMut() -> f64 + 'static) -> Self {
        let losses: Vec<f64> = (0..=data::STEPS).map(|_| step()).collect();
        Self {
            check: vec![losses[0], losses[data::STEPS]],
            run: Box::new(move || {
                black_box(step());
            }),
        }
    }
}

/// The shortest mean time of an evaluation over runs of about five milliseconds, in microseconds.
fn measure(run: &mut dyn FnMut(), budget: Duration) -> f64 {
    let start = Instant::now();
    run();
    let once = Instant::now();
    run();
    let times = (0.005 / once.elapsed().as_secs_f64()).clamp(1.0, 1e5) as u32;
    let mut best = f64::INFINITY;
    loop {
        let clock = Instant::now();
        for _ in 0..times {
            run();
        }
        best = best.min(clock.elapsed().as_secs_f64() / f64::from(times));
        if start.elapsed() >= budget {
            return best * 1e6;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let contestant = std::env::args().nth(1).ok_or("which contestant?")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (workload, seconds) = line.split_once(' ').ok_or("expected WORKLOAD SECONDS")?;
        let job = match contestant.as_str() {
            "ours" => ours::job(workload),
            "echidna" => echidna::job(workload),
            "reverse" => reverse::job(workload),
            "autograd" => autograd::job(workload),
            #[cfg(feature = "burn")]
            "burn" => burn::job(workload),
            #[cfg(feature = "candle")]
            "candle" => candle::job(workload)?,
            other => return Err(format!("no contestant {other}").into()),
        };
        match job {
            None => println!("-"),
            Some(mut job) => {
                let micros = measure(&mut job.run, Duration::from_secs_f64(seconds.parse()?));
                let check: Vec<String> = job.check.iter().map(|x| format!("{x:e}")).collect();
                println!("{micros} {}", check.join(" "));
            }
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}
