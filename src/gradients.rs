//! What a backward sweep returns.

use crate::Real;
use crate::dense::Dense;
use crate::found::{Found, Handle, Origin, check, expect_active, untracked};
use crate::sweep::recorded::{Recorded, linked};
use crate::tape::{Adjoints, Reach, Root, ScalarSlot, Tape, Tensor, Var};
use ndarray::{ArrayBase, Data, Dimension};
use std::cell::OnceCell;

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
pub struct Gradients<T: Real = f64>(Found<T>);

impl<T: Real> Gradients<T> {
    /// The gradient with respect to a variable or an intermediate: a number for a [`Var`], a view for a [`Tensor`], an array
    /// for an array of `Var`s, a `Vec` for a slice of them.
    ///
    /// # Panics
    /// Where the result does not depend on it: the message says where the path was cut. Use [`Gradients::get`] where that is
    /// expected. Also where it is an untracked constant, was recorded after the sweep, or belongs to another tape or
    /// to the time before a [`Tape::clear`].
    #[track_caller]
    pub fn wrt<'g, H: Handle<T>>(&'g self, handle: H) -> H::Gradient<'g> {
        let Some(gradient) = self.get(handle) else {
            panic!("wrt: {}", handle.explain(self.0.origin()));
        };
        gradient
    }

    /// As [`Gradients::wrt`], but `None` where the result does not depend on it.
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
    #[track_caller]
    pub fn get<'g, H: Handle<T>>(&'g self, handle: H) -> Option<H::Gradient<'g>> {
        handle.find(&self.0)
    }
}

impl<T: Real> std::fmt::Debug for Gradients<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gradients")
            .field("origin", self.0.origin())
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
            panic!("wrt: {}", handle.explain(&Origin::Result(self.root)));
        };
        gradient
    }

    /// As [`RecordedGradients::wrt`], but `None` where the result does not depend on it.
    ///
    /// # Panics
    /// As [`Gradients::get`].
    #[track_caller]
    pub fn get<H: RecordedHandle<'t, T>>(&self, handle: H) -> Option<H> {
        handle.recorded(self)
    }

    fn depends_on(&self, place: Root) -> bool {
        let reach = self.reach.get_or_init(|| Reach::of(self.tape, self.root, false));
        reach.contains(place)
    }
}

impl<T: Real> std::fmt::Debug for RecordedGradients<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("RecordedGradients");
        out.field("of", &self.root).finish_non_exhaustive()
    }
}

/// What a recorded gradient can be asked for: a [`Var`] or a [`Tensor`].
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
        if matches!(cotangent, Some(None)) {
            expect_active(self);
        }
        let gradient = match cotangent {
            Some(Some(g)) if g.partial => &g.value + 0,
            Some(Some(g)) => g.value,
            _ if gradients.depends_on(Root::Array(node.id)) => {
                let zero = self.constant_like(&ndarray::arr0(T::zero()));
                zero.broadcast_to(node.value.shape())
            }
            _ => return None,
        };
        Some(gradient.linked(&self))
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
    #[track_caller]
    pub fn backward(&self) -> Gradients<T> {
        let (tape, id) = self.place("backward");
        let origin = Origin::Result(Root::Scalar(id));
        Gradients(Found::new(tape, origin, Adjoints::from_scalar(tape, id)))
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
            recorded: Recorded::run(tape, id),
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
        let node = self.0.node;
        assert!(
            seed.shape() == node.value.shape(),
            "backward_with: the seed has the shape {:?}, the tensor {:?}",
            seed.shape(),
            node.value.shape()
        );
        let tape = self.0.tape;
        let seed = Dense::copy_from(Some(tape.pool()), seed);
        let plain = Adjoints::from_array(tape, node.id, seed);
        let origin = Origin::Result(Root::Array(node.id));
        Gradients(Found::new(tape, origin, plain))
    }
}
