//! Layer and batch normalisation, dropout.

use super::close;
use crate::common::inputs::{cast, irregular};
use crate::common::{Tally, check};
use ndarray::{Array1, ArrayD, Axis, IxDyn, arr1, arr2};
use wengert::grad::Tree;
use wengert::nn::{BatchNorm, BatchNormOn, Dropout, LayerNorm, LayerNormOn};
use wengert::{Tape, Tensor};

const EPS: f64 = 1e-3;

/// Mean and variance of numbers, in two passes.
fn moments(x: &[f64]) -> [f64; 2] {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    [mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n]
}

/// The numbers of a channel.
fn channel(x: &ArrayD<f64>, c: usize) -> Vec<f64> {
    x.index_axis(Axis(1), c).iter().copied().collect()
}

/// A layer norm of the first with the others as gain and bias.
fn layer<'t>(x: &[Tensor<'t>]) -> Tensor<'t> {
    let (gain, bias, eps) = (x[1], x[2], EPS);
    LayerNormOn { gain, bias, eps }.forward(&x[0])
}

#[test]
fn layer_norm() {
    let mut tally = Tally::default();
    for shape in [&[3][..], &[2, 4], &[2, 2, 3]] {
        let n = shape[shape.len() - 1];
        let x = [irregular(shape, 1), irregular(&[n], 2), irregular(&[n], 3)];
        let mut want = x[0].clone();
        for mut row in want.rows_mut() {
            let [mean, variance] = moments(&row.to_vec());
            let places = row.iter_mut().zip(x[1].iter().zip(&x[2]));
            places.for_each(|(y, (g, b))| *y = (*y - mean) / (variance + EPS).sqrt() * g + b);
        }
        let tape = Tape::new();
        let t: Vec<Tensor> = x.iter().map(|x| tape.tensor(x)).collect();
        close("layer norm", layer(&t).value().to_owned(), want);
        tally += check("layer norm", &x, |_, x| layer(x));
    }
    assert_eq!(tally.cases, 3);
}

/// A batch norm of the first with the others as gain and bias, its running averages as given.
fn batch<'t>(
    tape: &'t Tape,
    x: &[Tensor<'t>],
    running: [&Array1<f64>; 2],
) -> BatchNormOn<wengert::ArraySlot<'t, f64>> {
    let [running_mean, running_variance] = running.map(|r| tape.constant(r));
    let (gain, bias, eps, momentum) = (x[1], x[2], EPS, 0.25);
    BatchNormOn {
        gain,
        bias,
        running_mean,
        running_variance,
        eps,
        momentum,
    }
}

#[test]
fn batch_norm() {
    let mut tally = Tally::default();
    let running = [arr1(&[0.5, -0.25]), arr1(&[2.0, 0.75])];
    let running = running.each_ref();
    for shape in [&[3, 2][..], &[2, 2, 3], &[2, 2, 1, 2]] {
        let x = [irregular(shape, 1), irregular(&[2], 2), irregular(&[2], 3)];
        let tape = Tape::new();
        let t: Vec<Tensor> = x.iter().map(|x| tape.tensor(x)).collect();
        let norm = batch(&tape, &t, running);
        let (trained, inferred) = (norm.train(&t[0]), norm.infer(&t[0]));
        for c in 0..2 {
            let numbers = channel(&x[0], c);
            let [mean, variance] = moments(&numbers);
            let scaled = |mean: f64, variance: f64| -> ArrayD<f64> {
                let y = numbers
                    .iter()
                    .map(|n| (n - mean) / (variance + EPS).sqrt() * x[1][[c]] + x[2][[c]]);
                Array1::from_iter(y).into_dyn()
            };
            let of = |y: &Tensor<'_>| Array1::from(channel(&y.value().to_owned(), c)).into_dyn();
            close("training", of(&trained.y), scaled(mean, variance));
            close("inference", of(&inferred), scaled(running[0][c], running[1][c]));
            let found =
                arr1(&[trained.mean.value(), trained.variance.value()].map(|m| channel(&m.to_owned(), c)[0]));
            close("statistics", found.into_dyn(), arr1(&[mean, variance]).into_dyn());
        }
        tally += check("batch norm, training", &x, |tape, x| {
            batch(tape, x, running).train(&x[0]).y
        });
        tally += check("batch norm, inference", &x, |tape, x| {
            batch(tape, x, running).infer(&x[0])
        });
        tally += check("its statistics", &x, |tape, x| {
            let found = batch(tape, x, running).train(&x[0]);
            Tensor::concat(&[found.mean, found.variance], 0) + 0 * found.y.sum()
        });
    }
    assert_eq!(tally.cases, 9);
}

