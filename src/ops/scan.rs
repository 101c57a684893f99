//! Scans: results for every element along an axis of all elements up to it.
//!
//! | op | value | adjoint |
//! |---|---|---|
//! | [`CumSum`] | yᵢ = Σⱼ xⱼ over j ≤ i | x̄ⱼ = Σᵢ ȳᵢ over i ≥ j |
//! | [`Recurrence`] | yᵢ = xᵢ + aᵢ₋₁·yᵢ₋₁ | x̄ᵢ = ȳᵢ + aᵢ·x̄ᵢ₊₁, āᵢ = x̄ᵢ₊₁·yᵢ |
//! | cumulative product | yᵢ = Πⱼ xⱼ | composed: a recurrence that starts with x₀ and whose a are the other xᵢ |
//! | [`CumExtremum`] | yᵢ = maxⱼ xⱼ, minⱼ xⱼ | x̄ⱼ = Σᵢ ȳᵢ/kᵢ over the i whose yᵢ is xⱼ, kᵢ of them equal so far |
//! | [`LogCumSumExp`] | yᵢ = ln Σⱼ e^xⱼ | x̄ⱼ = Σᵢ wᵢⱼ·ȳᵢ with weights wᵢⱼ = e^(xⱼ − yᵢ), divided by their sum over j |
//!
//! The adjoint of a sum or a recurrence is the same one from the other end, so derivatives of every order are there, in one
//! pass each. A product divides by nothing: with zeros among the factors its derivatives of every order are exact.
//!
//! Why there are own rules: a scan composed of shifted products (log₂ n of them) costs n·log n and as many arrays on the tape;
//! products and logarithms of sums would divide by zero, or lose their digits.

use super::{ArrayRule, ArrayValue, Term, Zeros};
use crate::Real;
use crate::dense::Dense;
use crate::error::{Dims, ShapeError};

/// `yᵢ = Σⱼ xⱼ` along an axis, over j ≤ i, or over j ≥ i. A second operand, of ones and zeros between neighbours, starts
/// the sum anew where it is 0.
#[derive(Debug, Clone)]
pub struct CumSum {
    axis: usize,
    from_end: bool,
}

/// `yᵢ = xᵢ + aᵢ₋₁·yᵢ₋₁` along an axis for the operands `a`, one shorter than `x`, and `x`; or from the end,
/// `yᵢ = xᵢ + aᵢ·yᵢ₊₁`.
#[derive(Debug, Clone)]
pub struct Recurrence {
    axis: usize,
    from_end: bool,
}

/// `yᵢ = maxⱼ xⱼ`, or `minⱼ xⱼ`, along an axis, over j ≤ i.
#[derive(Debug, Clone)]
pub struct CumExtremum {
    axis: usize,
    least: bool,
}

/// `yᵢ = ln Σⱼ e^xⱼ` along an axis, over j ≤ i.
#[derive(Debug, Clone)]
pub struct LogCumSumExp {
    axis: usize,
}

impl ArrayRule for CumSum {
    const ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "cumsum"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].cumsum(x.get(1).copied(), self.axis, self.from_end)
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        assert!(k == 0, "the links of a cumulative sum are indicators");
        g.cumsum_over(x.get(1).copied(), self.axis, !self.from_end)
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        assert!(k == 0, "the links of a cumulative sum are indicators");
        t.cumsum_over(x.get(1).copied(), self.axis, self.from_end)
    }
}

impl ArrayRule for Recurrence {
    fn name(&self) -> &str {
        "recurrence"
    }
    fn shape(&self, operands: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(operands[1].into())
    }
    fn forward<T: Real>(&self, operands: &[&Dense<T>]) -> Dense<T> {
        operands[1].recur(operands[0], self.axis, self.from_end)
    }
    fn vjp<V: ArrayValue>(&self, k: usize, operands: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let x = g.recur_over(operands[0], self.axis, !self.from_end);
        if k == 1 {
            return x;
        }
        let n = y.shape()[self.axis] - 1;
        let (before, after) = self.neighbours();
        x.section(self.axis, after, n) * y.section(self.axis, before, n)
    }
    fn jvp<V: ArrayValue>(&self, k: usize, operands: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        if k == 1 {
            return t.recur_over(operands[0], self.axis, self.from_end);
        }
        let n = y.shape()[self.axis];
        let (before, after) = self.neighbours();
        let t = t * y.section(self.axis, before, n - 1);
        let t = t.embedded(self.axis, after, n);
        t.recur_over(operands[0], self.axis, self.from_end)
    }
}

impl Recurrence {
    /// Where along the axis the results begin from which a link leads, and those to which it leads.
    fn neighbours(&self) -> (usize, usize) {
        if self.from_end { (1, 0) } else { (0, 1) }
    }
}

impl ArrayRule for CumExtremum {
    const ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        if self.least { "cummin" } else { "cummax" }
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].cumulative_extremum(self.axis, self.least)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let (chosen, links, ties) = self.ties(x[0], y);
        (g / ties)
            .cumsum_over(Some(&links), self.axis, true)
            .gated(chosen)
    }
    fn jvp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let (chosen, links, ties) = self.ties(x[0], y);
        let t = t.gated(chosen);
        t.cumsum_over(Some(&links), self.axis, false) / ties
    }
}

impl CumExtremum {
    /// Which elements are extreme where they stand, whether two neighbouring results are the same, and how many extreme
    /// elements share each result.
    fn ties<V: ArrayValue>(&self, x: &Term<V>, y: &Term<V>) -> (Term<V>, Term<V>, Term<V>) {
        let n = y.shape()[self.axis] - 1;
        let chosen = x.equals(y);
        let links = y.section(self.axis, 0, n).equals(y.section(self.axis, 1, n));
        let ties = chosen.cumsum_over(Some(&links), self.axis, false);
        (chosen, links, ties)
    }
}

