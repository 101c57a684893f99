//! QR and least squares.

use super::*;
use crate::common::{Tally, check};
use wengert::LinalgError;

const TALL: [&[usize]; 8] = [
    &[0, 0],
    &[1, 1],
    &[3, 1],
    &[2, 2],
    &[3, 3],
    &[4, 2],
    &[2, 3, 2],
    &[3, 0],
];

/// Gram and Schmidt's method.
fn naive(a: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let (mut q, mut r) = (a.clone(), Array2::zeros((a.ncols(), a.ncols())));
    for j in 0..a.ncols() {
        for i in 0..j {
            let dot = q.column(i).dot(&q.column(j));
            r[[i, j]] += dot;
            let (mut to, from) = q.multi_slice_mut((s![.., j], s![.., i]));
            to.scaled_add(-dot, &from);
        }
        r[[j, j]] = q.column(j).dot(&q.column(j)).sqrt();
        let length = r[[j, j]];
        q.column_mut(j).map_inplace(|x| *x /= length);
    }
    (q, r)
}

/// Both factors in one result, so that the checker sees cotangents of either and of both.
fn both<'t>((q, r): (Tensor<'t>, Tensor<'t>)) -> Tensor<'t> {
    Tensor::concat(&[q, r], -2)
}

#[test]
fn values_and_derivatives() {
    let mut tally = Tally::default();
    for shape in TALL {
        let x = [numbers(shape)];
        let name = format!("qr of {shape:?}");
        let a = matrices(&value(&x, |tape, x| spread_wide(tape, x[0])));
        let q = matrices(&value(&x, |tape, x| spread_wide(tape, x[0]).qr().0));
        let r = matrices(&value(&x, |tape, x| spread_wide(tape, x[0]).qr().1));
        for ((a, q), r) in a.iter().zip(&q).zip(&r) {
            near(&name, &q.dot(r), a, 1e-14);
            orthonormal(&name, q);
            let (naive_q, naive_r) = naive(a);
            near(&name, q, &naive_q, 1e-13);
            near(&name, r, &naive_r, 1e-13);
        }
        tally += check(&name, &x, |tape, x| both(spread_wide(tape, x[0]).qr()));
        tally += check(&name, &x, |tape, x| spread_wide(tape, x[0]).qr().0);
        tally += check(&name, &x, |tape, x| spread_wide(tape, x[0]).qr().1);
    }
    let x = [numbers(&[2, 6])];
    tally += check("of a transpose", &x, |tape, x| {
        both(spread_wide(tape, x[0].t()).t().slice(s![.., ..;4]).qr())
    });
    tally += check("of a backward view", &x, |tape, x| {
        both(spread_wide(tape, x[0].t()).slice(s![..;-2, ..;-1]).qr())
    });
    println!("{tally}");
    assert_eq!(tally.cases, 3 * TALL.len() + 2);
}

#[test]
fn least_squares() {
    for (a, b) in [
        (&[4, 2][..], &[4][..]),
        (&[4, 2], &[4, 3]),
        (&[3, 3], &[3, 1]),
        (&[2, 3, 1], &[3, 2]),
        (&[3, 2], &[2, 3, 1]),
    ] {
        let x = [numbers(a), irregular(b, 3)];
        let name = format!("lstsq {a:?} {b:?}");
        check(&name, &x, |tape, x| {
            spread_wide(tape, x[0]).lstsq(&x[1]).expect("full rank")
        });
        if a.len() + b.len() == 4 {
            let y = two(value(&x, |tape, x| {
                spread_wide(tape, x[0]).lstsq(&x[1]).expect("full rank")
            }));
            let (a, b) = (
                two(value(&x, |tape, x| spread_wide(tape, x[0]))),
                two(x[1].clone()),
            );
            near(&name, &y, &gauss(&a.t().dot(&a), &a.t().dot(&b)).0, 1e-13);
        }
    }
    let tape = Tape::new();
    let found = tape.tensor(&pair()).lstsq(&tape.tensor(&pair())).map(drop);
    assert!(matches!(found, Err(LinalgError::Singular { .. })));
}

/// Where A has not full rank there is no gradient, and no finite number in its place.
#[test]
fn without_full_rank() {
    let tape = Tape::new();
    let a = tape.tensor(&arr2(&[[1.0, 2.0], [2.0, 4.0], [0.5, 1.0]]));
    let (q, r) = a.qr();
    assert_eq!(r.at([1, 1]).value(), 0.0);
    for loss in [q.square().sum(), r.sum(), both((q, r)).sum()] {
        assert!(loss.backward().wrt(a).iter().all(|g| !g.is_finite()));
    }
}

#[test]
#[should_panic(expected = "qr: the shape [2, 3] does not fit")]
fn a_wide_matrix() {
    let tape = Tape::new();
    let _ = tape.tensor(&Array2::<f64>::zeros((2, 3))).qr();
}

#[test]
#[should_panic(expected = "lstsq: the shapes [2, 2] and [3] do not fit")]
fn a_right_side_that_does_not_fit() {
    let tape = Tape::new();
    let _ = tape
        .tensor(&pair())
        .lstsq(&tape.tensor(&ndarray::arr1(&[1.0, 2.0, 3.0])));
}
