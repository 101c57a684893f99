//! How bad numbers are: the order in which a birth is a step up.

use crate::Real;
use crate::dense::Dense;
use ndarray::Dimension;

/// How bad a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    Finite,
    Infinite,
    Nan,
}

pub(super) fn grade<T: Real>(x: T) -> Grade {
    match (x.is_nan(), x.is_infinite()) {
        (true, _) => Grade::Nan,
        (_, true) => Grade::Infinite,
        _ => Grade::Finite,
    }
}

pub(super) fn worst<T: Real>(x: &Dense<T>) -> Grade {
    let view = x.view();
    view.iter().map(|&x| grade(x)).max().unwrap_or(Grade::Finite)
}

/// How bad the numbers are that something was made of.
pub(super) enum Given {
    /// Those of each element of the result by themselves, in row-major order.
    Each(Vec<Grade>),
    /// All of them together.
    Whole(Grade),
}

impl Given {
    /// The same for an operand to which the result's elements are summed.
    pub(super) fn onto(self, from: &[usize], to: &[usize]) -> Self {
        let Self::Each(grades) = self else {
            return self;
        };
        if from == to {
            return Self::Each(grades);
        }
        let mut onto = vec![Grade::Finite; to.iter().product()];
        for (number, given) in grades.into_iter().enumerate() {
            let index = multi_index(from, number);
            let own = index[from.len() - to.len()..].iter().zip(to);
            let number = own.fold(0, |number, (&i, &n)| number * n + if n == 1 { 0 } else { i });
            onto[number] = onto[number].max(given);
        }
        Self::Each(onto)
    }

    /// The first element that is worse than what it was made of, and how many there are.
    pub(super) fn born<T: Real>(&self, made: &Dense<T>) -> Option<(Vec<usize>, usize)> {
        let view = made.view();
        let worse = view.indexed_iter().enumerate().filter(|(i, (_, x))| match self {
            Self::Each(grades) => grade(**x) > grades[*i],
            Self::Whole(given) => grade(**x) > *given,
        });
        let mut worse = worse.map(|(_, (index, _))| index);
        let first = worse.next()?;
        Some((first.slice().to_vec(), 1 + worse.count()))
    }
}

/// The multi-index of the element with this row-major number.
pub(super) fn multi_index(shape: &[usize], mut number: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, &n) in index.iter_mut().zip(shape).rev() {
        (*i, number) = (number % n, number / n);
    }
    index
}
