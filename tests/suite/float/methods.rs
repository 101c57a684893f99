//! Bit for bit: what the methods of `Float` and its supertraits give on `f64` and `f32`, they give on
//! `Var<f64>` and `Var<f32>`, tracked or not.
//!
//! One exception, by design: `mul_add` on a handle is a product and a sum, rounded twice, where `f64::mul_add`
//! rounds once.

use num_traits::{Float, FromPrimitive, NumCast, One, Zero};
use std::iter::{Product, Sum};
use wengert::{Real, Tape, Var};

/// What the functions below ask for.
trait Number: Float + FromPrimitive + Sum + for<'a> Sum<&'a Self> + Product + for<'a> Product<&'a Self> {}
impl<F: Float + FromPrimitive + Sum + for<'a> Sum<&'a F> + Product + for<'a> Product<&'a F>> Number for F {}

/// A number's value, for comparison: NaNs are alike, zeros are not.
fn shown<F: Float>(x: F) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    let sign = if x.is_sign_negative() { "-" } else { "+" };
    format!("{sign}{:?}", x.integer_decode())
}

/// Named results: a table of `name = expression` becomes a list.
macro_rules! results {
    ($($name:literal = $e:expr;)*) => {
        vec![$(($name, shown::<F>($e))),*]
    };
}

