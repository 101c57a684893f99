//! What is right passes: scalars, arrays, trees, both element types, networks, checkpoints, nothing at all.

use crate::common::inputs::{cast, irregular};
use ndarray::{Array1, ArrayD, arr0, arr1, arr2};
use wengert::gradcheck::{Faults, GradCheck, Report};
use wengert::nn::{Activation, Mlp};
use wengert::{Real, Var};

#[track_caller]
fn complete(result: Result<Report, Faults>) -> Report {
    let report = match result {
        Ok(report) => report,
        Err(faults) => panic!("{faults}"),
    };
    assert!(report.is_complete(), "{report}");
    report
}

#[test]
fn scalars() {
    let report = complete(GradCheck::new().check(|_, x| x.sin() * x.exp(), &0.7_f64));
    assert_eq!(
        (report.numbers, report.compared, report.forward),
        ((1, 1), [1, 2], 1)
    );
    assert!(report.worst.iter().all(|&w| w < 0.5), "{report}");
    complete(GradCheck::new().check(|_, [x, y]| [x * y, x / y, x.powf(y), x.atan2(y)], &[1.3_f64, 0.4]));
    complete(GradCheck::new().check(
        |_, x| x.iter().fold(Var::from(0.0), |sum, &x| sum + x * x),
        &vec![1.0, 2.0, 3.0],
    ));
    // A loop whose number of rounds depends on the value.
    let newton = GradCheck::new();
    complete(newton.check(
        |_, x| {
            let mut y = x;
            while (y * y - x).value().abs() > 1e-3 {
                y = 0.5 * (y + x / y);
            }
            y
        },
        &2.0_f64,
    ));
}

#[test]
fn arrays() {
    let x = (irregular(&[2, 3], 1), irregular(&[3, 2], 2));
    let report = complete(GradCheck::new().check(|_, (a, b)| a.matmul(&b).softmax(1), &x));
    assert_eq!((report.numbers, report.elementwise), ((12, 4), (true, true)));
    assert_eq!(report.compared, [12 * 4, 2 * 12 * 12]);
    // Both lanes.
    let x = (1.5_f64, arr1(&[0.5, -0.3]));
    complete(GradCheck::new().check(|_, (a, x)| (a * x).sum() + x.at([0]) * a.ln(), &x));
    // Without axes, without elements, without results, without inputs.
    complete(GradCheck::new().check(|_, x| x.exp(), &arr0(0.3)));
    let empty = complete(GradCheck::new().check(|_, x| (x.exp(), x.sum()), &Array1::<f64>::zeros(0)));
    assert_eq!((empty.numbers, empty.compared), ((0, 1), [0, 0]));
    let none = complete(GradCheck::new().check(|_, _| Vec::<Var<'_>>::new(), &2.0));
    assert_eq!(none.compared, [0, 2]);
    // A result that no input has a say in.
    complete(GradCheck::new().check(|_, x| [x, Var::from(2.0)], &2.0));
}

/// More numbers than are moved one by one.
#[test]
fn large() {
    let x = irregular(&[30, 40], 1);
    let report = complete(GradCheck::new().check(|_, x| (x.sin() * x.t().matmul(&x).sum()).softmax(0), &x));
    assert_eq!((report.elementwise, report.compared), ((false, false), [16, 32]));
    let report = complete(
        GradCheck::new()
            .directions(7)
            .seed(3)
            .check(|_, x| x.logsumexp(), &x),
    );
    assert_eq!((report.elementwise, report.compared), ((false, true), [7, 98]));
}

/// The loss of a network on five examples of two classes.
#[track_caller]
fn network<T: Real>(mlp: &Mlp<T>, data: &ArrayD<T>) -> Report {
    complete(GradCheck::new().check(
        |tape, net| {
            net.forward(&tape.constant(data))
                .cross_entropy(&[0, 1, 1, 0, 1])
                .mean()
        },
        mlp,
    ))
}

#[test]
fn networks() {
    let mlp = Mlp::new(&[3, 4, 2], Activation::Tanh, 1);
    let data = irregular(&[5, 3], 2);
    let report = network(&mlp, &data);
    assert_eq!(report.numbers, (3 * 4 + 4 + 4 * 2 + 2, 1));
    let mlp = Mlp::new(&[3, 20, 20, 2], Activation::Relu, 1);
    network(&mlp, &data);
}

#[test]
fn single_precision() {
    let x: ArrayD<f32> = cast(&irregular(&[2, 3], 1));
    complete(GradCheck::new().check(|_, x| x.sin() * x.t().matmul(&x).sum(), &x));
    complete(GradCheck::new().check(|_, [x, y]| x.atan2(y).exp() * x, &[0.3_f32, 1.5]));
    let mlp = Mlp::<f32>::new(&[3, 20, 20, 2], Activation::Sigmoid, 1);
    let data: ArrayD<f32> = cast(&irregular(&[5, 3], 2));
    network(&mlp, &data);
}

#[test]
fn checkpoints() {
    complete(GradCheck::new().check(
        |_, x| wengert::checkpoint(|x| x[0].sin() * x[0].t(), &[x.exp()]),
        &irregular(&[3, 3], 1),
    ));
    let x = arr2(&[[0.1, 0.2], [0.3, 0.4]]);
    complete(GradCheck::new().check(|_, x| x.matmul(&x).tanh(), &x));
}
