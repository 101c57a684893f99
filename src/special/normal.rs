//! The normal distribution: Φ, its logarithm and its inverse, in all tails.
//!
//! What keeps digits where Φ is small is *Mills' ratio* m(x) = Φ(−x)/φ(x), which varies slowly: Φ(−x) = φ(x)·m(x),
//! φ/Φ at −x is 1/m(x), and the slope of the inverse at a tail probability p is m/p. Formulas in e^(x²/2) and the
//! result would lose x² units in the last place.

#![allow(clippy::excessive_precision, reason = "figures as published")]

use std::f64::consts::FRAC_1_SQRT_2;

/// √(2π)
const SQRT_TAU: f64 = 2.506_628_274_631_000_5;
/// √(π/2)
const SQRT_HALF_PI: f64 = 1.253_314_137_315_500_3;

/// e^(−x²/2), the square to twice the digits: as exact at x = 30 as at 1.
pub(crate) fn gauss(x: f64) -> f64 {
    let square = x * x;
    if square > 1500.0 {
        return 0.0;
    }
    let rest = x.mul_add(x, -square);
    (-0.5 * square).exp() * (1.0 - 0.5 * rest)
}

/// Mills' ratio Φ(−x)/φ(x) for x ≥ 0.
fn mills(x: f64) -> f64 {
    if x < 12.0 {
        // √(π/2)·e^(u²)·erfc u at u = x/√2; it does not matter that u is rounded, as long as it is the same u.
        let u = x * FRAC_1_SQRT_2;
        let square = u * u;
        let rest = u.mul_add(u, -square);
        return SQRT_HALF_PI * (square.exp() * (1.0 + rest)) * libm::erfc(u);
    }
    (1.0 - mills_correction(x)) / x
}

/// 1 − x·m(x) for large x, 7.12.1: 1/x² − 3/x⁴ + 15/x⁶ − …, whose terms fall to e^(−x²/2).
fn mills_correction(x: f64) -> f64 {
    let step = -1.0 / (x * x);
    let (mut sum, mut term) = (0.0, -1.0);
    for k in 0..30 {
        term *= f64::from(2 * k + 1) * step;
        sum += term;
        if term.abs() <= 1e-17 * sum {
            break;
        }
    }
    sum
}

/// Φ(x), the normal distribution function.
pub(crate) fn ndtr(x: f64) -> f64 {
    if x < -1.0 {
        gauss(x) / SQRT_TAU * mills(-x)
    } else {
        0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
    }
}

/// ln Φ(x).
pub(crate) fn log_ndtr(x: f64) -> f64 {
    if x < -1.0 {
        (mills(-x) / SQRT_TAU).ln() - 0.5 * x * x
    } else if x <= 0.0 {
        ndtr(x).ln()
    } else {
        (-ndtr(-x)).ln_1p()
    }
}

/// φ(x)/Φ(x), the derivative of ln Φ.
pub(crate) fn log_ndtr_slope(x: f64) -> f64 {
    if x <= 0.0 {
        mills(-x).recip()
    } else {
        gauss(x) / SQRT_TAU / ndtr(x)
    }
}

/// x + φ(x)/Φ(x), which falls as −1/x for x → −∞.
pub(crate) fn log_ndtr_excess(x: f64) -> f64 {
    if x > -3.0 {
        x + log_ndtr_slope(x)
    } else if x > -12.0 {
        // 7.9.2: 1/m(t) = t + 1/(t + 2/(t + 3/(t + …))), from the 60th term back.
        (1..60)
            .rev()
            .fold(-x, |rest, k| f64::from(k + 1) / rest - x)
            .recip()
    } else if x > f64::NEG_INFINITY {
        let rest = mills_correction(-x);
        -x * rest / (1.0 - rest)
    } else {
        0.0
    }
}

/// A probability p, by what is exact of it: p − ½, and the smaller of p and 1 − p.
#[derive(Clone, Copy)]
struct Probability {
    centred: f64,
    tail: f64,
}

impl Probability {
    fn new(p: f64) -> Self {
        Self {
            centred: p - 0.5,
            tail: p.min(1.0 - p),
        }
    }

    /// p = (1 + x)/2.
    fn of_erf(x: f64) -> Self {
        Self {
            centred: 0.5 * x,
            tail: 0.5 * (1.0 - x.abs()),
        }
    }

