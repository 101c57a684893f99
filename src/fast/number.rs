//! [`Numeric`]: what the value of a pointwise op is computed with.

use super::Elementary;
use crate::{Real, special};
use num_traits::{Float, One, ToPrimitive, Zero};
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// Methods that take the standard library's function of the element.
macro_rules! standard {
    (constants $($constant:ident)*) => {$(
        #[doc(hidden)]
        #[inline(always)]
        fn $constant() -> Self {
            Self::new(<Self::Elem as Float>::$constant())
        }
    )*};
    (predicates $($predicate:ident)*) => {$(
        #[doc(hidden)]
        #[inline(always)]
        fn $predicate(self) -> bool {
            Float::$predicate(self.get())
        }
    )*};
    (unary $($function:ident)*) => {$(
        #[doc(hidden)]
        #[inline(always)]
        fn $function(self) -> Self {
            Self::new(Float::$function(self.get()))
        }
    )*};
    (binary $($function:ident)*) => {$(
        #[doc(hidden)]
        #[inline(always)]
        fn $function(self, other: Self) -> Self {
            Self::new(Float::$function(self.get(), other.get()))
        }
    )*};
    (special $($function:ident)*) => {$(
        #[doc(hidden)]
        #[inline(always)]
        fn $function(self) -> Self {
            self.by_f64(special::$function)
        }
    )*};
}

/// A number as the rows of the table of pointwise ops see it.
///
/// The scalar lane reads a row with `f32` and `f64` themselves, whose functions are those of the standard library, and where it has
/// none, what is fastest for a single number: for most of these a function with a branch, a table or the standard library's
/// exponential. Loops over the elements of an array read it with a wrapper whose functions vectorise. The two differ by a few units in
/// the last place.
pub trait Numeric:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
    + Neg<Output = Self>
{
    /// `f32` or `f64`.
    type Elem: Real;

    /// This element as a number.
    fn new(x: Self::Elem) -> Self;
    /// The number's element.
    fn get(self) -> Self::Elem;

    /// The structural zero.
    #[inline(always)]
    fn none() -> Self {
        Self::new(<Self::Elem as Real>::NONE)
    }
    /// Whether this is the structural zero, bit for bit.
    #[inline(always)]
    fn is_none(self) -> bool {
        Real::is_none(self.get())
    }
    /// The nearest value to `x`.
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::new(<Self::Elem as Real>::lit(x))
    }
    /// `f` of this number, computed in `f64` and rounded.
    #[inline(always)]
    fn by_f64(self, f: impl FnOnce(f64) -> f64) -> Self {
        Self::new(Real::by_f64(self.get(), f))
    }
    /// The number as an `f64`.
    #[inline(always)]
    fn to_f64(self) -> Option<f64> {
        ToPrimitive::to_f64(&self.get())
    }
    /// The number's whole part as an `i32`.
    #[inline(always)]
    fn to_i32(self) -> Option<i32> {
        ToPrimitive::to_i32(&self.get())
    }
    /// A power by repeated multiplication.
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        Self::new(Float::powi(self.get(), n))
    }
    /// Sine and cosine.
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        let (sin, cos) = Float::sin_cos(self.get());
        (Self::new(sin), Self::new(cos))
    }

    /// 0.
    #[inline(always)]
    fn zero() -> Self {
        Self::new(<Self::Elem as Zero>::zero())
    }
    /// 1.
    #[inline(always)]
    fn one() -> Self {
        Self::new(<Self::Elem as One>::one())
    }

    standard!(constants nan infinity neg_infinity epsilon max_value min_value);
    standard!(predicates is_nan is_infinite);
    standard!(unary recip sqrt cbrt tan asin acos atan asinh abs floor ceil round trunc fract signum);
    standard!(unary exp exp2 exp_m1 ln log2 log10 ln_1p sin cos sinh cosh tanh);
    standard!(binary powf hypot atan2 copysign max min);
    standard!(special gauss gelu_gate);

    /// Far from 0 by an exponential, and of one number the standard library's is the fastest.
    #[inline]
    fn erf(self) -> Self {
        Self::new(self.get().erf_by(Float::exp))
    }
    #[doc(hidden)]
    #[inline(always)]
    fn erfc(self) -> Self {
        Self::new(self.get().lone_erfc())
    }
    #[doc(hidden)]
    #[inline(always)]
    fn ndtr(self) -> Self {
        Self::new(self.get().lone_ndtr())
    }

    /// 1/(1 + e⁻ˣ) by the exponential that does not overflow; above ½ as 1 less the small part, so that 1 − y has all digits
    /// that y leaves it.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp();
        let small = e / (Self::one() + e);
        if self < Self::zero() {
            small
        } else {
            Self::one() - small
        }
    }
    /// x·σ(x), 0 at −∞.
    #[inline(always)]
    fn silu(self) -> Self {
        self.weighed(self.sigmoid())
    }
    /// x·σ(u) with u = 2√(2/π)(x + 0.044715x³), 0 at −∞.
    #[inline(always)]
    fn gelu_tanh(self) -> Self {
        self.weighed(self.gelu_gate())
    }
    /// x·w for a weight that goes to 0 at −∞ faster than any power: 0 there.
    #[inline(always)]
    fn weighed(self, w: Self) -> Self {
        if self == Self::neg_infinity() {
            Self::zero()
        } else {
            self * w
        }
    }
    /// x·Φ(x), 0 at −∞.
    #[inline(always)]
    fn gelu(self) -> Self {
        Self::new(self.get().lone_gelu())
    }
}

impl<T: Real> Numeric for T {
    type Elem = T;
    #[inline(always)]
    fn new(x: T) -> T {
        x
    }
    #[inline(always)]
    fn get(self) -> T {
        self
    }
}

/// A number in a loop over elements: its functions are those of [`Elementary`](super::Elementary).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Fast<T>(pub(crate) T);

/// Methods that have neither a branch nor a call.
macro_rules! fast {
    ($($function:ident $fast:ident),*) => {$(
        #[inline(always)]
        fn $function(self) -> Self {
            Self(self.0.$fast())
        }
    )*};
}

impl<T: Real> Numeric for Fast<T> {
    type Elem = T;
    #[inline(always)]
    fn new(x: T) -> Self {
        Self(x)
    }
    #[inline(always)]
    fn get(self) -> T {
        self.0
    }
    fast!(
        exp fast_exp, exp2 fast_exp2, exp_m1 fast_exp_m1, ln fast_ln, log2 fast_log2, log10 fast_log10, ln_1p fast_ln_1p,
        sin fast_sin, cos fast_cos, sinh fast_sinh, cosh fast_cosh, tanh fast_tanh, sigmoid fast_sigmoid, gauss fast_gauss,
        erf fast_erf, erfc fast_erfc, ndtr fast_ndtr, gelu fast_gelu, gelu_gate fast_gelu_gate,
        gelu_tanh fast_gelu_tanh, silu fast_silu
    );
}

macro_rules! operators {
    ($($Op:ident $op:ident),*) => {$(
        impl<T: Real> $Op for Fast<T> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                Self(self.0.$op(other.0))
            }
        }
    )*};
}
operators!(Add add, Sub sub, Mul mul, Div div, Rem rem);

impl<T: Real> Neg for Fast<T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
