//! Singular values and eigenvalues, and what is made of them.

use super::super::Dense;
use super::lu::Lu;
use super::{Factored, Failure, negligible, rows, write};
use crate::Real;
use crate::error::Dims;
use crate::shape;
use faer::linalg::solvers::{SelfAdjointEigen, Svd};
use faer::traits::RealField;
use faer::{Mat, Side};

/// There is no answer where an element is NaN or infinite.
fn finite<T: Real>(x: &[T]) -> Result<(), Failure> {
    match x.iter().all(|x| x.is_finite()) {
        true => Ok(()),
        false => Err(Failure::NoConvergence),
    }
}

/// Gives a column the sign that makes its entry of largest size positive. Returns it.
fn turn<T: Real + RealField>(x: &mut Mat<T>, j: usize) -> T {
    let mut largest = T::zero();
    for i in 0..x.nrows() {
        if x[(i, j)].abs() > largest.abs() {
            largest = x[(i, j)];
        }
    }
    let sign = if largest < T::zero() { -T::one() } else { T::one() };
    scale(x, j, sign);
    sign
}

fn scale<T: Real + RealField>(x: &mut Mat<T>, j: usize, by: T) {
    (0..x.nrows()).for_each(|i| x[(i, j)] *= by);
}

/// U, S and V.
type Thin<T> = (Mat<T>, Vec<T>, Mat<T>);

/// A = U·S·Vᵀ, thin. Values that cannot be told from 0 are 0.
fn svd<T: Real + RealField>(x: &[T], m: usize, n: usize) -> Result<Thin<T>, Failure> {
    finite(x)?;
    // By a power of 2 to elements of size 1, so that no square overflows or vanishes.
    let largest = x.iter().fold(T::zero(), |m, x| {
        num_traits::Float::max(m, num_traits::Float::abs(*x))
    });
    let by = match largest > T::zero() {
        true => T::lit(2.0).powi(largest.log2().floor().to_i32().unwrap_or(0).clamp(-900, 900)),
        false => T::one(),
    };
    let scaled: Vec<T> = x.iter().map(|&x| x / by).collect();
    let svd = Svd::new_thin(rows(&scaled, m, n)).map_err(|_| Failure::NoConvergence)?;
    let (mut u, mut v) = (svd.U().to_owned(), svd.V().to_owned());
    let mut s: Vec<T> = svd.S().column_vector().iter().map(|&s| s * by).collect();
    let smallest = negligible(m.max(n), s.first().copied().unwrap_or(T::zero()));
    for (j, s) in s.iter_mut().enumerate() {
        let sign = turn(&mut u, j);
        if *s <= smallest {
            *s = T::zero();
            turn(&mut v, j);
        } else {
            scale(&mut v, j, sign);
        }
    }
    Ok((u, s, v))
}

pub(super) fn packed_svd<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, m, n) = x[0].matrices();
    let k = m.min(n);
    x[0].each_matrix(&[m + 1 + n, k], T::nan(), |x, out| {
        let (u, s, v) = svd(x, m, n)?;
        let (above, rest) = out.split_at_mut(m * k);
        let (values, below) = rest.split_at_mut(k);
        write(u.as_ref(), above);
        values.copy_from_slice(&s);
        write(v.as_ref(), below);
        Ok(())
    })
}

pub(super) fn pinv<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, m, n) = x[0].matrices();
    x[0].each_matrix(&[n, m], T::nan(), |x, out| {
        let (u, s, mut v) = svd(x, m, n)?;
        for (j, &s) in s.iter().enumerate() {
            let by = if s > T::zero() { s.recip() } else { T::zero() };
            scale(&mut v, j, by);
        }
        write((v * u.transpose()).as_ref(), out);
        Ok(())
    })
}

/// Vectors with the entry of largest size positive.
pub(super) fn eigh<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (_, n, _) = x[0].matrices();
    x[0].each_matrix(&[n + 1, n], T::nan(), |x, out| {
        if n == 0 {
            return Ok(()); // The library does not expect it.
        }
        // The upper triangle is not read, so it may hold anything.
        let lower = Mat::from_fn(n, n, |i, j| x[i.max(j) * n + i.min(j)]);
        if !(0..n).all(|i| (0..=i).all(|j| lower[(i, j)].is_finite())) {
            return Err(Failure::NoConvergence);
        }
        let factor = SelfAdjointEigen::new(lower.as_ref(), Side::Lower);
        let factor = factor.map_err(|_| Failure::NoConvergence)?;
        let mut v = factor.U().to_owned();
        (0..n).for_each(|j| {
            turn(&mut v, j);
        });
        let (values, below) = out.split_at_mut(n);
        let found = factor.S().column_vector().iter();
        values.iter_mut().zip(found).for_each(|(x, &l)| *x = l);
        write(v.as_ref(), below);
        Ok(())
    })
}

