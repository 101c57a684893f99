//! Pure arithmetic on shapes and strides: broadcasting, axes, row-major layouts. No data is touched here.

use crate::error::{Dims, ShapeError};

/// The number of elements of a shape.
pub(crate) fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The strides of a row-major (C order) array of this shape.
pub(crate) fn row_major(shape: &[usize]) -> Dims {
    let mut strides = Dims::from_elem(1, shape.len());
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    strides
}

/// NumPy's broadcasting: the common shape of two operands, aligned at the last axis, extents equal or 1.
///
/// # Errors
/// [`ShapeError::Broadcast`] where two extents differ and neither is 1.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Dims, ShapeError> {
    let n = a.len().max(b.len());
    let extent = |s: &[usize], i: usize| (i + s.len()).checked_sub(n).map_or(1, |j| s[j]);
    (0..n)
        .map(|i| match (extent(a, i), extent(b, i)) {
            (x, y) if x == y || y == 1 => Ok(x),
            (1, y) => Ok(y),
            _ => Err(ShapeError::Broadcast {
                left: a.into(),
                right: b.into(),
            }),
        })
        .collect()
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

/// The shape after reducing `axes` (sorted), dropped or kept with extent 1.
pub(crate) fn reduced(shape: &[usize], axes: &[usize], keep: bool) -> Dims {
    let mut out = Dims::new();
    for (i, &n) in shape.iter().enumerate() {
        match (axes.contains(&i), keep) {
            (false, _) => out.push(n),
            (true, true) => out.push(1),
            (true, false) => {}
        }
    }
    out
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
