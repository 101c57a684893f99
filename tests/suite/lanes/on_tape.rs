//! Programs recorded on a tape.

use super::program::{ARRAYS, Bin, Cut, Fold, Of, SCALARS, Step, Un, odd_number, odd_numbers, size};
use ndarray::{ArrayD, SliceInfoElem};
use std::ops::{Add, Div, Mul, Sub};
use wengert::{Operand, Tape, Tensor, Term, Value, Var};

/// The variables of a program.
#[derive(Clone)]
pub(crate) struct Inputs<'t> {
    pub(crate) scalars: Vec<Var<'t>>,
    pub(crate) arrays: Vec<Tensor<'t>>,
}

impl<'t> Inputs<'t> {
    pub(crate) fn new(tape: &'t Tape, numbers: &[f64]) -> Self {
        let (scalars, mut rest) = numbers.split_at(SCALARS);
        let arrays = ARRAYS.map(|shape| {
            let (own, others) = rest.split_at(size(shape));
            rest = others;
            tape.tensor(&array(shape, own.to_vec()))
        });
        Self {
            scalars: tape.vars(scalars),
            arrays: arrays.into(),
        }
    }
}

fn array(shape: &[usize], data: Vec<f64>) -> ArrayD<f64> {
    ArrayD::from_shape_vec(shape, data).expect("as many numbers as the shape asks for")
}

/// The loss of a program: a weighted sum of the values that `live` names.
pub(crate) fn loss<'t>(tape: &'t Tape, steps: &[Step], live: u64, inputs: &Inputs<'t>) -> Var<'t> {
    let Inputs { scalars, arrays } = inputs.clone();
    let mut values = Values {
        tape,
        scalars,
        arrays,
    };
    for step in steps {
        values.run(step);
    }
    let mut sum = inputs.scalars[0].sin();
    let alive = |k: usize, n: usize, shift: usize| k + 1 == n || live >> ((k + shift) % 64) & 1 == 1;
    let n = values.scalars.len();
    for (k, x) in values.scalars.iter().enumerate().filter(|(k, _)| alive(*k, n, 0)) {
        sum += x * odd_number(100 * k);
    }
    let n = values.arrays.len();
    for (k, x) in values.arrays.iter().enumerate().filter(|(k, _)| alive(*k, n, 7)) {
        let weights = (0..size(x.shape())).map(|i| odd_number(100 * k + i));
        sum += (x * &array(x.shape(), weights.collect())).sum();
    }
    sum
}

struct Values<'t> {
    tape: &'t Tape,
    scalars: Vec<Var<'t>>,
    arrays: Vec<Tensor<'t>>,
}

