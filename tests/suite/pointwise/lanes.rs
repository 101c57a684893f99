//! The two lanes and the two element types against each other.
//!
//! The same loss, `Σ w·b(−1.3·op(x + 0.02·b(3x)))` with b(u) = u/(1 + u²), in the scalar lane (element by element) and in the
//! array lane: its value, gradient and Hessian-vector product come from one row of the table and must have the same bits, unless
//! the row names a function that loops over elements have of their own ([`Row::is_fast`]); then they differ by rounding. The
//! array lane is checked against differences in `slopes.rs`, so this carries over to the scalar lane, and to arrays
//! that are too long for differences. Among arrays the bits are the same however long they are and however they lie.

use super::Row;
use crate::common::inputs::{cast, irregular, widen};
use ndarray::{ArrayD, s};
use std::fmt::Debug;
use wengert::{Dense, Lit, Real, Tape, Tensor, Term, Value, Var};

/// Values of the op, then for each argument that is a variable the gradient of the loss, then its Hessian times a vector.
#[derive(Debug)]
struct Outcome<T> {
    values: Vec<T>,
    first: Vec<Vec<T>>,
    second: Vec<Vec<T>>,
}

impl<T: Real> Outcome<T> {
    fn numbers(&self) -> impl Iterator<Item = f64> {
        let slopes = self.first.iter().chain(&self.second).flatten();
        self.values.iter().chain(slopes).map(|&x| widen(x))
    }
}

/// The op mid-graph, and the terms of the loss.
fn terms<V: Value>(row: Row, x: &[Term<V>], w: &Term<V>) -> (Term<V>, Term<V>) {
    let bend = |u: Term<V>| &u / (1 + &u * &u);
    let bent: Vec<Term<V>> = x.iter().map(|x| 1 * x + Lit(0.02) * bend(3 * x)).collect();
    let y = row.apply(&bent);
    let loss = w * bend(Lit(-1.3) * &y);
    (y, loss)
}

/// Directions for a Hessian-vector product.
fn directions<T: Real>(x: &[ArrayD<T>]) -> Vec<ArrayD<T>> {
    let seeds = x.iter().enumerate();
    seeds.map(|(k, x)| cast(&irregular(x.shape(), 5 + k))).collect()
}

fn in_the_array_lane<T: Real>(
    row: Row,
    x: &[ArrayD<T>],
    enter: impl for<'t> Fn(&'t Tape<T>, &ArrayD<T>) -> Tensor<'t, T>,
) -> Outcome<T> {
    let tape = Tape::<T>::default();
    let variable = row.variables();
    let handles: Vec<Tensor<T>> = std::iter::zip(x, &variable)
        .map(|(x, &variable)| {
            if variable {
                enter(&tape, x)
            } else {
                tape.constant(x)
            }
        })
        .collect();
    let shape = row.apply(&handles).shape().to_vec();
    let w = tape.constant(&cast::<T>(&irregular(&shape, 0)));
    let (y, terms) = terms(row, &handles, &w);
    let loss = terms.sum();
    let wanted: Vec<Tensor<T>> = std::iter::zip(&handles, &variable)
        .filter(|(_, v)| **v)
        .map(|(x, _)| *x)
        .collect();
    let read = |gradients: &wengert::Gradients<T>| -> Vec<Vec<T>> {
        wanted
            .iter()
            .map(|&x| gradients.wrt(x).iter().copied().collect())
            .collect()
    };
    let recorded = loss.backward_recorded();
    let parts = wanted
        .iter()
        .zip(directions(x))
        .map(|(&x, v)| (recorded.wrt(x) * v).sum());
    let second = parts.reduce(|a, b| a + b).expect("a variable").backward();
    Outcome {
        values: y.value().iter().copied().collect(),
        first: read(&loss.backward()),
        second: read(&second),
    }
}

/// All arguments have one shape here; constants enter untracked.
fn in_the_scalar_lane<T: Real>(row: Row, x: &[ArrayD<T>]) -> Outcome<T> {
    let tape = Tape::<T>::default();
    let variable = row.variables();
    let handles: Vec<Vec<Var<T>>> = std::iter::zip(x, &variable)
        .map(|(x, &variable)| {
            x.iter()
                .map(|&x| if variable { tape.var(x) } else { x.into() })
                .collect()
        })
        .collect();
    let w = cast::<T>(&irregular(x[0].shape(), 0));
    let each = w.iter().enumerate().map(|(i, &w)| {
        let arguments: Vec<Var<T>> = handles.iter().map(|x| x[i]).collect();
        terms(row, &arguments, &w.into())
    });
    let (values, losses): (Vec<Var<T>>, Vec<Var<T>>) = each.unzip();
    let loss: Var<T> = losses.iter().sum();
    let wanted: Vec<&Vec<Var<T>>> = std::iter::zip(&handles, &variable)
        .filter(|(_, v)| **v)
        .map(|(x, _)| x)
        .collect();
    let read = |gradients: &wengert::Gradients<T>| -> Vec<Vec<T>> {
        wanted.iter().map(|&x| gradients.wrt(x)).collect()
    };
    let recorded = loss.backward_recorded();
    let directions = directions(x);
    let pairs = wanted.iter().zip(&directions).flat_map(|(x, v)| x.iter().zip(v));
    let projected: Var<T> = pairs.map(|(&x, &v)| recorded.wrt(x) * Var::from(v)).sum();
    Outcome {
        values: values.iter().map(|y| y.value()).collect(),
        first: read(&loss.backward()),
        second: read(&projected.backward()),
    }
}

