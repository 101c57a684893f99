//! Systems of equations and the inverse.

use super::*;
use crate::common::{Tally, check};
use wengert::LinalgError;
use wengert::ops::linalg::Triangle;

const TRIANGLES: [Triangle; 4] = [
    Triangle::Lower,
    Triangle::LowerTransposed,
    Triangle::Upper,
    Triangle::UpperTransposed,
];

/// The elements that a triangular system reads, as it reads them.
fn as_read(a: &Array2<f64>, triangle: Triangle) -> Array2<f64> {
    let lower = Array2::from_shape_fn(a.dim(), |(i, j)| if j <= i { a[[i, j]] } else { 0.0 });
    let upper = Array2::from_shape_fn(a.dim(), |(i, j)| if j >= i { a[[i, j]] } else { 0.0 });
    match triangle {
        Triangle::Lower => lower,
        Triangle::LowerTransposed => lower.reversed_axes(),
        Triangle::Upper => upper,
        Triangle::UpperTransposed => upper.reversed_axes(),
    }
}

/// Shapes of a matrix and a right side; the last has as many rows, or one axis.
const SYSTEMS: [(&[usize], &[usize]); 10] = [
    (&[1, 1], &[1]),
    (&[3, 3], &[3]),
    (&[2, 2], &[2, 3]),
    (&[3, 3], &[3, 1]),
    (&[3, 3], &[3, 0]),
    (&[0, 0], &[0, 2]),
    (&[2, 2, 2], &[2, 1]),
    (&[2, 2], &[3, 2, 2]),
    (&[2, 1, 2, 2], &[3, 2, 1]),
    (&[2, 3, 3], &[3]),
];

#[test]
fn derivatives() {
    let mut tally = Tally::default();
    for (a, b) in SYSTEMS {
        let x = [numbers(a), irregular(b, 3)];
        let name = format!("solve {a:?} {b:?}");
        tally += check(&name, &x, |tape, x| {
            regular(tape, x[0]).solve(&x[1]).expect("regular")
        });
        for triangle in TRIANGLES {
            let name = format!("{triangle:?} {a:?} {b:?}");
            tally += check(&name, &x, |tape, x| {
                regular(tape, x[0])
                    .solve_triangular(&x[1], triangle)
                    .expect("regular")
            });
        }
    }
    for shape in SQUARE {
        let name = format!("inv of {shape:?}");
        tally += check(&name, &[numbers(shape)], |tape, x| {
            regular(tape, x[0]).inv().expect("regular")
        });
    }
    println!("{tally}");
    assert_eq!(tally.cases, 5 * SYSTEMS.len() + SQUARE.len());
}

#[test]
fn values() {
    for n in [1, 2, 3, 7, 40] {
        let x = [numbers(&[n, n]), irregular(&[n, 2], 4)];
        let a = two(value(&x, |tape, x| regular(tape, x[0])));
        let b = two(x[1].clone());
        let y = two(value(&x, |tape, x| {
            regular(tape, x[0]).solve(&x[1]).expect("regular")
        }));
        let scale = if n > 10 { 1e-10 } else { 1e-13 };
        near("solve", &y, &gauss(&a, &b).0, scale);
        near(
            "inv",
            &two(value(&x[..1], |tape, x| {
                regular(tape, x[0]).inv().expect("regular")
            }))
            .dot(&a),
            &Array2::eye(n),
            scale,
        );
        if n > 10 {
            continue; // A triangle of such numbers is no regular matrix.
        }
        for triangle in TRIANGLES {
            let y = two(value(&x, |tape, x| {
                regular(tape, x[0])
                    .solve_triangular(&x[1], triangle)
                    .expect("regular")
            }));
            near("triangular", &y, &gauss(&as_read(&a, triangle), &b).0, 1e-13);
        }
    }
}

