//! Elementary functions without a branch, a table or a call: a loop over elements that calls them vectorises.
//!
//! Each is a reduction of the argument, a polynomial, and selections for what is special (±0, subnormal numbers, ±∞, NaN). There is
//! no fused multiplication and addition in them, whose rounding a processor may or may not have: the same argument gives the same
//! bits on every machine and at every place of an array. Errors, in units in the last place, are measured by
//! `benches/src/bin/ulp.rs` and stated in `docs/performance.md`; reductions and the summation of the logarithm follow W. J. Cody &
//! W. Waite, *Software Manual for the Elementary Functions* (1980) and P. T. P. Tang's papers on table-free variants.

use super::coefficients::{double, single};

/// Functions of `f32` and `f64` for loops over elements.
pub trait Elementary: Copy {
    #[doc(hidden)]
    fn fast_exp(self) -> Self;
    #[doc(hidden)]
    fn fast_exp2(self) -> Self;
    #[doc(hidden)]
    fn fast_exp_m1(self) -> Self;
    #[doc(hidden)]
    fn fast_ln(self) -> Self;
    #[doc(hidden)]
    fn fast_log2(self) -> Self;
    #[doc(hidden)]
    fn fast_log10(self) -> Self;
    #[doc(hidden)]
    fn fast_ln_1p(self) -> Self;
    /// For |x| ≤ [`PERIODS`] only.
    #[doc(hidden)]
    fn fast_sin(self) -> Self;
    /// For |x| ≤ [`PERIODS`] only.
    #[doc(hidden)]
    fn fast_cos(self) -> Self;
    #[doc(hidden)]
    fn fast_sinh(self) -> Self;
    #[doc(hidden)]
    fn fast_cosh(self) -> Self;
    #[doc(hidden)]
    fn fast_tanh(self) -> Self;
    #[doc(hidden)]
    fn fast_sigmoid(self) -> Self;
    #[doc(hidden)]
    fn fast_gauss(self) -> Self;
    #[doc(hidden)]
    fn fast_erf(self) -> Self;
    #[doc(hidden)]
    fn fast_erfc(self) -> Self;
    #[doc(hidden)]
    fn fast_ndtr(self) -> Self;
    #[doc(hidden)]
    fn fast_gelu(self) -> Self;
    #[doc(hidden)]
    fn fast_gelu_gate(self) -> Self;
}

/// Up to here the reduction of sine and cosine by multiples of π/2 has all digits.
pub(crate) const PERIODS: f64 = 1e6;

/// The polynomial with these coefficients, the constant term first: its even and its odd half, which do not wait for each
/// other.
macro_rules! polynomial {
    ($x:expr, $c:expr) => {{
        let (x, c) = ($x, &$c);
        let z = x * x;
        let n = c.len();
        let (mut first, mut second) = (c[n - 1], c[n - 2]);
        let mut i = n - 2;
        while i > 1 {
            first = first * z + c[i - 1];
            second = second * z + c[i - 2];
            i -= 2;
        }
        match n % 2 {
            0 => first * x + second,
            _ => (first * z + c[0]) + second * x,
        }
    }};
}

/// The smaller of a variable and a number; NaN for NaN.
macro_rules! at_most {
    ($x:expr, $limit:expr) => {
        if $x > $limit { $limit } else { $x }
    };
}

macro_rules! at_least {
    ($x:expr, $limit:expr) => {
        if $x < $limit { $limit } else { $x }
    };
}