/// r ← (1 − m)·r + m·batch, the variance as one of a sample; a gradient leaves the averages alone.
#[test]
fn running_averages() {
    let mut norm = BatchNorm::<f64>::new(2);
    norm.momentum = 0.25;
    let mut want = [[0.0, 1.0], [0.0, 1.0]];
    for seed in 0..3 {
        let x = irregular(&[3, 2, 2], seed);
        let tape = Tape::new();
        let batch = norm.on(&tape).train(&tape.constant(&x));
        norm.update(batch.mean.value(), batch.variance.value(), 6);
        for (c, want) in want.iter_mut().enumerate() {
            let [mean, variance] = moments(&channel(&x, c));
            want[0] = 0.75 * want[0] + 0.25 * mean;
            want[1] = 0.75 * want[1] + 0.25 * variance * 6.0 / 5.0;
        }
    }
    close(
        "mean",
        norm.running_mean.to_owned().into_dyn(),
        arr1(&[want[0][0], want[1][0]]).into_dyn(),
    );
    close(
        "variance",
        norm.running_variance.to_owned().into_dyn(),
        arr1(&[want[0][1], want[1][1]]).into_dyn(),
    );
    let tape = Tape::new();
    let x = tape.constant(&irregular(&[3, 2], 1));
    let gradient = wengert::grad::grad(&tape, |norm| norm.infer(&x).sum(), &norm);
    assert_eq!(gradient.running_mean, norm.running_mean);
    assert_eq!(gradient.bias, arr1(&[3.0, 3.0]));
}

/// Equal elements: a variance of 0 has a finite gradient, by ε.
#[test]
fn equal_elements() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[2.0, 2.0], [2.0, 2.0]]));
    let y = LayerNorm::new(2).on(&tape).forward(&x);
    assert_eq!(y.value(), arr2(&[[0.0, 0.0], [0.0, 0.0]]).into_dyn());
    let g = y.backward_with(&arr2(&[[1.0, 3.0], [0.0, 0.0]]));
    assert!(g.wrt(x).iter().all(|g| g.is_finite()) && g.wrt(x)[[0, 0]] < 0.0);
}

/// One seed, one sequence of masks; what is dropped receives nothing; the sweeps see the mask that the value saw.
#[test]
fn dropout() {
    let x = irregular(&[20, 30], 1);
    let masks = |seed| {
        let mut dropout = Dropout::new(0.3, seed);
        let tape = Tape::new();
        let t = tape.tensor(&x);
        [0; 2].map(|_| {
            let y = dropout.train(&t);
            let ratio = &y.value() / &t.value();
            assert!(
                ratio
                    .iter()
                    .all(|&r| r.abs() < 1e-15 || (r - 1.0 / 0.7).abs() < 1e-15)
            );
            let square = y.square().sum();
            let want = &ratio * &ratio * &x * 2.0;
            close("gradient", square.backward().wrt(t).to_owned(), want.clone());
            let recorded = square.backward_recorded().wrt(t);
            close("recorded gradient", recorded.value().to_owned(), want);
            let second = &ratio * &ratio * 2.0;
            close(
                "second order",
                recorded.sum().backward().wrt(t).to_owned(),
                second,
            );
            ratio.mapv(|r| r != 0.0)
        })
    };
    let [first, second] = masks(5);
    assert_eq!([&first, &second], masks(5).each_ref());
    assert!(first != second && first != masks(6)[0]);
    let kept = first.iter().filter(|&&kept| kept).count();
    assert!((380..460).contains(&kept), "{kept} of 600 kept");
    // In `f32` the same mask.
    let tape = Tape::<f32>::default();
    let y = Dropout::new(0.3, 5).train(&tape.tensor(&cast::<f32>(&x)));
    assert_eq!(y.value().mapv(|y| y != 0.0), first);
    // Whatever is dropped: the square root's infinite slope at 0, for one.
    let tape = Tape::new();
    let x = tape.tensor(&ArrayD::<f64>::zeros(IxDyn(&[50])));
    let y = Dropout::new(0.5, 1).train(&x.sqrt());
    let g = y.sum().backward();
    assert!(g.wrt(x).iter().all(|&g| g == 0.0 || g == f64::INFINITY) && g.wrt(x).iter().any(|&g| g == 0.0));
    let x = tape.tensor(&arr1(&[1.0, 2.0]));
    assert_eq!(Dropout::new(0.0, 1).train(&x).value(), x.value());
}
