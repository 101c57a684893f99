//! The crate `reverse`. It has no traits of numbers, so the schemes are written out.

use super::Job;
use super::data::{TRANSPORT_STEPS, digest};
use reverse::{Gradient, Tape, Var};
use std::hint::black_box;
use wengert_bench::{C, CELLS, initial_state};

pub(crate) fn job(workload: &str) -> Option<Job> {
    match workload {
        "lax-wendroff" => Some(gradient(initial_state(), |x| {
            transport(x, |a, b| 0.5 * C * (a + b + C * (a - b)))
        })),
        "toon" => Some(gradient(initial_state(), |x| {
            transport(x, |a, b| ((C * (a / b).ln()).exp() - 1.0) * a * b / (a - b))
        })),
        "tiny" => Some(gradient(vec![0.5, 1.5], |x| x[0] * x[1] + x[0].sin())),
        _ => None,
    }
}

fn transport<'t>(start: &[Var<'t>], flux: impl Fn(Var<'t>, Var<'t>) -> Var<'t>) -> Var<'t> {
    let mut q = start.to_vec();
    let mut between = vec![q[0]; CELLS - 1];
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
    let squares = q.iter().map(|&x| x * x);
    squares.reduce(|a, b| a + b).expect("a cell")
}

fn gradient(x: Vec<f64>, f: impl for<'t> Fn(&[Var<'t>]) -> Var<'t> + 'static) -> Job {
    let tape = Tape::new();
    let run = move || {
        tape.clear();
        let on = tape.add_vars(black_box(&x));
        let y = f(&on);
        let gradient: Vec<f64> = y.grad().wrt(&on);
        (y.val(), gradient)
    };
    let (value, gradient) = run();
    Job {
        check: digest(value, gradient),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}
