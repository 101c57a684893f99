//! The matrix product's one seam, `Y = A·B` or `Y += A·B`, with operands as they lie: a transposed one costs no copy of it. A
//! batch is a loop of products over views.
//!
//! The result is made in panels two registers wide ([`tile`](super::tile)). B's rows of a panel are copied to a buffer from the
//! pool where the product is large, where they are not runs of memory, and at B's right border. A is read where it
//! lies, and copied as a whole only if neither its rows nor its columns are runs of memory.
//!
//! An element of Y is the sum of its products in the order of the inner index, in runs of [`DEPTH`] that are added one after
//! the other (for few rows times a transposed B: in as many interleaved runs as a register has lanes). That depends on the
//! operands' shapes and strides and on the processor's registers, and not on how rows are shared out among threads.

use super::pool::{Block, Pool};
use super::threads::share;
use super::{Dense, dot};
use crate::Real;
use crate::error::Dims;
use crate::fast::tile::{DEPTH, Matrix, Panel, Tiles};
use crate::shape;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder, linalg::general_mat_mul};

/// Up to so many rows of A, or multiplications, B is read where it lies; copying it first pays for more.
const FEW: usize = 32;
const SMALL: usize = 1 << 26;

/// Up to so many rows, times a B whose columns are runs of memory, are dot products where a column has [`LONG`] elements.
const DOTS: usize = 8;
const LONG: usize = 64;

/// Rows that threads share out: those of a tile, so that none of them is left with a part of one.
const ROWS: usize = 8;

/// Multiplications in the time in which an elementwise loop goes through an element.
const SPEED: usize = 16;

/// Bytes of A that panels go by: a second-level cache.
const CACHED: usize = 1 << 20;

impl<T: Real> Dense<T> {
    /// The products of m×k and k×n matrices, the last two axes; the axes before them broadcast, which must be possible.
    pub(crate) fn matmul(&self, other: &Self) -> Self {
        let pool = self.pool().or(other.pool());
        Self::build(pool, product_shape(self, other), |out| {
            multiply(self, other, out, false)
        })
    }

    /// Adds the product of two matrices to this sum of its shape, if that can be done in place with the bits of a separate
    /// product: nobody else holds the memory, and the product is not itself a sum of several parts.
    pub(crate) fn add_matmul(&mut self, a: &Self, b: &Self) -> bool {
        let (_, [_, k]) = a.batch();
        if k > DEPTH || T::tiles().is_none() {
            return false;
        }
        let Some(own) = self.get_mut() else {
            return false;
        };
        multiply(a, b, own, true);
        true
    }

    /// The extents of the batch, and those of its matrices.
    fn batch(&self) -> (&[usize], [usize; 2]) {
        let (batch, matrix) = self.shape.split_at(self.shape.len() - 2);
        (batch, [matrix[0], matrix[1]])
    }

    /// The matrix that starts at this position.
    fn matrix(&self, start: usize) -> Matrix<'_, T> {
        let [.., rows, columns] = self.strides[..] else {
            unreachable!("a matrix has two axes");
        };
        Matrix {
            data: &self.memory()[start..],
            rows,
            columns,
        }
    }
}

fn product_shape<T: Real>(a: &Dense<T>, b: &Dense<T>) -> Dims {
    let ((left, [m, _]), (right, [_, n])) = (a.batch(), b.batch());
    if left.is_empty() && right.is_empty() {
        return Dims::from([m, n]);
    }
    let mut shape = shape::broadcast(left, right).expect("the shapes have been checked");
    shape.extend([m, n]);
    shape
}

/// Writes the products of two batches of matrices, or adds them.
fn multiply<T: Real>(a: &Dense<T>, b: &Dense<T>, y: &mut [T], add: bool) {
    let ((left, [m, k]), (right, [_, n])) = (a.batch(), b.batch());
    if y.is_empty() {
        return;
    }
    if k == 0 {
        return if !add {
            y.fill(T::zero())
        };
    }
    let product = Product::new([m, k, n], a.pool().or(b.pool()), add);
    if left.is_empty() && right.is_empty() {
        return product.write(a.matrix(0), b.matrix(0), y);
    }
    if !left.is_empty() && shape::size(right) == 1 && a.is_contiguous() {
        let rows = a.reshape(&[shape::size(left) * m, k]);
        return multiply(&rows, &b.reshape(&[k, n]), y, add);
    }
    let batch = shape::broadcast(left, right).expect("the shapes have been checked");
    let wide = |last: [usize; 2]| -> Dims { batch.iter().copied().chain(last).collect() };
    let (left, right) = (a.strides_in(&wide([m, k])), b.strides_in(&wide([k, n])));
    let work = y.len().saturating_mul(k) / SPEED;
    share(y, m * n, work, |at, y| {
        let mut index = shape::unravel(at / (m * n), &batch);
        for y in y.chunks_exact_mut(m * n) {
            let a = a.matrix(dot(&index, &left[..batch.len()]));
            let b = b.matrix(dot(&index, &right[..batch.len()]));
            product.write(a, b, y);
            shape::advance(&mut index, &batch);
        }
    });
}

/// A product of matrices that may lie anyhow.
struct Product<'p, T: Real> {
    extents: [usize; 3],
    pool: Option<&'p Pool<T>>,
    add: bool,
    tiles: Option<Tiles<T>>,
}

