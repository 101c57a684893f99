//! This crate.

use super::adbench::{gmm::Mixture, lstm::Network};
use super::data::{self, Mlp, digest};
use super::{Job, echidna::Scheme};
use ndarray::{ArcArray1, ArcArray2};
use std::hint::black_box;
use wengert::grad::{Curvature, Evaluator};
use wengert::nn::{Activation, cross_entropy};
use wengert::optim::{Optimizer, Sgd};
use wengert::{Tape, Tensor, Var};
use wengert_bench::initial_state;

pub(crate) fn job(workload: &str) -> Option<Job> {
    if let Some(mlp) = Mlp::parse(workload) {
        return Some(match workload.starts_with("hvp") {
            true => network_product(&mlp),
            false => training(&mlp),
        });
    }
    if let Some((name, extents)) = data::sized(workload) {
        let x = data::symmetric(3, extents.iter().product());
        let f = match name {
            "elementwise" => elementwise,
            "reduction" => reduction,
            _ => return None,
        };
        let x = ndarray::ArrayD::from_shape_vec(extents, x).expect("extents");
        return Some(gradient(x, f));
    }
    match workload {
        "gmm" => {
            let problem = Mixture::read(&data::folder(), "gmm_1k_d10_K25").expect("a mixture");
            Some(adbench(move |tape| problem.by_arrays(tape)))
        }
        "lstm" => {
            let problem = Network::read(&data::folder(), "lstm_l2_c1024").expect("a network");
            Some(adbench(move |tape| problem.by_arrays(tape)))
        }
        "lstm-both" => {
            let problem = Network::read(&data::folder(), "lstm_l2_c1024").expect("a network");
            Some(adbench(move |tape| problem.by_both(tape)))
        }
        "gmm-scalar" => {
            let problem = Mixture::read(&data::folder(), "gmm_1k_d10_K25").expect("a mixture");
            Some(scalars(problem.parameters(), move |x| problem.log_posterior(x)))
        }
        "lax-wendroff" => Some(scalars(initial_state(), |x| Scheme::LaxWendroff.run(x))),
        "toon" => Some(scalars(initial_state(), |x| Scheme::Toon.run(x))),
        "tiny" => Some(tiny()),
        "hvp-rosenbrock" => Some(rosenbrock_product()),
        _ => None,
    }
}

/// A gradient of scalars, on one tape that is reused.
fn scalars(x: Vec<f64>, f: impl for<'t> Fn(&[Var<'t>]) -> Var<'t> + Send + 'static) -> Job {
    let mut f = Evaluator::new(f);
    let mut g = vec![0.0; x.len()];
    let value = f.value_and_grad_into(&x, &mut g);
    Job {
        check: digest(value, g.iter().copied()),
        run: Box::new(move || {
            black_box(f.value_and_grad_into(black_box(&x), &mut g));
        }),
    }
}

fn tiny() -> Job {
    let mut tape = Tape::new();
    let mut run = move || {
        let (x, y) = (tape.var(black_box(0.5)), tape.var(black_box(1.5)));
        let z = x * y + x.sin();
        let found = (z.value(), z.backward().wrt([x, y]));
        tape.clear();
        found
    };
    let (value, gradient) = run();
    Job {
        check: digest(value, gradient),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}

fn adbench(f: impl Fn(&mut Tape) -> super::files::Derivative + 'static) -> Job {
    let mut tape = Tape::new();
    let found = f(&mut tape);
    Job {
        check: digest(found.values[0], found.jacobian),
        run: Box::new(move || {
            black_box(f(&mut tape));
        }),
    }
}

/// y ← tanh(x·y + ½), and again.
fn elementwise<'t>(x: Tensor<'t, f32>) -> Var<'t, f32> {
    (0..data::ROUNDS).fold(x, |y, _| (y * x + 0.5).tanh()).sum()
}

/// Rows brought to mean 0 and variance 1, x/10 added, and again.
fn reduction<'t>(x: Tensor<'t, f32>) -> Var<'t, f32> {
    let y = (0..data::ROUNDS).fold(x, |y, _| y.standardize([1], 1e-5) + 0.1 * x);
    (y * x).sum()
}

fn gradient(x: ndarray::ArrayD<f32>, f: for<'t> fn(Tensor<'t, f32>) -> Var<'t, f32>) -> Job {
    let mut tape = Tape::<f32>::default();
    let value = |y: Var<'_, f32>| f64::from(y.value());
    let check = {
        let on = tape.tensor(&x);
        let y = f(on);
        digest(value(y), y.backward().wrt(on).iter().map(|&g| f64::from(g)))
    };
    Job {
        check,
        run: Box::new(move || {
            tape.clear();
            let on = tape.tensor(&x);
            let y = f(on);
            black_box(y.backward().wrt(on));
        }),
    }
}

fn network(mlp: &Mlp, stream: u32) -> wengert::nn::Mlp<f32> {
    let activation = match mlp.is_tanh {
        true => Activation::Tanh,
        false => Activation::Relu,
    };
    let mut network = wengert::nn::Mlp::new(&mlp.widths, activation, 0);
    for (layer, (extents, weights)) in network.layers.iter_mut().zip(mlp.weights(stream)) {
        layer.weight = ArcArray2::from_shape_vec(extents, weights).expect("extents");
        layer.bias = ArcArray1::zeros(extents[1]);
    }
    network
}

fn training(mlp: &Mlp) -> Job {
    let mut model = network(mlp, 10);
    let x = ArcArray2::from_shape_vec((mlp.batch, mlp.widths[0]), mlp.x()).expect("extents");
    let labels = mlp.labels();
    let (mut tape, mut optimizer) = (Tape::<f32>::default(), Sgd::new(data::RATE));
    let step = move || {
        let net = model.on(&tape);
        let loss = cross_entropy(&net.forward(&tape.constant(&x)), &labels);
        let value = loss.value();
        let gradients = loss.backward();
        let slopes = net.gradients(&gradients);
        tape.clear();
        optimizer.step(model.parameters_mut().zip(slopes));
        f64::from(value)
    };
    Job::training(step)
}

/// The gradient of the same loss, and a product of its Hessian with other weights.
fn network_product(mlp: &Mlp) -> Job {
    let (model, direction) = (network(mlp, 10), network(mlp, 20));
    let x = ArcArray2::from_shape_vec((mlp.batch, mlp.widths[0]), mlp.x()).expect("extents");
    let labels = mlp.labels();
    let mut tape = Tape::<f32>::default();
    let mut run = move || {
        tape.clear();
        let loss = |net: wengert::nn::Network<_>| cross_entropy(&net.forward(&tape.constant(&x)), &labels);
        let curvature = Curvature::of(&tape, loss, &model);
        let (_gradient, product) = curvature.gradient_and_times(&direction);
        (curvature.value(), product)
    };
    let (value, product) = run();
    let numbers: Vec<f64> = product
        .parameters()
        .flat_map(|part| part.iter().map(|&x| f64::from(x)).collect::<Vec<_>>())
        .collect();
    Job {
        check: digest(f64::from(value), numbers),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}

fn rosenbrock_product() -> Job {
    let (x, v) = data::rosenbrock_point();
    let (mut g, mut hv) = (x.clone(), x.clone());
    let mut f = Evaluator::new(|x: &[Var<'_>]| super::echidna::rosenbrock(x));
    let value = f.hvp_into(&x, &v, &mut g, &mut hv);
    Job {
        check: digest(value, hv.iter().copied()),
        run: Box::new(move || {
            black_box(f.hvp_into(black_box(&x), &v, &mut g, &mut hv));
        }),
    }
}
