//! What differs between the element types: the reduction by multiples of π/2, and the functions of the normal distribution, which
//! `f32` computes in `f64`.

use super::Numeric;
use super::coefficients::{double, single};
use crate::special;

impl single::Number {
    /// x = q·π/2 + r + c with |r| ≤ π/4: q in the last bits of a word, r and c.
    #[inline(always)]
    pub(super) fn quarters(x: f32) -> (u32, f32, f32) {
        let x = f64::from(x);
        let t = x * std::f64::consts::FRAC_2_PI + double::ROUND;
        let n = t - double::ROUND;
        let r = (x - n * double::HALF_PI[0]) - n * (double::HALF_PI[1] + double::HALF_PI[2]);
        let short = r as f32;
        (t.to_bits() as u32, short, (r - f64::from(short)) as f32)
    }

    /// e^(−s) for 0 ≤ s < 700, to the digits of `f32`.
    #[inline(always)]
    fn decay(s: f64) -> f64 {
        let t = double::ROUND - s * double::LOG2_E;
        let n = t - double::ROUND;
        let r = -s - n * std::f64::consts::LN_2;
        (1.0 + (r + r * r * polynomial!(r, single::WIDE_EXP))) * double::Number::power(t.to_bits())
    }

    /// e^(b²/2)·Φ(−b) for b ≥ 0, to the digits of `f32`; see `upper` of `f64`.
    #[inline(always)]
    fn mills(b: f64) -> f64 {
        let u = 1.0 / (b + 3.0);
        u * polynomial!((b - 3.0) * u, single::WIDE_MILLS)
    }

    #[inline(always)]
    pub(super) fn gauss(x: f32) -> f32 {
        let x = f64::from(at_most!(x.abs(), single::TAIL));
        Self::decay(0.5 * x * x) as f32
    }

    /// Φ(−b) for b ≥ 0.
    #[inline(always)]
    fn upper(b: f64) -> f64 {
        Self::decay(0.5 * b * b) * Self::mills(b)
    }

    /// erfc x for x ≥ 0.
    #[inline(always)]
    fn erfc_upper(x: f32) -> f64 {
        let x = f64::from(at_most!(x, single::ERFC_TAIL));
        2.0 * (Self::decay(x * x) * Self::mills(x * std::f64::consts::SQRT_2))
    }

    /// erf x for x ≥ 1, as 1 − e^(−Q(x)): what is taken off is less than a sixth, so its digits need not all be right.
    #[inline(always)]
    pub(super) fn erf_far(x: f32, exp: impl Fn(f32) -> f32) -> f32 {
        let x = at_most!(x, single::ERF_ONE);
        1.0 - exp(-polynomial!(x, single::ERF_TAIL))
    }

    #[inline(always)]
    pub(super) fn erfc(x: f32) -> f32 {
        let y = Self::erfc_upper(x.abs());
        (if x < 0.0 { 2.0 - y } else { y }) as f32
    }

    #[inline(always)]
    pub(super) fn ndtr(x: f32) -> f32 {
        let y = Self::upper(f64::from(at_most!(x.abs(), single::TAIL)));
        (if x < 0.0 { y } else { 1.0 - y }) as f32
    }

    // Of one number, too, half as long as by the functions of `f64`.
    #[inline]
    pub(super) fn lone_erfc(x: f32) -> f32 {
        Self::erfc(x)
    }
    #[inline]
    pub(super) fn lone_ndtr(x: f32) -> f32 {
        Self::ndtr(x)
    }
    #[inline]
    pub(super) fn lone_gelu(x: f32) -> f32 {
        Self::gelu(x)
    }

    #[inline(always)]
    pub(super) fn gelu(x: f32) -> f32 {
        let b = f64::from(at_most!(x.abs(), single::TAIL));
        let part = b * Self::upper(b);
        (if x < 0.0 { -part } else { f64::from(x) - part }) as f32
    }

    /// σ(u) with u = 2√(2/π)(x + 0.044715x³).
    #[inline(always)]
    fn wide_gate(x: f32) -> f64 {
        let a = f64::from(at_most!(x.abs(), single::TAIL));
        let cubic = double::GATE[0] * a + double::GATE_CUBED[0] * (a * a * a);
        let y = Self::decay(at_most!(cubic, 200.0));
        let small = y / (1.0 + y);
        if x < 0.0 { small } else { 1.0 - small }
    }

    #[inline(always)]
    pub(super) fn gelu_gate(x: f32) -> f32 {
        Self::wide_gate(x) as f32
    }

