//! candle, on the processor.

use super::Job;
use super::data::{self, Mlp, digest};
use candle_core::{D, DType, Device, Result, Tensor, Var};
use std::hint::black_box;

pub(crate) fn job(workload: &str) -> Result<Option<Job>> {
    if let Some(mlp) = Mlp::parse(workload).filter(|_| workload.starts_with("mlp")) {
        return training(&mlp).map(Some);
    }
    if workload == "tiny" {
        return tiny().map(Some);
    }
    let Some((name, extents)) = data::sized(workload) else {
        return Ok(None);
    };
    let f = match name {
        "elementwise" => elementwise,
        "reduction" => reduction,
        _ => return Ok(None),
    };
    let x = data::symmetric(3, extents.iter().product());
    let x = Var::from_vec(x, extents, &Device::Cpu)?;
    gradient(x, f).map(Some)
}

fn elementwise(x: &Tensor) -> Result<Tensor> {
    let mut y = x.clone();
    for _ in 0..data::ROUNDS {
        y = ((y * x)? + 0.5)?.tanh()?;
    }
    y.sum_all()
}

fn reduction(x: &Tensor) -> Result<Tensor> {
    let mut y = x.clone();
    for _ in 0..data::ROUNDS {
        let centred = y.broadcast_sub(&y.mean_keepdim(1)?)?;
        let variance = centred.sqr()?.mean_keepdim(1)?;
        y = (centred.broadcast_div(&(variance + 1e-5)?.sqrt()?)? + (x * 0.1)?)?;
    }
    (y * x)?.sum_all()
}

fn gradient(x: Var, f: fn(&Tensor) -> Result<Tensor>) -> Result<Job> {
    let run = move || -> Result<(Tensor, Tensor)> {
        let y = f(&x)?;
        let g = y.backward()?.get(&x).expect("a gradient").clone();
        Ok((y, g))
    };
    let (y, g) = run()?;
    let g: Vec<f32> = g.flatten_all()?.to_vec1()?;
    Ok(Job {
        check: digest(f64::from(y.to_scalar::<f32>()?), g.into_iter().map(f64::from)),
        run: Box::new(move || {
            black_box(run().expect("a gradient"));
        }),
    })
}

fn tiny() -> Result<Job> {
    let x = Var::new(0.5, &Device::Cpu)?;
    let y = Var::new(1.5, &Device::Cpu)?;
    let run = move || -> Result<[f64; 3]> {
        let z = ((x.as_tensor() * y.as_tensor())? + x.sin()?)?;
        let g = z.backward()?;
        let of = |x: &Var| g.get(x).expect("a gradient").to_scalar();
        Ok([z.to_scalar()?, of(&x)?, of(&y)?])
    };
    let [z, x, y] = run()?;
    Ok(Job {
        check: digest(z, [x, y]),
        run: Box::new(move || {
            black_box(run().expect("a gradient"));
        }),
    })
}

fn training(mlp: &Mlp) -> Result<Job> {
    let device = Device::Cpu;
    let mut parameters = Vec::new();
    for ([rows, columns], weights) in mlp.weights(10) {
        let weights = Var::from_vec(weights, (rows, columns), &device)?;
        parameters.push((weights, Var::zeros(columns, DType::F32, &device)?));
    }
    let x = Tensor::from_vec(mlp.x(), (mlp.batch, mlp.widths[0]), &device)?;
    let labels: Vec<u32> = mlp.labels().iter().map(|&label| label as u32).collect();
    let labels = Tensor::from_vec(labels, (mlp.batch, 1), &device)?;
    let is_tanh = mlp.is_tanh;
    let step = move || -> Result<f64> {
        let mut a = x.clone();
        for (layer, (w, b)) in parameters.iter().enumerate() {
            let z = a.matmul(w)?.broadcast_add(b)?;
            a = match (layer + 1 == parameters.len(), is_tanh) {
                (true, _) => z,
                (_, true) => z.tanh()?,
                _ => z.relu()?,
            };
        }
        // As candle-nn's `log_softmax` and `nll` have it.
        let centred = a.broadcast_sub(&a.max_keepdim(D::Minus1)?)?;
        let normaliser = centred.exp()?.sum_keepdim(D::Minus1)?.log()?;
        let log_p = centred.broadcast_sub(&normaliser)?;
        let loss = log_p.gather(&labels, 1)?.mean_all()?.neg()?;
        let gradients = loss.backward()?;
        for parameter in parameters.iter().flat_map(|(w, b)| [w, b]) {
            let gradient = gradients.get(parameter).expect("a gradient");
            parameter.set(&(parameter.as_tensor() - (gradient * f64::from(data::RATE))?)?)?;
        }
        Ok(f64::from(loss.to_scalar::<f32>()?))
    };
    let losses = (0..=data::STEPS).map(|_| step()).collect::<Result<Vec<_>>>()?;
    Ok(Job {
        check: vec![losses[0], losses[data::STEPS]],
        run: Box::new(move || {
            black_box(step().expect("a step"));
        }),
    })
}
