//! The choice of a step that moves elements, orders them, slides windows over them, or solves equations.

use super::draw::Draft;
use super::families::{Proposal, cut, has_axes};
use super::program::Source;
use super::{Action, Cut, Linear};
use crate::Pad;
use crate::shape;
use ndarray::ArrayD;

/// A value with axes, and its shape.
fn any(draft: &mut Draft<'_, '_>) -> Option<(usize, Vec<usize>)> {
    let x = draft.pick(has_axes)?;
    Some((x, draft.made[x].shape()?.to_vec()))
}

/// A value that broadcasts to a shape.
fn source(draft: &mut Draft<'_, '_>, to: &[usize]) -> Option<usize> {
    draft.pick(|z| {
        let broadcast = z.shape().map(|from| shape::broadcast(from, to));
        broadcast.is_some_and(|shape| shape.is_ok_and(|shape| shape[..] == *to))
    })
}

pub(super) fn layout(draft: &mut Draft<'_, '_>) -> Proposal {
    let (x, shape) = any(draft)?;
    let action = match draft.rng.usize(..3) {
        0 => {
            let n = shape::size(&shape);
            let rows: Vec<usize> = (1..=n).filter(|rows| n.is_multiple_of(*rows)).collect();
            let rows = rows[draft.rng.usize(..rows.len())];
            Action::Reshape(match draft.rng.usize(..3) {
                0 => vec![n],
                1 => vec![1, rows, n / rows],
                _ => vec![rows, n / rows],
            })
        }
        1 => {
            let mut order: Vec<usize> = (0..shape.len()).collect();
            draft.rng.shuffle(&mut order);
            Action::Permute(order)
        }
        _ => {
            let wide = shape
                .iter()
                .map(|&n| if n == 1 { draft.rng.usize(1..=3) } else { n });
            let mut wide: Vec<usize> = wide.collect();
            if draft.rng.bool() {
                wide.insert(0, 2);
            }
            Action::BroadcastTo(wide)
        }
    };
    Some((action, vec![Source::Value(x)]))
}

pub(super) fn index(draft: &mut Draft<'_, '_>) -> Proposal {
    let (x, shape) = any(draft)?;
    let axis = draft.rng.usize(..shape.len());
    let n = shape[axis];
    let count = draft.rng.usize(1..=3);
    let list: Vec<usize> = (0..count).map(|_| draft.rng.usize(..n)).collect();
    let with = |z: usize| [x, z].map(Source::Value).to_vec();
    match draft.rng.usize(..8) {
        0 | 1 => {
            let cuts: Vec<Cut> = shape.iter().map(|&n| cut(draft.rng, n)).collect();
            if draft.rng.bool() {
                return Some((Action::Slice(cuts), vec![Source::Value(x)]));
            }
            let inner = cuts.iter().zip(&shape).filter(|(cut, _)| cut.keeps_axis());
            let inner: Vec<usize> = inner.map(|(cut, &n)| cut.positions(n).len()).collect();
            let z = source(draft, &inner)?;
            Some((Action::WithSlice(cuts), with(z)))
        }
        2 => Some((Action::Take { axis, list }, vec![Source::Value(x)])),
        kind @ (3 | 4) => {
            let mut slabs = shape;
            slabs[axis] = count;
            let z = source(draft, &slabs)?;
            let put = kind == 3;
            let action = if put {
                Action::Put { axis, list }
            } else {
                Action::PutAdd { axis, list }
            };
            Some((action, with(z)))
        }
        5 => {
            let mut mask = ArrayD::from_shape_simple_fn(&shape[..], || draft.rng.bool());
            *mask.iter_mut().next()? = true;
            Some((Action::MaskSelect(mask), vec![Source::Value(x)]))
        }
        kind => {
            let mut taken = shape.clone();
            taken[axis] = count;
            let indices = ArrayD::from_shape_simple_fn(&taken[..], || draft.rng.usize(..n));
            if draft.rng.bool() {
                return Some((Action::TakeAlongAxis { axis, indices }, vec![Source::Value(x)]));
            }
            let z = source(draft, &taken)?;
            let add = kind == 7;
            let action = if add {
                Action::ScatterAdd { axis, indices }
            } else {
                Action::Scatter { axis, indices }
            };
            Some((action, with(z)))
        }
    }
}

