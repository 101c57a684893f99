//! What a backward sweep returns.

use crate::Real;
use crate::found::{Direction, Found, Handle, Origin, check, untracked};
use crate::seeds::Seeds;
use crate::sweep::dual::Duals;
use crate::sweep::recorded::{Recorded, linked};
use crate::tangents::Tangents;
use crate::tape::{Reach, Root, ScalarSlot, Tape, Tensor, Var};
use ndarray::{ArrayBase, Data, Dimension};
use std::cell::OnceCell;
use std::panic::Location;

/// The gradient of one result with respect to everything on its tape: inputs and intermediates alike.
///
/// It is a value of its own: nothing is stored on the tape, there is nothing to set to zero, and a second sweep gives the
/// same answer. Its memory goes back to the tape's pool when it is dropped.
///
/// ```
/// let tape = wengert::Tape::new();
/// let (x, y) = (tape.var(2.0), tape.var(3.0));
/// let z = x * y;
/// let gradients = z.sin().backward();
/// assert_eq!(gradients.wrt(z), 6.0_f64.cos());
/// assert_eq!(gradients.wrt([x, y]), [3.0 * 6.0_f64.cos(), 2.0 * 6.0_f64.cos()]);
/// ```
pub struct Gradients<T: Real = f64>(pub(crate) Found<T>);

impl<T: Real> Gradients<T> {
    /// The gradient with respect to a variable or an intermediate: a number for a [`Var`], a view for a [`Tensor`], an array
    /// for an array of `Var`s, a `Vec` for a slice of them.
    ///
    /// # Panics
    /// Where the result does not depend on it: the message says where the path was cut. Use [`Gradients::get`] where that is
    /// expected. Also where it is an untracked constant, was recorded after the sweep, or belongs to another tape or
    /// to the time before a [`Tape::clear`].
    #[inline]
    #[track_caller]
    pub fn wrt<'g, H: Handle<T>>(&'g self, handle: H) -> H::Gradient<'g> {
        let Some(gradient) = self.get(handle) else {
            panic!("wrt: {}", handle.explain(self.0.origin()));
        };
        gradient
    }

    /// As [`Gradients::wrt`], but `None` where the result does not depend on it, or where it is an array that is a constant to
    /// the sweep. Of several handles, `None` where this holds of one.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let (x, y) = (tape.var(2.0), tape.var(3.0));
    /// let gradients = (x * y.detach()).backward();
    /// assert_eq!(gradients.get(x), Some(3.0));
    /// assert_eq!(gradients.get(y), None);
    /// ```
    ///
    /// # Panics
    /// Where it is an untracked constant, was recorded after the sweep, or belongs to another tape or to the time before
    /// a [`Tape::clear`].
    #[inline]
    #[track_caller]
    pub fn get<'g, H: Handle<T>>(&'g self, handle: H) -> Option<H::Gradient<'g>> {
        handle.find(&self.0)
    }
}

impl<T: Real> std::fmt::Debug for Gradients<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gradients")
            .field("origin", &self.0.origin())
            .finish_non_exhaustive()
    }
}

/// The gradient of a scalar as handles on the same tape: differentiate them again, to any order.
///
/// ```
/// let tape = wengert::Tape::new();
/// let x = tape.var(2.0);
/// let first = x.powi(4).backward_recorded().wrt(x); // 4x³
/// let second = first.backward_recorded().wrt(x); // 12x²
/// let third = second.backward().wrt(x); // 24x
/// assert_eq!((first.value(), second.value(), third), (32.0, 48.0, 48.0));
/// ```
pub struct RecordedGradients<'t, T: Real = f64> {
    root: Root,
    tape: &'t Tape<T>,
    recorded: Recorded<'t, T>,
    reach: OnceCell<Reach>,
}

