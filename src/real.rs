//! The element types: `f32` and `f64`, and the one number that means "nothing has been added here".

use crate::custom::{Custom, Readings};
use num_traits::{Float, FromPrimitive, NumAssign};
use std::fmt::{Debug, Display, LowerExp};
use std::iter::{Product, Sum};
use std::sync::Arc;

mod sealed {
    #[cfg(feature = "linalg")]
    pub trait Sealed: crate::dense::Field {}
    #[cfg(not(feature = "linalg"))]
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// An element type of the engine: `f32` or `f64` (the trait is sealed).
///
/// Besides arithmetic it carries the *structural zero*: the value of an adjoint that nothing has been added to.
/// It is IEEE −0.0, the exact identity of addition: `x + (−0.0) = x` for every `x`, ±0, ±∞ and NaN included,
/// while a sum is never −0.0 unless every summand is. So an adjoint that starts at −0.0 remembers for free whether
/// it was touched, and a numeric zero (which must turn into NaN when a rule multiplies it by ∞) stays distinct
/// from an absent contribution (which must not).
///
/// ```
/// use wengert::Real;
/// assert!(f64::NONE.is_none() && !0.0_f64.is_none());
/// assert_eq!(f32::lit(0.5), 0.5_f32);
/// ```
pub trait Real:
    Float
    + FromPrimitive
    + NumAssign
    + Sum
    + Product
    + Default
    + Debug
    + Display
    + LowerExp
    + Send
    + Sync
    + 'static
    + ndarray::LinalgScalar
    + crate::fast::Elementary
    + crate::sweep::compiled::Walks
    + crate::fast::tile::Tiled
    + sealed::Sealed
{
    /// The structural zero, −0.0: the identity of addition.
    const NONE: Self;
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// Whether this is the structural zero, bit for bit.
    fn is_none(self) -> bool;
    /// The nearest value to `x`: how rules write numbers that are not small integers.
    fn lit(x: f64) -> Self;
    /// `f` of this number, computed in `f64` and rounded: how functions without an `f32` of their own are applied.
    fn by_f64(self, f: impl FnOnce(f64) -> f64) -> Self;
    /// The bits, widened to a word of the scalar lane.
    fn to_word(self) -> u64;
    /// The inverse of [`Real::to_word`].
    fn from_word(word: u64) -> Self;

    #[doc(hidden)]
    fn readings(op: &Custom) -> &dyn Readings<Self>;
    #[doc(hidden)]
    fn custom(readings: Arc<dyn Readings<Self>>) -> Custom;
}

macro_rules! real {
    ($t:ident, $bits:ident) => {
        impl Real for $t {
            const NONE: Self = -0.0;
            const NAME: &'static str = stringify!($t);

            #[inline(always)]
            fn is_none(self) -> bool {
                self.to_bits() == (-0.0 as $t).to_bits()
            }
            #[inline(always)]
            fn lit(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn by_f64(self, f: impl FnOnce(f64) -> f64) -> Self {
                f(f64::from(self)) as $t
            }
            #[inline(always)]
            fn to_word(self) -> u64 {
                u64::from(self.to_bits())
            }
            #[inline(always)]
            fn from_word(word: u64) -> Self {
                $t::from_bits(word as $bits)
            }
            fn readings(op: &Custom) -> &dyn Readings<Self> {
                op.$t()
            }
            fn custom(readings: Arc<dyn Readings<Self>>) -> Custom {
                Custom::single(readings)
            }
        }
    };
}

real!(f32, u32);
real!(f64, u64);
