//! Cotangents that a sweep adds in place, products and slices onto what is there already, against the recorded sweep,
//! which adds anew each time. Whole numbers: every order of additions is exact.

use super::whole;
use crate::common::inputs::cast;
use ndarray::{ArrayD, s};
use wengert::{Real, Tape, Tensor, Var};

/// The gradient of `f` in both sweeps must agree, bit for bit but for the sign of 0, and have something in it.
fn compare<T: Real>(
    shape: &[usize],
    f: impl for<'t> Fn(&'t Tape<T>, Tensor<'t, T>) -> Var<'t, T>,
) -> ArrayD<T> {
    let tape = Tape::default();
    let x = tape.tensor(&cast::<T>(&whole(shape, 3)));
    let y = f(&tape, x);
    let gradients = y.backward();
    let found = gradients.wrt(x).to_owned();
    let recorded = y.backward_recorded().wrt(x);
    assert_eq!(found, recorded.value().to_owned());
    assert_eq!(found, y.backward().wrt(x), "a second sweep");
    assert!(found.iter().any(|&g| g != T::zero()));
    found
}

/// A matrix that is a factor again and again: left, right, transposed, of itself, after a gate, beside other uses.
#[test]
fn a_factor_used_again_adds_up() {
    fn each<T: Real>() {
        compare::<T>(&[3, 3], |tape, w| {
            let mut h = tape.constant(&cast::<T>(&whole(&[4, 3], 5)));
            for _ in 0..3 {
                h = h.matmul(&w);
            }
            h.sum()
        });
        compare::<T>(&[3, 3], |_, w| w.matmul(&w).matmul(&w.t()).sum());
        compare::<T>(&[3, 3], |tape, w| {
            let a = tape.constant(&cast::<T>(&whole(&[3, 3], 7)));
            // The sweep comes to the gate first, to a product next.
            let (first, second) = (a.matmul(&w), w.matmul(&a));
            (w.relu() + first + second * second).sum()
        });
        // A row, a column, a batch: what cannot be added in place is added.
        compare::<T>(&[3, 3], |tape, w| {
            let row = tape.constant(&cast::<T>(&whole(&[1, 3], 2)));
            let batch = tape.constant(&cast::<T>(&whole(&[2, 3, 3], 4)));
            row.matmul(&w).sum() + w.matmul(&row.t()).sum() + batch.matmul(&w).sum() + w.sum()
        });
        // A cotangent whose memory is another's, too, stays as it is.
        compare::<T>(&[3, 3], |tape, w| {
            let a = tape.constant(&cast::<T>(&whole(&[3, 3], 7)));
            let b = w * 2;
            let sum = a.matmul(&b) + b;
            (sum + a.matmul(&sum)).square().sum()
        });
    }
    each::<f32>();
    each::<f64>();
}

#[test]
fn slices_add_up_where_they_overlap() {
    fn each<T: Real>() {
        fn sliced<'t, T: Real>(x: Tensor<'t, T>) -> Var<'t, T> {
            let parts = [
                x.slice(s![1.., ..2]).sum(),
                x.slice(s![..;-2, 1]).square().sum(),
                x.slice(s![0, ..]).sum() * 3,
                x.slice(s![.., 1..3]).square().sum(),
            ];
            parts.into_iter().sum()
        }
        compare::<T>(&[4, 3], |_, x| sliced(x));
        compare::<T>(&[4, 3], |_, x| sliced(x) + x.square().sum());
        compare::<T>(&[4, 3], |_, x| sliced(x * 2) + sliced(x));
        compare::<T>(&[4, 3], |_, x| sliced(x.relu()) + x.relu().sum());
    }
    each::<f32>();
    each::<f64>();
}

/// What no slice takes, and nothing else, receives nothing: beside an infinite slope it stays 0.
#[test]
fn what_slices_leave_out_stays_untouched() {
    let tape = Tape::new();
    let x = tape.tensor(&ndarray::arr1(&[0.0, 1.0, 4.0]));
    let root = x.sqrt();
    let y = root.slice(s![1..]).sum() + root.slice(s![2..]).sum();
    assert_eq!(y.backward().wrt(x), ndarray::arr1(&[0.0, 0.5, 0.5]).into_dyn());
    // And −0.0 that is a number is no nothing: 0·∞ is seen.
    let z = (root.slice(s![..1]) * -0.0).sum() + root.slice(s![..2]).sum() * -0.0;
    assert!(z.backward().wrt(x)[[0]].is_nan());
}

/// A cotangent that is a batch of one is added to one that lies apart in memory: part of a larger one, turned, or with steps.
#[test]
fn a_batch_of_one_is_added_to_what_lies_apart() {
    fn batched<'t, T: Real>(tape: &'t Tape<T>, x: Tensor<'t, T>) -> Var<'t, T> {
        let extents: Vec<usize> = [1].iter().chain(x.shape()).copied().collect();
        (x + tape.constant(&cast::<T>(&whole(&extents, 5))))
            .square()
            .sum()
    }
    fn each<T: Real>() {
        for [n, m] in [[2, 3], [6, 7], [40, 1], [1, 40]] {
            let (like, turned) = (cast::<T>(&whole(&[n, m], 5)), cast::<T>(&whole(&[m, n], 5)));
            compare::<T>(&[n, m], |tape, x| {
                let both = Tensor::concat(&[x, tape.constant(&like)], 1);
                batched(tape, x) + both.square().sum()
            });
            compare::<T>(&[n, m], |tape, x| {
                batched(tape, x) + (x.t() * tape.constant(&turned)).sum()
            });
            compare::<T>(&[n, m], |tape, x| {
                let both = Tensor::stack(&[x, tape.constant(&like)], 2);
                batched(tape, x) + both.square().sum()
            });
        }
    }
    each::<f32>();
    each::<f64>();
}
