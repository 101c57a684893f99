//! The incomplete gamma and beta functions: closed forms, recurrences, and derivatives in every argument by the checker.

use super::{build, close};
use crate::common::inputs::draw;
use crate::common::{Tally, check};
use ndarray::{ArrayD, arr0, arr1, s};
use wengert::{Tape, Tensor, Var};

/// P(n, x) = 1 − e⁻ˣ·Σ xᵏ/k! over k < n
fn erlang(n: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 1..=n as i32 {
        sum += term;
        term *= x / f64::from(k);
    }
    1.0 - (-x).exp() * sum
}

/// I_x(a, b) for whole a and b: the chance of at least a successes among a + b − 1.
fn successes(a: f64, b: f64, x: f64) -> f64 {
    let n = (a + b) as i32 - 1;
    let (mut choose, mut sum) = (1.0, 0.0);
    for k in 0..=n {
        if k >= a as i32 {
            sum += choose * x.powi(k) * (1.0 - x).powi(n - k);
        }
        choose *= f64::from(n - k) / f64::from(k + 1);
    }
    sum
}

/// Values at whole parameters, over shapes that broadcast.
#[test]
fn at_whole_parameters() {
    let a: ArrayD<f64> = arr1(&[1.0, 2.0, 3.0, 7.0, 20.0]).into_dyn();
    let x = build(&[6, 1], |i| 0.3 + 4.0 * i[0] as f64);
    let tape = Tape::new();
    let (p, q) = (tape.tensor(&a), tape.tensor(&x));
    let want = build(&[6, 5], |i| erlang(a[i[1]], x[[i[0], 0]]));
    close("gammainc", &p.gammainc(q).value().to_owned(), &want, 1e-14);
    close(
        "gammaincc",
        &p.gammaincc(q).value().to_owned(),
        &want.mapv(|y| 1.0 - y),
        1e-14,
    );
    let b: ArrayD<f64> = arr1(&[1.0, 4.0, 9.0]).into_dyn();
    let x = build(&[4, 1, 1], |i| 0.05 + 0.3 * i[0] as f64);
    let (r, q) = (tape.tensor(&b), tape.tensor(&x));
    let want = build(&[4, 5, 3], |i| successes(a[i[1]], b[i[2]], x[[i[0], 0, 0]]));
    let y = p.reshape([5, 1]).betainc(r, q);
    close("betainc", &y.value().to_owned(), &want, 1e-14);
}

/// Recurrences between parameters, in values and in every first derivative:
/// P(a + 1, x) = P(a, x) − x^a·e⁻ˣ/Γ(a + 1) and I_x(a, b + 1) = I_x(a, b) + x^a·(1 − x)^b/(b·B(a, b)).
#[test]
fn at_neighbouring_parameters() {
    let mut rng = fastrand::Rng::with_seed(81);
    for _ in 0..200 {
        let tape = Tape::new();
        let [a, b] = [(); 2].map(|()| tape.var(0.1 + 6.0 * rng.f64()));
        let (x, z) = (tape.var(8.0 * rng.f64()), tape.var(rng.f64()));
        let near = (a * x.ln() - x - (a + 1.0).lgamma()).exp();
        let gamma = (a + 1.0).gammainc(x) - a.gammainc(x) + near;
        let beta =
            (a * z.ln() + b * (1.0 - z).ln() + (a + b).lgamma() - a.lgamma() - (b + 1.0).lgamma()).exp();
        let beta = a.betainc(b + 1.0, z) - a.betainc(b, z) - beta;
        for (y, of) in [(gamma, &[a, x][..]), (beta, &[a, b, z])] {
            assert!(y.value().abs() < 2e-14, "{} of {a} {b} {x} {z}", y.value());
            for slope in y.backward().wrt(of) {
                // The slopes of what is subtracted are as large as 1/x.
                let size = 1.0 + 1.0 / x.value() + 1.0 / z.value() + 1.0 / (1.0 - z.value());
                assert!(slope.abs() < 2e-13 * size, "{slope:e} of {a} {b} {x} {z}");
            }
        }
    }
}

const A: (f64, f64) = (0.7, 3.0);
const X: (f64, f64) = (0.4, 4.0);
const Z: (f64, f64) = (0.15, 0.85);

