//! Singular values and vectors, and the pseudo-inverse.

use super::*;
use crate::common::{Tally, check};
use ndarray::Array1;
use wengert::LinalgError;

const SHAPES: [&[usize]; 9] = [
    &[0, 0],
    &[1, 1],
    &[2, 2],
    &[3, 3],
    &[3, 2],
    &[2, 4],
    &[2, 2, 3],
    &[2, 0],
    &[4, 1],
];

fn all<'t>((u, s, v): (Tensor<'t>, Tensor<'t>, Tensor<'t>)) -> Tensor<'t> {
    Tensor::pack(&[u, s, v])
}

#[test]
fn values_and_derivatives() {
    let mut tally = Tally::default();
    for shape in SHAPES {
        let x = [numbers(shape)];
        let name = format!("svd of {shape:?}");
        let svd = |k: usize| {
            value(&x, |tape, x| {
                let (u, s, v) = spread_wide(tape, x[0]).svd().expect("finite");
                [u, s, v][k]
            })
        };
        let a = matrices(&value(&x, |tape, x| spread_wide(tape, x[0])));
        let (u, s, v) = (matrices(&svd(0)), svd(1), matrices(&svd(2)));
        let k = s.shape()[s.ndim() - 1];
        let s = s.to_shape((a.len(), k)).expect("rows of singular values");
        for (i, a) in a.iter().enumerate() {
            orthonormal(&name, &u[i]);
            orthonormal(&name, &v[i]);
            near(&name, &(&u[i] * &s.row(i)).dot(&v[i].t()), a, 1e-14);
            assert!(s.row(i).iter().zip(s.row(i).iter().skip(1)).all(|(a, b)| a > b));
        }
        tally += check(&name, &x, |tape, x| {
            all(spread_wide(tape, x[0]).svd().expect("finite"))
        });
        tally += check(&name, &x, |tape, x| {
            spread_wide(tape, x[0]).svd().expect("finite").0
        });
        tally += check(&name, &x, |tape, x| {
            spread_wide(tape, x[0]).svd().expect("finite").2
        });
        tally += check(&name, &x, |tape, x| {
            spread_wide(tape, x[0]).svdvals().expect("finite")
        });
        tally += check(&name, &x, |tape, x| {
            spread_wide(tape, x[0]).pinv().expect("finite")
        });
    }
    let x = [numbers(&[4, 6])];
    tally += check("of a strided view", &x, |tape, x| {
        all(spread_wide(tape, x[0])
            .slice(s![..;-2, ..;-2])
            .t()
            .svd()
            .expect("finite"))
    });
    println!("{tally}");
    assert_eq!(tally.cases, 5 * SHAPES.len() + 1);
}

/// Penrose's four conditions.
#[test]
fn the_pseudo_inverse() {
    for (m, n, rank) in [(3, 3, 3), (4, 2, 2), (2, 4, 2), (3, 3, 2), (4, 3, 1), (3, 4, 0)] {
        let a = two(irregular(&[m, rank], 1)).dot(&two(irregular(&[rank, n], 2)));
        let p = two(value(&[a.clone().into_dyn()], |_, x| {
            x[0].pinv().expect("finite")
        }));
        near("A·P·A", &a.dot(&p).dot(&a), &a, 1e-13);
        near("P·A·P", &p.dot(&a).dot(&p), &p, 1e-13);
        near("A·P", &a.dot(&p).t().to_owned(), &a.dot(&p), 1e-13);
        near("P·A", &p.dot(&a).t().to_owned(), &p.dot(&a), 1e-13);
    }
}

/// Conventions: of a matrix without full rank, made so inside, whose rank no change of the factors alters.
#[test]
fn the_pseudo_inverse_without_full_rank() {
    for (m, n, rank) in [(3, 3, 2), (3, 2, 1), (2, 3, 1)] {
        let x = [irregular(&[m, rank], 1), irregular(&[rank, n], 2)];
        check("pinv", &x, |_, x| x[0].matmul(&x[1]).pinv().expect("finite"));
    }
    let tape = Tape::<f32>::default();
    let x = tape.tensor(&pair().mapv(|x| x as f32));
    let g = x.pinv().expect("finite").sum().backward().wrt(x).to_owned();
    // A = x·xᵀ with x = (1, 2): A⁺ = A/25; the gradient by its formula in f64.
    let tape = Tape::new();
    let x = tape.tensor(&pair());
    let want = x.pinv().expect("finite").sum().backward().wrt(x).to_owned();
    near("pinv in f32", &two(g.mapv(f64::from)), &two(want), 1e-6);
}

