//! Extents, counts and strides at the end of the range of `usize`: a message, never an overflow.

use super::hook::says;
use ndarray::{ArrayD, SliceInfoElem, arr1};
use wengert::nn::{Convolution, Pooling};
use wengert::ops::pointwise::Binary;
use wengert::{Pad, Tape, Var, one_hot};

const HALF: usize = 1 << 63;
const MANY: &str = "no array has so many elements";

fn zeros<'t>(tape: &'t Tape, shape: &[usize]) -> wengert::Tensor<'t> {
    tape.tensor(&ArrayD::<f64>::zeros(shape))
}

#[test]
fn shapes_that_no_array_has() {
    let tape = Tape::new();
    let (x, none) = (zeros(&tape, &[3, 2]), zeros(&tape, &[0, 2]));
    says!(x.reshape([HALF, 2]), "reshape: ", "another number");
    says!(none.reshape([HALF, 0, 2]), "reshape: ", MANY);
    says!(zeros(&tape, &[1]).broadcast_to([HALF, 2]), "broadcast_to: ");
    says!(x.tile([HALF, 1]), "tile: ", MANY);
    says!(none.tile([usize::MAX, 1]), "tile: ", MANY);
    says!(x.repeat(usize::MAX, 0), "repeat: ", MANY);
    says!(x.diag(isize::MIN), "diag: ", MANY);
    says!(x.pad(&[(usize::MAX, 1), (0, 0)], Pad::Edge), "pad: ", MANY);
    says!(x.pad(&[(1, 0), (HALF, HALF)], Pad::Constant(0.0)), "pad: ", MANY);
    says!(x.flatten().unpack(&[&[HALF, 2], &[HALF]]), "unpack: ");
    says!(one_hot::<f64>(&[0, 1], usize::MAX), "one_hot: ", MANY);
    // Views of one element as many: what is made of two of them would have 2⁸⁰.
    let row = zeros(&tape, &[1]).broadcast_to([1 << 40]);
    let column = row.reshape([1 << 40, 1]);
    says!(row + column, "add: ", MANY);
    says!(column.matmul(&row.insert_axis(0)), "matmul: ", MANY);
}

#[test]
fn windows_beyond_everything() {
    let tape = Tape::new();
    let (x, w) = (zeros(&tape, &[1, 1, 4]), zeros(&tape, &[1, 1, 2]));
    let c = Convolution::<1>::default();
    says!(x.conv1d(&w, c.padding([HALF])), "conv1d: ");
    says!(x.conv1d(&w, c.padding([1 << 61])), "conv1d: ", MANY);
    says!(x.conv1d(&w, c.dilation([usize::MAX])), "conv1d: ");
    says!(x.conv1d(&w, c.groups(usize::MAX)), "conv1d: ");
    says!(x.conv_transpose1d(&w, c.stride([HALF])), "conv_transpose1d: ");
    let far = c.stride([1 << 60]);
    says!(x.conv_transpose1d(&w, far), "conv_transpose1d: ", MANY);
    let far = c.dilation([usize::MAX]);
    says!(x.conv_transpose1d(&w, far), "conv_transpose1d: ");
    says!(x.conv_transpose1d(&w, c.padding([HALF])), "conv_transpose1d: ");
    let windows = Pooling::new([HALF]).padding([HALF - 1]);
    says!(x.max_pool1d(windows), "max_pool1d: ");
    let windows = Pooling::new([1 << 60]).stride([1]).padding([(1 << 60) - 1]);
    says!(x.avg_pool1d(windows), "avg_pool1d: ");
    assert_eq!(x.conv1d(&w, c.stride([usize::MAX])).shape(), [1, 1, 1]);
}

