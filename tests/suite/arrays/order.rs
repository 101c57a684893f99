//! Positions and choices by order: argmax, sort, the k largest.

use super::{build, close, moves_elements};
use crate::common::check;
use crate::common::inputs::spaced;
use ndarray::{ArrayD, arr1, arr2, s};
use std::cmp::Ordering;
use wengert::{Dense, Tape, Tensor, Term};

const NAN: f64 = f64::NAN;

/// The elements of each lane along `axis`, for the index of one of them.
fn lane(x: &ArrayD<f64>, index: &[usize], axis: usize) -> Vec<f64> {
    let at = |j: usize| {
        let mut other = index.to_vec();
        other[axis] = j;
        x[&other[..]]
    };
    (0..x.shape()[axis]).map(at).collect()
}

/// The position of the element of rank `k`: as many are smaller, or equal and in front of it.
fn ranked(x: &[f64], k: usize) -> usize {
    let before = |i: usize, j: usize| match x[j].total_cmp(&x[i]) {
        _ if x[i] == x[j] => j < i,
        order => order == Ordering::Less,
    };
    let rank = |i: usize| (0..x.len()).filter(|&j| j != i && before(i, j)).count();
    (0..x.len()).find(|&i| rank(i) == k).expect("a place for each")
}

/// Whole numbers with many ties, and distinct ones: elements, positions and cotangents by counting.
#[test]
fn along_every_axis() {
    let mut rng = fastrand::Rng::with_seed(45);
    for shape in [&[1][..], &[6], &[2, 3], &[4, 1, 5], &[5, 3, 2]] {
        let ties = spaced(shape, &mut rng).mapv(|x| (3.0 * x).round());
        for x in [ties, spaced(shape, &mut rng)] {
            for axis in 0..shape.len() {
                let from_end = axis as isize - shape.len() as isize;
                let tape = Tape::new();
                let t = tape.tensor(&x);
                let n = shape[axis];
                let source = |index: &[usize], k: usize| {
                    let mut from = index.to_vec();
                    from[axis] = ranked(&lane(&x, index, axis), k);
                    from
                };
                let positions = build(shape, |index| source(index, index[axis])[axis] as f64);
                assert_eq!(t.argsort(from_end).mapv(|i| i as f64), positions);
                let sorted = |index: &[usize]| (0, source(index, index[axis]));
                moves_elements("sort", &[x.clone()], shape, sorted, |_, x| {
                    x[0].sort(axis as isize)
                });

                // Of equal ones the first: the rank among the negated.
                let negated = x.mapv(|x| 0.0 - x);
                let top = |index: &[usize]| {
                    let mut from = index.to_vec();
                    from[axis] = ranked(&lane(&negated, index, axis), index[axis]);
                    (0, from)
                };
                for k in 0..=n {
                    let mut shape = shape.to_vec();
                    shape[axis] = k;
                    moves_elements("topk", &[x.clone()], &shape, top, |_, x| x[0].topk(k, from_end).0);
                    let positions = build(&shape, |index| top(index).1[axis] as f64);
                    assert_eq!(t.topk(k, from_end).1.mapv(|i| i as f64), positions);
                }
                let mut left = shape.to_vec();
                left.remove(axis);
                let inserted = |index: &[usize]| {
                    let mut index = index.to_vec();
                    index.insert(axis, 0);
                    index
                };
                let largest = |index: &[usize]| top(&inserted(index));
                let smallest = |index: &[usize]| (0, source(&inserted(index), 0));
                moves_elements("max", &[x.clone()], &left, largest, |_, x| {
                    x[0].max_with_index(from_end).0
                });
                moves_elements("min", &[x.clone()], &left, smallest, |_, x| {
                    x[0].min_with_index(from_end).0
                });
                let (max, min) = (t.argmax(from_end), t.argmin(from_end));
                assert_eq!(
                    max.mapv(|i| i as f64),
                    build(&left, |i| largest(i).1[axis] as f64)
                );
                assert_eq!(
                    min.mapv(|i| i as f64),
                    build(&left, |i| smallest(i).1[axis] as f64)
                );
                for k in 0..n {
                    let place = |index: &[usize]| (0, source(&inserted(index), k));
                    moves_elements("kth_smallest", &[x.clone()], &left, place, |_, x| {
                        x[0].kth_smallest(k, from_end)
                    });
                }
            }
        }
    }
}

/// Derivatives of three orders, of views too.
#[test]
fn derivatives() {
    let mut rng = fastrand::Rng::with_seed(46);
    let x = [spaced(&[3, 4], &mut rng)];
    for axis in [0, 1] {
        check("sort", &x, |_, x| x[0].sort(axis));
        check("sort of a transpose", &x, |_, x| x[0].t().sort(axis));
        check("topk of a slice", &x, |_, x| {
            x[0].slice(s![..;-1, ..3]).topk(2, axis).0
        });
        check("sort of repeated rows", &x, |_, x| {
            x[0].slice(s![..1, ..]).broadcast_to([3, 4]).sort(axis)
        });
        check("min_with_index", &x, |_, x| x[0].min_with_index(axis).0);
        check("kth_smallest", &x, |_, x| x[0].kth_smallest(1, axis));
    }
    // A sorted array's sum of squares of differences: something that depends on the order.
    check("gaps", &x, |_, x| {
        let y = x[0].reshape([12]).sort(0);
        (y.slice(s![1..]) - y.slice(s![..-1])).square()
    });
}

