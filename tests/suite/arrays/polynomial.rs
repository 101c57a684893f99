//! Functions that are sums of products of their operands' elements, written out term by term: what every op that moves,
//! adds and multiplies elements is. Values, first derivatives and Hessian-vector products come from the list of terms by
//! plain loops, without the engine.

use super::build;
use crate::common::inputs::{irregular, widen};
use ndarray::{ArrayD, SliceInfoElem};
use proptest::prelude::*;
use wengert::{Tape, Tensor};

/// A result with this shape, whose elements are constants plus products of operands' elements.
pub(crate) struct Polynomial {
    pub(crate) shape: Vec<usize>,
    pub(crate) constants: Vec<f64>,
    /// The number of a result's element; for each factor the operand and its element's number.
    pub(crate) terms: Vec<(usize, Vec<(usize, usize)>)>,
}

/// The place of an index in row-major order, by counting.
pub(crate) fn number(shape: &[usize], index: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |number, (i, n)| number * n + i)
}

impl Polynomial {
    /// No terms yet.
    pub(crate) fn of_shape(shape: &[usize]) -> Self {
        let constants = vec![0.0; shape.iter().product()];
        let (shape, terms) = (shape.to_vec(), vec![]);
        Self {
            shape,
            constants,
            terms,
        }
    }

    /// Each element of the result is one element of the operands, or a constant.
    pub(crate) fn moving(
        shape: &[usize],
        inputs: &[ArrayD<f64>],
        source: impl Fn(&[usize]) -> Result<(usize, Vec<usize>), f64>,
    ) -> Self {
        let mut all = Self::of_shape(shape);
        for (i, index) in crate::common::inputs::indices(shape).iter().enumerate() {
            match source(index) {
                Ok((k, from)) => {
                    let at = number(inputs[k].shape(), &from);
                    all.terms.push((i, vec![(k, at)]));
                }
                Err(constant) => all.constants[i] = constant,
            }
        }
        all
    }

    fn values(&self, x: &[Vec<f64>]) -> Vec<f64> {
        let mut y = self.constants.clone();
        for (i, factors) in &self.terms {
            y[*i] += factors.iter().map(|&(k, e)| x[k][e]).product::<f64>();
        }
        y
    }

    /// Cotangents of the operands, given one of the result, and their change along `v`, given that of the cotangent.
    fn pulled(&self, x: &[Vec<f64>], g: &[f64], v: &[Vec<f64>], change: &[f64]) -> [Vec<Vec<f64>>; 2] {
        let zeros = || -> Vec<Vec<f64>> { x.iter().map(|x| vec![0.0; x.len()]).collect() };
        let (mut slopes, mut changes) = (zeros(), zeros());
        for (i, factors) in &self.terms {
            for (p, &(k, e)) in factors.iter().enumerate() {
                let others = || factors.iter().enumerate().filter(|&(q, _)| q != p);
                let rest: f64 = others().map(|(_, &(l, f))| x[l][f]).product();
                slopes[k][e] += g[*i] * rest;
                changes[k][e] += change[*i] * rest;
                for (q, &(l, f)) in others() {
                    let third = others().filter(|&(r, _)| r != q);
                    let third: f64 = third.map(|(_, &(m, h))| x[m][h]).product();
                    changes[k][e] += g[*i] * third * v[l][f];
                }
            }
        }
        [slopes, changes]
    }

    /// How the result changes along `v`.
    fn pushed(&self, x: &[Vec<f64>], v: &[Vec<f64>]) -> Vec<f64> {
        let mut y = vec![0.0; self.constants.len()];
        for (i, factors) in &self.terms {
            for (p, &(k, e)) in factors.iter().enumerate() {
                let others = factors.iter().enumerate().filter(|&(q, _)| q != p);
                y[*i] += v[k][e] * others.map(|(_, &(l, f))| x[l][f]).product::<f64>();
            }
        }
        y
    }
}

/// How an operand lies in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layout {
    Plain,
    Reversed,
    Stepped,
    Backwards,
}

pub(crate) fn layouts() -> impl Strategy<Value = Layout> {
    prop_oneof![
        Just(Layout::Plain),
        Just(Layout::Reversed),
        Just(Layout::Stepped),
        Just(Layout::Backwards)
    ]
}

