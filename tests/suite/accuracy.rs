//! How exact values and first derivatives are, against tables made by mpmath at 60 digits (`scripts/accuracy_table.py`):
//! a relative error of 1e-14 in `f64` (1e-13 for the incomplete functions, in every argument), 4 ulp in `f32` at the points
//! that are numbers of `f32`. The worst of each op is printed.
//!
//! A number below the smallest normal one may be wrong by as much; one beyond the largest must be infinite. Cheap forms in the
//! result that docs/conventions.md allows are listed in [`allowance`].

use std::collections::BTreeMap;
use wengert::{Real, Tape, Var};

const TABLE: &str = include_str!("../data/accuracy.txt");

macro_rules! by_name {
    ($op:ident, $x:ident, $rest:tt: $($name:ident)*) => {
        match $op {
            $(stringify!($name) => $x.$name $rest,)*
            _ => panic!("{}: no op of this name", $op),
        }
    };
}
/// The ops by the names that the table has for them.
fn apply<'t, T: Real>(op: &str, x: &[Var<'t, T>]) -> Var<'t, T> {
    let lit = T::lit;
    match (op, x) {
        ("neg", [x]) => -x,
        ("polygamma(1)", [x]) => x.polygamma(1),
        ("polygamma(4)", [x]) => x.polygamma(4),
        ("leaky_relu", [x]) => x.leaky_relu(Var::from(lit(0.125))),
        ("elu", [x]) => x.elu(Var::from(lit(1.25))),
        ("celu", [x]) => x.celu(wengert::Lit(1.5)),
        ("gammainc", [a, x]) => a.gammainc(x),
        ("gammaincc", [a, x]) => a.gammaincc(x),
        ("betainc", [a, b, x]) => a.betainc(b, x),
        (op, [x]) => {
            by_name!(op, x, (): recip square sqrt rsqrt cbrt exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin acos atan
            sinh cosh tanh asinh acosh atanh sigmoid log_sigmoid logit softplus relu6 selu gelu gelu_tanh silu mish hard_sigmoid
            gauss erf erfc erfinv ndtr ndtri log_ndtr lgamma digamma sinc xlogx entr i0e i1e)
        }
        (op, [a, b]) => by_name!(op, a, (b): powf hypot atan2 logaddexp logsubexp xlogy xlog1py),
        _ => panic!("{op}: no op of this name with {} arguments", x.len()),
    }
}

/// The absolute error that is allowed beside the relative one, as a multiple of the type's ε: for the k-th derivative (the value
/// is 0, the first derivative 1) where a cheap form in the result is used, and at a root of the derivative.
fn allowance(op: &str, k: usize, x: f64) -> f64 {
    match (op, k) {
        ("tanh" | "sigmoid", 1) => 0.5,
        ("silu", 1) if (x + 1.2784645).abs() < 1e-3 => 0.5,
        _ => 0.0,
    }
}

/// An element type with its limits.
trait Type: Real {
    /// The error of `got`, as a multiple of what is allowed.
    fn error(got: Self, want: f64, special: bool) -> f64;
}

impl Type for f64 {
    fn error(got: f64, want: f64, special: bool) -> f64 {
        let allowed = if special { 1e-13 } else { 1e-14 };
        (got - want).abs() / (allowed * want.abs())
    }
}

impl Type for f32 {
    fn error(got: f32, want: f64, _: bool) -> f64 {
        let ulp = (want.abs() as f32).next_up() - want.abs() as f32;
        (f64::from(got) - want).abs() / (4.0 * f64::from(ulp))
    }
}

/// The worst error, and the point where it was found.
type Worst = BTreeMap<(String, usize), (f64, Vec<f64>, f64, f64)>;

fn measure<T: Type>() -> Worst {
    let mut worst = Worst::new();
    let mut op = "";
    for line in TABLE.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            op = name;
            continue;
        }
        let numbers: Vec<f64> = line.split(' ').map(|x| x.parse().expect("a number")).collect();
        let n = (numbers.len() - 1) / 2;
        let (at, want) = numbers.split_at(n);
        if at.iter().any(|&x| T::lit(x).to_f64() != Some(x)) {
            continue;
        }
        let tape = Tape::<T>::default();
        let x: Vec<Var<T>> = at.iter().map(|&x| tape.var(T::lit(x))).collect();
        let y = apply(op, &x);
        let mut got = vec![y.value()];
        got.extend(y.backward().wrt(&x[..]));
        let special = op.contains("inc");
        for (k, (&got, &want)) in got.iter().zip(want).enumerate() {
            let number = got.to_f64().unwrap_or(f64::NAN);
            let limit = |x: T| x.to_f64().unwrap_or(f64::NAN);
            let (small, large) = (limit(T::min_positive_value()), limit(T::max_value()));
            let slack = allowance(op, k, at[0]) * limit(T::epsilon());
            let error = if want.abs() < small {
                (number - want).abs() / small
            } else if want.abs() > large {
                f64::from(u8::from(number != want.signum() * f64::INFINITY)) * 2.0
            } else if (number - want).abs() <= slack {
                0.0
            } else {
                T::error(got, want, special)
            };
            let entry = worst
                .entry((op.to_owned(), k))
                .or_insert((-1.0, vec![], 0.0, 0.0));
            // A NaN is the worst.
            if !(error <= entry.0) {
                *entry = (error, at.to_vec(), number, want);
            }
        }
    }
    worst
}

fn report<T: Type>(unit: &str, scale: impl Fn(&str) -> f64) {
    let worst = measure::<T>();
    let mut wrong = vec![];
    for ((op, k), (error, at, got, want)) in &worst {
        let what = ["value", "in 1st", "in 2nd", "in 3rd"][*k];
        let line = format!(
            "{op}, {what}: {:.1} {unit} at {at:?}: {got:e} for {want:e}",
            error.max(0.0) * scale(op)
        );
        println!("{line}");
        if !(*error <= 1.0) {
            wrong.push(line);
        }
    }
    let ops = worst.keys().filter(|(_, k)| *k == 0).count();
    println!("{ops} ops, {} functions in {}", worst.len(), T::NAME);
    assert!(wrong.is_empty(), "{}:\n{}", T::NAME, wrong.join("\n"));
    assert_eq!((ops, worst.len()), (65, 141));
}

#[test]
fn in_f64() {
    report::<f64>("e-16", |op| if op.contains("inc") { 1000.0 } else { 100.0 });
}

#[test]
fn in_f32() {
    report::<f32>("ulp", |_| 4.0);
}

/// The table has at least 40 points an op.
#[test]
fn the_table_is_large_enough() {
    for section in TABLE.split("# ").skip(2) {
        let points = section.lines().count() - 1;
        assert!(
            points >= 40,
            "{}: {points} points",
            section.lines().next().unwrap_or("")
        );
    }
}
