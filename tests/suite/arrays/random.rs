//! Random shapes and arguments against plain loops. Whole numbers, so that everything is exact.

use super::slices::{Taken, shape, source};
use super::{build, moves_elements, whole};
use crate::common::inputs::indices;
use ndarray::SliceInfoElem;
use proptest::collection::vec;
use proptest::prelude::*;
use wengert::{Tape, Tensor};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A shape of up to four axes.
fn any_shape() -> impl Strategy<Value = Vec<usize>> {
    vec(0_usize..=4, 0..=4)
}

/// A position, perhaps written from the end.
fn written(at: usize, n: usize, from_end: bool) -> isize {
    if from_end && at < n {
        at as isize - n as isize
    } else {
        at as isize
    }
}

/// A slice of one axis of extent `n` from arbitrary numbers, and what it takes by a plain loop.
fn slice_of(n: usize, [kind, a, b]: [usize; 3], step: isize, from_end: bool) -> (SliceInfoElem, Taken) {
    if kind == 0 && n > 0 {
        let at = a % n;
        return (SliceInfoElem::Index(written(at, n, from_end)), Taken::One(at));
    }
    let (start, end) = (a % (n + 1), b % (n + 1));
    let stride = step.unsigned_abs();
    let positions: Vec<usize> = if step > 0 {
        (start..end)
            .filter(|i| (i - start).is_multiple_of(stride))
            .collect()
    } else {
        (start..end)
            .rev()
            .filter(|i| (end - 1 - i).is_multiple_of(stride))
            .collect()
    };
    let (start, written_end) = (written(start, n, from_end), written(end, n, from_end));
    let end = if end == n && a.is_multiple_of(2) {
        None
    } else {
        Some(written_end)
    };
    (
        SliceInfoElem::Slice { start, end, step },
        Taken::Positions(positions),
    )
}

