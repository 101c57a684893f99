//! Adam and AdamW: steps scaled by running averages of the gradient and of its square.

use super::{Optimizer, Slots, each, fraction, not_negative};
use crate::Real;
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD};

/// Adam: a step of about η in every element, whatever the scale of its gradient.
///
/// With t = 1, 2, … the number of the step, and m = v = 0 at first,
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g           running mean of the gradient
/// v ← β₂·v + (1 − β₂)·g²          running mean of its square
/// m̂ = m / (1 − β₁ᵗ)               the weights of a mean must sum to 1, and after t steps
/// v̂ = v / (1 − β₂ᵗ)               from zero they sum to 1 − βᵗ
/// θ ← θ − η·m̂ / (√v̂ + ε)
/// ```
///
/// | parameter | meaning | unit | default |
/// |---|---|---|---|
/// | η, [`new`](Self::new) | learning rate, η ≥ 0: about the length of a step | parameter | – (0.001 is usual) |
/// | β₁, [`betas`](Self::betas) | memory of the mean, 0 ≤ β₁ < 1: about 1/(1 − β₁) steps | none | 0.9 |
/// | β₂, [`betas`](Self::betas) | memory of the mean square, 0 ≤ β₂ < 1 | none | 0.999 |
/// | ε, [`epsilon`](Self::epsilon) | gradient below which steps shrink, ε ≥ 0 | gradient | 1e-8 |
///
/// ε stands outside the root and after the correction of v, as in the paper's algorithm and in PyTorch
/// (TensorFlow adds it to the uncorrected √v). With ε = 0 an element whose gradient is 0 from the first
/// step on becomes 0/0 = NaN. In `f32`, g² overflows above |g| ≈ 1.8e19 and v = ∞ then stops that element
/// for good.
///
/// Source: Kingma and Ba, *Adam: a method for stochastic optimization* (ICLR 2015), algorithm 1.
///
/// ```
/// use ndarray::array;
/// use wengert::optim::{Adam, Optimizer};
///
/// let mut x = array![1.0, 1.0].into_dyn();
/// let g = array![1e-3, -1e6].into_dyn();
/// let mut optimizer = Adam::new(0.25).betas(0.9, 0.999).epsilon(1e-8);
/// optimizer.step([(x.view_mut(), g.view())]);
/// assert!((x[[0]] - 0.75_f64).abs() < 1e-5 && (x[[1]] - 1.25_f64).abs() < 1e-5);
/// ```
#[derive(Clone, Debug)]
pub struct Adam<T: Real> {
    rate: T,
    betas: [T; 2],
    epsilon: T,
    slots: Slots<T>,
    moments: Vec<ArrayD<[T; 2]>>,
}

impl<T: Real> Adam<T> {
    /// Adam with the learning rate η = `rate` and the paper's β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    ///
    /// # Panics
    /// Panics if `rate` is negative or not finite.
    #[track_caller]
    #[must_use]
    pub fn new(rate: T) -> Self {
        Self {
            rate: not_negative("learning rate", rate),
            betas: [T::lit(0.9), T::lit(0.999)],
            epsilon: T::lit(1e-8),
            slots: Slots::new(),
            moments: Vec::new(),
        }
    }

    /// Sets β₁ and β₂.
    ///
    /// # Panics
    /// Panics if one of them lies outside [0, 1).
    #[track_caller]
    #[must_use]
    pub fn betas(self, beta1: T, beta2: T) -> Self {
        Self {
            betas: [fraction("β₁", beta1), fraction("β₂", beta2)],
            ..self
        }
    }

    /// Sets ε.
    ///
    /// # Panics
    /// Panics if `epsilon` is negative or not finite.
    #[track_caller]
    #[must_use]
    pub fn epsilon(self, epsilon: T) -> Self {
        Self {
            epsilon: not_negative("epsilon", epsilon),
            ..self
        }
    }

    /// θ ← `keep`·θ − η·m̂ / (√v̂ + ε)
    fn update_keeping(
        &mut self,
        keep: T,
        slot: usize,
        parameter: ArrayViewMutD<'_, T>,
        gradient: ArrayViewD<'_, T>,
    ) {
        let ([beta1, beta2], epsilon, one) = (self.betas, self.epsilon, T::one());
        // 1 − βᵗ, without the cancellation that β close to 1 would bring.
        let t = T::lit(self.slots.steps() as f64);
        let [c1, c2] = self.betas.map(|beta| -(t * beta.ln()).exp_m1());
        let (rate, scale) = (self.rate / c1, c2.sqrt().recip());
        let zero = [T::zero(); 2];
        each(
            &mut self.moments,
            (slot, zero),
            parameter,
            gradient,
            |p, g, [m, v]| {
                *m = beta1 * *m + (one - beta1) * g;
                *v = beta2 * *v + (one - beta2) * g * g;
                *p = keep * *p - rate * *m / (v.sqrt() * scale + epsilon);
            },
        );
    }
}

