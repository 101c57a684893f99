//! Programs on a tape.

use super::program::{Input, Program, Source, weight};
use super::{Action, Cut, Fold, Linear, Scan};
use crate::ops::conv::Convolution;
use crate::ops::pointwise::BinaryVisitor;
use crate::ops::pool::Pooling;
use crate::ops::{Binary, BinaryRule, Operand, Term, Value};
use crate::{Tape, Tensor, Var};
use ndarray::{ArrayD, SliceInfoElem};

/// A value of a program on a tape.
#[derive(Debug, Clone, Copy)]
pub enum Made<'t> {
    /// One of the scalar lane.
    Scalar(Var<'t>),
    /// One of the array lane.
    Array(Tensor<'t>),
}

/// A program that has been recorded.
#[derive(Debug)]
pub struct Recorded<'t> {
    /// All values: the inputs, which are variables, then the results of the steps.
    pub values: Vec<Made<'t>>,
    /// The weighted sum of the outputs.
    pub loss: Var<'t>,
}

impl Program {
    /// Records this program.
    pub fn record<'t>(&self, tape: &'t Tape) -> Recorded<'t> {
        let inputs = self.inputs.iter().map(|x| match x {
            Input::Scalar(x) => Made::Scalar(tape.var(*x)),
            Input::Array(x) => Made::Array(tape.tensor(x)),
        });
        let mut values: Vec<Made<'t>> = inputs.collect();
        for step in &self.steps {
            let made = act(tape, &step.action, &step.operands, &values);
            values.push(made.expect("a step that was possible when it was drawn"));
        }
        let mut loss = Var::from(0.0);
        for (k, &i) in self.outputs.iter().enumerate() {
            loss += match values[i] {
                Made::Scalar(x) => x * weight(k, 0),
                Made::Array(x) => {
                    let weights = ArrayD::from_shape_vec(x.shape(), weights(k, x.shape()));
                    (x * &weights.expect("a weight for each element")).sum()
                }
            };
        }
        Recorded { values, loss }
    }
}

fn weights(output: usize, shape: &[usize]) -> Vec<f64> {
    (0..shape.iter().product()).map(|i| weight(output, i)).collect()
}

impl Made<'_> {
    /// The elements.
    pub fn numbers(&self) -> ArrayD<f64> {
        match self {
            Self::Scalar(x) => ArrayD::from_elem(vec![], x.value()),
            Self::Array(x) => x.value().to_owned(),
        }
    }

    /// The shape; `None` for a scalar.
    pub fn shape(&self) -> Option<&[usize]> {
        match self {
            Self::Scalar(_) => None,
            Self::Array(x) => Some(x.shape()),
        }
    }
}

impl<'t> Made<'t> {
    fn array(self) -> Tensor<'t> {
        match self {
            Self::Scalar(x) => x.to_tensor(),
            Self::Array(x) => x,
        }
    }
}

