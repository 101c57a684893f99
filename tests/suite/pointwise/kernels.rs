//! The functions that loops over elements have of their own: against those of the scalar lane at ordinary points, and at the
//! special ones; `benches/src/bin/ulp.rs` measures them over all of `f32` and millions of points of `f64`.

use ndarray::{ArrayD, arr1};
use wengert::{Dense, Real, Term};

type Function<V> = fn(&Term<V>) -> Term<V>;

/// A function in both lanes, and the units in the last place by which the lanes may differ.
struct Case<T: Real> {
    name: &'static str,
    array: Function<Dense<T>>,
    scalar: Function<T>,
    ulp: f64,
}

macro_rules! cases {
    ($($name:ident $ulp:literal),*) => {
        vec![$(Case { name: stringify!($name), array: |x| x.$name(), scalar: |x| x.$name(), ulp: $ulp }),*]
    };
}

/// Sums of what both lanes may be wrong by: beside the standard library's functions the array lane's, at most 2; the scalar lane's
/// Φ, and so GELU, is wrong by up to 6, and its form by tanh by up to 22 (2.5e-15 in the table of `accuracy.rs`).
fn cases<T: Real>() -> Vec<Case<T>> {
    cases!(
        exp 2.0, exp2 2.0, exp_m1 3.0, ln 2.0, log2 3.0, log10 3.0, ln_1p 2.0, sin 2.0, cos 2.0, sinh 4.0, cosh 4.0, tanh 3.0,
        sigmoid 4.0, softplus 4.0, gauss 3.0, erf 3.0, erfc 8.0, ndtr 8.0, gelu 8.0, gelu_tanh 25.0, silu 5.0
    )
}

fn widen<T: Real>(x: T) -> f64 {
    x.to_f64().expect("a number")
}

/// The difference in units in the last place of `want`, of which a subnormal number has the least normal one's.
fn error<T: Real>(got: T, want: T) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        return 0.0;
    }
    let size = want.abs().max(T::min_positive_value());
    let unit = T::epsilon() * size.log2().floor().exp2();
    widen((got - want).abs() / unit)
}

/// What is special, and numbers between the smallest and the largest, of both signs.
fn points<T: Real>() -> Vec<T> {
    let mut random = fastrand::Rng::with_seed(5);
    let tiny = T::min_positive_value();
    let mut points = vec![
        T::zero(),
        T::one(),
        T::infinity(),
        T::max_value(),
        tiny,
        tiny * T::epsilon(),
        tiny * T::lit(0.7),
        T::epsilon(),
        T::lit(0.45),
        T::lit(0.6),
        T::lit(0.625),
        T::lit(88.8),
        T::lit(89.5),
        T::lit(103.9),
        T::lit(709.5),
        T::lit(710.4),
        T::lit(745.2),
        T::lit(1e6),
        T::lit(1.1e6),
        T::lit(1e22),
        T::lit(1e300),
        T::lit(std::f64::consts::PI),
    ];
    points.extend((0..3000).map(|_| T::lit(random.f64() * 12.0)));
    points.extend((0..3000).map(|_| T::lit((random.f64() * 800.0 - 400.0).exp())));
    points.extend((0..1000).map(|i| T::lit(f64::from(i)) * T::lit(std::f64::consts::FRAC_PI_2)));
    let negative: Vec<T> = points.iter().map(|&x| -x).collect();
    [points, negative, vec![T::nan()]].concat()
}

fn check<T: Real>() {
    let x = points::<T>();
    for case in cases::<T>() {
        let y = (case.array)(&Term::new(Dense::from(&arr1(&x)))).into_inner();
        for (&x, &y) in x.iter().zip(y.as_slice().expect("contiguous")) {
            let want = (case.scalar)(&Term::new(x)).into_inner();
            let error = error(y, want);
            // A factor that is a rounded subnormal number, as σ(x) in x·σ(x), is multiplied with its error.
            let faint = want.abs() < T::min_positive_value() * T::lit(1000.0);
            let allowed = case.ulp + if faint { widen(x.abs()) } else { 0.0 };
            assert!(
                error <= allowed,
                "{}({x:e}): {y:e} instead of {want:e}, {error} ulp",
                case.name
            );
        }
    }
}

#[test]
fn arrays_are_as_exact_as_scalars() {
    check::<f64>();
    check::<f32>();
}

/// One element by itself, in any place of an array of any length, under any neighbours, has the same bits.
#[test]
fn an_element_does_not_depend_on_its_place() {
    let x = points::<f64>();
    for case in cases::<f64>() {
        let apply = |x: &[f64]| (case.array)(&Term::new(Dense::from(&arr1(x)))).into_inner();
        let all = apply(&x);
        let all = all.as_slice().expect("contiguous");
        for n in (1..40).chain([255, 256, 257]) {
            let part = apply(&x[n..2 * n]);
            for (i, y) in part.as_slice().expect("contiguous").iter().enumerate() {
                let same = y.to_bits() == all[n + i].to_bits() || (y.is_nan() && all[n + i].is_nan());
                assert!(same, "{} at {} of {n}", case.name, x[n + i]);
            }
        }
    }
}

/// The borders' signs and infinities, beyond equality.
#[test]
fn zeros_keep_their_sign() {
    fn zeros<T: Real>() {
        let x = Dense::from(&arr1(&[T::zero(), -T::zero()]));
        macro_rules! odd {
            ($($name:ident)*) => {$(
                let y = Term::new(x.clone()).$name().into_inner();
                let signs = y.as_slice().expect("contiguous").iter().map(|y| y.is_sign_negative());
                assert_eq!(signs.collect::<Vec<_>>(), [false, true], stringify!($name));
            )*};
        }
        odd!(exp_m1 ln_1p sin sinh tanh erf gelu);
    }
    zeros::<f64>();
    zeros::<f32>();
}

/// Softmax and its relatives sum exponentials of their own: against plain sums, in lanes of every length.
#[test]
fn sums_of_exponentials() {
    for n in (1..70).chain([511, 512, 513, 1500]) {
        let x: Vec<f64> = (0..n).map(|i| f64::from(i * 37 % 101) * 0.1 - 3.0).collect();
        let plain: f64 = x.iter().map(|x| x.exp()).sum();
        let tape = wengert::Tape::new();
        let t = tape.tensor(&arr1(&x));
        let near = |y: ArrayD<f64>, want: &dyn Fn(f64) -> f64| {
            for (&y, &x) in y.iter().zip(&x) {
                assert!(
                    (y - want(x)).abs() < 1e-13 * (1.0 + want(x).abs()),
                    "{y} instead of {} of {n}",
                    want(x)
                );
            }
        };
        near(t.softmax(0).value().to_owned(), &|x| x.exp() / plain);
        near(t.log_softmax(0).value().to_owned(), &|x| x - plain.ln());
        assert!((t.logsumexp().value() - plain.ln()).abs() < 1e-13 * n.max(2) as f64);
    }
}
