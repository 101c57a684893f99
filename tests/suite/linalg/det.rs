//! The determinant, its derivatives of every order also at singular matrices, its sign and logarithm.

use super::*;
use crate::common::{Tally, check};

#[test]
fn values_and_derivatives() {
    let mut tally = Tally::default();
    for shape in SQUARE {
        let x = [numbers(shape)];
        let name = format!("det of {shape:?}");
        let dets = value(&x, |_, x| x[0].det());
        for (a, det) in matrices(&x[0]).iter().zip(&dets) {
            let want = gauss(a, a).1;
            assert!((det - want).abs() < 1e-14, "{name}: {det} {want}");
        }
        tally += check(&name, &x, |_, x| x[0].det());
        tally += check(&name, &x, |tape, x| regular(tape, x[0]).slogdet().1);
        tally += check(&name, &x, |tape, x| {
            regular(tape, -x[0]).transpose_last().slogdet().1
        });
    }
    println!("{tally}");
    assert_eq!(tally.cases, 3 * SQUARE.len());
}

/// Matrices of every rank: the checker bends them a little, so they are made singular inside.
#[test]
fn of_singular_matrices() {
    for n in [2, 3, 4] {
        for rank in 0..n {
            let x = [irregular(&[n, rank], 1), irregular(&[rank, n], 2)];
            check(
                &format!("det of a matrix of {n} rows and rank {rank}"),
                &x,
                |_, x| x[0].matmul(&x[1]).det(),
            );
            // Differences in all directions, those that raise the rank among them.
            let singular = two(x[0].clone()).dot(&two(x[1].clone()));
            let zeros = [ArrayD::zeros(vec![n, n])];
            check(
                &format!("around a matrix of {n} rows and rank {rank}"),
                &zeros,
                |tape, x| (x[0] + tape.constant(&singular)).det(),
            );
        }
    }
}

