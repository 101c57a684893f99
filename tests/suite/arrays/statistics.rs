//! Product, smallest element, variance, standard deviation, norms, sums without NaN, medians and quantiles: over every set of
//! axes, as [`super::reduce`] does for the sums; dot and trace.

use super::reduce::{as_written, by_loops};
use super::{build, close, subsets};
use crate::common::inputs::{irregular, spaced};
use crate::common::{Tally, check};
use ndarray::{ArrayD, IxDyn, s};
use wengert::{Real, Tape, Tensor, Var};

/// A reduction: its name, the op with the axes dropped and kept, over everything, and of a list of elements.
struct Reduction {
    name: &'static str,
    drop: for<'t> fn(&Tensor<'t>, &[isize]) -> Tensor<'t>,
    keep: for<'t> fn(&Tensor<'t>, &[isize]) -> Tensor<'t>,
    all: for<'t> fn(&Tensor<'t>) -> Var<'t>,
    naive: fn(&[f64]) -> f64,
    /// Whether one element alone has a derivative.
    of_one: bool,
}

macro_rules! reduction {
    ($name:literal, $of_one:literal, $drop:ident $keep:ident $all:ident ($($first:expr)?), $naive:expr) => {
        Reduction {
            name: $name,
            drop: |x, axes| x.$drop($($first,)? axes),
            keep: |x, axes| x.$keep($($first,)? axes),
            all: |x| x.$all($($first)?),
            naive: $naive,
            of_one: $of_one,
        }
    };
}

fn variance(x: &[f64], ddof: usize) -> f64 {
    let n = x.len() as f64;
    let pairs = x.iter().flat_map(|a| x.iter().map(move |b| (a - b) * (a - b)));
    // Without a mean: the sum of squared differences of all pairs is 2n·Σ(x − m)².
    pairs.sum::<f64>() / (2.0 * n) / (n - ddof as f64)
}

fn power_norm(x: &[f64], p: f64) -> f64 {
    x.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(1.0 / p)
}

fn ordered(x: &[f64], place: f64) -> f64 {
    // By counting: the element that has as many smaller ones.
    let at = |k: usize| {
        let smaller = |y: &&f64| x.iter().filter(|x| x < y).count() == k;
        *x.iter().find(smaller).expect("no two are equal")
    };
    let w = place.fract();
    let b = if w > 0.0 { at(place as usize + 1) } else { 0.0 };
    at(place as usize) * (1.0 - w) + b * w
}

const REDUCTIONS: [Reduction; 14] = [
    reduction!("prod", true, prod_axes prod_keep prod(), |x| x.iter().product()),
    reduction!("min", true, min_axes min_keep min_all(), |x| {
        x.iter().fold(f64::INFINITY, |m, &x| if x < m { x } else { m })
    }),
    reduction!("var", true, var_axes var_keep var(0), |x| variance(x, 0)),
    reduction!("var, ddof 1", false, var_axes var_keep var(1), |x| variance(x, 1)),
    reduction!("std", false, std_axes std_keep std(0), |x| variance(x, 0).sqrt()),
    reduction!("std, ddof 1", false, std_axes std_keep std(1), |x| variance(x, 1).sqrt()),
    reduction!("norm 1", true, norm_axes norm_keep norm(1.0), |x| power_norm(x, 1.0)),
    reduction!("norm 2", true, norm_axes norm_keep norm(2.0), |x| power_norm(x, 2.0)),
    reduction!("norm 3.5", true, norm_axes norm_keep norm(3.5), |x| power_norm(x, 3.5)),
    reduction!("norm 1.5", true, norm_axes norm_keep norm(1.5), |x| power_norm(x, 1.5)),
    reduction!("norm 0.5", true, norm_axes norm_keep norm(0.5), |x| power_norm(x, 0.5)),
    reduction!("norm ∞", true, norm_axes norm_keep norm(f64::INFINITY), |x| {
        x.iter().fold(0.0, |m: f64, x| m.max(x.abs()))
    }),
    reduction!("median", true, median_axes median_keep median(), |x| {
        ordered(x, 0.5 * (x.len() - 1) as f64)
    }),
    reduction!("quantile 0.3", true, quantile_axes quantile_keep quantile(0.3), |x| {
        ordered(x, 0.3 * (x.len() - 1) as f64)
    }),
];

/// Numbers of either sign between 0.5 and 1.5 in size, of which no two have nearly the same size.
fn distinct(shape: &[usize], rng: &mut fastrand::Rng) -> ArrayD<f64> {
    let signs = irregular(shape, 7).mapv(f64::signum);
    spaced(shape, rng).mapv(|x| 0.5 * x + 1.0) * signs
}

