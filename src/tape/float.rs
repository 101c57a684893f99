//! num-traits for [`Var`]: a function written once as `fn f<F: Float>(x: &[F]) -> F` runs on `f64` and on the tape.
//!
//! Numbers made without a tape (`zero()`, `one()`, `from(3)`) are untracked constants. Comparisons compare values.

use super::Var;
use crate::Real;
use num_traits::{Float, FromPrimitive, Num, NumCast, One, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::iter::{Product, Sum};
use std::num::FpCategory;

impl<T: Real> std::fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.tape {
            Some(_) => write!(f, "Var({:?}, #{})", self.value(), self.0.id),
            None => write!(f, "Var({:?}, constant)", self.value()),
        }
    }
}

impl<T: Real> std::fmt::Display for Var<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.value(), f)
    }
}

impl<T: Real> std::fmt::Debug for super::Tensor<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tensor(#{}, {:?})", self.0.node.id, self.value())
    }
}

impl<T: Real> std::fmt::Display for super::Tensor<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.value(), f)
    }
}

impl<T: Real> PartialEq for Var<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl<T: Real> PartialOrd for Var<'_, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value().partial_cmp(&other.value())
    }
}

impl<T: Real> PartialEq<T> for Var<'_, T> {
    fn eq(&self, other: &T) -> bool {
        self.value() == *other
    }
}

impl<T: Real> PartialOrd<T> for Var<'_, T> {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        self.value().partial_cmp(other)
    }
}

impl<T: Real> Default for Var<'_, T> {
    fn default() -> Self {
        T::zero().into()
    }
}

impl<T: Real> Zero for Var<'_, T> {
    fn zero() -> Self {
        T::zero().into()
    }
    fn is_zero(&self) -> bool {
        self.value().is_zero()
    }
}

impl<T: Real> One for Var<'_, T> {
    fn one() -> Self {
        T::one().into()
    }
}

impl<T: Real> Num for Var<'_, T> {
    type FromStrRadixErr = T::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        T::from_str_radix(text, radix).map(Into::into)
    }
}

/// A value's conversions to other number types.
macro_rules! to_primitive {
    ($($method:ident $t:ty),*) => {$(
        fn $method(&self) -> Option<$t> {
            self.value().$method()
        }
    )*};
}

impl<T: Real> ToPrimitive for Var<'_, T> {
    to_primitive! {
        to_i8 i8, to_i16 i16, to_i32 i32, to_i64 i64, to_i128 i128, to_isize isize,
        to_u8 u8, to_u16 u16, to_u32 u32, to_u64 u64, to_u128 u128, to_usize usize,
        to_f32 f32, to_f64 f64
    }
}

impl<T: Real> NumCast for Var<'_, T> {
    fn from<N: ToPrimitive>(n: N) -> Option<Self> {
        <T as NumCast>::from(n).map(Into::into)
    }
}

impl<T: Real> FromPrimitive for Var<'_, T> {
    fn from_i64(n: i64) -> Option<Self> {
        T::from_i64(n).map(Into::into)
    }
    fn from_u64(n: u64) -> Option<Self> {
        T::from_u64(n).map(Into::into)
    }
    fn from_i128(n: i128) -> Option<Self> {
        T::from_i128(n).map(Into::into)
    }
    fn from_u128(n: u128) -> Option<Self> {
        T::from_u128(n).map(Into::into)
    }
    fn from_f64(n: f64) -> Option<Self> {
        T::from_f64(n).map(Into::into)
    }
}

impl<T: Real> Sum for Var<'_, T> {
    #[track_caller]
    fn sum<I: Iterator<Item = Self>>(mut terms: I) -> Self {
        let Some(mut sum) = terms.next() else {
            return std::iter::empty::<T>().sum::<T>().into();
        };
        for term in terms {
            sum += term;
        }
        sum
    }
}

impl<'a, 't, T: Real> Sum<&'a Var<'t, T>> for Var<'t, T> {
    #[track_caller]
    fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
        terms.copied().sum()
    }
}

