//! Random programs find each of five planted bugs, and shrink to a few steps that show it.

use super::oracles::{Depth, examine};
use super::{STEPS, config};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::Cell;
use wengert::gradcheck::strategies::{Program, programs};
use wengert::planted::{Bug, plant};

/// What `examine` says of an engine with a bug. A panic is a failure, too.
fn verdict(program: &Program, bug: Bug) -> Result<(), String> {
    let depth = Depth {
        second: false,
        differences: false,
    };
    plant(Some(bug));
    let said = std::panic::catch_unwind(|| examine(program, depth));
    plant(None);
    match said {
        Ok(found) => found.map(|_| ()),
        Err(_) => Err("a panic".to_owned()),
    }
}

/// What is found of a bug.
struct Finding {
    /// How many programs were examined until one failed.
    after: usize,
    smallest: Program,
    why: String,
}

fn search(bug: Bug) -> Finding {
    let config = Config {
        failure_persistence: None,
        ..config(20_000, 0)
    };
    let (examined, after) = (Cell::new(0), Cell::new(None));
    let test = |program: Program| {
        examined.set(examined.get() + 1);
        verdict(&program, bug).map_err(|why| {
            after.set(after.get().or(Some(examined.get())));
            TestCaseError::fail(why)
        })
    };
    match TestRunner::new(config).run(&programs(1..=STEPS), test) {
        Err(TestError::Fail(why, smallest)) => Finding {
            after: after.get().expect("a program that failed"),
            smallest,
            why: why.message().lines().next().unwrap_or_default().to_owned(),
        },
        other => panic!("{bug:?} is not found: {other:?}"),
    }
}

#[test]
fn each_bug_is_found_and_shrinks_to_at_most_five_steps() {
    for bug in [
        Bug::NoUnbroadcast,
        Bug::Overwritten,
        Bug::CountedOnce,
        Bug::Stale,
        Bug::LostMask,
    ] {
        let Finding { after, smallest, why } = search(bug);
        println!("{bug:?}, found by program {after}: {why}\n{smallest}\n");
        let steps = smallest.steps().len();
        assert!(steps <= 5, "{bug:?} needs {steps} steps");
        // The bug is in the engine, not in the program.
        let depth = Depth {
            second: true,
            differences: false,
        };
        assert!(examine(&smallest, depth).is_ok());
    }
}