/// Batches against their matrices one by one, in either operand.
#[test]
fn batches() {
    let x = [numbers(&[2, 1, 3, 3]), irregular(&[4, 3, 2], 4)];
    let y = value(&x, |tape, x| regular(tape, x[0]).solve(&x[1]).expect("regular"));
    assert_eq!(y.shape(), [2, 4, 3, 2]);
    let a = matrices(&value(&x, |tape, x| regular(tape, x[0])));
    let (b, y) = (matrices(&x[1]), matrices(&y));
    for i in 0..2 {
        for j in 0..4 {
            near("batch", &y[4 * i + j], &gauss(&a[i], &b[j]).0, 1e-13);
        }
    }
}

/// Transposed, strided and backward operands.
#[test]
fn of_views() {
    let x = [numbers(&[3, 4]), irregular(&[4, 6], 3)];
    check("transposed", &x, |tape, x| {
        regular(tape, x[0].slice(s![.., 1..]))
            .t()
            .solve(&x[1].t().slice(s![..;2, ..]))
            .expect("regular")
    });
    check("backward", &x, |tape, x| {
        let a = regular(tape, x[0].slice(s![.., ..3])).slice(s![..;-1, ..;-1]);
        a.solve_triangular(&x[1].slice(s![1.., ..;-2]), Triangle::Upper)
            .expect("regular")
    });
    check("inverse of a transpose", &x[..1], |tape, x| {
        regular(tape, x[0].slice(s![.., ..3])).t().inv().expect("regular")
    });
    check("a matrix with itself", &x[..1], |tape, x| {
        let a = regular(tape, x[0].slice(s![.., ..3]));
        a.solve(&a.square()).expect("regular")
    });
}

/// A triangular system neither reads nor tracks the other triangle.
#[test]
fn the_other_triangle() {
    let tape = Tape::new();
    let l = tape.tensor(&arr2(&[[2.0, f64::NAN], [1.0, 4.0]]));
    let b = tape.tensor(&arr2(&[[2.0], [9.0]]));
    for (triangle, want) in [
        (Triangle::Lower, [1.0, 2.0]),
        (Triangle::LowerTransposed, [-0.125, 2.25]),
    ] {
        let y = l.solve_triangular(&b, triangle).expect("regular");
        assert_eq!(y.value().iter().copied().collect::<Vec<_>>(), want);
        let g = y.sum().backward().wrt(l).to_owned();
        assert!(g[[0, 1]] == 0.0 && g[[1, 0]] != 0.0, "{g}");
    }
}

#[test]
fn singular_matrices() {
    let tape = Tape::new();
    let (a, b) = (tape.tensor(&pair()), tape.tensor(&Array2::<f64>::eye(2)));
    assert!(matches!(
        a.inv().map(drop),
        Err(LinalgError::Singular { matrix: 0, .. })
    ));
    assert!(matches!(a.solve(&b).map(drop), Err(LinalgError::Singular { .. })));
    let tape = Tape::<f32>::default();
    let (a, b) = (
        tape.tensor(&pair().mapv(|x| x as f32)),
        tape.tensor(&Array2::<f32>::eye(2)),
    );
    assert!(matches!(a.inv().map(drop), Err(LinalgError::Singular { .. })));
    assert!(matches!(a.solve(&b).map(drop), Err(LinalgError::Singular { .. })));
    let l = tape.tensor(&arr2(&[[1.0, 0.0], [3.0, 0.0]]));
    assert!(matches!(
        l.solve_triangular(&b, Triangle::Lower).map(drop),
        Err(LinalgError::Singular { .. })
    ));
    // NaN is no pivot of 0: it comes out again.
    let a = tape.tensor(&arr2(&[[f32::NAN, 1.0], [1.0, 1.0]]));
    let y = a.inv().expect("it is not known to be singular");
    assert!(y.value().iter().any(|y| y.is_nan()));
}

#[test]
#[should_panic(expected = "solve: the shapes [2, 2] and [3] do not fit")]
fn a_right_side_that_does_not_fit() {
    let tape = Tape::new();
    let _ = tape
        .tensor(&pair())
        .solve(&tape.tensor(&ndarray::arr1(&[1.0, 2.0, 3.0])));
}

#[test]
#[should_panic(expected = "inv: the shape [2, 3] does not fit")]
fn a_matrix_that_is_not_square() {
    let tape = Tape::new();
    let _ = tape.tensor(&Array2::<f64>::zeros((2, 3))).inv();
}
