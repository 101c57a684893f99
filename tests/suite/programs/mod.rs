//! Random programs: the engine's readings against each other, against an interpreter in dual numbers, and against differences.
//!
//! `WENGERT_PROGRAMS` is how many there are, 20 000 without it, half of them checked to the second order and every tenth
//! against differences. `WENGERT_SEED` makes them others. A program that fails is shrunk, printed, and its seed written to
//! `regressions.txt`, whose programs are examined first ever after.
//!
//! - [`interpreter`], [`algebra`]: naive loops over numbers of num-dual, which share no code with the engine.
//! - [`coverage`]: what programs are made of.
//! - [`oracles`]: what is asked of a program.
//! - [`strategies`]: what the other strategies promise, and that programs repeat and shrink.
//! - `planted`: five bugs that must be found (feature `planted-bugs`).

mod algebra;
mod coverage;
mod interpreter;
mod oracles;
#[cfg(feature = "planted-bugs")]
mod planted;
mod strategies;

use coverage::Counts;
use oracles::{Depth, Tally, examine};
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestError, TestRunner};
use std::cell::{Cell, RefCell};
use wengert::gradcheck::strategies::{Program, programs};

/// The most steps that are drawn at a time.
const STEPS: usize = 7;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number"))
    })
}

fn config(cases: u64, part: u64) -> Config {
    Config {
        cases: u32::try_from(cases).expect("fewer than 2³² programs"),
        rng_seed: RngSeed::Fixed(number("WENGERT_SEED", 0).wrapping_mul(8).wrapping_add(part)),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/suite/programs/regressions.txt",
        ))),
        source_file: Some(file!()),
        max_shrink_iters: 4096,
        ..Config::default()
    }
}

/// A part of all programs, by a runner of its own: parts run side by side.
fn search(part: u64, parts: u64) {
    let cases = number("WENGERT_PROGRAMS", 20_000) / parts;
    let (seen, tally) = (Cell::new(0_u64), RefCell::new(Tally::default()));
    let counts = RefCell::new(Counts::default());
    let test = |program: Program| {
        let i = seen.replace(seen.get() + 1);
        let depth = Depth {
            second: i % 2 == 0,
            differences: i % 10 == 0,
        };
        counts.borrow_mut().add(&program);
        let found = examine(&program, depth).map_err(TestCaseError::fail)?;
        *tally.borrow_mut() += found;
        Ok(())
    };
    let start = std::time::Instant::now();
    let mut runner = TestRunner::new(config(cases, part));
    match runner.run(&programs(1..=STEPS), test) {
        Ok(()) => {}
        Err(TestError::Fail(why, program)) => panic!("{why}\nthe smallest program that fails:\n{program}"),
        Err(other) => panic!("{other}"),
    }
    let tally = tally.into_inner();
    let counts = counts.into_inner();
    eprintln!("{tally:?} in {:.1?}\n{counts}", start.elapsed());
    if cases >= 5000 {
        counts.complete();
    }
    assert!(tally.first as u64 >= cases && tally.second as u64 >= cases / 2);
    assert!(
        tally.steep * 10 <= tally.differences,
        "differences say nothing: {tally:?}"
    );
}

#[test]
fn first_quarter() {
    search(0, 4);
}

#[test]
fn second_quarter() {
    search(1, 4);
}

#[test]
fn third_quarter() {
    search(2, 4);
}

#[test]
fn fourth_quarter() {
    search(3, 4);
}