    #[inline(always)]
    pub(super) fn gelu_tanh(x: f32) -> f32 {
        let y = (f64::from(x) * Self::wide_gate(x)) as f32;
        if x == f32::NEG_INFINITY { 0.0 } else { y }
    }
}

impl double::Number {
    /// x = q·π/2 + r + c with |r| ≤ π/4: q in the last bits of a word, r and c. Products with the first three parts of π/2 are
    /// exact, their sums are taken to twice the digits.
    #[inline(always)]
    pub(super) fn quarters(x: f64) -> (u64, f64, f64) {
        let t = x * std::f64::consts::FRAC_2_PI + double::ROUND;
        let n = t - double::ROUND;
        let (a, e) = Self::sum(x - n * double::HALF_PI[0], -(n * double::HALF_PI[1]));
        let (b, f) = Self::sum(a, -(n * double::HALF_PI[2]));
        let rest = (e + f) - n * double::HALF_PI[3];
        let r = b + rest;
        (t.to_bits(), r, rest - (r - b))
    }

    /// `a + b`, and its rounding error (Knuth, *The Art of Computer Programming*, vol. 2, 4.2.2, theorem B).
    #[inline(always)]
    fn sum(a: f64, b: f64) -> (f64, f64) {
        let sum = a + b;
        let back = sum - a;
        (sum, (a - (sum - back)) + (b - back))
    }

    /// `a·b`, and its rounding error (T. J. Dekker, Numer. Math. 18 (1971) 224–242).
    #[inline(always)]
    fn product(a: f64, b: f64) -> (f64, f64) {
        let (c, d) = (Self::short(a), Self::short(b));
        let product = a * b;
        (product, ((c * d - product) + c * (b - d)) + (a - c) * b)
    }

    /// x² as the exact square of a shorter number, and the rest.
    #[inline(always)]
    fn square(x: f64) -> (f64, f64) {
        let short = Self::short(x);
        (short * short, (x - short) * (x + short))
    }

    #[inline(always)]
    pub(super) fn gauss(x: f64) -> f64 {
        let (h, l) = Self::square(at_most!(x.abs(), double::TAIL));
        let (h, rest, k) = Self::reduce(-0.5 * h);
        Self::scale(Self::exp_sum(h, rest + 0.5 * l), k)
    }

    /// f·e^(−h − l), rounded once.
    #[inline(always)]
    fn decayed(f: f64, h: f64, l: f64) -> f64 {
        let (h, rest, k) = Self::reduce(-h);
        let (high, low) = Self::exp_parts(h, rest + l);
        let short = Self::short(f);
        Self::scale(high * short + (high * (f - short) + low * f), k)
    }

    /// With `b` + `low` ≥ 0.59 for b: the rounded b·e^(b²/2)·Φ(−b), its reciprocal to a tenth, and the logarithm of what is missing.
    /// A polynomial of (b − 1⅝)/(b + 3) (after M. M. Shepherd & J. G. Laframboise, *Chebyshev approximation of (1 + 2x)exp(x²)erfc x
    /// in 0 ≤ x < ∞*, Math. Comp. 36 (1981) 249–253); what roundings take away from b + 3, the quotient and the polynomial is for
    /// the exponent.
    #[inline(always)]
    fn tail(b: f64, low: f64) -> (f64, f64, f64) {
        let d = b + 3.0;
        let c = d - double::TAIL_SPAN;
        let t = c / d;
        let (back, e) = Self::product(t, d);
        let rest = 1.0 - t;
        let shift = ((b - (d - 3.0)) + low) * rest + ((c - back) - e);
        let [first, second, third] = double::TAIL_FIRST;
        let last = t * (third + t * polynomial!(t, double::TAIL_REST));
        let slope = second + last;
        let others = t * slope;
        let tail = first + others;
        let tail_rest = ((first - tail) + others) + t * ((second - slope) + last);
        let inverse = polynomial!(t, double::TAIL_INVERSE);
        let gain = shift * rest * polynomial!(t, double::TAIL_SLOPE) + tail_rest * inverse;
        (tail, inverse, gain)
    }

    /// `times`·Φ(−b) for b ≥ 0.59, where h + l is b²/2 and `times` a power of 2.
    #[inline(always)]
    fn upper(times: f64, b: f64, low: f64, h: f64, l: f64) -> f64 {
        let (tail, inverse, gain) = Self::tail(b, low);
        let y = tail / b;
        let (back, e) = Self::product(y, b);
        let gain = gain + (((tail - back) - e) - y * low) * inverse;
        Self::decayed(times * y, h, l - gain)
    }

