//! What differs between the element types: the reduction by multiples of π/2, and the functions of the normal distribution, which
//! `f32` computes in `f64`.

use super::coefficients::{double, single};

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

    #[inline(always)]
    pub(super) fn erf_far(x: f32) -> f32 {
        (1.0 - Self::erfc_upper(x)) as f32
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

    #[inline(always)]
    pub(super) fn gelu(x: f32) -> f32 {
        let b = f64::from(at_most!(x.abs(), single::TAIL));
        let part = b * Self::upper(b);
        (if x < 0.0 { -part } else { f64::from(x) - part }) as f32
    }

    #[inline(always)]
    pub(super) fn gelu_gate(x: f32) -> f32 {
        let a = f64::from(at_most!(x.abs(), single::TAIL));
        let cubic = double::GATE[0] * a + double::GATE_CUBED[0] * (a * a * a);
        let y = Self::decay(at_most!(cubic, 200.0));
        let small = y / (1.0 + y);
        (if x < 0.0 { small } else { 1.0 - small }) as f32
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
        let short = |x: f64| f64::from_bits(x.to_bits() & double::SHORT);
        let (c, d) = (short(a), short(b));
        let product = a * b;
        (product, ((c * d - product) + c * (b - d)) + (a - c) * b)
    }

    /// x² as the exact square of a shorter number, and the rest.
    #[inline(always)]
    fn square(x: f64) -> (f64, f64) {
        let short = f64::from_bits(x.to_bits() & double::SHORT);
        (short * short, (x - short) * (x + short))
    }

    /// e^(−h − l), less its power of 2: with k as in `scale`.
    #[inline(always)]
    fn decay(h: f64, l: f64) -> (f64, u64) {
        let (h, rest, k) = Self::reduce(-h);
        (Self::exp_sum(h, rest + l), k)
    }

    #[inline(always)]
    pub(super) fn gauss(x: f64) -> f64 {
        let (h, l) = Self::square(at_most!(x.abs(), double::TAIL));
        let (y, k) = Self::decay(0.5 * h, 0.5 * l);
        Self::scale(y, k)
    }

    /// b·Φ(−b) for b ≥ 0.59, less a power of 2, where h + l is b²/2 and `decay` explains the word: e^(−b²/2) times a polynomial of
    /// (b − 3)/(b + 3) (after M. M. Shepherd & J. G. Laframboise, *Chebyshev approximation of (1 + 2x)exp(x²)erfc x in
    /// 0 ≤ x < ∞*, Math. Comp. 36 (1981) 249–253). What roundings take away from b + 3, the quotient and the polynomial goes into
    /// the exponent.
    #[inline(always)]
    fn upper(b: f64, h: f64, l: f64) -> (f64, u64) {
        let d = b + 3.0;
        let t = (d - 6.0) / d;
        let (back, e) = Self::product(t, d);
        let b_rest = (b - (d - 3.0)) + (((d - 6.0) - back) - e) * d * (1.0 / 6.0);
        let [first, second, third] = double::TAIL_FIRST;
        let others = t * (second + t * (third + t * polynomial!(t, double::TAIL_REST)));
        let tail = first + others;
        let tail_rest = (first - tail) + others;
        let gain =
            b_rest * polynomial!(t, double::TAIL_SLOPE) + tail_rest * polynomial!(t, double::TAIL_INVERSE);
        let (y, k) = Self::decay(h, l - gain);
        (y * tail, k)
    }

    /// erfc x for x ≥ 0.42.
    #[inline(always)]
    fn erfc_upper(x: f64) -> f64 {
        let x = at_most!(x, double::ERFC_TAIL);
        let (h, l) = Self::square(x);
        let (y, k) = Self::upper(x * std::f64::consts::SQRT_2, h, l);
        Self::scale(y / (x * std::f64::consts::FRAC_1_SQRT_2), k)
    }

    #[inline(always)]
    pub(super) fn erf_far(x: f64) -> f64 {
        1.0 - Self::erfc_upper(x)
    }

    #[inline(always)]
    pub(super) fn erfc(x: f64) -> f64 {
        let z = x * x;
        let near = (1.0 - x) - x * (double::ERF_FIRST + z * polynomial!(z, double::ERF));
        let y = Self::erfc_upper(x.abs());
        let far = if x < 0.0 { 2.0 - y } else { y };
        if x.abs() < 0.45 { near } else { far }
    }

    #[inline(always)]
    pub(super) fn ndtr(x: f64) -> f64 {
        let near = 0.5 + x * polynomial!(x * x, double::NDTR);
        let b = at_most!(x.abs(), double::TAIL);
        let (h, l) = Self::square(b);
        let (y, k) = Self::upper(b, 0.5 * h, 0.5 * l);
        let y = Self::scale(y / b, k);
        let far = if x < 0.0 { y } else { 1.0 - y };
        if x.abs() < 0.6 { near } else { far }
    }

    #[inline(always)]
    pub(super) fn gelu(x: f64) -> f64 {
        let near = x * (0.5 + x * polynomial!(x * x, double::NDTR));
        let b = at_most!(x.abs(), double::TAIL);
        let (h, l) = Self::square(b);
        let (y, k) = Self::upper(b, 0.5 * h, 0.5 * l);
        let part = Self::scale(y, k);
        let far = if x < 0.0 { -part } else { x - part };
        if x.abs() < 0.6 { near } else { far }
    }

    /// σ(u) with u = 2√(2/π)(x + 0.044715x³), u to twice the digits: its rounding error would be the relative error of eᵘ.
    #[inline(always)]
    pub(super) fn gelu_gate(x: f64) -> f64 {
        let a = at_most!(x.abs(), double::GATE_TAIL);
        let (square, e) = Self::product(a, a);
        let (cubed, f) = Self::product(double::GATE_CUBED[0], square);
        let (sum, rest) = Self::sum(double::GATE[0], cubed);
        let rest = rest + (f + double::GATE_CUBED[0] * e + double::GATE_CUBED[1] * square + double::GATE[1]);
        let (h, l) = Self::product(sum, a);
        let (y, k) = Self::decay(h, l + rest * a);
        let y = Self::scale(y, k);
        let small = y / (1.0 + y);
        if x < 0.0 { small } else { 1.0 - small }
    }
}
