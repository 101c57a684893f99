//! Sum, mean, largest element and log-sum-exp, over every set of axes.

use super::{build, close, subsets, whole};
use crate::common::inputs::{indices, irregular, spaced};
use crate::common::{Tally, check};
use ndarray::ArrayD;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{Tape, Tensor};

const SHAPES: [&[usize]; 6] = [&[], &[1], &[5], &[2, 3], &[3, 1, 4], &[2, 3, 4, 2]];

/// A reduction: its name, the op with the axes dropped or kept, and the same of a list of elements.
struct Reduction {
    name: &'static str,
    drop: for<'t> fn(&Tensor<'t>, &[isize]) -> Tensor<'t>,
    keep: for<'t> fn(&Tensor<'t>, &[isize]) -> Tensor<'t>,
    naive: fn(&[f64]) -> f64,
}

const REDUCTIONS: [Reduction; 4] = [
    Reduction {
        name: "sum",
        drop: |x, axes| x.sum_axes(axes),
        keep: |x, axes| x.sum_keep(axes),
        naive: |x| x.iter().sum(),
    },
    Reduction {
        name: "mean",
        drop: |x, axes| x.mean_axes(axes),
        keep: |x, axes| x.mean_keep(axes),
        naive: |x| x.iter().sum::<f64>() / x.len() as f64,
    },
    Reduction {
        name: "max",
        drop: |x, axes| x.max_axes(axes),
        keep: |x, axes| x.max_keep(axes),
        naive: |x| {
            x.iter()
                .fold(f64::NEG_INFINITY, |m, &x| if x > m { x } else { m })
        },
    },
    Reduction {
        name: "logsumexp",
        drop: |x, axes| x.logsumexp_axes(axes),
        keep: |x, axes| x.logsumexp_keep(axes),
        naive: |x| x.iter().map(|x| x.exp()).sum::<f64>().ln(),
    },
];

/// The shape after a reduction, and the reduction by a loop over all elements for each element of the result.
pub(super) fn by_loops(x: &ArrayD<f64>, axes: &[usize], keep: bool, naive: fn(&[f64]) -> f64) -> ArrayD<f64> {
    let reduced = |i: usize| axes.contains(&i);
    let kept: Vec<usize> = (0..x.ndim())
        .map(|i| if reduced(i) { 1 } else { x.shape()[i] })
        .collect();
    let values = build(&kept, |at| {
        let all = indices(x.shape());
        let run = all
            .iter()
            .filter(|index| (0..x.ndim()).all(|i| reduced(i) || index[i] == at[i]));
        naive(&run.map(|index| x[&index[..]]).collect::<Vec<f64>>())
    });
    let left: Vec<usize> = (0..x.ndim())
        .filter(|&i| keep || !reduced(i))
        .map(|i| kept[i])
        .collect();
    ArrayD::from_shape_vec(left, values.into_iter().collect()).expect("as many elements")
}

/// Axes as a user may write them: in any order, some counted from the end.
pub(super) fn as_written(axes: &[usize], n: usize) -> Vec<isize> {
    let from_end = |i: usize| {
        if i.is_multiple_of(2) {
            i as isize - n as isize
        } else {
            i as isize
        }
    };
    axes.iter().rev().map(|&i| from_end(i)).collect()
}

/// Values by loops (to rounding: at most 48 elements), gradients and Hessians by differences; for every reduction, every
/// set of axes of every shape, the axes dropped or kept.
#[test]
fn over_every_set_of_axes() {
    let mut rng = fastrand::Rng::with_seed(31);
    let mut tally = Tally::default();
    for Reduction {
        name,
        drop,
        keep,
        naive,
    } in &REDUCTIONS
    {
        for shape in SHAPES {
            let x = spaced(shape, &mut rng);
            for axes in subsets(shape.len()) {
                let written = as_written(&axes, shape.len());
                for (kept, op) in [(false, drop), (true, keep)] {
                    let name = format!("{name} of {shape:?} over {written:?}, kept: {kept}");
                    let tape = Tape::new();
                    let value = op(&tape.tensor(&x), &written).value().to_owned();
                    close(&name, &value, &by_loops(&x, &axes, kept, *naive), 1e-15);
                    tally += check(&name, std::slice::from_ref(&x), |_, x| op(&x[0], &written));
                }
            }
        }
    }
    println!("reductions: {tally}");
    assert_eq!(tally.cases, 4 * 2 * (1 + 2 + 2 + 4 + 8 + 16));
}

