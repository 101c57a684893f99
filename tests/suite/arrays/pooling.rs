//! Max and average pooling, against nested loops.

use super::{build, close, whole};
use crate::common::inputs::{cast, indices, irregular, spaced};
use crate::common::{Tally, check};
use ndarray::{ArrayD, Axis, IxDyn};
use proptest::prelude::*;
use wengert::ops::pool::Pooling;
use wengert::{Real, Tape, Tensor};

#[derive(Debug, Clone)]
struct Case {
    n: usize,
    c: usize,
    extent: [usize; 2],
    size: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Case {
    fn options(&self) -> Pooling<2> {
        Pooling::new(self.size).stride(self.stride).padding(self.padding)
    }
    fn image(&self) -> [usize; 4] {
        [self.n, self.c, self.extent[0], self.extent[1]]
    }
    fn result(&self) -> [usize; 4] {
        let count = |i: usize| {
            let padded = self.extent[i] + 2 * self.padding[i];
            (0..padded)
                .step_by(self.stride[i])
                .take_while(|&at| at + self.size[i] <= padded)
                .count()
        };
        [self.n, self.c, count(0), count(1)]
    }
    /// The places of the image in a window.
    fn places(&self, y: &[usize]) -> Vec<[usize; 4]> {
        let place = |i: usize, k: usize| {
            let at = (y[i + 2] * self.stride[i] + k).checked_sub(self.padding[i])?;
            (at < self.extent[i]).then_some(at)
        };
        let inside = indices(&self.size).into_iter();
        inside
            .filter_map(|k| Some([y[0], y[1], place(0, k[0])?, place(1, k[1])?]))
            .collect()
    }
}

/// Values, cotangents and second derivatives of Σ t ⊙ y² against sums over each window's places, with these weights.
fn linear<T: Real>(
    name: &str,
    case: &Case,
    tolerance: f64,
    weights: impl Fn(&ArrayD<f64>, &[[usize; 4]]) -> Vec<f64>,
    f: impl for<'t> Fn(Tensor<'t, T>) -> Tensor<'t, T>,
) {
    let (a, g) = (whole(&case.image(), 1), whole(&case.result(), 2));
    // A window's sum, and its adjoint.
    let forth = |x: &ArrayD<f64>| {
        build(&case.result(), |y| {
            let places = case.places(y);
            let weighted = places.iter().zip(weights(&a, &places));
            weighted.map(|(&at, w)| w * x[at]).sum()
        })
    };
    let back = |y: &ArrayD<f64>| {
        let mut out = ArrayD::zeros(IxDyn(&case.image()));
        for index in indices(&case.result()) {
            let places = case.places(&index);
            let weights = weights(&a, &places);
            places
                .iter()
                .zip(weights)
                .for_each(|(&at, w)| out[at] += w * y[&index[..]]);
        }
        out
    };
    let same = |what: &str, got: ArrayD<T>, want: &ArrayD<f64>| {
        let got = got.mapv(|x| x.to_f64().expect("a number"));
        close(&format!("{name}: {what}"), &got, want, tolerance);
    };
    let tape = Tape::<T>::default();
    let (x, t) = (tape.tensor(&cast::<T>(&a)), tape.tensor(&cast::<T>(&g)));
    let y = f(x);
    let pooled = forth(&a);
    same("value", y.value().to_owned(), &pooled);
    let loss = (t * y.square()).sum();
    let first = back(&(2.0 * &g * &pooled));
    same("cotangent", loss.backward().wrt(x).to_owned(), &first);
    let recorded = loss.backward_recorded().wrt(x);
    same("recorded cotangent", recorded.value().to_owned(), &first);
    let v = whole(&case.image(), 3);
    let second = (recorded * cast::<T>(&v)).sum().backward();
    same(
        "second order",
        second.wrt(x).to_owned(),
        &back(&(2.0 * &g * forth(&v))),
    );
    same(
        "second order, mixed",
        second.wrt(t).to_owned(),
        &(2.0 * &pooled * forth(&v)),
    );
}

/// 1 for the first largest of the places, 0 for the others.
fn of_largest(x: &ArrayD<f64>, places: &[[usize; 4]]) -> Vec<f64> {
    let largest = places.iter().map(|&at| x[at]).fold(f64::NEG_INFINITY, f64::max);
    let first = places.iter().position(|&at| x[at] == largest);
    (0..places.len())
        .map(|i| f64::from(u8::from(first == Some(i))))
        .collect()
}

