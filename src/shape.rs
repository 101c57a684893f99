//! Pure arithmetic on shapes and strides: broadcasting, axes, row-major layouts. No data is touched here.

use crate::error::{Dims, ShapeError};

/// The number of elements of a shape; `usize::MAX` for a shape that no array has.
pub(crate) fn size(shape: &[usize]) -> usize {
    shape.iter().fold(1, |n: usize, &m| n.saturating_mul(m))
}

/// The most elements that an array has, views that repeat them included: their bytes are counted by an `isize`.
const MOST: usize = isize::MAX as usize / size_of::<f64>();

/// A shape that an array may have. Extents beside one of 0 count as well, as they do in ndarray.
///
/// # Errors
/// [`ShapeError::Unfit`] for a shape of more elements than an array has.
pub(crate) fn possible(shape: &[usize]) -> Result<(), ShapeError> {
    match is_possible(shape) {
        true => Ok(()),
        false => Err(impossible(shape)),
    }
}

/// Whether a shape is [`possible`].
#[inline]
pub(crate) fn is_possible(shape: &[usize]) -> bool {
    let extents = shape.iter().filter(|&&n| n > 0);
    extents.fold(1, |n: usize, &m| n.saturating_mul(m)) <= MOST
}

/// What is wrong with one that is not.
pub(crate) fn impossible(shape: &[usize]) -> ShapeError {
    ShapeError::unfit(shape, "no array has so many elements")
}

/// Whether two shapes are the same; for a few entries faster than a call to compare memory.
#[inline]
pub(crate) fn same(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

/// The axes of `full` along which an array of `shape` was repeated to get there.
pub(crate) fn broadcast_axes(shape: &[usize], full: &[usize]) -> Dims {
    let lead = full.len() - shape.len();
    let repeated = |i: usize| i < lead || (shape[i - lead] == 1 && full[i] != 1);
    (0..full.len()).filter(|&i| repeated(i)).collect()
}

/// The strides of a row-major (C order) array of this shape.
pub(crate) fn row_major(shape: &[usize]) -> Dims {
    match *shape {
        [] => return Dims::new(),
        [_] => return Dims::from([1]),
        [_, n] => return Dims::from([n, 1]),
        _ => {}
    }
    let mut strides = Dims::from_elem(1, shape.len());
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    strides
}

/// Whether an array of this shape and these strides is row-major without gaps; axes of extent 1 are free.
pub(crate) fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    for (&n, &s) in shape.iter().zip(strides).rev() {
        if n != 1 && s != expected {
            return shape.contains(&0);
        }
        expected *= n;
    }
    true
}

/// The strides with which an array of shape `from` and these strides is read as one of shape `to`, in the same row-major
/// order; `None` where no strides do. Neither has an extent of 0, and both have as many elements.
pub(crate) fn reshaped(from: &[usize], strides: &[usize], to: &[usize]) -> Option<Dims> {
    let old = from.iter().zip(strides).filter(|&(&n, _)| n != 1);
    let old: smallvec::SmallVec<[(usize, usize); 4]> = old.map(|(&n, &s)| (n, s)).collect();
    let mut new = Dims::from_elem(0, to.len());
    let (mut i, mut j) = (0, 0);
    // The shortest runs of axes with the same number of elements on both sides.
    while i < old.len() && j < to.len() {
        let start = j;
        let (mut have, mut need) = (old[i].0, to[j]);
        (i, j) = (i + 1, j + 1);
        while have != need {
            if have < need {
                if old[i - 1].1 != old[i].0 * old[i].1 {
                    return None;
                }
                have *= old[i].0;
                i += 1;
            } else {
                need *= to[j];
                j += 1;
            }
        }
        let mut stride = old[i - 1].1;
        for k in (start..j).rev() {
            new[k] = stride;
            stride *= to[k];
        }
    }
    Some(new)
}

/// NumPy's broadcasting: the common shape of two operands, aligned at the last axis, extents equal or 1.
///
/// # Errors
/// [`ShapeError::Broadcast`] where two extents differ and neither is 1, [`ShapeError::Unfit`] for a shape that is not
/// [`possible`].
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Dims, ShapeError> {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut shape = Dims::from(long);
    let lead = long.len() - short.len();
    for (x, &y) in shape[lead..].iter_mut().zip(short) {
        if *x == 1 {
            *x = y;
        } else if y != *x && y != 1 {
            return Err(ShapeError::Broadcast {
                left: a.into(),
                right: b.into(),
            });
        }
    }
    possible(&shape)?;
    Ok(shape)
}

/// One axis, counted from the end where negative.
///
/// # Errors
/// [`ShapeError::Axis`] where the shape has no such axis.
pub(crate) fn axis(axis: isize, shape: &[usize]) -> Result<usize, ShapeError> {
    let n = shape.len() as isize;
    if (-n..n).contains(&axis) {
        Ok(axis.rem_euclid(n) as usize)
    } else {
        Err(ShapeError::Axis {
            axis,
            shape: shape.into(),
        })
    }
}

