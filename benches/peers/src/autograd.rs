//! The crate `autograd`. Its graphs are built and run within one closure, as its examples do it.

use super::Job;
use super::data::{self, Mlp, digest};
use ::autograd as ag;
use ag::ndarray::{Array2, ArrayD};
use ag::ndarray_ext::NdArray;
use ag::prelude::*;
use ag::tensor_ops as op;
use ag::{Tensor, VariableEnvironment};
use std::hint::black_box;

pub(crate) fn job(workload: &str) -> Option<Job> {
    if let Some(mlp) = Mlp::parse(workload).filter(|_| workload.starts_with("mlp")) {
        return Some(training(&mlp));
    }
    if workload == "tiny" {
        return Some(tiny());
    }
    let (name, extents) = data::sized(workload)?;
    let x = data::symmetric(3, extents.iter().product());
    let x = ArrayD::from_shape_vec(extents, x).expect("extents");
    match name {
        "elementwise" => Some(gradient(x, elementwise)),
        "reduction" => Some(gradient(x, reduction)),
        _ => None,
    }
}

type T<'g> = Tensor<'g, f32>;

fn elementwise(x: T<'_>) -> T<'_> {
    let y = (0..data::ROUNDS).fold(x, |y, _| op::tanh(y * x + 0.5));
    op::sum_all(y)
}

fn reduction(x: T<'_>) -> T<'_> {
    let y = (0..data::ROUNDS).fold(x, |y, _| {
        let centred = y - op::reduce_mean(y, &[1], true);
        let variance = op::reduce_mean(op::square(centred), &[1], true);
        centred / op::sqrt(variance + 1e-5) + x * 0.1
    });
    op::sum_all(y * x)
}

fn gradient(x: ArrayD<f32>, f: for<'g> fn(T<'g>) -> T<'g>) -> Job {
    let env = VariableEnvironment::<f32>::new();
    let run = move || {
        env.run(|graph| {
            let on = op::convert_to_tensor(x.clone(), graph);
            let y = f(on);
            let g = op::grad(&[y], &[on])[0];
            let found = graph.evaluator().push(y).push(g).run();
            let [y, g]: [NdArray<f32>; 2] = found
                .into_iter()
                .map(|found| found.expect("a value"))
                .collect::<Vec<_>>()
                .try_into()
                .expect("two values");
            (f64::from(y.sum()), g)
        })
    };
    let (value, gradient) = run();
    Job {
        check: digest(value, gradient.iter().map(|&g| f64::from(g))),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}

fn tiny() -> Job {
    let env = VariableEnvironment::<f64>::new();
    let run = move || {
        env.run(|graph| {
            let x = op::convert_to_tensor(ag::ndarray::arr0(black_box(0.5)), graph);
            let y = op::convert_to_tensor(ag::ndarray::arr0(black_box(1.5)), graph);
            let z = x * y + op::sin(x);
            let g = op::grad(&[z], &[x, y]);
            let found = graph.evaluator().push(z).push(g[0]).push(g[1]).run();
            let found = found.into_iter().map(|found| found.expect("a value").sum());
            found.collect::<Vec<f64>>()
        })
    };
    let found = run();
    Job {
        check: digest(found[0], found[1..].iter().copied()),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}

fn training(mlp: &Mlp) -> Job {
    let mut env = VariableEnvironment::<f32>::new();
    let mut ids = Vec::new();
    for (extents, weights) in mlp.weights(10) {
        ids.push(env.set(Array2::from_shape_vec(extents, weights).expect("extents")));
        ids.push(env.set(Array2::zeros((1, extents[1]))));
    }
    let x = Array2::from_shape_vec((mlp.batch, mlp.widths[0]), mlp.x()).expect("extents");
    let labels: Vec<f32> = mlp.labels().iter().map(|&label| label as f32).collect();
    let labels = Array2::from_shape_vec((mlp.batch, 1), labels).expect("extents");
    let (is_tanh, layers) = (mlp.is_tanh, ids.len() / 2);
    let sgd = ag::optimizers::SGD::new(data::RATE);
    let step = move || {
        env.run(|graph| {
            let on = |array: &Array2<f32>| op::convert_to_tensor(array.clone(), graph);
            let parameters: Vec<T> = ids.iter().map(|&id| graph.variable(id)).collect();
            let mut a = on(&x);
            for (layer, pair) in parameters.chunks(2).enumerate() {
                let z = op::matmul(a, pair[0]) + pair[1];
                a = match (layer + 1 == layers, is_tanh) {
                    (true, _) => z,
                    (_, true) => op::tanh(z),
                    _ => op::relu(z),
                };
            }
            let loss = op::mean_all(op::sparse_softmax_cross_entropy(a, on(&labels)));
            let gradients = op::grad(&[loss], &parameters);
            let value = loss.eval(graph).expect("a loss").sum();
            sgd.update(&parameters, &gradients, graph, ag::Feeder::new());
            f64::from(value)
        })
    };
    Job::training(step)
}
