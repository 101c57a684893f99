//! Patches that slide over the last two axes of an array: taking them out (im2col), adding them back (col2im), and
//! choosing the largest element of each. Rows of a window are copied whole; no place is tested for lying outside.

use super::Dense;
use super::threads::share;
use crate::Real;
use std::ops::Range;

/// Patches along one axis: the k-th place of window o is `o·stride + k·dilation − padding`; places outside the axis are
/// padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The axis has this extent.
    pub extent: usize,
    /// Places of a window.
    pub size: usize,
    /// The distance between windows.
    pub stride: usize,
    /// The distance between the places of a window.
    pub dilation: usize,
    /// Places before the axis, and as many after it.
    pub padding: usize,
    /// The number of windows.
    pub count: usize,
}

impl Span {
    /// As many windows as the padded axis has room for, if it has any and their places can be counted. Size, stride and
    /// dilation are at least 1.
    pub(crate) fn over(
        extent: usize,
        size: usize,
        stride: usize,
        dilation: usize,
        padding: usize,
    ) -> Option<Self> {
        let padded = padding.checked_mul(2)?.checked_add(extent)?;
        let room = padded
            .checked_sub(dilation.checked_mul(size - 1)?)?
            .checked_sub(1)?;
        Some(Self {
            extent,
            size,
            stride,
            dilation,
            padding,
            count: room / stride + 1,
        })
    }

    /// The windows whose k-th place is on the axis, and that place of the first of them.
    fn inside(&self, k: usize) -> (Range<usize>, usize) {
        let place = k * self.dilation;
        let first = self.padding.saturating_sub(place).div_ceil(self.stride);
        let end = (self.extent + self.padding).saturating_sub(place);
        let end = end.div_ceil(self.stride).min(self.count);
        match first < end {
            true => (first..end, first * self.stride + place - self.padding),
            false => (0..0, 0),
        }
    }

    /// The places of window `o` that are on the axis, where dilation is 1.
    fn places(&self, o: usize) -> Range<usize> {
        let start = o * self.stride;
        let end = (start + self.size).saturating_sub(self.padding).min(self.extent);
        start.saturating_sub(self.padding)..end
    }
}

/// Patches over images, batch × channels × height × width, the channels in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patches {
    /// Along the height.
    pub h: Span,
    /// Along the width.
    pub w: Span,
    /// The channels fall into this many groups.
    pub groups: usize,
}

impl Patches {
    /// Patches over images, or with one span over signals: images of height 1.
    pub(crate) fn of(spans: &[Span], groups: usize) -> Self {
        let one = Span {
            extent: 1,
            size: 1,
            stride: 1,
            dilation: 1,
            padding: 0,
            count: 1,
        };
        let w = *spans.last().expect("at least one span");
        let h = if spans.len() > 1 { spans[0] } else { one };
        Self { h, w, groups }
    }

    /// The shape of the windows of `n` images with `c` channels a group, taken apart.
    pub(crate) fn columns(&self, n: usize, c: usize) -> [usize; 7] {
        let Self { h, w, groups } = self;
        [*groups, h.size, w.size, c, n, h.count, w.count]
    }

    /// The shape of `n` images with `c` channels a group.
    pub(crate) fn images(&self, n: usize, c: usize) -> [usize; 4] {
        [n, self.groups.saturating_mul(c), self.h.extent, self.w.extent]
    }

    /// Goes through the rows of windows of images with `c` channels a group, in the order group, place in a window, channel
    /// (`blocks` counts these three as one), image, row of windows. `f` gets the windows of the row for which this place is
    /// inside the image, and the position there of the first; the following ones are `w.stride` apart.
    fn each_row(
        &self,
        blocks: Range<usize>,
        images: Range<usize>,
        c: usize,
        mut f: impl FnMut(Range<usize>, usize),
    ) {
        let (h, w) = (&self.h, &self.w);
        for block in blocks {
            let (place, channel) = (block / c, block % c);
            let (i, j) = (place / w.size % h.size, place % w.size);
            let channel = place / (w.size * h.size) * c + channel;
            let ((rows, top), (run, left)) = (h.inside(i), w.inside(j));
            for image in images.clone() {
                let plane = (image * self.groups * c + channel) * h.extent * w.extent;
                for o in 0..h.count {
                    match rows.contains(&o) {
                        true => {
                            let row = top + (o - rows.start) * h.stride;
                            f(run.clone(), plane + row * w.extent + left);
                        }
                        false => f(0..0, 0),
                    }
                }
            }
        }
    }

    /// Goes through the windows of images of one channel; `f` gets the position of the window's largest element: the first of
    /// equal ones, the first NaN if there is one.
    fn each_max<T: Real>(&self, planes: Range<usize>, x: &[T], mut f: impl FnMut(usize)) {
        let (h, w) = (&self.h, &self.w);
        for plane in planes {
            for o in 0..h.count {
                for p in 0..w.count {
                    let columns = w.places(p);
                    let mut best = None;
                    for row in h.places(o) {
                        let start = (plane * h.extent + row) * w.extent;
                        for at in start + columns.start..start + columns.end {
                            let larger = |b: usize| x[at] > x[b] || (x[at].is_nan() && !x[b].is_nan());
                            if best.is_none_or(larger) {
                                best = Some(at);
                            }
                        }
                    }
                    f(best.expect("a window reaches into the image"));
                }
            }
        }
    }
}

