//! Zeros that are nothing, through checkpoints, custom ops, Jacobians and dual numbers; and points that are constants.

use ndarray::{Array1, arr1, arr2, s};
use wengert::error::{Dims, ShapeError};
use wengert::grad::{Mode, grad, hessian, hvp, jacobian, jvp};
use wengert::ops::{ArrayOp, ArrayRule, Zeros};
use wengert::{ArrayValue, Dense, Real, Tape, Tensor, Term, Var, checkpoint, checkpoint_loop};

/// An inner gradient is one in its own variable, also where the point is data, detached or an untracked number.
#[test]
fn a_point_may_be_a_constant() {
    let tape = Tape::new();
    let (c, x) = (tape.constant(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[1.0, 2.0])));
    for point in [c, x.detach(), x] {
        let g = grad(&tape, |y| y.square().sum(), &point);
        assert_eq!(g.value(), arr1(&[2.0, 4.0]).into_dyn());
        for mode in [Mode::Forward, Mode::Backward] {
            let j = jacobian(&tape, |x| x.square(), &point, mode);
            assert_eq!(j, arr2(&[[2.0, 0.0], [0.0, 4.0]]));
        }
    }
    let g = grad(&tape, |y| y * y, &Var::from(3.0));
    assert_eq!(g.value(), 6.0);
    assert_eq!(
        jacobian(&tape, |x| [x * x, 2.0 * x], &Var::from(2.0), Mode::Backward),
        arr2(&[[4.0], [2.0]])
    );
    // ∂/∂w Σ ∂/∂x sin(w·x) = Σ cos(w·x) − w·x·sin(w·x), the x being data.
    let tape = Tape::new();
    let slope = grad(
        &tape,
        |w| {
            let x = tape.constant(&arr1(&[1.0, 2.0]));
            grad(&tape, |x| (w.sum() * x).sin().sum(), &x).sum()
        },
        &arr1(&[0.5]),
    );
    let want: f64 = [0.5_f64, 1.0].iter().map(|a| a.cos() - a * a.sin()).sum();
    assert!((slope[0] - want).abs() < 1e-15);
}

/// The cotangent and the tangent of what a gate has shut stay nothing on their way through what is run again.
#[test]
fn checkpoints_keep_nothing() {
    let tape = Tape::new();
    let z = tape.tensor(&arr1(&[0.0, 4.0]));
    let x = z.sqrt();
    for steps in [0, 1] {
        let y = checkpoint_loop(steps, 2, x, &[], |_, x, _| (x - 1.0).relu());
        let loss = x.slice(s![1..]).sum() + y.slice(s![1..]).sum();
        assert_eq!(loss.backward().wrt(z), arr1(&[0.0, 0.5]).into_dyn());
    }
    let y = checkpoint_loop(1, 2, x, &[], |_, x, _| (x - 1.0).relu());
    let loss = x.slice(s![1..]).sum() + y.sum();
    assert_eq!(loss.backward().wrt(z), arr1(&[0.0, 0.5]).into_dyn());

    type Function = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let roots: [Function; 3] = [
        |x| x.sqrt(),
        |x| checkpoint(|x| x[0].sqrt(), &[x]),
        |x| checkpoint_loop(1, 1, x, &[], |_, x, _| x.sqrt()),
    ];
    let ones = arr1(&[1.0, 1.0]);
    for root in roots {
        let at = arr1(&[-1.0, 4.0]);
        let (_, t) = jvp(&Tape::new(), |x| root(x.relu()), &at, &ones);
        assert_eq!(t, arr1(&[0.0, 0.25]).into_dyn());
        let point = (at, ones.clone());
        let (_, product) = hvp(
            &Tape::new(),
            |(x, w)| (root(x.relu()) * w).sum(),
            &point,
            &(ones.clone(), ones.clone()),
        );
        assert_eq!(product, arr1(&[0.0, 0.25]));
    }
}

/// A loop whose initial state is used elsewhere, too, adds to its cotangent in the order of the plain loop.
#[test]
fn a_loop_adds_where_the_plain_one_adds() {
    for i in 0..50 {
        let at = Array1::from_shape_fn(3, |k| (f64::from(i) + 0.37 * k as f64).sin());
        let [full, short] = [false, true].map(|short| {
            let tape = Tape::new();
            let x = tape.tensor(&at);
            let y = match short {
                true => checkpoint_loop(5, 2, x, &[], |_, s, _| s.sin() * (-s).exp() * 0.1 + s),
                false => (0..5).fold(x, |s, _| s.sin() * (-s).exp() * 0.1 + s),
            };
            let loss = y.sum() + (x * 0.3).sum();
            loss.backward().wrt(x).to_owned()
        });
        assert_eq!(full, short);
    }
}

/// One element of a seed says nothing about the others.
#[test]
fn jacobians_beside_an_infinite_slope() {
    for mode in [Mode::Forward, Mode::Backward] {
        let j = jacobian(&Tape::new(), |x| x.sqrt(), &arr1(&[0.0, 4.0]), mode);
        assert_eq!(j, arr2(&[[f64::INFINITY, 0.0], [0.0, 0.25]]));
    }
    let want = arr2(&[[f64::INFINITY, 0.0], [0.0, 0.375]]);
    assert_eq!(
        hessian(&Tape::new(), |x| x.powf(1.5).sum(), &arr1(&[0.0, 4.0])),
        want
    );
    assert_eq!(
        hessian(&Tape::new(), |[a, b]| a.powf(1.5) + b.powf(1.5), &[0.0_f64, 4.0]),
        want
    );
}