/// Several axes, sorted; each at most once.
///
/// # Errors
/// [`ShapeError::Axis`] for an axis that does not exist, [`ShapeError::Unfit`] for one named twice.
pub(crate) fn axes(list: &[isize], shape: &[usize]) -> Result<Dims, ShapeError> {
    let mut out = list
        .iter()
        .map(|&a| axis(a, shape))
        .collect::<Result<Dims, _>>()?;
    out.sort_unstable();
    if out.windows(2).any(|w| w[0] == w[1]) {
        return Err(ShapeError::unfit(
            shape,
            format!("the axes {list:?} name one axis twice"),
        ));
    }
    Ok(out)
}

/// Whether `axes` (sorted) are the last ones, so that what is reduced together lies together in a row-major array. Axes of extent 1
/// may stand behind them.
pub(crate) fn are_last(axes: &[usize], shape: &[usize]) -> bool {
    let Some((&first, &last)) = axes.first().zip(axes.last()) else {
        return false;
    };
    last - first + 1 == axes.len() && size(&shape[last + 1..]) == 1
}

/// The shape after reducing `axes` (sorted), dropped or kept with extent 1.
pub(crate) fn reduced(shape: &[usize], axes: &[usize], keep: bool) -> Dims {
    let mut left = axes;
    let extents = shape.iter().enumerate().filter_map(|(i, &n)| match left {
        &[first, ref rest @ ..] if first == i => {
            left = rest;
            keep.then_some(1)
        }
        _ => Some(n),
    });
    extents.collect()
}

/// The multi-index of the element with this row-major number.
pub(crate) fn unravel(number: usize, shape: &[usize]) -> Dims {
    let (mut index, mut rest) = (Dims::from_elem(0, shape.len()), number);
    for (i, &n) in index.iter_mut().zip(shape).rev() {
        (*i, rest) = (rest % n, rest / n);
    }
    index
}

/// Advances a row-major multi-index; `false` once it has wrapped round to the start.
pub(crate) fn advance(index: &mut [usize], shape: &[usize]) -> bool {
    for (i, &n) in index.iter_mut().zip(shape).rev() {
        *i += 1;
        if *i < n {
            return true;
        }
        *i = 0;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_numpy() {
        assert_eq!(broadcast(&[2, 1, 3], &[4, 1]).unwrap()[..], [2, 4, 3]);
        assert_eq!(broadcast(&[], &[0]).unwrap()[..], [0]);
        assert_eq!(broadcast(&[1], &[0]).unwrap()[..], [0]);
        assert!(broadcast(&[2], &[3]).is_err());
        assert!(broadcast(&[2, 3], &[2]).is_err());
    }

    #[test]
    fn no_product_of_extents_overflows() {
        let half = 1 << 63;
        assert_eq!(size(&[half, 2]), usize::MAX);
        assert_eq!((size(&[half, 2, 0]), size(&[0, half, 2])), (0, 0));
        assert!(possible(&[1 << 59, 1]).is_ok());
        assert!(
            possible(&[1 << 60, 1]).is_err()
                && possible(&[half, 2]).is_err()
                && possible(&[half, 0]).is_err()
        );
        assert!(broadcast(&[1 << 40, 1], &[1 << 40]).is_err());
    }

    #[test]
    fn a_reshape_is_a_view_where_strides_can_say_it() {
        let strides =
            |from: &[usize], strides: &[usize], to: &[usize]| reshaped(from, strides, to).map(|s| s.to_vec());
        // Rows with gaps: axes within a row split and join, rows and columns do not.
        assert_eq!(strides(&[3, 4], &[10, 1], &[3, 2, 2]), Some(vec![10, 2, 1]));
        assert_eq!(strides(&[3, 2, 2], &[10, 2, 1], &[3, 4]), Some(vec![10, 1]));
        assert_eq!(strides(&[3, 4], &[10, 1], &[12]), None);
        assert_eq!(strides(&[4, 3], &[1, 4], &[12]), None);
        assert_eq!(strides(&[4, 3], &[1, 4], &[2, 2, 3]), Some(vec![2, 1, 4]));
        // Axes of extent 1 come and go; repeated elements stay repeated.
        assert_eq!(strides(&[4, 1, 3], &[1, 9, 4], &[4, 3, 1]), Some(vec![1, 4, 0]));
        assert_eq!(strides(&[2, 3], &[0, 0], &[6]), Some(vec![0]));
        assert_eq!(strides(&[1, 1], &[5, 5], &[1]), Some(vec![0]));
        assert_eq!(strides(&[2, 6], &[20, 1], &[4, 3]), None);
    }

    #[test]
    fn axes_count_from_the_end_and_name_no_axis_twice() {
        assert_eq!(axes(&[-1, 0], &[2, 3, 4]).unwrap()[..], [0, 2]);
        assert!(axes(&[0, -3], &[2, 3, 4]).is_err());
        assert!(axis(3, &[2, 3, 4]).is_err());
        assert!(axis(0, &[]).is_err());
    }

    #[test]
    fn a_multi_index_visits_every_element_once() {
        let (mut index, mut n) = ([0, 0], 1);
        while advance(&mut index, &[2, 3]) {
            n += 1;
        }
        assert_eq!((n, index), (6, [0, 0]));
    }
}