impl<T: Real> Optimizer<T> for Adam<T> {
    fn learning_rate(&self) -> T {
        self.rate
    }

    #[track_caller]
    fn set_learning_rate(&mut self, rate: T) {
        self.rate = not_negative("learning rate", rate);
    }

    fn slots(&mut self) -> &mut Slots<T> {
        &mut self.slots
    }

    fn update(&mut self, slot: usize, parameter: ArrayViewMutD<'_, T>, gradient: ArrayViewD<'_, T>) {
        self.update_keeping(T::one(), slot, parameter, gradient);
    }
}

/// Adam with decoupled weight decay: the decay bypasses the scaling by √v̂, so that it shrinks every
/// element at the same pace.
///
/// ```text
/// θ ← (1 − η·λ)·θ − η·m̂ / (√v̂ + ε)     m̂ and v̂ as in Adam, of the gradient without decay
/// ```
///
/// | parameter | meaning | unit | default |
/// |---|---|---|---|
/// | η, β₁, β₂, ε | as in [`Adam`] | | |
/// | λ, [`weight_decay`](Self::weight_decay) | share of θ lost per step and unit of η, λ ≥ 0 | 1 / learning rate | 0.01 |
///
/// As in PyTorch, the decay is proportional to the learning rate at that step; the paper scales both by a
/// schedule but keeps λ apart from η.
///
/// Source: Loshchilov and Hutter, *Decoupled weight decay regularization* (ICLR 2019), algorithm 2.
///
/// ```
/// use ndarray::array;
/// use wengert::optim::{AdamW, Optimizer};
///
/// // No gradient: only the decay is left.
/// let mut x = array![1.0, -100.0].into_dyn();
/// let g = array![0.0, 0.0].into_dyn();
/// AdamW::new(0.5).weight_decay(0.5).step([(x.view_mut(), g.view())]);
/// assert_eq!(x, array![0.75, -75.0].into_dyn());
/// ```
#[derive(Clone, Debug)]
pub struct AdamW<T: Real> {
    adam: Adam<T>,
    weight_decay: T,
}

impl<T: Real> AdamW<T> {
    /// AdamW with the learning rate η = `rate`, Adam's defaults, and λ = 0.01.
    ///
    /// # Panics
    /// Panics if `rate` is negative or not finite.
    #[track_caller]
    #[must_use]
    pub fn new(rate: T) -> Self {
        Self {
            adam: Adam::new(rate),
            weight_decay: T::lit(0.01),
        }
    }

    /// Sets β₁ and β₂.
    ///
    /// # Panics
    /// Panics if one of them lies outside [0, 1).
    #[track_caller]
    #[must_use]
    pub fn betas(self, beta1: T, beta2: T) -> Self {
        Self {
            adam: self.adam.betas(beta1, beta2),
            ..self
        }
    }

    /// Sets ε.
    ///
    /// # Panics
    /// Panics if `epsilon` is negative or not finite.
    #[track_caller]
    #[must_use]
    pub fn epsilon(self, epsilon: T) -> Self {
        Self {
            adam: self.adam.epsilon(epsilon),
            ..self
        }
    }

    /// Sets the weight decay λ.
    ///
    /// # Panics
    /// Panics if `weight_decay` is negative or not finite.
    #[track_caller]
    #[must_use]
    pub fn weight_decay(self, weight_decay: T) -> Self {
        Self {
            weight_decay: not_negative("weight decay", weight_decay),
            ..self
        }
    }
}

impl<T: Real> Optimizer<T> for AdamW<T> {
    fn learning_rate(&self) -> T {
        self.adam.rate
    }

    #[track_caller]
    fn set_learning_rate(&mut self, rate: T) {
        self.adam.set_learning_rate(rate);
    }

    fn slots(&mut self) -> &mut Slots<T> {
        &mut self.adam.slots
    }

    fn update(&mut self, slot: usize, parameter: ArrayViewMutD<'_, T>, gradient: ArrayViewD<'_, T>) {
        let keep = T::one() - self.adam.rate * self.weight_decay;
        self.adam.update_keeping(keep, slot, parameter, gradient);
    }
}
