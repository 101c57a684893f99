//! Densities integrate to 1, probabilities add to 1; tails and large parameters against 60 digits; supports and borders. Values
//! against scipy and gradients by the checker: see [`crate::catalogue`].

use crate::catalogue::reference::{Case, read_file};
use crate::common::inputs::{cast, widen};
use ndarray::{Array1, ArrayD, arr1, arr2, s};
use wengert::distributions::*;
use wengert::{Real, Tape, Term, Value, Var};

/// A density of scalars by name, in any reading.
fn by_name<V: Value>(name: &str, x: &[Term<V>]) -> Term<V> {
    match name {
        "normal::log_density" => normal::log_density(&x[0], &x[1], &x[2]),
        "half_normal::log_density" => half_normal::log_density(&x[0], &x[1]),
        "log_normal::log_density" => log_normal::log_density(&x[0], &x[1], &x[2]),
        "student_t::log_density" => student_t::log_density(&x[0], &x[1], &x[2], &x[3]),
        "laplace::log_density" => laplace::log_density(&x[0], &x[1], &x[2]),
        "logistic::log_density" => logistic::log_density(&x[0], &x[1], &x[2]),
        "exponential::log_density" => exponential::log_density(&x[0], &x[1]),
        "gamma::log_density" => gamma::log_density(&x[0], &x[1], &x[2]),
        "beta::log_density" => beta::log_density(&x[0], &x[1], &x[2]),
        "poisson::log_probability" => poisson::log_probability(&x[0], &x[1]),
        "binomial::log_probability" => binomial::log_probability(&x[0], &x[1], &x[2]),
        _ => panic!("{name} is no density of scalars"),
    }
}

/// The value at plain numbers.
fn plain<T: Real>(name: &str, x: &[T]) -> T {
    let x: Vec<Term<T>> = x.iter().map(|&x| Term::new(x)).collect();
    by_name(name, &x).into_inner()
}

/// Value and gradient at a point, on a tape of scalars.
fn with_gradient<T: Real>(name: &str, x: &[T]) -> (f64, Vec<f64>) {
    let tape = Tape::<T>::default();
    let vars: Vec<Var<T>> = tape.vars(x);
    let y = by_name(name, &vars);
    let gradients = y.backward();
    let gradient = vars.iter().map(|&x| widen(gradients.wrt(x)));
    (widen(y.value()), gradient.collect())
}

/// The columns of a case.
fn points(case: &Case) -> Vec<Vec<f64>> {
    let n = case.y.len();
    (0..n).map(|i| case.x.iter().map(|x| x[i]).collect()).collect()
}

/// Far out and at large parameters: values to 1e-13 of their size or of 1, gradients to 1e-11 of theirs (or of 1e-3 where they are
/// smaller: they are differences of logarithms of parameters up to 1e6).
#[test]
fn tails_and_large_parameters() {
    let (mut count, mut worst) = (0, [(0.0_f64, String::new()), (0.0, String::new())]);
    for op in read_file("tails.txt") {
        let case = &op.cases[0];
        for (i, x) in points(case).iter().enumerate() {
            let (y, gradient) = with_gradient(&op.name, x);
            let place = format!("{} at {x:?}", op.name);
            let error = (y - case.y[i]).abs() / case.y[i].abs().max(1.0);
            assert!(error <= 1e-13, "{place}: {y:e} instead of {:e}", case.y[i]);
            if error > worst[0].0 {
                worst[0] = (error, place.clone());
            }
            for (k, &d) in gradient.iter().enumerate() {
                let want = case.gradients[k][i];
                let error = (d - want).abs() / want.abs().max(1e-3);
                assert!(error <= 1e-11, "{place}, argument {k}: {d:e} instead of {want:e}");
                if error > worst[1].0 {
                    worst[1] = (error, format!("{place}, argument {k}"));
                }
            }
            count += 1;
        }
    }
    println!(
        "{count} points; worst value {:?}, worst gradient {:?}",
        worst[0], worst[1]
    );
    assert_eq!(count, 51);
}

