//! Methods of special functions whose rows take an order: derivatives of ln Γ and of the Bessel functions.
//!
//! The order n is a constant of the row, as in [`powi`](Term::powi), so one row is closed under differentiation: the
//! derivative of order n is the function of order n + 1.

use super::pointwise::{I0e, Polygamma};
use super::{Term, Value};
use crate::Real;
use num_traits::ToPrimitive;

impl<V: Value> Term<V> {
    /// Digamma function, `y = ψ(x) = Γ′(x)/Γ(x)`: x̄ = ψ′(x)·ȳ. At 0, −1, −2, …: value NaN, slope ∞.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(1.0);
    /// let y = x.digamma();
    /// assert!((y.value() + 0.577_215_664_901_532_9).abs() < 1e-15); // Euler's constant
    /// assert!((y.backward().wrt(x) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-15);
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn digamma(&self) -> Self {
        self.polygamma(0)
    }

    /// Derivative of order `n` of the digamma function, `y = ψ⁽ⁿ⁾(x)`: x̄ = ψ⁽ⁿ⁺¹⁾(x)·ȳ. At 0, −1, −2, …: ∞ where n is odd,
    /// NaN where it is even.
    ///
    /// ```
    /// let trigamma = wengert::Term::new(-0.5).polygamma(1).into_inner();
    /// assert!((trigamma - 8.934_802_200_544_68_f64).abs() < 1e-14);
    /// ```
    ///
    /// # Panics
    /// Where the element type is `f32` and `n` is not exact in it.
    #[inline(always)]
    #[track_caller]
    pub fn polygamma(&self, n: u32) -> Self {
        let order = V::Elem::lit(f64::from(n));
        assert!(
            order.to_f64() == Some(f64::from(n)),
            "polygamma: the order {n} is not exact in f32"
        );
        Self(self.0.binary_with::<Polygamma>(order))
    }

    /// Modified Bessel function, scaled, `y = e^(−|x|)·I₀(x)`: x̄ = (e^(−|x|)·I₁(x) − sign(x)·y)·ȳ, without cancellation.
    /// At 0, a concave kink: 0.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(1.0);
    /// let y = x.i0e();
    /// assert!((y.value() - 0.465_759_607_593_640_45).abs() < 1e-15);
    /// assert!((y.backward().wrt(x) - (x.i1e() - y).value()).abs() < 1e-15);
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn i0e(&self) -> Self {
        self.i0e_order(0)
    }

    /// The size of a derivative of `i0e` for x > 0, as an even function.
    #[inline(always)]
    #[track_caller]
    pub(super) fn i0e_order(&self, k: u32) -> Self {
        Self(self.0.binary_with::<I0e>(V::Elem::lit(f64::from(k))))
    }
}
