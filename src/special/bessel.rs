//! The modified Bessel functions I₀ and I₁, scaled by e^(−|x|).
//!
//! e⁻ˣI₀(x) = (1/π)·∫ e^(−x(1 − cos θ)) dθ over 0 ≤ θ ≤ π (10.32.1), so each of its derivatives is, up to its sign, an
//! integral of a positive function, with a series of positive terms (13.2.2 after Kummer's transformation 13.2.39) and an
//! asymptotic expansion (13.7.2) whose terms are positive too: nothing cancels, where I₁ − I₀ would lose a factor of 2x.

use std::f64::consts::PI;

/// Beyond this value of 2|x| the asymptotic expansions are exact: their terms fall to e^(−2|x|).
const FAR: f64 = 50.0;

/// `(1/π)·∫ (1 − cos θ)ᵏ e^(−|x|(1 − cos θ)) dθ`: (−1)ᵏ times the k-th derivative of e⁻ˣI₀(x), at |x|. NaN for a
/// k that is not between 0 and 10 000.
pub(crate) fn i0e_order(x: f64, k: f64) -> f64 {
    if !(0.0..=1e4).contains(&k) {
        return f64::NAN;
    }
    let z = 2.0 * x.abs();
    if z < FAR + 2.0 * k {
        let mut moment = 1.0;
        let mut m = 0.0;
        while m < k {
            m += 1.0;
            moment *= (2.0 * m - 1.0) / m;
        }
        return moment * ((-z).exp() * kummer(0.5, k + 1.0, z));
    }
    let mut scale = (PI * z).sqrt().recip();
    let mut j = 0.0;
    while j < k {
        j += 1.0;
        scale *= (2.0 * j - 1.0) / z;
    }
    scale * asymptotic(|j| (k + j - 0.5) * (j - 0.5) / (j * z))
}

/// e^(−|x|)·I₁(x)
pub(crate) fn i1e(x: f64) -> f64 {
    let z = 2.0 * x.abs();
    if z < FAR {
        return 0.5 * x * ((-z).exp() * kummer(1.5, 3.0, z));
    }
    let y = (PI * z).sqrt().recip() * asymptotic(|j| (j + 0.5) * (j - 1.5) / (j * z));
    y.copysign(x)
}

/// 13.2.2: M(a, b, z) = Σ (a)ⱼ/(b)ⱼ zʲ/j!, all terms positive.
fn kummer(a: f64, b: f64, z: f64) -> f64 {
    let (mut sum, mut term, mut j) = (1.0, 1.0, 0.0);
    while term > 1e-17 * sum {
        term *= (a + j) * z / ((b + j) * (j + 1.0));
        sum += term;
        j += 1.0;
    }
    sum
}

/// 1 and the products of the ratios for j = 1, 2, …, until they no longer count.
fn asymptotic(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut j) = (1.0_f64, 1.0_f64, 0.0);
    while term.abs() > 1e-17 && j < 100.0 {
        j += 1.0;
        term *= ratio(j);
        sum += term;
    }
    sum
}
