//! Ops on axes: moved, repeated, joined, taken apart, padded, windows and bands. Random shapes and layouts against loops, in
//! value, gradient and Hessian-vector product; all orders by differences.

use super::polynomial::{Layout, Polynomial, agrees, layouts};
use crate::common::inputs::{indices, irregular};
use crate::common::{Tally, check};
use ndarray::ArrayD;
use proptest::collection::vec;
use proptest::prelude::*;
use wengert::{Pad, Tape, Tensor};

/// Compares an op of one operand with a loop.
fn moves(
    name: &str,
    x: (ArrayD<f64>, Layout),
    shape: &[usize],
    source: impl Fn(&[usize]) -> Result<Vec<usize>, f64>,
    f: impl for<'t> Fn(&Tensor<'t>) -> Tensor<'t>,
) {
    let from = |at: &[usize]| source(at).map(|from| (0, from));
    let polynomial = Polynomial::moving(shape, std::slice::from_ref(&x.0), from);
    let name = format!("{name} of {:?}, {:?}", x.0.shape(), x.1);
    agrees(&name, &[x], &polynomial, |_, x| f(&x[0]));
}

/// An array of up to four axes, lying in some way.
fn arrays(least: usize) -> impl Strategy<Value = (ArrayD<f64>, Layout)> {
    (vec(0_usize..=3, least..=4), layouts()).prop_map(|(shape, layout)| (irregular(&shape, 1), layout))
}

/// An index with one place changed.
fn with(index: &[usize], axis: usize, i: usize) -> Vec<usize> {
    let mut index = index.to_vec();
    index[axis] = i;
    index
}