/// A zero that was added, of either sign, is a number, also where several rows are found at once: 0·∞ is NaN.
#[test]
fn rows_of_zeros() {
    let j = jacobian(
        &Tape::new(),
        |[a, b]: [Var<'_>; 2]| [-(a.sqrt() * 0), b],
        &[0.0, 1.0],
        Mode::Backward,
    );
    assert!(j[[0, 0]].is_nan());
    assert_eq!([j[[0, 1]], j[[1, 0]], j[[1, 1]]], [0.0, 0.0, 1.0]);
}

/// The same of seeds, and of elements that are read; what a sweep over no elements adds is nothing.
#[test]
fn seeds_of_zeros_and_sums_of_nothing() {
    let tape = Tape::new();
    let (x, t) = (tape.var(0.0), tape.tensor(&arr1(&[0.0])));
    let (y, s) = (x.sqrt(), t.sqrt());
    assert!(tape.backward().seed(y, -0.0).sweep().wrt(x).is_nan());
    assert!(s.backward_with(&arr1(&[-0.0])).wrt(t)[0].is_nan());

    let read = -(s.at([0]) * 0);
    assert!(read.backward().wrt(t)[0].is_nan());
    assert!(read.backward_recorded().wrt(t).value()[0].is_nan());

    let nothing = (s + tape.constant(&arr1(&[]))).sum();
    assert_eq!(nothing.backward().get(t).map_or(0.0, |g| g[0]), 0.0);
    let recorded = nothing.backward_recorded();
    assert_eq!(recorded.get(t).map_or(0.0, |g| g.value()[0]), 0.0);
}

/// A tangent that is −0 is a number as well: beneath a square root at 0 the change of a slope that changes by 0 is 0·∞.
#[test]
fn a_tangent_of_minus_zero() {
    let tape = Tape::new();
    let (a, x) = (tape.var(1.0), tape.var(0.0));
    let s = x.sqrt();
    let stacked = -(tape.stack(&[a]) * tape.stack(&[s])).sum();
    for y in [-(a * s), a * (s * -1), a * -s, stacked] {
        let tangents = tape.forward().seed(a, 0.0).sweep();
        let (gradients, change) = y.backward_along(&tangents);
        assert_eq!(gradients.wrt(x), -f64::INFINITY);
        assert!(change.wrt(x).is_nan());
    }
    // Behind a shut gate it is nothing.
    let y = a * (s - 1).relu();
    let tangents = tape.forward().seed(a, 1.0).sweep();
    let (_, change) = y.backward_along(&tangents);
    assert_eq!(change.get(x).unwrap_or(0.0), 0.0);
}

/// Of an array that scalars make up, what was not read has no second derivative either, however steep it is.
#[test]
fn curvature_beside_an_infinite_slope() {
    let tape = Tape::new();
    let f = |[a, b]: [Var<'_>; 2]| tape.stack(&[a.sqrt(), b.sqrt()]).at([0]).powi(3);
    let hv = hvp(&tape, f, &[4.0, 0.0], &[1.0, 0.0]);
    assert_eq!(hv, [0.375, 0.0]);
}

/// The identity, as an op that moves elements, and with results of a wrong shape if asked to.
#[derive(Debug, Clone)]
struct Same {
    wrong: bool,
}

impl From<Same> for ArrayOp {
    fn from(op: Same) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Same {
    const ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "same"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        Dense::from(&x[0].view())
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        if self.wrong { g.sum_axes([0]) } else { g.clone() }
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        self.vjp(k, x, y, t)
    }
}

#[test]
fn custom_rules_keep_nothing_and_are_checked() {
    let at = arr1(&[0.0, 4.0]);
    let op = || Same { wrong: false };
    let g = grad(
        &Tape::new(),
        |x| Tensor::apply(op(), &[&x.sqrt()]).slice(s![1..]).sum(),
        &at,
    );
    assert_eq!(g, arr1(&[0.0, 0.25]));
    let ones = arr1(&[1.0, 1.0]);
    let (_, t) = jvp(
        &Tape::new(),
        |x| Tensor::apply(op(), &[&(x - 1.0).relu()]).sqrt(),
        &arr1(&[0.0, 5.0]),
        &ones,
    );
    assert_eq!(t, arr1(&[0.0, 0.25]).into_dyn());
    let wrong = || {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[0.0, 4.0]));
        let _ = Tensor::apply(Same { wrong: true }, &[&x]).sum().backward();
    };
    let message = std::panic::catch_unwind(wrong).expect_err("the shape is wrong");
    let message = message.downcast_ref::<String>().expect("a text");
    assert!(
        message.starts_with("same: ") && message.contains("[2]"),
        "{message}"
    );
}

/// Results of another tape are refused.
#[test]
fn results_of_another_tape() {
    let refused = |f: fn()| assert!(std::panic::catch_unwind(f).is_err());
    refused(|| {
        let (a, b) = (Tape::new(), Tape::new());
        let _ = jacobian(&a, |[x, y]| [x * y, b.var(1.0)], &[2.0, 3.0], Mode::Backward);
    });
    refused(|| {
        let (a, b) = (Tape::new(), Tape::new());
        let _ = grad(&a, |_| b.var(3.0), &1.0_f64);
    });
    refused(|| {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[1.0]));
        let y = x.square().sum();
        let tangents = tape.forward().seed_array(x, &arr1(&[1.0])).sweep();
        let _later = x * 2.0;
        let _ = y.backward_along(&tangents);
    });
}
