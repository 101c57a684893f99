//! Softmax and its relatives along one axis.
//!
//! - Softmax, `yᵢ = e^xᵢ / Σⱼ e^xⱼ`: x̄ = y ⊙ (ȳ − Σⱼ ȳⱼ yⱼ).
//! - Masked softmax: what is masked is −∞, and where all are, the same rule at y = 0; composed but for that.
//! - Log-softmax, `yᵢ = xᵢ − ln Σⱼ e^xⱼ`: x̄ = ȳ − e^y · Σⱼ ȳⱼ.
//! - Cross-entropy of integer labels is composed: the label's element of the log-softmax, negated.

use super::rule::LaneRule;
use super::{ArrayRule, ArrayValue, Term, Value, or_panic};
use crate::Real;
use crate::dense::{self, Dense};
use crate::error::{Dims, ShapeError};
use std::slice;

/// `yᵢ = e^xᵢ / Σⱼ e^xⱼ` along an axis.
#[derive(Debug, Clone)]
pub struct Softmax {
    axis: usize,
    /// Whether it is 0 where all are −∞.
    masked: bool,
}

/// `yᵢ = xᵢ − ln Σⱼ e^xⱼ` along an axis.
#[derive(Debug, Clone)]
pub struct LogSoftmax {
    axis: usize,
}

impl ArrayRule for Softmax {
    fn name(&self) -> &str {
        match self.masked {
            true => "masked_softmax",
            false => "softmax",
        }
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].map_lanes(self.axis, |x, y| {
            if self.masked && x.iter().all(|&x| x == T::neg_infinity()) {
                return y.fill(T::zero());
            }
            dense::softmax(x, y);
            if self.masked {
                // Whatever the others are, ∞ and NaN included.
                let masked = y.iter_mut().zip(x).filter(|(_, x)| **x == T::neg_infinity());
                masked.for_each(|(y, _)| *y = T::zero());
            }
        })
    }
    fn lanes(&self) -> Option<&[usize]> {
        Some(slice::from_ref(&self.axis))
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        V::along(&Jacobian, &[self.axis], [y, g])
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        V::along(&Jacobian, &[self.axis], [y, t])
    }
}

/// `y ⊙ (g − Σⱼ gⱼ yⱼ)`, the Jacobian of a softmax times g; it is symmetric.
struct Jacobian;

impl LaneRule<2> for Jacobian {
    const SUMS: usize = 1;
    #[inline(always)]
    fn summand<V: Value>(&self, _: usize, [y, g]: [&Term<V>; 2], _: &[Term<V>]) -> Term<V> {
        g * y
    }
    #[inline(always)]
    fn result<V: Value>(&self, [y, g]: [&Term<V>; 2], sums: &[Term<V>]) -> Term<V> {
        y * (g - &sums[0])
    }
}

impl ArrayRule for LogSoftmax {
    fn name(&self) -> &str {
        "log_softmax"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].map_lanes(self.axis, dense::log_softmax)
    }
    fn lanes(&self) -> Option<&[usize]> {
        Some(slice::from_ref(&self.axis))
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Term<V> {
        V::along(&LogCotangent, &[self.axis], [y, g])
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        V::along(&LogTangent, &[self.axis], [y, t])
    }
}

/// `g − e^y·Σⱼ gⱼ`.
struct LogCotangent;

impl LaneRule<2> for LogCotangent {
    const SUMS: usize = 1;
    #[inline(always)]
    fn summand<V: Value>(&self, _: usize, [_, g]: [&Term<V>; 2], _: &[Term<V>]) -> Term<V> {
        g.clone()
    }
    #[inline(always)]
    fn result<V: Value>(&self, [y, g]: [&Term<V>; 2], sums: &[Term<V>]) -> Term<V> {
        g - y.exp() * &sums[0]
    }
}

/// `t − Σⱼ tⱼ·e^yⱼ`.
struct LogTangent;

impl LaneRule<2> for LogTangent {
    const SUMS: usize = 1;
    #[inline(always)]
    fn summand<V: Value>(&self, _: usize, [y, t]: [&Term<V>; 2], _: &[Term<V>]) -> Term<V> {
        t * y.exp()
    }
    #[inline(always)]
    fn result<V: Value>(&self, [_, t]: [&Term<V>; 2], sums: &[Term<V>]) -> Term<V> {
        t - &sums[0]
    }
}

