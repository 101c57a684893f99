//! Ops that only move elements: reshape, permute, broadcast, take, concat. (Slices have a file of their own.)

use super::{moves_elements, whole};
use crate::common::inputs::{indices, irregular};
use crate::common::{Tally, check};
use ndarray::s;
use wengert::Tensor;

/// The place of an index in row-major order, by counting.
fn number(shape: &[usize], index: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |number, (i, n)| number * n + i)
}

/// Every order of `n` axes.
fn orders(n: usize) -> Vec<Vec<usize>> {
    let all = indices(&vec![n; n]);
    all.into_iter()
        .filter(|order| (0..n).all(|i| order.contains(&i)))
        .collect()
}

/// The elements keep their row-major order, from plain and from transposed operands.
#[test]
fn reshape() {
    let mut tally = Tally::default();
    let pairs: [(&[usize], &[usize]); 9] = [
        (&[], &[1, 1]),
        (&[1], &[]),
        (&[6], &[2, 3]),
        (&[2, 3], &[3, 2]),
        (&[2, 3], &[6]),
        (&[2, 3], &[2, 3]),
        (&[2, 2, 3], &[4, 1, 3]),
        (&[0], &[3, 0]),
        (&[2, 0], &[0]),
    ];
    for (from, to) in pairs {
        let name = format!("reshape {from:?} to {to:?}");
        let source = |index: &[usize]| {
            let at = number(to, index);
            (0, indices(from)[at].clone())
        };
        moves_elements(&name, &[whole(from, 1)], to, source, |_, x| x[0].reshape(to));
        tally += check(&name, &[irregular(from, 1)], |_, x| x[0].reshape(to));
    }
    let transposed = |index: &[usize]| {
        let at = number(&[4, 2], index);
        (0, vec![at % 2, at / 2])
    };
    moves_elements(
        "reshape a transpose",
        &[whole(&[2, 4], 1)],
        &[4, 2],
        transposed,
        |_, x| x[0].t().reshape([8]).reshape([4, 2]),
    );
    tally += check("reshape a transpose", &[irregular(&[2, 3], 1)], |_, x| {
        x[0].t().reshape([2, 3])
    });
    assert_eq!(tally.cases, 10);
}

/// All orders of up to four axes; two permutations one after the other.
#[test]
fn permute() {
    let shape = [2, 3, 1, 4];
    let mut count = 0;
    for axes in 0..=4 {
        let shape = &shape[..axes];
        for order in orders(axes) {
            let to: Vec<usize> = order.iter().map(|&i| shape[i]).collect();
            let source = |index: &[usize]| {
                let mut from = vec![0; axes];
                order.iter().zip(index).for_each(|(&axis, &i)| from[axis] = i);
                (0, from)
            };
            let name = format!("permute {shape:?} by {order:?}");
            moves_elements(&name, &[whole(shape, 2)], &to, source, |_, x| {
                x[0].permute(&order)
            });
            count += 1;
        }
    }
    assert_eq!(count, 1 + 1 + 2 + 6 + 24);
    let mut tally = Tally::default();
    for order in orders(3) {
        tally += check(
            &format!("permute by {order:?}"),
            &[irregular(&[2, 3, 2], 2)],
            |_, x| x[0].permute(&order).permute([1, 2, 0]),
        );
    }
    tally += check("t", &[irregular(&[2, 3], 2)], |_, x| x[0].t());
    assert_eq!(tally.cases, 7);
}

/// Axes of extent 1 are repeated and axes are added in front, also to no elements at all; also of a transposed operand.
#[test]
fn broadcast() {
    let mut tally = Tally::default();
    let pairs: [(&[usize], &[usize]); 10] = [
        (&[], &[]),
        (&[], &[3]),
        (&[], &[2, 2]),
        (&[1], &[4]),
        (&[3], &[2, 3]),
        (&[2, 1], &[2, 3]),
        (&[1, 3], &[2, 3]),
        (&[2, 1, 2], &[2, 2, 3, 2]),
        (&[1], &[0]),
        (&[2, 1], &[2, 0]),
    ];
    for (from, to) in pairs {
        let name = format!("broadcast {from:?} to {to:?}");
        let source = |index: &[usize]| {
            let own = index[to.len() - from.len()..].iter().zip(from);
            (0, own.map(|(&i, &n)| if n == 1 { 0 } else { i }).collect())
        };
        moves_elements(&name, &[whole(from, 3)], to, source, |_, x| x[0].broadcast_to(to));
        tally += check(&name, &[irregular(from, 3)], |_, x| x[0].broadcast_to(to));
    }
    tally += check("broadcast a transpose", &[irregular(&[2, 3], 3)], |_, x| {
        x[0].t().broadcast_to([2, 3, 2])
    });
    assert_eq!(tally.cases, 11);
}

