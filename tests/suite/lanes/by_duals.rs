//! Programs evaluated element by element, in any number that num-dual differentiates. Arrays are lists with a
//! shape; nothing here knows a tape, a stride or an ndarray.

use super::naive::{Array, Dual, along, concat, fold_axes, product};
use super::program::{ARRAYS, Bin, Fold, Of, SCALARS, Step, Un, broadcast, odd_number, odd_numbers, size};

/// The loss of a program: a weighted sum of the values that `live` names.
pub(crate) fn loss<D: Dual>(steps: &[Step], live: u64, inputs: &[D]) -> D {
    let mut rest = inputs[SCALARS..].iter();
    let arrays = ARRAYS.map(|shape| Array::tabulate(shape, |_| *rest.next().expect("enough inputs")));
    let scalars = inputs[..SCALARS].iter().map(|&x| Array::scalar(x));
    let mut values = Values {
        scalars: scalars.collect(),
        arrays: arrays.into(),
    };
    for step in steps {
        values.run(step);
    }
    let lists = [(&values.scalars, 0), (&values.arrays, 7)];
    let mut sum = inputs[0].sin();
    for (list, shift) in lists {
        let last = list.len() - 1;
        for (k, value) in list.iter().enumerate() {
            if k == last || live >> ((k + shift) % 64) & 1 == 1 {
                let terms = value.data.iter().enumerate();
                sum += terms.fold(D::from(0.0), |t, (i, &x)| t + x * odd_number(100 * k + i));
            }
        }
    }
    sum
}

struct Values<D> {
    scalars: Vec<Array<D>>,
    arrays: Vec<Array<D>>,
}

impl<D: Dual> Values<D> {
    fn operand(&self, of: &Of) -> Array<D> {
        match of {
            Of::Scalar(i) => self.scalars[*i].clone(),
            Of::Array(i) => self.arrays[*i].clone(),
            Of::Number(x) => Array::scalar(D::from(*x)),
            Of::Plain(shape, seed) => plain(shape, *seed),
        }
    }

    fn run(&mut self, step: &Step) {
        let x = |i: &usize| &self.arrays[*i];
        let is_scalar = |of: &Of| matches!(of, Of::Scalar(_) | Of::Number(_));
        let (made, scalar) = match step {
            Step::Unary(op, a) => (self.operand(a).map(|x| unary(*op, x)), is_scalar(a)),
            Step::Binary(op, a, b) => {
                let scalar = is_scalar(a) && is_scalar(b);
                let (a, b) = (self.operand(a), self.operand(b));
                let shape = broadcast(&a.shape, &b.shape).expect("shapes were checked");
                let f = |i: &[usize]| binary(*op, a.at(i), b.at(i));
                (Array::tabulate(&shape, f), scalar)
            }
            Step::Detach(a) => (self.operand(a).map(|x| D::from(x.re())), is_scalar(a)),
            Step::Number(c) => (Array::scalar(D::from(*c)), true),
            Step::At(i, index) => (Array::scalar(x(i).at(index)), true),
            Step::FoldAll(op, i) => (Array::scalar(fold(*op, &x(i).data)), true),
            step => (self.array_step(step), false),
        };
        let list = if scalar {
            &mut self.scalars
        } else {
            &mut self.arrays
        };
        list.push(made);
    }

    fn array_step(&self, step: &Step) -> Array<D> {
        let x = |i: &usize| &self.arrays[*i];
        match step {
            Step::Constant(shape, seed) => plain(shape, *seed),
            Step::Stack(list) => Array::tabulate(&[list.len()], |i| self.scalars[list[i[0]]].data[0]),
            Step::FoldAxes(op, i, axes, keep) => fold_axes(x(i), axes, *keep, |run| fold(*op, run)),
            Step::Softmax(i, axis) => along(x(i), *axis, |x, lane| x.exp() / exp_sum(lane)),
            Step::LogSoftmax(i, axis) => along(x(i), *axis, |x, lane| (x - exp_sum(lane).ln()) * 0.2),
            Step::CrossEntropy(i, labels) => {
                let (x, classes) = (x(i), x(i).shape[1]);
                Array::tabulate(&[labels.len()], |i| {
                    let row = &x.data[i[0] * classes..][..classes];
                    (exp_sum(row).ln() - row[labels[i[0]]]) * 0.2
                })
            }
            Step::MatMul(a, b) => product(x(a), x(b)),
            Step::Gram(a) => {
                let x = x(a);
                let flipped = [x.shape[1], x.shape[0]];
                product(x, &Array::tabulate(&flipped, |i| x.at(&[i[1], i[0]])))
            }
            Step::Permute(i, order) => {
                let shape: Vec<usize> = order.iter().map(|&k| x(i).shape[k]).collect();
                Array::tabulate(&shape, |index| {
                    let mut from = vec![0; order.len()];
                    order.iter().zip(index).for_each(|(&k, &at)| from[k] = at);
                    x(i).at(&from)
                })
            }
            Step::Reshape(i, shape) => Array {
                shape: shape.clone(),
                data: x(i).data.clone(),
            },
            Step::BroadcastTo(i, shape) => Array::tabulate(shape, |index| x(i).at(index)),
            Step::Slice(i, cuts) => {
                let lists: Vec<_> = cuts
                    .iter()
                    .zip(&x(i).shape)
                    .map(|(cut, &n)| cut.list(n))
                    .collect();
                let shape: Vec<usize> = lists
                    .iter()
                    .filter_map(|l| l.as_ref().err())
                    .map(Vec::len)
                    .collect();
                Array::tabulate(&shape, |index| {
                    let mut index = index.iter();
                    let from = lists.iter().map(|list| match list {
                        Ok(at) => *at,
                        Err(list) => list[*index.next().expect("an axis for each list")],
                    });
                    x(i).at(&from.collect::<Vec<_>>())
                })
            }
            Step::Take(i, axis, list) => {
                let mut shape = x(i).shape.clone();
                shape[*axis] = list.len();
                Array::tabulate(&shape, |index| {
                    let mut from = index.to_vec();
                    from[*axis] = list[index[*axis]];
                    x(i).at(&from)
                })
            }
            Step::Concat(list, axis) => concat(list.iter().map(x).collect(), *axis),
            other => unreachable!("{other:?} makes no array"),
        }
    }
}