#[test]
fn a_step_that_leads_nowhere_may_have_any_length() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    for (step, first) in [(isize::MAX, 2.0), (isize::MIN, 3.0), (2, 2.0), (-2, 3.0)] {
        let (start, end) = (1, None);
        let y = x.slice([SliceInfoElem::Slice { start, end, step }]);
        assert_eq!(y.value(), arr1(&[first]).into_dyn());
        assert_eq!(y.sum().backward().wrt(x).sum(), 1.0);
    }
    let y = x.reshape([3, 1]).sliding_windows(0, 2, usize::MAX);
    assert_eq!(y.value().iter().copied().collect::<Vec<_>>(), [1.0, 2.0]);
    assert_eq!(
        y.sum().backward_recorded().wrt(x).value(),
        arr1(&[1.0, 1.0, 0.0]).into_dyn()
    );
    assert_eq!(x.roll(isize::MIN, 0).value().len(), 3);
}

/// Where a series would not end in sensible time, the value is not known.
#[test]
fn incomplete_functions_of_astronomical_arguments() {
    let tape = Tape::new();
    for a in [1e9, 1e15, 1e300] {
        let x = tape.tensor(&arr1(&[a, a]));
        assert!(x.gammainc(x).value().iter().all(|y| y.is_nan()));
        assert!(
            x.betainc(x, 0.5)
                .value()
                .iter()
                .all(|y| y.is_nan() || (y - 0.5).abs() < 1e-4)
        );
    }
    // Far from the middle few terms suffice.
    let x = tape.tensor(&arr1(&[1e9]));
    assert_eq!(x.gammainc(1.0).sum().value(), 0.0);
}

/// An array of no elements takes no memory, however long its other axes are.
#[test]
fn no_elements_along_a_long_axis() {
    let tape = Tape::new();
    let x = zeros(&tape, &[0, 1 << 42]);
    assert_eq!(x.max_with_index(1).1.shape(), [0]);
    assert_eq!(x.argmin(1).shape(), [0]);
    assert_eq!(x.kth_smallest(3, 1).shape(), [0]);
    for y in [
        x.sort(1),
        x.topk(1 << 41, 1).0,
        x.roll(1, 1),
        x.cumsum(1),
        x.cummax(1),
    ] {
        assert_eq!(y.shape()[0], 0);
        assert!(y.sum().backward().get(x).is_none_or(|g| g.is_empty()));
    }
    assert_eq!(x.median_axes([1]).shape(), [0]);
    let all = SliceInfoElem::from(..);
    let y = zeros(&tape, &[1 << 42, 0]);
    assert_eq!(y.with_slice([all, all], &y).shape(), y.shape());
}

/// Rows of the table that are a derivative of any order, asked for one that nobody reaches.
#[test]
fn derivatives_of_astronomical_orders() {
    let tape = Tape::new();
    for order in [-1.0, 1e11, -1e15, 1e300, f64::NAN, f64::INFINITY] {
        for x in [0.5, -0.5, 1e16, 1e299] {
            for op in [Binary::Sinc, Binary::Polygamma, Binary::I0e] {
                let y = op.apply(&tape.var(x), &Var::from(order));
                assert!(y.value().is_nan(), "{op:?} at {x}, order {order}");
            }
        }
    }
    // Terms of a series that are no numbers end it.
    let sinc = |x, order| Binary::Sinc.apply(&tape.var(x), &Var::from(order)).value();
    assert!(sinc(9_999.0, 10_000.0).is_nan());
    assert_eq!(sinc(0.0, 10_000.0), 1.0 / 10_001.0);
}

/// Any number of matrices without elements is done with at once.
#[cfg(feature = "linalg")]
#[test]
fn many_matrices_without_elements() {
    let tape = Tape::new();
    let (square, high) = (zeros(&tape, &[1 << 40, 0, 0]), zeros(&tape, &[1 << 40, 3, 0]));
    let (q, r) = high.qr();
    let (inverse, solution) = (square.inv().unwrap(), square.solve(&square).unwrap());
    for y in [q, r, inverse, solution, square.expm()] {
        assert_eq!(y.shape()[0], 1 << 40);
        assert_eq!(y.sum().backward().get(square).map_or(0, |g| g.len()), 0);
    }
    let none = zeros(&tape, &[0, 1, u32::MAX as usize]);
    let y = none.pinv().unwrap();
    assert_eq!(y.shape(), [0, u32::MAX as usize, 1]);
    assert!(
        y.sum()
            .backward_recorded()
            .get(none)
            .is_none_or(|g| g.shape() == none.shape())
    );
}
