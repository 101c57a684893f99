//! The matrix product. Whole numbers make every order of additions exact, so values and first gradients are compared bit for
//! bit with nested loops; differences add the second order.

use super::{build, whole};
use crate::common::inputs::{cast, irregular, widen};
use crate::common::{Tally, check};
use ndarray::{ArrayD, s};
use wengert::{Real, Tape, Tensor};

/// How a matrix comes to lie in memory.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Plain,
    Transposed,
    Sliced,
    Backwards,
    RepeatedRow,
    RepeatedColumn,
}

impl Layout {
    const ALL: [Self; 6] = [
        Self::Plain,
        Self::Transposed,
        Self::Sliced,
        Self::Backwards,
        Self::RepeatedRow,
        Self::RepeatedColumn,
    ];

    /// An m×n matrix of whole numbers, as a view of something else on the tape.
    fn enter<T: Real>(self, tape: &Tape<T>, [m, n]: [usize; 2], seed: usize) -> Tensor<'_, T> {
        let input = |shape: &[usize]| tape.tensor(&cast::<T>(&whole(shape, seed)));
        match self {
            Self::Plain => input(&[m, n]),
            Self::Transposed => input(&[n, m]).t(),
            Self::Sliced => input(&[m + 2, 2 * n + 1]).slice(s![1..-1, 1..;2]),
            Self::Backwards => input(&[m, n]).slice(s![..;-1, ..;-1]),
            Self::RepeatedRow => input(&[n]).broadcast_to([m, n]),
            Self::RepeatedColumn => input(&[m, 1]).broadcast_to([m, n]),
        }
    }
}

fn plain<T: Real>(x: &Tensor<'_, T>) -> ArrayD<f64> {
    x.value().mapv(widen)
}

/// A·B by three loops, for vectors and matrices.
fn product(a: &ArrayD<f64>, b: &ArrayD<f64>) -> ArrayD<f64> {
    let inner = b.shape()[0];
    let rows = a.ndim() - 1;
    let shape: Vec<usize> = a.shape()[..rows].iter().chain(&b.shape()[1..]).copied().collect();
    build(&shape, |index| {
        let (left, right) = index.split_at(rows);
        let terms = (0..inner).map(|l| {
            let (left, right) = ([left, &[l]].concat(), [&[l], right].concat());
            a[&left[..]] * b[&right[..]]
        });
        terms.sum()
    })
}

fn transposed(x: &ArrayD<f64>) -> ArrayD<f64> {
    build(&[x.shape()[1], x.shape()[0]], |i| x[[i[1], i[0]]])
}

/// Y = A·B, Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ, exactly, for one pair of matrices.
fn exact<T: Real>([m, k, n]: [usize; 3], layouts: [Layout; 2]) {
    let tape = Tape::<T>::default();
    let a = layouts[0].enter(&tape, [m, k], 1);
    let b = layouts[1].enter(&tape, [k, n], 2);
    let y = a.matmul(&b);
    let name = format!("{m}×{k} by {k}×{n}, {layouts:?}, {}", T::NAME);
    assert_eq!(plain(&y), product(&plain(&a), &plain(&b)), "{name}");
    let seed = whole(&[m, n], 3);
    let gradients = y.backward_with(&cast::<T>(&seed));
    let of_a = product(&seed, &transposed(&plain(&b)));
    let of_b = product(&transposed(&plain(&a)), &seed);
    assert_eq!(gradients.wrt(a).mapv(widen), of_a, "{name}, left");
    assert_eq!(gradients.wrt(b).mapv(widen), of_b, "{name}, right");
}

/// All shapes up to 5×5 by 5×5, empty ones included, and some that fill and overfill the kernel's tiles; every pair of
/// layouts.
#[test]
fn in_every_shape_and_layout() {
    let mut count = 0;
    let mut sizes = vec![
        [33, 1, 17],
        [7, 33, 2],
        [16, 16, 16],
        [17, 31, 33],
        [8, 8, 8],
        [32, 5, 33],
        [1, 33, 1],
    ];
    for m in 0..=5 {
        for k in 0..=5 {
            sizes.extend((0..=5).map(|n| [m, k, n]));
        }
    }
    for size in sizes {
        for left in Layout::ALL {
            for right in Layout::ALL {
                exact::<f64>(size, [left, right]);
                exact::<f32>(size, [left, right]);
                count += 1;
            }
        }
    }
    println!("matrix products: {count} pairs, in f64 and f32");
    assert_eq!(count, (216 + 7) * 36);
}

