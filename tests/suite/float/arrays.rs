//! Tensors are made from and lent as ndarray arrays and views of any dimension type, whatever their layout.

use ndarray::{
    Array, Array2, Array3, ArrayBase, ArrayD, ArrayView2, Axis, Dimension, Ix2, arr0, arr1, arr2, s,
};
use wengert::{Dense, Storage, Tape, Tensor};

/// An array goes in as variable, constant and plain `Dense`, and comes out again: same shape, same elements, also
/// as a gradient.
fn round_trip<S: Storage<Elem = f64>, D: Dimension>(array: &ArrayBase<S, D>) {
    let tape = Tape::new();
    let want = array.to_owned().into_dyn();
    let (x, c) = (tape.tensor(array), tape.constant(array));
    for value in [x.value(), c.value(), Dense::from(array).view()] {
        assert_eq!(value.shape(), array.shape());
        assert_eq!(value, want);
    }
    assert_eq!(x.shape(), array.shape());
    let back: Array<f64, D> = x
        .value()
        .to_owned()
        .into_dimensionality()
        .expect("the same number of axes");
    assert_eq!(back, *array);
    // ∂/∂x Σ x² = 2x and ∂/∂x Σ c·x = c.
    assert_eq!(x.square().sum().backward().wrt(x), &want * 2.0);
    assert_eq!((c * x).sum().backward().wrt(x), want);
    assert_eq!((x * array).sum().backward_recorded().wrt(x).value(), want);
    assert_eq!(x.backward_with(array).wrt(x), want);
}

/// Any number of axes, static or dynamic, owned, shared, borrowed or mutably borrowed.
#[test]
fn any_dimension_and_any_ownership() {
    let numbers = |n: usize| (0..n).map(|i| 0.5 + i as f64);
    round_trip(&arr0(1.5));
    round_trip(&arr1(&[1.0, 2.0, 3.0]));
    let matrix = Array2::from_shape_vec((3, 4), numbers(12).collect()).unwrap();
    round_trip(&matrix);
    round_trip(&matrix.clone().into_dyn());
    round_trip(&matrix.view());
    round_trip(&matrix.to_shared());
    round_trip(&ndarray::CowArray::from(&matrix));
    round_trip(&matrix.clone().view_mut());
    round_trip(&Array::from_shape_vec((2, 1, 3), numbers(6).collect()).unwrap());
    round_trip(&Array::from_shape_vec((2, 1, 3, 2), numbers(12).collect()).unwrap());
    round_trip(&Array::from_shape_vec((1, 2, 1, 3, 2), numbers(12).collect()).unwrap());
    round_trip(&Array::from_shape_vec((1, 2, 1, 3, 2, 1), numbers(12).collect()).unwrap());
    round_trip(&ArrayD::from_shape_vec(vec![1, 2, 1, 2, 1, 2, 1, 2], numbers(16).collect()).unwrap());
}

/// Views with gaps, in column order, transposed, with negative strides, broadcast, and permuted.
#[test]
fn any_layout() {
    let stored = Array3::from_shape_fn((4, 5, 6), |(i, j, k)| (100 * i + 10 * j + k) as f64);
    round_trip(&stored.t());
    round_trip(&stored.slice(s![.., 1..4, ..;2]));
    round_trip(&stored.slice(s![..;-1, .., ..]));
    round_trip(&stored.slice(s![..;-2, ..;-1, ..;-3]));
    round_trip(&stored.slice(s![2, ..;-1, 3]));
    round_trip(&stored.slice(s![.., 2, ..]).t());
    round_trip(&stored.view().permuted_axes([2, 0, 1]));
    round_trip(&stored.slice(s![1, .., ..]).broadcast((3, 5, 6)).unwrap());
    round_trip(&arr0(2.5).broadcast((2, 3)).unwrap());
    round_trip(&arr2(&[[1.0, 2.0], [3.0, 4.0]]).reversed_axes());
    round_trip(&stored.slice(s![3..4, 2..3, ..;-1]));
}

