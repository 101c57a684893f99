//! The functions of `grad`, and the evaluator.

use ndarray::{Array1, Array2, arr1, arr2};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wengert::grad::{Evaluator, Mode, grad, hvp, jacobian, jvp, value_and_grad, vjp};
use wengert::{CustomOp, Tape, Tensor, Var};

/// Jacobians by rows and by columns agree, with arrays, scalars and tuples on both sides.
#[test]
fn jacobians_by_either_mode() {
    let x = (0.7, arr1(&[1.0, 2.0, 3.0]), [0.5, -0.5]);
    let jacobians = [Mode::Forward, Mode::Backward, Mode::Auto].map(|mode| {
        let tape = Tape::new();
        jacobian(
            &tape,
            |(a, b, [c, d])| {
                let m = (b * a).sin();
                (m * c, vec![a * d, m.sum()], [m.at([1]), c * c])
            },
            &x,
            mode,
        )
    });
    let [forward, backward, auto] = &jacobians;
    assert_eq!(forward.dim(), (7, 6));
    for ((f, b), a) in forward.iter().zip(backward).zip(auto) {
        assert!((f - b).abs() <= 1e-15 && (a - b).abs() <= 1e-15);
    }
    let want = (0.7_f64 * 2.0).cos() * 2.0;
    assert!((forward[[5, 0]] - want).abs() < 1e-15);
    assert_eq!(forward[[6, 4]], 1.0);
}

/// Rows of a Jacobian that one sweep finds together have the bits of those found one by one, also where some results do not
/// depend on an input, where a gate is shut in some, and where a slope is infinite in what others do not touch.
#[test]
fn jacobians_of_scalars() {
    fn f<'t>(x: &[Var<'t>]) -> Vec<Var<'t>> {
        let shared = x[0] * x[2];
        let mut y: Vec<Var<'t>> = (0..x.len() - 1)
            .map(|i| (x[i] * x[i + 1].exp()).sin() / shared)
            .collect();
        y.push(x[1].sqrt() * x[2]);
        y.push(x[3].relu() + x[2].max(x[4]));
        y.push((x[5] - x[5]).sqrt().max(1.0)); // an infinite slope behind a shut gate
        y.push(Var::from(3.0));
        y.push(x[2].powi(3) - x[3].powf(x[4].abs()));
        y
    }
    let x: Vec<f64> = (0..20).map(|i| 0.3 + (f64::from(i)).sin().abs()).collect();
    let tape = Tape::new();
    let rows = jacobian(&tape, |x| f(&x), &x, Mode::Backward);
    assert_eq!(rows.dim(), (24, 20));
    let tape = Tape::new();
    let columns = jacobian(&tape, |x| f(&x), &x, Mode::Forward);
    for (r, c) in rows.iter().zip(&columns) {
        assert!((r - c).abs() <= 1e-14 * c.abs().max(1.0));
    }
    let tape = Tape::new();
    let handles = tape.vars(&x);
    for (y, row) in f(&handles).iter().zip(rows.rows()) {
        if y.is_tracked() {
            let single = y.backward();
            for (x, r) in handles.iter().zip(row) {
                assert_eq!(single.get(*x).unwrap_or(0.0).to_bits(), r.to_bits());
            }
        }
    }
}

/// The forward pass runs once, however often the pullback is called.
#[test]
fn a_pullback_runs_the_function_once() {
    let calls = Cell::new(0);
    let tape = Tape::new();
    let (y, pullback) = vjp(
        &tape,
        |x| {
            calls.set(calls.get() + 1);
            x.sin()
        },
        &arr1(&[0.1, 0.2, 0.3]),
    );
    let ops = tape.stats();
    for i in 0..100 {
        let w = Array1::from_elem(3, f64::from(i)).into_dyn();
        let g = pullback.pull(&w);
        assert_eq!(g, arr1(&[0.1_f64, 0.2, 0.3]).mapv(|x| f64::from(i) * x.cos()));
    }
    assert_eq!((calls.get(), tape.stats()), (1, ops));
    assert_eq!(y, arr1(&[0.1_f64, 0.2, 0.3]).mapv(f64::sin).into_dyn());
}

/// Nothing is computed for inputs that are not asked for: each input goes through an op that counts its cotangents.
#[test]
fn one_of_ten_inputs() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let op = CustomOp::new(
        "counted",
        |x| x[0].to_owned(),
        move |_, _, _, g| {
            counted.fetch_add(1, Ordering::Relaxed);
            g.to_owned()
        },
    );
    let x: Vec<Array1<f64>> = (0..10).map(|i| arr1(&[f64::from(i)])).collect();
    let tape = Tape::new();
    let all = grad(
        &tape,
        |x: Vec<Tensor>| {
            x.iter()
                .map(|&x| op.apply(&[x]).square())
                .reduce(|a, b| a + b)
                .expect("ten")
                .sum()
        },
        &x,
    );
    assert_eq!(count.swap(0, Ordering::Relaxed), 10);
    let tape = Tape::new();
    let one = grad(
        &tape,
        |third| {
            let terms = (0..10).map(|i| if i == 3 { third } else { tape.constant(&x[i]) });
            terms
                .map(|x| op.apply(&[x]).square())
                .reduce(|a, b| a + b)
                .expect("ten")
                .sum()
        },
        &x[3],
    );
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_eq!((&one, &one), (&all[3], &arr1(&[6.0])));
}

