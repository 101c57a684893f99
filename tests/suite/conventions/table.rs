//! Pointwise ops at kinks, ties, borders and extremes. Each row is tried as scalars and tensors, in `f32` and `f64`, by the
//! plain, the recorded and the forward sweep, and beside constants.

use super::expression::{Expected, Expression, rows};
use ndarray::arr1;
use wengert::{Tape, Term, Value};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Kinks, ties, and NaN among the arguments.
#[test]
fn kinks_and_ties() {
    let (rows, numbers) = rows! { examine:
        "abs", at [0.0] is 0.0, slopes [0.0]: |x| x.abs();
        "abs", at [-0.0] is 0.0, slopes [0.0]: |x| x.abs();
        "abs", at [NAN] is NAN, slopes [NAN]: |x| x.abs();
        "abs", at [-INF] is INF, slopes [-1.0]: |x| x.abs();
        "relu", at [0.0] is 0.0, slopes [0.0]: |x| x.relu();
        "relu", at [-0.0] is 0.0, slopes [0.0]: |x| x.relu();
        "relu", at [NAN] is NAN, slopes [NAN]: |x| x.relu();
        "relu", at [INF] is INF, slopes [1.0]: |x| x.relu();
        "relu", at [-INF] is 0.0, slopes [0.0]: |x| x.relu();
        "max(x, 0.0)", at [0.0] is 0.0, slopes [0.5]: |x| x.max(0);
        "min(x, 0.0)", at [0.0] is 0.0, slopes [0.5]: |x| x.min(0);
        "max", at [1.0, 1.0] is 1.0, slopes [0.5, 0.5]: |a, b| a.max(b);
        "min", at [1.0, 1.0] is 1.0, slopes [0.5, 0.5]: |a, b| a.min(b);
        "max", at [0.0, -0.0] is 0.0, slopes [0.5, 0.5]: |a, b| a.max(b);
        "max", at [INF, INF] is INF, slopes [0.5, 0.5]: |a, b| a.max(b);
        "max of one operand twice", at [1.0] is 1.0, slopes [1.0]: |x| x.max(x);
        "fmax", at [1.0, 1.0] is 1.0, slopes [0.5, 0.5]: |a, b| a.fmax(b);
        "fmin", at [1.0, 1.0] is 1.0, slopes [0.5, 0.5]: |a, b| a.fmin(b);
        "max", at [1.0, NAN] is NAN, slopes [0.0, NAN]: |a, b| a.max(b);
        "max", at [NAN, 1.0] is NAN, slopes [NAN, 0.0]: |a, b| a.max(b);
        "min", at [1.0, NAN] is NAN, slopes [0.0, NAN]: |a, b| a.min(b);
        "min", at [NAN, 1.0] is NAN, slopes [NAN, 0.0]: |a, b| a.min(b);
        "fmax", at [1.0, NAN] is 1.0, slopes [1.0, 0.0]: |a, b| a.fmax(b);
        "fmax", at [NAN, 1.0] is 1.0, slopes [0.0, 1.0]: |a, b| a.fmax(b);
        "fmin", at [1.0, NAN] is 1.0, slopes [1.0, 0.0]: |a, b| a.fmin(b);
        "fmin", at [NAN, 1.0] is 1.0, slopes [0.0, 1.0]: |a, b| a.fmin(b);
        "clamp as min(max(x, 0), 1)", at [2.0] is 1.0, slopes [0.0]: |x| x.max(0).min(1);
        "clamp as min(max(x, 0), 1)", at [NAN] is NAN, slopes [NAN]: |x| x.max(0).min(1);
        "floor", at [2.0] is 2.0, slopes [0.0]: |x| x.floor();
        "ceil", at [2.0] is 2.0, slopes [0.0]: |x| x.ceil();
        "round", at [0.5] is 1.0, slopes [0.0]: |x| x.round();
        "trunc", at [-1.0] is -1.0, slopes [0.0]: |x| x.trunc();
        "signum", at [0.0] is 1.0, slopes [0.0]: |x| x.signum();
        "floor of a quotient", at [7.0, 2.0] is 3.0, slopes [0.0, 0.0]: |a, b| (a / b).floor();
        "fract", at [2.0] is 0.0, slopes [1.0]: |x| x.fract();
        "remainder", at [7.0, 2.0] is 1.0, slopes [1.0, -3.0]: |a, b| a % b;
        "remainder, at a jump", at [6.0, 2.0] is 0.0, slopes [1.0, -3.0]: |a, b| a % b;
        "above", at [1.0, 1.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.above(b);
        "at_least", at [1.0, 1.0] is 1.0, slopes [0.0, 0.0]: |a, b| a.at_least(b);
    };
    println!("kinks and ties: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 39);
}

/// Powers, roots, quotients, lengths and angles at the borders of their domains.
#[test]
fn powers_and_quotients() {
    let (rows, numbers) = rows! { examine:
        "sqrt", at [0.0] is 0.0, slopes [INF]: |x| x.sqrt();
        "sqrt", at [-0.0] is -0.0, slopes [INF]: |x| x.sqrt();
        "sqrt", at [-1.0] is NAN, slopes [NAN]: |x| x.sqrt();
        "1/sqrt", at [0.0] is INF, slopes [-INF]: |x| x.sqrt().recip();
        "1/sqrt, as a quotient", at [0.0] is INF, slopes [-INF]: |x| 1 / x.sqrt();
        "cbrt", at [0.0] is 0.0, slopes [INF]: |x| x.cbrt();
        "cbrt", at [-0.0] is 0.0, slopes [INF]: |x| x.cbrt();
        "0·sqrt", at [0.0] is 0.0, slopes [NAN]: |x| 0 * x.sqrt();
        "sqrt of a square", at [0.0] is 0.0, slopes [NAN]: |x| x.square().sqrt();
        "square of a sqrt", at [0.0] is 0.0, slopes [NAN]: |x| x.sqrt().square();
        "x^0, whole", at [0.0] is 1.0, slopes [0.0]: |x| x.powi(0);
        "x^0, whole", at [INF] is 1.0, slopes [0.0]: |x| x.powi(0);
        "x^0, whole", at [NAN] is 1.0, slopes [0.0]: |x| x.powi(0);
        "x^0", at [0.0] is 1.0, slopes [0.0]: |x| x.powf(0);
        "x^0", at [INF] is 1.0, slopes [0.0]: |x| x.powf(0);
        "x^1, whole", at [0.0] is 0.0, slopes [1.0]: |x| x.powi(1);
        "x^2, whole", at [0.0] is 0.0, slopes [0.0]: |x| x.powi(2);
        "x^-1, whole", at [0.0] is INF, slopes [-INF]: |x| x.powi(-1);
        "x^3, whole", at [-2.0] is -8.0, slopes [12.0]: |x| x.powi(3);
        "pow", at [0.0, 0.0] is 1.0, slopes [0.0, 0.0]: |a, b| a.powf(b);
        "pow", at [0.0, 2.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.powf(b);
        "pow", at [0.0, 1.0] is 0.0, slopes [1.0, 0.0]: |a, b| a.powf(b);
        "pow", at [0.0, 0.5] is 0.0, slopes [INF, 0.0]: |a, b| a.powf(b);
        "pow", at [0.0, -1.0] is INF, slopes [-INF, -INF]: |a, b| a.powf(b);
        "pow", at [-2.0, 3.0] is -8.0, slopes [12.0, NAN]: |a, b| a.powf(b);
        "pow", at [-2.0, 0.5] is NAN, slopes [NAN, NAN]: |a, b| a.powf(b);
        "pow", at [1.0, 5.0] is 1.0, slopes [5.0, 0.0]: |a, b| a.powf(b);
        "1/x", at [0.0] is INF, slopes [-INF]: |x| 1 / x;
        "recip", at [0.0] is INF, slopes [-INF]: |x| x.recip();
        "x/y", at [0.0, 0.0] is NAN, slopes [INF, NAN]: |a, b| a / b;
        "x/y", at [1.0, 0.0] is INF, slopes [INF, -INF]: |a, b| a / b;
        "hypot", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.hypot(b);
        "hypot", at [3.0, 0.0] is 3.0, slopes [1.0, 0.0]: |a, b| a.hypot(b);
        "hypot", at [NAN, 1.0] is NAN, slopes [NAN, NAN]: |a, b| a.hypot(b);
        "atan2", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.atan2(b);
        "atan2", at [0.0, -1.0] is std::f64::consts::PI, slopes [-1.0, 0.0]: |a, b| a.atan2(b);
        "atan2", at [1.0, 0.0] is std::f64::consts::FRAC_PI_2, slopes [0.0, -1.0]: |a, b| a.atan2(b);
    };
    println!("powers and quotients: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 37);
}

/// Logarithms, inverse functions, saturation, overflow.
#[test]
fn logarithms_and_saturation() {
    let (rows, numbers) = rows! { examine:
        "ln", at [0.0] is -INF, slopes [INF]: |x| x.ln();
        "log2", at [0.0] is -INF, slopes [INF]: |x| x.log2();
        "log10", at [0.0] is -INF, slopes [INF]: |x| x.log10();
        "ln_1p", at [-1.0] is -INF, slopes [INF]: |x| x.ln_1p();
        "ln", at [-0.0] is -INF, slopes [INF]: |x| x.ln();
        "log2, log10", at [-0.0] is -INF, slopes [INF]: |x| x.log2() + x.log10();
        "ln", at [-1.0] is NAN, slopes [NAN]: |x| x.ln();
        "log2", at [-1.0] is NAN, slopes [NAN]: |x| x.log2();
        "log10", at [-1.0] is NAN, slopes [NAN]: |x| x.log10();
        "ln_1p", at [-2.0] is NAN, slopes [NAN]: |x| x.ln_1p();
        "ln", at [INF] is INF, slopes [0.0]: |x| x.ln();
        "x·ln x", at [0.0] is NAN, slopes [NAN]: |x| x * x.ln();
        "asin", at [2.0] is NAN, slopes [NAN]: |x| x.asin();
        "acos", at [-2.0] is NAN, slopes [NAN]: |x| x.acos();
        "asin", at [1.0] is std::f64::consts::FRAC_PI_2, slopes [INF]: |x| x.asin();
        "acos", at [-1.0] is std::f64::consts::PI, slopes [-INF]: |x| x.acos();
        "acosh", at [0.5] is NAN, slopes [NAN]: |x| x.acosh();
        "acosh", at [-2.0] is NAN, slopes [NAN]: |x| x.acosh();
        "acosh", at [1.0] is 0.0, slopes [INF]: |x| x.acosh();
        "atanh", at [2.0] is NAN, slopes [NAN]: |x| x.atanh();
        "atanh", at [-2.0] is NAN, slopes [NAN]: |x| x.atanh();
        "atanh", at [1.0] is INF, slopes [INF]: |x| x.atanh();
        "atanh", at [-1.0] is -INF, slopes [INF]: |x| x.atanh();
        "sin", at [INF] is NAN, slopes [NAN]: |x| x.sin();
        "sigmoid", at [1000.0] is 1.0, slopes [0.0]: |x| x.sigmoid();
        "sigmoid", at [-1000.0] is 0.0, slopes [0.0]: |x| x.sigmoid();
        "sigmoid", at [INF] is 1.0, slopes [0.0]: |x| x.sigmoid();
        "sigmoid", at [-INF] is 0.0, slopes [0.0]: |x| x.sigmoid();
        "sigmoid", at [0.0] is 0.5, slopes [0.25]: |x| x.sigmoid();
        "softplus", at [1000.0] is 1000.0, slopes [1.0]: |x| x.softplus();
        "softplus", at [-1000.0] is 0.0, slopes [0.0]: |x| x.softplus();
        "softplus", at [INF] is INF, slopes [1.0]: |x| x.softplus();
        "softplus", at [-INF] is 0.0, slopes [0.0]: |x| x.softplus();
        "softplus", at [NAN] is NAN, slopes [NAN]: |x| x.softplus();
        "log-sigmoid", at [1000.0] is 0.0, slopes [0.0]: |x| -(-x).softplus();
        "log-sigmoid", at [-1000.0] is -1000.0, slopes [1.0]: |x| -(-x).softplus();
        "tanh", at [1000.0] is 1.0, slopes [0.0]: |x| x.tanh();
        "tanh", at [-INF] is -1.0, slopes [0.0]: |x| x.tanh();
        "exp", at [1000.0] is INF, slopes [INF]: |x| x.exp();
        "exp", at [-INF] is 0.0, slopes [0.0]: |x| x.exp();
        "exp_m1", at [-INF] is -1.0, slopes [0.0]: |x| x.exp_m1();
        "asinh", at [INF] is INF, slopes [0.0]: |x| x.asinh();
        "atan", at [-INF] is -std::f64::consts::FRAC_PI_2, slopes [0.0]: |x| x.atan();
    };
    let (long, more) = rows! { examine_long:
        "tan", at [std::f64::consts::FRAC_PI_2] is 16331239353195370.0, slopes [2.6670937881135714e32]: |x| x.tan();
    };
    println!(
        "logarithms and saturation: {} rows, {} comparisons",
        rows + long,
        numbers + more
    );
    assert_eq!(rows + long, 44);
}

/// Selections: the side not taken gets nothing, whatever its slope is.
#[test]
fn selections() {
    let (rows, numbers) = rows! { examine:
        "where x > 0: ln x", at [0.0] is -0.0, slopes [0.0]: |x| x.ln().gated(x.above(0));
        "where x > 0: sqrt x", at [0.0] is -0.0, slopes [0.0]: |x| x.sqrt().gated(x.above(0));
        "where x ≠ 0: sin x / x", at [0.0] is -0.0, slopes [0.0]: |x| (x.sin() / x).gated(1 - x.equals(0));
        "where x > 0: sqrt x, taken", at [4.0] is 2.0, slopes [0.25]: |x| x.sqrt().gated(x.above(0));
        "double where", at [0.0] is 0.0, slopes [0.0]: |x| {
            let inside = x.above(0);
            let safe = x.gated(&inside) + 1.gated_by(&(1 - &inside));
            safe.ln().gated(inside)
        };
        "relu, then sqrt", at [-1.0] is 0.0, slopes [0.0]: |x| x.relu().sqrt();
        "relu, then sqrt", at [0.0] is 0.0, slopes [0.0]: |x| x.relu().sqrt();
        "max with a constant, then ln", at [-1.0] is -INF, slopes [0.0]: |x| x.max(0).ln();
        "abs, then sqrt", at [0.0] is 0.0, slopes [0.0]: |x| x.abs().sqrt();
        "hypot, then sqrt", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.hypot(b).sqrt();
        "x^0, then ln of the rest", at [0.0] is 0.0, slopes [0.0]: |x| x.powi(0).ln();
        "larger of a square root and 1", at [0.0] is 1.0, slopes [0.0]: |x| x.sqrt().max(1);
        "smaller of a reciprocal and 1", at [0.0] is 1.0, slopes [0.0]: |x| x.recip().min(1);
        "larger of two", at [0.0, 1.0] is 1.0, slopes [0.0, 0.5]: |a, b| a.sqrt().max(b.sqrt());
    };
    println!("selections: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 14);
}

/// A number that a gate lets pass.
trait Gated {
    fn gated_by<V: Value>(self, gate: &Term<V>) -> Term<V>;
}
impl Gated for i32 {
    fn gated_by<V: Value>(self, gate: &Term<V>) -> Term<V> {
        (self * (1 + 0 * gate)).gated(gate)
    }
}

/// Where the value is NaN because the arguments lie outside the domain, so is the derivative.
#[test]
fn outside_their_domain() {
    let (rows, numbers) = rows! { examine:
        "remainder of a division by 0", at [1.0, 0.0] is NAN, slopes [NAN, NAN]: |a, b| a % b;
        "remainder of ∞", at [INF, 2.0] is NAN, slopes [NAN, NAN]: |a, b| a % b;
        "fract", at [INF] is NAN, slopes [NAN]: |x| x.fract();
        "nonnegative", at [-1.0] is NAN, slopes [NAN]: |x| x.nonnegative();
    };
    println!("outside the domain: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 4);
}

/// Second derivatives at the same kinks: 0 where the first one is constant to both sides, the true one where it exists, ∓∞ at
/// the border of a domain; by both sweeps over the recorded gradient.
#[test]
fn second_derivatives() {
    struct Row(&'static str, fn(wengert::Var<'_>) -> wengert::Var<'_>, f64, f64);
    let rows = [
        Row("relu", |x| x.relu(), 0.0, 0.0),
        Row("abs", |x| x.abs(), 0.0, 0.0),
        Row("max(x, 0)", |x| x.max(0), 0.0, 0.0),
        Row("x^2, whole", |x| x.powi(2), 0.0, 2.0),
        Row("x^2", |x| x.powf(2), 0.0, 2.0),
        Row("square", |x| x.square(), 0.0, 2.0),
        Row("x·x", |x| x * x, 0.0, 2.0),
        Row("x^1, whole", |x| x.powi(1), 0.0, 0.0),
        Row("x^1", |x| x.powf(1), 0.0, 0.0),
        Row("x^0, whole", |x| x.powi(0), 0.0, 0.0),
        Row("x^3, whole", |x| x.powi(3), 0.0, 0.0),
        Row("sqrt", |x| x.sqrt(), 0.0, -INF),
        Row("ln", |x| x.ln(), 0.0, -INF),
        Row("ln below its domain", |x| x.ln(), -1.0, NAN),
        Row("floor", |x| x.floor(), 2.0, 0.0),
        Row("fract", |x| x.fract(), 2.0, 0.0),
        Row("x·|x|", |x| x * x.abs(), 0.0, 0.0),
        Row("relu, then sqrt", |x| x.relu().sqrt(), -1.0, 0.0),
        Row("where x > 0: ln x", |x| x.ln().gated(x.above(0)), 0.0, 0.0),
        Row("linear", |x| 3.0 * x, 0.0, 0.0),
        Row("1/(x² + 1)", |x| (x * x + 1.0).recip(), 0.0, -2.0),
        Row("tanh at ∞", |x| x.tanh(), INF, 0.0),
    ];
    for Row(name, f, at, want) in &rows {
        let tape = Tape::new();
        let x = tape.var(*at);
        let slope = f(x).backward_recorded().wrt(x);
        let got = [
            slope.backward().wrt(x),
            tape.forward().seed(x, 1.0).sweep().of(slope),
        ];
        for got in got {
            assert!(
                got == *want || (got.is_nan() && want.is_nan()),
                "{name}: {got} instead of {want}"
            );
        }
    }
    println!("second derivatives: {} rows", rows.len());
    assert_eq!(rows.len(), 22);
}

/// ∂²(aᵇ)/∂a∂b at b = 0 is 1/a, whichever is taken first: no gate hides what varies with the exponent.
#[test]
fn a_power_with_exponent_zero_has_its_mixed_derivative() {
    let tape = Tape::new();
    let (a, b) = (tape.var(4.0), tape.var(0.0));
    let first = a.powf(b).backward_recorded();
    assert_eq!(first.wrt(a).backward().wrt(b), 0.25);
    assert_eq!(first.wrt(b).backward().wrt(a), 0.25);
    let (a, b) = (tape.tensor(&arr1(&[4.0])), tape.tensor(&arr1(&[0.0])));
    let first = a.powf(b).sum().backward_recorded();
    assert_eq!(first.wrt(a).sum().backward().wrt(b)[0], 0.25);
    assert_eq!(first.wrt(b).sum().backward().wrt(a)[0], 0.25);
}
