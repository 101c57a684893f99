//! Every way to compute the derivatives of a program, and what it asks of the others.

use super::interpreter;
use crate::common::naive::Array;
use crate::common::same;
use crate::common::steps::derivative;
use num_dual::HyperDual64;
use std::ops::AddAssign;
use wengert::gradcheck::strategies::{Action, Input, Made, Program, Recorded, weight};
use wengert::{Forward, Gradients, RecordedGradients, Tangents, Tape, Tensor, Var};

/// How far two computations of the same number may be apart, relative to 1 and the size of its terms.
const ROUNDING: f64 = 1e-12;
/// The same for a derivative and differences of values.
const DIFFERENCES: f64 = 1e-9;

/// What has been examined.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) first: usize,
    pub(crate) second: usize,
    /// Programs compared with differences, and those where two steps of differences do not agree.
    pub(crate) differences: usize,
    pub(crate) steep: usize,
    /// The largest error by rounding, as a fraction of what is allowed.
    pub(crate) worst: f64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.first += other.first;
        self.second += other.second;
        self.differences += other.differences;
        self.steep += other.steep;
        self.worst = self.worst.max(other.worst);
    }
}

/// How much is asked of a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    pub(crate) second: bool,
    pub(crate) differences: bool,
}

/// A derivative for each element of the inputs; `None` where no path leads there.
type Found = Vec<Option<f64>>;

/// Irregular directions, one for each seed.
fn direction(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| weight(seed, i)).collect()
}

fn dot(found: &Found, along: &[f64]) -> (f64, f64) {
    let terms = found.iter().zip(along).map(|(g, u)| g.unwrap_or(0.0) * u);
    terms.fold((0.0, 0.0), |(sum, size), t| (sum + t, size + t.abs()))
}

struct Asked<'a> {
    program: &'a Program,
    tally: Tally,
}

type Verdict = Result<(), String>;

impl Asked<'_> {
    fn near(&mut self, what: &str, got: f64, want: f64, size: f64) -> Verdict {
        let error = (got - want).abs() / (ROUNDING * (1.0 + size));
        self.tally.worst = self.tally.worst.max(error);
        // A NaN is an error, so the comparison is not turned round.
        if error <= 1.0 {
            return Ok(());
        }
        Err(format!("{what}: {got:e} instead of {want:e}\n{}", self.program))
    }

    fn all_near(&mut self, what: &str, got: &Found, want: &Found) -> Verdict {
        let size = want.iter().flatten().fold(0.0_f64, |m, x| m.max(x.abs()));
        for (i, (got, want)) in got.iter().zip(want).enumerate() {
            if got.is_some() != want.is_some() {
                let program = self.program;
                return Err(format!(
                    "{what}, element {i}: {got:?} instead of {want:?}\n{program}"
                ));
            }
            let place = format!("{what}, element {i}");
            self.near(&place, got.unwrap_or(0.0), want.unwrap_or(0.0), size)?;
        }
        Ok(())
    }

    fn alike(&self, what: &str, got: &Found, want: &Found) -> Verdict {
        let same = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
            (Some(a), Some(b)) => same(*a, *b),
            (a, b) => a == b,
        };
        match got.iter().zip(want).position(|pair| !same(pair)) {
            None => Ok(()),
            Some(i) => Err(format!(
                "{what}, element {i}: {:?} instead of {:?}\n{}",
                got[i], want[i], self.program
            )),
        }
    }
}

/// The gradient with respect to the inputs, in their order. Each has the shape of its input.
fn plain(gradients: &Gradients, inputs: &[Made<'_>]) -> Result<Found, String> {
    let mut found = vec![];
    for (k, x) in inputs.iter().enumerate() {
        match x {
            Made::Scalar(x) => found.push(gradients.get(*x)),
            Made::Array(x) => match gradients.get(*x) {
                Some(g) if g.shape() != x.shape() => {
                    return Err(format!(
                        "input {k} of shape {:?} has a gradient of shape {:?}",
                        x.shape(),
                        g.shape()
                    ));
                }
                Some(g) => found.extend(g.iter().map(|&g| Some(g))),
                None => found.extend(x.value().iter().map(|_| None)),
            },
        }
    }
    Ok(found)
}

/// A handle for each input where a path leads there.
fn recorded<'t>(gradients: &RecordedGradients<'t>, inputs: &[Made<'t>]) -> Vec<Option<Made<'t>>> {
    let one = |x: &Made<'t>| match x {
        Made::Scalar(x) => gradients.get(*x).map(Made::Scalar),
        Made::Array(x) => gradients.get(*x).map(Made::Array),
    };
    inputs.iter().map(one).collect()
}

/// The elements of what was found for each input.
fn numbers<'t>(found: &[Option<Made<'t>>], inputs: &[Made<'t>], of: impl Fn(Made<'t>) -> Vec<f64>) -> Found {
    let mut numbers = vec![];
    for (found, x) in found.iter().zip(inputs) {
        match found {
            Some(g) => numbers.extend(of(*g).into_iter().map(Some)),
            None => numbers.extend(x.numbers().iter().map(|_| None)),
        }
    }
    numbers
}

