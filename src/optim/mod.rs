//! Optimisers: they turn gradients into better parameters.
//!
//! An optimiser sees plain arrays, parameters θ and gradients g = ∂C/∂θ, and knows neither tape nor
//! model; whoever computed the gradient, by whatever means, may call it. Every optimiser here works
//! element by element and is two or three lines of arithmetic, stated in the documentation of its type:
//!
//! | type | update of one element | state per element |
//! |---|---|---|
//! | [`Sgd`] | θ ← θ − η·g | none; one number with momentum |
//! | [`Adam`] | θ ← θ − η·m̂ / (√v̂ + ε) | two numbers |
//! | [`AdamW`] | θ ← (1 − η·λ)·θ, then as [`Adam`] | two numbers |
//!
//! A [`Schedule`] says which learning rate η a step should use.
//!
//! ```
//! use ndarray::array;
//! use wengert::optim::{Optimizer, Sgd};
//!
//! // C(x) = x₀² + 5 x₁² has the gradient (2 x₀, 10 x₁) and its minimum at the origin.
//! let mut x = array![3.0, -2.0].into_dyn();
//! let mut optimizer = Sgd::new(0.05).momentum(0.5);
//! for _ in 0..200 {
//!     let gradient = &x * &array![2.0, 10.0];
//!     optimizer.step([(x.view_mut(), gradient.view())]);
//! }
//! assert!(x.iter().all(|x: &f64| x.abs() < 1e-9));
//! ```
//!
//! # Which optimiser, decided at run time
//!
//! `Box<dyn Optimizer<T>>` is itself an [`Optimizer`]:
//!
//! ```
//! use ndarray::array;
//! use wengert::optim::{Adam, Optimizer, Sgd};
//!
//! fn choose(name: &str) -> Box<dyn Optimizer<f64>> {
//!     match name {
//!         "sgd" => Box::new(Sgd::new(0.1)),
//!         _ => Box::new(Adam::new(1e-3)),
//!     }
//! }
//! let (mut x, gradient) = (array![1.0].into_dyn(), array![2.0].into_dyn());
//! choose("sgd").step([(x.view_mut(), gradient.view())]);
//! assert_eq!(x, array![0.8].into_dyn());
//! ```
//!
//! # Cost
//!
//! One pass over parameter, gradient and state. Where all three are contiguous that pass is a loop over
//! slices, which the compiler vectorises; other layouts go through ndarray's `Zip`. The first step
//! allocates the state; later ones allocate nothing (for arrays of up to four axes, whose shapes ndarray
//! keeps inline). The state of one element lies together, `[m, v]`, rather than in an array of m and an
//! array of v: one loop then serves every optimiser, and the speed measured the same.
//!
//! # Not-a-numbers
//!
//! Nothing is checked by value: a NaN in a gradient becomes a NaN in the parameter and stays in the
//! state, where it is seen. An optimiser that skipped it would hide the fault.

mod adam;
mod schedule;
mod sgd;
#[cfg(test)]
mod tests;

pub use adam::{Adam, AdamW};
pub use schedule::Schedule;
pub use sgd::Sgd;

use crate::Real;
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Dimension, IxDyn, Zip};

/// One parameter array θ and its gradient ∂C/∂θ, of the same shape.
pub type Pair<'a, T> = (ArrayViewMutD<'a, T>, ArrayViewD<'a, T>);

/// A rule that moves parameters along their gradients, towards a smaller cost.
///
/// Call [`step`](Self::step) with all parameters and gradients, once per update. To write an optimiser of
/// your own, keep a [`Slots`] in it, hand that out in [`slots`](Self::slots), and put the arithmetic in
/// [`update`](Self::update):
///
/// ```
/// use ndarray::{ArrayViewD, ArrayViewMutD, array};
/// use wengert::optim::{Optimizer, Slots};
///
/// /// θ ← θ − η·sign(g)
/// struct SignDescent { rate: f64, slots: Slots<f64> }
///
/// impl Optimizer<f64> for SignDescent {
///     fn learning_rate(&self) -> f64 { self.rate }
///     fn set_learning_rate(&mut self, rate: f64) { self.rate = rate }
///     fn slots(&mut self) -> &mut Slots<f64> { &mut self.slots }
///     fn update(&mut self, _: usize, mut parameter: ArrayViewMutD<f64>, gradient: ArrayViewD<f64>) {
///         parameter.zip_mut_with(&gradient, |p, g| *p -= self.rate * g.signum());
///     }
/// }
///
/// let mut x = array![1.0, 1.0].into_dyn();
/// let g = array![40.0, -0.3].into_dyn();
/// let mut optimizer = SignDescent { rate: 0.25, slots: Slots::new() };
/// optimizer.step([(x.view_mut(), g.view())]);
/// assert_eq!(x, array![0.75, 1.25].into_dyn());
/// ```
pub trait Optimizer<T: Real> {
    /// The learning rate η: how far a step goes, in units of parameter per unit of the update's
    /// direction.
    fn learning_rate(&self) -> T;

    /// Sets the learning rate of the steps to come, as a [`Schedule`] asks for.
    ///
    /// # Panics
    /// The optimisers of this crate panic if `rate` is negative or not finite.
    fn set_learning_rate(&mut self, rate: T);

    /// What the optimiser remembers of the list of parameters. Called by [`step`](Self::step).
    fn slots(&mut self) -> &mut Slots<T>;

    /// Updates parameter number `slot` of the list. Called by [`step`](Self::step), which has checked the
    /// shapes, with slots 0, 1, 2, … in this order.
    fn update(&mut self, slot: usize, parameter: ArrayViewMutD<'_, T>, gradient: ArrayViewD<'_, T>);

