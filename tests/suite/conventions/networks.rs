//! Losses, similarities and masked softmax at infinities, zero vectors and empty choices, in `f32` and `f64`.

use super::expression::{Expected, Expression, rows};
use ndarray::{ArrayD, IxDyn};
use wengert::nn::*;
use wengert::{Real, Tape, Tensor, Term, Value};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn losses() {
    let (rows, numbers) = rows! { examine:
        "kl_divergence", at [0.0, 0.5] is 0.0, slopes [-INF, 0.0]: |p, q| kl_divergence(p, q);
        "kl_divergence", at [1.0, 1.0] is 0.0, slopes [1.0, -1.0]: |p, q| kl_divergence(p, q);
        "kl_divergence", at [0.5, 0.0] is INF, slopes [INF, -INF]: |p, q| kl_divergence(p, q);
        "kl_divergence", at [0.0, 0.0] is 0.0, slopes [NAN, 0.0]: |p, q| kl_divergence(p, q);
        "kl_divergence_log", at [0.0, -INF] is 0.0, slopes [NAN, 0.0]: |p, l| kl_divergence_log(p, l);
        "kl_divergence_log", at [0.0, -1.0] is 0.0, slopes [-INF, 0.0]: |p, l| kl_divergence_log(p, l);
        "binary_cross_entropy", at [0.0, 1.0] is INF, slopes [-INF, INF]: |p, t| binary_cross_entropy(p, t);
        "binary_cross_entropy", at [1.0, 0.0] is INF, slopes [INF, -INF]: |p, t| binary_cross_entropy(p, t);
        "binary_cross_entropy", at [0.0, 0.0] is 0.0, slopes [1.0, INF]: |p, t| binary_cross_entropy(p, t);
        "binary_cross_entropy", at [1.0, 1.0] is 0.0, slopes [-1.0, -INF]: |p, t| binary_cross_entropy(p, t);
        "of logits", at [1000.0, 1.0] is 0.0, slopes [0.0, -1000.0]: |x, t| binary_cross_entropy_logits(x, t);
        "of logits", at [-1000.0, 1.0] is 1000.0, slopes [-1.0, 1000.0]: |x, t| binary_cross_entropy_logits(x, t);
        "of logits", at [INF, 1.0] is 0.0, slopes [0.0, -INF]: |x, t| binary_cross_entropy_logits(x, t);
        "of logits", at [-INF, 0.0] is 0.0, slopes [0.0, INF]: |x, t| binary_cross_entropy_logits(x, t);
        "of logits", at [0.0, 1.0] is std::f64::consts::LN_2, slopes [-0.5, 0.0]: |x, t| binary_cross_entropy_logits(x, t);
        "of logits", at [NAN, 1.0] is NAN, slopes [NAN, NAN]: |x, t| binary_cross_entropy_logits(x, t);
        "huber", at [0.0] is 0.0, slopes [0.0]: |d| huber(d, 1.0);
        "huber", at [1.0] is 0.5, slopes [1.0]: |d| huber(d, 1.0);
        "huber", at [-1.0] is 0.5, slopes [-1.0]: |d| huber(d, 1.0);
        "huber", at [INF] is INF, slopes [1.0]: |d| huber(d, 1.0);
        "huber", at [-1e30] is 1e30, slopes [-1.0]: |d| huber(d, 1.0);
        "huber", at [NAN] is NAN, slopes [NAN]: |d| huber(d, 1.0);
        "hinge", at [1.0, 1.0] is 0.0, slopes [0.0, 0.0]: |x, t| hinge(x, t);
        "hinge", at [-1.0, -1.0] is 0.0, slopes [0.0, 0.0]: |x, t| hinge(x, t);
        "hinge", at [-INF, 1.0] is INF, slopes [-1.0, INF]: |x, t| hinge(x, t);
    };
    println!("losses: {rows} rows, {numbers} numbers");
    assert_eq!(rows, 25);
}

