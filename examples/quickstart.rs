//! Five minutes: scalars, tensors, both on one tape, a second derivative, a stopped gradient, a loop.
//!
//!     cargo run --example quickstart
//!
//! Every derivative that is printed is also checked against its formula.

use ndarray::{Axis, arr1, arr2};
use wengert::{Tape, Tensor, Var};

fn main() {
    scalars();
    tensors();
    both_on_one_tape();
    stopped_gradient();
    many_steps();
}

/// A `Var` calculates like a number. The tape remembers how, and `backward` walks back.
fn scalars() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.var(3.0));
    let z = x * y + x.sin();

    let gradients = z.backward(); // a value of its own: no gradients on the tape, none to set to zero
    let [dx, dy] = gradients.wrt([x, y]);
    println!("z = x·y + sin x at (2, 3)     {z:.6}");
    println!("∂z/∂x = y + cos x             {dx:.6}");
    println!("∂z/∂y = x                     {dy:.6}\n");
    assert_eq!([dx, dy], [3.0 + 2.0_f64.cos(), 2.0]);
}

/// A `Tensor` copies an ndarray array and lends its elements as a view; plain arrays beside it are constants.
fn tensors() {
    let (a, x) = (arr2(&[[2.0, -1.0], [1.0, 3.0], [0.0, 1.0]]), arr1(&[1.0, 2.0]));
    let b = arr1(&[2.0, 5.0, 1.0]);
    let tape = Tape::new();
    let (ta, tx) = (tape.tensor(&a), tape.tensor(&x));
    let loss = (ta.matmul(&tx) - &b).square().sum();

    let gradients = loss.backward();
    println!("L = ‖A·x − b‖²                {loss}");
    println!("∂L/∂x = 2·Aᵀ·(A·x − b)        {}", gradients.wrt(tx));
    println!("∂L/∂A = 2·(A·x − b)·xᵀ        {}\n", gradients.wrt(ta).flatten());
    let twice = 2.0 * (a.dot(&x) - b);
    assert_eq!(gradients.wrt(tx), a.t().dot(&twice).into_dyn());
    assert_eq!(gradients.wrt(ta), (twice.insert_axis(Axis(1)) * x).into_dyn());
}

/// The polynomial p = Σₖ cₖ·Tₖ at each of the nodes. A loop over scalars makes the Chebyshev polynomials Tₖ
/// by their recurrence Tₖ₊₁ = 2x·Tₖ − Tₖ₋₁; they fill a matrix, which meets the coefficients in one product.
fn chebyshev<'t>(tape: &'t Tape, nodes: &[Var<'t>], c: &Tensor<'t>) -> Tensor<'t> {
    let degrees = c.shape()[0];
    let mut basis = Vec::new();
    for &x in nodes {
        let (mut t, mut next) = (Var::from(1.0), x); // a constant needs no tape
        for _ in 0..degrees {
            basis.push(t);
            (t, next) = (next, 2 * x * next - t);
        }
    }
    tape.stack(&basis).reshape([nodes.len(), degrees]).matmul(c)
}

/// Scalars feed a matrix, and one sweep goes through both. A recorded sweep is on the tape as well: it can be
/// differentiated again.
fn both_on_one_tape() {
    const ANGLES: [f64; 3] = [0.4, 1.1, 2.3];
    const C: [f64; 4] = [0.5, -1.0, 0.25, 2.0];
    let tape = Tape::new();
    let (nodes, c) = (tape.vars(&ANGLES.map(f64::cos)), tape.tensor(&arr1(&C)));
    let loss = chebyshev(&tape, &nodes, &c).square().sum();

    let gradients = loss.backward();
    let (dx, dc) = (gradients.wrt(&nodes), gradients.wrt(c));
    let slope = loss.backward_recorded().wrt(nodes[0]); // a `Var`, equal to dx[0]
    let row = slope.backward().wrt(&nodes);
    println!("L = Σᵢ p(xᵢ)²                 {loss:.6}");
    println!("∂L/∂xᵢ = 2·p(xᵢ)·p′(xᵢ)       {dx:.6?}");
    println!("∂L/∂cₖ = 2·Σᵢ p(xᵢ)·Tₖ(xᵢ)    {dc:.6}");
    println!("∂²L/∂x₀² = 2·(p′² + p·p″)     {:.6}\n", row[0]);

    // At x = cos t: Tₖ = cos kt, Tₖ′ = k·sin kt / sin t, and (1 − x²)·Tₖ″ = x·Tₖ′ − k²·Tₖ.
    let sum = |term: &dyn Fn(f64) -> f64| (0..4).map(|k| C[k] * term(k as f64)).sum::<f64>();
    let p = ANGLES.map(|t| sum(&|k| (k * t).cos()));
    let p1 = ANGLES.map(|t| sum(&|k| k * (k * t).sin() / t.sin()));
    let p2 = ANGLES.map(|t| sum(&|k| k * (k * t).sin() / t.tan() - k * k * (k * t).cos()) / t.sin().powi(2));
    (0..3).for_each(|i| assert_close(dx[i], 2.0 * p[i] * p1[i]));
    for k in 0..4 {
        let terms = (0..3).map(|i| 2.0 * p[i] * (k as f64 * ANGLES[i]).cos());
        assert_close(dc[k], terms.sum());
    }
    assert_close(row[0], 2.0 * (p1[0] * p1[0] + p[0] * p2[0]));
    assert_eq!(row[1..], [0.0, 0.0]); // no term of L holds two nodes
}

/// `detach` lets the value through and no cotangent back. Without a gradient, `wrt` panics and says why:
///
///     wrt: the result does not depend on this scalar; the path is cut by `detach` at
///     examples/quickstart.rs:105:28
///
/// and `get`, for those who expect it, returns `None`.
fn stopped_gradient() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.var(3.0));
    let gradients = (x * y.detach()).backward();
    let (dx, dy) = (gradients.get(x), gradients.get(y));
    println!("of x·detach(y), by x and y    {dx:?}, {dy:?}\n");
    assert_eq!((dx, dy), (Some(3.0), None));
}

/// Newton's method for the least value of x²/2 − sin x, which lies where x = cos x.
fn many_steps() {
    let (mut tape, mut at) = (Tape::new(), 1.0);
    for step in 1..=5 {
        let x = tape.var(at);
        let slope = (x.square() / 2 - x.sin()).backward_recorded().wrt(x);
        at -= slope.value() / slope.backward().wrt(x);
        println!("Newton step {step}                 {at:.15}");
        tape.clear(); // forgets the step, keeps the memory; with a handle still alive this would not compile
    }
    assert_close(at, at.cos());
}

/// Equal to a few units in the last place.
#[track_caller]
fn assert_close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-14 * b.abs().max(1.0), "{a} is not {b}");
}
