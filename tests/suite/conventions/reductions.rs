//! Reductions and indexing at ties, infinities, NaN and nothing at all, in `f32` and `f64`; gradients by the plain and by the
//! recorded sweep.

use ndarray::{ArrayD, IxDyn, arr1, s};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::{Pad, Real, Tape, Tensor};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
/// 2¹⁰⁰, whose square is out of the range of `f32`.
const LARGE: f64 = (1_u128 << 100) as f64;

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

/// Products, deviations and norms where a formula would divide by 0 or leave the range.
#[test]
fn products_deviations_and_norms() {
    let rows = rows! {
        "prod, one zero", of [2.0, 0.0, 3.0], is [0.0], gradient [0.0, 6.0, 0.0], |x| x.prod_axes([0]);
        "prod, two zeros", of [0.0, 0.0, 3.0], is [0.0], gradient [0.0; 3], |x| x.prod_axes([0]);
        "prod, negative", of [-2.0, -3.0, 4.0], is [24.0], gradient [-12.0, -8.0, 6.0], |x| x.prod_axes([0]);
        "prod, kept", of [-2.0, 5.0], is [-10.0], gradient [5.0, -2.0], |x| x.prod_keep([0]);
        "prod of nothing", of [], is [1.0], gradient [], |x| x.prod_axes([0]);
        "prod over no axes", of [0.0, 2.0], is [0.0, 2.0], gradient [1.0, 1.0], |x| x.prod_axes([]);
        "var of one", of [5.0], is [0.0], gradient [0.0], |x| x.var_axes(0, [0]);
        "var of one, ddof 1", of [5.0], is [NAN], gradient [NAN], |x| x.var_axes(1, [0]);
        "var of two, ddof 3", of [5.0, 6.0], is [NAN], gradient [NAN, NAN], |x| x.var_axes(3, [0]);
        "var of equal", of [5.0, 5.0], is [0.0], gradient [0.0, 0.0], |x| x.var_axes(1, [0]);
        "var of nothing", of [], is [NAN], gradient [], |x| x.var_axes(0, [0]);
        "std of one", of [5.0], is [0.0], gradient [0.0], |x| x.std_axes(0, [0]);
        "std of one, ddof 1", of [5.0], is [NAN], gradient [NAN], |x| x.std_axes(1, [0]);
        "std of equal", of [5.0, 5.0], is [0.0], gradient [0.0, 0.0], |x| x.std_axes(1, [0]);
        "root of var of equal", of [5.0, 5.0], is [0.0], gradient [NAN, NAN], |x| x.var_axes(1, [0]).sqrt();
        "std of nothing", of [], is [NAN], gradient [], |x| x.std_axes(0, [0]);
        "norm 2 at 0", of [0.0, -0.0], is [0.0], gradient [0.0, 0.0], |x| x.norm_axes(2.0, [0]);
        "norm 2, a zero entry", of [0.0, -2.0], is [2.0], gradient [0.0, -1.0], |x| x.norm_keep(2.0, [0]);
        "root of norm 2 at 0", of [0.0, 0.0], is [0.0], gradient [0.0, 0.0], |x| x.norm_axes(2.0, [0]).sqrt();
        "norm 2 of roots", of [0.0, 4.0], is [2.0], gradient [NAN, 0.25], |x| x.sqrt().norm_axes(2.0, [0]);
        "−norm 2 of roots", of [0.0, 4.0], is [-2.0], gradient [NAN, -0.25], |x| -x.sqrt().norm_axes(2.0, [0]);
        "norm 2, infinite", of [INF, 1.0], is [INF], gradient [NAN, 0.0], |x| x.norm_axes(2.0, [0]);
        "norm 2, NaN", of [NAN, 1.0], is [NAN], gradient [NAN, NAN], |x| x.norm_axes(2.0, [0]);
        "norm 2, large", of [LARGE * 3.0, LARGE * -4.0], is [LARGE * 5.0], gradient [0.6, -0.8], |x| x.norm_axes(2.0, [0]);
        "norm 2, small", of [3.0 / LARGE, -4.0 / LARGE], is [5.0 / LARGE], gradient [0.6, -0.8], |x| x.norm_axes(2.0, [0]);
        "norm 3 at 0", of [0.0, 0.0], is [0.0], gradient [0.0, 0.0], |x| x.norm_axes(3.0, [0]);
        "norm 1 at 0", of [0.0, -0.0], is [0.0], gradient [0.0, 0.0], |x| x.norm_axes(1.0, [0]);
        "norm 1, a zero entry", of [0.0, -2.0], is [2.0], gradient [0.0, -1.0], |x| x.norm_axes(1.0, [0]);
        "norm ½, a zero entry", of [0.0, -4.0], is [4.0], gradient [0.0, -1.0], |x| x.norm_axes(0.5, [0]);
        "norm ½ at 0", of [0.0, 0.0], is [0.0], gradient [0.0, 0.0], |x| x.norm_axes(0.5, [0]);
        "norm ∞, a tie", of [-3.0, 3.0, 1.0], is [3.0], gradient [-0.5, 0.5, 0.0], |x| x.norm_axes(INF, [0]);
        "norm ∞ at 0", of [0.0, 0.0], is [0.0], gradient [0.0, 0.0], |x| x.norm_axes(INF, [0]);
        "norm ∞ of nothing", of [], is [0.0], gradient [], |x| x.norm_axes(INF, [0]);
        "norm 2 of nothing", of [], is [0.0], gradient [], |x| x.norm_axes(2.0, [0]);
        "nansum", of [1.0, NAN], is [1.0], gradient [1.0, 0.0], |x| x.nansum_axes([0]);
        "nansum of NaN", of [NAN, NAN], is [0.0], gradient [0.0, 0.0], |x| x.nansum_axes([0]);
        "nansum, infinite", of [INF, NAN], is [INF], gradient [1.0, 0.0], |x| x.nansum_axes([0]);
        "nanmean", of [1.0, NAN], is [1.0], gradient [1.0, 0.0], |x| x.nanmean_axes([0]);
        "nanmean of NaN", of [NAN], is [NAN], gradient [0.0], |x| x.nanmean_axes([0]);
        "nanmean of nothing", of [], is [NAN], gradient [], |x| x.nanmean_axes([0]);
    };
    println!("products, deviations and norms: {rows} rows, in f64 and f32");
    assert_eq!(rows, 40);
}