/// Conventions: det [[1, 2], [2, 4]] has the gradient [4, −2; −2, 1] and the Hessian of ad − bc.
#[test]
fn the_hessian_of_a_singular_matrix() {
    let tape = Tape::new();
    let a = tape.tensor(&pair());
    let gradient = a.det().item().backward_recorded().wrt(a);
    near(
        "gradient",
        &two(gradient.value().to_owned()),
        &arr2(&[[4.0, -2.0], [-2.0, 1.0]]),
        1e-15,
    );
    for (i, want) in [
        [0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, -1.0, 0.0],
        [0.0, -1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
    ]
    .iter()
    .enumerate()
    {
        let row = gradient.at([i / 2, i % 2]).backward().wrt(a).to_owned();
        let want = Array2::from_shape_vec((2, 2), want.to_vec()).expect("four numbers");
        near("Hessian", &two(row), &want, 1e-15);
    }
    let tape = Tape::<f32>::default();
    let a = tape.tensor(&pair().mapv(|x| x as f32));
    let gradient = two(a.det().item().backward().wrt(a).mapv(f64::from));
    near("gradient", &gradient, &arr2(&[[4.0, -2.0], [-2.0, 1.0]]), 1e-6);
}

/// A matrix of whole numbers has a whole determinant; of no rows, 1; NaN stays NaN.
#[test]
fn special_values() {
    let det = |a: &Array2<f64>| value(&[a.clone().into_dyn()], |_, x| x[0].det())[[]];
    assert_eq!(det(&pair()), 0.0);
    assert_eq!(det(&Array2::zeros((0, 0))), 1.0);
    assert_eq!(
        det(&arr2(&[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])),
        1.0
    );
    assert_eq!(det(&arr2(&[[0.0, 1.0], [1.0, 0.0]])), -1.0);
    assert!(det(&arr2(&[[f64::NAN, 1.0], [1.0, 0.0]])).is_nan());
}

/// Conventions: a singular matrix has the logarithm −∞ and an infinite slope.
#[test]
fn slogdet_of_singular_matrices() {
    let tape = Tape::new();
    let a = tape.tensor(&pair());
    let (sign, log) = a.slogdet();
    assert_eq!(
        (sign.item().value(), log.item().value()),
        (0.0, f64::NEG_INFINITY)
    );
    assert!(log.item().backward().wrt(a).iter().all(|&g| g == f64::INFINITY));
    let tape = Tape::<f32>::default();
    let a = tape.tensor(&pair().mapv(|x| x as f32));
    let (sign, log) = a.slogdet();
    assert_eq!(
        (sign.item().value(), log.item().value()),
        (0.0, f32::NEG_INFINITY)
    );
    assert!(log.item().backward().wrt(a).iter().all(|&g| g == f32::INFINITY));
}

/// The sign is piecewise constant: no tangent and no cotangent comes through it.
#[test]
fn nothing_passes_through_the_sign() {
    let tape = Tape::new();
    let a = tape.tensor(&arr2(&[[2.0, 1.0], [0.5, -3.0]]));
    let (sign, log) = a.slogdet();
    let direction = arr2(&[[1.0, 0.0], [0.0, 0.0]]);
    let tangents = tape.forward().seed_array(a, &direction).sweep();
    assert!(tangents.get(sign).is_none_or(|t| t[[]] == 0.0));
    let want = -3.0 / (-6.0 - 0.5);
    assert!((tangents.of(log)[[]] - want).abs() < 1e-15);
    let both = (sign.item() + log.item()).backward();
    assert_eq!(both.wrt(a), log.item().backward().wrt(a));
}

/// Without overflow, and with the sign.
#[test]
fn slogdet_of_large_determinants() {
    let tape = Tape::new();
    let mut a = 1e10 * Array2::<f64>::eye(101);
    a[[3, 3]] = -1e10;
    let (sign, log) = tape.tensor(&a).slogdet();
    assert_eq!(sign.item().value(), -1.0);
    assert!((log.item().value() - 101.0 * 1e10_f64.ln()).abs() < 1e-10);
}

/// Regular matrices whose rows differ so much in size that their small singular values are lost beside the large ones: the
/// gradient is that of cofactors by hand.
#[test]
fn gradients_of_badly_scaled_matrices() {
    let cofactor = |a: &Array2<f64>, i: usize, j: usize| {
        let n = a.nrows();
        let rest = |at: usize| (0..n).filter(move |&k| k != at);
        let minor: Vec<f64> = rest(i).flat_map(|r| rest(j).map(move |c| a[[r, c]])).collect();
        let size = match n {
            2 => minor[0],
            3 => minor[0] * minor[3] - minor[1] * minor[2],
            _ => {
                let m = |r: usize, c: usize| minor[3 * r + c];
                m(0, 0) * (m(1, 1) * m(2, 2) - m(1, 2) * m(2, 1))
                    - m(0, 1) * (m(1, 0) * m(2, 2) - m(1, 2) * m(2, 0))
                    + m(0, 2) * (m(1, 0) * m(2, 1) - m(1, 1) * m(2, 0))
            }
        };
        if (i + j).is_multiple_of(2) { size } else { -size }
    };
    let four = arr2(&[
        [1e16, 1.0, 0.0, 2.0],
        [3.0, 1.0, 2.0, 0.7],
        [0.0, 3.0, 4.0, 1.0],
        [1.0, 0.0, 2.0, 5.0],
    ]);
    for a in [
        arr2(&[[1e16, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 3.0, 4.0]]),
        arr2(&[[1e200, 1.0], [1.0, 1e-200]]),
        four,
    ] {
        let tape = Tape::new();
        let x = tape.tensor(&a);
        let g = x.det().sum().backward().wrt(x).to_owned();
        for ((i, j), _) in a.indexed_iter() {
            let want = cofactor(&a, i, j);
            let got = g[[i, j]];
            assert!(
                (got - want).abs() <= 1e-14 * want.abs(),
                "{i} {j}: {got:e} instead of {want:e}"
            );
        }
    }
    let tape = Tape::<f32>::default();
    let x = tape.tensor(&arr2(&[[1e8_f32, 1.0, 0.0], [0.0, 1.0, 2.0], [1.0, 3.0, 4.0]]));
    let want = arr2(&[[-2.0, 2.0, -1.0], [-4.0, 4e8, -3e8], [2.0, -2e8, 1e8]]);
    let g = x.det().sum().backward().wrt(x).to_owned();
    assert!(
        (&g - &want)
            .iter()
            .zip(&want)
            .all(|(e, w): (&f32, &f32)| e.abs() <= 1e-6 * w.abs())
    );
}
