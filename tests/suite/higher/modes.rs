//! Hessians by reverse over reverse, forward over recorded reverse, and dual numbers, on functions of both lanes.

use ndarray::{Array1, Array2, arr1, arr2};
use wengert::grad::{Curvature, grad, hessian, hvp};
use wengert::nn::{Activation, Mlp, mean_squared_error};
use wengert::{Tape, Tensor, Var};

fn rosenbrock<'t>(x: &[Var<'t>]) -> Var<'t> {
    let term = |w: &[Var<'t>]| 100 * (w[1] - w[0] * w[0]).powi(2) + (1 - w[0]).powi(2);
    x.windows(2).map(term).sum()
}

fn stacked<'t>(tape: &'t Tape, x: &[Var<'t>]) -> Tensor<'t> {
    tape.stack(x)
}

type Function = for<'t> fn(&'t Tape, &[Var<'t>]) -> Var<'t>;

/// Ten functions of five variables.
const FUNCTIONS: [(&str, Function); 10] = [
    ("Rosenbrock", |_, x| rosenbrock(x)),
    ("log-sum-exp", |tape, x| stacked(tape, x).logsumexp()),
    ("quadratic form", |tape, x| {
        let a = Array2::from_shape_fn((5, 5), |(i, j)| ((3 * i + 2 * j) % 7) as f64 - 2.5);
        let x = stacked(tape, x);
        x.matmul(&tape.constant(&a).matmul(&x)).item()
    }),
    ("norm of a product", |tape, x| {
        let m = stacked(tape, &x[..4]).reshape([2, 2]);
        (m.matmul(&m).matmul(&m.t()).square().sum() + 1).sqrt() * x[4]
    }),
    ("softmax entropy", |tape, x| {
        let p = stacked(tape, x).softmax(0);
        -(p * p.ln()).sum()
    }),
    ("product of powers", |_, x| {
        x[0].powf(x[1]) * x[2].powf(x[3]) / x[4]
    }),
    ("recurrence", |_, x| {
        (0..8).fold(x[0], |y, i| (y * x[1 + i % 4]).sin() + x[0] * y)
    }),
    ("both lanes", |tape, x| {
        let first = x[0] * x[1].exp();
        let t = (stacked(tape, x) * first).tanh();
        t.at([2]) * t.at([3]) + (t * x[4]).sum()
    }),
    ("gather and max", |tape, x| {
        let t = stacked(tape, x).take(0, &[0, 2, 2, 4]).square();
        t.max_all() * t.sum() + x[1] * x[3].cos()
    }),
    ("small network", |tape, x| {
        let t = stacked(tape, x);
        let w = t.slice(ndarray::s![..4]).reshape([2, 2]);
        let data = tape.constant(&arr2(&[[0.3, -0.8], [1.1, 0.4], [-0.6, 0.9]]));
        (data.matmul(&w) + x[4])
            .tanh()
            .matmul(&w)
            .sigmoid()
            .square()
            .mean()
    }),
];

const AT: [f64; 5] = [0.7, 1.3, 0.9, 1.6, 0.4];

fn close(name: &str, got: f64, want: f64, scale: f64) {
    assert!(
        (got - want).abs() <= 1e-12 * scale.max(1.0),
        "{name}: {got:e}, not {want:e}"
    );
}

#[test]
fn hessians_agree() {
    for (name, f) in FUNCTIONS {
        let tape = Tape::new();
        let dual = hessian(&tape, |x| f(&tape, &x), &AT);
        let scale = dual.iter().fold(0.0, |m: f64, h| m.max(h.abs()));
        assert!(scale > 1e-3, "{name} is curved");

        // Reverse over reverse, and forward over the recorded gradient.
        let tape = Tape::new();
        let x = tape.vars(&AT);
        let recorded = f(&tape, &x).backward_recorded();
        let slopes: Vec<Var> = x.iter().map(|&x| recorded.wrt(x)).collect();
        for i in 0..5 {
            let row = slopes[i].backward();
            let column = tape.forward().seed(x[i], 1.0).sweep();
            for j in 0..5 {
                close(name, row.get(x[j]).unwrap_or(0.0), dual[[i, j]], scale);
                close(name, column.get(slopes[j]).unwrap_or(0.0), dual[[j, i]], scale);
                close(name, dual[[j, i]], dual[[i, j]], scale);
            }
        }

        // By products, and by a gradient of a gradient.
        let v = [0.3, -1.2, 0.5, 0.8, -0.4];
        let tape = Tape::new();
        let product = hvp(&tape, |x| f(&tape, &x), &AT, &v);
        let tape = Tape::new();
        let nested = grad(
            &tape,
            |x| {
                let g = grad(&tape, |x| f(&tape, &x), &x);
                g.iter().zip(&v).map(|(&g, &v)| g * v).sum()
            },
            &AT,
        );
        for i in 0..5 {
            let want: f64 = (0..5).map(|j| dual[[i, j]] * v[j]).sum();
            close(name, product[i], want, scale);
            close(name, nested[i], want, scale);
        }
    }
}

/// A network's gradient and Hessian product are networks; against differences of the loss.
#[test]
fn a_network_is_a_tree() {
    let mlp: Mlp = Mlp::new(&[2, 3, 1], Activation::Tanh, 1);
    let direction: Mlp = Mlp::new(&[2, 3, 1], Activation::Tanh, 2);
    let (data, target) = (arr2(&[[0.3, -0.8], [1.1, 0.4]]), arr2(&[[0.5], [-1.0]]));
    let loss = |tape: &Tape, mlp: &Mlp| -> f64 {
        let net = mlp.on(tape);
        mean_squared_error(&net.forward(&tape.constant(&data)), &tape.constant(&target)).value()
    };
    let tape = Tape::new();
    let curvature = Curvature::of(
        &tape,
        |net| mean_squared_error(&net.forward(&tape.constant(&data)), &tape.constant(&target)),
        &mlp,
    );
    let (gradient, product): (Mlp, Mlp) = curvature.gradient_and_times(&direction);
    let apart: (Mlp, Mlp) = (curvature.gradient(), curvature.times(&direction));
    assert!(gradient.parameters().eq(apart.0.parameters()));
    assert!(product.parameters().eq(apart.1.parameters()));
    let step = 1e-3;
    let moved = |s: f64| {
        let mut moved = mlp.clone();
        for (p, d) in moved.parameters_mut().zip(direction.parameters()) {
            let mut p = p;
            p.scaled_add(s, &d);
        }
        moved
    };
    let dot = |a: &Mlp| -> f64 {
        let pairs = a.parameters().zip(direction.parameters());
        pairs.map(|(a, d)| (&a * &d).sum()).sum()
    };
    let slope = |s: f64| loss(&Tape::new(), &moved(s));
    let first = (slope(step) - slope(-step)) / (2.0 * step);
    assert!((dot(&gradient) - first).abs() < 1e-5 * first.abs().max(1.0));
    let second = (slope(step) - 2.0 * slope(0.0) + slope(-step)) / (step * step);
    assert!((dot(&product) - second).abs() < 1e-4 * second.abs().max(1.0));
}

/// d⁴/dx⁴ of functions with a closed form.
#[test]
fn fourth_derivatives() {
    type Scalar = for<'t> fn(Var<'t>) -> Var<'t>;
    let rows: [(&str, Scalar, f64, fn(f64) -> f64); 5] = [
        ("sin", |x| x.sin(), 0.7, f64::sin),
        ("exp 2x", |x| (2 * x).exp(), 0.3, |x| 16.0 * (2.0 * x).exp()),
        ("1/x", |x| x.recip(), 1.5, |x| 24.0 / x.powi(5)),
        ("x ln x", |x| x * x.ln(), 1.3, |x| 2.0 / x.powi(3)),
        ("x⁷", |x| x.powi(7), 0.9, |x| 840.0 * x.powi(3)),
    ];
    for (name, f, at, want) in rows {
        let tape = Tape::new();
        let fourth = grad(
            &tape,
            |x| grad(&tape, |x| grad(&tape, |x| grad(&tape, f, &x), &x), &x),
            &at,
        );
        let want = want(at);
        assert!(
            (fourth - want).abs() <= 1e-12 * want.abs(),
            "{name}: {fourth}, not {want}"
        );
    }
}

/// An inner variable is its own, whatever the outer one does beside it: no confusion of perturbations.
#[test]
fn nested_variables_are_not_confused() {
    let tape = Tape::new();
    // d/dx [x · d/dy (x + y)] = d/dx [x · 1] = 1.
    let d = grad(&tape, |x| x * grad(&tape, |y| x + y, &x), &2.0_f64);
    assert_eq!(d, 1.0);
    // d/dx [x · d/dy (x·y)] at y = x is d/dx [x · x] = 2x.
    let d = grad(&tape, |x| x * grad(&tape, |y| x * y, &x), &3.0_f64);
    assert_eq!(d, 6.0);
    let d = grad(
        &tape,
        |x| (x * grad(&tape, |y| (x * y).sum(), &x)).sum(),
        &arr1(&[3.0]),
    );
    assert_eq!(d, Array1::from(vec![6.0]));
}
