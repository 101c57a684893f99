//! Two schemes for the one-dimensional transport equation, 100 cells and 2000 steps, written once for any `Float`:
//! the benchmark of Hogan, *Fast reverse-mode automatic differentiation using expression templates in C++*, 2014,
//! whose figures CoDiPack, Adept, Stan Math, ADOL-C and CppAD agree on.

use num_traits::Float;
use wengert::Tape;

const CELLS: usize = 100;
const STEPS: usize = 2000;
const COURANT: f64 = 0.125;

trait Scheme {
    /// The flux between two neighbouring cells, for the Courant number c.
    fn flux<F: Float>(c: F, left: F, right: F) -> F;
}

struct LaxWendroff;
impl Scheme for LaxWendroff {
    fn flux<F: Float>(c: F, left: F, right: F) -> F {
        let half = F::from(0.5).expect("a number");
        half * c * (left + right + c * (left - right))
    }
}

struct Toon;
impl Scheme for Toon {
    fn flux<F: Float>(c: F, left: F, right: F) -> F {
        ((c * (left / right).ln()).exp() - F::one()) * left * right / (left - right)
    }
}

/// The sum of squares of the state after all steps.
fn energy<S: Scheme, F: Float>(start: &[F]) -> F {
    let c = F::from(COURANT).expect("a number");
    let mut q = start.to_vec();
    let mut f = [F::zero(); CELLS - 1];
    for _ in 0..STEPS {
        for i in 0..CELLS - 1 {
            f[i] = S::flux(c, q[i], q[i + 1]);
        }
        for i in 1..CELLS - 1 {
            q[i] = q[i] + (f[i - 1] - f[i]);
        }
        q[0] = q[CELLS - 2];
        q[CELLS - 1] = q[1];
    }
    q.iter().fold(F::zero(), |sum, &q| sum + q * q)
}

fn start() -> Vec<f64> {
    let wave = |i: usize| (2.0 * std::f64::consts::PI * i as f64 / 98.5).sin();
    (0..CELLS).map(|i| 0.5 + 0.5 * wave(i) + 0.0001).collect()
}

/// Asks for a figure to all the digits printed, give or take `ulps` of the last.
#[track_caller]
fn assert_digits(got: f64, printed: &str, ulps: f64) {
    let digits = printed.split_once('.').map_or(0, |(_, digits)| digits.len());
    let ulp = 0.1_f64.powi(digits as i32);
    let want: f64 = printed.parse().expect("a number");
    assert!(
        (got - want).abs() <= (ulps + 0.501) * ulp,
        "{got:.15} instead of {printed}"
    );
}

/// Runs a scheme in `f64`, and on a tape: the value must be the same bits, and value, ∂y/∂x₀ and ∂y/∂x₅₀ those
/// printed.
#[track_caller]
fn check<S: Scheme>(figures: [(&str, f64); 3]) {
    let start = start();
    let value = energy::<S, _>(&start);
    let tape = Tape::new();
    let x = tape.vars(&start);
    let y = energy::<S, _>(&x);
    assert_eq!(y.value().to_bits(), value.to_bits());
    let gradients = y.backward();
    for (got, (printed, ulps)) in [value, gradients.wrt(x[0]), gradients.wrt(x[50])]
        .into_iter()
        .zip(figures)
    {
        assert_digits(got, printed, ulps);
    }
}

/// Lax–Wendroff, to every digit that the other engines print.
#[test]
fn lax_wendroff_agrees_with_other_engines() {
    check::<LaxWendroff>([
        ("37.6505106729", 0.0),
        ("0.0734865153763", 0.0),
        ("1.23054429515", 0.0),
    ]);
}

/// Toon, to every digit but for the last two of ∂y/∂x₅₀.
///
/// The scheme amplifies rounding errors, those of the sweep included: 24 sweeps over the same tape that differ only
/// in how they round a quotient's and a logarithm's derivative (ȳ/b or ȳ·(1/b); ȳ·y/b, ȳ·(y/b), …) give
/// 1.33971433494 to 1.33971433504, and the printed figure is one of them. A quotient computed otherwise in the
/// *value* shows in the third digit.
#[test]
fn toon_agrees_with_other_engines() {
    check::<Toon>([
        ("37.9266389374", 0.0),
        ("0.0705993049144", 0.0),
        ("1.33971433496", 10.0),
    ]);
}

/// In single precision the recorded value is that of plain `f32`, bit for bit.
#[test]
fn single_precision_gives_the_same_bits() {
    let start: Vec<f32> = start().iter().map(|&x| x as f32).collect();
    let tape = Tape::<f32>::default();
    let y = energy::<LaxWendroff, _>(&tape.vars(&start));
    assert_eq!(y.value().to_bits(), energy::<LaxWendroff, _>(&start).to_bits());
}
