//! How exact derivatives are where the obvious formula loses digits: to a few ulp of the true value, which is written
//! out here from arithmetic with 40 digits, or where a cheap formula in the result is allowed, to 1e-16 of 1.

use wengert::{Tape, Var};

/// The allowed error: relative, or absolute where the row says so.
enum Error {
    Relative(f64),
    Absolute(f64),
}
use Error::{Absolute, Relative};

struct Row(&'static str, fn(Var<'_>) -> Var<'_>, f64, f64, Error);

#[test]
fn of_first_derivatives() {
    let rows = [
        // 4e^(−2x)/(1 + e^(−2x))²
        Row(
            "tanh at 20",
            |x| x.tanh(),
            20.0,
            1.699341702116665e-17,
            Absolute(1e-16),
        ),
        Row(
            "tanh at 10",
            |x| x.tanh(),
            10.0,
            8.244614513656505e-9,
            Absolute(1e-16),
        ),
        // e^(−x)/(1 + e^(−x))²
        Row(
            "sigmoid at 40",
            |x| x.sigmoid(),
            40.0,
            4.248354255291589e-18,
            Absolute(1e-16),
        ),
        Row(
            "sigmoid at 20",
            |x| x.sigmoid(),
            20.0,
            2.0611536139418493e-9,
            Absolute(1e-16),
        ),
        Row(
            "sigmoid at −40",
            |x| x.sigmoid(),
            -40.0,
            4.248354255291589e-18,
            Relative(4e-16),
        ),
        Row(
            "exp_m1 at −40",
            |x| x.exp_m1(),
            -40.0,
            4.248354255291589e-18,
            Relative(4e-16),
        ),
        Row("exp_m1 at 1e-20", |x| x.exp_m1(), 1e-20, 1.0, Relative(4e-16)),
        Row(
            "softplus at 25",
            |x| x.softplus(),
            25.0,
            0.999_999_999_986_112_056_1,
            Relative(4e-16),
        ),
        Row(
            "softplus at −40",
            |x| x.softplus(),
            -40.0,
            4.248354255291589e-18,
            Relative(4e-16),
        ),
        Row("ln_1p at 1e-20", |x| x.ln_1p(), 1e-20, 1.0, Relative(4e-16)),
        Row(
            "hypot(x, 1e200) at 1e200",
            |x| x.hypot(1e200),
            1e200,
            std::f64::consts::FRAC_1_SQRT_2,
            Relative(4e-16),
        ),
        Row(
            "hypot(x, 1e-200) at 1e-200",
            |x| x.hypot(1e-200),
            1e-200,
            std::f64::consts::FRAC_1_SQRT_2,
            Relative(4e-16),
        ),
        Row("asinh at 1e200", |x| x.asinh(), 1e200, 1e-200, Relative(4e-16)),
        Row("acosh at 1e200", |x| x.acosh(), 1e200, 1e-200, Relative(4e-16)),
        Row(
            "atan2(x, 1e200) at 1e200",
            |x| x.atan2(1e200),
            1e200,
            5e-201,
            Relative(1e-15),
        ),
        Row(
            "atan2(x, 1e-200) at 1e-200",
            |x| x.atan2(1e-200),
            1e-200,
            5e199,
            Relative(1e-15),
        ),
        // 1/√(2ε − ε²), 1/√(2ε + ε²) and 1/(2ε − ε²)
        Row(
            "asin near 1",
            |x| x.asin(),
            1.0 - f64::EPSILON,
            4.745313281212578e7,
            Relative(4e-16),
        ),
        Row(
            "acosh near 1",
            |x| x.acosh(),
            1.0 + f64::EPSILON,
            4.745313281212578e7,
            Relative(4e-16),
        ),
        Row(
            "atanh near 1",
            |x| x.atanh(),
            1.0 - f64::EPSILON,
            2.251799813685248e15,
            Relative(4e-16),
        ),
        Row(
            "x/(1 + x²) at 1e200",
            |x| x / (1.0 + x * x),
            1e200,
            0.0,
            Absolute(0.0),
        ),
        Row("recip at 1e160", |x| x.recip(), 1e160, 0.0, Absolute(1e-319)),
        Row("sqrt at 1e-300", |x| x.sqrt(), 1e-300, 5e149, Relative(4e-16)),
        Row("powi(−3) at 1e60", |x| x.powi(-3), 1e60, -3e-240, Relative(4e-16)),
        Row(
            "log_ndtr at −30",
            |x| x.log_ndtr(),
            -30.0,
            30.033_259_667_433_677,
            Relative(4e-16),
        ),
        Row(
            "log_ndtr at −200",
            |x| x.log_ndtr(),
            -200.0,
            200.004_999_750_031_24,
            Relative(4e-16),
        ),
        Row(
            "digamma at −½",
            |x| x.digamma(),
            -0.5,
            8.934_802_200_544_679_3,
            Relative(4e-16),
        ),
        Row(
            "gelu at −10",
            |x| x.gelu(),
            -10.0,
            -7.618_400_096_464_814_1e-22,
            Relative(2e-15),
        ),
        Row(
            "gelu at −30",
            |x| x.gelu(),
            -30.0,
            -4.416_031_690_708_494_4e-195,
            Relative(2e-15),
        ),
        Row(
            "gelu_tanh at −10",
            |x| x.gelu_tanh(),
            -10.0,
            -2.757_638_063_854_031_6e-36,
            Relative(2e-15),
        ),
        Row(
            "gelu_tanh at −15",
            |x| x.gelu_tanh(),
            -15.0,
            -7.744_633_769_500_766_6e-113,
            Relative(2e-15),
        ),
        Row(
            "silu at its root",
            |x| x.silu(),
            -1.278_464_542_761_073_7,
            2.384_383_475_524_311_5e-17,
            Absolute(1e-16),
        ),
        Row(
            "mish at −30",
            |x| x.mish(),
            -30.0,
            -2.713_710_660_963_392_3e-12,
            Relative(1e-15),
        ),
        Row(
            "mish at 12",
            |x| x.mish(),
            12.0,
            1.000_000_001_736_529_4,
            Relative(4e-16),
        ),
        Row("logit at 1e-20", |x| x.logit(), 1e-20, 1e20, Relative(4e-16)),
        Row(
            "logaddexp(x, 200) at 1e-3",
            |x| x.logaddexp(200),
            -1e-3,
            1.382_513_321_927_672_4e-87,
            Relative(1e-15),
        ),
        Row(
            "logsubexp(1, x) near 1",
            |x| (0 * x + 1).logsubexp(x),
            1.0 - 1e-10,
            -9_999_999_172.096_358_5,
            Relative(4e-16),
        ),
        Row(
            "sinc at 1e-5",
            |x| x.sinc(),
            1e-5,
            -3.333_333_333_3e-6,
            Relative(4e-16),
        ),
    ];
    for Row(name, f, at, want, error) in &rows {
        let tape = Tape::new();
        let x = tape.var(*at);
        let t = tape.tensor(&ndarray::arr0(*at));
        let got = f(x).backward().wrt(x);
        let tensor = f(t.item()).backward().wrt(t)[[]];
        assert_eq!(got, tensor, "{name}");
        let (found, allowed) = match error {
            Relative(allowed) => ((got - want).abs() / want.abs(), allowed),
            Absolute(allowed) => ((got - want).abs(), allowed),
        };
        assert!(
            found <= *allowed,
            "{name}: {got:e} instead of {want:e}, an error of {found:e}"
        );
    }
    println!("accuracy: {} rows", rows.len());
    assert_eq!(rows.len(), 37);
}

/// The weights of a log-sum-exp at arguments so large that its value has lost the digits behind the point, and the slope of a
/// log-softmax there.
#[test]
fn of_large_logits() {
    let tape = Tape::new();
    let x = tape.tensor(&ndarray::arr1(&[1e16, 1e16 + 2.0]));
    // e^−2/(1 + e^−2) and 1/(1 + e^−2)
    let want = [0.119_202_922_022_117_56, 0.880_797_077_977_882_4];
    let weights = x.logsumexp().backward();
    let softmax = x.log_softmax(0).slice(ndarray::s![1..]).sum().backward();
    for i in 0..2 {
        let got = weights.wrt(x)[[i]];
        assert!((got - want[i]).abs() <= 2.0 * f64::EPSILON, "{got}");
        let got = softmax.wrt(x)[[i]];
        let want = if i == 1 { 1.0 - want[1] } else { -want[0] };
        assert!((got - want).abs() <= 2.0 * f64::EPSILON, "{got}");
    }
}
