//! Shapes, axes and indices that do not fit: the message has the operation and all the shapes, and the panic is at
//! the caller's line. A refused operation leaves the tape as good as it was.

use super::hook::says;
use ndarray::{Array1, Array2, Array3, arr0, arr1, arr2, s};
use wengert::nn::{Activation, Mlp, cross_entropy, mean_squared_error};
use wengert::{Dense, Pad, Tape, Tensor, Term};

/// Pointwise operations broadcast or refuse: both shapes are named, whatever kind of thing either operand is.
#[test]
fn broadcasting() {
    let tape = Tape::new();
    let mut a = tape.tensor(&Array2::<f64>::zeros((2, 3)));
    let b = tape.tensor(&Array1::<f64>::zeros(4));
    let plain = Array1::<f64>::zeros(4);
    let [left, right] = ["[2, 3]", "[4]"];
    says!(a + b, "add: ", left, right);
    says!(b - a, "sub: ", left, right);
    says!(&a * &b, "mul: ", left, right);
    says!(a / &plain, "div: ", left, right);
    says!(&plain / a, "div: ", left, right);
    says!(plain.view() % &a, "rem: ", left, right);
    says!(a += b, "add: ", left, right);
    says!(a -= &plain, "sub: ", left, right);
    says!(a.powf(b), "powf: ", left, right);
    says!(a.max(&plain), "max: ", left, right);
    says!(a.atan2(b), "atan2: ", left, right);
    says!(mean_squared_error(&a, &b), "mean_squared_error: ", left, right);
    let (c, d) = (
        Term::new(Dense::from(&plain)),
        Term::new(Dense::from(&arr1(&[1.0; 3]))),
    );
    says!(&c + &d, "add: ", "[4]", "[3]");
    let empty = tape.tensor(&Array1::<f64>::zeros(0));
    says!(empty + b, "add: ", "[0]", "[4]");
}

/// Matrix products, joins and new shapes.
#[test]
fn array_ops() {
    let tape = Tape::new();
    let [a, b] = [(2, 3), (4, 5)].map(|n| tape.tensor(&Array2::<f64>::zeros(n)));
    let cube = tape.tensor(&Array3::<f64>::zeros((2, 3, 4)));
    let scalar = tape.tensor(&arr0(1.0));
    says!(a.matmul(&b), "matmul: ", "[2, 3]", "[4, 5]");
    says!(cube.matmul(&a), "matmul: ", "[2, 3, 4]", "[2, 3]");
    says!(cube.matmul(&cube), "matmul: ", "[2, 3, 4]", "last but one");
    let pair = tape.tensor(&Array3::<f64>::zeros((3, 4, 3)));
    says!(cube.matmul(&pair), "matmul: ", "[3, 4, 3]", "broadcast");
    says!(a.slice(s![0, ..]).transpose_last(), "transpose_last: ", "[3]");
    says!(scalar.matmul(&a), "matmul: ", "[]", "[2, 3]");
    says!(Tensor::concat(&[a, b], 0), "concat: ", "[2, 3]", "[4, 5]");
    says!(Tensor::concat(&[a, cube], 1), "concat: ", "[2, 3]", "[2, 3, 4]");
    says!(Tensor::concat(&[a, a], 2), "concat: ", "axis 2", "[2, 3]");
    says!(Tensor::<f64>::concat(&[], 0), "concat: ");
    says!(a.reshape([4, 2]), "reshape: ", "[2, 3]", "[4, 2]");
    says!(a.permute([0, 0]), "permute: ", "[2, 3]", "[0, 0]");
    says!(a.permute([0]), "permute: ", "[2, 3]", "[0]");
    says!(cube.t(), "t: ", "[2, 3, 4]");
    says!(a.broadcast_to([2, 4]), "broadcast_to: ", "[2, 3]", "[2, 4]");
    says!(a.broadcast_to([3]), "broadcast_to: ", "[2, 3]", "[3]");
    says!(a.item(), "item: ", "[2, 3]");
    says!(a.backward_with(&arr1(&[1.0])), "seed: ", "[1]", "[2, 3]");
    let net = Mlp::new(&[2, 2], Activation::Tanh, 0).on(&tape);
    says!(net.forward(&a), "matmul: ", "[2, 3]", "[2, 2]");
}

