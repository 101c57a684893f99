//! The regularised incomplete gamma and beta functions, differentiable in all arguments at every order.
//!
//! - `P(a, x) = 1/Γ(a)·∫₀ˣ t^(a−1)·e^(−t) dt` and `Q = 1 − P`, with the density `p = x^(a−1)·e^(−x)/Γ(a)`: x̄ = p·ȳ.
//! - `I_x(a, b) = 1/B(a, b)·∫₀ˣ t^(a−1)·(1 − t)^(b−1) dt`, with the density `q = x^(a−1)·(1 − x)^(b−1)/B(a, b)`: x̄ = q·ȳ.
//!
//! The derivatives in `a` and `b` are no elementary functions. So [`Incomplete`] is a family with their orders as attributes,
//! closed under differentiation: with n and m derivatives in a and b taken,
//!
//! | of | in a | in b | in x |
//! |---|---|---|---|
//! | Pₙ | Pₙ₊₁ | | pₙ |
//! | pₙ | pₙ₊₁ | | pₙ·((a − 1)/x − 1) + n·pₙ₋₁/x |
//! | Iₙₘ | Iₙ₊₁,ₘ | Iₙ,ₘ₊₁ | qₙₘ |
//! | qₙₘ | qₙ₊₁,ₘ | qₙ,ₘ₊₁ | qₙₘ·((a − 1)/x − (b − 1)/(1 − x)) + n·qₙ₋₁,ₘ/x − m·qₙ,ₘ₋₁/(1 − x) |
//!
//! The densities belong to the family, although they could be composed: e to a difference of logarithms loses as many
//! digits as the exponents are large.
//!
//! Rejected: derivatives in `a` by differences (half the digits), and the series of their own that are found in the literature,
//! one for each order. The values of all orders come from one series or continued fraction in Taylor arithmetic, which
//! costs O(n²m²) times as much as the value.

use super::{Argument, ArrayRule, ArrayValue, Term, or_panic};
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::{Real, shape, special};

/// One of the regularised incomplete functions or a density, or a derivative of it in its parameters, element by element.
#[derive(Debug, Clone, Copy)]
pub struct Incomplete {
    of: Integral,
    /// The orders of the derivatives in `a` and in `b`.
    orders: [usize; 2],
    /// Whether it is the derivative in `x`.
    is_density: bool,
}

/// The integrals: their operands are (a, x), (a, x) and (a, b, x).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Integral {
    Gamma,
    GammaUpper,
    Beta,
}

impl Incomplete {
    fn new(of: Integral) -> Self {
        Self {
            of,
            orders: [0; 2],
            is_density: false,
        }
    }

    /// The position of `x` among the operands.
    fn last(self) -> usize {
        match self.of {
            Integral::Gamma | Integral::GammaUpper => 1,
            Integral::Beta => 2,
        }
    }

    /// The same function with one derivative more in parameter `k`, or one less.
    fn at_order<V: ArrayValue>(mut self, k: usize, order: usize, x: &[&Term<V>]) -> Term<V> {
        self.orders[k] = order;
        self.of(x)
    }

    fn of<V: ArrayValue>(self, x: &[&Term<V>]) -> Term<V> {
        match *x {
            [a, x] => Term(V::apply(self, &[&a.0, &x.0])),
            [a, b, x] => Term(V::apply(self, &[&a.0, &b.0, &x.0])),
            _ => unreachable!("two operands or three"),
        }
    }

    /// The derivative in operand `k`.
    fn slope<V: ArrayValue>(self, k: usize, x: &[&Term<V>], y: &Term<V>) -> Term<V> {
        if k < self.last() {
            return self.at_order(k, self.orders[k] + 1, x);
        }
        if !self.is_density {
            let density = Self {
                is_density: true,
                ..self
            };
            return density.of(x);
        }
        let at = x[k];
        let mut slope = y * ((x[0] - 1) / at);
        if self.orders[0] > 0 {
            slope += self.at_order(0, self.orders[0] - 1, x) * (self.orders[0] as i32) / at;
        }
        if self.of == Integral::Beta {
            let rest = 1 - at;
            slope -= y * ((x[1] - 1) / &rest);
            if self.orders[1] > 0 {
                slope -= self.at_order(1, self.orders[1] - 1, x) * (self.orders[1] as i32) / rest;
            }
            slope
        } else {
            slope - y
        }
    }
}

