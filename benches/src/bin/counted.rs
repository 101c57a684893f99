//! The hot paths, for counting instructions: `scripts/instructions.sh` runs this under callgrind.
//!
//! `counted NAME` warms a workload up and then calls it once inside [`counted`], the one function that is collected.
//! `counted` alone prints the names, each with the number of operations that its counts are divided by.

use ndarray::{ArcArray2, Array2};
use std::hint::black_box;
use wengert::nn::{Activation, Mlp, cross_entropy};
use wengert::optim::{Optimizer, Sgd};
use wengert::{Tape, Var};
use wengert_bench::{initial_state, lax_wendroff, toon};

/// A workload: its name, the number of operations in it, and what makes it.
type Workload = (&'static str, usize, fn() -> Box<dyn FnMut()>);

/// Every workload. Scalar ops count one each, the rest is per gradient, per array op or per step.
const WORKLOADS: &[Workload] = &[
    ("scalar/lax_wendroff/record", 69_399, || {
        transport(|q| lax_wendroff(q, 100), false)
    }),
    ("scalar/lax_wendroff/both", 69_399, || {
        transport(|q| lax_wendroff(q, 100), true)
    }),
    ("scalar/toon/record", 54_649, || transport(|q| toon(q, 50), false)),
    ("scalar/toon/both", 54_649, || transport(|q| toon(q, 50), true)),
    ("scalar/tiny_gradient", 100, tiny),
    ("array/small_ops", 100, small_ops),
    ("array/mlp_step", 1, mlp_step),
];

/// What callgrind collects, by this name.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

/// A transport scheme, recorded, or recorded and swept.
fn transport(scheme: for<'t> fn(&mut [Var<'t>]) -> Var<'t>, sweep: bool) -> Box<dyn FnMut()> {
    let mut tape = Tape::new();
    let start = initial_state();
    Box::new(move || {
        let mut q = tape.vars(&start);
        let y = scheme(&mut q);
        if sweep {
            black_box(y.backward());
        }
        black_box(y.value());
        drop(q);
        tape.clear();
    })
}

/// The gradient of `x·y + sin x` on a reused tape.
fn tiny() -> Box<dyn FnMut()> {
    let mut tape = Tape::new();
    Box::new(move || {
        for _ in 0..100 {
            let (x, y) = (tape.var(black_box(0.5)), tape.var(black_box(1.5)));
            black_box((x * y + x.sin()).backward().wrt([x, y]));
            tape.clear();
        }
    })
}

/// Small array ops of several kinds, forward and backward.
fn small_ops() -> Box<dyn FnMut()> {
    let mut tape = Tape::new();
    let start = Array2::from_shape_fn((8, 8), |(i, j)| 0.1 + (i * 8 + j) as f64 / 64.0);
    Box::new(move || {
        let x = tape.tensor(&start);
        let mut y = x;
        for _ in 0..25 {
            y = (y * x + y.t()) * 0.5;
        }
        black_box(y.sum().backward().wrt(x));
        tape.clear();
    })
}

/// A training step of a small network: forward, cross-entropy, backward, update.
fn mlp_step() -> Box<dyn FnMut()> {
    let mut random = fastrand::Rng::with_seed(0);
    let mut tape = Tape::<f32>::default();
    let mut model = Mlp::new(&[64, 32, 10], Activation::Tanh, 0);
    let mut optimizer = Sgd::new(0.01);
    let x = ArcArray2::from_shape_simple_fn((32, 64), || random.f32());
    let labels: Vec<usize> = (0..32).map(|_| random.usize(..10)).collect();
    Box::new(move || {
        let net = model.on(&tape);
        let gradients = cross_entropy(&net.forward(&tape.constant(&x)), &labels).backward();
        let slopes = net.gradients(&gradients);
        tape.clear();
        optimizer.step(model.parameters_mut().zip(slopes));
    })
}

fn main() {
    let Some(wanted) = std::env::args().nth(1) else {
        WORKLOADS
            .iter()
            .for_each(|(name, ops, _)| println!("{name} {ops}"));
        return;
    };
    let Some((_, _, make)) = WORKLOADS.iter().find(|(name, ..)| *name == wanted) else {
        eprintln!("no workload is called {wanted}");
        std::process::exit(2);
    };
    let mut work = make();
    (0..3).for_each(|_| work());
    counted(&mut work);
}
