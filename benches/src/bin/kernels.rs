//! Nanoseconds an element of ops on arrays in cache, `f32` and `f64`: the forward pass, and the cotangent of the operand. Beside
//! it: `benches/peers/kernels.py`, the same with PyTorch.

use std::hint::black_box;
use std::time::Instant;
use wengert::{Real, Tape, Tensor};

/// Elements of an array, and ops before the tape is cleared: what they write stays in the second-level cache.
const LEN: usize = 16384;
const OPS: usize = 4;

type Op<T> = for<'t> fn(Tensor<'t, T>) -> Tensor<'t, T>;

/// The shortest times of an op forward and of forward and backward, for an element.
fn time<T: Real>(op: Op<T>) -> [f64; 2] {
    let mut tape = Tape::<T>::default();
    let x = ndarray::Array2::from_shape_fn((LEN / 128, 128), |(i, j)| {
        T::lit(((i * 128 + j) * 7919 % LEN) as f64 * 8.0 / LEN as f64 - 4.0)
    });
    let seed = ndarray::ArrayD::from_elem(ndarray::IxDyn(&[LEN / 128, 128]), T::one());
    let mut best = [f64::INFINITY; 2];
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < 0.15 {
        tape.clear();
        let x = tape.tensor(&x);
        let clock = Instant::now();
        for _ in 0..OPS {
            black_box(op(black_box(x)));
        }
        best[0] = best[0].min(clock.elapsed().as_secs_f64() / OPS as f64);
        let y = op(x);
        if y.shape() == x.shape() {
            let clock = Instant::now();
            black_box(y.backward_with(&seed));
            best[1] = best[1].min(clock.elapsed().as_secs_f64());
        }
    }
    best.map(|seconds| seconds * 1e9 / LEN as f64)
}

macro_rules! measure {
    ($($name:ident: |$x:ident| $y:expr;)*) => {$(
        let [single, double] = [time::<f32>(|$x| $y), time::<f64>(|$x| $y)];
        println!(
            "{:12} {:6.3} {:6.3}   {:6.3} {:6.3}",
            stringify!($name), single[0], double[0], single[1], double[1]
        );
    )*};
}

fn main() {
    println!("ns/element     f32    f64 backward f32 f64");
    measure! {
        add: |x| x + x;
        mul: |x| x * x;
        relu: |x| x.relu();
        exp: |x| x.exp();
        exp2: |x| x.exp2();
        exp_m1: |x| x.exp_m1();
        ln: |x| x.ln();
        log2: |x| x.log2();
        ln_1p: |x| x.ln_1p();
        sin: |x| x.sin();
        cos: |x| x.cos();
        tanh: |x| x.tanh();
        sigmoid: |x| x.sigmoid();
        softplus: |x| x.softplus();
        erf: |x| x.erf();
        erfc: |x| x.erfc();
        gelu: |x| x.gelu();
        gelu_tanh: |x| x.gelu_tanh();
        silu: |x| x.silu();
        mish: |x| x.mish();
        sinh: |x| x.sinh();
        cosh: |x| x.cosh();
        softmax: |x| x.softmax(1);
        log_softmax: |x| x.log_softmax(1);
        sum: |x| x.sum_axes([0, 1]);
        logsumexp: |x| x.logsumexp_axes([1]);
        standardize: |x| x.standardize([1], 1e-5);
        sum_squares: |x| x.sum_squares_axes([0, 1]);
    }
}