impl<V: ArrayValue> Term<V> {
    /// Softmax along `axis`, `yᵢ = e^xᵢ / Σⱼ e^xⱼ`, without overflow: x̄ = y ⊙ (ȳ − Σⱼ ȳⱼ yⱼ). NaN where all are −∞.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1000.0, 1000.0]));
    /// assert_eq!(x.softmax(-1).value(), arr1(&[0.5, 0.5]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn softmax(&self, axis: isize) -> Self {
        let axis = self.axis_of("softmax", axis);
        let masked = false;
        Self(V::apply(Softmax { axis, masked }, &[&self.0]))
    }

    /// Softmax along `axis` of the elements at which `mask` (broadcast against this) is not 0; the others are 0 and receive
    /// nothing, whatever they are: x̄ = y ⊙ (ȳ − Σⱼ ȳⱼ yⱼ). All 0, and no cotangent, where all are masked or −∞.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[f64::NAN, 2.0, 2.0]));
    /// let y = x.masked_softmax(&tape.constant(&arr2(&[[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])), -1);
    /// assert_eq!(y.value(), arr2(&[[0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]).into_dyn());
    /// let seed = arr2(&[[3.0, 4.0, 0.0], [1.0, 2.0, 3.0]]);
    /// assert_eq!(y.backward_with(&seed).wrt(x), arr1(&[0.0, 1.0, -1.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not broadcast or the axis, of the broadcast shape, does not exist.
    #[track_caller]
    pub fn masked_softmax(&self, mask: &Self, axis: isize) -> Self {
        let keep = 1 - mask.equals(0);
        let x = self.gated(&keep) + keep.ln();
        let axis = x.axis_of("masked_softmax", axis);
        let masked = true;
        Self(V::apply(Softmax { axis, masked }, &[&x.0]))
    }

    /// Log-softmax along `axis`, `yᵢ = xᵢ − ln Σⱼ e^xⱼ`, without overflow: x̄ = ȳ − e^y·Σⱼ ȳⱼ.
    ///
    /// # Panics
    /// Where the axis does not exist.
    #[track_caller]
    pub fn log_softmax(&self, axis: isize) -> Self {
        let axis = self.axis_of("log_softmax", axis);
        Self(V::apply(LogSoftmax { axis }, &[&self.0]))
    }

    /// Cross-entropy of each row of logits (n × classes) with its integer label, `yᵢ = −log_softmax(x)ᵢ,ₗ₍ᵢ₎`: n values.
    /// With ȳ = 1/n the cotangent of the logits is (softmax(x) − onehot)/n.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let logits = tape.tensor(&arr2(&[[0.0, 0.0], [0.0, 0.0]]));
    /// let loss = logits.cross_entropy(&[0, 1]).mean();
    /// assert_eq!(loss.value(), 2.0_f64.ln());
    /// let expected = arr2(&[[-0.25, 0.25], [0.25, -0.25]]).into_dyn();
    /// assert_eq!(loss.backward().wrt(logits), expected);
    /// ```
    ///
    /// # Panics
    /// Where the logits have not two axes, there is not one label a row, or a label is no class.
    #[track_caller]
    pub fn cross_entropy(&self, labels: &[usize]) -> Self {
        let flat = or_panic("cross_entropy", self.flat_labels(labels));
        let (n, classes) = flat;
        let positions = labels.iter().enumerate().map(|(i, l)| i * classes + l);
        let indices = self.0.indices(n, positions);
        -self
            .log_softmax(1)
            .reshape([n * classes])
            .take_indices(0, indices)
    }

    fn flat_labels(&self, labels: &[usize]) -> Result<(usize, usize), ShapeError> {
        let &[n, classes] = self.shape() else {
            return Err(ShapeError::unfit(
                self.shape(),
                "logits have two axes, rows and classes",
            ));
        };
        if labels.len() != n {
            return Err(ShapeError::unfit(
                self.shape(),
                format!("{} labels for {n} rows", labels.len()),
            ));
        }
        match labels.iter().find(|&&l| l >= classes) {
            Some(&l) => Err(ShapeError::Index {
                index: l as isize,
                axis: 1,
                shape: self.shape().into(),
            }),
            None => Ok((n, classes)),
        }
    }
}
