//! Structural zeros: what a selection does not take receives nothing, not a number 0 that a later 0·∞ would turn into NaN. A
//! factor that merely happens to be 0 does not protect: real trouble is not hidden.
//!
//! Everywhere here the function is a square root with 0 among its arguments, whose slope there is ∞.

use ndarray::{ArrayD, arr1, arr2, s};
use wengert::{Pad, Tape, Tensor, Var};

/// A selection from square roots: the result must not depend on those at 0, in first and second order.
struct Selection {
    name: &'static str,
    x: ArrayD<f64>,
    select: for<'t> fn(Tensor<'t>) -> Var<'t>,
    /// The slope of the selection with respect to each square root.
    taken: ArrayD<f64>,
}

/// A row: vectors or matrices by nested lists.
macro_rules! selection {
    ($name:literal, $x:expr, takes $taken:expr, $select:expr) => {
        Selection {
            name: $name,
            x: $x.into_dyn(),
            select: $select,
            taken: $taken.into_dyn(),
        }
    };
}

/// The gradient of Σ tᵢ·√xᵢ is t/(2√x), its derivative −t/(4x^1.5), and both are 0 where nothing is taken.
fn examine(
    Selection {
        name,
        x,
        select,
        taken,
    }: &Selection,
) {
    let tape = Tape::new();
    let t = tape.tensor(x);
    let y = select(t.sqrt());
    let where_taken = |f: fn(f64) -> f64| {
        let mut out = taken.clone();
        out.zip_mut_with(x, |t, &x| *t = if *t == 0.0 { 0.0 } else { *t * f(x) });
        out
    };
    let first = where_taken(|x| 0.5 / x.sqrt());
    assert_eq!(y.backward().wrt(t), first, "{name}");
    let recorded = y.backward_recorded().wrt(t);
    assert_eq!(recorded.value(), first, "{name}, recorded");
    let second = where_taken(|x| -0.25 / (x * x.sqrt()));
    assert_eq!(recorded.sum().backward().wrt(t), second, "{name}, second order");
    let one = ArrayD::ones(x.shape());
    let tangents = tape.forward().seed_array(t, &one).sweep();
    assert_eq!(tangents.of(recorded), second, "{name}, second order, forwards");
    assert_eq!(tangents.of(y), first.sum(), "{name}, forwards");
    // One element of the recorded gradient at a time, too.
    for index in (0..x.len()).map(|i| [i / x.shape()[x.ndim() - 1], i % x.shape()[x.ndim() - 1]]) {
        let index = &index[2 - x.ndim()..];
        let row = recorded.at(index).backward();
        let mut want = ArrayD::zeros(x.shape());
        want[index] = second[index];
        assert_eq!(row.wrt(t), want, "{name}, row {index:?} of the Hessian");
    }
}

