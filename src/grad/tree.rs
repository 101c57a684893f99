//! Parameter trees: what a function of functions takes a gradient at.

use crate::dense::Storage;
use crate::found::Found;
use crate::ops::pointwise::Link;
use crate::ops::{Term, Value};
use crate::seeds::Seeds;
use crate::{Backward, Forward, Gradients, Real, RecordedGradients, Tangents, Tape, Tensor, Var};
use ndarray::{ArrayBase, ArrayViewD, ArrayViewMutD, DataMut, Dimension, RawDataClone};
use std::borrow::BorrowMut;

/// A point at which functions are differentiated: numbers and arrays in any arrangement.
///
/// Numbers, `ndarray` arrays, slices, arrays, `Vec`s and tuples of trees are trees; for a struct see
/// [`parameters!`](crate::parameters). Handles are trees too: a gradient at handles is recorded.
pub trait Tree<'t>: ToOwned<Owned: BorrowMut<Self>> {
    /// The element type, `f32` or `f64`.
    type Elem: Real;
    /// The same arrangement of handles, which closures are given.
    type On: Clone;
    /// The sweep that gradients are read from: plain for numbers, recorded for handles.
    type Sweep: Sweep<'t, Self::Elem>;

    /// Puts the point on a tape, its numbers as variables.
    fn on(&self, tape: &'t Tape<Self::Elem>) -> Self::On;

    /// Replaces each number by what a sweep has found at its handle.
    fn read(&mut self, on: &Self::On, sweep: &Self::Sweep);

    /// Seeds each handle with the tangent that stands in its place here.
    fn seed<'s>(&self, on: &Self::On, forward: Forward<'s, Self::Elem>) -> Forward<'s, Self::Elem>;

    /// Calls `f` with each handle.
    fn leaves(on: &Self::On, f: &mut dyn FnMut(Leaf<'t, Self::Elem>));

    /// Calls `f` with the path to each handle from here, `at` in front: `[0]`, `.1`, `.bias`. Messages show it.
    fn paths(on: &Self::On, at: &str, f: &mut dyn FnMut(String)) {
        Self::leaves(on, &mut |_| f(at.to_owned()));
    }
}

/// A backward sweep from a scalar, plain ([`Gradients`]) or recorded ([`RecordedGradients`]).
pub trait Sweep<'t, T: Real>: Sized {
    /// The form of the scalar's value: a number, or the handle itself.
    type Scalar;
    /// Runs the sweep.
    #[track_caller]
    fn of(loss: Var<'t, T>) -> Self;
    /// The value of a scalar.
    fn value(loss: Var<'t, T>) -> Self::Scalar;
}

impl<'t, T: Real> Sweep<'t, T> for Gradients<T> {
    type Scalar = T;
    #[track_caller]
    fn of(loss: Var<'t, T>) -> Self {
        loss.backward()
    }
    fn value(loss: Var<'t, T>) -> T {
        loss.value()
    }
}

impl<'t, T: Real> Sweep<'t, T> for RecordedGradients<'t, T> {
    type Scalar = Var<'t, T>;
    #[track_caller]
    fn of(loss: Var<'t, T>) -> Self {
        loss.backward_recorded()
    }
    fn value(loss: Var<'t, T>) -> Var<'t, T> {
        loss
    }
}

/// A handle of a tree.
#[derive(Clone, Copy)]
pub enum Leaf<'t, T: Real> {
    /// A scalar.
    Var(Var<'t, T>),
    /// An array.
    Tensor(Tensor<'t, T>),
}

impl<'t, T: Real> Leaf<'t, T> {
    /// This leaf with the number of each of its elements.
    pub(crate) fn elements(self) -> impl Iterator<Item = (Self, usize)> + use<'t, T> {
        let n = match self {
            Self::Var(_) => 1,
            Self::Tensor(x) => x.value().len(),
        };
        (0..n).map(move |k| (self, k))
    }

    /// Whether this is on this tape, or a constant.
    pub(crate) fn is_on(self, tape: &Tape<T>) -> bool {
        match self {
            Self::Var(x) => x.0.tape.is_none_or(|own| std::ptr::eq(own, tape)),
            Self::Tensor(x) => std::ptr::eq(x.0.tape, tape),
        }
    }

    /// The id of a scalar on a tape.
    pub(super) fn scalar(self) -> Option<u32> {
        match self {
            Self::Var(x) => x.0.tape.map(|_| x.0.id),
            Self::Tensor(_) => None,
        }
    }

    pub(crate) fn gradient(self, gradients: &Gradients<T>, out: &mut Vec<T>) {
        self.found(&gradients.0, out);
    }

    pub(crate) fn tangent(self, tangents: &Tangents<T>, out: &mut Vec<T>) {
        self.found(&tangents.0, out);
    }

    fn found(self, found: &Found<T>, out: &mut Vec<T>) {
        match self {
            Self::Var(x) => out.push(found.scalar_or_zero(x)),
            Self::Tensor(x) => {
                let (start, shape) = (out.len(), x.value().raw_dim());
                out.resize(start + shape.size(), T::zero());
                let part = ArrayViewMutD::from_shape(shape, &mut out[start..]);
                found.write_or_zero(x, part.expect("a place for each element"));
            }
        }
    }

    /// Takes this leaf's numbers from the front of a list, as the seed of a sweep.
    pub(super) fn seed_from(self, numbers: &mut &[T], seeds: &mut Seeds<'_, T>) {
        match self {
            Self::Var(x) => {
                let (own, rest) = numbers.split_at(1);
                *numbers = rest;
                seeds.scalar(x, own[0]);
            }
            Self::Tensor(x) => {
                let (own, rest) = numbers.split_at(x.value().len());
                *numbers = rest;
                let own = ArrayViewD::from_shape(x.value().raw_dim(), own);
                seeds.array(x, &own.expect("a number for each element"));
            }
        }
    }

    /// Seeds element `k` with 1, and no other.
    pub(super) fn seed_forward(self, k: usize, mut forward: Forward<'_, T>) -> Forward<'_, T> {
        self.seed(k, &mut forward.0);
        forward
    }

    pub(super) fn seed_backward(self, k: usize, mut backward: Backward<'_, T>) -> Backward<'_, T> {
        self.seed(k, &mut backward.0);
        backward
    }

    fn seed(self, k: usize, seeds: &mut Seeds<'_, T>) {
        match self {
            Self::Var(x) if !x.is_tracked() => {}
            Self::Var(x) => seeds.scalar(x, T::one()),
            Self::Tensor(x) => seeds.element(x, k),
        }
    }
}

macro_rules! number {
    ($($t:ident)*) => {$(
        impl<'t> Tree<'t> for $t {
            type Elem = $t;
            type On = Var<'t, $t>;
            type Sweep = Gradients<$t>;

            fn on(&self, tape: &'t Tape<$t>) -> Var<'t, $t> {
                tape.var(*self)
            }
            fn read(&mut self, on: &Var<'t, $t>, sweep: &Gradients<$t>) {
                *self = sweep.0.scalar_or_zero(*on);
            }
            fn seed<'s>(&self, on: &Var<'t, $t>, forward: Forward<'s, $t>) -> Forward<'s, $t> {
                forward.seed(*on, *self)
            }
            fn leaves(on: &Var<'t, $t>, f: &mut dyn FnMut(Leaf<'t, $t>)) {
                f(Leaf::Var(*on));
            }
        }
    )*};
}

number!(f32 f64);

impl<'t, T, S, D> Tree<'t> for ArrayBase<S, D>
where
    T: Real,
    S: Storage<Elem = T> + DataMut + RawDataClone,
    D: Dimension,
{
    type Elem = T;
    type On = Tensor<'t, T>;
    type Sweep = Gradients<T>;

    #[track_caller]
    fn on(&self, tape: &'t Tape<T>) -> Tensor<'t, T> {
        tape.tensor(self)
    }
    fn read(&mut self, on: &Tensor<'t, T>, sweep: &Gradients<T>) {
        sweep.0.write_or_zero(*on, self.view_mut().into_dyn());
    }
    #[track_caller]
    fn seed<'s>(&self, on: &Tensor<'t, T>, forward: Forward<'s, T>) -> Forward<'s, T> {
        forward.seed_array(*on, self)
    }
    fn leaves(on: &Tensor<'t, T>, f: &mut dyn FnMut(Leaf<'t, T>)) {
        f(Leaf::Tensor(*on));
    }
}

/// A new handle with the same value, of which the old one is the past: an inner gradient is one in its own variable, whatever
/// else the closure captures.
impl<'t, T: Real> Tree<'t> for Var<'t, T> {
    type Elem = T;
    type On = Self;
    type Sweep = RecordedGradients<'t, T>;

    #[track_caller]
    fn on(&self, tape: &'t Tape<T>) -> Self {
        self.0.expect_tape(tape, "grad");
        match self.is_tracked() {
            true => Term(self.0.binary::<Link>(&self.0)),
            false => tape.var(self.value()),
        }
    }
    fn read(&mut self, on: &Self, sweep: &RecordedGradients<'t, T>) {
        *self = sweep.get(*on).unwrap_or_else(|| Self::from(T::zero()));
    }
    fn seed<'s>(&self, on: &Self, forward: Forward<'s, T>) -> Forward<'s, T> {
        forward.seed(*on, self.value())
    }
    fn leaves(on: &Self, f: &mut dyn FnMut(Leaf<'t, T>)) {
        f(Leaf::Var(*on));
    }
}

impl<'t, T: Real> Tree<'t> for Tensor<'t, T> {
    type Elem = T;
    type On = Self;
    type Sweep = RecordedGradients<'t, T>;

    #[track_caller]
    fn on(&self, tape: &'t Tape<T>) -> Self {
        assert!(
            std::ptr::eq(tape, self.0.tape),
            "grad: the point is on another tape"
        );
        match self.0.node.active {
            true => Term(self.0.binary::<Link>(&self.0)),
            false => tape.enter(self.0.node.value().clone(), true),
        }
    }
    fn read(&mut self, on: &Self, sweep: &RecordedGradients<'t, T>) {
        *self = sweep.get(*on).unwrap_or_else(|| self.zeros());
    }
    fn seed<'s>(&self, on: &Self, forward: Forward<'s, T>) -> Forward<'s, T> {
        forward.seed_array(*on, &self.value())
    }
    fn leaves(on: &Self, f: &mut dyn FnMut(Leaf<'t, T>)) {
        f(Leaf::Tensor(*on));
    }
}

