//! The Cholesky factor, and what is composed of it.

use super::*;
use crate::common::{Tally, check};
use wengert::LinalgError;
use wengert::ops::linalg::Triangle;

/// Cholesky's algorithm by its definition, of the lower triangle.
fn naive(a: &Array2<f64>) -> Array2<f64> {
    let n = a.nrows();
    let mut l = Array2::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum();
            let rest = a[[i, j]] - sum;
            l[[i, j]] = if i == j { rest.sqrt() } else { rest / l[[j, j]] };
        }
    }
    l
}

#[test]
fn values_and_derivatives() {
    let mut tally = Tally::default();
    for shape in SQUARE {
        let name = format!("cholesky of {shape:?}");
        let x = [numbers(shape)];
        let a = value(&x, |tape, x| definite(tape, x[0]));
        let l = value(&x, |tape, x| definite(tape, x[0]).cholesky().expect("definite"));
        for (a, l) in matrices(&a).iter().zip(matrices(&l)) {
            near(&name, &l, &naive(a), 1e-14);
            near(&name, &l.dot(&l.t()), a, 1e-14);
        }
        tally += check(&name, &x, |tape, x| {
            definite(tape, x[0]).cholesky().expect("definite")
        });
        tally += check(&name, &x, |tape, x| {
            definite(tape, x[0]).logdet().expect("definite")
        });
        let mut vectors = shape[..shape.len() - 1].to_vec();
        let operands = [numbers(shape), irregular(&vectors, 2)];
        tally += check(&name, &operands, |tape, x| {
            definite(tape, x[0]).inv_quadratic(&x[1]).expect("definite")
        });
        vectors.insert(0, 2);
        let operands = [numbers(shape), irregular(&vectors, 2)];
        tally += check(&name, &operands, |tape, x| {
            definite(tape, x[0]).inv_quadratic(&x[1]).expect("definite")
        });
    }
    println!("{tally}");
    assert_eq!(tally.cases, 4 * SQUARE.len());
}

/// The quadratic form and the log-determinant by elimination.
#[test]
fn composed_values() {
    for n in [1, 2, 5] {
        let x = [numbers(&[n, n]), irregular(&[3, n], 1)];
        let a = two(value(&x, |tape, x| definite(tape, x[0])));
        let y = value(&x, |tape, x| {
            definite(tape, x[0]).inv_quadratic(&x[1]).expect("definite")
        });
        let b = two(x[1].clone()).reversed_axes();
        let (z, det) = gauss(&a, &b);
        for (j, y) in y.iter().enumerate() {
            assert!((y - b.column(j).dot(&z.column(j))).abs() < 1e-13);
        }
        let l = value(&x[..1], |tape, x| {
            definite(tape, x[0]).logdet().expect("definite")
        });
        assert!((l[[]] - det.ln()).abs() < 1e-13);
    }
}

/// Views whose memory lies otherwise, and an operand that is used twice.
#[test]
fn of_views() {
    let x = [numbers(&[3, 6])];
    check("of a transpose", &x, |tape, x| {
        definite(tape, x[0].slice(s![.., ..3]).t())
            .t()
            .cholesky()
            .expect("definite")
    });
    check("of a strided view", &x, |tape, x| {
        definite(tape, x[0])
            .slice(s![..;2, ..;2])
            .cholesky()
            .expect("definite")
    });
    check("of a backward view", &x, |tape, x| {
        definite(tape, x[0])
            .slice(s![..;-1, ..;-1])
            .cholesky()
            .expect("definite")
    });
    check("twice", &x, |tape, x| {
        let a = definite(tape, x[0]);
        a.solve_triangular(&a.cholesky().expect("definite"), Triangle::Lower)
            .expect("regular")
    });
}

/// The lower triangle is read, and the gradient is symmetric.
#[test]
fn asymmetric_operands() {
    let tape = Tape::new();
    let a = tape.tensor(&arr2(&[[4.0, 77.0], [2.0, 5.0]]));
    let l = a.cholesky().expect("definite");
    assert_eq!(l.value(), arr2(&[[2.0, 0.0], [1.0, 2.0]]).into_dyn());
    let g = l
        .backward_with(&arr2(&[[0.3, 5.0], [-0.7, 1.1]]))
        .wrt(a)
        .to_owned();
    assert_eq!(g[[0, 1]], g[[1, 0]]);
    // By hand: l₀₀ = √a, l₁₀ = b/√a, l₁₁ = √(c − b²/a) at (a, b, c) = (4, 2, 5).
    let (a, b, c) = (4.0_f64, 2.0_f64, 5.0_f64);
    let root = (c - b * b / a).sqrt();
    let da = 0.3 * 0.5 / a.sqrt() + -0.7 * -0.5 * b / a.powf(1.5) + 1.1 * 0.5 / root * b * b / (a * a);
    let db = -0.7 / a.sqrt() + 1.1 * 0.5 / root * (-2.0 * b / a);
    let want = arr2(&[[da, db / 2.0], [db / 2.0, 1.1 * 0.5 / root]]);
    near("gradient", &two(g), &want, 1e-15);
}

#[test]
fn failures() {
    for (a, order) in [
        (arr2(&[[1.0, 2.0], [2.0, 4.0]]), 2),
        (arr2(&[[-1.0, 0.0], [0.0, 1.0]]), 1),
        (arr2(&[[1.0, 0.0], [0.0, f64::NAN]]), 2),
    ] {
        let tape = Tape::new();
        let found = tape.tensor(&a).cholesky().map(drop);
        assert!(
            matches!(found, Err(LinalgError::NotPositiveDefinite { matrix: 0, minor, .. }) if minor == order),
            "{found:?}"
        );
        let tape = Tape::<f32>::default();
        let found = tape.tensor(&a.mapv(|x| x as f32)).logdet().map(drop);
        assert!(
            matches!(found, Err(LinalgError::NotPositiveDefinite { minor, .. }) if minor == order),
            "{found:?}"
        );
        assert!(
            found
                .expect_err("it fails")
                .to_string()
                .contains(&format!("minor of order {order}"))
        );
    }
    // Minors of every order, also where the library works in blocks.
    for n in [3, 40, 150] {
        for bad in [1, 2, n / 2 + 1, n] {
            let mut a = Array2::<f64>::eye(n);
            a.iter_mut()
                .enumerate()
                .for_each(|(i, a)| *a += 0.01 * ((i * i) as f64).sin());
            let mut a = a.dot(&a.t());
            a[[bad - 1, bad - 1]] = -3.0;
            let tape = Tape::new();
            let found = tape.tensor(&a).cholesky().map(drop);
            assert!(
                matches!(found, Err(LinalgError::NotPositiveDefinite { minor, .. }) if minor == bad),
                "{n} {bad}: {found:?}"
            );
        }
    }
    // The second of a batch.
    let tape = Tape::new();
    let a = ndarray::stack![Axis(0), arr2(&[[2.0]]), arr2(&[[-2.0]]), arr2(&[[-1.0]])];
    let found = tape.tensor(&a).cholesky().map(drop);
    assert!(matches!(
        found,
        Err(LinalgError::NotPositiveDefinite {
            matrix: 1,
            minor: 1,
            ..
        })
    ));
}
