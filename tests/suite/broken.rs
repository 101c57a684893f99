//! Negative controls: the checker must find what is wrong. Functions with the right value and a wrong derivative are made by
//! `detach`, which hides a part of a function from the sweep.

use crate::common::inputs::irregular;
use crate::common::{Function, Kind, examine, near, symmetric};
use ndarray::{ArrayD, s};
use std::cell::Cell;
use std::collections::BTreeSet;
use wengert::{Tape, Tensor};

/// What the checker finds wrong with `f`.
#[track_caller]
fn fault(inputs: &[ArrayD<f64>], f: impl Function) -> Kind {
    match examine(inputs, f) {
        Ok(tally) => panic!("not found: {tally}"),
        Err(fault) => fault.kind,
    }
}

/// A tensor with the value of `value` and the derivatives of `slope`.
fn disguised<'t>(slope: Tensor<'t>, value: Tensor<'t>) -> Tensor<'t> {
    slope + (value - slope).detach()
}

fn numbers(shape: &[usize]) -> ArrayD<f64> {
    irregular(shape, 3)
}

/// The controls themselves are sound: the same functions, undisguised, pass.
#[test]
fn right_derivatives_pass() {
    let x = [numbers(&[2, 3]), numbers(&[3])];
    let tally = examine(&x, |_, x| disguised(x[0] * x[1], x[0] * x[1])).expect("nothing is wrong");
    assert_eq!((tally.cases, tally.numbers), (1, 2 * 9));
    // Every derivative was compared with a number that is not just zero.
    assert!(tally.worst.iter().all(|&w| w > 0.0 && w < 0.5), "{tally}");
}

/// A wrong sign, a factor (even one of 1 + 10⁻⁸), a lost term, a lost 1/n, no derivative at all.
#[test]
fn a_wrong_gradient_is_found() {
    let x = [numbers(&[4])];
    for factor in [-1.0, 2.0, 1.0 + 1e-8, 0.0] {
        assert_eq!(
            fault(&x, |_, x| disguised(factor * x[0].exp(), x[0].exp())),
            Kind::First
        );
    }
    assert_eq!(fault(&x, |_, x| x[0] * x[0].detach()), Kind::First);
    assert_eq!(
        fault(&x, |_, x| disguised(x[0].sum_axes([0]), x[0].mean_axes([0]))),
        Kind::First
    );
}

/// One element of one input, among many.
#[test]
fn a_gradient_wrong_in_one_element_is_found() {
    let x = [numbers(&[3, 4]), numbers(&[4])];
    for element in 0..4 {
        let found = fault(&x, |_, x| {
            let one = s![element..=element];
            let (before, after) = (x[1].slice(s![..element]), x[1].slice(s![element + 1..]));
            let hidden = Tensor::concat(&[before, x[1].slice(one).detach(), after], 0);
            x[0] * hidden
        });
        assert_eq!(found, Kind::First);
    }
}

/// A gradient that goes to the wrong places is right for a uniform cotangent, and is found all the same.
#[test]
fn a_gradient_wrong_for_non_uniform_cotangents_is_found() {
    let tape = Tape::new();
    let x = tape.tensor(&numbers(&[5]));
    let sum = disguised(x.slice(s![..;-1]), x).sum().backward();
    assert!(
        sum.wrt(x).iter().all(|&g| g == 1.0),
        "nothing to be seen by a sum"
    );
    assert_eq!(
        fault(&[numbers(&[5])], |_, x| disguised(x[0].slice(s![..;-1]), x[0])),
        Kind::First
    );

    // Sums along the wrong axis of a square, for the repeated operand of a broadcast.
    let inputs = [numbers(&[3]), numbers(&[3, 3])];
    let found = fault(&inputs, |_, x| {
        disguised(x[0].reshape([3, 1]) + x[1], x[0] + x[1])
    });
    assert_eq!(found, Kind::First);
}

