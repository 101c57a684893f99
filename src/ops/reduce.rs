//! Reductions over axes.
//!
//! | op | value | adjoint |
//! |---|---|---|
//! | [`Sum`] | y = Σ x | x̄ = ȳ, repeated along the summed axes |
//! | mean | y = Σ x / n | composed of sum and a division |
//! | [`Extremum`] | y = max x, y = min x | x̄ = ȳ at the largest (smallest) element; k equal ones receive ȳ/k each |
//! | [`LogSumExp`] | y = ln Σ eˣ | x̄ = w·ȳ with the softmax weights w = e^(x − y) / Σ e^(x − y) |
//!
//! Axes count from the end where negative. `…_axes` drops the reduced axes, `…_keep` keeps them with extent 1.

use super::{ArrayRule, ArrayValue, Term, Zeros, or_panic};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};
use crate::shape;

/// `y = Σ x` over axes.
#[derive(Debug, Clone)]
pub struct Sum {
    pub(crate) axes: Dims,
    pub(crate) keep: bool,
}

/// `y = max x` or `y = min x` over axes.
#[derive(Debug, Clone)]
pub struct Extremum {
    axes: Dims,
    keep: bool,
    least: bool,
}

/// `y = ln Σ eˣ` over axes.
#[derive(Debug, Clone)]
pub struct LogSumExp {
    axes: Dims,
    keep: bool,
}

impl ArrayRule for Sum {
    const ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "sum"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(shape::reduced(x[0], &self.axes, self.keep))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].sum_axes(&self.axes, self.keep)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        spread(g, x[0], &self.axes)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        t.sum_over(&self.axes, self.keep)
    }
}

impl ArrayRule for Extremum {
    const ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        if self.least { "min" } else { "max" }
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let reduced = self.axes.iter().map(|&i| x[0][i]).product::<usize>();
        if reduced == 0 {
            let which = if self.least { "smallest" } else { "largest" };
            let need = format!("the {which} of no elements is not defined");
            return Err(ShapeError::unfit(x[0], need));
        }
        Ok(shape::reduced(x[0], &self.axes, self.keep))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].extremum_axes(&self.axes, self.keep, self.least)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        spread(g, x[0], &self.axes).gated(self.shares(x[0], y))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        t.gated(self.shares(x[0], y)).sum_over(&self.axes, self.keep)
    }
}

impl ArrayRule for LogSumExp {
    fn name(&self) -> &str {
        "logsumexp"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(shape::reduced(x[0], &self.axes, self.keep))
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].log_sum_exp_axes(&self.axes, self.keep)
    }
    fn lanes(&self) -> Option<&[usize]> {
        Some(&self.axes)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let (e, sum) = self.exponentials(x[0], y);
        e * spread(&(g / sum), x[0], &self.axes)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let (e, sum) = self.exponentials(x[0], y);
        (t * e).sum_over(&self.axes, self.keep) / sum
    }
}

impl Extremum {
    /// ∂y/∂x: 1/k at each of k equal largest (smallest) elements, 0 elsewhere.
    fn shares<V: ArrayValue>(&self, x: &Term<V>, y: &Term<V>) -> Term<V> {
        let chosen = x.equals(spread(y, x, &self.axes));
        let ties = chosen.sum_over(&self.axes, true);
        // Through a gate, so that a NaN among the elements (and so among the ties) is passed to itself alone.
        (1 / ties).gated(chosen)
    }
}

impl LogSumExp {
    /// e = e^(x − y) and its sum: ∂y/∂x = e/Σe is exact however large y is, and infinite elements share alike.
    fn exponentials<V: ArrayValue>(&self, x: &Term<V>, y: &Term<V>) -> (Term<V>, Term<V>) {
        let e = x.exp_diff(spread(y, x, &self.axes));
        let sum = e.sum_over(&self.axes, self.keep);
        let sum = &sum + sum.equals(0);
        (e, sum)
    }
}

/// A result of a reduction over `axes` of `x`, dropped or kept, repeated to the shape of `x`.
pub(super) fn spread<V: ArrayValue>(y: &Term<V>, x: &Term<V>, axes: &[usize]) -> Term<V> {
    Term(y.0.spread(axes, x.shape()))
}