proptest! {
    #![proptest_config(config())]

    /// Any slice of any shape takes what a loop takes.
    #[test]
    fn slices(
        extents in any_shape(),
        numbers in vec(([0_usize..3, 0..20, 0..20], prop_oneof![-3_isize..=-1, 1_isize..=3], any::<bool>()), 4),
        new in vec(any::<bool>(), 4),
    ) {
        let (mut info, mut taken) = (vec![], vec![]);
        for ((&n, &(abc, step, from_end)), &new) in extents.iter().zip(&numbers).zip(&new) {
            if new && step == 1 {
                info.push(SliceInfoElem::NewAxis);
                taken.push(Taken::New);
            }
            let (element, what) = slice_of(n, abc, step, from_end);
            info.push(element);
            taken.push(what);
        }
        let name = format!("slice {info:?} of {extents:?}");
        let place = |index: &[usize]| (0, source(&taken, index));
        moves_elements(&name, &[whole(&extents, 1)], &shape(&taken), place, |_, x| x[0].slice(&info));
    }

    /// Any list of slabs along any axis.
    #[test]
    fn takes(extents in vec(1_usize..=4, 1..=4), axis in 0_usize..4, list in vec(0_usize..4, 0..=6)) {
        let axis = axis % extents.len();
        let list: Vec<usize> = list.iter().map(|i| i % extents[axis]).collect();
        let mut to = extents.clone();
        to[axis] = list.len();
        let place = |index: &[usize]| {
            let mut from = index.to_vec();
            from[axis] = list[index[axis]];
            (0, from)
        };
        let name = format!("take {list:?} of {extents:?} along {axis}");
        moves_elements(&name, &[whole(&extents, 1)], &to, place, |_, x| x[0].take(axis as isize, &list));
    }

    /// Any number of parts along any axis, each a view of something permuted.
    #[test]
    fn concats(others in vec(0_usize..=3, 0..=3), axis in 0_usize..4, lengths in vec(0_usize..=3, 1..=4)) {
        let axis = axis % (others.len() + 1);
        let shapes: Vec<Vec<usize>> =
            lengths.iter().map(|&n| [&others[..axis], &[n], &others[axis..]].concat()).collect();
        let mut to = shapes[0].clone();
        to[axis] = lengths.iter().sum();
        // Stored with the axes in reverse.
        let inputs: Vec<_> = shapes.iter().enumerate().map(|(k, shape)| {
            let reversed: Vec<usize> = shape.iter().rev().copied().collect();
            whole(&reversed, k)
        }).collect();
        let place = |index: &[usize]| {
            let (mut k, mut from) = (0, index.to_vec());
            while from[axis] >= lengths[k] {
                from[axis] -= lengths[k];
                k += 1;
            }
            from.reverse();
            (k, from)
        };
        let back: Vec<usize> = (0..to.len()).rev().collect();
        let name = format!("concat of {shapes:?} along {axis}");
        moves_elements(&name, &inputs, &to, place, |_, x| {
            let parts: Vec<Tensor> = x.iter().map(|x| x.permute(&back)).collect();
            Tensor::concat(&parts, axis as isize)
        });
    }

    /// Products of any size.
    #[test]
    fn products(m in 0_usize..=20, k in 0_usize..=20, n in 0_usize..=20, flip in any::<[bool; 2]>()) {
        let tape = Tape::new();
        let enter = |shape: [usize; 2], flip: bool, seed| {
            if flip { tape.tensor(&whole(&[shape[1], shape[0]], seed)).t() } else { tape.tensor(&whole(&shape, seed)) }
        };
        let (a, b) = (enter([m, k], flip[0], 1), enter([k, n], flip[1], 2));
        let y = a.matmul(&b);
        let (x, z, seed) = (a.value(), b.value(), whole(&[m, n], 3));
        let want = build(&[m, n], |i| (0..k).map(|l| x[[i[0], l]] * z[[l, i[1]]]).sum());
        prop_assert_eq!(y.value(), want);
        let gradients = y.backward_with(&seed);
        let of_a = build(&[m, k], |i| (0..n).map(|j| seed[[i[0], j]] * z[[i[1], j]]).sum());
        let of_b = build(&[k, n], |i| (0..m).map(|j| x[[j, i[0]]] * seed[[j, i[1]]]).sum());
        prop_assert_eq!(gradients.wrt(a), of_a);
        prop_assert_eq!(gradients.wrt(b), of_b);
    }

    /// Sums over any axes of any shape, and their adjoint, which repeats.
    #[test]
    fn sums(extents in any_shape(), set in 0_usize..16, keep in any::<bool>(), flip in any::<bool>()) {
        let axes: Vec<usize> = (0..extents.len()).filter(|i| set >> i & 1 == 1).collect();
        let left = |index: &[usize]| -> Vec<usize> {
            let places = index.iter().enumerate();
            let places = places.filter(|(i, _)| keep || !axes.contains(i));
            places.map(|(i, &at)| if axes.contains(&i) { 0 } else { at }).collect()
        };
        let to: Vec<usize> = (0..extents.len())
            .filter(|i| keep || !axes.contains(i))
            .map(|i| if axes.contains(&i) { 1 } else { extents[i] })
            .collect();
        let x = whole(&extents, 1);
        let tape = Tape::new();
        let t = if flip {
            let back: Vec<usize> = (0..extents.len()).rev().collect();
            tape.tensor(&x.t()).permute(back)
        } else {
            tape.tensor(&x)
        };
        let written: Vec<isize> = axes.iter().map(|&i| i as isize).collect();
        let y = if keep { t.sum_keep(&written) } else { t.sum_axes(&written) };
        let mut want = build(&to, |_| 0.0);
        indices(&extents).iter().for_each(|index| want[&left(index)[..]] += x[&index[..]]);
        prop_assert_eq!(y.value(), want);
        let seed = whole(&to, 2);
        let repeated = build(&extents, |index| seed[&left(index)[..]]);
        let gradients = y.backward_with(&seed);
        prop_assert_eq!(gradients.wrt(t), repeated);
    }
}