/// An operand, or a result.
enum Arg<'t> {
    Scalar(Var<'t>),
    Array(Tensor<'t>),
    Number(f64),
    Plain(ArrayD<f64>),
}

impl<'t> Values<'t> {
    fn operand(&self, of: &Of) -> Arg<'t> {
        match of {
            Of::Scalar(i) => Arg::Scalar(self.scalars[*i]),
            Of::Array(i) => Arg::Array(self.arrays[*i]),
            Of::Number(x) => Arg::Number(*x),
            Of::Plain(shape, seed) => Arg::Plain(array(shape, odd_numbers(size(shape), *seed))),
        }
    }

    fn run(&mut self, step: &Step) {
        let x = |i: &usize| self.arrays[*i];
        let made = match step {
            Step::Unary(op, a) => match self.operand(a) {
                Arg::Scalar(x) => Arg::Scalar(unary(*op, &x)),
                Arg::Array(x) => Arg::Array(unary(*op, &x)),
                Arg::Number(_) | Arg::Plain(_) => unreachable!("an operand on the tape"),
            },
            Step::Binary(op, a, b) => binary(*op, self.operand(a), self.operand(b)),
            Step::Detach(a) => match self.operand(a) {
                Arg::Scalar(x) => Arg::Scalar(x.detach()),
                Arg::Array(x) => Arg::Array(x.detach()),
                Arg::Number(_) | Arg::Plain(_) => unreachable!("an operand on the tape"),
            },
            Step::Number(c) => Arg::Scalar((*c).into()),
            Step::At(i, index) => Arg::Scalar(x(i).at(index)),
            Step::FoldAll(op, i) => Arg::Scalar(match op {
                Fold::Sum => x(i).sum() / size(x(i).shape()) as f64,
                Fold::Mean => x(i).mean(),
                Fold::Max => x(i).max_all(),
                Fold::LogSumExp => x(i).logsumexp() * 0.2,
            }),
            step => Arg::Array(self.array_step(step)),
        };
        match made {
            Arg::Scalar(x) => self.scalars.push(x),
            Arg::Array(x) => self.arrays.push(x),
            Arg::Number(_) | Arg::Plain(_) => unreachable!("a result is on the tape"),
        }
    }

    fn array_step(&self, step: &Step) -> Tensor<'t> {
        let x = |i: &usize| self.arrays[*i];
        let product = |a: Tensor<'t>, b: Tensor<'t>| a.matmul(&b) / b.shape()[0] as f64;
        match step {
            Step::Constant(shape, seed) => {
                let numbers = odd_numbers(size(shape), *seed);
                self.tape.constant(&array(shape, numbers))
            }
            Step::Stack(list) => {
                let list: Vec<Var> = list.iter().map(|&i| self.scalars[i]).collect();
                self.tape.stack(&list)
            }
            Step::FoldAxes(op, i, axes, keep) => {
                let x = x(i);
                let n: usize = axes.iter().map(|&k| x.shape()[k]).product();
                let axes: Vec<isize> = axes.iter().map(|&k| k as isize).collect();
                match (op, keep) {
                    (Fold::Sum, true) => x.sum_keep(axes) / n as f64,
                    (Fold::Sum, false) => x.sum_axes(axes) / n as f64,
                    (Fold::Mean, true) => x.mean_keep(axes),
                    (Fold::Mean, false) => x.mean_axes(axes),
                    (Fold::Max, true) => x.max_keep(axes),
                    (Fold::Max, false) => x.max_axes(axes),
                    (Fold::LogSumExp, true) => x.logsumexp_keep(axes) * 0.2,
                    (Fold::LogSumExp, false) => x.logsumexp_axes(axes) * 0.2,
                }
            }
            Step::Softmax(i, axis) => x(i).softmax(*axis as isize),
            Step::LogSoftmax(i, axis) => x(i).log_softmax(*axis as isize - x(i).shape().len() as isize) * 0.2,
            Step::CrossEntropy(i, labels) => x(i).cross_entropy(labels) * 0.2,
            Step::MatMul(a, b) => product(x(a), x(b)),
            Step::Gram(a) => product(x(a), x(a).t()),
            Step::Permute(i, order) => x(i).permute(order),
            Step::Reshape(i, shape) => x(i).reshape(shape),
            Step::BroadcastTo(i, shape) => x(i).broadcast_to(shape),
            Step::Slice(i, cuts) => x(i).slice(cuts.iter().map(position).collect::<Vec<_>>()),
            Step::Take(i, axis, list) => x(i).take(*axis as isize, list),
            Step::Concat(list, axis) => {
                let list: Vec<Tensor> = list.iter().map(x).collect();
                Tensor::concat(&list, *axis as isize)
            }
            other => unreachable!("{other:?} makes no array"),
        }
    }
}

fn position(cut: &Cut) -> SliceInfoElem {
    let range = |start, step| SliceInfoElem::Slice {
        start,
        end: None,
        step,
    };
    match *cut {
        Cut::All => range(0, 1),
        Cut::Tail => range(1, 1),
        Cut::Second => range(0, 2),
        Cut::Reversed => range(0, -1),
        Cut::Index(i) => SliceInfoElem::Index(i as isize),
    }
}