/// Products with a name, and sums of products: the subscripts are in the message.
#[test]
fn products() {
    let tape = Tape::new();
    let [a, b] = [(2, 3), (4, 5)].map(|n| tape.tensor(&Array2::<f64>::zeros(n)));
    let scalar = tape.tensor(&arr0(1.0));
    says!(a.vecdot(&b), "vecdot: ", "[2, 3]", "[4, 5]");
    says!(a.vecdot(&scalar), "vecdot: ", "[2, 3]", "[]");
    says!(a.matvec(&b), "matvec: ", "[2, 3]", "[4, 5]");
    says!(scalar.matvec(&a), "matvec: ", "[]", "[2, 3]");
    says!(a.tensordot(&b, &[0], &[0]), "tensordot: ", "[2, 3]", "[4, 5]");
    says!(a.tensordot(&a, &[0, 1], &[0]), "tensordot: ", "[2, 3]");
    says!(a.tensordot(&a, &[0, 0], &[0, 1]), "tensordot: ", "twice");
    says!(a.tensordot(&a, &[2], &[0]), "tensordot: ", "axis 2");
    let sums = |subscripts: &str, why: &[&str]| {
        let said = super::hook::panic_of(|| Tensor::einsum(subscripts, &[a, b]));
        let message = said.expect("the subscripts are wrong").message;
        let named = ["einsum: ", &format!("{subscripts:?}"), "[2, 3]", "[4, 5]"];
        for text in named.iter().chain(why) {
            assert!(message.contains(text), "`{text}` is not in: {message}");
        }
    };
    sums("ij", &["1 operands", "2"]);
    sums("ij,jk->ik", &["'j'", "3 and 4", "operand 1"]);
    sums("ij,k->ik", &["\"k\"", "operand 1"]);
    sums("ij,klm->ik", &["\"klm\""]);
    sums("ij,kl...m->i", &["\"kl…m\""]);
    sums("ij,kl->im", &["'m'"]);
    sums("ij,kl->ii", &["'i' twice"]);
    sums("ij,k1->i", &["'1'"]);
    sums("ij,k.->i", &["'.'"]);
    sums("......,kl->k", &["more than one ellipsis"]);
    sums("...,...->", &["ellipsis"]);
    sums("i...,kl->ik", &["lacks the ellipsis"]);
    says!(Tensor::einsum("ii", &[a]), "einsum: ", "'i'", "[2, 3]");
}

/// Axes moved, joined, divided and padded.
#[test]
fn axes_in_other_places() {
    let tape = Tape::new();
    let [a, b] = [(2, 3), (4, 5)].map(|n| tape.tensor(&Array2::<f64>::zeros(n)));
    let (row, none) = (a.slice(s![0, ..]), tape.tensor(&Array1::<f64>::zeros(0)));
    says!(a.swap_axes(0, 2), "swap_axes: ", "axis 2", "[2, 3]");
    says!(a.move_axis(-3, 0), "move_axis: ", "axis -3", "[2, 3]");
    says!(a.insert_axis(3), "insert_axis: ", "axis 3");
    says!(a.squeeze(0), "squeeze: ", "axis 0", "[2, 3]");
    says!(a.flip(2), "flip: ", "axis 2", "[2, 3]");
    says!(a.roll(1, 2), "roll: ", "axis 2", "[2, 3]");
    says!(a.repeat(2, 2), "repeat: ", "axis 2", "[2, 3]");
    says!(Tensor::<f64>::stack(&[], 0), "stack: ");
    says!(Tensor::stack(&[a, b], 0), "stack: ", "[2, 3]", "[4, 5]");
    says!(Tensor::stack(&[a, a], 3), "stack: ", "axis 3", "[2, 3]");
    says!(a.split(2, 1), "split: ", "2 equal parts", "[2, 3]");
    says!(a.split(0, 1), "split: ", "0 equal parts", "[2, 3]");
    says!(a.split_at(&[2, 1], 1), "split_at: ", "[2, 1]", "[2, 3]");
    says!(a.split_at(&[4], 1), "split_at: ", "[4]", "[2, 3]");
    says!(a.chunks(0, 1), "chunks: ");
    says!(a.pad(&[(1, 1)], Pad::Edge), "pad: ", "[2, 3]");
    says!(none.pad(&[(1, 1)], Pad::Reflect), "pad: ", "[0]");
    says!(row.tril(0), "tril: ", "[3]");
    says!(row.triu(0), "triu: ", "[3]");
    says!(row.diagonal(0), "diagonal: ", "[3]");
    says!(a.diagonal(4), "diagonal: ", "4", "[2, 3]");
    says!(a.at([0, 0]).to_tensor().diag(0), "diag: ", "[]");
    says!(Tensor::meshgrid(&[row, a]), "meshgrid: ", "[2, 3]");
    says!(a.sliding_windows(1, 4, 1), "sliding_windows: ", "4", "[2, 3]");
    says!(a.sliding_windows(1, 2, 0), "sliding_windows: ", "[2, 3]");
    says!(a.sliding_windows(2, 1, 1), "sliding_windows: ", "axis 2");
}

