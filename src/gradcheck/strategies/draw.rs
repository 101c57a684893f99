//! Programs drawn at random.

use super::program::{Input, Program, Source, Step};
use super::record::{Made, act};
use super::sound::{inside, is_tame, sound};
use super::{Action, families};
use crate::Tape;
use fastrand::Rng;
use ndarray::ArrayD;

/// The most elements that a value has.
pub(super) const LARGEST: usize = 72;

/// A program in the making, which is recorded as it grows: each step is chosen by the values so far.
pub(super) struct Draft<'t, 'r> {
    pub(super) tape: &'t Tape,
    pub(super) rng: &'r mut Rng,
    pub(super) inputs: Vec<Input>,
    pub(super) steps: Vec<Step>,
    pub(super) made: Vec<Made<'t>>,
    pub(super) numbers: Vec<ArrayD<f64>>,
}

/// A program of this many steps, or some more where one has to be prepared by others.
pub(super) fn draw(rng: &mut Rng, steps: usize) -> Program {
    let tape = Tape::new();
    let inputs = families::inputs(rng);
    let made: Vec<Made> = inputs
        .iter()
        .map(|x| match x {
            Input::Scalar(x) => Made::Scalar(tape.var(*x)),
            Input::Array(x) => Made::Array(tape.tensor(x)),
        })
        .collect();
    let mut draft = Draft {
        tape: &tape,
        rng,
        numbers: made.iter().map(Made::numbers).collect(),
        made,
        inputs,
        steps: vec![],
    };
    let mut tries = 0;
    while draft.steps.len() < steps && tries < 40 * steps {
        tries += 1;
        if let Some((action, operands)) = families::propose(&mut draft) {
            draft.push(action, operands);
        }
    }
    draft.finish()
}

impl Draft<'_, '_> {
    /// Takes a step if it can be checked, and says its number.
    pub(super) fn push(&mut self, action: Action, operands: Vec<Source>) -> Option<usize> {
        let made = act(self.tape, &action, &operands, &self.made)?;
        let numbers = made.numbers();
        let x: Vec<ArrayD<f64>> = operands.iter().map(|x| elements(x, &self.numbers)).collect();
        if numbers.len() > LARGEST || numbers.ndim() > 4 || !sound(&action, &x, &numbers) {
            return None;
        }
        self.steps.push(Step {
            action,
            operands,
            shape: made.shape().map(<[usize]>::to_vec),
        });
        self.made.push(made);
        self.numbers.push(numbers);
        Some(self.made.len() - 1)
    }

    /// A value that `fits`, a recent one more often than an old one.
    pub(super) fn pick(&mut self, fits: impl Fn(&Made<'_>) -> bool) -> Option<usize> {
        let candidates = (0..self.made.len()).filter(|&i| fits(&self.made[i]) && is_tame(&self.numbers[i]));
        let candidates: Vec<usize> = candidates.collect();
        let n = candidates.len();
        (n > 0).then(|| candidates[self.rng.usize(..n).max(self.rng.usize(..n))])
    }

    /// A value in the intervals: this one, or one made of it.
    pub(super) fn fitted(&mut self, value: usize, domain: &[(f64, f64)]) -> Option<usize> {
        if self.numbers[value].iter().all(|&x| inside(domain, x)) {
            return Some(value);
        }
        let (low, high) = domain[self.rng.usize(..domain.len())];
        let mirrored = domain.contains(&(-high, -low)) && low > 0.0;
        let alternate = mirrored && matches!(self.made[value], Made::Array(_)) && self.rng.bool();
        let fit = Action::Fit { low, high, alternate };
        self.push(fit, vec![Source::Value(value)])
    }

    /// A number between 0.3 and 2 in size, of few digits.
    pub(super) fn number(&mut self) -> f64 {
        number(self.rng)
    }

    pub(super) fn plain(&mut self, shape: &[usize]) -> ArrayD<f64> {
        ArrayD::from_shape_simple_fn(shape, || number(self.rng))
    }

    /// The last value and some of the others become the loss; what it does not depend on is a dead branch.
    fn finish(self) -> Program {
        let Self {
            rng,
            inputs,
            steps,
            made,
            numbers,
            ..
        } = self;
        let tame: Vec<usize> = (0..made.len()).filter(|&i| is_tame(&numbers[i])).collect();
        let last = *tame.last().expect("the inputs are finite");
        let mut outputs: Vec<usize> = tame.into_iter().filter(|_| rng.u8(..4) == 0).collect();
        outputs.retain(|&i| i != last);
        outputs.push(last);
        let program = Program {
            inputs,
            steps,
            outputs,
        };
        program.or_with_input()
    }
}

impl Program {
    /// The same with an input among the outputs, where otherwise the loss would depend on none.
    fn or_with_input(mut self) -> Self {
        let mut depends: Vec<bool> = (0..self.inputs.len()).map(|_| true).collect();
        for step in &self.steps {
            let mut values = step.operands.iter().filter_map(Source::value);
            depends.push(step.action != Action::Detach && values.any(|i| depends[i]));
        }
        if !self.outputs.iter().any(|&i| depends[i]) {
            self.outputs.insert(0, 0);
        }
        self
    }
}

/// An operand's elements.
pub(super) fn elements(source: &Source, numbers: &[ArrayD<f64>]) -> ArrayD<f64> {
    match source {
        Source::Value(i) => numbers[*i].clone(),
        Source::Number(x) => ArrayD::from_elem(vec![], *x),
        Source::Plain(x) => x.clone(),
    }
}

pub(super) fn number(rng: &mut Rng) -> f64 {
    let size = f64::from(rng.u32(30..200)) / 100.0;
    if rng.bool() { size } else { -size }
}
