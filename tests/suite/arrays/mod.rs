//! The array ops: values against plain nested loops, gradients of first and second order by the checker, and, for the ops
//! that only move elements, the adjoint by a plain loop as well.

mod axes;
mod batched;
mod convolution;
mod crossings;
mod einsum;
mod empty;
mod in_place;
mod incomplete;
mod lanes;
mod lent;
mod matmul;
mod moves;
mod order;
mod polynomial;
mod pooling;
mod random;
mod reduce;
mod scan;
mod slices;
mod softmax;
mod statistics;
#[cfg(feature = "rayon")]
mod threads;
mod writes;

use crate::common::inputs::indices;
use ndarray::ArrayD;
use wengert::{Tape, Tensor};

/// An array filled element by element, in row-major order.
fn build(shape: &[usize], f: impl Fn(&[usize]) -> f64) -> ArrayD<f64> {
    let elements = indices(shape).iter().map(|index| f(index)).collect();
    ArrayD::from_shape_vec(shape, elements).expect("an element for each index")
}

/// Whole numbers between −7 and 7: sums and products of them are exact, in any order and in either element type.
fn whole(shape: &[usize], seed: usize) -> ArrayD<f64> {
    let elements = (0..shape.iter().product()).map(|i: usize| ((i + seed) * 7919 % 15) as f64 - 7.0);
    ArrayD::from_shape_vec(shape, elements.collect()).expect("an element for each place")
}

/// Every subset of the axes of a shape.
fn subsets(axes: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..1_usize << axes).map(move |set| (0..axes).filter(|i| set >> i & 1 == 1).collect())
}

/// Asks that two arrays have one shape and are equal up to `tolerance`, relative to the larger of an element and 1.
#[track_caller]
fn close(name: &str, got: &ArrayD<f64>, want: &ArrayD<f64>, tolerance: f64) {
    assert_eq!(got.shape(), want.shape(), "{name}");
    for (got, want) in got.iter().zip(want) {
        let error = (got - want).abs() / want.abs().max(1.0);
        assert!(
            got == want || error <= tolerance,
            "{name}: {got:e} instead of {want:e}"
        );
    }
}

/// An op that only moves elements, given by where each element of its result comes from (which operand, and which index
/// there): the value has the moved elements, and the gradient with cotangent w is w added up where it came from. Whole
/// numbers, so both are exact.
#[track_caller]
fn moves_elements(
    name: &str,
    inputs: &[ArrayD<f64>],
    shape: &[usize],
    source: impl Fn(&[usize]) -> (usize, Vec<usize>),
    f: impl for<'t> Fn(&'t Tape, &[Tensor<'t>]) -> Tensor<'t>,
) {
    let tape = Tape::new();
    let x: Vec<Tensor> = inputs.iter().map(|x| tape.tensor(x)).collect();
    let y = f(&tape, &x);
    let want = build(shape, |index| {
        let (k, from) = source(index);
        inputs[k][&from[..]]
    });
    assert_eq!(y.value(), want, "{name}");
    let seed = whole(shape, 4);
    let gradients = y.backward_with(&seed);
    let mut sums: Vec<ArrayD<f64>> = inputs.iter().map(|x| build(x.shape(), |_| 0.0)).collect();
    for index in indices(shape) {
        let (k, from) = source(&index);
        sums[k][&from[..]] += seed[&index[..]];
    }
    for (x, sum) in x.iter().zip(sums) {
        assert_eq!(gradients.wrt(*x), sum, "{name}");
    }
}
