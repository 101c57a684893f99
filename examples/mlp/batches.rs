//! Mini-batches: the rows of a data set in random order, a few at a time.

use std::mem;
use std::slice::Chunks;

use fastrand::Rng;
use ndarray::Array2;

use super::data::Split;

/// The rows of a split in ever new random order, in slices of a batch.
#[derive(Debug)]
pub(crate) struct Batches {
    /// Every row once, in the order of the current epoch.
    order: Vec<usize>,
    /// Rows in a batch; the last of an epoch may have fewer.
    batch: usize,
    /// Where the orders come from.
    rng: Rng,
}

impl Batches {
    /// Batches of at most `batch` of the rows below `rows`; the seed decides all the orders.
    pub(crate) fn new(rows: usize, batch: usize, seed: u64) -> Self {
        Batches {
            order: (0..rows).collect(),
            batch: batch.clamp(1, rows.max(1)),
            rng: Rng::with_seed(seed),
        }
    }

    /// How many batches an epoch has.
    pub(crate) fn steps(&self) -> usize {
        self.order.len().div_ceil(self.batch)
    }

    /// Shuffles the rows in place and gives the batches of one epoch: each row occurs once.
    pub(crate) fn epoch(&mut self) -> Chunks<'_, usize> {
        self.rng.shuffle(&mut self.order);
        self.order.chunks(self.batch)
    }
}

/// Copies the given rows of a split into `x` and `labels`, replacing what was there. The storage
/// of both is used again, so that nothing is allocated once they have held as many rows.
pub(crate) fn fill_batch(split: &Split, rows: &[usize], x: &mut Array2<f32>, labels: &mut Vec<usize>) {
    let mut values = mem::take(x).into_raw_vec_and_offset().0;
    values.clear();
    labels.clear();
    for &row in rows {
        values.extend(split.x.row(row));
        labels.push(split.labels[row]);
    }
    *x = Array2::from_shape_vec((rows.len(), split.x.ncols()), values)
        .expect("each row has as many values as the split has columns");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five images of two pixels; row `i` holds `i` and `-i` and has label `i`.
    fn split() -> Split {
        Split {
            x: Array2::from_shape_fn((5, 2), |(i, j)| i as f32 * [1.0, -1.0][j]),
            labels: (0..5).collect(),
        }
    }

    #[test]
    fn an_epoch_holds_each_row_once() {
        for (batch, sizes) in [(1, vec![1; 5]), (2, vec![2, 2, 1]), (99, vec![5])] {
            let mut batches = Batches::new(5, batch, 1);
            assert_eq!(batches.steps(), sizes.len());
            let slices: Vec<Vec<usize>> = batches.epoch().map(<[usize]>::to_vec).collect();
            assert_eq!(slices.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
            let mut rows = slices.concat();
            rows.sort_unstable();
            assert_eq!(rows, [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn the_seed_decides_the_orders() {
        let orders = |seed| {
            let mut batches = Batches::new(50, 7, seed);
            [0; 3].map(|_| batches.epoch().flatten().copied().collect::<Vec<_>>())
        };
        assert_eq!(orders(3), orders(3));
        assert_ne!(orders(3), orders(4));
        assert_ne!(orders(3)[0], orders(3)[1]);
    }

    #[test]
    fn no_rows_make_no_batches() {
        let mut batches = Batches::new(0, 0, 1);
        assert_eq!(batches.steps(), 0);
        assert_eq!(batches.epoch().count(), 0);
    }

    #[test]
    fn filling_copies_the_rows_and_keeps_the_storage() {
        let split = split();
        let (mut x, mut labels) = (Array2::default((0, 0)), Vec::new());
        fill_batch(&split, &[3, 0, 4], &mut x, &mut labels);
        assert_eq!(x, ndarray::array![[3.0, -3.0], [0.0, 0.0], [4.0, -4.0]]);
        assert_eq!(labels, [3, 0, 4]);
        let before = (x.as_ptr(), labels.as_ptr());
        fill_batch(&split, &[1], &mut x, &mut labels);
        assert_eq!((x.dim(), &labels[..]), ((1, 2), &[1][..]));
        fill_batch(&split, &[2, 2, 1], &mut x, &mut labels);
        assert_eq!(x.dim(), (3, 2));
        assert_eq!((x.as_ptr(), labels.as_ptr()), before);
    }
}
