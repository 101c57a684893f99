//! Masked softmax and attention.

use super::close;
use crate::common::inputs::{draw, indices, irregular};
use crate::common::{Tally, check};
use ndarray::{Array2, ArrayD, Axis, IxDyn, arr1, arr2, s};
use wengert::Tape;
use wengert::nn::{MultiHead, MultiHeadOn, attention, causal_mask};

/// Softmax of those whose mask is not 0, by loops.
fn masked(x: &ArrayD<f64>, mask: &ArrayD<f64>, axis: usize) -> ArrayD<f64> {
    let mut y = ArrayD::zeros(x.raw_dim());
    for index in indices(x.shape()) {
        let along = (0..x.shape()[axis]).map(|j| {
            let mut other = index.clone();
            other[axis] = j;
            if mask[&other[..]] == 0.0 {
                0.0
            } else {
                x[&other[..]].exp()
            }
        });
        let sum: f64 = along.sum();
        if mask[&index[..]] != 0.0 {
            y[&index[..]] = x[&index[..]].exp() / sum;
        }
    }
    y
}

#[test]
fn masked_softmax() {
    let mut tally = Tally::default();
    let mut rng = fastrand::Rng::with_seed(91);
    for (shape, narrow) in [
        (&[5][..], &[5][..]),
        (&[3, 4], &[3, 4]),
        (&[2, 2, 3], &[2, 3]),
        (&[3, 2], &[3, 1]),
        (&[2, 0], &[2, 0]),
    ] {
        let x = draw(&[(-2.0, 2.0)], shape, &mut rng);
        for axis in 0..shape.len() {
            // Any number but 0 keeps an element.
            let mut mask = draw(&[(0.0, 0.0), (1.0, 1.0), (3.0, 4.0)], narrow, &mut rng);
            if narrow == [3, 4] {
                mask.index_axis_mut(Axis(0), 1).fill(0.0);
                mask.index_axis_mut(Axis(1), 2).fill(0.0);
            }
            let wide = mask.broadcast(IxDyn(shape)).expect("it broadcasts").to_owned();
            let tape = Tape::new();
            let y = tape
                .tensor(&x)
                .masked_softmax(&tape.constant(&mask), axis as isize);
            close("masked softmax", y.value().to_owned(), masked(&x, &wide, axis));
            tally += check("masked softmax", std::slice::from_ref(&x), |tape, x| {
                x[0].masked_softmax(&tape.constant(&mask), axis as isize)
            });
        }
    }
    assert_eq!(tally.cases, 1 + 2 + 3 + 2 + 2);
    // Without a mask it is softmax, bit for bit.
    let tape = Tape::new();
    let x = tape.tensor(&irregular(&[3, 4], 1));
    let all = tape.constant(&arr1(&[1.0]));
    assert_eq!(x.masked_softmax(&all, 1).value(), x.softmax(1).value());
    let seed = irregular(&[3, 4], 2);
    let [g, h] = [x.masked_softmax(&all, 1), x.softmax(1)].map(|y| y.backward_with(&seed).wrt(x).to_owned());
    assert_eq!(g, h);
}

/// Attention by loops over queries and keys.
fn by_loops([q, k, v]: [&Array2<f64>; 3], mask: &Array2<f64>) -> [Array2<f64>; 2] {
    let scale = 1.0 / (q.ncols() as f64).sqrt();
    let scores = Array2::from_shape_fn((q.nrows(), k.nrows()), |(i, j)| q.row(i).dot(&k.row(j)) * scale);
    let weights = masked(&scores.into_dyn(), &mask.clone().into_dyn(), 1);
    let weights: Array2<f64> = weights.into_dimensionality().expect("two axes");
    [weights.dot(v), weights]
}

/// A matrix of a batch.
fn matrix(x: &ArrayD<f64>, i: usize) -> Array2<f64> {
    x.index_axis(Axis(0), i)
        .to_owned()
        .into_dimensionality()
        .expect("two axes")
}