/// Values by loops, gradients, Hessians and third derivatives by differences.
#[test]
fn over_every_set_of_axes() {
    let mut rng = fastrand::Rng::with_seed(41);
    let mut tally = Tally::default();
    let mut skipped = 0;
    for op in &REDUCTIONS {
        for shape in [&[][..], &[1], &[5], &[4], &[2, 3], &[2, 1, 3]] {
            let x = distinct(shape, &mut rng);
            for axes in subsets(shape.len()) {
                let written = as_written(&axes, shape.len());
                let reduced: usize = axes.iter().map(|&i| shape[i]).product();
                if reduced == 1 && !op.of_one {
                    skipped += 1;
                    continue;
                }
                for (kept, f) in [(false, op.drop), (true, op.keep)] {
                    let name = format!("{} of {shape:?} over {written:?}, kept: {kept}", op.name);
                    let tape = Tape::new();
                    let value = f(&tape.tensor(&x), &written).value().to_owned();
                    close(&name, &value, &by_loops(&x, &axes, kept, op.naive), 4e-15);
                    if !kept || axes.len() == 1 {
                        tally += check(&name, std::slice::from_ref(&x), |_, x| f(&x[0], &written));
                    }
                }
            }
            if x.len() > 1 || op.of_one {
                tally += check(op.name, std::slice::from_ref(&x), |_, x| {
                    (op.all)(&x[0]).to_tensor()
                });
            }
        }
    }
    println!("statistics: {tally}");
    assert_eq!(skipped, 3 * (1 + 2 + 1 + 1 + 1 + 2));
    assert_eq!(tally.cases, 11 * (2 + 4 + 4 + 4 + 7 + 12) + 3 * (3 + 3 + 6 + 9));
}

/// Operands that are transposed, sliced with steps backwards, or repeated by broadcasting (where that is no tie).
#[test]
fn of_views() {
    let mut rng = fastrand::Rng::with_seed(42);
    let mut tally = Tally::default();
    for op in &REDUCTIONS {
        for axes in [&[0][..], &[1], &[0, 1]] {
            let x = [distinct(&[3, 4], &mut rng)];
            let name = format!("{} of a view over {axes:?}", op.name);
            tally += check(&name, &x, |_, x| (op.drop)(&x[0].t(), axes));
            tally += check(&name, &x, |_, x| (op.drop)(&x[0].slice(s![1.., ..;-2]), axes));
            if !["min", "norm ∞"].contains(&op.name) && !op.name.starts_with("std") {
                tally += check(&name, &x, |_, x| {
                    (op.drop)(&x[0].slice(s![..1, ..]).broadcast_to([2, 4]), axes)
                });
            }
        }
    }
    assert_eq!(tally.cases, 14 * 6 + 10 * 3);
}

/// Nothing to reduce.
#[test]
fn of_no_elements() {
    let tape = Tape::new();
    for shape in [&[0][..], &[0, 3], &[2, 0, 3]] {
        let x = tape.tensor(&irregular(shape, 0));
        for axes in subsets(shape.len()) {
            let written = as_written(&axes, shape.len());
            let reduced: usize = axes.iter().map(|&i| shape[i]).product();
            for op in REDUCTIONS.iter().filter(|op| op.name != "min" || reduced > 0) {
                let y = (op.drop)(&x, &written);
                let want = match op.name {
                    "prod" => 1.0,
                    name if name.starts_with("norm") => 0.0,
                    _ => f64::NAN,
                };
                let fits = |y: &f64| *y == want || (y.is_nan() && want.is_nan());
                assert!(
                    y.value().iter().all(fits),
                    "{} of {shape:?} over {axes:?}",
                    op.name
                );
                assert_eq!((3.0 * y).sum().backward().wrt(x).shape(), shape, "{}", op.name);
            }
        }
    }
}

/// Products with zeros: all derivatives up to the third by differences, gradient and Hessian by leaving factors out.
#[test]
fn products_with_zeros() {
    let mut tally = Tally::default();
    for (zeros, n) in [
        (0, 5),
        (1, 3),
        (1, 6),
        (2, 5),
        (3, 4),
        (4, 7),
        (2, 2),
        (1, 1),
        (5, 5),
    ] {
        let mut x = irregular(&[n], n);
        (0..zeros).for_each(|k| x[[(2 * k + 1) % n]] = 0.0);
        tally += check("prod with zeros", &[x.clone()], |_, x| x[0].prod_axes([0]));

        let without = |left_out: &[usize]| {
            let rest = (0..n).filter(|i| !left_out.contains(i)).map(|i| x[[i]]);
            rest.product::<f64>()
        };
        let tape = Tape::new();
        let t = tape.tensor(&x);
        let y = t.prod();
        let gradient = build(&[n], |i| without(i));
        close("gradient", &y.backward().wrt(t).to_owned(), &gradient, 1e-15);
        let recorded = y.backward_recorded().wrt(t);
        for i in 0..n {
            let row = recorded.at([i]).backward().wrt(t).to_owned();
            let want = build(&[n], |j| if j[0] == i { 0.0 } else { without(&[i, j[0]]) });
            close("a row of the Hessian", &row, &want, 1e-15);
        }
    }
    assert_eq!(tally.cases, 9);
}

