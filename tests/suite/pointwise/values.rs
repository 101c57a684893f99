//! Values: against the standard library, by other formulas where it has no such function.

use super::{Row, special};
use crate::common::inputs::{indices, widen};
use ndarray::ArrayD;
use num_dual::third_derivative;
use wengert::ops::{Binary, Unary};
use wengert::{Dense, Real, Tape, Term, Var};

/// The rows that the standard library does not have; their accuracy is tested in `accuracy.rs`.
const SPECIAL: [Unary; 13] = {
    use Unary::*;
    [
        Gauss,
        Erf,
        Erfc,
        Erfinv,
        ErfinvSlope,
        Ndtr,
        Ndtri,
        NdtriSlope,
        LogNdtr,
        LogNdtrSlope,
        LogNdtrExcess,
        Lgamma,
        I1e,
    ]
};

/// What the op is called elsewhere. The match names every row, so that a new one cannot go without.
fn one(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Neg => -x,
        Unary::Square => x.powi(2),
        Unary::Recip => 1.0 / x,
        Unary::Sqrt => x.sqrt(),
        Unary::Cbrt => x.cbrt(),
        Unary::Exp => x.exp(),
        Unary::Exp2 => x.exp2(),
        Unary::ExpM1 => x.exp_m1(),
        Unary::Ln => x.ln(),
        Unary::Log2 => x.log2(),
        Unary::Log10 => x.log10(),
        Unary::Ln1p => x.ln_1p(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tan => x.tan(),
        Unary::Asin => x.asin(),
        Unary::Acos => x.acos(),
        Unary::Atan => x.atan(),
        Unary::Sinh => x.sinh(),
        Unary::Cosh => x.cosh(),
        Unary::Tanh => x.tanh(),
        Unary::Asinh => x.asinh(),
        Unary::Acosh => x.acosh(),
        Unary::Atanh => x.atanh(),
        Unary::Sigmoid => 0.5 + 0.5 * (0.5 * x).tanh(),
        Unary::Softplus => (1.0 + x.exp()).ln(),
        Unary::Gauss => special::gauss(x),
        Unary::Erf => special::erf(x),
        Unary::Erfc => 1.0 - special::erf(x),
        Unary::Erfinv => special::erfinv(x),
        Unary::ErfinvSlope => special::erfinv_slope(x),
        Unary::Ndtr => special::ndtr(x),
        Unary::Ndtri => special::ndtri(x),
        Unary::NdtriSlope => special::ndtri_slope(x),
        Unary::LogNdtr => special::ndtr(x).ln(),
        Unary::LogNdtrSlope => special::log_ndtr_slope(x),
        Unary::LogNdtrExcess => x + special::log_ndtr_slope(x),
        Unary::Lgamma => special::lgamma(x),
        Unary::I1e => special::i1e(x),
        Unary::Relu => (x + x.abs()) / 2.0,
        Unary::Abs => x.abs(),
        Unary::Floor => x.floor(),
        Unary::Ceil => x.ceil(),
        Unary::Round => x.round(),
        Unary::Trunc => x.trunc(),
        Unary::Fract => x.fract(),
        Unary::Signum => x.signum(),
        Unary::Nonnegative | Unary::NanToNum => x,
        Unary::NonPositive => x.min(0.0),
        Unary::Logit => (x / (1.0 - x)).ln(),
        Unary::XLogX => x * x.ln(),
        Unary::Silu => x / (1.0 + (-x).exp()),
        Unary::Mish => x * (1.0 + x.exp()).ln().tanh(),
        Unary::Gelu => x * special::ndtr(x),
        Unary::GeluGate | Unary::GeluTanh => {
            let w = if op == Unary::GeluTanh { x } else { 1.0 };
            0.5 * w * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
        }
    }
}

fn two(op: Binary, a: f64, b: f64) -> f64 {
    let indicator = |holds: bool| f64::from(u8::from(holds));
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul | Binary::Gate => a * b,
        Binary::Div => a / b,
        Binary::Rem => a % b,
        Binary::Powi => a.powi(b as i32),
        Binary::Polygamma => third_derivative(special::digamma, a).1,
        Binary::I0e => special::i0e_order(a, b as i32),
        Binary::Pow => a.powf(b),
        Binary::Max | Binary::FMax => a.max(b),
        Binary::Min | Binary::FMin => a.min(b),
        Binary::Hypot => a.hypot(b),
        Binary::Atan2 => a.atan2(b),
        Binary::Above => indicator(a > b),
        Binary::AtLeast => indicator(a >= b),
        Binary::Below => indicator(a < b),
        Binary::AtMost => indicator(a <= b),
        Binary::Equals => indicator(a == b),
        Binary::ExpDiff => (a - b).exp(),
        Binary::Link | Binary::Touched => a,
        Binary::When => b,
        Binary::Unless => -0.0,
        Binary::Raise => a.max(b),
        Binary::Lower => a.min(b),
        Binary::Copysign => a.copysign(b),
        Binary::FloorDiv => (a / b).floor(),
        Binary::XLogY => a * b.ln(),
        Binary::XLog1pY => a * b.ln_1p(),
        Binary::LogAddExp => (a.exp() + b.exp()).ln(),
        Binary::LogSubExp => (a.exp() - b.exp()).ln(),
        Binary::Sinc => a.sin() / a,
    }
}

