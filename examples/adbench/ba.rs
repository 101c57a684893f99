//! Bundle adjustment: where cameras see points, and the Jacobian of the errors as blocks.
//!
//! A camera is its rotation r (axis times angle), centre C, focal length f, principal point p₀ and two coefficients of radial
//! distortion. It sees the point X at p, where with y = X − C turned by r to Y and u = (Y₀, Y₁)/Y₂
//!
//!     p = u·(1 + k₁|u|² + k₂|u|⁴)·f + p₀
//!
//! and an observation of weight w contributes the errors w·(p − feature) and 1 − w². They depend on 15 numbers: those of its
//! camera, its point and its weight. So the Jacobian consists of blocks of 3 × 15.

use super::data::{Derivative, Failure, Words, text};
use ndarray::{Array1, Array2, Axis, s};
use num_traits::Float;
use std::path::Path;
use wengert::grad::{Mode, value_and_jacobian};
use wengert::{Tape, Tensor};

pub(crate) struct Scene {
    /// n × 11.
    cameras: Array2<f64>,
    /// m × 3.
    points: Array2<f64>,
    weights: Array1<f64>,
    /// Where in its picture an observation is.
    features: Array2<f64>,
    /// Of each observation the numbers of its camera and of its point.
    camera_of: Vec<usize>,
    point_of: Vec<usize>,
}

impl Scene {
    /// One camera, point, weight and feature, which are repeated.
    pub(crate) fn read_repeated(folder: &Path, name: &str) -> Result<Self, Failure> {
        let text = text(folder, &format!("{name}.txt"))?;
        let mut words = Words::of(&text);
        let (n, m, p): (usize, usize, usize) = (words.next()?, words.next()?, words.next()?);
        let mut row = |width: usize, times: usize| -> Result<Array2<f64>, Failure> {
            let row = words.matrix(1, width)?;
            Ok(row.broadcast((times, width)).ok_or("rows")?.to_owned())
        };
        Ok(Self {
            cameras: row(11, n)?,
            points: row(3, m)?,
            weights: row(1, p)?.column(0).to_owned(),
            features: row(2, p)?,
            camera_of: (0..p).map(|i| i % n).collect(),
            point_of: (0..p).map(|i| i % m).collect(),
        })
    }

    /// Cameras and points, all different, and a line for each observation: camera, point, weight, feature.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, Failure> {
        let text = text(folder, &format!("{name}.txt"))?;
        let mut words = Words::of(&text);
        let (n, m, p): (usize, usize, usize) = (words.next()?, words.next()?, words.next()?);
        let (cameras, points) = (words.matrix(n, 11)?, words.matrix(m, 3)?);
        let (mut weights, mut features) = (Array1::zeros(p), Array2::zeros((p, 2)));
        let (mut camera_of, mut point_of) = (Vec::new(), Vec::new());
        for i in 0..p {
            camera_of.push(words.next()?);
            point_of.push(words.next()?);
            weights[i] = words.next()?;
            features[[i, 0]] = words.next()?;
            features[[i, 1]] = words.next()?;
        }
        Ok(Self {
            cameras,
            points,
            weights,
            features,
            camera_of,
            point_of,
        })
    }

    pub(crate) fn observations(&self) -> usize {
        self.weights.len()
    }

    /// Block by block, on one small tape: a reverse sweep for each of its rows.
    pub(crate) fn by_scalars(&self, tape: &mut Tape) -> Derivative {
        let p = self.observations();
        let mut values = Vec::with_capacity(3 * p);
        let mut jacobian = Array2::zeros((3 * p, 15));
        let blocks = jacobian.axis_chunks_iter_mut(Axis(0), 3);
        for (i, mut block) in blocks.into_iter().enumerate() {
            tape.clear();
            let mut at = [0.0; 15];
            let camera = self.cameras.row(self.camera_of[i]);
            let point = self.points.row(self.point_of[i]);
            let all = camera.iter().chain(point).chain([&self.weights[i]]);
            at.iter_mut().zip(all).for_each(|(at, &x)| *at = x);
            let feature = [self.features[[i, 0]], self.features[[i, 1]]];
            let (errors, rows) = value_and_jacobian(tape, |at| errors(&at, feature), &at, Mode::Backward);
            values.extend(errors);
            block.assign(&rows);
        }
        Derivative { values, jacobian }
    }

    /// All observations at once. An error depends on its own observation only, so that one sweep from the sum of all
    /// horizontal errors gives the first row of every block.
    pub(crate) fn by_arrays(&self, tape: &mut Tape) -> Derivative {
        tape.clear();
        let cameras = tape.tensor(&self.cameras).take(0, &self.camera_of);
        let points = tape.tensor(&self.points).take(0, &self.point_of);
        let weights = tape.tensor(&self.weights).insert_axis(1);
        let errors = errors_of_arrays(tape, cameras, points, weights, &self.features);
        let mut jacobian = Array2::zeros((3 * self.observations(), 15));
        let parts = [(cameras, 0..11), (points, 11..14), (weights, 14..15)];
        for row in 0..3 {
            let gradients = errors.slice(s![.., row]).sum().backward();
            for (part, columns) in &parts {
                if let Some(gradient) = gradients.get(*part) {
                    let mut block = jacobian.slice_mut(s![row..;3, columns.clone()]);
                    block.assign(&gradient);
                }
            }
        }
        let values = errors.value().iter().copied().collect();
        Derivative { values, jacobian }
    }
}

