//! The regularised incomplete gamma and beta functions with their derivatives of any order in the parameters.
//!
//! A power series or a continued fraction is summed in truncated Taylor arithmetic ([`Jet`]), so its derivatives in the
//! parameters come with the value. What stands in front of it, such as x^a·e^(−x)/Γ(a + 1), is e to a sum whose terms cancel:
//! that sum is taken in twice the precision ([`Double`]). Of P and Q, and of I and 1 − I, the one that is computed is the
//! smaller, or nearly so; the other one has the same derivatives with the opposite sign.

use super::double::Double;
use super::gamma::polygamma;
use super::jet::{Jet, Number};

/// How many terms of a series or a continued fraction are taken; where they do not suffice, the value is not known.
const TERMS: f64 = 1e5;

/// k!
fn factorial(k: usize) -> f64 {
    (1..=k).map(|k| k as f64).product()
}

/// `∂ⁿP/∂aⁿ(a, x)` and `∂ⁿQ/∂aⁿ(a, x)`, n = `order`.
pub(crate) fn gamma(a: f64, x: f64, order: usize) -> [f64; 2] {
    if !(a >= 0.0 && x >= 0.0) || (a == 0.0 && x == 0.0) || (a == f64::INFINITY && x == f64::INFINITY) {
        return [f64::NAN; 2];
    }
    if x == 0.0 || x == f64::INFINITY || a == f64::INFINITY {
        let p = f64::from(u8::from(x == f64::INFINITY));
        return if order == 0 { [p, 1.0 - p] } else { [0.0; 2] };
    }
    let (part, is_upper) = if order == 0 {
        gamma_part(a, x, GammaFactor::new(a, x, 0))
    } else {
        let (part, is_upper) = gamma_part(
            Jet::variable(a, 0, [order + 1, 1]),
            x,
            GammaFactor::new(a, x, order),
        );
        (part.last() * factorial(order), is_upper)
    };
    let other = if order == 0 { 1.0 - part } else { -part };
    if is_upper { [other, part] } else { [part, other] }
}

/// `∂ⁿp/∂aⁿ(a, x)` of the density `p = x^(a−1)·e^(−x)/Γ(a)`.
pub(crate) fn gamma_density(a: f64, x: f64, order: usize) -> f64 {
    if !(a >= 0.0 && x >= 0.0) || (a == 0.0 && x == 0.0) || (a == f64::INFINITY && x == f64::INFINITY) {
        return f64::NAN;
    }
    if x == f64::INFINITY || a == f64::INFINITY || (x == 0.0 && a > 1.0) {
        return 0.0;
    }
    if x == 0.0 {
        let sign = if order.is_multiple_of(2) { 1.0 } else { -1.0 };
        return if a == 1.0 && order == 0 {
            1.0
        } else {
            sign * f64::INFINITY
        };
    }
    let factor = GammaFactor::new(a, x, order);
    let jet = Jet::variable(a, 0, [order + 1, 1]) * factor.jet;
    jet.last() * factorial(order) / x
}

/// x^a·e^(−x)/Γ(a + 1) as a function of a, and x^a/Γ(a + 1) − 1.
struct GammaFactor {
    jet: Jet,
    without_exponential: f64,
    /// x^a/Γ(a + 1) − 1
    excess: f64,
    logarithm: Jet,
}

impl GammaFactor {
    fn new(a: f64, x: f64, order: usize) -> Self {
        let above = Double::sum(a, 1.0);
        let ln_x = Double::from(x).ln();
        let head = match a < 1e-5 {
            // Γ(1 + a) by its Taylor series, since ln Γ is not exact relative to a.
            true => (ln_x + EULER + Double::from(a * (-ZETA[0] / 2.0 + a * ZETA[1] / 3.0))) * Double::from(a),
            false => ln_x * Double::from(a) - above.lgamma(),
        };
        let logarithm = Jet::new([order + 1, 1], |k, _| match k {
            0 => 0.0,
            1 => (ln_x - above.digamma()).value(),
            _ => -polygamma(above.value(), (k - 1) as f64) / factorial(k),
        });
        Self {
            jet: logarithm.exp((head - Double::from(x)).exp()),
            without_exponential: head.exp(),
            excess: head.exp_m1(),
            logarithm,
        }
    }
}

