//! Random programs find each of five planted bugs, and shrink to a few steps that show it.

use super::oracles::{Depth, examine};
use super::{STEPS, config, number};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
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

/// The smallest program found, and why it fails.
fn smallest(bug: Bug) -> (Program, String) {
    let config = Config {
        failure_persistence: None,
        ..config(number("WENGERT_PROGRAMS", 20_000), 0)
    };
    let test = |program: Program| verdict(&program, bug).map_err(TestCaseError::fail);
    match TestRunner::new(config).run(&programs(1..=STEPS), test) {
        Err(TestError::Fail(why, program)) => (program, why.message().to_owned()),
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
        let (program, why) = smallest(bug);
        let why = why.lines().next().unwrap_or_default();
        println!("{bug:?}: {why}\n{program}\n");
        assert!(
            program.steps().len() <= 5,
            "{bug:?} needs {} steps",
            program.steps().len()
        );
        // The bug is in the engine, not in the program.
        let depth = Depth {
            second: true,
            differences: false,
        };
        assert!(examine(&program, depth).is_ok());
    }
}
