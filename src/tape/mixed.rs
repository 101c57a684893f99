//! Operators between unlike things: scalar and tensor, handle and plain ndarray array.
//!
//! A scalar beside a tensor is a tensor without axes; an ndarray array beside a handle is a constant on its tape. Both
//! then broadcast as usual.

use super::{ArraySlot, ScalarSlot, Tensor, Var};
use crate::Real;
use crate::dense::Storage;
use crate::ops::pointwise::{Add, Div, Mul, Rem, Sub};
use crate::ops::{Argument, BinaryRule, Operand, Term, Value};
use ndarray::{ArrayBase, Dimension};
use std::ops;

impl<'t, T: Real> Operand<ArraySlot<'t, T>> for Var<'t, T> {
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &ArraySlot<'t, T>) -> ArraySlot<'t, T> {
        if self.is_tracked() {
            left.binary::<O>(&self.to_tensor().0)
        } else {
            left.binary_with::<O>(self.value())
        }
    }
}

impl<'t, T: Real> Operand<ArraySlot<'t, T>> for &Var<'t, T> {
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &ArraySlot<'t, T>) -> ArraySlot<'t, T> {
        (*self).after::<O>(left)
    }
}

impl<'t, T, S, D> Operand<ArraySlot<'t, T>> for &ArrayBase<S, D>
where
    T: Real,
    S: Storage<Elem = T>,
    D: Dimension,
{
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &ArraySlot<'t, T>) -> ArraySlot<'t, T> {
        left.binary::<O>(&Term(*left).constant_like(self).0)
    }
}

impl<'t, T, S, D> Operand<ArraySlot<'t, T>> for ArrayBase<S, D>
where
    T: Real,
    S: Storage<Elem = T>,
    D: Dimension,
{
    #[track_caller]
    fn after<O: BinaryRule>(self, left: &ArraySlot<'t, T>) -> ArraySlot<'t, T> {
        (&self).after::<O>(left)
    }
}

impl<'t, T: Real> Argument<ArraySlot<'t, T>> for Var<'t, T> {
    #[track_caller]
    fn beside(self, other: &Tensor<'t, T>) -> Tensor<'t, T> {
        match self.is_tracked() {
            true => self.to_tensor(),
            false => Term(other.0.constant(self.value())),
        }
    }
}

impl<'t, T: Real> Argument<ArraySlot<'t, T>> for &Var<'t, T> {
    #[track_caller]
    fn beside(self, other: &Tensor<'t, T>) -> Tensor<'t, T> {
        (*self).beside(other)
    }
}

impl<'t, T, S, D> Argument<ArraySlot<'t, T>> for &ArrayBase<S, D>
where
    T: Real,
    S: Storage<Elem = T>,
    D: Dimension,
{
    #[track_caller]
    fn beside(self, other: &Tensor<'t, T>) -> Tensor<'t, T> {
        other.constant_like(self)
    }
}

/// `O(scalar, tensor)`.
#[track_caller]
fn scalar_first<'t, O: BinaryRule, T: Real>(a: Var<'t, T>, b: Tensor<'t, T>) -> Tensor<'t, T> {
    if a.is_tracked() {
        Term(a.to_tensor().0.binary::<O>(&b.0))
    } else {
        Term(Value::binary_from::<O>(a.value(), &b.0))
    }
}

/// `op!`: one operator with a scalar or an array on the left and a handle on the right.
macro_rules! mixed {
    ($($op:ident $method:ident)*) => {$(
        mixed!(@scalar $op $method, Var<'t, T>, Tensor<'t, T>);
        mixed!(@scalar $op $method, &Var<'t, T>, Tensor<'t, T>);
        mixed!(@scalar $op $method, Var<'t, T>, &Tensor<'t, T>);
        mixed!(@scalar $op $method, &Var<'t, T>, &Tensor<'t, T>);
        mixed!(@array $op $method, &ArrayBase<S, D>, Tensor<'t, T>);
        mixed!(@array $op $method, &ArrayBase<S, D>, &Tensor<'t, T>);
        mixed!(@array $op $method, ArrayBase<S, D>, Tensor<'t, T>);
        mixed!(@array $op $method, ArrayBase<S, D>, &Tensor<'t, T>);
        mixed!(@array_scalar $op $method, &ArrayBase<S, D>, Var<'t, T>);
        mixed!(@array_scalar $op $method, ArrayBase<S, D>, Var<'t, T>);
        mixed!(@scalar_array $op $method, Var<'t, T>, &ArrayBase<S, D>);
        mixed!(@scalar_array $op $method, Var<'t, T>, ArrayBase<S, D>);
    )*};
    (@scalar $op:ident $method:ident, $left:ty, $right:ty) => {
        impl<'t, T: Real> ops::$op<$right> for $left {
            type Output = Tensor<'t, T>;
            #[track_caller]
            fn $method(self, right: $right) -> Tensor<'t, T> {
                scalar_first::<$op, T>(self.clone(), right.clone())
            }
        }
    };
    (@array $op:ident $method:ident, $left:ty, $right:ty) => {
        impl<'t, T: Real, S: Storage<Elem = T>, D: Dimension> ops::$op<$right> for $left {
            type Output = Tensor<'t, T>;
            #[track_caller]
            fn $method(self, right: $right) -> Tensor<'t, T> {
                Term(right.constant_like(&self).0.binary::<$op>(&right.0))
            }
        }
    };
    (@array_scalar $op:ident $method:ident, $left:ty, $right:ty) => {
        impl<'t, T: Real, S: Storage<Elem = T>, D: Dimension> ops::$op<$right> for $left {
            type Output = Tensor<'t, T>;
            #[track_caller]
            fn $method(self, right: $right) -> Tensor<'t, T> {
                let right = right.to_tensor();
                Term(right.constant_like(&self).0.binary::<$op>(&right.0))
            }
        }
    };
    (@scalar_array $op:ident $method:ident, $left:ty, $right:ty) => {
        impl<'t, T: Real, S: Storage<Elem = T>, D: Dimension> ops::$op<$right> for $left {
            type Output = Tensor<'t, T>;
            #[track_caller]
            fn $method(self, right: $right) -> Tensor<'t, T> {
                let left = self.to_tensor();
                Term(left.0.binary::<$op>(&left.constant_like(&right).0))
            }
        }
    };
}

mixed! { Add add Sub sub Mul mul Div div Rem rem }

impl<T: Real> From<T> for Var<'_, T> {
    fn from(value: T) -> Self {
        Term(ScalarSlot {
            tape: None,
            id: 0,
            value,
        })
    }
}
