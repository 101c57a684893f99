//! Kinks, jumps, borders, noise: what can be checked, what cannot, and that a wrong gradient is never taken for a kink.

use ndarray::{Array1, arr1};
use wengert::Var;
use wengert::gradcheck::{Faults, GradCheck, Place, Reason, Report};

/// A function of a number that is handed from test to test.
type Function = for<'t> fn(Var<'t>) -> Var<'t>;

fn at(x: f64, f: Function) -> Result<Report, Faults> {
    GradCheck::new().check(|_, x| f(x), &x)
}

/// Why the first derivative is not checkable there.
#[track_caller]
fn reason(x: f64, f: Function) -> Reason {
    let report = at(x, f).expect("nothing can be said");
    assert_eq!(report.compared[0], 0, "{report}");
    assert!(!report.is_complete() && report.to_string().contains("not checkable here: ∂y/∂x"));
    report.not_checkable()[0].reason
}

#[test]
fn kinks() {
    let kink = |f: Function, want: [f64; 2]| match reason(0.0, f) {
        Reason::Kink { left, right } => {
            let off = (left - want[0]).abs() + (right - want[1]).abs();
            assert!(off < 1e-9, "slopes {left}, {right}");
        }
        other => panic!("{other:?}"),
    };
    kink(|x| x.relu(), [0.0, 1.0]);
    kink(|x| x.abs() + x, [0.0, 2.0]);
    kink(|x| x.max(0.0), [0.0, 1.0]);
    kink(|x| x.sin().abs(), [-1.0, 1.0]);
    // No difference of doubles can see that this one is smooth.
    assert!(matches!(
        reason(0.0, |x| (x * x + 1e-24).sqrt()),
        Reason::Kink { .. }
    ));
}

#[test]
fn jumps_borders_and_tangents() {
    assert_eq!(reason(1.0, |x| x.floor()), Reason::Jump);
    assert_eq!(reason(0.0, |x| x.sign()), Reason::Jump);
    assert_eq!(reason(0.0, |x| x.sqrt()), Reason::Border);
    assert_eq!(reason(0.0, |x| x.ln()), Reason::Border);
    assert_eq!(reason(-1.0, |x| x.sqrt()), Reason::Border);
    assert_eq!(reason(0.0, |x| x.cbrt()), Reason::Unsettled);
    // Its second derivative is infinite at 0, so differences come near the first one too slowly.
    assert_eq!(reason(0.0, |x| x.relu().powf(1.5)), Reason::Unsettled);
}

/// Functions that are smooth where they are looked at, however little it seems.
const SMOOTH: &[(f64, Function)] = &[
    (0.5, |x| x.sin()),
    // A kink, a border or another bend is near.
    (1e-5, |x| x.relu()),
    (1e-8, |x| x.relu()),
    (0.3, |x| (x - 0.300_001).abs()),
    (1e-12, |x| x.ln()),
    (1e-30, |x| x.ln()),
    (1e-300, |x| x.ln()),
    (1e-300, |x| x.sqrt()),
    (-1e-20, |x| x.abs()),
    (1e-9, |x| x.sqrt()),
    (1e-6, |x| (x * x + 1e-12).sqrt()),
    // It turns quickly.
    (1e6, |x| x.sin()),
    (0.3, |x| (1e6 * x).sin()),
    // Everything about it is small or large.
    (1e300, |x| x),
    (1e-6, |x| 1e-200 * x),
    (-30.0, |x| x.exp()),
    // Its value has lost half of its digits, or more.
    (0.3, |x| (x.sin() + 1e6) - 1e6),
    (0.3, |x| (x.sin() + 1e8) - 1e8),
];

#[test]
fn smooth_points_are_checked() {
    for (i, &(x, f)) in SMOOTH.iter().enumerate() {
        match at(x, f) {
            Ok(report) => assert_eq!(report.compared[0], 1, "{i}: {report}"),
            Err(faults) => panic!("{i}: {faults}"),
        }
    }
    // Nothing moves, and nothing should.
    for x in [1.5, 1.001] {
        assert!(at(x, |x| x.floor()).expect("its gradient is 0").is_complete());
    }
    // A derivative of 0 that differences come down to.
    for f in [
        (|x| x.powi(7)) as Function,
        |x| x.relu().powi(2),
        |x| x.powi(2),
        |x| x.cos(),
        |x| (x * x + 1e-12).sqrt(),
    ] {
        assert_eq!(at(0.0, f).expect("its gradient is 0").compared[0], 1);
    }
}