/// Axes that do not exist, or are named twice, and reductions of nothing.
#[test]
fn axes() {
    let tape = Tape::new();
    let a = tape.tensor(&Array2::<f64>::zeros((2, 3)));
    let empty = tape.tensor(&Array2::<f64>::zeros((0, 3)));
    says!(a.sum_axes([2]), "sum: ", "axis 2", "[2, 3]");
    says!(a.sum_keep([-3]), "sum: ", "axis -3", "[2, 3]");
    says!(a.mean_axes([0, -2]), "mean: ", "twice", "[2, 3]");
    says!(a.max_axes([5]), "max: ", "axis 5", "[2, 3]");
    says!(a.logsumexp_axes([2]), "logsumexp: ", "axis 2", "[2, 3]");
    says!(a.softmax(2), "softmax: ", "axis 2", "[2, 3]");
    says!(a.log_softmax(-3), "log_softmax: ", "axis -3", "[2, 3]");
    says!(a.take(2, &[0]), "take: ", "axis 2", "[2, 3]");
    says!(empty.max_axes([0]), "max: ", "[0, 3]");
    says!(empty.max_all(), "max: ", "[0");
}

/// The same of the other reductions, of scans and choices, and their numbers.
#[test]
fn reductions() {
    let tape = Tape::new();
    let a = tape.tensor(&Array2::<f64>::zeros((2, 3)));
    let empty = tape.tensor(&Array2::<f64>::zeros((0, 3)));
    says!(a.prod_axes([2]), "prod: ", "axis 2", "[2, 3]");
    says!(a.min_axes([-3]), "min: ", "axis -3", "[2, 3]");
    says!(a.var_axes(1, [0, 0]), "var: ", "twice", "[2, 3]");
    says!(a.std_keep(0, [2]), "std: ", "axis 2", "[2, 3]");
    says!(a.norm_axes(2.0, [2]), "norm: ", "axis 2", "[2, 3]");
    says!(a.norm_axes(0.0, [0]), "norm: ", "exponent 0");
    says!(a.norm(f64::NAN), "norm: ", "exponent NaN");
    says!(a.nansum_axes([2]), "nansum: ", "axis 2", "[2, 3]");
    says!(a.nanmean_keep([2]), "nanmean: ", "axis 2", "[2, 3]");
    says!(a.median_axes([2]), "median: ", "axis 2", "[2, 3]");
    says!(a.quantile_axes(0.5, [2]), "quantile: ", "axis 2", "[2, 3]");
    says!(a.quantile(1.5), "quantile: ", "1.5");
    says!(a.cumsum(2), "cumsum: ", "axis 2", "[2, 3]");
    says!(a.cumprod(-3), "cumprod: ", "axis -3", "[2, 3]");
    says!(a.cummax(2), "cummax: ", "axis 2", "[2, 3]");
    says!(a.cummin(2), "cummin: ", "axis 2", "[2, 3]");
    says!(a.logcumsumexp(2), "logcumsumexp: ", "axis 2", "[2, 3]");
    says!(a.argmax(2), "argmax: ", "axis 2", "[2, 3]");
    says!(a.argmin(2), "argmin: ", "axis 2", "[2, 3]");
    says!(a.argsort(2), "argsort: ", "axis 2", "[2, 3]");
    says!(a.sort(2), "sort: ", "axis 2", "[2, 3]");
    says!(a.topk(4, 1), "topk: ", "4", "axis 1", "[2, 3]");
    says!(a.kth_smallest(3, 1), "kth_smallest: ", "place 3", "[2, 3]");
    says!(a.dot(&a), "dot: ", "[2, 3]");
    says!(a.sum_axes([0]).dot(&a.sum_axes([1])), "dot: ", "[3]", "[2]");
    says!(a.sum_axes([0]).trace(), "trace: ", "[3]");
    says!(empty.min_axes([0]), "min: ", "[0, 3]");
    says!(empty.min_all(), "min: ", "[0, 3]");
    says!(empty.argmax(0), "argmax: ", "[0, 3]");
    says!(empty.argmin(0), "argmin: ", "[0, 3]");
    says!(empty.max_with_index(0), "max_with_index: ", "[0, 3]");
    says!(empty.min_with_index(0), "min_with_index: ", "[0, 3]");
    says!(empty.topk(1, 0), "topk: ", "[0, 3]");
}

