//! What the programs of a run are made of: every op has to be among them, and all that makes a graph hard.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use wengert::gradcheck::strategies::{Action, Made, Program, Source};
use wengert::ops::{Binary, Unary};

/// How often each op was drawn, and how many programs have what [`TRAITS`] names.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    programs: usize,
    ops: BTreeMap<String, usize>,
    traits: BTreeMap<&'static str, usize>,
}

/// What a program may have, at least one in a hundred does.
const TRAITS: [&str; 11] = [
    "both lanes",
    "broadcasting",
    "constant operand",
    "dead branch",
    "detached",
    "elements left behind",
    "fan-out",
    "read",
    "repeated operand",
    "several outputs",
    "stack",
];

/// The actions beside the rows of the table of pointwise ops.
#[rustfmt::skip]
const ACTIONS: &[&str] = &[
    "Fit", "Select", "Detach", "Constant", "Read", "Stack",
    "Sum", "Mean", "Max", "Min", "LogSumExp", "Norm1", "Norm2", "Prod", "Var", "Std", "Median",
    "CumSum", "CumProd", "CumMax", "CumMin", "LogCumSumExp", "Softmax", "LogSoftmax", "CrossEntropy",
    "MatMul", "Einsum", "Outer", "Kron", "Reshape", "Permute", "BroadcastTo", "Slice", "WithSlice", "Take", "Put", "PutAdd",
    "TakeAlongAxis", "Scatter", "ScatterAdd", "MaskSelect", "Concat", "StackAlong", "Pad", "Flip", "Roll", "Tile",
    "Diag", "Diagonal", "Tril", "Triu", "SlidingWindows", "Sort", "TopK", "KthSmallest",
    "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d",
    "Gammainc", "Betainc",
];

#[cfg(feature = "linalg")]
#[rustfmt::skip]
const LINEAR: &[&str] = &[
    "Regular", "Solve", "SolveTriangular", "Inv", "Det", "Slogdet", "Cholesky", "Qr", "Eigvalsh", "Svdvals", "Pinv", "Expm",
];
#[cfg(not(feature = "linalg"))]
const LINEAR: &[&str] = &[];

/// The name under which an action is counted.
fn key(action: &Action) -> String {
    match action {
        Action::Unary(op) => format!("row {op:?}"),
        Action::Binary(op) => format!("row {op:?}"),
        Action::FoldAll(fold) | Action::Fold { fold, .. } => format!("{fold:?}"),
        Action::Scan(scan, _) => format!("{scan:?}"),
        Action::Linear(op) => format!("{op:?}"),
        Action::Conv { .. } | Action::Pool { .. } => action.name(),
        other => {
            let text = format!("{other:?}");
            let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
            text[..end].to_owned()
        }
    }
}

impl Counts {
    pub(crate) fn add(&mut self, program: &Program) {
        self.programs += 1;
        let (inputs, steps) = (program.inputs(), program.steps());
        let mut uses = vec![0; inputs.len() + steps.len()];
        let mut traits = BTreeSet::new();
        let tape = wengert::Tape::new();
        let values = program.record(&tape).values;
        for step in steps {
            *self.ops.entry(key(&step.action)).or_default() += 1;
            let operands: Vec<usize> = step.operands.iter().filter_map(Source::value).collect();
            operands.iter().for_each(|&i| uses[i] += 1);
            let mut has = |yes: bool, what| {
                if yes {
                    traits.insert(what);
                }
            };
            has(step.action == Action::Detach, "detached");
            has(matches!(step.action, Action::Read(_)), "read");
            has(step.action == Action::Stack, "stack");
            has(
                operands.len() > 1 && operands.windows(2).any(|w| w[0] == w[1]),
                "repeated operand",
            );
            has(
                operands.len() < step.operands.len() && step.action != Action::Constant,
                "constant operand",
            );
            if matches!(step.action, Action::Binary(_)) && operands.len() == 2 {
                let [a, b] = [0, 1].map(|k| values[operands[k]].shape());
                has(a != b, "broadcasting");
            }
        }
        program.outputs().iter().for_each(|&i| uses[i] += 1);
        let lanes = values.iter().map(|x| matches!(x, Made::Scalar(_)));
        let lanes: BTreeSet<bool> = lanes.collect();
        let wild = values.iter().any(|x| x.numbers().iter().any(|x| !x.is_finite()));
        for (yes, what) in [
            (lanes.len() == 2, "both lanes"),
            (uses.iter().any(|&n| n > 1), "fan-out"),
            (uses.contains(&0), "dead branch"),
            (wild, "elements left behind"),
            (program.outputs().len() > 1, "several outputs"),
        ] {
            if yes {
                traits.insert(what);
            }
        }
        traits
            .into_iter()
            .for_each(|what| *self.traits.entry(what).or_default() += 1);
    }

    /// Asks that everything was drawn.
    #[track_caller]
    pub(crate) fn complete(&self) {
        let rows = Unary::ALL.iter().map(|op| format!("row {op:?}"));
        let rows = rows.chain(Binary::ALL.iter().map(|op| format!("row {op:?}")));
        let actions = ACTIONS.iter().chain(LINEAR).map(|&name| name.to_owned());
        let expected: BTreeSet<String> = rows.chain(actions).collect();
        let drawn: BTreeSet<String> = self.ops.keys().cloned().collect();
        assert_eq!(drawn, expected);
        for what in TRAITS {
            let n = self.traits.get(what).copied().unwrap_or(0);
            assert!(
                100 * n >= self.programs,
                "{what}: {n} of {} programs",
                self.programs
            );
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: Vec<String>| counts.join(", ");
        let ops = self.ops.iter().map(|(name, n)| format!("{name} {n}"));
        let traits = self.traits.iter().map(|(name, n)| format!("{name} {n}"));
        writeln!(f, "{} programs: {}", self.programs, list(traits.collect()))?;
        write!(f, "{}", list(ops.collect()))
    }
}
