//! Embedding: a row of a table for each number.

use super::Init;
use crate::Real;
use crate::ops::{ArrayValue, Term};

layer! {
    /// A table of vectors; the gradients of a row that is used several times add up.
    ///
    /// ```
    /// use ndarray::arr2;
    /// use wengert::{grad::Tree, nn::Embedding};
    /// let tape = wengert::Tape::new();
    /// let words = Embedding { table: arr2(&[[1.0, 2.0], [3.0, 4.0]]).into() }.on(&tape);
    /// let y = words.forward(&[1, 0, 1]);
    /// assert_eq!(y.value(), arr2(&[[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(words.table), arr2(&[[1.0, 1.0], [2.0, 2.0]]).into_dyn());
    /// ```
    pub struct Embedding on EmbeddingOn {
        parameters {
            /// A row for each number.
            table: ArcArray2,
        }
        constants {}
        settings {}
    }
}

impl<T: Real> Embedding<T> {
    /// Vectors of this width for the numbers below `n`, uniform with variance 1/width, from a generator with this seed.
    pub fn new(n: usize, width: usize, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        Self {
            table: Init::Glorot.weight((n, width), [width, width], &mut random),
        }
    }
}

impl<V: ArrayValue> EmbeddingOn<V> {
    /// The rows of these numbers, one below the other: those of ȳ add up in the row of their number. Composed.
    ///
    /// # Panics
    /// Where a number has no row.
    #[track_caller]
    pub fn forward(&self, numbers: &[usize]) -> Term<V> {
        self.table.take(0, numbers)
    }
}
