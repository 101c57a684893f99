//! [`Term`]: one wrapper for handles and for a rule's operands, with the operators.

use super::index::Picks;
use super::loops;
use super::pointwise::{Add, Div, Gate, Mul, Neg, Powi, Rem, Sub};
use super::rule::{Cotangent, Given, LaneRule, Sums, composed, short};
use super::{ArrayValue, BinaryRule, Custom, UnaryRule, Value};
use crate::Real;
use crate::dense::{Dense, Pick};
use crate::error::{LinalgError, ShapeError};
use crate::shape;
use num_traits::ToPrimitive;
use std::ops;

/// A value that can be calculated with: the user's handle, and the operand of a rule.
///
/// `Term<V>` is generic in what a value is ([`Value`]): with `V` a plain number or array it computes, with `V` a slot
/// of a tape it records as well. Operators take terms of the same reading, references to them, small
/// integers (`2 * x`, exact in every element type) and numbers of the element type.
///
/// ```
/// use wengert::{Dense, Term, Value};
/// /// One text, several readings.
/// fn logistic<V: Value>(x: &Term<V>) -> Term<V> {
///     1 / (1 + (-x).exp())
/// }
/// assert_eq!(logistic(&Term::new(0.0_f64)).into_inner(), 0.5);
/// let tape = wengert::Tape::new();
/// let x = tape.var(0.0);
/// assert_eq!(logistic(&x).backward().wrt(x), 0.25);
/// ```
#[derive(Clone, Copy)]
pub struct Term<V>(pub(crate) V);

impl<V> Term<V> {
    /// Wraps a value.
    pub fn new(value: V) -> Self {
        Self(value)
    }

    /// The value inside.
    pub fn into_inner(self) -> V {
        self.0
    }

    /// The value inside, borrowed.
    pub fn inner(&self) -> &V {
        &self.0
    }
}

impl<V: Clone> From<&Term<V>> for Term<V> {
    fn from(term: &Term<V>) -> Self {
        term.clone()
    }
}

/// A number, of the scalar lane or of a loop over elements.
impl<N: crate::fast::Numeric> Value for N {
    type Elem = N::Elem;

    #[inline(always)]
    fn constant(&self, c: N::Elem) -> Self {
        Self::new(c)
    }
    #[inline(always)]
    fn unary<O: UnaryRule>(&self) -> Self {
        O::f(*self)
    }
    #[inline(always)]
    fn binary<O: BinaryRule>(&self, other: &Self) -> Self {
        O::f(*self, *other)
    }
    #[inline(always)]
    fn binary_with<O: BinaryRule>(&self, c: N::Elem) -> Self {
        O::f(*self, Self::new(c))
    }
    #[inline(always)]
    fn binary_from<O: BinaryRule>(c: N::Elem, x: &Self) -> Self {
        O::f(Self::new(c), *x)
    }
}

impl<T: Real> Value for Dense<T> {
    type Elem = T;

    fn constant(&self, c: T) -> Self {
        Self::full(self.pool(), &[], c)
    }
    fn unary<O: UnaryRule>(&self) -> Self {
        self.map(loops::unary::<O, T>)
    }
    #[track_caller]
    fn binary<O: BinaryRule>(&self, other: &Self) -> Self {
        match self.map2(other, loops::binary::<O, T>) {
            Ok(y) => y,
            Err(error) => panic!("{}: {error}", O::OP.name()),
        }
    }
    fn binary_with<O: BinaryRule>(&self, c: T) -> Self {
        self.map(|x, y| loops::binary_with::<O, T>(x, c, y))
    }
    fn binary_from<O: BinaryRule>(c: T, x: &Self) -> Self {
        x.map(|x, y| loops::binary_from::<O, T>(c, x, y))
    }
}

/// Panics at the caller's line where the shapes do not fit.
#[track_caller]
fn expect_shapes<T: Real>(rule: &impl super::ArrayRule, operands: &[&Dense<T>]) {
    let shape = match *operands {
        [x] => rule.shape(&[x.shape()]),
        [x, y] => rule.shape(&[x.shape(), y.shape()]),
        _ => rule.shape(&short(operands.iter().map(|x| x.shape()))),
    };
    match shape {
        Ok(shape) if shape::is_possible(&shape) => {}
        Ok(shape) => unfit(rule, shape::impossible(&shape)),
        Err(error) => unfit(rule, error),
    }
}

#[cold]
#[track_caller]
fn unfit(rule: &impl super::ArrayRule, error: ShapeError) -> ! {
    panic!("{}: {error}", rule.name())
}

/// The value of an op. Panics at the caller's line where the shapes do not fit.
#[track_caller]
pub(crate) fn forward<T: Real>(rule: &impl super::ArrayRule, operands: &[&Dense<T>]) -> Dense<T> {
    expect_shapes(rule, operands);
    rule.forward(operands)
}

