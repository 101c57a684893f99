//! Shapes, axes and indices that do not fit: the message has the operation and all the shapes, and the panic is at
//! the caller's line. A refused operation leaves the tape as good as it was.

use super::hook::says;
use ndarray::{Array1, Array2, Array3, arr0, arr1, s};
use wengert::nn::{Activation, Mlp, cross_entropy, mean_squared_error};
use wengert::{Dense, Tape, Tensor, Term};

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

/// Indices out of bounds: the index and the shape.
#[test]
fn indices() {
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