impl ArrayRule for LogCumSumExp {
    fn name(&self) -> &str {
        "logcumsumexp"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].cumulative_logsumexp(self.axis)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        let (weights, links, sums) = self.weights(x[0], y);
        (g / sums).recur_over(&links, self.axis, true) * weights
    }
    fn jvp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        let (weights, links, sums) = self.weights(x[0], y);
        (t * weights).recur_over(&links, self.axis, false) / sums
    }
}

impl LogCumSumExp {
    /// e^(xᵢ − yᵢ), the factors e^(yᵢ − yᵢ₊₁) ≤ 1 between neighbours, and Σⱼ e^(xⱼ − yᵢ), which is 1 up to the rounding of y and
    /// where infinite elements share alike; 1 also for the sum of none.
    fn weights<V: ArrayValue>(&self, x: &Term<V>, y: &Term<V>) -> (Term<V>, Term<V>, Term<V>) {
        let n = y.shape()[self.axis] - 1;
        let weights = x.exp_diff(y);
        let links = y.section(self.axis, 0, n).exp_diff(y.section(self.axis, 1, n));
        let sums = weights.recur_over(&links, self.axis, false);
        let sums = &sums + sums.equals(0);
        (weights, links, sums)
    }
}

impl<V: ArrayValue> Term<V> {
    #[track_caller]
    fn cumsum_over(&self, links: Option<&Self>, axis: usize, from_end: bool) -> Self {
        let rule = CumSum { axis, from_end };
        Self(match links {
            Some(links) => V::apply(rule, &[&self.0, &links.0]),
            None => V::apply(rule, &[&self.0]),
        })
    }

    #[track_caller]
    fn recur_over(&self, a: &Self, axis: usize, from_end: bool) -> Self {
        Self(V::apply(Recurrence { axis, from_end }, &[&a.0, &self.0]))
    }

    /// The axis of a scan, or `None` where it has nothing to do: at most one element along it.
    #[track_caller]
    fn scanned(&self, name: &str, axis: isize) -> Option<usize> {
        let axis = self.axis_of(name, axis);
        (self.shape()[axis] > 1).then_some(axis)
    }

    /// Cumulative sum along `axis`, `yᵢ = Σⱼ xⱼ` over j ≤ i: x̄ⱼ = Σᵢ ȳᵢ over i ≥ j.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    /// let y = x.cumsum(0);
    /// assert_eq!(y.value(), arr1(&[1.0, 3.0, 6.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[3.0, 2.0, 1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn cumsum(&self, axis: isize) -> Self {
        match self.scanned("cumsum", axis) {
            Some(axis) => self.cumsum_over(None, axis, false),
            None => self.clone(),
        }
    }

    /// Cumulative product along `axis`, `yᵢ = Πⱼ xⱼ` over j ≤ i: x̄ⱼ = Σᵢ ȳᵢ·Πₖ xₖ over i ≥ j and k ≤ i without j. Nothing is
    /// divided, so that derivatives of every order are exact with zeros among the elements too.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 0.0, 3.0, 4.0]));
    /// let y = x.cumprod(0);
    /// assert_eq!(y.value(), arr1(&[2.0, 0.0, 0.0, 0.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[1.0, 32.0, 0.0, 0.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn cumprod(&self, axis: isize) -> Self {
        let Some(axis) = self.scanned("cumprod", axis) else {
            return self.clone();
        };
        let n = self.shape()[axis];
        let first = self.section(axis, 0, 1).embedded(axis, 0, n);
        first.recur_over(&self.section(axis, 1, n - 1), axis, false)
    }

    /// Largest element so far along `axis`, `yᵢ = maxⱼ xⱼ` over j ≤ i; NaN from the first NaN on. Each ȳᵢ goes to the largest
    /// element so far; k equal ones receive ȳᵢ/k each, the others nothing.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[2.0, 1.0, 3.0, 3.0]));
    /// let y = x.cummax(0);
    /// assert_eq!(y.value(), arr1(&[2.0, 2.0, 3.0, 3.0]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[2.0, 0.0, 1.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn cummax(&self, axis: isize) -> Self {
        self.cumulative_extremum("cummax", axis, false)
    }

    /// Smallest element so far along `axis`, `yᵢ = minⱼ xⱼ` over j ≤ i: x̄ is ȳ at the smallest element so far, equal ones
    /// sharing, as of [`Term::cummax`].
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn cummin(&self, axis: isize) -> Self {
        self.cumulative_extremum("cummin", axis, true)
    }

    #[track_caller]
    fn cumulative_extremum(&self, name: &str, axis: isize, least: bool) -> Self {
        match self.scanned(name, axis) {
            Some(axis) => Self(V::apply(CumExtremum { axis, least }, &[&self.0])),
            None => self.clone(),
        }
    }

    /// `yᵢ = ln Σⱼ e^xⱼ` along `axis`, over j ≤ i, without overflow: x̄ⱼ = Σᵢ e^(xⱼ − yᵢ)·ȳᵢ over i ≥ j. Where all elements
    /// so far are −∞ the gradient is 0; elements that are +∞ share all of ȳᵢ.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1000.0, 1000.0]));
    /// let y = x.logcumsumexp(0);
    /// assert_eq!(y.value(), arr1(&[1000.0, 1000.0 + 2.0_f64.ln()]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr1(&[1.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn logcumsumexp(&self, axis: isize) -> Self {
        match self.scanned("logcumsumexp", axis) {
            Some(axis) => Self(V::apply(LogCumSumExp { axis }, &[&self.0])),
            None => self.clone(),
        }
    }
}
