//! Programs as a strategy: drawn from a seed, and shrunk by edits that keep them checkable.

use super::draw::{draw, elements};
use super::program::{Input, Program, Source};
use super::record::act;
use super::sound::{is_tame, sound};
use crate::Tape;
use proptest::collection::SizeRange;
use proptest::prelude::any;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Random programs, see [`programs`](super::programs).
#[derive(Debug, Clone)]
pub struct Programs {
    pub(super) steps: SizeRange,
}

/// A program, and the smaller ones that are tried when it fails.
#[derive(Debug, Clone)]
pub struct ProgramTree {
    /// The smallest that has failed so far.
    failing: Program,
    current: Program,
    edits: Vec<Edit>,
    next: usize,
}

impl Strategy for Programs {
    type Tree = ProgramTree;
    type Value = Program;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = any::<u64>().new_tree(runner)?.current();
        let mut rng = fastrand::Rng::with_seed(seed);
        let steps = rng.usize(self.steps.start()..=self.steps.end_incl());
        let program = draw(&mut rng, steps);
        Ok(ProgramTree {
            failing: program.clone(),
            current: program,
            edits: vec![],
            next: 0,
        })
    }
}

impl ValueTree for ProgramTree {
    type Value = Program;

    fn current(&self) -> Program {
        self.current.clone()
    }

    /// The current program fails: try smaller ones than it.
    fn simplify(&mut self) -> bool {
        self.failing = self.current.clone();
        self.edits = edits(&self.failing);
        self.next = 0;
        self.advance()
    }

    /// The current program does not fail: try another one.
    fn complicate(&mut self) -> bool {
        self.advance()
    }
}

impl ProgramTree {
    fn advance(&mut self) -> bool {
        while let Some(edit) = self.edits.get(self.next) {
            self.next += 1;
            let edited = self.failing.edited(edit);
            if let Some(program) = edited.filter(|p| p.size() < self.failing.size() && p.is_sound()) {
                self.current = program;
                return true;
            }
        }
        self.current = self.failing.clone();
        false
    }
}

/// A way to make a program smaller.
#[derive(Debug, Clone)]
enum Edit {
    /// The loss is this value alone, and what it does not depend on is left out.
    Only(usize),
    /// The result of this step becomes a variable; what is of no use then is left out if `prune` says so.
    Cut { step: usize, prune: bool },
    /// One output less.
    Drop(usize),
    /// What the loss does not depend on is left out.
    Prune,
    /// An operand of a step becomes an earlier value.
    Rewire { step: usize, operand: usize, to: usize },
    /// An input's elements lose all digits but one.
    Round(usize),
}

/// The edits of a program, those that may leave out most of it first.
fn edits(program: &Program) -> Vec<Edit> {
    let (inputs, n) = (program.inputs.len(), program.steps.len());
    let mut edits: Vec<Edit> = (0..n).map(|i| Edit::Only(inputs + i)).collect();
    edits.push(Edit::Prune);
    for prune in [true, false] {
        edits.extend((0..n).rev().map(|step| Edit::Cut { step, prune }));
    }
    if program.outputs.len() > 1 {
        edits.extend((0..program.outputs.len()).map(Edit::Drop));
    }
    for (step, s) in program.steps.iter().enumerate() {
        for (operand, source) in s.operands.iter().enumerate() {
            let earlier = 0..source.value().unwrap_or(0);
            edits.extend(earlier.map(|to| Edit::Rewire { step, operand, to }));
        }
    }
    edits.extend((0..inputs).map(Edit::Round));
    edits
}

impl Program {
    /// What shrinking makes less, the most important first.
    fn size(&self) -> [usize; 5] {
        let values = self.steps.iter().flat_map(|s| &s.operands);
        let values = values.filter_map(Source::value);
        let long = self.point().iter().filter(|&&x| x != rounded(x)).count();
        [
            self.steps.len(),
            self.outputs.len(),
            self.inputs.len(),
            values.sum(),
            long,
        ]
    }

    /// The shape of a value; `None` for a scalar.
    fn shape(&self, value: usize) -> Option<&[usize]> {
        match self.inputs.get(value) {
            Some(input) => input.shape(),
            None => self.steps[value - self.inputs.len()].shape.as_deref(),
        }
    }

