//! The choice of the next step, family by family.

use super::draw::{Draft, LARGEST, number};
use super::program::{Input, Source};
use super::record::Made;
use super::sound::{inside, is_tame};
use super::{Action, Cut, Fold, Scan, moves};
use crate::ops::{Binary, Unary};
use crate::shape;
use fastrand::Rng;
use ndarray::{ArrayD, Dimension};

/// An action and its operands.
pub(super) type Proposal = Option<(Action, Vec<Source>)>;
type Family = fn(&mut Draft<'_, '_>) -> Proposal;

/// How often each family is chosen.
const FAMILIES: [(usize, Family); 16] = [
    (24, unary),
    (26, binary),
    (3, select),
    (4, constants),
    (6, read),
    (4, stack),
    (12, fold),
    (4, scan),
    (4, softmax),
    (8, product),
    (6, moves::layout),
    (12, moves::index),
    (8, moves::arrange),
    (4, moves::order),
    (5, moves::image),
    (1, incomplete),
];

pub(super) fn propose(draft: &mut Draft<'_, '_>) -> Proposal {
    let total: usize = FAMILIES.iter().map(|(weight, _)| weight).sum();
    let linear = if cfg!(feature = "linalg") { 10 } else { 0 };
    let mut at = draft.rng.usize(..total + linear);
    for (weight, family) in FAMILIES {
        if at < weight {
            return family(draft);
        }
        at -= weight;
    }
    moves::linear(draft)
}

/// Shapes of variables that suit each other: to broadcast, to multiply, to convolve.
/// Some have more elements than are copied to the stack in one piece, so that they go another way than the smallest.
const SHAPES: [&[&[usize]]; 14] = [
    &[&[2, 3]],
    &[&[3], &[2, 3]],
    &[&[2, 1], &[1, 3]],
    &[&[2, 3], &[3, 2]],
    &[&[4], &[4]],
    &[&[2, 2], &[2, 2]],
    &[&[3, 3], &[3]],
    &[&[1, 2, 4], &[2, 2, 2]],
    &[&[1, 1, 3, 3], &[1, 1, 2, 2]],
    &[&[2, 2, 2], &[2, 1]],
    &[&[5, 7], &[7]],
    &[&[1, 5, 7], &[5, 7]],
    &[&[]],
    &[],
];

/// The variables of a program.
pub(super) fn inputs(rng: &mut Rng) -> Vec<Input> {
    let shapes = SHAPES[rng.usize(..SHAPES.len())];
    let arrays = shapes
        .iter()
        .map(|shape| ArrayD::from_shape_simple_fn(*shape, || number(rng)));
    let mut inputs: Vec<Input> = arrays.map(Input::Array).collect();
    let scalars = rng.usize(if inputs.is_empty() { 1..4 } else { 0..3 });
    inputs.extend((0..scalars).map(|_| Input::Scalar(number(rng))));
    inputs
}

pub(super) fn is_array(x: &Made<'_>) -> bool {
    matches!(x, Made::Array(_))
}

pub(super) fn has_axes(x: &Made<'_>) -> bool {
    x.shape().is_some_and(|shape| !shape.is_empty())
}

fn unary(draft: &mut Draft<'_, '_>) -> Proposal {
    let op = Unary::ALL[draft.rng.usize(..Unary::ALL.len())];
    let x = draft.pick(|_| true)?;
    // Where some elements are outside of the domain, the function can be taken all the same if they are left behind.
    let some = draft.numbers[x].iter().any(|&x| inside(op.domain(), x));
    if some && draft.rng.bool() {
        let y = draft.push(Action::Unary(op), vec![Source::Value(x)])?;
        return if is_tame(&draft.numbers[y]) {
            None
        } else {
            tamed(draft, y)
        };
    }
    let x = draft.fitted(x, op.domain())?;
    Some((Action::Unary(op), vec![Source::Value(x)]))
}

/// A step that leaves behind what is not finite.
fn tamed(draft: &mut Draft<'_, '_>, y: usize) -> Proposal {
    let finite = draft.numbers[y].map(|y| y.is_finite());
    let wild = Source::Value(y);
    Some(match draft.rng.usize(..3) {
        0 => (Action::MaskSelect(finite), vec![wild]),
        1 => {
            let places = finite.indexed_iter().filter(|(_, finite)| **finite);
            let places: Vec<Vec<usize>> = places.map(|(i, _)| i.as_array_view().to_vec()).collect();
            let place = draft.rng.usize(..places.len());
            (Action::Read(places[place].clone()), vec![wild])
        }
        _ => {
            let condition = Source::Plain(finite.map(|&finite| f64::from(u8::from(finite))));
            let other = draft.pick(|x| x.shape() == Some(finite.shape()));
            let other = other.map_or_else(|| Source::Number(draft.number()), Source::Value);
            (Action::Select, vec![condition, wild, other])
        }
    })
}