/// Euler's constant.
const EULER: Double = Double {
    hi: 0.577_215_664_901_532_9,
    lo: -4.942_915_152_430_645e-18,
};
/// ζ(2), ζ(3)
const ZETA: [f64; 2] = [1.644_934_066_848_226_4, 1.202_056_903_159_594_2];

/// The smaller of P and Q, or nearly so, and whether it is Q.
fn gamma_part<N: Number + FromJet>(a: N, x: f64, factor: GammaFactor) -> (N, bool) {
    if x < 1.0 && factor.without_exponential > 0.5 {
        // 8.7.1: Q = 1 − x^a/Γ(a + 1) − a·x^a/Γ(a + 1)·Σ (−x)ᵏ/(k!·(a + k)) over k ≥ 1
        let (mut sum, mut power, mut k) = (a.constant(0.0), 1.0, 0.0);
        loop {
            k += 1.0;
            power *= -x / k;
            let term = a.constant(power) / (a.clone() + k);
            sum = sum + term.clone();
            // Equal where both have gone to 0.
            if power.abs() <= 1e-17 * sum.size() {
                break;
            }
        }
        let power = N::from_jet(factor.logarithm.exp(factor.without_exponential));
        let excess = N::from_jet(
            factor
                .logarithm
                .exp(factor.without_exponential)
                .with_head(factor.excess),
        );
        return ((excess + a * power * sum) * -1.0, true);
    }
    let front = N::from_jet(factor.jet);
    if x < a.head() + 1.0 {
        // 8.7.1 with 8.8.1: P = x^a·e^(−x)/Γ(a + 1)·Σ xᵏ/((a + 1)…(a + k))
        let (mut sum, mut term, mut k) = (a.constant(1.0), a.constant(1.0), 0.0);
        loop {
            k += 1.0;
            term = term * x / (a.clone() + k);
            sum = sum + term.clone();
            if term.size() <= 1e-17 * sum.size() {
                return (front * sum, false);
            }
            if k >= TERMS {
                return (front * f64::NAN, false);
            }
        }
    }
    // 8.9.2 as an even part: Q = x^a·e^(−x)/Γ(a)/(x + 1 − a − 1·(1 − a)/(x + 3 − a − 2·(2 − a)/(…)))
    let minus_a = a.clone() * -1.0;
    let fraction = continued(minus_a.clone() + (x + 1.0), |k| {
        ((a.clone() + -k) * k, minus_a.clone() + (x + 2.0 * k + 1.0))
    });
    (front * a.clone() / fraction, true)
}

/// A number made of the coefficients of a jet.
trait FromJet {
    fn from_jet(jet: Jet) -> Self;
}
impl FromJet for f64 {
    fn from_jet(jet: Jet) -> Self {
        jet.head()
    }
}
impl FromJet for Jet {
    fn from_jet(jet: Jet) -> Self {
        jet
    }
}

/// `b₀ + a₁/(b₁ + a₂/(b₂ + …))` by the modified method of Lentz: the quotients of numerators and of denominators, multiplied
/// up. W. J. Lentz, Appl. Opt. 15 (1976) 668–671.
fn continued<N: Number>(first: N, terms: impl Fn(f64) -> (N, N)) -> N {
    let nonzero = |x: N| if x.head() == 0.0 { x + 1e-300 } else { x };
    let mut value = nonzero(first);
    let one = value.constant(1.0);
    let (mut above, mut below) = (value.clone(), value.constant(0.0));
    let (mut k, mut change) = (0.0, f64::NAN);
    while k < TERMS {
        k += 1.0;
        let (a, b) = terms(k);
        below = one.clone() / nonzero(b.clone() + a.clone() * below);
        above = nonzero(b + a / above);
        let step = above.clone() * below.clone();
        value = value * step.clone();
        change = (step + -1.0).size();
        if change < 1e-16 {
            break;
        }
    }
    // The last digit need not come to rest.
    if change < 1e-15 { value } else { value * f64::NAN }
}