#[track_caller]
fn same_bits<T: Real>(name: &str, got: &Outcome<T>, want: &Outcome<T>) {
    assert_eq!(got.numbers().count(), want.numbers().count(), "{name}");
    for (i, (got, want)) in got.numbers().zip(want.numbers()).enumerate() {
        assert!(
            crate::common::same(got, want),
            "{name}: {got:e} instead of {want:e} at {i}"
        );
    }
}

/// As [`same_bits`], to rounding for rows that are [fast](Row::is_fast): the largest of a quantity's elements sets the scale.
#[track_caller]
fn agree<T: Real>(row: Row, name: &str, got: &Outcome<T>, want: &Outcome<T>) {
    if !row.is_fast() {
        return same_bits(name, got, want);
    }
    let lists = |o: &Outcome<T>| [vec![o.values.clone()], o.first.clone(), o.second.clone()].concat();
    for (got, want) in lists(got).iter().zip(lists(want)) {
        let scale = want.iter().fold(T::zero(), |m, x| m.max(x.abs()));
        for (&got, want) in got.iter().zip(want) {
            let error = ((got - want) / (scale * T::epsilon())).abs();
            assert!(
                got == want || error < T::lit(ROUNDING),
                "{name}: {got:e} instead of {want:e}, {error} ε"
            );
        }
    }
}

/// How many ε of the largest element the lanes may differ by, after an op, its cotangent and the cotangent's cotangent.
const ROUNDING: f64 = 64.0;

/// Values, gradients and Hessian-vector products of every row, at lengths up to 5.
fn lanes_agree<T: Real>() {
    let mut rng = fastrand::Rng::with_seed(11);
    for row in Row::all() {
        for n in [1, 2, 5] {
            let x = row.draw(&[&[n], &[n]], &mut rng);
            let x: Vec<ArrayD<T>> = x.iter().map(cast).collect();
            let scalars = in_the_scalar_lane(row, &x);
            let arrays = in_the_array_lane(row, &x, |tape, x| tape.tensor(x));
            agree(row, &format!("{} in {}", row.name(), T::NAME), &arrays, &scalars);
        }
    }
}

#[test]
fn the_scalar_and_the_array_lane_agree() {
    lanes_agree::<f64>();
    lanes_agree::<f32>();
}

/// How a variable of two axes comes to lie in memory.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Plain,
    Transposed,
    EveryThird,
    Backwards,
    Inner,
}

impl Layout {
    const ALL: [Self; 5] = [
        Self::Plain,
        Self::Transposed,
        Self::EveryThird,
        Self::Backwards,
        Self::Inner,
    ];

    /// A tensor with the elements of `x`, as a view of a larger one. What surrounds them is NaN, so that reading it by
    /// mistake does not go unnoticed.
    fn enter<'t>(self, tape: &'t Tape, x: &ArrayD<f64>) -> Tensor<'t> {
        let (m, n) = (x.shape()[0], x.shape()[1]);
        let around = |m, n| ArrayD::from_elem(&[m, n][..], f64::NAN);
        match self {
            Self::Plain => tape.tensor(x),
            Self::Transposed => tape.tensor(&x.t()).t(),
            Self::EveryThird => {
                let mut all = around(m, 3 * n);
                all.slice_mut(s![.., ..;3]).assign(x);
                tape.tensor(&all).slice(s![.., ..;3])
            }
            Self::Backwards => tape.tensor(&x.slice(s![..;-1, ..;-1])).slice(s![..;-1, ..;-1]),
            Self::Inner => {
                let mut all = around(m + 2, n + 3);
                all.slice_mut(s![1..-1, 2..-1]).assign(x);
                tape.tensor(&all).slice(s![1..-1, 2..-1])
            }
        }
    }
}

/// Long arrays cross the boundaries of the blocks in which strided operands are gathered (256 elements); every layout gives
/// the same bits, in odd and even shapes: those of the scalar lane, or for rows that are [fast](Row::is_fast) nearly.
#[test]
fn long_and_strided_arrays_agree_bit_for_bit() {
    let mut rng = fastrand::Rng::with_seed(12);
    for row in Row::all() {
        for shape in [[1, 1000], [2, 513], [257, 3]] {
            let x = row.draw(&[&shape, &shape], &mut rng);
            let [plain, others @ ..] =
                Layout::ALL.map(|layout| in_the_array_lane(row, &x, |tape, x| layout.enter(tape, x)));
            let name = format!("{} of {shape:?}", row.name());
            agree(row, &name, &plain, &in_the_scalar_lane(row, &x));
            for (layout, arrays) in Layout::ALL[1..].iter().zip(&others) {
                same_bits(&format!("{name}, {layout:?}"), arrays, &plain);
            }
        }
    }
}