/// The same functions with gradients of the wrong sign, of twice the size, of none: nothing is an excuse.
#[test]
fn a_wrong_gradient_is_no_kink() {
    for (i, &(x, f)) in SMOOTH.iter().enumerate() {
        for factor in [-1.0, 0.0, 2.0] {
            let found = GradCheck::new().check(
                |_, x| {
                    let y = f(x);
                    factor * y + (y - factor * y).detach()
                },
                &x,
            );
            assert!(found.is_err(), "function {i}, factor {factor}");
        }
    }
    // But a slope of 2e-17 beside a value of 1, which does not move: its absolute error is far below the rounding errors.
    let f: Function = |x| x.tanh();
    let (right, wrong) = (at(20.0, f), GradCheck::new().check(|_, x| f(x).detach(), &20.0));
    assert_eq!(
        [right, wrong].map(|r| r.expect("no difference can tell").compared[0]),
        [1, 1]
    );
    // On the flat side of a kink, at a hundred-thousandth from it.
    let found = GradCheck::new().check(|_, x| x.relu() + 0.5 * (x - x.detach()), &-1e-5_f64);
    assert!(found.is_err());
    // A staircase with the slope of its ramp, where it is flat.
    let found = GradCheck::new().check(|_, x| x.straight_through(x.floor()), &1.5_f64);
    assert!(found.is_err());
    // Beside an infinity, which has no rounding errors.
    let found = GradCheck::new().check(
        |_, x| {
            let _infinite = (x - x).ln();
            x.straight_through(x.floor())
        },
        &1.5_f64,
    );
    assert!(found.is_err());
}

/// So many digits cancel that the value goes in steps: neither right nor wrong.
#[test]
fn noise() {
    assert_eq!(reason(0.3, |x| (x.sin() + 1e12) - 1e12), Reason::Noise);
}

/// Of an array, only the element that is at the kink.
#[test]
fn one_element_at_a_kink() {
    let report = GradCheck::new().check(|_, x| x.relu(), &arr1(&[-1.0, 0.0, 2.0]));
    let report = report.expect("relu is right");
    let first = report.not_checkable().iter().filter(|n| n.order == 1);
    let places: Vec<_> = first.map(|n| (n.result.clone(), n.input.clone())).collect();
    let one = Place::Element {
        path: String::new(),
        index: Some(vec![1]),
    };
    assert_eq!(places, [(one.clone(), one)], "{report}");
    assert_eq!(report.compared[0], 8);
    // Along that element there is no second order either; along the others there is, in both readings.
    let second: Vec<_> = report.not_checkable().iter().filter(|n| n.order == 2).collect();
    assert!(
        second.len() == 1 && second.iter().all(|n| n.reason == Reason::First),
        "{report}"
    );
    assert_eq!(report.compared[1], 2 * 2 * 3);
}

/// Of many inputs that are looked at together, those that are at a kink are found, and the others are checked.
#[test]
fn a_kink_among_many() {
    let ramp = |kinks: &[usize]| {
        let x = Array1::from_shape_fn(300, |i| 0.1 + 0.01 * i as f64);
        kinks.iter().fold(x, |mut x, &i| {
            x[i] = 0.0;
            x
        })
    };
    let first = |report: &Report| -> Vec<Place> {
        let first = report.not_checkable().iter().filter(|n| n.order == 1);
        first.map(|n| n.input.clone()).collect()
    };
    let element = |i: usize| Place::Element {
        path: String::new(),
        index: Some(vec![i]),
    };
    let check = GradCheck::new();
    let report = check.check(|_, x| x.relu().square().sum() + x.abs().sum(), &ramp(&[123]));
    let report = report.expect("nothing is wrong");
    assert_eq!(first(&report), [element(123)], "{report}");
    // Three rounds of 8 parts, of which one is split, and 3, 4 or 5 single ones.
    assert!(
        report.compared[0] >= 7 + 7 + 3 && report.compared[1] > 100,
        "{report}"
    );
    // Most of them where there are more kinks, and none where there is nothing else.
    let check = GradCheck::new();
    let some = check.check(|_, x| x.abs().sum(), &ramp(&[1, 50, 100, 150, 200, 250]));
    let mut found = first(&some.expect("nothing is wrong"));
    found.sort_by_key(|place| match place {
        Place::Element { index: Some(i), .. } => i[0],
        _ => usize::MAX,
    });
    assert_eq!(found, [1, 50, 100, 150, 200, 250].map(element));
    let check = GradCheck::new();
    let none = check.check(|_, x| x.abs().sum(), &Array1::<f64>::zeros(100));
    let none = none.expect("nothing is wrong");
    assert!(none.compared == [0, 0] && first(&none).len() > 8, "{none}");
    // A wrong element is found though another one is at a kink.
    let mut weights = Array1::zeros(300);
    weights[7] = 1e-3;
    let check = GradCheck::<f64>::new();
    let hidden = check.check(
        |tape, x| x.abs().sum() + (tape.constant(&weights) * x.detach()).sum(),
        &ramp(&[123]),
    );
    let text = hidden.expect_err("an element is wrong").to_string();
    assert!(text.contains("culprit: `detach`"), "{text}");
}
