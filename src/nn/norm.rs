//! Layer and batch normalisation, composed: `y = γ·(x − μ)/√(σ² + ε) + β`.

use crate::Real;
use crate::ops::{ArrayValue, Lit, Term};
use ndarray::{ArcArray1, ArrayView1, ArrayViewD, Zip};

/// Keeps the quotient finite where all elements are equal.
const EPSILON: f64 = 1e-5;

/// What [`standardize`] returns.
#[derive(Clone)]
pub struct Standardized<V> {
    /// `(x − μ)/√(σ² + ε)`.
    pub y: Term<V>,
    /// μ, the axes kept.
    pub mean: Term<V>,
    /// σ², the mean square of the deviations, the axes kept.
    pub variance: Term<V>,
}

/// Elements over `axes` at mean 0 and variance 1, `y = (x − μ)/√(σ² + ε)`: x̄ = (ȳ − mean ȳ − y·mean(y·ȳ))/√(σ² + ε).
/// Composed.
///
/// ```
/// use ndarray::arr1;
/// use wengert::nn::standardize;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr1(&[1.0, 3.0]));
/// assert_eq!(standardize(&x, [0], 0.0).y.value(), arr1(&[-1.0, 1.0]).into_dyn());
/// ```
///
/// # Panics
/// Where an axis does not exist or is named twice.
#[track_caller]
pub fn standardize<V: ArrayValue>(x: &Term<V>, axes: impl AsRef<[isize]>, eps: f64) -> Standardized<V> {
    let axes = x.axes_of("standardize", axes.as_ref());
    let (y, mean, variance) = x.standardize_over(&axes, eps);
    Standardized { y, mean, variance }
}

layer! {
    /// Layer normalisation over the last axis (J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer normalization*, 2016, eq. 4).
    ///
    /// ```
    /// use ndarray::arr2;
    /// use wengert::{grad::Tree, nn::LayerNorm};
    /// let tape = wengert::Tape::new();
    /// let norm = LayerNorm::new(2).on(&tape);
    /// let y = norm.forward(&tape.constant(&arr2(&[[0.0, 1e6]])));
    /// assert!((y.value()[[0, 1]] - 1.0).abs() < 1e-9);
    /// ```
    pub struct LayerNorm on LayerNormOn {
        parameters {
            /// γ, 1 to begin with.
            gain: ArcArray1,
            /// β, 0 to begin with.
            bias: ArcArray1,
        }
        constants {}
        settings {
            /// ε.
            eps: f64,
        }
    }
}

impl<T: Real> LayerNorm<T> {
    /// A layer for vectors of this length; ε is 1e-5.
    pub fn new(width: usize) -> Self {
        let (gain, bias, eps) = (ArcArray1::ones(width), ArcArray1::zeros(width), EPSILON);
        Self { gain, bias, eps }
    }
}

impl<V: ArrayValue> LayerNormOn<V> {
    /// `y = γ·(x − μ)/√(σ² + ε) + β` along the last axis: x̄ by [`Term::standardize`], γ̄ = Σ (x − μ)/√(σ² + ε)·ȳ and β̄ = Σ ȳ over the other
    /// axes. Composed.
    ///
    /// # Panics
    /// Where the last axis has not the layer's width.
    #[track_caller]
    pub fn forward(&self, x: &Term<V>) -> Term<V> {
        x.standardize([-1], self.eps) * &self.gain + &self.bias
    }
}

