//! Hand tracking: a skinned model of a hand against points that were measured, and the Jacobian of the distances.
//!
//! 26 parameters θ, the hand's rotation and place and four angles a finger, move 22 bones; each vertex x of the mesh follows
//! its bones with weights, Σᵢ wᵢ·Tᵢ·[x; 1], and then the hand. In the *simple* problem a point belongs to a vertex; in the
//! *complicated* one to a place in a triangle, whose coordinates u are unknown as well: two for each point.
//!
//! There are few inputs and many outputs, so the Jacobian is computed forwards, a sweep for each column. A point's u has an
//! influence on its own three distances only, so all u₀ share a column, and all u₁: it is the derivative along a shift of all
//! places.

use super::data::{Derivative, Failure, Words, text};
use ndarray::{Array1, Array2, arr2, s};
use num_traits::Float;
use std::path::Path;
use wengert::grad::{Mode, value_and_jacobian};
use wengert::{Tape, Tensor, Var};

/// An affine map: its linear part and, in the last column, its offset.
type Map<F> = [[F; 4]; 3];

const BONES: usize = 22;

struct Bone {
    parent: Option<usize>,
    /// From the bone's coordinates to its parent's, at rest.
    relative: Map<f64>,
    /// From the hand's coordinates to the bone's, at rest.
    inverse: Map<f64>,
}

pub(crate) struct Hand {
    bones: Vec<Bone>,
    /// M × 3.
    vertices: Array2<f64>,
    /// M × bones.
    weights: Array2<f64>,
    /// The point measured at each correspondence.
    points: Array2<f64>,
    /// The vertices at each correspondence, one or three.
    corners: Vec<Vec<usize>>,
    /// The place in the triangle; no columns in the simple problem.
    places: Array2<f64>,
    theta: Array1<f64>,
}

impl Hand {
    pub(crate) fn read(folder: &Path, name: &str, is_simple: bool) -> Result<Self, Failure> {
        let read = |file: &str| text(&folder.join("model_small"), file);
        let mut bones = Vec::new();
        for line in read("bones.txt")?.lines() {
            let (_name, numbers) = line.split_once(':').ok_or("a bone without a name")?;
            let mut words = Words::of(numbers);
            let parent: isize = words.next()?;
            let mut map = || -> Result<Map<f64>, Failure> {
                let m = words.matrix(4, 4)?;
                Ok([0, 1, 2].map(|i| [0, 1, 2, 3].map(|j| m[[i, j]])))
            };
            bones.push(Bone {
                parent: usize::try_from(parent).ok(),
                relative: map()?,
                inverse: map()?,
            });
        }
        let mesh = read("vertices.txt")?;
        let count = mesh.lines().count();
        let (mut vertices, mut weights) = (Array2::zeros((count, 3)), Array2::zeros((count, BONES)));
        for (j, line) in mesh.lines().enumerate() {
            let mut words = Words::of(line);
            let vertex: Vec<f64> = words.list(8)?;
            vertices.row_mut(j).assign(&Array1::from(vertex[..3].to_vec()));
            for _ in 0..words.next()? {
                let bone: usize = words.next()?;
                weights[[j, bone]] = words.next()?;
            }
        }
        let triangles: Result<Vec<Vec<usize>>, _> = match is_simple {
            true => (0..count).map(|j| Ok(vec![j])).collect(),
            false => read("triangles.txt")?
                .lines()
                .map(|line| Words::of(line).list(3))
                .collect(),
        };
        let (triangles, instance) = (triangles?, text(folder, &format!("{name}.txt"))?);
        let mut words = Words::of(&instance);
        let (n, n_theta): (usize, usize) = (words.next()?, words.next()?);
        let (mut corners, mut points) = (Vec::new(), Array2::zeros((n, 3)));
        for mut point in points.rows_mut() {
            let at: usize = words.next()?;
            corners.push(triangles[at].clone());
            point.assign(&Array1::from(words.list(3)?));
        }
        Ok(Self {
            bones,
            vertices,
            weights,
            points,
            corners,
            places: words.matrix(n, if is_simple { 0 } else { 2 })?,
            theta: Array1::from(words.list(n_theta)?),
        })
    }