/// Vectors: as rows on the left, as columns on the right; plain, every other element, backwards, repeated.
#[test]
fn of_vectors() {
    let views: [for<'t> fn(&'t Tape, usize) -> Tensor<'t>; 4] = [
        |tape, n| tape.tensor(&whole(&[n], 5)),
        |tape, n| tape.tensor(&whole(&[2 * n], 5)).slice(s![..;2]),
        |tape, n| tape.tensor(&whole(&[n], 5)).slice(s![..;-1]),
        |tape, n| tape.tensor(&whole(&[], 5)).broadcast_to([n]),
    ];
    for view in views {
        for k in 0..=5 {
            let tape = Tape::new();
            let x = view(&tape, k);
            for layout in Layout::ALL {
                for n in 0..=5 {
                    let right = layout.enter(&tape, [k, n], 2);
                    let left = layout.enter(&tape, [n, k], 2);
                    let (row, column) = (x.matmul(&right), left.matmul(&x));
                    assert_eq!(
                        row.value(),
                        product(&plain(&x), &plain(&right)),
                        "{k} by {k}×{n}, {layout:?}"
                    );
                    assert_eq!(
                        column.value(),
                        product(&plain(&left), &plain(&x)),
                        "{n}×{k} by {k}, {layout:?}"
                    );
                    let seed = whole(&[n], 3);
                    let outer = build(&[k, n], |i| plain(&x)[[i[0]]] * seed[[i[1]]]);
                    let gradients = row.backward_with(&seed);
                    assert_eq!(gradients.wrt(x), product(&plain(&right), &seed));
                    assert_eq!(gradients.wrt(right), outer);
                    let gradients = column.backward_with(&seed);
                    assert_eq!(gradients.wrt(x), product(&seed, &plain(&left)));
                    assert_eq!(gradients.wrt(left), transposed(&outer));
                }
            }
            let other = tape.tensor(&whole(&[k], 8));
            let dot = x.matmul(&other);
            assert_eq!(dot.value(), product(&plain(&x), &plain(&other)));
            let gradients = dot.item().backward();
            assert_eq!(
                (gradients.wrt(x), gradients.wrt(other)),
                (other.value(), x.value())
            );
        }
    }
}

/// First and second derivatives by differences: small shapes, vectors, views, and one matrix on both sides.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    let mut examine = |shapes: [&[usize]; 2]| {
        let x = [irregular(shapes[0], 1), irregular(shapes[1], 2)];
        tally += check(&format!("matmul of {shapes:?}"), &x, |_, x| x[0].matmul(&x[1]));
    };
    for m in 1..=3 {
        for k in 0..=3 {
            for n in 1..=3 {
                examine([&[m, k], &[k, n]]);
            }
            examine([&[m, k], &[k]]);
            examine([&[k], &[k, m]]);
        }
        examine([&[m], &[m]]);
    }
    let x = [irregular(&[3, 2], 3), irregular(&[3, 2], 4)];
    tally += check("Aᵀ·B", &x, |_, x| x[0].t().matmul(&x[1]));
    tally += check("A·Bᵀ", &x, |_, x| x[0].matmul(&x[1].t()));
    tally += check("Aᵀ·B of slices", &x, |_, x| {
        x[0].slice(s![1.., ..]).t().matmul(&x[1].slice(s![..;-2, ..]))
    });
    tally += check("A·B of a repeated row", &x, |_, x| {
        x[0].slice(s![..1, ..]).broadcast_to([4, 2]).matmul(&x[1].t())
    });
    tally += check("A·Aᵀ", &x[..1], |_, x| x[0].matmul(&x[0].t()));
    tally += check("Aᵀ·A", &x[..1], |_, x| x[0].t().matmul(&x[0]));
    let square = [irregular(&[2, 2], 5)];
    tally += check("A·A·A", &square, |_, x| x[0].matmul(&x[0]).matmul(&x[0]));
    tally += check("vᵀ·v", &[irregular(&[4], 6)], |_, x| x[0].matmul(&x[0]));
    println!("matrix products by differences: {tally}");
    assert_eq!(tally.cases, 36 + 24 + 3 + 8);
}
