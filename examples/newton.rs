//! Newton's method with exact Hessians, on Rosenbrock's function of ten variables,
//!
//!     f(x) = Σᵢ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)².
//!
//!     cargo run --release --example newton
//!
//! A step solves (H + τ·1)·d = −∇f by Cholesky's factors, with a τ ≥ 0 that makes the matrix positive definite, and goes to
//! x + t·d, where t is the first of 1, ½, ¼, … that lowers f enough (Armijo: f(x + t·d) ≤ f + 10⁻⁴·t·∇f·d). Near the minimum
//! τ = 0 and t = 1, and each step about doubles the number of correct digits: ‖∇f‖ₖ₊₁ ≤ c·‖∇f‖ₖ².
//!
//! f is plain generic Rust: with `f64` it serves the line search, with `Var` it gives ∇f and H.

use ndarray::{Array1, Array2, arr1, s};
use num_traits::Float;
use std::process::ExitCode;
use wengert::Tape;
use wengert::grad::Curvature;

/// From four variables on, a second minimum with f = 3.9866 lies near (−1, 1, …, 1); this start misses it.
const N: usize = 10;
const STEPS: usize = 100;
const TOLERANCE: f64 = 1e-10;

/// Put your own function here.
fn rosenbrock<F: Float + From<f64>>(x: &[F]) -> F {
    let term = |w: &[F]| (w[1] - w[0] * w[0]).powi(2) * 100.0.into() + (F::one() - w[0]).powi(2);
    x.windows(2).map(term).fold(F::zero(), |sum, term| sum + term)
}

fn main() -> ExitCode {
    let mut x: [f64; N] = std::array::from_fn(|i| (2.3 * i as f64).cos());
    let mut tape = Tape::new();
    println!("step               f        ‖∇f‖         τ         t");
    for step in 0..=STEPS {
        tape.clear();
        let at = Curvature::of(&tape, |x| rosenbrock(&x), &x);
        let (f, g) = (at.value(), arr1(&at.gradient()));
        let norm = g.dot(&g).sqrt();
        print!("{step:>4}{f:>16.6e}{norm:>12.1e}");
        if norm <= TOLERANCE {
            let error = x.iter().fold(0.0, |e: f64, x| e.max((x - 1.0).abs()));
            println!("\n\nlargest distance of a variable from 1, the minimum: {error:.1e}");
            return if error < 1e-10 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }

        let (d, tau) = newton_direction(&at.matrix(), &g);
        let slope = g.dot(&d);
        let along = |t: f64| std::array::from_fn(|i| x[i] + t * d[i]);
        let enough = |t: f64| rosenbrock::<f64>(&along(t)) <= f + 1e-4 * t * slope;
        let t = (0..40).map(|k| 0.5_f64.powi(k)).find(|&t| enough(t));
        let Some(t) = t else {
            println!("\nno step lowers f");
            return ExitCode::FAILURE;
        };
        println!("{tau:>10.1}{t:>10}");
        x = along(t);
    }
    println!("\nnot converged after {STEPS} steps");
    ExitCode::FAILURE
}

/// d = −(H + τ·1)⁻¹·g and τ: 0 where H is positive definite, otherwise the first that makes it so of 10⁻³, 4·10⁻³, 16·10⁻³, …
/// times the largest element of H.
fn newton_direction(h: &Array2<f64>, g: &Array1<f64>) -> (Array1<f64>, f64) {
    let largest = h.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let mut tau = 0.0;
    loop {
        if let Some(l) = cholesky(h + tau * Array2::<f64>::eye(h.nrows())) {
            return (-solve(&l, g), tau);
        }
        tau = (4.0 * tau).max(1e-3 * largest);
    }
}

/// The lower triangular L with L·Lᵀ = A, or `None` where A is not positive definite.
fn cholesky(mut a: Array2<f64>) -> Option<Array2<f64>> {
    for j in 0..a.nrows() {
        for i in j..a.nrows() {
            let sum: f64 = (0..j).map(|k| a[[i, k]] * a[[j, k]]).sum();
            a[[i, j]] -= sum;
        }
        let pivot = a[[j, j]];
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        a.slice_mut(s![j.., j]).map_inplace(|x| *x /= pivot.sqrt());
    }
    Some(a) // what stands above the diagonal is not read
}

/// (L·Lᵀ)⁻¹·b: first forwards with L, then backwards with Lᵀ.
fn solve(l: &Array2<f64>, b: &Array1<f64>) -> Array1<f64> {
    let (n, mut x) = (b.len(), b.clone());
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| l[[i, k]] * x[k]).sum();
        x[i] = (x[i] - sum) / l[[i, i]];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| l[[k, i]] * x[k]).sum();
        x[i] = (x[i] - sum) / l[[i, i]];
    }
    x
}
