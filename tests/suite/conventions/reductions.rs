//! Reductions and indexing at ties, infinities, NaN and nothing at all, in `f32` and `f64`; gradients by the plain and by the
//! recorded sweep.

use ndarray::{ArrayD, IxDyn, arr1, s};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{Pad, Real, Tape, Tensor};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// An op of a vector in both element types.
trait Op {
    fn of<'t, T: Real>(x: &Tensor<'t, T>) -> Tensor<'t, T>;
}

/// Asks for the value and the gradient of the sum of `O` at `x`.
fn examine<O: Op, T: Real>(name: &str, x: &[f64], value: &[f64], gradient: &[f64]) -> usize {
    let vector =
        |x: &[f64]| ArrayD::from_shape_vec(IxDyn(&[x.len()]), x.iter().map(|&x| T::lit(x)).collect());
    let tape = Tape::<T>::default();
    let t = tape.tensor(&vector(x).expect("one axis"));
    let y = O::of(&t);
    let loss = y.sum();
    let plain = loss.backward();
    let found = [
        ("value", y.value().to_owned(), value),
        ("gradient", plain.wrt(t).to_owned(), gradient),
        (
            "recorded gradient",
            loss.backward_recorded().wrt(t).value().to_owned(),
            gradient,
        ),
    ];
    for (what, got, want) in found {
        assert_eq!(got.len(), want.len(), "{name}");
        for (&got, &want) in got.iter().zip(want) {
            let want = T::lit(want);
            let error = (got - want).abs() <= T::epsilon();
            let fits = got == want || error || (got.is_nan() && want.is_nan());
            assert!(
                fits,
                "{name}: the {what} of {x:?} in {} has {got} instead of {want}",
                T::NAME
            );
        }
    }
    1
}

macro_rules! rows {
    ($($name:literal, of $x:expr, is $value:expr, gradient $gradient:expr, |$t:ident| $y:expr;)*) => {
        [$({
            struct Row;
            impl Op for Row {
                fn of<'t, T: Real>($t: &Tensor<'t, T>) -> Tensor<'t, T> {
                    $y
                }
            }
            examine::<Row, f64>($name, &$x, &$value, &$gradient);
            examine::<Row, f32>($name, &$x, &$value, &$gradient)
        }),*].iter().sum::<usize>()
    };
}

