//! What a backward sweep returns.

use crate::Real;
use crate::dense::Dense;
use crate::dense::pool::Spare;
use crate::sweep::plain::Plain;
use crate::sweep::recorded::{Recorded, linked};
use crate::tape::pinned::Pinned;
use crate::tape::{Reach, Root, ScalarSlot, SpareCotangents, Tape, Tensor, Var, explain};
use ndarray::{ArrayBase, ArrayViewD, Data, Dimension, IxDyn, ShapeBuilder};
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
pub struct Gradients<T: Real = f64> {
    root: Root,
    epoch: u64,
    plain: Plain<T>,
    /// Views that had to be made when they were asked for: see [`Handle::gradient`] of a tensor.
    settled: OnceCell<Pinned<Dense<T>>>,
    zero: [T; 1],
    reach: OnceCell<Reach>,
    spare: (Spare<T>, SpareCotangents<T>),
}

impl<T: Real> Gradients<T> {
    fn new(tape: &Tape<T>, root: Root, plain: Plain<T>) -> Self {
        Self {
            root,
            epoch: tape.epoch(),
            plain,
            settled: OnceCell::new(),
            zero: [T::zero()],
            reach: OnceCell::new(),
            spare: (tape.spare_adjoints().clone(), tape.spare().clone()),
        }
    }

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
            panic!("wrt: {}", handle.explain(self.root));
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
        handle.gradient(self)
    }

    #[track_caller]
    fn check(&self, tape: &Tape<T>, known: bool) {
        check(self.epoch, tape.epoch(), known);
    }

    fn depends_on(&self, tape: &Tape<T>, place: Root) -> bool {
        let reach = self.reach.get_or_init(|| Reach::of(tape, self.root, false));
        reach.contains(place)
    }
}

#[track_caller]
fn check(gradients: u64, tape: u64, known: bool) {
    assert!(
        gradients == tape,
        "these gradients are of another tape, or were computed before it was cleared"
    );
    assert!(
        known,
        "this was recorded after the sweep that computed these gradients"
    );
}

#[cold]
#[track_caller]
fn untracked() -> ! {
    panic!("an untracked constant has no gradient: make it a variable with `Tape::var`");
}

impl<T: Real> Drop for Gradients<T> {
    fn drop(&mut self) {
        self.spare.0.put(std::mem::take(&mut self.plain.adjoints));
        self.spare.1.put(std::mem::take(&mut self.plain.cotangents));
    }
}

impl<T: Real> std::fmt::Debug for Gradients<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gradients")
            .field("of", &self.root)
            .finish_non_exhaustive()
    }
}

/// What a gradient can be asked for: a [`Var`], a [`Tensor`], an array or a slice of `Var`s.
pub trait Handle<T: Real>: Copy {
    /// The form of the gradient.
    type Gradient<'g>
    where
        T: 'g;

    #[doc(hidden)]
    #[track_caller]
    fn gradient(self, gradients: &Gradients<T>) -> Option<Self::Gradient<'_>>;

    #[doc(hidden)]
    fn explain(self, root: Root) -> String;
}

impl<T: Real> Handle<T> for Var<'_, T> {
    type Gradient<'g> = T;

    #[track_caller]
    fn gradient(self, gradients: &Gradients<T>) -> Option<T> {
        let Some(tape) = self.0.tape else { untracked() };
        let adjoint = gradients.plain.adjoints.get(self.0.id as usize);
        gradients.check(tape, adjoint.is_some());
        match adjoint {
            Some(g) if !g.is_none() => Some(*g),
            _ => gradients.depends_on(tape, Root::Scalar(self.0.id)).then(T::zero),
        }
    }

    fn explain(self, root: Root) -> String {
        let place = Root::Scalar(self.0.id);
        self.0
            .tape
            .map_or_else(String::new, |tape| explain(tape, root, place))
    }
}

impl<T: Real> Handle<T> for Tensor<'_, T> {
    type Gradient<'g> = ArrayViewD<'g, T>;

    #[track_caller]
    fn gradient(self, gradients: &Gradients<T>) -> Option<ArrayViewD<'_, T>> {
        let node = self.0.node;
        let cotangent = gradients.plain.cotangents.get(node.id as usize);
        gradients.check(self.0.tape, cotangent.is_some());
        match cotangent {
            // An intermediate that was touched in part: the rest is shown as 0, not as the −0.0 that says so.
            Some(Some(g)) if g.partial => {
                let settled = gradients.settled.get_or_init(Pinned::default);
                return Some(settled.push((&g.value + 0).into_inner()).view());
            }
            Some(Some(g)) => return Some(g.value.0.view()),
            _ => {}
        }
        let shape = node.value.shape();
        gradients.depends_on(self.0.tape, Root::Array(node.id)).then(|| {
            let repeated = IxDyn(&vec![0; shape.len()]);
            let shape = IxDyn(shape).strides(repeated);
            ArrayViewD::from_shape(shape, &gradients.zero).expect("one element, repeated")
        })
    }

    fn explain(self, root: Root) -> String {
        explain(self.0.tape, root, Root::Array(self.0.node.id))
    }
}

impl<'t, T: Real, const N: usize> Handle<T> for [Var<'t, T>; N] {
    type Gradient<'g> = [T; N];

    #[track_caller]
    fn gradient(self, gradients: &Gradients<T>) -> Option<[T; N]> {
        let mut out = [T::zero(); N];
        for (o, x) in out.iter_mut().zip(self) {
            *o = x.gradient(gradients)?;
        }
        Some(out)
    }

    fn explain(self, root: Root) -> String {
        self.as_slice().explain(root)
    }
}

impl<'t, T: Real> Handle<T> for &[Var<'t, T>] {
    type Gradient<'g> = Vec<T>;

    #[track_caller]
    fn gradient(self, gradients: &Gradients<T>) -> Option<Vec<T>> {
        let mut out = Vec::with_capacity(self.len());
        for x in self {
            out.push(x.gradient(gradients)?);
        }
        Some(out)
    }

    fn explain(self, root: Root) -> String {
        let tape = self.iter().find_map(|x| x.0.tape);
        let reach = tape.map(|tape| (Reach::of(tape, root, false), tape));
        let missing = reach.and_then(|(reach, tape)| {
            let places = self.iter().map(|x| Root::Scalar(x.0.id)).enumerate();
            let mut missing = places.filter(|&(_, place)| !reach.contains(place));
            missing.next().map(|(i, place)| (i, explain(tape, root, place)))
        });
        missing.map_or_else(String::new, |(i, text)| format!("element {i}: {text}"))
    }
}

impl<'t, T: Real> Handle<T> for &Vec<Var<'t, T>> {
    type Gradient<'g> = Vec<T>;

    #[track_caller]
    fn gradient(self, gradients: &Gradients<T>) -> Option<Vec<T>> {
        self.as_slice().gradient(gradients)
    }

    fn explain(self, root: Root) -> String {
        self.as_slice().explain(root)
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
            panic!("wrt: {}", handle.explain(self.root));
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
        Gradients::new(tape, Root::Scalar(id), Plain::from_scalar(tape, id))
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
        let plain = Plain::from_array(tape, node.id, seed);
        Gradients::new(tape, Root::Array(node.id), plain)
    }
}
