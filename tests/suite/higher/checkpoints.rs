//! Checkpoints: the same bits, at every order, with fewer values kept.

use crate::common::check;
use crate::common::inputs::irregular;
use ndarray::{Array1, ArrayD, arr1, arr2};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wengert::grad::hessian;
use wengert::{CustomOp, Tape, Tensor, checkpoint, checkpoint_loop};

fn layer<'s>(x: &[Tensor<'s>]) -> Tensor<'s> {
    (x[0].matmul(&x[1]) + x[2]).tanh() * x[2].sin()
}

fn turn<'s>(_: usize, x: Tensor<'s>, p: &[Tensor<'s>]) -> Tensor<'s> {
    x * p[0].sin()
}

/// A loop of no steps is the identity, in every sweep, also where its state has another use; more slots than steps, however
/// many, are as good as steps.
#[test]
fn a_loop_of_no_steps_and_any_number_of_slots() {
    for (steps, slots) in [(0, 1), (0, usize::MAX), (1, usize::MAX), (3, usize::MAX)] {
        let tape = Tape::new();
        let (x, p) = (tape.tensor(&arr1(&[0.5, 2.0])), tape.tensor(&arr1(&[0.3])));
        let kept = (0..steps).fold(x, |x, i| turn(i, x, &[p])).sum() * x.sum();
        let again = checkpoint_loop(steps, slots, x, &[p], turn).sum() * x.sum();
        assert_eq!(again.value(), kept.value());
        assert_eq!(again.backward().wrt(x), kept.backward().wrt(x));
        let [second, again] = [kept, again].map(|y| y.backward_recorded().wrt(x).square().sum().backward());
        assert_eq!(again.wrt(x), second.wrt(x));
    }
}

fn inputs() -> [ArrayD<f64>; 3] {
    [irregular(&[3, 2], 1), irregular(&[2, 2], 2), irregular(&[2], 3)]
}

/// The checker of built-in ops: three orders, every sweep, every subset of inputs.
#[test]
fn a_checkpoint_has_every_order() {
    check("checkpoint", &inputs(), |_, x| checkpoint(layer, x));
    check("nested", &inputs(), |_, x| {
        let y = checkpoint(|x| checkpoint(layer, x) + checkpoint(|x| x[0].exp(), &x[..1]), x);
        y.square() + x[2]
    });
}

/// Three layers with shared parameters: bit for bit the gradient of the same function without checkpoints.
#[test]
fn gradients_have_the_same_bits() {
    let run = |kept: bool| {
        let tape = Tape::new();
        let [x, w, b] = inputs().map(|a| tape.tensor(&a));
        let mut y = x;
        for _ in 0..3 {
            y = if kept {
                layer(&[y, w, b])
            } else {
                checkpoint(layer, &[y, w, b])
            };
        }
        let loss = (y * w.sum() + b).sin().sum();
        let g = loss.backward();
        let v = arr1(&[0.3, -0.7]);
        let tangents = tape.forward().seed_array(b, &v).sweep();
        let (dual, change) = loss.backward_along(&tangents);
        [x, w, b].map(|p| {
            assert_eq!(dual.wrt(p), g.wrt(p));
            (g.wrt(p).to_owned(), change.wrt(p).to_owned())
        })
    };
    assert_eq!(run(true), run(false));
}

/// A scalar loop inside, a custom op inside, and an operand that f ignores.
#[test]
fn what_may_be_inside() {
    let tape = Tape::new();
    let (x, unused) = (tape.tensor(&arr1(&[0.3, 0.6])), tape.tensor(&arr1(&[1.0])));
    let f = |tape: &Tape| tape.stats().scalar_ops;
    let before = f(&tape);
    let y = checkpoint(
        |x| {
            let op = CustomOp::new("square", |x| &x[0] * &x[0], |_, x, _, g| 2.0 * &x[0] * &g);
            let (a, b) = (x[0].at([0]), x[0].at([1]));
            let c = (0..50).fold(a, |c, _| c + 0.01 * (c * b).sin());
            op.apply(&[x[0]]) * c
        },
        &[x, unused],
    );
    assert_eq!(f(&tape), before, "the scalars are not on this tape");
    let gradients = y.sum().backward();
    assert!(gradients.wrt(x).iter().all(|g| g.is_finite() && *g != 0.0));
    assert_eq!(gradients.wrt(unused), arr1(&[0.0]).into_dyn());
}

fn step<'s>(i: usize, x: Tensor<'s>, p: &[Tensor<'s>]) -> Tensor<'s> {
    x + 0.01 * (p[0].matmul(&x) + x * p[1] * (i as f64 * 0.1).cos()).tanh()
}

fn problem() -> (Array1<f64>, [ArrayD<f64>; 2]) {
    let a = arr2(&[[0.1, 1.0, 0.0], [-1.0, 0.0, 0.3], [0.2, -0.4, 0.0]]);
    (
        arr1(&[1.0, -0.5, 0.25]),
        [a.into_dyn(), arr1(&[0.3, 0.1, -0.2]).into_dyn()],
    )
}

/// The loop's gradient bit for bit, whatever the number of slots.
#[test]
fn a_loop_has_the_bits_of_the_full_tape() {
    let (x, p) = problem();
    for (steps, slots) in [(0, 1), (1, 1), (7, 1), (100, 3), (500, 5), (500, 1000)] {
        let tape = Tape::new();
        let (x, p) = (tape.tensor(&x), p.each_ref().map(|p| tape.tensor(p)));
        let full = (0..steps).fold(x, |x, i| step(i, x, &p));
        let short = checkpoint_loop(steps, slots, x, &p, step);
        assert_eq!(full.value(), short.value());
        let weights = arr1(&[1.0, 2.0, -1.0]);
        let gradients = [full, short].map(|y| (y.square() * &weights).sum().backward());
        for handle in [x, p[0], p[1]] {
            let [full, short] = gradients.each_ref().map(|g| g.get(handle));
            let zero = ArrayD::zeros(handle.value().raw_dim());
            let [full, short] = [full, short].map(|g| g.map_or(zero.clone(), |g| g.to_owned()));
            assert_eq!(full, short, "{steps} steps, {slots} slots");
        }
    }
}

/// Forward mode, dual numbers and the recorded sweep through a loop.
#[test]
fn a_loop_has_every_order() {
    let inputs = [irregular(&[3], 1), irregular(&[3, 3], 2), irregular(&[3], 3)];
    check("loop", &inputs, |_, x| checkpoint_loop(4, 2, x[0], &x[1..], step));
    let (x, p) = problem();
    let [full, short] = [false, true].map(|short| {
        let tape = Tape::new();
        let p = p.each_ref().map(|p| tape.constant(p));
        hessian(
            &tape,
            |x| {
                let y = match short {
                    true => checkpoint_loop(6, 2, x, &p, step),
                    false => (0..6).fold(x, |x, i| step(i, x, &p)),
                };
                y.square().sum()
            },
            &x,
        )
    });
    for (a, b) in full.iter().zip(&short) {
        assert!((a - b).abs() <= 1e-14 * a.abs().max(1.0));
    }
}

/// r·l − β(s + 1, r − 1) with β(s, r) = (s+r choose s), the least number of evaluations that are not recorded.
fn bound(l: usize, s: usize) -> usize {
    let beta = |s: usize, r: usize| (1..=s).fold(1_u128, |b, k| b * (r + k) as u128 / k as u128);
    let r = (1..)
        .find(|&r| beta(s, r) >= l as u128)
        .expect("some number is enough");
    r * l - usize::try_from(beta(s + 1, r - 1)).expect("small")
}

/// How often steps are evaluated: l for the value, l recorded, and the bound.
#[test]
fn recomputation_is_the_binomial_bound() {
    for (steps, slots) in [(10, 1), (100, 3), (1000, 5), (5_000, 20)] {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let tape = Tape::new();
        let (x, rate) = (tape.tensor(&arr1(&[1.0])), tape.tensor(&arr1(&[0.3])));
        let y = checkpoint_loop(steps, slots, x, &[rate], move |_, x, p| {
            counted.fetch_add(1, Ordering::Relaxed);
            x - 1e-5 * p[0] * x
        });
        assert_eq!(calls.swap(0, Ordering::Relaxed), steps);
        let gradients = y.sum().backward();
        assert_eq!(calls.load(Ordering::Relaxed), bound(steps, slots) + steps);
        let want = -(steps as f64) * 1e-5 * y.value()[0] / (1.0 - 0.3e-5);
        assert!((gradients.wrt(rate)[0] / want - 1.0).abs() < 1e-9);
    }
}
