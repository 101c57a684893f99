//! The interpreter's matrices and images, by the formulas of a schoolbook.

use crate::common::naive::{Array, Dual, broadcast, size};
use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;
use wengert::gradcheck::strategies::{Action, Linear};

type Rows<D> = Vec<Vec<D>>;

pub(super) fn product<D: Dual>(action: &Action, x: &[&Array<D>]) -> Array<D> {
    let a = x[0];
    match action {
        Action::Outer => {
            let b = x[1];
            Array::tabulate(&[a.data.len(), b.data.len()], |i| a.data[i[0]] * b.data[i[1]])
        }
        Action::Kron => {
            let n = a.shape.len().max(x[1].shape.len());
            let wide = |x: &Array<D>| Array {
                shape: [&vec![1; n - x.shape.len()][..], &x.shape].concat(),
                data: x.data.clone(),
            };
            let (a, b) = (wide(a), wide(x[1]));
            let shape: Vec<usize> = a.shape.iter().zip(&b.shape).map(|(a, b)| a * b).collect();
            Array::tabulate(&shape, |i| {
                let left: Vec<usize> = i.iter().zip(&b.shape).map(|(i, n)| i / n).collect();
                let right: Vec<usize> = i.iter().zip(&b.shape).map(|(i, n)| i % n).collect();
                a.at(&left) * b.at(&right)
            })
        }
        Action::Einsum(text) => einsum(text, x),
        _ => matmul(a, x[1]),
    }
}

/// NumPy's product: a vector is a row on the left and a column on the right, leading axes broadcast.
fn matmul<D: Dual>(a: &Array<D>, b: &Array<D>) -> Array<D> {
    let mut left = a.clone();
    let mut right = b.clone();
    if a.shape.len() == 1 {
        left.shape.insert(0, 1);
    }
    if b.shape.len() == 1 {
        right.shape.push(1);
    }
    let (ra, rb) = (left.shape.len() - 2, right.shape.len() - 2);
    let batch = broadcast(&left.shape[..ra], &right.shape[..rb]);
    let inner = left.shape[ra + 1];
    let shape = [&batch[..], &[left.shape[ra], right.shape[rb + 1]]].concat();
    let mut y = Array::tabulate(&shape, |index| {
        let (at, ij) = index.split_at(batch.len());
        let terms =
            (0..inner).map(|k| left.at(&[at, &[ij[0], k]].concat()) * right.at(&[at, &[k, ij[1]]].concat()));
        terms.fold(D::from(0.0), |sum, t| sum + t)
    });
    if b.shape.len() == 1 {
        y.shape.pop();
    }
    if a.shape.len() == 1 {
        y.shape.remove(batch.len());
    }
    y
}

/// The sum over all values of all letters.
fn einsum<D: Dual>(text: &str, x: &[&Array<D>]) -> Array<D> {
    let (inputs, output) = text.split_once("->").expect("a result");
    let terms: Vec<Vec<char>> = inputs.split(',').map(|t| t.chars().collect()).collect();
    let mut extents = BTreeMap::new();
    for (term, x) in terms.iter().zip(x) {
        term.iter().zip(&x.shape).for_each(|(&l, &n)| {
            extents.insert(l, n);
        });
    }
    let letters: Vec<char> = extents.keys().copied().collect();
    let all: Vec<usize> = extents.values().copied().collect();
    let shape: Vec<usize> = output.chars().map(|l| extents[&l]).collect();
    let place = |l: char| letters.iter().position(|&k| k == l).expect("a known letter");
    let mut y = Array::tabulate(&shape, |_| D::from(0.0));
    // A tabulation for its side effect: every index of all letters once.
    Array::tabulate(&all, |index| {
        let factors = terms.iter().zip(x);
        let product = factors.fold(D::from(1.0), |product, (term, x)| {
            product * x.at(&term.iter().map(|&l| index[place(l)]).collect::<Vec<_>>())
        });
        let to = output.chars().map(|l| (index[place(l)], extents[&l]));
        let to = to.fold(0, |sum, (i, n)| sum * n + i);
        y.data[to] += product;
        product
    });
    y
}

