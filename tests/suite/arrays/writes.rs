//! Reading and writing at indices: random shapes, layouts and repeated indices against loops over lists of terms, in value,
//! gradient and Hessian-vector product; all orders by differences.

use super::moves_elements;
use super::polynomial::{Layout, Polynomial, agrees, layouts, number};
use super::whole;
use crate::common::inputs::{indices, irregular, spaced};
use crate::common::{Tally, check};
use ndarray::{Array, Array1, ArrayD, IxDyn, SliceInfoElem, arr1, arr2, s};
use proptest::collection::vec;
use proptest::prelude::*;
use wengert::{Tape, Tensor, one_hot};

/// A shape, an axis of it, indices along it with as many as asked for (some extents beside the axis may be 1), and layouts.
#[derive(Debug, Clone)]
struct Case {
    shape: Vec<usize>,
    axis: usize,
    indices: Array<usize, IxDyn>,
    layouts: [Layout; 2],
    /// Which extents of the written array are 1.
    ones: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let numbers = (
        vec(0_usize..12, 4 * 64),
        0_usize..16,
        0_usize..16,
        [layouts(), layouts()],
    );
    (vec(1_usize..=3, 1..=3), 0_usize..3, 0_usize..=4, numbers).prop_map(
        |(shape, axis, n, (numbers, narrow, ones, layouts))| {
            let axis = axis % shape.len();
            let mut own: Vec<usize> = shape.clone();
            for (i, extent) in own.iter_mut().enumerate() {
                if i == axis {
                    *extent = n;
                } else if narrow >> i & 1 == 1 {
                    *extent = 1;
                }
            }
            let count = own.iter().product();
            let list = numbers[..count].iter().map(|i| i % shape[axis]).collect();
            Case {
                indices: Array::from_shape_vec(own, list).expect("as many as extents"),
                shape,
                axis,
                layouts,
                ones,
            }
        },
    )
}

impl Case {
    /// The shape of the indices, broadcast.
    fn wide(&self) -> Vec<usize> {
        let mut wide = self.shape.clone();
        wide[self.axis] = self.indices.shape()[self.axis];
        wide
    }

    /// The place to which the index at `at` of the broadcast indices points.
    fn place(&self, at: &[usize]) -> Vec<usize> {
        let own: Vec<usize> = at
            .iter()
            .zip(self.indices.shape())
            .map(|(&i, &n)| if n == 1 { 0 } else { i })
            .collect();
        let mut place = at.to_vec();
        place[self.axis] = self.indices[&own[..]];
        place
    }

    /// The shape of the written array, some of its extents 1.
    fn narrow(&self) -> Vec<usize> {
        let extents = self.wide().into_iter().enumerate();
        extents
            .map(|(i, n)| if self.ones >> i & 1 == 1 { 1 } else { n })
            .collect()
    }