/// What holds any number of trees of one type.
macro_rules! sequence {
    ([$($generics:tt)*] $Seq:ty, $On:ty, $x:ident, $tape:ident => $enter:expr) => {
        impl<'t, X: Tree<'t> + Clone, $($generics)*> Tree<'t> for $Seq {
            type Elem = X::Elem;
            type On = $On;
            type Sweep = X::Sweep;

            #[track_caller]
            fn on(&self, $tape: &'t Tape<X::Elem>) -> $On {
                let $x = self;
                $enter
            }
            fn read(&mut self, on: &$On, sweep: &X::Sweep) {
                self.iter_mut().zip(on).for_each(|(x, on)| x.read(on, sweep));
            }
            #[track_caller]
            fn seed<'s>(&self, on: &$On, forward: Forward<'s, X::Elem>) -> Forward<'s, X::Elem> {
                assert!(self.len() == on.len(), "seed: {} tangents for {} inputs", self.len(), on.len());
                self.iter().zip(on).fold(forward, |forward, (x, on)| x.seed(on, forward))
            }
            fn leaves(on: &$On, f: &mut dyn FnMut(Leaf<'t, X::Elem>)) {
                on.iter().for_each(|on| X::leaves(on, f));
            }
            fn paths(on: &$On, at: &str, f: &mut dyn FnMut(String)) {
                on.iter().enumerate().for_each(|(i, on)| X::paths(on, &format!("{at}[{i}]"), f));
            }
        }
    };
}

