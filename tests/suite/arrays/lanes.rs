//! Rules that go through lanes in one loop, in the plain sweep, give the bits of their expressions, which the recorded sweep
//! evaluates op by op; and sums of squares those of the squares' sum.

use crate::common::check;
use crate::common::inputs::{cast, draw, irregular};
use ndarray::{ArrayD, ArrayViewD, IxDyn, arr1, arr2, s};
use wengert::{Real, Tape, Tensor};

type Op<T> = for<'t> fn(Tensor<'t, T>) -> Tensor<'t, T>;

fn ops<T: Real>() -> [(&'static str, Op<T>); 4] {
    [
        ("softmax", |x| x.softmax(-1)),
        ("masked_softmax", |x| x.masked_softmax(&x.above(-1), -1)),
        ("log_softmax", |x| x.log_softmax(-1)),
        ("standardize", |x| x.standardize([-1], 1e-3)),
    ]
}

/// The numbers exactly, signs of zeros included; one NaN is as good as another.
fn bits<T: Real>(x: ArrayViewD<'_, T>) -> Vec<(u64, i16, i8)> {
    let parts = x.iter().map(|x| match x.is_nan() {
        true => (0, 0, 0),
        false => x.integer_decode(),
    });
    parts.collect()
}

/// Compares the two sweeps, of a result's product with weights and of its sum, whose cotangent is one repeated number.
fn compare<T: Real>(
    name: &str,
    x: &ArrayD<T>,
    weights: &ArrayD<T>,
    op: impl for<'t> Fn(Tensor<'t, T>) -> Tensor<'t, T>,
) {
    let tape = Tape::default();
    let x = tape.tensor(x);
    let y = op(x);
    let w = tape.constant(weights);
    let w = if w.shape() == y.shape() { w } else { w.t() };
    for (kind, loss) in [("weighted", (y * w).sum()), ("summed", (3 * y).sum())] {
        let plain = loss.backward();
        let recorded = loss.backward_recorded().wrt(x);
        assert_eq!(bits(plain.wrt(x)), bits(recorded.value()), "{name}, {kind}");
    }
}

/// Lanes of all lengths: shorter than a register, with and without a rest, added by halves; their operands and cotangents also as
/// views.
fn of_lengths<T: Real>() {
    for n in [1, 2, 3, 15, 16, 17, 40, 511, 512, 513, 1300] {
        let (x, weights) = (
            cast::<T>(&irregular(&[3, n], 1)),
            cast::<T>(&irregular(&[3, n], 2)),
        );
        for (name, op) in ops::<T>() {
            let name = |layout: &str| format!("{name} of {n}, {layout}");
            compare(&name("as it lies"), &x, &weights, op);
            compare(&name("a transpose"), &x, &weights, |x| op(x.t()));
            compare(&name("its cotangent a transpose"), &x, &weights, |x| op(x).t());
            compare(&name("a slice"), &x, &weights, |x| {
                op(Tensor::concat(&[x, 2 * x], 1).slice(s![.., ..;2]))
            });
            compare(&name("a row repeated"), &x, &weights, |x| {
                op(x.slice(s![1..2, ..]).broadcast_to(x.shape())) + x
            });
            compare(&name("three axes"), &x, &weights, |x| {
                op(x.reshape([1, 3, n, 1]).permute([1, 0, 3, 2])).reshape([3, n])
            });
        }
    }
}

#[test]
fn lanes_of_every_length() {
    of_lengths::<f64>();
    of_lengths::<f32>();
}

/// Several axes at once, the last ones or others, and none.
#[test]
fn several_axes() {
    let (x, weights) = (irregular(&[2, 3, 4], 1), irregular(&[2, 3, 4], 2));
    for axes in [&[][..], &[0], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]] {
        let name = format!("standardize over {axes:?}");
        let tape = Tape::new();
        let t = tape.tensor(&x);
        let (y, composed) = (
            t.standardize(axes, 1e-3),
            wengert::nn::standardize(&t, axes, 1e-3).y,
        );
        assert_eq!(bits(y.value()), bits(composed.value()), "{name}");
        let w = tape.constant(&weights);
        let (g, wanted) = ((y * w).sum().backward(), (composed * w).sum().backward());
        let distance = (&g.wrt(t) - &wanted.wrt(t))
            .iter()
            .fold(0.0_f64, |m, d| m.max(d.abs()));
        assert!(distance < 1e-13, "{name}: {distance:e}");
        check(&name, std::slice::from_ref(&x), |_, x| {
            x[0].standardize(axes, 1e-3)
        });
    }
}

