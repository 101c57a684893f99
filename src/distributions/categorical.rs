//! Categorical distribution.

use crate::ops::{ArrayValue, Term};

/// Logarithm of the probability of a class for each row of **logits** (n × classes), `yᵢ = xᵢ,ₗ₍ᵢ₎ − ln Σⱼ e^xᵢⱼ`: x̄ᵢ = ȳᵢ·(onehot −
/// softmax xᵢ). Composed: the cross-entropy, negated. Logits are logarithms of probabilities up to a constant a row.
///
/// ```
/// use ndarray::arr2;
/// use wengert::distributions::categorical;
/// let tape = wengert::Tape::new();
/// let logits = tape.tensor(&arr2(&[[0.0, 0.0], [1000.0, 0.0]]));
/// let y = categorical::log_probability(&logits, &[0, 1]);
/// assert_eq!(y.at([0]).value(), -(2.0_f64.ln()));
/// assert_eq!(y.at([1]).value(), -1000.0);
/// ```
///
/// # Panics
/// Where the logits have not two axes, there is not one class a row, or a class does not exist.
#[track_caller]
pub fn log_probability<V: ArrayValue>(logits: &Term<V>, classes: &[usize]) -> Term<V> {
    -logits.cross_entropy(classes)
}
