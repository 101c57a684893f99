//! Forward mode: tangents pushed along what is already recorded.

use crate::Real;
use crate::dense::Dense;
use crate::found::{Found, Handle, Origin, untracked};
use crate::tape::{Adjoints, Root, Tape, Tensor, Var};
use ndarray::{ArrayBase, Data, Dimension};
use smallvec::SmallVec;

/// A forward sweep that is being prepared: see [`Tape::forward`].
#[must_use = "nothing happens before `sweep`"]
pub struct Forward<'t, T: Real = f64> {
    tape: &'t Tape<T>,
    seeds: SmallVec<[Root; 4]>,
    adjoints: Adjoints<T>,
}

/// The tangents of everything that depends on the seeded variables.
///
/// ```
/// let tape = wengert::Tape::new();
/// let (x, y) = (tape.var(2.0), tape.var(3.0));
/// let z = x * x * y;
/// let tangents = tape.forward().seed(x, 1.0).seed(y, 10.0).sweep();
/// assert_eq!(tangents.of(z), 2.0 * 2.0 * 3.0 + 10.0 * 2.0 * 2.0);
/// ```
pub struct Tangents<T: Real = f64>(Found<T>);

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
        Forward {
            tape: self,
            seeds: SmallVec::new(),
            adjoints: Adjoints::untouched(self),
        }
    }
}

impl<T: Real> Forward<'_, T> {
    /// Gives a scalar the tangent `v`. Variables that are given none have none.
    ///
    /// # Panics
    /// Where `x` is an untracked constant, belongs to another tape, or was recorded after this sweep was prepared.
    #[track_caller]
    pub fn seed(mut self, x: Var<'_, T>, v: T) -> Self {
        let Some(tape) = x.0.tape else { untracked() };
        let slot = self.adjoints.scalars.get_mut(x.0.id as usize);
        let slot = slot.filter(|_| std::ptr::eq(tape, self.tape));
        let slot = slot.expect("seed: this scalar is not on the tape that is to be swept");
        *slot = v + T::zero();
        self.seeds.push(Root::Scalar(x.0.id));
        self
    }

    /// Gives a tensor the tangent `v`, an array of the same shape.
    ///
    /// # Panics
    /// Where the shapes differ, or as [`Forward::seed`].
    #[track_caller]
    pub fn seed_array<S, D>(mut self, x: Tensor<'_, T>, v: &ArrayBase<S, D>) -> Self
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        let node = x.0.node;
        assert!(
            v.shape() == node.value.shape(),
            "seed: the tangent has the shape {:?}, the tensor {:?}",
            v.shape(),
            node.value.shape()
        );
        assert!(
            std::ptr::eq(x.0.tape, self.tape),
            "seed: this tensor is not on the tape that is to be swept"
        );
        let tangent = Dense::copy_from(Some(self.tape.pool()), v);
        self.adjoints.set(node.id, tangent);
        self.seeds.push(Root::Array(node.id));
        self
    }

    /// Runs the sweep.
    #[must_use]
    pub fn sweep(self) -> Tangents<T> {
        let adjoints = self.adjoints.forward(self.tape);
        Tangents(Found::new(self.tape, Origin::Seeds(self.seeds), adjoints))
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