/// The gradient is right, but its own derivative is not: it misses a term, or all of them.
#[test]
fn a_wrong_second_derivative_is_found() {
    // Value x², gradient 2x, Hessian 0.
    let found = fault(&[numbers(&[3])], |_, x| {
        let c = x[0].detach();
        c.square() + 2.0 * c * (x[0] - c)
    });
    assert_eq!(found, Kind::Second);
    // Value and gradient of x·y, without the mixed derivative.
    let found = fault(&[numbers(&[3]), numbers(&[3])], |_, x| {
        let (a, b) = (x[0].detach(), x[1].detach());
        a * b + b * (x[0] - a) + a * (x[1] - b)
    });
    assert_eq!(found, Kind::Second);
    // A Hessian with a factor of 1 + 10⁻⁸.
    let found = fault(&[numbers(&[3])], |_, x| {
        let (exp, line) = (x[0].exp(), x[0].detach().exp() * (x[0] - x[0].detach()));
        disguised(exp + 1e-8 * (exp - line), exp)
    });
    assert_eq!(found, Kind::Second);
}

/// The comparison behind the forward sweep's demands, which no graph of one's own can break.
#[test]
fn numbers_that_differ_by_more_than_rounding_are_found() {
    assert!(near(1.0 + 1e-13, 1.0, 1.0, Kind::Forward).is_ok());
    for wrong in [1.0 + 1e-10, -1.0, 0.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            near(wrong, 1.0, 1.0, Kind::Forward)
                .expect_err("it is wrong")
                .kind,
            Kind::Forward
        );
    }
}

/// A Hessian that is not symmetric: no graph makes one, so this comparison too is tried by itself.
#[test]
fn an_asymmetric_hessian_is_found() {
    let hessian = |x: &ArrayD<f64>, skew: f64| {
        let (a, b) = (x[[0]], x[[1]]);
        [
            ArrayD::from_shape_vec(vec![2], vec![2.0 * a + (3.0 + skew) * b, 3.0 * a - b])
                .expect("two numbers"),
        ]
    };
    let (u, v) = (irregular(&[2], 1), irregular(&[2], 2));
    let examine = |skew| {
        let along = [&u, &v].map(|x| hessian(x, skew));
        symmetric(&[u.clone()], &along[0], &[v.clone()], &along[1])
    };
    assert!(examine(0.0).is_ok());
    assert_eq!(examine(1e-10).expect_err("it is skew").kind, Kind::Symmetry);
    assert!(examine(f64::NAN).is_err());
}

/// A rule that looks at whether the other operand is tracked.
#[test]
fn a_gradient_that_depends_on_what_is_tracked_is_found() {
    // A sweep refuses to answer for a constant.
    let ask = |x: Tensor<'_>| x.sum().backward().wrt(x).sum();
    let is_tracked =
        |x: Tensor<'_>| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ask(x))).is_ok();
    let found = fault(&[numbers(&[2]), numbers(&[2])], |_, x| {
        let y = x[0] * x[1];
        if is_tracked(x[0]) && !is_tracked(x[1]) {
            disguised(2.0 * y, y)
        } else {
            y
        }
    });
    assert_eq!(found, Kind::Subset);
}

/// A function that is wrong only in one of the many times it is recorded, whichever that is, is found; together these
/// controls reach every kind of fault that one recording can cause.
#[test]
fn a_function_that_is_wrong_once_is_found() {
    let inputs = [numbers(&[2]), numbers(&[1])];
    let calls = Cell::new(0);
    let function = |wrong: usize| {
        calls.set(0);
        let calls = &calls;
        examine(&inputs, move |_, x| {
            calls.set(calls.get() + 1);
            let y = x[0].exp() * x[1].sin();
            if calls.get() == wrong { 1.5 * y } else { y }
        })
    };
    assert!(function(0).is_ok());
    let total = calls.get();
    let mut kinds = BTreeSet::new();
    // The first call of all finds out the shape and the size of the result; its elements do not matter.
    for wrong in 2..=total {
        let Err(fault) = function(wrong) else {
            panic!("call {wrong} of {total} goes unnoticed");
        };
        kinds.insert(fault.kind);
    }
    println!("{total} recordings, found as {kinds:?}");
    let found: Vec<Kind> = kinds.into_iter().collect();
    let all = [
        Kind::Repeat,
        Kind::Recorded,
        Kind::Dual,
        Kind::Symmetry,
        Kind::First,
        Kind::Second,
        Kind::Third,
        Kind::Subset,
    ];
    assert_eq!(found, all);
}

/// NaN is wrong wherever it stands.
#[test]
fn a_gradient_of_nan_is_found() {
    let found = fault(&[numbers(&[3])], |_, x| {
        disguised(x[0] + 0.0 * (x[0] - x[0]).sqrt(), x[0])
    });
    assert_ne!(found, Kind::Shape);
}
