//! From instructions to steps, by arithmetic on shapes.

use super::program::{
    ARRAYS, Bin, Cut, Fold, Instr, LARGEST, Of, SCALARS, Step, Un, broadcast, odd_number, size,
};

/// What is known of the values made so far.
struct State {
    /// Whether each scalar is on the tape.
    tracked: Vec<bool>,
    shapes: Vec<Vec<usize>>,
}

/// A program for a list of instructions.
pub(crate) fn resolve(instructions: &[Instr]) -> Vec<Step> {
    let mut state = State {
        tracked: vec![true; SCALARS],
        shapes: ARRAYS.map(Vec::from).into(),
    };
    let steps = instructions.iter().map(|i| {
        let (step, result) = state.step(*i);
        match result {
            Made::Scalar(tracked) => state.tracked.push(tracked),
            Made::Array(shape) => state.shapes.push(shape),
        }
        step
    });
    steps.collect()
}

/// What a step makes.
enum Made {
    /// A scalar, on the tape or not.
    Scalar(bool),
    /// An array of this shape.
    Array(Vec<usize>),
}

impl State {
    fn step(&self, Instr { kind, a, b, c }: Instr) -> (Step, Made) {
        let [na, nb, nc] = [a, b, c].map(usize::from);
        // Recent values more often than old ones, so that programs are deep; 0 is the newest.
        let pick = |n: usize, len: usize| len - 1 - (n % 16) % len;
        let (s, t) = (pick(na, self.tracked.len()), pick(nb, self.tracked.len()));
        let (x, z) = (pick(na, self.shapes.len()), pick(nb, self.shapes.len()));
        let shape = &self.shapes[x];
        let number = odd_number(nb);
        let any = [
            [Bin::Add, Bin::Sub, Bin::Mul, Bin::Div, Bin::Powf],
            [Bin::Max, Bin::Min, Bin::Hypot, Bin::Atan2, Bin::Mul],
        ][nc / 5 % 2][nc % 5];
        let operator = [Bin::Add, Bin::Sub, Bin::Mul, Bin::Div][nc % 4];
        let (scalar, array) = (Of::Scalar, Of::Array);
        // A plain array that broadcasts against x, in one of three ways.
        let plain_shape = [&shape[..], &shape[shape.len().min(1)..], &[]][nc / 16 % 3].to_vec();
        let plain = || Of::Plain(plain_shape.clone(), b);
        let on_tape = |s: usize| Made::Scalar(self.tracked[s]);
        let same = || Made::Array(shape.clone());
        match kind % 30 {
            0 => (Step::Unary(unary(c), scalar(s)), on_tape(s)),
            1 => (Step::Unary(unary(c), array(x)), same()),
            2 => {
                let tracked = self.tracked[s] || self.tracked[t];
                let step = Step::Binary(any, scalar(s), scalar(t));
                (step, Made::Scalar(tracked))
            }
            3 => (Step::Binary(any, scalar(s), Of::Number(number)), on_tape(s)),
            4 => (Step::Binary(operator, Of::Number(number), scalar(s)), on_tape(s)),
            5 | 29 => match broadcast(shape, &self.shapes[z]) {
                Some(shape) => (Step::Binary(any, array(x), array(z)), Made::Array(shape)),
                None => (Step::Binary(any, array(x), array(x)), same()),
            },
            6 => (Step::Binary(any, array(x), scalar(t)), same()),
            7 => (Step::Binary(operator, scalar(t), array(x)), same()),
            8 => (Step::Binary(any, array(x), Of::Number(number)), same()),
            9 => (Step::Binary(operator, Of::Number(number), array(x)), same()),
            10 => (Step::Binary(any, array(x), plain()), same()),
            11 => (Step::Binary(operator, plain(), array(x)), same()),
            12 if self.tracked[t] => {
                let step = Step::Binary(operator, scalar(t), plain());
                (step, Made::Array(plain_shape))
            }
            13 if self.tracked[t] => {
                let step = Step::Binary(operator, plain(), scalar(t));
                (step, Made::Array(plain_shape))
            }
            12..=14 => {
                let index = shape.iter().enumerate().map(|(i, n)| (nb + i * nc) % n);
                (Step::At(x, index.collect()), Made::Scalar(true))
            }
            15 => (Step::FoldAll(fold(c), x), Made::Scalar(true)),
            16 => {
                let list = [s, t, s, pick(nc, self.tracked.len()), 0, t];
                let list = list[..1 + nc % 6].to_vec();
                let shape = vec![list.len()];
                (Step::Stack(list), Made::Array(shape))
            }
            24 => (Step::Detach(scalar(s)), on_tape(s)),
            25 => (Step::Detach(array(x)), same()),
            26 => (Step::Number(number), Made::Scalar(false)),
            27 => (Step::Constant(shape.clone(), b), same()),
            kind => self.array_step(kind, (x, z), [nb, nc]),
        }
    }

