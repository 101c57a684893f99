//! Two ops of one's own.
//!
//!     cargo run --release --example custom_op
//!
//! - `Smooth`, written as the engine's ops are: y = K·x with a symmetric kernel along the only axis, and the adjoint
//!   x̄ = Kᵀ·ȳ, which is the same op again. It has derivatives of every order, forward mode, `f32` and `f64`.
//! - `erf`, as two closures on plain arrays, as one would wrap a foreign library: y = 2/√π·∫₀ˣ e^(−s²) ds, x̄ = 2/√π·e^(−x²)·ȳ.
//!   It has a first derivative; asking for a second is an error that names it.

use ndarray::{Array1, ArrayD, arr1};
use std::f64::consts::PI;
use wengert::error::{Dims, ShapeError};
use wengert::ops::{ArrayOp, ArrayRule};
use wengert::{ArrayValue, CustomOp, Dense, Real, Tape, Tensor, Term};

/// `yᵢ = (xᵢ₋₁ + 2xᵢ + xᵢ₊₁)/4`, with zeros beyond the ends: x̄ᵢ = (ȳᵢ₋₁ + 2ȳᵢ + ȳᵢ₊₁)/4.
#[derive(Debug, Clone)]
struct Smooth;

impl From<Smooth> for ArrayOp {
    fn from(op: Smooth) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Smooth {
    fn name(&self) -> &str {
        "smooth"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        match x[0] {
            [n] => Ok([*n].as_slice().into()),
            _ => Err(ShapeError::Unfit {
                shape: x[0].into(),
                need: "one axis".to_owned(),
            }),
        }
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        let x = x[0].view();
        let at = |i: usize| x.get([i].as_slice()).copied().unwrap_or(T::zero());
        let two = T::one() + T::one();
        let y = |i: usize| (at(i.wrapping_sub(1)) + two * at(i) + at(i + 1)) / (two * two);
        Dense::from(&Array1::from_shape_fn(x.len(), y))
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        Term::apply(Self, &[g])
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term::apply(Self, &[t])
    }
}

/// erf(x) by Simpson's rule.
fn erf(x: f64) -> f64 {
    const N: usize = 200;
    let h = x / N as f64;
    let f = |i: usize| (-(h * i as f64).powi(2)).exp();
    let weight = |i: usize| if i % 2 == 1 { 4.0 } else { 2.0 };
    let inner: f64 = (1..N).map(|i| weight(i) * f(i)).sum();
    2.0 / PI.sqrt() * h / 3.0 * (f(0) + inner + f(N))
}

fn foreign_erf() -> CustomOp {
    CustomOp::new(
        "erf",
        |x| x[0].mapv(erf),
        |_, x, _, g| x[0].mapv(|x| 2.0 / PI.sqrt() * (-x * x).exp()) * g,
    )
}

/// The derivative of f at x along v by central differences.
fn differences(f: impl Fn(&ArrayD<f64>) -> f64, x: &ArrayD<f64>, v: &ArrayD<f64>) -> f64 {
    let h = 1e-4;
    (f(&(x + h * v)) - f(&(x - h * v))) / (2.0 * h)
}

fn main() {
    let at = arr1(&[0.3, -0.8, 1.2, 0.5]).into_dyn();
    let v = arr1(&[1.0, -0.5, 0.25, 2.0]).into_dyn();

    let f = |x: Tensor<'_>| Tensor::apply(Smooth, &[&x.sin()]).square().sum().value();
    let value = |x: &ArrayD<f64>| f(Tape::new().tensor(x));
    let tape = Tape::new();
    let x = tape.tensor(&at);
    let y = Tensor::apply(Smooth, &[&x.sin()]).square().sum();
    let slope = (y.backward_recorded().wrt(x) * &v).sum();
    let curvature = (slope.backward_recorded().wrt(x) * &v).sum();
    let third = (&curvature.backward().wrt(x) * &v).sum();
    println!("smooth, along v        by the sweep   by differences");
    println!(
        "first derivative   {:>16.9}{:>17.9}",
        slope.value(),
        differences(value, &at, &v)
    );
    let gradient = |x: &ArrayD<f64>| {
        let tape = Tape::new();
        let x = tape.tensor(x);
        let y = Tensor::apply(Smooth, &[&x.sin()]).square().sum();
        (&y.backward().wrt(x) * &v).sum()
    };
    println!(
        "second             {:>16.9}{:>17.9}",
        curvature.value(),
        differences(gradient, &at, &v)
    );
    println!("third              {third:>16.9}");
    let tangents = tape.forward().seed_array(x, &v).sweep();
    println!("first, forwards    {:>16.9}", tangents.of(y));

    let tape = Tape::new();
    let x = tape.tensor(&at);
    let y = foreign_erf().apply(&[x]);
    let gradient = (y * x).sum().backward();
    let value = |x: &ArrayD<f64>| x.iter().map(|&x| erf(x) * x).sum();
    println!("\nerf, along v           by the sweep   by differences");
    println!(
        "first derivative   {:>16.9}{:>17.9}",
        (&gradient.wrt(x) * &v).sum(),
        differences(value, &at, &v)
    );
    std::panic::set_hook(Box::new(|panic| println!("second             {panic}")));
    let second = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| y.sum().backward_recorded()));
    assert!(second.is_err(), "two closures have no second derivative");
}
