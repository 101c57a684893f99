//! Shapes, indices, products.

use super::{Entry, entry};
use ndarray::s;
use wengert::Tensor;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        entry("reshape", "to 2 × 6", |_, x| x[0].reshape([2, 6])),
        entry("permute", "2, 0, 1", |_, x| x[0].permute([2, 0, 1])),
        entry("t", "", |_, x| x[0].t()),
        entry("broadcast_to", "2 × 3 × 4", |_, x| x[0].broadcast_to([2, 3, 4])),
        entry("slice", "..;-2, 1..", |_, x| x[0].slice(s![..;-2, 1..])),
        entry("slice", "1", |_, x| x[0].slice(s![1, ..])),
        entry("take", "axis 0: 2, 0, 2", |_, x| x[0].take(0, &[2, 0, 2])),
        entry("take", "axis 1: 2, 0, 2", |_, x| x[0].take(1, &[2, 0, 2])),
        entry("concat", "axis 0", |_, x| Tensor::concat(x, 0)),
        entry("concat", "axis 1", |_, x| Tensor::concat(x, 1)),
        entry("pack", "", |_, x| Tensor::pack(x)),
        entry("unpack", "2 and 2 × 2, the first doubled", |_, x| {
            let parts = x[0].unpack(&[&[2], &[2, 2]]);
            Tensor::pack(&[parts[0] * 2, parts[1]])
        }),
        entry("matmul", "", |_, x| x[0].matmul(&x[1])),
    ]
}
