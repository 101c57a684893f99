//! A gradient checker for tests, and the arrays it is fed with.
//!
//! [`examine`] takes a function from arrays to an array, written on a tape, and puts it *mid-graph*: every input goes
//! through a slightly bent line first, and the loss is `Σ w ⊙ sin(c·f(bent(x)))` with irregular weights `w`, so that the
//! cotangent that arrives at `f` is neither uniform nor constant. Then it demands, for every element of every input:
//!
//! - the gradient equals sixth-order central differences of the function's value (only `f` itself runs on a tape there, on
//!   constants; what is around it is done in plain numbers),
//! - the same bits from a second sweep, from a cleared and reused tape, from a new tape, from the recorded sweep, and
//!   whatever other inputs are tracked (every non-empty subset),
//! - the Hessian times a vector, by differentiating the recorded gradient, equals differences of gradients, for every
//!   subset too; and the Hessian is symmetric,
//! - a forward sweep finds the same slope of the loss along that vector, and of the recorded gradient; a backward sweep in
//!   dual numbers finds the gradient's bits and the Hessian's product,
//! - the third derivative along two vectors, by differentiating twice what is recorded, equals differences of Hessians.
//!
//! `broken.rs` shows that each of these demands can fail.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use ndarray::ArrayD;
use std::fmt;
use wengert::{Tape, Tensor};

pub(crate) mod inputs;
pub(crate) mod naive;
mod probe;
pub(crate) mod steps;

use inputs::irregular;
use probe::Probe;
use steps::derivative;

/// A function under test.
pub(crate) trait Function: for<'t> Fn(&'t Tape, &[Tensor<'t>]) -> Tensor<'t> {}
impl<F: for<'t> Fn(&'t Tape, &[Tensor<'t>]) -> Tensor<'t>> Function for F {}

/// How far a gradient may be from the differences of values, relative to it or to 0.1 where it is smaller.
const FIRST: f64 = 2e-10;
/// The same for a Hessian-vector product and differences of gradients, relative to it or to 1.
const SECOND: f64 = 5e-10;
/// The same for a third derivative and differences of second ones, relative to the size of its terms or to 1.
const THIRD: f64 = 5e-9;
/// How far two computations of the same second derivatives may be apart: rounding only.
const ROUNDING: f64 = 1e-12;

/// What the checker has found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A gradient has not the shape of its input.
    Shape,
    /// A second sweep, or a second recording, gives other bits.
    Repeat,
    /// The recorded gradient has other values than the plain one.
    Recorded,
    /// A forward sweep gives another derivative than a backward one.
    Forward,
    /// A sweep in dual numbers gives another derivative than the recorded gradient has.
    Dual,
    /// The Hessian is not symmetric.
    Symmetry,
    /// The gradient is not the derivative of the value.
    First,
    /// The Hessian is not the derivative of the gradient.
    Second,
    /// The third derivative is not the derivative of the Hessian.
    Third,
    /// The gradient, or the Hessian, depends on which other inputs are tracked.
    Subset,
}

/// A finding, and where it was made.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.detail)
    }
}

/// What has been checked.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    /// Functions examined.
    pub(crate) cases: usize,
    /// Derivatives compared with differences.
    pub(crate) numbers: usize,
    /// The largest error of a first and of a second derivative, as a fraction of what is allowed.
    pub(crate) worst: [f64; 2],
}

