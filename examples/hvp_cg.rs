//! Newton's method without a Hessian matrix: multinomial logistic regression on the digits, where the Hessian H has
//! 650 × 650 elements and is only ever multiplied with a vector.
//!
//!     cargo run --release --example hvp_cg
//!
//! A row of X is an image of 8 × 8 grey levels and a 1, whose weights are the biases; W is 65 × 10, and
//!
//!     f(W) = mean of cross-entropy(X·W, labels) + λ/2·‖W‖².
//!
//! A step solves H·D = −∇f by conjugate gradients, until ‖H·D + ∇f‖ ≤ min(½, √‖∇f‖)·‖∇f‖: roughly far away, ever better near
//! the minimum, where convergence is then faster than linear (Nocedal and Wright, *Numerical Optimization*, 2006,
//! algorithm 7.1; H is positive definite here, so that the exit for negative curvature is not needed). A product H·V comes
//! from `Curvature::times`: a sweep forwards and one backwards in dual numbers, over the forward pass that gave ∇f.
//!
//! Gradient descent, with the step 1/λmax(H), then has to get as close to the minimum.

use flate2::read::GzDecoder;
use ndarray::{Array2, Axis};
use std::error::Error;
use std::io::Read;
use std::time::Instant;
use wengert::grad::{Curvature, value_and_grad};
use wengert::nn::cross_entropy;
use wengert::{Tape, Tensor, Var};

/// Lines of 64 grey levels from 0 to 16 and the digit: see `mlp/data/README.md`.
const DIGITS: &[u8] = include_bytes!("mlp/data/digits.csv.gz");
const LAMBDA: f64 = 3e-3;
/// Newton's method stops at a gradient of this norm.
const TOLERANCE: f64 = 1e-10;
/// The race against gradient descent ends at f ≤ f* + this.
const GAP: f64 = 1e-6;

/// The weights, and everything of their shape: gradients, directions.
type Weights = Array2<f64>;

struct Digits {
    x: Array2<f64>,
    labels: Vec<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = digits()?;
    let (n, m) = (train.labels.len(), test.labels.len());
    println!("{n} digits to learn from, {m} to test by, λ = {LAMBDA}");
    let start = Weights::zeros((65, 10));

    let newton = newton(&start, &train, &test)?;
    let least = newton
        .iter()
        .fold(f64::INFINITY, |least, point| least.min(point.value));
    let near = newton.iter().find(|point| point.value <= least + GAP);
    let near = near.ok_or("no step was made")?;

    let clock = Instant::now();
    let count = descent(&start, &train, least + GAP)?;
    println!("\nto f ≤ f* + {GAP:e}");
    println!(
        "Newton–CG          {:>5} gradients, {:>3} products H·V, {:>6.2} s",
        near.gradients, near.products, near.seconds
    );
    println!(
        "gradient descent   {count:>5} gradients, {:>23.2} s",
        clock.elapsed().as_secs_f64()
    );
    Ok(())
}

fn loss<'t>(tape: &'t Tape, w: Tensor<'t>, data: &Digits) -> Var<'t> {
    let logits = tape.constant(&data.x).matmul(&w);
    cross_entropy(&logits, &data.labels) + LAMBDA / 2.0 * w.square().sum()
}

/// How far Newton's method was and what it had spent.
struct Point {
    value: f64,
    gradients: usize,
    products: usize,
    seconds: f64,
}