macro_rules! elementary {
    ($t:ident, $bits:ident, $c:ident) => {
        impl $c::Number {
            /// x = k·ln 2 + (h − l) with |h − l| ≤ ½·ln 2: h, l, and k in the last bits of a word whose other bits are arbitrary.
            #[inline(always)]
            fn reduce(x: $t) -> ($t, $t, $bits) {
                let t = x * $c::LOG2_E + $c::ROUND;
                let n = t - $c::ROUND;
                (x - n * $c::LN_2[0], n * $c::LN_2[1], t.to_bits())
            }

            /// e^(h − l) − 1.
            #[inline(always)]
            fn exp_m1_sum(h: $t, l: $t) -> $t {
                let r = h - l;
                r + (Self::exp_rest(r) + ((h - r) - l))
            }

            /// eʳ − 1 − r.
            #[inline(always)]
            fn exp_rest(r: $t) -> $t {
                r * r * polynomial!(r, $c::EXP)
            }

            /// e^(h − l), the sum of 1 and h taken exactly.
            #[inline(always)]
            fn exp_sum(h: $t, l: $t) -> $t {
                let sum = 1.0 + h;
                sum + ((h - (sum - 1.0)) + (Self::exp_rest(h - l) - l))
            }

            /// y·2ᵏ in two steps, so that a subnormal result is rounded once.
            #[inline(always)]
            fn scale(y: $t, k: $bits) -> $t {
                let k = k.wrapping_add(2 * $c::BIAS);
                let half = k >> 1;
                let power = |k: $bits| $t::from_bits(k << $c::DIGITS);
                y * power(half) * power(k.wrapping_sub(half))
            }

            /// 2ᵏ where that is a normal number.
            #[inline(always)]
            fn power(k: $bits) -> $t {
                $t::from_bits(k.wrapping_add($c::BIAS) << $c::DIGITS)
            }

            /// (eˣ − 1)/4, which does not overflow where the hyperbolic sine does not.
            #[inline(always)]
            fn quarter_exp_m1(x: $t) -> $t {
                let x = at_least!(at_most!(x, $c::SINH_LIMIT), $c::EXP_M1_LEAST);
                let (h, l, k) = Self::reduce(x);
                let e = Self::exp_m1_sum(h, l);
                let s = Self::power(k.wrapping_sub(2));
                s * e + (s - 0.25)
            }

            /// x = 2ᵏ·(1 + f) for a positive normal x, 1 + f between √½ and √2.
            #[inline(always)]
            fn split(x: $t) -> ($t, $t) {
                let at = x.to_bits().wrapping_add($c::ONE - $c::SQRT_HALF);
                let k = $t::from_bits((at >> $c::DIGITS) | $c::WHOLE.to_bits()) - ($c::WHOLE + $c::BIAS as $t);
                let m = $t::from_bits((at & $c::MANTISSA) + $c::SQRT_HALF);
                (k, m - 1.0)
            }

            /// As `split` for every positive x.
            #[inline(always)]
            fn split_all(x: $t) -> ($t, $t) {
                let small = x < $t::MIN_POSITIVE;
                let (k, f) = Self::split(if small { x * $c::RAISE } else { x });
                (if small { k - $c::RAISED } else { k }, f)
            }

            /// `h` + ln(1 + f) + `l`: with s = f/(2 + f), the logarithm is f − f²/2 + s·(f²/2 + R(s²)).
            #[inline(always)]
            fn ln_1p_sum(h: $t, f: $t, l: $t) -> $t {
                let s = f / (2.0 + f);
                let z = s * s;
                let half = 0.5 * f * f;
                let rest = s * (half + z * polynomial!(z, $c::LN));
                h - ((half - (rest + l)) - f)
            }

            /// A logarithm's value `y` at x, or what it is at the borders of its domain, `x` = 0 and ∞, and outside.
            #[inline(always)]
            fn ln_edges(x: $t, y: $t) -> $t {
                let y = if x < 0.0 { $t::NAN } else { y };
                let y = if x == 0.0 { $t::NEG_INFINITY } else { y };
                if x < $t::INFINITY { y } else { x }
            }

            /// sin(x + q·π/2) where the last bits of a word are q.
            #[inline(always)]
            fn sine(x: $t, turn: $bits) -> $t {
                let (q, r, c) = Self::quarters(x);
                let q = q.wrapping_add(turn);
                let z = r * r;
                let sin = r + (r * z * polynomial!(z, $c::SIN) + c);
                let half = 0.5 * z;
                let w = 1.0 - half;
                let cos = w + (((1.0 - w) - half) + (z * z * polynomial!(z, $c::COS) - r * c));
                let y = if q & 1 == 0 { sin } else { cos };
                $t::from_bits(y.to_bits() ^ ((q & 2) << ($bits::BITS - 2)))
            }
        }

        impl Elementary for $t {
            #[inline(always)]
            fn fast_exp(self) -> Self {
                let x = at_least!(at_most!(self, $c::EXP_LIMIT), $c::EXP_LEAST);
                let (h, l, k) = $c::Number::reduce(x);
                $c::Number::scale($c::Number::exp_sum(h, l), k)
            }
            #[inline(always)]
            fn fast_exp2(self) -> Self {
                let x = at_least!(at_most!(self, $c::EXP2_LIMIT), $c::EXP2_LEAST);
                let t = x + $c::ROUND;
                let r = (x - (t - $c::ROUND)) * std::$t::consts::LN_2;
                $c::Number::scale($c::Number::exp_sum(r, 0.0), t.to_bits())
            }
            #[inline(always)]
            fn fast_exp_m1(self) -> Self {
                let y = 4.0 * $c::Number::quarter_exp_m1(self);
                if self.abs() < $c::TINY { self } else { y }
            }
            #[inline(always)]
            fn fast_ln(self) -> Self {
                let (k, f) = $c::Number::split_all(self);
                let y = $c::Number::ln_1p_sum(k * $c::LN_2[0], f, k * $c::LN_2[1]);
                $c::Number::ln_edges(self, y)
            }
            #[inline(always)]
            fn fast_log2(self) -> Self {
                let (k, f) = $c::Number::split_all(self);
                let y = k + $c::Number::ln_1p_sum(0.0, f, 0.0) * std::$t::consts::LOG2_E;
                $c::Number::ln_edges(self, y)
            }
            #[inline(always)]
            fn fast_log10(self) -> Self {
                let (k, f) = $c::Number::split_all(self);
                let y = $c::Number::ln_1p_sum(0.0, f, 0.0) * std::$t::consts::LOG10_E;
                $c::Number::ln_edges(self, k * $c::LOG10_2[0] + (k * $c::LOG10_2[1] + y))
            }
            #[inline(always)]
            fn fast_ln_1p(self) -> Self {
                let u = 1.0 + self;
                let back = u - 1.0;
                let c = ((1.0 - (u - back)) + (self - back)) / u;
                let (k, f) = $c::Number::split(u);
                let y = $c::Number::ln_1p_sum(k * $c::LN_2[0], f, k * $c::LN_2[1] + c);
                let y = $c::Number::ln_edges(u, y);
                if self.abs() < $c::TINY { self } else { y }
            }
            #[inline(always)]
            fn fast_sin(self) -> Self {
                let y = $c::Number::sine(self, 0);
                if self.abs() < $c::TINY { self } else { y }
            }
            #[inline(always)]
            fn fast_cos(self) -> Self {
                $c::Number::sine(self, 1)
            }
            #[inline(always)]
            fn fast_sinh(self) -> Self {
                let q = $c::Number::quarter_exp_m1(self.abs());
                let y = 2.0 * (q + q / (4.0 * q + 1.0));
                let y = if self.abs() < $c::TINY { self } else { y };
                y.copysign(self)
            }
            #[inline(always)]
            fn fast_cosh(self) -> Self {
                let x = at_most!(self.abs(), $c::SINH_LIMIT);
                let (h, l, k) = $c::Number::reduce(x);
                let half = $c::Number::scale($c::Number::exp_sum(h, l), k.wrapping_sub(1));
                half + 0.25 / half
            }
            #[inline(always)]
            fn fast_tanh(self) -> Self {
                let (a, z) = (self.abs(), self * self);
                let near = a + a * (z * polynomial!(z, $c::TANH));
                let x = at_most!(a, $c::TANH_LIMIT);
                let (h, l, k) = $c::Number::reduce(x + x);
                let e = $c::Number::exp_sum(h, l) * $c::Number::power(k);
                let far = 1.0 - 2.0 / (e + 1.0);
                (if a < 0.625 { near } else { far }).copysign(self)
            }
            #[inline(always)]
            fn fast_sigmoid(self) -> Self {
                let e = (-self.abs()).fast_exp();
                let sum = 1.0 + e;
                let rest = (1.0 - sum) + e;
                let small = e / sum;
                // The rounding error of the sum taken off: its reciprocal is 1 − small.
                let small = small - small * (1.0 - small) * rest;
                if self < 0.0 { small } else { 1.0 - small }
            }
            #[inline(always)]
            fn fast_gauss(self) -> Self {
                $c::Number::gauss(self)
            }
            #[inline(always)]
            fn fast_erf(self) -> Self {
                let z = self * self;
                let near = self + self * ($c::ERF_FIRST + z * polynomial!(z, $c::ERF));
                let far = $c::Number::erf_far(self.abs()).copysign(self);
                if self.abs() < 1.0 { near } else { far }
            }
            #[inline(always)]
            fn fast_erfc(self) -> Self {
                $c::Number::erfc(self)
            }
            #[inline(always)]
            fn fast_ndtr(self) -> Self {
                $c::Number::ndtr(self)
            }
            #[inline(always)]
            fn fast_gelu(self) -> Self {
                $c::Number::gelu(self)
            }
            #[inline(always)]
            fn fast_gelu_gate(self) -> Self {
                $c::Number::gelu_gate(self)
            }
        }
    };
}

