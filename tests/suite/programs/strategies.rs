//! What the strategies promise.

use super::{STEPS, config};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestError, TestRunner};
use wengert::gradcheck::strategies::{
    Action, Program, broadcastable, matrices, positive_definite, programs, spaced, within,
};
use wengert::ops::Unary;

fn quiet() -> Config {
    Config {
        failure_persistence: None,
        ..config(200, 7)
    }
}

proptest! {
    #![proptest_config(quiet())]

    #[test]
    fn numbers_lie_within_their_intervals(x in within(Unary::Recip.domain())) {
        prop_assert!((0.5..=2.0).contains(&x.abs()));
    }

    #[test]
    fn spaced_numbers_are_apart(x in spaced([2, 5])) {
        let mut x: Vec<f64> = x.iter().copied().collect();
        x.sort_by(f64::total_cmp);
        prop_assert!(x.windows(2).all(|w| w[1] - w[0] >= 0.1 - 1e-15));
        prop_assert!(x.iter().all(|x| x.abs() < 1.0));
    }

    #[test]
    fn pairs_broadcast((a, b) in broadcastable(0..=4, 1..=3)) {
        let pairs = a.iter().rev().zip(b.iter().rev());
        for (a, b) in pairs {
            prop_assert!(a == b || *a == 1 || *b == 1);
        }
    }

    #[cfg(feature = "linalg")]
    #[test]
    fn matrices_are_well_conditioned(a in matrices(4, 3), b in positive_definite(3)) {
        let tape = wengert::Tape::new();
        let s = tape.tensor(&a).svdvals().expect("singular values").value().to_owned();
        prop_assert_eq!(s.len(), 3);
        prop_assert!(s.iter().all(|s| (0.5 - 1e-12..=2.0 + 1e-12).contains(s)), "{}", s);
        let e = tape.tensor(&b).eigvalsh().expect("eigenvalues").value().to_owned();
        prop_assert!(e.iter().all(|e| (0.5 - 1e-12..=2.0 + 1e-12).contains(e)), "{}", e);
        prop_assert_eq!(&b, &b.t());
    }
}

fn drawn(part: u64, n: usize) -> Vec<Program> {
    let mut runner = TestRunner::new(config(1, part));
    let mut one = || {
        programs(1..=STEPS)
            .new_tree(&mut runner)
            .expect("a program")
            .current()
    };
    (0..n).map(|_| one()).collect()
}

/// One seed, one list of programs; and they are not all the same.
#[test]
fn programs_repeat() {
    let list = drawn(1, 30);
    assert_eq!(list, drawn(1, 30));
    assert_ne!(list, drawn(2, 30));
    assert!(list.windows(2).all(|pair| pair[0] != pair[1]));
}

/// A property that fails where there is a product shrinks to one product of two variables.
#[test]
fn programs_shrink_to_the_step_that_matters() {
    let test = |program: Program| {
        let products = program
            .steps()
            .iter()
            .filter(|step| step.action == Action::MatMul);
        prop_assert!(products.count() == 0);
        Ok(())
    };
    let config = Config {
        cases: 5000,
        ..quiet()
    };
    let Err(TestError::Fail(_, smallest)) = TestRunner::new(config).run(&programs(1..=STEPS), test) else {
        panic!("no product among 5000 programs");
    };
    assert_eq!(smallest.steps().len(), 1, "{smallest}");
    assert!(smallest.to_string().contains("= matmul("), "{smallest}");
}