layer! {
    /// Batch normalisation of each channel (axis 1) over all other axes (S. Ioffe, C. Szegedy, *Batch normalization*, 2015,
    /// algorithms 1 and 2).
    ///
    /// ```
    /// use ndarray::arr2;
    /// use wengert::{grad::Tree, nn::BatchNorm};
    /// let mut norm = BatchNorm::new(1);
    /// let tape = wengert::Tape::new();
    /// let x = tape.constant(&arr2(&[[1.0], [3.0]]));
    /// let batch = norm.on(&tape).train(&x);
    /// assert!((batch.y.value()[[1, 0]] - 1.0).abs() < 1e-5);
    /// norm.update(batch.mean.value(), batch.variance.value(), 2);
    /// assert_eq!((norm.running_mean[0], norm.running_variance[0]), (0.2, 1.1));
    /// ```
    pub struct BatchNorm on BatchNormOn {
        parameters {
            /// γ, 1 to begin with.
            gain: ArcArray1,
            /// β, 0 to begin with.
            bias: ArcArray1,
        }
        constants {
            /// The mean to expect, for inference.
            running_mean: ArcArray1,
            /// The variance to expect, for inference.
            running_variance: ArcArray1,
        }
        settings {
            /// ε.
            eps: f64,
            /// The weight of a new batch in the running averages.
            momentum: f64,
        }
    }
}

impl<T: Real> BatchNorm<T> {
    /// A layer for so many channels; ε is 1e-5, a batch counts a tenth in the running averages.
    pub fn new(channels: usize) -> Self {
        Self {
            gain: ArcArray1::ones(channels),
            bias: ArcArray1::zeros(channels),
            running_mean: ArcArray1::zeros(channels),
            running_variance: ArcArray1::ones(channels),
            eps: EPSILON,
            momentum: 0.1,
        }
    }

    /// Takes a batch's mean and variance (as [`BatchNormOn::train`] returns them, each channel's over `n` elements) into the
    /// running averages; the variance without bias, n/(n − 1) times as large.
    ///
    /// # Panics
    /// Where there is not one mean and one variance for each channel.
    #[track_caller]
    pub fn update(&mut self, mean: ArrayViewD<'_, T>, variance: ArrayViewD<'_, T>, n: usize) {
        let m = T::lit(self.momentum);
        let unbiased = T::lit(n as f64 / n.saturating_sub(1).max(1) as f64);
        let channels = self.gain.len();
        let average = |running: &mut ArcArray1<T>, batch: ArrayViewD<'_, T>, factor: T| {
            let Ok(batch) = batch.to_shape(channels) else {
                panic!(
                    "update: statistics of the shape {:?} for {channels} channels",
                    batch.shape()
                );
            };
            let batch: ArrayView1<'_, T> = batch.view();
            Zip::from(running)
                .and(batch)
                .for_each(|r, &b| *r += m * (b * factor - *r));
        };
        average(&mut self.running_mean, mean, T::one());
        average(&mut self.running_variance, variance, unbiased);
    }
}

impl<V: ArrayValue> BatchNormOn<V> {
    /// `y = γ·(x − μ)/√(σ² + ε) + β` with the batch's own μ and σ² of each channel: x̄ by [`standardize`], through μ and σ² as
    /// well. Composed. They are returned too, for [`BatchNorm::update`].
    ///
    /// # Panics
    /// Where axis 1 has not the layer's channels.
    #[track_caller]
    pub fn train(&self, x: &Term<V>) -> Standardized<V> {
        let axes: Vec<isize> = (0..x.shape().len() as isize).filter(|&i| i != 1).collect();
        let batch = standardize(x, axes, self.eps);
        let y = batch.y * self.channel(&self.gain, x) + self.channel(&self.bias, x);
        Standardized { y, ..batch }
    }

    /// The same with the running averages for μ and σ², each row by itself: x̄ = γ/√(σ² + ε)·ȳ. Composed.
    ///
    /// # Panics
    /// Where axis 1 has not the layer's channels.
    #[track_caller]
    pub fn infer(&self, x: &Term<V>) -> Term<V> {
        let scale = &self.gain / (&self.running_variance + Lit(self.eps)).sqrt();
        let shift = &self.bias - &self.running_mean * &scale;
        x * self.channel(&scale, x) + self.channel(&shift, x)
    }

    /// A number for each channel, placed along axis 1.
    #[track_caller]
    fn channel(&self, c: &Term<V>, x: &Term<V>) -> Term<V> {
        let mut shape = vec![1; x.shape().len().saturating_sub(1)];
        if let Some(first) = shape.first_mut() {
            *first = c.shape()[0];
        }
        c.reshape(shape)
    }
}
