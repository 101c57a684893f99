//! Hostile input: every parser and loader that the examples have, subscripts, and operations with arbitrary shapes and arguments.
//! Never a crash but a documented panic, never a hang, never more memory than the input justifies.
//!
//! Inputs are random bytes and mutations of files that are right. The fuzzer in `fuzz/` runs the same targets, guided by
//! coverage; what it has found goes to `fuzz/seeds`, whose files are run here first.
//!
//! `cargo test --test hostile` runs a fixed number of inputs. `cargo test --test hostile -- ops --times 100 --seed 7` runs a
//! hundred times as many of other ones, of one target.

#[allow(
    unsafe_code,
    dead_code,
    reason = "an allocator that counts can only be written with it"
)]
#[path = "../memory/counter.rs"]
mod counter;
#[allow(dead_code, unused_imports, reason = "what is tested is the reading")]
#[path = "../../examples/mlp/idx.rs"]
mod idx;
#[allow(dead_code, unused_imports, reason = "what is tested is the reading")]
#[path = "../../examples/mlp/model_file.rs"]
mod model_file;
#[allow(dead_code, unused_imports, reason = "what is tested is the reading")]
#[path = "../../examples/mlp/network_file.rs"]
mod network_file;
#[allow(dead_code, unused_imports, reason = "what is tested is the reading")]
#[path = "../../examples/mlp/options/mod.rs"]
mod options;
mod targets;

use fastrand::Rng;
use std::path::Path;
use std::time::Instant;
use targets::{TARGETS, Target};

/// Seconds that no input may take, on a busy machine without optimisation.
const PATIENCE: f64 = 60.0;

/// Runs one input and looks at what it took.
fn run(target: &Target, data: &[u8]) {
    struct Shown<'a>(&'static str, &'a [u8]);
    impl Drop for Shown<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("target {}, input {:?}", self.0, self.1);
            }
        }
    }
    let shown = Shown(target.name, data);
    let start = Instant::now();
    let taken = counter::peak(|| (target.run)(data));
    let (seconds, most) = (start.elapsed().as_secs_f64(), (target.memory)(data.len()));
    assert!(
        taken <= most as isize,
        "it takes {taken} bytes, allowed are {most}"
    );
    assert!(seconds < PATIENCE, "it takes {seconds} seconds");
    drop(shown);
}

/// A mutation of one of the inputs that are kept, or bytes that are altogether random.
fn input(kept: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut data = match rng.choice(kept) {
        Some(file) if rng.u8(..) < 192 => file.clone(),
        _ => vec![0; rng.usize(..240)]
            .iter()
            .map(|_: &u8| rng.u8(..))
            .collect(),
    };
    for _ in 0..rng.usize(..6) {
        let (at, n) = (rng.usize(..=data.len()), rng.usize(..9));
        let end = (at + n).min(data.len());
        match rng.u8(..5) {
            0 => data.truncate(at),
            1 => drop(data.drain(at..end)),
            2 => data
                .splice(at..at, std::iter::repeat_with(|| rng.u8(..)).take(n))
                .for_each(drop),
            3 => data[at..end].fill([0, 1, 127, 128, 255][n % 5]),
            _ => data[at..end].iter_mut().for_each(|b| *b ^= 1 << rng.u32(..8)),
        }
    }
    data
}

/// The files of a target in `fuzz/seeds`, in the order of their names.
fn kept(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target.name);
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = files.map(|file| file.path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).expect("a file"))
        .collect()
}

/// The checks of memory and of panics do find what they are to find.
fn controls() {
    let control = |run| Target {
        name: "control",
        run,
        memory: |_| 1 << 20,
        runs: 1,
    };
    let fails = |target: &Target| std::panic::catch_unwind(|| run(target, &[3; 3])).is_err();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let found = [
        fails(&control(|_| ())),
        fails(&control(|_| drop(std::hint::black_box(vec![0_u8; 2 << 20])))),
        fails(&control(|data| _ = std::hint::black_box(data[3]))),
    ];
    std::panic::set_hook(hook);
    assert_eq!(found, [false, true, true]);
}

fn main() {
    let (mut names, mut seed, mut times) = (vec![], 0, 1);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || {
            args.next()
                .and_then(|n| n.parse().ok())
                .expect("a number follows")
        };
        match arg.as_str() {
            "--seed" => seed = number(),
            "--times" => times = number(),
            // Options of the standard test harness mean nothing here.
            _ if arg.starts_with('-') => {}
            _ => names.push(arg),
        }
    }
    controls();
    for target in &TARGETS {
        if !names.is_empty() && !names.iter().any(|name| name == target.name) {
            continue;
        }
        let (kept, start) = (kept(target), Instant::now());
        kept.iter().for_each(|data| run(target, data));
        let mut rng = Rng::with_seed(seed);
        for _ in 0..target.runs * times {
            run(target, &input(&kept, &mut rng));
        }
        let (files, seconds) = (kept.len(), start.elapsed().as_secs_f64());
        println!(
            "{:16} {files} files and {} other inputs: nothing found ({seconds:.1} s)",
            target.name,
            target.runs * times
        );
    }
}
