//! Loops along an axis that carry their last result.
//!
//! They go slab by slab: each step reads and writes whole slabs across the axis, so that memory is read in order and the
//! inner loop vectorises wherever the axis is not the last one.

use super::{Dense, larger, smaller};
use crate::Real;
use crate::shape;

impl<T: Real> Dense<T> {
    /// `yᵢ = Σⱼ xⱼ` along `axis` over j ≤ i, or over j ≥ i. With `links` (one less along the axis), a sum passes on to its
    /// neighbour multiplied by the link between the two, and not at all where that is 0.
    pub(crate) fn cumsum(&self, links: Option<&Self>, axis: usize, from_end: bool) -> Self {
        let links = links.map(Self::contiguous);
        let links = links.as_ref().map(|a| &a.memory()[..a.len()]);
        self.scan(axis, from_end, |at, last, x, y| {
            let sums = y.iter_mut().zip(last).zip(x);
            match links {
                None => sums.for_each(|((y, &last), &x)| *y = last + x),
                Some(links) => {
                    let link = |(((y, &last), &x), &a): (((&mut T, _), _), &T)| {
                        *y = if a == T::zero() { x } else { last * a + x };
                    };
                    sums.zip(&links[at..]).for_each(link);
                }
            }
        })
    }

    /// `yᵢ = xᵢ + aᵢ₋₁·yᵢ₋₁` along `axis`, or from the end `yᵢ = xᵢ + aᵢ·yᵢ₊₁`; `a` is one shorter along the axis.
    pub(crate) fn recur(&self, a: &Self, axis: usize, from_end: bool) -> Self {
        let a = a.contiguous();
        let a = &a.memory()[..a.len()];
        self.scan(axis, from_end, |at, last, x, y| {
            let terms = last.iter().zip(x).zip(&a[at..]);
            let sums = y.iter_mut().zip(terms);
            sums.for_each(|(y, ((&last, &x), &a))| *y = a * last + x);
        })
    }

    /// The largest, or the `least`, of the elements so far along `axis`; NaN from the first NaN on.
    pub(crate) fn cumulative_extremum(&self, axis: usize, least: bool) -> Self {
        self.scan(axis, false, |_, last, x, y| {
            let pairs = y.iter_mut().zip(last).zip(x);
            if least {
                pairs.for_each(|((y, &last), &x)| *y = smaller(last, x));
            } else {
                pairs.for_each(|((y, &last), &x)| *y = larger(last, x));
            }
        })
    }

    /// `ln Σⱼ e^xⱼ` along `axis` over j ≤ i, relative to the largest so far.
    pub(crate) fn cumulative_logsumexp(&self, axis: usize) -> Self {
        self.map_lanes(axis, |x, y| {
            let (mut m, mut sum) = (T::neg_infinity(), T::zero());
            for (y, &x) in y.iter_mut().zip(x) {
                if x > m || x.is_nan() {
                    sum = sum * (m - x).exp() + T::one();
                    m = x;
                } else if x > T::neg_infinity() {
                    sum += (x - m).exp();
                }
                *y = if m.is_infinite() { m } else { m + sum.ln() };
            }
        })
    }

    /// The first (or last) slab along `axis` as it is, then `step(link, last result, x, result)` for each next one, where
    /// `link` is the position of the slab between the two in an array that is one shorter along the axis.
    fn scan(&self, axis: usize, from_end: bool, step: impl Fn(usize, &[T], &[T], &mut [T])) -> Self {
        let x = self.contiguous();
        let x = &x.memory()[..self.len()];
        let (n, inner) = (self.shape[axis], shape::size(&self.shape[axis + 1..]));
        let slab = |i: usize| i * inner..(i + 1) * inner;
        Self::build(self.pool(), self.shape.clone(), |out| {
            let blocks = out.chunks_exact_mut(n * inner).zip(x.chunks_exact(n * inner));
            for (b, (out, x)) in blocks.enumerate() {
                let links = b * (n - 1);
                let first = slab(if from_end { n - 1 } else { 0 });
                out[first.clone()].copy_from_slice(&x[first]);
                for i in 1..n {
                    if from_end {
                        let i = n - 1 - i;
                        let (to, last) = out.split_at_mut((i + 1) * inner);
                        step((links + i) * inner, &last[..inner], &x[slab(i)], &mut to[slab(i)]);
                    } else {
                        let (last, to) = out.split_at_mut(i * inner);
                        let link = (links + i - 1) * inner;
                        step(link, &last[slab(i - 1)], &x[slab(i)], &mut to[..inner]);
                    }
                }
            }
        })
    }
}