/// Scans at ties, zeros, infinities and NaN.
#[test]
fn scans() {
    let rows = rows! {
        "cumsum", of [INF, -INF], is [INF, NAN], gradient [2.0, 1.0], |x| x.cumsum(0);
        "cumsum of nothing", of [], is [], gradient [], |x| x.cumsum(0);
        "cumprod, a zero", of [2.0, 0.0, 3.0, 4.0], is [2.0, 0.0, 0.0, 0.0], gradient [1.0, 32.0, 0.0, 0.0], |x| x.cumprod(0);
        "cumprod, two zeros", of [0.0, 0.0, 3.0], is [0.0; 3], gradient [1.0, 0.0, 0.0], |x| x.cumprod(0);
        "cumprod, negative", of [-2.0, -3.0], is [-2.0, 6.0], gradient [-2.0, -2.0], |x| x.cumprod(0);
        "cumprod of nothing", of [], is [], gradient [], |x| x.cumprod(0);
        "cummax, a tie", of [1.0, 1.0], is [1.0, 1.0], gradient [1.5, 0.5], |x| x.cummax(0);
        "cummax", of [0.0, -0.0], is [0.0, 0.0], gradient [1.5, 0.5], |x| x.cummax(0);
        "cummax", of [-INF, -INF, 1.0], is [-INF, -INF, 1.0], gradient [1.5, 0.5, 1.0], |x| x.cummax(0);
        "cummax", of [INF, 1.0], is [INF, INF], gradient [2.0, 0.0], |x| x.cummax(0);
        "cummax, NaN", of [1.0, NAN, 3.0], is [1.0, NAN, NAN], gradient [1.0, NAN, 0.0], |x| x.cummax(0);
        "cummin, a tie", of [1.0, 2.0, 1.0], is [1.0, 1.0, 1.0], gradient [2.5, 0.0, 0.5], |x| x.cummin(0);
        "cummin, NaN", of [1.0, NAN, -3.0], is [1.0, NAN, NAN], gradient [1.0, NAN, 0.0], |x| x.cummin(0);
        "cummin, then sqrt", of [4.0, 0.0], is [2.0, 0.0], gradient [0.25, INF], |x| x.cummin(0).sqrt();
        "logcumsumexp", of [-INF, -INF], is [-INF, -INF], gradient [0.0, 0.0], |x| x.logcumsumexp(0);
        "logcumsumexp", of [-INF, 0.0], is [-INF, 0.0], gradient [0.0, 1.0], |x| x.logcumsumexp(0);
        "logcumsumexp", of [0.0, -INF], is [0.0, 0.0], gradient [2.0, 0.0], |x| x.logcumsumexp(0);
        "logcumsumexp", of [INF, 0.0], is [INF, INF], gradient [2.0, 0.0], |x| x.logcumsumexp(0);
        "logcumsumexp", of [0.0, INF, INF], is [0.0, INF, INF], gradient [1.0, 1.5, 0.5], |x| x.logcumsumexp(0);
        "logcumsumexp", of [1e30, 1e30], is [1e30, 1e30], gradient [1.5, 0.5], |x| x.logcumsumexp(0);
        "logcumsumexp, NaN", of [NAN, 0.0], is [NAN, NAN], gradient [NAN, NAN], |x| x.logcumsumexp(0);
    };
    println!("scans: {rows} rows, in f64 and f32");
    assert_eq!(rows, 21);
}