fn binary(draft: &mut Draft<'_, '_>) -> Proposal {
    // The operators as often as all others.
    let n = if draft.rng.bool() { 4 } else { Binary::ALL.len() };
    let op = Binary::ALL[draft.rng.usize(..n)];
    let [first, second] = op.domain();
    let x = draft.pick(|_| true)?;
    if let [(low, high)] = second
        && low == high
    {
        let c = match op {
            Binary::Powi => f64::from(draft.rng.i32(-2..=4)),
            Binary::Polygamma | Binary::I0e | Binary::Sinc => low + f64::from(draft.rng.u8(..2)),
            _ => *low,
        };
        let x = draft.fitted(x, first)?;
        return Some((Action::Binary(op), vec![Source::Value(x), Source::Number(c)]));
    }
    let shape = draft.made[x].shape().map(<[usize]>::to_vec);
    let (a, b) = match draft.rng.usize(..10) {
        0 | 1 => {
            let a = draft.fitted(x, first)?;
            (Source::Value(a), constant(draft.rng, shape, second))
        }
        2 => {
            let b = draft.fitted(x, second)?;
            (constant(draft.rng, shape, first), Source::Value(b))
        }
        kind => {
            let other = match kind {
                3 => x,
                _ => {
                    let shape = shape.clone().unwrap_or_default();
                    let fits = |z: &Made<'_>| fit(&shape, z.shape().unwrap_or(&[]));
                    draft.pick(fits)?
                }
            };
            let a = draft.fitted(x, first)?;
            let b = draft.fitted(other, second)?;
            if draft.rng.bool() || first != second {
                (Source::Value(a), Source::Value(b))
            } else {
                (Source::Value(b), Source::Value(a))
            }
        }
    };
    Some((Action::Binary(op), vec![a, b]))
}

/// A number from the intervals, or a plain array of them that broadcasts to the shape.
fn constant(rng: &mut Rng, shape: Option<Vec<usize>>, domain: &[(f64, f64)]) -> Source {
    let (low, high) = domain[rng.usize(..domain.len())];
    let number = |rng: &mut Rng| {
        let x = low + (high - low) * rng.f64();
        ((x * 100.0).round() / 100.0).clamp(low, high)
    };
    match shape {
        Some(shape) if rng.bool() => {
            let own = &shape[rng.usize(..=shape.len())..];
            Source::Plain(ArrayD::from_shape_simple_fn(own, || number(rng)))
        }
        // Beside a scalar an array makes an array of it.
        None if rng.u8(..4) == 0 => Source::Plain(ArrayD::from_shape_simple_fn(&[2][..], || number(rng))),
        _ => Source::Number(number(rng)),
    }
}

/// Whether two shapes broadcast to one that is not large.
fn fit(a: &[usize], b: &[usize]) -> bool {
    shape::broadcast(a, b).is_ok_and(|shape| shape::size(&shape) <= LARGEST)
}

fn select(draft: &mut Draft<'_, '_>) -> Proposal {
    let a = draft.pick(|_| true)?;
    let shape = draft.made[a].shape().map(<[usize]>::to_vec);
    let b = draft.pick(|x| match (&shape, x.shape()) {
        (Some(a), Some(b)) => fit(a, b),
        (a, b) => a.is_none() && b.is_none(),
    })?;
    let mut bit = || f64::from(u8::from(draft.rng.bool()));
    let condition = match &shape {
        Some(shape) => Source::Plain(ArrayD::from_shape_simple_fn(&shape[..], bit)),
        None => Source::Number(bit()),
    };
    Some((
        Action::Select,
        vec![condition, Source::Value(a), Source::Value(b)],
    ))
}

fn constants(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(|_| true)?;
    if draft.rng.bool() {
        return Some((Action::Detach, vec![Source::Value(x)]));
    }
    let constant = match draft.made[x].shape().map(<[usize]>::to_vec) {
        Some(shape) => Source::Plain(draft.plain(&shape)),
        None => Source::Number(draft.number()),
    };
    Some((Action::Constant, vec![constant]))
}

fn read(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(is_array)?;
    let shape = draft.made[x].shape()?.to_vec();
    let index = shape.iter().map(|&n| draft.rng.usize(..n)).collect();
    Some((Action::Read(index), vec![Source::Value(x)]))
}

fn stack(draft: &mut Draft<'_, '_>) -> Proposal {
    let n = draft.rng.usize(1..=4);
    let scalars = (0..n).map(|_| {
        let scalar = draft.pick(|x| !is_array(x)).filter(|_| draft.rng.u8(..8) > 0);
        scalar.map_or_else(|| Source::Number(draft.number()), Source::Value)
    });
    Some((Action::Stack, scalars.collect()))
}