/// One step; `None` where the value does not allow it, as of a singular matrix.
pub(super) fn act<'t>(
    tape: &'t Tape,
    action: &Action,
    operands: &[Source],
    values: &[Made<'t>],
) -> Option<Made<'t>> {
    let value = |source: &Source| match source {
        Source::Value(i) => values[*i],
        Source::Number(x) => Made::Scalar((*x).into()),
        Source::Plain(x) => Made::Array(tape.constant(x)),
    };
    Some(match action {
        Action::Unary(op) => match value(&operands[0]) {
            Made::Scalar(x) => Made::Scalar(op.apply(&x)),
            Made::Array(x) => Made::Array(op.apply(&x)),
        },
        Action::Binary(op) => binary(tape, *op, &operands[0], &operands[1], values),
        Action::Fit { low, high, alternate } => {
            let (middle, reach) = ((low + high) / 2.0, 0.45 * (high - low));
            match value(&operands[0]) {
                Made::Scalar(x) => Made::Scalar(x.sin() * reach + middle),
                Made::Array(x) if *alternate => {
                    let signs = (0..x.value().len()).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 });
                    let signs = ArrayD::from_shape_vec(x.shape(), signs.collect());
                    Made::Array((x.sin() * reach + middle) * &signs.expect("a sign for each element"))
                }
                Made::Array(x) => Made::Array(x.sin() * reach + middle),
            }
        }
        Action::Select => match [0, 1, 2].map(|k| value(&operands[k])) {
            [Made::Scalar(c), Made::Scalar(a), Made::Scalar(b)] => Made::Scalar(c.select(a, b)),
            [Made::Array(c), Made::Array(a), Made::Scalar(b)] => Made::Array(c.select(a, b)),
            [c, a, b] => Made::Array(c.array().select(a.array(), b.array())),
        },
        Action::Detach => match value(&operands[0]) {
            Made::Scalar(x) => Made::Scalar(x.detach()),
            Made::Array(x) => Made::Array(x.detach()),
        },
        Action::Constant => value(&operands[0]),
        Action::Read(index) => Made::Scalar(value(&operands[0]).array().at(index)),
        Action::Stack => {
            let scalars = operands.iter().map(|x| match value(x) {
                Made::Scalar(x) => x,
                Made::Array(x) => x.item(),
            });
            Made::Array(tape.stack(&scalars.collect::<Vec<_>>()))
        }
        Action::FoldAll(fold) => Made::Scalar(fold_all(*fold, value(&operands[0]).array())),
        _ => {
            let x: Vec<Tensor<'t>> = operands.iter().map(|x| value(x).array()).collect();
            Made::Array(array_step(action, &x)?)
        }
    })
}

/// `O(a, b)` as a user would write it, so that constants stand where they do there.
fn binary<'t>(tape: &'t Tape, op: Binary, a: &Source, b: &Source, values: &[Made<'t>]) -> Made<'t> {
    struct With<'a, V: Value, B>(&'a Term<V>, B);
    impl<V: Value, B: Operand<V>> BinaryVisitor for With<'_, V, B> {
        type Out = Term<V>;
        fn visit<O: BinaryRule>(self) -> Term<V> {
            Term(self.1.after::<O>(&self.0.0))
        }
    }
    struct From<'a, V: Value>(V::Elem, &'a Term<V>);
    impl<V: Value> BinaryVisitor for From<'_, V> {
        type Out = Term<V>;
        fn visit<O: BinaryRule>(self) -> Term<V> {
            Term(V::binary_from::<O>(self.0, &self.1.0))
        }
    }
    use Made::{Array, Scalar};
    use Source::{Number, Plain};
    let value = |source: &Source| match source {
        Source::Value(i) => values[*i],
        Number(x) => Scalar((*x).into()),
        Plain(x) => Array(tape.constant(x)),
    };
    match (a, b) {
        (Source::Value(i), Number(c)) => match values[*i] {
            Scalar(x) => Scalar(op.visit(With(&x, *c))),
            Array(x) => Array(op.visit(With(&x, *c))),
        },
        (Number(c), Source::Value(i)) => match values[*i] {
            Scalar(x) => Scalar(op.visit(From(*c, &x))),
            Array(x) => Array(op.visit(From(*c, &x))),
        },
        _ => match (value(a), value(b)) {
            (Scalar(a), Scalar(b)) => Scalar(op.apply(&a, &b)),
            (Array(a), Scalar(b)) => Array(op.visit(With(&a, b))),
            (Scalar(a), Array(b)) if a.is_tracked() => Array(op.apply(&a.to_tensor(), &b)),
            (Scalar(a), Array(b)) => Array(op.visit(From(a.value(), &b))),
            (Array(a), Array(b)) => Array(op.apply(&a, &b)),
        },
    }
}

fn fold_all<'t>(fold: Fold, x: Tensor<'t>) -> Var<'t> {
    match fold {
        Fold::Sum => x.sum(),
        Fold::Mean => x.mean(),
        Fold::Max => x.max_all(),
        Fold::Min => x.min_all(),
        Fold::LogSumExp => x.logsumexp(),
        Fold::Norm1 => x.norm(1.0),
        Fold::Norm2 => x.norm(2.0),
        Fold::Prod => x.prod(),
        Fold::Var => x.var(0),
        Fold::Std => x.std(0),
        Fold::Median => x.median(),
    }
}