/// An op of vectors in both element types.
trait Op {
    fn of<'t, T: Real>(tape: &'t Tape<T>, x: &Tensor<'t, T>) -> Tensor<'t, T>;
}

fn vector<T: Real>(x: &[f64]) -> ArrayD<T> {
    ArrayD::from_shape_fn(IxDyn(&[x.len()]), |i| T::lit(x[i[0]]))
}

/// Value, plain and recorded gradient of Σ c ⊙ y with c = 1, 2, …
fn examine<O: Op, T: Real>(name: &str, x: &[f64], value: &[f64], gradient: &[f64]) {
    let tape = Tape::<T>::default();
    let t = tape.tensor(&vector::<T>(x));
    let y = O::of(&tape, &t);
    let c: Vec<f64> = (1..=y.value().len()).map(|i| i as f64).collect();
    let loss = (y * vector::<T>(&c).to_shape(y.shape()).expect("as many")).sum();
    let found = [
        ("value", y.value().iter().copied().collect::<Vec<T>>(), value),
        (
            "gradient",
            loss.backward().wrt(t).iter().copied().collect(),
            gradient,
        ),
        (
            "recorded gradient",
            loss.backward_recorded().wrt(t).value().iter().copied().collect(),
            gradient,
        ),
    ];
    for (what, got, want) in found {
        assert_eq!(got.len(), want.len(), "{name}");
        for (&got, &want) in got.iter().zip(want) {
            let want = T::lit(want);
            let near = (got - want).abs() <= T::epsilon() * T::lit(4.0);
            let fits = got == want || near || (got.is_nan() && want.is_nan());
            assert!(
                fits,
                "{name}: the {what} at {x:?} in {} is {got}, not {want}",
                T::NAME
            );
        }
    }
}

macro_rules! vectors {
    ($($name:literal, of $x:expr, is $value:expr, gradient $gradient:expr, |$tape:ident, $t:ident| $y:expr;)*) => {
        [$({
            struct Row;
            impl Op for Row {
                fn of<'t, T: Real>($tape: &'t Tape<T>, $t: &Tensor<'t, T>) -> Tensor<'t, T> {
                    $y
                }
            }
            examine::<Row, f64>($name, &$x, &$value, &$gradient);
            examine::<Row, f32>($name, &$x, &$value, &$gradient);
            1
        }),*].iter().sum::<usize>()
    };
}

