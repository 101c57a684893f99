//! Softmax and its relatives, cumulative ops, order.

use super::{Entry, entry};
use ndarray::arr2;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        entry("softmax", "axis 0", |_, x| x[0].softmax(0)),
        entry("softmax", "axis 1", |_, x| x[0].softmax(1)),
        entry("log_softmax", "axis 0", |_, x| x[0].log_softmax(0)),
        entry("log_softmax", "axis 1", |_, x| x[0].log_softmax(1)),
        entry("masked_softmax", "a mask of 2 × 4, axis 1", |tape, x| {
            let mask = arr2(&[[1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0]]);
            x[0].masked_softmax(&tape.constant(&mask), 1)
        }),
        entry("cumsum", "axis 0", |_, x| x[0].cumsum(0)),
        entry("cumsum", "axis 1", |_, x| x[0].cumsum(1)),
        entry("cumprod", "axis 0", |_, x| x[0].cumprod(0)),
        entry("cumprod", "axis 1", |_, x| x[0].cumprod(1)),
        entry("cummax", "axis 0", |_, x| x[0].cummax(0)),
        entry("cummax", "axis 1", |_, x| x[0].cummax(1)),
        entry("cummin", "axis 0", |_, x| x[0].cummin(0)),
        entry("cummin", "axis 1", |_, x| x[0].cummin(1)),
        entry("logcumsumexp", "axis 0", |_, x| x[0].logcumsumexp(0)),
        entry("logcumsumexp", "axis 1", |_, x| x[0].logcumsumexp(1)),
        entry("sort", "axis 0", |_, x| x[0].sort(0)),
        entry("sort", "axis 1", |_, x| x[0].sort(1)),
        entry("topk", "k = 2, axis 0", |_, x| x[0].topk(2, 0).0),
        entry("topk", "k = 2, axis 1", |_, x| x[0].topk(2, 1).0),
        entry("kth_smallest", "k = 1, axis 1", |_, x| x[0].kth_smallest(1, 1)),
        entry("max_with_index", "axis 1", |_, x| x[0].max_with_index(1).0),
        entry("min_with_index", "axis 1", |_, x| x[0].min_with_index(1).0),
    ]
}
