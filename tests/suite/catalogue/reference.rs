//! The reference file, and the comparison with it.
//!
//! **The measure.** An element of a value or of a gradient may differ from the reference's by 1e-12 of its own size where the op
//! works element by element on operands of one shape. Elsewhere results are sums, which may cancel, and the size is that of the
//! largest element of the array. A 0 of the reference must be met exactly by the first measure.

use super::Entry;
use ndarray::{ArrayD, ArrayViewD};
use std::path::Path;
use std::sync::LazyLock;
use std::{fmt, fs};
use wengert::{Tape, Tensor};

/// How far results may be from the reference's.
const RELATIVE: f64 = 1e-12;

/// What the file says of an op.
#[derive(Default)]
pub(crate) struct Op {
    pub(crate) name: String,
    /// Who computed it: jax, torch or mpmath.
    pub(super) by: String,
    /// Why it is mpmath, and neither of the others.
    pub(super) why: String,
    pointwise: bool,
    /// From where the operands were drawn.
    pub(super) domains: Vec<String>,
    pub(crate) cases: Vec<Case>,
}

/// An op at one point.
#[derive(Default)]
pub(crate) struct Case {
    pub(super) given: String,
    pub(crate) x: Vec<ArrayD<f64>>,
    pub(crate) y: ArrayD<f64>,
    cotangent: ArrayD<f64>,
    pub(crate) gradients: Vec<ArrayD<f64>>,
}

/// The largest differences seen.
#[derive(Default)]
pub(super) struct Worst {
    cases: usize,
    error: f64,
    place: String,
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, error, place } = self;
        write!(f, "{cases} cases of the reference, worst {error:.1e} at {place}")
    }
}

/// The file's contents.
pub(super) fn ops() -> &'static [Op] {
    static OPS: LazyLock<Vec<Op>> = LazyLock::new(|| read_file("reference.txt"));
    &OPS
}

/// The ops of a file among the references.
pub(crate) fn read_file(name: &str) -> Vec<Op> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name);
    let text = fs::read_to_string(path).expect("the reference is there");
    let mut ops = vec![];
    for line in text.lines() {
        read(line, &mut ops);
    }
    ops
}

/// Takes in a line: a word, and what belongs to it.
fn read(line: &str, ops: &mut Vec<Op>) {
    let word = line.split([' ', ':']).next().unwrap_or("");
    let rest = line[word.len()..].trim_start();
    if word == "op" {
        let name = rest.to_owned();
        ops.push(Op {
            name,
            ..Op::default()
        });
    }
    let Some(op) = ops.last_mut() else { return };
    match word {
        "by" => op.by = rest.to_owned(),
        "why" => op.why = rest.to_owned(),
        "pointwise" => op.pointwise = true,
        "domain" => op.domains.push(rest.to_owned()),
        "case" => {
            let given = rest.to_owned();
            op.cases.push(Case {
                given,
                ..Case::default()
            });
        }
        "x" | "y" | "g" | "d" => op.cases.last_mut().expect("a case").read(word, rest),
        other => assert!(["", "op"].contains(&other), "the line {line}"),
    }
}

impl Case {
    /// Takes in an array: the extents of its axes before a colon, the elements behind it.
    fn read(&mut self, word: &str, rest: &str) {
        let (shape, data) = rest.split_once(':').expect("a colon");
        let shape = shape.split_whitespace().map(|n| n.parse().expect("an extent"));
        let data = data.split_whitespace().map(|x| x.parse().expect("a number"));
        let shape: Vec<usize> = match word {
            "g" => self.y.shape().to_vec(),
            "d" => self.x[self.gradients.len()].shape().to_vec(),
            _ => shape.collect(),
        };
        let array = ArrayD::from_shape_vec(shape, data.collect()).expect("as many numbers as elements");
        match word {
            "x" => self.x.push(array),
            "y" => self.y = array,
            "g" => self.cotangent = array,
            _ => self.gradients.push(array),
        }
    }

    /// How many elements the operands have together.
    pub(super) fn numbers(&self) -> usize {
        self.x.iter().map(|x| x.len()).sum()
    }

    /// Whether value and gradients are the reference's.
    pub(super) fn compare(&self, op: &Op, entry: &Entry, worst: &mut Worst) -> Result<(), String> {
        let tape = Tape::new();
        let x: Vec<Tensor> = self.x.iter().map(|x| tape.tensor(x)).collect();
        let y = entry.apply(&tape, &x);
        if y.shape() != self.y.shape() {
            let (got, want) = (y.shape(), self.y.shape());
            return Err(format!("{entry}: the shape is {got:?} instead of {want:?}"));
        }
        let one_shape = self.x.iter().all(|x| x.shape() == self.y.shape());
        let each = op.pointwise && one_shape;
        worst.cases += 1;
        worst.take(entry, "value", y.value(), &self.y, each)?;
        let gradients = y.backward_with(&self.cotangent);
        for (k, (&x, want)) in x.iter().zip(&self.gradients).enumerate() {
            worst.take(entry, &format!("gradient {k}"), gradients.wrt(x), want, each)?;
        }
        Ok(())
    }
}

impl Worst {
    fn take(
        &mut self,
        entry: &Entry,
        what: &str,
        got: ArrayViewD<f64>,
        want: &ArrayD<f64>,
        each: bool,
    ) -> Result<(), String> {
        let largest = want.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        for (&got, &want) in got.iter().zip(want) {
            let size = if each { want.abs() } else { largest };
            let error = if got == want {
                0.0
            } else {
                (got - want).abs() / size
            };
            if error > self.error {
                (self.error, self.place) = (error, format!("{entry}, {what}"));
            }
            // A NaN is an error, so the comparison is not turned round.
            if !(error <= RELATIVE) {
                return Err(format!("{entry}, {what}: {got:e} instead of {want:e}"));
            }
        }
        Ok(())
    }
}