    fn is_central(self) -> bool {
        self.centred.abs() <= 0.425
    }

    /// The inverse of Φ: rational approximations by M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37
    /// (1988) 477–484.
    fn quantile(self) -> f64 {
        if self.is_central() {
            let r = 0.180625 - self.centred * self.centred;
            return self.centred * rational(r, &CENTRE);
        }
        if self.tail <= 0.0 || self.tail.is_nan() {
            return match self.tail == 0.0 {
                true => self.centred.signum() * f64::INFINITY,
                false => f64::NAN,
            };
        }
        let r = (-self.tail.ln()).sqrt();
        let y = match r <= 5.0 {
            true => rational(r - 1.6, &MIDDLE),
            false => rational(r - 5.0, &TAIL),
        };
        y.copysign(self.centred)
    }

    /// 1/φ at the quantile, the derivative of the inverse.
    fn slope(self) -> f64 {
        if self.tail == 0.0 {
            return f64::INFINITY;
        }
        let y = self.quantile();
        match self.is_central() {
            true => SQRT_TAU / gauss(y),
            false => mills(y.abs()) / self.tail,
        }
    }
}

/// The inverse of Φ.
pub(crate) fn ndtri(p: f64) -> f64 {
    Probability::new(p).quantile()
}

/// The derivative of the inverse of Φ.
pub(crate) fn ndtri_slope(p: f64) -> f64 {
    Probability::new(p).slope()
}

/// The inverse of erf.
pub(crate) fn erfinv(x: f64) -> f64 {
    Probability::of_erf(x).quantile() * FRAC_1_SQRT_2
}

/// The derivative of the inverse of erf.
pub(crate) fn erfinv_slope(x: f64) -> f64 {
    Probability::of_erf(x).slope() * (0.5 * FRAC_1_SQRT_2)
}

/// 2√(2/π), and the weight of the cube in the tanh form of GELU.
pub(crate) const GELU: f64 = 1.595_769_121_605_730_8;
pub(crate) const CUBIC: f64 = 0.044_715;

/// σ(u) with u = 2√(2/π)(x + 0.044715x³). Where it is small, u is taken to twice the digits: its rounding error would be
/// the relative error of eᵘ.
#[inline]
pub(crate) fn gelu_gate(x: f64) -> f64 {
    let u = GELU * x * (1.0 + CUBIC * x * x);
    if !(-800.0..-15.0).contains(&u) {
        let e = (-u.abs()).exp();
        let small = e / (1.0 + e);
        return if u < 0.0 { small } else { 1.0 - small };
    }
    // 2√(2/π) and 2√(2/π)·0.044715 beyond their last digits.
    const REST: [f64; 2] = [-9.969_308_809_110_92e-17, -6.175_149_918_155_315e-19];
    const CUBED: f64 = 0.071_354_816_272_600_25;
    let product = |a: f64, b: f64| (a * b, a.mul_add(b, -(a * b)));
    let (square, e) = product(x, x);
    let (cubed, f) = product(CUBED, square);
    let sum = GELU + cubed;
    let back = sum - GELU;
    let rest = (GELU - (sum - back)) + (cubed - back);
    let rest = rest + (f + CUBED * e + REST[1] * square + REST[0]);
    let (u, e) = product(sum, x);
    let y = u.exp();
    let y = y + y * (e + rest * x);
    y / (1.0 + y)
}

/// A numerator and a denominator, the constant terms first.
type Rational = [[f64; 8]; 2];

fn rational(r: f64, [above, below]: &Rational) -> f64 {
    let [above, below] = [above, below].map(|c| c.iter().rev().fold(0.0, |sum, c| sum * r + c));
    above / below
}

const CENTRE: Rational = [
    [
        3.387_132_872_796_366_608,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561e3,
    ],
];

const MIDDLE: Rational = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_7e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_4e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        6.897_673_349_851_000_045_5e-1,
        1.481_039_764_274_800_745_9e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];

const TAIL: Rational = [
    [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        2.965_605_718_285_048_912_3e-1,
        2.653_218_952_657_612_309_3e-2,
        1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_9e-1,
        1.369_298_809_227_358_053_1e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];