sequence!([] [X], Vec<X::On>, x, tape => x.iter().map(|x| x.on(tape)).collect());
sequence!([] Vec<X>, Vec<X::On>, x, tape => x.iter().map(|x| x.on(tape)).collect());
sequence!([const N: usize] [X; N], [X::On; N], x, tape => x.each_ref().map(|x| x.on(tape)));

macro_rules! tuple {
    ($A:ident $a:tt $(, $B:ident $b:tt)*) => {
        impl<'t, $A, $($B),*> Tree<'t> for ($A, $($B,)*)
        where
            $A: Tree<'t> + Clone,
            $($B: Tree<'t, Elem = $A::Elem, Sweep = $A::Sweep> + Clone),*
        {
            type Elem = $A::Elem;
            type On = ($A::On, $($B::On,)*);
            type Sweep = $A::Sweep;

            #[track_caller]
            fn on(&self, tape: &'t Tape<$A::Elem>) -> Self::On {
                (self.$a.on(tape), $(self.$b.on(tape),)*)
            }
            fn read(&mut self, on: &Self::On, sweep: &$A::Sweep) {
                self.$a.read(&on.$a, sweep);
                $(self.$b.read(&on.$b, sweep);)*
            }
            #[track_caller]
            fn seed<'s>(&self, on: &Self::On, forward: Forward<'s, $A::Elem>) -> Forward<'s, $A::Elem> {
                let forward = self.$a.seed(&on.$a, forward);
                $(let forward = self.$b.seed(&on.$b, forward);)*
                forward
            }
            fn leaves(on: &Self::On, f: &mut dyn FnMut(Leaf<'t, $A::Elem>)) {
                $A::leaves(&on.$a, f);
                $($B::leaves(&on.$b, f);)*
            }
            fn paths(on: &Self::On, at: &str, f: &mut dyn FnMut(String)) {
                $A::paths(&on.$a, &format!(concat!("{}.", stringify!($a)), at), f);
                $($B::paths(&on.$b, &format!(concat!("{}.", stringify!($b)), at), f);)*
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

/// Declares a struct of parameters and the struct of its handles, so that the gradient of the one is one of the same type.
///
/// Fields are [`Tree`](crate::grad::Tree)s of one element type, declared first; the struct must be `Clone`.
///
/// ```
/// use ndarray::{Array1, Array2, arr1, arr2};
/// use wengert::{Tape, grad::grad, parameters};
///
/// parameters! { #[derive(Clone)] struct Head of HeadOn: f64 { gain: f64 } }
/// parameters! { #[derive(Clone)] struct Model of ModelOn: f64 { w: Array2<f64>, b: Array1<f64>, scale: f64, head: Head } }
///
/// let model = Model { w: arr2(&[[1.0, 2.0]]), b: arr1(&[0.5]), scale: 2.0, head: Head { gain: 3.0 } };
/// let tape = Tape::new();
/// let gradient: Model = grad(&tape, |m| (m.w * m.scale + m.b).sum() * m.head.gain, &model);
/// assert_eq!(gradient.w, arr2(&[[6.0, 6.0]]));
/// assert_eq!(gradient.b, arr1(&[6.0]));
/// assert_eq!(gradient.scale, 9.0);
/// assert_eq!(gradient.head.gain, 7.0);
/// ```
#[macro_export]
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident of $On:ident : $T:ty {
            $($(#[$fmeta:meta])* $fvis:vis $field:ident : $Field:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $Name {
            $($(#[$fmeta])* $fvis $field: $Field),*
        }

        #[doc = concat!("The handles of a [`", stringify!($Name), "`] on a tape.")]
        #[derive(Clone)]
        $vis struct $On<'t> {
            $($(#[$fmeta])* $fvis $field: <$Field as $crate::grad::Tree<'t>>::On),*
        }

        impl<'t> $crate::grad::Tree<'t> for $Name {
            type Elem = $T;
            type On = $On<'t>;
            type Sweep = $crate::Gradients<$T>;

            fn on(&self, tape: &'t $crate::Tape<$T>) -> $On<'t> {
                $On { $($field: $crate::grad::Tree::on(&self.$field, tape)),* }
            }
            fn read(&mut self, on: &$On<'t>, sweep: &$crate::Gradients<$T>) {
                $($crate::grad::Tree::read(&mut self.$field, &on.$field, sweep);)*
            }
            fn seed<'s>(&self, on: &$On<'t>, forward: $crate::Forward<'s, $T>) -> $crate::Forward<'s, $T> {
                $(let forward = $crate::grad::Tree::seed(&self.$field, &on.$field, forward);)*
                forward
            }
            fn leaves(on: &$On<'t>, f: &mut dyn FnMut($crate::grad::Leaf<'t, $T>)) {
                $(<$Field as $crate::grad::Tree<'t>>::leaves(&on.$field, f);)*
            }
            fn paths(on: &$On<'t>, at: &str, f: &mut dyn FnMut(String)) {
                $(<$Field as $crate::grad::Tree<'t>>::paths(&on.$field, &format!(concat!("{}.", stringify!($field)), at), f);)*
            }
        }
    };
}