#[test]
fn at_ties_and_infinities() {
    let rows = rows! {
        "max", of [1.0, 3.0, 3.0], is [3.0], gradient [0.0, 0.5, 0.5], |x| x.max_axes([0]);
        "max, kept", of [3.0, 3.0, 3.0, 3.0], is [3.0], gradient [0.25; 4], |x| x.max_keep([0]);
        "max", of [-INF, -INF], is [-INF], gradient [0.5, 0.5], |x| x.max_axes([0]);
        "max", of [INF, 0.0], is [INF], gradient [1.0, 0.0], |x| x.max_axes([0]);
        "max", of [0.0, -0.0], is [0.0], gradient [0.5, 0.5], |x| x.max_axes([0]);
        "max over no axes", of [2.0, 2.0], is [2.0, 2.0], gradient [1.0, 1.0], |x| x.max_axes([]);
        "logsumexp", of [-INF, -INF], is [-INF], gradient [0.0, 0.0], |x| x.logsumexp_axes([0]);
        "logsumexp", of [-INF, 0.0], is [0.0], gradient [0.0, 1.0], |x| x.logsumexp_axes([0]);
        "logsumexp", of [INF, 0.0], is [INF], gradient [1.0, 0.0], |x| x.logsumexp_axes([0]);
        "logsumexp", of [INF, INF], is [INF], gradient [0.5, 0.5], |x| x.logsumexp_axes([0]);
        "logsumexp", of [1e30, 1e30], is [1e30], gradient [0.5, 0.5], |x| x.logsumexp_axes([0]);
        "logsumexp", of [NAN, 0.0], is [NAN], gradient [NAN, NAN], |x| x.logsumexp_axes([0]);
        "softmax", of [-INF, -INF], is [NAN, NAN], gradient [NAN, NAN], |x| x.softmax(0);
        "softmax", of [-INF, 0.0], is [0.0, 1.0], gradient [0.0, 0.0], |x| x.softmax(0);
        "softmax", of [1e30, 1e30], is [0.5, 0.5], gradient [0.0, 0.0], |x| x.softmax(0);
        "log_softmax", of [0.0, -1e30], is [0.0, -1e30], gradient [-1.0, 1.0], |x| x.log_softmax(0);
        "cross_entropy", of [0.0, -1e30], is [1e30], gradient [1.0, -1.0], |x| x.reshape([1, 2]).cross_entropy(&[1]);
        "take, an index twice", of [5.0, 6.0], is [5.0, 5.0], gradient [2.0, 0.0], |x| x.take(0, &[0, 0]);
        "take, by far the same", of [5.0, 6.0], is [6.0; 5], gradient [0.0, 5.0], |x| x.take(0, &[1; 5]);
        "take_along_axis, an index twice", of [5.0, 6.0], is [5.0, 5.0], gradient [2.0, 0.0], |x| x.take_along_axis(0, &arr1(&[0, 0]));
        "scatter, overwritten", of [5.0, 6.0], is [5.0, 5.0], gradient [2.0, 0.0], |x| x.scatter(0, &arr1(&[1]), &x.slice(s![..1]));
        "scatter, the last write wins", of [5.0, 6.0], is [6.0, 6.0], gradient [0.0, 2.0], |x| x.scatter(0, &arr1(&[0, 0]), x);
        "scatter_add, twice", of [5.0, 6.0], is [16.0, 6.0], gradient [2.0, 2.0], |x| x.scatter_add(0, &arr1(&[0, 0]), x);
        "scatter_max, a tie of two", of [5.0, 5.0], is [5.0, 5.0], gradient [0.5, 1.5], |x| x.scatter_max(0, &arr1(&[0]), &x.slice(s![1..]));
        "scatter_max, a tie of three", of [7.0, 7.0, 7.0], is [7.0; 3], gradient [1.0 / 3.0, 1.0 + 1.0 / 3.0, 1.0 + 1.0 / 3.0], |x| {
            x.scatter_max(0, &arr1(&[0, 0]), &x.slice(s![1..]))
        };
        "put, the last write wins", of [5.0, 6.0], is [5.0, 6.0], gradient [1.0, 1.0], |x| x.put(0, &[1, 1], x);
        "pad, edge", of [5.0, 6.0], is [5.0, 5.0, 5.0, 6.0, 6.0], gradient [3.0, 2.0], |x| x.pad(&[(2, 1)], Pad::Edge);
        "pad, reflect", of [5.0, 6.0], is [5.0, 6.0, 5.0, 6.0, 5.0], gradient [3.0, 2.0], |x| x.pad(&[(2, 1)], Pad::Reflect);
        "windows, inner elements in two", of [1.0, 2.0, 3.0], is [1.0, 2.0, 2.0, 3.0], gradient [1.0, 2.0, 1.0], |x| x.sliding_windows(0, 2, 1).flatten();
        "einsum, a repeated index", of [3.0, 4.0], is [25.0], gradient [6.0, 8.0], |x| Tensor::einsum("i,i", &[x, x]);
        "mean", of [1.0, 3.0], is [2.0], gradient [0.5, 0.5], |x| x.mean_axes([0]);
        "sum of nothing", of [], is [0.0], gradient [], |x| x.sum_axes([0]);
        "mean of nothing", of [], is [NAN], gradient [], |x| x.mean_axes([0]);
        "logsumexp of nothing", of [], is [-INF], gradient [], |x| x.logsumexp_axes([0]);
        "softmax of nothing", of [], is [], gradient [], |x| x.softmax(0);
    };
    println!("reductions: {rows} rows, in f64 and f32");
    assert_eq!(rows, 35);
}

/// NaN flows to its origin only, as in `max(1, NaN)`.
#[test]
fn the_largest_with_a_nan_among_the_elements() {
    let rows = rows! {
        "max", of [1.0, NAN, 3.0], is [NAN], gradient [0.0, NAN, 0.0], |x| x.max_axes([0]);
        "max", of [NAN, NAN], is [NAN], gradient [NAN, NAN], |x| x.max_axes([0]);
    };
    assert_eq!(rows, 2);
}

/// What is wrong by shape or use is a panic whose message begins with the op.
#[test]
fn misuse_panics_with_the_name_of_the_op() {
    let tape = Tape::new();
    let x = tape.tensor(&ArrayD::<f64>::zeros(IxDyn(&[2, 3])));
    let empty = tape.tensor(&ArrayD::<f64>::zeros(IxDyn(&[0])));
    let misuses: [(&str, &dyn Fn()); 9] = [
        ("take: ", &|| drop(x.take(1, &[3]))),
        ("at: ", &|| drop(x.at([2, 0]))),
        ("slice: ", &|| drop(x.slice(ndarray::s![.., 3]))),
        ("max: ", &|| drop(empty.max_axes([0]))),
        ("sum: ", &|| drop(x.sum_axes([2]))),
        ("sum: ", &|| drop(x.sum_axes([0, -2]))),
        ("matmul: ", &|| drop(x.matmul(&x))),
        ("cross_entropy: ", &|| drop(x.cross_entropy(&[0, 3]))),
        ("add: ", &|| drop(x + empty)),
    ];
    for (start, misuse) in misuses {
        let panic = catch_unwind(AssertUnwindSafe(misuse)).expect_err(start);
        let message = panic
            .downcast_ref::<String>()
            .map_or("no message", String::as_str);
        assert!(message.starts_with(start), "{message}");
    }
}
