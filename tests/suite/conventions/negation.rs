//! The derivatives of −f are those of f with the other sign, at points where signs of zeros matter: exact minima, kinks,
//! ±0. All pairs of rows of the table, one inside the other.

use ndarray::arr1;
use wengert::ops::{Binary, Unary};
use wengert::{Tape, Term, Value};

/// A row with its other argument, if it has one, held constant.
#[derive(Debug, Clone, Copy)]
enum Row {
    One(Unary),
    Left(Binary, i32),
    Right(i32, Binary),
    Power(i32),
}

impl Row {
    fn apply<V: Value>(self, x: &Term<V>) -> Term<V> {
        match self {
            Self::One(op) => op.apply(x),
            Self::Left(op, c) => op.apply(x, &constant(x, c)),
            Self::Right(c, op) => op.apply(&constant(x, c), x),
            Self::Power(n) => x.powi(n),
        }
    }
}

/// A value that does not vary with `x`, NaN or not: the whole number c.
fn constant<V: Value>(x: &Term<V>, c: i32) -> Term<V> {
    x.at_least(x).fmax(0).fmin(0).floor() + c
}

fn rows() -> Vec<Row> {
    let smooth = [
        Binary::Pow,
        Binary::Hypot,
        Binary::Atan2,
        Binary::Div,
        Binary::Rem,
        Binary::Mul,
        Binary::XLogY,
        Binary::XLog1pY,
        Binary::LogAddExp,
        Binary::LogSubExp,
    ];
    let selecting = [
        Binary::Max,
        Binary::Min,
        Binary::FMax,
        Binary::FMin,
        Binary::Sub,
        Binary::Copysign,
        Binary::When,
        Binary::Unless,
    ];
    let mut rows: Vec<Row> = Unary::ALL.iter().map(|&op| Row::One(op)).collect();
    for op in smooth.into_iter().chain(selecting) {
        rows.extend([Row::Left(op, 1), Row::Left(op, 2), Row::Right(1, op)]);
    }
    rows.extend([-1, 0, 1, 2, 3].map(Row::Power));
    rows
}

fn opposite(a: f64, b: f64) -> bool {
    (a.is_nan() && b.is_nan()) || a == -b || (a + b).abs() <= 1e-14 * a.abs()
}

/// The lanes' functions differ by rounding, which a composition with a root of a slope magnifies.
fn near(a: f64, b: f64) -> bool {
    (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= 1e-14 * a.abs().max(1.0)
}

/// First and second derivative of f, by scalars and by arrays: the plain sweep, and a plain one over the recorded one.
fn derivatives(f: impl for<'t> Fn(wengert::Var<'t>) -> wengert::Var<'t>, at: f64) -> [f64; 2] {
    let tape = Tape::new();
    let x = tape.var(at);
    let y = f(x);
    let first = y.backward().get(x).unwrap_or(0.0);
    let recorded = y.backward_recorded().get(x);
    let second = recorded.map_or(0.0, |g| g.backward().get(x).unwrap_or(0.0));
    [first, second]
}

fn of_arrays(f: impl for<'t> Fn(wengert::Tensor<'t>) -> wengert::Tensor<'t>, at: f64) -> [f64; 2] {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[at]));
    let y = f(x).sum();
    let first = y.backward().get(x).map_or(0.0, |g| g[[0]]);
    let recorded = y.backward_recorded().get(x);
    let second = recorded.map_or(0.0, |g| g.sum().backward().get(x).map_or(0.0, |h| h[[0]]));
    [first, second]
}

#[test]
fn the_gradient_of_minus_f_is_minus_the_gradient_of_f() {
    let rows = rows();
    let mut faults = Vec::new();
    let mut cases = 0;
    for &outer in &rows {
        for &inner in &rows {
            for at in [0.0, -0.0, 1.0, -1.0, 2.0] {
                let scalars = derivatives(|x| outer.apply(&inner.apply(&x)), at);
                let negated = derivatives(|x| -outer.apply(&inner.apply(&x)), at);
                let arrays = of_arrays(|x| outer.apply(&inner.apply(&x)), at);
                let arrays_negated = of_arrays(|x| -outer.apply(&inner.apply(&x)), at);
                cases += 1;
                for order in 0..2 {
                    let same = near(arrays[order], scalars[order]);
                    let opposite = opposite(scalars[order], negated[order])
                        && opposite(arrays[order], arrays_negated[order]);
                    if !opposite || !same {
                        faults.push(format!(
                            "{outer:?}({inner:?}) at {at:?}, order {}: {}, negated {}, as arrays {}, {}",
                            order + 1,
                            scalars[order],
                            negated[order],
                            arrays[order],
                            arrays_negated[order]
                        ));
                    }
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(
        faults.is_empty(),
        "{} faults, the first: {:#?}",
        faults.len(),
        &faults[..faults.len().min(30)]
    );
}

/// Log-densities at their mode, and a unit whose weight is 0: what a user meets.
#[test]
fn zeros_that_users_meet() {
    let tape = Tape::new();
    let x = tape.var(2.0);
    let l = -0.5 * (x - 2.0).powi(2);
    assert_eq!(l.backward_recorded().wrt(x).backward().wrt(x), -1.0);
    let l = -0.5 * (x - 2.0).powf(2.0);
    assert_eq!(l.backward_recorded().wrt(x).backward().wrt(x), -1.0);
    let a = tape.tensor(&arr1(&[0.0, 1.0]));
    let g = (-(a.sin().powi(2).sum())).backward_recorded().wrt(a);
    assert_eq!(g.sum().backward().wrt(a)[[0]], -2.0);
    let (w, x) = (tape.var(0.0), tape.var(1.5));
    let g = (w * x.relu() - 1.0).square().backward_recorded().wrt(x);
    assert_eq!(g.backward().wrt(w), -2.0);
    // 1 % 0.1 is 1 − 9·0.1, rounded.
    let b = tape.var(0.1);
    assert_eq!((1.0 % b).backward().wrt(b), -9.0);
    // No element, no contribution.
    let z = tape.tensor(&arr1(&[0.0]));
    let nothing = tape.constant(&ndarray::Array1::<f64>::zeros(0));
    assert_eq!(
        (z.sqrt() + nothing).sum().backward().wrt(z),
        arr1(&[0.0]).into_dyn()
    );
}