/// The same in `f32`, as far as the arguments are numbers there: to a few ulp of the arguments and of the value.
#[test]
fn tails_in_f32() {
    let mut count = 0;
    for op in read_file("tails.txt") {
        let case = &op.cases[0];
        for (i, x) in points(case).iter().enumerate() {
            let narrow = cast::<f32>(&Array1::from(x.clone()).into_dyn());
            let same = narrow.iter().zip(x).all(|(&n, &x)| widen(n) == x);
            if !same || case.y[i].abs() > 1e30 {
                continue;
            }
            let narrow: Vec<f32> = narrow.into_iter().collect();
            let (y, gradient) = with_gradient(&op.name, &narrow);
            // What a relative change of each argument by 1e-6 makes, besides.
            let moves = x
                .iter()
                .enumerate()
                .map(|(k, x)| (x * case.gradients[k][i]).abs());
            let allowed = 1e-6 * (1.0 + case.y[i].abs() + moves.sum::<f64>());
            let close = (y - case.y[i]).abs() <= allowed;
            assert!(close, "{} at {x:?}: {y} instead of {}", op.name, case.y[i]);
            assert!(
                gradient.iter().all(|d| d.is_finite()),
                "{} at {x:?}: {gradient:?}",
                op.name
            );
            count += 1;
        }
    }
    println!("{count} points in f32");
    assert!(count >= 15);
}

/// ∫ f over the line by the trapezium rule for x = sinh(sinh t), which converges exponentially also where f falls as a power of x
/// (Takahasi & Mori 1974).
fn over_the_line(f: impl Fn(f64) -> f64) -> f64 {
    let step = 1.0 / 64.0;
    let term = |i: i32| {
        let t = f64::from(i) * step;
        let (x, slope) = (t.sinh().sinh(), t.sinh().cosh() * t.cosh());
        let y = f(x) * slope;
        if y.is_finite() { y } else { 0.0 }
    };
    (-350..=350).map(term).sum::<f64>() * step
}

/// ∫ f over x > 0, by x = eᵘ.
fn over_the_half_line(f: impl Fn(f64) -> f64) -> f64 {
    over_the_line(|u| {
        let x = u.exp();
        f(x) * x
    })
}

/// ∫ f over 0 < x < 1, by x = 1/(1 + e⁻ᵘ).
fn over_the_unit(f: impl Fn(f64) -> f64) -> f64 {
    over_the_line(|u| {
        let x = 1.0 / (1.0 + (-u).exp());
        f(x) * x * (1.0 / (1.0 + u.exp()))
    })
}

#[track_caller]
fn is_one(name: &str, parameters: &[f64], sum: f64) {
    assert!((sum - 1.0).abs() < 1e-9, "{name} of {parameters:?}: {sum}");
}

#[test]
fn densities_integrate_to_one() {
    let density = |name: &'static str, p: &'static [f64]| {
        move |x: f64| {
            let arguments: Vec<f64> = std::iter::once(x).chain(p.iter().copied()).collect();
            plain(name, &arguments).exp()
        }
    };
    let line: [(&str, &[f64]); 7] = [
        ("normal::log_density", &[0.3, 1.7]),
        ("normal::log_density", &[-2.0, 0.4]),
        ("student_t::log_density", &[1.0, 0.2, 0.7]),
        ("student_t::log_density", &[4.5, -0.4, 2.0]),
        ("student_t::log_density", &[50.0, 0.0, 1.0]),
        ("logistic::log_density", &[0.5, 0.8]),
        ("logistic::log_density", &[-1.0, 2.0]),
    ];
    for (name, p) in line {
        is_one(name, p, over_the_line(density(name, p)));
    }
    // Two halves, since there is a kink between.
    let laplace = density("laplace::log_density", &[0.0, 1.3]);
    let halves = over_the_half_line(laplace) + over_the_half_line(|x| laplace(-x));
    is_one("laplace", &[0.0, 1.3], halves);
    let half_line: [(&str, &[f64]); 9] = [
        ("half_normal::log_density", &[1.0]),
        ("half_normal::log_density", &[0.3]),
        ("log_normal::log_density", &[0.5, 0.8]),
        ("exponential::log_density", &[2.5]),
        ("gamma::log_density", &[0.6, 1.5]),
        ("gamma::log_density", &[1.0, 2.0]),
        ("gamma::log_density", &[9.5, 3.0]),
        ("gamma::log_density", &[10.5, 0.5]),
        ("gamma::log_density", &[60.0, 20.0]),
    ];
    for (name, p) in half_line {
        is_one(name, p, over_the_half_line(density(name, p)));
    }
    let unit: [&[f64]; 4] = [&[0.7, 0.6], &[1.0, 1.0], &[3.0, 9.5], &[20.0, 12.0]];
    for p in unit {
        is_one("beta", p, over_the_unit(density("beta::log_density", p)));
    }
    let triangle = |x: f64, y: f64| {
        let tape = Tape::new();
        let (x, a) = (
            tape.tensor(&arr1(&[x, y, 1.0 - x - y])),
            tape.tensor(&arr1(&[2.0, 3.5, 1.5])),
        );
        dirichlet::log_density(&x, &a).item().value().exp()
    };
    // Over the square x, t with y = t·(1 − x), by Simpson's rule in smooth variables.
    let n = 60;
    let node = |i: i32| {
        let t = f64::from(i) / f64::from(n);
        let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
        // 6t⁵ − 15t⁴ + 10t³ flattens the ends.
        let (x, slope) = (
            t * t * t * (6.0 * t * t - 15.0 * t + 10.0),
            30.0 * (t * (1.0 - t)).powi(2),
        );
        (x, slope * weight / (3.0 * f64::from(n)))
    };
    let nodes: Vec<(f64, f64)> = (1..n).map(node).collect();
    let mut sum = 0.0;
    for &(x, v) in &nodes {
        for &(t, w) in &nodes {
            sum += v * w * (1.0 - x) * triangle(x, t * (1.0 - x));
        }
    }
    assert!((sum - 1.0).abs() < 1e-5, "dirichlet: {sum}");
}