    /// The distances for numbers of any kind, three for each point, where all places in triangles are shifted.
    fn distances<F: Float>(&self, theta: &[F], shift: &[F]) -> Vec<F> {
        let number = |x: f64| F::from(x).expect("a number");
        let maps = self.maps(theta);
        let turn = rotation([theta[0], theta[1], theta[2]]);
        let vertex = |j: usize| -> [F; 3] {
            let x = self.vertices.row(j);
            let mut z = [F::zero(); 3];
            let bones = self.weights.row(j).into_iter().zip(&maps);
            for (&w, map) in bones.filter(|(w, _)| **w != 0.0) {
                for (z, row) in z.iter_mut().zip(map) {
                    let moved =
                        row[0] * number(x[0]) + row[1] * number(x[1]) + row[2] * number(x[2]) + row[3];
                    *z = *z + moved * number(w);
                }
            }
            [0, 1, 2].map(|a| turn[a][0] * z[0] + turn[a][1] * z[1] + turn[a][2] * z[2] + theta[3 + a])
        };
        let mut distances = Vec::with_capacity(self.points.len());
        for (q, (corners, point)) in self.corners.iter().zip(self.points.rows()).enumerate() {
            let at = match corners[..] {
                [a, b, c] => {
                    let [u, v] = [0, 1].map(|k| shift[k] + number(self.places[[q, k]]));
                    let (a, b, c) = (vertex(a), vertex(b), vertex(c));
                    [0, 1, 2].map(|i| u * a[i] + v * b[i] + (F::one() - u - v) * c[i])
                }
                _ => vertex(corners[0]),
            };
            distances.extend(point.iter().zip(at).map(|(&p, at)| number(p) - at));
        }
        distances
    }

    /// How each bone moves the vertices that hang on it.
    fn maps<F: Float>(&self, theta: &[F]) -> Vec<Map<F>> {
        let mut absolute: Vec<Map<F>> = Vec::with_capacity(BONES);
        for (i, bone) in self.bones.iter().enumerate() {
            let mut map = constant(&bone.relative);
            if let Some((flexion, abduction)) = angles(i) {
                let abduction = abduction.map_or(F::zero(), |k| theta[k]);
                map = composed(&map, &joint(theta[flexion], abduction));
            }
            absolute.push(match bone.parent {
                Some(parent) => composed(&absolute[parent], &map),
                None => map,
            });
        }
        let all = absolute.iter().zip(&self.bones);
        all.map(|(map, bone)| composed(map, &constant(&bone.inverse)))
            .collect()
    }

    /// The Jacobian by scalars.
    pub(crate) fn by_scalars(&self, tape: &mut Tape) -> Derivative {
        tape.clear();
        let point = (vec![0.0; self.places.ncols()], self.theta.to_vec());
        let (values, jacobian) = value_and_jacobian(
            tape,
            |(shift, theta)| self.distances(&theta, &shift),
            &point,
            Mode::Forward,
        );
        Derivative { values, jacobian }
    }

