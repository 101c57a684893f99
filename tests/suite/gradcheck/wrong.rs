//! Negative controls: what is wrong is found, and the message names the op.

use crate::common::inputs::irregular;
use ndarray::{ArrayD, arr1, arr2};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use wengert::error::{Dims, ShapeError};
use wengert::gradcheck::{Faults, GradCheck, Kind};
use wengert::ops::{ArrayOp, ArrayRule};
use wengert::{ArrayValue, CustomOp, Dense, Lit, Real, Tensor, Term, Var};

/// What is wrong with y = a²·b, b repeated along the first axis.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wrong {
    Nothing,
    /// A factor on the cotangent of operand 0.
    Factor(f64),
    /// The elements of the cotangent of operand 0 in reverse order.
    Turned,
    /// The sum over the repetitions of b is forgotten: its first term is taken.
    NotSummed,
    /// The cotangent of b has the shape of a.
    Shape,
    Tangent(f64),
    /// The gradient is right, its own derivative is not.
    Frozen,
    /// The cotangent enters by its size.
    Magnitude,
}

/// The op, right or wrong.
#[derive(Debug, Clone)]
struct Scaled(Wrong);

impl From<Scaled> for ArrayOp {
    fn from(op: Scaled) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Scaled {
    fn name(&self) -> &str {
        "scaled"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        let (a, b) = (x[0].view(), x[1].view());
        Dense::from(&(&a * &a * &b))
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let g = &if self.0 == Wrong::Magnitude {
            g.abs()
        } else {
            g.clone()
        };
        if k == 0 {
            let right = match self.0 {
                // 2a·b·g with the values of a and b, of which no derivative is taken.
                Wrong::Frozen => g * Term::apply(Freeze, &[x[0]]) * x[1] * 2,
                _ => g * x[0] * x[1] * 2,
            };
            return match self.0 {
                Wrong::Factor(factor) => right * Lit(factor),
                Wrong::Turned => right.slice(ndarray::s![..;-1, ..]),
                _ => right,
            };
        }
        let whole = g * x[0].square();
        match self.0 {
            Wrong::Shape => whole,
            Wrong::NotSummed => whole.slice(ndarray::s![0, ..]),
            _ => whole.sum_axes([0]),
        }
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        let right = match k {
            0 => t * x[0] * x[1] * 2,
            _ => t * x[0].square(),
        };
        match self.0 {
            Wrong::Tangent(factor) => right * Lit(factor),
            _ => right,
        }
    }
}

/// The value of its operand, and no derivative.
#[derive(Debug, Clone)]
struct Freeze;

impl From<Freeze> for ArrayOp {
    fn from(op: Freeze) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Freeze {
    fn name(&self) -> &str {
        "freeze"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].clone()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        g * 0
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        t * 0
    }
}

type Inputs = (ArrayD<f64>, ArrayD<f64>);

fn inputs(rows: usize, columns: usize) -> Inputs {
    (irregular(&[rows, columns], 3), irregular(&[columns], 4))
}

/// What is found of a program in whose middle the op stands.
fn found(wrong: Wrong, x: &Inputs) -> Result<(), Faults> {
    let check = GradCheck::new();
    let found = check.check(
        |_, (a, b)| Tensor::apply(Scaled(wrong), &[&a.sin(), &b.exp()]).tanh(),
        x,
    );
    found.map(drop)
}

/// The faults have this kind, and the op is named with its line.
#[track_caller]
fn named(faults: &Faults, kinds: &[Kind], op: &str) {
    let text = faults.to_string();
    assert!(faults.faults.iter().all(|f| kinds.contains(&f.kind)), "{text}");
    let all = faults.culprits.iter().all(|culprit| culprit.op == op);
    assert!(!faults.culprits.is_empty() && all, "{text}");
    let file = faults.culprits[0]
        .location
        .expect("an array op has a line")
        .file();
    assert!(file.ends_with("wrong.rs"), "{text}");
    assert!(text.contains(&format!("culprit: `{op}` at ")), "{text}");
}

/// Small inputs are looked at one by one, large ones in random directions.
#[test]
fn a_wrong_rule_is_found_and_named() {
    for x in [inputs(2, 3), inputs(9, 11)] {
        if let Err(faults) = found(Wrong::Nothing, &x) {
            panic!("{faults}");
        }
        let cotangents = [
            Wrong::Factor(-1.0),
            Wrong::Factor(2.0),
            Wrong::Factor(0.0),
            Wrong::Turned,
            Wrong::NotSummed,
        ];
        for wrong in cotangents {
            let faults = found(wrong, &x).expect_err("the cotangent is wrong");
            named(&faults, &[Kind::First, Kind::Forward], "scaled");
        }
        for factor in [-1.0, 2.0, 0.0, 1.0 + 1e-6] {
            let faults = found(Wrong::Tangent(factor), &x).expect_err("the tangent is wrong");
            named(&faults, &[Kind::Forward, Kind::Second], "scaled");
            assert!(faults.faults.iter().any(|f| f.kind == Kind::Forward));
        }
        let faults = found(Wrong::Frozen, &x).expect_err("the second derivative is wrong");
        named(&faults, &[Kind::Second, Kind::Symmetry], "scaled");
        let faults = found(Wrong::Magnitude, &x).expect_err("it is not linear");
        named(&faults, &[Kind::First, Kind::Forward, Kind::Linear], "scaled");
        assert!(faults.faults.iter().any(|f| f.kind == Kind::Linear));

        let faults = found(Wrong::Shape, &x).expect_err("the shape is wrong");
        let text = faults.to_string();
        assert!(
            faults.faults[0].kind == Kind::Sweep && text.contains("scaled: a cotangent"),
            "{text}"
        );
    }
}

/// An error of one millionth is found, one of a rounding error is none: at many points.
#[test]
fn how_wrong_is_wrong() {
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..12 {
        let shape = [rng.usize(1..4), rng.usize(1..4)];
        let mut draw =
            |shape: &[usize]| crate::common::inputs::draw(&[(-3.0, -0.1), (0.1, 3.0)], shape, &mut rng);
        let x = (draw(&shape), draw(&shape[1..]));
        let factor = |f: f64| found(Wrong::Factor(1.0 + f), &x);
        assert!(factor(1e-6).is_err() && factor(-1e-6).is_err());
        for f in [1e-12, -1e-12] {
            if let Err(faults) = factor(f) {
                panic!("{faults}");
            }
        }
    }
}

/// What `detach` hides.
#[test]
fn hidden_terms() {
    let x = irregular(&[3], 3);
    let check = |f: &dyn for<'t> Fn(Tensor<'t>) -> Tensor<'t>| {
        let check = GradCheck::new();
        check.check(|_, x: Tensor<'_>| f(x), &x).map(drop)
    };
    // Value x², gradient 2x, Hessian 0.
    let faults = check(&|x| x.detach().square() + 2.0 * x.detach() * (x - x.detach()));
    named(
        &faults.expect_err("the Hessian is wrong"),
        &[Kind::Second],
        "detach",
    );
    // A term whose derivative is hidden.
    let faults = check(&|x| x * x.detach());
    named(
        &faults.expect_err("the gradient is wrong"),
        &[Kind::First],
        "detach",
    );
}

