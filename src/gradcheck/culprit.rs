//! Who is to blame: each op that a wrong result was computed by, by itself, as a function of its operands.

use super::check::Options;
use super::record::{Ends, Program, Record, Recording, wide};
use super::report::{Culprit, Fault, Kind as Wrong};
use super::run::run;
use crate::Real;
use crate::dense::Dense;
use crate::grad::Leaf;
use crate::tape::decode::{Decoded, Kind, Operand};
use crate::tape::pinned::Pinned;
use crate::tape::{Op, Reach, Root, Tape};
use smallvec::SmallVec;
use std::panic::Location;

type Examine = dyn Fn(&Options) -> Option<String>;

/// An op that may be wrong.
pub(super) struct Suspect {
    op: String,
    location: Option<&'static Location<'static>>,
    /// What is wrong with it, if anything.
    examine: Box<Examine>,
}

/// So many ops are looked at by themselves.
const SUSPECTS: usize = 500;
/// So many are named.
const NAMED: usize = 6;

/// Looks for the ops that are wrong by themselves.
pub(super) fn blame<'t>(
    faults: &[Fault],
    record: &dyn Record<'t>,
    again: &dyn Record<'t>,
    options: &Options,
) -> Vec<Culprit> {
    let culprit = |suspect: &Suspect, options: &Options| {
        let fault = (suspect.examine)(options)?;
        let (op, location) = (suspect.op.clone(), suspect.location);
        Some(Culprit { op, location, fault })
    };
    // The text of a panic names the op.
    if !options.blame || faults.iter().all(|fault| fault.kind == Wrong::Sweep) {
        return Vec::new();
    }
    let order = faults.iter().map(|fault| fault.kind.order()).max();
    if order == Some(0) {
        let parting = record.parting(again);
        return parting
            .and_then(|suspect| culprit(&suspect, options))
            .into_iter()
            .collect();
    }
    let options = Options {
        order: order.filter(|&order| order == 1),
        directions: 3,
        each: 8,
        blame: false,
        ..options.clone()
    };
    let suspects = record.suspects();
    let found = suspects
        .iter()
        .take(SUSPECTS)
        .filter_map(|suspect| culprit(suspect, &options));
    found.take(NAMED).collect()
}

/// An op with its operands' shapes, as a function of their elements.
struct Alone<'s, T: Real> {
    tapes: &'s Pinned<Tape<T>>,
    op: &'s Op<T>,
    shapes: &'s [Vec<usize>],
}

impl<'s, T: Real> Program<'s> for Alone<'s, T> {
    fn record(&self, x: &[f64]) -> Box<dyn Record<'s> + 's> {
        let tape = self.tapes.push(Tape::default());
        let mut rest = x.iter().map(|&x| T::lit(x));
        let mut inputs = Ends::default();
        for (k, shape) in self.shapes.iter().enumerate() {
            let numbers: Vec<T> = rest.by_ref().take(shape.iter().product()).collect();
            let x =
                ndarray::ArrayD::from_shape_vec(shape.clone(), numbers).expect("a number for each element");
            inputs.leaves.push(Leaf::Tensor(tape.tensor(&x)));
            inputs.paths.push(k.to_string());
        }
        let nodes = (0..tape.arrays().len()).map(|i| tape.arrays().get(i));
        let values: SmallVec<[&Dense<T>; 4]> = nodes.map(|node| node.value()).collect();
        let ids: SmallVec<[u32; 4]> = (0..values.len() as u32).collect();
        let value = value(self.op, &values);
        let y = tape.push(self.op.clone(), &ids, true, value);
        let outputs = Ends {
            leaves: vec![Leaf::Tensor(y)],
            paths: vec![String::new()],
        };
        Box::new(Recording::new(tape, inputs, outputs))
    }
}

/// The op's value for other operands.
fn value<T: Real>(op: &Op<T>, x: &[&Dense<T>]) -> Dense<T> {
    let constant = |c: T| Dense::from(&ndarray::arr0(c));
    match op {
        Op::Unary(op) => T::unary_again(*op, x[0]),
        Op::Binary(op) => T::binary_again(*op, x[0], x[1]),
        Op::BinaryWith(op, c) => T::binary_again(*op, x[0], &constant(*c)),
        Op::BinaryFrom(op, c) => T::binary_again(*op, &constant(*c), x[0]),
        Op::Array(op) => T::array_again(op, x),
        Op::Input | Op::Constant | Op::Detach | Op::Stack(_) => unreachable!("{op:?} is no suspect"),
    }
}

fn suspect<T: Real>(
    op: Op<T>,
    operands: Vec<(Vec<usize>, Vec<f64>)>,
    location: Option<&'static Location<'static>>,
) -> Suspect {
    let (shapes, numbers): (Vec<_>, Vec<_>) = operands.into_iter().unzip();
    let x = numbers.concat();
    Suspect {
        op: op.name(),
        location,
        examine: Box::new(move |options| {
            let tapes = Pinned::default();
            let (tapes, op, shapes) = (&tapes, &op, &shapes);
            let faults = run(&Alone { tapes, op, shapes }, &x, options).err()?;
            faults.faults.first().map(ToString::to_string)
        }),
    }
}

fn hiding(location: &'static Location<'static>) -> Suspect {
    Suspect {
        op: "detach".to_owned(),
        location: Some(location),
        examine: Box::new(|_| Some("it hides from the sweeps what its operand was computed from".to_owned())),
    }
}

