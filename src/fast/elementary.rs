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
    #[doc(hidden)]
    fn fast_gelu_tanh(self) -> Self;
    #[doc(hidden)]
    fn fast_silu(self) -> Self;

    /// erf x by this exponential, which is asked for negative numbers.
    #[doc(hidden)]
    fn erf_by(self, exp: impl Fn(Self) -> Self) -> Self;
    /// erfc x, Φ(x) and x·Φ(x) of a number by itself.
    #[doc(hidden)]
    fn lone_erfc(self) -> Self;
    #[doc(hidden)]
    fn lone_ndtr(self) -> Self;
    #[doc(hidden)]
    fn lone_gelu(self) -> Self;
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
            pub(super) fn reduce(x: $t) -> ($t, $t, $bits) {
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
            pub(super) fn exp_sum(h: $t, l: $t) -> $t {
                let sum = 1.0 + h;
                sum + ((h - (sum - 1.0)) + (Self::exp_rest(h - l) - l))
            }

            /// The upper half of the digits: products of two such numbers are exact.
            #[inline(always)]
            pub(super) fn short(x: $t) -> $t {
                $t::from_bits(x.to_bits() & $c::SHORT)
            }

            /// eˣ where that is a normal number.
            #[inline(always)]
            fn exp_normal(x: $t) -> $t {
                let (h, l, k) = Self::reduce(x);
                Self::exp_sum(h, l) * Self::power(k)
            }

            /// e^(h − l) as a short number and the rest, to more digits than a number has.
            #[inline(always)]
            pub(super) fn exp_parts(h: $t, l: $t) -> ($t, $t) {
                let sum = 1.0 + h;
                let rest = (h - (sum - 1.0)) + (Self::exp_rest(h - l) - l);
                let high = Self::short(sum + rest);
                (high, (sum - high) + rest)
            }

            /// x·σ(s) where e^(−|s|) = e^(h − l)·2ᵏ and s has the sign of x; a is |x|, but at most what makes the power 0. No
            /// subnormal number is a factor.
            #[inline(always)]
            pub(super) fn weighed(x: $t, a: $t, h: $t, l: $t, k: $bits) -> $t {
                let (high, low) = Self::exp_parts(h, l);
                let e = Self::scale(high + low, k);
                let sum = 1.0 + e;
                // The sum's rounding error, in units of the sum: its reciprocal is 1 − e/2, to a twelfth.
                let rest = ((1.0 - sum) + e) * (1.0 - 0.5 * e);
                let short = Self::short(a);
                let first = high * short;
                let part = first + ((high * (a - short) + low * a) - first * rest);
                let part = Self::scale(part / sum, k);
                if x < 0.0 { -part } else { x - part }
            }

            /// y·2ᵏ in two steps, so that a subnormal result is rounded once.
            #[inline(always)]
            pub(super) fn scale(y: $t, k: $bits) -> $t {
                let k = k.wrapping_add(2 * $c::BIAS);
                let half = k >> 1;
                let power = |k: $bits| $t::from_bits(k << $c::DIGITS);
                y * power(half) * power(k.wrapping_sub(half))
            }

            /// 2ᵏ where that is a normal number.
            #[inline(always)]
            pub(super) fn power(k: $bits) -> $t {
                $t::from_bits(k.wrapping_add($c::BIAS) << $c::DIGITS)
            }

            /// (eˣ − 1)/4, which does not overflow where eˣ does not.
            #[inline(always)]
            fn quarter_exp_m1(x: $t) -> $t {
                let x = at_least!(at_most!(x, $c::EXP_LIMIT), $c::EXP_M1_LEAST);
                let (h, l, k) = Self::reduce(x);
                let e = Self::exp_m1_sum(h, l);
                let s = Self::power(k.wrapping_sub(2));
                s * e + (s - 0.25)
            }

            /// e^|x|/2, which does not overflow where the hyperbolic functions do not.
            #[inline(always)]
            fn half_exp(x: $t) -> $t {
                let x = at_most!(x.abs(), $c::SINH_LIMIT);
                let (h, l, k) = Self::reduce(x);
                Self::scale(Self::exp_sum(h, l), k.wrapping_sub(1))
            }

            /// x = 2ᵏ·(1 + f) for a positive normal x, 1 + f between √½ and √2.
            #[inline(always)]
            fn split(x: $t) -> ($t, $t) {
                let at = x.to_bits().wrapping_add($c::ONE - $c::SQRT_HALF);
                let k =
                    $t::from_bits((at >> $c::DIGITS) | $c::WHOLE.to_bits()) - ($c::WHOLE + $c::BIAS as $t);
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
                let z = self * self;
                let near = self + self * (z * polynomial!(z, $c::SINH));
                let half = $c::Number::half_exp(self);
                let far = (half - 0.25 / half).copysign(self);
                if self.abs() < 1.0 { near } else { far }
            }
            #[inline(always)]
            fn fast_cosh(self) -> Self {
                let half = $c::Number::half_exp(self);
                half + 0.25 / half
            }
            #[inline(always)]
            fn fast_tanh(self) -> Self {
                let (a, z) = (self.abs(), self * self);
                let near = a + a * (z * polynomial!(z, $c::TANH));
                let x = at_most!(a, $c::TANH_LIMIT);
                let far = 1.0 - 2.0 / ($c::Number::exp_normal(x + x) + 1.0);
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
                self.erf_by($c::Number::exp_normal)
            }
            #[inline(always)]
            fn erf_by(self, exp: impl Fn(Self) -> Self) -> Self {
                let z = self * self;
                let near = self + self * ($c::ERF_FIRST + z * polynomial!(z, $c::ERF));
                let far = $c::Number::erf_far(self.abs(), exp).copysign(self);
                if self.abs() < 1.0 { near } else { far }
            }
            #[inline(always)]
            fn lone_erfc(self) -> Self {
                $c::Number::lone_erfc(self)
            }
            #[inline(always)]
            fn lone_ndtr(self) -> Self {
                $c::Number::lone_ndtr(self)
            }
            #[inline(always)]
            fn lone_gelu(self) -> Self {
                $c::Number::lone_gelu(self)
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
            #[inline(always)]
            fn fast_gelu_tanh(self) -> Self {
                $c::Number::gelu_tanh(self)
            }
            #[inline(always)]
            fn fast_silu(self) -> Self {
                let a = at_most!(self.abs(), -$c::EXP_LEAST);
                let (h, l, k) = $c::Number::reduce(-a);
                $c::Number::weighed(self, a, h, l, k)
            }
        }
    };
}

elementary!(f32, u32, single);
elementary!(f64, u64, double);