fn fold_axes<'t>(fold: Fold, x: Tensor<'t>, axes: &[usize], keep: bool) -> Tensor<'t> {
    let axes: Vec<isize> = axes.iter().map(|&i| i as isize).collect();
    match (fold, keep) {
        (Fold::Sum, false) => x.sum_axes(axes),
        (Fold::Sum, true) => x.sum_keep(axes),
        (Fold::Mean, false) => x.mean_axes(axes),
        (Fold::Mean, true) => x.mean_keep(axes),
        (Fold::Max, false) => x.max_axes(axes),
        (Fold::Max, true) => x.max_keep(axes),
        (Fold::Min, false) => x.min_axes(axes),
        (Fold::Min, true) => x.min_keep(axes),
        (Fold::LogSumExp, false) => x.logsumexp_axes(axes),
        (Fold::LogSumExp, true) => x.logsumexp_keep(axes),
        (Fold::Norm1, false) => x.norm_axes(1.0, axes),
        (Fold::Norm1, true) => x.norm_keep(1.0, axes),
        (Fold::Norm2, false) => x.norm_axes(2.0, axes),
        (Fold::Norm2, true) => x.norm_keep(2.0, axes),
        (Fold::Prod, false) => x.prod_axes(axes),
        (Fold::Prod, true) => x.prod_keep(axes),
        (Fold::Var, false) => x.var_axes(0, axes),
        (Fold::Var, true) => x.var_keep(0, axes),
        (Fold::Std, false) => x.std_axes(0, axes),
        (Fold::Std, true) => x.std_keep(0, axes),
        (Fold::Median, false) => x.median_axes(axes),
        (Fold::Median, true) => x.median_keep(axes),
    }
}

fn positions(cuts: &[Cut]) -> Vec<SliceInfoElem> {
    let range = |start, step| SliceInfoElem::Slice {
        start,
        end: None,
        step,
    };
    let position = |cut: &Cut| match *cut {
        Cut::All => range(0, 1),
        Cut::Tail => range(1, 1),
        Cut::Second => range(0, 2),
        Cut::Reversed => range(0, -1),
        Cut::Index(i) => SliceInfoElem::Index(i as isize),
    };
    cuts.iter().map(position).collect()
}

/// The unit matrix, times `c`.
fn unit(n: usize, c: f64) -> ArrayD<f64> {
    ArrayD::from_shape_fn(vec![n, n], |i| if i[0] == i[1] { c } else { 0.0 })
}