fn plain<D: Dual>(shape: &[usize], seed: u8) -> Array<D> {
    let numbers = odd_numbers(size(shape), seed);
    Array {
        shape: shape.to_vec(),
        data: numbers.into_iter().map(D::from).collect(),
    }
}

fn exp_sum<D: Dual>(x: &[D]) -> D {
    x.iter().fold(D::from(0.0), |sum, x| sum + x.exp())
}

fn fold<D: Dual>(op: Fold, x: &[D]) -> D {
    let n = x.len() as f64;
    let sum = |x: &[D]| x.iter().fold(D::from(0.0), |sum, &x| sum + x);
    match op {
        Fold::Sum | Fold::Mean => sum(x) / n,
        Fold::LogSumExp => exp_sum(x).ln() * 0.2,
        Fold::Max => {
            // The mean of equal largest elements: its derivative is the convention at ties.
            let most = x.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.re()));
            let ties: Vec<D> = x.iter().filter(|x| x.re() == most).copied().collect();
            sum(&ties) / ties.len() as f64
        }
    }
}

fn unary<D: Dual>(op: Un, x: D) -> D {
    match op {
        Un::Neg => -x,
        Un::Square => x * x,
        Un::Recip => (x + 2.5).recip(),
        Un::Sqrt => (x + 1.5).sqrt() * 0.5,
        Un::Cbrt => (x + 1.5).cbrt() * 0.5,
        Un::Exp => (x - 1.0).exp(),
        Un::ExpM1 => x.exp_m1() * 0.5,
        Un::Ln => (x + 2.5).ln() * 0.5,
        Un::Ln1p => (x * 0.5).ln_1p(),
        Un::Sin => x.sin(),
        Un::Cos => x.cos(),
        Un::Tan => (x * 0.7).tan(),
        Un::Atan => x.atan(),
        Un::Asinh => x.asinh(),
        Un::Tanh => x.tanh(),
        Un::Sigmoid => ((-x).exp() + 1.0).recip(),
        Un::Softplus => (x.exp() + 1.0).ln() * 0.5,
        Un::Relu if x.re() + 0.0137 > 0.0 => (x + 0.0137) * 0.5,
        Un::Relu => D::from(0.0),
        Un::Abs if x.re() + 0.0137 > 0.0 => (x + 0.0137) * 0.5,
        Un::Abs => -(x + 0.0137) * 0.5,
        Un::Powi(n) if n < 0 => (x + 2.5).powi(n),
        Un::Powi(n) => x.powi(n),
        Un::Floor => D::from((x.re() * 1.7 + 0.0137).floor() * 0.4),
    }
}

fn binary<D: Dual>(op: Bin, a: D, b: D) -> D {
    match op {
        Bin::Add => (a + b) * 0.5,
        Bin::Sub => (a - b) * 0.5,
        Bin::Mul => a * b,
        Bin::Div => a / (b + 2.5),
        Bin::Powf => (b * (a + 2.5).ln()).exp() * 0.25,
        Bin::Max if a.re() > b.re() + 0.0137 => a * 0.5,
        Bin::Max => (b + 0.0137) * 0.5,
        Bin::Min if a.re() < b.re() + 0.0137 => a * 0.5,
        Bin::Min => (b + 0.0137) * 0.5,
        Bin::Hypot => (a * a + (b + 2.5) * (b + 2.5)).sqrt() * 0.25,
        Bin::Atan2 => (a / (b + 2.5)).atan(),
    }
}
