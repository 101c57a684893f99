//! Programs evaluated element by element, in any number that num-dual differentiates. Arrays are lists with a shape; nothing
//! here knows a tape, a stride or a kernel.

use super::algebra;
use crate::common::naive::{Array, Dual, along, broadcast, concat, fold_axes, resized, size};
use crate::pointwise::oracle::{one, two};
use crate::pointwise::special::{i0e_order, lgamma};
use ndarray::ArrayD;
use std::f64::consts::FRAC_PI_2;
use wengert::Pad;
use wengert::gradcheck::strategies::{Action, Cut, Fold, Input, Program, Scan, Source, Step, weight};
use wengert::ops::{Binary, Unary};

/// All values of a program at a point, and its loss.
pub(crate) fn run<D: Dual>(program: &Program, point: &[D]) -> (Vec<Array<D>>, D) {
    let mut rest = point.iter().copied();
    let mut next = || rest.next().expect("a number for each element of the inputs");
    let inputs = program.inputs().iter().map(|x| match x {
        Input::Scalar(_) => Array::scalar(next()),
        Input::Array(x) => Array::tabulate(x.shape(), |_| next()),
    });
    let mut values: Vec<Array<D>> = inputs.collect();
    for step in program.steps() {
        let operands: Vec<Array<D>> = step.operands.iter().map(|x| operand(x, &values)).collect();
        let operands: Vec<&Array<D>> = operands.iter().collect();
        values.push(result(step, &operands));
    }
    let mut loss = D::from(0.0);
    for (k, &i) in program.outputs().iter().enumerate() {
        for (e, &x) in values[i].data.iter().enumerate() {
            loss += x * weight(k, e);
        }
    }
    (values, loss)
}

fn operand<D: Dual>(source: &Source, values: &[Array<D>]) -> Array<D> {
    match source {
        Source::Value(i) => values[*i].clone(),
        Source::Number(x) => Array::scalar(D::from(*x)),
        Source::Plain(x) => Array {
            shape: x.shape().to_vec(),
            data: x.iter().map(|&x| D::from(x)).collect(),
        },
    }
}

fn unary<D: Dual>(op: Unary) -> fn(D) -> D {
    one(op).unwrap_or(match op {
        Unary::Floor => |x| D::from(x.re().floor()),
        Unary::Ceil => |x| D::from(x.re().ceil()),
        Unary::Round => |x| D::from(x.re().round()),
        Unary::Trunc => |x| D::from(x.re().trunc()),
        _ => |x| D::from(x.re().signum()),
    })
}

fn binary<D: Dual>(op: Binary, a: D, b: D) -> D {
    let indicator = |yes: bool| D::from(f64::from(u8::from(yes)));
    if op == Binary::Atan2 {
        // That of num-dual divides by b; here a is positive.
        return -(b / a).atan() + FRAC_PI_2;
    }
    if let Some(f) = two(op) {
        return f(a, b);
    }
    let n = b.re() as i32;
    match op {
        Binary::Powi => a.powi(n),
        Binary::Polygamma => polygamma(a, n),
        Binary::I0e => i0e_order(a, n),
        Binary::Sinc => sinc(a, n),
        // Of weights that are not 0.
        Binary::Unless => D::from(0.0),
        Binary::FloorDiv => D::from((a.re() / b.re()).floor()),
        Binary::Above => indicator(a.re() > b.re()),
        Binary::AtLeast => indicator(a.re() >= b.re()),
        Binary::Below => indicator(a.re() < b.re()),
        Binary::AtMost => indicator(a.re() <= b.re()),
        Binary::Equals => indicator(a.re() == b.re()),
        other => unreachable!("{other:?} has no formula"),
    }
}