#[test]
fn what_is_not_taken_gets_nothing() {
    let rows = [
        selection!("slice", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 1.0]), |x| x.slice(s![1..]).sum()),
        selection!("slice with a step", arr1(&[4.0, 0.0, 1.0]), takes arr1(&[1.0, 0.0, 1.0]), |x| {
            x.slice(s![..;-2]).sum()
        }),
        selection!("slice, one index", arr2(&[[0.0, 0.0], [4.0, 1.0]]), takes arr2(&[[0.0, 0.0], [1.0, 1.0]]), |x| {
            x.slice(s![1, ..]).sum()
        }),
        selection!("slice, then arithmetic", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 6.0]), |x| {
            (3.0 * x.slice(s![1..]) * 2.0 - 1.0).sum()
        }),
        selection!("arithmetic, then slice", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 6.0]), |x| {
            (3.0 * x * arr1(&[1.0, 2.0]) - 1.0).slice(s![1..]).sum()
        }),
        selection!("at", arr1(&[0.0, 4.0, 0.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| x.at([1])),
        selection!("at, after arithmetic", arr1(&[0.0, 4.0]), takes arr1(&[0.0, -6.0]), |x| (-2.0 * x / 0.5).at([1]) * 1.5),
        selection!("at of a reshape", arr2(&[[0.0, 0.0], [4.0, 1.0]]), takes arr2(&[[0.0, 0.0], [1.0, 0.0]]), |x| {
            x.reshape([4]).at([2])
        }),
        selection!("at of a transpose", arr2(&[[0.0, 4.0], [0.0, 0.0]]), takes arr2(&[[0.0, 1.0], [0.0, 0.0]]), |x| {
            x.t().at([1, 0])
        }),
        selection!("at of a sum", arr2(&[[0.0, 4.0], [4.0, 1.0]]), takes arr2(&[[0.0, 0.0], [1.0, 1.0]]), |x| {
            x.sum_axes([1]).at([1])
        }),
        selection!("at of a mean", arr2(&[[0.0, 4.0], [0.0, 1.0]]), takes arr2(&[[0.0, 0.5], [0.0, 0.5]]), |x| {
            x.mean_keep([0]).at([0, 1])
        }),
        selection!("two reads", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 2.0]), |x| x.at([1]) + 2.0 * x.at([2])),
        selection!("take", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 2.0]), |x| x.take(0, &[2, 1, 2]).sum()),
        selection!("take of rows", arr2(&[[0.0, 0.0], [4.0, 1.0]]), takes arr2(&[[0.0, 0.0], [2.0, 2.0]]), |x| {
            x.take(0, &[1, 1]).sum()
        }),
        selection!("take, then slice", arr1(&[0.0, 4.0, 0.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| {
            x.take(0, &[0, 1, 2]).slice(s![1..2]).sum()
        }),
        selection!("max", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| x.max_all()),
        selection!("max of rows", arr2(&[[0.0, 4.0], [1.0, 0.0]]), takes arr2(&[[0.0, 1.0], [1.0, 0.0]]), |x| {
            x.max_axes([1]).sum()
        }),
        selection!("min of negatives", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, -1.0, 0.0]), |x| (-x).min_all()),
        selection!("max with its index", arr1(&[0.0, 4.0, 4.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| {
            x.max_with_index(0).0.item()
        }),
        selection!("the largest two", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 1.0]), |x| x.topk(2, 0).0.sum()),
        selection!("sort, then slice", arr1(&[4.0, 0.0, 1.0]), takes arr1(&[3.0, 0.0, 2.0]), |x| {
            (x.sort(0) * arr1(&[1.0, 2.0, 3.0])).slice(s![1..]).sum()
        }),
        selection!("median", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 0.0, 1.0]), |x| x.median()),
        selection!("trace", arr2(&[[4.0, 0.0], [0.0, 1.0]]), takes arr2(&[[1.0, 0.0], [0.0, 1.0]]), |x| x.trace()),
        selection!("sum without NaN", arr1(&[-1.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| x.nansum()),
        selection!("mean without NaN", arr1(&[-1.0, 4.0, 1.0]), takes arr1(&[0.0, 0.5, 0.5]), |x| x.nanmean()),
        selection!("cumulative sum, then at", arr1(&[4.0, 1.0, 0.0]), takes arr1(&[1.0, 1.0, 0.0]), |x| x.cumsum(0).at([1])),
        selection!("cumulative maximum", arr1(&[1.0, 0.0, 4.0, 0.0]), takes arr1(&[2.0, 0.0, 2.0, 0.0]), |x| x.cummax(0).sum()),
        selection!("cumulative maximum, then at", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| x.cummax(0).at([2])),
        selection!("cumulative minimum, then at", arr1(&[4.0, 1.0, 0.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| x.cummin(0).at([1])),
        selection!("cumulative maximum of a tie", arr1(&[1.0, 0.0, 1.0]), takes arr1(&[0.5, 0.0, 0.5]), |x| x.cummax(0).at([2])),
        selection!("relu of a difference", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| (x - 1.0).relu().sum()),
        selection!("larger of two arrays", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| x.max(arr1(&[1.0, 0.0])).sum()),
        selection!("gate", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 3.0]), |x| {
            let tape_constant = (x.detach() * 0.0 + 3.0) * x.detach().above(0.0);
            x.gated(tape_constant).sum()
        }),
        selection!("detach", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| {
            Tensor::concat(&[x.slice(s![..1]).detach(), x.slice(s![1..])], 0).sum()
        }),
        selection!("concat, then at", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 2.0]), |x| {
            let twice = Tensor::concat(&[x, x], 0);
            twice.at([1]) + twice.at([3])
        }),
        selection!("broadcast, then at", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| x.broadcast_to([3, 2]).at([2, 1])),
        selection!("sum beside a read", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 2.0]), |x| x.slice(s![1..]).sum() + x.at([1])),
    ];
    rows.iter().for_each(examine);
    println!("selections from an array: {} rows", rows.len());
    assert_eq!(rows.len(), 37);
}

