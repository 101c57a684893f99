//! Product, variance, standard deviation, and sums without NaN: all composed.
//!
//! | op | composition |
//! |---|---|
//! | product | pairs are multiplied until one is left: the cotangent of each is the product of the others, nothing is divided |
//! | variance | Σ (x − m)² / (n − d) with the mean m, in two passes |
//! | standard deviation | ‖x − m‖₂ / √(n − d), scaled as the norm is |
//! | sum and mean without NaN | through a gate that is shut at NaN |
//!
//! Rejected: a product by logarithms (wrong signs, −∞ at 0), its cotangent as y/x (0/0), a variance as the difference of two
//! means (cancels; Chan, Golub & LeVeque, *Algorithms for computing the sample variance*, The American Statistician 37, 1983).

use super::{ArrayValue, Lit, Term};
use crate::error::Dims;
use crate::shape;

impl<V: ArrayValue> Term<V> {
    /// Product over `axes`, which go away, `y = Π x`: x̄ᵢ = ȳ·Πⱼ xⱼ over j ≠ i. Nothing is divided, so that derivatives of every
    /// order are exact with zeros among the elements too. The product of nothing is 1. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 0.0, 3.0]));
    /// let y = x.prod_axes([0]).item();
    /// assert_eq!(y.backward().wrt(x), arr1(&[0.0, 6.0, 0.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn prod_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.prod_over(&self.axes_of("prod", axes.as_ref()), false)
    }

    /// As [`Term::prod_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn prod_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.prod_over(&self.axes_of("prod", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn prod_over(&self, axes: &[usize], keep: bool) -> Self {
        let shape = shape::reduced(self.shape(), axes, keep);
        let mut n = self.count(axes);
        if n == 0 {
            return self.sum_over(axes, keep) + 1;
        }
        let order = axes.iter().copied();
        let order: Dims = order
            .chain((0..self.shape().len()).filter(|i| !axes.contains(i)))
            .collect();
        let mut factors = self.permute(order).reshape([n, shape::size(&shape)]);
        let mut odd: Option<Self> = None;
        while n > 1 {
            let half = n / 2;
            if n % 2 == 1 {
                let last = factors.section(0, n - 1, 1);
                odd = Some(odd.map_or(last.clone(), |odd| odd * &last));
            }
            factors = factors.section(0, 0, half) * factors.section(0, half, half);
            n = half;
        }
        let product = match odd {
            Some(odd) => factors * odd,
            None => factors,
        };
        product.reshape(shape)
    }

    /// Variance over `axes`, which go away, `y = Σ (x − m)²/(n − ddof)` with the mean m: x̄ = 2(x − m)/(n − ddof)·ȳ. `ddof` is 0
    /// for the variance of the elements, 1 for the unbiased estimate from a sample. NaN where n ≤ ddof, and so is the
    /// gradient. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// let y = x.var_axes(1, [0]).item();
    /// assert_eq!(y.value(), 1.0);
    /// assert_eq!(y.backward().wrt(x), arr1(&[-1.0, 0.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn var_axes(&self, ddof: usize, axes: impl AsRef<[isize]>) -> Self {
        self.var_over(ddof, &self.axes_of("var", axes.as_ref()), false)
    }

    /// As [`Term::var_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn var_keep(&self, ddof: usize, axes: impl AsRef<[isize]>) -> Self {
        self.var_over(ddof, &self.axes_of("var", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn var_over(&self, ddof: usize, axes: &[usize], keep: bool) -> Self {
        let d = self - self.mean_over(axes, true);
        d.sum_squares_over(axes.into(), keep) / Lit(freedom(self.count(axes), ddof))
    }

    /// Standard deviation over `axes`, which go away, `y = √(Σ (x − m)²/(n − ddof))` with the mean m, without overflow:
    /// x̄ = (x − m)/((n − ddof)·y)·ȳ. Where all elements are equal the gradient is 0 (of least norm) and the second derivative
    /// NaN, as for the norm; `var_axes` and `sqrt` would have NaN there. NaN where n ≤ ddof, and so is the gradient.
    /// Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[5.0, 5.0]));
    /// let y = x.std_axes(1, [0]).item();
    /// assert_eq!(y.value(), 0.0);
    /// assert_eq!(y.backward().wrt(x), arr1(&[0.0, 0.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn std_axes(&self, ddof: usize, axes: impl AsRef<[isize]>) -> Self {
        self.std_over(ddof, self.axes_of("std", axes.as_ref()), false)
    }

    /// As [`Term::std_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn std_keep(&self, ddof: usize, axes: impl AsRef<[isize]>) -> Self {
        self.std_over(ddof, self.axes_of("std", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn std_over(&self, ddof: usize, axes: Dims, keep: bool) -> Self {
        let freedom = freedom(self.count(&axes), ddof);
        if freedom.is_nan() {
            // Not by the norm, whose gradient at 0 is 0.
            return self.var_over(ddof, &axes, keep);
        }
        let d = self - self.mean_over(&axes, true);
        d.norm_over(2.0, axes, keep) / Lit(freedom.sqrt())
    }

    /// Sum over `axes`, which go away, of the elements that are not NaN: x̄ = ȳ for them, nothing for NaN. 0 where there are
    /// none. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, f64::NAN, 2.0]));
    /// let y = x.nansum_axes([0]).item();
    /// assert_eq!(y.value(), 3.0);
    /// assert_eq!(y.backward().wrt(x), arr1(&[1.0, 0.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn nansum_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.nansum_over(&self.axes_of("nansum", axes.as_ref()), false)
    }

    /// As [`Term::nansum_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn nansum_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.nansum_over(&self.axes_of("nansum", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn nansum_over(&self, axes: &[usize], keep: bool) -> Self {
        // A sum of shut gates is −0.0.
        self.gated(self.numbers()).sum_over(axes, keep) + 0
    }

    /// Mean over `axes`, which go away, of the k elements that are not NaN: x̄ = ȳ/k for them, nothing for NaN. NaN where there
    /// are none. Composed.
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice.
    #[track_caller]
    pub fn nanmean_axes(&self, axes: impl AsRef<[isize]>) -> Self {
        self.nanmean_over(&self.axes_of("nanmean", axes.as_ref()), false)
    }

    /// As [`Term::nanmean_axes`], the axes kept with extent 1.
    #[track_caller]
    pub fn nanmean_keep(&self, axes: impl AsRef<[isize]>) -> Self {
        self.nanmean_over(&self.axes_of("nanmean", axes.as_ref()), true)
    }

    #[track_caller]
    pub(crate) fn nanmean_over(&self, axes: &[usize], keep: bool) -> Self {
        self.nansum_over(axes, keep) / self.numbers().sum_over(axes, keep)
    }

    /// 1 for each element that is a number, 0 for NaN.
    #[track_caller]
    fn numbers(&self) -> Self {
        self.equals(self).fmax(0)
    }

    /// How many elements a reduction over `axes` takes together.
    pub(super) fn count(&self, axes: &[usize]) -> usize {
        axes.iter().map(|&i| self.shape()[i]).product()
    }
}

/// n − ddof, NaN where nothing is left.
fn freedom(n: usize, ddof: usize) -> f64 {
    if n > ddof { (n - ddof) as f64 } else { f64::NAN }
}