/// `±n!·Σ 1/(x + k)ⁿ⁺¹`: twenty terms, and Euler's summation formula for the others.
fn polygamma<D: Dual>(x: D, n: i32) -> D {
    let terms = (0..20).map(|k| (x + f64::from(k)).powi(-n - 1));
    let z = x + 20.0;
    let mut sum = terms.fold(z.powi(-n) / f64::from(n), |sum, t| sum + t) + z.powi(-n - 1) * 0.5;
    // B₂ⱼ/(2j)!
    let numbers = [1.0 / 12.0, -1.0 / 720.0, 1.0 / 30240.0, -1.0 / 1_209_600.0];
    for (j, b) in numbers.into_iter().enumerate() {
        let j = j as i32;
        let rising: f64 = (0..=2 * j).map(|i| f64::from(n + 1 + i)).product();
        sum += z.powi(-n - 2 - 2 * j) * (b * rising);
    }
    let factorial: f64 = (1..=n).map(f64::from).product();
    sum * if n % 2 == 0 { -factorial } else { factorial }
}

/// `xᵃe⁻ˣ/Γ(a + 1)·(1 + x/(a + 1) + x²/((a + 1)(a + 2)) + …)`
fn gammainc<D: Dual>(a: D, x: D) -> D {
    let (mut sum, mut term) = (D::from(1.0), D::from(1.0));
    for k in 1..50 {
        term *= x / (a + f64::from(k));
        sum += term;
    }
    (a * x.ln() - x - lgamma(a + 1.0)).exp() * sum
}

/// `xᵃ(1 − x)ᵇ/(a·B(a, b))·(1 + x(a + b)/(a + 1) + x²(a + b)(a + b + 1)/((a + 1)(a + 2)) + …)`
fn betainc<D: Dual>(a: D, b: D, x: D) -> D {
    let (mut sum, mut term) = (D::from(1.0), D::from(1.0));
    for k in 0..160 {
        let k = f64::from(k);
        term *= x * (a + b + k) / (a + 1.0 + k);
        sum += term;
    }
    let beta = lgamma(a) + lgamma(b) - lgamma(a + b);
    (a * x.ln() + b * (-x + 1.0).ln() - beta).exp() / a * sum
}

/// `sin x/x` and its derivative by the series.
fn sinc<D: Dual>(x: D, n: i32) -> D {
    let (mut sum, mut factor) = (D::from(0.0), 1.0);
    for k in 0..25 {
        factor /= if k == 0 {
            1.0
        } else {
            -f64::from(2 * k * (2 * k + 1))
        };
        match n {
            0 => sum += x.powi(2 * k) * factor,
            _ if k > 0 => sum += x.powi(2 * k - 1) * (factor * f64::from(2 * k)),
            _ => {}
        }
    }
    sum
}

fn fold<D: Dual>(fold: Fold, x: &[D]) -> D {
    let n = x.len() as f64;
    let sum = |x: &[D]| x.iter().fold(D::from(0.0), |sum, &x| sum + x);
    let sorted = || {
        let mut x = x.to_vec();
        x.sort_by(|a, b| a.re().total_cmp(&b.re()));
        x
    };
    let squares = |mean: D| {
        let squares: Vec<D> = x.iter().map(|&x| (x - mean) * (x - mean)).collect();
        sum(&squares)
    };
    match fold {
        Fold::Sum => sum(x),
        Fold::Mean => sum(x) / n,
        Fold::Min => sorted()[0],
        Fold::Max => sorted()[x.len() - 1],
        Fold::LogSumExp => exp_sum(x).ln(),
        Fold::Norm1 => sum(&x
            .iter()
            .map(|&x| if x.re() < 0.0 { -x } else { x })
            .collect::<Vec<_>>()),
        Fold::Norm2 => squares(D::from(0.0)).sqrt(),
        Fold::Prod => x.iter().fold(D::from(1.0), |product, &x| product * x),
        Fold::Var => squares(sum(x) / n) / n,
        Fold::Std => (squares(sum(x) / n) / n).sqrt(),
        Fold::Median => {
            let x = sorted();
            (x[(x.len() - 1) / 2] + x[x.len() / 2]) / 2.0
        }
    }
}

fn exp_sum<D: Dual>(x: &[D]) -> D {
    x.iter().fold(D::from(0.0), |sum, x| sum + x.exp())
}

