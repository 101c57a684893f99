//! Values of pointwise ops that take more than a line: functions of plain numbers, for rows of the table.

use crate::fast::Numeric;

/// aⁿ for a whole number `n` that is stored as an element. It can lie a little below the range of `i32`: a derivative of
/// a^`i32::MIN` takes 1 off.
#[inline(always)]
pub(super) fn whole_power<T: Numeric>(a: T, n: T) -> T {
    let exact = n.to_f64().unwrap_or(0.0);
    let k = exact as i32;
    let rest = (exact - f64::from(k)) as i32;
    if rest == 0 {
        a.powi(k)
    } else {
        a.powi(k) * a.powi(rest)
    }
}

/// 1 or 0, NaN where `a` is.
#[inline(always)]
pub(super) fn indicator<T: Numeric>(a: T, holds: bool) -> T {
    if a.is_nan() {
        a
    } else if holds {
        T::one()
    } else {
        T::zero()
    }
}

/// e^(a − b), with the rounding error of the difference taken into account: it is as large as the last digit of a or b,
/// and so would be the relative error of the power.
#[inline(always)]
pub(super) fn exp_diff<T: Numeric>(a: T, b: T) -> T {
    if a == T::neg_infinity() {
        return T::zero();
    }
    if a == b {
        return T::one();
    }
    let d = a - b;
    let y = d.exp();
    // Knuth, *The Art of Computer Programming*, vol. 2, 4.2.2, theorem B.
    let back = d - a;
    let rest = (a - (d - back)) - (b + back);
    // Of what is 0 or infinite there is no rest, or none that is a number.
    let whole = y + y * rest;
    if whole.is_nan() { y } else { whole }
}

/// arcosh x = ln(1 + d + √d·√(x + 1)) with d = x − 1, exact near 1, where the standard library's logarithm of a number near 1
/// is not; ln 2x where the sum could overflow.
#[inline(always)]
pub(super) fn acosh<T: Numeric>(x: T) -> T {
    let one = T::one();
    if x > T::epsilon().recip() {
        return x.ln() + T::lit(std::f64::consts::LN_2);
    }
    let d = x - one;
    (d + d.sqrt() * (x + one).sqrt()).ln_1p()
}

/// artanh x = ½·ln(1 + 2|x|/(1 − |x|)), with the sign of x: for negative x the standard library cancels.
#[inline(always)]
pub(super) fn atanh<T: Numeric>(x: T) -> T {
    let size = x.abs();
    (T::lit(0.5) * ((size + size) / (T::one() - size)).ln_1p()).copysign(x)
}

/// ln(x/(1 − x)). Near ½, where the quotient is near 1, by ln(1 + (2x − 1)/(1 − x)): 2x − 1 is exact there.
#[inline(always)]
pub(super) fn logit<T: Numeric>(x: T) -> T {
    let one = T::one();
    if x > T::lit(0.25) && x < T::lit(0.75) {
        ((x + x - one) / (one - x)).ln_1p()
    } else {
        (x / (one - x)).ln()
    }
}

/// ln(eᵃ + eᵇ) = max(a, b) + ln(1 + e^(−|a − b|)).
#[inline(always)]
pub(super) fn log_add_exp<T: Numeric>(a: T, b: T) -> T {
    if a == b {
        return a + T::lit(std::f64::consts::LN_2); // also two equal infinities
    }
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

/// ln(eᵃ − eᵇ) = a + ln(1 − e^(b − a)), the logarithm by the formula that keeps its digits on each side of ln 2 (Mächler,
/// *Accurately computing log(1 − exp(−|a|))*, 2012).
#[inline(always)]
pub(super) fn log_sub_exp<T: Numeric>(a: T, b: T) -> T {
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
pub(super) fn floor_div<T: Numeric>(a: T, b: T) -> T {
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
/// is even. NaN where n is no number from 0 to 10 000, or the series has terms that no `T` holds.
pub(super) fn sinc<T: Numeric>(x: T, order: T) -> T {
    let Some(n) = order.to_i32().filter(|n| (0..=10_000).contains(n)) else {
        return T::nan();
    };
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
            if next.is_nan() || next == sum && number(m) > x.abs() {
                return next;
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
