//! What may stand where a function takes its arguments as terms: more than operators take, since it need not meet another
//! term first.

use super::{Lit, Term, Value};
use crate::Real;

/// An argument of a function of terms: a term of the same reading, a reference to one, or a number; beside tensors a
/// [`Var`](crate::Var) and an ndarray array, too, which is a constant.
///
/// ```
/// use ndarray::arr1;
/// use wengert::distributions::normal;
/// let tape = wengert::Tape::new();
/// let (x, mean) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.var(0.5));
/// let y = normal::log_density(&x, mean, 1.0).sum();
/// assert_eq!(y.backward().wrt(mean), 2.0);
/// ```
pub trait Argument<V: Value> {
    /// This as a term, to be used with `other`.
    #[track_caller]
    fn beside(self, other: &Term<V>) -> Term<V>;
}

impl<V: Value> Argument<V> for Term<V> {
    fn beside(self, _: &Term<V>) -> Term<V> {
        self
    }
}

impl<V: Value> Argument<V> for &Term<V> {
    fn beside(self, _: &Term<V>) -> Term<V> {
        self.clone()
    }
}

macro_rules! number {
    ($n:ty, [$($bound:tt)*], $x:ident => $elem:expr) => {
        impl<V: $($bound)*> Argument<V> for $n {
            #[track_caller]
            fn beside(self, other: &Term<V>) -> Term<V> {
                let $x = self;
                Term(other.0.constant($elem))
            }
        }
    };
}

number!(i32, [Value], x => V::Elem::lit(f64::from(x)));
number!(Lit, [Value], x => V::Elem::lit(x.0));
number!(f32, [Value<Elem = f32>], x => x);
number!(f64, [Value<Elem = f64>], x => x);
