//! Gradient descent, with momentum.

use super::{Optimizer, Slots, each, fraction, not_negative};
use crate::Real;
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD};

/// Gradient descent: "stochastic" when the gradient is that of a random batch.
///
/// ```text
/// g ← g + λ·θ                     weight decay
/// v ← μ·v + g                     momentum; v = 0 at first
/// θ ← θ − η·v                     or, with Nesterov's look-ahead, θ ← θ − η·(g + μ·v)
/// ```
///
/// | parameter | meaning | unit | default |
/// |---|---|---|---|
/// | η, [`new`](Self::new) | learning rate, η ≥ 0 | parameter per unit of gradient | – |
/// | μ, [`momentum`](Self::momentum) | share of the velocity v kept from step to step, 0 ≤ μ < 1 | none | 0 |
/// | [`nesterov`](Self::nesterov) | look-ahead; changes nothing while μ = 0 | – | off |
/// | λ, [`weight_decay`](Self::weight_decay) | L2 penalty ½·λ·‖θ‖² added to the cost, λ ≥ 0 | gradient per unit of parameter | 0 |
///
/// Under a constant gradient g the velocity tends to g / (1 − μ): μ = 0.9 makes steps up to ten times as
/// long. Note that η multiplies v as it leaves and not g as it enters, so a change of η acts at once.
///
/// Sources: Polyak, *Some methods of speeding up the convergence of iteration methods* (1964);
/// Sutskever, Martens, Dahl and Hinton, *On the importance of initialization and momentum in deep learning*
/// (ICML 2013), eq. (1)–(4), in the form that PyTorch's `SGD` gives them (with `dampening = 0`).
///
/// ```
/// use ndarray::array;
/// use wengert::optim::{Optimizer, Sgd};
///
/// let mut x = array![1.0].into_dyn();
/// let g = array![2.0].into_dyn();
/// let mut optimizer = Sgd::new(0.125).momentum(0.5);
/// optimizer.step([(x.view_mut(), g.view())]); // v = 2
/// assert_eq!(x[[0]], 0.75);
/// optimizer.step([(x.view_mut(), g.view())]); // v = 0.5·2 + 2 = 3
/// assert_eq!(x[[0]], 0.375);
/// ```
#[derive(Clone, Debug)]
pub struct Sgd<T: Real> {
    rate: T,
    momentum: T,
    nesterov: bool,
    weight_decay: T,
    slots: Slots<T>,
    velocity: Vec<ArrayD<T>>,
}

impl<T: Real> Sgd<T> {
    /// Plain gradient descent, θ ← θ − η·g, with the learning rate η = `rate`.
    ///
    /// # Panics
    /// Panics if `rate` is negative or not finite.
    #[track_caller]
    #[must_use]
    pub fn new(rate: T) -> Self {
        Self {
            rate: not_negative("learning rate", rate),
            momentum: T::zero(),
            nesterov: false,
            weight_decay: T::zero(),
            slots: Slots::new(),
            velocity: Vec::new(),
        }
    }

    /// Sets the momentum μ, often 0.9.
    ///
    /// # Panics
    /// Panics if `momentum` lies outside [0, 1).
    #[track_caller]
    #[must_use]
    pub fn momentum(self, momentum: T) -> Self {
        Self {
            momentum: fraction("momentum", momentum),
            ..self
        }
    }

    /// Turns on Nesterov's look-ahead: the step is θ ← θ − η·(g + μ·v).
    #[must_use]
    pub fn nesterov(self) -> Self {
        Self {
            nesterov: true,
            ..self
        }
    }

    /// Sets the weight decay λ, often 1e-4.
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

impl<T: Real> Optimizer<T> for Sgd<T> {
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

    fn update(&mut self, slot: usize, mut parameter: ArrayViewMutD<'_, T>, gradient: ArrayViewD<'_, T>) {
        let Self {
            rate,
            momentum,
            nesterov,
            weight_decay,
            ..
        } = *self;
        // Without decay θ is not read: 0·∞ is no part of the gradient.
        let decayed = |g, p| {
            if weight_decay > T::zero() {
                g + weight_decay * p
            } else {
                g
            }
        };
        if momentum == T::zero() {
            parameter.zip_mut_with(&gradient, |p, &g| *p -= rate * decayed(g, *p));
        } else {
            each(
                &mut self.velocity,
                (slot, T::zero()),
                parameter,
                gradient,
                |p, g, v| {
                    let g = decayed(g, *p);
                    *v = momentum * *v + g;
                    *p -= rate * if nesterov { g + momentum * *v } else { *v };
                },
            );
        }
    }
}
