//! What a differentiable function returns.

use super::Leaf;
use crate::{Backward, Real, Tangents, Tensor, Var};
use ndarray::ArrayD;

/// Handles that a function returns: a scalar, a tensor, arrays, `Vec`s and tuples of such.
pub trait Output<'t> {
    /// The element type.
    type Elem: Real;
    /// The same arrangement of numbers and arrays.
    type Value;

    /// The values.
    fn value(&self) -> Self::Value;

    /// The tangents that a forward sweep has found; 0 where none came.
    fn tangent(&self, tangents: &Tangents<Self::Elem>) -> Self::Value;

    /// Seeds each handle with its cotangent.
    #[track_caller]
    fn seed<'s>(&self, w: &Self::Value, backward: Backward<'s, Self::Elem>) -> Backward<'s, Self::Elem>;

    /// Calls `f` with each handle.
    fn leaves(&self, f: &mut dyn FnMut(Leaf<'t, Self::Elem>));

    /// Calls `f` with the path to each handle from here, `at` in front: `[0]`, `.1`. Messages show it.
    fn paths(&self, at: &str, f: &mut dyn FnMut(String)) {
        self.leaves(&mut |_| f(at.to_owned()));
    }
}

impl<'t, T: Real> Output<'t> for Var<'t, T> {
    type Elem = T;
    type Value = T;

    fn value(&self) -> T {
        Self::value(self)
    }
    fn tangent(&self, tangents: &Tangents<T>) -> T {
        tangents.0.scalar_or_zero(*self)
    }
    fn seed<'s>(&self, w: &T, backward: Backward<'s, T>) -> Backward<'s, T> {
        match self.is_tracked() {
            true => backward.seed(*self, *w),
            false => backward,
        }
    }
    fn leaves(&self, f: &mut dyn FnMut(Leaf<'t, T>)) {
        f(Leaf::Var(*self));
    }
}

impl<'t, T: Real> Output<'t> for Tensor<'t, T> {
    type Elem = T;
    type Value = ArrayD<T>;

    fn value(&self) -> ArrayD<T> {
        Self::value(self).to_owned()
    }
    fn tangent(&self, tangents: &Tangents<T>) -> ArrayD<T> {
        let mut tangent = ArrayD::zeros(Self::value(self).raw_dim());
        tangents.0.write_or_zero(*self, tangent.view_mut());
        tangent
    }
    #[track_caller]
    fn seed<'s>(&self, w: &ArrayD<T>, backward: Backward<'s, T>) -> Backward<'s, T> {
        backward.seed_array(*self, w)
    }
    fn leaves(&self, f: &mut dyn FnMut(Leaf<'t, T>)) {
        f(Leaf::Tensor(*self));
    }
}

impl<'t, O: Output<'t>, const N: usize> Output<'t> for [O; N] {
    type Elem = O::Elem;
    type Value = [O::Value; N];

    fn value(&self) -> Self::Value {
        self.each_ref().map(O::value)
    }
    fn tangent(&self, tangents: &Tangents<O::Elem>) -> Self::Value {
        self.each_ref().map(|y| y.tangent(tangents))
    }
    #[track_caller]
    fn seed<'s>(&self, w: &Self::Value, backward: Backward<'s, O::Elem>) -> Backward<'s, O::Elem> {
        self.iter().zip(w).fold(backward, |b, (y, w)| y.seed(w, b))
    }
    fn leaves(&self, f: &mut dyn FnMut(Leaf<'t, O::Elem>)) {
        self.iter().for_each(|y| y.leaves(f));
    }
    fn paths(&self, at: &str, f: &mut dyn FnMut(String)) {
        self.iter()
            .enumerate()
            .for_each(|(i, y)| y.paths(&format!("{at}[{i}]"), f));
    }
}

impl<'t, O: Output<'t>> Output<'t> for Vec<O> {
    type Elem = O::Elem;
    type Value = Vec<O::Value>;

    fn value(&self) -> Self::Value {
        self.iter().map(O::value).collect()
    }
    fn tangent(&self, tangents: &Tangents<O::Elem>) -> Self::Value {
        self.iter().map(|y| y.tangent(tangents)).collect()
    }
    #[track_caller]
    fn seed<'s>(&self, w: &Self::Value, backward: Backward<'s, O::Elem>) -> Backward<'s, O::Elem> {
        assert!(
            self.len() == w.len(),
            "seed: {} cotangents for {} results",
            w.len(),
            self.len()
        );
        self.iter().zip(w).fold(backward, |b, (y, w)| y.seed(w, b))
    }
    fn leaves(&self, f: &mut dyn FnMut(Leaf<'t, O::Elem>)) {
        self.iter().for_each(|y| y.leaves(f));
    }
    fn paths(&self, at: &str, f: &mut dyn FnMut(String)) {
        self.iter()
            .enumerate()
            .for_each(|(i, y)| y.paths(&format!("{at}[{i}]"), f));
    }
}

macro_rules! tuple {
    ($A:ident $($B:ident)* : $($i:tt)*) => {
        impl<'t, $A: Output<'t>, $($B: Output<'t, Elem = $A::Elem>),*> Output<'t> for ($A, $($B,)*) {
            type Elem = $A::Elem;
            type Value = ($A::Value, $($B::Value,)*);

            fn value(&self) -> Self::Value {
                ($(self.$i.value(),)*)
            }
            fn tangent(&self, tangents: &Tangents<$A::Elem>) -> Self::Value {
                ($(self.$i.tangent(tangents),)*)
            }
            #[track_caller]
            fn seed<'s>(&self, w: &Self::Value, backward: Backward<'s, $A::Elem>) -> Backward<'s, $A::Elem> {
                $(let backward = self.$i.seed(&w.$i, backward);)*
                backward
            }
            fn leaves(&self, f: &mut dyn FnMut(Leaf<'t, $A::Elem>)) {
                $(self.$i.leaves(f);)*
            }
            fn paths(&self, at: &str, f: &mut dyn FnMut(String)) {
                $(self.$i.paths(&format!(concat!("{}.", stringify!($i)), at), f);)*
            }
        }
    };
}

tuple!(A: 0);
tuple!(A B: 0 1);
tuple!(A B C: 0 1 2);
tuple!(A B C D: 0 1 2 3);
