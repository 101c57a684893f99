//! The matrix exponential.

use super::*;
use crate::common::{Tally, check};

/// Σ Aᵏ/k!, of A/2ˢ, squared s times.
fn naive(a: &Array2<f64>) -> Array2<f64> {
    let s = 10;
    let a = a / f64::from(1 << s);
    let (mut sum, mut term) = (Array2::<f64>::eye(a.nrows()), Array2::<f64>::eye(a.nrows()));
    for k in 1..20 {
        term = term.dot(&a) / f64::from(k);
        sum += &term;
    }
    (0..s).fold(sum, |y, _| y.dot(&y))
}

#[test]
fn values_and_derivatives() {
    let mut tally = Tally::default();
    for shape in SQUARE {
        let x = [numbers(shape)];
        let name = format!("expm of {shape:?}");
        for factor in [1e-3, 1.0, 5.0] {
            let a = matrices(&value(&x, |_, x| factor * x[0]));
            let y = matrices(&value(&x, |_, x| (factor * x[0]).expm()));
            for (a, y) in a.iter().zip(&y) {
                near(&name, y, &naive(a), 1e-12);
            }
        }
        tally += check(&name, &x, |_, x| x[0].expm());
    }
    let x = [numbers(&[3, 4])];
    tally += check("of views", &x, |_, x| {
        x[0].slice(s![..;-1, 1..])
            .t()
            .expm()
            .matmul(&x[0].slice(s![.., ..;-1]).slice(s![.., ..3]).expm())
    });
    tally += check("squared", &[numbers(&[3, 3])], |_, x| {
        (3.0 * (x[0] - x[0].t())).expm()
    });
    println!("{tally}");
    assert_eq!(tally.cases, SQUARE.len() + 2);
}

/// The derivative at A = diag(a), L(A, E)ᵢⱼ = Eᵢⱼ·(e^(aᵢ) − e^(aⱼ))/(aᵢ − aⱼ), where one block is far larger than the others.
#[test]
fn derivative_at_unequal_blocks() {
    let a = [0.0, 0.5, -30.0, 12.0];
    let tape = Tape::new();
    let x = tape.tensor(&Array2::from_diag(&ndarray::arr1(&a)));
    let g = Array2::from_shape_fn((4, 4), |(i, j)| 1.0 + i as f64 - 0.3 * j as f64);
    let gradient = x.expm().backward_with(&g);
    let got = gradient.wrt(x);
    for ((i, j), g) in g.indexed_iter() {
        let want = match i == j {
            true => g * a[i].exp(),
            false => g * (a[i].exp() - a[j].exp()) / (a[i] - a[j]),
        };
        assert!(
            (got[[i, j]] - want).abs() < 1e-11 * want.abs().max(1.0),
            "{i} {j}: {} {want}",
            got[[i, j]]
        );
    }
}

/// By closed formulas: a nilpotent matrix, a diagonal one, one that turns; in both element types.
#[test]
fn by_hand() {
    let expm = |a: &Array2<f64>| {
        let y = two(value(&[a.clone().into_dyn()], |_, x| x[0].expm()));
        let tape = Tape::<f32>::default();
        let single = tape.tensor(&a.mapv(|x| x as f32)).expm().value().mapv(f64::from);
        if y.iter().all(|y| y.is_finite()) {
            near("expm in f32", &two(single), &y, 1e-5);
        }
        y
    };
    near(
        "nilpotent",
        &expm(&arr2(&[[0.0, 3.0], [0.0, 0.0]])),
        &arr2(&[[1.0, 3.0], [0.0, 1.0]]),
        1e-15,
    );
    let (c, s) = (7.0_f64.cos(), 7.0_f64.sin());
    near(
        "a turn",
        &expm(&arr2(&[[0.0, -7.0], [7.0, 0.0]])),
        &arr2(&[[c, -s], [s, c]]),
        1e-14,
    );
    near(
        "diagonal",
        &expm(&arr2(&[[-20.0, 0.0], [0.0, 2.0]])),
        &arr2(&[[(-20.0_f64).exp(), 0.0], [0.0, 2.0_f64.exp()]]),
        1e-15,
    );
    assert!(
        expm(&arr2(&[[f64::NAN, 0.0], [0.0, 1.0]]))
            .iter()
            .any(|x| x.is_nan())
    );
}

/// The gradient is linear in the cotangent, to the last digits, however large that is.
#[test]
fn a_large_cotangent() {
    let x = numbers(&[3, 3]);
    let tape = Tape::new();
    let a = tape.tensor(&x);
    let y = a.expm();
    let gradient = |size: f64| {
        y.backward_with(&(size * &irregular(&[3, 3], 2)))
            .wrt(a)
            .to_owned()
    };
    let (small, large) = (gradient(1.0), gradient(1e12));
    near("the gradient", &two(large / 1e12), &two(small), 1e-15);
}
