//! Derivatives of order one, two and three against dual numbers (the crate `num-dual`), which share no code with this one.

use super::special;
use crate::common::inputs::draw;
use crate::common::naive::Dual;
use num_dual::{Dual3_64, DualNum, HyperDual64, third_derivative};
use wengert::ops::{Binary, Unary};
use wengert::{Tape, Term, Var};

/// The same function of a dual number, where that crate has it or can say it. The match names every row.
pub(crate) fn one<D: Dual>(op: Unary) -> Option<fn(D) -> D> {
    Some(match op {
        Unary::Neg => |x| -x,
        Unary::Square => |x| x * x,
        Unary::Recip => |x| x.recip(),
        Unary::Sqrt => |x| x.sqrt(),
        Unary::Cbrt => |x| x.cbrt(),
        Unary::Exp => |x| x.exp(),
        Unary::Exp2 => |x| x.exp2(),
        Unary::ExpM1 => |x| x.exp_m1(),
        Unary::Ln => |x| x.ln(),
        Unary::Log2 => |x| x.log2(),
        Unary::Log10 => |x| x.log10(),
        Unary::Ln1p => |x| x.ln_1p(),
        Unary::Sin => |x| x.sin(),
        Unary::Cos => |x| x.cos(),
        Unary::Tan => |x| x.tan(),
        Unary::Asin => |x| x.asin(),
        Unary::Acos => |x| x.acos(),
        Unary::Atan => |x| x.atan(),
        Unary::Sinh => |x| x.sinh(),
        Unary::Cosh => |x| x.cosh(),
        Unary::Tanh => |x| x.tanh(),
        Unary::Asinh => |x| x.asinh(),
        Unary::Acosh => |x| x.acosh(),
        Unary::Atanh => |x| x.atanh(),
        Unary::Sigmoid => |x| ((-x).exp() + 1.0).recip(),
        Unary::Softplus => |x| (x.exp() + 1.0).ln(),
        Unary::Gauss => special::gauss,
        Unary::Erf => special::erf,
        Unary::Erfc => |x| -special::erf(x) + 1.0,
        Unary::Erfinv => special::erfinv,
        Unary::ErfinvSlope => special::erfinv_slope,
        Unary::Ndtr => special::ndtr,
        Unary::Ndtri => special::ndtri,
        Unary::NdtriSlope => special::ndtri_slope,
        Unary::LogNdtr => |x| special::ndtr(x).ln(),
        Unary::LogNdtrSlope => special::log_ndtr_slope,
        Unary::LogNdtrExcess => |x| x + special::log_ndtr_slope(x),
        Unary::Lgamma => special::lgamma,
        Unary::I1e => special::i1e,
        Unary::Relu => |x| if x.re() > 0.0 { x } else { x * 0.0 },
        Unary::Abs => |x| if x.re() > 0.0 { x } else { -x },
        Unary::Fract => |x| x - x.re().trunc(),
        Unary::Nonnegative | Unary::NanToNum => |x| x,
        Unary::NonPositive => |x| if x.re() > 0.0 { x * 0.0 } else { x },
        Unary::Logit => |x| (x / (-x + 1.0)).ln(),
        Unary::XLogX => |x| x * x.ln(),
        Unary::Silu => |x| x / ((-x).exp() + 1.0),
        Unary::Mish => |x| x * (x.exp() + 1.0).ln().tanh(),
        Unary::Gelu => |x| x * special::ndtr(x),
        Unary::GeluTanh => |x| {
            let inner = (x * x * x * 0.044715 + x) * (2.0 / std::f64::consts::PI).sqrt();
            x * (inner.tanh() + 1.0) * 0.5
        },
        Unary::GeluGate => |x| {
            let inner = (x * x * x * 0.044715 + x) * (2.0 / std::f64::consts::PI).sqrt();
            (inner.tanh() + 1.0) * 0.5
        },
        Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc | Unary::Signum => return None,
    })
}

/// The same for two arguments.
pub(crate) fn two<D: Dual>(op: Binary) -> Option<fn(D, D) -> D> {
    Some(match op {
        Binary::Add => |a, b| a + b,
        Binary::Sub => |a, b| a - b,
        Binary::Mul | Binary::Gate => |a, b| a * b,
        Binary::Div => |a, b| a / b,
        Binary::Rem => |a, b| a - b * (a.re() / b.re()).trunc(),
        Binary::Pow => |a, b| a.powd(b),
        Binary::Max | Binary::FMax => |a, b| if a.re() > b.re() { a } else { b },
        Binary::Min | Binary::FMin => |a, b| if a.re() < b.re() { a } else { b },
        Binary::Hypot => |a, b| (a * a + b * b).sqrt(),
        Binary::Atan2 => |a, b| a.atan2(b),
        Binary::ExpDiff => |a, b| (a - b).exp(),
        Binary::Link | Binary::Touched => |a, _| a,
        Binary::When => |_, b| b,
        Binary::Raise => |a, b| if a.re() > b.re() { a } else { D::from(b.re()) },
        Binary::Lower => |a, b| if a.re() < b.re() { a } else { D::from(b.re()) },
        Binary::Copysign => |a, b| if (a.re() > 0.0) == (b.re() > 0.0) { a } else { -a },
        Binary::XLogY => |a, b| a * b.ln(),
        Binary::XLog1pY => |a, b| a * (b + 1.0).ln(),
        Binary::LogAddExp => |a, b| (a.exp() + b.exp()).ln(),
        Binary::LogSubExp => |a, b| (a.exp() - b.exp()).ln(),
        Binary::Powi | Binary::Polygamma | Binary::I0e | Binary::Sinc => return None,
        Binary::Unless | Binary::FloorDiv => return None,
        Binary::Above | Binary::AtLeast | Binary::Below | Binary::AtMost | Binary::Equals => {
            return None;
        }
    })
}

