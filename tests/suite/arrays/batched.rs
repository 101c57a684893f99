//! Matrix products of batches, by NumPy's rules: the leading axes broadcast, vectors are rows or columns.

use super::{build, whole};
use crate::common::inputs::{cast, indices, irregular, widen};
use crate::common::{Tally, check};
use ndarray::{ArrayD, s};
use wengert::{Real, Tape, Tensor};

/// A product's shape, and for each element of the result and each step of its sum the indices in both operands.
struct Plan {
    shape: Vec<usize>,
    terms: Vec<(Vec<usize>, Vec<usize>, Vec<usize>)>,
}

/// NumPy's rules, spelled out.
fn plan(a: &[usize], b: &[usize]) -> Plan {
    let (na, nb) = (a.len(), b.len());
    let (batch_a, batch_b) = (&a[..na.max(2) - 2], &b[..nb.max(2) - 2]);
    let axes = batch_a.len().max(batch_b.len());
    let extent = |batch: &[usize], i: usize| (i + batch.len()).checked_sub(axes).map_or(1, |j| batch[j]);
    let mut shape: Vec<usize> = (0..axes)
        .map(|i| match (extent(batch_a, i), extent(batch_b, i)) {
            (1, n) => n,
            (n, _) => n,
        })
        .collect();
    let rows = if na > 1 { vec![a[na - 2]] } else { vec![] };
    let columns = if nb > 1 { vec![b[nb - 1]] } else { vec![] };
    shape.extend(rows.iter().chain(&columns));
    let mut terms = vec![];
    for index in indices(&shape) {
        let (batch, rest) = index.split_at(axes);
        let (row, column) = rest.split_at(rows.len());
        let own = |extents: &[usize]| -> Vec<usize> {
            let aligned = &batch[axes - extents.len()..];
            let places = aligned.iter().zip(extents);
            places.map(|(&i, &n)| if n == 1 { 0 } else { i }).collect()
        };
        for l in 0..a[na - 1] {
            let left = [&own(batch_a)[..], row, &[l]].concat();
            let right = [&own(batch_b)[..], &[l], column].concat();
            terms.push((index.clone(), left, right));
        }
    }
    Plan { shape, terms }
}

/// How an operand lies in memory.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Plain,
    Reversed,
    Backwards,
}

const LAYOUTS: [Layout; 3] = [Layout::Plain, Layout::Reversed, Layout::Backwards];

impl Layout {
    fn enter<'t, T: Real>(self, tape: &'t Tape<T>, shape: &[usize], seed: usize) -> Tensor<'t, T> {
        let axes: Vec<usize> = (0..shape.len()).rev().collect();
        match self {
            Self::Plain => tape.tensor(&cast::<T>(&whole(shape, seed))),
            Self::Reversed => {
                let reversed: Vec<usize> = shape.iter().rev().copied().collect();
                tape.tensor(&cast::<T>(&whole(&reversed, seed))).permute(axes)
            }
            Self::Backwards => tape.tensor(&cast::<T>(&whole(shape, seed))).slice(s![..;-1]),
        }
    }
}

/// Value and both cotangents, exactly.
fn exact<T: Real>(shapes: [&[usize]; 2], layouts: [Layout; 2]) {
    let name = format!("{shapes:?}, {layouts:?}, {}", T::NAME);
    let tape = Tape::<T>::default();
    let a = layouts[0].enter(&tape, shapes[0], 1);
    let b = layouts[1].enter(&tape, shapes[1], 2);
    let (x, z) = (a.value().mapv(widen), b.value().mapv(widen));
    let y = a.matmul(&b);
    let plan = plan(shapes[0], shapes[1]);
    let seed = whole(&plan.shape, 3);
    let mut want = build(&plan.shape, |_| 0.0);
    let [mut of_a, mut of_b] = shapes.map(|shape| build(shape, |_| 0.0));
    for (i, left, right) in &plan.terms {
        let (i, left, right) = (&i[..], &left[..], &right[..]);
        want[i] += x[left] * z[right];
        of_a[left] += seed[i] * z[right];
        of_b[right] += seed[i] * x[left];
    }
    assert_eq!(y.value().mapv(widen), want, "{name}");
    let gradients = y.backward_with(&cast::<T>(&seed));
    assert_eq!(gradients.wrt(a).mapv(widen), of_a, "{name}, left");
    assert_eq!(gradients.wrt(b).mapv(widen), of_b, "{name}, right");
}

const SHAPES: [[&[usize]; 2]; 23] = [
    [&[2, 3, 4], &[2, 4, 5]],
    [&[3, 2, 2], &[2, 3]],
    [&[3, 2, 2], &[1, 2, 3]],
    [&[2, 2], &[3, 2, 3]],
    [&[1, 2, 2], &[3, 2, 1]],
    [&[2, 1, 1, 3], &[3, 3, 2]],
    [&[2, 1, 2, 3], &[1, 4, 3, 1]],
    [&[3, 2, 3], &[1, 1, 3, 2]],
    [&[2], &[3, 2, 4]],
    [&[3, 4, 2], &[2]],
    [&[2, 3, 4, 2], &[2]],
    [&[2], &[2, 3, 2, 1]],
    [&[3], &[3]],
    [&[2, 3], &[3]],
    [&[3], &[3, 2]],
    [&[1, 1, 1], &[1, 1, 1]],
    [&[0, 2, 3], &[3, 2]],
    [&[0, 2, 3], &[1, 3, 2]],
    [&[1, 2, 3], &[0, 3, 2]],
    [&[2, 2, 0], &[2, 0, 3]],
    [&[2, 0, 3], &[2, 3, 2]],
    [&[2, 3, 0], &[0]],
    [&[4, 17, 9], &[4, 9, 18]],
];

/// Every pairing of batches, in every pair of layouts, in both element types.
#[test]
fn in_every_shape_and_layout() {
    for shapes in SHAPES {
        for left in LAYOUTS {
            for right in LAYOUTS {
                exact::<f64>(shapes, [left, right]);
                exact::<f32>(shapes, [left, right]);
            }
        }
    }
}

/// All orders by differences, every subset of operands tracked; one operand on both sides.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    for shapes in SHAPES.iter().filter(|s| s[0].len() != s[1].len()).take(7) {
        let x: [ArrayD<f64>; 2] = std::array::from_fn(|k| irregular(shapes[k], k + 1));
        tally += check(&format!("matmul of {shapes:?}"), &x, |_, x| x[0].matmul(&x[1]));
    }
    let x = [irregular(&[2, 3, 2], 3), irregular(&[2, 3, 2], 4)];
    tally += check("Aᵀ·B", &x, |_, x| x[0].transpose_last().matmul(&x[1]));
    tally += check("A·Bᵀ backwards", &x, |_, x| {
        x[0].matmul(&x[1].slice(s![..;-1, 1.., ..]).transpose_last())
    });
    tally += check("A·Aᵀ", &x[..1], |_, x| x[0].matmul(&x[0].transpose_last()));
    assert_eq!(tally.cases, 10);
}
