//! Which steps can be checked: bounded values, inside of domains, away from kinks and ties.

use super::{Action, Fold, Linear, Scan};
use ndarray::{ArrayD, Dimension};
use std::collections::BTreeMap;

/// The largest size of a number that a step may make.
pub(super) const BOUND: f64 = 10.0;
/// How far apart numbers are between which an op chooses.
const GAP: f64 = 0.04;

/// Whether a number lies in one of the intervals.
pub(super) fn inside(domain: &[(f64, f64)], x: f64) -> bool {
    domain.iter().any(|&(low, high)| low <= x && x <= high)
}

/// Whether all of an array's numbers are finite. Where a function was taken outside its domain, some are not.
pub(super) fn is_tame(x: &ArrayD<f64>) -> bool {
    x.iter().all(|x| x.is_finite())
}

/// Whether a step that made `y` of `x` can be checked.
pub(super) fn sound(action: &Action, x: &[ArrayD<f64>], y: &ArrayD<f64>) -> bool {
    if y.iter().any(|y| y.is_finite() && y.abs() > BOUND) || !y.iter().any(|y| y.is_finite()) {
        return false;
    }
    // What is not finite has to be left behind by the next step that sees it.
    if !x.iter().all(is_tame) {
        return leaves_behind(action) && is_tame(y);
    }
    match action {
        Action::Unary(op) => {
            let mut pairs = x[0].iter().zip(y);
            return pairs.all(|(&x, y)| inside(op.domain(), x) || !y.is_finite());
        }
        Action::Binary(op) => {
            let mut pairs = x.iter().zip(op.domain());
            let whole_power = *op == crate::ops::Binary::Powi;
            let [first, _] = op.domain();
            if whole_power && !x[0].iter().all(|&x| inside(first, x)) {
                return false;
            }
            if !whole_power && !pairs.all(|(x, domain)| x.iter().all(|&x| inside(domain, x))) {
                return false;
            }
        }
        Action::Gammainc | Action::Betainc => {
            let domains = match action {
                Action::Gammainc => &[(0.5, 4.0), (0.3, 4.0)][..],
                _ => &[(0.5, 4.0), (0.5, 4.0), (0.1, 0.7)],
            };
            let mut pairs = x.iter().zip(domains);
            if !pairs.all(|(x, domain)| x.iter().all(|&x| inside(&[*domain], x))) {
                return false;
            }
        }
        Action::FoldAll(fold) => {
            let all: Vec<usize> = (0..x[0].ndim()).collect();
            if !folds(*fold, &x[0], &all, y) {
                return false;
            }
        }
        Action::Fold { fold, axes, .. } if !folds(*fold, &x[0], axes, y) => return false,
        Action::Scan(Scan::CumMax | Scan::CumMin, axis)
        | Action::Sort(axis)
        | Action::TopK { axis, .. }
        | Action::KthSmallest { axis, .. }
            if !apart(&x[0], &[*axis], GAP) =>
        {
            return false;
        }
        Action::Pool { max: true, .. } => {
            let all: Vec<usize> = (0..x[0].ndim()).collect();
            if !apart(&x[0], &all, GAP) {
                return false;
            }
        }
        Action::Linear(op) if !solves(*op, &x[0], y) => return false,
        _ => {}
    }
    is_tame(y)
}

/// Whether an action may pick the finite elements of an array that has others.
fn leaves_behind(action: &Action) -> bool {
    use Action::*;
    matches!(
        action,
        Read(_) | Slice(_) | Take { .. } | TakeAlongAxis { .. } | MaskSelect(_) | Select | Put { .. }
    ) || matches!(
        action,
        WithSlice(_) | Scatter { .. } | Tril(_) | Triu(_) | Diagonal(_)
    )
}

fn folds(fold: Fold, x: &ArrayD<f64>, axes: &[usize], y: &ArrayD<f64>) -> bool {
    match fold {
        Fold::Max | Fold::Min | Fold::Median => apart(x, axes, GAP),
        Fold::Norm1 => x.iter().all(|x| x.abs() > 0.1),
        Fold::Norm2 | Fold::Std => y.iter().all(|&y| y > 0.2),
        Fold::Sum | Fold::Mean | Fold::LogSumExp | Fold::Prod | Fold::Var => true,
    }
}

fn solves(op: Linear, x: &ArrayD<f64>, y: &ArrayD<f64>) -> bool {
    let diagonal = || (0..y.shape()[0]).all(|i| y[[i, i]].abs() > 0.3);
    match op {
        Linear::Cholesky | Linear::Qr => diagonal(),
        Linear::Eigvalsh => apart(y, &[0], 0.1),
        Linear::Svdvals => apart(y, &[0], 0.1) && y.iter().all(|&s| s > 0.2),
        Linear::Pinv => independent(x),
        Linear::Slogdet => y.iter().all(|&y| y > -2.0),
        _ => true,
    }
}

/// Whether a matrix's columns are independent: of each a good part is left without what is along the ones before it.
fn independent(x: &ArrayD<f64>) -> bool {
    let columns = (0..x.shape()[1]).map(|j| (0..x.shape()[0]).map(|i| x[[i, j]]).collect());
    let mut units: Vec<Vec<f64>> = vec![];
    for mut column in columns.collect::<Vec<Vec<f64>>>() {
        for unit in &units {
            let along: f64 = unit.iter().zip(&column).map(|(u, c)| u * c).sum();
            column.iter_mut().zip(unit).for_each(|(c, u)| *c -= along * u);
        }
        let norm = column.iter().map(|c| c * c).sum::<f64>().sqrt();
        if norm < 0.3 {
            return false;
        }
        units.push(column.iter().map(|c| c / norm).collect());
    }
    true
}

/// Whether no two elements that lie in one place of the other axes are close.
fn apart(x: &ArrayD<f64>, axes: &[usize], gap: f64) -> bool {
    let mut groups: BTreeMap<Vec<usize>, Vec<f64>> = BTreeMap::new();
    for (index, &x) in x.indexed_iter() {
        let own = (0..index.as_array_view().len()).filter(|i| !axes.contains(i));
        groups.entry(own.map(|i| index[i]).collect()).or_default().push(x);
    }
    groups.into_values().all(|mut group| {
        group.sort_by(f64::total_cmp);
        group.windows(2).all(|w| w[1] - w[0] >= gap)
    })
}