/// What is added to a cotangent's elements to tell its numbers from structural zeros: where the latter are −0.0, nothing.
fn zero<T: Real>(partial: bool) -> T {
    if partial { T::NONE } else { T::zero() }
}

impl<T: Real> ArrayValue for Dense<T> {
    fn shape(&self) -> &[usize] {
        Self::shape(self)
    }
    fn elements(&self) -> &Self {
        self
    }
    #[track_caller]
    fn apply<R: super::ArrayRule>(rule: R, operands: &[&Self]) -> Self {
        forward(&rule, operands)
    }
    #[track_caller]
    fn try_apply<R: super::ArrayRule>(rule: R, operands: &[&Self]) -> Result<Self, LinalgError> {
        expect_shapes(&rule, operands);
        rule.try_forward(operands)
    }
    fn t(&self) -> Self {
        self.transposed()
    }
    fn sum_to(&self, shape: &[usize]) -> Self {
        Self::sum_to(self, shape)
    }
    fn spread(&self, axes: &[usize], shape: &[usize]) -> Self {
        Self::spread(self, axes, shape)
    }
    fn along<R: LaneRule<N>, const N: usize>(rule: &R, axes: &[usize], x: [&Term<Self>; N]) -> Term<Self> {
        let y = Self::along(&loops::Along(rule), axes, x.map(|x| &x.0));
        y.map_or_else(|| composed(rule, axes, x), Term)
    }
    fn has_nothing(&self) -> bool {
        Self::has_nothing(self)
    }
    fn add_product(sum: &mut Self, a: &Self, b: &Self) -> bool {
        sum.add_matmul(a, b)
    }
    fn add_picked(sum: &mut Self, picks: &[Pick], x: &Self, partial: bool) -> bool {
        sum.add_picked(picks, x, zero(partial))
    }
    fn embedded(&self, picks: &Picks, shape: &[usize], partial: bool) -> Self {
        self.embed(picks, shape, T::NONE, zero(partial))
    }
    fn custom_vjps(op: &Custom, given: Given<'_, Self>, sums: &mut Sums<Self>) -> Sums<Self> {
        T::readings(op).vjps_plain(given, sums)
    }
    fn custom_jvps(
        op: &Custom,
        x: &[&Term<Self>],
        y: &Term<Self>,
        t: &[Option<Cotangent<Self>>],
    ) -> Option<Cotangent<Self>> {
        T::readings(op).jvps_plain(x, y, t)
    }
}

/// What may stand on the right of an operator, or be the argument of a two-argument method, beside a `Term<V>`:
/// a term of the same reading, a reference to one, a number.
pub trait Operand<V: Value> {
    /// `O(left, self)`.
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &V) -> V;
}

impl<V: Value> Operand<V> for Term<V> {
    #[inline(always)]
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &V) -> V {
        left.binary::<O>(&self.0)
    }
}

impl<V: Value> Operand<V> for &Term<V> {
    #[inline(always)]
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &V) -> V {
        left.binary::<O>(&self.0)
    }
}

/// The operand impls of a number type, and the operators with the number on the left.
macro_rules! number {
    ($n:ty, [$($bound:tt)*], $x:ident => $elem:expr) => {
        impl<V: $($bound)*> Operand<V> for $n {
            #[inline(always)]
            #[track_caller]
            fn after<O: BinaryRule>(self, left: &V) -> V {
                let $x = self;
                left.binary_with::<O>($elem)
            }
        }
        impl<V: $($bound)*> Operand<V> for &$n {
            #[inline(always)]
            #[track_caller]
            fn after<O: BinaryRule>(self, left: &V) -> V {
                (*self).after::<O>(left)
            }
        }
        number!(@left $n, [$($bound)*], $x => $elem, Add::add Sub::sub Mul::mul Div::div Rem::rem);
    };
    (@left $n:ty, $bound:tt, $x:ident => $elem:expr, $($op:ident :: $method:ident)*) => {
        $(number!(@one $n, $bound, $x => $elem, $op, $method);)*
    };
    (@one $n:ty, [$($bound:tt)*], $x:ident => $elem:expr, $op:ident, $method:ident) => {
        impl<V: $($bound)*> ops::$op<Term<V>> for $n {
            type Output = Term<V>;
            #[inline(always)]
            #[track_caller]
            fn $method(self, right: Term<V>) -> Term<V> {
                let $x = self;
                Term(V::binary_from::<$op>($elem, &right.0))
            }
        }
        impl<V: $($bound)*> ops::$op<&Term<V>> for $n {
            type Output = Term<V>;
            #[inline(always)]
            #[track_caller]
            fn $method(self, right: &Term<V>) -> Term<V> {
                let $x = self;
                Term(V::binary_from::<$op>($elem, &right.0))
            }
        }
    };
}