/// The same for what is read, written over, left out, or covered by no window.
#[test]
fn what_an_index_does_not_reach_gets_nothing() {
    let rows = [
        selection!("take_along_axis", arr2(&[[0.0, 4.0], [1.0, 0.0]]), takes arr2(&[[0.0, 2.0], [2.0, 0.0]]), |x| {
            x.take_along_axis(1, &arr2(&[[1, 1], [0, 0]])).sum()
        }),
        selection!("mask_select", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 1.0]), |x| {
            x.mask_select(&arr1(&[false, true, true])).sum()
        }),
        selection!("scatter, overwritten", arr1(&[0.0, 4.0, 0.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| {
            x.scatter(0, &arr1(&[2, 0]), &x.slice(s![..2]).detach()).sum()
        }),
        selection!("scatter, a write that another covers", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| {
            (x.detach() + 1.0).scatter(0, &arr1(&[1, 1]), &x).sum()
        }),
        selection!("scatter_add, then at", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 3.0]), |x| {
            x.scatter_add(0, &arr1(&[1, 1]), &x.slice(s![1..]).broadcast_to([2])).at([1])
        }),
        selection!("scatter_max", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 1.0]), |x| {
            x.scatter_max(0, &arr1(&[0]), &x.slice(s![2..])).slice(s![..2]).sum()
        }),
        selection!("put", arr2(&[[0.0, 0.0], [4.0, 1.0]]), takes arr2(&[[0.0, 0.0], [2.0, 2.0]]), |x| {
            x.put(0, &[0], &x.slice(s![1.., ..])).sum()
        }),
        selection!("with_slice", arr1(&[0.0, 4.0, 0.0]), takes arr1(&[0.0, 1.0, 0.0]), |x| {
            x.with_slice(s![..;2], &(x.detach().sum_keep([0]))).sum()
        }),
        selection!("windows, uncovered", arr1(&[4.0, 1.0, 0.0]), takes arr1(&[1.0, 1.0, 0.0]), |x| {
            x.sliding_windows(0, 2, 2).sum()
        }),
        selection!("windows, one of them", arr1(&[0.0, 4.0, 1.0]), takes arr1(&[0.0, 1.0, 1.0]), |x| {
            x.sliding_windows(0, 2, 1).slice(s![1, ..]).sum()
        }),
        selection!("tril", arr2(&[[1.0, 0.0], [4.0, 1.0]]), takes arr2(&[[1.0, 0.0], [1.0, 1.0]]), |x| x.tril(0).sum()),
        selection!("triu, then at", arr2(&[[0.0, 4.0], [0.0, 0.0]]), takes arr2(&[[0.0, 1.0], [0.0, 0.0]]), |x| {
            x.triu(0).at([0, 1])
        }),
        selection!("diagonal", arr2(&[[4.0, 0.0], [0.0, 1.0]]), takes arr2(&[[1.0, 0.0], [0.0, 1.0]]), |x| x.diagonal(0).sum()),
        selection!("diag, then at", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| x.diag(1).at([1, 2])),
        selection!("split", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| x.split(2, 0)[1].sum()),
        selection!("pad and roll, then at", arr1(&[0.0, 4.0]), takes arr1(&[0.0, 1.0]), |x| {
            x.pad(&[(1, 2)], Pad::Constant(1.0)).roll(-1, 0).at([1])
        }),
        selection!("einsum of a diagonal", arr2(&[[4.0, 0.0], [0.0, 1.0]]), takes arr2(&[[1.0, 0.0], [0.0, 1.0]]), |x| {
            Tensor::einsum("ii", &[x]).item()
        }),
    ];
    rows.iter().for_each(examine);
    println!("selections by an index: {} rows", rows.len());
    assert_eq!(rows.len(), 17);
}