/// Every op has the value of its namesake: exactly where the standard library has it, to a few ulp otherwise.
#[test]
fn values_are_those_of_the_standard_library() {
    let mut rng = fastrand::Rng::with_seed(1);
    for row in Row::all() {
        // Our own formulas for these, and the references, round differently: 4 ulp of 1 or of the value.
        let slack = match row {
            Row::One(Unary::Sigmoid | Unary::Softplus | Unary::Acosh | Unary::Atanh) => 4.0 * f64::EPSILON,
            // The references are sums of larger terms.
            Row::One(op) if SPECIAL.contains(&op) => 200.0 * f64::EPSILON,
            Row::Two(Binary::Polygamma | Binary::I0e) => 200.0 * f64::EPSILON,
            Row::One(Unary::Logit) => 4.0 * f64::EPSILON,
            Row::One(Unary::Silu | Unary::Mish | Unary::Gelu | Unary::GeluTanh | Unary::GeluGate) => {
                4.0 * f64::EPSILON
            }
            Row::Two(Binary::LogAddExp | Binary::LogSubExp | Binary::ExpDiff) => 8.0 * f64::EPSILON,
            _ => 0.0,
        };
        let x = row.draw(&[&[50], &[50]], &mut rng);
        for i in 0..50 {
            let (want, got) = match row {
                Row::One(op) => (one(op, x[0][[i]]), op.apply(&Term::new(x[0][[i]]))),
                Row::Two(op) => {
                    let (a, b) = (x[0][[i]], x[1][[i]]);
                    (two(op, a, b), op.apply(&Term::new(a), &Term::new(b)))
                }
            };
            let (got, allowed) = (got.into_inner(), slack * want.abs().max(1.0));
            assert!(
                (got - want).abs() <= allowed,
                "{}: {got} instead of {want}",
                row.name()
            );
        }
    }
}

/// In every reading of scalars the value has the bits that the op gives in plain numbers, and in every reading of arrays, broadcast
/// or not, the same bits; both are the same where a row names no function that loops over elements have of their own.
fn readings_agree<T: Real>() {
    let mut rng = fastrand::Rng::with_seed(2);
    for row in Row::all() {
        for shapes in [
            [&[7][..], &[7]],
            [&[2, 3], &[3]],
            [&[2, 1], &[1, 3]],
            [&[], &[4]],
            [&[0], &[1]],
        ] {
            let x = row.draw(&shapes, &mut rng);
            let x: Vec<ArrayD<T>> = x.iter().map(|x| x.mapv(T::lit)).collect();
            let tape = Tape::<T>::default();
            let tensors: Vec<_> = x.iter().map(|x| tape.tensor(x)).collect();
            let on_tape = row.apply(&tensors);
            let dense: Vec<_> = x.iter().map(|x| Term::new(Dense::from(x))).collect();
            let plain = row.apply(&dense).into_inner();
            assert_eq!(plain.shape(), on_tape.shape(), "{}", row.name());
            for index in indices(plain.shape()) {
                let operands: Vec<T> = x.iter().map(|x| broadcast_element(x, &index)).collect();
                let numbers: Vec<Term<T>> = operands.iter().map(|&x| Term::new(x)).collect();
                let want = row.apply(&numbers).into_inner();
                let variables: Vec<Var<T>> = operands.iter().map(|&x| tape.var(x)).collect();
                let constants: Vec<Var<T>> = operands.iter().map(|&x| x.into()).collect();
                let same = |got: T, want: T| {
                    let (got, want) = (widen(got).to_bits(), widen(want).to_bits());
                    assert_eq!(got, want, "{} of {operands:?}", row.name());
                };
                same(row.apply(&variables).value(), want);
                same(row.apply(&constants).value(), want);
                let array = plain.view()[&index[..]];
                same(on_tape.value()[&index[..]], array);
                if !row.is_fast() {
                    same(array, want);
                }
            }
        }
    }
}

#[test]
fn every_reading_gives_the_same_bits() {
    readings_agree::<f64>();
    readings_agree::<f32>();
}

/// The element of `x` that stands at `index` once it is broadcast.
fn broadcast_element<T: Real>(x: &ArrayD<T>, index: &[usize]) -> T {
    let own = &index[index.len() - x.ndim()..];
    let own: Vec<usize> = own.iter().zip(x.shape()).map(|(&i, &n)| i.min(n - 1)).collect();
    x[&own[..]]
}

/// Whole powers take any exponent of `i32` that the element type holds, in value and slope.
#[test]
fn whole_powers_of_any_size() {
    let tape = Tape::<f32>::default();
    assert_eq!(tape.var(2.0).powi(i32::MAX - 127).value(), f32::INFINITY);
    assert_eq!(tape.var(0.5).powi(i32::MAX - 127).value(), 0.0);
    assert_eq!(tape.var(2.0).powi(i32::MIN).value(), 0.0);
    let tape = Tape::new();
    let x = tape.var(2.0);
    let y = x.powi(i32::MIN);
    assert_eq!((y.value(), y.backward().wrt(x)), (0.0, 0.0));
    assert_eq!(x.powi(i32::MAX).backward().wrt(x), f64::INFINITY);
}