/// A number in a rule's text that is no small integer: rounded to the element type of what it meets.
///
/// ```
/// use wengert::{Lit, Term};
/// assert_eq!((Lit(0.1) * Term::new(2.0_f32)).into_inner(), 0.2_f32);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lit(pub f64);

/// A number as the argument of a method that takes no term: a small integer, a number of the element type, a [`Lit`].
///
/// ```
/// let tape = wengert::Tape::new();
/// let x = tape.var(3.0);
/// assert_eq!(x.clamp(0, 1).value(), x.clamp(0.0, 1.0).value());
/// ```
pub trait Number<T: Real> {
    /// The number as an element, rounded where `T` cannot hold it.
    fn element(self) -> T;
}

impl<T: Real> Number<T> for i32 {
    fn element(self) -> T {
        T::lit(f64::from(self))
    }
}

impl<T: Real> Number<T> for Lit {
    fn element(self) -> T {
        T::lit(self.0)
    }
}

impl<T: Real> Number<T> for T {
    fn element(self) -> T {
        self
    }
}

number!(i32, [Value], x => V::Elem::lit(f64::from(x)));
number!(Lit, [Value], x => V::Elem::lit(x.0));
number!(f32, [Value<Elem = f32>], x => x);
number!(f64, [Value<Elem = f64>], x => x);

/// The operators of `Term<V>` with anything that may stand on the right.
macro_rules! operators {
    ($($op:ident $method:ident, $assign:ident $assign_method:ident;)*) => {$(
        impl<V: Value, R: Operand<V>> ops::$op<R> for Term<V> {
            type Output = Term<V>;
            #[inline(always)]
            #[track_caller]
            fn $method(self, right: R) -> Term<V> {
                Term(right.after::<$op>(&self.0))
            }
        }
        impl<V: Value, R: Operand<V>> ops::$op<R> for &Term<V> {
            type Output = Term<V>;
            #[inline(always)]
            #[track_caller]
            fn $method(self, right: R) -> Term<V> {
                Term(right.after::<$op>(&self.0))
            }
        }
        impl<V: Value, R: Operand<V>> ops::$assign<R> for Term<V> {
            #[inline(always)]
            #[track_caller]
            fn $assign_method(&mut self, right: R) {
                *self = Term(right.after::<$op>(&self.0));
            }
        }
    )*};
}

operators! {
    Add add, AddAssign add_assign;
    Sub sub, SubAssign sub_assign;
    Mul mul, MulAssign mul_assign;
    Div div, DivAssign div_assign;
    Rem rem, RemAssign rem_assign;
}

impl<V: Value> ops::Neg for Term<V> {
    type Output = Self;
    #[inline(always)]
    #[track_caller]
    fn neg(self) -> Self {
        Self(self.0.unary::<Neg>())
    }
}

impl<V: Value> ops::Neg for &Term<V> {
    type Output = Term<V>;
    #[inline(always)]
    #[track_caller]
    fn neg(self) -> Term<V> {
        Term(self.0.unary::<Neg>())
    }
}

impl<V: Value> Term<V> {
    /// xⁿ for a whole number `n`, by repeated multiplication as `f64::powi` does it: x̄ = n·xⁿ⁻¹·ȳ, and 0 where n = 0.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(-2.0);
    /// assert_eq!(x.powi(3).backward().wrt(x), 12.0);
    /// ```
    ///
    /// # Panics
    /// Where the element type is `f32` and `n` is not exact in it, as ±16 777 217 is not.
    #[inline(always)]
    #[track_caller]
    pub fn powi(&self, n: i32) -> Self {
        if n == 2 {
            return self.square();
        }
        let exponent = V::Elem::lit(f64::from(n));
        assert!(
            exponent.to_f64() == Some(f64::from(n)),
            "powi: the exponent {n} is not exact in f32"
        );
        Self(self.0.binary_with::<Powi>(exponent))
    }

    /// Through a gate of weight `w`, `y = w·x` where w ≠ 0, and *nothing* (the structural zero) where w = 0, whatever x is:
    /// x̄ = ȳ through the same gate, w̄ = x·ȳ as in a product.
    ///
    /// Rules end in a gate where an op selects: the side not taken receives no cotangent, rather than a numeric 0 that
    /// the next rule could turn into 0·∞ = NaN. A weight is therefore an indicator as a rule: where it is a variable that
    /// happens to be 0, nothing passes to x, and so nothing of how that would change with w (∂²y/∂x∂w is then nothing).
    ///
    /// ```
    /// use wengert::{Real, Term};
    /// let x = Term::new(f64::INFINITY);
    /// assert!(x.gated(Term::new(0.0)).into_inner().is_none());
    /// assert_eq!(x.gated(Term::new(2.0)).into_inner(), f64::INFINITY);
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn gated(&self, w: impl Operand<V>) -> Self {
        Self(w.after::<Gate>(&self.0))
    }
}