    /// The steps from arrays to arrays.
    fn array_step(&self, kind: u8, (x, z): (usize, usize), [b, c]: [usize; 2]) -> (Step, Made) {
        let shape = &self.shapes[x];
        let rank = shape.len();
        if rank == 0 {
            return (Step::Reshape(x, vec![1]), Made::Array(vec![1]));
        }
        let axis = b % rank;
        let mut out = shape.clone();
        let step = match kind {
            17 => {
                let axes: Vec<usize> = (0..rank).filter(|&i| i == axis || c >> i & 1 == 1).collect();
                let keep = c / 8 % 2 == 1;
                let kept = |i: &usize| keep || !axes.contains(i);
                let extent = |i| if axes.contains(&i) { 1 } else { shape[i] };
                out = (0..rank).filter(kept).map(extent).collect();
                Step::FoldAxes(fold((c / 16) as u8), x, axes, keep)
            }
            18 if c % 3 == 0 => Step::LogSoftmax(x, axis),
            18 => Step::Softmax(x, axis),
            19 => return self.product(x, z),
            20 => match c % 4 {
                0 => {
                    let order: Vec<usize> = (0..rank).map(|i| (i + 1 + b % 2) % rank).collect();
                    out = order.iter().map(|&i| shape[i]).collect();
                    Step::Permute(x, order)
                }
                1 => {
                    let n = size(shape);
                    let rows = (1..=n)
                        .filter(|rows| n.is_multiple_of(*rows))
                        .nth(b % 3)
                        .unwrap_or(n);
                    out = vec![rows, n / rows];
                    Step::Reshape(x, out.clone())
                }
                _ => {
                    let wide: Vec<usize> = shape.iter().map(|&n| if n == 1 { 2 } else { n }).collect();
                    let tall: Vec<usize> = [&[2], &wide[..]].concat();
                    out = [tall, wide]
                        .into_iter()
                        .find_map(|s| broadcast(shape, &s))
                        .unwrap_or(out);
                    Step::BroadcastTo(x, out.clone())
                }
            },
            21 => {
                let cut = |(i, &n): (usize, &usize)| match (b + 3 * i + c) % 5 {
                    0 => Cut::All,
                    1 if n > 1 => Cut::Tail,
                    2 => Cut::Second,
                    3 => Cut::Reversed,
                    _ => Cut::Index(c % n),
                };
                let cuts: Vec<Cut> = shape.iter().enumerate().map(cut).collect();
                let lists = cuts.iter().zip(shape).filter_map(|(cut, &n)| cut.list(n).err());
                out = lists.map(|list| list.len()).collect();
                Step::Slice(x, cuts)
            }
            22 => {
                let list: Vec<usize> = (0..1 + c % 4).map(|i| (b + i * c) % shape[axis]).collect();
                out[axis] = list.len();
                Step::Take(x, axis, list)
            }
            28 if rank == 2 => {
                let labels = (0..shape[0]).map(|i| (b + i * c) % shape[1]).collect();
                out = vec![shape[0]];
                Step::CrossEntropy(x, labels)
            }
            _ => {
                let other = &self.shapes[z];
                let fits = |i: usize| i == axis || other.get(i) == Some(&shape[i]);
                let z = if other.len() == rank && (0..rank).all(fits) {
                    z
                } else {
                    x
                };
                let list = [vec![x, z], vec![x, z, x], vec![z]][c % 3].clone();
                out[axis] = list.iter().map(|&i| self.shapes[i][axis]).sum();
                Step::Concat(list, axis)
            }
        };
        if size(&out) > LARGEST {
            return (Step::Unary(Un::Sin, Of::Array(x)), Made::Array(shape.clone()));
        }
        (step, Made::Array(out))
    }

    fn product(&self, x: usize, z: usize) -> (Step, Made) {
        match (&self.shapes[x][..], &self.shapes[z][..]) {
            (&[k], &[l]) if k == l => (Step::MatMul(x, z), Made::Array(vec![])),
            (&[k], &[l, n]) if k == l => (Step::MatMul(x, z), Made::Array(vec![n])),
            (&[m, k], &[l]) if k == l => (Step::MatMul(x, z), Made::Array(vec![m])),
            (&[m, k], &[l, n]) if k == l && m * n <= LARGEST => (Step::MatMul(x, z), Made::Array(vec![m, n])),
            (&[_], _) => (Step::MatMul(x, x), Made::Array(vec![])),
            (&[m, _], _) if m * m <= LARGEST => (Step::Gram(x), Made::Array(vec![m, m])),
            (shape, _) => (Step::Unary(Un::Tanh, Of::Array(x)), Made::Array(shape.to_vec())),
        }
    }
}

fn unary(c: u8) -> Un {
    use Un::*;
    let all = [
        Sin, Neg, Square, Recip, Sqrt, Cbrt, Exp, ExpM1, Ln, Ln1p, Cos, Tan, Atan, Asinh, Tanh, Sigmoid,
        Softplus, Relu, Abs, Floor,
    ];
    let powers = [Powi(-2), Powi(0), Powi(1), Powi(2), Powi(3), Powi(5)];
    let n = usize::from(c) % (all.len() + powers.len());
    all.get(n).copied().unwrap_or_else(|| powers[n - all.len()])
}

fn fold(c: u8) -> Fold {
    [Fold::Sum, Fold::Mean, Fold::Max, Fold::LogSumExp][usize::from(c) % 4]
}