/// Without NaN, the same as sum and mean; with it, the same as of the others.
#[test]
fn sums_without_nan() {
    let mut tally = Tally::default();
    let ops: [(for<'t> fn(&Tensor<'t>, &[isize]) -> Tensor<'t>, f64); 2] = [
        (|x, axes| x.nansum_axes(axes), 1.0),
        (|x, axes| x.nanmean_keep(axes), 0.5),
    ];
    for (op, share) in ops {
        for axes in [&[][..], &[0], &[1], &[0, 1]] {
            let x = irregular(&[3, 4], 5);
            tally += check("without NaN", &[x], |_, x| op(&x[0].t(), axes));
        }
        let tape = Tape::new();
        let x = tape.tensor(&ndarray::arr2(&[[1.0, f64::NAN, 2.0], [f64::NAN; 3]]));
        let y = op(&x, &[1]);
        let first = y.value().iter().next().copied();
        assert_eq!(first, Some(3.0 * share));
        let g = (y.reshape([2]).slice(s![..1]) * 5.0).sum().backward();
        let want = ndarray::arr2(&[[5.0 * share, 0.0, 5.0 * share], [0.0; 3]]);
        assert_eq!(g.wrt(x), want.into_dyn());
    }
    assert_eq!(tally.cases, 8);
}

/// Norms of large and small numbers have the gradient of ordinary ones, in both element types.
#[test]
fn scaled_norms() {
    fn examine<T: Real>(sizes: &[f64]) {
        for &size in sizes {
            for n in [1, 2, 3, 17, 600] {
                let tape = Tape::<T>::default();
                let x = irregular(&[n], 3).mapv(|x| T::lit(x));
                let (plain, scaled) = (tape.tensor(&x), tape.tensor(&x.mapv(|x| x * T::lit(size))));
                for p in [2.0, 3.0, 0.5] {
                    let (y, z) = (plain.norm(p), scaled.norm(p));
                    let size = T::lit(size);
                    let near = |a: T, b: T| (a - b).abs() <= T::lit(16.0) * T::epsilon() * b.abs();
                    assert!(near(z.value() / size, y.value()), "norm {p} at {size:e}");
                    let (g, h) = (y.backward(), z.backward());
                    let pairs = g.wrt(plain).into_iter().zip(h.wrt(scaled));
                    for (&g, &h) in pairs {
                        assert!(near(h, g), "slope of norm {p} at {size:e}: {h} instead of {g}");
                    }
                }
            }
        }
    }
    examine::<f64>(&[1e200, 1e-200, 1e300, 1e-300, 1e154, 1e-154, 1e-146, 1e146]);
    examine::<f32>(&[1e20, 1e-20, 1e30, 1e-30, 1e15, 1e-15]);
    // The borders of the range.
    for x in [f64::MAX, 5e-324, f64::MIN_POSITIVE] {
        let tape = Tape::new();
        let t = tape.tensor(&ndarray::arr1(&[-x]));
        assert_eq!(t.norm(2.0).value(), x);
        assert_eq!(t.norm(2.0).backward().wrt(t)[0], -1.0);
    }
}

/// A variance far from 0, where the difference of two means would have no digits.
#[test]
fn a_variance_far_from_zero() {
    let tape = Tape::new();
    let x = tape.tensor(&ndarray::arr1(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]));
    assert_eq!(x.var(1).value(), 30.0);
    let want = ndarray::arr1(&[-4.0, -2.0, 2.0, 4.0]).into_dyn();
    assert_eq!(x.var(1).backward().wrt(x), want);
    let large = tape.tensor(&ndarray::arr1(&[-3e200, 3e200]));
    assert!((large.std(0).value() - 3e200).abs() < 1e185);
}

