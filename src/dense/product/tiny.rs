//! Products of a few elements: one panel, without the loops over panels. The same inner loop, so the same bits.

use super::{LONG, Product};
use crate::Real;
use crate::fast::tile::{Matrix, Panel, Tiles};

/// Elements of B's panel: what lies on the stack.
const PANEL: usize = 128;
/// The same for the smallest products.
const FEW: usize = 32;

impl<T: Real> Product<'_, T> {
    /// Whether the result is one panel, and B's rows in it a few elements.
    #[inline]
    pub(super) fn is_tiny(&self, tiles: &Tiles<T>) -> bool {
        let [m, k, n] = self.extents;
        k < LONG && m <= PANEL && n <= 2 * tiles.lanes() && k * tiles.whole(n) <= PANEL
    }

    /// A tiny product; A lies well.
    pub(super) fn tile(&self, tiles: &Tiles<T>, a: Matrix<'_, T>, b: Matrix<'_, T>, y: &mut [T]) {
        let [m, k, n] = self.extents;
        let panel = |b, stride| Panel {
            a,
            b,
            stride,
            m,
            k,
            width: n,
            row: n,
            add: self.add,
        };
        let whole = tiles.whole(n);
        if b.columns == 1 && n == whole && b.rows >= whole {
            return tiles.product(&panel(b.data, b.rows), y);
        }
        // What is cleared for nothing takes longer than the product.
        let (mut few, mut more);
        let rows = match k * whole {
            ..=FEW => {
                few = [T::zero(); FEW];
                &mut few[..]
            }
            _ => {
                more = [T::zero(); PANEL];
                &mut more[..]
            }
        };
        tiles.pack(b, n, &mut rows[..k * whole], whole);
        tiles.product(&panel(rows, whole), y);
    }
}
