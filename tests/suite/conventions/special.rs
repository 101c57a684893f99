//! Special functions at poles, borders and far out: as in `table.rs`.

use super::expression::{Expected, Expression, rows};
use wengert::{Tape, Term, Value};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn special_functions() {
    let (rows, numbers) = rows! { examine:
        "erf", at [INF] is 1.0, slopes [0.0]: |x| x.erf();
        "erf", at [-INF] is -1.0, slopes [0.0]: |x| x.erf();
        "erf", at [NAN] is NAN, slopes [NAN]: |x| x.erf();
        "erfc", at [INF] is 0.0, slopes [0.0]: |x| x.erfc();
        "erfc", at [-INF] is 2.0, slopes [0.0]: |x| x.erfc();
        "erfinv", at [1.0] is INF, slopes [INF]: |x| x.erfinv();
        "erfinv", at [-1.0] is -INF, slopes [INF]: |x| x.erfinv();
        "erfinv", at [1.5] is NAN, slopes [NAN]: |x| x.erfinv();
        "erfinv", at [NAN] is NAN, slopes [NAN]: |x| x.erfinv();
        "gauss", at [0.0] is 1.0, slopes [0.0]: |x| x.gauss();
        "gauss", at [INF] is 0.0, slopes [0.0]: |x| x.gauss();
        "ndtr", at [INF] is 1.0, slopes [0.0]: |x| x.ndtr();
        "ndtr", at [-INF] is 0.0, slopes [0.0]: |x| x.ndtr();
        "ndtr", at [NAN] is NAN, slopes [NAN]: |x| x.ndtr();
        "ndtri", at [0.0] is -INF, slopes [INF]: |x| x.ndtri();
        "ndtri", at [1.0] is INF, slopes [INF]: |x| x.ndtri();
        "ndtri", at [0.5] is 0.0, slopes [2.5066282746310002]: |x| x.ndtri();
        "ndtri", at [-0.1] is NAN, slopes [NAN]: |x| x.ndtri();
        "ndtri", at [1.1] is NAN, slopes [NAN]: |x| x.ndtri();
        "log_ndtr", at [INF] is 0.0, slopes [0.0]: |x| x.log_ndtr();
        "log_ndtr", at [-INF] is -INF, slopes [INF]: |x| x.log_ndtr();
        "log_ndtr", at [NAN] is NAN, slopes [NAN]: |x| x.log_ndtr();
        "lgamma", at [0.0] is INF, slopes [NAN]: |x| x.lgamma();
        "lgamma", at [-1.0] is INF, slopes [NAN]: |x| x.lgamma();
        "lgamma", at [INF] is INF, slopes [INF]: |x| x.lgamma();
        "lgamma", at [NAN] is NAN, slopes [NAN]: |x| x.lgamma();
        "digamma", at [-1.0] is NAN, slopes [INF]: |x| x.digamma();
        "digamma", at [0.0] is NAN, slopes [INF]: |x| x.digamma();
        "digamma", at [INF] is INF, slopes [0.0]: |x| x.digamma();
        "digamma", at [-INF] is NAN, slopes [NAN]: |x| x.digamma();
        "trigamma", at [-1.0] is INF, slopes [NAN]: |x| x.polygamma(1);
        "i0e", at [0.0] is 1.0, slopes [0.0]: |x| x.i0e();
        "i0e", at [-0.0] is 1.0, slopes [0.0]: |x| x.i0e();
        "i0e", at [INF] is 0.0, slopes [0.0]: |x| x.i0e();
        "i1e", at [0.0] is 0.0, slopes [0.5]: |x| x.i1e();
        "i1e", at [-INF] is 0.0, slopes [0.0]: |x| x.i1e();
        "i0e", at [NAN] is NAN, slopes [NAN]: |x| x.i0e();
    };
    println!("special functions: {rows} rows, {numbers} comparisons");
    assert_eq!(rows, 37);
}

/// Slopes where a simple formula has none, to a relative error of 4e-16.
#[test]
fn where_others_lose_digits() {
    type Function = fn(wengert::Var<'_>) -> wengert::Var<'_>;
    let rows: [(&str, Function, f64, f64); 5] = [
        ("log_ndtr", |x| x.log_ndtr(), -30.0, 30.03325966743367704),
        ("log_ndtr", |x| x.log_ndtr(), -200.0, 200.0049997500312442),
        ("digamma", |x| x.digamma(), -0.5, 8.934802200544679),
        ("ndtri", |x| x.ndtri(), 1e-300, 2.69730446504261198e298),
        ("erfinv", |x| x.erfinv(), 0.0, 0.886226925452758),
    ];
    for (name, f, at, want) in rows {
        let tape = Tape::new();
        let x = tape.var(at);
        let got = f(x).backward().wrt(x);
        assert!(
            (got / want - 1.0).abs() <= 4e-16,
            "{name} at {at}: {got:e} instead of {want:e}"
        );
    }
}

/// Second derivatives at the same points.
#[test]
fn second_derivatives() {
    type Function = fn(wengert::Var<'_>) -> wengert::Var<'_>;
    let rows: [(&str, Function, f64, f64); 10] = [
        ("erf", |x| x.erf(), 0.0, 0.0),
        ("ndtri", |x| x.ndtri(), 0.5, 0.0),
        ("erfinv", |x| x.erfinv(), 0.0, 0.0),
        ("lgamma", |x| x.lgamma(), -1.0, f64::INFINITY),
        ("i0e", |x| x.i0e(), 0.0, 0.0),
        ("log_ndtr", |x| x.log_ndtr(), 40.0, 0.0),
        ("log_ndtr", |x| x.log_ndtr(), -1e10, -1.0),
        ("log_ndtr", |x| x.log_ndtr(), f64::INFINITY, 0.0),
        ("erf", |x| x.erf(), f64::INFINITY, 0.0),
        ("ndtr", |x| x.ndtr(), f64::NEG_INFINITY, 0.0),
    ];
    for (name, f, at, want) in rows {
        let tape = Tape::new();
        let x = tape.var(at);
        let slope = f(x).backward_recorded().wrt(x);
        let got = slope.backward().wrt(x);
        assert!(
            got == want || (got - want).abs() <= 2e-16 * want.abs(),
            "{name} at {at}: {got:e} instead of {want:e}"
        );
    }
}