impl<'p, T: Real> Product<'p, T> {
    fn new(extents: [usize; 3], pool: Option<&'p Pool<T>>, add: bool) -> Self {
        let tiles = T::tiles();
        Self {
            extents,
            pool,
            add,
            tiles,
        }
    }

    fn write(&self, a: Matrix<'_, T>, b: Matrix<'_, T>, y: &mut [T]) {
        let [m, k, n] = self.extents;
        let Some(tiles) = &self.tiles else {
            return self.elsewhere(a, b, y);
        };
        if n == 1 && m > 1 {
            // A column is the row of the transposed product.
            let turned = Product {
                extents: [1, k, m],
                ..*self
            };
            return turned.write(b.transposed(), a.transposed(), y);
        }
        let lies_well = a.columns == 1 || (m > 1 && a.rows == 1 && a.columns >= m);
        if lies_well && self.is_tiny(tiles) {
            return self.tile(tiles, a, b, y);
        }
        if lies_well {
            return self.rows(tiles, a, b, y);
        }
        let mut copy = Block::new(self.pool, m * k);
        let Some(rows) = copy.start_mut(m * k) else {
            return;
        };
        for (i, row) in rows.chunks_exact_mut(k).enumerate() {
            for (j, x) in row.iter_mut().enumerate() {
                *x = a.data[i * a.rows + j * a.columns];
            }
        }
        let a = Matrix {
            data: rows,
            rows: k,
            columns: 1,
        };
        self.rows(tiles, a, b, y);
    }

    /// The product by tiles; A lies well.
    fn rows(&self, tiles: &Tiles<T>, a: Matrix<'_, T>, b: Matrix<'_, T>, y: &mut [T]) {
        let [m, k, n] = self.extents;
        let runs = a.columns == 1 && b.rows == 1;
        let dots = runs && (m <= DOTS && k >= LONG || k >= 8 * LONG && tiles.whole(n) - n >= n / 3);
        let part = |a, b, n, y: &mut [T]| match dots {
            true => self.dots(tiles, a, b, n, y),
            false => self.panels(tiles, a, b, n, y),
        };
        let work = (m * n).saturating_mul(k) / SPEED;
        match m {
            1 => share(y, 2 * tiles.lanes(), work, |at, y| {
                part(a, b.from(0, at), y.len(), y)
            }),
            _ => share(y, ROWS * n, work, |at, y| part(a.from(at / n, 0), b, n, y)),
        }
    }

    /// The rows that `y` has, as dot products.
    fn dots(&self, tiles: &Tiles<T>, a: Matrix<'_, T>, b: Matrix<'_, T>, n: usize, y: &mut [T]) {
        let panel = Panel {
            a,
            b: b.data,
            stride: b.columns,
            m: y.len() / n,
            k: self.extents[1],
            width: n,
            row: n,
            add: self.add,
        };
        tiles.dots(&panel, y);
    }

    /// The rows that `y` has, panel by panel.
    fn panels(&self, tiles: &Tiles<T>, a: Matrix<'_, T>, b: Matrix<'_, T>, n: usize, y: &mut [T]) {
        let k = self.extents[1];
        let (depth, lanes) = (k.min(DEPTH), tiles.lanes());
        let mut buffer = None;
        let rows = (CACHED / (depth * size_of::<T>())).min(y.len() / n);
        for (i, y) in y.chunks_mut(rows * n).enumerate() {
            let m = y.len() / n;
            for p in (0..k).step_by(DEPTH) {
                let a = a.from(i * rows, p);
                let k = (k - p).min(DEPTH);
                for j in (0..n).step_by(2 * lanes) {
                    let b = b.from(p, j);
                    let width = (n - j).min(2 * lanes);
                    let whole = tiles.whole(width);
                    let small = m <= FEW || (m * k).saturating_mul(b.rows) <= SMALL;
                    let there = small && b.columns == 1 && width == whole && b.rows >= whole;
                    let (b, stride) = if there {
                        (b.data, b.rows)
                    } else {
                        let block = buffer.get_or_insert_with(|| Block::new(self.pool, depth * 2 * lanes));
                        let Some(buffer) = block.start_mut(k * whole) else {
                            return;
                        };
                        tiles.pack(b, width, buffer, whole);
                        (&*buffer, whole)
                    };
                    let add = self.add || p > 0;
                    let panel = Panel {
                        a,
                        b,
                        stride,
                        m,
                        k,
                        width,
                        row: n,
                        add,
                    };
                    tiles.product(&panel, &mut y[j..]);
                }
            }
        }
    }

    /// The product by ndarray.
    fn elsewhere(&self, a: Matrix<'_, T>, b: Matrix<'_, T>, y: &mut [T]) {
        let [m, k, n] = self.extents;
        let mut y = ArrayViewMut2::from_shape((m, n), y).expect("the result holds m×n elements");
        let beta = if self.add { T::one() } else { T::zero() };
        general_mat_mul(T::one(), &view(a, m, k), &view(b, k, n), beta, &mut y);
    }
}

fn view<T>(x: Matrix<'_, T>, m: usize, n: usize) -> ArrayView2<'_, T> {
    let shape = (m, n).strides((x.rows, x.columns));
    ArrayView2::from_shape(shape, x.data).expect("an array's strides stay within its memory")
}

#[cfg(test)]
mod tests;
mod tiny;
