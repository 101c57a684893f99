//! The same bits for any number of threads.

use ndarray::{Array, Array2, IxDyn};
use rayon::ThreadPoolBuilder;
use wengert::nn::{Activation, Mlp, cross_entropy};
use wengert::ops::conv::Convolution;
use wengert::optim::{Optimizer, Sgd};
use wengert::{Real, Tape, Tensor};

/// Numbers without a pattern, so that another order of additions shows.
fn noise<T: Real>(shape: &[usize], seed: u64) -> Array<T, IxDyn> {
    let mut random = fastrand::Rng::with_seed(seed);
    Array::from_shape_simple_fn(shape, || T::lit(random.f64() - 0.5))
}

/// The bits of values and gradients that `f` makes, in a pool of so many threads.
fn bits<T: Real>(threads: usize, f: impl Fn(&Tape<T>) -> Vec<Tensor<'_, T>> + Send + Sync) -> Vec<u64> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(|| {
        let tape = Tape::default();
        let tensors = f(&tape);
        let loss = tensors
            .iter()
            .fold(tape.var(T::zero()), |sum, x| sum + x.square().sum());
        let gradients = loss.backward();
        let values = tensors.iter().map(|x| x.value().to_owned());
        let cotangents = tensors.iter().map(|x| gradients.wrt(*x).to_owned());
        let all: Vec<_> = values.chain(cotangents).collect();
        all.iter().flatten().map(|x| x.to_word()).collect()
    })
}

fn same<T: Real>(f: impl Fn(&Tape<T>) -> Vec<Tensor<'_, T>> + Send + Sync) {
    let one = bits(1, &f);
    assert_eq!(bits(2, &f), one);
    assert_eq!(bits(3, &f), one);
}

#[test]
fn products() {
    fn of<T: Real>() {
        same::<T>(|tape| {
            let input = |shape: &[usize], seed| tape.tensor(&noise::<T>(shape, seed));
            let (a, b) = (input(&[101, 300], 1), input(&[300, 130], 2));
            let (row, wide) = (input(&[1, 300], 3), input(&[7000, 300], 4));
            let batch = input(&[9, 60, 70], 5);
            let other = input(&[9, 70, 80], 6);
            let y = [
                a.matmul(&b),
                row.matmul(&wide.t()),
                wide.matmul(&row.t()),
                batch.matmul(&other),
            ];
            [&y[..], &[a, b, row, wide, batch, other]].concat()
        });
    }
    of::<f32>();
    of::<f64>();
}

#[test]
fn elementwise_and_reductions() {
    same::<f32>(|tape| {
        let x = tape.tensor(&noise(&[600, 701], 1));
        let row = tape.tensor(&noise(&[701], 2));
        let column = tape.tensor(&noise(&[600, 1], 3));
        let y = (x * row + column).tanh();
        let slabs = y.reshape([20, 30, 701]);
        let sum = tape.stack(&[y.sum(), y.mean()]);
        let soft = [y.softmax(1), y.log_softmax(0)];
        let reduced = [
            y.sum_axes([0]),
            y.sum_axes([1]),
            y.max_axes([0]),
            y.logsumexp_axes([1]),
            y.logsumexp_axes([0]),
            slabs.sum_axes([1]),
            slabs.max_axes([1]),
            slabs.logsumexp_axes([1]),
        ];
        [&[x, row, column, y, sum, y.t().exp()][..], &soft, &reduced].concat()
    });
}

#[test]
fn convolutions_and_pooling() {
    same::<f32>(|tape| {
        let x = tape.tensor(&noise(&[5, 6, 41, 40], 1));
        let w = tape.tensor(&noise(&[8, 3, 3, 3], 2));
        let y = x.conv2d(&w, Convolution::default().padding([1, 1]).groups(2));
        let back = y.conv_transpose2d(&w, Convolution::default().stride([2, 2]).groups(2));
        let pool = y.max_pool2d(wengert::ops::pool::Pooling::new([2, 2]).stride([1, 1]));
        vec![x, w, y, back, pool]
    });
}

/// Three training steps of a network: its parameters.
#[test]
fn training() {
    fn trained(threads: usize) -> Vec<u32> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(|| {
            let mut model = Mlp::<f32>::new(&[300, 512, 10], Activation::Tanh, 1);
            let mut optimizer = Sgd::new(0.1).momentum(0.9);
            let x: Array2<f32> = noise(&[300, 300], 2).into_dimensionality().expect("two axes");
            let labels: Vec<usize> = (0..300).map(|i| i % 10).collect();
            let mut tape = Tape::default();
            for _ in 0..3 {
                let net = model.on(&tape);
                let loss = cross_entropy(&net.forward(&tape.constant(&x)), &labels);
                let gradients = loss.backward();
                let slopes = net.gradients(&gradients);
                tape.clear();
                optimizer.step(model.parameters_mut().zip(slopes));
            }
            let parameters: Vec<f32> = model
                .parameters_mut()
                .flat_map(|p| p.into_iter().map(|x| *x).collect::<Vec<_>>())
                .collect();
            parameters.iter().map(|x| x.to_bits()).collect()
        })
    }
    let one = trained(1);
    assert_eq!(trained(2), one);
    assert_eq!(trained(3), one);
}