/// Indices out of bounds: the index and the shape.
#[test]
fn indices() {
    let shape = "[2, 3]";
    let tape = Tape::new();
    let a = tape.tensor(&Array2::<f64>::zeros((2, 3)));
    says!(a.at([2, 0]), "at: ", "[2, 0]", "[2, 3]");
    says!(a.at([0, 3]), "at: ", "[0, 3]", "[2, 3]");
    says!(a.at([0]), "at: ", "[0]", "[2, 3]");
    says!(a.at([0, 0, 0]), "at: ", "[0, 0, 0]", "[2, 3]");
    says!(a.take(1, &[0, 3]), "take: ", "index 3", "axis 1", "[2, 3]");
    says!(a.slice(s![2, ..]), "slice: ", "index 2", "axis 0", "[2, 3]");
    says!(a.slice(s![.., -4]), "slice: ", "index -4", "axis 1", "[2, 3]");
    says!(a.slice(s![..3, ..]), "slice: ", "index 3", "axis 0", "[2, 3]");
    says!(a.slice(s![.., .., 0]), "slice: ", "[2, 3]");
    says!(a.cross_entropy(&[0, 3]), "cross_entropy: ", "axis 1", "[2, 3]");
    says!(a.cross_entropy(&[0]), "cross_entropy: ", "1 labels", "[2, 3]");
    says!(cross_entropy(&a, &[3, 0]), "cross_entropy: ", "index 3", "[2, 3]");
    let [list, long] = [arr2(&[[0], [3]]), arr2(&[[0], [0], [0]])];
    says!(a.take_along_axis(1, &list), "take_along_axis: ", "index 3", shape);
    says!(a.take_along_axis(1, &long), "take_along_axis: ", shape, "[3, 1]");
    says!(a.take_along_axis(1, &arr1(&[0])), "take_along_axis: ", "[1]");
    says!(a.take_along_axis(2, &list), "take_along_axis: ", "axis 2");
    says!(a.scatter(1, &list, &a), "scatter: ", "index 3", "axis 1", shape);
    says!(a.scatter(0, &arr2(&[[1, 1, 1]]), &a), "scatter: ", "[1, 3]");
    says!(a.scatter_add(1, &list, &a), "scatter_add: ", "index 3", "[2, 3]");
    says!(a.scatter_max(1, &list, &a), "scatter_max: ", "index 3", "[2, 3]");
    says!(a.put(0, &[2], &a), "put: ", "index 2", "axis 0", "[2, 3]");
    says!(a.put_add(0, &[0], &a), "put_add: ", "[2, 3]", "[1, 3]");
    says!(a.with_slice(s![2, ..], &a), "with_slice: ", "index 2");
    says!(a.with_slice(s![0, ..], &a), "with_slice: ", "[2, 3]", "[3]");
    says!(a.mask_select(&arr1(&[true])), "mask_select: ", "[2, 3]", "[1]");
    says!(wengert::one_hot::<f64>(&[3], 3), "one_hot: ", "3");
    let vector = tape.tensor(&arr1(&[1.0]));
    says!(vector.cross_entropy(&[0]), "cross_entropy: ", "[1]");
}

/// After a refused operation the tape goes on as if nothing had happened: same bits as on a tape that never saw it.
#[test]
fn a_refused_operation_does_no_harm() {
    let run = |disturb: bool| {
        let tape = Tape::new();
        let (a, x) = (tape.var(0.7), tape.tensor(&arr1(&[1.0, 2.0])));
        let y = (a * x).sin().sum();
        if disturb {
            says!(x + &arr1(&[1.0, 2.0, 3.0]), "add: ");
            says!(x.at([2]), "at: ");
            says!(tape.stack(&[a, Tape::new().var(1.0)]), "stack: ");
            says!(x.take(0, &[1, 2]), "take: ");
        }
        let z = y * x.at([1]) + a.exp();
        let gradients = z.backward();
        (z.value(), gradients.wrt(a), gradients.wrt(x).to_owned())
    };
    assert_eq!(run(true), run(false));
}
