//! The methods of `Float` lead to the right op: their gradients, and those of large exponents.

use num_traits::Float;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{Tape, Var};

/// The gradient of every smooth method of `Float` at 0.6 (1.6 for acosh) is that of dual numbers: the trait leads
/// to the right op.
#[test]
fn the_methods_have_their_gradients() {
    use num_dual::{Dual64, DualNum};
    macro_rules! compare {
        ($($x:literal: $($name:ident)*;)*) => {$($(
            let tape = Tape::new();
            let x = tape.var($x);
            let got = Float::$name(x).backward().wrt(x);
            let want = DualNum::$name(&Dual64::new($x, 1.0)).eps;
            assert!((got - want).abs() <= 4e-15 * want.abs(), "{}: {got} or {want}", stringify!($name));
        )*)*};
    }
    compare! {
        0.6: recip sqrt cbrt exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin acos atan sinh cosh tanh asinh atanh;
        1.6: acosh;
    }
    let tape = Tape::new();
    let (x, y) = (tape.var(0.6), tape.var(1.7));
    let slopes = |z: Var| z.backward().wrt([x, y]);
    let close = |got: [f64; 2], want: [f64; 2]| {
        let error = |i: usize| (got[i] - want[i]).abs() <= 4e-15 * want[i].abs();
        assert!(error(0) && error(1), "{got:?} instead of {want:?}");
    };
    let (a, b) = (0.6_f64, 1.7_f64);
    close(
        slopes(Float::powf(x, y)),
        [b * a.powf(b - 1.0), a.ln() * a.powf(b)],
    );
    close(
        slopes(Float::log(x, y)),
        [1.0 / (a * b.ln()), -a.ln() / (b * b.ln() * b.ln())],
    );
    close(slopes(Float::hypot(x, y)), [a / a.hypot(b), b / a.hypot(b)]);
    close(
        slopes(Float::atan2(x, y)),
        [b / (a * a + b * b), -a / (a * a + b * b)],
    );
    close(slopes(Float::max(x, y) + Float::min(x, y) * 3.0), [3.0, 1.0]);
    close(slopes(Float::abs_sub(y, x)), [-1.0, 1.0]);
    close(slopes(Float::copysign(x, -y) + y), [-1.0, 1.0]);
    close(
        slopes(Float::to_degrees(x) + y),
        [180.0 / std::f64::consts::PI, 1.0],
    );
    close(
        slopes(Float::to_radians(x) + y),
        [std::f64::consts::PI / 180.0, 1.0],
    );
    close(slopes(y % x), [-2.0, 1.0]);
    let (sin, cos) = Float::sin_cos(x);
    close(slopes(sin + 2.0 * cos + y), [a.cos() - 2.0 * a.sin(), 1.0]);
    close(slopes(Float::powi(x, 3) + Float::abs(-y)), [3.0 * a * a, 1.0]);
    close(slopes(Float::fract(x) * Float::round(y) + y), [2.0, 1.0]);
}

/// Whole powers up to the largest exponents, whose parity decides the sign (in `f32` an exponent beyond 2²⁴ is no
/// longer a number of the element type: it is refused, not rounded).
#[test]
fn whole_powers_with_large_exponents() {
    let exponents = [
        16_777_217,
        -16_777_217,
        33_554_435,
        i32::MAX,
        i32::MIN,
        i32::MIN + 1,
    ];
    let (tape, single) = (Tape::new(), Tape::<f32>::default());
    for n in exponents {
        for x in [-1.0, 1.0 + 1e-6] {
            assert_eq!(
                tape.var(x).powi(n).value().to_bits(),
                x.powi(n).to_bits(),
                "{x}^{n}"
            );
            let x = x as f32;
            let taped = catch_unwind(AssertUnwindSafe(|| single.var(x).powi(n).value().to_bits()));
            match <f64 as From<f32>>::from(n as f32) == <f64 as From<i32>>::from(n) {
                true => assert_eq!(taped.ok(), Some(x.powi(n).to_bits()), "{x}^{n} in f32"),
                false => assert!(taped.is_err(), "{n} is not exact in f32"),
            }
        }
        // n·xⁿ⁻¹
        let x = tape.var(-1.0);
        let want = <f64 as From<i32>>::from(n) * if n % 2 == 0 { -1.0 } else { 1.0 };
        assert_eq!(x.powi(n).backward().wrt(x), want, "slope of x^{n} at −1");
    }
}