/// A direction in pieces, one for each input.
fn pieces(program: &Program, along: &[f64]) -> Vec<ndarray::ArrayD<f64>> {
    let moved = program.at(along);
    let pieces = moved.inputs().iter().map(|x| match x {
        Input::Scalar(x) => ndarray::ArrayD::from_elem(vec![], *x),
        Input::Array(x) => x.clone(),
    });
    pieces.collect()
}

fn forward<'t>(tape: &'t Tape, inputs: &[Made<'t>], pieces: &[ndarray::ArrayD<f64>]) -> Tangents {
    let seeds = inputs.iter().zip(pieces);
    let forward: Forward<'t> = seeds.fold(tape.forward(), |forward, (x, u)| match x {
        Made::Scalar(x) => forward.seed(*x, *u.first().expect("a number for a scalar")),
        Made::Array(x) => forward.seed_array(*x, u),
    });
    forward.sweep()
}

/// What one tape finds.
struct Run<'t> {
    recording: Recorded<'t>,
    gradient: Found,
    /// The derivative along the direction, by a forward sweep.
    along: f64,
    /// The gradient and the Hessian times the direction, by a sweep in dual numbers.
    dual: Option<(Found, Found)>,
}

impl<'t> Run<'t> {
    fn of(
        tape: &'t Tape,
        program: &Program,
        u: &[ndarray::ArrayD<f64>],
        second: bool,
    ) -> Result<Self, String> {
        let recording = program.record(tape);
        let inputs = &recording.values[..program.inputs().len()];
        let loss = recording.loss;
        let gradient = plain(&loss.backward(), inputs)?;
        let tangents = forward(tape, inputs, u);
        let along = tangents.get(loss).unwrap_or(0.0);
        let dual = match second {
            true => {
                let (gradients, changes) = loss.backward_along(&tangents);
                Some((plain(&gradients, inputs)?, plain(&changes, inputs)?))
            }
            false => None,
        };
        Ok(Self {
            recording,
            gradient,
            along,
            dual,
        })
    }
}

/// Puts a program to the test.
///
/// # Errors
/// What is wrong, with the program in print.
pub(crate) fn examine(program: &Program, depth: Depth) -> Result<Tally, String> {
    let point = program.point();
    let (u, v) = (direction(point.len(), 1), direction(point.len(), 5));
    let u_pieces = pieces(program, &u);
    let mut asked = Asked {
        program,
        tally: Tally::default(),
    };
    let fresh = Tape::new();
    let found = Run::of(&fresh, program, &u_pieces, depth.second)?;

    // By an interpreter in hyper-dual numbers.
    let numbers = point.iter().zip(u.iter().zip(&v));
    let numbers: Vec<HyperDual64> = numbers
        .map(|(&x, (&u, &v))| HyperDual64::new(x, u, v, 0.0))
        .collect();
    let (values, want) = interpreter::run(program, &numbers);
    values_are(&mut asked, &found.recording, &values)?;
    asked.near("loss", found.recording.loss.value(), want.re, want.re.abs())?;
    for (what, along, want) in [("u", &u, want.eps1), ("v", &v, want.eps2)] {
        let (got, size) = dot(&found.gradient, along);
        let what = format!("gradient along {what} against dual numbers");
        asked.near(&what, got, want, size)?;
    }
    let (along, size) = dot(&found.gradient, &u);
    asked.near("tangent against cotangent", found.along, along, size)?;
    asked.tally.first = 1;

    // On a tape that has held, and swept, the same program at another point.
    let mut tape = Tape::new();
    let near: Vec<f64> = point.iter().zip(&v).map(|(x, v)| x + 1e-3 * v).collect();
    Run::of(&tape, &program.at(&near), &u_pieces, depth.second)?;
    tape.clear();
    let again = Run::of(&tape, program, &u_pieces, depth.second)?;
    let value = |run: &Run| vec![Some(run.recording.loss.value()), Some(run.along)];
    asked.alike("value on a cleared tape", &value(&again), &value(&found))?;
    asked.alike("gradient on a cleared tape", &again.gradient, &found.gradient)?;
    if let (Some(again), Some(found)) = (&again.dual, &found.dual) {
        asked.alike("dual sweep on a cleared tape", &again.0, &found.0)?;
        asked.alike("H·u on a cleared tape", &again.1, &found.1)?;
    }
    let inputs = &again.recording.values[..program.inputs().len()];
    let repeated = plain(&again.recording.loss.backward(), inputs)?;
    asked.alike("gradient by a second sweep", &repeated, &found.gradient)?;
    if depth.second {
        second(&mut asked, &fresh, &found, [&u, &v], want.eps1eps2)?;
    }
    // What is detached varies with the inputs all the same.
    let detached = program.steps().iter().any(|step| step.action == Action::Detach);
    if depth.differences && !detached {
        differences(&mut asked, &u, along, size)?;
    }
    Ok(asked.tally)
}