/// A value that leaves the tape takes no derivative along, and no op is to blame.
#[test]
fn numbers_that_leave_the_tape() {
    let check = GradCheck::new();
    let faults = check
        .check(|_, x: Var<'_>| x * x.value(), &0.7)
        .expect_err("half of it is missing");
    let text = faults.to_string();
    assert!(
        faults.culprits.is_empty() && text.contains("leaves the tape"),
        "{text}"
    );
    let fault = &faults.faults[0];
    assert!(
        (fault.got - 0.7).abs() < 1e-15 && (fault.want - 1.4).abs() < 1e-9,
        "{text}"
    );
    assert!(text.contains("∂y/∂x = 0.7 by the backward sweep"), "{text}");
}

/// An op that counts its calls.
fn counting(value: bool) -> CustomOp {
    let calls = AtomicUsize::new(0);
    let count = move || 1e-3 * calls.fetch_add(1, Ordering::Relaxed) as f64;
    if value {
        CustomOp::new("drifting", move |x| &x[0] + count(), |_, _, _, g| g.to_owned())
    } else {
        CustomOp::new(
            "drifting",
            |x| x[0].to_owned(),
            move |_, _, _, g| &g * (1.0 + count()),
        )
    }
}

#[test]
fn what_is_not_repeatable_is_no_function() {
    let x = arr1(&[0.5, 1.5]);
    let drifting = counting(true);
    let check = GradCheck::new();
    let faults = check.check(|_, x: Tensor<'_>| drifting.apply(&[x.sin()]).exp(), &x);
    let faults = faults.expect_err("its value drifts");
    named(&faults, &[Kind::Value], "drifting");
    assert!(
        faults.to_string().contains("y[0] is not repeatable: "),
        "{faults}"
    );

    let drifting = counting(false);
    let check = GradCheck::new();
    let faults = check.check(|_, x: Tensor<'_>| drifting.apply(&[x.sin()]).exp(), &x);
    named(
        &faults.expect_err("its gradient drifts"),
        &[Kind::Repeat],
        "drifting",
    );

    // A random number that is no op's.
    let calls = Cell::new(0);
    let check = GradCheck::new();
    let drifting = || {
        calls.set(calls.get() + 1);
        f64::from(calls.get())
    };
    let faults = check.check(|_, [x, y]| x * y + drifting(), &[1.0, 2.0]);
    let faults = faults.expect_err("its value drifts");
    assert_eq!(faults.faults[0].kind, Kind::Value);
}

/// A missing rule is named: in passing, and as an error where it was asked for.
#[test]
fn missing_rules() {
    let product = CustomOp::new("product", |x| &x[0] * &x[1], |k, x, _, g| &x[1 - k] * &g);
    let x = (arr1(&[0.5, 1.5]), arr1(&[2.0, -1.0]));
    let check = GradCheck::new();
    let report = check
        .check(|_, (a, b)| product.apply(&[a, b]), &x)
        .expect("the first order is right");
    let omitted = report.omitted.join("\n");
    assert!(!report.is_complete() && report.compared == [8, 0], "{report}");
    assert!(
        omitted.contains("second order: product: a second derivative"),
        "{omitted}"
    );
    assert!(
        omitted.contains("the forward sweep: product: the op has no `jvp`"),
        "{omitted}"
    );
    let check = GradCheck::new().order(2);
    let faults = check
        .check(|_, (a, b)| product.apply(&[a, b]), &x)
        .expect_err("it was asked for");
    let text = faults.to_string();
    assert!(
        faults.faults[0].kind == Kind::Sweep && text.contains("product: a second derivative"),
        "{text}"
    );
    let check = GradCheck::new().order(1);
    let report = check
        .check(|_, (a, b)| product.apply(&[a, b]), &x)
        .expect("the first order is right");
    assert!(
        report
            .to_string()
            .contains("not checked: second order, which was not asked for")
    );
}

/// The message says where, in a tree of parameters, and what.
#[test]
fn what_a_message_says() {
    let wrong = CustomOp::new("wrong", |x| 3.0 * &x[0], |_, _, _, g| 2.0 * &g);
    let model = Model {
        scale: 2.0,
        heads: vec![
            Head {
                w: arr2(&[[0.1, 0.2], [0.3, 0.4]]),
            },
            Head {
                w: arr2(&[[0.5, 0.6], [0.7, 0.8]]),
            },
        ],
    };
    let check = GradCheck::new();
    let line = line!() + 2;
    let faults = check.check(
        |_, m: ModelOn<'_>| (m.heads[0].w.sum() * m.scale, wrong.apply(&[m.heads[1].w])),
        &model,
    );
    let faults = faults.expect_err("one head is wrong");
    let text = format!("{faults:?}");
    assert!(
        text.contains("∂y.1[1, 0]/∂x.heads[1].w[1, 0] = 2 by the backward sweep, 3"),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "culprit: `wrong` at tests/suite/gradcheck/wrong.rs:{line}:"
        )),
        "{text}"
    );
    assert_eq!(faults.count, 4, "{text}");
}

wengert::parameters! { #[derive(Clone)] struct Head of HeadOn: f64 { w: ndarray::Array2<f64> } }
wengert::parameters! { #[derive(Clone)] struct Model of ModelOn: f64 { scale: f64, heads: Vec<Head> } }
