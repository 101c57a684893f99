//! The loss around a function under test, and its derivatives by the engine.

use super::{Fault, Function, Kind, alike, inputs::irregular, near};
use ndarray::ArrayD;
use wengert::{Tape, Tensor, Var};

/// The factor between the function and the sine that follows it, for results between −2 and 2. It is made smaller for larger
/// ones, so that the sine does not turn many times between two points of a difference.
const COEFFICIENT: f64 = -1.3;
/// How much the line in front of the function is bent.
const BEND: f64 = 0.02;

type Arrays = Vec<ArrayD<f64>>;

/// A function with the weights of its results in the loss.
pub(crate) struct Probe<'f> {
    f: &'f dyn Function,
    shape: Vec<usize>,
    coefficient: f64,
    pub(crate) weights: Vec<f64>,
}

/// What is in front of the function, in plain numbers.
fn bent(x: &ArrayD<f64>) -> ArrayD<f64> {
    x.mapv(|x| x + BEND * (3.0 * x).sin())
}

/// The elements whose flag is set.
fn chosen<'a, X>(list: &'a [X], flags: &'a [bool]) -> impl Iterator<Item = &'a X> {
    list.iter().zip(flags).filter(|&(_, &flag)| flag).map(|(x, _)| x)
}

impl<'f> Probe<'f> {
    pub(crate) fn new(tape: &mut Tape, inputs: &[ArrayD<f64>], f: &'f dyn Function) -> Self {
        let x: Vec<Tensor> = inputs.iter().map(|x| tape.constant(&bent(x))).collect();
        let y = f(tape, &x).value();
        let largest = y.iter().fold(2.0, |m: f64, y| m.max(y.abs()));
        Self {
            f,
            shape: y.shape().to_vec(),
            coefficient: COEFFICIENT * 2.0 / largest,
            weights: irregular(y.shape(), 0).into_iter().collect(),
        }
    }

    /// The terms of the loss without their weights; all but the function itself in plain numbers.
    pub(crate) fn outputs(&self, tape: &mut Tape, inputs: &[ArrayD<f64>]) -> Vec<f64> {
        tape.clear();
        let x: Vec<Tensor> = inputs.iter().map(|x| tape.constant(&bent(x))).collect();
        let y = (self.f)(tape, &x);
        y.value().iter().map(|&y| (self.coefficient * y).sin()).collect()
    }

