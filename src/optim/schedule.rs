//! Learning rates that change from step to step.

use crate::Real;

/// A learning rate as a function of the step number k = 0, 1, 2, …
///
/// [`at`](Self::at) is a pure function, so that a run may be resumed at any step.
///
/// ```
/// use ndarray::array;
/// use wengert::optim::{Optimizer, Schedule, Sgd};
///
/// let schedule = Schedule::Cosine { peak: 0.1, last: 0.0, warm_up: 10, steps: 100 };
/// let mut optimizer = Sgd::new(0.0);
/// let mut x = array![1.0].into_dyn();
/// for k in 0..100 {
///     optimizer.set_learning_rate(schedule.at(k));
///     let gradient = &x * 2.0;
///     optimizer.step([(x.view_mut(), gradient.view())]);
/// }
/// assert!(x[[0]] < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule<T> {
    /// ηₖ = `rate`
    Constant {
        /// the learning rate η
        rate: T,
    },
    /// ηₖ = `rate`·`factor`^⌊k / `every`⌋: a staircase.
    StepDecay {
        /// η at the start
        rate: T,
        /// what η is multiplied by at each stair, e.g. 0.1
        factor: T,
        /// the length of a stair, in steps, at least 1
        every: usize,
    },
    /// ηₖ = `rate`·`factor`ᵏ
    Exponential {
        /// η at the start
        rate: T,
        /// what η is multiplied by after each step, e.g. 0.999
        factor: T,
    },
    /// A straight rise to `peak`, then half a cosine wave down to `last`:
    ///
    /// ```text
    /// ηₖ = peak·(k + 1)/w                              k < w       w = warm_up
    /// ηₖ = last + (peak − last)·(1 + cos πs)/2         w ≤ k < n   n = steps,  s = (k − w)/(n − w)
    /// ηₖ = last                                        k ≥ n
    ///
    /// peak     ___
    ///         /   ‾\
    ///        /      \
    ///       /        \_
    /// last /           ‾‾‾‾‾‾
    ///      0  w        n        k
    /// ```
    ///
    /// Sources: Loshchilov and Hutter, *SGDR: stochastic gradient descent with warm restarts*
    /// (ICLR 2017), eq. (5); the rise is that of Goyal et al., *Accurate, large minibatch SGD* (2017),
    /// section 2.2.
    Cosine {
        /// η at the end of the rise
        peak: T,
        /// η after the last step, often 0
        last: T,
        /// the number w of steps of the rise, 0 for none
        warm_up: usize,
        /// the number n of all steps, rise included
        steps: usize,
    },
}

impl<T: Real> Schedule<T> {
    /// The learning rate of step number `step`, counted from 0.
    ///
    /// ```
    /// use wengert::optim::Schedule;
    ///
    /// let schedule = Schedule::StepDecay { rate: 1.0, factor: 0.5, every: 10 };
    /// assert_eq!([0, 9, 10, 29].map(|k| schedule.at(k)), [1.0, 1.0, 0.5, 0.25]);
    /// ```
    ///
    /// # Panics
    /// Panics if `every` is 0, or if `warm_up` exceeds `steps`.
    #[track_caller]
    #[must_use]
    pub fn at(&self, step: usize) -> T {
        let float = |k: usize| T::lit(k as f64);
        match *self {
            Self::Constant { rate } => rate,
            Self::StepDecay { rate, factor, every } => {
                assert!(every > 0, "StepDecay: `every` must be at least 1");
                rate * factor.powf(float(step / every))
            }
            Self::Exponential { rate, factor } => rate * factor.powf(float(step)),
            Self::Cosine {
                peak,
                last,
                warm_up,
                steps,
            } => {
                assert!(
                    warm_up <= steps,
                    "Cosine: warm_up = {warm_up} exceeds steps = {steps}"
                );
                if step < warm_up {
                    peak * float(step + 1) / float(warm_up)
                } else if step < steps {
                    let angle = T::lit(std::f64::consts::PI) * float(step - warm_up) / float(steps - warm_up);
                    last + (peak - last) * (T::one() + angle.cos()) / (T::one() + T::one())
                } else {
                    last
                }
            }
        }
    }
}