fn scan<D: Dual>(scan: Scan, so_far: &[D]) -> D {
    match scan {
        Scan::CumSum => fold(Fold::Sum, so_far),
        Scan::CumProd => fold(Fold::Prod, so_far),
        Scan::CumMax => fold(Fold::Max, so_far),
        Scan::CumMin => fold(Fold::Min, so_far),
        Scan::LogCumSumExp => fold(Fold::LogSumExp, so_far),
    }
}

fn result<D: Dual>(step: &Step, x: &[&Array<D>]) -> Array<D> {
    let a = x[0];
    match &step.action {
        Action::Unary(op) => {
            let f = unary(*op);
            a.map(f)
        }
        Action::Binary(op) => Array::tabulate(&broadcast(&a.shape, &x[1].shape), |i| {
            binary(*op, a.at(i), x[1].at(i))
        }),
        Action::Fit { low, high, alternate } => {
            let mut y = a.map(|x| x.sin() * (0.45 * (high - low)) + (low + high) / 2.0);
            let odd = y.data.iter_mut().skip(1).step_by(2).filter(|_| *alternate);
            odd.for_each(|y| *y = -*y);
            y
        }
        Action::Select => {
            let shape = broadcast(&broadcast(&a.shape, &x[1].shape), &x[2].shape);
            Array::tabulate(&shape, |i| x[if a.at(i).re() == 0.0 { 2 } else { 1 }].at(i))
        }
        Action::Detach => a.map(|x| D::from(x.re())),
        Action::Constant => a.clone(),
        Action::Read(index) => Array::scalar(a.at(index)),
        Action::Stack => Array {
            shape: vec![x.len()],
            data: x.iter().map(|x| x.data[0]).collect(),
        },
        Action::FoldAll(op) => Array::scalar(fold(*op, &a.data)),
        Action::Fold { fold: op, axes, keep } => fold_axes(a, axes, *keep, |run| fold(*op, run)),
        Action::Scan(op, axis) => along(a, *axis, |lane, i| scan(*op, &lane[..=i])),
        Action::Softmax(axis) => along(a, *axis, |lane, i| lane[i].exp() / exp_sum(lane)),
        Action::LogSoftmax(axis) => along(a, *axis, |lane, i| lane[i] - exp_sum(lane).ln()),
        Action::CrossEntropy(labels) => Array::tabulate(&[labels.len()], |i| {
            let row = &a.data[i[0] * a.shape[1]..][..a.shape[1]];
            exp_sum(row).ln() - row[labels[i[0]]]
        }),
        Action::Sort(axis) => along(a, *axis, |lane, i| sorted(lane)[i]),
        Action::TopK { k, axis } => resized(a, *axis, *k, |lane, i| sorted(lane)[lane.len() - 1 - i]),
        Action::KthSmallest { k, axis } => {
            let mut y = resized(a, *axis, 1, |lane, _| sorted(lane)[*k]);
            y.shape.remove(*axis);
            y
        }
        Action::Gammainc => Array::tabulate(&broadcast(&a.shape, &x[1].shape), |i| {
            gammainc(a.at(i), x[1].at(i))
        }),
        Action::Betainc => {
            let shape = broadcast(&broadcast(&a.shape, &x[1].shape), &x[2].shape);
            Array::tabulate(&shape, |i| betainc(a.at(i), x[1].at(i), x[2].at(i)))
        }
        Action::Linear(op) => algebra::linear(*op, x),
        Action::Regular => Array::tabulate(&a.shape, |i| a.at(i) + if i[0] == i[1] { 3.0 } else { 0.0 }),
        Action::MatMul | Action::Einsum(_) | Action::Outer | Action::Kron => {
            algebra::product(&step.action, x)
        }
        Action::Conv { .. } | Action::Pool { .. } => {
            let shape = step.shape.as_ref().expect("an image");
            algebra::image(&step.action, x, shape)
        }
        action => moved(action, x),
    }
}

fn sorted<D: Dual>(lane: &[D]) -> Vec<D> {
    let mut lane = lane.to_vec();
    lane.sort_by(|a, b| a.re().total_cmp(&b.re()));
    lane
}

