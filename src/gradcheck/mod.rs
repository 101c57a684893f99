//! Is this gradient right? A checker for functions of your own, and for ops of your own.
//!
//! ```
//! use ndarray::{arr1, arr2};
//! use wengert::gradcheck::GradCheck;
//! let report = GradCheck::new()
//!     .check(|_, (w, x)| w.matmul(&x).tanh(), &(arr2(&[[0.1, 0.2], [0.3, 0.4]]).into_dyn(), arr1(&[1.0, -2.0]).into_dyn()))
//!     .unwrap();
//! assert!(report.is_complete());
//! ```
mod check;
mod culprit;
mod differences;
mod record;
mod report;

pub use differences::{Reason, central_difference};
pub use report::{Culprit, Fault, Faults, Kind, NotCheckable, Place, Report};

use crate::grad::{Output, Tree};
use crate::tape::pinned::Pinned;
use crate::{Gradients, Real, Tape};

/// A check, with its options.
pub struct GradCheck<T: Real = f64> {
    tapes: Pinned<Tape<T>>,
    options: check::Options,
}

impl<T: Real> Default for GradCheck<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> GradCheck<T> {
    /// A check with the usual options.
    #[must_use]
    pub fn new() -> Self {
        let options = check::Options {
            precision: differences::Precision::of::<T>(),
            order: None,
            directions: 4,
            seed: 1,
            each: 64,
            blame: true,
        };
        Self {
            tapes: Pinned::default(),
            options,
        }
    }

    /// Up to which order derivatives are checked, 1 or 2. Where nothing is said it is 2, but an op that has no rule for the
    /// second order is then no fault: [`Report::omitted`] names it.
    ///
    /// # Panics
    /// Where it is neither 1 nor 2.
    #[must_use]
    #[track_caller]
    pub fn order(mut self, order: usize) -> Self {
        assert!(matches!(order, 1 | 2), "order: {order} is neither 1 nor 2");
        self.options.order = Some(order);
        self
    }

    /// How far a derivative may be from the differences besides their own error, relative to it: 10⁻⁹ for `f64` and 10⁻⁴ for
    /// `f32`, where nothing is said.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.options.precision.tolerance = tolerance;
        self
    }

    /// How many random directions stand for more than 64 inputs, and for more than 64 results; 4 where nothing is said.
    #[must_use]
    pub fn directions(mut self, directions: usize) -> Self {
        self.options.directions = directions;
        self
    }

    /// The seed of all random numbers.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Checks `f` at `x`.
    ///
    /// # Errors
    /// Where a derivative is wrong.
    pub fn check<'t, X, O>(&'t self, f: impl Fn(&'t Tape<T>, X::On) -> O, x: &X) -> Result<Report, Faults>
    where
        X: Tree<'t, Elem = T, Sweep = Gradients<T>> + ?Sized,
        O: Output<'t, Elem = T>,
    {
        let program = record::OfTree::new(&self.tapes, f, x);
        check::run(&program, &program.point(), &self.options)
    }
}