/// Long operands that are repeated or transposed against each other: the value is that of the operands copied out, and the
/// gradient is theirs, summed over the repetitions (to rounding, since the order of the additions differs).
#[test]
fn long_broadcast_arrays_agree_with_copies() {
    let mut rng = fastrand::Rng::with_seed(13);
    let full = [3, 400];
    for row in Row::all().filter(|row| row.variables() == [true, true]) {
        for shapes in [
            [&[3, 1][..], &[1, 400]],
            [&[400], &[3, 1]],
            [&[3, 400], &[]],
            [&[1], &[3, 400]],
        ] {
            let x = row.draw(&shapes, &mut rng);
            let copies: Vec<ArrayD<f64>> = x
                .iter()
                .map(|x| x.broadcast(&full[..]).expect("fits").to_owned())
                .collect();
            let got = in_the_array_lane(row, &x, |tape, x| tape.tensor(x));
            let want = in_the_array_lane(row, &copies, |tape, x| tape.tensor(x));
            assert_eq!(got.values, want.values, "{}", row.name());
            for (k, x) in x.iter().enumerate() {
                let sums = summed_to(x.shape(), &want.first[k], &full);
                for (got, (sum, size)) in got.first[k].iter().zip(sums) {
                    // The error of a sum in any order: n·ε times the sum of sizes; a random walk stays far below.
                    let error = (got - sum).abs() / size;
                    assert!(
                        error < 1e-14,
                        "{}, argument {k}: {got:e} instead of {sum:e}",
                        row.name()
                    );
                }
            }
        }
    }
}

/// Sums over repeated axes by a plain loop, each with the sum of its terms' sizes (and a little more, against 0/0).
fn summed_to(shape: &[usize], g: &[f64], full: &[usize; 2]) -> Vec<(f64, f64)> {
    let rows = if shape.len() == 2 { shape[0] } else { 1 };
    let columns = shape.last().copied().unwrap_or(1);
    let mut sums = vec![(0.0, 1e-3); rows * columns];
    for (i, g) in g.iter().enumerate() {
        let (row, column) = (i / full[1], i % full[1]);
        let (sum, size) = &mut sums[row % rows * columns + column % columns];
        *sum += g;
        *size += g.abs();
    }
    sums
}

/// `f32` gives what `f64` gives at the same points, to a few hundred units of its rounding (6e-8): the sine of a cube turns
/// by −1.3·8 with a slope of −1.3·12, which is how much the rounding of the op's value is amplified at most.
#[test]
fn f32_follows_f64() {
    let mut rng = fastrand::Rng::with_seed(14);
    let mut worst = [0.0_f64; 2];
    for row in Row::all() {
        let x = row.draw(&[&[40], &[40]], &mut rng);
        let short: Vec<ArrayD<f32>> = x.iter().map(cast).collect();
        let rounded: Vec<ArrayD<f64>> = short.iter().map(|x| x.mapv(f64::from)).collect();
        let got = in_the_array_lane(row, &short, |tape, x| tape.tensor(x));
        let want = in_the_array_lane(row, &rounded, |tape, x| tape.tensor(x));
        for (order, got, want) in [(0, &got.first, &want.first), (1, &got.second, &want.second)] {
            for (&got, &want) in got.iter().flatten().zip(want.iter().flatten()) {
                let error = (f64::from(got) - want).abs() / want.abs().max(1.0);
                worst[order] = worst[order].max(error);
                let allowed = [5e-5, 5e-4][order];
                assert!(
                    error < allowed,
                    "{}, order {}: {got:e} instead of {want:e}",
                    row.name(),
                    order + 1
                );
            }
        }
    }
    println!(
        "f32 against f64: largest errors {:.1e} and {:.1e}",
        worst[0], worst[1]
    );
}

/// The plain reading of an array (no tape) gives the value that the tape's array lane gives.
#[test]
fn plain_arrays_give_the_values_of_the_tape() {
    let mut rng = fastrand::Rng::with_seed(15);
    for row in Row::all() {
        let x = row.draw(&[&[2, 300], &[2, 300]], &mut rng);
        let tape = Tape::new();
        for layout in Layout::ALL {
            let tensors: Vec<Tensor> = x.iter().map(|x| layout.enter(&tape, x)).collect();
            let dense: Vec<Term<Dense<f64>>> = x.iter().map(|x| Term::new(Dense::from(x))).collect();
            let want = row.apply(&dense).into_inner();
            assert_eq!(
                row.apply(&tensors).value(),
                want.view(),
                "{}, {layout:?}",
                row.name()
            );
        }
    }
}
