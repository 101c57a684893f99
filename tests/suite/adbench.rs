//! ADBench's problems, as `examples/adbench` writes them, against derivatives written by hand: in every style, in the mode
//! that suits each.

#[path = "../../examples/adbench/ba.rs"]
mod ba;
#[path = "../../examples/adbench/data.rs"]
mod data;
#[path = "../../examples/adbench/gmm.rs"]
mod gmm;
#[path = "../../examples/adbench/hand.rs"]
mod hand;
#[path = "../../examples/adbench/lstm.rs"]
mod lstm;

use data::Derivative;
use std::path::Path;
use wengert::Tape;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/adbench");

fn folder() -> &'static Path {
    Path::new(FOLDER)
}

/// The derivatives in several styles on one tape, one after the other.
#[track_caller]
fn check(name: &str, derivatives: &[&dyn Fn(&mut Tape) -> Derivative]) {
    let reference = Derivative::reference(folder(), name).unwrap();
    let mut tape = Tape::new();
    for (i, f) in derivatives.iter().enumerate() {
        let distance = f(&mut tape).distance(&reference);
        assert!(distance.is_small(), "{name}, style {i}: {distance:?}");
    }
}

#[test]
fn mixtures() {
    for name in ["gmm_test", "gmm_1k_d2_K5", "gmm_1k_d10_K25"] {
        let problem = gmm::Mixture::read(folder(), name).unwrap();
        check(
            name,
            &[&|tape| problem.by_scalars(tape), &|tape| problem.by_arrays(tape)],
        );
    }
}

#[test]
fn recurrent_network() {
    let problem = lstm::Network::read(folder(), "lstm_l2_c1024").unwrap();
    check(
        "lstm_l2_c1024",
        &[
            &|tape| problem.by_scalars(tape),
            &|tape| problem.by_arrays(tape),
            &|tape| problem.by_both(tape),
        ],
    );
}

/// One camera has the rotation 0, where the formula divides by 0.
#[test]
fn bundle_adjustment() {
    let same = ba::Scene::read_repeated(folder(), "ba_test").unwrap();
    check(
        "ba_test",
        &[&|tape| same.by_scalars(tape), &|tape| same.by_arrays(tape)],
    );
    let various = ba::Scene::read(folder(), "ba_var").unwrap();
    check(
        "ba_var",
        &[&|tape| various.by_scalars(tape), &|tape| various.by_arrays(tape)],
    );
}

#[test]
fn hands() {
    for name in [
        "hand_test_simple",
        "hand_test_complicated",
        "hand_simple_c100",
        "hand_complicated_c100",
    ] {
        let problem = hand::Hand::read(folder(), name, name.contains("simple")).unwrap();
        check(
            name,
            &[&|tape| problem.by_scalars(tape), &|tape| problem.by_arrays(tape)],
        );
    }
}

/// The comparison finds one wrong element, in the derivative or in the value, and NaN.
#[test]
fn what_is_wrong_is_found() {
    let reference = Derivative::reference(folder(), "gmm_test").unwrap();
    let read = || Derivative::reference(folder(), "gmm_test").unwrap();
    assert!(read().distance(&reference).is_small());
    for wrong in [1e-11, f64::NAN] {
        let mut derivative = read();
        derivative.jacobian[[0, 7]] += wrong;
        assert!(!derivative.distance(&reference).is_small());
        let mut value = read();
        value.values[0] += 10.0 * wrong;
        assert!(!value.distance(&reference).is_small());
    }
}