impl<'t, T: Real> RecordedGradients<'t, T> {
    /// The gradient with respect to a variable or an intermediate, as a handle of the same kind. It counts as a function of
    /// that variable also where it does not vary with it: its gradient is then 0, not an error.
    ///
    /// # Panics
    /// As [`Gradients::wrt`].
    #[track_caller]
    pub fn wrt<H: RecordedHandle<'t, T>>(&self, handle: H) -> H {
        let Some(gradient) = self.get(handle) else {
            panic!("wrt: {}", handle.explain(Origin::Results(&[self.root])));
        };
        gradient
    }

    /// As [`RecordedGradients::wrt`], but `None` where [`Gradients::get`] is.
    ///
    /// # Panics
    /// As [`Gradients::get`].
    #[track_caller]
    pub fn get<H: RecordedHandle<'t, T>>(&self, handle: H) -> Option<H> {
        handle.recorded(self)
    }

    fn depends_on(&self, place: Root) -> bool {
        let reach = self
            .reach
            .get_or_init(|| Reach::of(self.tape, &[self.root], false));
        reach.contains(place)
    }
}

impl<T: Real> std::fmt::Debug for RecordedGradients<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("RecordedGradients");
        out.field("of", &self.root).finish_non_exhaustive()
    }
}

/// What a recorded gradient can be asked for: a [`Var`], a [`Tensor`], an array of `Var`s.
pub trait RecordedHandle<'t, T: Real>: Handle<T> {
    #[doc(hidden)]
    #[track_caller]
    fn recorded(self, gradients: &RecordedGradients<'t, T>) -> Option<Self>;
}

impl<'t, T: Real> RecordedHandle<'t, T> for Var<'t, T> {
    #[track_caller]
    fn recorded(self, gradients: &RecordedGradients<'t, T>) -> Option<Self> {
        let Some(tape) = self.0.tape else { untracked() };
        let adjoint = gradients.recorded.adjoints.get(self.0.id as usize);
        check(gradients.tape.epoch(), tape.epoch(), adjoint.is_some());
        let gradient = match adjoint {
            Some(Some(g)) => *g,
            _ if gradients.depends_on(Root::Scalar(self.0.id)) => T::zero().into(),
            _ => return None,
        };
        Some(linked(gradient, self))
    }
}

impl<'t, T: Real> RecordedHandle<'t, T> for Tensor<'t, T> {
    #[track_caller]
    fn recorded(self, gradients: &RecordedGradients<'t, T>) -> Option<Self> {
        let node = self.0.node;
        let cotangent = gradients.recorded.cotangents.get(node.id as usize);
        check(gradients.tape.epoch(), self.0.tape.epoch(), cotangent.is_some());
        if matches!(cotangent, Some(None)) && !node.active {
            return None;
        }
        let gradient = match cotangent {
            Some(Some(g)) if g.partial => &g.value + 0,
            Some(Some(g)) => g.value,
            _ if gradients.depends_on(Root::Array(node.id)) => self.zeros(),
            _ => return None,
        };
        Some(gradient.linked(&self))
    }
}

/// A backward sweep that is being prepared: see [`Tape::backward`].
#[must_use = "nothing happens before `sweep`"]
pub struct Backward<'t, T: Real = f64>(pub(crate) Seeds<'t, T>);

impl<T: Real> Tape<T> {
    /// A backward sweep from several results at once, each with its cotangent: the gradient of their weighted sum.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(3.0);
    /// let (y, z) = (x * x, x.recip());
    /// let gradients = tape.backward().seed(y, 1.0).seed(z, 9.0).sweep();
    /// assert_eq!(gradients.wrt(x), 6.0 - 1.0);
    /// ```
    pub fn backward(&self) -> Backward<'_, T> {
        Backward(Seeds::none(self))
    }
}

impl<T: Real> Backward<'_, T> {
    /// Adds `w` to the cotangent of a scalar.
    ///
    /// # Panics
    /// Where `y` is an untracked constant, belongs to another tape, or was recorded after this sweep was prepared.
    #[track_caller]
    pub fn seed(mut self, y: Var<'_, T>, w: T) -> Self {
        self.0.scalar(y, w);
        self
    }

    /// Adds `w`, an array of the same shape, to the cotangent of a tensor.
    ///
    /// # Panics
    /// Where the shapes differ, or as [`Backward::seed`].
    #[track_caller]
    pub fn seed_array<S, D>(mut self, y: Tensor<'_, T>, w: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        self.0.array(y, w);
        self
    }

    /// Runs the sweep.
    #[must_use]
    pub fn sweep(self) -> Gradients<T> {
        let Seeds { tape, mut adjoints } = self.0;
        adjoints.backward(tape);
        Gradients(Found::new(tape, Direction::Backward, adjoints))
    }
}

