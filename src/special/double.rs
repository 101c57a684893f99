//! Numbers of twice the precision, as unevaluated sums of two: for exponents that cancel, such as a·ln x − x − ln Γ(a), whose
//! terms may be a million times their sum, and for functions beside their zeros.
//!
//! The error of an operation is a few units of 2⁻¹⁰⁴. T. J. Dekker, A floating-point technique for extending the available
//! precision, Numer. Math. 18 (1971) 224–242.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `hi + lo`, where `hi` is the sum rounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Double {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

const LN_2: Double = Double {
    hi: std::f64::consts::LN_2,
    lo: 2.3190468138462996e-17,
};
const HALF_LN_TAU: Double = Double {
    hi: 0.918_938_533_204_672_8,
    lo: -3.878_294_158_067_241_4e-17,
};

impl From<f64> for Double {
    fn from(hi: f64) -> Self {
        Self { hi, lo: 0.0 }
    }
}

impl Double {
    /// `a + b`, exactly.
    pub(super) fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let c = hi - a;
        let lo = (a - (hi - c)) + (b - c);
        Self { hi, lo }
    }

    /// `a·b`, exactly.
    pub(super) fn product(a: f64, b: f64) -> Self {
        let hi = a * b;
        let lo = a.mul_add(b, -hi);
        Self { hi, lo }
    }

    /// The same for |a| ≥ |b|.
    fn renormalised(a: f64, b: f64) -> Self {
        let hi = a + b;
        let lo = b - (hi - a);
        Self { hi, lo }
    }

    /// The nearest `f64`.
    pub(super) fn value(self) -> f64 {
        self.hi + self.lo
    }

    /// e to this power, rounded to `f64`.
    pub(super) fn exp(self) -> f64 {
        let y = self.hi.exp();
        y + y * self.lo
    }

    /// e to this power less 1, rounded to `f64`.
    pub(super) fn exp_m1(self) -> f64 {
        self.hi.exp_m1() + self.hi.exp() * self.lo
    }

    /// The natural logarithm of a positive number: y = ln hi, corrected by x·e⁻ʸ − 1.
    pub(super) fn ln(self) -> Self {
        // x = 2ᵏ·m with m between √½ and √2.
        let mut k = (((self.hi.to_bits() >> 52) & 0x7ff) as i32) - 1022;
        if k == -1022 {
            let scaled = Self {
                hi: self.hi * 2.0_f64.powi(54),
                lo: self.lo * 2.0_f64.powi(54),
            };
            return scaled.ln() - LN_2 * Self::from(54.0);
        }
        let scale = |x: f64, k: i32| x * 2.0_f64.powi(-(k / 2)) * 2.0_f64.powi(-(k - k / 2));
        if scale(self.hi, k) < std::f64::consts::FRAC_1_SQRT_2 {
            k -= 1;
        }
        let m = Self {
            hi: scale(self.hi, k),
            lo: scale(self.lo, k),
        };
        let y = m.hi.ln();
        let mut exp = Self::from(1.0);
        for j in (1..=24).rev() {
            exp = exp * Self::from(-y) / Self::from(f64::from(j)) + Self::from(1.0);
        }
        let rest = m * exp - Self::from(1.0);
        let ln = Self::sum(y, rest.hi) + Self::from(rest.lo - 0.5 * rest.hi * rest.hi);
        LN_2 * Self::from(f64::from(k)) + ln
    }

    /// ln |Γ(x)|, away from the poles and for x > −100.
    pub(super) fn lgamma(self) -> Self {
        let (mut z, mut product) = (self, Self::from(1.0));
        while z.hi < FAR {
            product = product * z;
            z = z + Self::from(1.0);
        }
        if product.hi < 0.0 {
            product = -product;
        }
        // 5.11.1: (z − ½)·ln z − z + ½·ln 2π + Σ B₂ₖ/(2k(2k − 1)z²ᵏ⁻¹)
        let ln = (z - Self::from(0.5)) * z.ln() - z + HALF_LN_TAU;
        ln + Self::stirling(z, |k| k - 1.0) * z - product.ln()
    }

    /// ψ(x), away from the poles and for x > −100.
    pub(super) fn digamma(self) -> Self {
        let (mut z, mut sum) = (self, Self::from(0.0));
        while z.hi < FAR {
            sum = sum + Self::from(1.0) / z;
            z = z + Self::from(1.0);
        }
        // 5.11.2: ln z − 1/(2z) − Σ B₂ₖ/(2k z²ᵏ)
        z.ln() - Self::from(0.5) / z - Self::stirling(z, |_| 1.0) - sum
    }

    /// Σ B₂ₖ/(2k·w(2k)·z²ᵏ)
    fn stirling(z: Self, w: impl Fn(f64) -> f64) -> Self {
        let step = Self::from(1.0) / (z * z);
        let mut sum = Self::from(0.0);
        for (&[above, below], k) in BERNOULLI.iter().zip(1..=BERNOULLI.len() as u8).rev() {
            let k = 2.0 * f64::from(k);
            sum = (sum + Self::from(above) / Self::from(below * k * w(k))) * step;
        }
        sum
    }
}

/// From here on Stirling's series has all digits.
const FAR: f64 = 30.0;

/// B₂, B₄, … as fractions.
pub(super) const BERNOULLI: [[f64; 2]; 13] = [
    [1.0, 6.0],
    [-1.0, 30.0],
    [1.0, 42.0],
    [-1.0, 30.0],
    [5.0, 66.0],
    [-691.0, 2730.0],
    [7.0, 6.0],
    [-3617.0, 510.0],
    [43867.0, 798.0],
    [-174611.0, 330.0],
    [854513.0, 138.0],
    [-236364091.0, 2730.0],
    [8553103.0, 6.0],
];

impl Add for Double {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.hi, other.hi), Self::sum(self.lo, other.lo));
        let high = Self::renormalised(high.hi, high.lo + low.hi);
        Self::renormalised(high.hi, high.lo + low.lo)
    }
}

impl Neg for Double {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            hi: -self.hi,
            lo: -self.lo,
        }
    }
}

impl Sub for Double {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let p = Self::product(self.hi, other.hi);
        Self::renormalised(p.hi, p.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Double {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        let rest = self - other * Self::from(first);
        let second = rest.hi / other.hi;
        let rest = rest - other * Self::from(second);
        Self::renormalised(first, second) + Self::from(rest.hi / other.hi)
    }
}
