//! One function that crosses between the lanes at every turn, and its first and second derivatives worked out on
//! paper.
//!
//! ```text
//! V  = [[1, a], [a², a³]]      powers of a scalar, from a loop, stacked into a matrix
//! y  = V·x                     a matrix product with a tensor variable
//! f  = sin(y₀)·y₁ + a·Σ x²     two reads, a sum, and scalars again
//! ```

use ndarray::{Array1, ArrayView1, arr1};
use wengert::{Real, Tape, Tensor, Var};

fn f<'t, T: Real>(tape: &'t Tape<T>, a: Var<'t, T>, x: Tensor<'t, T>) -> Var<'t, T> {
    let mut powers = vec![Var::from(T::one())];
    for i in 0..3 {
        powers.push(powers[i] * a);
    }
    let v = tape.stack(&powers).reshape([2, 2]);
    let y = v.matmul(&x);
    y.at([0]).sin() * y.at([1]) + a * x.square().sum()
}

/// The gradient and the Hessian in (a, x₀, x₁), by the product rule: with u = sin y₀,
/// fᵢ = uᵢ·y₁ + u·y₁ᵢ + qᵢ and fᵢⱼ = uᵢⱼ·y₁ + uᵢ·y₁ⱼ + uⱼ·y₁ᵢ + u·y₁ᵢⱼ + qᵢⱼ.
fn by_hand([a, x0, x1]: [f64; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let (y0, y1) = (x0 + a * x1, a * a * x0 + a * a * a * x1);
    let (u, c) = (y0.sin(), y0.cos());
    let y0_i = [x1, 1.0, a];
    let y0_ij = [[0.0, 0.0, 1.0], [0.0; 3], [1.0, 0.0, 0.0]];
    let y1_i = [2.0 * a * x0 + 3.0 * a * a * x1, a * a, a * a * a];
    let y1_ij = [
        [2.0 * x0 + 6.0 * a * x1, 2.0 * a, 3.0 * a * a],
        [2.0 * a, 0.0, 0.0],
        [3.0 * a * a, 0.0, 0.0],
    ];
    let q_i = [x0 * x0 + x1 * x1, 2.0 * a * x0, 2.0 * a * x1];
    let q_ij = [
        [0.0, 2.0 * x0, 2.0 * x1],
        [2.0 * x0, 2.0 * a, 0.0],
        [2.0 * x1, 0.0, 2.0 * a],
    ];
    let u_i = y0_i.map(|y0_i| c * y0_i);
    let u_ij = |i: usize, j: usize| c * y0_ij[i][j] - u * y0_i[i] * y0_i[j];
    let gradient = std::array::from_fn(|i| u_i[i] * y1 + u * y1_i[i] + q_i[i]);
    let hessian = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            u_ij(i, j) * y1 + u_i[i] * y1_i[j] + u_i[j] * y1_i[i] + u * y1_ij[i][j] + q_ij[i][j]
        })
    });
    (gradient, hessian)
}

/// Points at which no term of the formulas nearly cancels another, so that a relative error says something.
fn points() -> impl Iterator<Item = [f64; 3]> {
    let grid = |i: usize| 0.23 + 0.11 * i as f64;
    (0..64).map(move |i| [0.3 + grid(i % 4), grid(i / 4 % 4), 1.1 - grid(i / 16)])
}

#[track_caller]
fn assert_close(got: f64, want: f64, tolerance: f64) {
    assert!(
        (got / want - 1.0).abs() <= tolerance,
        "{got:e} instead of {want:e}"
    );
}

/// The gradient of a function of both lanes equals its formula to 1e-14 relative, from the plain and from the
/// recorded sweep.
#[test]
fn the_gradient_is_the_formula() {
    let mut tape = Tape::new();
    for point in points() {
        let (want, _) = by_hand(point);
        let (a, x) = (tape.var(point[0]), tape.tensor(&arr1(&point[1..])));
        let y = f(&tape, a, x);
        let gradients = y.backward();
        let got = [gradients.wrt(a), gradients.wrt(x)[[0]], gradients.wrt(x)[[1]]];
        let recorded = y.backward_recorded();
        let slopes = recorded.wrt(x).value();
        let again = [recorded.wrt(a).value(), slopes[[0]], slopes[[1]]];
        for i in 0..3 {
            assert_close(got[i], want[i], 1e-14);
            assert_close(again[i], want[i], 1e-14);
        }
        drop(gradients);
        tape.clear();
    }
}

/// All nine second derivatives equal their formulas to 1e-14 relative, by a plain and by a second recorded sweep
/// over each component of the recorded gradient, whichever lane it lies in.
#[test]
fn the_second_derivatives_are_the_formulas() {
    let mut tape = Tape::new();
    for point in points() {
        let (_, want) = by_hand(point);
        let (a, x) = (tape.var(point[0]), tape.tensor(&arr1(&point[1..])));
        let first = f(&tape, a, x).backward_recorded();
        let slopes = [first.wrt(a), first.wrt(x).at([0]), first.wrt(x).at([1])];
        for (slope, want) in slopes.iter().zip(want) {
            let plain = slope.backward();
            let recorded = slope.backward_recorded();
            let (row, again) = (plain.wrt(x), recorded.wrt(x).value());
            let got = [plain.wrt(a), row[[0]], row[[1]]];
            let again = [recorded.wrt(a).value(), again[[0]], again[[1]]];
            for j in 0..3 {
                assert_close(got[j], want[j], 1e-14);
                assert_close(again[j], want[j], 1e-14);
            }
        }
        tape.clear();
    }
}

/// The same function in `f32`, to that type's precision: the lanes are generic in the element type.
#[test]
fn the_same_in_single_precision() {
    for point in points() {
        let (want, hessian) = by_hand(point.map(|x| f64::from(x as f32)));
        let tape = Tape::<f32>::default();
        let [a, x0, x1] = point.map(|x| x as f32);
        let (a, x) = (tape.var(a), tape.tensor(&arr1(&[x0, x1])));
        let first = f(&tape, a, x).backward_recorded();
        assert_close(first.wrt(a).value().into(), want[0], 2e-6);
        let second = first.wrt(a).backward();
        let row: ArrayView1<f32> = second.wrt(x).into_dimensionality().expect("one axis");
        let got: Array1<f64> = row.mapv(f64::from);
        assert_close(second.wrt(a).into(), hessian[0][0], 2e-6);
        assert_close(got[0], hessian[0][1], 2e-6);
        assert_close(got[1], hessian[0][2], 2e-6);
    }
}