#[test]
fn scaled_dot_product() {
    let mut tally = Tally::default();
    let mask = arr2(&[[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]);
    let x = [
        irregular(&[2, 2, 4], 1),
        irregular(&[2, 3, 4], 2),
        irregular(&[2, 3, 2], 3),
    ];
    for use_mask in [false, true] {
        let tape = Tape::new();
        let [q, k, v] = x.each_ref().map(|x| tape.tensor(x));
        let constant = tape.constant(&mask);
        let found = attention(&q, &k, &v, use_mask.then_some(&constant));
        let mask_used = if use_mask {
            mask.clone()
        } else {
            Array2::ones((2, 3))
        };
        for i in 0..2 {
            let of = x.each_ref().map(|x| matrix(x, i));
            let [output, weights] = by_loops(of.each_ref(), &mask_used);
            close(
                "output",
                matrix(&found.output.value().to_owned(), i).into_dyn(),
                output.into_dyn(),
            );
            close(
                "weights",
                matrix(&found.weights.value().to_owned(), i).into_dyn(),
                weights.into_dyn(),
            );
        }
        let small = x
            .each_ref()
            .map(|x| x.slice(s![..1, .., ..2]).to_owned().into_dyn());
        tally += check("attention", &small, |tape, x| {
            attention(&x[0], &x[1], &x[2], use_mask.then_some(&tape.constant(&mask))).output
        });
        tally += check("self-attention", &[irregular(&[3, 2], 1)], |tape, x| {
            let causal = tape.constant(&causal_mask::<f64>(3));
            attention(&x[0], &x[0], &x[0], use_mask.then_some(&causal)).output
        });
    }
    assert_eq!(tally.cases, 4);
}

/// A place sees nothing of those behind it: neither in its value nor in what they receive, be they infinite.
#[test]
fn causality() {
    let tape = Tape::new();
    let x = tape.tensor(&irregular(&[4, 3], 1));
    let mask = tape.constant(&causal_mask(4));
    let y = attention(&x, &x, &x, Some(&mask)).output;
    for place in 0..4 {
        let g = y.slice(s![place, ..]).sum().backward();
        assert!(g.wrt(x).slice(s![place + 1.., ..]).iter().all(|&g| g == 0.0));
        assert!(g.wrt(x).slice(s![place, ..]).iter().all(|&g| g != 0.0));
    }
}

/// Each head by itself on its part of the width, joined and mixed.
#[test]
fn several_heads() {
    let layer = MultiHead::<f64>::new(4, 2, 3);
    let (x, context) = (irregular(&[2, 2, 4], 1), irregular(&[2, 3, 4], 2));
    let mask = arr2(&[[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]);
    let plain = layer.plain();
    let enter = |x: &ArrayD<f64>| wengert::Term::new(wengert::Dense::from(x));
    let found = plain.forward(
        &enter(&x),
        &enter(&context),
        Some(&enter(&mask.clone().into_dyn())),
    );
    for i in 0..2 {
        let (x, context) = (matrix(&x, i), matrix(&context, i));
        let (q, k, v) = (
            x.dot(&layer.query),
            context.dot(&layer.key),
            context.dot(&layer.value),
        );
        let mut joined = Array2::zeros((2, 4));
        for head in 0..2 {
            let part = |x: &Array2<f64>| x.slice(s![.., 2 * head..2 * head + 2]).to_owned();
            let [output, weights] = by_loops([&part(&q), &part(&k), &part(&v)], &mask);
            joined.slice_mut(s![.., 2 * head..2 * head + 2]).assign(&output);
            let got = found.weights.inner().view().slice(s![i, head, .., ..]).to_owned();
            close("weights", got.into_dyn(), weights.into_dyn());
        }
        let got = matrix(&found.output.inner().view().to_owned(), i);
        close("output", got.into_dyn(), joined.dot(&layer.output).into_dyn());
    }
    let x = [
        irregular(&[1, 2, 2], 1),
        irregular(&[2, 2], 2),
        irregular(&[2, 2], 3),
        irregular(&[2, 2], 4),
        irregular(&[2, 2], 5),
    ];
    check("MultiHead", &x, |_, x| {
        let [query, key, value, output] = [x[1], x[2], x[3], x[4]];
        let layer = MultiHeadOn {
            query,
            key,
            value,
            output,
            heads: 2,
        };
        layer.forward(&x[0], &x[0], None).output
    });
}
