//! echidna: its eager tape; for products with Hessians its bytecode tape, recorded once and replayed.

use super::Job;
use super::adbench::gmm::Mixture;
use super::data::{self, CELLS, TRANSPORT_STEPS, digest};
use num_traits::Float;
use std::hint::black_box;

/// The transport schemes, generic in the number.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    LaxWendroff,
    /// Toon et al., *A multidimensional model for aerosols*, 1988.
    Toon,
}

impl Scheme {
    /// The sum of squares of the state after all steps, with periodic ends.
    pub(crate) fn run<F: Float>(self, start: &[F]) -> F {
        let number = |x: f64| F::from(x).expect("a number");
        let (c, half) = (number(0.125), number(0.5 * 0.125));
        match self {
            Self::LaxWendroff => transport(start, |a, b| half * (a + b + c * (a - b))),
            Self::Toon => transport(start, |a, b| {
                ((c * (a / b).ln()).exp() - F::one()) * a * b / (a - b)
            }),
        }
    }
}

fn transport<F: Float>(start: &[F], flux: impl Fn(F, F) -> F) -> F {
    let mut q = start.to_vec();
    let mut between = [F::zero(); CELLS - 1];
    for _ in 0..TRANSPORT_STEPS {
        for i in 0..CELLS - 1 {
            between[i] = flux(q[i], q[i + 1]);
        }
        for i in 1..CELLS - 1 {
            q[i] = q[i] + (between[i - 1] - between[i]);
        }
        q[0] = q[CELLS - 2];
        q[CELLS - 1] = q[1];
    }
    q.iter().fold(F::zero(), |sum, &x| sum + x * x)
}

pub(crate) fn rosenbrock<F: Float>(x: &[F]) -> F {
    let hundred = F::from(100).expect("a number");
    let terms = x.windows(2).map(|w| {
        let (a, b) = (w[1] - w[0] * w[0], F::one() - w[0]);
        hundred * (a * a) + b * b
    });
    terms.reduce(|a, b| a + b).expect("two variables")
}

type Number = echidna::Reverse<f64>;

pub(crate) fn job(workload: &str) -> Option<Job> {
    match workload {
        "gmm-scalar" => {
            let problem = Mixture::read(&data::folder(), "gmm_1k_d10_K25").expect("a mixture");
            let value = problem.log_posterior(&problem.parameters());
            Some(gradient(problem.parameters(), value, move |x| {
                problem.log_posterior(x)
            }))
        }
        "lax-wendroff" => Some(transported(Scheme::LaxWendroff)),
        "toon" => Some(transported(Scheme::Toon)),
        "tiny" => {
            let f = |x: &[Number]| x[0] * x[1] + x[0].sin();
            Some(gradient(vec![0.5, 1.5], 0.75 + 0.5_f64.sin(), f))
        }
        "hvp-rosenbrock" => {
            let (x, v) = data::rosenbrock_point();
            let (tape, value) = echidna::record(|x| rosenbrock(x), &x);
            let (_, hv) = tape.hvp(&x, &v);
            Some(Job {
                check: digest(value, hv),
                run: Box::new(move || {
                    black_box(tape.hvp(black_box(&x), &v));
                }),
            })
        }
        _ => None,
    }
}

fn transported(scheme: Scheme) -> Job {
    let value = scheme.run(&data::state());
    gradient(data::state(), value, move |x| scheme.run(x))
}

/// Its gradients come without the value, which plain numbers give.
fn gradient(x: Vec<f64>, value: f64, f: impl Fn(&[Number]) -> Number + 'static) -> Job {
    Job {
        check: digest(value, echidna::grad(&f, &x)),
        run: Box::new(move || {
            black_box(echidna::grad(&f, black_box(&x)));
        }),
    }
}
