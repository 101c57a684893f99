//! Reductions of all elements of a tensor to a scalar.

use super::{Tensor, Var};
use crate::Real;
use crate::error::ShapeError;

impl<'t, T: Real> Tensor<'t, T> {
    /// Sum of all elements: x̄ = ȳ everywhere.
    #[track_caller]
    pub fn sum(&self) -> Var<'t, T> {
        self.sum_over(&self.all_axes(), false).item()
    }

    /// Sum of the squares of all elements, see [`Term::sum_squares_axes`](crate::Term::sum_squares_axes).
    #[track_caller]
    pub fn sum_squares(&self) -> Var<'t, T> {
        self.sum_squares_over(self.all_axes(), false).item()
    }

    /// Mean of all elements: x̄ = ȳ/n everywhere. The mean of nothing is NaN.
    #[track_caller]
    pub fn mean(&self) -> Var<'t, T> {
        let n = self.0.node.value().len();
        self.sum() / crate::Lit(n as f64)
    }

    /// Largest of all elements; NaN if one is NaN. k equal largest elements receive ȳ/k each.
    ///
    /// # Panics
    /// Where there are no elements.
    #[track_caller]
    pub fn max_all(&self) -> Var<'t, T> {
        self.extremum_over(self.all_axes(), false, false).item()
    }

    /// `ln Σ eˣ` over all elements: x̄ = e^(x − y)·ȳ.
    #[track_caller]
    pub fn logsumexp(&self) -> Var<'t, T> {
        self.reshape([self.0.node.value().len()])
            .logsumexp_axes([0])
            .item()
    }

    /// Smallest of all elements; NaN if one is NaN. k equal smallest elements receive ȳ/k each.
    ///
    /// # Panics
    /// Where there are no elements.
    #[track_caller]
    pub fn min_all(&self) -> Var<'t, T> {
        self.extremum_over(self.all_axes(), false, true).item()
    }

    /// Product of all elements, see [`Term::prod_axes`](crate::Term::prod_axes). The product of nothing is 1.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[2.0, 0.0, 3.0]));
    /// assert_eq!(x.prod().backward().wrt(x), ndarray::arr1(&[0.0, 6.0, 0.0]).into_dyn());
    /// ```
    #[track_caller]
    pub fn prod(&self) -> Var<'t, T> {
        self.prod_over(&self.all_axes(), false).item()
    }

    /// Variance of all elements, see [`Term::var_axes`](crate::Term::var_axes).
    #[track_caller]
    pub fn var(&self, ddof: usize) -> Var<'t, T> {
        self.var_over(ddof, &self.all_axes(), false).item()
    }

    /// Standard deviation of all elements, see [`Term::std_axes`](crate::Term::std_axes).
    #[track_caller]
    pub fn std(&self, ddof: usize) -> Var<'t, T> {
        self.std_over(ddof, self.all_axes(), false).item()
    }

    /// Norm of all elements, `y = (Σ |x|ᵖ)^(1/p)`, max |x| for p = ∞; for a matrix and p = 2 that of Frobenius. See
    /// [`Term::norm_axes`](crate::Term::norm_axes).
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::arr1(&[3.0, -4.0]));
    /// assert_eq!([1.0, 2.0, f64::INFINITY].map(|p| x.norm(p).value()), [7.0, 5.0, 4.0]);
    /// assert_eq!(x.norm(2.0).backward().wrt(x), ndarray::arr1(&[0.6, -0.8]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where p is not above 0.
    #[track_caller]
    pub fn norm(&self, p: f64) -> Var<'t, T> {
        self.norm_over(p, self.all_axes(), false).item()
    }

    /// Sum of all elements that are not NaN, see [`Term::nansum_axes`](crate::Term::nansum_axes).
    #[track_caller]
    pub fn nansum(&self) -> Var<'t, T> {
        self.nansum_over(&self.all_axes(), false).item()
    }

    /// Mean of all elements that are not NaN, see [`Term::nanmean_axes`](crate::Term::nanmean_axes).
    #[track_caller]
    pub fn nanmean(&self) -> Var<'t, T> {
        self.nanmean_over(&self.all_axes(), false).item()
    }

    /// Median of all elements, see [`Term::median_axes`](crate::Term::median_axes).
    #[track_caller]
    pub fn median(&self) -> Var<'t, T> {
        self.quantile_over(0.5, &self.all_axes(), false).item()
    }

    /// Quantile of all elements, see [`Term::quantile_axes`](crate::Term::quantile_axes).
    ///
    /// # Panics
    /// Where `q` is not between 0 and 1.
    #[track_caller]
    pub fn quantile(&self, q: f64) -> Var<'t, T> {
        self.quantile_over(q, &self.all_axes(), false).item()
    }

    /// Scalar product of two vectors, `y = Σ aᵢ·bᵢ`: ā = b·ȳ, b̄ = a·ȳ. Composed: a matrix product.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 4.0])));
    /// let y = a.dot(&b);
    /// assert_eq!(y.value(), 11.0);
    /// assert_eq!(y.backward().wrt(a), arr1(&[3.0, 4.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an operand is no vector, or the lengths differ.
    #[track_caller]
    pub fn dot(&self, other: &Self) -> Var<'t, T> {
        let (a, b) = (self.shape(), other.shape());
        if a.len() != 1 || a != b {
            let need = "both must be vectors of one length";
            panic!("dot: {}", ShapeError::mismatch(a, b, need));
        }
        self.matmul(other).item()
    }

    /// Trace of a matrix, `y = Σ xᵢᵢ`: x̄ᵢᵢ = ȳ, nothing beside the diagonal. Composed.
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(x.trace().value(), 5.0);
    /// assert_eq!(x.trace().backward().wrt(x), arr2(&[[1.0, 0.0], [0.0, 1.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the operand has not two axes.
    #[track_caller]
    pub fn trace(&self) -> Var<'t, T> {
        if self.shape().len() != 2 {
            panic!(
                "trace: {}",
                ShapeError::unfit(self.shape(), "a trace needs two axes")
            );
        }
        self.diagonal(0).sum()
    }
}