pub(super) fn image<D: Dual>(action: &Action, x: &[&Array<D>], shape: &[usize]) -> Array<D> {
    match *action {
        Action::Pool {
            max,
            axes,
            size: s,
            stride,
        } => Array::tabulate(shape, |i| {
            let (at, space) = i.split_at(2);
            let window = Array::tabulate(&vec![s; axes], |k| {
                let from = space.iter().zip(k).map(|(i, k)| i * stride + k);
                x[0].at(&at.iter().copied().chain(from).collect::<Vec<_>>())
            });
            let first = window.data[0];
            match max {
                true => window
                    .data
                    .iter()
                    .fold(first, |m, &x| if x.re() > m.re() { x } else { m }),
                false => window.data[1..].iter().fold(first, |sum, &x| sum + x) / window.data.len() as f64,
            }
        }),
        Action::Conv {
            transpose,
            stride,
            padding,
            dilation,
            ..
        } => {
            let (x, w) = (x[0], x[1]);
            let mut y = Array::tabulate(shape, |_| D::from(0.0));
            // Place i of the side that is convolved meets place i·stride + k·dilation − padding of the other.
            let narrow = if transpose { &x.shape[2..] } else { &shape[2..] };
            let wide = if transpose { &shape[2..] } else { &x.shape[2..] };
            let all = [&[x.shape[0], w.shape[0], w.shape[1]], narrow, &w.shape[2..]].concat();
            Array::tabulate(&all, |index| {
                let (head, space) = index.split_at(3);
                let (i, k) = space.split_at(narrow.len());
                let places = i
                    .iter()
                    .zip(k)
                    .map(|(i, k)| (i * stride + k * dilation).checked_sub(padding));
                let places = places.zip(wide).map(|(p, n)| p.filter(|p| p < n));
                if let Some(places) = places.collect::<Option<Vec<usize>>>() {
                    let weight = w.at(&[&head[1..], k].concat());
                    // A weight is out × in for a convolution, in × out for a transposed one.
                    let (from, to) = match transpose {
                        false => (
                            [&[head[0], head[2]], &places[..]].concat(),
                            [&[head[0], head[1]], i].concat(),
                        ),
                        true => (
                            [&[head[0], head[1]], i].concat(),
                            [&[head[0], head[2]], &places[..]].concat(),
                        ),
                    };
                    let number = to.iter().zip(shape).fold(0, |sum, (i, n)| sum * n + i);
                    y.data[number] += x.at(&from) * weight;
                }
                D::from(0.0)
            });
            y
        }
        ref other => unreachable!("{other:?} is of no image"),
    }
}

fn rows<D: Dual>(a: &Array<D>) -> Rows<D> {
    a.data.chunks(a.shape[1]).map(<[D]>::to_vec).collect()
}

fn array<D: Dual>(rows: &Rows<D>) -> Array<D> {
    Array {
        shape: vec![rows.len(), rows[0].len()],
        data: rows.concat(),
    }
}

fn transposed<D: Dual>(a: &Rows<D>) -> Rows<D> {
    (0..a[0].len())
        .map(|j| a.iter().map(|row| row[j]).collect())
        .collect()
}

fn times<D: Dual>(a: &Rows<D>, b: &Rows<D>) -> Rows<D> {
    let entry = |row: &[D], j: usize| {
        row.iter()
            .zip(b)
            .fold(D::from(0.0), |sum, (&x, b)| sum + x * b[j])
    };
    a.iter()
        .map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect())
        .collect()
}

fn unit<D: Dual>(n: usize) -> Rows<D> {
    (0..n)
        .map(|i| (0..n).map(|j| D::from(f64::from(u8::from(i == j)))).collect())
        .collect()
}

/// The determinant, expanded along the first row.
fn determinant<D: Dual>(a: &Rows<D>) -> D {
    let mut sum = D::from(if a.is_empty() { 1.0 } else { 0.0 });
    for j in 0..a.len() {
        let without = |row: &Vec<D>| [&row[..j], &row[j + 1..]].concat();
        let minor = determinant(&a[1..].iter().map(without).collect());
        sum += a[0][j] * minor * if j % 2 == 0 { 1.0 } else { -1.0 };
    }
    sum
}

/// The solution of A·Y = B, by elimination.
fn eliminate<D: Dual>(mut a: Rows<D>, mut b: Rows<D>) -> Rows<D> {
    let n = a.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].re().abs().total_cmp(&a[j][k].re().abs()));
        let pivot = pivot.expect("a row");
        if pivot != k {
            a.swap(k, pivot);
            b.swap(k, pivot);
        }
        let (of_a, of_b) = (a[k].clone(), b[k].clone());
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[i][k] / of_a[k];
            a[i].iter_mut().zip(&of_a).for_each(|(x, &p)| *x -= factor * p);
            b[i].iter_mut().zip(&of_b).for_each(|(x, &p)| *x -= factor * p);
        }
    }
    for (i, row) in b.iter_mut().enumerate() {
        row.iter_mut().for_each(|x| *x /= a[i][i]);
    }
    b
}

