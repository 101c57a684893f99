//! The log-posterior of a Gaussian mixture with a Wishart prior, and its gradient.
//!
//! Component c has the weight α_c (before normalisation), the mean μ_c and the precision QᵀQ, Q lower triangular with the
//! diagonal exp q and l below it, column by column:
//!
//!     L = Σ over points ln Σ_c exp(α_c + Σq_c − ½|Q_c(x − μ_c)|²) − n·ln Σ exp α − n·d/2·ln 2π + prior
//!     prior = Σ_c (γ²/2·(|exp q_c|² + |l_c|²) − m·Σq_c) − k·C
//!
//! with C = n′d(ln γ − ½·ln 2) − ln Γ_d(n′/2) for n′ = d + m + 1.

use super::data::{Derivative, Failure, Words, text};
use ndarray::{Array1, Array2, s};
use num_traits::Float;
use std::f64::consts::{LN_2, PI, TAU};
use std::path::Path;
use wengert::grad::value_and_grad;
use wengert::{Tape, Tensor, Var};

pub(crate) struct Mixture {
    pub(crate) alphas: Array1<f64>,
    /// k × d.
    pub(crate) means: Array2<f64>,
    /// k × d(d + 1)/2: q, then l.
    pub(crate) factors: Array2<f64>,
    /// n × d.
    pub(crate) points: Array2<f64>,
    gamma: f64,
    m: f64,
    /// The points as columns, with a row of ones below.
    columns: Array2<f64>,
    /// For each element of Q, row by row, its place in [exp q | l | 0].
    places: Vec<usize>,
}

impl Mixture {
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, Failure> {
        let text = text(folder, &format!("{name}.txt"))?;
        let mut words = Words::of(&text);
        let (d, k, n): (usize, usize, usize) = (words.next()?, words.next()?, words.next()?);
        let alphas = Array1::from(words.list(k)?);
        let means = words.matrix(k, d)?;
        let factors = words.matrix(k, d * (d + 1) / 2)?;
        let points = words.matrix(n, d)?;
        let mut columns = Array2::ones((d + 1, n));
        columns.slice_mut(s![..d, ..]).assign(&points.t());
        let place = |i: usize, j: usize| match i.cmp(&j) {
            std::cmp::Ordering::Equal => i,
            std::cmp::Ordering::Less => d * (d + 1) / 2,
            std::cmp::Ordering::Greater => d + j * (2 * d - j - 1) / 2 + i - j - 1,
        };
        let places = (0..d * d).map(|at| place(at / d, at % d)).collect();
        let (gamma, m) = (words.next()?, words.next()?);
        Ok(Self {
            alphas,
            means,
            factors,
            points,
            gamma,
            m,
            columns,
            places,
        })
    }

    /// What does not depend on the parameters: −n·d/2·ln 2π − k·C.
    fn constant(&self) -> f64 {
        let ((n, d), k) = (self.points.dim(), self.alphas.len() as f64);
        let (n, d) = (n as f64, d as f64);
        let freedom = d + self.m + 1.0;
        let lgamma = |x: f64| Var::from(x).lgamma().value();
        let terms = (0..d as usize).map(|j| lgamma((freedom - j as f64) / 2.0));
        let lgamma_d = d * (d - 1.0) / 4.0 * PI.ln() + terms.sum::<f64>();
        let c = freedom * d * (self.gamma.ln() - 0.5 * LN_2) - lgamma_d;
        -n * d / 2.0 * TAU.ln() - k * c
    }