/// The steps from arrays to arrays.
fn array_step<'t>(action: &Action, x: &[Tensor<'t>]) -> Option<Tensor<'t>> {
    let a = x[0];
    let axis = |axis: &usize| *axis as isize;
    Some(match action {
        Action::Fold { fold, axes, keep } => fold_axes(*fold, a, axes, *keep),
        Action::Scan(Scan::CumSum, i) => a.cumsum(axis(i)),
        Action::Scan(Scan::CumProd, i) => a.cumprod(axis(i)),
        Action::Scan(Scan::CumMax, i) => a.cummax(axis(i)),
        Action::Scan(Scan::CumMin, i) => a.cummin(axis(i)),
        Action::Scan(Scan::LogCumSumExp, i) => a.logcumsumexp(axis(i)),
        Action::Softmax(i) => a.softmax(axis(i)),
        Action::LogSoftmax(i) => a.log_softmax(axis(i)),
        Action::CrossEntropy(labels) => a.cross_entropy(labels),
        Action::MatMul => a.matmul(&x[1]),
        Action::Einsum(text) => Tensor::einsum(text, x),
        Action::Outer => a.outer(&x[1]),
        Action::Kron => a.kron(&x[1]),
        Action::Reshape(shape) => a.reshape(shape),
        Action::Permute(order) => a.permute(order),
        Action::BroadcastTo(shape) => a.broadcast_to(shape),
        Action::Slice(cuts) => a.slice(positions(cuts)),
        Action::WithSlice(cuts) => a.with_slice(positions(cuts), &x[1]),
        Action::Take { axis: i, list } => a.take(axis(i), list),
        Action::Put { axis: i, list } => a.put(axis(i), list, &x[1]),
        Action::PutAdd { axis: i, list } => a.put_add(axis(i), list, &x[1]),
        Action::TakeAlongAxis { axis: i, indices } => a.take_along_axis(axis(i), indices),
        Action::Scatter { axis: i, indices } => a.scatter(axis(i), indices, &x[1]),
        Action::ScatterAdd { axis: i, indices } => a.scatter_add(axis(i), indices, &x[1]),
        Action::MaskSelect(mask) => a.mask_select(mask),
        Action::Concat(i) => Tensor::concat(x, axis(i)),
        Action::StackAlong(i) => Tensor::stack(x, axis(i)),
        Action::Pad(widths, pad) => a.pad(widths, *pad),
        Action::Flip(i) => a.flip(axis(i)),
        Action::Roll { shift, axis: i } => a.roll(*shift, axis(i)),
        Action::Tile(times) => a.tile(times),
        Action::Diag(k) => a.diag(*k),
        Action::Diagonal(k) => a.diagonal(*k),
        Action::Tril(k) => a.tril(*k),
        Action::Triu(k) => a.triu(*k),
        Action::SlidingWindows { axis: i, size, step } => a.sliding_windows(axis(i), *size, *step),
        Action::Sort(i) => a.sort(axis(i)),
        Action::TopK { k, axis: i } => a.topk(*k, axis(i)).0,
        Action::KthSmallest { k, axis: i } => a.kth_smallest(*k, axis(i)),
        Action::Conv {
            transpose,
            axes,
            stride,
            padding,
            dilation,
        } => {
            let (s, p, d) = (*stride, *padding, *dilation);
            let one = Convolution::default().stride([s]).padding([p]).dilation([d]);
            let two = Convolution::default()
                .stride([s; 2])
                .padding([p; 2])
                .dilation([d; 2]);
            match (transpose, axes) {
                (false, 1) => a.conv1d(&x[1], one),
                (false, _) => a.conv2d(&x[1], two),
                (true, 1) => a.conv_transpose1d(&x[1], one),
                (true, _) => a.conv_transpose2d(&x[1], two),
            }
        }
        Action::Pool {
            max,
            axes,
            size,
            stride,
        } => {
            let one = Pooling::new([*size]).stride([*stride]);
            let two = Pooling::new([*size; 2]).stride([*stride; 2]);
            match (max, axes) {
                (true, 1) => a.max_pool1d(one),
                (true, _) => a.max_pool2d(two),
                (false, 1) => a.avg_pool1d(one),
                (false, _) => a.avg_pool2d(two),
            }
        }
        Action::Gammainc => a.gammainc(x[1]),
        Action::Betainc => a.betainc(x[1], x[2]),
        Action::Regular => a + &unit(a.shape()[0], 3.0),
        Action::Linear(op) => return linear(*op, x),
        other => unreachable!("{other:?} is no step from arrays to an array"),
    })
}

#[cfg(feature = "linalg")]
fn linear<'t>(op: Linear, x: &[Tensor<'t>]) -> Option<Tensor<'t>> {
    let a = x[0];
    let positive = || a.matmul(&a.t()) / a.shape()[1] as f64 + &unit(a.shape()[0], 1.0);
    match op {
        Linear::Solve => a.solve(&x[1]).ok(),
        Linear::SolveTriangular => {
            let triangle = crate::ops::linalg::Triangle::Lower;
            a.solve_triangular(&x[1], triangle).ok()
        }
        Linear::Inv => a.inv().ok(),
        Linear::Det => Some(a.det()),
        Linear::Slogdet => Some(a.slogdet().1),
        Linear::Cholesky => positive().cholesky().ok(),
        Linear::Qr => Some(a.qr().1),
        Linear::Eigvalsh => positive().eigvalsh().ok(),
        Linear::Svdvals => a.svdvals().ok(),
        Linear::Pinv => a.pinv().ok(),
        Linear::Expm => Some(a.expm()),
    }
}

#[cfg(not(feature = "linalg"))]
fn linear<'t>(_: Linear, _: &[Tensor<'t>]) -> Option<Tensor<'t>> {
    None
}
