//! Softmax, log-softmax and the cross-entropy of integer labels.

use super::{build, close};
use crate::common::inputs::{draw, irregular};
use crate::common::{Tally, check};
use ndarray::{ArrayD, arr1};
use wengert::Tape;

const SHAPES: [&[usize]; 6] = [&[1], &[5], &[2, 3], &[3, 1, 4], &[2, 3, 2, 2], &[3, 0, 2]];

/// `e^xᵢ / Σⱼ e^xⱼ` along an axis, as it is written.
fn by_loops(x: &ArrayD<f64>, axis: usize) -> ArrayD<f64> {
    build(x.shape(), |index| {
        let along = (0..x.shape()[axis]).map(|j| {
            let mut other = index.to_vec();
            other[axis] = j;
            x[&other[..]].exp()
        });
        x[index].exp() / along.sum::<f64>()
    })
}

/// Values to a few ulp by loops, gradients and Hessians by differences, along every axis of every shape.
#[test]
fn along_every_axis() {
    let mut rng = fastrand::Rng::with_seed(41);
    let mut tally = Tally::default();
    for shape in SHAPES {
        let x = draw(&[(-2.0, 2.0)], shape, &mut rng);
        for axis in 0..shape.len() {
            let want = by_loops(&x, axis);
            for written in [axis as isize, axis as isize - shape.len() as isize] {
                let tape = Tape::new();
                let t = tape.tensor(&x);
                let name = format!("of {shape:?} along {written}");
                close(&name, &t.softmax(written).value().to_owned(), &want, 1e-15);
                close(
                    &name,
                    &t.log_softmax(written).value().to_owned(),
                    &want.mapv(f64::ln),
                    4e-15,
                );
                let x = std::slice::from_ref(&x);
                tally += check(&format!("softmax {name}"), x, |_, x| x[0].softmax(written));
                tally += check(&format!("log_softmax {name}"), x, |_, x| {
                    x[0].log_softmax(written)
                });
            }
        }
    }
    let x = [draw(&[(-2.0, 2.0)], &[3, 4], &mut rng)];
    for axis in [0, 1] {
        tally += check("softmax of a transpose", &x, |_, x| x[0].t().softmax(axis));
        tally += check("log_softmax of a slice", &x, |_, x| {
            x[0].slice(ndarray::s![..;-1, 1..]).log_softmax(axis)
        });
    }
    println!("softmax and log_softmax: {tally}");
    assert_eq!(tally.cases, 2 * 2 * (1 + 1 + 2 + 3 + 4 + 3) + 4);
}

/// Logits of any size: no overflow, no lost digits. Adding a constant to all logits changes nothing.
#[test]
fn at_large_logits() {
    let tape = Tape::new();
    let x = arr1(&[0.25, -1.5, 2.0]);
    for shift in [0.0, 1e3, -1e3, 1e6] {
        let t = tape.tensor(&(&x + shift));
        let plain = tape.tensor(&x);
        assert_eq!(t.softmax(0).value(), plain.softmax(0).value());
        assert_eq!(t.log_softmax(0).value(), plain.log_softmax(0).value());
        let seed = arr1(&[1.0, 10.0, -3.0]);
        let [got, want] = [t, plain].map(|t| t.softmax(0).backward_with(&seed).wrt(t).to_owned());
        assert_eq!(got, want);
        let [got, want] = [t, plain].map(|t| t.log_softmax(0).backward_with(&seed).wrt(t).to_owned());
        assert_eq!(got, want);
        let weights = t.logsumexp_axes([0]).backward_with(&ndarray::arr0(1.0));
        // logsumexp rounds its own value, which for large logits has few digits after the point; its slopes have all.
        close(
            "slopes of logsumexp",
            &weights.wrt(t).to_owned(),
            &by_loops(&x.clone().into_dyn(), 0),
            4e-16,
        );
    }
}

/// `−ln softmax(x)ᵢ,ₗ₍ᵢ₎`, and its gradient (softmax(x) − onehot)·ȳᵢ, in closed form and by differences.
#[test]
fn cross_entropy_of_labels() {
    let mut rng = fastrand::Rng::with_seed(42);
    let mut tally = Tally::default();
    for (n, classes) in [(1, 1), (1, 4), (3, 2), (5, 3), (4, 10)] {
        let x = draw(&[(-2.0, 2.0)], &[n, classes], &mut rng);
        let labels: Vec<usize> = (0..n).map(|_| rng.usize(..classes)).collect();
        let name = format!("cross_entropy of {n}×{classes}");
        let softmax = by_loops(&x, 1);
        let tape = Tape::new();
        let t = tape.tensor(&x);
        let y = t.cross_entropy(&labels);
        let want = build(&[n], |i| -softmax[[i[0], labels[i[0]]]].ln());
        close(&name, &y.value().to_owned(), &want, 4e-15);
        let seed = irregular(&[n], 1);
        let want = build(&[n, classes], |i| {
            let hit = f64::from(u8::from(labels[i[0]] == i[1]));
            (softmax[i] - hit) * seed[[i[0]]]
        });
        close(&name, &y.backward_with(&seed).wrt(t).to_owned(), &want, 1e-15);
        let x = [x];
        tally += check(&name, &x, |_, x| x[0].cross_entropy(&labels));
        tally += check(&format!("mean {name}"), &x, |_, x| {
            x[0].cross_entropy(&labels).mean().to_tensor()
        });
    }
    println!("cross_entropy: {tally}");
    assert_eq!(tally.cases, 10);
}
