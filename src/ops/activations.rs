//! Activations, composed from rows of the table.
//!
//! A kinked one is a sum of its two halves, max(x, 0) by [`Relu`](super::pointwise::Relu) and min(x, 0) by [`NonPositive`].
//! Of their slopes exactly one is 1 at every x, at 0 the one from the left, so that the sum has no rounding error and no
//! branch to overflow in. Smooth ones whose derivative in terms of the result loses digits (`silu`, `mish`, `gelu_tanh`)
//! are rows; so is the sigmoid.

use super::pointwise::{Div, Lower, Mul, NonPositive};
use super::{Lit, Number, Operand, Term, Value};

/// The constants of SELU: λ and α.
const SCALE: f64 = 1.050_700_987_355_480_5;
const ALPHA: f64 = 1.673_263_242_354_377_2;

impl<V: Value> Term<V> {
    /// min(x, 0), with the slope 1 at 0.
    #[track_caller]
    fn non_positive(&self) -> Self {
        Self(self.0.unary::<NonPositive>())
    }

    /// `y = ln σ(x) = −ln(1 + e⁻ˣ)` with σ the sigmoid, without overflow: x̄ = σ(−x)·ȳ. Composed of [`softplus`](Self::softplus).
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(-1000.0);
    /// let y = x.log_sigmoid();
    /// assert_eq!((y.value(), y.backward().wrt(x)), (-1000.0, 1.0));
    /// ```
    #[track_caller]
    pub fn log_sigmoid(&self) -> Self {
        -(-self).softplus()
    }

    /// `y = min(max(x, 0), 6)`: x̄ = ȳ inside, nothing elsewhere, at 0 and 6 as well. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[-1.0, 0.0, 2.0, 6.0, 7.0]));
    /// let slopes = x.relu6().sum().backward().wrt(x).to_owned();
    /// assert_eq!(slopes, ndarray::arr1(&[0.0, 0.0, 1.0, 0.0, 0.0]).into_dyn());
    /// ```
    #[track_caller]
    pub fn relu6(&self) -> Self {
        Self(self.relu().0.binary_with::<Lower>(6.element()))
    }

    /// `y = max(x, 0) + s·min(x, 0)` with a slope `s`, which may be a variable: x̄ = ȳ for x > 0, s·ȳ elsewhere, at 0 as
    /// well; s̄ = min(x, 0)·ȳ. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.0);
    /// assert_eq!(x.leaky_relu(0.1).backward().wrt(x), 0.1);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn leaky_relu(&self, slope: impl Operand<V>) -> Self {
        self.relu() + self.non_positive() * slope
    }

    /// `y = x` for x > 0, `α(eˣ − 1)` elsewhere (Clevert, Unterthiner & Hochreiter, *Fast and Accurate Deep Network Learning by
    /// Exponential Linear Units*, 2016): x̄ = ȳ and α·eˣ·ȳ. At 0 the limit from the left, α, for every α. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.0);
    /// assert_eq!(x.elu(0.5).backward().wrt(x), 0.5);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn elu(&self, alpha: impl Operand<V>) -> Self {
        self.relu() + self.non_positive().exp_m1() * alpha
    }

    /// `y = λ·elu(x, α)` with λ = 1.0507… and α = 1.6732… (Klambauer, Unterthiner, Mayr & Hochreiter, *Self-Normalizing Neural
    /// Networks*, 2017): x̄ = λ·ȳ for x > 0, λα·eˣ·ȳ elsewhere. At 0 the limit from the left, λα. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(1.0);
    /// assert_eq!(x.selu().backward().wrt(x), 1.0507009873554805);
    /// ```
    #[track_caller]
    pub fn selu(&self) -> Self {
        self.relu() * Lit(SCALE) + self.non_positive().exp_m1() * Lit(SCALE * ALPHA)
    }

    /// `y = x` for x > 0, `α(e^(x/α) − 1)` elsewhere (Barron, *Continuously Differentiable Exponential Linear Units*, 2017):
    /// x̄ = ȳ and e^(x/α)·ȳ. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.0);
    /// assert_eq!(x.celu(2).backward().wrt(x), 1.0);
    /// ```
    #[track_caller]
    pub fn celu(&self, alpha: impl Number<V::Elem>) -> Self {
        let alpha = alpha.element();
        let inner = Self(self.non_positive().0.binary_with::<Div>(alpha));
        self.relu() + Self(inner.exp_m1().0.binary_with::<Mul>(alpha))
    }

    /// `y = min(max(x, −1), 1)`: x̄ = ȳ inside, nothing elsewhere, at ±1 as well. Composed, a [`clamp`](Self::clamp).
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.5);
    /// assert_eq!(x.hardtanh().backward().wrt(x), 1.0);
    /// ```
    #[track_caller]
    pub fn hardtanh(&self) -> Self {
        self.clamp(-1, 1)
    }

    /// `y = min(max(x + 3, 0), 6)/6`: x̄ = ȳ/6 inside, nothing elsewhere, at ±3 as well. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.5);
    /// assert_eq!(x.hard_sigmoid().backward().wrt(x), 1.0 / 6.0);
    /// ```
    #[track_caller]
    pub fn hard_sigmoid(&self) -> Self {
        (self + 3).relu6() / 6
    }
}
