//! Arrays to feed functions with, and ways to look at them.

use ndarray::ArrayD;
use wengert::Real;

/// Irregular numbers of either sign between 0.3 and 1.3 in size, the same for the same shape and seed.
pub(crate) fn irregular(shape: &[usize], seed: usize) -> ArrayD<f64> {
    let n = shape.iter().product::<usize>();
    let number = |i: usize| {
        let i = (i + 97 * seed) as f64;
        let sign = if (i * 0.754_877_666).fract() < 0.5 {
            1.0
        } else {
            -1.0
        };
        sign * (0.3 + (i * 0.618_033_989).fract())
    };
    ArrayD::from_shape_vec(shape, (0..n).map(number).collect()).expect("as many as elements")
}

/// Random numbers from a union of intervals.
pub(crate) fn draw(intervals: &[(f64, f64)], shape: &[usize], rng: &mut fastrand::Rng) -> ArrayD<f64> {
    let n = shape.iter().product::<usize>();
    let mut number = || {
        let (low, high) = intervals[rng.usize(..intervals.len())];
        low + (high - low) * rng.f64()
    };
    ArrayD::from_shape_vec(shape, (0..n).map(|_| number()).collect()).expect("as many as elements")
}

/// Random numbers between −1 and 1 of which no two are close: for functions that choose the largest.
pub(crate) fn spaced(shape: &[usize], rng: &mut fastrand::Rng) -> ArrayD<f64> {
    let n = shape.iter().product::<usize>();
    let mut numbers: Vec<f64> = (0..n).map(|i| 2.0 * (i as f64 + 0.5) / n as f64 - 1.0).collect();
    rng.shuffle(&mut numbers);
    ArrayD::from_shape_vec(shape, numbers).expect("as many as elements")
}

/// Every index of an array of this shape, in row-major order.
pub(crate) fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &n in shape {
        let longer = |index: Vec<usize>| {
            (0..n).map(move |i| {
                let mut index = index.clone();
                index.push(i);
                index
            })
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// A number as another element type, rounded.
pub(crate) fn cast<T: Real>(x: &ArrayD<f64>) -> ArrayD<T> {
    x.mapv(T::lit)
}

/// A number as `f64`, exactly.
pub(crate) fn widen<T: Real>(x: T) -> f64 {
    x.to_f64().expect("f32 and f64 are numbers of f64")
}