/// Infinities, NaN, zeros of both signs and rows of −∞, in operands and in cotangents; and no elements.
#[test]
fn extremes() {
    let (infinity, nan) = (f64::INFINITY, f64::NAN);
    let rows = arr2(&[
        [0.0, -0.0, 1.0],
        [-infinity, -infinity, -infinity],
        [-infinity, 1.0, 2.0],
        [infinity, 1.0, 2.0],
        [nan, 1.0, 2.0],
        [1e300, -1e300, 0.0],
    ])
    .into_dyn();
    let finite = irregular(rows.shape(), 1);
    for (name, op) in ops::<f64>() {
        compare(name, &rows, &finite, op);
        compare(name, &finite, &rows, op);
        compare(name, &rows, &rows, op);
    }
    for (name, op) in ops::<f32>() {
        compare(name, &cast(&rows), &cast(&finite), op);
    }
    for shape in [[0, 3], [3, 0], [0, 0]] {
        let none = ArrayD::zeros(IxDyn(&shape));
        for (name, op) in ops::<f64>() {
            compare(name, &none, &none, op);
        }
    }
    let tape = Tape::new();
    let x = tape.tensor(&rows);
    let y = x.softmax(1);
    let known = |i: usize| y.value().row_of(i);
    assert_eq!(known(2)[0], 0.0);
    for i in [1, 3, 4] {
        assert!(known(i).iter().all(|y| y.is_nan()), "row {i}: {:?}", known(i));
    }
    assert!(x.log_softmax(1).value().row_of(4).iter().all(|y| y.is_nan()));
}

trait RowOf {
    fn row_of(&self, i: usize) -> Vec<f64>;
}

impl RowOf for ArrayViewD<'_, f64> {
    fn row_of(&self, i: usize) -> Vec<f64> {
        self.index_axis(ndarray::Axis(0), i).iter().copied().collect()
    }
}

/// Third derivatives of each, by differences of second ones.
#[test]
fn third_derivatives() {
    let x = draw(&[(-1.0, 1.0)], &[4], &mut fastrand::Rng::with_seed(3));
    let (v, w) = (irregular(&[4], 4), irregular(&[4], 5));
    for (name, op) in ops::<f64>() {
        // The derivative of vᵀ·H·v in the direction w.
        let curvature = |x: &ArrayD<f64>| {
            let tape = Tape::new();
            let (x, v) = (tape.tensor(x), tape.constant(&v));
            let g = (op(x) * &irregular(&[4], 6)).sum().backward_recorded().wrt(x);
            let h = (g * v).sum().backward_recorded().wrt(x);
            let y = (h * v).sum();
            (y.value(), (&y.backward().wrt(x) * &w).sum())
        };
        let step = 1e-4;
        let difference = (curvature(&(&x + step * &w)).0 - curvature(&(&x - step * &w)).0) / (2.0 * step);
        let (_, third) = curvature(&x);
        assert!(third.abs() > 1e-3, "{name}: {third} says nothing");
        assert!(
            (third - difference).abs() < 1e-6 * (1.0 + third.abs()),
            "{name}: {third} and {difference}"
        );
    }
}

/// Sums of squares against squares and their sum: the same value over any axes and of any layout, and 2x·ȳ.
#[test]
fn sums_of_squares() {
    for shape in [&[][..], &[5], &[700], &[3, 4], &[2, 3, 9], &[4, 0, 2]] {
        let x = irregular(shape, 1);
        for number in 0..1 << shape.len() {
            let axes: Vec<isize> = (0..shape.len() as isize)
                .filter(|i| number >> i & 1 == 1)
                .collect();
            let name = format!("over {axes:?} of {shape:?}");
            let tape = Tape::new();
            let t = tape.tensor(&x);
            for t in [t, t.permute((0..shape.len()).rev().collect::<Vec<_>>())] {
                let (y, want) = (t.sum_squares_axes(&axes), t.square().sum_axes(&axes));
                assert_eq!(bits(y.value()), bits(want.value()), "{name}");
                let kept = t.sum_squares_keep(&axes);
                assert_eq!(kept.shape(), t.sum_keep(&axes).shape(), "{name}");
                let seed = irregular(y.shape(), 2);
                let (got, want) = (y.backward_with(&seed), want.backward_with(&seed));
                assert_eq!(bits(got.wrt(t)), bits(want.wrt(t)), "{name}");
            }
            if x.len() < 50 {
                check(&name, std::slice::from_ref(&x), |_, x| {
                    x[0].sum_squares_axes(&axes)
                });
            }
        }
    }
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[3.0, -4.0]));
    let y = x.sum_squares();
    assert_eq!(
        (y.value(), y.backward().wrt(x)),
        (25.0, arr1(&[6.0, -8.0]).into_dyn().view())
    );
}
