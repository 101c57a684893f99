//! echidna: its eager tape; for products with Hessians its bytecode tape, recorded once and replayed.

use super::Job;
use super::adbench::gmm::Mixture;
use super::data::{self, TRANSPORT_STEPS, digest};
use num_traits::Float;
use std::hint::black_box;
use wengert_bench::{initial_state, lax_wendroff, toon};

/// The transport schemes, generic in the number.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    LaxWendroff,
    Toon,
}

impl Scheme {
    /// The sum of squares of the state after all steps.
    pub(crate) fn run<F: Float>(self, start: &[F]) -> F {
        let q = &mut start.to_vec();
        match self {
            Self::LaxWendroff => lax_wendroff(q, TRANSPORT_STEPS),
            Self::Toon => toon(q, TRANSPORT_STEPS),
        }
    }
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
    let value = scheme.run(&initial_state());
    gradient(initial_state(), value, move |x| scheme.run(x))
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