    /// One step: updates every parameter from its gradient.
    ///
    /// `pairs` must yield the same parameters in the same order every time, because their states are
    /// told apart by their place in the list.
    ///
    /// # Panics
    /// Panics, before anything is changed, if a gradient's shape is not its parameter's, or if the number
    /// of parameters or the shape of one differs from the first step.
    #[track_caller]
    fn step<'a>(&mut self, pairs: impl IntoIterator<Item = Pair<'a, T>>)
    where
        Self: Sized,
    {
        let mut list = recycle(std::mem::take(&mut self.slots().list));
        list.extend(pairs);
        self.slots().admit(&list);
        for (slot, (parameter, gradient)) in list.drain(..).enumerate() {
            self.update(slot, parameter, gradient);
        }
        self.slots().list = recycle(list);
    }
}

impl<T: Real, O: Optimizer<T> + ?Sized> Optimizer<T> for Box<O> {
    fn learning_rate(&self) -> T {
        (**self).learning_rate()
    }

    fn set_learning_rate(&mut self, rate: T) {
        (**self).set_learning_rate(rate);
    }

    fn slots(&mut self) -> &mut Slots<T> {
        (**self).slots()
    }

    fn update(&mut self, slot: usize, parameter: ArrayViewMutD<'_, T>, gradient: ArrayViewD<'_, T>) {
        (**self).update(slot, parameter, gradient);
    }
}

/// The list of parameters an optimiser serves: their number and shapes, fixed by the first step, and the
/// number of steps.
///
/// ```
/// use ndarray::array;
/// use wengert::optim::{Optimizer, Sgd};
///
/// let (mut x, gradient) = (array![1.0].into_dyn(), array![2.0].into_dyn());
/// let mut optimizer = Sgd::new(0.1);
/// optimizer.step([(x.view_mut(), gradient.view())]);
/// assert_eq!(optimizer.slots().steps(), 1);
/// ```
#[derive(Debug)]
pub struct Slots<T: Real> {
    shapes: Vec<IxDyn>,
    steps: usize,
    /// Empty between steps; kept for its memory.
    list: Vec<Pair<'static, T>>,
}

impl<T: Real> Slots<T> {
    /// An empty list, which the first step fills.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shapes: Vec::new(),
            steps: 0,
            list: Vec::new(),
        }
    }

    /// The number of steps begun: 0 at first, and t = 1, 2, … while step t runs.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Begins a step over `pairs`, or panics if they are not what the first step saw.
    #[track_caller]
    fn admit(&mut self, pairs: &[Pair<'_, T>]) {
        for (slot, (parameter, gradient)) in pairs.iter().enumerate() {
            let (p, g) = (parameter.shape(), gradient.shape());
            assert!(
                p == g,
                "optimiser: parameter {slot} has shape {p:?}, its gradient {g:?}"
            );
        }
        if self.steps == 0 {
            self.shapes = pairs.iter().map(|(parameter, _)| parameter.raw_dim()).collect();
        }
        let (then, now) = (self.shapes.len(), pairs.len());
        assert!(
            then == now,
            "optimiser: the first step had {then} parameters, this one has {now}"
        );
        for (slot, ((parameter, _), shape)) in pairs.iter().zip(&self.shapes).enumerate() {
            let (then, now) = (shape.slice(), parameter.shape());
            assert!(
                then == now,
                "optimiser: parameter {slot} had shape {then:?} at the first step, now {now:?}"
            );
        }
        self.steps += 1;
    }
}

impl<T: Real> Default for Slots<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Clone for Slots<T> {
    fn clone(&self) -> Self {
        Self {
            shapes: self.shapes.clone(),
            steps: self.steps,
            list: Vec::new(),
        }
    }
}

/// The memory of `list` for a list of another type of the same size: the standard library collects
/// such a map in place.
fn recycle<A, B>(mut list: Vec<A>) -> Vec<B> {
    list.clear();
    list.into_iter()
        .map(|_| unreachable!("the list is empty"))
        .collect()
}

/// Applies `rule(θ, g, state)` to all elements of parameter number `slot`, whose state is `zero` at first.
fn each<T: Copy, S: Copy>(
    states: &mut Vec<ArrayD<S>>,
    (slot, zero): (usize, S),
    mut parameter: ArrayViewMutD<'_, T>,
    gradient: ArrayViewD<'_, T>,
    rule: impl Fn(&mut T, T, &mut S),
) {
    if slot == states.len() {
        states.push(ArrayD::from_elem(parameter.raw_dim(), zero));
    }
    let state = &mut states[slot];
    match (
        parameter.as_slice_mut(),
        gradient.as_slice(),
        state.as_slice_mut(),
    ) {
        (Some(parameter), Some(gradient), Some(state)) => {
            for ((p, &g), s) in parameter.iter_mut().zip(gradient).zip(state) {
                rule(p, g, s);
            }
        }
        _ => Zip::from(parameter)
            .and(gradient)
            .and(state)
            .for_each(|p, &g, s| rule(p, g, s)),
    }
}

/// `x`, if it is finite and not negative.
#[track_caller]
fn not_negative<T: Real>(name: &str, x: T) -> T {
    assert!(
        x.is_finite() && x >= T::zero(),
        "{name} must be finite and not negative, not {x}"
    );
    x
}

/// `x`, if it lies in [0, 1).
#[track_caller]
fn fraction<T: Real>(name: &str, x: T) -> T {
    assert!(
        x >= T::zero() && x < T::one(),
        "{name} must lie in [0, 1), not {x}"
    );
    x
}
