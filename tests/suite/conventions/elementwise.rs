//! The rest of the pointwise ops at kinks, ties, borders and extremes; tried as in `table.rs`.

use super::expression::{Expected, Expression, rows};
use crate::common::same;
use ndarray::arr1;
use wengert::{Lit, Real, Tape, Tensor, Term, Value, Var};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn bounds_and_signs() {
    let (rows, numbers) = rows! { examine:
        "relu6", at [0.0] is 0.0, slopes [0.0]: |x| x.relu6();
        "relu6", at [6.0] is 6.0, slopes [0.0]: |x| x.relu6();
        "relu6", at [3.0] is 3.0, slopes [1.0]: |x| x.relu6();
        "relu6", at [INF] is 6.0, slopes [0.0]: |x| x.relu6();
        "relu6", at [NAN] is NAN, slopes [NAN]: |x| x.relu6();
        "clamp", at [0.0] is 0.0, slopes [0.0]: |x| x.clamp(0, 1);
        "clamp", at [-0.0] is 0.0, slopes [0.0]: |x| x.clamp(0, 1);
        "clamp", at [1.0] is 1.0, slopes [0.0]: |x| x.clamp(0, 1);
        "clamp", at [0.5] is 0.5, slopes [1.0]: |x| x.clamp(0, 1);
        "clamp", at [INF] is 1.0, slopes [0.0]: |x| x.clamp(0, 1);
        "clamp", at [NAN] is NAN, slopes [NAN]: |x| x.clamp(0, 1);
        "clamp of a square root", at [0.0] is 0.5, slopes [0.0]: |x| x.sqrt().clamp(Lit(0.5), 1);
        "clamp by the lower", at [0.0, 0.0, 1.0] is 0.0, slopes [0.5, 0.5, 0.0]: |x, l, h| x.clamp_by(l, h);
        "clamp by the upper", at [1.0, 0.0, 1.0] is 1.0, slopes [0.5, 0.0, 0.5]: |x, l, h| x.clamp_by(l, h);
        "clamp by neither", at [0.5, 0.0, 1.0] is 0.5, slopes [1.0, 0.0, 0.0]: |x, l, h| x.clamp_by(l, h);
        "clamp by, NaN", at [NAN, 0.0, 1.0] is NAN, slopes [NAN, 0.0, 0.0]: |x, l, h| x.clamp_by(l, h);
        "hardtanh", at [1.0] is 1.0, slopes [0.0]: |x| x.hardtanh();
        "hardtanh", at [-1.0] is -1.0, slopes [0.0]: |x| x.hardtanh();
        "hard_sigmoid", at [3.0] is 1.0, slopes [0.0]: |x| x.hard_sigmoid();
        "hard_sigmoid", at [-3.0] is 0.0, slopes [0.0]: |x| x.hard_sigmoid();
        "hard_sigmoid", at [0.0] is 0.5, slopes [1.0 / 6.0]: |x| x.hard_sigmoid();
        "sign", at [0.0] is 0.0, slopes [0.0]: |x| x.sign();
        "sign", at [-0.0] is 0.0, slopes [0.0]: |x| x.sign();
        "sign", at [-INF] is -1.0, slopes [0.0]: |x| x.sign();
        "sign", at [NAN] is NAN, slopes [0.0]: |x| x.sign();
        "copysign", at [1.0, -0.0] is -1.0, slopes [-1.0, 0.0]: |a, b| a.copysign(b);
        "copysign", at [-2.0, -3.0] is -2.0, slopes [1.0, 0.0]: |a, b| a.copysign(b);
        "copysign", at [0.0, 1.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.copysign(b);
        "copysign", at [-INF, 1.0] is INF, slopes [-1.0, 0.0]: |a, b| a.copysign(b);
        "copysign", at [NAN, 1.0] is NAN, slopes [NAN, 0.0]: |a, b| a.copysign(b);
        "copysign to a NaN", at [2.0, NAN] is 2.0, slopes [1.0, 0.0]: |a, b| a.copysign(b);
        "copysign of a square root", at [0.0, 1.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.sqrt().copysign(b);
        "heaviside", at [0.0, 0.5] is 0.5, slopes [0.0, 1.0]: |x, h| x.heaviside(h);
        "heaviside", at [-0.0, 0.5] is 0.5, slopes [0.0, 1.0]: |x, h| x.heaviside(h);
        "heaviside", at [2.0, 0.5] is 1.0, slopes [0.0, 0.0]: |x, h| x.heaviside(h);
        "heaviside", at [-2.0, INF] is 0.0, slopes [0.0, 0.0]: |x, h| x.heaviside(h);
        "heaviside of a step that is a square root", at [1.0, 0.0] is 1.0, slopes [0.0, 0.0]: |x, h| x.heaviside(h.sqrt());
        "floor_div", at [7.0, 2.0] is 3.0, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "floor_div", at [-7.0, 2.0] is -4.0, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "floor_div, at a jump", at [6.0, -2.0] is -3.0, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "floor_div, where the quotient rounds up", at [1.0, 0.1] is 9.0, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "floor_div", at [1.0, 0.0] is INF, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "floor_div", at [0.0, 0.0] is NAN, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "floor_div", at [-1.0, INF] is -1.0, slopes [0.0, 0.0]: |a, b| a.floor_div(b);
        "nan_to_num", at [NAN] is 0.0, slopes [0.0]: |x| x.nan_to_num();
        "nan_to_num", at [2.0] is 2.0, slopes [1.0]: |x| x.nan_to_num();
        "nan_to_num of ln 0", at [0.0] is 0.0, slopes [0.0]: |x| (x.ln() * 0).nan_to_num();
    };
    let (long, more) = rows! { examine_long:
        "nan_to_num", at [INF] is f64::MAX, slopes [0.0]: |x| x.nan_to_num();
        "nan_to_num", at [-INF] is f64::MIN, slopes [0.0]: |x| x.nan_to_num();
        "nan_to_num", at [f64::MAX] is f64::MAX, slopes [1.0]: |x| x.nan_to_num();
    };
    let tape = Tape::<f32>::default();
    assert_eq!(tape.var(f32::INFINITY).nan_to_num().value(), f32::MAX);
    println!(
        "bounds and signs: {} rows, {} comparisons",
        rows + long,
        numbers + more
    );
    assert_eq!(rows + long, 50);
}

#[test]
fn activations() {
    let selu = 1.050_700_987_355_480_5 * 1.673_263_242_354_377_2;
    let (rows, numbers) = rows! { examine:
        "leaky_relu", at [0.0] is 0.0, slopes [0.1]: |x| x.leaky_relu(Lit(0.1));
        "leaky_relu", at [-0.0] is 0.0, slopes [0.1]: |x| x.leaky_relu(Lit(0.1));
        "leaky_relu", at [-INF] is -INF, slopes [0.1]: |x| x.leaky_relu(Lit(0.1));
        "leaky_relu", at [INF] is INF, slopes [1.0]: |x| x.leaky_relu(Lit(0.1));
        "leaky_relu", at [NAN] is NAN, slopes [NAN]: |x| x.leaky_relu(Lit(0.1));
        "leaky_relu with a variable slope", at [-2.0, 0.25] is -0.5, slopes [0.25, -2.0]: |x, s| x.leaky_relu(s);
        "leaky_relu with a variable slope", at [2.0, 0.25] is 2.0, slopes [1.0, 0.0]: |x, s| x.leaky_relu(s);
        "elu", at [0.0] is 0.0, slopes [1.0]: |x| x.elu(1);
        "elu, convex", at [0.0] is 0.0, slopes [0.5]: |x| x.elu(Lit(0.5));
        "elu, not convex", at [0.0] is 0.0, slopes [2.0]: |x| x.elu(2);
        "elu", at [-INF] is -1.0, slopes [0.0]: |x| x.elu(1);
        "elu", at [1000.0] is 1000.0, slopes [1.0]: |x| x.elu(1);
        "elu", at [INF] is INF, slopes [1.0]: |x| x.elu(1);
        "elu", at [NAN] is NAN, slopes [NAN]: |x| x.elu(1);
        "selu", at [0.0] is 0.0, slopes [selu]: |x| x.selu();
        "selu", at [1000.0] is 1_050.700_987_355_480_5, slopes [1.050_700_987_355_480_5]: |x| x.selu();
        "celu", at [0.0] is 0.0, slopes [1.0]: |x| x.celu(2);
        "celu", at [-INF] is -2.0, slopes [0.0]: |x| x.celu(2);
        "silu", at [0.0] is 0.0, slopes [0.5]: |x| x.silu();
        "silu", at [-INF] is 0.0, slopes [0.0]: |x| x.silu();
        "silu", at [INF] is INF, slopes [1.0]: |x| x.silu();
        "silu", at [-1000.0] is 0.0, slopes [0.0]: |x| x.silu();
        "silu", at [1000.0] is 1000.0, slopes [1.0]: |x| x.silu();
        "silu", at [NAN] is NAN, slopes [NAN]: |x| x.silu();
        "mish", at [0.0] is 0.0, slopes [0.6]: |x| x.mish();
        "mish", at [-INF] is 0.0, slopes [0.0]: |x| x.mish();
        "mish", at [INF] is INF, slopes [1.0]: |x| x.mish();
        "mish", at [NAN] is NAN, slopes [NAN]: |x| x.mish();
        "gelu", at [0.0] is 0.0, slopes [0.5]: |x| x.gelu();
        "gelu", at [-INF] is 0.0, slopes [0.0]: |x| x.gelu();
        "gelu", at [INF] is INF, slopes [1.0]: |x| x.gelu();
        "gelu", at [NAN] is NAN, slopes [NAN]: |x| x.gelu();
        "gelu_tanh", at [0.0] is 0.0, slopes [0.5]: |x| x.gelu_tanh();
        "gelu_tanh", at [-INF] is 0.0, slopes [0.0]: |x| x.gelu_tanh();
        "gelu_tanh", at [INF] is INF, slopes [1.0]: |x| x.gelu_tanh();
        "gelu_tanh", at [NAN] is NAN, slopes [NAN]: |x| x.gelu_tanh();
        "log_sigmoid", at [1000.0] is 0.0, slopes [0.0]: |x| x.log_sigmoid();
        "log_sigmoid", at [-1000.0] is -1000.0, slopes [1.0]: |x| x.log_sigmoid();
        "log_sigmoid", at [INF] is 0.0, slopes [0.0]: |x| x.log_sigmoid();
        "log_sigmoid", at [-INF] is -INF, slopes [1.0]: |x| x.log_sigmoid();
    };
    println!("activations: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 40);
}

#[test]
fn logarithms_and_roots() {
    let (rows, numbers) = rows! { examine:
        "rsqrt", at [0.0] is INF, slopes [-INF]: |x| x.rsqrt();
        "rsqrt", at [-1.0] is NAN, slopes [NAN]: |x| x.rsqrt();
        "rsqrt", at [INF] is 0.0, slopes [0.0]: |x| x.rsqrt();
        "logit", at [0.0] is -INF, slopes [INF]: |x| x.logit();
        "logit", at [-0.0] is -INF, slopes [INF]: |x| x.logit();
        "logit", at [1.0] is INF, slopes [INF]: |x| x.logit();
        "logit", at [0.5] is 0.0, slopes [4.0]: |x| x.logit();
        "logit", at [-1.0] is NAN, slopes [NAN]: |x| x.logit();
        "logit", at [2.0] is NAN, slopes [NAN]: |x| x.logit();
        "logit", at [INF] is NAN, slopes [NAN]: |x| x.logit();
        "xlogx", at [0.0] is 0.0, slopes [-INF]: |x| x.xlogx();
        "xlogx", at [1.0] is 0.0, slopes [1.0]: |x| x.xlogx();
        "xlogx", at [-1.0] is NAN, slopes [NAN]: |x| x.xlogx();
        "xlogx", at [INF] is INF, slopes [INF]: |x| x.xlogx();
        "entr", at [0.0] is 0.0, slopes [INF]: |x| x.entr();
        "entr", at [1.0] is 0.0, slopes [-1.0]: |x| x.entr();
        "entr", at [-1.0] is NAN, slopes [NAN]: |x| x.entr();
        "xlogy", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.xlogy(b);
        "xlogy", at [0.0, -0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.xlogy(b);
        "xlogy", at [0.0, 2.0] is 0.0, slopes [std::f64::consts::LN_2, 0.0]: |a, b| a.xlogy(b);
        "xlogy", at [2.0, 0.0] is -INF, slopes [-INF, INF]: |a, b| a.xlogy(b);
        "xlogy", at [1.0, -1.0] is NAN, slopes [NAN, NAN]: |a, b| a.xlogy(b);
        "xlogy", at [0.0, NAN] is NAN, slopes [NAN, NAN]: |a, b| a.xlogy(b);
        "xlogy of square roots", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.sqrt().xlogy(b.sqrt());
        "xlog1py", at [0.0, -1.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.xlog1py(b);
        "xlog1py", at [0.0, 1.0] is 0.0, slopes [std::f64::consts::LN_2, 0.0]: |a, b| a.xlog1py(b);
        "xlog1py", at [2.0, -1.0] is -INF, slopes [-INF, INF]: |a, b| a.xlog1py(b);
        "xlog1py", at [1.0, -2.0] is NAN, slopes [NAN, NAN]: |a, b| a.xlog1py(b);
        "xlog1py, a 0 that was touched", at [0.0, 0.0] is 0.0, slopes [NAN, 0.0]: |a, b| -a.sqrt().xlog1py(b);
        "logaddexp", at [-INF, -INF] is -INF, slopes [0.0, 0.0]: |a, b| a.logaddexp(b);
        "logaddexp", at [-INF, 0.0] is 0.0, slopes [0.0, 1.0]: |a, b| a.logaddexp(b);
        "logaddexp", at [INF, 0.0] is INF, slopes [1.0, 0.0]: |a, b| a.logaddexp(b);
        "logaddexp", at [INF, INF] is INF, slopes [0.5, 0.5]: |a, b| a.logaddexp(b);
        "logaddexp", at [0.0, 0.0] is std::f64::consts::LN_2, slopes [0.5, 0.5]: |a, b| a.logaddexp(b);
        "logaddexp", at [1000.0, -1000.0] is 1000.0, slopes [1.0, 0.0]: |a, b| a.logaddexp(b);
        "logsubexp", at [1.0, 1.0] is -INF, slopes [INF, -INF]: |a, b| a.logsubexp(b);
        "logsubexp", at [0.5, -INF] is 0.5, slopes [1.0, 0.0]: |a, b| a.logsubexp(b);
        "logsubexp beneath a square root", at [0.0, -INF] is 0.0, slopes [INF, 0.0]: |a, b| a.logsubexp(b).sqrt();
        "logsubexp", at [-INF, -INF] is -INF, slopes [1.0, 0.0]: |a, b| a.logsubexp(b);
        "logsubexp", at [0.0, 1.0] is NAN, slopes [NAN, NAN]: |a, b| a.logsubexp(b);
        "logsubexp", at [INF, INF] is NAN, slopes [NAN, NAN]: |a, b| a.logsubexp(b);
        "logsubexp", at [INF, 0.0] is INF, slopes [1.0, 0.0]: |a, b| a.logsubexp(b);
        "logsubexp", at [1000.0, -1000.0] is 1000.0, slopes [1.0, 0.0]: |a, b| a.logsubexp(b);
        "sinc", at [0.0] is 1.0, slopes [0.0]: |x| x.sinc();
        "sinc", at [-0.0] is 1.0, slopes [0.0]: |x| x.sinc();
        "sinc", at [INF] is 0.0, slopes [0.0]: |x| x.sinc();
        "sinc", at [NAN] is NAN, slopes [NAN]: |x| x.sinc();
        "lerp", at [2.0, 6.0, 0.25] is 3.0, slopes [0.75, 0.25, 4.0]: |a, b, t| a.lerp(b, t);
        "lerp", at [2.0, 6.0, 1.0] is 6.0, slopes [0.0, 1.0, 4.0]: |a, b, t| a.lerp(b, t);
        "mul_add", at [2.0, 3.0, 1.0] is 7.0, slopes [3.0, 2.0, 1.0]: |x, b, c| x.mul_add(b, c);
        "squared_difference", at [2.0, 5.0] is 9.0, slopes [-6.0, 6.0]: |a, b| a.squared_difference(b);
    };
    println!("logarithms and roots: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 51);
}

/// The side not taken gets a structural zero, whatever its value and derivative.
#[test]
fn selections() {
    let (rows, numbers) = rows! { examine:
        "where x > 0: ln x, else 0", at [0.0] is 0.0, slopes [0.0]: |x| x.above(0).select(x.ln(), 0);
        "where x > 0: ln x, else 0", at [1.0] is 0.0, slopes [1.0]: |x| x.above(0).select(x.ln(), 0);
        "where x > 0: sqrt x, else 0", at [0.0] is 0.0, slopes [0.0]: |x| x.above(0).select(x.sqrt(), 0);
        "where x > 0: sqrt x, else 2x", at [0.0] is 0.0, slopes [2.0]: |x| x.above(0).select(x.sqrt(), 2 * x);
        "where x > 0: sqrt x, else 2x", at [4.0] is 2.0, slopes [0.25]: |x| x.above(0).select(x.sqrt(), 2 * x);
        "where x = 0: 1, else sin x/x", at [0.0] is 1.0, slopes [0.0]: |x| x.equals(0).select(1, x.sin() / x);
        "where x > 0: 2, else exp(-1/x)", at [0.0] is 0.0, slopes [0.0]: |x| x.above(0).select((-(1 / x)).exp(), 0);
        "double where", at [0.0] is 0.0, slopes [0.0]: |x| {
            let inside = x.above(0);
            inside.select(inside.select(x, 1).ln(), 0)
        };
        "two numbers", at [3.0] is 5.0, slopes [0.0]: |x| x.select(5, 7);
        "two numbers", at [0.0] is 7.0, slopes [0.0]: |x| x.select(5, 7);
        "two numbers", at [-0.0] is 7.0, slopes [0.0]: |x| x.select(5, 7);
        "a variable condition", at [0.0, INF, 3.0] is 3.0, slopes [0.0, 0.0, 1.0]: |c, a, b| c.select(a, b);
        "a variable condition", at [-2.0, 5.0, NAN] is 5.0, slopes [0.0, 1.0, 0.0]: |c, a, b| c.select(a, b);
        "a condition that is NaN", at [NAN, 5.0, 3.0] is 5.0, slopes [0.0, 1.0, 0.0]: |c, a, b| c.select(a, b);
        "zeros, each of its sign", at [1.0, -0.0] is -INF, slopes [0.0, -INF]: |c, a| c.select(a, 1).recip();
        "both sides infinite", at [1.0, 0.0, 0.0] is -INF, slopes [0.0, INF, 0.0]: |c, a, b| c.select(a.ln(), b.ln());
    };
    println!("selections: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 16);
}

/// An expression, a point, its second derivative there.
struct Second(
    &'static str,
    for<'t> fn(Var<'t>) -> Var<'t>,
    for<'t> fn(Tensor<'t>) -> Tensor<'t>,
    f64,
    f64,
);

macro_rules! seconds {
    ($($name:literal, at $at:expr, is $want:expr, of |$x:ident| $y:expr;)*) => {
        [$(Second($name, |$x| $y, |$x| $y, $at, $want)),*]
    };
}

/// Second derivatives, by both sweeps over the recorded gradient and in both lanes.
#[test]
fn second_derivatives() {
    let rows = seconds! {
        "relu6", at 0.0, is 0.0, of |x| x.relu6();
        "relu6", at 6.0, is 0.0, of |x| x.relu6();
        "clamp", at 1.0, is 0.0, of |x| x.clamp(0, 1).square();
        "clamp, inside", at 0.5, is 2.0, of |x| x.clamp(0, 1).square();
        "leaky_relu", at 0.0, is 0.0, of |x| x.leaky_relu(0.1);
        "elu", at 0.0, is 1.0, of |x| x.elu(1);
        "celu", at 0.0, is 0.5, of |x| x.celu(2);
        "silu", at 0.0, is 0.5, of |x| x.silu();
        "silu", at -INF, is 0.0, of |x| x.silu();
        "silu", at INF, is 0.0, of |x| x.silu();
        "gelu", at -INF, is 0.0, of |x| x.gelu();
        "gelu", at INF, is 0.0, of |x| x.gelu();
        "mish", at INF, is 0.0, of |x| x.mish();
        "gelu_tanh", at INF, is 0.0, of |x| x.gelu_tanh();
        "xlogx", at 0.0, is INF, of |x| x.xlogx();
        "entr", at 0.0, is -INF, of |x| x.entr();
        "xlogy of (x, x)", at 2.0, is 0.5, of |x| x.xlogy(x);
        "logaddexp at a tie", at 0.0, is 0.25, of |x| x.logaddexp(0);
        "logaddexp at (-∞, -∞)", at -INF, is 0.0, of |x| x.logaddexp(x);
        "sinc", at 0.0, is -1.0 / 3.0, of |x| x.sinc();
        "where x > 0: ln x", at 0.0, is 0.0, of |x| x.above(0).select(x.ln(), 0);
        "where x > 0: sqrt x", at 0.0, is 2.0, of |x| x.above(0).select(x.sqrt(), x.square());
        "where x > 0: sqrt x", at 4.0, is -1.0 / 32.0, of |x| x.above(0).select(x.sqrt(), x.square());
        "where x = 0, else sin x/x", at 0.0, is 0.0, of |x| x.equals(0).select(1, x.sin() / x);
        "copysign", at 0.0, is 0.0, of |x| x.copysign(1);
        "nan_to_num", at INF, is 0.0, of |x| x.nan_to_num().square();
        "straight through", at 3.0, is 2.0, of |x| x.straight_through(x.clamp(0, 1)).square();
    };
    for Second(name, f, g, at, want) in &rows {
        let tape = Tape::new();
        let x = tape.var(*at);
        let slope = f(x).backward_recorded().wrt(x);
        let mut got = vec![
            slope.backward().wrt(x),
            tape.forward().seed(x, 1.0).sweep().of(slope),
        ];
        let x = tape.tensor(&arr1(&[*at, *at]));
        let slope = g(x).sum().backward_recorded().wrt(x);
        got.extend(slope.sum().backward().wrt(x));
        let ones = arr1(&[1.0, 1.0]).into_dyn();
        got.extend(tape.forward().seed_array(x, &ones).sweep().of(slope));
        for got in got {
            let near = want.is_finite() && (got - want).abs() <= 1e-15;
            assert!(
                near || same(got, *want),
                "{name} at {at}: {got} instead of {want}"
            );
        }
    }
    println!("second derivatives: {} rows", rows.len());
    assert_eq!(rows.len(), 27);
}

/// sin x/x has the derivatives (−1)^(n/2)/(n + 1) at 0 for even n, and 0 for odd n.
#[test]
fn every_derivative_of_sinc_at_0() {
    let tape = Tape::new();
    let x = tape.var(0.0);
    let mut y = x.sinc();
    for n in 0..9 {
        let want = [1.0, 0.0, -1.0, 0.0][n % 4] / (n as f64 + 1.0);
        assert_eq!(y.value(), want, "order {n}");
        y = y.backward_recorded().wrt(x);
    }
}

/// ∂²(x ln y)/∂x∂y = 1/y also at x = 0: what is 0 there is the number, which varies with x.
#[test]
fn the_mixed_derivative_of_xlogy() {
    let tape = Tape::new();
    let (a, b) = (tape.var(0.0), tape.var(4.0));
    for (y, want) in [(a.xlogy(b), 0.25), (a.xlog1py(b), 0.2)] {
        let first = y.backward_recorded();
        assert_eq!(first.wrt(a).backward().wrt(b), want);
        assert_eq!(first.wrt(b).backward().wrt(a), want);
    }
    let (a, b) = (tape.tensor(&arr1(&[0.0])), tape.tensor(&arr1(&[4.0])));
    for (y, want) in [(a.xlogy(b), 0.25), (a.xlog1py(b), 0.2)] {
        let first = y.sum().backward_recorded();
        assert_eq!(first.wrt(a).sum().backward().wrt(b)[0], want);
        assert_eq!(first.wrt(b).sum().backward().wrt(a)[0], want);
    }
}

fn straight_through<T: Real>() {
    let tape = Tape::<T>::default();
    let (zero, one) = (T::zero(), T::one());
    let numbers = [-0.5, 0.0, 0.3, 1.0, 1e30, f64::INFINITY].map(T::lit);
    let slopes = [one, one, one, one, one, zero];
    let x = tape.tensor(&arr1(&numbers));
    let y = x.straight_through(x.clamp(0, 1));
    assert_eq!(
        y.value(),
        arr1(&[zero, zero, T::lit(0.3), one, one, one]).into_dyn()
    );
    assert_eq!(y.sum().backward().wrt(x), arr1(&slopes).into_dyn());
    for (x, slope) in numbers.into_iter().zip(slopes) {
        let x = tape.var(x);
        let y = x.straight_through(x.clamp(0, 1));
        assert_eq!(y.value(), x.value().max(zero).min(one));
        assert_eq!(y.backward().wrt(x), slope);
    }
}

/// The straight-through variant of a clamp: its value, and the slope 1.
#[test]
fn straight_through_a_clamp() {
    straight_through::<f64>();
    straight_through::<f32>();
}

/// num-traits' methods of these names are the same functions.
#[test]
fn floats_have_the_same_slopes() {
    use num_traits::Float;
    let tape = Tape::new();
    let (a, b) = (tape.var(0.0), tape.var(-1.0));
    assert_eq!(Float::copysign(a, b).backward().wrt([a, b]), [0.0, 0.0]);
    let (x, lo, hi) = (tape.var(2.0), tape.var(2.0), tape.var(3.0));
    assert_eq!(
        Float::clamp(x, lo, hi).backward().wrt([x, lo, hi]),
        [0.5, 0.5, 0.0]
    );
    assert_eq!(
        Float::mul_add(x, lo, hi).backward().wrt([x, lo, hi]),
        [2.0, 2.0, 1.0]
    );
}

#[test]
#[should_panic(expected = "clamp: the bounds are 2 and 1")]
fn a_clamp_with_bounds_the_wrong_way_round() {
    let _ = Term::new(0.0).clamp(2, 1);
}

#[test]
#[should_panic(expected = "clamp: the bounds are NaN and 1")]
fn a_clamp_with_a_nan() {
    let _ = Term::new(0.0).clamp(NAN, 1.0);
}

#[test]
#[should_panic(expected = "select: the shapes [2] and [3] do not broadcast")]
fn a_selection_of_shapes_that_do_not_broadcast() {
    let tape = Tape::new();
    let (c, a) = (
        tape.tensor(&arr1(&[1.0, 0.0])),
        tape.tensor(&arr1(&[1.0, 2.0, 3.0])),
    );
    let _ = c.select(a, 0);
}
