//! Reading an array element by element costs O(n), in the plain and in the recorded sweep, not O(n²).
//!
//! Two proofs. The recorded sweep writes down what it does, so its work is counted: the array ops, each O(n), and
//! the scalar ops. The plain sweep is measured: at 200 000 elements an O(n) sweep takes milliseconds, and one that
//! copies or makes an array a read moves 320 GB, which no machine does in the seconds allowed.

use ndarray::{Array1, ArrayD};
use std::time::{Duration, Instant};
use wengert::{Tape, Tensor, Var};

/// A hundred times what the sweeps take here, a tenth of what O(n²) would.
const ALLOWED: Duration = Duration::from_secs(4);

fn numbers(n: usize) -> Array1<f64> {
    Array1::from_shape_fn(n, |i| 0.5 + (i % 97) as f64 / 100.0)
}

/// `Σ xᵢ² + Σ (x + 1) + Σ (x + 2)`, the squares from single reads, between two array ops that hand their cotangent
/// on to `x` as it is, so that its memory is shared when the reads come to add to it.
fn read_one_by_one<'t>(x: Tensor<'t>) -> Var<'t> {
    let before = (x + 1).sum();
    let n = x.shape()[0];
    let mut sum = Var::from(0.0);
    for i in 0..n {
        let xi = x.at([i]);
        sum += xi * xi;
    }
    before + sum + (x + 2).sum()
}

fn expected(x: &Array1<f64>) -> ArrayD<f64> {
    (2.0 * x + 2.0).into_dyn()
}

/// The plain sweep over 200 000 single reads.
#[test]
fn a_plain_sweep_over_single_reads_is_linear() {
    let numbers = numbers(200_000);
    let tape = Tape::new();
    let x = tape.tensor(&numbers);
    let y = read_one_by_one(x);
    let start = Instant::now();
    let gradients = y.backward();
    let spent = start.elapsed();
    assert_eq!(gradients.wrt(x), expected(&numbers));
    assert!(spent < ALLOWED, "{spent:?}");
}

/// The recorded sweep over n single reads, and the second sweep over what it has recorded: the number of array ops
/// does not depend on n, and that of scalar ops is proportional to it.
#[test]
fn a_recorded_sweep_over_single_reads_is_linear() {
    let counts = [20_000, 80_000].map(|n| {
        let numbers = numbers(n);
        let tape = Tape::new();
        let x = tape.tensor(&numbers);
        let y = read_one_by_one(x);
        let before = tape.stats();
        let start = Instant::now();
        let slope = y.backward_recorded().wrt(x);
        let first = tape.stats();
        assert_eq!(slope.value(), expected(&numbers));

        let mut sum = Var::from(0.0);
        for i in 0..n {
            sum += slope.at([i]);
        }
        let recorded = tape.stats();
        let curvature = sum.backward_recorded().wrt(x);
        let second = tape.stats();
        let spent = start.elapsed();
        assert_eq!(curvature.value(), Array1::from_elem(n, 2.0).into_dyn());
        assert!(spent < ALLOWED, "{spent:?}");
        let counts = [
            (
                before.array_ops,
                first.array_ops,
                before.scalar_ops,
                first.scalar_ops,
            ),
            (
                recorded.array_ops,
                second.array_ops,
                recorded.scalar_ops,
                second.scalar_ops,
            ),
        ];
        counts.map(|(a, b, c, d)| (b - a, (d - c) as f64 / n as f64))
    });
    let [small, large] = counts;
    for ((arrays, scalars), (more_arrays, more_scalars)) in small.into_iter().zip(large) {
        assert_eq!(arrays, more_arrays, "array ops of a sweep at n and at 4n");
        assert!(arrays <= 16, "{arrays} array ops");
        assert!(scalars <= 8.0, "{scalars} scalar ops a read");
        assert!((scalars - more_scalars).abs() < 0.01);
    }
}

/// An element read n times collects n cotangents, in linear time as well.
#[test]
fn one_element_read_many_times_collects_every_cotangent() {
    let n = 50_000;
    let tape = Tape::new();
    let x = tape.tensor(&numbers(n));
    let weights = (0..n).map(|i| (i % 5) as f64);
    let sum: Var = weights.clone().map(|w| w * x.at([7])).sum();
    let start = Instant::now();
    let want = weights.sum::<f64>();
    let gradients = sum.backward();
    let recorded = sum.backward_recorded().wrt(x);
    assert!(start.elapsed() < ALLOWED);
    for gradient in [gradients.wrt(x), recorded.value()] {
        assert_eq!(gradient[[7]], want);
        assert_eq!(gradient.sum(), want);
    }
}