/// Conventions: repeated singular values have the right gradient where only they are used: that of Σ s² is 2A.
#[test]
fn repeated_values() {
    let turn = arr2(&[[0.6, -0.8], [0.8, 0.6]]);
    let tall = arr2(&[[0.6, -0.8], [0.8, 0.6], [0.0, 0.0]]);
    for a in [Array2::eye(3), Array2::zeros((2, 3)), 2.0 * turn, tall, pair()] {
        let (long, short) = (
            gradient::<f64>(&a, |x| x.svdvals().expect("finite").square().sum()),
            gradient::<f32>(&a, |x| x.svdvals().expect("finite").square().sum()),
        );
        near("svdvals", &long, &(2.0 * &a), 1e-14);
        near("svdvals", &short, &(2.0 * &a), 1e-6);
    }
}

/// Conventions: the nuclear norm at 0 has the gradient I.
#[test]
fn nuclear_norm_at_zero() {
    let tape = Tape::new();
    let x = tape.tensor(&Array2::<f64>::zeros((2, 2)));
    let g = x.svdvals().expect("finite").sum().backward().wrt(x).to_owned();
    assert_eq!(g, Array2::<f64>::eye(2).into_dyn());
    let tape = Tape::<f32>::default();
    let x = tape.tensor(&Array2::<f32>::zeros((2, 2)));
    let g = x.svdvals().expect("finite").sum().backward().wrt(x).to_owned();
    assert_eq!(g, Array2::<f32>::eye(2).into_dyn());
}

/// Conventions: where a loss uses vectors of repeated or vanishing singular values, no finite number stands in for the
/// gradient; where it uses others, it is right.
#[test]
fn vectors_of_repeated_values() {
    let a = Array2::from_diag(&Array1::from(vec![3.0, 1.0, 1.0]));
    let tape = Tape::new();
    let x = tape.tensor(&a);
    let (u, s, v) = x.svd().expect("finite");
    for loss in [u.at([1, 1]), v.at([1, 1]), (u * s).matmul(&v.t()).sum()] {
        assert!(loss.backward().wrt(x).iter().all(|g| !g.is_finite()));
    }
    // σ·u·vᵀ of the first: its derivative along E has the elements E₀ⱼ and Eᵢ₀ weighted by 9/8 and 3/8.
    let first = (s.slice(s![..1]) * u.slice(s![.., ..1])).matmul(&v.slice(s![.., ..1]).t());
    let g = first.at([0, 1]).backward().wrt(x).to_owned();
    let mut want = Array2::zeros((3, 3));
    (want[[0, 1]], want[[1, 0]]) = (9.0 / 8.0, 3.0 / 8.0);
    near("the first term", &two(g), &want, 1e-14);
    // Without full rank, the space outside of U is not reached by a division by 0.
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[1.0, 2.0], [2.0, 4.0], [0.0, 0.0]]));
    let (u, _, _) = x.svd().expect("finite");
    assert!(u.at([2, 1]).backward().wrt(x).iter().any(|g| !g.is_finite()));
    assert!(u.at([2, 0]).backward().wrt(x).iter().all(|g| g.is_finite()));
}

#[test]
fn failures() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[1.0, f64::NAN], [0.0, 1.0]]));
    assert!(matches!(
        x.svd().map(drop),
        Err(LinalgError::NoConvergence { .. })
    ));
    assert!(matches!(
        x.pinv().map(drop),
        Err(LinalgError::NoConvergence { .. })
    ));
}

/// Elements whose squares overflow or vanish.
#[test]
fn large_and_small_elements() {
    for size in [1e160, 1e-160] {
        let tape = Tape::new();
        let x = tape.tensor(&(arr2(&[[1.0, 1.0], [0.0, 1.0]]) * size));
        let s = x.svdvals().expect("finite").value().to_owned() / size;
        let golden = (1.0 + 5.0_f64.sqrt()) / 2.0;
        assert!(
            (s[0] - golden).abs() < 1e-15 && (s[1] - 1.0 / golden).abs() < 1e-15,
            "{s}"
        );
        let inverse = x.pinv().expect("finite").value().to_owned() * size;
        assert!(
            (inverse - arr2(&[[1.0, -1.0], [0.0, 1.0]]))
                .iter()
                .all(|e| e.abs() < 1e-14)
        );
    }
}