/// Every value that is finite is the interpreter's.
fn values_are(asked: &mut Asked<'_>, recording: &Recorded<'_>, values: &[Array<HyperDual64>]) -> Verdict {
    for (i, (got, want)) in recording.values.iter().zip(values).enumerate() {
        let got = got.numbers();
        if got.shape() != want.shape {
            let (shape, program) = (got.shape(), asked.program);
            return Err(format!(
                "value {i} has shape {shape:?} instead of {:?}\n{program}",
                want.shape
            ));
        }
        if got.iter().all(|x| x.is_finite()) {
            for (got, want) in got.iter().zip(&want.data) {
                asked.near(&format!("value {i}"), *got, want.re, want.re.abs())?;
            }
        }
    }
    Ok(())
}

/// The recorded gradient, its derivative by a backward and by a forward sweep, and the dual sweep, against each other and
/// against hyper-dual numbers.
fn second(asked: &mut Asked<'_>, tape: &Tape, found: &Run<'_>, [u, v]: [&[f64]; 2], want: f64) -> Verdict {
    let program = asked.program;
    let recording = &found.recording;
    let inputs = &recording.values[..program.inputs().len()];
    let slopes = recorded(&recording.loss.backward_recorded(), inputs);
    let values = numbers(&slopes, inputs, |g| g.numbers().into_iter().collect());
    asked.all_near("recorded gradient", &values, &found.gradient)?;
    let (dual_gradient, change) = found.dual.as_ref().expect("a sweep in dual numbers");
    asked.all_near("gradient of the dual sweep", dual_gradient, &found.gradient)?;
    let (bend, size) = dot(change, v);
    let scale = found.gradient.iter().flatten().map(|g| g.abs()).sum::<f64>();
    asked.near("uᵀHv against hyper-dual numbers", bend, want, size + scale)?;

    // By a backward sweep from the recorded gradient's slope along u.
    let mut projected = Var::from(0.0);
    for (g, u) in slopes.iter().zip(pieces(program, u)) {
        match g {
            Some(Made::Scalar(g)) => projected += g * *u.first().expect("a number for a scalar"),
            Some(Made::Array(g)) => {
                let product: Tensor = g * &u;
                projected += product.sum();
            }
            None => {}
        }
    }
    let zero = |found: &Found| found.iter().map(|h| Some(h.unwrap_or(0.0))).collect::<Found>();
    if projected.is_tracked() {
        let backward = plain(&projected.backward(), inputs)?;
        asked.all_near("H·u backward", &zero(&backward), &zero(change))?;
    }
    // By a forward sweep along the recorded gradient.
    let tangents = forward(tape, inputs, &pieces(program, u));
    let forward = numbers(&slopes, inputs, |g| match g {
        Made::Scalar(g) if g.is_tracked() => vec![tangents.get(g).unwrap_or(0.0)],
        Made::Scalar(_) => vec![0.0],
        Made::Array(g) => match tangents.get(g) {
            Some(t) => t.iter().copied().collect(),
            None => vec![0.0; g.value().len()],
        },
    });
    asked.all_near("H·u forward", &zero(&forward), &zero(change))?;
    asked.tally.second = 1;
    Ok(())
}

/// Sixth-order differences of the loss along a direction. Where those of two steps do not agree, the loss is too steep for them.
fn differences(asked: &mut Asked<'_>, u: &[f64], got: f64, size: f64) -> Verdict {
    let program = asked.program;
    let point = program.point();
    let mut tape = Tape::new();
    let [wide, narrow] = [0.5, 0.25].map(|scale| {
        let mut along = |step: f64| {
            let moved: Vec<f64> = point.iter().zip(u).map(|(x, u)| x + scale * step * u).collect();
            tape.clear();
            vec![program.at(&moved).record(&tape).loss.value()]
        };
        derivative(&mut along, &[1.0]) / scale
    });
    asked.tally.differences = 1;
    let allowed = DIFFERENCES * (1.0 + size);
    if (wide - narrow).abs() > allowed {
        asked.tally.steep = 1;
        return Ok(());
    }
    if (got - narrow).abs() <= allowed {
        return Ok(());
    }
    Err(format!(
        "gradient along u: {got:e}, by differences {narrow:e}\n{program}"
    ))
}