    /// The distances for arrays, three in a row.
    fn distances_of_arrays<'t>(&self, tape: &'t Tape, theta: Tensor<'t>, shift: Tensor<'t>) -> Tensor<'t> {
        let at: Vec<Var> = (0..self.theta.len()).map(|k| theta.at([k])).collect();
        // All vertices in one product, [wᵢ·x, wᵢ]ᵢ · [Tᵢᵀ]ᵢ.
        let maps = Tensor::stack(&self.maps_of_arrays(tape, &at), 0);
        let maps = maps.transpose_last().reshape([BONES * 4, 3]);
        let turn = tape.stack(rotation([at[0], at[1], at[2]]).as_flattened());
        let (turn, centre) = (turn.reshape([3, 3]), theta.slice(s![3..6]));
        let corner = |k: usize| -> Tensor<'t> {
            let mut rows = Array2::zeros((self.corners.len(), BONES * 4));
            for (mut row, corners) in rows.rows_mut().into_iter().zip(&self.corners) {
                let (x, w) = (self.vertices.row(corners[k]), self.weights.row(corners[k]));
                let parts = w.iter().flat_map(|w| [w * x[0], w * x[1], w * x[2], *w]);
                row.assign(&parts.collect::<Array1<f64>>());
            }
            tape.constant(&rows).matmul(&maps).matmul(&turn.t()) + centre
        };
        let at = match self.corners[0].len() {
            1 => corner(0),
            _ => {
                let places = tape.constant(&self.places) + shift;
                let (u, v) = (places.slice(s![.., ..1]), places.slice(s![.., 1..]));
                u * corner(0) + v * corner(1) + (1 - u - v) * corner(2)
            }
        };
        tape.constant(&self.points) - at
    }

    /// As [`Self::maps`], each a matrix of 3 × 4.
    fn maps_of_arrays<'t>(&self, tape: &'t Tape, theta: &[Var<'t>]) -> Vec<Tensor<'t>> {
        let square = |map: &Map<f64>| {
            let last = [0.0, 0.0, 0.0, 1.0];
            tape.constant(&arr2(&[map[0], map[1], map[2], last]))
        };
        let mut absolute: Vec<Tensor<'t>> = Vec::with_capacity(BONES);
        for (i, bone) in self.bones.iter().enumerate() {
            let mut map = square(&bone.relative);
            if let Some((flexion, abduction)) = angles(i) {
                let abduction = abduction.map_or(0.0.into(), |k| theta[k]);
                let [a, b, c] = joint(theta[flexion], abduction);
                let last = [0.0, 0.0, 0.0, 1.0].map(Var::from);
                let turn = tape.stack([a, b, c, last].as_flattened()).reshape([4, 4]);
                map = map.matmul(&turn);
            }
            absolute.push(match bone.parent {
                Some(parent) => absolute[parent].matmul(&map),
                None => map,
            });
        }
        let all = absolute.iter().zip(&self.bones);
        all.map(|(map, bone)| map.slice(s![..3, ..]).matmul(&square(&bone.inverse)))
            .collect()
    }

    /// The Jacobian by arrays.
    pub(crate) fn by_arrays(&self, tape: &mut Tape) -> Derivative {
        tape.clear();
        let point = (Array1::zeros(self.places.ncols()), self.theta.clone());
        let f = |(shift, theta)| self.distances_of_arrays(tape, theta, shift);
        let (values, jacobian) = value_and_jacobian(tape, f, &point, Mode::Forward);
        Derivative {
            values: values.into_iter().collect(),
            jacobian,
        }
    }
}

/// The numbers of the angles at bone `i`, if it turns: flexion, and abduction for a finger's second bone.
fn angles(i: usize) -> Option<(usize, Option<usize>)> {
    let (finger, bone) = (i.checked_sub(1)? / 4, (i - 1) % 4);
    let first = 6 + 4 * finger;
    match bone {
        1 if finger < 5 => Some((first, Some(first + 1))),
        2 | 3 if finger < 5 => Some((first + bone, None)),
        _ => None,
    }
}

/// Rz(abduction)·Rx(flexion).
fn joint<F: Float>(flexion: F, abduction: F) -> Map<F> {
    let ((sa, ca), (sb, cb), zero) = (flexion.sin_cos(), abduction.sin_cos(), F::zero());
    [
        [cb, -(sb * ca), sb * sa, zero],
        [sb, cb * ca, -(cb * sa), zero],
        [zero, sa, ca, zero],
    ]
}

/// The rotation around the axis `r` by the angle |r|.
fn rotation<F: Float>(r: [F; 3]) -> [[F; 3]; 3] {
    let (zero, one) = (F::zero(), F::one());
    let angle = (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]).sqrt();
    if angle < F::from(1e-4).expect("a number") {
        return [[one, zero, zero], [zero, one, zero], [zero, zero, one]];
    }
    let [x, y, z] = r.map(|r| r / angle);
    let (s, c) = angle.sin_cos();
    let t = one - c;
    [
        [x * x + (one - x * x) * c, x * y * t - z * s, x * z * t + y * s],
        [x * y * t + z * s, y * y + (one - y * y) * c, y * z * t - x * s],
        [x * z * t - y * s, z * y * t + x * s, z * z + (one - z * z) * c],
    ]
}

fn constant<F: Float>(map: &Map<f64>) -> Map<F> {
    map.map(|row| row.map(|x| F::from(x).expect("a number")))
}

/// a∘b.
fn composed<F: Float>(a: &Map<F>, b: &Map<F>) -> Map<F> {
    a.map(|a| {
        let column = |j: usize| a[0] * b[0][j] + a[1] * b[1][j] + a[2] * b[2][j];
        [column(0), column(1), column(2), column(3) + a[3]]
    })
}
