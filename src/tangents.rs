//! Forward mode: tangents pushed along what is already recorded.

use crate::Real;
use crate::found::{Direction, Found, Handle};
use crate::seeds::Seeds;
use crate::tape::{Tape, Tensor, Var};
use ndarray::{ArrayBase, Data, Dimension};

/// A forward sweep that is being prepared: see [`Tape::forward`].
#[must_use = "nothing happens before `sweep`"]
pub struct Forward<'t, T: Real = f64>(pub(crate) Seeds<'t, T>);

/// The tangents of everything that depends on the seeded variables.
///
/// ```
/// let tape = wengert::Tape::new();
/// let (x, y) = (tape.var(2.0), tape.var(3.0));
/// let z = x * x * y;
/// let tangents = tape.forward().seed(x, 1.0).seed(y, 10.0).sweep();
/// assert_eq!(tangents.of(z), 2.0 * 2.0 * 3.0 + 10.0 * 2.0 * 2.0);
/// ```
pub struct Tangents<T: Real = f64>(pub(crate) Found<T>);

impl<T: Real> Tape<T> {
    /// A forward sweep along the recorded tape: it takes tangents of variables to tangents of results, a
    /// Jacobian-vector product. Over a tape that holds a recorded gradient it gives Hessian-vector products.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// let gradient = x.powi(3).sum().backward_recorded().wrt(x);
    /// let v = arr1(&[1.0, 10.0]);
    /// let hv = tape.forward().seed_array(x, &v).sweep();
    /// assert_eq!(hv.of(gradient), arr1(&[6.0, 120.0]).into_dyn());
    /// ```
    pub fn forward(&self) -> Forward<'_, T> {
        Forward(Seeds::none(self))
    }
}

impl<T: Real> Forward<'_, T> {
    /// Adds `v` to the tangent of a scalar. Variables that are given none have none.
    ///
    /// # Panics
    /// Where `x` is an untracked constant, belongs to another tape, or was recorded after this sweep was prepared.
    #[track_caller]
    pub fn seed(mut self, x: Var<'_, T>, v: T) -> Self {
        self.0.scalar(x, v);
        self
    }

    /// Adds `v`, an array of the same shape, to the tangent of a tensor.
    ///
    /// # Panics
    /// Where the shapes differ, or as [`Forward::seed`].
    #[track_caller]
    pub fn seed_array<S, D>(mut self, x: Tensor<'_, T>, v: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        self.0.array(x, v);
        self
    }

    /// Runs the sweep.
    #[must_use]
    pub fn sweep(self) -> Tangents<T> {
        let Seeds { tape, mut adjoints } = self.0;
        adjoints.forward(tape);
        Tangents(Found::new(tape, Direction::Forward, adjoints))
    }
}

impl<T: Real> Tangents<T> {
    /// The tangent of a result, in the form in which [`Gradients::wrt`](crate::Gradients::wrt) gives a gradient.
    ///
    /// # Panics
    /// Where it depends on no seeded variable: the message says where the path was cut. Use [`Tangents::get`] where that
    /// is expected. Otherwise as [`Gradients::wrt`](crate::Gradients::wrt).
    #[track_caller]
    pub fn of<'g, H: Handle<T>>(&'g self, handle: H) -> H::Gradient<'g> {
        let Some(tangent) = self.get(handle) else {
            panic!("of: {}", handle.explain(self.0.origin()));
        };
        tangent
    }

    /// As [`Tangents::of`], but `None` where it depends on no seeded variable.
    ///
    /// # Panics
    /// As [`Gradients::get`](crate::Gradients::get).
    #[track_caller]
    pub fn get<'g, H: Handle<T>>(&'g self, handle: H) -> Option<H::Gradient<'g>> {
        handle.find(&self.0)
    }
}
