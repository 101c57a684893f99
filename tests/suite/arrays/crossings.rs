//! Between the lanes: reading elements as scalars, stacking scalars to an array, and both in one graph.

use super::whole;
use crate::common::inputs::{indices, irregular};
use crate::common::{Tally, check};
use ndarray::{arr0, arr1, s};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{Tape, Var};

/// Every element of a plain, a transposed, a sliced, a reversed and a repeated array is read where it stands.
#[test]
fn reading_finds_the_element() {
    let tape = Tape::new();
    let x = tape.tensor(&whole(&[3, 4], 1));
    let views = [
        x,
        x.t(),
        x.slice(s![1.., ..;2]),
        x.slice(s![..;-1, ..]),
        x.slice(s![0]).broadcast_to([2, 4]),
        x.reshape([2, 3, 2]),
    ];
    for view in views {
        let (all, each) = (view.to_vars(), view.iter());
        assert_eq!([all.len(), each.len()], [view.value().len(); 2]);
        for ((index, of_all), of_each) in indices(view.shape()).into_iter().zip(all).zip(each) {
            let mut unit = whole(view.shape(), 0) * 0.0;
            unit[&index[..]] = 1.0;
            for element in [view.at(&index), of_all, of_each] {
                assert_eq!(element.value(), view.value()[&index[..]]);
                assert_eq!(
                    element.backward().wrt(view),
                    unit,
                    "{index:?} of {:?}",
                    view.shape()
                );
            }
        }
    }
    assert_eq!(tape.tensor(&arr0(3.0)).item().value(), 3.0);
    assert_eq!(tape.tensor(&arr1(&[3.0])).at([0]).value(), 3.0);
    assert_eq!(
        tape.tensor(&whole(&[1, 1, 1], 0)).item().value(),
        whole(&[1], 0)[[0]]
    );
}

/// What is read, computed with and stacked again has the derivatives of the same array expression.
#[test]
fn there_and_back() {
    let mut tally = Tally::default();
    let x = [irregular(&[4], 1), irregular(&[2, 2], 2)];
    tally += check("stack of reads", &x[..1], |tape, x| {
        let elements: Vec<Var> = (0..4).map(|i| x[0].at([i])).collect();
        tape.stack(&elements)
    });
    tally += check("products of neighbours", &x[..1], |tape, x| {
        let products: Vec<Var> = (0..4)
            .map(|i| x[0].at([i]) * x[0].at([(i + 1) % 4]).sin())
            .collect();
        tape.stack(&products)
    });
    tally += check("one element several times", &x[..1], |tape, x| {
        let a = x[0].at([2]);
        tape.stack(&[a, a, a * a, 2.0.into(), a.exp()])
    });
    tally += check("an element read twice", &x[1..], |_, x| {
        (x[0].at([1, 0]) * x[0].at([1, 0])).to_tensor()
    });
    tally += check("item", &x[..1], |_, x| {
        x[0].slice(s![1..2]).item().sin().to_tensor()
    });
    tally += check("an element beside its array", &x[1..], |_, x| {
        x[0].at([0, 1]) * x[0] + x[0].exp() / x[0].at([1, 1])
    });
    tally += check("elements of views", &x, |tape, x| {
        let (a, b) = (x[1].t(), x[0].slice(s![..;-1]));
        tape.stack(&[
            a.at([0, 1]) * b.at([0]),
            a.at([1, 0]).exp() + x[0].at([0]),
            b.sum(),
        ])
    });
    tally += check("elements of results", &x, |tape, x| {
        let y = x[1].matmul(&x[1]) * x[0].slice(s![..2]);
        tape.stack(&[y.at([0, 0]), y.at([1, 1]) * y.at([0, 0]), y.sum() * x[0].at([3])])
    });
    tally += check("reads before and after arrays", &x[..1], |tape, x| {
        let a = x[0].at([0]) * 2.0;
        let y = a * x[0].square();
        let b = y.at([1]) + a;
        let z = y * b;
        tape.stack(&[z.at([2]), b * a, z.sum()])
    });
    tally += check("all elements", &x, |tape, x| {
        let (a, b) = (x[0].to_vars(), x[1].t().to_vars());
        let products: Vec<Var> = a.iter().zip(&b).skip(1).map(|(a, b)| *a * b.sin()).collect();
        tape.stack(&products)
    });
    // Reads in runs that other ops, other arrays and untouched elements end.
    tally += check("elements handed out", &x, |tape, x| {
        let (a, b, c) = (x[0].iter(), x[1].iter(), x[0].iter());
        let products = a.rev().zip(b).zip(c.skip(2)).map(|((a, b), c)| a * b.sin() * c);
        tape.stack(&products.collect::<Vec<_>>())
    });
    // In the order of recording the second reads follow the first, but for an array that is made of these.
    tally += check(
        "all elements before and after a stack of them",
        &x[..1],
        |tape, x| {
            let first = tape.stack(&x[0].to_vars());
            let again = x[0].to_vars();
            first.sin() * again[2] + tape.stack(&again)
        },
    );
    println!("crossings: {tally}");
    assert_eq!(tally.cases, 12);
}

/// A sum of all elements read one by one is the array's own sum, in value and in both derivatives.
#[test]
fn reading_all_elements_sums_them() {
    let tape = Tape::new();
    let x = tape.tensor(&whole(&[5, 7], 2));
    let square = x.square();
    let by_hand: Var = indices(&[5, 7]).iter().map(|i| square.at(i)).sum();
    assert_eq!(by_hand.value(), square.sum().value());
    assert_eq!(by_hand.backward().wrt(x), square.sum().backward().wrt(x));
    let gradient = by_hand.backward_recorded().wrt(x);
    let trace: Var = indices(&[5, 7]).iter().map(|i| gradient.at(i)).sum();
    assert!(trace.backward().wrt(x).iter().all(|&h| h == 2.0));
    // The bits of both ways are the same.
    let (one, all) = (x.sin(), x.sin());
    let one: Var = indices(&[5, 7]).iter().map(|i| one.at(i).exp()).sum();
    let all: Var = all.to_vars().iter().map(|x| x.exp()).sum();
    assert_eq!(one.backward().wrt(x), all.backward().wrt(x));
}

/// A stack of constants alone is a constant; a position out of bounds is a panic that names the op.
#[test]
fn at_the_edges() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.tensor(&whole(&[2, 2], 1)));
    let constants = tape.stack(&[1.0.into(), 2.0.into()]);
    assert_eq!(constants.value(), arr1(&[1.0, 2.0]).into_dyn());
    assert_eq!((constants * x).sum().backward().wrt(x), 3.0);
    assert_eq!(tape.stack(&[]).shape(), [0]);
    assert!(tape.stack(&[]).to_vars().is_empty());
    for index in [&[2, 0][..], &[0], &[0, 0, 0]] {
        let panic = catch_unwind(AssertUnwindSafe(|| y.at(index))).expect_err("out of bounds");
        let message = panic.downcast_ref::<String>().expect("a message");
        assert!(message.starts_with("at: "), "{message}");
    }
    assert!(catch_unwind(AssertUnwindSafe(|| y.item())).is_err());
}
