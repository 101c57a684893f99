//! Arrays as a schoolbook has them: a shape, a list of elements, and for each element of a result a formula.

use super::program::size;
use num_dual::{DualNum, DualStruct};

/// A number of num-dual over `f64`, `f64` itself included.
pub(crate) trait Dual: DualNum<Primitive = f64> + DualStruct<Real = f64> + Copy {}
impl<D: DualNum<Primitive = f64> + DualStruct<Real = f64> + Copy> Dual for D {}

/// An array: a shape and the elements in row-major order.
#[derive(Clone)]
pub(crate) struct Array<D> {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<D>,
}

impl<D: Dual> Array<D> {
    /// The array whose element at each multi-index is `f` of it.
    pub(crate) fn tabulate(shape: &[usize], mut f: impl FnMut(&[usize]) -> D) -> Self {
        let data = (0..size(shape)).map(|number| f(&unravel(number, shape)));
        Self {
            data: data.collect(),
            shape: shape.to_vec(),
        }
    }

    /// The element at a multi-index of a shape that this array broadcasts to.
    pub(crate) fn at(&self, index: &[usize]) -> D {
        let own = &index[index.len() - self.shape.len()..];
        let number = own.iter().zip(&self.shape);
        let number = number.fold(0, |sum, (&i, &n)| sum * n + if n == 1 { 0 } else { i });
        self.data[number]
    }

    pub(crate) fn scalar(x: D) -> Self {
        Self {
            shape: vec![],
            data: vec![x],
        }
    }

    pub(crate) fn map(&self, f: impl Fn(D) -> D) -> Self {
        Self::tabulate(&self.shape, |i| f(self.at(i)))
    }
}

fn unravel(mut number: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, &n) in index.iter_mut().zip(shape).rev() {
        *i = number % n;
        number /= n;
    }
    index
}

pub(crate) fn fold_axes<D: Dual>(
    x: &Array<D>,
    axes: &[usize],
    keep: bool,
    fold: impl Fn(&[D]) -> D,
) -> Array<D> {
    let rank = x.shape.len();
    let kept: Vec<usize> = (0..rank).filter(|i| !axes.contains(i)).collect();
    let runs: Vec<usize> = axes.iter().map(|&i| x.shape[i]).collect();
    let full: Vec<usize> = (0..rank)
        .map(|i| if axes.contains(&i) { 1 } else { x.shape[i] })
        .collect();
    let mut y = Array::tabulate(&full, |index| {
        let run = (0..size(&runs)).map(|number| {
            let mut from = index.to_vec();
            let along = unravel(number, &runs);
            axes.iter().zip(along).for_each(|(&axis, at)| from[axis] = at);
            x.at(&from)
        });
        fold(&run.collect::<Vec<_>>())
    });
    if !keep {
        y.shape = kept.iter().map(|&i| x.shape[i]).collect();
    }
    y
}

/// `f` of each element and its lane along an axis.
pub(crate) fn along<D: Dual>(x: &Array<D>, axis: usize, f: impl Fn(D, &[D]) -> D) -> Array<D> {
    Array::tabulate(&x.shape, |index| {
        let mut at = index.to_vec();
        let lane = (0..x.shape[axis]).map(|i| {
            at[axis] = i;
            x.at(&at)
        });
        f(x.at(index), &lane.collect::<Vec<_>>())
    })
}

pub(crate) fn product<D: Dual>(a: &Array<D>, b: &Array<D>) -> Array<D> {
    let (rows, columns) = (&a.shape[..a.shape.len() - 1], &b.shape[1..]);
    let inner = b.shape[0];
    Array::tabulate(&[rows, columns].concat(), |index| {
        let (i, j) = index.split_at(rows.len());
        let terms = (0..inner).map(|k| a.at(&[i, &[k]].concat()) * b.at(&[&[k], j].concat()));
        terms.fold(D::from(0.0), |sum, x| sum + x) / inner as f64
    })
}

pub(crate) fn concat<D: Dual>(parts: Vec<&Array<D>>, axis: usize) -> Array<D> {
    let mut shape = parts[0].shape.clone();
    shape[axis] = parts.iter().map(|p| p.shape[axis]).sum();
    Array::tabulate(&shape, |index| {
        let (mut from, mut part) = (index.to_vec(), 0);
        while from[axis] >= parts[part].shape[axis] {
            from[axis] -= parts[part].shape[axis];
            part += 1;
        }
        parts[part].at(&from)
    })
}