/// Reductions of transposed, sliced and broadcast operands.
#[test]
fn of_views() {
    let mut rng = fastrand::Rng::with_seed(32);
    let mut tally = Tally::default();
    for Reduction { name, drop, .. } in &REDUCTIONS {
        for axes in [&[][..], &[0], &[1], &[0, 1]] {
            let x = [spaced(&[4, 5], &mut rng)];
            tally += check(&format!("{name} of a transpose over {axes:?}"), &x, |_, x| {
                drop(&x[0].t(), axes)
            });
            tally += check(&format!("{name} of a slice over {axes:?}"), &x, |_, x| {
                drop(&x[0].slice(ndarray::s![1..;2, ..;-2]), axes)
            });
            if *name != "max" {
                // Repeated elements are ties, where the largest has no derivative.
                tally += check(&format!("{name} of repeated rows over {axes:?}"), &x, |_, x| {
                    drop(&x[0].slice(ndarray::s![..1, ..]).broadcast_to([3, 5]), axes)
                });
            }
        }
    }
    assert_eq!(tally.cases, 4 * (4 * 3 - 1));
}

/// The reductions over everything, whose results are scalars.
#[test]
fn of_everything() {
    let mut rng = fastrand::Rng::with_seed(33);
    let mut tally = Tally::default();
    for shape in SHAPES {
        let x = [spaced(shape, &mut rng)];
        tally += check("sum", &x, |_, x| x[0].sum().to_tensor());
        tally += check("mean", &x, |_, x| x[0].mean().to_tensor());
        tally += check("max_all", &x, |_, x| x[0].max_all().to_tensor());
        tally += check("logsumexp", &x, |_, x| x[0].logsumexp().to_tensor());
        let tape = Tape::new();
        let t = tape.tensor(&x[0]);
        let results = [t.sum(), t.mean(), t.max_all(), t.logsumexp()];
        let all: Vec<f64> = x[0].iter().copied().collect();
        for (result, Reduction { name, naive, .. }) in results.iter().zip(&REDUCTIONS) {
            let error = (result.value() - naive(&all)).abs();
            assert!(error < 1e-14, "{name} of all of {shape:?}");
        }
    }
    assert_eq!(tally.cases, 4 * SHAPES.len());
}

/// Long runs are added in blocks and lanes, short ones with a remainder: no element is left out or counted twice at any
/// length. Whole numbers make every order exact; the gradients are ones.
#[test]
fn at_every_length() {
    let tape = Tape::new();
    let lengths = (1..=70)
        .chain(500..=530)
        .chain(1020..=1030)
        .chain([2047, 2048, 2049, 5000]);
    for n in lengths {
        let x = whole(&[n], n);
        let t = tape.tensor(&x);
        let sum: f64 = x.iter().sum();
        assert_eq!(t.sum().value(), sum, "{n} elements");
        assert!(
            t.sum().backward().wrt(t).iter().all(|&g| g == 1.0),
            "{n} elements"
        );
        // The largest element at each end and in the middle.
        for at in [0, n / 2, n - 1] {
            let mut x = x.clone();
            x[[at]] = 100.0;
            let t = tape.tensor(&x);
            let y = t.max_axes([0]).item();
            assert_eq!(y.value(), 100.0, "{n} elements");
            let largest = build(&[n], |i| f64::from(u8::from(i == [at])));
            assert_eq!(y.backward().wrt(t), largest, "{n} elements");
        }
    }
    for rows in 1..=13 {
        let x = whole(&[rows, 37], rows);
        for keep in [0, 1] {
            let sums = tape.tensor(&x).sum_axes([keep]);
            let by_loops = by_loops(&x, &[keep as usize], false, |x| x.iter().sum());
            assert_eq!(sums.value(), by_loops, "{rows} rows, axis {keep}");
        }
    }
}

