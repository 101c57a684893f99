//! Moving elements: views where strides can say it, copies where they cannot. No arithmetic but the sum in
//! [`Dense::scatter_add`].

use super::Dense;
use crate::Real;
use crate::error::Dims;
use crate::shape;

/// What a slice takes along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// `len` elements: `start`, `start + step`, …; a negative step walks backwards.
    Range {
        /// The first element taken.
        start: usize,
        /// The distance to the next one.
        step: isize,
        /// How many are taken.
        len: usize,
    },
    /// One element; the axis goes away.
    Index(usize),
    /// A new axis of extent 1, which takes nothing.
    New,
}

impl<T: Real> Dense<T> {
    /// The same elements in row-major order under another shape of the same size; a view where strides can say it.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Self {
        if self.is_contiguous() {
            return Self {
                block: self.block.clone(),
                offset: self.offset,
                run: self.run,
                shape: shape.into(),
                strides: shape::row_major(shape),
            };
        }
        match shape::reshaped(&self.shape, &self.strides, shape) {
            Some(strides) => self.seen_as(self.offset, shape.into(), strides),
            None => self.contiguous().reshape(shape),
        }
    }

    /// Axis `i` of the result is axis `order[i]` of this array: a view.
    pub(crate) fn permute(&self, order: &[usize]) -> Self {
        let in_order = |from: &[usize]| order.iter().map(|&i| from[i]).collect();
        self.seen_as(self.offset, in_order(&self.shape), in_order(&self.strides))
    }

    /// The transpose of a matrix: a view.
    pub(crate) fn transposed(&self) -> Self {
        let turned = |list: &[usize]| Dims::from([list[1], list[0]]);
        self.seen_as(self.offset, turned(&self.shape), turned(&self.strides))
    }

    /// This array repeated to `shape`, which must be possible: a view.
    pub(crate) fn broadcast_to(&self, shape: &[usize]) -> Self {
        if shape::same(&self.shape, shape) {
            return self.clone();
        }
        self.seen_as(self.offset, shape.into(), self.strides_in(shape))
    }

    /// A result of a reduction over `axes` (sorted) of an array of `shape`, dropped or kept, repeated to that shape: a view.
    pub(crate) fn spread(&self, axes: &[usize], shape: &[usize]) -> Self {
        let kept = self.shape.len() == shape.len();
        let mut own = self.strides.iter();
        let stride = |axis| {
            let repeated = axes.contains(&axis);
            let own = if repeated && !kept { None } else { own.next() };
            own.filter(|_| !repeated).map_or(0, |&stride| stride)
        };
        let strides = (0..shape.len()).map(stride).collect();
        self.seen_as(self.offset, shape.into(), strides)
    }

    /// The elements that `picks` take: a view, unless a step is negative.
    pub(crate) fn slice(&self, picks: &[Pick]) -> Self {
        let (mut offset, mut shape, mut strides) = (self.offset, Dims::new(), Dims::new());
        let mut backwards = false;
        let mut axis = 0;
        for pick in picks {
            let stride = self.strides.get(axis).copied().unwrap_or(0);
            match *pick {
                Pick::Range { start, step, len } => {
                    offset += if len > 0 { start * stride } else { 0 };
                    shape.push(len);
                    strides.push(step.unsigned_abs() * stride);
                    backwards |= step < 0;
                    axis += 1;
                }
                Pick::Index(at) => {
                    offset += at * stride;
                    axis += 1;
                }
                Pick::New => {
                    shape.push(1);
                    strides.push(0);
                }
            }
        }
        if shape.contains(&0) {
            offset = 0; // which may have left the memory
        }
        if !backwards {
            return self.seen_as(offset, shape, strides);
        }
        Self::build(self.pool(), shape.clone(), |out| {
            let memory = self.memory();
            each_pick(picks, &self.strides, &shape, |i, at| out[i] = memory[at]);
        })
    }

    /// The inverse of [`Dense::slice`]: an array of `shape` that holds the elements of this one, each with `more` added, where
    /// `picks` point, and `fill` elsewhere.
    pub(crate) fn embed(&self, picks: &[Pick], shape: &[usize], fill: T, more: T) -> Self {
        self.with_elements(|x| {
            Self::build(self.pool(), shape.into(), |out| {
                out.fill(fill);
                each_pick(picks, &shape::row_major(shape), &self.shape, |i, at| {
                    out[at] = x[i] + more;
                });
            })
        })
    }

    /// Adds `x`, each element with `more` added, to the elements that `picks` take, in place, if nobody else holds this memory.
    pub(crate) fn add_picked(&mut self, picks: &[Pick], x: &Self, more: T) -> bool {
        let strides = self.strides.clone();
        let Some(own) = self.get_mut() else {
            return false;
        };
        x.with_elements(|from| each_pick(picks, &strides, &x.shape, |i, at| own[at] += from[i] + more));
        true
    }

    /// The slabs `indices` along `axis`, in this order; repeats are allowed.
    pub(crate) fn take(&self, axis: usize, indices: &[usize]) -> Self {
        let mut shape = self.shape.clone();
        shape[axis] = indices.len();
        let inner: usize = shape[axis + 1..].iter().product();
        let slab = inner * self.shape[axis];
        let x = self.contiguous();
        let x = &x.memory()[..self.len()];
        Self::build(self.pool(), shape, |out| {
            if inner == 1 {
                let (to, from) = (
                    out.chunks_exact_mut(indices.len().max(1)),
                    x.chunks_exact(slab.max(1)),
                );
                return to.zip(from).for_each(|(to, from)| {
                    to.iter_mut().zip(indices).for_each(|(to, &i)| *to = from[i]);
                });
            }
            let blocks = out.chunks_exact_mut((inner * indices.len()).max(1));
            for (block, x) in blocks.zip(x.chunks_exact(slab.max(1))) {
                for (to, &i) in block.chunks_exact_mut(inner.max(1)).zip(indices) {
                    to.copy_from_slice(&x[i * inner..][..inner]);
                }
            }
        })
    }

    /// The adjoint of [`Dense::take`]: slab `k` of this array is added into slab `indices[k]` of an array whose
    /// `axis` has extent `n`; slabs that no index names hold the structural zero.
    pub(crate) fn scatter_add(&self, axis: usize, indices: &[usize], n: usize) -> Self {
        let mut shape = self.shape.clone();
        shape[axis] = n;
        let inner: usize = shape[axis + 1..].iter().product();
        let x = self.contiguous();
        let x = &x.memory()[..self.len()];
        Self::build(self.pool(), shape, |out| {
            out.fill(T::NONE);
            if inner == 1 {
                let (to, from) = (
                    out.chunks_exact_mut(n.max(1)),
                    x.chunks_exact(indices.len().max(1)),
                );
                return to.zip(from).for_each(|(to, from)| {
                    indices.iter().zip(from).for_each(|(&i, &x)| to[i] += x);
                });
            }
            let blocks = out.chunks_exact_mut((inner * n).max(1));
            for (block, x) in blocks.zip(x.chunks_exact((inner * indices.len()).max(1))) {
                for (from, &i) in x.chunks_exact(inner.max(1)).zip(indices) {
                    let to = block[i * inner..][..inner].iter_mut();
                    to.zip(from).for_each(|(t, &x)| *t += x);
                }
            }
        })
    }

    /// The operands one after the other along `axis`; they agree in every other extent.
    pub(crate) fn concat(axis: usize, parts: &[&Self]) -> Self {
        let mut shape = parts[0].shape.clone();
        shape[axis] = parts.iter().map(|p| p.shape[axis]).sum();
        let inner: usize = shape[axis + 1..].iter().product();
        let row = shape[axis] * inner;
        let pool = parts.iter().find_map(|p| p.pool());
        Self::build(pool, shape, |out| {
            let mut start = 0;
            for part in parts {
                let width = part.shape[axis] * inner;
                part.with_elements(|x| {
                    let x = x.chunks_exact(width.max(1));
                    for (to, from) in out.chunks_exact_mut(row.max(1)).zip(x) {
                        to[start..start + width].copy_from_slice(from);
                    }
                });
                start += width;
            }
        })
    }
}