impl<V: ArrayValue> Term<V> {
    /// Sum over `axes` (sorted).
    #[track_caller]
    pub(crate) fn sum_over(&self, axes: &[usize], keep: bool) -> Self {
        let axes = axes.into();
        Self(V::apply(Sum { axes, keep }, &[&self.0]))
    }

    /// The largest or the smallest over `axes` (sorted).
    #[track_caller]
    pub(crate) fn extremum_over(&self, axes: Dims, keep: bool, least: bool) -> Self {
        Self(V::apply(Extremum { axes, keep, least }, &[&self.0]))
    }

    #[track_caller]
    fn logsumexp_over(&self, axes: Dims, keep: bool) -> Self {
        Self(V::apply(LogSumExp { axes, keep }, &[&self.0]))
    }

    #[track_caller]
    pub(super) fn mean_over(&self, axes: &[usize], keep: bool) -> Self {
        let n: usize = axes.iter().map(|&i| self.shape()[i]).product();
        self.sum_over(axes, keep) / super::Lit(n as f64)
    }

    #[track_caller]
    pub(crate) fn axes_of(&self, name: &str, axes: &[isize]) -> Dims {
        or_panic(name, shape::axes(axes, self.shape()))
    }

    /// All axes, for reductions over everything.
    pub(crate) fn all_axes(&self) -> Dims {
        (0..self.shape().len()).collect()
    }

    /// Sum over `axes`, which go away: x̄ = ȳ, repeated. An empty sum is 0.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(x.sum_axes([-1]).value(), arr1(&[3.0, 7.0]).into_dyn());
    /// assert_eq!(x.sum_keep([0]).value(), arr2(&[[4.0, 6.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn sum_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.sum_over(&self.axes_of("sum", axes.as_ref()), false)
    }

    /// As [`Term::sum_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn sum_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.sum_over(&self.axes_of("sum", axes.as_ref()), true)
    }

    /// Mean over `axes`, which go away: x̄ = ȳ/n, repeated. The mean of nothing is NaN.
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn mean_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.mean_over(&self.axes_of("mean", axes.as_ref()), false)
    }

    /// As [`Term::mean_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn mean_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.mean_over(&self.axes_of("mean", axes.as_ref()), true)
    }

    /// Largest element over `axes`, which go away; NaN where one is NaN; each of k equal largest elements receives ȳ/k, the
    /// others nothing.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 3.0, 3.0]));
    /// let y = x.max_axes([0]).item();
    /// assert_eq!(y.backward().wrt(x), arr1(&[0.0, 0.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice, or there are no elements to choose from.
    #[track_caller]
    pub fn max_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.extremum_over(self.axes_of("max", axes.as_ref()), false, false)
    }

    /// As [`Term::max_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn max_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.extremum_over(self.axes_of("max", axes.as_ref()), true, false)
    }

    /// Smallest element over `axes`, which go away; NaN where one is NaN; k equal smallest elements receive ȳ/k each, the
    /// others nothing.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[3.0, 1.0, 1.0]));
    /// let y = x.min_axes([0]).item();
    /// assert_eq!(y.backward().wrt(x), arr1(&[0.0, 0.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice, or there are no elements to choose from.
    #[track_caller]
    pub fn min_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.extremum_over(self.axes_of("min", axes.as_ref()), false, true)
    }

    /// As [`Term::min_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn min_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.extremum_over(self.axes_of("min", axes.as_ref()), true, true)
    }

    /// `ln Σ eˣ` over `axes`, which go away, without overflow: x̄ = e^(x − y)·ȳ. Where all elements are −∞ the
    /// gradient is 0; elements that are +∞ share all of ȳ.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1000.0, 1000.0]));
    /// let y = x.logsumexp_axes([0]).item();
    /// assert_eq!(y.value(), 1000.0 + 2.0_f64.ln());
    /// assert_eq!(y.backward().wrt(x), arr1(&[0.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn logsumexp_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.logsumexp_over(self.axes_of("logsumexp", axes.as_ref()), false)
    }

    /// As [`Term::logsumexp_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn logsumexp_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.logsumexp_over(self.axes_of("logsumexp", axes.as_ref()), true)
    }
}