fn unary<V: Value<Elem = f64>>(op: Un, x: &Term<V>) -> Term<V> {
    match op {
        Un::Neg => -x,
        Un::Square => x.square(),
        Un::Recip => (x + 2.5).recip(),
        Un::Sqrt => (x + 1.5).sqrt() * 0.5,
        Un::Cbrt => (1.5 + x).cbrt() / 2,
        Un::Exp => (x - 1).exp(),
        Un::ExpM1 => x.exp_m1() * 0.5,
        Un::Ln => (x + 2.5).ln() * 0.5,
        Un::Ln1p => (x * 0.5).ln_1p(),
        Un::Sin => x.sin(),
        Un::Cos => x.cos(),
        Un::Tan => (0.7 * x).tan(),
        Un::Atan => x.atan(),
        Un::Asinh => x.asinh(),
        Un::Tanh => x.tanh(),
        Un::Sigmoid => x.sigmoid(),
        Un::Softplus => x.softplus() * 0.5,
        Un::Relu => (x + 0.0137).relu() * 0.5,
        Un::Abs => (x + 0.0137).abs() * 0.5,
        Un::Powi(n) if n < 0 => (x + 2.5).powi(n),
        Un::Powi(n) => x.powi(n),
        Un::Floor => (x * 1.7 + 0.0137).floor() * 0.4,
    }
}

fn binary<'t>(op: Bin, a: Arg<'t>, b: Arg<'t>) -> Arg<'t> {
    use Arg::{Array, Number, Plain, Scalar};
    let shifted = |by: f64, b: Arg<'t>| match b {
        Scalar(b) => Scalar(b + by),
        Array(b) => Array(b + by),
        Number(b) => Number(b + by),
        Plain(b) => Plain(b + by),
    };
    let a = if matches!(op, Bin::Powf) {
        shifted(2.5, a)
    } else {
        a
    };
    let b = match op {
        Bin::Div | Bin::Hypot | Bin::Atan2 => shifted(2.5, b),
        Bin::Max | Bin::Min => shifted(0.0137, b),
        _ => b,
    };
    if matches!(op, Bin::Add | Bin::Sub | Bin::Mul | Bin::Div) {
        return match (a, b) {
            (Scalar(a), Scalar(b)) => Scalar(operator(op, a, b)),
            (Scalar(a), Number(b)) => Scalar(operator(op, a, b)),
            (Number(a), Scalar(b)) => Scalar(operator(op, a, b)),
            (Array(a), Array(b)) => Array(operator(op, a, b)),
            (Array(a), Scalar(b)) => Array(operator(op, a, b)),
            (Scalar(a), Array(b)) => Array(operator(op, a, b)),
            (Array(a), Number(b)) => Array(operator(op, a, b)),
            (Number(a), Array(b)) => Array(operator(op, a, b)),
            (Array(a), Plain(b)) => Array(operator(op, a, &b)),
            (Plain(a), Array(b)) => Array(operator(op, &a, b)),
            (Scalar(a), Plain(b)) => Array(operator(op, a, &b)),
            (Plain(a), Scalar(b)) => Array(operator(op, &a, b)),
            (Number(_) | Plain(_), Number(_) | Plain(_)) => unreachable!("one operand is on the tape"),
        };
    }
    match (a, b) {
        (Scalar(a), Scalar(b)) => Scalar(method(op, a, b)),
        (Scalar(a), Number(b)) => Scalar(method(op, a, b)),
        (Array(a), Array(b)) => Array(method(op, a, b)),
        (Array(a), Scalar(b)) => Array(method(op, a, b)),
        (Array(a), Number(b)) => Array(method(op, a, b)),
        (Array(a), Plain(b)) => Array(method(op, a, &b)),
        _ => unreachable!("a method's left side is a handle, and wide enough"),
    }
}

fn operator<A, B, V: Value<Elem = f64>>(op: Bin, a: A, b: B) -> Term<V>
where
    A: Add<B, Output = Term<V>>
        + Sub<B, Output = Term<V>>
        + Mul<B, Output = Term<V>>
        + Div<B, Output = Term<V>>,
{
    match op {
        Bin::Add => (a + b) * 0.5,
        Bin::Sub => (a - b) * 0.5,
        Bin::Mul => a * b,
        Bin::Div => a / b,
        other => unreachable!("{other:?} is no operator"),
    }
}

fn method<V: Value<Elem = f64>>(op: Bin, a: Term<V>, b: impl Operand<V>) -> Term<V> {
    match op {
        Bin::Powf => a.powf(b) * 0.25,
        Bin::Max => a.max(b) * 0.5,
        Bin::Min => a.min(b) * 0.5,
        Bin::Hypot => a.hypot(b) * 0.25,
        Bin::Atan2 => a.atan2(b),
        other => unreachable!("{other:?} is no method"),
    }
}