    /// The arrays, and for each write in order: where it goes, and which element of the source it brings.
    fn writes(&self) -> ([(ArrayD<f64>, Layout); 2], Vec<(usize, usize)>) {
        let narrow = self.narrow();
        let inputs = [
            (irregular(&self.shape, 1), self.layouts[0]),
            (irregular(&narrow, 2), self.layouts[1]),
        ];
        let writes = indices(&self.wide());
        let writes = writes.iter().map(|at| {
            let own: Vec<usize> = at
                .iter()
                .zip(&narrow)
                .map(|(&i, &n)| if n == 1 { 0 } else { i })
                .collect();
            (number(&self.shape, &self.place(at)), number(&narrow, &own))
        });
        (inputs, writes.collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn takes_along_an_axis(case in cases()) {
        let x = (irregular(&case.shape, 1), case.layouts[0]);
        let polynomial = Polynomial::moving(&case.wide(), std::slice::from_ref(&x.0), |at| Ok((0, case.place(at))));
        agrees(&format!("take_along_axis, {case:?}"), &[x], &polynomial, |_, x| {
            x[0].take_along_axis(case.axis as isize, &case.indices)
        });
    }

    #[test]
    fn scatters(case in cases()) {
        let (inputs, writes) = case.writes();
        let mut last: Vec<(usize, usize)> = (0..inputs[0].0.len()).map(|i| (0, i)).collect();
        for &(to, from) in &writes {
            last[to] = (1, from);
        }
        let mut polynomial = Polynomial::of_shape(&case.shape);
        polynomial.terms = last.into_iter().enumerate().map(|(i, source)| (i, vec![source])).collect();
        agrees(&format!("scatter, {case:?}"), &inputs, &polynomial, |_, x| {
            x[0].scatter(case.axis as isize - case.shape.len() as isize, &case.indices, &x[1])
        });
    }

    #[test]
    fn scatters_that_add(case in cases()) {
        let (inputs, writes) = case.writes();
        let mut polynomial = Polynomial::of_shape(&case.shape);
        polynomial.terms = (0..inputs[0].0.len()).map(|i| (i, vec![(0, i)])).collect();
        polynomial.terms.extend(writes.iter().map(|&(to, from)| (to, vec![(1, from)])));
        agrees(&format!("scatter_add, {case:?}"), &inputs, &polynomial, |_, x| {
            x[0].scatter_add(case.axis as isize, &case.indices, &x[1])
        });
    }

    /// The largest of numbers that are all different.
    #[test]
    fn scatters_of_the_largest(case in cases()) {
        let (mut inputs, writes) = case.writes();
        let n = inputs[0].0.len();
        let all = spaced(&[n + inputs[1].0.len()], &mut fastrand::Rng::with_seed(n as u64));
        for (x, part) in inputs.iter_mut().zip([all.slice(s![..n]), all.slice(s![n..])]) {
            x.0 = part.to_shape(x.0.shape()).expect("as many").to_owned();
        }
        let flat: Vec<Vec<f64>> = inputs.iter().map(|(x, _)| x.iter().copied().collect()).collect();
        let mut largest: Vec<(usize, usize)> = (0..n).map(|i| (0, i)).collect();
        for &(to, from) in &writes {
            let (k, e) = largest[to];
            if flat[1][from] > flat[k][e] {
                largest[to] = (1, from);
            }
        }
        // A source that is written twice to one place ties with itself, and has all of the cotangent all the same.
        let mut polynomial = Polynomial::of_shape(&case.shape);
        polynomial.terms = largest.into_iter().enumerate().map(|(i, source)| (i, vec![source])).collect();
        agrees(&format!("scatter_max, {case:?}"), &inputs, &polynomial, |_, x| {
            x[0].scatter_max(case.axis as isize, &case.indices, &x[1])
        });
    }

    /// Slabs: the last write wins, or all add up.
    #[test]
    fn puts(case in cases(), list in vec(0_usize..12, 0..=4), add in any::<bool>()) {
        let list: Vec<usize> = list.iter().map(|i| i % case.shape[case.axis]).collect();
        let mut extents = case.shape.clone();
        extents[case.axis] = list.len();
        let inputs = [(irregular(&case.shape, 1), case.layouts[0]), (irregular(&extents, 2), case.layouts[1])];
        let mut polynomial = Polynomial::of_shape(&case.shape);
        for (i, index) in indices(&case.shape).iter().enumerate() {
            let hits: Vec<usize> = (0..list.len()).filter(|&k| list[k] == index[case.axis]).collect();
            let from = |k: usize| {
                let mut from = index.clone();
                from[case.axis] = k;
                (1, number(&extents, &from))
            };
            if add || hits.is_empty() {
                polynomial.terms.push((i, vec![(0, i)]));
            }
            let visible = if add { &hits[..] } else { &hits[hits.len().saturating_sub(1)..] };
            polynomial.terms.extend(visible.iter().map(|&k| (i, vec![from(k)])));
        }
        let name = format!("put {list:?}, {case:?}");
        agrees(&name, &inputs, &polynomial, |_, x| match add {
            true => x[0].put_add(case.axis as isize, &list, &x[1]),
            false => x[0].put(case.axis as isize, &list, &x[1]),
        });
    }

    /// A mask over some of the first axes.
    #[test]
    fn masks(shape in vec(0_usize..=3, 0..=3), bits in vec(any::<bool>(), 27), axes in 0_usize..4, layout in layouts()) {
        let axes = axes.min(shape.len());
        let masked = &shape[..axes];
        let count = masked.iter().product();
        let mask = Array::from_shape_vec(IxDyn(masked), bits[..count].to_vec()).expect("as many");
        let taken: Vec<Vec<usize>> = indices(masked).into_iter().filter(|i| mask[&i[..]]).collect();
        let to = [&[taken.len()], &shape[axes..]].concat();
        let x = (irregular(&shape, 1), layout);
        let polynomial = Polynomial::moving(&to, std::slice::from_ref(&x.0), |at| {
            Ok((0, [&taken[at[0]][..], &at[1..]].concat()))
        });
        agrees(&format!("mask {mask} of {shape:?}"), &[x], &polynomial, |_, x| x[0].mask_select(&mask));
    }

    /// Writing over a slice.
    #[test]
    fn slices_written(
        shape in vec(1_usize..=4, 1..=3),
        starts in vec(0_usize..4, 3),
        steps in vec(prop_oneof![-2_isize..=-1, 1_isize..=2], 3),
        layouts in [layouts(), layouts()],
    ) {
        let axes = shape.iter().zip(&starts).zip(&steps);
        let taken: Vec<Vec<usize>> = axes.clone().map(|((&n, &start), &step)| {
            let all = start % n..n;
            let stride = step.unsigned_abs();
            if step > 0 { all.step_by(stride).collect() } else { all.rev().step_by(stride).collect() }
        }).collect();
        let info: Vec<SliceInfoElem> = axes.map(|((&n, &start), &step)| {
            SliceInfoElem::Slice { start: (start % n) as isize, end: None, step }
        }).collect();
        let extents: Vec<usize> = taken.iter().map(Vec::len).collect();
        let inputs = [(irregular(&shape, 1), layouts[0]), (irregular(&extents, 2), layouts[1])];
        let arrays = inputs.clone().map(|(x, _)| x);
        let polynomial = Polynomial::moving(&shape, &arrays, |at| {
            let inside = at.iter().zip(&taken).map(|(i, list)| list.iter().position(|j| i == j));
            let inside: Option<Vec<usize>> = inside.collect();
            Ok(inside.map_or((0, at.to_vec()), |from| (1, from)))
        });
        agrees(&format!("{info:?} of {shape:?}"), &inputs, &polynomial, |_, x| x[0].with_slice(&info, &x[1]));
    }
}

/// All orders by differences, every subset of operands tracked.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    let x = [irregular(&[2, 3], 1), irregular(&[2, 2], 2)];
    let list = arr2(&[[1, 1], [0, 2]]);
    tally += check("take_along_axis", &x[..1], |_, x| x[0].take_along_axis(1, &list));
    tally += check("scatter", &x, |_, x| x[0].scatter(1, &list, &x[1]));
    tally += check("scatter_add", &x, |_, x| x[0].scatter_add(1, &list, &x[1]));
    tally += check("scatter_add to itself", &x[1..], |_, x| {
        x[0].scatter_add(0, &arr2(&[[1, 1], [0, 1]]), &x[0].t())
    });
    tally += check("put", &x, |_, x| x[0].put(1, &[2, 2], &x[1]));
    tally += check("put_add", &x, |_, x| x[0].put_add(1, &[2, 2], &x[1]));
    tally += check("with_slice", &x, |_, x| x[0].with_slice(s![.., ..;-2], &x[1]));
    let mask = arr2(&[[true, false, true], [false, true, true]]);
    tally += check("mask_select", &x[..1], |_, x| x[0].mask_select(&mask));
    let apart = [spaced(&[3], &mut fastrand::Rng::with_seed(5)), irregular(&[4], 9)];
    tally += check("scatter_max", &apart, |_, x| {
        x[0].scatter_max(0, &arr1(&[0, 2, 0, 2]), &x[1])
    });
    assert_eq!(tally.cases, 9);
}

/// Indices that broadcast, and an array whose own extent beside the axis is 1.
#[test]
fn indices_of_rows() {
    let list: Array1<usize> = arr1(&[2, 0, 2]);
    let rows = list.view().insert_axis(ndarray::Axis(0));
    let source = |at: &[usize]| (0, vec![at[0], list[at[1]]]);
    moves_elements("rows", &[whole(&[2, 3], 1)], &[2, 3], source, |_, x| {
        x[0].take_along_axis(1, &rows)
    });
}

/// A one-hot row for each index.
#[test]
fn one_hot_rows() {
    let rows = one_hot::<f32>(&[1, 1, 0], 2);
    assert_eq!(rows, arr2(&[[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]));
    assert_eq!(one_hot::<f64>(&[], 3).shape(), [0, 3]);
    let tape = Tape::new();
    let x: Tensor = tape.tensor(&irregular(&[3, 2], 1));
    let chosen = (x * one_hot::<f64>(&[1, 1, 0], 2)).sum_axes([1]);
    let taken = x.take_along_axis(1, &arr2(&[[1], [1], [0]])).squeeze(1);
    assert_eq!(chosen.value(), taken.value());
}
