//! Order along an axis: positions, not values. NaN is larger than everything and equal to itself; −0 and 0 are equal.

use super::Dense;
use crate::Real;
use crate::shape;
use std::cmp::Ordering;

/// The order of two numbers, NaN last.
pub(crate) fn ascending<T: Real>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Writes the positions of the elements in ascending order, equal ones in the order in which they lie.
pub(crate) fn argsort<T: Real>(x: &[T], order: &mut [usize]) {
    order.iter_mut().enumerate().for_each(|(i, o)| *o = i);
    order.sort_by(|&i, &j| ascending(x[i], x[j]));
}

/// Writes the positions of the largest elements, in descending order, of equal ones the first.
pub(crate) fn top<T: Real>(x: &[T], order: &mut [usize]) {
    let mut all: Vec<usize> = (0..x.len()).collect();
    let descending = |&i: &usize, &j: &usize| ascending(x[j], x[i]).then(i.cmp(&j));
    let k = order.len();
    if k < all.len() {
        all.select_nth_unstable_by(k, descending);
        all.truncate(k);
    }
    all.sort_unstable_by(descending);
    order.copy_from_slice(&all);
}

/// The position of the largest element, or of the `least`; of the first NaN where there is one, and of the first of equal
/// ones.
pub(crate) fn argmax<T: Real>(x: &[T], least: bool) -> usize {
    let mut best = 0;
    for (i, &y) in x.iter().enumerate() {
        let better = if least { y < x[best] } else { y > x[best] };
        if (better || y.is_nan()) && !x[best].is_nan() {
            best = i;
        }
    }
    best
}

impl<T: Real> Dense<T> {
    /// Positions along `axis`, `k` for each lane, by `choose(lane, positions)`; row-major, with extent `k` along the axis.
    pub(crate) fn choose(&self, axis: usize, k: usize, choose: impl Fn(&[T], &mut [usize])) -> Vec<usize> {
        let (n, inner) = (self.shape[axis], shape::size(&self.shape[axis + 1..]));
        let outer = shape::size(&self.shape[..axis]);
        let x = self.contiguous();
        let x = &x.memory()[..self.len()];
        let mut out = vec![0; outer * k * inner];
        if out.is_empty() {
            // No lane, whatever its length.
            return out;
        }
        let (mut lane, mut places) = (vec![T::zero(); n], vec![0; k]);
        for o in 0..outer {
            for i in 0..inner {
                let elements = (0..n).map(|j| x[(o * n + j) * inner + i]);
                lane.iter_mut().zip(elements).for_each(|(to, x)| *to = x);
                choose(&lane, &mut places);
                for (j, &place) in places.iter().enumerate() {
                    out[(o * k + j) * inner + i] = place;
                }
            }
        }
        out
    }
}