/// Derivatives of three orders in every argument, on every side of the switches between series and fraction.
#[test]
fn derivatives() {
    let mut rng = fastrand::Rng::with_seed(82);
    let mut tally = Tally::default();
    let mut gamma = |name: &str, shapes: [&[usize]; 2], view: for<'t> fn(Tensor<'t>) -> Tensor<'t>| {
        let x = [A, X].into_iter().zip(shapes);
        let x: Vec<ArrayD<f64>> = x.map(|(d, shape)| draw(&[d], shape, &mut rng)).collect();
        tally += check(&format!("gammainc of {shapes:?}, {name}"), &x, |_, x| {
            view(x[0]).gammainc(x[1])
        });
        tally += check(&format!("gammaincc of {shapes:?}, {name}"), &x, |_, x| {
            view(x[0]).gammaincc(x[1])
        });
    };
    for shapes in [
        [&[][..], &[]],
        [&[3], &[3]],
        [&[4], &[]],
        [&[], &[4]],
        [&[2, 1], &[3]],
        [&[0], &[1]],
    ] {
        gamma("plain", shapes, |x| x);
    }
    gamma("transposed", [&[3, 2], &[2, 3]], |x| x.t());
    gamma("backwards, every other", [&[6], &[3]], |x| x.slice(s![..;-2]));
    for shapes in [
        [&[][..], &[], &[]],
        [&[3], &[3], &[3]],
        [&[2], &[], &[2]],
        [&[2, 1], &[2], &[]],
        [&[0], &[1], &[]],
    ] {
        let x = [A, A, Z].into_iter().zip(shapes);
        let x: Vec<ArrayD<f64>> = x.map(|(d, shape)| draw(&[d], shape, &mut rng)).collect();
        let name = format!("betainc of {shapes:?}");
        tally += check(&name, &x, |_, x| x[0].betainc(x[1], x[2]));
    }
    let x = [
        draw(&[A], &[3, 2], &mut rng),
        draw(&[A], &[2, 6], &mut rng),
        draw(&[Z], &[2, 3], &mut rng),
    ];
    tally += check("betainc of views", &x, |_, x| {
        x[0].t()
            .betainc(x[1].slice(s![.., ..;-2]), x[2].slice(s![..;-1, ..]))
    });
    let x = [draw(&[(0.7, 3.0)], &[3], &mut rng)];
    tally += check("gammainc of one operand", &x, |_, x| x[0].gammainc(x[0]));
    let x = [draw(&[(0.6, 0.8)], &[3], &mut rng)];
    tally += check("betainc of one operand", &x, |_, x| x[0].betainc(x[0], x[0]));
    println!("incomplete functions: {tally}");
    assert_eq!(tally.cases, 2 * 8 + 5 + 3);
}

/// Scalars have the array's bits, value and gradient; constants are not recorded.
#[test]
fn of_scalars() {
    let tape = Tape::new();
    let numbers = [1.3, 2.4, 0.6];
    let [a, b, x] = numbers.map(|x| tape.var(x));
    let [r, s, z] = numbers.map(|x| tape.tensor(&arr0(x)));
    for (y, t) in [
        (a.gammainc(x), r.gammainc(z)),
        (a.gammaincc(x), r.gammaincc(z)),
        (a.betainc(b, x), r.betainc(s, z)),
    ] {
        assert_eq!(y.value(), t.item().value());
        let (got, want) = (y.backward(), t.item().backward());
        for (x, t) in [(a, r), (b, s), (x, z)] {
            assert_eq!(got.get(x), want.get(t).map(|g| g[[]]));
        }
    }
    let y = a.betainc(2.4, 0.6);
    assert_eq!(y.value(), a.betainc(b, x).value());
    assert_eq!(y.backward().wrt(a), a.betainc(b, x).backward().wrt(a));
    let constants: [Var; 2] = [1.3.into(), 0.6.into()];
    let y = constants[0].gammainc(constants[1]);
    assert!(!y.is_tracked());
    assert_eq!(y.value(), a.gammainc(x).value());
}