fn examine<T: Real>(case: &Case, tolerance: f64) {
    let name = format!("{case:?} in {}", T::NAME);
    let options = case.options();
    linear::<T>(&format!("max_pool2d {name}"), case, tolerance, of_largest, |x| {
        x.max_pool2d(options)
    });
    let all = (case.size[0] * case.size[1]) as f64;
    let of_all = |_: &ArrayD<f64>, places: &[[usize; 4]]| vec![1.0 / all; places.len()];
    linear::<T>(&format!("avg_pool2d {name}"), case, tolerance, of_all, |x| {
        x.avg_pool2d(options)
    });
    let there = |_: &ArrayD<f64>, places: &[[usize; 4]]| vec![1.0 / places.len() as f64; places.len()];
    linear::<T>(
        &format!("avg_pool2d {name}, what is there"),
        case,
        tolerance,
        there,
        |x| x.avg_pool2d(options.count_padding(false)),
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Images by loops; whole numbers between −7 and 7, so that many are equal.
    #[test]
    fn images(
        (n, c) in (0_usize..=2, 1_usize..=3),
        size in [1_usize..=3, 1..=3],
        stride in [1_usize..=4, 1..=4],
        padding in [0_usize..=2, 0..=2],
        more in [0_usize..=5, 0..=5],
    ) {
        let padding = [0, 1].map(|i| padding[i].min(size[i] - 1));
        let extent = [0, 1].map(|i| size[i].saturating_sub(2 * padding[i]).max(1) + more[i]);
        let case = Case { n, c, extent, size, stride, padding };
        // Means of terms up to 2·7·7·7 in size, which may cancel.
        examine::<f64>(&case, 700.0 * f64::EPSILON);
        examine::<f32>(&case, 700.0 * f64::from(f32::EPSILON));
    }

    /// Signals are images of height 1.
    #[test]
    fn signals(size in 1_usize..=4, stride in 1_usize..=4, padding in 0_usize..=3, more in 0_usize..=8) {
        let padding = padding.min(size - 1);
        let n = size.saturating_sub(2 * padding).max(1) + more;
        let tape = Tape::new();
        let x = tape.tensor(&whole(&[2, 3, n], 1));
        let image = x.reshape([2, 3, 1, n]);
        let line = Pooling::new([size]).stride([stride]).padding([padding]);
        let flat = Pooling::new([1, size]).stride([1, stride]).padding([0, padding]);
        let pairs = [
            (x.max_pool1d(line), image.max_pool2d(flat)),
            (x.avg_pool1d(line), image.avg_pool2d(flat)),
            (x.avg_pool1d(line.count_padding(false)), image.avg_pool2d(flat.count_padding(false))),
        ];
        for (got, want) in pairs {
            prop_assert_eq!(got.value(), want.value().remove_axis(Axis(2)));
            let seed = whole(got.shape(), 2);
            let lifted = seed.clone().insert_axis(Axis(2));
            let (got, want) = (got.backward_with(&seed), want.backward_with(&lifted));
            prop_assert_eq!(got.wrt(x), want.wrt(x));
        }
    }
}

/// Three orders by differences.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    let mut rng = fastrand::Rng::with_seed(72);
    for (shape, options) in [
        ([1, 1, 2, 2], Pooling::new([2, 2])),
        ([2, 2, 3, 4], Pooling::new([2, 3]).stride([1, 2]).padding([1, 1])),
        ([1, 2, 4, 5], Pooling::new([3, 2]).stride([2, 1]).padding([1, 0])),
    ] {
        let x = [spaced(&shape, &mut rng)];
        tally += check(&format!("max_pool2d {options:?}"), &x, |_, x| {
            x[0].max_pool2d(options)
        });
        tally += check(&format!("avg_pool2d {options:?}"), &x, |_, x| {
            x[0].avg_pool2d(options)
        });
        tally += check(&format!("avg_pool2d {options:?}, what is there"), &x, |_, x| {
            x[0].avg_pool2d(options.count_padding(false))
        });
        tally += check(&format!("max_pool2d of a view {options:?}"), &x, |_, x| {
            x[0].permute([1, 0, 3, 2])
                .slice(ndarray::s![.., .., ..;-1, ..])
                .max_pool2d(options)
        });
    }
    let x = [irregular(&[2, 3, 5], 1)];
    tally += check("max_pool1d", &x, |_, x| x[0].max_pool1d(Pooling::new([2])));
    tally += check("avg_pool1d", &x, |_, x| {
        x[0].avg_pool1d(Pooling::new([2]).stride([1]))
    });
    println!("pooling: {tally}");
    assert_eq!(tally.cases, 14);
}