fn cholesky<D: Dual>(a: &Rows<D>) -> Rows<D> {
    let n = a.len();
    let mut l: Rows<D> = vec![vec![D::from(0.0); n]; n];
    for i in 0..n {
        for j in 0..=i {
            let known = (0..j).fold(D::from(0.0), |sum, k| sum + l[i][k] * l[j][k]);
            l[i][j] = match i == j {
                true => (a[i][i] - known).sqrt(),
                false => (a[i][j] - known) / l[j][j],
            };
        }
    }
    l
}

/// The eigenvalues of a symmetric matrix in ascending order, by Jacobi's rotations.
fn eigenvalues<D: Dual>(mut a: Rows<D>) -> Vec<D> {
    let n = a.len();
    for _ in 0..12 {
        for p in 0..n {
            for q in p + 1..n {
                let (up, right) = (a[p][q] * 2.0, a[q][q] - a[p][p]);
                // A multiple of π/2 too much exchanges two eigenvalues.
                let theta = match right.re().abs() > up.re().abs() {
                    true => (up / right).atan() * 0.5,
                    false if up.re() == 0.0 => continue,
                    false => (-(right / up).atan() + FRAC_PI_2) * 0.5,
                };
                let (s, c) = (theta.sin(), theta.cos());
                let mut turn = unit(n);
                (turn[p][p], turn[p][q], turn[q][p], turn[q][q]) = (c, s, -s, c);
                a = times(&transposed(&turn), &times(&a, &turn));
            }
        }
    }
    let mut values: Vec<D> = (0..n).map(|i| a[i][i]).collect();
    values.sort_by(|a, b| a.re().total_cmp(&b.re()));
    values
}

pub(super) fn linear<D: Dual>(op: Linear, x: &[&Array<D>]) -> Array<D> {
    let a = rows(x[0]);
    let n = a.len();
    let positive = || {
        let mut product = times(&a, &transposed(&a));
        for (i, row) in product.iter_mut().enumerate() {
            row.iter_mut().for_each(|x| *x /= a[0].len() as f64);
            row[i] += 1.0;
        }
        product
    };
    let square = || match a.len() < a[0].len() {
        true => times(&a, &transposed(&a)),
        false => times(&transposed(&a), &a),
    };
    let vector = |data: Vec<D>| Array {
        shape: vec![data.len()],
        data,
    };
    match op {
        Linear::Solve | Linear::SolveTriangular => {
            let mut a = a;
            if op == Linear::SolveTriangular {
                for (i, row) in a.iter_mut().enumerate() {
                    row[i + 1..].iter_mut().for_each(|x| *x = D::from(0.0));
                }
            }
            let b = Array {
                shape: vec![n, size(&x[1].shape) / n],
                data: x[1].data.clone(),
            };
            Array {
                shape: x[1].shape.clone(),
                data: eliminate(a, rows(&b)).concat(),
            }
        }
        Linear::Inv => array(&eliminate(a, unit(n))),
        Linear::Det => Array::scalar(determinant(&a)),
        Linear::Slogdet => {
            let det = determinant(&a);
            Array::scalar(if det.re() < 0.0 { -det } else { det }.ln())
        }
        Linear::Cholesky => array(&cholesky(&positive())),
        Linear::Qr => array(&transposed(&cholesky(&times(&transposed(&a), &a)))),
        Linear::Eigvalsh => vector(eigenvalues(positive())),
        Linear::Svdvals => vector(
            eigenvalues(square())
                .into_iter()
                .rev()
                .map(|x| x.sqrt())
                .collect(),
        ),
        // By AᵀA an inverse would lose twice as many digits.
        Linear::Pinv if n == a[0].len() => array(&eliminate(a, unit(n))),
        Linear::Pinv => array(&eliminate(square(), transposed(&a))),
        Linear::Expm => {
            // (Σ Bᵏ/k!)⁶⁴ with B = A/64.
            let mut small = a;
            small.iter_mut().flatten().for_each(|x| *x /= 64.0);
            let (mut sum, mut term) = (unit(n), unit(n));
            for k in 1..16 {
                term = times(&term, &small);
                term.iter_mut().flatten().for_each(|x| *x /= f64::from(k));
                sum.iter_mut()
                    .flatten()
                    .zip(term.iter().flatten())
                    .for_each(|(s, &t)| *s += t);
            }
            (0..6).for_each(|_| sum = times(&sum, &sum));
            array(&sum)
        }
    }
}
