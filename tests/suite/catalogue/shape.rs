//! Shapes, indices, products.

use super::{Entry, entry};
use ndarray::{arr2, s};
use wengert::{Pad, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    [layouts(), indices(), joined(), products()].concat()
}

/// The same elements under another shape.
fn layouts() -> Vec<Entry> {
    vec![
        entry("reshape", "to 2 × 6", |_, x| x[0].reshape([2, 6])),
        entry("flatten", "", |_, x| x[0].flatten()),
        entry("permute", "2, 0, 1", |_, x| x[0].permute([2, 0, 1])),
        entry("t", "", |_, x| x[0].t()),
        entry("transpose_last", "", |_, x| x[0].transpose_last()),
        entry("swap_axes", "0 and 2", |_, x| x[0].swap_axes(0, 2)),
        entry("move_axis", "0 to the end", |_, x| x[0].move_axis(0, -1)),
        entry("insert_axis", "1", |_, x| x[0].insert_axis(1)),
        entry("squeeze", "1", |_, x| x[0].squeeze(1)),
        entry("broadcast_to", "2 × 3 × 4", |_, x| x[0].broadcast_to([2, 3, 4])),
        entry("flip", "axis 1", |_, x| x[0].flip(1)),
        entry("roll", "2 along axis 1", |_, x| x[0].roll(2, 1)),
        entry("tile", "2, 3", |_, x| x[0].tile([2, 3])),
        entry("repeat", "2 along axis 0", |_, x| x[0].repeat(2, 0)),
        entry("meshgrid", "", |_, x| Tensor::pack(&Tensor::meshgrid(x))),
        entry("sliding_windows", "axis -1, 3 long, every 2", |_, x| {
            x[0].sliding_windows(-1, 3, 2)
        }),
    ]
}

/// Taking elements, and writing them.
fn indices() -> Vec<Entry> {
    vec![
        entry("slice", "..;-2, 1..", |_, x| x[0].slice(s![..;-2, 1..])),
        entry("slice", "1", |_, x| x[0].slice(s![1, ..])),
        entry("with_slice", "1.., ..;2", |_, x| {
            x[0].with_slice(s![1.., ..;2], &x[1])
        }),
        entry("take", "axis 0: 2, 0, 2", |_, x| x[0].take(0, &[2, 0, 2])),
        entry("take", "axis 1: 2, 0, 2", |_, x| x[0].take(1, &[2, 0, 2])),
        entry("put", "axis 0: 2, 0", |_, x| x[0].put(0, &[2, 0], &x[1])),
        entry("put_add", "axis 0: 1, 0, 1", |_, x| {
            x[0].put_add(0, &[1, 0, 1], &x[1])
        }),
        entry("take_along_axis", "axis 1: (2, 0), (1, 1)", |_, x| {
            x[0].take_along_axis(1, &arr2(&[[2, 0], [1, 1]]))
        }),
        entry("scatter", "axis 1: (2, 0), (1, 2)", |_, x| {
            x[0].scatter(1, &arr2(&[[2, 0], [1, 2]]), &x[1])
        }),
        entry("scatter_add", "axis 1: (2, 0), (1, 1)", |_, x| {
            x[0].scatter_add(1, &arr2(&[[2, 0], [1, 1]]), &x[1])
        }),
        entry("scatter_max", "axis 1: (2, 0), (1, 1)", |_, x| {
            x[0].scatter_max(1, &arr2(&[[2, 0], [1, 1]]), &x[1])
        }),
        entry("mask_select", "a mask of 2 × 3", |_, x| {
            x[0].mask_select(&arr2(&[[true, false, true], [false, true, true]]))
        }),
        entry("diag", "", |_, x| x[0].diag(0)),
        entry("diag", "offset 1", |_, x| x[0].diag(1)),
        entry("diagonal", "", |_, x| x[0].diagonal(0)),
        entry("diagonal", "offset -1", |_, x| x[0].diagonal(-1)),
        entry("tril", "", |_, x| x[0].tril(0)),
        entry("triu", "", |_, x| x[0].triu(0)),
        entry("triu", "offset 1", |_, x| x[0].triu(1)),
    ]
}

/// Putting together and taking apart.
fn joined() -> Vec<Entry> {
    vec![
        entry("concat", "axis 0", |_, x| Tensor::concat(x, 0)),
        entry("concat", "axis 1", |_, x| Tensor::concat(x, 1)),
        entry("stack", "axis 1", |_, x| Tensor::stack(x, 1)),
        entry("split", "2 along axis 0", |_, x| Tensor::pack(&x[0].split(2, 0))),
        entry("split_at", "1, 3 along axis 1", |_, x| {
            Tensor::pack(&x[0].split_at(&[1, 3], 1))
        }),
        entry("chunks", "of 2 along axis 0", |_, x| {
            Tensor::pack(&x[0].chunks(2, 0))
        }),
        entry("pack", "", |_, x| Tensor::pack(x)),
        entry("unpack", "2 and 2 × 2, the first doubled", |_, x| {
            let parts = x[0].unpack(&[&[2], &[2, 2]]);
            Tensor::pack(&[parts[0] * 2, parts[1]])
        }),
        entry("pad", "constant 0.5", |_, x| {
            x[0].pad(&[(1, 0), (2, 1)], Pad::Constant(0.5))
        }),
        entry("pad", "edge", |_, x| x[0].pad(&[(1, 0), (2, 1)], Pad::Edge)),
        entry("pad", "reflect", |_, x| x[0].pad(&[(1, 0), (2, 1)], Pad::Reflect)),
    ]
}

fn products() -> Vec<Entry> {
    vec![
        entry("matmul", "", |_, x| x[0].matmul(&x[1])),
        entry("matmul", "batched", |_, x| x[0].matmul(&x[1])),
        entry("vecdot", "", |_, x| x[0].vecdot(&x[1])),
        entry("cross", "", |_, x| x[0].cross(&x[1])),
        entry("matvec", "", |_, x| x[0].matvec(&x[1])),
        entry("dot", "", |_, x| x[0].dot(&x[1]).to_tensor()),
        entry("trace", "", |_, x| x[0].trace().to_tensor()),
        entry("outer", "", |_, x| x[0].outer(&x[1])),
        entry("kron", "", |_, x| x[0].kron(&x[1])),
        entry("tensordot", "axes 2, 0 with 0, 1", |_, x| {
            x[0].tensordot(&x[1], &[2, 0], &[0, 1])
        }),
        entry("einsum", "ij,jk->ik", |_, x| Tensor::einsum("ij,jk->ik", x)),
        entry("einsum", "ij,ij->", |_, x| Tensor::einsum("ij,ij->", x)),
        entry("einsum", "bij,bjk->bik", |_, x| Tensor::einsum("bij,bjk->bik", x)),
        entry("einsum", "ij,kj->kij", |_, x| Tensor::einsum("ij,kj->kij", x)),
        entry("einsum", "iij->j", |_, x| Tensor::einsum("iij->j", x)),
        entry("einsum", "ij,jk,kl->il", |_, x| Tensor::einsum("ij,jk,kl->il", x)),
    ]
}
