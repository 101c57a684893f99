//! Values of pointwise ops that take more than a line: functions of plain numbers, for rows of the table.

use crate::Real;

/// x·w for a weight that goes to 0 at −∞ faster than any power: 0 there.
#[inline(always)]
pub(super) fn weighed<T: Real>(x: T, w: T) -> T {
    if x == T::neg_infinity() { T::zero() } else { x * w }
}

/// ln(x/(1 − x)). Near ½, where the quotient is near 1, by ln(1 + (2x − 1)/(1 − x)): 2x − 1 is exact there.
#[inline(always)]
pub(super) fn logit<T: Real>(x: T) -> T {
    let one = T::one();
    if x > T::lit(0.25) && x < T::lit(0.75) {
        ((x + x - one) / (one - x)).ln_1p()
    } else {
        (x / (one - x)).ln()
    }
}

/// ln(eᵃ + eᵇ) = max(a, b) + ln(1 + e^(−|a − b|)).
#[inline(always)]
pub(super) fn log_add_exp<T: Real>(a: T, b: T) -> T {
    if a == b {
        return a + T::lit(std::f64::consts::LN_2); // also two equal infinities
    }
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

/// ln(eᵃ − eᵇ) = a + ln(1 − e^(b − a)), the logarithm by the formula that keeps its digits on each side of ln 2 (Mächler,
/// *Accurately computing log(1 − exp(−|a|))*, 2012).
#[inline(always)]
pub(super) fn log_sub_exp<T: Real>(a: T, b: T) -> T {
    if b == T::neg_infinity() {
        return a;
    }
    let d = a - b;
    let rest = if d < T::lit(std::f64::consts::LN_2) {
        (-(-d).exp_m1()).ln()
    } else {
        (-(-d).exp()).ln_1p()
    };
    a + rest
}

/// ⌊a/b⌋ by way of the remainder, which is exact.
#[inline(always)]
pub(super) fn floor_div<T: Real>(a: T, b: T) -> T {
    if b == T::zero() {
        return a / b;
    }
    let rest = a % b;
    let whole = ((a - rest) / b).round();
    if rest != T::zero() && (rest < T::zero()) != (b < T::zero()) {
        whole - T::one()
    } else {
        whole
    }
}

/// The n-th derivative of sin x/x, 0 at ±∞.
///
/// From the n-th derivative of x·(sin x/x) = sin x follows sₙ = (sin⁽ⁿ⁾x − n·sₙ₋₁)/x, stable upwards while n ≤ |x|. Below,
/// the power series of sₙ = ∫₀¹ tⁿ·cos(xt + nπ/2) dt: Σ (−1)^((n + m)/2)·xᵐ/(m!·(m + n + 1)) over the m ≥ 0 for which n + m
/// is even.
pub(super) fn sinc<T: Real>(x: T, order: T) -> T {
    let n = order.to_i32().unwrap_or(0);
    let number = |k: i32| T::lit(f64::from(k));
    if x.is_infinite() {
        return T::zero();
    }
    if x == T::zero() || (n > 0 && x.abs() < number(n + 1)) {
        let mut m = n % 2;
        let mut power = if m == 0 { T::one() } else { x };
        if (n + m) / 2 % 2 == 1 {
            power = -power;
        }
        let mut sum = power / number(m + n + 1);
        loop {
            power = -power * x * x / number((m + 1) * (m + 2));
            m += 2;
            let next = sum + power / number(m + n + 1);
            if next == sum && number(m) > x.abs() {
                return sum;
            }
            sum = next;
        }
    }
    let (sin, cos) = x.sin_cos();
    let mut s = sin / x;
    for k in 1..=n {
        let turned = [sin, cos, -sin, -cos][(k % 4) as usize];
        s = (turned - number(k) * s) / x;
    }
    s
}
