//! Every kind of inner loop that this processor has, against three nested loops, in whole numbers, so that no order of
//! additions rounds.

use super::*;
use crate::fast::tile::{Tiled, each};

/// Extents on both sides of a register, a tile and a panel.
const EXTENTS: [usize; 9] = [1, 2, 3, 5, 8, 17, 33, 40, 70];

/// The extents of a product that counts as large where B's rows are far apart.
const FAR: [usize; 3] = [40, 48, 70];

fn number(i: usize) -> f64 {
    (i * 7 % 13) as f64 - 6.0
}

/// m×n whole numbers that lie by rows, by columns, with gaps, all rows or columns the same, or by rows that are far apart.
fn matrix<T: Real>([m, n]: [usize; 2], layout: usize, data: &mut Vec<T>) -> [usize; 2] {
    data.clear();
    let far = SMALL / (FAR[0] * FAR[1]) + 1;
    let len = if layout == 5 { m * far } else { 2 * m * n + 2 * n };
    data.extend((0..len).map(|i| T::lit(number(i + layout))));
    match layout {
        0 => [n, 1],
        1 => [1, m],
        2 => [2 * n, 2],
        3 => [0, 1],
        5 => [far, 1],
        _ => [1, 0],
    }
}

fn check<T: Real>(tiles: Option<Tiles<T>>, extents: [usize; 3], layouts: [usize; 2], add: bool) {
    let [m, k, n] = extents;
    let (mut left, mut right) = (vec![], vec![]);
    let [rows, columns] = matrix([m, k], layouts[0], &mut left);
    let data = &left[..];
    let a = Matrix { data, rows, columns };
    let [rows, columns] = matrix([k, n], layouts[1], &mut right);
    let data = &right[..];
    let b = Matrix { data, rows, columns };
    let mut y: Vec<T> = (0..m * n).map(|i| T::lit(number(i))).collect();
    let wanted: Vec<T> = (0..m * n)
        .map(|at| {
            let (i, j) = (at / n, at % n);
            let terms = (0..k).map(|p| a.from(i, p).data[0] * b.from(p, j).data[0]);
            terms.fold(if add { y[at] } else { T::zero() }, |sum, term| sum + term)
        })
        .collect();
    let product = Product {
        extents,
        pool: None,
        add,
        tiles,
    };
    product.write(a, b, &mut y);
    assert_eq!(y, wanted, "{tiles:?}, {extents:?}, {layouts:?}, add: {add}");
}

fn check_all<T: Real>() {
    for tiles in each::<T>() {
        for m in EXTENTS {
            for k in [1, 3, 16, 65] {
                for n in EXTENTS {
                    let layouts = [(m + k + n) % 5, (m + 2 * n + k) % 5];
                    check(tiles, [m, k, n], layouts, (m + n) % 2 == 0);
                }
            }
        }
        for layouts in (0..25).map(|i| [i % 5, i / 5]) {
            for extents in [[1, 67, 9], [6, 67, 9], [9, 67, 1], [13, 5, 21], [35, 2, 35]] {
                check(tiles, extents, layouts, false);
                check(tiles, extents, layouts, true);
            }
        }
        // Dot products of every number of rows and columns, with and without a rest that fills no register.
        for m in 1..=DOTS {
            for n in [1, 2, 3, 4, 5, 6, 7, 11, 13] {
                for k in [LONG, LONG + 1, 79, 127] {
                    check(tiles, [m, k, n], [0, 1], (m + k + n) % 2 == 0);
                }
            }
        }
        check(tiles, [19, 8 * LONG, 11], [0, 1], false);
        check(tiles, [19, 8 * LONG + 5, 11], [0, 1], true);
        check(tiles, FAR, [0, 5], false);
        check(tiles, FAR, [1, 5], true);
        // Several runs of the inner index, and several blocks of rows.
        check(tiles, [9, 2 * DEPTH + 3, 35], [0, 0], false);
        check(tiles, [9, 2 * DEPTH + 3, 35], [1, 1], true);
        check(
            tiles,
            [CACHED / (DEPTH * size_of::<T>()) + 9, DEPTH + 1, 3],
            [0, 1],
            true,
        );
    }
}

#[test]
fn products_of_f32_are_those_of_nested_loops() {
    check_all::<f32>();
}

#[test]
fn products_of_f64_are_those_of_nested_loops() {
    check_all::<f64>();
}