/// `∂ⁿ⁺ᵐI/∂aⁿ∂bᵐ` of the regularised incomplete beta function.
pub(crate) fn beta(a: f64, b: f64, x: f64, orders: [usize; 2]) -> f64 {
    if !in_beta_domain(a, b, x) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        return if orders == [0, 0] { x } else { 0.0 };
    }
    if orders == [0, 0] {
        return beta_value(a, b, x, orders);
    }
    let degrees = [orders[0] + 1, orders[1] + 1];
    let (p, q) = (Jet::variable(a, 0, degrees), Jet::variable(b, 1, degrees));
    let y = beta_value(p, q, x, orders);
    y.last() * factorial(orders[0]) * factorial(orders[1])
}

/// `∂ⁿ⁺ᵐq/∂aⁿ∂bᵐ` of the density `q = x^(a−1)·(1 − x)^(b−1)/B(a, b)`.
pub(crate) fn beta_density(a: f64, b: f64, x: f64, orders: [usize; 2]) -> f64 {
    if !in_beta_domain(a, b, x) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        let (own, other) = if x == 0.0 { (a, b) } else { (b, a) };
        return match own {
            _ if own > 1.0 => 0.0,
            _ if orders != [0, 0] => f64::NAN,
            1.0 => other,
            _ => f64::INFINITY,
        };
    }
    let degrees = [orders[0] + 1, orders[1] + 1];
    let (p, q) = (Jet::variable(a, 0, degrees), Jet::variable(b, 1, degrees));
    let y = beta_factor(a, b, x, orders) * (p.clone() * q.clone() / (p + q));
    y.last() * factorial(orders[0]) * factorial(orders[1]) / x / (1.0 - x)
}

fn in_beta_domain(a: f64, b: f64, x: f64) -> bool {
    a > 0.0 && a < f64::INFINITY && b > 0.0 && b < f64::INFINITY && (0.0..=1.0).contains(&x)
}

/// Γ(a + b + 1)/(Γ(a + 1)·Γ(b + 1))·x^a·(1 − x)^b as a function of a and b, for 0 < x < 1. The arguments of Γ are above 1,
/// so that it is smooth however small a and b are.
fn beta_factor(a: f64, b: f64, x: f64, orders: [usize; 2]) -> Jet {
    let one = Double::from(1.0);
    let [above_a, above_b] = [a, b].map(|a| Double::sum(a, 1.0));
    let above_both = Double::sum(a, b) + one;
    let [ln_x, ln_y] = [Double::from(x).ln(), Double::sum(1.0, -x).ln()];
    let head = ln_x * Double::from(a) + ln_y * Double::from(b) + above_both.lgamma()
        - above_a.lgamma()
        - above_b.lgamma();
    let both = |k: usize| polygamma(above_both.value(), (k - 1) as f64);
    let logarithm = Jet::new([orders[0] + 1, orders[1] + 1], |i, j| match (i, j) {
        (0, 0) => 0.0,
        (1, 0) => (ln_x + (above_both.digamma() - above_a.digamma())).value(),
        (0, 1) => (ln_y + (above_both.digamma() - above_b.digamma())).value(),
        (i, 0) => (both(i) - polygamma(above_a.value(), (i - 1) as f64)) / factorial(i),
        (0, j) => (both(j) - polygamma(above_b.value(), (j - 1) as f64)) / factorial(j),
        (i, j) => both(i + j) / factorial(i) / factorial(j),
    });
    logarithm.exp(head.exp())
}

