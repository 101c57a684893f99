//! Scans: cumulative sums, products, extrema and log-sum-exps.

use super::{build, close};
use crate::common::inputs::{irregular, spaced};
use crate::common::{Tally, check};
use ndarray::{ArrayD, arr1, arr2, s};
use wengert::{Tape, Tensor};

struct Scan {
    name: &'static str,
    op: for<'t> fn(&Tensor<'t>, isize) -> Tensor<'t>,
    /// The last result, of the elements so far.
    naive: fn(&[f64]) -> f64,
}

const SCANS: [Scan; 5] = [
    Scan {
        name: "cumsum",
        op: |x, axis| x.cumsum(axis),
        naive: |x| x.iter().sum(),
    },
    Scan {
        name: "cumprod",
        op: |x, axis| x.cumprod(axis),
        naive: |x| x.iter().product(),
    },
    Scan {
        name: "cummax",
        op: |x, axis| x.cummax(axis),
        naive: |x| x.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x)),
    },
    Scan {
        name: "cummin",
        op: |x, axis| x.cummin(axis),
        naive: |x| x.iter().fold(f64::INFINITY, |m, &x| m.min(x)),
    },
    Scan {
        name: "logcumsumexp",
        op: |x, axis| x.logcumsumexp(axis),
        naive: |x| x.iter().map(|x| x.exp()).sum::<f64>().ln(),
    },
];

/// Values by a loop, derivatives of three orders by differences, along every axis of every shape.
#[test]
fn along_every_axis() {
    let mut rng = fastrand::Rng::with_seed(43);
    let mut tally = Tally::default();
    for Scan { name, op, naive } in &SCANS {
        for shape in [&[1][..], &[5], &[8], &[2, 3], &[3, 1, 4], &[3, 0, 2], &[0]] {
            let x = spaced(shape, &mut rng);
            for axis in 0..shape.len() {
                let want = build(shape, |index| {
                    let so_far = (0..=index[axis]).map(|j| {
                        let mut other = index.to_vec();
                        other[axis] = j;
                        x[&other[..]]
                    });
                    naive(&so_far.collect::<Vec<f64>>())
                });
                let from_end = axis as isize - shape.len() as isize;
                let tape = Tape::new();
                let got = op(&tape.tensor(&x), from_end).value().to_owned();
                let name = format!("{name} of {shape:?} along {axis}");
                close(&name, &got, &want, 2e-15);
                tally += check(&name, std::slice::from_ref(&x), |_, x| op(&x[0], axis as isize));
            }
        }
    }
    println!("scans: {tally}");
    assert_eq!(tally.cases, 5 * (1 + 1 + 1 + 2 + 3 + 3 + 1));
}

/// Operands that are views.
#[test]
fn of_views() {
    let mut rng = fastrand::Rng::with_seed(44);
    let x = [spaced(&[3, 4], &mut rng)];
    for Scan { name, op, .. } in &SCANS {
        for axis in [0, 1] {
            check(&format!("{name} of a transpose"), &x, |_, x| op(&x[0].t(), axis));
            check(&format!("{name} of a slice"), &x, |_, x| {
                op(&x[0].slice(s![..;-1, 1..]), axis)
            });
            if !name.starts_with("cumm") {
                check(&format!("{name} of repeated rows"), &x, |_, x| {
                    op(&x[0].slice(s![..1, ..]).broadcast_to([3, 4]), axis)
                });
            }
        }
    }
}

/// Cumulative products with zeros: derivatives of three orders by differences, the gradient by leaving factors out.
#[test]
fn products_with_zeros() {
    for zeros in [
        &[0][..],
        &[2],
        &[4],
        &[0, 1],
        &[1, 3],
        &[0, 2, 4],
        &[0, 1, 2, 3, 4],
    ] {
        let mut x = irregular(&[5], 2);
        zeros.iter().for_each(|&i| x[[i]] = 0.0);
        check(
            &format!("cumprod with zeros at {zeros:?}"),
            &[x.clone()],
            |_, x| x[0].cumprod(0),
        );
        let tape = Tape::new();
        let t = tape.tensor(&x);
        let seed = irregular(&[5], 9);
        let got = t.cumprod(0).backward_with(&seed).wrt(t).to_owned();
        let want = build(&[5], |j| {
            let term = |i: usize| {
                let rest = (0..=i).filter(|&k| k != j[0]).map(|k| x[[k]]);
                seed[[i]] * rest.product::<f64>()
            };
            (j[0]..5).map(term).sum()
        });
        close("cumprod with zeros", &got, &want, 1e-15);
    }
}

