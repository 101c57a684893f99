//! Sums of exponentials along a lane: softmax, log-softmax and ln Σ eˣ, shifted by the largest element so that nothing overflows.

use super::reduce::{Fold, RUN, fold_lanes, half, halve, larger};
use crate::Real;
use crate::fast::{self, Loop};

/// Σ e^(x − m), added as [`sum_mapped`](super::reduce::sum_mapped) does; the summands go to `y`.
fn exp_sum<T: Real>(x: &[T], m: T, y: &mut [T]) -> T {
    if let Some(half) = half(x.len()) {
        let (first, second) = y.split_at_mut(half);
        return exp_sum(&x[..half], m, first) + exp_sum(&x[half..], m, second);
    }
    fast::run(ExpSum { x, m, y })
}

struct ExpSum<'a, T> {
    x: &'a [T],
    m: T,
    y: &'a mut [T],
}

impl<T: Real> Loop for ExpSum<'_, T> {
    type Out = T;
    #[inline(always)]
    fn run(self) -> T {
        let Self { x, m, y } = self;
        let full = x.len() / 16 * 16;
        let (x, last) = x.split_at(full);
        let (y, y_last) = y.split_at_mut(full);
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - m).fast_exp());
        let mut lanes = [T::zero(); 16];
        for y in y.chunks_exact(16) {
            lanes.iter_mut().zip(y).for_each(|(l, &y)| *l += y);
        }
        if !last.is_empty() {
            // A full register of them, −∞ where there is none: what is short is not slow.
            let mut padded = [T::neg_infinity(); 16];
            padded[..last.len()].copy_from_slice(last);
            for i in 0..16 {
                padded[i] = (padded[i] - m).fast_exp();
                lanes[i] += padded[i];
            }
            y_last.copy_from_slice(&padded[..last.len()]);
        }
        halve(lanes, |a, b| a + b)
    }
}

/// `y = e^(x − m)/Σ e^(x − m)` with m the largest.
pub(crate) fn softmax<T: Real>(x: &[T], y: &mut [T]) {
    fast::run(Softmax { x, y, log: false });
}

/// `y = (x − m) − ln Σ e^(x − m)`: shifted before the logarithm is taken off, so that large logits lose no digits.
pub(crate) fn log_softmax<T: Real>(x: &[T], y: &mut [T]) {
    fast::run(Softmax { x, y, log: true });
}

/// A lane's softmax, or the logarithm of it, in one loop after the other without looking each time for the widest registers.
struct Softmax<'a, T> {
    x: &'a [T],
    y: &'a mut [T],
    log: bool,
}

impl<T: Real> Loop for Softmax<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { x, y, log } = self;
        // The largest number. Beside a NaN it does not matter: that makes the sum NaN, and all the results.
        let m = Fold {
            x,
            identity: T::neg_infinity(),
            map: |x| x,
            f: |m, x| if x > m { x } else { m },
        }
        .run();
        let sum = match half(x.len()) {
            Some(_) => exp_sum(x, m, y),
            None => ExpSum { x, m, y: &mut *y }.run(),
        };
        if log {
            let l = sum.ln();
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - m) - l);
        } else {
            let scale = sum.recip();
            y.iter_mut().for_each(|y| *y *= scale);
        }
    }
}

/// `ln Σ eˣ`.
pub(super) fn log_sum_exp<T: Real>(x: &[T]) -> T {
    let m = fold_lanes(x, T::neg_infinity(), larger);
    if m.is_infinite() {
        return m;
    }
    // The summands are not wanted: they go to the stack, a run at a time, and what is added is the sums of runs, pairwise.
    fn sum<T: Real>(x: &[T], m: T) -> T {
        if let Some(half) = half(x.len()) {
            return sum(&x[..half], m) + sum(&x[half..], m);
        }
        exp_sum(x, m, &mut [T::zero(); RUN][..x.len()])
    }
    m + sum(x, m).ln()
}

/// `out[j] = ln Σ e^x[i][j]` over the rows i, of which one begins every `step` elements, some columns at a time.
pub(super) struct LogSumExpRows<'a, T> {
    pub(super) x: &'a [T],
    pub(super) step: usize,
    pub(super) out: &'a mut [T],
}

impl<T: Real> Loop for LogSumExpRows<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        const COLUMNS: usize = 64;
        let Self { x, step, out } = self;
        for (b, out) in out.chunks_mut(COLUMNS).enumerate() {
            let n = out.len();
            let rows = || x.chunks(step).map(|row| &row[b * COLUMNS..][..n]);
            let (mut m, mut sum) = ([T::neg_infinity(); COLUMNS], [T::zero(); COLUMNS]);
            let (m, sum) = (&mut m[..n], &mut sum[..n]);
            for row in rows() {
                m.iter_mut().zip(row).for_each(|(m, &x)| *m = larger(*m, x));
            }
            for row in rows() {
                for j in 0..n {
                    sum[j] += (row[j] - m[j]).fast_exp();
                }
            }
            for j in 0..n {
                out[j] = if m[j].is_infinite() {
                    m[j]
                } else {
                    m[j] + sum[j].fast_ln()
                };
            }
        }
    }
}