fn written(axis: usize, axes: usize, from_end: bool) -> isize {
    axis as isize - if from_end { axes as isize } else { 0 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn moved(x in arrays(1), a in 0_usize..4, b in 0_usize..4, end in any::<bool>()) {
        let shape = x.0.shape().to_vec();
        let (a, b) = (a % shape.len(), b % shape.len());
        let (to, from) = (written(a, shape.len(), end), written(b, shape.len(), !end));
        let mut swapped = shape.clone();
        swapped.swap(a, b);
        let place = |at: &[usize]| {
            let mut at = at.to_vec();
            at.swap(a, b);
            Ok(at)
        };
        moves("swap_axes", x.clone(), &swapped, place, |x| x.swap_axes(to, from));
        let mut moved = shape.clone();
        let n = moved.remove(b);
        moved.insert(a, n);
        let place = |at: &[usize]| {
            let mut at = at.to_vec();
            let i = at.remove(a);
            at.insert(b, i);
            Ok(at)
        };
        moves("move_axis", x.clone(), &moved, place, |x| x.move_axis(from, to));
        let mut longer = shape.clone();
        longer.insert(a, 1);
        let place = |at: &[usize]| Ok([&at[..a], &at[a + 1..]].concat());
        moves("insert_axis", x.clone(), &longer, place, |x| x.insert_axis(a as isize));
        let behind = written(a, shape.len() + 1, true);
        moves("insert_axis", x.clone(), &longer, place, |x| x.insert_axis(behind));
        let at = |at: &[usize]| Ok(at.to_vec());
        moves("squeeze", x.clone(), &shape, at, |x| x.insert_axis(a as isize).squeeze(behind));
        let all = indices(&shape);
        let flat = |at: &[usize]| Ok(all[at[0]].clone());
        moves("flatten", x, &[all.len()], flat, |x| x.flatten());
    }

    #[test]
    fn turned(x in arrays(1), axis in 0_usize..4, shift in -7_isize..=7) {
        let shape = x.0.shape().to_vec();
        let axis = axis % shape.len();
        let n = shape[axis];
        let place = |at: &[usize]| Ok(with(at, axis, n - 1 - at[axis]));
        moves("flip", x.clone(), &shape, place, |x| x.flip(axis as isize));
        let place = |at: &[usize]| {
            let from = (0..n).find(|&i| (i as isize + shift - at[axis] as isize) % n as isize == 0);
            Ok(with(at, axis, from.expect("every element comes from somewhere")))
        };
        moves(&format!("roll by {shift}"), x, &shape, place, |x| x.roll(shift, axis as isize));
    }

    #[test]
    fn repeated(x in arrays(0), times in vec(0_usize..=2, 0..=3), n in 0_usize..=3, axis in 0_usize..4) {
        let shape = x.0.shape().to_vec();
        let axes = shape.len().max(times.len());
        let padded = |list: &[usize], i: usize| if i + list.len() < axes { 1 } else { list[i + list.len() - axes] };
        let to: Vec<usize> = (0..axes).map(|i| padded(&shape, i) * padded(&times, i)).collect();
        let place = |at: &[usize]| {
            let own = at[axes - shape.len()..].iter().zip(&shape);
            Ok(own.map(|(i, n)| i % n).collect())
        };
        moves(&format!("tile {times:?}"), x.clone(), &to, place, |x| x.tile(&times));
        if !shape.is_empty() {
            let axis = axis % shape.len();
            let to = with(&shape, axis, shape[axis] * n);
            let place = |at: &[usize]| Ok(with(at, axis, at[axis] / n));
            moves(&format!("repeat {n}"), x, &to, place, |x| x.repeat(n, axis as isize));
        }
    }

    #[test]
    fn padded(
        (x, widths, layout) in (0_usize..=3).prop_flat_map(|axes| {
            (vec(1_usize..=3, axes), vec((0_usize..=4, 0_usize..=4), axes), layouts())
        }),
    ) {
        let to: Vec<usize> = x.iter().zip(&widths).map(|(n, (a, b))| a + n + b).collect();
        let own = |at: &[usize]| -> Vec<isize> {
            at.iter().zip(&widths).map(|(&i, &(before, _))| i as isize - before as isize).collect()
        };
        let inside = |at: &[isize]| at.iter().zip(&x).all(|(&i, &n)| (0..n as isize).contains(&i));
        let plain = |at: Vec<isize>| -> Vec<usize> { at.into_iter().map(|i| i as usize).collect() };
        let array = (irregular(&x, 1), layout);
        moves("pad with 2.5", array.clone(), &to, |at| {
            let at = own(at);
            if inside(&at) { Ok(plain(at)) } else { Err(2.5) }
        }, |x| x.pad(&widths, Pad::Constant(2.5)));
        // One step at a time, turning round or standing still at the borders.
        let walk = |i: isize, n: usize, reflect: bool| {
            let (mut at, mut step) = (0_isize, i.signum());
            for _ in 0..i.abs() {
                if n > 1 && reflect && !(0..n as isize).contains(&(at + step)) {
                    step = -step;
                }
                if (0..n as isize).contains(&(at + step)) {
                    at += step;
                }
            }
            at as usize
        };
        for (pad, reflect) in [(Pad::Edge, false), (Pad::Reflect, true)] {
            moves(&format!("{pad:?} {widths:?}"), array.clone(), &to, |at| {
                Ok(own(at).into_iter().zip(&x).map(|(i, &n)| walk(i, n, reflect)).collect())
            }, |x| x.pad(&widths, pad));
        }
    }

    #[test]
    fn windows(
        shape in vec(1_usize..=5, 1..=3), axis in 0_usize..3, size in 1_usize..=5, step in 1_usize..=3,
        layout in layouts(),
    ) {
        let axis = axis % shape.len();
        let size = 1 + (size - 1) % shape[axis];
        let count = (0..shape[axis]).step_by(step).filter(|start| start + size <= shape[axis]).count();
        let to = [&with(&shape, axis, count)[..], &[size]].concat();
        let place = |at: &[usize]| {
            let (window, at) = at.split_last().expect("an axis within the window");
            Ok(with(at, axis, at[axis] * step + window))
        };
        let name = format!("windows of {size}, {step} apart");
        let x = (irregular(&shape, 1), layout);
        moves(&name, x, &to, place, |x| x.sliding_windows(axis as isize, size, step));
    }

    #[test]
    fn bands(x in arrays(2), k in -5_isize..=5) {
        let shape = x.0.shape().to_vec();
        let (batch, matrix) = shape.split_at(shape.len() - 2);
        let above = |at: &[usize]| at[at.len() - 1] as isize - at[at.len() - 2] as isize;
        let keep = |at: &[usize], kept: bool| if kept { Ok(at.to_vec()) } else { Err(0.0) };
        moves(&format!("tril {k}"), x.clone(), &shape, |at| keep(at, above(at) <= k), |x| x.tril(k));
        moves(&format!("triu {k}"), x.clone(), &shape, |at| keep(at, above(at) >= k), |x| x.triu(k));
        let on: Vec<Vec<usize>> = indices(matrix).into_iter().filter(|at| above(at) == k).collect();
        let (m, n) = (matrix[0] as isize, matrix[1] as isize);
        if (-m..=n).contains(&k) {
            let to = [batch, &[on.len()]].concat();
            let place = |at: &[usize]| Ok([&at[..batch.len()], &on[at[batch.len()]]].concat());
            moves(&format!("diagonal {k}"), x.clone(), &to, place, |x| x.diagonal(k));
        }
        let rows = matrix[1] + k.unsigned_abs();
        let to = [&shape[..shape.len() - 1], &[rows, rows]].concat();
        moves(&format!("diag {k}"), x, &to, |at| {
            let (lead, place) = at.split_at(at.len() - 2);
            let on = place[1] as isize - place[0] as isize == k;
            if on { Ok([lead, &[place[0].min(place[1])]].concat()) } else { Err(0.0) }
        }, |x| x.diag(k));
    }

    #[test]
    fn parts(x in arrays(1), axis in 0_usize..4, at in vec(0_usize..=3, 0..=3), size in 1_usize..=4) {
        let (shape, layout) = (x.0.shape().to_vec(), x.1);
        let axis = axis % shape.len();
        let mut at: Vec<usize> = at.into_iter().map(|i| i.min(shape[axis])).collect();
        at.sort_unstable();
        let tape = Tape::new();
        let t = layout.enter(&tape, &x.0);
        let name = format!("{shape:?} at {at:?}");
        let joined = Tensor::concat(&t.split_at(&at, axis as isize), axis as isize);
        prop_assert_eq!(joined.value(), x.0.view(), "{}", &name);
        let starts = [&[0], &at[..]].concat();
        for (k, start) in starts.iter().enumerate() {
            let end = at.get(k).copied().unwrap_or(shape[axis]);
            let to = with(&shape, axis, end - start);
            let place = |index: &[usize]| Ok(with(index, axis, index[axis] + start));
            moves(&name, x.clone(), &to, place, |x| x.split_at(&at, axis as isize)[k]);
        }
        let chunks = t.chunks(size, axis as isize);
        let extents: Vec<usize> = chunks.iter().map(|c| c.shape()[axis]).collect();
        prop_assert!(extents.iter().rev().skip(1).all(|&n| n == size));
        prop_assert_eq!(Tensor::concat(&chunks, axis as isize).value(), x.0.view());
        let n = shape[axis];
        for parts in (1..=n).filter(|parts| n % parts == 0) {
            let parts = t.split(parts, axis as isize);
            prop_assert!(parts.iter().all(|part| part.shape()[axis] == n / parts.len()));
            prop_assert_eq!(Tensor::concat(&parts, axis as isize).value(), x.0.view());
        }
    }

    #[test]
    fn stacks(shape in vec(0_usize..=3, 0..=3), n in 1_usize..=3, axis in 0_usize..4, end in any::<bool>(), layout in layouts()) {
        let axis = axis % (shape.len() + 1);
        let inputs: Vec<_> = (0..n).map(|k| (irregular(&shape, k), layout)).collect();
        let arrays: Vec<ArrayD<f64>> = inputs.iter().map(|(x, _)| x.clone()).collect();
        let to = [&shape[..axis], &[n], &shape[axis..]].concat();
        let polynomial = Polynomial::moving(&to, &arrays, |at| Ok((at[axis], [&at[..axis], &at[axis + 1..]].concat())));
        let place = written(axis, shape.len() + 1, end);
        agrees("stack", &inputs, &polynomial, |_, x| Tensor::stack(x, place));
    }

    #[test]
    fn grids(extents in vec(0_usize..=3, 0..=3), layout in layouts()) {
        for k in 0..extents.len() {
            let inputs: Vec<_> = extents.iter().map(|&n| (irregular(&[n], n), layout)).collect();
            let arrays: Vec<ArrayD<f64>> = inputs.iter().map(|(x, _)| x.clone()).collect();
            let polynomial = Polynomial::moving(&extents, &arrays, |at| Ok((k, vec![at[k]])));
            agrees("meshgrid", &inputs, &polynomial, |_, x| Tensor::meshgrid(x)[k]);
        }
    }
}

/// All orders by differences.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    let x = [irregular(&[2, 3], 1)];
    type F = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let functions: [(&str, F); 19] = [
        ("flatten", |x| x.t().flatten()),
        ("swap_axes", |x| x.swap_axes(0, 1)),
        ("insert_axis", |x| x.t().insert_axis(1)),
        ("squeeze", |x| x.insert_axis(0).squeeze(0)),
        ("flip", |x| x.flip(1)),
        ("roll", |x| x.roll(1, 1)),
        ("tile", |x| x.tile([2, 1, 2])),
        ("repeat", |x| x.t().repeat(2, 0)),
        ("stack", |x| Tensor::stack(&[x, x.sin(), x], 1)),
        ("split", |x| x.split(3, 1)[1]),
        ("chunks", |x| x.chunks(2, 1)[0]),
        ("pad constant", |x| x.pad(&[(1, 0), (0, 2)], Pad::Constant(0.7))),
        ("pad edge", |x| x.pad(&[(1, 0), (2, 2)], Pad::Edge)),
        ("pad reflect", |x| x.pad(&[(1, 2), (1, 2)], Pad::Reflect)),
        ("windows", |x| x.sliding_windows(1, 2, 1)),
        ("windows of windows", |x| {
            x.sliding_windows(1, 2, 1).sliding_windows(0, 2, 1)
        }),
        ("tril", |x| x.tril(0)),
        ("diag", |x| x.diag(-1)),
        ("diagonal", |x| x.t().diagonal(0)),
    ];
    for (name, f) in functions {
        tally += check(name, &x, |_, x| f(x[0]));
    }
    assert_eq!(tally.cases, functions.len());
}

/// A view stays a view: these share the memory of what they look at.
#[test]
fn views_copy_nothing() {
    let tape = Tape::new();
    let x = tape.tensor(&irregular(&[4, 6], 1));
    let start = x.value().as_ptr();
    type F = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let functions: [(&str, F); 11] = [
        ("flatten", |x| x.flatten()),
        ("swap_axes", |x| x.swap_axes(0, 1)),
        ("move_axis", |x| x.move_axis(0, 1)),
        ("insert_axis of a transpose", |x| x.t().insert_axis(0)),
        ("squeeze of a transpose", |x| x.t().insert_axis(2).squeeze(2)),
        ("reshape of a transpose", |x| x.t().reshape([2, 3, 4])),
        ("split", |x| x.split(2, 1)[0]),
        ("chunks", |x| x.chunks(3, 0)[0]),
        ("windows", |x| x.sliding_windows(1, 3, 2)),
        ("diagonal", |x| x.diagonal(0)),
        ("meshgrid", |x| Tensor::meshgrid(&[x.flatten(), x.flatten()])[1]),
    ];
    for (name, f) in functions {
        assert_eq!(f(x).value().as_ptr(), start, "{name}");
    }
}
