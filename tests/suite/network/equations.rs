//! The four equations, in plain ndarray.

use super::{Case, Loss};
use ndarray::{Array1, Array2, Axis};
use wengert::nn::Activation;

/// What the equations give for one layer.
pub(crate) struct ByHand {
    pub(crate) z: Array2<f64>,
    pub(crate) delta: Array2<f64>,
    pub(crate) weight: Array2<f64>,
    pub(crate) bias: Array1<f64>,
}

/// σ and σ′, each by a formula of its own.
fn sigma(activation: Activation, z: f64) -> (f64, f64) {
    match activation {
        Activation::Identity => (z, 1.0),
        Activation::Tanh => (z.tanh(), 1.0 / (z.cosh() * z.cosh())),
        Activation::Sigmoid => (1.0 / (1.0 + (-z).exp()), 1.0 / (2.0 + z.exp() + (-z).exp())),
        Activation::Relu => (z.max(0.0), if z > 0.0 { 1.0 } else { 0.0 }),
        Activation::Softplus => (z.exp().ln_1p(), 1.0 / (1.0 + (-z).exp())),
        other => unreachable!("{other:?} has no formula here"),
    }
}

/// The four equations. The second result has the same form and bounds the size of the terms that were added up:
/// sums of absolute values, the natural unit of the first's rounding errors. In it σ′ is at least `least`: what the
/// engine computes as 1 − tanh² z is exact to an ulp of 1, not of σ′ (conventions.md says so).
pub(crate) fn by_hand(
    case: &Case,
    layers: &[(Array2<f64>, Array1<f64>)],
    x: &Array2<f64>,
    target: &Array2<f64>,
    labels: &[usize],
    least: f64,
) -> [Vec<ByHand>; 2] {
    let depth = layers.len();
    let activation = |l: usize| match l + 1 < depth || case.last {
        true => case.activation,
        false => Activation::Identity,
    };
    let (mut z, mut a) = (Vec::new(), [vec![x.clone()], vec![x.mapv(f64::abs)]]);
    for (l, (w, b)) in layers.iter().enumerate() {
        z.push(a[0][l].dot(w) + b);
        a[0].push(z[l].mapv(|z| sigma(activation(l), z).0));
        let mut size = a[1][l].dot(&w.mapv(f64::abs)) + b.mapv(f64::abs);
        size.zip_mut_with(&z[l], |s, &z| {
            *s = *s * sigma(activation(l), z).1 + sigma(activation(l), z).0.abs()
        });
        a[1].push(size);
    }
    let (rows, columns) = (case.batch as f64, target.ncols() as f64);
    [0, 1].map(|size| {
        let value = |x: f64| if size == 0 { x } else { x.abs() };
        let mut side = match case.loss {
            // ∇ₐC of the mean of (a − t)².
            Loss::MeanSquaredError => {
                (&a[size][depth] + target.mapv(|t| value(-t))) * (2.0 / (rows * columns))
            }
            // ∇ₐC = (softmax(a) − onehot) / rows.
            Loss::CrossEntropy => Array2::from_shape_fn(target.raw_dim(), |(i, j)| {
                let row = a[0][depth].row(i);
                let softmax = row[j].exp() / row.mapv(f64::exp).sum();
                (softmax + value(if labels[i] == j { -1.0 } else { 0.0 })) / rows
            }),
        };
        let mut out = Vec::new();
        for l in (0..depth).rev() {
            let slope = |z| sigma(activation(l), z).1.max(size as f64 * least);
            let delta = side * z[l].mapv(slope); // BP1, BP2
            side = delta.dot(&layers[l].0.mapv(value).t());
            out.push(ByHand {
                weight: a[size][l].t().dot(&delta), // BP4
                bias: delta.sum_axis(Axis(0)),      // BP3
                z: z[l].clone(),
                delta,
            });
        }
        out.reverse();
        out
    })
}