/// Ties share what each result receives among those so far; the last result of a scan has the gradient of the reduction.
#[test]
fn ties() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[
        [1.0, 1.0, 0.0, 1.0, 2.0, 2.0],
        [3.0, 3.0, 3.0, -1.0, 0.0, 3.0],
    ]));
    let seed = arr2(&[[1.0, 4.0, 6.0, 9.0, 5.0, 8.0], [1.0, 2.0, 6.0, 9.0, 12.0, 16.0]]);
    let want = arr2(&[
        [1.0 + 5.0 + 3.0, 5.0 + 3.0, 0.0, 3.0, 9.0, 4.0],
        [1.0 + 1.0 + 9.0 + 4.0, 1.0 + 9.0 + 4.0, 9.0 + 4.0, 0.0, 0.0, 4.0],
    ]);
    let got = x.cummax(1).backward_with(&seed).wrt(x).to_owned();
    close("cummax", &got, &want.clone().into_dyn(), 1e-15);
    let got = (-x).cummin(-1).backward_with(&seed).wrt(x).to_owned();
    close("cummin", &got, &(-want).into_dyn(), 1e-15);
    // Along the other axis, by a transpose.
    let t = x.t().cummax(0).t();
    assert_eq!(t.value(), x.cummax(1).value());
    let (last, whole) = (x.cummax(1).slice(s![.., -1]), x.max_axes([1]));
    let seed = arr1(&[3.0, -5.0]);
    assert_eq!(last.value(), whole.value());
    let (last, whole) = (last.backward_with(&seed), whole.backward_with(&seed));
    close(
        "the last",
        &last.wrt(x).to_owned(),
        &whole.wrt(x).to_owned(),
        1e-15,
    );
    // Forwards: the tangent of a tie is the mean.
    let v = arr2(&[[1.0, 3.0, 0.0, 5.0, 7.0, 9.0], [0.0; 6]]);
    let tangents = tape.forward().seed_array(x, &v).sweep();
    let y = x.cummax(1);
    drop(tangents);
    let tangents = tape.forward().seed_array(x, &v).sweep();
    let got = tangents.of(y).slice(s![0, ..]).to_owned();
    assert_eq!(got, arr1(&[1.0, 2.0, 2.0, 3.0, 7.0, 8.0]));
}

/// Log-sum-exps of what no single shift can hold: far apart, rising and falling, and so large that results lose the digits
/// behind the point.
#[test]
fn wide_ranges() {
    let naive = |x: &[f64], i: usize| -> Vec<f64> {
        let m = x[..=i].iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x));
        let weights: Vec<f64> = x[..=i].iter().map(|x| (x - m).exp()).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|w| w / sum).collect()
    };
    for x in [
        [-1000.0, -999.0, 1000.0, 999.0, -1000.0],
        [700.0, 0.0, -700.0, 1.0, 701.0],
        [1e16, 1e16 + 2.0, 1e16, 1e16 - 2.0, 1e16 + 2.0],
    ] {
        let tape = Tape::new();
        let t = tape.tensor(&arr1(&x));
        let seed = irregular(&[5], 3);
        let got = t.logcumsumexp(0).backward_with(&seed).wrt(t).to_owned();
        let want = build(&[5], |j| {
            let weight = |i: usize| naive(&x, i).get(j[0]).copied().unwrap_or(0.0);
            (0..5).map(|i| seed[[i]] * weight(i)).sum()
        });
        close("logcumsumexp", &got, &want, 1e-14);
    }
}

/// Long scans, where a step across the axis and one along it are different loops.
#[test]
fn long_ones() {
    for (shape, axis) in [([1000, 1], 0), ([1, 1000], 1), ([300, 7], 0), ([7, 300], 1)] {
        let whole = |i: usize| ((i * 7919) % 15) as f64 - 7.0;
        let x = ArrayD::from_shape_vec(&shape[..], (0..shape[0] * shape[1]).map(whole).collect());
        let x = x.expect("as many as elements");
        let tape = Tape::new();
        let t = tape.tensor(&x);
        let y = t.cumsum(axis as isize);
        let mut sums = x.clone();
        sums.accumulate_axis_inplace(ndarray::Axis(axis), |&last, x| *x += last);
        assert_eq!(y.value(), sums);
        let mut rest = x.clone();
        rest.invert_axis(ndarray::Axis(axis));
        rest.accumulate_axis_inplace(ndarray::Axis(axis), |&last, x| *x += last);
        rest.invert_axis(ndarray::Axis(axis));
        assert_eq!(y.backward_with(&x).wrt(t), rest);
    }
}