    /// erf x for x ≥ 1. What is taken off is less than a sixth, so its last digit need not be right.
    #[inline(always)]
    pub(super) fn erf_far(x: f64, exp: impl Fn(f64) -> f64) -> f64 {
        let x = at_most!(x, double::ERF_ONE);
        let u = 1.0 / (x + 2.0);
        1.0 - exp(-x * x) * (u * polynomial!(1.0 - 3.75 * u, double::ERF_TAIL))
    }

    /// erfc x for x ≥ 0.45.
    #[inline(always)]
    fn erfc_upper(x: f64) -> f64 {
        let x = at_most!(x, double::ERFC_TAIL);
        let (h, l) = Self::square(x);
        let (b, low) = Self::product(x, std::f64::consts::SQRT_2);
        Self::upper(2.0, b, low + x * double::SQRT_2_REST, h, l)
    }

    #[inline(always)]
    pub(super) fn erfc(x: f64) -> f64 {
        let z = x * x;
        let near = (1.0 - x) - x * (double::ERF_FIRST + z * polynomial!(z, double::ERF));
        let y = Self::erfc_upper(x.abs());
        let far = if x < 0.0 { 2.0 - y } else { y };
        if x.abs() < 0.5 { near } else { far }
    }

    #[inline(always)]
    pub(super) fn ndtr(x: f64) -> f64 {
        let near = 0.5 + x * polynomial!(x * x, double::NDTR);
        let b = at_most!(x.abs(), double::TAIL);
        let (h, l) = Self::square(b);
        let y = Self::upper(1.0, b, 0.0, 0.5 * h, 0.5 * l);
        let far = if x < 0.0 { y } else { 1.0 - y };
        if x.abs() < 0.6 { near } else { far }
    }

    // Of one number, half as long as what has no branch.
    #[inline]
    pub(super) fn lone_erfc(x: f64) -> f64 {
        special::erfc(x)
    }
    #[inline]
    pub(super) fn lone_ndtr(x: f64) -> f64 {
        special::ndtr(x)
    }
    #[inline]
    pub(super) fn lone_gelu(x: f64) -> f64 {
        x.weighed(special::ndtr(x))
    }

    #[inline(always)]
    pub(super) fn gelu(x: f64) -> f64 {
        let half = x * polynomial!(x * x, double::NDTR);
        let sum = 0.5 + half;
        let (near, rest) = Self::product(x, sum);
        let near = (near + (rest + x * (half - (sum - 0.5)))).copysign(x); // also of −0
        let b = at_most!(x.abs(), double::TAIL);
        let (h, l) = Self::square(b);
        let (tail, _, gain) = Self::tail(b, 0.0);
        let part = Self::decayed(tail, 0.5 * h, 0.5 * l - gain);
        let far = if x < 0.0 { -part } else { x - part };
        if x.abs() < 0.6 { near } else { far }
    }

    /// e^(−u) = e^(h − l)·2ᵏ with u = 2√(2/π)(a + 0.044715a³), u to twice the digits: its rounding error would be the relative error
    /// of the power. h, l, and k as `reduce` gives them.
    #[inline(always)]
    fn gate(a: f64) -> (f64, f64, u64) {
        let (square, e) = Self::product(a, a);
        let (cubed, f) = Self::product(double::GATE_CUBED[0], square);
        let (sum, rest) = Self::sum(double::GATE[0], cubed);
        let rest = rest + (f + double::GATE_CUBED[0] * e + double::GATE_CUBED[1] * square + double::GATE[1]);
        let (h, l) = Self::product(sum, a);
        let (h, more, k) = Self::reduce(-h);
        (h, more + (l + rest * a), k)
    }

    #[inline(always)]
    pub(super) fn gelu_gate(x: f64) -> f64 {
        let (h, l, k) = Self::gate(at_most!(x.abs(), double::GATE_TAIL));
        let y = Self::scale(Self::exp_sum(h, l), k);
        let small = y / (1.0 + y);
        if x < 0.0 { small } else { 1.0 - small }
    }

    #[inline(always)]
    pub(super) fn gelu_tanh(x: f64) -> f64 {
        let a = at_most!(x.abs(), double::GATE_TAIL);
        let (h, l, k) = Self::gate(a);
        Self::weighed(x, a, h, l, k)
    }
}