#[test]
fn a_normal_density_of_vectors_integrates_to_one() {
    let tape = Tape::new();
    let (mut points, step) = (vec![], 0.25);
    for i in -36..=36 {
        for j in -36..=36 {
            points.push([f64::from(i) * step, f64::from(j) * step]);
        }
    }
    let x = tape.constant(&arr2(&points));
    let (mean, covariance) = (arr1(&[0.3, -0.2]), arr2(&[[1.5, 0.6], [0.6, 0.9]]));
    let y = multivariate_normal::log_density(&x, &tape.tensor(&mean), &tape.tensor(&covariance));
    let sum = y.expect("a positive definite matrix").exp().sum().value() * step * step;
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    let indefinite = arr2(&[[1.0, 2.0], [2.0, 1.0]]);
    let fault = multivariate_normal::log_density(&x, &tape.tensor(&mean), &tape.tensor(&indefinite));
    assert!(fault.is_err());
}

/// A batch of means and covariances, as of a mixture, gives the densities and gradients of one after the other.
#[test]
fn a_batch_of_normal_densities_of_vectors() {
    use crate::common::inputs::irregular;
    let covariances = ArrayD::from_shape_fn(&[2, 3, 3][..], |at| {
        let (k, i, j) = (at[0], at[1], at[2]);
        let size = if i == j { 2.0 } else { 0.3 };
        size + 0.1 * (k + i + j) as f64
    });
    let (x, means) = (irregular(&[4, 1, 3], 1), irregular(&[2, 3], 2));
    let tape = Tape::new();
    let [x, means, covariances] = [x, means, covariances].map(|x| tape.tensor(&x));
    let all = multivariate_normal::log_density(&x, &means, &covariances).expect("positive definite");
    assert_eq!(all.shape(), [4, 2]);
    let weights = irregular(&[4, 2], 3);
    let whole = (all * &weights).sum().backward();
    let one_by_one: Vec<_> = (0..2)
        .map(|k| {
            let (mean, covariance) = (means.slice(s![k, ..]), covariances.slice(s![k, .., ..]));
            let y = multivariate_normal::log_density(&x, &mean, &covariance).expect("positive definite");
            y * weights
                .slice_axis(ndarray::Axis(1), ndarray::Slice::from(k..k + 1))
                .to_owned()
        })
        .collect();
    let parts = (one_by_one[0] + one_by_one[1]).sum();
    assert!((parts.value() - (all * &weights).sum().value()).abs() < 1e-13);
    let parts = parts.backward();
    for handle in [x, means, covariances] {
        for (a, b) in whole.wrt(handle).iter().zip(parts.wrt(handle)) {
            assert!((a - b).abs() < 1e-13 * b.abs().max(1.0), "{a} {b}");
        }
    }
}