impl Tally {
    fn compare(&mut self, order: usize, got: f64, want: f64, place: (usize, usize)) -> Result<(), Fault> {
        let (kind, allowed) = match order {
            1 => (Kind::First, FIRST * want.abs().max(0.1)),
            _ => (Kind::Second, SECOND * want.abs().max(1.0)),
        };
        let error = (got - want).abs() / allowed;
        self.numbers += 1;
        self.worst[order - 1] = self.worst[order - 1].max(error);
        // A NaN is an error, so the comparison is not turned round.
        if error <= 1.0 {
            return Ok(());
        }
        let (k, e) = place;
        let detail = format!("input {k}, element {e}: {got:e}, by differences {want:e}");
        Err(Fault { kind, detail })
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.cases += other.cases;
        self.numbers += other.numbers;
        for (mine, other) in self.worst.iter_mut().zip(other.worst) {
            *mine = mine.max(other);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.worst.map(|w| 100.0 * w);
        write!(f, "{} functions, {} derivatives; ", self.cases, self.numbers)?;
        write!(
            f,
            "largest errors {first:.0} % and {second:.0} % of the tolerance"
        )
    }
}

/// As [`examine`], but a fault is a panic that names the case.
#[track_caller]
pub(crate) fn check(name: &str, inputs: &[ArrayD<f64>], f: impl Function) -> Tally {
    match examine(inputs, f) {
        Ok(tally) => tally,
        Err(fault) => panic!("{name}: {fault}"),
    }
}

/// Checks the derivatives of `f` at `inputs`, see the module's text.
///
/// # Errors
/// The first fault found.
pub(crate) fn examine(inputs: &[ArrayD<f64>], f: impl Function) -> Result<Tally, Fault> {
    let mut tape = Tape::new();
    let probe = Probe::new(&mut tape, inputs, &f);
    let all = vec![true; inputs.len()];
    let gradient = probe.gradient(&mut tape, &all, inputs)?;
    alike(&gradient, &probe.gradient(&mut tape, &all, inputs)?, Kind::Repeat)?;
    alike(
        &gradient,
        &probe.gradient(&mut Tape::new(), &all, inputs)?,
        Kind::Repeat,
    )?;

    let [u, v] = [11, 23].map(|seed| -> Vec<ArrayD<f64>> {
        let directions = inputs.iter().enumerate();
        directions.map(|(k, x)| irregular(x.shape(), seed + k)).collect()
    });
    let (recorded, along_u) = probe.hessian_times(&mut tape, &all, inputs, &u)?;
    alike(&gradient, &recorded, Kind::Recorded)?;
    let (_, along_v) = probe.hessian_times(&mut tape, &all, inputs, &v)?;
    symmetric(&u, &along_u, &v, &along_v)?;
    probe.dual(&mut tape, &all, inputs, &u, &recorded, &along_u)?;

    let mut tally = Tally {
        cases: 1,
        ..Tally::default()
    };
    let direction: Vec<f64> = u.iter().flatten().copied().collect();
    for (k, x) in inputs.iter().enumerate() {
        for e in 0..x.len() {
            let moved = |step: f64| {
                let mut moved = inputs.to_vec();
                *moved[k].iter_mut().nth(e).expect("an element of the input") += step;
                moved
            };
            let want = derivative(|step| probe.outputs(&mut tape, &moved(step)), &probe.weights);
            tally.compare(1, number(&gradient[k], e), want, (k, e))?;
            let slopes = |step| {
                probe
                    .slopes(&mut tape, &all, &moved(step))
                    .into_iter()
                    .flatten()
                    .collect()
            };
            let want = derivative(slopes, &direction);
            tally.compare(2, number(&along_u[k], e), want, (k, e))?;
        }
    }
    third(&probe, &mut tape, inputs, &u, &v)?;
    probe.subsets(&mut tape, inputs, &gradient, &u)?;
    Ok(tally)
}

/// Compares the third derivative along u, v and v with differences of v·(H·u) along v.
fn third(
    probe: &Probe<'_>,
    tape: &mut Tape,
    inputs: &[ArrayD<f64>],
    u: &[ArrayD<f64>],
    v: &[ArrayD<f64>],
) -> Result<(), Fault> {
    let (got, size) = probe.third(tape, inputs, u, v);
    let all = vec![true; inputs.len()];
    let mut fault = None;
    let weights: Vec<f64> = v.iter().flatten().copied().collect();
    let along = |step: f64| {
        let moved = inputs.iter().zip(v).map(|(x, v)| x + &(step * v));
        let moved: Vec<ArrayD<f64>> = moved.collect();
        match probe.hessian_times(tape, &all, &moved, u) {
            Ok((_, along_u)) => along_u.into_iter().flatten().collect(),
            Err(found) => {
                fault = Some(found);
                vec![0.0; weights.len()]
            }
        }
    };
    let want = derivative(along, &weights);
    if let Some(fault) = fault {
        return Err(fault);
    }
    if (got - want).abs() <= THIRD * size.max(1.0) {
        return Ok(());
    }
    let detail = format!("{got:e}, by differences {want:e}, terms of size {size:e}");
    Err(Fault {
        kind: Kind::Third,
        detail,
    })
}

/// Element `e` in row-major order.
fn number(x: &ArrayD<f64>, e: usize) -> f64 {
    *x.iter().nth(e).expect("an element of the gradient")
}

/// Whether two numbers have the same bits; zeros are alike whatever their sign (a structural zero may show as −0.0), and so
/// are NaNs.
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a == 0.0 && b == 0.0) || (a.is_nan() && b.is_nan())
}

/// Asks for the same bits in two gradients.
fn alike(want: &[ArrayD<f64>], got: &[ArrayD<f64>], kind: Kind) -> Result<(), Fault> {
    for (k, (want, got)) in want.iter().zip(got).enumerate() {
        let differs = want.iter().zip(got).position(|(&a, &b)| !same(a, b));
        if want.shape() != got.shape() || differs.is_some() {
            let detail = format!("input {k}: {got} instead of {want}");
            return Err(Fault { kind, detail });
        }
    }
    Ok(())
}

/// Asks that two computations of the same number, whose terms have this size, differ by rounding only.
pub(crate) fn near(got: f64, want: f64, size: f64, kind: Kind) -> Result<(), Fault> {
    if (got - want).abs() <= ROUNDING * (1.0 + size) {
        return Ok(());
    }
    let detail = format!("{got:e} instead of {want:e}");
    Err(Fault { kind, detail })
}

/// Asks that uᵀ(Hv) = vᵀ(Hu).
pub(crate) fn symmetric(
    u: &[ArrayD<f64>],
    along_u: &[ArrayD<f64>],
    v: &[ArrayD<f64>],
    along_v: &[ArrayD<f64>],
) -> Result<(), Fault> {
    let dot = |x: &[ArrayD<f64>], y: &[ArrayD<f64>]| {
        let products = x.iter().flatten().zip(y.iter().flatten()).map(|(x, y)| x * y);
        products.fold((0.0, 0.0), |(sum, size), p| (sum + p, size + p.abs()))
    };
    let ((left, size), (right, other)) = (dot(u, along_v), dot(v, along_u));
    near(left, right, size + other, Kind::Symmetry)
}