/// The number of the last place in a list that has this index.
fn last(list: &[usize], i: usize) -> Option<usize> {
    list.iter().rposition(|&l| l == i)
}

/// The index of `at` with another position along an axis.
fn with(at: &[usize], axis: usize, position: usize) -> Vec<usize> {
    let mut at = at.to_vec();
    at[axis] = position;
    at
}

/// What only moves elements, adds some, or overwrites some.
fn moved<D: Dual>(action: &Action, x: &[&Array<D>]) -> Array<D> {
    let a = x[0];
    let n = &a.shape;
    match action {
        Action::Reshape(shape) => Array {
            shape: shape.clone(),
            data: a.data.clone(),
        },
        Action::Permute(order) => {
            let shape: Vec<usize> = order.iter().map(|&k| n[k]).collect();
            Array::tabulate(&shape, |index| {
                let mut from = vec![0; order.len()];
                order.iter().zip(index).for_each(|(&k, &at)| from[k] = at);
                a.at(&from)
            })
        }
        Action::BroadcastTo(shape) => Array::tabulate(shape, |i| a.at(i)),
        Action::Slice(cuts) => {
            let (places, shape) = sliced(cuts, n);
            Array::tabulate(&shape, |i| a.data[places[number(i, &shape)]])
        }
        Action::WithSlice(cuts) => {
            let (places, shape) = sliced(cuts, n);
            let mut y = a.clone();
            let written = Array::tabulate(&shape, |i| x[1].at(i));
            places
                .iter()
                .zip(written.data)
                .for_each(|(&at, x)| y.data[at] = x);
            y
        }
        Action::Take { axis, list } => resized(a, *axis, list.len(), |lane, i| lane[list[i]]),
        Action::Put { axis, list } => Array::tabulate(n, |i| match last(list, i[*axis]) {
            Some(k) => x[1].at(&with(i, *axis, k)),
            None => a.at(i),
        }),
        Action::PutAdd { axis, list } => Array::tabulate(n, |i| {
            let hits = (0..list.len()).filter(|&k| list[k] == i[*axis]);
            hits.fold(a.at(i), |sum, k| sum + x[1].at(&with(i, *axis, k)))
        }),
        Action::TakeAlongAxis { axis, indices } => {
            Array::tabulate(indices.shape(), |i| a.at(&with(i, *axis, indices[i])))
        }
        Action::Scatter { axis, indices } => Array::tabulate(n, |i| {
            let list = lane(indices, *axis, i);
            last(&list, i[*axis]).map_or(a.at(i), |k| x[1].at(&with(i, *axis, k)))
        }),
        Action::ScatterAdd { axis, indices } => Array::tabulate(n, |i| {
            let list = lane(indices, *axis, i);
            let hits = (0..list.len()).filter(|&k| list[k] == i[*axis]);
            hits.fold(a.at(i), |sum, k| sum + x[1].at(&with(i, *axis, k)))
        }),
        Action::MaskSelect(mask) => {
            let kept = mask.iter().zip(&a.data).filter(|(mask, _)| **mask);
            let data: Vec<D> = kept.map(|(_, &x)| x).collect();
            Array {
                shape: vec![data.len()],
                data,
            }
        }
        Action::Concat(axis) => concat(x.to_vec(), *axis),
        Action::StackAlong(axis) => {
            let mut shape = n.clone();
            shape.insert(*axis, x.len());
            Array::tabulate(&shape, |i| {
                let mut from = i.to_vec();
                let part = from.remove(*axis);
                x[part].at(&from)
            })
        }
        Action::Pad(widths, pad) => {
            let extents = n.iter().zip(widths);
            let shape: Vec<usize> = extents.map(|(n, (before, after))| n + before + after).collect();
            Array::tabulate(&shape, |i| {
                let mut from = vec![];
                for (k, &i) in i.iter().enumerate() {
                    let (i, n) = (i as isize - widths[k].0 as isize, n[k] as isize);
                    let inside = (0..n).contains(&i);
                    from.push(match pad {
                        Pad::Constant(c) if !inside => return D::from(*c),
                        // No width is above 1.
                        Pad::Reflect if i < 0 => (-i).min(n - 1),
                        Pad::Reflect if i >= n => (2 * (n - 1) - i).max(0),
                        _ => i.clamp(0, n - 1),
                    } as usize);
                }
                a.at(&from)
            })
        }
        Action::Flip(axis) => along(a, *axis, |lane, i| lane[lane.len() - 1 - i]),
        Action::Roll { shift, axis } => along(a, *axis, |lane, i| {
            lane[(i as isize - shift).rem_euclid(lane.len() as isize) as usize]
        }),
        Action::Tile(times) => {
            let shape: Vec<usize> = n.iter().zip(times).map(|(n, t)| n * t).collect();
            Array::tabulate(&shape, |i| {
                let from: Vec<usize> = i.iter().zip(n).map(|(i, n)| i % n).collect();
                a.at(&from)
            })
        }
        Action::Diag(k) => {
            let (rest, last) = n.split_at(n.len() - 1);
            let side = last[0] + k.unsigned_abs();
            Array::tabulate(&[rest, &[side, side]].concat(), |i| {
                let (rest, ij) = i.split_at(i.len() - 2);
                match ij[1] as isize - ij[0] as isize == *k {
                    true => a.at(&[rest, &[ij[0].min(ij[1])]].concat()),
                    false => D::from(0.0),
                }
            })
        }
        Action::Diagonal(k) => {
            let (rest, last) = n.split_at(n.len() - 2);
            let (down, right) = (0.max(-k) as usize, 0.max(*k) as usize);
            let length = (last[0] - down).min(last[1] - right);
            Array::tabulate(&[rest, &[length]].concat(), |i| {
                let (rest, at) = i.split_at(i.len() - 1);
                a.at(&[rest, &[at[0] + down, at[0] + right]].concat())
            })
        }
        Action::Tril(k) | Action::Triu(k) => Array::tabulate(n, |i| {
            let above = i[i.len() - 1] as isize - i[i.len() - 2] as isize - k;
            let kept = if matches!(action, Action::Tril(_)) {
                above <= 0
            } else {
                above >= 0
            };
            if kept { a.at(i) } else { D::from(0.0) }
        }),
        Action::SlidingWindows { axis, size, step } => {
            let mut shape = n.clone();
            shape[*axis] = (n[*axis] - size) / step + 1;
            shape.push(*size);
            Array::tabulate(&shape, |i| {
                let (at, j) = i.split_at(i.len() - 1);
                a.at(&with(at, *axis, at[*axis] * step + j[0]))
            })
        }
        other => unreachable!("{other:?} moves no elements"),
    }
}

/// The indices along an axis at the other positions of `at`.
fn lane(indices: &ArrayD<usize>, axis: usize, at: &[usize]) -> Vec<usize> {
    (0..indices.shape()[axis])
        .map(|k| indices[&with(at, axis, k)[..]])
        .collect()
}

/// The row-major number of an index.
fn number(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |sum, (i, n)| sum * n + i)
}

/// The row-major numbers of what a slice takes, and the shape of it.
fn sliced(cuts: &[Cut], shape: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let lists = cuts.iter().zip(shape).map(|(cut, &n)| cut.positions(n));
    let lists: Vec<Vec<usize>> = lists.collect();
    let extents: Vec<usize> = lists.iter().map(Vec::len).collect();
    let all = Array::tabulate(&extents, |i| {
        let from: Vec<usize> = i.iter().zip(&lists).map(|(&i, list)| list[i]).collect();
        number(&from, shape) as f64
    });
    let kept = cuts.iter().zip(&extents).filter(|(cut, _)| cut.keeps_axis());
    let kept: Vec<usize> = kept.map(|(_, &n)| n).collect();
    debug_assert_eq!(size(&kept), all.data.len());
    (all.data.iter().map(|&x| x as usize).collect(), kept)
}
