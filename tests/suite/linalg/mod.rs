//! Linear algebra: values against naive elimination, derivatives of three orders by the checker, with every subset of
//! operands tracked, in batches, on transposed, strided and backward views, of matrices without rows and with one.

mod cholesky;
mod det;
mod eigh;
mod expm;
mod qr;
mod solve;
mod svd;

use crate::common::inputs::{cast, irregular, widen};
use ndarray::{Array2, ArrayD, Axis, Ix2, arr2, s};
use wengert::{Real, Tape, Tensor, Var};

/// Matrices of a batch, one by one.
fn matrices(x: &ArrayD<f64>) -> Vec<Array2<f64>> {
    let (batch, last) = x.shape().split_at(x.ndim() - 2);
    let flat = x.to_shape((batch.iter().product::<usize>(), last[0], last[1]));
    let flat = flat.expect("the same elements");
    flat.axis_iter(Axis(0)).map(|x| x.to_owned()).collect()
}

/// The gradient of a loss at a matrix, in one element type.
fn gradient<T: Real>(a: &Array2<f64>, loss: impl for<'t> Fn(&Tensor<'t, T>) -> Var<'t, T>) -> Array2<f64> {
    let tape = Tape::<T>::default();
    let x = tape.tensor(&cast::<T>(&a.clone().into_dyn()));
    two(loss(&x).backward().wrt(x).mapv(widen))
}

/// I for each matrix of a shape.
fn eye<'t>(tape: &'t Tape, n: usize) -> Tensor<'t> {
    tape.constant(&Array2::<f64>::eye(n))
}

/// B·Bᵀ + c·I: symmetric, positive definite.
fn definite<'t>(tape: &'t Tape, b: Tensor<'t>) -> Tensor<'t> {
    let n = b.shape()[b.shape().len() - 2];
    b.matmul(&b.transpose_last()) + 1.5 * eye(tape, n)
}

/// B + c·I: invertible, and well so.
fn regular<'t>(tape: &'t Tape, b: Tensor<'t>) -> Tensor<'t> {
    let n = b.shape()[b.shape().len() - 1];
    0.4 * b + 2.0 * eye(tape, n)
}

/// 1, 2, 3, … along the diagonal of an m×n matrix, times `step`.
fn steps<'t>(tape: &'t Tape, m: usize, n: usize, step: f64) -> Tensor<'t> {
    let entry = |(i, j)| if i == j { step * (i + 1) as f64 } else { 0.0 };
    tape.constant(&Array2::from_shape_fn((m, n), entry))
}

/// Symmetric, with eigenvalues well apart.
fn spread<'t>(tape: &'t Tape, b: Tensor<'t>) -> Tensor<'t> {
    let n = b.shape()[b.shape().len() - 1];
    0.2 * (b + b.transpose_last()) + steps(tape, n, n, 2.0)
}

/// An m×n matrix with singular values well apart, and from 0.
fn spread_wide<'t>(tape: &'t Tape, b: Tensor<'t>) -> Tensor<'t> {
    let [.., m, n] = *b.shape() else {
        panic!("it is a matrix");
    };
    0.2 * b + steps(tape, m, n, 1.5)
}

/// Qᵀ·Q = I.
#[track_caller]
fn orthonormal(name: &str, q: &Array2<f64>) {
    near(name, &q.t().dot(q), &Array2::eye(q.ncols()), 1e-14);
}

/// Gauss's elimination with row exchanges: the solution of A·x = b, and the determinant.
fn gauss(a: &Array2<f64>, b: &Array2<f64>) -> (Array2<f64>, f64) {
    let (n, mut a, mut x, mut det) = (a.nrows(), a.clone(), b.clone(), 1.0);
    for k in 0..n {
        let size = |i: &usize| a[[*i, k]].abs();
        let p = (k..n).max_by(|i, j| size(i).total_cmp(&size(j))).expect("a row");
        if p != k {
            det = -det;
            for m in [&mut a, &mut x] {
                for j in 0..m.ncols() {
                    m.swap([k, j], [p, j]);
                }
            }
        }
        det *= a[[k, k]];
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[[i, k]] / a[[k, k]];
            for m in [&mut a, &mut x] {
                let (mut to, from) = m.multi_slice_mut((s![i, ..], s![k, ..]));
                to.scaled_add(-factor, &from);
            }
        }
    }
    for i in 0..n {
        let pivot = a[[i, i]];
        x.row_mut(i).map_inplace(|x| *x /= pivot);
    }
    (x, det)
}

#[track_caller]
fn near(name: &str, got: &Array2<f64>, want: &Array2<f64>, tolerance: f64) {
    assert_eq!(got.shape(), want.shape(), "{name}");
    let size = want.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
    for (got, want) in got.iter().zip(want) {
        assert!(
            (got - want).abs() <= tolerance * size,
            "{name}: {got:e} instead of {want:e}"
        );
    }
}

/// The value of a function of tensors.
fn value(inputs: &[ArrayD<f64>], f: impl for<'t> Fn(&'t Tape, &[Tensor<'t>]) -> Tensor<'t>) -> ArrayD<f64> {
    let tape = Tape::new();
    let x: Vec<Tensor> = inputs.iter().map(|x| tape.tensor(x)).collect();
    f(&tape, &x).value().to_owned()
}

/// Shapes of square matrices, with and without a batch.
const SQUARE: [&[usize]; 7] = [
    &[0, 0],
    &[1, 1],
    &[2, 2],
    &[3, 3],
    &[4, 4],
    &[2, 3, 3],
    &[2, 1, 2, 2],
];

fn two(x: ArrayD<f64>) -> Array2<f64> {
    x.into_dimensionality::<Ix2>().expect("a matrix")
}

fn numbers(shape: &[usize]) -> ArrayD<f64> {
    irregular(shape, 5)
}

fn pair() -> Array2<f64> {
    arr2(&[[1.0, 2.0], [2.0, 4.0]])
}
