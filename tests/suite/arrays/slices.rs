//! Slices, written with `s![]`: ranges from either end, steps, negative steps, single indices, new axes.

use super::{moves_elements, whole};
use crate::common::inputs::irregular;
use crate::common::{Tally, check};
use ndarray::{SliceInfoElem, s};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::Tape;

/// What one element of a slice takes: positions along an axis (which stays), one position (it goes), a new axis.
pub(crate) enum Taken {
    Positions(Vec<usize>),
    One(usize),
    New,
}

/// Where each element of a slice's result comes from.
pub(crate) fn source(taken: &[Taken], index: &[usize]) -> Vec<usize> {
    let mut index = index.iter();
    let mut next = || *index.next().expect("an index for each axis that is left");
    let places = taken.iter().filter_map(|taken| match taken {
        Taken::Positions(positions) => Some(positions[next()]),
        Taken::One(at) => Some(*at),
        Taken::New => {
            next();
            None
        }
    });
    places.collect()
}

/// The shape of a slice's result.
pub(crate) fn shape(taken: &[Taken]) -> Vec<usize> {
    let extents = taken.iter().filter_map(|taken| match taken {
        Taken::Positions(positions) => Some(positions.len()),
        Taken::One(_) => None,
        Taken::New => Some(1),
    });
    extents.collect()
}

/// A row of the table: the extents of the operand, the slice, and what it takes along each axis, written out.
macro_rules! row {
    ([$($n:expr),*] [$($slice:tt)*] => $($taken:expr),*) => {
        (vec![$($n),*], s![$($slice)*].as_ref().to_vec(), vec![$($taken),*])
    };
}

/// Shape, slice, and what it takes.
type Row = (Vec<usize>, Vec<SliceInfoElem>, Vec<Taken>);

fn table() -> Vec<Row> {
    use ndarray::NewAxis;
    let at = |positions: &[usize]| Taken::Positions(positions.to_vec());
    let one = Taken::One;
    vec![
        row!([5] [..] => at(&[0, 1, 2, 3, 4])),
        row!([5] [1..4] => at(&[1, 2, 3])),
        row!([5] [..=2] => at(&[0, 1, 2])),
        row!([5] [-2..] => at(&[3, 4])),
        row!([5] [..-3] => at(&[0, 1])),
        row!([5] [-4..-1] => at(&[1, 2, 3])),
        row!([5] [..;2] => at(&[0, 2, 4])),
        row!([6] [..;2] => at(&[0, 2, 4])),
        row!([6] [1..;2] => at(&[1, 3, 5])),
        row!([6] [1..5;3] => at(&[1, 4])),
        row!([5] [..;7] => at(&[0])),
        row!([5] [..;-1] => at(&[4, 3, 2, 1, 0])),
        row!([5] [..;-2] => at(&[4, 2, 0])),
        row!([6] [..;-2] => at(&[5, 3, 1])),
        row!([6] [1..5;-1] => at(&[4, 3, 2, 1])),
        row!([6] [1..5;-3] => at(&[4, 1])),
        row!([5] [..;-9] => at(&[4])),
        row!([5] [2..2] => at(&[])),
        row!([5] [4..1] => at(&[])),
        row!([5] [5..] => at(&[])),
        row!([5] [3..3;-1] => at(&[])),
        row!([0] [..] => at(&[])),
        row!([0] [..;-1] => at(&[])),
        row!([5] [3] => one(3)),
        row!([5] [-1] => one(4)),
        row!([5] [-5] => one(0)),
        row!([1] [..;-1] => at(&[0])),
        row!([] [NewAxis] => Taken::New),
        row!([3] [NewAxis, ..] => Taken::New, at(&[0, 1, 2])),
        row!([3] [1.., NewAxis] => at(&[1, 2]), Taken::New),
        row!([3] [NewAxis, -1, NewAxis] => Taken::New, one(2), Taken::New),
        row!([2, 3] [1, ..] => one(1), at(&[0, 1, 2])),
        row!([2, 3] [.., 1] => at(&[0, 1]), one(1)),
        row!([2, 3] [-1, -1] => one(1), one(2)),
        row!([2, 3] [..;-1, ..;-1] => at(&[1, 0]), at(&[2, 1, 0])),
        row!([3, 4] [..;2, 1..;2] => at(&[0, 2]), at(&[1, 3])),
        row!([3, 4] [1.., ..;-3] => at(&[1, 2]), at(&[3, 0])),
        row!([3, 4] [.., NewAxis, 1..3] => at(&[0, 1, 2]), Taken::New, at(&[1, 2])),
        row!([3, 4] [.., 4..] => at(&[0, 1, 2]), at(&[])),
        row!([0, 4] [.., 3] => at(&[]), one(3)),
        row!([2, 3, 4] [1, ..;-1, ..;3] => one(1), at(&[2, 1, 0]), at(&[0, 3])),
        row!([2, 3, 4] [.., 0, 2] => at(&[0, 1]), one(0), one(2)),
        row!([2, 3, 4] [1, 2, 3] => one(1), one(2), one(3)),
        row!([2, 1, 2, 2] [.., 0, NewAxis, ..;-1, 1..] => at(&[0, 1]), one(0), Taken::New, at(&[1, 0]), at(&[1])),
    ]
}

