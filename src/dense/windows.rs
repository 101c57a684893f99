//! Windows that overlap, and bands of matrices.

use super::Dense;
use crate::Real;
use crate::error::Dims;

impl<T: Real> Dense<T> {
    /// Windows of `size` elements along `axis`, one at every multiple of `step`: a view with a new last axis.
    pub(crate) fn windows(&self, axis: usize, size: usize, step: usize) -> Self {
        let (mut shape, mut strides) = (self.shape.clone(), self.strides.clone());
        shape[axis] = (self.shape[axis] - size) / step + 1;
        strides[axis] = self.strides[axis] * step;
        shape.push(size);
        strides.push(self.strides[axis]);
        self.seen_as(self.offset, shape, strides)
    }

    /// The adjoint of [`Dense::windows`]: every window added into place along `axis`, whose extent is then `n`; what no
    /// window covers holds the structural zero.
    pub(crate) fn overlap(&self, axis: usize, step: usize, n: usize) -> Self {
        let last = self.shape.len() - 1;
        let (count, size) = (self.shape[axis], self.shape[last]);
        let mut shape: Dims = self.shape[..last].into();
        shape[axis] = n;
        let inner: usize = shape[axis + 1..].iter().product();
        // With the elements of a window side by side, a window is one run of memory here and there.
        let mut order: Dims = (0..last).collect();
        order.insert(axis + 1, last);
        let x = self.permute(&order).contiguous();
        let x = &x.memory()[..self.len()];
        Self::build(self.pool(), shape, |out| {
            out.fill(T::NONE);
            let run = size * inner;
            let blocks = out.chunks_exact_mut((n * inner).max(1));
            for (block, windows) in blocks.zip(x.chunks_exact((count * run).max(1))) {
                for (i, window) in windows.chunks_exact(run.max(1)).enumerate() {
                    let to = block[i * step * inner..][..run].iter_mut();
                    to.zip(window).for_each(|(t, &x)| *t += x);
                }
            }
        })
    }

    /// The elements of the last two axes whose column less row is in `low..=high`, and `fill` elsewhere.
    pub(crate) fn band(&self, [low, high]: [isize; 2], fill: T) -> Self {
        let last = self.shape.len() - 1;
        let (m, n) = (self.shape[last - 1], self.shape[last]);
        Self::build(self.pool(), self.shape.clone(), |out| {
            self.copy_into(out);
            for (number, row) in out.chunks_exact_mut(n.max(1)).enumerate() {
                let i = (number % m) as isize;
                let column = |j: isize| j.clamp(0, n as isize) as usize;
                let (start, end) = (column(i + low), column(i + high + 1));
                row[..start].fill(fill);
                row[end.max(start)..].fill(fill);
            }
        })
    }
}