/// The functions may be formulated differently there, so rounding errors of some ulp remain, larger by the condition of the
/// formulas: 1e-13 of the derivative, or of 1.
#[track_caller]
pub(super) fn close(name: &str, got: f64, want: f64) {
    assert!(
        (got - want).abs() <= 1e-13 * want.abs().max(1.0),
        "{name}: {got:e} instead of {want:e}"
    );
}

/// First, second and third derivatives of the ops of one argument.
#[test]
fn of_one_argument() {
    let mut rng = fastrand::Rng::with_seed(21);
    let mut known = 0;
    for &op in Unary::ALL {
        let Some(dual) = one::<Dual3_64>(op) else { continue };
        known += 1;
        for &at in &draw(op.domain(), &[50], &mut rng) {
            let (value, first, second, third) = third_derivative(dual, at);
            let tape = Tape::new();
            let x = tape.var(at);
            let y = op.apply(&x);
            let slope = y.backward_recorded().wrt(x);
            let bend = slope.backward_recorded().wrt(x);
            let name = format!("{} at {at}, order", op.name());
            close(&format!("{name} 0"), y.value(), value);
            close(&format!("{name} 1"), slope.value(), first);
            close(&format!("{name} 2"), bend.value(), second);
            close(&format!("{name} 3"), bend.backward().wrt(x), third);
        }
    }
    assert_eq!(known, Unary::ALL.len() - 5);
}

/// Gradients and all second partial derivatives of the ops of two arguments.
#[test]
fn of_two_arguments() {
    let mut rng = fastrand::Rng::with_seed(22);
    let mut known = 0;
    for &op in Binary::ALL {
        let Some(dual) = two::<HyperDual64>(op) else {
            continue;
        };
        known += 1;
        let [a, b] = op.domain().map(|domain| draw(domain, &[50], &mut rng));
        for (&a, &b) in a.iter().zip(&b) {
            let tape = Tape::new();
            let x = [tape.var(a), tape.var(b)];
            let recorded = op.apply(&x[0], &x[1]).backward_recorded();
            let slopes = x.map(|x| recorded.wrt(x));
            for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                // The first dual direction is that of argument i, the second that of j.
                let unit = |k: usize, i: usize| f64::from(u8::from(k == i));
                let argument = |k, at| HyperDual64::new(at, unit(k, i), unit(k, j), 0.0);
                let want = dual(argument(0, a), argument(1, b));
                let name = format!("{} at ({a}, {b}), argument {i}", op.name());
                close(&name, slopes[i].value(), want.eps1);
                let got = slopes[i].backward().get(x[j]).unwrap_or(0.0);
                close(&format!("{name} and {j}"), got, want.eps1eps2);
            }
        }
    }
    assert_eq!(known, Binary::ALL.len() - 11);
}

/// Whole powers, negative, zero and positive, to the third order.
#[test]
fn of_whole_powers() {
    for n in -4..=6 {
        for at in [-1.7, -0.6, 0.4, 1.0, 2.3] {
            let (_, first, second, third) = third_derivative(|x: Dual3_64| x.powi(n), at);
            let tape = Tape::new();
            let x: Var = tape.var(at);
            let slope = Term::powi(&x, n).backward_recorded().wrt(x);
            let bend = slope.backward_recorded().wrt(x);
            let name = format!("{at}^{n}");
            close(&name, slope.value(), first);
            close(&name, bend.value(), second);
            close(&name, bend.backward().wrt(x), third);
        }
    }
}

/// sin x/x and its derivatives, by the series and by the quotient, on both sides of where one takes over from the other.
#[test]
fn of_sinc() {
    for at in [
        -9.0, -4.1, -2.9, -1.9, -0.7, 0.3, 0.99, 1.01, 1.99, 2.01, 2.99, 3.01, 3.99, 4.01, 12.0, 400.0,
    ] {
        let (value, first, second, third) = third_derivative(|x: Dual3_64| x.sin() / x, at);
        let tape = Tape::new();
        let x: Var = tape.var(at);
        let y = x.sinc();
        let slope = y.backward_recorded().wrt(x);
        let bend = slope.backward_recorded().wrt(x);
        let name = format!("sinc at {at}");
        close(&name, y.value(), value);
        close(&name, slope.value(), first);
        close(&name, bend.value(), second);
        close(&name, bend.backward().wrt(x), third);
    }
}
