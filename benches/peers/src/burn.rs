//! burn, with its backend `flex`, which takes the place of `ndarray`: that one is deprecated since burn 0.22.

use super::Job;
use super::data::{self, Mlp, digest};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use std::hint::black_box;

pub(crate) fn job(workload: &str) -> Option<Job> {
    let device = Device::flex().autodiff();
    if let Some(mlp) = Mlp::parse(workload).filter(|_| workload.starts_with("mlp")) {
        return Some(training(&mlp, &device));
    }
    if workload == "tiny" {
        return Some(tiny(device));
    }
    let (name, extents) = data::sized(workload)?;
    let x = data::symmetric(3, extents.iter().product());
    let x = TensorData::new(x, extents);
    match name {
        "elementwise" => Some(gradient(Tensor::<1>::from_data(x, &device), elementwise)),
        "reduction" => Some(gradient(Tensor::<2>::from_data(x, &device), reduction)),
        _ => None,
    }
}

fn elementwise(x: Tensor<1>) -> Tensor<1> {
    let chain = (0..data::ROUNDS).fold(x.clone(), |y, _| (y * x.clone() + 0.5).tanh());
    chain.sum()
}

fn reduction(x: Tensor<2>) -> Tensor<1> {
    let y = (0..data::ROUNDS).fold(x.clone(), |y, _| {
        let centred = y.clone() - y.mean_dim(1);
        let variance = centred.clone().square().mean_dim(1);
        centred / (variance + 1e-5).sqrt() + x.clone() * 0.1
    });
    (y * x).sum()
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f64> {
    x.into_data().iter::<f64>().collect()
}

fn gradient<const D: usize>(x: Tensor<D>, f: fn(Tensor<D>) -> Tensor<1>) -> Job {
    let run = move || {
        let x = x.clone().detach().require_grad();
        let y = f(x.clone());
        let g = x.grad(&y.backward()).expect("a gradient");
        (y, g)
    };
    let (y, g) = run();
    Job {
        check: digest(numbers(y)[0], numbers(g)),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}

fn tiny(device: Device) -> Job {
    let run = move || {
        let on = |x: f64| Tensor::<1>::from_data(TensorData::from([x]), (&device, DType::F64)).require_grad();
        let (x, y) = (on(black_box(0.5)), on(black_box(1.5)));
        let z = x.clone() * y.clone() + x.clone().sin();
        let g = z.backward();
        let gradients = [x, y].map(|x| x.grad(&g).expect("a gradient"));
        (z, gradients)
    };
    let (z, gradients) = run();
    Job {
        check: digest(numbers(z)[0], gradients.into_iter().flat_map(numbers)),
        run: Box::new(move || {
            black_box(run());
        }),
    }
}

fn training(mlp: &Mlp, device: &Device) -> Job {
    let layers = mlp.weights(10).into_iter().map(|([rows, columns], weights)| {
        let weights = TensorData::new(weights, [rows, columns]);
        let biases = TensorData::new(vec![0.0_f32; columns], [1, columns]);
        [weights, biases].map(|x| Tensor::<2>::from_data(x, device))
    });
    let mut parameters: Vec<[Tensor<2>; 2]> = layers.collect();
    let x = TensorData::new(mlp.x(), [mlp.batch, mlp.widths[0]]);
    let x = Tensor::<2>::from_data(x, device);
    let labels: Vec<i64> = mlp.labels().iter().map(|&label| label as i64).collect();
    let labels = TensorData::new(labels, [mlp.batch, 1]);
    let labels = Tensor::<2, Int>::from_data(labels, device);
    let is_tanh = mlp.is_tanh;
    let mut step = move || {
        let on: Vec<[Tensor<2>; 2]> = parameters
            .iter()
            .map(|pair| pair.clone().map(|x| x.detach().require_grad()))
            .collect();
        let mut a = x.clone();
        for (layer, [w, b]) in on.iter().enumerate() {
            let z = a.matmul(w.clone()) + b.clone();
            a = match (layer + 1 == on.len(), is_tanh) {
                (true, _) => z,
                (_, true) => z.tanh(),
                _ => relu(z),
            };
        }
        let loss = -log_softmax(a, 1).gather(1, labels.clone()).mean();
        let gradients = loss.backward();
        for (pair, on) in parameters.iter_mut().zip(&on) {
            for (parameter, on) in pair.iter_mut().zip(on) {
                let gradient = on.grad(&gradients).expect("a gradient");
                *parameter = Tensor::from_inner(on.clone().inner() - gradient * data::RATE);
            }
        }
        loss
    };
    let mut loss = || numbers(step())[0];
    let losses: Vec<f64> = (0..=data::STEPS).map(|_| loss()).collect();
    Job {
        check: vec![losses[0], losses[data::STEPS]],
        run: Box::new(move || {
            black_box(step());
        }),
    }
}
