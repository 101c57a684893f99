//! Special functions written naively for anything that calculates, `f64` or dual numbers: series, sums and means whose
//! errors are far below rounding on the tests' domains, and Newton's method for the inverses.

use super::oracle::close;
use num_dual::{Dual3_64, DualNum, third_derivative};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};
use wengert::{Tape, Var};

/// 2/√π·Σ (−1)ᵏ x²ᵏ⁺¹/(k!·(2k + 1))
pub(crate) fn erf<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    let (mut sum, mut power) = (x, x);
    for k in 1..60 {
        power = -power * x * x / f64::from(k);
        sum += power / f64::from(2 * k + 1);
    }
    sum * FRAC_2_SQRT_PI
}

pub(crate) fn gauss<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    (-x * x / 2.0).exp()
}

pub(crate) fn ndtr<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    (erf(x * FRAC_1_SQRT_2) + 1.0) / 2.0
}

pub(crate) fn erfinv<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    let mut y = x * 0.0;
    for _ in 0..30 {
        y -= (erf(y) - x) * (y * y).exp() / FRAC_2_SQRT_PI;
    }
    y
}

pub(crate) fn erfinv_slope<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    erfinv(x).powi(2).exp() / FRAC_2_SQRT_PI
}

pub(crate) fn ndtri<D: DualNum<Primitive = f64> + Copy>(p: D) -> D {
    erfinv(p * 2.0 - 1.0) / FRAC_1_SQRT_2
}

pub(crate) fn ndtri_slope<D: DualNum<Primitive = f64> + Copy>(p: D) -> D {
    gauss(ndtri(p)).recip() * (2.0 * PI).sqrt()
}

pub(crate) fn log_ndtr_slope<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    gauss(x) / ndtr(x) / (2.0 * PI).sqrt()
}

/// Stirling's series at x + 20, taken back step by step.
pub(crate) fn lgamma<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    let z = x + 20.0;
    let tail = (z * 12.0).recip() - (z.powi(3) * 360.0).recip() + (z.powi(5) * 1260.0).recip()
        - (z.powi(7) * 1680.0).recip()
        + (z.powi(9) * 1188.0).recip();
    let at_z = (z - 0.5) * z.ln() - z + (2.0 * PI).ln() / 2.0 + tail;
    (0..20).fold(at_z, |y, k| y - (x + f64::from(k)).powi(2).ln() / 2.0)
}

pub(crate) fn digamma<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    let z = x + 20.0;
    let tail = (z * 2.0).recip() + (z.powi(2) * 12.0).recip() - (z.powi(4) * 120.0).recip()
        + (z.powi(6) * 252.0).recip()
        - (z.powi(8) * 240.0).recip()
        + (z.powi(10) * 132.0).recip();
    (0..20).fold(z.ln() - tail, |y, k| y - (x + f64::from(k)).recip())
}

/// The mean of w(cos θ)·e^(−|x|(1 − cos θ)) over the circle: a sum that converges faster than any power.
fn mean<D: DualNum<Primitive = f64> + Copy>(x: D, w: impl Fn(f64) -> f64) -> D {
    let cosines = (0..128).map(|k| (PI * f64::from(k) / 64.0).cos());
    let terms = cosines.map(|c| (-x.abs() * (1.0 - c)).exp() * w(c));
    terms.fold(x * 0.0, |sum, t| sum + t) / 128.0
}

pub(crate) fn i0e_order<D: DualNum<Primitive = f64> + Copy>(x: D, k: i32) -> D {
    mean(x, |c| (1.0 - c).powi(k))
}

pub(crate) fn i1e<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    mean(x, |c| c) * f64::signum(x.re())
}

/// Digamma and its derivatives of every order, values and derivatives up to the third.
#[test]
fn polygamma_of_each_order() {
    for at in [-3.7, -1.5, -0.4, 0.3, 1.0, 2.6, 9.1] {
        let (value, first, second, third) = third_derivative(digamma::<Dual3_64>, at);
        let all = [value, first, second, third];
        for n in 0..4 {
            let tape = Tape::new();
            let x = tape.var(at);
            let mut y: Var = x.polygamma(n as u32);
            for (k, want) in all.iter().enumerate().skip(n) {
                // Sums of terms of this size.
                let size = 1.0 + 24.0 / (at - at.round()).abs().clamp(0.3, 1.0).powi(4);
                close(
                    &format!("polygamma {n} at {at}, order {}", k - n),
                    y.value() / size,
                    want / size,
                );
                y = y.backward_recorded().wrt(x);
            }
        }
    }
}

/// The scaled Bessel functions on both sides of 0, near and far.
#[test]
fn bessel_functions() {
    for at in [-40.0, -7.5, -0.4, 0.01, 1.0, 2.6, 19.0, 25.4, 26.7, 60.0] {
        for which in [0, 1] {
            let f = |x: Dual3_64| if which == 0 { i0e_order(x, 0) } else { i1e(x) };
            let (value, first, second, third) = third_derivative(f, at);
            let tape = Tape::new();
            let x = tape.var(at);
            let mut y = if which == 0 { x.i0e() } else { x.i1e() };
            for (order, want) in [value, first, second, third].into_iter().enumerate() {
                close(&format!("i{which}e at {at}, order {order}"), y.value(), want);
                y = y.backward_recorded().wrt(x);
            }
        }
    }
}