pub(super) fn arrange(draft: &mut Draft<'_, '_>) -> Proposal {
    let (x, shape) = any(draft)?;
    let axis = draft.rng.usize(..shape.len());
    let n = shape[axis];
    let k = draft.rng.i8(-1..=1).into();
    let action = match draft.rng.usize(..11) {
        0 => {
            let others = |draft: &mut Draft<'_, '_>| {
                draft.pick(|z| {
                    z.shape().is_some_and(|b| {
                        b.len() == shape.len() && (0..b.len()).all(|i| i == axis || b[i] == shape[i])
                    })
                })
            };
            let count = draft.rng.usize(1..=2);
            let mut list = vec![Source::Value(x)];
            for _ in 0..count {
                list.push(Source::Value(others(draft)?));
            }
            return Some((Action::Concat(axis), list));
        }
        1 => {
            let z = draft.pick(|z| z.shape() == Some(&shape))?;
            return Some((Action::StackAlong(axis), [x, z].map(Source::Value).to_vec()));
        }
        2 => {
            let widths = shape.iter().map(|_| (draft.rng.usize(..2), draft.rng.usize(..2)));
            let widths = widths.collect();
            let pad = [Pad::Constant(0.5), Pad::Edge, Pad::Reflect][draft.rng.usize(..3)];
            Action::Pad(widths, pad)
        }
        3 => Action::Flip(axis),
        4 => Action::Roll { shift: k, axis },
        5 => Action::Tile(shape.iter().map(|_| draft.rng.usize(1..=2)).collect()),
        6 => Action::SlidingWindows {
            axis,
            size: draft.rng.usize(1..=n.min(2)),
            step: draft.rng.usize(1..=2),
        },
        7 => Action::Diag(k),
        kind => {
            let x = draft.pick(|x| x.shape().is_some_and(|shape| shape.len() >= 2))?;
            let action = [Action::Diagonal(k), Action::Tril(k), Action::Triu(k)][kind - 8].clone();
            return Some((action, vec![Source::Value(x)]));
        }
    };
    Some((action, vec![Source::Value(x)]))
}

pub(super) fn order(draft: &mut Draft<'_, '_>) -> Proposal {
    let (x, shape) = any(draft)?;
    let axis = draft.rng.usize(..shape.len());
    let n = shape[axis];
    let action = match draft.rng.usize(..3) {
        0 => Action::Sort(axis),
        1 => Action::TopK {
            k: draft.rng.usize(1..=n),
            axis,
        },
        _ => Action::KthSmallest {
            k: draft.rng.usize(..n),
            axis,
        },
    };
    Some((action, vec![Source::Value(x)]))
}

pub(super) fn image(draft: &mut Draft<'_, '_>) -> Proposal {
    let (mut x, mut shape) = any(draft)?;
    // What is no image yet is made one, of one channel.
    if shape.len() < 3 {
        shape.insert(0, 1);
        if shape.len() == 2 || draft.rng.bool() {
            shape.insert(0, 1);
        }
        x = draft.push(Action::Reshape(shape.clone()), vec![Source::Value(x)])?;
    }
    let axes = shape.len().checked_sub(2).filter(|axes| (1..=2).contains(axes))?;
    let (stride, padding, dilation) = (
        draft.rng.usize(1..=2),
        draft.rng.usize(..2),
        draft.rng.usize(1..=2),
    );
    let places = shape[2..].iter().copied().min()?;
    if draft.rng.usize(..3) == 0 {
        let max = draft.rng.bool();
        let size = draft.rng.usize(1..=2.min(places));
        let pool = Action::Pool {
            max,
            axes,
            size,
            stride,
        };
        return Some((pool, vec![Source::Value(x)]));
    }
    let transpose = draft.rng.bool();
    let spread = |size: usize| dilation * (size - 1) + 1;
    let fits = |weight: &[usize]| {
        weight.len() == shape.len()
            && weight[usize::from(!transpose)] == shape[1]
            && weight[2..]
                .iter()
                .zip(&shape[2..])
                .all(|(&size, &n)| match transpose {
                    true => (n - 1) * stride + spread(size) > 2 * padding,
                    false => n + 2 * padding >= spread(size),
                })
    };
    let weight = draft.pick(|z| z.shape().is_some_and(fits));
    let weight = match weight {
        Some(weight) => Source::Value(weight),
        None => {
            let ones = [&[1, shape[1]][..], &vec![1; axes]].concat();
            let ones = if transpose {
                [&[shape[1], 1][..], &vec![1; axes]].concat()
            } else {
                ones
            };
            fits(&ones).then(|| Source::Plain(draft.plain(&ones)))?
        }
    };
    let action = Action::Conv {
        transpose,
        axes,
        stride,
        padding,
        dilation,
    };
    Some((action, vec![Source::Value(x), weight]))
}

pub(super) fn linear(draft: &mut Draft<'_, '_>) -> Proposal {
    let op = Linear::ALL[draft.rng.usize(..Linear::ALL.len())];
    let square = |shape: &[usize]| shape.len() == 2 && shape[0] == shape[1];
    let tall = |shape: &[usize]| shape.len() == 2 && shape[0] >= shape[1];
    let any_matrix = matches!(op, Linear::Cholesky | Linear::Eigvalsh | Linear::Svdvals);
    let x = draft.pick(|x| {
        x.shape().is_some_and(|shape| match op {
            Linear::Qr | Linear::Pinv => tall(shape),
            _ => square(shape) || (any_matrix && shape.len() == 2),
        })
    })?;
    let n = draft.made[x].shape()?[0];
    let regular = matches!(
        op,
        Linear::Solve | Linear::SolveTriangular | Linear::Inv | Linear::Slogdet
    );
    let x = match op {
        _ if regular => draft.push(Action::Regular, vec![Source::Value(x)])?,
        Linear::Expm => draft.fitted(x, &[(-0.7, 0.7)])?,
        _ => x,
    };
    let mut operands = vec![Source::Value(x)];
    if matches!(op, Linear::Solve | Linear::SolveTriangular) {
        let b = draft.pick(|b| matches!(b.shape(), Some([m] | [m, _]) if *m == n))?;
        operands.push(Source::Value(b));
    }
    Some((Action::Linear(op), operands))
}
