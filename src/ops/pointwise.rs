//! **The table**: one row per pointwise op, the simple ones first.
//!
//! A row gives the value, then for each argument how its cotangent flows, what it reads, and the expression. `x`, `a`, `b`
//! are the arguments, `y` the result, `g` = ȳ its cotangent. The tape keeps exactly the operands that a row names, so
//! that naming too little does not compile. The Jacobian of a pointwise op is diagonal: the same expressions, applied to
//! tangents, are its forward mode.
//!
//! At kinks, ties and borders of a domain the gradients follow `docs/conventions.md`; each row says what that means for
//! it. `above`, `at_least`, … are indicators: 1 or 0, NaN where the left side is NaN, and without a derivative. A gate
//! takes −0.0 for nothing, so `+ 0` stands between it and a product.

use super::rule::{BinaryRule, Flow, UnaryRule, Value};
use super::term::{Lit, Operand, Term};
use super::values;
use crate::fast::Numeric;
use crate::special::{self, CUBIC, GELU};
use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, LN_10};

/// 1/√(2π)
const FRAC_1_SQRT_TAU: f64 = 0.398_942_280_401_432_7;

table! { ($)
unary {
    /// Negation, `y = −x`: x̄ = −ȳ.
    Neg _ = |x| -x;
        smooth (g) => -g;
        on [(-2.0, 2.0)] at 0.5;
    /// Square, `y = x²`: x̄ = 2x·ȳ.
    Square square = |x| x * x;
        smooth (x, g) => 2 * g * x;
        on [(-2.0, 2.0)] at 0.5;
    /// Reciprocal, `y = 1/x`: x̄ = −y²·ȳ. At 0: −∞.
    Recip recip = |x| x.recip();
        smooth (y, g) => -(g * y * y);
        on [(-2.0, -0.5), (0.5, 2.0)] at 0.5;
    /// Square root, `y = √x`: x̄ = ȳ/(2y). At ±0: ∞; NaN below.
    Sqrt sqrt = |x| x.sqrt();
        smooth (y, g) => g / (2 * y + 0);
        on [(0.3, 3.0)] at 0.5;
    /// Cube root, `y = ∛x`: x̄ = ȳ/(3y²). At 0: ∞.
    Cbrt cbrt = |x| x.cbrt();
        smooth (y, g) => g / (3 * y * y);
        on [(-3.0, -0.3), (0.3, 3.0)] at 0.5;
    /// Exponential, `y = eˣ`: x̄ = y·ȳ.
    Exp exp = |x| x.exp();
        smooth (y, g) => g * y;
        on [(-2.0, 2.0)] at 0.5;
    /// `y = 2ˣ`: x̄ = ln 2·y·ȳ.
    Exp2 exp2 = |x| x.exp2();
        smooth (y, g) => g * y * Lit(LN_2);
        on [(-2.0, 2.0)] at 0.5;
    /// `y = eˣ − 1`, exact near 0: x̄ = eˣ·ȳ.
    ExpM1 exp_m1 = |x| x.exp_m1();
        smooth (x, g) => g * x.exp();
        on [(-2.0, 2.0)] at 0.5;
    /// Natural logarithm, `y = ln x`: x̄ = ȳ/x. At 0: ∞; NaN below.
    Ln ln = |x| x.ln();
        smooth (x, g) => g / x.nonnegative();
        on [(0.3, 3.0)] at 0.5;
    /// `y = log₂ x`: x̄ = ȳ/(x·ln 2). At 0: ∞; NaN below.
    Log2 log2 = |x| x.log2();
        smooth (x, g) => g / (x.nonnegative() * Lit(LN_2));
        on [(0.3, 3.0)] at 0.5;
    /// `y = log₁₀ x`: x̄ = ȳ/(x·ln 10). At 0: ∞; NaN below.
    Log10 log10 = |x| x.log10();
        smooth (x, g) => g / (x.nonnegative() * Lit(LN_10));
        on [(0.3, 3.0)] at 0.5;
    /// `y = ln(1 + x)`, exact near 0: x̄ = ȳ/(1 + x). At −1: ∞; NaN below.
    Ln1p ln_1p = |x| x.ln_1p();
        smooth (x, g) => g / (1 + x).nonnegative();
        on [(-0.7, 2.0)] at 0.5;
    /// Sine: x̄ = cos x·ȳ.
    Sin sin = |x| x.sin();
        smooth (x, g) => g * x.cos();
        on [(-3.0, 3.0)] at 0.5;
    /// Cosine: x̄ = −sin x·ȳ.
    Cos cos = |x| x.cos();
        smooth (x, g) => -(g * x.sin());
        on [(-3.0, 3.0)] at 0.5;
    /// Tangent: x̄ = (1 + y²)·ȳ.
    Tan tan = |x| x.tan();
        smooth (y, g) => g * (1 + y * y);
        on [(-1.2, 1.2)] at 0.5;
    /// Arc sine: x̄ = ȳ/√(1 − x²). At ±1: ∞; NaN outside.
    Asin asin = |x| x.asin();
        smooth (x, g) => g / ((1 - x) * (1 + x)).sqrt();
        on [(-0.8, 0.8)] at 0.5;
    /// Arc cosine: x̄ = −ȳ/√(1 − x²). At ±1: −∞; NaN outside.
    Acos acos = |x| x.acos();
        smooth (x, g) => -(g / ((1 - x) * (1 + x)).sqrt());
        on [(-0.8, 0.8)] at 0.5;
    /// Arc tangent: x̄ = ȳ/(1 + x²).
    Atan atan = |x| x.atan();
        smooth (x, g) => g / (1 + x * x);
        on [(-2.0, 2.0)] at 0.5;
    /// Hyperbolic sine: x̄ = cosh x·ȳ.
    Sinh sinh = |x| x.sinh();
        smooth (x, g) => g * x.cosh();
        on [(-2.0, 2.0)] at 0.5;
    /// Hyperbolic cosine: x̄ = sinh x·ȳ.
    Cosh cosh = |x| x.cosh();
        smooth (x, g) => g * x.sinh();
        on [(-2.0, 2.0)] at 0.5;
    /// Hyperbolic tangent: x̄ = (1 − y)(1 + y)·ȳ, to an absolute error of half an ulp of 1.
    Tanh tanh = |x| x.tanh();
        smooth (y, g) => g * ((1 - y) * (1 + y));
        on [(-2.0, 2.0)] at 0.5;
    /// Inverse hyperbolic sine: x̄ = ȳ/√(x² + 1).
    Asinh asinh = |x| x.asinh();
        smooth (x, g) => g / x.hypot(1);
        on [(-2.0, 2.0)] at 0.5;
    /// Inverse hyperbolic cosine: x̄ = ȳ/√(x² − 1). At 1: ∞; NaN below.
    Acosh acosh = |x| values::acosh(x);
        smooth (x, g) => g / ((x - 1).sqrt() * (x + 1).sqrt());
        on [(1.3, 3.0)] at 1.5;
    /// Inverse hyperbolic tangent: x̄ = ȳ/(1 − x²). At ±1: ∞; NaN outside.
    Atanh atanh = |x| values::atanh(x);
        smooth (x, g) => g / ((1 - x).nonnegative() * (1 + x).nonnegative());
        on [(-0.8, 0.8)] at 0.5;
    /// Logistic sigmoid, `y = 1/(1 + e⁻ˣ)`, without overflow: x̄ = y(1 − y)·ȳ, to an absolute error of half an ulp of 1.
    Sigmoid sigmoid = |x| x.sigmoid();
        smooth (y, g) => g * y * (1 - y);
        on [(-3.0, 3.0)] at 0.5;
    /// `y = ln(1 + eˣ)`, without overflow or threshold: x̄ = sigmoid(x)·ȳ.
    Softplus softplus = |x| x.max(T::zero()) + (-x.abs()).exp().ln_1p();
        smooth (x, g) => g * x.sigmoid();
        on [(-3.0, 3.0)] at 0.5;
    /// Gaussian, `y = e^(−x²/2)`, as exact in the tails as at 0: x̄ = −x·y·ȳ.
    Gauss gauss = |x| x.gauss();
        smooth (x, y, g) => -(g * y * x.clamp(-1000, 1000));
        on [(-2.0, 2.0)] at 0.5;
    /// Error function, `y = 2/√π·∫₀ˣ e^(−t²) dt`: x̄ = 2/√π·e^(−x²)·ȳ.
    Erf erf = |x| x.erf();
        smooth (x, g) => { let e = x.gauss(); g * &e * &e * Lit(FRAC_2_SQRT_PI) };
        on [(-2.0, 2.0)] at 0.5;
    /// Complement of the error function, `y = 1 − erf x`, exact where it is small: x̄ = −2/√π·e^(−x²)·ȳ.
    Erfc erfc = |x| x.erfc();
        smooth (x, g) => { let e = x.gauss(); g * &e * &e * Lit(-FRAC_2_SQRT_PI) };
        on [(-2.0, 2.0)] at 0.5;
    /// Inverse of the error function, `erf y = x`: x̄ = √π/2·e^(y²)·ȳ. At ±1: ∞; NaN outside.
    Erfinv erfinv = |x| x.by_f64(special::erfinv);
        smooth (x, g) => g * Term(x.0.unary::<ErfinvSlope>());
        on [(-0.7, 0.7)] at 0.5;
    /// The derivative of [`Erfinv`], `y = √π/2·e^(v²)` with v = erf⁻¹ x, from x, since a rounded v costs 2v² units in the
    /// last place: x̄ = 2v·y²·ȳ.
    ErfinvSlope _ = |x| x.by_f64(special::erfinv_slope);
        smooth (x, y, g) => 2 * g * y * y * x.erfinv();
        on [(-0.6, 0.6)] at 0.5;
    /// Normal distribution function, `y = Φ(x)`, exact in both tails: x̄ = φ(x)·ȳ with φ(x) = e^(−x²/2)/√(2π).
    Ndtr ndtr = |x| x.ndtr();
        smooth (x, g) => g * x.gauss() * Lit(FRAC_1_SQRT_TAU);
        on [(-2.0, 2.0)] at 0.5;
    /// Inverse of the normal distribution function, `Φ(y) = x`: x̄ = ȳ/φ(y). At 0 and 1: ∞; NaN outside.
    Ndtri ndtri = |x| x.by_f64(special::ndtri);
        smooth (x, g) => g * Term(x.0.unary::<NdtriSlope>());
        on [(0.15, 0.85)] at 0.3;
    /// The derivative of [`Ndtri`], `y = 1/φ(v)` with v = Φ⁻¹(x), from x as [`ErfinvSlope`]: x̄ = v·y²·ȳ.
    NdtriSlope _ = |x| x.by_f64(special::ndtri_slope);
        smooth (x, y, g) => g * y * y * x.ndtri();
        on [(0.2, 0.8)] at 0.3;
    /// Logarithm of the normal distribution function, `y = ln Φ(x)`, exact in both tails: x̄ = φ(x)/Φ(x)·ȳ.
    LogNdtr log_ndtr = |x| x.by_f64(special::log_ndtr);
        smooth (x, g) => g * Term(x.0.unary::<LogNdtrSlope>());
        on [(-1.2, 2.0)] at 0.5;
    /// The derivative of [`LogNdtr`], `y = φ(x)/Φ(x)`, where both underflow as well: x̄ = −y·(x + y)·ȳ.
    LogNdtrSlope _ = |x| x.by_f64(special::log_ndtr_slope);
        smooth (x, y, g) => -(g * y * Term(x.clamp(Lit(f64::MIN), 1000).0.unary::<LogNdtrExcess>()));
        on [(-1.2, 2.0)] at 0.5;
    /// `y = x + φ(x)/Φ(x)`, without the cancellation for x → −∞: x̄ = (1 − y·φ(x)/Φ(x))·ȳ.
    LogNdtrExcess _ = |x| x.by_f64(special::log_ndtr_excess);
        smooth (x, y, g) => g * (1 - y * Term(x.0.unary::<LogNdtrSlope>()));
        on [(-1.2, 2.0)] at 0.5;
    /// Logarithm of the absolute value of the gamma function, `y = ln |Γ(x)|`: x̄ = ψ(x)·ȳ. At 0, −1, −2, …: value ∞,
    /// slope NaN.
    Lgamma lgamma = |x| x.by_f64(special::lgamma);
        smooth (x, g) => g * x.digamma();
        on [(-0.8, -0.2), (0.5, 4.0)] at 2.5;
    /// Modified Bessel function, scaled, `y = e^(−|x|)·I₁(x)`: x̄ = (e^(−|x|)·(I₀(x) + I₂(x))/2 − |y|)·ȳ, through the
    /// derivatives of [`i0e`](Term::i0e), which do not cancel.
    I1e i1e = |x| x.by_f64(special::i1e);
        smooth (x, g) => g * (x.i0e_order(2) - x.i0e_order(1));
        on [(-3.0, -0.3), (0.3, 3.0)] at 0.5;
    /// Rectifier, `y = max(x, 0)`: x̄ = ȳ where x > 0, nothing elsewhere, at 0 as well.
    Relu relu = |x| if x <= T::zero() { T::zero() } else { x };
        gated (x, g) => g.gated(x.above(0));
        on [(-2.0, -0.2), (0.2, 2.0)] at 0.5;
    /// Absolute value: x̄ = sign(x)·ȳ, 0 at 0.
    Abs abs = |x| x.abs();
        gated (x, g) => g.gated(x.above(0) - x.below(0));
        on [(-2.0, -0.2), (0.2, 2.0)] at 0.5;
    /// Largest whole number not above x; no cotangent.
    Floor floor = |x| x.floor();
        none (g) => g;
        on [(-0.8, -0.2), (1.2, 1.8)] at 0.5;
    /// Smallest whole number not below x; no cotangent.
    Ceil ceil = |x| x.ceil();
        none (g) => g;
        on [(-0.8, -0.2), (1.2, 1.8)] at 0.5;
    /// Nearest whole number, halves away from 0; no cotangent.
    Round round = |x| x.round();
        none (g) => g;
        on [(-0.4, 0.4), (0.6, 1.4)] at 0.3;
    /// The whole part, towards 0; no cotangent.
    Trunc trunc = |x| x.trunc();
        none (g) => g;
        on [(-0.8, 0.8), (1.2, 1.8)] at 0.5;
    /// The fractional part, `y = x − trunc x`: x̄ = ȳ, NaN where y is NaN.
    Fract fract = |x| x.fract();
        smooth (y, g) => g * y.equals(y);
        on [(-0.8, -0.2), (1.2, 1.8)] at 0.5;
    /// The sign as the standard library has it, ±1 also for ±0, NaN for NaN; no cotangent.
    Signum signum = |x| x.signum();
        none (g) => g;
        on [(-2.0, -0.2), (0.2, 2.0)] at 0.5;
    /// `y = x` where x ≥ 0 (0 for −0), NaN elsewhere: x̄ = ȳ, NaN there too. Keeps the derivative of a function NaN outside
    /// its domain.
    Nonnegative nonnegative = |x| if x >= T::zero() { x + T::zero() } else { T::nan() };
        smooth (y, g) => g * y.equals(y);
        on [(0.3, 2.0)] at 0.5;
    /// `y = min(x, 0)`: x̄ = ȳ where x ≤ 0, at 0 as well, nothing above. The other half of [`Relu`].
    NonPositive _ = |x| if x > T::zero() { T::zero() } else { x };
        gated (x, g) => g.gated(x.at_most(0));
        on [(-2.0, -0.2), (0.2, 2.0)] at 0.5;
    /// The sigmoid's inverse, `y = ln(x/(1 − x))`: x̄ = ȳ/(x(1 − x)). At 0 and 1: ∞; NaN outside.
    Logit logit = |x| values::logit(x);
        smooth (x, g) => g / (x.nonnegative() * (1 - x).nonnegative());
        on [(0.2, 0.8)] at 0.4;
    /// `y = x·ln x`, 0 at 0: x̄ = (ln x + 1)·ȳ. At 0: −∞; NaN below.
    XLogX xlogx = |x| if x == T::zero() { T::zero() } else { x * x.ln() };
        smooth (x, g) => g * (x.ln() + 1);
        on [(0.3, 3.0)] at 0.5;
    /// Swish, `y = x·σ(x)` with σ the sigmoid: x̄ = (σ(x) + x·σ(x)·σ(−x))·ȳ. At −∞: value and slope 0; at ∞: slope 1.
    Silu silu = |x| x.silu();
        smooth (x, g) => { let s = x.sigmoid(); g * (x.clamp(-1000, 1000) * (-x).sigmoid() * &s + s) };
        on [(-2.0, 2.0)] at 0.5;
    /// Mish, `y = x·tanh(ln(1 + eˣ))` (Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, 2019). With
    /// p = σ(x) and q = σ(−x) the second factor is p(1 + q)/(1 + q²), and its derivative 4pq²/(1 + q²)²:
    /// x̄ = (p(1 + q)/(1 + q²) + 4x·pq²/(1 + q²)²)·ȳ. At −∞: value and slope 0; at ∞: slope 1.
    Mish mish = |x| { let (p, q) = (x.sigmoid(), (-x).sigmoid()); x.weighed(p * (T::one() + q) / (T::one() + q * q)) };
        smooth (x, g) => {
            let (p, q) = (x.sigmoid(), (-x).sigmoid());
            let r = 1 + &q * &q;
            let slope = 4 * x.clamp(-1000, 1000) * (&q / &r) * (&q / &r);
            g * (&p * ((1 + q) / r + slope))
        };
        on [(-2.0, 2.0)] at 0.5;
    /// Gaussian error linear unit, `y = x·Φ(x)` with Φ the normal distribution function (Hendrycks & Gimpel, *Gaussian Error
    /// Linear Units*, 2016): x̄ = (Φ(x) + x·φ(x))·ȳ with φ(x) = e^(−x²/2)/√(2π), exact in both tails. At −∞: value and slope
    /// 0; at ∞: slope 1.
    Gelu gelu = |x| x.gelu();
        smooth (x, g) => { let x = x.clamp(-1000, 1000); g * (&x * x.gauss() * Lit(FRAC_1_SQRT_TAU) + x.ndtr()) };
        on [(-2.0, 2.0)] at 0.5;
    /// The tanh form of [`Gelu`], `y = ½x(1 + tanh(√(2/π)(x + 0.044715x³)))`, which is x·σ(u) with u = 2√(2/π)(x + 0.044715x³):
    /// x̄ = (σ(u) + x·σ(u)·σ(−u)·u′)·ȳ. At −∞: value and slope 0; at ∞: slope 1.
    GeluTanh gelu_tanh = |x| x.gelu_tanh();
        smooth (x, g) => {
            let x = x.clamp(-1000, 1000);
            let (s, t) = (Term(x.0.unary::<GeluGate>()), Term((-&x).0.unary::<GeluGate>()));
            g * (&x * t * (Lit(GELU) * (1 + Lit(3.0 * CUBIC) * &x * &x)) * &s + s)
        };
        on [(-2.0, 2.0)] at 0.5;
    /// The second factor of [`GeluTanh`], `y = σ(u)` with u = 2√(2/π)(x + 0.044715x³), exact where it is small: x̄ = y(x)·y(−x)·u′·ȳ.
    GeluGate _ = |x| x.gelu_gate();
        smooth (x, y, g) => g * y * Term((-x).0.unary::<GeluGate>()) * (Lit(GELU) * (1 + Lit(3.0 * CUBIC) * x * x));
        on [(-2.0, 2.0)] at 0.5;
    /// `y = x` where x is finite, 0 for NaN, the largest finite numbers for ±∞: x̄ = ȳ where x is finite, nothing elsewhere.
    NanToNum nan_to_num = |x| if x.is_nan() { T::zero() } else { x.min(T::max_value()).max(T::min_value()) };
        gated (x, y, g) => g.gated(y.equals(x));
        on [(-2.0, 2.0)] at 0.5;
}
binary {
    /// Sum, `y = a + b`: ā = ȳ, b̄ = ȳ.
    Add _ = |a, b| a + b;
        same (g) => g;
        same (g) => g;
        on [(-2.0, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// Difference, `y = a − b`: ā = ȳ, b̄ = −ȳ.
    Sub _ = |a, b| a - b;
        same (g) => g;
        smooth (g) => -g;
        on [(-2.0, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// Product, `y = a·b`: ā = b·ȳ, b̄ = a·ȳ.
    Mul _ = |a, b| a * b;
        smooth (b, g) => g * b;
        smooth (a, g) => g * a;
        on [(-2.0, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// Quotient, `y = a/b`: ā = ȳ/b, b̄ = −(y/b)·ȳ.
    Div _ = |a, b| a / b;
        smooth (b, g) => g / b;
        smooth (b, y, g) => -(g * (y / b));
        on [(-2.0, 2.0)] [(-2.0, -0.5), (0.5, 2.0)] at 0.5 0.7;
    /// Remainder, `y = a − n·b` with n = trunc(a/b): ā = ȳ, b̄ = −n·ȳ. NaN where y is NaN.
    Rem _ = |a, b| a % b;
        smooth (y, g) => g * y.equals(y);
        smooth (a, b, y, g) => -(g * ((a - y) / b).round());
        on [(2.2, 2.8)] [(0.95, 1.05)] at 2.5 1.0;
    /// Whole power, `y = aⁿ`: ā = n·aⁿ⁻¹·ȳ, nothing where n = 0. The exponent is a constant.
    Powi _ = |a, n| values::whole_power(a, n);
        gated (a, b, g) => (g * Term(a.0.binary::<Powi>(&(b - 1).0)) + 0).gated(b);
        none (g) => g;
        on [(-2.0, -0.5), (0.5, 2.0)] [(3.0, 3.0)] at 0.5 3.0;
    /// Power, `y = aᵇ`: ā = b·aᵇ⁻¹·ȳ, 0 where b = 0; b̄ = y·ln a·ȳ, 0 where a = 0 ≤ b, NaN where a < 0.
    Pow powf = |a, b| a.powf(b);
        gated (a, b, g) => {
            // Shut where b = 0 and aᵇ⁻¹ is not finite; elsewhere 0 is a factor, so that it varies with b.
            let p = a.powf(b - 1);
            (g * b * &p + 0).gated(1 - b.equals(0) * (1 - b.below(p.recip().abs())))
        };
        gated (a, b, y, g) => (g * y * a.ln() + 0).gated(1 - a.equals(0) * b.at_least(0));
        on [(0.5, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// The larger; NaN if either is NaN. The larger operand receives ȳ, each of two equal ones ȳ/2. (Where num-traits' `Float` is
    /// in scope, `a.max(b)` of two `Var`s is `Float`'s, which is [`FMax`].)
    Max max = |a, b| if a > b || a.is_nan() { a } else { b };
        gated (a, b, g) => g.gated((a.above(b) + a.at_least(b)) / 2);
        gated (a, b, g) => g.gated((b.above(a) + b.at_least(a)) / 2);
        on [(-2.0, -1.2), (1.2, 2.0)] [(-1.0, 1.0)] at 1.5 0.7;
    /// The smaller; NaN if either is NaN. The smaller operand receives ȳ, each of two equal ones ȳ/2. (Where num-traits' `Float`
    /// is in scope, `a.min(b)` of two `Var`s is `Float`'s, which is [`FMin`].)
    Min min = |a, b| if a < b || a.is_nan() { a } else { b };
        gated (a, b, g) => g.gated((a.below(b) + a.at_most(b)) / 2);
        gated (a, b, g) => g.gated((b.below(a) + b.at_most(a)) / 2);
        on [(-2.0, -1.2), (1.2, 2.0)] [(-1.0, 1.0)] at 0.5 0.7;
    /// The larger; the other one if one is NaN (as `f64::max`). It receives ȳ, each of two equal ones ȳ/2.
    FMax fmax = |a, b| a.max(b);
        gated (a, b, y, g) => g.gated(y.equals(a) / (y.equals(a) + y.equals(b)));
        gated (a, b, y, g) => g.gated(y.equals(b) / (y.equals(a) + y.equals(b)));
        on [(-2.0, -1.2), (1.2, 2.0)] [(-1.0, 1.0)] at 1.5 0.7;
    /// The smaller; the other one if one is NaN (as `f64::min`). It receives ȳ, each of two equal ones ȳ/2.
    FMin fmin = |a, b| a.min(b);
        gated (a, b, y, g) => g.gated(y.equals(a) / (y.equals(a) + y.equals(b)));
        gated (a, b, y, g) => g.gated(y.equals(b) / (y.equals(a) + y.equals(b)));
        on [(-2.0, -1.2), (1.2, 2.0)] [(-1.0, 1.0)] at 0.5 0.7;
    /// Length of a right triangle's hypotenuse, `y = √(a² + b²)` without overflow: ā = a/y·ȳ, b̄ = b/y·ȳ, 0 at (0, 0).
    Hypot hypot = |a, b| a.hypot(b);
        gated (a, y, g) => (g * (a / y) + 0).gated(y.above(0));
        gated (b, y, g) => (g * (b / y) + 0).gated(y.above(0));
        on [(-2.0, -0.5), (0.5, 2.0)] [(-2.0, -0.5), (0.5, 2.0)] at 0.5 0.7;
    /// The angle of the point (b, a), `y = atan2(a, b)`: ā = b/r²·ȳ, b̄ = −a/r²·ȳ with r² = a² + b², 0 at (0, 0).
    Atan2 atan2 = |a, b| a.atan2(b);
        gated (a, b, g) => { let r = a.hypot(b); (g * (b / &r) / &r + 0).gated(r.above(0)) };
        gated (a, b, g) => { let r = a.hypot(b); (-(g * (a / &r) / &r) + 0).gated(r.above(0)) };
        on [(0.5, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// Indicator of a > b: 1 or 0; no cotangent. NaN where a is NaN; 0 where only b is.
    Above above = |a, b| values::indicator(a, a > b);
        none (g) => g;
        none (g) => g;
        on [(1.2, 2.0)] [(-1.0, 1.0)] at 1.5 0.7;
    /// Indicator of a ≥ b: 1 or 0; no cotangent. NaN where a is NaN; 0 where only b is.
    AtLeast at_least = |a, b| values::indicator(a, a >= b);
        none (g) => g;
        none (g) => g;
        on [(1.2, 2.0)] [(-1.0, 1.0)] at 0.5 0.7;
    /// Indicator of a < b: 1 or 0; no cotangent. NaN where a is NaN; 0 where only b is.
    Below below = |a, b| values::indicator(a, a < b);
        none (g) => g;
        none (g) => g;
        on [(1.2, 2.0)] [(-1.0, 1.0)] at 0.5 0.7;
    /// Indicator of a ≤ b: 1 or 0; no cotangent. NaN where a is NaN; 0 where only b is.
    AtMost at_most = |a, b| values::indicator(a, a <= b);
        none (g) => g;
        none (g) => g;
        on [(1.2, 2.0)] [(-1.0, 1.0)] at 0.5 0.7;
    /// Indicator of a = b: 1 or 0; no cotangent. NaN where a is NaN; 0 where only b is.
    Equals equals = |a, b| values::indicator(a, a == b);
        none (g) => g;
        none (g) => g;
        on [(1.2, 2.0)] [(-1.0, 1.0)] at 0.5 0.7;
    /// `y = e^(a − b)`, and 0 where a = −∞, 1 where a = b = ∞: ā = y·ȳ, b̄ = −y·ȳ. The weight of a term in a
    /// log-sum-exp.
    ExpDiff exp_diff = |a, b| values::exp_diff(a, b);
        smooth (y, g) => g * y;
        smooth (y, g) => -(g * y);
        on [(-2.0, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// `a` itself, entered on the tape as a function of `b` too: ā = ȳ; no cotangent for `b`. A recorded gradient is one
    /// of its variable even where it happens not to vary with it.
    Link _ = |a, b| { let _ = b; a };
        same (g) => g;
        none (g) => g;
        on [(-2.0, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// `a` through a gate of weight `b`, see [`Term::gated`]: ā = ȳ through the same gate, b̄ = a·ȳ. A structural zero stays
    /// one.
    Gate _ = |a, b| if b == T::zero() || a.is_none() { T::none() } else { a * b + T::zero() };
        gated (b, g) => g.gated(b);
        smooth (a, g) => g * a;
        on [(-2.0, 2.0)] [(-2.0, -0.5), (0.5, 2.0)] at 0.5 0.7;
    /// `a` where the pattern `b` was touched, the structural zero elsewhere: ā = ȳ there; no cotangent for `b`.
    Touched _ = |a, b| if b.is_none() { T::none() } else { a };
        gated (b, g) => Term((g + 0).0.binary::<Touched>(&b.0));
        none (g) => g;
        on [(-2.0, 2.0)] [(0.5, 2.0)] at 0.5 0.7;
    /// Derivative of order n of the digamma function, `y = ψ⁽ⁿ⁾(a)`: ā = ψ⁽ⁿ⁺¹⁾(a)·ȳ. The order is a constant. At 0, −1, −2, …:
    /// ∞ where n is odd, NaN where it is even.
    Polygamma _ = |a, n| a.by_f64(|a| special::polygamma(a, n.to_f64().unwrap_or(f64::NAN)));
        smooth (a, b, g) => g * Term(a.0.binary::<Polygamma>(&(b + 1).0));
        none (g) => g;
        on [(0.9, 4.0)] [(1.0, 1.0)] at 2.5 1.0;
    /// `y = |dᵏ/daᵏ e⁻ᵃI₀(a)|` at |a|, which for k = 0 is `e^(−|a|)·I₀(a)`: ā = −sign(a)·(the same of order k + 1)·ȳ, nothing at
    /// 0, where the function has a concave kink. The order is a constant.
    I0e _ = |a, k| a.by_f64(|a| special::i0e_order(a, k.to_f64().unwrap_or(f64::NAN)));
        gated (a, b, g) => (-(g * Term(a.0.binary::<I0e>(&(b + 1).0))) + 0).gated(a.above(0) - a.below(0));
        none (g) => g;
        on [(-3.0, -0.3), (0.3, 3.0)] [(0.0, 0.0)] at 0.5 0.0;
    /// `b` where a ≠ 0 (also where a is NaN), nothing elsewhere: b̄ = ȳ there; no cotangent for `a`.
    When _ = |a, b| if a == T::zero() { T::none() } else { b };
        none (g) => g;
        gated (a, g) => Term(a.0.binary::<When>(&g.0));
        on [(-2.0, -0.5), (0.5, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// `b` where a = 0, nothing elsewhere: b̄ = ȳ there; no cotangent for `a`.
    Unless _ = |a, b| if a == T::zero() { b } else { T::none() };
        none (g) => g;
        gated (a, g) => Term(a.0.binary::<Unless>(&g.0));
        on [(-2.0, -0.5), (0.5, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// `y = max(a, b)` for a bound `b` without a derivative: ā = ȳ where a > b, nothing elsewhere, at a = b as well.
    Raise _ = |a, b| if a <= b { b } else { a };
        gated (a, b, g) => g.gated(a.above(b));
        none (g) => g;
        on [(-2.0, -1.2), (1.2, 2.0)] [(-1.0, -1.0)] at 1.5 0.7;
    /// `y = min(a, b)` for a bound `b` without a derivative: ā = ȳ where a < b, nothing elsewhere, at a = b as well.
    Lower _ = |a, b| if a >= b { b } else { a };
        gated (a, b, g) => g.gated(a.below(b));
        none (g) => g;
        on [(-2.0, -1.2), (1.2, 2.0)] [(1.0, 1.0)] at 0.5 0.7;
    /// `y = a` with the sign of `b`: ā = ±ȳ, by whether the signs differ, and 0 where a = 0 (as for [`Abs`]); no cotangent
    /// for `b`.
    Copysign copysign = |a, b| a.copysign(b);
        gated (a, y, g) => g.gated((a.above(0) - a.below(0)) * (y.above(0) - y.below(0)));
        none (g) => g;
        on [(-2.0, -0.5), (0.5, 2.0)] [(-2.0, -0.5), (0.5, 2.0)] at 0.5 0.7;
    /// The quotient rounded down, `y = ⌊a/b⌋` as NumPy's and Python's `//`, exact where a/b would round up to a whole number;
    /// ±∞ or NaN where b = 0. No cotangent.
    FloorDiv floor_div = |a, b| values::floor_div(a, b);
        none (g) => g;
        none (g) => g;
        on [(2.2, 2.8)] [(0.95, 1.05)] at 2.5 1.0;
    /// `y = a·ln b`, 0 where a = 0 and b is no NaN: ā = ln b·ȳ, b̄ = a/b·ȳ, both 0 at (0, 0). b̄ is NaN for b < 0.
    XLogY xlogy = |a, b| if a == T::zero() && !b.is_nan() { T::zero() } else { a * b.ln() };
        gated (a, b, g) => (g * b.ln() + 0).gated(1 - a.equals(0) * b.equals(0));
        gated (a, b, g) => (g * (a / b.nonnegative()) + 0).gated(1 - a.equals(0) * b.equals(0));
        on [(-2.0, 2.0)] [(0.5, 2.0)] at 0.5 0.7;
    /// `y = a·ln(1 + b)`, 0 where a = 0 and b is no NaN, exact for small b: ā = ln(1 + b)·ȳ, b̄ = a/(1 + b)·ȳ, both 0 at
    /// (0, −1). b̄ is NaN for b < −1.
    XLog1pY xlog1py = |a, b| if a == T::zero() && !b.is_nan() { T::zero() } else { a * b.ln_1p() };
        gated (a, b, g) => (g * b.ln_1p() + 0).gated(1 - a.equals(0) * b.equals(-1));
        gated (a, b, g) => (g * (a / (1 + b).nonnegative()) + 0).gated(1 - a.equals(0) * b.equals(-1));
        on [(-2.0, 2.0)] [(-0.5, 2.0)] at 0.5 0.7;
    /// `y = ln(eᵃ + eᵇ)` without overflow: ā = e^(a − y)·ȳ, b̄ = e^(b − y)·ȳ, the weights divided by their sum. At
    /// (−∞, −∞): 0, 0; at (∞, ∞): ½, ½.
    LogAddExp logaddexp = |a, b| values::log_add_exp(a, b);
        smooth (a, b, y, g) => { let (p, q) = (a.exp_diff(y), b.exp_diff(y)); let s = &p + q; g * (p / (&s + s.equals(0))) };
        smooth (a, b, y, g) => { let (p, q) = (a.exp_diff(y), b.exp_diff(y)); let s = p + &q; g * (q / (&s + s.equals(0))) };
        on [(-2.0, 2.0)] [(-2.0, 2.0)] at 0.5 0.7;
    /// `y = ln(eᵃ − eᵇ)` for a ≥ b, without overflow: with w = 1/(e^(a − b) − 1), ā = (1 + w)·ȳ, b̄ = −w·ȳ. At a = b: value
    /// −∞, slopes ∞, −∞; where b = −∞: y = a, slopes 1, 0; NaN for a < b.
    LogSubExp logsubexp = |a, b| values::log_sub_exp(a, b);
        smooth (a, b, g) => {
            let d = (a - b).nonnegative();
            let w = b.exp_diff(a) / -(-d).exp_m1();
            g + (g * w + 0).gated(b.above(Lit(f64::NEG_INFINITY)))
        };
        gated (a, b, g) => {
            let d = (a - b).nonnegative();
            let w = b.exp_diff(a) / (-d).exp_m1();
            (g * w + 0).gated(b.above(Lit(f64::NEG_INFINITY)))
        };
        on [(0.5, 2.0)] [(-2.0, 0.2)] at 1.5 0.7;
    /// The n-th derivative of `sin x/x`, see [`Term::sinc`]: x̄ is the one of order n + 1 times ȳ. The order is a constant.
    Sinc _ = |x, n| values::sinc(x, n);
        smooth (a, b, g) => g * Term(a.0.binary::<Sinc>(&(b + 1).0));
        none (g) => g;
        on [(-3.0, 3.0)] [(0.0, 0.0)] at 0.5 0.0;
}
}