fn roots<T: Real>(recording: &Recording<'_, T>) -> Vec<Root> {
    let root = |leaf: &Leaf<'_, T>| match leaf {
        Leaf::Var(y) => y.0.tape.map(|_| Root::Scalar(y.0.id)),
        Leaf::Tensor(y) => Some(Root::Array(y.0.node.id)),
    };
    recording.outputs.leaves.iter().filter_map(root).collect()
}

/// Every op that the results depend on, the likely ones first: `detach`, custom ops, other ops.
pub(super) fn suspects<T: Real>(recording: &Recording<'_, T>) -> Vec<Suspect> {
    let tape = recording.tape;
    let reach = Reach::of(tape, &roots(recording), true);
    let hidden = tape
        .cuts()
        .into_iter()
        .filter(|(result, _)| reach.contains(*result));
    let mut suspects: Vec<Suspect> = hidden.map(|(_, location)| hiding(location)).collect();
    let (mut likely, mut other) = (Vec::new(), Vec::new());
    for id in recording.part.nodes.clone() {
        let node = tape.arrays().get(id);
        let idle = matches!(node.op, Op::Input | Op::Constant | Op::Detach | Op::Stack(_));
        if idle || !node.active || !reach.contains(Root::Array(node.id)) {
            continue;
        }
        let operand = |&id: &u32| {
            let value = tape.arrays().get(id as usize).value().view();
            (value.shape().to_vec(), value.iter().map(|&x| wide(x)).collect())
        };
        let operands = node.operands.iter().map(operand).collect();
        let one = suspect(node.op.clone(), operands, Some(node.location));
        match &node.op {
            Op::Array(op) if op.is_custom() => likely.push(one),
            _ => other.push(one),
        }
    }
    suspects.append(&mut likely);
    suspects.append(&mut other);
    suspects.extend(scalars(recording, &reach));
    suspects
}

fn scalars<T: Real>(recording: &Recording<'_, T>, reach: &Reach) -> Vec<Suspect> {
    let tape = recording.tape;
    let (words, mut ends) = (tape.scalars().words(), Vec::new());
    crate::sweep::forward::record_ends(&words, tape.scalars().len(), &mut ends);
    let Some(trace) = tape.scalars().trace() else {
        return Vec::new();
    };
    let ids = recording
        .part
        .scalars
        .clone()
        .filter(|&id| reach.contains(Root::Scalar(id)));
    let mut found = Vec::new();
    for id in ids {
        let decoded = Decoded::<T>::at(&words, ends[id as usize]);
        let mut values = Vec::new();
        let mut constant = None;
        for (k, operand) in decoded.operands().enumerate() {
            match operand {
                Operand::Scalar(id) => values.push((vec![], vec![wide(trace[id as usize].value)])),
                Operand::Constant(c) => constant = Some((k, c)),
                Operand::Element(..) => {}
            }
        }
        let op = match (decoded.kind, constant) {
            (Kind::Unary(op), _) => Op::Unary(op),
            (Kind::Binary(op, _), None) => Op::Binary(op),
            (Kind::Binary(op, _), Some((0, c))) => Op::BinaryFrom(op, c),
            (Kind::Binary(op, _), Some((_, c))) => Op::BinaryWith(op, c),
            _ => continue,
        };
        found.push(suspect(op, values, Some(trace[id as usize].line)));
    }
    found
}

/// The bits of every scalar, and then those of every array.
pub(super) fn trace<T: Real>(recording: &Recording<'_, T>) -> Vec<Vec<u64>> {
    let tape = recording.tape;
    let scalars = tape
        .scalars()
        .trace()
        .map(|trace| trace.iter().map(|op| vec![op.value.to_word()]).collect());
    let mut all: Vec<Vec<u64>> = scalars.unwrap_or_default();
    all.truncate(recording.part.scalars.end as usize);
    for id in recording.part.nodes.clone() {
        let view = tape.arrays().get(id).value().view();
        all.push(view.iter().map(|x| x.to_word()).collect());
    }
    all
}

/// The first op, arrays before scalars, whose value differs though those of its operands do not.
pub(super) fn parting<T: Real>(recording: &Recording<'_, T>, other: &[Vec<u64>]) -> Option<Suspect> {
    let mine = trace(recording);
    if mine.len() != other.len() {
        return None;
    }
    let tape = recording.tape;
    let scalars = recording.part.scalars.end as usize;
    let differs = |place: usize| mine[place] != other[place];
    let blamed = |op: String, location| Suspect {
        op,
        location: Some(location),
        examine: Box::new(|_| {
            Some("its value differs from one evaluation to the next, those of its operands do not".to_owned())
        }),
    };
    for id in recording.part.nodes.clone().filter(|&id| differs(scalars + id)) {
        let node = tape.arrays().get(id);
        let stacked = match &node.op {
            Op::Stack(pairs) => pairs.iter().skip(1).step_by(2).any(|&id| differs(id)),
            _ => false,
        };
        if !stacked && !node.operands.iter().any(|&id| differs(scalars + id as usize)) {
            return Some(blamed(node.op.name(), node.location));
        }
    }
    let (words, mut ends) = (tape.scalars().words(), Vec::new());
    crate::sweep::forward::record_ends(&words, tape.scalars().len(), &mut ends);
    let trace = tape.scalars().trace()?;
    for id in (0..scalars).filter(|&id| differs(id)) {
        let decoded = Decoded::<T>::at(&words, ends[id]);
        let given = decoded.operands().any(|operand| match operand {
            Operand::Scalar(id) => differs(id as usize),
            Operand::Element(id, _) => differs(scalars + id as usize),
            Operand::Constant(_) => false,
        });
        if !given {
            return Some(blamed(decoded.name(), trace[id].line));
        }
    }
    None
}
