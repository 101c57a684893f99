//! The rows of the table as loops over elements: values, and cotangents or tangents in one pass.

use super::Term;
use super::pointwise::Unary;
use super::rule::{BinaryRule, Flow, LaneRule, UnaryRule};
use crate::Real;
use crate::dense::lanes::{Lanewise, MOST};
use crate::fast::{self, Fast, Loop, Numeric, PERIODS, Pointwise};
use crate::planted::{Bug, planted};
use std::marker::PhantomData;

/// `O` of one element.
struct One<O>(PhantomData<O>);

impl<O: UnaryRule, T: Real> Pointwise<T, 1> for One<O> {
    #[inline(always)]
    fn at(&self, [x]: [T; 1]) -> T {
        O::f(Fast(x)).0
    }
}

/// `O` of two elements, of an element and a number, of a number and an element.
struct Two<O>(PhantomData<O>);
struct With<O, T>(PhantomData<O>, T);
struct From<O, T>(PhantomData<O>, T);

impl<O: BinaryRule, T: Real> Pointwise<T, 2> for Two<O> {
    #[inline(always)]
    fn at(&self, [a, b]: [T; 2]) -> T {
        O::f(Fast(a), Fast(b)).0
    }
}

impl<O: BinaryRule, T: Real> Pointwise<T, 1> for With<O, T> {
    #[inline(always)]
    fn at(&self, [x]: [T; 1]) -> T {
        O::f(Fast(x), Fast(self.1)).0
    }
}

impl<O: BinaryRule, T: Real> Pointwise<T, 1> for From<O, T> {
    #[inline(always)]
    fn at(&self, [x]: [T; 1]) -> T {
        O::f(Fast(self.1), Fast(x)).0
    }
}

/// What `O` makes of a cotangent, for its only operand; the elements are x, y, g.
struct PassOne<O>(PhantomData<O>);

impl<O: UnaryRule, T: Real> Pointwise<T, 3> for PassOne<O> {
    #[inline(always)]
    fn at(&self, [x, y, g]: [T; 3]) -> T {
        O::vjp(&Term(Fast(x)), &Term(Fast(y)), &Term(number(Fast(g), O::FLOW)))
            .0
            .0
    }
}

/// What `O` makes of a cotangent for operand `K`; the elements are a, b, y, g.
struct PassTwo<O, const K: usize>(PhantomData<O>);

impl<O: BinaryRule, T: Real, const K: usize> Pointwise<T, 4> for PassTwo<O, K> {
    #[inline(always)]
    fn at(&self, [a, b, y, g]: [T; 4]) -> T {
        let (a, b, y) = (&Term(Fast(a)), &Term(Fast(b)), &Term(Fast(y)));
        let g = &Term(number(Fast(g), O::FLOW[K]));
        match K {
            0 => O::vjp_a(a, b, y, g).0.0,
            _ => O::vjp_b(a, b, y, g).0.0,
        }
    }
}

/// A rule along lanes.
pub(crate) struct Along<'r, R>(pub(crate) &'r R);

impl<R: LaneRule<N>, T: Real, const N: usize> Lanewise<T, N> for Along<'_, R> {
    const SUMS: usize = R::SUMS;

    #[inline(always)]
    fn summand<const K: usize>(&self, x: [T; N], sums: &[T; MOST]) -> T {
        let x = x.map(|x| Term(Fast(x)));
        let sums = sums.map(|sum| Term(Fast(sum)));
        self.0.summand(K, x.each_ref(), &sums).0.0
    }
    #[inline(always)]
    fn settle<const K: usize>(&self, sum: T) -> T {
        self.0.settle(K, Term(Fast(sum))).0.0
    }
    #[inline(always)]
    fn result(&self, x: [T; N], sums: &[T; MOST]) -> T {
        let x = x.map(|x| Term(Fast(x)));
        let sums = sums.map(|sum| Term(Fast(sum)));
        self.0.result(x.each_ref(), &sums).0.0
    }
}

