//! Lanes brought to mean 0 and variance 1, `y = (x − μ)/√(σ² + ε)` with the mean μ and the mean square σ² of the deviations:
//! x̄ = (ȳ − mean ȳ − y·mean(y·ȳ))/√(σ² + ε).
//!
//! What reaches x through μ takes the mean off ȳ, what reaches it through σ the part of ȳ along y. The Jacobian is symmetric: tangents
//! pass by the same expression. An op for the last axes, where a lane lies together in memory and stays in the first-level cache;
//! composed for others.
//!
//! Source: J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer normalization*, 2016, eq. 4.

use super::rule::LaneRule;
use super::{ArrayRule, ArrayValue, Lit, Term, Value};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::shape;

/// `y = (x − μ)/√(σ² + ε)` over the last axes.
#[derive(Debug, Clone)]
pub struct Standardize {
    axes: Dims,
    eps: f64,
}

impl ArrayRule for Standardize {
    fn name(&self) -> &str {
        "standardize"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        let x = Term(x[0].clone());
        <Dense<T> as ArrayValue>::along(&self.deviations(&x), &self.axes, [&x]).0
    }
    fn lanes(&self) -> Option<&[usize]> {
        Some(&self.axes)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        V::along(&Jacobian(self.deviations(x[0])), &self.axes, [x[0], y, g])
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        self.vjp(k, x, y, t)
    }
}

impl Standardize {
    fn deviations<V: ArrayValue>(&self, x: &Term<V>) -> Deviations {
        let (n, eps) = (x.count(&self.axes) as f64, self.eps);
        Deviations { n, eps }
    }
}

/// `(x − μ)/√(σ² + ε)`; of the sums Σ x and Σ (x − μ)² become μ and √(σ² + ε).
struct Deviations {
    /// How many elements there are in a lane.
    n: f64,
    eps: f64,
}

impl LaneRule<1> for Deviations {
    const SUMS: usize = 2;
    #[inline(always)]
    fn summand<V: Value>(&self, k: usize, [x]: [&Term<V>; 1], sums: &[Term<V>]) -> Term<V> {
        match k {
            0 => x.clone(),
            _ => (x - &sums[0]).square(),
        }
    }
    #[inline(always)]
    fn settle<V: Value>(&self, k: usize, sum: Term<V>) -> Term<V> {
        match k {
            0 => sum / Lit(self.n),
            _ => (sum / Lit(self.n) + Lit(self.eps)).sqrt(),
        }
    }
    #[inline(always)]
    fn result<V: Value>(&self, [x]: [&Term<V>; 1], sums: &[Term<V>]) -> Term<V> {
        (x - &sums[0]) / &sums[1]
    }
}

/// `(g − mean g − y·mean(y·g))/√(σ² + ε)`: after the sums above those of the two means.
struct Jacobian(Deviations);

impl LaneRule<3> for Jacobian {
    const SUMS: usize = 4;
    #[inline(always)]
    fn summand<V: Value>(&self, k: usize, [x, y, g]: [&Term<V>; 3], sums: &[Term<V>]) -> Term<V> {
        match k {
            0 | 1 => self.0.summand(k, [x], sums),
            2 => g.clone(),
            _ => y * g,
        }
    }
    #[inline(always)]
    fn settle<V: Value>(&self, k: usize, sum: Term<V>) -> Term<V> {
        match k {
            0 => self.0.settle(0, sum),
            1 => 1 / self.0.settle(1, sum),
            _ => sum / Lit(self.0.n),
        }
    }
    #[inline(always)]
    fn result<V: Value>(&self, [_, y, g]: [&Term<V>; 3], sums: &[Term<V>]) -> Term<V> {
        (g - &sums[2] - y * &sums[3]) * &sums[1]
    }
}

impl<V: ArrayValue> Term<V> {
    /// Elements over `axes` at mean 0 and variance 1, `y = (x − μ)/√(σ² + ε)` with the mean μ and the mean square σ² of the deviations:
    /// x̄ = (ȳ − mean ȳ − y·mean(y·ȳ))/√(σ² + ε). Two passes where the axes are the last ones. NaN where all elements are equal and ε is
    /// 0. [`nn::standardize`](crate::nn::standardize) returns μ and σ² as well.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 3.0]));
    /// let y = x.standardize([0], 3.0);
    /// assert_eq!(y.value(), arr1(&[-0.5, 0.5]).into_dyn());
    /// let seed = arr1(&[0.0, 1.0]).into_dyn();
    /// assert_eq!(y.backward_with(&seed).wrt(x), arr1(&[-0.1875, 0.1875]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn standardize(&self, axes: impl AsRef<[isize]>, eps: f64) -> Self {
        let axes = self.axes_of("standardize", axes.as_ref());
        if shape::are_last(&axes, self.shape()) {
            return Self(V::apply(Standardize { axes, eps }, &[&self.0]));
        }
        self.standardize_over(&axes, eps).0
    }

    /// The same with μ and σ², the axes kept. Composed.
    #[track_caller]
    pub(crate) fn standardize_over(&self, axes: &[usize], eps: f64) -> (Self, Self, Self) {
        let mean = self.mean_over(axes, true);
        let centred = self - &mean;
        let variance = centred.square().mean_over(axes, true);
        let y = centred / (&variance + Lit(eps)).sqrt();
        (y, mean, variance)
    }
}