fn fold(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(is_array)?;
    let fold = Fold::ALL[draft.rng.usize(..Fold::ALL.len())];
    if draft.rng.bool() {
        return Some((Action::FoldAll(fold), vec![Source::Value(x)]));
    }
    let axes = draft.made[x].shape()?.len();
    let axes: Vec<usize> = (0..axes).filter(|_| draft.rng.bool()).collect();
    let keep = draft.rng.bool();
    (!axes.is_empty()).then(|| (Action::Fold { fold, axes, keep }, vec![Source::Value(x)]))
}

fn scan(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(has_axes)?;
    let axis = draft.rng.usize(..draft.made[x].shape()?.len());
    let scan = Scan::ALL[draft.rng.usize(..Scan::ALL.len())];
    Some((Action::Scan(scan, axis), vec![Source::Value(x)]))
}

fn softmax(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(has_axes)?;
    let shape = draft.made[x].shape()?.to_vec();
    let axis = draft.rng.usize(..shape.len());
    let action = match (draft.rng.usize(..3), &shape[..]) {
        (0, &[n, classes]) => Action::CrossEntropy((0..n).map(|_| draft.rng.usize(..classes)).collect()),
        (1, _) => Action::LogSoftmax(axis),
        _ => Action::Softmax(axis),
    };
    Some((action, vec![Source::Value(x)]))
}

fn incomplete(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(is_array)?;
    let a = draft.fitted(x, &[(0.5, 4.0)])?;
    if draft.rng.bool() {
        let x = draft.fitted(x, &[(0.3, 4.0)])?;
        return Some((Action::Gammainc, [a, x].map(Source::Value).into()));
    }
    let shape = draft.made[x].shape()?.to_vec();
    let b = draft.pick(|z| z.shape().is_some_and(|b| fit(&shape, b)))?;
    let b = draft.fitted(b, &[(0.5, 4.0)])?;
    let x = draft.fitted(x, &[(0.1, 0.7)])?;
    Some((Action::Betainc, [a, b, x].map(Source::Value).into()))
}

/// Patterns for one or two operands.
const EINSUMS: [&str; 9] = [
    "ij,jk->ik",
    "ij,ij->i",
    "i,j->ij",
    "ii->i",
    "ij->ji",
    "ij,kj->",
    "ijk,ik->j",
    "i,i->",
    "ijk->ik",
];

fn product(draft: &mut Draft<'_, '_>) -> Proposal {
    let x = draft.pick(has_axes)?;
    let a = draft.made[x].shape()?.to_vec();
    match draft.rng.usize(..5) {
        kind @ (0 | 1) => {
            let small = |b: &[usize]| shape::size(b) * shape::size(&a) <= LARGEST;
            let z = draft.pick(|z| has_axes(z) && z.shape().is_some_and(small))?;
            let action = if kind == 0 { Action::Outer } else { Action::Kron };
            Some((action, [x, z].map(Source::Value).into()))
        }
        2 => {
            let text = EINSUMS[draft.rng.usize(..EINSUMS.len())];
            let (inputs, _) = text.split_once("->")?;
            let terms: Vec<&str> = inputs.split(',').collect();
            let mut extents: Vec<(char, usize)> = vec![];
            let mut operands = vec![];
            for term in terms {
                let known = extents.clone();
                let z = draft.pick(|z| {
                    z.shape()
                        .is_some_and(|shape| names(term, shape, &known).is_some())
                })?;
                extents = names(term, draft.made[z].shape()?, &known)?;
                operands.push(Source::Value(z));
            }
            Some((Action::Einsum(text), operands))
        }
        _ => {
            let inner = *a.last()?;
            let fits = |b: &[usize]| match b {
                [] => false,
                &[n] => n == inner,
                [batch @ .., n, _] => {
                    *n == inner && (batch.is_empty() || a.len() <= 2 || a[..a.len() - 2] == *batch)
                }
            };
            let z = draft.pick(|z| z.shape().is_some_and(fits))?;
            Some((Action::MatMul, [x, z].map(Source::Value).into()))
        }
    }
}

/// The extents of letters, where this shape can be named by them.
fn names(term: &str, shape: &[usize], known: &[(char, usize)]) -> Option<Vec<(char, usize)>> {
    let mut all = known.to_vec();
    if term.chars().count() != shape.len() {
        return None;
    }
    for (letter, &n) in term.chars().zip(shape) {
        match all.iter().find(|(l, _)| *l == letter) {
            Some(&(_, extent)) if extent != n => return None,
            Some(_) => {}
            None => all.push((letter, n)),
        }
    }
    Some(all)
}

/// What a slice may take of an axis of extent `n`.
pub(super) fn cut(rng: &mut Rng, n: usize) -> Cut {
    match rng.usize(..6) {
        0 if n > 1 => Cut::Tail,
        1 => Cut::Second,
        2 => Cut::Reversed,
        3 => Cut::Index(rng.usize(..n)),
        _ => Cut::All,
    }
}