/// Slabs by index along every axis: repeated, unordered, none; the cotangents of a repeated slab add up.
#[test]
fn take() {
    let mut tally = Tally::default();
    let lists: [&[usize]; 6] = [&[], &[1], &[0, 1], &[1, 1, 1], &[1, 0, 1, 0], &[0, 0, 1]];
    for shape in [&[2][..], &[2, 3], &[3, 2], &[2, 2, 2], &[2, 0]] {
        for axis in (0..shape.len()).filter(|&axis| shape[axis] > 1) {
            for list in lists {
                let mut to = shape.to_vec();
                to[axis] = list.len();
                let source = |index: &[usize]| {
                    let mut from = index.to_vec();
                    from[axis] = list[index[axis]];
                    (0, from)
                };
                for written in [axis as isize, axis as isize - shape.len() as isize] {
                    let name = format!("take {list:?} of {shape:?} along {written}");
                    moves_elements(&name, &[whole(shape, 4)], &to, source, |_, x| {
                        x[0].take(written, list)
                    });
                    tally += check(&name, &[irregular(shape, 4)], |_, x| x[0].take(written, list));
                }
            }
        }
    }
    tally += check("take from a transpose", &[irregular(&[2, 3], 4)], |_, x| {
        x[0].t().take(0, &[2, 2, 0])
    });
    tally += check("take twice", &[irregular(&[3, 2], 4)], |_, x| {
        x[0].take(0, &[2, 0, 2]).take(0, &[0, 2, 1, 2])
    });
    println!("take: {tally}");
    assert_eq!(tally.cases, 9 * 6 * 2 + 2);
}

/// One to four operands of unequal extents, empty ones among them, along every axis. (The checker leaves every subset of
/// them untracked in turn.)
#[test]
fn concat() {
    let mut tally = Tally::default();
    let extents: [&[usize]; 6] = [&[2], &[1, 2], &[2, 0, 1], &[1, 1, 2, 1], &[0, 0], &[0, 3]];
    for others in [&[][..], &[2], &[2, 1], &[0]] {
        for axis in 0..=others.len() {
            for list in extents {
                let shapes: Vec<Vec<usize>> = list
                    .iter()
                    .map(|&n| [&others[..axis], &[n], &others[axis..]].concat())
                    .collect();
                let mut to = shapes[0].clone();
                to[axis] = list.iter().sum();
                let source = |index: &[usize]| {
                    let (mut k, mut from) = (0, index.to_vec());
                    while from[axis] >= list[k] {
                        from[axis] -= list[k];
                        k += 1;
                    }
                    (k, from)
                };
                let name = format!("concat of {shapes:?} along {axis}");
                let inputs: Vec<_> = shapes
                    .iter()
                    .enumerate()
                    .map(|(k, shape)| whole(shape, k))
                    .collect();
                moves_elements(&name, &inputs, &to, source, |_, x| {
                    Tensor::concat(x, axis as isize)
                });
                let inputs: Vec<_> = shapes
                    .iter()
                    .enumerate()
                    .map(|(k, shape)| irregular(shape, k))
                    .collect();
                let from_end = axis as isize - to.len() as isize;
                tally += check(&name, &inputs, |_, x| Tensor::concat(x, from_end));
            }
        }
    }
    println!("concat: {tally}");
    assert_eq!(tally.cases, 8 * 6);
}

/// One tensor several times, and views of it, among the operands: its cotangents add up.
#[test]
fn concat_of_one_tensor_with_itself() {
    let mut tally = Tally::default();
    let x = [irregular(&[2, 2], 5), irregular(&[2, 1], 6)];
    tally += check("twice", &x[..1], |_, x| Tensor::concat(&[x[0], x[0]], 1));
    tally += check("with its transpose", &x[..1], |_, x| {
        Tensor::concat(&[x[0], x[0].t(), x[0]], 0)
    });
    tally += check("around another", &x, |_, x| {
        Tensor::concat(&[x[0], x[1], x[0]], 1)
    });
    tally += check("with parts of it", &x[..1], |_, x| {
        Tensor::concat(&[x[0].slice(s![..;-1, ..]), x[0].slice(s![1.., ..]), x[0]], 0)
    });
    assert_eq!(tally.cases, 4);
}