/// I_x(a, b), by its continued fraction or by that of 1 − I = I_(1−x)(b, a), whichever converges faster; but where that is close
/// to 1, what is missing from 1 by a series.
fn beta_value<N: Number + FromJet>(a: N, b: N, x: f64, orders: [usize; 2]) -> N {
    let front = N::from_jet(beta_factor(a.head(), b.head(), x, orders)) / (a.clone() + b.clone());
    let is_lower = x <= (a.head() + 1.0) / (a.head() + b.head() + 2.0);
    let part = match is_lower {
        true => front * b.clone() / beta_fraction(a.clone(), b.clone(), x),
        false => front * a.clone() / beta_fraction(b.clone(), a.clone(), 1.0 - x),
    };
    let complement = |part: N| part * -1.0 + 1.0;
    match (is_lower, part.head() > 0.9) {
        (true, false) => part,
        (false, false) => complement(part),
        (true, true) => complement(beta_rest(a, b, x, Double::from(x).ln(), orders, 0)),
        (false, true) => beta_rest(b, a, 1.0 - x, Double::sum(1.0, -x).ln(), orders, 1),
    }
}

/// 1 − I_x(a, b) where a is small: with G = x^a·Γ(a + b)/(Γ(a + 1)·Γ(b)), from 8.17.7,
/// 1 − I = (1 − G) − a·G·Σ (1 − b)ₖ·xᵏ/(k!·(a + k)) over k ≥ 1. `a` varies along the jets' axis `axis`.
fn beta_rest<N: Number + FromJet>(a: N, b: N, x: f64, ln_x: Double, orders: [usize; 2], axis: usize) -> N {
    let (p, q) = (a.head(), b.head());
    let (both, above) = (Double::sum(p, q), Double::sum(p, 1.0));
    let head = ln_x * Double::from(p) + (both.lgamma() - Double::from(q).lgamma()) - above.lgamma();
    let psi = |x: f64, k: usize| polygamma(x, (k - 1) as f64) / factorial(k);
    let logarithm = Jet::new([orders[0] + 1, orders[1] + 1], |i, j| {
        match if axis == 0 { (i, j) } else { (j, i) } {
            (0, 0) => 0.0,
            (1, 0) => (ln_x + (both.digamma() - above.digamma())).value(),
            (0, 1) => (both.digamma() - Double::from(q).digamma()).value(),
            (i, 0) => psi(both.value(), i) - psi(above.value(), i),
            (0, j) => psi(both.value(), j) - psi(q, j),
            (i, j) => psi(both.value(), i + j) * factorial(i + j) / factorial(i) / factorial(j),
        }
    });
    let power = logarithm.exp(head.exp());
    let excess = N::from_jet(power.clone().with_head(head.exp_m1()));
    let (mut sum, mut term, mut k) = (a.constant(0.0), a.constant(1.0), 0.0);
    loop {
        k += 1.0;
        term = term * (b.clone() * -1.0 + k) * (x / k);
        sum = sum + term.clone() / (a.clone() + k);
        if term.size() <= 1e-17 * sum.size() {
            return (excess + a * N::from_jet(power) * sum) * -1.0;
        }
        if k >= TERMS {
            return a * f64::NAN;
        }
    }
}

/// 8.17.22: 1 + d₁/(1 + d₂/(1 + …))
fn beta_fraction<N: Number>(a: N, b: N, x: f64) -> N {
    let one = a.constant(1.0);
    continued(one.clone(), |k| {
        let m = (k / 2.0).floor();
        let d = if k % 2.0 == 0.0 {
            (b.clone() + -m) * (m * x) / ((a.clone() + (2.0 * m - 1.0)) * (a.clone() + 2.0 * m))
        } else {
            (a.clone() + m) * (a.clone() + b.clone() + m) * -x
                / ((a.clone() + 2.0 * m) * (a.clone() + (2.0 * m + 1.0)))
        };
        (d, one.clone())
    })
}