/// Calls `f` with the row-major number of each picked element and its position in memory of these strides.
pub(crate) fn each_pick(picks: &[Pick], strides: &[usize], shape: &[usize], mut f: impl FnMut(usize, usize)) {
    if shape.contains(&0) {
        return;
    }
    let (mut base, mut steps) = (0, smallvec::SmallVec::<[isize; 4]>::new());
    let mut strides = strides.iter();
    for pick in picks {
        match *pick {
            Pick::Range { start, step, .. } => {
                let stride = strides.next().map_or(0, |&s| s);
                base += start * stride;
                steps.push(step * stride as isize);
            }
            Pick::Index(at) => base += at * strides.next().map_or(0, |&s| s),
            Pick::New => steps.push(0),
        }
    }
    // Along the last axis by one addition an element.
    let (&n, outer) = shape.split_last().unwrap_or((&1, &[]));
    let step = steps.last().copied().unwrap_or(0);
    let mut index = Dims::from_elem(0, outer.len());
    let rows = if n == 0 { 0 } else { shape::size(outer) };
    for row in 0..rows {
        let along = index.iter().zip(&steps).map(|(&i, s)| i as isize * s);
        let start = base.wrapping_add_signed(along.sum());
        for j in 0..n {
            f(row * n + j, start.wrapping_add_signed(j as isize * step));
        }
        shape::advance(&mut index, outer);
    }
}