    /// The loss on a tape, and the inputs.
    fn loss<'t>(
        &self,
        tape: &'t Tape,
        tracked: &[bool],
        inputs: &[ArrayD<f64>],
    ) -> (Var<'t>, Vec<Tensor<'t>>) {
        let enter = |(x, &tracked)| match tracked {
            true => tape.tensor(x),
            false => tape.constant(x),
        };
        let x: Vec<Tensor> = inputs.iter().zip(tracked).map(enter).collect();
        let bent: Vec<Tensor> = x.iter().map(|x| 1.0 * x + BEND * (3.0 * x).sin()).collect();
        let y = (self.f)(tape, &bent);
        let weights = ArrayD::from_shape_vec(self.shape.clone(), self.weights.clone());
        let weights = weights.expect("a weight for each result");
        (((self.coefficient * y).sin() * weights).sum(), x)
    }

    /// The gradient with respect to the tracked inputs.
    pub(crate) fn slopes(&self, tape: &mut Tape, tracked: &[bool], inputs: &[ArrayD<f64>]) -> Arrays {
        tape.clear();
        let (loss, x) = self.loss(tape, tracked, inputs);
        let gradients = loss.backward();
        chosen(&x, tracked)
            .map(|&x| gradients.wrt(x).to_owned())
            .collect()
    }

    /// The same, with a look at the shapes and a second sweep.
    pub(crate) fn gradient(
        &self,
        tape: &mut Tape,
        tracked: &[bool],
        inputs: &[ArrayD<f64>],
    ) -> Result<Arrays, Fault> {
        tape.clear();
        let (loss, x) = self.loss(tape, tracked, inputs);
        let sweep = || {
            let gradients = loss.backward();
            chosen(&x, tracked)
                .map(|&x| gradients.wrt(x).to_owned())
                .collect::<Arrays>()
        };
        let gradient = sweep();
        for (g, x) in gradient.iter().zip(chosen(inputs, tracked)) {
            if g.shape() != x.shape() {
                let detail = format!("{:?} for an input of {:?}", g.shape(), x.shape());
                return Err(Fault {
                    kind: Kind::Shape,
                    detail,
                });
            }
        }
        alike(&gradient, &sweep(), Kind::Repeat)?;
        Ok(gradient)
    }

    /// The values of the recorded gradient, and its derivative along `direction`, for the tracked inputs. A forward sweep must
    /// give the same derivative, and that of the loss.
    pub(crate) fn hessian_times(
        &self,
        tape: &mut Tape,
        tracked: &[bool],
        inputs: &[ArrayD<f64>],
        direction: &[ArrayD<f64>],
    ) -> Result<(Arrays, Arrays), Fault> {
        tape.clear();
        let (loss, x) = self.loss(tape, tracked, inputs);
        let recorded = loss.backward_recorded();
        let slopes: Vec<Tensor> = chosen(&x, tracked).map(|&x| recorded.wrt(x)).collect();
        let parts = slopes
            .iter()
            .zip(chosen(direction, tracked))
            .map(|(&g, v)| (g * v).sum());
        let projected = parts.reduce(|a, b| a + b).expect("a tracked input");
        let gradients = projected.backward();
        let values = slopes.iter().map(|g| g.value().to_owned()).collect();
        let second: Arrays = chosen(&x, tracked)
            .map(|&x| gradients.wrt(x).to_owned())
            .collect();

        let seeds = chosen(&x, tracked).zip(chosen(direction, tracked));
        let forward = seeds.fold(tape.forward(), |forward, (&x, v)| forward.seed_array(x, v));
        let tangents = forward.sweep();
        let size: f64 = slopes
            .iter()
            .map(|g| g.value().iter().map(|g| g.abs()).sum::<f64>())
            .sum();
        near(tangents.of(loss), projected.value(), size, Kind::Forward)?;
        for (&slope, second) in slopes.iter().zip(&second) {
            for (&got, &want) in tangents.of(slope).iter().zip(second) {
                near(got, want, want.abs(), Kind::Forward)?;
            }
        }
        Ok((values, second))
    }

    /// Asks for the same gradient and the same product from a backward sweep in dual numbers.
    pub(crate) fn dual(
        &self,
        tape: &mut Tape,
        tracked: &[bool],
        inputs: &[ArrayD<f64>],
        direction: &[ArrayD<f64>],
        values: &[ArrayD<f64>],
        second: &[ArrayD<f64>],
    ) -> Result<(), Fault> {
        tape.clear();
        let (loss, x) = self.loss(tape, tracked, inputs);
        let seeds = chosen(&x, tracked).zip(chosen(direction, tracked));
        let forward = seeds.fold(tape.forward(), |forward, (&x, v)| forward.seed_array(x, v));
        let (gradients, change) = loss.backward_along(&forward.sweep());
        let found: Arrays = chosen(&x, tracked)
            .map(|&x| gradients.wrt(x).to_owned())
            .collect();
        alike(values, &found, Kind::Dual)?;
        for (&x, second) in chosen(&x, tracked).zip(second) {
            for (&got, &want) in change.wrt(x).iter().zip(second) {
                near(got, want, want.abs(), Kind::Dual)?;
            }
        }
        Ok(())
    }

    /// The third derivative of the loss along `u`, `v` and `v`, and the size of its terms: the gradient of v·(H·u), dotted
    /// with v.
    pub(crate) fn third(
        &self,
        tape: &mut Tape,
        inputs: &[ArrayD<f64>],
        u: &[ArrayD<f64>],
        v: &[ArrayD<f64>],
    ) -> (f64, f64) {
        tape.clear();
        let all = vec![true; inputs.len()];
        let (mut value, x) = self.loss(tape, &all, inputs);
        for direction in [u, v] {
            let gradients = value.backward_recorded();
            let parts = x
                .iter()
                .zip(direction)
                .map(|(&x, v)| (gradients.wrt(x) * v).sum());
            value = parts.reduce(|a, b| a + b).expect("an input");
        }
        let gradients = value.backward();
        let terms = x
            .iter()
            .zip(v)
            .flat_map(|(&x, v)| (&gradients.wrt(x) * v).into_iter());
        terms.fold((0.0, 0.0), |(sum, size), t| (sum + t, size + t.abs()))
    }

    /// Compares the derivatives with respect to every part of the inputs with those for all of them.
    pub(crate) fn subsets(
        &self,
        tape: &mut Tape,
        inputs: &[ArrayD<f64>],
        gradient: &[ArrayD<f64>],
        direction: &[ArrayD<f64>],
    ) -> Result<(), Fault> {
        let all = vec![true; inputs.len()];
        for subset in 1..(1_usize << inputs.len()) - 1 {
            let tracked: Vec<bool> = (0..inputs.len()).map(|k| subset >> k & 1 == 1).collect();
            let expected: Arrays = chosen(gradient, &tracked).cloned().collect();
            alike(&expected, &self.gradient(tape, &tracked, inputs)?, Kind::Subset)?;

            // A direction that leaves the untracked inputs alone sees the same part of the Hessian.
            let (values, part) = self.hessian_times(tape, &tracked, inputs, direction)?;
            alike(&expected, &values, Kind::Subset)?;
            self.dual(tape, &tracked, inputs, direction, &values, &part)?;
            let direction = direction.iter().zip(&tracked);
            let direction: Arrays = direction.map(|(v, &t)| v * f64::from(u8::from(t))).collect();
            let (_, whole) = self.hessian_times(tape, &all, inputs, &direction)?;
            let pairs = chosen(&whole, &tracked).flatten().zip(part.iter().flatten());
            for (&want, &got) in pairs {
                near(got, want, want.abs(), Kind::Subset)?;
            }
        }
        Ok(())
    }
}