/// The cofactors of a regular matrix, `det A·A⁻ᵀ` by one elimination, whose smallest pivot is a factor of the one and a divisor of
/// the other; of a small one by its minors. Both keep the digits of a matrix whose rows differ much in size.
fn regular<T: Real + RealField>(x: &[T], n: usize) -> Option<Mat<T>> {
    let a = rows(x, n, n);
    if n <= 3 {
        let without = |i: usize, at: usize| if i < at { i } else { i + 1 };
        let minor = |i: usize, j: usize| {
            let of = |r: usize, c: usize| a[(without(r, i), without(c, j))];
            let size = match n {
                1 => T::one(),
                2 => of(0, 0),
                _ => of(0, 0) * of(1, 1) - of(0, 1) * of(1, 0),
            };
            if (i + j).is_multiple_of(2) { size } else { -size }
        };
        return Some(Mat::from_fn(n, n, minor));
    }
    let factor = Lu::new(a);
    let det = factor.det();
    let inverse = factor.inverse()?;
    let found = Mat::from_fn(n, n, |i, j| inverse[(j, i)] * det);
    let is_right = det != T::zero() && (0..n).all(|i| (0..n).all(|j| found[(i, j)].is_finite()));
    is_right.then_some(found)
}

/// By the singular value decomposition, without directions by [`regular`]; see `ops/linalg/det.rs`.
pub(super) fn cofactors<T: Real + RealField>(x: &[&Dense<T>]) -> Factored<T> {
    let (batch, n, _) = x[0].matrices();
    let operands: Vec<Dense<T>> = x.iter().map(|x| x.contiguous()).collect();
    let mut failure = None;
    let value = Dense::build(x[0].pool(), x[0].shape().into(), |out| {
        for b in 0..shape::size(batch) {
            let matrix = |k: usize| &operands[k].memory()[b * n * n..][..n * n];
            let out = &mut out[b * n * n..][..n * n];
            if x.len() == 1
                && let Some(found) = regular(matrix(0), n)
            {
                write(found.as_ref(), out);
                continue;
            }
            match svd(matrix(0), n, n) {
                Ok((u, s, v)) => {
                    let turned = (1..x.len()).map(|k| u.transpose() * rows(matrix(k), n, n) * &v);
                    let sum = add_cofactors(&turned.collect::<Vec<Mat<T>>>(), &s);
                    let sign = [&u, &v].map(|q| Lu::new(q.as_ref()).det().signum());
                    write((u * sum * v.transpose()).as_ref(), out);
                    out.iter_mut().for_each(|x| *x = *x * sign[0] * sign[1]);
                }
                Err(why) => {
                    out.fill(T::nan());
                    failure.get_or_insert(why.of(b));
                }
            }
        }
    });
    Factored { value, failure }
}

/// The derivative of the cofactors of the diagonal matrix `s` along `directions`: for each list of different rows, one for
/// each direction and one for the result, and for each way to give these rows' columns to them, a product.
fn add_cofactors<T: Real + RealField>(directions: &[Mat<T>], s: &[T]) -> Mat<T> {
    let (k, n) = (directions.len(), s.len());
    let mut sum = Mat::zeros(n, n);
    let orders = permutations(k + 1);
    let mut list = Dims::from_elem(0, k + 1);
    let mut more = n > k;
    while more {
        if (0..=k).all(|i| !list[..i].contains(&list[i])) {
            let others = s.iter().enumerate().filter(|(l, _)| !list.contains(l));
            let weight = others.fold(T::one(), |w, (_, &s)| w * s);
            for (order, even) in &orders {
                let factors = directions.iter().enumerate();
                let product = factors.fold(weight, |p, (i, e)| p * e[(list[i], list[order[i]])]);
                let at = (list[k], list[order[k]]);
                sum[at] += if *even { product } else { -product };
            }
        }
        more = shape::advance(&mut list, &Dims::from_elem(n, k + 1));
    }
    sum
}

/// The orders of n things, and whether each is even.
fn permutations(n: usize) -> Vec<(Dims, bool)> {
    let mut all = vec![(Dims::new(), true)];
    for i in 0..n {
        let longer = |(order, even): (Dims, bool)| {
            (0..=i).map(move |at| {
                let mut order = order.clone();
                order.insert(at, i);
                (order, even ^ ((i - at) % 2 == 1))
            })
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}