impl<T: Real> Dense<T> {
    /// The windows of images, in the order group, height and width of a window, channel of the group, image, height and width
    /// of windows. What is padding holds the structural zero.
    pub(crate) fn im2col(&self, windows: &Patches) -> Self {
        let (n, c) = (self.shape[0], self.shape[1] / windows.groups);
        let (h, w) = (&windows.h, &windows.w);
        let shape = windows.columns(n, c);
        let x = self.contiguous();
        let x = &x.memory()[..self.len()];
        Self::build(self.pool(), shape.as_slice().into(), |out| {
            let (unit, work) = (n * h.count * w.count, out.len());
            share(out, unit, work, |at, out| {
                let blocks = at / unit.max(1)..(at + out.len()) / unit.max(1);
                let mut rows = out.chunks_exact_mut(w.count);
                windows.each_row(blocks, 0..n, c, |run, from| {
                    let row = rows.next().expect("a row of the result for each row of windows");
                    row[..run.start].fill(T::NONE);
                    row[run.end..].fill(T::NONE);
                    let to = &mut row[run];
                    match w.stride {
                        1 => to.copy_from_slice(&x[from..][..to.len()]),
                        _ if to.is_empty() => {}
                        s => to
                            .iter_mut()
                            .zip(x[from..].iter().step_by(s))
                            .for_each(|(t, &x)| *t = x),
                    }
                });
            });
        })
    }

    /// The adjoint of [`Dense::im2col`]: windows added up into images. What no window reaches holds the structural zero.
    pub(crate) fn col2im(&self, windows: &Patches) -> Self {
        let (c, n) = (self.shape[3], self.shape[4]);
        let (h, w) = (&windows.h, &windows.w);
        let shape = windows.images(n, c);
        let x = self.contiguous();
        let x = &x.memory()[..self.len()];
        Self::build(self.pool(), shape.as_slice().into(), |out| {
            out.fill(T::NONE);
            let (unit, blocks) = (out.len() / n.max(1), windows.groups * h.size * w.size * c);
            share(out, unit, x.len(), |at, out| {
                let images = at / unit.max(1)..(at + out.len()) / unit.max(1);
                for block in 0..blocks {
                    let first = (block * n + images.start) * h.count * w.count;
                    let mut rows = x[first..].chunks_exact(w.count);
                    windows.each_row(block..block + 1, images.clone(), c, |run, from| {
                        let row = rows.next().expect("a row of windows for each row of this array");
                        let row = &row[run];
                        match w.stride {
                            _ if row.is_empty() => {}
                            1 => out[from - at..][..row.len()]
                                .iter_mut()
                                .zip(row)
                                .for_each(|(o, &x)| *o += x),
                            s => out[from - at..]
                                .iter_mut()
                                .step_by(s)
                                .zip(row)
                                .for_each(|(o, &x)| *o += x),
                        }
                    });
                }
            });
        })
    }

    /// Of each window over `by`, the element of this array at the place where `by` is largest.
    pub(crate) fn pick_max(&self, by: &Self, windows: &Patches) -> Self {
        let [n, c] = [self.shape[0], self.shape[1]];
        let shape = [n, c, windows.h.count, windows.w.count];
        let (a, by) = (self.contiguous(), by.contiguous());
        let (a, x) = (&a.memory()[..self.len()], &by.memory()[..self.len()]);
        Self::build(self.pool(), shape.as_slice().into(), |out| {
            let unit = windows.h.count * windows.w.count;
            share(out, unit, x.len(), |at, out| {
                let planes = at / unit.max(1)..(at + out.len()) / unit.max(1);
                let mut out = out.iter_mut();
                windows.each_max(planes, x, |at| {
                    *out.next().expect("an element for each window") = a[at];
                });
            });
        })
    }

    /// The adjoint of [`Dense::pick_max`]: each element of this array added to the place where its window over `by` is
    /// largest; the structural zero elsewhere.
    pub(crate) fn put_max(&self, by: &Self, windows: &Patches) -> Self {
        let planes = by.shape[0] * by.shape[1];
        let (g, by) = (self.contiguous(), by.contiguous());
        let (g, x) = (&g.memory()[..self.len()], &by.memory()[..by.len()]);
        Self::build(self.pool(), by.shape.clone(), |out| {
            out.fill(T::NONE);
            let unit = out.len() / planes.max(1);
            share(out, unit, x.len(), |at, out| {
                let planes = at / unit.max(1)..(at + out.len()) / unit.max(1);
                let mut g = g[planes.start * windows.h.count * windows.w.count..].iter();
                windows.each_max(planes, x, |place| {
                    out[place - at] += *g.next().expect("an element for each window");
                });
            });
        })
    }
}