/// What is put around or beside is a number, and no −0.0.
#[test]
fn borders_are_numbers() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    let diag = x.slice(s![0, ..]).diag(0);
    for y in [
        x.tril(-1),
        x.triu(1),
        diag,
        x.pad(&[(1, 1), (0, 0)], Pad::Constant(0.0)),
    ] {
        assert!(y.value().iter().all(|x| x.is_sign_positive()), "{}", y.value());
    }
    // An infinity or NaN outside of the triangle is not multiplied by 0.
    let wild = tape.tensor(&arr2(&[[1.0, f64::NAN], [2.0, f64::INFINITY]]));
    assert_eq!(wild.tril(-1).value(), arr2(&[[0.0, 0.0], [2.0, 0.0]]).into_dyn());
}

/// A selection of one maximum leaves what the other ones were chosen from untouched.
#[test]
fn a_read_of_one_of_several_maxima() {
    let rows = [
        selection!("max, then at", arr2(&[[0.0, 0.0], [4.0, 1.0]]), takes arr2(&[[0.0, 0.0], [1.0, 0.0]]), |x| {
            x.max_axes([1]).at([1])
        }),
        selection!("max, then slice", arr2(&[[4.0, 1.0], [0.0, 0.0]]), takes arr2(&[[1.0, 0.0], [0.0, 0.0]]), |x| {
            x.max_keep([1]).slice(s![..1, ..]).sum()
        }),
    ];
    rows.iter().for_each(examine);
}

/// Scalars that are stacked and not all used; a scalar's detached and gated uses.
#[test]
fn between_the_lanes() {
    let tape = Tape::new();
    let (a, b) = (tape.var(0.0), tape.var(4.0));
    let stack = tape.stack(&[a.sqrt(), b.sqrt()]);
    for y in [
        stack.at([1]),
        stack.slice(s![1..]).sum(),
        stack.max_all(),
        (stack * 2.0).at([1]) / 2.0,
    ] {
        assert_eq!(y.backward().wrt([a, b]), [0.0, 0.25]);
        let recorded = y.backward_recorded();
        assert_eq!([recorded.wrt(a), recorded.wrt(b)].map(|g| g.value()), [0.0, 0.25]);
        assert_eq!(recorded.wrt(b).backward().wrt([b]), [-0.25 / 8.0]);
    }
    let y = a.sqrt().detach() + a;
    assert_eq!(y.backward().wrt(a), 1.0);
}

/// A numeric zero is no protection, in either order and lane.
#[test]
fn a_factor_of_zero_does_not_hide_infinity() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, 4.0]));
    let weights = arr1(&[0.0, 1.0]);
    for y in [
        (x.sqrt() * &weights).sum(),
        x.sqrt().matmul(&tape.constant(&weights)).sum(),
        (0.0 * x.sqrt()).sum(),
    ] {
        let gradients = y.backward();
        let gradient = gradients.wrt(x);
        assert!(gradient[[0]].is_nan() && !gradient[[1]].is_nan(), "{gradient}");
        let recorded = y.backward_recorded().wrt(x).value();
        assert!(recorded[[0]].is_nan() && !recorded[[1]].is_nan(), "{recorded}");
    }
    // A cotangent that cancels, or is −0.0, is a number as well.
    let cancelled = x.sqrt().sum() - x.sqrt().sum();
    assert!(cancelled.backward().wrt(x)[[0]].is_nan());
    let minus_zero = (x.sqrt() * arr1(&[-0.0, 1.0])).sum();
    assert!(minus_zero.backward().wrt(x)[[0]].is_nan());
    let read = x.sqrt().at([0]) * -0.0;
    assert!(read.backward().wrt(x)[[0]].is_nan());
    assert_eq!(read.backward().wrt(x)[[1]], 0.0);
    let scalar = tape.var(0.0);
    for y in [
        0.0 * scalar.sqrt(),
        -0.0 * scalar.sqrt(),
        scalar.sqrt() - scalar.sqrt(),
    ] {
        assert!(y.backward().wrt(scalar).is_nan());
        assert!(y.backward_recorded().wrt(scalar).value().is_nan());
    }
    let through = (tape.stack(&[scalar.sqrt()]) * -0.0).sum();
    assert!(through.backward().wrt(scalar).is_nan());
    assert!(through.backward_recorded().wrt(scalar).value().is_nan());
}