/// ⟨w, J v⟩ = ⟨Jᵀ w, v⟩ for trees.
#[test]
fn jvp_is_the_transpose_of_vjp() {
    fn f<'t>((a, m): (Var<'t>, Tensor<'t>)) -> (Tensor<'t>, Var<'t>) {
        let y = (m * a).tanh();
        (y.sum_axes([0]), y.sum() * a)
    }
    let x = (0.4, arr2(&[[1.0, -2.0], [0.5, 0.3]]));
    let v = (1.3, arr2(&[[0.2, 0.1], [-0.7, 0.9]]));
    let w = (arr1(&[0.6, -1.1]).into_dyn(), 0.8);
    let (tape, other) = (Tape::new(), Tape::new());
    let (_, (t, s)) = jvp(&tape, f, &x, &v);
    let (_, pullback) = vjp(&other, f, &x);
    let (ga, gm) = pullback.pull(&w);
    let left = (&t * &w.0).sum() + s * w.1;
    let right = ga * v.0 + (&gm * &v.1).sum();
    assert!((left - right).abs() <= 1e-14 * left.abs());
}

/// Inputs without influence have gradient 0, also at second order; a result that depends on nothing is an error.
#[test]
fn inputs_without_influence() {
    let tape = Tape::new();
    let (value, g) = value_and_grad(&tape, |(a, _b, c)| a * c.sum(), &(2.0, 5.0, arr1(&[1.0, 2.0])));
    assert_eq!((value, g), (6.0, (3.0, 0.0, arr1(&[2.0, 2.0]))));
    let tape = Tape::new();
    assert_eq!(
        hvp(&tape, |[a, b]| 3 * a + b, &[1.0, 2.0], &[1.0, 1.0]),
        [0.0, 0.0]
    );
    let tape = Tape::new();
    let second = grad(&tape, |x| grad(&tape, |y| 3 * y, &x), &2.0_f64);
    assert_eq!(second, 0.0);
    let nothing = std::panic::catch_unwind(|| grad(&Tape::new(), |_| Var::from(1.0), &2.0_f64));
    assert!(nothing.is_err());
}

/// The evaluator's derivatives are those of the functions, in both lanes and element types, again and again.
#[test]
fn the_evaluator() {
    let mut scalars = Evaluator::new(|x| x[0] * x[0] * x[1].sin() + x[2]);
    let mut tensor = Evaluator::of_tensor(|x| x.at([0]) * x.at([0]) * x.at([1]).sin() + x.at([2]));
    for i in 0..3 {
        let x = [1.0 + f64::from(i), 0.5, -1.0];
        let want = [2.0 * x[0] * x[1].sin(), x[0] * x[0] * x[1].cos(), 1.0];
        let v = [0.3, 0.7, 5.0];
        let product = [
            2.0 * x[1].sin() * v[0] + 2.0 * x[0] * x[1].cos() * v[1],
            2.0 * x[0] * x[1].cos() * v[0] - x[0] * x[0] * x[1].sin() * v[1],
            0.0,
        ];
        for f in [&mut scalars, &mut tensor] {
            let (mut g, mut hv) = ([9.0; 3], [9.0; 3]);
            let value = x[0] * x[0] * x[1].sin() + x[2];
            assert_eq!(f.value_and_grad_into(&x, &mut g), value);
            assert_eq!((g, f.value(&x)), (want, value));
            let (_, along) = f.jvp(&x, &v);
            let dot: f64 = want.iter().zip(&v).map(|(g, v)| g * v).sum();
            assert!((along - dot).abs() < 1e-14);
            f.vjp_into(&x, -2.0, &mut g);
            assert_eq!(g, want.map(|g| -2.0 * g));
            f.hvp_into(&x, &v, &mut g, &mut hv);
            assert_eq!(g, want);
            for (got, want) in hv.iter().zip(product) {
                assert!((got - want).abs() < 1e-14);
            }
        }
    }
    let mut single: Evaluator<'_, f32> = Evaluator::new(|x| x[0].exp());
    let mut g = [0.0_f32];
    assert_eq!(single.value_and_grad_into(&[1.0], &mut g), 1.0_f32.exp());
    assert_eq!(g, [1.0_f32.exp()]);
}

/// Slices of slices, `Vec`s of arrays, and a matrix of any dimension type.
#[test]
fn trees_of_any_kind() {
    let tape = Tape::new();
    let x = vec![arr2(&[[1.0, 2.0]]), arr2(&[[3.0, 4.0]])];
    let g: Vec<Array2<f64>> = grad(&tape, |x| (x[0] * x[1]).sum(), &x);
    assert_eq!(g, [x[1].clone(), x[0].clone()]);
    let tape = Tape::new();
    let slice: &[f64] = &[1.0, 2.0, 3.0];
    let g: Vec<f64> = grad(&tape, |x| x.iter().map(|x| x * x).sum(), slice);
    assert_eq!(g, [2.0, 4.0, 6.0]);
    let tape = Tape::<f32>::default();
    let g = grad(
        &tape,
        |x: Tensor<'_, f32>| x.square().sum(),
        &ndarray::arr0(3.0_f32).into_dyn(),
    );
    assert_eq!(g, ndarray::arr0(6.0_f32).into_dyn());
}