impl ArrayRule for Incomplete {
    fn name(&self) -> &str {
        match self.of {
            Integral::Gamma => "gammainc",
            Integral::GammaUpper => "gammaincc",
            Integral::Beta => "betainc",
        }
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        x[1..]
            .iter()
            .try_fold(x[0].into(), |all: Dims, x| shape::broadcast(&all, x))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        let [n, m] = self.orders;
        let number = |x: T| x.to_f64().unwrap_or(f64::NAN);
        let pair = |f: fn(f64, f64, usize) -> f64| {
            Dense::map_n([x[0], x[1]], |[a, x]| T::lit(f(number(a), number(x), n)))
        };
        match (self.of, self.is_density) {
            (Integral::Gamma, false) => pair(|a, x, n| special::gamma(a, x, n)[0]),
            (Integral::GammaUpper, false) => pair(|a, x, n| special::gamma(a, x, n)[1]),
            (Integral::Gamma, true) => pair(special::gamma_density),
            (Integral::GammaUpper, true) => pair(|a, x, n| -special::gamma_density(a, x, n)),
            (Integral::Beta, is_density) => {
                let f = if is_density {
                    special::beta_density
                } else {
                    special::beta
                };
                Dense::map_n([x[0], x[1], x[2]], |[a, b, x]| {
                    T::lit(f(number(a), number(b), number(x), [n, m]))
                })
            }
        }
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        g * self.slope(k, x, y)
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        t * self.slope(k, x, y)
    }
}

/// Applies a function to operands that are broadcast against each other.
#[track_caller]
fn apply<V: ArrayValue, const N: usize>(of: Integral, operands: [&Term<V>; N]) -> Term<V> {
    let op = Incomplete::new(of);
    let shape = or_panic(op.name(), op.shape(&operands.map(|x| x.shape())));
    let operands = operands.map(|x| x.broadcast_to(&shape));
    Term(V::apply(op, &operands.each_ref().map(|x| &x.0)))
}

impl<V: ArrayValue> Term<V> {
    /// Regularised lower incomplete gamma function of order `self` at `x`, elementwise with broadcasting,
    /// `y = P(a, x) = 1/Γ(a)·∫₀ˣ t^(a−1)·e^(−t) dt`: x̄ = x^(a−1)·e^(−x)/Γ(a)·ȳ, ā = ∂P/∂a·ȳ by the derivative of its
    /// series. NaN where a < 0 or x < 0; at x = 0: ā = 0.
    ///
    /// A relative error of at most 1e-13, first derivatives included, for parameters up to 5000 (tested), and some microseconds an
    /// element; beyond, error and time grow with their square root: there is no asymptotic expansion here, and
    /// where 10⁵ terms do not suffice, as for parameters near 10⁹, the value is NaN. Source: DLMF 8.7.1, 8.9.2.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let (a, x) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[0.5])));
    /// let y = a.gammainc(x);
    /// // P(1, x) = 1 − e⁻ˣ
    /// assert!((y.value()[0] - (1.0 - (-0.5_f64).exp())).abs() < 1e-15);
    /// let slope = y.sum().backward().wrt(x)[0]; // the sum of e⁻ˣ and x·e⁻ˣ
    /// assert!((slope - 1.5 * (-0.5_f64).exp()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn gammainc(&self, x: impl Argument<V>) -> Self {
        apply(Integral::Gamma, [self, &x.beside(self)])
    }

    /// Regularised upper incomplete gamma function, `y = Q(a, x) = 1 − P(a, x)`, exact where it is small:
    /// x̄ = −x^(a−1)·e^(−x)/Γ(a)·ȳ, ā = ∂Q/∂a·ȳ. As [`gammainc`](Self::gammainc) otherwise.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let (a, x) = (tape.tensor(&arr1(&[1.0])), tape.tensor(&arr1(&[50.0])));
    /// let y = a.gammaincc(x); // Q(1, x) = e⁻ˣ
    /// assert!((y.value()[0] / (-50.0_f64).exp() - 1.0).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn gammaincc(&self, x: impl Argument<V>) -> Self {
        apply(Integral::GammaUpper, [self, &x.beside(self)])
    }

    /// Regularised incomplete beta function with parameters `self` and `b` at `x`, elementwise with broadcasting,
    /// `y = I_x(a, b) = 1/B(a, b)·∫₀ˣ t^(a−1)·(1 − t)^(b−1) dt`: x̄ = x^(a−1)·(1 − x)^(b−1)/B(a, b)·ȳ, ā = ∂I/∂a·ȳ, b̄ = ∂I/∂b·ȳ
    /// by the derivatives of its continued fraction. NaN where a ≤ 0, b ≤ 0 or x is outside 0 to 1; at x = 0 and 1: ā = b̄ = 0.
    ///
    /// A relative error of at most 1e-13, first derivatives included, for parameters up to 5000 (tested), and some microseconds an
    /// element; beyond, error and time grow with their square root: there is no asymptotic expansion here, and
    /// where 10⁵ terms do not suffice, as for parameters near 10⁹, the value is NaN. Source: DLMF 8.17.22.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let [a, b, x] = [2.0, 1.0, 0.5].map(|x| tape.tensor(&arr1(&[x])));
    /// let y = a.betainc(b, x); // I_x(a, 1) = x^a
    /// assert!((y.value()[0] - 0.25).abs() < 1e-15);
    /// assert!((y.sum().backward().wrt(a)[0] - 0.25 * 0.5_f64.ln()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn betainc(&self, b: impl Argument<V>, x: impl Argument<V>) -> Self {
        apply(Integral::Beta, [self, &b.beside(self), &x.beside(self)])
    }
}