impl<T: Real> Product for Var<'_, T> {
    #[track_caller]
    fn product<I: Iterator<Item = Self>>(mut factors: I) -> Self {
        let Some(mut product) = factors.next() else {
            return Self::one();
        };
        for factor in factors {
            product *= factor;
        }
        product
    }
}

impl<'a, 't, T: Real> Product<&'a Var<'t, T>> for Var<'t, T> {
    #[track_caller]
    fn product<I: Iterator<Item = &'a Self>>(factors: I) -> Self {
        factors.copied().product()
    }
}

/// Methods of `Float` that are constants, questions about the value, or an op of the same name.
macro_rules! float {
    (constants $($c:ident)*; questions $($q:ident)*; ops $($op:ident)*) => {
        $(fn $c() -> Self {
            T::$c().into()
        })*
        $(fn $q(self) -> bool {
            self.value().$q()
        })*
        $(#[inline(always)]
        #[track_caller]
        fn $op(self) -> Self {
            Self::$op(&self)
        })*
    };
}

/// Where num-traits and this crate's own methods differ in a NaN, `Float` follows the standard library: `Float::max`
/// is [`fmax`](crate::Term::fmax), which ignores a NaN.
impl<T: Real> Float for Var<'_, T> {
    float! {
        constants nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon;
        questions is_nan is_infinite is_finite is_normal is_sign_positive is_sign_negative;
        ops floor ceil round trunc fract abs signum recip sqrt exp exp2 ln log2 log10 cbrt sin cos tan asin acos atan
            exp_m1 ln_1p sinh cosh tanh asinh atanh
    }
    /// The value has the standard library's bits, which loses digits near 1; the op of this name does not.
    #[track_caller]
    fn acosh(self) -> Self {
        let mut y = Self::acosh(&self);
        y.0.value = self.value().acosh(); // The rule reads x alone.
        y
    }

    #[track_caller]
    fn classify(self) -> FpCategory {
        self.value().classify()
    }
    #[track_caller]
    fn integer_decode(self) -> (u64, i16, i8) {
        self.value().integer_decode()
    }
    /// `self·a + b`, rounded twice.
    #[track_caller]
    fn mul_add(self, a: Self, b: Self) -> Self {
        Self::mul_add(&self, a, b)
    }
    #[track_caller]
    fn copysign(self, sign: Self) -> Self {
        Self::copysign(&self, sign)
    }
    /// The bounds may be variables, and share at a tie, as for [`clamp_by`](crate::Term::clamp_by).
    #[track_caller]
    fn clamp(self, min: Self, max: Self) -> Self {
        // In this order a tie has the bits of `self`.
        Self::min(&max, Self::max(&min, self))
    }
    #[inline(always)]
    #[track_caller]
    fn powi(self, n: i32) -> Self {
        Self::powi(&self, n)
    }
    #[inline(always)]
    #[track_caller]
    fn powf(self, n: Self) -> Self {
        Self::powf(&self, n)
    }
    #[track_caller]
    fn log(self, base: Self) -> Self {
        Self::ln(&self) / Self::ln(&base)
    }
    #[track_caller]
    fn max(self, other: Self) -> Self {
        self.fmax(other)
    }
    #[track_caller]
    fn min(self, other: Self) -> Self {
        self.fmin(other)
    }
    #[track_caller]
    fn abs_sub(self, other: Self) -> Self {
        let (a, b) = (self.value(), other.value());
        if a == b && a.is_infinite() {
            return T::zero().into(); // their difference is NaN
        }
        (self - other).relu()
    }
    #[track_caller]
    fn to_degrees(self) -> Self {
        self * <Self as From<T>>::from(T::one().to_degrees())
    }
    #[track_caller]
    fn to_radians(self) -> Self {
        self * <Self as From<T>>::from(T::one().to_radians())
    }
    #[track_caller]
    fn hypot(self, other: Self) -> Self {
        Self::hypot(&self, other)
    }
    #[track_caller]
    fn atan2(self, other: Self) -> Self {
        Self::atan2(&self, other)
    }
    #[track_caller]
    fn sin_cos(self) -> (Self, Self) {
        (Self::sin(&self), Self::cos(&self))
    }
}