/// A cotangent's element as a gated rule may read it: a gate would take a numeric −0.0 for a structural zero.
#[inline(always)]
fn number<N: Numeric>(g: N, flow: Flow) -> N {
    if flow == Flow::Gated { g + N::zero() } else { g }
}

/// Whether `O` or its cotangent takes the sine or the cosine of its operand.
const fn is_periodic(op: Unary) -> bool {
    matches!(op, Unary::Sin | Unary::Cos)
}

/// Whether an element is larger than a limit: all of them are looked at, since a loop that may end early does not vectorise.
struct Exceeds<'a, T>(&'a [T], T);

impl<T: Real> Loop for Exceeds<'_, T> {
    type Out = bool;
    #[inline(always)]
    fn run(self) -> bool {
        self.0.iter().fold(false, |any, x| any | (x.abs() > self.1))
    }
}

/// Where the operand of a periodic function is too large for [`Fast`], `f` of its place.
#[inline]
fn mend<T: Real>(op: Unary, x: &[T], y: &mut [T], f: impl Fn(usize) -> T) {
    let limit = T::lit(PERIODS);
    if is_periodic(op) && fast::run(Exceeds(x, limit)) {
        let large = (0..x.len()).filter(|&i| x[i].abs() > limit);
        large.for_each(|i| y[i] = f(i));
    }
}

/// `y = O(x)`.
pub(crate) fn unary<O: UnaryRule, T: Real>(x: &[T], y: &mut [T]) {
    fast::map(One::<O>(PhantomData), [x], y);
    mend(O::OP, x, y, |i| O::f(x[i]));
}

/// `y = O(a, b)`.
pub(crate) fn binary<O: BinaryRule, T: Real>(a: &[T], b: &[T], y: &mut [T]) {
    fast::map(Two::<O>(PhantomData), [a, b], y);
}

/// `y = O(x, c)`.
pub(crate) fn binary_with<O: BinaryRule, T: Real>(x: &[T], c: T, y: &mut [T]) {
    fast::map(With::<O, T>(PhantomData, c), [x], y);
}

/// `y = O(c, x)`.
pub(crate) fn binary_from<O: BinaryRule, T: Real>(c: T, x: &[T], y: &mut [T]) {
    fast::map(From::<O, T>(PhantomData, c), [x], y);
}

/// The cotangent of `O`'s operand; where `partial`, nothing is passed on for nothing.
pub(crate) fn pass_unary<O: UnaryRule, T: Real>(xyg: [&[T]; 3], partial: bool, out: &mut [T]) {
    fast::map(PassOne::<O>(PhantomData), xyg, out);
    let [x, y, g] = xyg;
    mend(O::OP, x, out, |i| {
        O::vjp(&Term(x[i]), &Term(y[i]), &Term(number(g[i], O::FLOW))).0
    });
    keep_untouched(partial, O::FLOW, g, out);
}

/// The cotangent of `O`'s operand `K`.
pub(crate) fn pass_binary<O: BinaryRule, T: Real, const K: usize>(
    abyg: [&[T]; 4],
    partial: bool,
    out: &mut [T],
) {
    fast::map(PassTwo::<O, K>(PhantomData), abyg, out);
    keep_untouched(partial, O::FLOW[K], abyg[3], out);
}

/// Where nothing was added to `g`, nothing is passed on; elsewhere a smooth rule's −0.0 is a number.
fn keep_untouched<T: Real>(partial: bool, flow: Flow, g: &[T], out: &mut [T]) {
    if partial && !planted(Bug::LostMask) {
        let settle = if flow == Flow::Gated { T::NONE } else { T::zero() };
        fast::run(Keep { g, settle, out });
    }
}

struct Keep<'a, T> {
    g: &'a [T],
    settle: T,
    out: &'a mut [T],
}

impl<T: Real> Loop for Keep<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for (o, &g) in self.out.iter_mut().zip(self.g) {
            *o = if g.is_none() { T::NONE } else { *o + self.settle };
        }
    }
}
