//! Arrays as a schoolbook has them: a shape, a list of elements, and for each element of a result a formula.

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

/// The number of elements.
pub(crate) fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The shape of what two arrays broadcast to.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let n = a.len().max(b.len());
    let extent = |s: &[usize], i: usize| if i + s.len() < n { 1 } else { s[i + s.len() - n] };
    (0..n)
        .map(|i| match (extent(a, i), extent(b, i)) {
            (1, n) | (n, 1) => n,
            (n, m) => {
                assert_eq!(n, m, "{a:?} and {b:?} do not broadcast");
                n
            }
        })
        .collect()
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

/// For each element, `f` of its lane along an axis and its place there.
pub(crate) fn along<D: Dual>(x: &Array<D>, axis: usize, f: impl Fn(&[D], usize) -> D) -> Array<D> {
    resized(x, axis, x.shape[axis], f)
}

/// The same where the lanes of the result have another length.
pub(crate) fn resized<D: Dual>(
    x: &Array<D>,
    axis: usize,
    length: usize,
    f: impl Fn(&[D], usize) -> D,
) -> Array<D> {
    let mut shape = x.shape.clone();
    shape[axis] = length;
    Array::tabulate(&shape, |index| {
        let mut at = index.to_vec();
        let lane = (0..x.shape[axis]).map(|i| {
            at[axis] = i;
            x.at(&at)
        });
        f(&lane.collect::<Vec<_>>(), index[axis])
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