/// A derivative that does not exist is no number: the second one of a norm, and of a standard deviation.
#[test]
fn second_derivatives_at_zero() {
    let ops: [(f64, fn(Tensor<'_>) -> Var<'_>); 5] = [
        (0.0, |x| x.norm(2.0)),
        (0.0, |x| x.norm(3.0)),
        (0.0, |x| x.norm(1.5)),
        (0.0, |x| x.norm(0.5)),
        (2.0, |x| x.std(0)),
    ];
    for (at, op) in ops {
        let tape = Tape::new();
        let x = tape.tensor(&ArrayD::from_elem(IxDyn(&[3]), at));
        let slope = op(x).backward_recorded().wrt(x);
        assert!(
            slope.value().iter().all(|&g| g == 0.0),
            "{slope:?}",
            slope = slope.value()
        );
        let v = irregular(&[3], 1);
        let second = (slope * &v).sum().backward();
        assert!(second.wrt(x).iter().all(|g| g.is_nan()), "{}", second.wrt(x));
        let tangents = tape.forward().seed_array(x, &v).sweep();
        assert!(tangents.of(slope).iter().all(|g| g.is_nan()));
    }
    // A zero entry beside others: x/y is smooth there, |x|^1.5 is not.
    let tape = Tape::new();
    let x = tape.tensor(&ndarray::arr1(&[0.0, 2.0]));
    let second = |p: f64| {
        let slope = x.norm(p).backward_recorded().wrt(x).at([0]);
        slope.backward().wrt(x)[0]
    };
    assert_eq!(second(2.0), 0.5);
    assert_eq!(second(3.0), 0.0);
    assert!(second(1.5).is_nan() && second(0.5).is_nan());
    assert_eq!(
        x.norm(1.0).backward_recorded().wrt(x).at([0]).backward().wrt(x)[0],
        0.0
    );
}

/// At ties a choice is made, or shared, once: the second derivative is 0.
#[test]
fn second_derivatives_at_ties() {
    let ops: [fn(Tensor<'_>) -> Tensor<'_>; 8] = [
        |x| x.max_axes([0]),
        |x| x.min_axes([0]),
        |x| x.norm_axes(f64::INFINITY, [0]),
        |x| x.cummax(0),
        |x| x.cummin(0),
        |x| x.sort(0),
        |x| x.topk(2, 0).0,
        |x| x.median_axes([0]),
    ];
    for (i, op) in ops.iter().enumerate() {
        let tape = Tape::new();
        let x = tape.tensor(&ndarray::arr1(&[2.0, 1.0, 2.0, 1.0]));
        let slope = op(x).sum().backward_recorded().wrt(x);
        assert!(slope.value().iter().any(|&g| g != 0.0));
        let second = (slope * irregular(&[4], 1)).sum().backward();
        assert!(second.wrt(x).iter().all(|&g| g == 0.0), "{i}: {}", second.wrt(x));
    }
}

/// Scalar products and traces.
#[test]
fn dot_and_trace() {
    let mut tally = Tally::default();
    for n in [1, 2, 5, 17] {
        let x = [irregular(&[n], 1), irregular(&[n], 2)];
        tally += check("dot", &x, |_, x| x[0].dot(&x[1]).to_tensor());
        tally += check("dot with itself", &x[..1], |_, x| x[0].dot(&x[0]).to_tensor());
        tally += check("dot of a view", &x, |_, x| {
            x[0].slice(s![..;-1]).dot(&x[1]).to_tensor()
        });
        let tape = Tape::new();
        let (a, b) = (tape.tensor(&x[0]), tape.tensor(&x[1]));
        let want: f64 = x[0].iter().zip(&x[1]).map(|(a, b)| a * b).sum();
        assert!((a.dot(&b).value() - want).abs() < 1e-14);
    }
    for shape in [[1, 1], [3, 3], [2, 5], [5, 2]] {
        let x = irregular(&shape, 1);
        tally += check("trace", &[x.clone()], |_, x| x[0].trace().to_tensor());
        tally += check("trace of a transpose", &[x.clone()], |_, x| {
            x[0].t().trace().to_tensor()
        });
        let want: f64 = (0..shape[0].min(shape[1])).map(|i| x[[i, i]]).sum();
        let tape = Tape::new();
        let t = tape.tensor(&x);
        assert!((t.trace().value() - want).abs() < 1e-15);
        let diagonal = build(&shape, |i| f64::from(u8::from(i[0] == i[1])));
        assert_eq!(t.trace().backward().wrt(t), diagonal);
    }
    assert_eq!(tally.cases, 4 * 3 + 4 * 2);
    let tape = Tape::new();
    let none = tape.tensor(&irregular(&[0], 0));
    assert_eq!(none.dot(&none).value(), 0.0);
    let none = tape.tensor(&irregular(&[0, 3], 0));
    assert_eq!(
        (none.trace().value(), none.trace().backward().wrt(none).len()),
        (0.0, 0)
    );
}
