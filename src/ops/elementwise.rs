//! Pointwise functions composed from rows of the table.
//!
//! What is not here is a row, because its composition overflows, cancels or has a wrong derivative at a special point
//! (`logit`, `xlogx`, `xlogy`, `logaddexp`), or because it would read memory many times (`nan_to_num`, `floor_div`).

use super::pointwise::{Lower, Raise, Sinc, Unless, When};
use super::{Number, Operand, Term, Value};

impl<V: Value> Term<V> {
    /// Indicator of NaN: 1 where `x` is NaN, 0 elsewhere; no cotangent. Composed. (A comparison with NaN is NaN, so that
    /// selections do not hide it: [`at_least`](Self::at_least).)
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[f64::NAN, 2.0]));
    /// let filled = x.is_nan().select(0.5, x.square());
    /// assert_eq!(filled.value(), ndarray::arr1(&[0.5, 4.0]).into_dyn());
    /// assert_eq!(filled.sum().backward().wrt(x), ndarray::arr1(&[0.0, 4.0]).into_dyn());
    /// ```
    #[track_caller]
    pub fn is_nan(&self) -> Self {
        1 - self.equals(self).nan_to_num()
    }

    /// The sign as NumPy has it: −1, 0 at ±0, 1, NaN for NaN; no cotangent. Composed. ([`signum`](Self::signum) is ±1 at ±0.)
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[-2.0, 0.0, 3.0]));
    /// assert_eq!(x.sign().value(), ndarray::arr1(&[-1.0, 0.0, 1.0]).into_dyn());
    /// ```
    #[track_caller]
    pub fn sign(&self) -> Self {
        self.above(0) - self.below(0)
    }

    /// `y = 1/√x`: x̄ = −y³/2·ȳ. At ±0: −∞; NaN below. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(4.0);
    /// assert_eq!(x.rsqrt().backward().wrt(x), -1.0 / 16.0);
    /// ```
    #[track_caller]
    pub fn rsqrt(&self) -> Self {
        self.sqrt().recip()
    }

    /// `y = sin x/x`, **unnormalised** (NumPy's `sinc` is that of πx), 1 at 0: x̄ = (cos x − y)/x·ȳ, 0 at 0. Derivatives of
    /// every order are right at 0 and near it; at ±∞ all are 0.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.0);
    /// let y = x.sinc();
    /// let slope = y.backward_recorded().wrt(x);
    /// assert_eq!((y.value(), slope.value()), (1.0, 0.0));
    /// assert_eq!(slope.backward().wrt(x), -1.0 / 3.0);
    /// ```
    #[track_caller]
    pub fn sinc(&self) -> Self {
        Self(self.0.binary_with::<Sinc>(0.element()))
    }

    /// Entropy of one probability, `y = −x·ln x`, 0 at 0: x̄ = −(ln x + 1)·ȳ. At 0: ∞; NaN below. Composed of
    /// [`xlogx`](Self::xlogx).
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.0);
    /// let y = x.entr();
    /// assert_eq!((y.value(), y.backward().wrt(x)), (0.0, f64::INFINITY));
    /// ```
    #[track_caller]
    pub fn entr(&self) -> Self {
        0 - self.xlogx()
    }

    /// The step from 0 to 1, `h` at the step: x̄ = 0; h̄ = ȳ where x = 0, nothing elsewhere. NaN where x is NaN. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let (x, h) = (tape.var(0.0), tape.var(0.5));
    /// let y = x.heaviside(h);
    /// assert_eq!((y.value(), y.backward().wrt([x, h])), (0.5, [0.0, 1.0]));
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn heaviside(&self, h: impl Operand<V>) -> Self {
        let step = self.above(0);
        step + Self(h.after::<When>(&self.equals(0).0))
    }

    /// `y = min(max(x, lo), hi)` for numbers: x̄ = ȳ where lo < x < hi, nothing elsewhere, at the borders as well. NaN stays
    /// NaN, with a NaN slope. Composed. For a slope of 1 everywhere see `straight_through` of [`Var`](crate::Var::straight_through)
    /// and [`Tensor`](crate::Tensor::straight_through); for bounds that are variables [`clamp_by`](Self::clamp_by).
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[-1.0, 0.0, 0.5, 1.0]));
    /// let y = x.clamp(0, 1);
    /// assert_eq!(y.value(), ndarray::arr1(&[0.0, 0.0, 0.5, 1.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), ndarray::arr1(&[0.0, 0.0, 1.0, 0.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where `lo > hi`, or one is NaN.
    #[track_caller]
    pub fn clamp(&self, lo: impl Number<V::Elem>, hi: impl Number<V::Elem>) -> Self {
        let (lo, hi) = (lo.element(), hi.element());
        assert!(lo <= hi, "clamp: the bounds are {lo} and {hi}");
        Self(self.0.binary_with::<Raise>(lo).binary_with::<Lower>(hi))
    }

    /// `y = min(max(x, lo), hi)` for bounds that may be variables: the one taken receives ȳ, each of two equal ones ȳ/2.
    /// Where lo > hi it is hi. Composed of [`max`](Self::max) and [`min`](Self::min).
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let (x, lo) = (tape.var(2.0), tape.var(2.0));
    /// assert_eq!(x.clamp_by(lo, 5).backward().wrt([x, lo]), [0.5, 0.5]);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn clamp_by(&self, lo: impl Operand<V>, hi: impl Operand<V>) -> Self {
        self.max(lo).min(hi)
    }

    /// `a` where this is not 0, `b` where it is (NumPy's `where`): ā = ȳ and b̄ = ȳ where they are taken. The side not taken
    /// receives *nothing* at every order, whatever it or its derivative is there. No cotangent for the condition; one that is NaN
    /// is not 0. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[0.0, 4.0]));
    /// let y = x.above(0).select(x.sqrt(), 7);
    /// assert_eq!(y.value(), ndarray::arr1(&[7.0, 2.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), ndarray::arr1(&[0.0, 0.25]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn select(&self, a: impl Operand<V>, b: impl Operand<V>) -> Self {
        Self(a.after::<When>(&self.0)) + Self(b.after::<Unless>(&self.0))
    }

    /// The point between, `y = a + t(b − a)`: ā = (1 − t)·ȳ, b̄ = t·ȳ, t̄ = (b − a)·ȳ. Exact at t = 0 and where a = b.
    /// Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.var(1.0), tape.var(5.0));
    /// let y = a.lerp(b, 0.25);
    /// assert_eq!((y.value(), y.backward().wrt([a, b])), (2.0, [0.75, 0.25]));
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn lerp(&self, b: impl Operand<V>, t: impl Operand<V>) -> Self {
        self - (self - b) * t
    }

    /// `y = x·b + c`, rounded twice: x̄ = b·ȳ, b̄ = x·ȳ, c̄ = ȳ. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(2.0);
    /// assert_eq!(x.mul_add(3, 1).value(), 7.0);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn mul_add(&self, b: impl Operand<V>, c: impl Operand<V>) -> Self {
        self * b + c
    }

    /// `y = (a − b)²`: ā = 2(a − b)·ȳ, b̄ = −ā. Composed.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let a = tape.var(2.0);
    /// assert_eq!(a.squared_difference(5).backward().wrt(a), -6.0);
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast.
    #[track_caller]
    pub fn squared_difference(&self, b: impl Operand<V>) -> Self {
        (self - b).square()
    }
}