/// Twice in a parameter and twice in x: of P(a, x) with the density p = xᵃ⁻¹e⁻ˣ/Γ(a), so that the third and fourth line below
/// are p′ and p″ in a, and of I_x(a, b) with p = xᵃ⁻¹(1 − x)ᵇ⁻¹/B(a, b) in b.
#[test]
fn of_fourth_order() {
    const GAMMA: f64 = 0.577_215_664_901_532_9;
    let zeta = std::f64::consts::PI.powi(2) / 6.0;
    fn twice_each<'t>(y: Var<'t>, parameter: Var<'t>, x: Var<'t>) -> f64 {
        let slope = |y: Var<'t>, x: Var<'t>| y.backward_recorded().wrt(x);
        let thrice = slope(slope(slope(y, parameter), parameter), x);
        thrice.backward().wrt(x)
    }
    let tape = Tape::new();
    let x = 0.3_f64;
    let (a, z) = (tape.var(2.0), tape.var(x));
    let p = x * (-x).exp();
    let r = x.ln() - (1.0 - GAMMA);
    let (once, twice) = (p * r, p * (r * r - (zeta - 1.0)));
    let want = twice * (1.0 / x - 1.0) + 2.0 * once / x;
    let got = twice_each(a.gammainc(z), a, z);
    assert!((got - want).abs() < 1e-12 * want.abs(), "{got} {want}");

    let b = tape.var(2.0);
    let p = 2.0 * (1.0 - x);
    let r = (1.0 - x).ln() - (1.0 - GAMMA) + (1.5 - GAMMA);
    let (once, twice) = (p * r, p * (r * r - (zeta - 1.0) + (zeta - 1.25)));
    let want = -twice / (1.0 - x) - 2.0 * once / (1.0 - x);
    let got = twice_each(Var::from(1.0).betainc(b, z), b, z);
    assert!((got - want).abs() < 1e-12 * want.abs(), "{got} {want}");
}

/// Borders: values and derivatives.
#[test]
fn at_borders() {
    fn is(got: f64, want: f64) -> bool {
        got == want || (got.is_nan() && want.is_nan())
    }
    let inf = f64::INFINITY;
    let nan = f64::NAN;
    // a, x, P, ∂P/∂a, ∂P/∂x
    for [a, x, p, slope_a, slope_x] in [
        [0.5, 0.0, 0.0, 0.0, inf],
        [1.0, 0.0, 0.0, 0.0, 1.0],
        [2.0, 0.0, 0.0, 0.0, 0.0],
        [2.0, inf, 1.0, 0.0, 0.0],
        [2.0, -1.0, nan, nan, nan],
        [-2.0, 1.0, nan, nan, nan],
        [2.0, nan, nan, nan, nan],
        [nan, 2.0, nan, nan, nan],
    ] {
        let tape = Tape::new();
        let (t, u) = (tape.var(a), tape.var(x));
        for (y, sign, at_zero) in [(t.gammainc(u), 1.0, 0.0), (t.gammaincc(u), -1.0, 1.0)] {
            let slopes = y.backward();
            let found = [y.value(), slopes.wrt(t), slopes.wrt(u)];
            let want = [at_zero + sign * p, sign * slope_a, sign * slope_x];
            assert!(
                found.iter().zip(want).all(|(&got, want)| is(got, want)),
                "{found:?} instead of {want:?} at ({a}, {x})"
            );
        }
    }
    // a, b, x, I, ∂I/∂a, ∂I/∂b, ∂I/∂x
    for [a, b, x, i, slope_a, slope_b, slope_x] in [
        [0.5, 2.0, 0.0, 0.0, 0.0, 0.0, inf],
        [1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 3.0],
        [2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [2.0, 0.5, 1.0, 1.0, 0.0, 0.0, inf],
        [2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 2.0],
        [2.0, 3.0, 1.1, nan, nan, nan, nan],
        [2.0, 0.0, 0.5, nan, nan, nan, nan],
    ] {
        let tape = Tape::new();
        let [t, u, v] = [a, b, x].map(|x| tape.var(x));
        let y = t.betainc(u, v);
        let slopes = y.backward();
        let found = [y.value(), slopes.wrt(t), slopes.wrt(u), slopes.wrt(v)];
        let want = [i, slope_a, slope_b, slope_x];
        assert!(
            found.iter().zip(want).all(|(&got, want)| is(got, want)),
            "{found:?} instead of {want:?} at ({a}, {b}, {x})"
        );
    }
}

#[test]
#[should_panic(expected = "gammainc: the shapes [3] and [2] do not broadcast")]
fn shapes_that_do_not_broadcast() {
    let tape = Tape::new();
    let (a, x) = (tape.tensor(&arr1(&[1.0; 3])), tape.tensor(&arr1(&[1.0; 2])));
    a.gammainc(x);
}

/// Where powers of x vanish, series end: P(10⁻⁴, 10⁻³⁰⁷) = 1 − Q, by mpmath.
#[test]
fn where_powers_vanish() {
    let tape = Tape::new();
    let y = tape.var(1e-4).gammainc(1e-307);
    assert!((y.value() - 0.931_805_06).abs() < 1e-8, "{}", y.value());
}