/// Numbers, scalars and arrays beside a tensor, at any place, give what tensors give.
#[test]
fn parameters_of_any_kind() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.5, 1.5, 2.5]));
    let (shape, rate) = (tape.var(2.0), tape.var(0.7));
    let want = gamma::log_density(&x, shape.to_tensor(), rate.to_tensor());
    let seed = arr1(&[1.0, -2.0, 0.5]);
    let gradients = want.backward_with(&seed);
    for y in [
        gamma::log_density(&x, shape, rate),
        gamma::log_density(&x, shape, 0.7),
        gamma::log_density(&x, 2, &arr1(&[0.7])),
    ] {
        assert_eq!(y.value(), want.value());
        let g = y.backward_with(&seed);
        assert_eq!(g.wrt(x), gradients.wrt(x));
        for (handle, used) in [(shape, g.get(shape)), (rate, g.get(rate))] {
            assert!(used.is_none_or(|g| g == gradients.wrt(handle)));
        }
    }
    assert_eq!(x.gammainc(2.0).value(), x.gammainc(shape).value());
}

#[test]
fn probabilities_add_to_one() {
    for rate in [0.3, 4.0, 30.0] {
        let sum: f64 = (0..200)
            .map(|k| plain("poisson::log_probability", &[f64::from(k), rate]).exp())
            .sum();
        assert!((sum - 1.0).abs() < 1e-13, "poisson of {rate}: {sum}");
    }
    for (n, p) in [(1, 0.3), (12, 0.7), (80, 0.05), (5, 0.0), (5, 1.0)] {
        let probability = |k| plain("binomial::log_probability", &[f64::from(k), f64::from(n), p]).exp();
        let sum: f64 = (0..=n).map(probability).sum();
        assert!((sum - 1.0).abs() < 1e-13, "binomial of {n}, {p}: {sum}");
    }
    let tape = Tape::new();
    let logits = arr1(&[0.3, -700.0, 900.0, 899.0]);
    let rows = tape.constant(&logits).broadcast_to([4, 4]);
    let sum = categorical::log_probability(&rows, &[0, 1, 2, 3])
        .exp()
        .sum()
        .value();
    assert!((sum - 1.0).abs() < 1e-15, "{sum}");
}

/// Outside the support: −∞, and a gradient of 0 that is structural (behind a square root of 0 it stays 0), in both lanes.
#[test]
fn outside_the_support() {
    let inf = f64::NEG_INFINITY;
    let cases: [(&str, &[f64]); 11] = [
        ("half_normal::log_density", &[-1.0, 2.0]),
        ("log_normal::log_density", &[-1.0, 0.0, 2.0]),
        ("log_normal::log_density", &[0.0, 0.0, 2.0]),
        ("exponential::log_density", &[-1e-300, 2.0]),
        ("gamma::log_density", &[-3.0, 2.0, 1.0]),
        ("beta::log_density", &[-0.1, 2.0, 1.0]),
        ("beta::log_density", &[1.1, 2.0, 1.0]),
        ("poisson::log_probability", &[-1.0, 2.0]),
        ("poisson::log_probability", &[1.5, 2.0]),
        ("binomial::log_probability", &[4.0, 3.0, 0.5]),
        ("binomial::log_probability", &[0.5, 3.0, 0.5]),
    ];
    for (name, x) in cases {
        let (y, gradient) = with_gradient(name, x);
        assert_eq!((y, gradient), (inf, vec![0.0; x.len()]), "{name} at {x:?}");
        let tape = Tape::new();
        let zero = tape.tensor(&arr1(&[0.0]));
        let tensors: Vec<_> = x.iter().map(|&x| zero.sqrt() + x).collect();
        let y = by_name(name, &tensors);
        let gradients = y.backward_with(&arr1(&[1.0]).into_dyn());
        assert_eq!(
            (y.at([0]).value(), gradients.wrt(zero)[[0]]),
            (inf, 0.0),
            "{name} at {x:?}"
        );
    }
}

