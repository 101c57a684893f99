//! Loops that go through a lane twice: first for sums along it, then for the elements that are made with them.
//!
//! A lane stays in the first-level cache between the two, and no array is made on the way: eight normalisations of 256 rows of 256
//! `f32`, forward and backward, take 0.92 ms instead of 1.9 as loops over whole arrays. The sums are added in the order of
//! [`Dense::sum_axes`], so both ways give the same bits.

use super::Dense;
use super::reduce::sum_here;
use super::threads::share;
use crate::Real;
use crate::fast::{self, Loop};
use crate::shape;

/// The most sums along a lane.
pub(crate) const MOST: usize = 4;

/// What is made of the elements at one place of `N` arrays, and of sums along their lane.
pub(crate) trait Lanewise<T, const N: usize>: Sync {
    /// How many sums there are.
    const SUMS: usize;

    /// What sum `K` adds up, given what has been made of those before it.
    fn summand<const K: usize>(&self, x: [T; N], sums: &[T; MOST]) -> T;

    /// What is made of sum `K`, once a lane.
    fn settle<const K: usize>(&self, sum: T) -> T;

    /// The result, given what has been made of all sums.
    fn result(&self, x: [T; N], sums: &[T; MOST]) -> T;
}

impl<T: Real> Dense<T> {
    /// `rule` of arrays of one shape along `axes` (sorted), where these are the last ones.
    pub(crate) fn along<const N: usize>(
        rule: &impl Lanewise<T, N>,
        axes: &[usize],
        x: [&Self; N],
    ) -> Option<Self> {
        let shape = &x[0].shape;
        if !shape::are_last(axes, shape) || x.iter().any(|x| x.shape != *shape) {
            return None;
        }
        let n = axes.iter().map(|&i| shape[i]).product();
        let pool = x.iter().find_map(|x| x.pool());
        let copies = x.map(|x| (!x.is_contiguous()).then(|| x.contiguous()));
        let x: [&Self; N] = std::array::from_fn(|k| copies[k].as_ref().unwrap_or(x[k]));
        Some(Self::build(pool, shape.clone(), |out| {
            let work = out.len();
            share(out, n, work, |at, y| {
                let x = x.map(|x| &x.memory()[at..][..y.len()]);
                fast::run(Lanes { rule, n, x, y });
            });
        }))
    }
}

/// All lanes, of `n` elements each.
struct Lanes<'a, T, R, const N: usize> {
    rule: &'a R,
    n: usize,
    x: [&'a [T]; N],
    y: &'a mut [T],
}

impl<T: Real, R: Lanewise<T, N>, const N: usize> Loop for Lanes<'_, T, R, N> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { rule, n, x, y } = self;
        for (i, y) in y.chunks_exact_mut(n).enumerate() {
            let x = x.map(|x| &x[i * n..][..n]);
            let mut sums = [T::zero(); MOST];
            if R::SUMS > 0 {
                sums[0] = sum::<T, R, N, 0>(rule, x, &sums, y);
            }
            if R::SUMS > 1 {
                sums[1] = sum::<T, R, N, 1>(rule, x, &sums, y);
            }
            if R::SUMS > 2 {
                sums[2] = sum::<T, R, N, 2>(rule, x, &sums, y);
            }
            if R::SUMS > 3 {
                sums[3] = sum::<T, R, N, 3>(rule, x, &sums, y);
            }
            let (n, x) = (y.len(), x.map(|x| &x[..y.len()])); // no index is checked below
            for j in 0..n {
                y[j] = rule.result(x.map(|x| x[j]), &sums);
            }
        }
    }
}

/// Sum `K` along a lane; the summands go to `y`, since a loop that made and added them at once would not vectorise.
#[inline(always)]
fn sum<T: Real, R: Lanewise<T, N>, const N: usize, const K: usize>(
    rule: &R,
    x: [&[T]; N],
    sums: &[T; MOST],
    y: &mut [T],
) -> T {
    let n = y.len();
    let (x, sums) = (x.map(|x| &x[..n]), *sums);
    for j in 0..n {
        y[j] = rule.summand::<K>(x.map(|x| x[j]), &sums);
    }
    rule.settle::<K>(sum_here(y))
}