impl Layout {
    /// A tensor with the elements of `x`, as a view of another that is on the tape.
    pub(crate) fn enter<'t>(self, tape: &'t Tape, x: &ArrayD<f64>) -> Tensor<'t> {
        let back: Vec<usize> = (0..x.ndim()).rev().collect();
        match self {
            Self::Plain => tape.tensor(x),
            Self::Reversed => tape.tensor(&x.t()).permute(back),
            Self::Stepped | Self::Backwards => {
                let backwards = matches!(self, Self::Backwards);
                // Every other element of a larger array, from the second on.
                let larger: Vec<usize> = x.shape().iter().map(|n| 2 * n + 1).collect();
                let place = |i: usize, n: usize| if backwards && i < n { n - 1 - i } else { i };
                let wide = build(&larger, |index| {
                    let own = index.iter().zip(x.shape());
                    let inside = own.clone().all(|(&i, &n)| i % 2 == 1 && i / 2 < n);
                    let own: Vec<usize> = own.map(|(&i, &n)| place(i / 2, n)).collect();
                    if inside { x[&own[..]] } else { f64::NAN }
                });
                let step = if backwards { -2 } else { 2 };
                let range = |&n: &usize| SliceInfoElem::Slice {
                    start: 1,
                    end: Some(2 * n as isize),
                    step,
                };
                let info: Vec<SliceInfoElem> = x.shape().iter().map(range).collect();
                tape.tensor(&wide).slice(info)
            }
        }
    }
}

#[track_caller]
fn near(name: &str, got: impl Iterator<Item = f64>, want: &[f64]) {
    let got: Vec<f64> = got.collect();
    assert_eq!(got.len(), want.len(), "{name}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs() / want.abs().max(1.0);
        assert!(error <= 1e-12, "{name}, element {i}: {got:e} instead of {want:e}");
    }
}

/// Compares a function with its polynomial: value, gradient and Hessian-vector product of Σ w·sin(y), for operands that
/// are views of something else, and all of it once more with one operand after the other untracked.
#[track_caller]
pub(crate) fn agrees(
    name: &str,
    inputs: &[(ArrayD<f64>, Layout)],
    polynomial: &Polynomial,
    f: impl for<'t> Fn(&'t Tape, &[Tensor<'t>]) -> Tensor<'t>,
) {
    let flat: Vec<Vec<f64>> = inputs.iter().map(|(x, _)| x.iter().copied().collect()).collect();
    let directions: Vec<ArrayD<f64>> = inputs
        .iter()
        .enumerate()
        .map(|(k, (x, _))| irregular(x.shape(), 7 + k))
        .collect();
    let y = polynomial.values(&flat);
    let weights = irregular(&polynomial.shape, 3);
    let w: Vec<f64> = weights.iter().copied().collect();
    for untracked in std::iter::once(None).chain((0..inputs.len()).map(Some)) {
        let tape = Tape::new();
        let tracked = |k: usize| untracked != Some(k);
        let x: Vec<Tensor> = inputs
            .iter()
            .enumerate()
            .map(|(k, (x, layout))| {
                let x = layout.enter(&tape, x);
                if tracked(k) { x } else { x.detach() }
            })
            .collect();
        let v: Vec<Vec<f64>> = directions
            .iter()
            .enumerate()
            .map(|(k, v)| v.iter().map(|&v| if tracked(k) { v } else { 0.0 }).collect())
            .collect();
        let result = f(&tape, &x);
        assert_eq!(result.shape(), polynomial.shape, "{name}");
        near(
            &format!("{name}: value"),
            result.value().iter().copied().map(widen),
            &y,
        );
        let loss = (result.sin() * &weights).sum();
        let change = polynomial.pushed(&flat, &v);
        let g: Vec<f64> = w.iter().zip(&y).map(|(w, y)| w * y.cos()).collect();
        let dg: Vec<f64> = (0..y.len()).map(|i| -w[i] * y[i].sin() * change[i]).collect();
        let [slopes, changes] = polynomial.pulled(&flat, &g, &v, &dg);
        let gradients = loss.backward();
        let recorded = loss.backward_recorded();
        let along = (0..x.len()).filter(|&k| tracked(k)).filter_map(|k| {
            let g = recorded.get(x[k])?;
            Some((g * &directions[k]).sum())
        });
        let along: wengert::Var = along.sum();
        for k in (0..x.len()).filter(|&k| tracked(k)) {
            if let Some(g) = gradients.get(x[k]) {
                near(&format!("{name}: gradient of {k}"), g.iter().copied(), &slopes[k]);
            } else {
                assert!(slopes[k].iter().all(|&s| s == 0.0), "{name}: no gradient of {k}");
            }
            if along.is_tracked() {
                let second = along.backward();
                let second = second
                    .get(x[k])
                    .map_or(vec![0.0; flat[k].len()], |g| g.iter().copied().collect());
                near(&format!("{name}: H·v of {k}"), second.into_iter(), &changes[k]);
            }
        }
    }
}
