//! Patches over images as linear ops, of which convolution and pooling are made (`conv.rs`, `pool.rs`).
//!
//! | op | value | adjoint |
//! |---|---|---|
//! | [`Im2Col`] | each window's elements, beside each other | [`Col2Im`]: windows overlap, so they add up |
//! | [`PickMax`] | of each window the element where another array is largest | [`PutMax`]: back to that place |
//!
//! Images are batch × channels × height × width; signals are images of height 1. Padding is the structural zero in a value and
//! in its derivatives alike.
//!
//! An own rule for convolution was rejected: with these, its derivatives of every order follow from the matrix
//! product's. The price is memory, `height × width` of a window times that of the images (K. Chellapilla, S. Puri, P. Simard,
//! *High performance convolutional neural networks for document processing*, 2006, §2.2).

use super::{ArrayRule, ArrayValue, Term, Zeros};
use crate::Real;
use crate::dense::{Dense, Patches};
use crate::error::{Dims, ShapeError};
use crate::ops::rule::Parts;

/// The elements of windows, in the order group, height and width of a window, channel of the group, image, height and
/// width of windows.
#[derive(Debug, Clone)]
pub struct Im2Col {
    pub(super) windows: Patches,
}

/// The adjoint of [`Im2Col`]: windows added up into images, structural zeros where there is none.
#[derive(Debug, Clone)]
pub struct Col2Im {
    pub(super) windows: Patches,
}

/// Of each window the element of the first operand at the place where the second is largest; the first of equal ones.
#[derive(Debug, Clone)]
pub struct PickMax {
    pub(super) windows: Patches,
}

/// The adjoint of [`PickMax`]: an element for each window, added to the place where the second operand is largest;
/// structural zeros elsewhere.
#[derive(Debug, Clone)]
pub struct PutMax {
    windows: Patches,
}

impl ArrayRule for Im2Col {
    const ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "im2col"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let Patches { h, w, groups } = &self.windows;
        let shape = [
            *groups,
            h.size,
            w.size,
            x[0][1] / groups,
            x[0][0],
            h.count,
            w.count,
        ];
        Ok(shape.as_slice().into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].im2col(&self.windows)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let windows = self.windows;
        Term(V::apply(Col2Im { windows }, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

impl ArrayRule for Col2Im {
    const ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "col2im"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let Patches { h, w, .. } = &self.windows;
        let shape = [x[0][4], x[0][0] * x[0][3], h.extent, w.extent];
        Ok(shape.as_slice().into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].col2im(&self.windows)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let windows = self.windows;
        Term(V::apply(Im2Col { windows }, &[&g.0]))
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term(V::apply(self.clone(), &[&t.0]))
    }
}

/// The cotangents of an op that is linear in its first operand and constant between the jumps of its second.
fn of_first<V>(wanted: &[bool], vjp: impl FnOnce() -> Term<V>) -> Parts<V> {
    [wanted[0].then(vjp), None].into_iter().collect()
}

/// Its tangents, likewise.
fn along_first<R: ArrayRule, V: ArrayValue>(
    rule: &R,
    k: usize,
    x: &[&Term<V>],
    y: &Term<V>,
    t: &Term<V>,
) -> Term<V> {
    match k {
        0 => Term(V::apply(rule.clone(), &[&t.0, &x[1].0])),
        _ => y.gated(0),
    }
}

impl ArrayRule for PickMax {
    const ZEROS: Zeros = Zeros::Made;
    const TANGENT_ZEROS: Zeros = Zeros::Moved;

    fn name(&self) -> &str {
        "max_pool"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        let Patches { h, w, .. } = &self.windows;
        Ok([x[0][0], x[0][1], h.count, w.count].as_slice().into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].pick_max(x[1], &self.windows)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let windows = self.windows;
        Term(V::apply(PutMax { windows }, &[&g.0, &x[1].0]))
    }
    fn vjps<V: ArrayValue>(&self, wanted: &[bool], x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Parts<V> {
        of_first(wanted, || self.vjp(0, x, y, g))
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        along_first(self, k, x, y, t)
    }
}

impl ArrayRule for PutMax {
    const ZEROS: Zeros = Zeros::Moved;
    const TANGENT_ZEROS: Zeros = Zeros::Made;

    fn name(&self) -> &str {
        "max_unpool"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[1].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].put_max(x[1], &self.windows)
    }
    fn vjp<V: ArrayValue>(&self, _: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        let windows = self.windows;
        Term(V::apply(PickMax { windows }, &[&g.0, &x[1].0]))
    }
    fn vjps<V: ArrayValue>(&self, wanted: &[bool], x: &[&Term<V>], y: &Term<V>, g: &Term<V>) -> Parts<V> {
        of_first(wanted, || self.vjp(0, x, y, g))
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], y: &Term<V>, t: &Term<V>) -> Term<V> {
        along_first(self, k, x, y, t)
    }
}