/// Arrays without elements.
#[test]
fn no_elements() {
    round_trip(&arr1(&[0.0; 0]));
    round_trip(&Array2::<f64>::zeros((0, 3)));
    round_trip(&Array2::<f64>::zeros((3, 0)).t());
    round_trip(&Array3::<f64>::zeros((2, 0, 3)).into_dyn());
    let tape = Tape::new();
    let x = tape.tensor(&Array2::<f64>::zeros((0, 3)));
    let w = tape.tensor(&Array2::<f64>::ones((3, 2)));
    let y = x.matmul(&w);
    assert_eq!((y.shape(), y.sum().value()), (&[0, 2][..], 0.0));
    assert_eq!(y.sum().backward().wrt(w), Array2::<f64>::zeros((3, 2)).into_dyn());
    assert_eq!(y.sum().backward().wrt(x).shape(), [0, 3]);
    let nothing = w.slice(s![.., 0..0]);
    let zeros = Array2::<f64>::zeros((3, 3)).into_dyn();
    assert_eq!(
        nothing.matmul(&nothing.t()).value(),
        zeros,
        "a product over nothing is 0"
    );
    assert!(x.mean().value().is_nan());
    assert_eq!(x.sum_axes([0]).value(), arr1(&[0.0; 3]).into_dyn());
    assert_eq!(
        x.logsumexp_axes([0]).value(),
        arr1(&[f64::NEG_INFINITY; 3]).into_dyn()
    );
    assert_eq!(Tensor::concat(&[x, x], 0).shape(), [0, 3]);
    assert_eq!((x + tape.var(1.0)).sum().backward().wrt(x).shape(), [0, 3]);
    assert_eq!(x.softmax(1).shape(), [0, 3]);
    assert_eq!(x.take(1, &[2, 0, 2, 1]).shape(), [0, 4]);
    assert_eq!(x.reshape([5, 0]).shape(), [5, 0]);
}

/// Arrays without elements but with long axes: slices, transposes and products of them are as empty as they are,
/// and lie within their memory.
#[test]
fn no_elements_along_a_long_axis() {
    let tape = Tape::new();
    let x = tape.tensor(&Array2::<f64>::zeros((0, 100)));
    let views: [(&str, Tensor, &[usize]); 5] = [
        ("t", x.t(), &[100, 0]),
        ("column", x.slice(s![.., 99]), &[0]),
        ("columns", x.slice(s![.., 50..]), &[0, 50]),
        ("backwards", x.slice(s![.., 50..;-1]), &[0, 50]),
        ("every third", x.slice(s![.., 1..;3]), &[0, 33]),
    ];
    for (name, y, shape) in views {
        assert_eq!((y.value().shape(), y.exp().value().len()), (shape, 0), "{name}");
        assert_eq!(y.sum().backward().wrt(x).shape(), [0, 100], "{name}");
    }
    let w = tape.tensor(&Array2::<f64>::ones((100, 2)));
    assert_eq!(x.matmul(&w).value().shape(), [0, 2]);
    assert_eq!(
        x.matmul(&w).sum().backward().wrt(w),
        Array2::<f64>::zeros((100, 2)).into_dyn()
    );
    let y = x.t().matmul(&x);
    assert_eq!(y.value(), Array2::<f64>::zeros((100, 100)).into_dyn());
    assert_eq!(y.sum().backward().wrt(x).shape(), [0, 100]);
}

/// What the tape lends is a view: it copies nothing, stays good after the handle is gone and while more is
/// recorded, and has the array's own strides where it is a view of another tensor.
#[test]
fn values_are_lent() {
    let tape = Tape::new();
    let lent: ArrayView2<f64> = {
        let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
        assert_eq!(x.value().as_ptr(), x.value().as_ptr());
        assert_eq!(x.t().value().as_ptr(), x.value().as_ptr());
        assert_eq!(x.t().value().strides(), [1, 2]);
        assert_eq!(x.slice(s![1.., ..]).value(), arr2(&[[3.0, 4.0]]).into_dyn());
        x.value().into_dimensionality::<Ix2>().expect("two axes")
    };
    for i in 0..300 {
        let _ = tape.tensor(&Array2::<f64>::zeros((i, 3)));
    }
    assert_eq!(lent, arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    assert_eq!(lent.sum_axis(Axis(0)), arr1(&[4.0, 6.0]));
}
