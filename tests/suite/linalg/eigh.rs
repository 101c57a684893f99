//! Eigenvalues and eigenvectors of symmetric matrices.

use super::*;
use crate::common::{Tally, check};
use ndarray::Array1;
use wengert::LinalgError;

fn both<'t>((values, vectors): (Tensor<'t>, Tensor<'t>)) -> Tensor<'t> {
    Tensor::pack(&[values, vectors])
}

#[test]
fn values_and_derivatives() {
    let mut tally = Tally::default();
    for shape in SQUARE {
        let x = [numbers(shape)];
        let n = shape[shape.len() - 1];
        let name = format!("eigh of {shape:?}");
        let a = matrices(&value(&x, |tape, x| spread(tape, x[0])));
        let l = value(&x, |tape, x| spread(tape, x[0]).eigvalsh().expect("finite"));
        let v = matrices(&value(&x, |tape, x| spread(tape, x[0]).eigh().expect("finite").1));
        let rows = l
            .to_shape((l.len() / n.max(1), n))
            .expect("rows of eigenvalues")
            .to_owned();
        for ((a, v), l) in a.iter().zip(&v).zip(rows.rows()) {
            orthonormal(&name, v);
            near(&name, &(v * &l).dot(&v.t()), a, 1e-14);
            assert!(l.iter().zip(l.iter().skip(1)).all(|(a, b)| a < b), "{l}");
        }
        tally += check(&name, &x, |tape, x| {
            both(spread(tape, x[0]).eigh().expect("finite"))
        });
        tally += check(&name, &x, |tape, x| spread(tape, x[0]).eigh().expect("finite").1);
        tally += check(&name, &x, |tape, x| {
            spread(tape, x[0]).eigvalsh().expect("finite")
        });
    }
    let x = [numbers(&[4, 4])];
    tally += check("of a strided view", &x, |tape, x| {
        both(spread(tape, x[0]).slice(s![..;-2, ..;-2]).eigh().expect("finite"))
    });
    println!("{tally}");
    assert_eq!(tally.cases, 3 * SQUARE.len() + 1);
}

/// The eigenvalues of [a b; b c] by hand.
#[test]
fn by_hand() {
    let (a, b, c) = (1.3_f64, -0.7, 0.4);
    let root = ((a - c) * (a - c) / 4.0 + b * b).sqrt();
    let l = value(&[arr2(&[[a, f64::NAN], [b, c]]).into_dyn()], |_, x| {
        x[0].eigvalsh().expect("finite")
    });
    assert!(
        (l[[0]] - ((a + c) / 2.0 - root)).abs() < 1e-15 && (l[[1]] - ((a + c) / 2.0 + root)).abs() < 1e-15
    );
}

/// A symmetric matrix with these eigenvalues, and no zeros.
fn with_values(values: &[f64]) -> Array2<f64> {
    let n = values.len();
    let tape = Tape::new();
    let (q, _) = tape
        .tensor(&(0.3 * two(irregular(&[n, n], 4)) + Array2::<f64>::eye(n)))
        .qr();
    let q = two(q.value().to_owned());
    let a = (&q * &Array1::from(values.to_vec())).dot(&q.t());
    (&a + &a.t()) / 2.0
}

/// Conventions: repeated eigenvalues have the right gradient where only they are used, Σ f(λᵢ) having V·f′(Λ)·Vᵀ.
#[test]
fn repeated_values() {
    for a in [
        Array2::eye(3),
        Array2::zeros((3, 3)),
        with_values(&[1.0, 2.0, 2.0]),
        with_values(&[1.0, 1.0, 1.0]),
    ] {
        let (long, short) = (
            gradient::<f64>(&a, |x| x.eigvalsh().expect("finite").powi(3).sum()),
            gradient::<f32>(&a, |x| x.eigvalsh().expect("finite").powi(3).sum()),
        );
        near("eigvalsh", &long, &(3.0 * a.dot(&a)), 1e-14);
        near("eigvalsh", &short, &(3.0 * a.dot(&a)), 1e-5);
    }
}

/// A vector whose eigenvalue is its own, beside others that share one: the derivatives of the space that it spans, by
/// differences, of every order.
#[test]
fn beside_repeated_values() {
    let a = with_values(&[1.0, 1.0, 3.0]);
    let tape = Tape::new();
    let x = tape.tensor(&a);
    let (values, vectors) = x.eigh().expect("finite");
    let v = vectors.slice(s![.., 2..]);
    let g = (v.matmul(&v.t()) * irregular(&[3, 3], 6)).sum() + values.at([2]).powi(2);
    let g = g.backward().wrt(x).to_owned();
    // By differences along symmetric directions, which separate the repeated values.
    let loss = |a: Array2<f64>| {
        let tape = Tape::new();
        let (values, vectors) = tape.tensor(&a).eigh().expect("finite");
        let v = vectors.slice(s![.., 2..]);
        ((v.matmul(&v.t()) * irregular(&[3, 3], 6)).sum() + values.at([2]).powi(2)).value()
    };
    let d = two(irregular(&[3, 3], 9));
    let d = &d + &d.t();
    let want = (loss(&a + &(1e-5 * &d)) - loss(&a - &(1e-5 * &d))) / 2e-5;
    let got = (two(g) * &d).sum();
    assert!((got - want).abs() < 1e-8, "{got} {want}");
}

/// Conventions: where a loss uses the vectors of a repeated eigenvalue, no finite number stands in for the gradient; at A = I
/// the loss Σ G ⊙ V·Λ²·Vᵀ would get diag 2G in the place of 2G.
#[test]
fn vectors_of_repeated_values() {
    for a in [Array2::eye(2), with_values(&[2.0, 2.0])] {
        let tape = Tape::new();
        let x = tape.tensor(&a);
        let (values, vectors) = x.eigh().expect("finite");
        let square = (vectors * values.square()).matmul(&vectors.t());
        for loss in [
            (square * arr2(&[[1.0, 0.5], [0.5, 2.0]])).sum(),
            vectors.at([0, 0]),
        ] {
            assert!(loss.backward().wrt(x).iter().all(|g| g.is_nan()));
        }
    }
}

/// The lower triangle is read, and the gradient is symmetric.
#[test]
fn asymmetric_operands() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[1.0, 9.0], [0.5, 3.0]]));
    let (values, vectors) = x.eigh().expect("finite");
    let g = (values.at([0]) + vectors.at([0, 1])).backward().wrt(x).to_owned();
    assert_eq!(g[[0, 1]], g[[1, 0]]);
}

#[test]
fn failures() {
    let tape = Tape::new();
    for bad in [f64::NAN, f64::INFINITY] {
        let found = tape.tensor(&arr2(&[[1.0, 0.0], [bad, 1.0]])).eigh().map(drop);
        assert!(matches!(found, Err(LinalgError::NoConvergence { matrix: 0, .. })));
    }
}
