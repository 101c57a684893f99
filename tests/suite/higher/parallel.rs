//! Gradients over shards, on any number of threads: the serial sum, to the bit.

use crate::common::inputs::irregular;
use crate::errors::hook::panic_of;
use ndarray::{Array1, Array2, Axis, Ix1, Ix2};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use wengert::grad::{Parallel, value_and_grad};
use wengert::nn::{Activation, Mlp, cross_entropy};
use wengert::{Tape, Var, parameters};

parameters! {
    #[derive(Clone, Debug, PartialEq)]
    struct Model of ModelOn: f64 { w: Array2<f64>, b: Array1<f64>, gain: f64 }
}

fn model() -> Model {
    let w = irregular(&[4, 3], 1)
        .into_dimensionality::<Ix2>()
        .expect("two axes");
    let b = irregular(&[3], 2).into_dimensionality::<Ix1>().expect("one axis");
    Model { w, b, gain: 0.7 }
}

fn loss<'t>(tape: &'t Tape, m: ModelOn<'t>, rows: &Array2<f64>) -> Var<'t> {
    let y = (tape.constant(rows).matmul(&m.w) + m.b).tanh() * m.gain;
    y.softmax(1).square().sum() + m.gain.sin()
}

/// Shards of 1 to 9 rows.
fn shards(n: usize) -> Vec<Array2<f64>> {
    let shard = |k| irregular(&[1 + (5 * k) % 9, 4], 3 + k).into_dimensionality::<Ix2>();
    (0..n).map(|k| shard(k).expect("two axes")).collect()
}

fn bits(m: &Model) -> Vec<u64> {
    let numbers = m.w.iter().chain(&m.b).chain([&m.gain]);
    numbers.map(|x| x.to_bits()).collect()
}

#[test]
fn the_serial_sum_on_any_number_of_threads() {
    let (m, shards) = (model(), shards(11));
    let mut serial = None;
    for rows in &shards {
        let tape = Tape::new();
        let (value, g) = value_and_grad(&tape, |on| loss(&tape, on, rows), &m);
        serial = Some(match serial {
            None => (value, g),
            Some((sum, Model { w, b, gain })) => {
                let (w, b, gain) = (w + g.w, b + g.b, gain + g.gain);
                (sum + value, Model { w, b, gain })
            }
        });
    }
    let (value, gradient) = serial.expect("some shards");
    for threads in [1, 2, 3, 4, 8, 11, 20] {
        let mut parallel = Parallel::new(threads);
        for _ in 0..3 {
            let (sum, g) = parallel.value_and_grad(loss, &m, &shards);
            assert_eq!(sum.to_bits(), value.to_bits(), "{threads} threads");
            assert_eq!(bits(&g), bits(&gradient), "{threads} threads");
        }
    }
}

/// Fewer shards than before, and none; a parameter without influence.
#[test]
fn any_number_of_shards() {
    let mut parallel = Parallel::new(2);
    let mut on = |shards: &[f64]| parallel.value_and_grad(|_, [x, _], &c| x * x * c, &[3.0_f64, 1.0], shards);
    assert_eq!(on(&[1.0, 2.0, 3.0]), (54.0, [36.0, 0.0]));
    assert_eq!(on(&[2.0]), (18.0, [12.0, 0.0]));
    assert_eq!(on(&[]), (0.0, [0.0, 0.0]));
}

/// A list of matrices, in single precision; shards that are views.
#[test]
fn matrices_in_single_precision() {
    let model = Mlp::<f32>::new(&[4, 8, 3], Activation::Tanh, 1);
    let x = irregular(&[12, 4], 7)
        .mapv(|x| x as f32)
        .into_dimensionality::<Ix2>()
        .expect("two axes");
    let shards: Vec<_> = x.axis_chunks_iter(Axis(0), 5).collect();
    let weights: Vec<Array2<f32>> = model.layers.iter().map(|l| l.weight.to_owned()).collect();
    let on = |threads| {
        Parallel::new(threads).value_and_grad(
            |tape, w, shard| {
                let labels: Vec<usize> = (0..shard.nrows()).map(|i| i % 3).collect();
                let hidden = tape.constant(shard).matmul(&w[0]).tanh();
                cross_entropy(&hidden.matmul(&w[1]), &labels)
            },
            &weights,
            &shards,
        )
    };
    assert_eq!(on(1), on(3));
}

/// A panic in a shard, be it on the caller's thread or on another one, is the caller's, payload and all; then all is as before.
#[test]
fn a_panic_is_passed_on() {
    let mut parallel = Parallel::new(3);
    let shards = [0, 1, 2, 3, 4, 5];
    for bad in [0, 3, 5] {
        let call = AssertUnwindSafe(|| {
            parallel.value_and_grad(
                |_, x, &k| match k == bad {
                    true => resume_unwind(Box::new(bad)),
                    false => x * k,
                },
                &2.0_f64,
                &shards,
            )
        });
        let payload = catch_unwind(call).expect_err("shard `bad` panics");
        assert_eq!(payload.downcast_ref(), Some(&bad));
        assert_eq!(
            parallel.value_and_grad(|_, x, &k| x * k, &2.0_f64, &shards),
            (30.0, 15.0)
        );
    }
}

/// A shard whose result is on no tape is an error at the caller's line.
#[test]
fn a_constant_is_refused() {
    let mut parallel = Parallel::new(2);
    let said = panic_of(|| {
        parallel.value_and_grad(
            |_, x, &k| if k > 1 { Var::from(1.0) } else { x },
            &2.0,
            &[0, 1, 2],
        )
    });
    let said = said.expect("the third is constant");
    assert!(
        said.message.starts_with("value_and_grad: ") && said.message.contains("shard 2"),
        "{}",
        said.message
    );
    assert!(
        said.file.ends_with("parallel.rs") && said.file.contains("suite"),
        "{}",
        said.file
    );
    assert!(panic_of(|| Parallel::<f64>::new(0)).is_some());
}
