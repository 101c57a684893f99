//! Chains of small array ops: what an op costs beside its arithmetic.

use ndarray::{Array1, Array2, s};
use wengert::{Tape, Tensor, Var};

/// Records `n` ops, one upon the other; the result is a number.
pub type Chain = for<'t> fn(&'t Tape, usize) -> Var<'t>;

/// Each chain with its name and the array ops that one link of it records.
pub const CHAINS: [(&str, usize, Chain); 14] = [
    ("add", 1, |tape, n| repeat(vector(tape), n, |x, a| x + a)),
    ("mul", 1, |tape, n| repeat(vector(tape), n, |x, a| x * a)),
    ("mul by a number", 1, |tape, n| {
        repeat(vector(tape), n, |x, _| x * 0.99)
    }),
    ("tanh", 1, |tape, n| repeat(vector(tape), n, |x, _| x.tanh())),
    ("relu", 1, |tape, n| repeat(vector(tape), n, |x, _| x.relu())),
    ("softmax", 1, |tape, n| {
        repeat(vector(tape), n, |x, _| x.softmax(0))
    }),
    ("matmul", 1, |tape, n| {
        repeat(matrix(tape), n, |x, a| x.matmul(&a))
    }),
    ("add a row", 1, |tape, n| {
        let row = tape.tensor(&Array1::from_elem(4, 0.01));
        repeat(matrix(tape), n, |x, _| x + row)
    }),
    ("transpose", 1, |tape, n| repeat(matrix(tape), n, |x, _| x.t())),
    ("reshape", 2, |tape, n| {
        repeat(matrix(tape), n, |x, _| x.reshape([2, 8]).reshape([4, 4]))
    }),
    ("slice, broadcast", 2, |tape, n| {
        repeat(matrix(tape), n, |x, _| x.slice(s![..1, ..]).broadcast_to([4, 4]))
    }),
    ("sum, broadcast", 2, |tape, n| {
        repeat(matrix(tape), n, |x, _| x.sum_axes([0]).broadcast_to([4, 4]))
    }),
    ("dense layer", 3, |tape, n| {
        let row = tape.tensor(&Array1::from_elem(4, 0.01));
        repeat(matrix(tape), n, |x, a| (x.matmul(&a) + row).tanh())
    }),
    ("both lanes", 4, both_lanes),
];

fn vector(tape: &Tape) -> Tensor<'_> {
    tape.tensor(&Array1::from_shape_fn(8, |i| 0.9 + 0.01 * i as f64))
}

fn matrix(tape: &Tape) -> Tensor<'_> {
    let slant = |(i, j)| 0.2 + 0.01 * (4 * i + j) as f64;
    tape.tensor(&Array2::from_shape_fn((4, 4), slant))
}

fn repeat<'t>(a: Tensor<'t>, n: usize, link: impl Fn(Tensor<'t>, Tensor<'t>) -> Tensor<'t>) -> Var<'t> {
    let mut x = a;
    for _ in 0..n {
        x = link(x, a);
    }
    x.sum()
}

/// Elements read, reckoned with as scalars, stacked again.
fn both_lanes(tape: &Tape, n: usize) -> Var<'_> {
    let mut x = vector(tape);
    let a = tape.var(0.5);
    for _ in 0..n {
        let (first, second) = (x.at([0]), x.at([1]));
        let pair = tape.stack(&[first * a, second.sin()]);
        x = x * a + pair.sum();
    }
    x.sum()
}