/// What is chosen by order is one element: the returned index.
#[test]
fn choices_by_order() {
    let rows = rows! {
        "max_with_index", of [1.0, 3.0, 3.0], is [3.0], gradient [0.0, 1.0, 0.0], |x| x.max_with_index(0).0;
        "min_with_index", of [2.0, 1.0, 1.0], is [1.0], gradient [0.0, 1.0, 0.0], |x| x.min_with_index(0).0;
        "min", of [1.0, 1.0, 3.0], is [1.0], gradient [0.5, 0.5, 0.0], |x| x.min_axes([0]);
        "min", of [INF, INF], is [INF], gradient [0.5, 0.5], |x| x.min_axes([0]);
        "min, NaN", of [1.0, NAN], is [NAN], gradient [0.0, NAN], |x| x.min_axes([0]);
        "topk", of [3.0, 1.0, 3.0, 3.0], is [3.0, 3.0], gradient [1.0, 0.0, 1.0, 0.0], |x| x.topk(2, 0).0;
        "topk, NaN", of [3.0, NAN], is [NAN], gradient [0.0, 1.0], |x| x.topk(1, 0).0;
        "sort, stable", of [2.0, 1.0, 2.0], is [2.0], gradient [1.0, 0.0, 0.0], |x| x.sort(0).take(0, &[1]);
        "sort, NaN last", of [NAN, 1.0], is [1.0, NAN], gradient [1.0, 1.0], |x| x.sort(0);
        "sort of nothing", of [], is [], gradient [], |x| x.sort(0);
        "median, odd", of [1.0, 3.0, 3.0], is [3.0], gradient [0.0, 1.0, 0.0], |x| x.median_axes([0]);
        "median, even", of [5.0, 2.0, 2.0, 1.0], is [2.0], gradient [0.0, 0.5, 0.5, 0.0], |x| x.median_axes([0]);
        "median, NaN", of [1.0, NAN], is [NAN], gradient [0.0, 1.0], |x| x.median_axes([0]);
        "median, infinite", of [INF, INF], is [INF], gradient [0.5, 0.5], |x| x.median_axes([0]);
        "median of nothing", of [], is [NAN], gradient [], |x| x.median_axes([0]);
    };
    println!("choices by order: {rows} rows, in f64 and f32");
    assert_eq!(rows, 15);
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