type Results = Vec<(&'static str, String)>;

/// Methods of one number.
fn of_one<F: Number>(x: F) -> Results {
    let mut out = results! {
        "neg" = -x; "floor" = x.floor(); "ceil" = x.ceil(); "round" = x.round(); "trunc" = x.trunc();
        "fract" = x.fract(); "abs" = x.abs(); "signum" = x.signum(); "recip" = x.recip(); "sqrt" = x.sqrt();
        "exp" = x.exp(); "exp2" = x.exp2(); "ln" = x.ln(); "log2" = x.log2(); "log10" = x.log10();
        "cbrt" = x.cbrt(); "sin" = x.sin(); "cos" = x.cos(); "tan" = x.tan(); "asin" = x.asin();
        "acos" = x.acos(); "atan" = x.atan(); "sin_cos.0" = x.sin_cos().0; "sin_cos.1" = x.sin_cos().1;
        "exp_m1" = x.exp_m1(); "ln_1p" = x.ln_1p(); "sinh" = x.sinh(); "cosh" = x.cosh(); "tanh" = x.tanh();
        "asinh" = x.asinh(); "acosh" = x.acosh(); "atanh" = x.atanh(); "to_degrees" = x.to_degrees();
        "to_radians" = x.to_radians(); "x + 0" = x + F::zero(); "x * 1" = x * F::one();
        "sum of one" = [x].iter().sum(); "product of one" = [x].into_iter().product();
    };
    for n in [-7, -2, -1, 0, 1, 2, 3, 8, 31] {
        out.push(("powi", shown(x.powi(n))));
    }
    let questions = [
        x.is_nan(),
        x.is_infinite(),
        x.is_finite(),
        x.is_normal(),
        x.is_subnormal(),
        x.is_sign_positive(),
        x.is_sign_negative(),
        x.is_zero(),
        x.is_one(),
    ];
    out.push((
        "questions",
        format!("{questions:?} {:?} {:?}", x.classify(), x.integer_decode()),
    ));
    let whole = format!(
        "{:?}",
        (x.to_i8(), x.to_i16(), x.to_i32(), x.to_i64(), x.to_isize())
    );
    let natural = format!(
        "{:?}",
        (x.to_u8(), x.to_u16(), x.to_u32(), x.to_u64(), x.to_usize())
    );
    out.extend([("to_i", whole), ("to_u", natural)]);
    out.push((
        "to_f",
        format!("{:?} {:?}", x.to_f32().map(shown), x.to_f64().map(shown)),
    ));
    out.push(("to_i128", format!("{:?} {:?}", x.to_i128(), x.to_u128())));
    out
}

/// Methods and operators of two numbers, and of three.
fn of_several<F: Number>(x: F, y: F, z: F) -> Results {
    let mut out = results! {
        "add" = x + y; "sub" = x - y; "mul" = x * y; "div" = x / y; "rem" = x % y; "powf" = x.powf(y);
        "log" = x.log(y); "max" = x.max(y); "min" = x.min(y); "abs_sub" = x.abs_sub(y);
        "hypot" = x.hypot(y); "atan2" = x.atan2(y); "copysign" = x.copysign(y);
        "sum" = [x, y, z].into_iter().sum(); "sum of refs" = [x, y, z].iter().sum();
        "product" = [x, y, z].into_iter().product(); "product of refs" = [x, y, z].iter().product();
    };
    if y <= z {
        out.push(("clamp", shown(x.clamp(y, z))));
    }
    let order = format!(
        "{} {} {} {} {} {:?}",
        x == y,
        x < y,
        x <= y,
        x > y,
        x >= y,
        x.partial_cmp(&y)
    );
    out.push(("comparisons", order));
    out
}

/// Functions that make numbers.
fn of_none<F: Number>() -> Results {
    let none: [F; 0] = [];
    let mut out = results! {
        "zero" = F::zero(); "one" = F::one(); "nan" = F::nan(); "infinity" = F::infinity();
        "neg_infinity" = F::neg_infinity(); "neg_zero" = F::neg_zero(); "min_value" = F::min_value();
        "max_value" = F::max_value(); "min_positive_value" = F::min_positive_value();
        "epsilon" = F::epsilon(); "empty sum" = none.iter().sum(); "empty product" = none.iter().product();
        "empty sum by value" = none.into_iter().sum();
    };
    let casts = [
        <F as NumCast>::from(-3_i8),
        <F as NumCast>::from(0.1_f32),
        <F as NumCast>::from(0.1_f64),
        <F as NumCast>::from(u64::MAX),
        <F as NumCast>::from(i128::MIN),
        F::from_i8(-5),
        F::from_i64(i64::MIN),
        F::from_u64(u64::MAX),
        F::from_i128(i128::MIN),
        F::from_u128(u128::MAX),
        F::from_f32(0.1),
        F::from_f64(0.1),
        F::from_f64(1e300),
    ];
    out.extend(casts.map(|x| ("casts", format!("{:?}", x.map(shown)))));
    for text in ["12.5", "-0", "inf", "NaN", "abc", ""] {
        let parsed = F::from_str_radix(text, 10);
        out.push(("from_str_radix", format!("{:?}", parsed.ok().map(shown))));
    }
    out.push((
        "from_str_radix",
        shown(F::from_str_radix("-101.1", 2).ok().expect("a number")),
    ));
    out
}

/// Ordinary numbers, borders of domains, and the extremes of the type.
fn points<T: Real>() -> Vec<T> {
    let plain = [0.0, 0.5, 1.0, 2.5, 0.1, 30.0, 57.3, 1e-20, 1e5, 1e25];
    let extreme = [
        T::infinity(),
        T::max_value(),
        T::min_positive_value(),
        T::epsilon(),
    ];
    let subnormal = T::min_positive_value() * T::lit(0.25);
    let positive = plain.map(T::lit).into_iter().chain(extreme).chain([subnormal]);
    positive.flat_map(|x| [x, -x]).chain([T::nan()]).collect()
}

/// All that differs between numbers and handles.
fn differences<T: Real + Number>() -> Vec<String> {
    let points = points::<T>();
    let tape = Tape::<T>::default();
    let mut wrong = Vec::new();
    let mut compare = |at: String, want: Results, got: Results| {
        assert_eq!(want.len(), got.len());
        for ((name, want), (_, got)) in want.into_iter().zip(got) {
            if want != got {
                wrong.push(format!("{name}{at}: {got} instead of {want}"));
            }
        }
    };
    compare(String::new(), of_none::<T>(), of_none::<Var<'_, T>>());
    for &x in &points {
        let at = format!("({x:e})");
        compare(at.clone(), of_one(x), of_one(tape.var(x)));
        compare(at, of_one(x), of_one(constant(x)));
        for (i, &y) in points.iter().enumerate() {
            let z = points[(7 * i + 3) % points.len()];
            let want = || of_several(x, y, z);
            let at = format!("({x:e}, {y:e}, {z:e})");
            compare(
                at.clone(),
                want(),
                of_several(tape.var(x), tape.var(y), tape.var(z)),
            );
            compare(
                at.clone(),
                want(),
                of_several(constant(x), tape.var(y), constant(z)),
            );
            compare(at, want(), of_several(tape.var(x), constant(y), constant(z)));
        }
    }
    wrong
}

/// An untracked constant (`Var::from`; `NumCast` has a `from` as well).
fn constant<'t, T: Real>(x: T) -> Var<'t, T> {
    x.into()
}

fn assert_none(wrong: Vec<String>) {
    let some: Vec<&String> = wrong.iter().take(30).collect();
    assert!(wrong.is_empty(), "{} differences: {some:#?}", wrong.len());
}

/// Every method, at ordinary and at extreme points, in double precision.
#[test]
fn handles_give_the_bits_of_f64() {
    assert_none(differences::<f64>());
}

/// The same in single precision.
#[test]
fn handles_give_the_bits_of_f32() {
    assert_none(differences::<f32>());
}

/// `mul_add` is a product and a sum, each rounded: not the fused operation, whose bits can differ.
#[test]
fn mul_add_rounds_twice() {
    let [x, a, b] = [1.0 + f64::EPSILON, 1.0 - f64::EPSILON, -1.0];
    let tape = Tape::new();
    let (xv, av) = (tape.var(x), tape.var(a));
    let y = Float::mul_add(xv, av, b.into());
    assert_eq!(y.value().to_bits(), (x * a + b).to_bits());
    assert_ne!(y.value(), x.mul_add(a, b));
    assert_eq!(y.backward().wrt([xv, av]), [a, x]);
}

/// Comparisons look at values only, with NaN unequal to itself, also between a handle and a number; `Default` is 0.
#[test]
fn comparisons_are_those_of_the_values() {
    let (here, there) = (Tape::new(), Tape::new());
    let (one, nan) = (here.var(1.0), here.var(f64::NAN));
    assert!(one == there.var(1.0) && one == Var::one() && one == 1.0 && one != 2.0);
    assert!(one < 2.0 && one > Var::zero() && one <= there.var(1.0) && one.partial_cmp(&0.5).is_some());
    assert!(nan != here.var(f64::NAN) && nan != one && one.partial_cmp(&nan).is_none());
    let outcomes = [nan < 1.0, nan >= 1.0, nan == 1.0, nan.partial_cmp(&1.0).is_some()];
    assert_eq!(outcomes, [false; 4]);
    assert_eq!(Var::<f64>::default(), Var::zero());
    assert_eq!(format!("{one} {one:.2} {nan}"), "1 1.00 NaN");
}