elementary!(f32, u32, single);
elementary!(f64, u64, double);

impl single::Number {
    /// x = q·π/2 + r + c with |r| ≤ π/4: q in the last bits of a word, r and c.
    #[inline(always)]
    fn quarters(x: f32) -> (u32, f32, f32) {
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
    fn gauss(x: f32) -> f32 {
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
    fn erf_far(x: f32) -> f32 {
        (1.0 - Self::erfc_upper(x)) as f32
    }

    #[inline(always)]
    fn erfc(x: f32) -> f32 {
        let y = Self::erfc_upper(x.abs());
        (if x < 0.0 { 2.0 - y } else { y }) as f32
    }

    #[inline(always)]
    fn ndtr(x: f32) -> f32 {
        let y = Self::upper(f64::from(at_most!(x.abs(), single::TAIL)));
        (if x < 0.0 { y } else { 1.0 - y }) as f32
    }

    #[inline(always)]
    fn gelu(x: f32) -> f32 {
        let b = f64::from(at_most!(x.abs(), single::TAIL));
        let part = b * Self::upper(b);
        (if x < 0.0 { -part } else { f64::from(x) - part }) as f32
    }

    #[inline(always)]
    fn gelu_gate(x: f32) -> f32 {
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
    fn quarters(x: f64) -> (u64, f64, f64) {
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
    fn gauss(x: f64) -> f64 {
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
        let gain = b_rest * polynomial!(t, double::TAIL_SLOPE) + tail_rest * polynomial!(t, double::TAIL_INVERSE);
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
    fn erf_far(x: f64) -> f64 {
        1.0 - Self::erfc_upper(x)
    }

    #[inline(always)]
    fn erfc(x: f64) -> f64 {
        let z = x * x;
        let near = (1.0 - x) - x * (double::ERF_FIRST + z * polynomial!(z, double::ERF));
        let y = Self::erfc_upper(x.abs());
        let far = if x < 0.0 { 2.0 - y } else { y };
        if x.abs() < 0.45 { near } else { far }
    }

    #[inline(always)]
    fn ndtr(x: f64) -> f64 {
        let near = 0.5 + x * polynomial!(x * x, double::NDTR);
        let b = at_most!(x.abs(), double::TAIL);
        let (h, l) = Self::square(b);
        let (y, k) = Self::upper(b, 0.5 * h, 0.5 * l);
        let y = Self::scale(y / b, k);
        let far = if x < 0.0 { y } else { 1.0 - y };
        if x.abs() < 0.6 { near } else { far }
    }

    #[inline(always)]
    fn gelu(x: f64) -> f64 {
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
    fn gelu_gate(x: f64) -> f64 {
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