/// A dot product has the same bits in every tile: what a row of the result is does not depend on the rows and columns beside it.
#[test]
fn a_dot_product_does_not_depend_on_its_neighbours() {
    for tiles in [0, 1]
        .into_iter()
        .filter_map(|kind| <f64 as Tiled>::kinds()[kind])
    {
        let (k, n) = (LONG + 13, 11);
        let numbers: Vec<f64> = (0..DOTS * k + n * k).map(|i| (i as f64).sin()).collect();
        let (left, right) = numbers.split_at(DOTS * k);
        let matrix = |data, rows, columns| Matrix { data, rows, columns };
        let product = |extents: [usize; 3], from: [usize; 2]| {
            let (pool, add, tiles) = (None, false, Some(tiles));
            let product = Product {
                extents,
                pool,
                add,
                tiles,
            };
            let mut y = vec![0.0; extents[0] * extents[2]];
            let (a, b) = (matrix(left, k, 1).from(from[0], 0), matrix(right, 1, k));
            product.write(a, b.from(0, from[1]), &mut y);
            y
        };
        let all = product([DOTS, k, n], [0, 0]);
        for i in 0..DOTS {
            for j in 0..n {
                assert_eq!(
                    product([1, k, 1], [i, j]),
                    [all[i * n + j]],
                    "{tiles:?}, {i}, {j}"
                );
            }
        }
    }
}

/// The comparison is one: a wrong element is seen.
#[test]
#[should_panic(expected = "assertion")]
fn a_wrong_product_is_seen() {
    let product = Product::<f64> {
        extents: [1, 1, 1],
        pool: None,
        add: true,
        tiles: None,
    };
    let one = Matrix {
        data: &[1.0][..],
        rows: 1,
        columns: 1,
    };
    let mut y = [1.0];
    product.write(one, one, &mut y);
    assert_eq!(y, [1.0]);
}

/// A product is added in place, with the bits of a separate product, or not at all.
#[test]
fn a_product_is_added() {
    let a = Dense::from(&ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    let mut y = Dense::full(None, &[2, 2], 1.0);
    let place = y.block().0;
    let here = <f64 as Tiled>::tiles().is_some();
    assert_eq!(y.add_matmul(&a, &a.permute(&[1, 0])), here);
    if !here {
        return;
    }
    assert_eq!(
        (y.as_slice(), y.block().0),
        (Some(&[6.0, 12.0, 12.0, 26.0][..]), place)
    );
    let shared = y.clone();
    assert!(!y.add_matmul(&a, &a));
    assert_eq!(shared.as_slice(), y.as_slice());
    drop(shared);
    let nothing = Dense::full(None, &[2, 0], 1.0);
    assert!(y.add_matmul(&nothing, &nothing.permute(&[1, 0])));
    assert_eq!(y.as_slice(), Some(&[6.0, 12.0, 12.0, 26.0][..]));
    for k in [1, 7, DEPTH, DEPTH + 1] {
        let entries = |shape: [usize; 2]| {
            let x = ndarray::Array2::from_shape_fn(shape, |(i, j)| ((7 * i + 3 * j) as f64).sin());
            Dense::from(&x)
        };
        let (a, b) = (entries([3, k]), entries([k, 5]));
        let (mut sum, mut want) = (entries([3, 5]), entries([3, 5]));
        want.add(&a.matmul(&b));
        assert_eq!(sum.add_matmul(&a, &b), k <= DEPTH);
        if k <= DEPTH {
            assert_eq!(sum.as_slice(), want.as_slice());
        }
    }
}

/// A product of one panel has the bits that the loops over panels give.
#[test]
fn a_tiny_product_is_that_of_the_panels() {
    let Some(tiles) = <f64 as Tiled>::tiles() else {
        return;
    };
    let mut seen = 0;
    for extents in [
        [1, 1, 1],
        [4, 4, 4],
        [3, 7, 2],
        [2, 8, 3],
        [7, 5, 8],
        [30, 3, 5],
        [9, 1, 1],
    ] {
        for (by_columns, turned) in [(false, false), (false, true), (true, false), (true, true)] {
            let [m, k, n] = extents;
            let numbers: Vec<f64> = (0..300).map(|i| (i as f64).sin()).collect();
            let lies = |rows: usize, columns: usize, turned: bool| match turned {
                true => [1, rows],
                false => [columns, 1],
            };
            let matrix = |[rows, columns]: [usize; 2], from: usize| Matrix {
                data: &numbers[from..],
                rows,
                columns,
            };
            let (a, b) = (
                matrix(lies(m, k, by_columns && m > 1), 0),
                matrix(lies(k, n, turned), 9),
            );
            for add in [false, true] {
                let (pool, tiles) = (None, Some(tiles));
                let product = Product {
                    extents,
                    pool,
                    add,
                    tiles,
                };
                let tiles = tiles.as_ref().expect("given above");
                assert!(product.is_tiny(tiles));
                let (mut one, mut other) = (numbers[..m * n].to_vec(), numbers[..m * n].to_vec());
                product.tile(tiles, a, b, &mut one);
                product.rows(tiles, a, b, &mut other);
                assert_eq!(one, other, "{extents:?}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 7 * 4 * 2);
}
