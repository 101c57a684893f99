//! Scaled dot-product attention (A. Vaswani et al., *Attention is all you need*, 2017, §3.2), composed.

use super::Init;
use crate::Real;
use crate::ops::{ArrayValue, Lit, Term};
use ndarray::Array2;

/// What [`attention`] returns.
#[derive(Clone)]
pub struct Attention<V> {
    /// … × n × e: for each query a mean of the values.
    pub output: Term<V>,
    /// … × n × m: the weights of that mean.
    pub weights: Term<V>,
}

/// `softmax(Q·Kᵀ/√d)·V`, for queries … × n × d, keys … × m × d and values … × m × e. Where `mask` (broadcast to … × n × m) is 0 a
/// key has weight 0 and receives nothing; a query of which all keys are masked gets 0.
///
/// ```
/// use ndarray::arr2;
/// use wengert::nn::{attention, causal_mask};
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr2(&[[1.0, 0.0], [0.0, 0.0]]));
/// let seen = attention(&x, &x, &x, Some(&tape.constant(&causal_mask(2))));
/// assert_eq!(seen.weights.value(), arr2(&[[1.0, 0.0], [0.5, 0.5]]).into_dyn());
/// assert_eq!(seen.output.value(), arr2(&[[1.0, 0.0], [0.5, 0.0]]).into_dyn());
/// ```
///
/// # Panics
/// Where the shapes do not fit.
#[track_caller]
pub fn attention<V: ArrayValue>(
    queries: &Term<V>,
    keys: &Term<V>,
    values: &Term<V>,
    mask: Option<&Term<V>>,
) -> Attention<V> {
    let d = queries.shape().last().copied().unwrap_or(1);
    let scores = (queries / Lit((d as f64).sqrt())).matmul(&keys.transpose_last());
    let weights = match mask {
        Some(mask) => scores.masked_softmax(mask, -1),
        None => scores.softmax(-1),
    };
    let output = weights.matmul(values);
    Attention { output, weights }
}

/// The mask by which each of n places sees itself and those before it: 1 on and below the diagonal.
pub fn causal_mask<T: Real>(n: usize) -> Array2<T> {
    Array2::from_shape_fn((n, n), |(i, j)| if j <= i { T::one() } else { T::zero() })
}

layer! {
    /// Attention of several heads, each in its part of the width.
    pub struct MultiHead on MultiHeadOn {
        parameters {
            /// Makes queries, width × width.
            query: ArcArray2,
            /// Makes keys, width × width.
            key: ArcArray2,
            /// Makes values, width × width.
            value: ArcArray2,
            /// Mixes what the heads have found, width × width.
            output: ArcArray2,
        }
        constants {}
        settings {
            /// The number of heads.
            heads: usize,
        }
    }
}

impl<T: Real> MultiHead<T> {
    /// A layer for vectors of this width, drawn by [`Init::Glorot`] from a generator with this seed.
    ///
    /// # Panics
    /// Where the heads do not divide the width.
    #[track_caller]
    pub fn new(width: usize, heads: usize, seed: u64) -> Self {
        assert!(
            heads > 0 && width.is_multiple_of(heads),
            "MultiHead: {heads} heads do not divide the width {width}"
        );
        let mut random = fastrand::Rng::with_seed(seed);
        let mut draw = || Init::Glorot.weight((width, width), [width, width], &mut random);
        Self {
            query: draw(),
            key: draw(),
            value: draw(),
            output: draw(),
            heads,
        }
    }
}

impl<V: ArrayValue> MultiHeadOn<V> {
    /// What the places of `x` (batch × n × width) find at those of `context` (batch × m × width; for self-attention the same);
    /// the weights are batch × heads × n × m, to which `mask` is broadcast.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use wengert::{grad::Tree, nn::MultiHead};
    /// let tape = wengert::Tape::new();
    /// let layer = MultiHead::new(6, 2, 1).on(&tape);
    /// let x = tape.constant(&Array3::<f64>::ones((5, 4, 6)));
    /// let seen = layer.forward(&x, &x, None);
    /// assert_eq!((seen.output.shape(), seen.weights.shape()), (&[5, 4, 6][..], &[5, 2, 4, 4][..]));
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not fit.
    #[track_caller]
    pub fn forward(&self, x: &Term<V>, context: &Term<V>, mask: Option<&Term<V>>) -> Attention<V> {
        let found = attention(
            &self.split(&x.matmul(&self.query)),
            &self.split(&context.matmul(&self.key)),
            &self.split(&context.matmul(&self.value)),
            mask,
        );
        let output = found
            .output
            .permute([0, 2, 1, 3])
            .reshape(x.shape())
            .matmul(&self.output);
        Attention { output, ..found }
    }

    /// batch × n × width as batch × heads × n × part.
    #[track_caller]
    fn split(&self, x: &Term<V>) -> Term<V> {
        let &[batch, n, width] = x.shape() else {
            panic!(
                "MultiHead: the shape {:?} is not batch × places × width",
                x.shape()
            );
        };
        x.reshape([batch, n, self.heads, width / self.heads])
            .permute([0, 2, 1, 3])
    }
}