/// Axes in front or in the middle are reduced by rows: any number of rows, narrow ones and some that fill no register. Whole
/// numbers make sums exact.
#[test]
fn by_rows() {
    for rows in (1..=13).chain([511, 512, 513, 600]) {
        for (outer, inner) in [(1, 2), (1, 150), (2, 7), (3, 8), (2, 37), (1, 64), (2, 65)] {
            let x = whole(&[outer, rows, inner], rows);
            for Reduction {
                name, drop, naive, ..
            } in &REDUCTIONS
            {
                let name = format!("{name} of {outer} × {rows} × {inner}");
                let run = |at: &[usize]| (0..rows).map(|i| x[[at[0], i, at[1]]]).collect::<Vec<_>>();
                let want = build(&[outer, inner], |at| naive(&run(at)));
                let tape = Tape::new();
                let y = drop(&tape.tensor(&x), &[1]).value().to_owned();
                match name.starts_with("logsumexp") {
                    true => close(&name, &y, &want, 1e-14),
                    false => assert_eq!(y, want, "{name}"),
                }
            }
        }
    }
}

/// What is in one column of log-sum-exp leaves its neighbours alone: each is that of the column by itself, and so is the slope.
#[test]
fn columns_with_infinities() {
    const INF: f64 = f64::INFINITY;
    let columns = [
        [1.0, 2.0, 3.0],
        [f64::NAN, 2.0, 3.0],
        [1.0, INF, 3.0],
        [INF, INF, 3.0],
        [-INF, 2.0, 3.0],
        [-INF, -INF, -INF],
        [1e4, 1e4 + 1.0, -1e4],
        [-1e4, -1e4 - 1.0, -2e4],
        [0.0, -0.0, 0.0],
    ];
    let tape = Tape::new();
    let x = tape.tensor(&build(&[3, 9 * 17], |at| columns[at[1] % 9][at[0]]));
    let y = x.logsumexp_axes([0]);
    let slopes = y.sum().backward().wrt(x).to_owned();
    for (j, value) in y.value().iter().enumerate() {
        let column = tape.tensor(&ndarray::arr1(&columns[j % 9]));
        let alone = column.logsumexp();
        let gradients = alone.backward();
        let wrt = gradients.wrt(column);
        let mut pairs = slopes
            .index_axis(ndarray::Axis(1), j)
            .iter()
            .copied()
            .zip(wrt.iter().copied())
            .collect::<Vec<_>>();
        pairs.push((*value, alone.value()));
        for (got, want) in pairs {
            let same = got == want || (got.is_nan() && want.is_nan());
            assert!(
                same || (got - want).abs() <= 2e-15 * want.abs(),
                "column {j}: {got} for {want}"
            );
        }
    }
}

/// Nothing to reduce: the sum is 0, the mean NaN, log-sum-exp −∞, the largest of nothing a panic that says so; gradients are
/// empty.
#[test]
fn of_no_elements() {
    let tape = Tape::new();
    for shape in [&[0][..], &[0, 3], &[2, 0, 3]] {
        let x = tape.tensor(&irregular(shape, 0));
        for axes in subsets(shape.len()) {
            let written = as_written(&axes, shape.len());
            let reduced: usize = axes.iter().map(|&i| shape[i]).product();
            let [sum, mean, logsumexp] = [0, 1, 3].map(|i: usize| (REDUCTIONS[i].drop)(&x, &written));
            assert!(sum.value().iter().all(|&y| y == 0.0));
            assert!(mean.value().iter().all(|y| y.is_nan()));
            assert!(logsumexp.value().iter().all(|&y| y == f64::NEG_INFINITY));
            for y in [sum, mean, logsumexp] {
                let left: usize = y.shape().iter().product();
                assert!(reduced == 0 || left == 0, "{shape:?} over {axes:?}");
                let gradients = (3.0 * y).sum().backward();
                assert_eq!(gradients.wrt(x).shape(), shape);
            }
            let largest = catch_unwind(AssertUnwindSafe(|| x.max_axes(&written)));
            assert_eq!(largest.is_err(), reduced == 0, "{shape:?} over {axes:?}");
        }
    }
}
