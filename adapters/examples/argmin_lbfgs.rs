//! An `Evaluator` as argmin's cost function and gradient: L-BFGS with Moré and Thuente's line search on
//! Rosenbrock's function of 20 variables.
//!
//!     cargo run --release -p wengert-adapters --example argmin_lbfgs
//!
//! argmin asks for a cost and then, at the same point, for a gradient, both by `&self`; an `Evaluator` has both
//! after one sweep and wants `&mut self`. The adapter is the `RefCell` between them, which remembers the latest
//! point.

use argmin::core::{CostFunction, Error, Executor, Gradient, State, TerminationReason, TerminationStatus};
use argmin::solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS};
use ndarray::s;
use std::cell::RefCell;
use wengert::grad::Evaluator;

const N: usize = 20;
const TOLERANCE: f64 = 1e-8;

/// A function for argmin.
struct Objective<'f>(RefCell<Latest<'f>>);

/// A function, and what it and its gradient were at `x`.
struct Latest<'f> {
    function: Evaluator<'f>,
    x: Vec<f64>,
    cost: f64,
    gradient: Vec<f64>,
    sweeps: u32,
}

impl<'f> Objective<'f> {
    fn new(function: Evaluator<'f>) -> Self {
        Self(RefCell::new(Latest {
            function,
            x: Vec::new(),
            cost: f64::NAN,
            gradient: Vec::new(),
            sweeps: 0,
        }))
    }

    /// What `read` takes from the value and the gradient at `x`.
    fn at<R>(&self, x: &[f64], read: impl FnOnce(f64, &[f64]) -> R) -> R {
        let latest = &mut *self.0.borrow_mut();
        if latest.x != x {
            latest.x = x.to_vec();
            latest.gradient.resize(x.len(), 0.0);
            latest.cost = latest.function.value_and_grad_into(x, &mut latest.gradient);
            latest.sweeps += 1;
        }
        read(latest.cost, &latest.gradient)
    }
}

impl CostFunction for Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(x, |cost, _| cost))
    }
}

impl Gradient for Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.at(x, |_, gradient| gradient.to_vec()))
    }
}

fn main() -> Result<(), Error> {
    // Σᵢ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², with its minimum 0 where every xᵢ is 1.
    let rosenbrock = Evaluator::<f64>::of_tensor(|x| {
        let (x, next) = (x.slice(s![..-1]), x.slice(s![1..]));
        100.0 * (next - x.square()).square().sum() + (1.0 - x).square().sum()
    });
    let start = (0..N).map(|i| [-1.2, 1.0][i % 2]).collect::<Vec<f64>>();

    // Only a small gradient ends the search, not a small step.
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7)
        .with_tolerance_grad(TOLERANCE)?
        .with_tolerance_cost(0.0)?;
    let mut found = Executor::new(Objective::new(rosenbrock), solver)
        .configure(|state| state.param(start).max_iters(500))
        .run()?;

    let (state, objective) = (&found.state, found.problem.take_problem());
    let (objective, x) = (objective.expect("argmin gives it back"), state.get_best_param());
    let x = x.ok_or_else(|| Error::msg("argmin has found no point"))?;
    let (cost, norm) = objective.at(x, |cost, g| (cost, g.iter().map(|g| g * g).sum::<f64>().sqrt()));
    let distance = x.iter().map(|x| (x - 1.0).abs()).fold(0.0, f64::max);
    println!("cost              {cost:.3e}");
    println!("‖gradient‖        {norm:.3e}");
    println!("max |xᵢ − 1|      {distance:.3e}");
    println!("iterations        {}", state.get_iter());
    println!("asked by argmin   {:?}", found.problem.counts);
    println!("sweeps            {}", objective.0.borrow().sweeps);

    let status = state.get_termination_status();
    let converged = *status == TerminationStatus::Terminated(TerminationReason::SolverConverged);
    if !converged || norm > TOLERANCE || distance > 1e-6 {
        return Err(Error::msg(format!("not at the minimum: {status}")));
    }
    Ok(())
}