/// Every row of the table: elements by hand, gradients exactly and by differences; of plain and of permuted operands.
#[test]
fn of_every_kind() {
    let mut tally = Tally::default();
    let table = table();
    for (from, info, taken) in &table {
        let name = format!("slice {info:?} of {from:?}");
        let source = |index: &[usize]| (0, source(taken, index));
        let to = shape(taken);
        moves_elements(&name, &[whole(from, 1)], &to, source, |_, x| x[0].slice(info));
        // The same of a view: stored with its axes in reverse, and permuted back.
        let back: Vec<usize> = (0..from.len()).rev().collect();
        let reversed: Vec<usize> = from.iter().rev().copied().collect();
        let from_reversed = |index: &[usize]| (0, source(index).1.into_iter().rev().collect());
        moves_elements(&name, &[whole(&reversed, 1)], &to, from_reversed, |_, x| {
            x[0].permute(&back).slice(info)
        });
        tally += check(&name, &[irregular(from, 1)], |_, x| x[0].slice(info));
    }
    println!("slices: {tally}");
    assert_eq!((tally.cases, table.len()), (44, 44));
}

/// Axes that are not mentioned are taken whole; a slice of a slice; two slices that overlap; a slice of repeated elements.
#[test]
fn in_combination() {
    let mut tally = Tally::default();
    let x = [irregular(&[3, 4], 2)];
    let first = |index: &[usize]| (0, vec![1, index[0]]);
    moves_elements("one axis of two", &[whole(&[3, 4], 1)], &[4], first, |_, x| {
        x[0].slice(s![1])
    });
    tally += check("one axis of two", &x, |_, x| x[0].slice(s![1]));
    tally += check("no axis of two", &x, |_, x| x[0].slice(s![]));
    tally += check("a slice of a slice", &x, |_, x| {
        x[0].slice(s![..;-1, 1..]).slice(s![1.., ..;2])
    });
    tally += check("overlapping slices", &x, |_, x| {
        x[0].slice(s![..2, ..-1]) * x[0].slice(s![1.., 1..])
    });
    tally += check("of repeated rows", &x, |_, x| {
        x[0].slice(s![0]).broadcast_to([3, 4]).slice(s![1.., ..;-2])
    });
    assert_eq!(tally.cases, 5);
}

/// Positions out of bounds, and more positions than axes, are panics that name the op.
#[test]
fn out_of_bounds() {
    let tape = Tape::new();
    let x = tape.tensor(&whole(&[2, 3], 0));
    let empty = tape.tensor(&whole(&[0], 0));
    let bad: [Vec<SliceInfoElem>; 7] = [
        s![2, ..].as_ref().to_vec(),
        s![-3, ..].as_ref().to_vec(),
        s![.., 4..].as_ref().to_vec(),
        s![.., ..4].as_ref().to_vec(),
        s![.., -4..].as_ref().to_vec(),
        s![.., .., 0].as_ref().to_vec(),
        s![3..].as_ref().to_vec(),
    ];
    for info in bad {
        let panic = catch_unwind(AssertUnwindSafe(|| x.slice(&info))).expect_err("out of bounds");
        let message = panic.downcast_ref::<String>().expect("a message");
        assert!(message.starts_with("slice: "), "{message}");
    }
    assert!(catch_unwind(AssertUnwindSafe(|| empty.slice(s![0]))).is_err());
}
