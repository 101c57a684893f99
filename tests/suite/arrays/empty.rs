//! Arrays without elements, in every place where an extent can be 0.
//!
//! These FAIL (as do the other tests of this crate in which they occur): see each test.

use ndarray::{ArrayD, IxDyn, s};
use wengert::{Dense, Tape};

const SHAPES: [&[usize]; 9] = [
    &[0],
    &[0, 1],
    &[1, 0],
    &[0, 2],
    &[2, 0],
    &[0, 2, 3],
    &[2, 0, 3],
    &[2, 3, 0],
    &[0, 100],
];

/// Values and gradients of no elements can be looked at and copied.
#[test]
fn values_can_be_copied() {
    for shape in SHAPES {
        let tape = Tape::new();
        let none = ArrayD::<f64>::zeros(IxDyn(shape));
        let x = tape.tensor(&none);
        assert_eq!(x.value().to_owned(), none);
        assert_eq!((2.0 * x).value().mapv(|x| x + 1.0), none);
        assert_eq!(Dense::from(&none).view().to_owned(), none);
        let loss = x.exp().sum();
        assert_eq!(loss.value(), 0.0);
        assert_eq!(loss.backward().wrt(x).to_owned(), none);
        assert_eq!(loss.backward_recorded().wrt(x).value().to_owned(), none);
    }
}

/// Slices that leave nothing, at positions far from the start.
#[test]
fn slices_can_be_looked_at() {
    let tape = Tape::new();
    let x = tape.tensor(&ArrayD::<f64>::zeros(IxDyn(&[0, 100])));
    let column = x.slice(s![.., 99]);
    assert_eq!(column.value().shape(), [0]);
    assert_eq!(x.slice(s![.., 50..60]).value().shape(), [0, 10]);
    assert_eq!((column * 2.0).sum().backward().wrt(x).shape(), [0, 100]);
    let y = tape.tensor(&ArrayD::<f64>::zeros(IxDyn(&[40, 3])));
    let none = y.slice(s![39, 3..]);
    assert_eq!(none.value().shape(), [0]);
    assert_eq!(
        (none * 2.0).sum().backward().wrt(y),
        ArrayD::<f64>::zeros(IxDyn(&[40, 3]))
    );
}

/// Products with an extent of 0 beside large ones.
#[test]
fn products_of_nothing() {
    let tape = Tape::new();
    for [m, k, n] in [
        [18, 0, 1],
        [1, 0, 18],
        [40, 0, 40],
        [0, 40, 3],
        [3, 40, 0],
        [0, 0, 40],
    ] {
        let x = tape.tensor(&ArrayD::<f64>::ones(IxDyn(&[m, k])));
        let y = tape.tensor(&ArrayD::<f64>::ones(IxDyn(&[k, n])));
        let product = x.matmul(&y);
        assert_eq!(
            product.value(),
            ArrayD::<f64>::zeros(IxDyn(&[m, n])),
            "{m}×{k} by {k}×{n}"
        );
        let gradients = product.sum().backward();
        assert_eq!(gradients.wrt(x).shape(), [m, k]);
        assert_eq!(gradients.wrt(y).shape(), [k, n]);
        assert!(gradients.wrt(x).iter().chain(gradients.wrt(y)).all(|&g| g == 0.0));
    }
}