/// NaN is larger than everything and last in order; the first one is the largest and the smallest.
#[test]
fn with_nan() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[2.0, NAN, 1.0, NAN, 3.0]));
    assert_eq!(x.argsort(0), arr1(&[2, 0, 4, 1, 3]).into_dyn());
    assert_eq!(x.topk(3, 0).1, arr1(&[1, 3, 4]).into_dyn());
    assert_eq!((x.argmax(0)[[]], x.argmin(0)[[]]), (1, 1));
    assert!(x.sort(0).value()[[4]].is_nan());
    assert_eq!(
        x.sort(0).slice(s![..3]).value(),
        arr1(&[1.0, 2.0, 3.0]).into_dyn()
    );
    for y in [x.median(), x.quantile(0.0), x.quantile(0.9)] {
        assert!(y.value().is_nan());
        let g = y.backward();
        assert_eq!(g.wrt(x), arr1(&[0.0, 1.0, 0.0, 0.0, 0.0]).into_dyn());
    }
    // Lanes without NaN are not touched.
    let rows = tape.tensor(&arr2(&[[2.0, NAN, 1.0], [4.0, 6.0, 5.0]]));
    let y = rows.median_axes([1]);
    assert_eq!(y.value()[[1]], 5.0);
    let g = y.slice(s![1..]).sum().backward();
    assert_eq!(g.wrt(rows), arr2(&[[0.0; 3], [0.0, 0.0, 1.0]]).into_dyn());
}

/// −0 and 0 are equal, infinities in their places.
#[test]
fn zeros_and_infinities() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, f64::INFINITY, -0.0, f64::NEG_INFINITY]));
    assert_eq!(x.argsort(0), arr1(&[3, 0, 2, 1]).into_dyn());
    assert_eq!(x.topk(4, 0).1, arr1(&[1, 0, 2, 3]).into_dyn());
    let y = tape.tensor(&arr1(&[f64::INFINITY, f64::INFINITY]));
    assert_eq!(y.median().value(), f64::INFINITY);
}

/// Quantiles between neighbours: 0 is the smallest, 1 the largest; ties share by place.
#[test]
fn quantiles() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[4.0, 1.0, 3.0, 1.0, 2.0]));
    let at = |q: f64| x.quantile(q).value();
    assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(at), [1.0, 1.0, 2.0, 3.0, 4.0]);
    close(
        "between",
        &arr1(&[at(0.3), at(0.9)]).into_dyn(),
        &arr1(&[1.2, 3.6]).into_dyn(),
        1e-15,
    );
    let g = x.quantile(0.125).backward();
    assert_eq!(g.wrt(x), arr1(&[0.0, 0.5, 0.0, 0.5, 0.0]).into_dyn());
    let median = tape.tensor(&arr1(&[1.0, 2.0, 2.0, 2.0])).median();
    assert_eq!(median.value(), 2.0);
}

/// Nothing to put in order.
#[test]
fn of_no_elements() {
    let tape = Tape::new();
    let x = tape.tensor(&ArrayD::<f64>::zeros(vec![2, 0, 3]));
    for axis in 0..3 {
        assert_eq!(x.sort(axis).shape(), [2, 0, 3]);
        assert_eq!(x.argsort(axis).shape(), [2, 0, 3]);
        assert_eq!((2.0 * x.sort(axis)).sum().backward().wrt(x).shape(), [2, 0, 3]);
    }
    assert_eq!(x.topk(0, 1).0.shape(), [2, 0, 3]);
    assert_eq!(x.topk(2, 2).1.shape(), [2, 0, 2]);
    assert_eq!(x.argmax(0).shape(), [0, 3]);
    assert_eq!(x.median_axes([0]).shape(), [0, 3]);
}

/// The same text on plain arrays, without a tape.
#[test]
fn in_plain_numbers() {
    fn spread<V: wengert::ArrayValue>(x: &Term<V>) -> Term<V> {
        x.sort(0).max_with_index(0).0 - x.min_with_index(0).0
            + x.norm_axes(2.0, [0])
            + x.cumprod(0).prod_axes([0])
    }
    let x = arr1(&[2.0, 0.5, 1.0]);
    let plain = spread(&Term::new(Dense::from(&x)));
    let tape = Tape::new();
    let recorded: Tensor = spread(&tape.tensor(&x));
    assert_eq!(plain.inner().view(), recorded.value());
}