impl<'t, T: Real, const N: usize> RecordedHandle<'t, T> for [Var<'t, T>; N] {
    #[track_caller]
    fn recorded(mut self, gradients: &RecordedGradients<'t, T>) -> Option<Self> {
        for x in &mut self {
            *x = x.recorded(gradients)?;
        }
        Some(self)
    }
}

impl<'t, T: Real> Var<'t, T> {
    #[track_caller]
    fn place(&self, name: &str) -> (&'t Tape<T>, u32) {
        let ScalarSlot { tape, id, .. } = self.0;
        let Some(tape) = tape else {
            panic!("{name}: an untracked constant depends on no variable");
        };
        (tape, id)
    }

    /// The gradient of this scalar with respect to everything it was computed from: one backward sweep.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(3.0);
    /// let y = x * x;
    /// assert_eq!(y.backward().wrt(x), 6.0);
    /// ```
    ///
    /// # Panics
    /// Where this is an untracked constant.
    #[inline]
    #[track_caller]
    pub fn backward(&self) -> Gradients<T> {
        let (tape, id) = self.place("backward");
        let mut gradients = Gradients(Found::ready(tape, id)); // where they stay: no copy
        gradients.0.backward(tape, id);
        gradients
    }

    /// The gradient of this scalar, and the derivative of the gradient along the tangents of a forward sweep: with
    /// tangent `v` of `x`, the gradient ∇f and the product H·v of the Hessian with `v`. One backward sweep in dual
    /// numbers; no Hessian is formed and nothing is recorded.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// let y = x.powi(3).sum();
    /// let tangents = tape.forward().seed_array(x, &arr1(&[1.0, 10.0])).sweep();
    /// let (gradients, change) = y.backward_along(&tangents);
    /// assert_eq!(gradients.wrt(x), arr1(&[3.0, 12.0]).into_dyn());
    /// assert_eq!(change.wrt(x), arr1(&[6.0, 120.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where this is an untracked constant, or the tangents are not those of this tape as it stands.
    #[track_caller]
    pub fn backward_along(&self, tangents: &Tangents<T>) -> (Gradients<T>, Gradients<T>) {
        let (tape, id) = self.place("backward_along");
        let known = tangents.0.known();
        let whole =
            known.scalars.len() == tape.scalars().len() as usize && known.arrays.len() == tape.arrays().len();
        assert!(
            tangents.0.epoch() == tape.epoch() && whole,
            "backward_along: the forward sweep ran along another tape, or before this one was recorded to its end"
        );
        let duals = Duals::from_scalar(tape, id, known);
        let found = |adjoints| Gradients(Found::new(tape, Direction::Backward, adjoints));
        (found(duals.adjoints), found(duals.changes))
    }

    /// As `backward`, the sweep itself being recorded: the gradient can be differentiated again.
    ///
    /// # Panics
    /// Where this is an untracked constant.
    #[track_caller]
    pub fn backward_recorded(&self) -> RecordedGradients<'t, T> {
        let (tape, id) = self.place("backward_recorded");
        RecordedGradients {
            root: Root::Scalar(id),
            tape,
            recorded: tape
                .scalars()
                .on_behalf(Location::caller(), || Recorded::run(tape, id)),
            reach: OnceCell::new(),
        }
    }
}

impl<T: Real> Tensor<'_, T> {
    /// The backward sweep from an array, with the cotangent `seed` of the same shape: a vector-Jacobian product.
    ///
    /// A scalar loss is a [`Var`] and has `backward()`; that an array has not is a matter of types.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 2.0]));
    /// let gradients = x.square().backward_with(&arr1(&[1.0, 10.0]));
    /// assert_eq!(gradients.wrt(x), arr1(&[2.0, 40.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the seed has another shape.
    #[track_caller]
    pub fn backward_with<S, D>(&self, seed: &ArrayBase<S, D>) -> Gradients<T>
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        self.0.tape.backward().seed_array(*self, seed).sweep()
    }
}