#[test]
fn vectors() {
    let rows = vectors! {
        "softmax, all −∞", of [-INF, -INF], is [NAN, NAN], gradient [NAN, NAN], |_t, x| x.softmax(0);
        "masked softmax, all masked", of [1.0, 2.0], is [0.0, 0.0], gradient [0.0, 0.0],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[0.0, 0.0])), 0);
        "masked softmax, all masked and infinite", of [INF, NAN, -INF], is [0.0; 3], gradient [0.0; 3],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[0.0; 3])), 0);
        "masked softmax, all −∞", of [-INF, -INF], is [0.0, 0.0], gradient [0.0, 0.0],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[1.0, 1.0])), 0);
        "masked softmax, the rest −∞", of [5.0, -INF], is [0.0, 0.0], gradient [0.0, 0.0],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[0.0, 1.0])), 0);
        "masked softmax, NaN masked", of [NAN, 3.0, 3.0], is [0.0, 0.5, 0.5], gradient [0.0, -0.25, 0.25],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[0.0, 1.0, 1.0])), 0);
        "masked softmax, NaN not masked", of [NAN, 3.0, 3.0], is [NAN, NAN, 0.0], gradient [NAN, NAN, 0.0],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[1.0, 1.0, 0.0])), 0);
        "masked softmax of roots", of [0.0, 4.0, 4.0], is [0.0, 0.5, 0.5], gradient [0.0, -0.0625, 0.0625],
            |tape, x| x.sqrt().masked_softmax(&tape.constant(&vector(&[0.0, 1.0, 1.0])), 0);
        "masked softmax, large", of [1e30, 1e30, 2e30], is [0.5, 0.5, 0.0], gradient [-0.25, 0.25, 0.0],
            |tape, x| x.masked_softmax(&tape.constant(&vector(&[1.0, 1.0, 0.0])), 0);
        "normalize at 0", of [0.0, 0.0], is [0.0, 0.0], gradient [0.0, 0.0], |_t, x| normalize(x, 0, 1e-12);
        "normalize below eps", of [0.0, 1e-3], is [0.0, 0.0], gradient [0.0, 0.0], |_t, x| normalize(x, 0, 1e-2);
        "normalize", of [0.0, -4.0], is [0.0, -1.0], gradient [0.25, 0.0], |_t, x| normalize(x, 0, 1e-12);
        "normalize roots", of [0.0, 0.0], is [0.0, 0.0], gradient [0.0, 0.0], |_t, x| normalize(&x.sqrt(), 0, 1e-12);
        "cosine_similarity at 0", of [0.0, 0.0], is [0.0], gradient [0.0, 0.0],
            |tape, x| cosine_similarity(x, &tape.constant(&vector(&[3.0, 4.0])), 0, 1e-12);
        "cosine_similarity with 0", of [3.0, 4.0], is [0.0], gradient [0.0, 0.0],
            |tape, x| cosine_similarity(x, &tape.constant(&vector(&[0.0, 0.0])), 0, 1e-12);
        "cross_entropy_with, weight 0 at −∞", of [0.0, -INF], is [0.0], gradient [0.0, 0.0],
            |tape, x| cross_entropy_with(x, &tape.constant(&vector(&[1.0, 0.0])));
        "cross_entropy_with, weight at −∞", of [0.0, -INF], is [INF], gradient [0.5, -0.5],
            |tape, x| cross_entropy_with(x, &tape.constant(&vector(&[0.5, 0.5])));
        "max_pool, a tie", of [3.0, 3.0, 1.0, 3.0], is [3.0, 3.0], gradient [1.0, 0.0, 0.0, 2.0],
            |_t, x| x.reshape([1, 1, 4]).max_pool1d(Pooling::new([2]));
        "max_pool, NaN", of [3.0, NAN, 1.0, 3.0], is [NAN, 3.0], gradient [0.0, 1.0, 0.0, 2.0],
            |_t, x| x.reshape([1, 1, 4]).max_pool1d(Pooling::new([2]));
        "max_pool, all −∞", of [-INF, -INF], is [-INF], gradient [1.0, 0.0],
            |_t, x| x.reshape([1, 1, 2]).max_pool1d(Pooling::new([2]));
        "max_pool of roots", of [0.0, 4.0], is [2.0], gradient [0.0, 0.25],
            |_t, x| x.sqrt().reshape([1, 1, 2]).max_pool1d(Pooling::new([2]));
        "avg_pool, what no window reaches", of [4.0, 4.0, 0.0], is [2.0], gradient [0.125, 0.125, 0.0],
            |_t, x| x.sqrt().reshape([1, 1, 3]).avg_pool1d(Pooling::new([2]));
        "avg_pool, NaN beside it", of [NAN, 1.0, 1.0, 3.0], is [NAN, 2.0], gradient [0.5, 0.5, 1.0, 1.0],
            |_t, x| x.reshape([1, 1, 4]).avg_pool1d(Pooling::new([2]));
        "conv, what no window reaches", of [4.0, 0.0, 4.0, 0.0], is [2.0, 2.0], gradient [0.25, 0.0, 0.5, 0.0],
            |tape, x| x.sqrt().reshape([1, 1, 4])
                .conv1d(&tape.constant(&vector::<T>(&[1.0]).into_shape_with_order([1, 1, 1]).expect("one")), Convolution::default().stride([2]));
    };
    println!("networks: {rows} rows, in f64 and f32");
    assert_eq!(rows, 24);
}
