//! Norms, `y = (Σ |x|ᵖ)^(1/p)` over axes.
//!
//! - p = 1 and p = ∞ are composed: Σ |x| and max |x|.
//! - [`Norm`], every other p: x̄ = sign(x)·(|x|/y)^(p−1)·ȳ, for p = 2 that is x/y·ȳ.
//!
//! A composition of powers and a root would overflow where |x|ᵖ does (1e200 squared), underflow to a norm of 0, and have the
//! gradient 0·∞ at 0; the rule divides by y, which is as large as the largest |x|.
//!
//! The square of the norm for p = 2 is smooth, and has an op of its own: [`SumSquares`], x̄ = 2x·ȳ.
//!
//! At the zero vector the gradient is 0, the subgradient of least norm, and the second derivative does not exist: NaN.
//! For p < 2 the same holds at a single zero entry.

use super::reduce::spread;
use super::{ArrayRule, ArrayValue, Lit, Term, Zeros};
use crate::Real;
use crate::dense::{Dense, fold_mapped, larger, sum_mapped};
use crate::error::{Dims, ShapeError};
use crate::shape;

/// `y = (Σ |x|ᵖ)^(1/p)` over axes, for a finite p > 0 other than 1.
#[derive(Debug, Clone)]
pub struct Norm {
    axes: Dims,
    keep: bool,
    p: f64,
}

/// `y = Σ x²` over axes.
#[derive(Debug, Clone)]
pub struct SumSquares {
    axes: Dims,
    keep: bool,
}

impl ArrayRule for SumSquares {
    fn name(&self) -> &str {
        "sum_squares"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(shape::reduced(x[0], &self.axes, self.keep))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].square_sum_axes(&self.axes, self.keep)
    }
    fn lanes(&self) -> Option<&[usize]> {
        Some(&self.axes)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        spread(&(2 * g), x[0], &self.axes) * x[0]
    }
    fn jvp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        2 * (t * x[0]).sum_over(&self.axes, self.keep)
    }
}

impl ArrayRule for Norm {
    const ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "norm"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(shape::reduced(x[0], &self.axes, self.keep))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        let shape = shape::reduced(x[0].shape(), &self.axes, self.keep);
        x[0].fold_runs(&self.axes, shape, |x| norm(x, T::lit(self.p)))
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let (slope, gate) = self.slope(x[0], y);
        (spread(g, x[0], &self.axes) * slope + 0).gated(gate)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let (slope, gate) = self.slope(x[0], y);
        (t * slope + 0).gated(gate).sum_over(&self.axes, self.keep)
    }
}

impl Norm {
    /// ∂y/∂x, and the gate that is shut where it does not exist.
    fn slope<V: ArrayValue>(&self, x: &Term<V>, y: &Term<V>) -> (Term<V>, Term<V>) {
        let y = spread(y, x, &self.axes);
        let u = x / &y;
        let p = self.p;
        let slope = if p == 2.0 {
            u
        } else if p < 1.0 {
            // |u|^(p−2) may overflow where |u|^(p−1) does not.
            (x.above(0) - x.below(0)) * u.abs().powf(Lit(p - 1.0))
        } else {
            &u * u.abs().powf(Lit(p - 2.0))
        };
        let open = if p < 2.0 { 1 - x.equals(0) } else { y.above(0) };
        // Where the gate is shut the slope is NaN, and the gate's derivative NaN·0: there is no second derivative.
        (slope, open + x * Lit(0.0))
    }
}

/// `(Σ |x|ᵖ)^(1/p)`, relative to the largest |x| where the powers would leave the range.
fn norm<T: Real>(x: &[T], p: T) -> T {
    let m = fold_mapped(x, T::zero(), T::abs, larger);
    if m == T::zero() || !m.is_finite() {
        return m;
    }
    if p != T::lit(2.0) {
        return m * sum_mapped(x, |x| (x.abs() / m).powf(p)).powf(p.recip());
    }
    // Powers of 2, so that scaling rounds nothing: squares of `tiny` still have all their digits.
    let (least, epsilon) = (T::min_positive_value(), T::epsilon());
    let (tiny, up) = ((least / epsilon).sqrt(), (least.sqrt() * epsilon).recip());
    let scale = if m < tiny {
        up
    } else if m > tiny.recip() {
        up.recip()
    } else {
        T::one()
    };
    sum_mapped(x, |x| (x * scale) * (x * scale)).sqrt() / scale
}

impl<V: ArrayValue> Term<V> {
    /// Norm over `axes`, which go away, `y = (Σ |x|ᵖ)^(1/p)` for p > 0, max |x| for p = ∞; without overflow or underflow:
    /// x̄ = sign(x)·(|x|/y)^(p−1)·ȳ, for p = 2 that is x/y·ȳ.
    ///
    /// At 0: the gradient is 0 (of least norm), and so it is at a zero entry for p ≤ 1; the second derivative is NaN, for
    /// p < 2 at a zero entry too (0 for p = 1). For p = ∞, k equal largest |x| receive ȳ/k each. The norm of nothing is 0.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let large = 2.0_f64.powi(700); // whose square overflows
    /// let x = tape.tensor(&arr2(&[[3.0 * large, -4.0 * large], [0.0, 0.0]]));
    /// let y = x.norm_axes(2.0, [1]);
    /// assert_eq!(y.value(), arr1(&[5.0 * large, 0.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr2(&[[0.6, -0.8], [0.0, 0.0]]).into_dyn());
    /// ```
    ///
    /// Source for p = 2: J. L. Blue, *A portable Fortran program to find the Euclidean norm of a vector*, ACM TOMS 4 (1978).
    ///
    /// # Panics
    /// Where p is not above 0, or an axis does not exist or is named twice.
    #[track_caller]
    pub fn norm_axes(&self, p: f64, axes: impl AsRef<[isize]>) -> Self {
        self.norm_over(p, self.axes_of("norm", axes.as_ref()), false)
    }

    /// As [`Term::norm_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn norm_keep(&self, p: f64, axes: impl AsRef<[isize]>) -> Self {
        self.norm_over(p, self.axes_of("norm", axes.as_ref()), true)
    }

    /// Sum of squares over `axes`, which go away, `y = Σ x²`, in one pass: x̄ = 2x·ȳ. Beside [`Term::norm_axes`] it is smooth at 0,
    /// and overflows where the squares do. An empty sum is 0.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[3.0, 4.0], [1.0, 2.0]]));
    /// let y = x.sum_squares_axes([1]);
    /// assert_eq!(y.value(), arr1(&[25.0, 5.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr2(&[[6.0, 8.0], [2.0, 4.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn sum_squares_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.sum_squares_over(self.axes_of("sum_squares", axes.as_ref()), false)
    }

    /// As [`Term::sum_squares_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn sum_squares_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.sum_squares_over(self.axes_of("sum_squares", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn sum_squares_over(&self, axes: Dims, keep: bool) -> Self {
        Self(V::apply(SumSquares { axes, keep }, &[&self.0]))
    }

    #[track_caller]
    pub(crate) fn norm_over(&self, p: f64, axes: Dims, keep: bool) -> Self {
        assert!(p > 0.0, "norm: the exponent {p} is not above 0");
        let none = axes.iter().any(|&i| self.shape()[i] == 0);
        if p == 1.0 || (p == f64::INFINITY && none) {
            return self.abs().sum_over(&axes, keep);
        }
        if p == f64::INFINITY {
            return self.abs().extremum_over(axes, keep, false);
        }
        Self(V::apply(Norm { axes, keep, p }, &[&self.0]))
    }
}