fn newton(start: &Weights, train: &Digits, test: &Digits) -> Result<Vec<Point>, Box<dyn Error>> {
    println!("\nstep               f      ‖∇f‖   test accuracy   CG steps      t");
    let (mut w, mut tape, mut products) = (start.clone(), Tape::new(), 0);
    let (mut points, clock) = (Vec::new(), Instant::now());
    for step in 0..50 {
        tape.clear();
        let f = |w| loss(&tape, w, train);
        let curvature = Curvature::of(&tape, f, &w);
        let (value, gradient) = (curvature.value(), curvature.gradient());
        let size = norm(&gradient);
        points.push(Point {
            value,
            gradients: step + 1,
            products,
            seconds: clock.elapsed().as_secs_f64(),
        });
        let share = 100.0 * accuracy(&w, test);
        print!("{step:>4}{value:>16.12}{size:>10.1e}{share:>14.1} %");
        if size <= TOLERANCE {
            println!();
            return Ok(points);
        }

        let (d, count) = conjugate_gradients(&curvature, &gradient);
        let slope = dot(&gradient, &d);
        let lowers = |t: &f64| f(tape.constant(&(&w + *t * &d))).value() <= value + 1e-4 * t * slope;
        let t = (0..30).map(|k| 0.5_f64.powi(k)).find(lowers);
        let t = t.ok_or("no step along d lowers f")?;
        println!("{count:>11}{t:>7}");
        w.scaled_add(t, &d);
        products += count;
    }
    Err("Newton's method has not converged".into())
}

/// D with ‖H·D + g‖ ≤ min(½, √‖g‖)·‖g‖, and the number of products H·V that it took.
fn conjugate_gradients(h: &Curvature<Weights>, g: &Weights) -> (Weights, usize) {
    let tolerance = norm(g).sqrt().min(0.5) * norm(g);
    let (mut d, mut residual, mut v) = (Weights::zeros(g.raw_dim()), -g, -g);
    let mut square = dot(&residual, &residual);
    let mut count = 0;
    while square.sqrt() > tolerance {
        let hv = h.times(&v);
        let t = square / dot(&v, &hv);
        d.scaled_add(t, &v);
        residual.scaled_add(-t, &hv);
        let before = std::mem::replace(&mut square, dot(&residual, &residual));
        v = square / before * v + &residual;
        count += 1;
    }
    (d, count)
}

/// Gradient descent until f ≤ `goal`: the number of gradients that it took.
fn descent(start: &Weights, data: &Digits, goal: f64) -> Result<usize, Box<dyn Error>> {
    let mut tape = Tape::new();
    let h = Curvature::of(&tape, |w| loss(&tape, w, data), start);
    let rate = 1.0 / largest_eigenvalue(&h);
    let mut w = start.clone();
    for count in 1..=20_000 {
        tape.clear();
        let (value, gradient) = value_and_grad(&tape, |w| loss(&tape, w, data), &w);
        if value <= goal {
            return Ok(count);
        }
        w.scaled_add(-rate, &gradient);
    }
    Err("gradient descent has not converged".into())
}

/// Power iteration: V ← H·V/‖V‖.
fn largest_eigenvalue(h: &Curvature<Weights>) -> f64 {
    let steps = (0..30).scan(h.gradient(), |v, _| {
        *v = h.times(&(&*v / norm(v)));
        Some(norm(v))
    });
    steps.fold(0.0, f64::max)
}

fn dot(a: &Weights, b: &Weights) -> f64 {
    (a * b).sum()
}

fn norm(a: &Weights) -> f64 {
    dot(a, a).sqrt()
}

/// The share of the images whose largest logit is at their label.
fn accuracy(w: &Weights, data: &Digits) -> f64 {
    let logits = data.x.dot(w);
    let guesses = logits.rows().into_iter().map(|row| {
        let largest = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        largest.map(|(class, _)| class)
    });
    let right = guesses
        .zip(&data.labels)
        .filter(|&(guess, &label)| guess == Some(label));
    right.count() as f64 / data.labels.len() as f64
}

/// The digits to learn from, and every fifth of the file to test by (the same writers, who stand in blocks).
fn digits() -> Result<(Digits, Digits), Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(DIGITS).read_to_string(&mut text)?;
    let numbers: Result<Vec<f64>, _> = text.trim().split([',', '\n']).map(str::parse).collect();
    let table = Array2::from_shape_vec((1797, 65), numbers?)?;
    let select = |rows: Vec<usize>| {
        let mut x = table.select(Axis(0), &rows);
        let labels = x.column(64).iter().map(|&label| label as usize).collect();
        x /= 16.0;
        x.column_mut(64).fill(1.0);
        Digits { x, labels }
    };
    let (test, train) = (0..1797).partition(|row| row % 5 == 4);
    Ok((select(train), select(test)))
}