    /// All parameters, one after the other.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        let all = self.alphas.iter().chain(&self.means).chain(&self.factors);
        all.copied().collect()
    }

    /// L for numbers of any kind.
    pub(crate) fn log_posterior<F: Float>(&self, parameters: &[F]) -> F {
        let number = |x: f64| F::from(x).expect("a number");
        let ((n, d), k) = (self.points.dim(), self.alphas.len());
        let (alphas, rest) = parameters.split_at(k);
        let (means, factors) = rest.split_at(k * d);
        let size = d * (d + 1) / 2;
        let logs = |c: usize| &factors[c * size..c * size + d];
        let below = |c: usize| &factors[c * size + d..(c + 1) * size];
        let diagonals: Vec<F> = (0..k).flat_map(logs).map(|q| q.exp()).collect();
        let starts: Vec<F> = (0..k).map(|c| alphas[c] + sum(logs(c).iter().copied())).collect();

        let (mut from_mean, mut y) = (vec![F::zero(); d], vec![F::zero(); d]);
        let mut terms = vec![F::zero(); k];
        let mut total = F::zero();
        for point in self.points.rows() {
            for c in 0..k {
                for i in 0..d {
                    from_mean[i] = number(point[i]) - means[c * d + i];
                    y[i] = diagonals[c * d + i] * from_mean[i];
                }
                let mut below = below(c).iter();
                for (j, &x) in from_mean.iter().enumerate() {
                    for (y, &l) in y[j + 1..].iter_mut().zip(&mut below) {
                        *y = *y + l * x;
                    }
                }
                terms[c] = starts[c] - number(0.5) * sum(y.iter().map(|&y| y * y));
            }
            total = total + logsumexp(&terms);
        }

        let squares = sum(diagonals.iter().map(|&x| x * x));
        let squares = squares + sum((0..k).flat_map(below).map(|&x| x * x));
        let logs = sum((0..k).flat_map(logs).copied());
        let prior = number(0.5 * self.gamma * self.gamma) * squares - number(self.m) * logs;
        total - number(n as f64) * logsumexp(alphas) + prior + number(self.constant())
    }

    /// L for arrays: all points and components at once. Y = Q(x − μ) is one product, [Q | −Qμ]·[x; 1].
    pub(crate) fn log_posterior_of_arrays<'t>(
        &self,
        tape: &'t Tape,
        (alphas, means, factors): (Tensor<'t>, Tensor<'t>, Tensor<'t>),
    ) -> Var<'t> {
        let ((n, d), k) = (self.points.dim(), self.alphas.len());
        let (q, below) = (factors.slice(s![.., ..d]), factors.slice(s![.., d..]));
        let diagonal = q.exp();
        let zero = tape.constant(&Array2::zeros((k, 1)));
        let parts = Tensor::concat(&[diagonal, below, zero], 1);
        let factors = parts.take(1, &self.places).reshape([k, d, d]);
        let offsets = -factors.matvec(&means);
        let map = Tensor::concat(&[factors, offsets.insert_axis(2)], 2);
        let y = map.matmul(&tape.constant(&self.columns));
        let distances = y.sum_squares_axes([1]);
        let starts = (alphas + q.sum_axes([1])).reshape([k, 1]);
        let likelihood = (starts - 0.5 * distances).logsumexp_axes([0]).sum() - n as f64 * alphas.logsumexp();
        let squares = diagonal.sum_squares() + below.sum_squares();
        let prior = 0.5 * self.gamma * self.gamma * squares - self.m * q.sum();
        likelihood + prior + self.constant()
    }

    /// The gradient by scalars.
    pub(crate) fn by_scalars(&self, tape: &mut Tape) -> Derivative {
        tape.clear();
        let point = self.parameters();
        let (value, gradient) = value_and_grad(tape, |p: Vec<Var>| self.log_posterior(&p), &point);
        Derivative::gradient(value, gradient)
    }

    /// The gradient by arrays.
    pub(crate) fn by_arrays(&self, tape: &mut Tape) -> Derivative {
        tape.clear();
        let (alphas, means, factors) = (
            tape.tensor(&self.alphas),
            tape.tensor(&self.means),
            tape.tensor(&self.factors),
        );
        let value = self.log_posterior_of_arrays(tape, (alphas, means, factors));
        let gradients = value.backward();
        let parts = [alphas, means, factors].map(|part| gradients.wrt(part));
        let gradient = parts.iter().flatten().copied().collect();
        Derivative::gradient(value.value(), gradient)
    }
}

/// The sum of numbers, of which there is at least one.
fn sum<F: Float>(terms: impl Iterator<Item = F>) -> F {
    terms.reduce(|a, b| a + b).unwrap_or_else(F::zero)
}

/// ln Σ eˣ. The largest is found by comparisons, which leave nothing on a tape.
fn logsumexp<F: Float>(x: &[F]) -> F {
    let largest = x.iter().copied().reduce(|a, b| if b > a { b } else { a });
    let largest = largest.expect("a component");
    sum(x.iter().map(|&x| (x - largest).exp())).ln() + largest
}
