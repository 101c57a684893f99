//! Products of a few elements: one panel, without the loops over panels. The same inner loop, so the same bits.

use super::{LONG, Product};
use crate::Real;
use crate::fast::tile::{Matrix, Panel, Tiles};

/// Elements of B's panel: what lies on the stack.
const PANEL: usize = 128;
/// The same, and elements of the result, for the smallest products.
const FEW: usize = 64;

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
        let whole = tiles.whole(n);
        if b.columns == 1 && n == whole && b.rows >= whole {
            return tiles.product(&self.panel(a, b.data, b.rows, n, self.add), y);
        }
        if m.max(k) * whole <= FEW {
            return self.padded(tiles, a, b, y);
        }
        let mut rows = [T::zero(); PANEL];
        tiles.pack(b, n, &mut rows[..k * whole], whole);
        tiles.product(&self.panel(a, &rows, whole, n, self.add), y);
    }

    /// The smallest products, made with whole registers: to add to a part of one takes longer than the product.
    fn padded(&self, tiles: &Tiles<T>, a: Matrix<'_, T>, b: Matrix<'_, T>, y: &mut [T]) {
        let [_, k, n] = self.extents;
        let whole = tiles.whole(n);
        let (mut rows, mut product) = ([T::zero(); FEW], [T::zero(); FEW]);
        tiles.pack(b, n, &mut rows[..k * whole], whole);
        tiles.product(&self.panel(a, &rows, whole, whole, false), &mut product);
        for (y, x) in y.chunks_exact_mut(n).zip(product.chunks_exact(whole)) {
            let elements = y.iter_mut().zip(x);
            match self.add {
                true => elements.for_each(|(y, &x)| *y += x),
                false => elements.for_each(|(y, &x)| *y = x),
            }
        }
    }

    /// The one panel, with rows of B that are `stride` apart, and a result whose rows have `width` elements.
    fn panel<'a>(
        &self,
        a: Matrix<'a, T>,
        b: &'a [T],
        stride: usize,
        width: usize,
        add: bool,
    ) -> Panel<'a, T> {
        let [m, k, _] = self.extents;
        let row = width;
        Panel {
            a,
            b,
            stride,
            m,
            k,
            width,
            row,
            add,
        }
    }
}