/// The errors of one observation: `at` is its camera, its point and its weight.
fn errors<F: Float>(at: &[F; 15], feature: [f64; 2]) -> [F; 3] {
    let number = |x: f64| F::from(x).expect("a number");
    let &[r0, r1, r2, c0, c1, c2, f, u0, v0, k1, k2, x0, x1, x2, weight] = at;
    let y = rotated([r0, r1, r2], [x0 - c0, x1 - c1, x2 - c2]);
    let u = [y[0] / y[2], y[1] / y[2]];
    let s = dot(u, u);
    let scale = (F::one() + s * (k1 + k2 * s)) * f;
    let error = |u: F, centre: F, feature: f64| weight * (u * scale + centre - number(feature));
    [
        error(u[0], u0, feature[0]),
        error(u[1], v0, feature[1]),
        F::one() - weight * weight,
    ]
}

/// `x` turned around the axis `r` by the angle |r| (Rodrigues' formula).
fn rotated<F: Float>(r: [F; 3], x: [F; 3]) -> [F; 3] {
    let square = dot(r, r);
    if square.is_zero() {
        let across = cross(r, x);
        return [0, 1, 2].map(|i| x[i] + across[i]);
    }
    let angle = square.sqrt();
    let axis = r.map(|r| r / angle);
    let (sin, cos) = angle.sin_cos();
    let across = cross(axis, x);
    let along = dot(axis, x) * (F::one() - cos);
    [0, 1, 2].map(|i| x[i] * cos + across[i] * sin + axis[i] * along)
}

fn dot<F: Float, const N: usize>(a: [F; N], b: [F; N]) -> F {
    let products = a.into_iter().zip(b).map(|(a, b)| a * b);
    products.reduce(|a, b| a + b).unwrap_or_else(F::zero)
}

fn cross<F: Float>(a: [F; 3], b: [F; 3]) -> [F; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// The errors of all observations, three in a row.
fn errors_of_arrays<'t>(
    tape: &'t Tape,
    cameras: Tensor<'t>,
    points: Tensor<'t>,
    weights: Tensor<'t>,
    features: &Array2<f64>,
) -> Tensor<'t> {
    let columns = |from: usize, to: usize| cameras.slice(s![.., from..to]);
    let y = rotated_rows(columns(0, 3), points - columns(3, 6));
    let u = y.slice(s![.., ..2]) / y.slice(s![.., 2..]);
    let s = u.square().sum_keep([1]);
    let scale = (1 + s * (columns(9, 10) + columns(10, 11) * s)) * columns(6, 7);
    let seen = u * scale + columns(7, 9);
    let errors = weights * (seen - tape.constant(features));
    Tensor::concat(&[errors, 1 - weights.square()], 1)
}

/// As [`rotated`], for each row. Both formulas are computed everywhere: nothing comes back through the one that is not taken,
/// though at r = 0 the first divides by 0.
fn rotated_rows<'t>(r: Tensor<'t>, x: Tensor<'t>) -> Tensor<'t> {
    let square = r.square().sum_keep([1]);
    let angle = square.sqrt();
    let axis = r / angle;
    let along = axis.vecdot(&x).insert_axis(1) * (1 - angle.cos());
    let turned = x * angle.cos() + axis.cross(&x) * angle.sin() + axis * along;
    square.select(turned, x + r.cross(&x))
}