/// At the border of the support, where the density is finite, and with parameters out of range.
#[test]
fn at_borders() {
    let close = |a: f64, b: f64| (a - b).abs() < 1e-14 || a == b || (a.is_nan() && b.is_nan());
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let cases: [(&str, &[f64], f64); 22] = [
        ("exponential::log_density", &[0.0, 2.0], 2.0_f64.ln()),
        (
            "half_normal::log_density",
            &[0.0, 1.0],
            (2.0 / std::f64::consts::PI).sqrt().ln(),
        ),
        ("gamma::log_density", &[0.0, 1.0, 2.0], 2.0_f64.ln()),
        ("gamma::log_density", &[0.0, 0.5, 2.0], inf),
        ("gamma::log_density", &[0.0, 3.0, 2.0], -inf),
        ("beta::log_density", &[0.0, 1.0, 3.0], 3.0_f64.ln()),
        ("beta::log_density", &[1.0, 3.0, 1.0], 3.0_f64.ln()),
        ("beta::log_density", &[0.0, 0.5, 3.0], inf),
        ("beta::log_density", &[1.0, 3.0, 2.0], -inf),
        ("poisson::log_probability", &[0.0, 0.0], 0.0),
        ("poisson::log_probability", &[2.0, 0.0], -inf),
        ("binomial::log_probability", &[0.0, 3.0, 0.0], 0.0),
        ("binomial::log_probability", &[3.0, 3.0, 1.0], 0.0),
        ("binomial::log_probability", &[1.0, 3.0, 0.0], -inf),
        ("normal::log_density", &[1.0, 0.0, -1.0], nan),
        ("student_t::log_density", &[1.0, -3.0, 0.0, 1.0], nan),
        ("laplace::log_density", &[1.0, 0.0, -1.0], nan),
        ("logistic::log_density", &[1.0, 0.0, -1.0], nan),
        ("gamma::log_density", &[1.0, -1.0, 1.0], nan),
        ("gamma::log_density", &[1.0, 1.0, -1.0], nan),
        ("beta::log_density", &[0.5, -1.0, 1.0], nan),
        ("normal::log_density", &[nan, 0.0, 1.0], nan),
    ];
    for (name, x, want) in cases {
        let y = plain(name, x);
        assert!(close(y, want), "{name} at {x:?}: {y} instead of {want}");
        let (_, gradient) = with_gradient(name, x);
        let is_nan = gradient.iter().any(|d| d.is_nan());
        assert!(is_nan || !want.is_nan(), "{name} at {x:?}: {gradient:?}");
    }
    // One-sided slopes at the border.
    let (_, slopes) = with_gradient("gamma::log_density", &[0.0, 1.0, 2.0]);
    assert_eq!(slopes[0], -2.0);
    assert!((slopes[2] - 0.5).abs() < 1e-15);
    let (_, slopes) = with_gradient("poisson::log_probability", &[0.0, 0.0]);
    assert_eq!(slopes[1], -1.0);
    let (_, slopes) = with_gradient("poisson::log_probability", &[2.0, 0.0]);
    assert_eq!(slopes[1], inf);
    let (_, slopes) = with_gradient("laplace::log_density", &[1.0, 1.0, 2.0]);
    assert_eq!(slopes, [0.0, 0.0, -0.5]);
}

/// Far out, where squares overflow: the slopes of ν + 1 powers of |z|, and −∞ at either end.
#[test]
fn far_tails() {
    let tape = Tape::<f32>::default();
    let [x, df, mean, scale] = [1e20, 1.0, 0.0, 1.0].map(|x| tape.var(x));
    let y = student_t::log_density(&x, &df, &mean, &scale);
    assert!((y.value() + 93.248).abs() < 1e-2, "{}", y.value());
    assert!((y.backward().wrt(scale) - 1.0).abs() < 1e-6);
    let tape = Tape::new();
    let [x, df, mean, scale] = [1e200, 3.0, 0.0, 1.0].map(|x| tape.var(x));
    let g = student_t::log_density(&x, &df, &mean, &scale).backward();
    assert!((g.wrt(scale) - 3.0).abs() < 1e-14 && (g.wrt(x) * 1e200 + 4.0).abs() < 1e-14);
    for end in [f64::INFINITY, f64::NEG_INFINITY] {
        let y = logistic::log_density(&Term::new(end), 0.0, 1.0).into_inner();
        assert_eq!(y, f64::NEG_INFINITY);
    }
}
