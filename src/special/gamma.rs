//! The derivatives of ln Γ: digamma and its derivatives, for every real argument.

use super::double::{BERNOULLI, Double};
use std::f64::consts::PI;

/// The largest order of a derivative; far beyond, adding 1 to it does nothing and sums over it do not end.
const ORDERS: f64 = 1e10;

/// ψ⁽ⁿ⁾(x) for a whole number n ≥ 0 that is stored as an element, NaN for an n beyond [`ORDERS`]. At the poles 0, −1, −2, …: ∞ where n is odd, NaN where
/// n is even (the two sides differ in sign).
pub(crate) fn polygamma(x: f64, n: f64) -> f64 {
    let odd = n % 2.0 == 1.0;
    if x.is_nan() || x == f64::NEG_INFINITY || !(0.0..=ORDERS).contains(&n) {
        f64::NAN
    } else if x <= 0.0 && x == x.floor() {
        if odd { f64::INFINITY } else { f64::NAN }
    } else if n == 0.0 {
        digamma(x)
    } else if x == f64::INFINITY {
        0.0
    } else {
        // 25.11.12: (−1)ⁿ⁺¹ n! ζ(n + 1, x)
        let y = scaled_hurwitz(n + 1.0, x);
        if odd { y } else { -y }
    }
}

/// ln |Γ(x)|: `libm`'s; where it has zeros on the negative axis, in twice the precision.
pub(crate) fn lgamma(x: f64) -> f64 {
    match -20.0 < x && x < -2.0 && x != x.floor() {
        true => Double::from(x).lgamma().value(),
        false => libm::lgamma(x),
    }
}

/// ψ(x) away from its poles.
fn digamma(x: f64) -> f64 {
    if x < 0.0 {
        // 5.5.4: ψ(x) = ψ(1 − x) − π cot πx, the cotangent at the exact distance to a whole or half number.
        let r = x - x.round();
        let cot = match r.abs() <= 0.25 {
            true => (PI * r).tan().recip(),
            false => (PI * (0.5 - r.abs())).tan().copysign(r),
        };
        let y = digamma(1.0 - x) - PI * cot;
        // Beside a zero the difference is taken in twice the precision.
        return match y.abs() < 0.3 && x > -100.0 {
            true => Double::from(x).digamma().value(),
            false => y,
        };
    }
    if x >= 10.0 {
        // 5.11.2: ln x − 1/(2x) − Σ B₂ₖ/(2k x²ᵏ)
        let z = (x * x).recip();
        let sum = BERNOULLI[..10].iter().zip(1..11).rev();
        let sum = sum.fold(0.0, |sum, ([above, below], k)| {
            (sum + above / (below * f64::from(2 * k))) * z
        });
        return x.ln() - 0.5 / x - sum;
    }
    // 5.5.2: ψ(x + 1) = ψ(x) + 1/x, as far as the interval from 1 to 2.
    let (mut at, mut sum) = (x, 0.0);
    if at < 1.0 {
        sum -= at.recip();
        at += 1.0;
    }
    while at > 2.0 {
        at -= 1.0;
        sum += at.recip();
    }
    // There the zero is a factor, so that the value has all its digits beside it.
    let u = 2.0 * at - 3.0;
    let quotient = NEAR_ROOT.iter().rev().fold(0.0, |sum, c| sum * u + c);
    sum + ((at - ROOT[0]) - ROOT[1]) * quotient
}

/// (s − 1)! ζ(s, x) for whole s ≥ 2, where ζ(s, x) = Σ (x + k)⁻ˢ over k ≥ 0. For x < 0 the finitely many negative terms
/// are sums from the other side: with x = r − m, 0 < r < 1,
/// ζ(s, x) = ζ(s, r) ± (ζ(s, 1 − r) − ζ(s, 1 − x)).
fn scaled_hurwitz(s: f64, x: f64) -> f64 {
    if x > 0.0 {
        return front(s, x) * (hurwitz_ratio(s, x) / x);
    }
    let m = -x.floor();
    let (r, rest) = (x + m, -(x + (m - 1.0)));
    let base = r.min(rest);
    let term = |at: f64| (base / at).powf(s) * hurwitz_ratio(s, at);
    let other = term(rest) - term(1.0 - x);
    let sum = if s % 2.0 == 0.0 {
        term(r) + other
    } else {
        term(r) - other
    };
    front(s, base) * (sum / base)
}

/// (s − 1)!/xˢ⁻¹
fn front(s: f64, x: f64) -> f64 {
    let factors = (2..=170).map(f64::from).take_while(|&k| k < s);
    let direct = factors.product::<f64>() * x.powf(1.0 - s);
    match s <= 171.0 && direct.is_normal() {
        true => direct,
        false => (libm::lgamma(s) - (s - 1.0) * x.ln()).exp(),
    }
}

/// xˢ·ζ(s, x) for x > 0, by the Euler–Maclaurin sum 25.11.28.
fn hurwitz_ratio(s: f64, x: f64) -> f64 {
    let mut sum = 0.0;
    let mut at = x;
    while at < 12.0 + s {
        sum += (x / at).powf(s);
        at += 1.0;
        if at > 1.0 + x && (x / at).powf(s) < 1e-18 * sum / at {
            return sum;
        }
    }
    let power = (x / at).powf(s);
    // Σ B₂ₖ/(2k)!·(s)₂ₖ₋₁/at²ᵏ⁻¹
    let (mut tail, mut weight) = (at / (s - 1.0) + 0.5, s / (2.0 * at));
    for ([above, below], k) in BERNOULLI.iter().zip(1..) {
        let term = above / below * weight;
        tail += term;
        if term.abs() < 1e-18 {
            break;
        }
        let j = f64::from(2 * k);
        weight *= (s + j - 1.0) / (at * (j + 1.0)) * ((s + j) / (at * (j + 2.0)));
    }
    sum + power * tail
}

/// The positive zero of ψ, and what rounding took from it.
const ROOT: [f64; 2] = [1.461_632_144_968_362_2, 9.549_995_429_965_697e-17];

/// ψ(x)/(x − root) between 1 and 2, in powers of 2x − 3: by `scripts/special_fits.py`.
const NEAR_ROOT: [f64; 22] = [
    0.951055876031833,
    -0.21181371064073026,
    0.06013562106019355,
    -0.018550615381738605,
    0.005936795278433826,
    -0.0019350666647832667,
    0.000636888028319074,
    -0.00021074841215733007,
    6.995020484160625e-05,
    -2.325823828431376e-05,
    7.741156881253708e-06,
    -2.578107848270217e-06,
    8.591324222417666e-07,
    -2.8628755280038686e-07,
    9.500926192924096e-08,
    -3.166618072027162e-08,
    1.10370884388543e-08,
    -3.6788868183645545e-09,
    8.668257373761658e-10,
    -2.889363639216111e-10,
    2.4765474440031764e-10,
    -8.25512972008104e-11,
];