    fn edited(&self, edit: &Edit) -> Option<Self> {
        let mut program = self.clone();
        match *edit {
            Edit::Only(value) => {
                program.outputs = vec![value];
                Some(program.pruned())
            }
            Edit::Prune => Some(program.pruned()),
            Edit::Cut { step, prune } => {
                let program = program.cut(step)?;
                Some(if prune { program.pruned() } else { program })
            }
            Edit::Drop(output) => {
                program.outputs.remove(output);
                Some(program.pruned())
            }
            Edit::Rewire { step, operand, to } => {
                let source = &mut program.steps[step].operands[operand];
                let Source::Value(from) = *source else {
                    return None;
                };
                *source = Source::Value(to);
                (self.shape(from) == self.shape(to)).then(|| program.pruned())
            }
            Edit::Round(input) => {
                match &mut program.inputs[input] {
                    Input::Scalar(x) => *x = rounded(*x),
                    Input::Array(x) => x.mapv_inplace(rounded),
                }
                Some(program)
            }
        }
    }

    /// The result of a step as one more input.
    fn cut(mut self, step: usize) -> Option<Self> {
        let result = self.record(&Tape::new()).values[self.inputs.len() + step].numbers();
        if !is_tame(&result) {
            return None;
        }
        let m = self.inputs.len();
        let scalar = self.steps.remove(step).shape.is_none();
        self.inputs.push(match scalar {
            true => Input::Scalar(*result.first()?),
            false => Input::Array(result),
        });
        self.renumber(|i| match i {
            i if i < m => i,
            i if i < m + step => i + 1,
            i if i == m + step => m,
            i => i,
        });
        Some(self)
    }

    /// Without what the loss does not depend on.
    fn pruned(mut self) -> Self {
        let m = self.inputs.len();
        let mut live = vec![false; m + self.steps.len()];
        self.outputs.iter().for_each(|&i| live[i] = true);
        for (k, step) in self.steps.iter().enumerate().rev() {
            let operands = step.operands.iter().filter(|_| live[m + k]);
            let values: Vec<usize> = operands.filter_map(Source::value).collect();
            values.into_iter().for_each(|i| live[i] = true);
        }
        if !live[..m].contains(&true) {
            live[0] = true;
        }
        let mut number = 0;
        let numbers: Vec<usize> = live
            .iter()
            .map(|&live| {
                number += usize::from(live);
                number.saturating_sub(1)
            })
            .collect();
        let (mut inputs, mut steps) = (live[..m].iter(), live[m..].iter());
        self.inputs.retain(|_| inputs.next() == Some(&true));
        self.steps.retain(|_| steps.next() == Some(&true));
        self.renumber(|i| numbers[i]);
        self
    }

    fn renumber(&mut self, number: impl Fn(usize) -> usize) {
        let operands = self.steps.iter_mut().flat_map(|step| &mut step.operands);
        for source in operands {
            if let Source::Value(i) = source {
                *i = number(*i);
            }
        }
        self.outputs.iter_mut().for_each(|i| *i = number(*i));
    }

    /// Whether the program can be checked: see [`programs`](super::programs).
    fn is_sound(&self) -> bool {
        let tape = Tape::new();
        let Self { inputs, .. } = self;
        let bare = Self {
            inputs: inputs.clone(),
            steps: vec![],
            outputs: vec![],
        };
        let mut made = bare.record(&tape).values;
        let mut numbers: Vec<_> = made.iter().map(super::Made::numbers).collect();
        for step in &self.steps {
            let Some(y) = act(&tape, &step.action, &step.operands, &made) else {
                return false;
            };
            let x: Vec<_> = step.operands.iter().map(|x| elements(x, &numbers)).collect();
            if !sound(&step.action, &x, &y.numbers()) {
                return false;
            }
            numbers.push(y.numbers());
            made.push(y);
        }
        self.outputs.iter().all(|&i| is_tame(&numbers[i])) && self.record(&tape).loss.is_tracked()
    }
}

/// To one decimal.
fn rounded(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}
