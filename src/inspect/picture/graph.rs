//! What is to be drawn: boxes and edges, in words, independent of how.

use crate::dense::Dense;
use crate::inspect::birth::Shown;
use crate::inspect::listing::norm;
use crate::inspect::{Seen, number};
use crate::ops::pointwise::{BinaryVisitor, UnaryVisitor};
use crate::ops::{Binary, BinaryRule, Flow, Unary, UnaryRule};
use crate::tape::decode::{Kind, Operand};
use crate::tape::{Op, Reach, Root, Tape};
use crate::{Gradients, Real, found::Origin};
use std::collections::BTreeMap;

/// Boxes in the order of recording, and edges from operands to results.
pub(super) struct Graph {
    pub(super) boxes: Vec<Box>,
    pub(super) edges: Vec<Edge>,
}

/// One op, or a run of them.
pub(super) struct Box {
    pub(super) role: Role,
    /// The label, or the op's name.
    pub(super) title: String,
    /// The op's name, where `title` is a label, and its constants.
    pub(super) op: String,
    /// An array's shape.
    pub(super) shape: String,
    /// The value in short.
    pub(super) value: String,
    /// The adjoint's name and value.
    pub(super) adjoint: Option<Adjoint>,
    /// Whether a sweep has brought something back to it.
    pub(super) swept: bool,
    /// All of it in words, with the line of the program.
    pub(super) about: String,
}

pub(super) struct Adjoint {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Variable,
    Constant,
    Op,
    /// Many scalar ops.
    Run,
}

pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether a cotangent came back along it.
    pub(super) back: bool,
}

impl Graph {
    /// The graph of a tape, with `runs` of scalar ops taken together; `None` if it has more boxes than `most`.
    pub(super) fn of<T: Real>(
        tape: &Tape<T>,
        gradients: Option<&Gradients<T>>,
        runs: bool,
        most: usize,
    ) -> Option<Self> {
        if !runs && tape.arrays().len() + tape.scalars().len() as usize > 20 * most.max(1) {
            return None; // far too many to look at each
        }
        let seen = Seen::of(tape);
        let reach = gradients.map(|gradients| match gradients.0.origin() {
            Origin::Results(roots) | Origin::Seeds(roots) => Reach::of(tape, roots, true),
        });
        let mut build = Build {
            seen,
            gradients,
            at: BTreeMap::new(),
            graph: Self {
                boxes: Vec::new(),
                edges: Vec::new(),
            },
        };
        let order = build.seen.order();
        let drawn = |&place: &Root| reach.as_ref().is_none_or(|reach| reach.contains(place));
        let mut run: Vec<Root> = Vec::new();
        for place in order.into_iter().filter(drawn) {
            let plain = matches!(place, Root::Scalar(_)) && !build.seen.labels.contains_key(&place);
            if runs && plain {
                run.push(place);
                continue;
            }
            build.close(&mut run);
            build.add(place);
            if build.graph.boxes.len() > most {
                return None;
            }
        }
        build.close(&mut run);
        (build.graph.boxes.len() <= most).then_some(build.graph)
    }
}

struct Build<'t, T: Real> {
    seen: Seen<'t, T>,
    gradients: Option<&'t Gradients<T>>,
    /// The box in which a place is drawn.
    at: BTreeMap<Root, usize>,
    graph: Graph,
}

impl<T: Real> Build<'_, T> {
    /// Ends a run of scalar ops: one or two are drawn, more are one box.
    fn close(&mut self, run: &mut Vec<Root>) {
        if run.len() < 3 {
            run.drain(..).for_each(|place| self.add(place));
            return;
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for &place in run.iter() {
            *counts.entry(self.seen.name(place)).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let kinds = counts.iter().map(|(op, n)| format!("{n} {op}"));
        let kinds: Vec<String> = kinds.collect();
        let [first, last] = [run[0], run[run.len() - 1]];
        let it = self.graph.boxes.len();
        self.graph.boxes.push(Box {
            role: Role::Run,
            title: format!("{} scalar ops", run.len()),
            op: kinds[..kinds.len().min(3)].join(", "),
            shape: String::new(),
            value: format!("{} to {}", number(first), number(last)),
            adjoint: None,
            swept: run.iter().any(|&place| self.adjoint(place).is_some()),
            about: kinds.join(", "),
        });
        for &place in run.iter() {
            self.at.insert(place, it);
        }
        for place in run.drain(..) {
            self.connect(place, it);
        }
    }

    /// Draws one op as a box of its own. A read of an array's only element is drawn as part of the array.
    fn add(&mut self, place: Root) {
        if let Root::Scalar(id) = place
            && let Kind::Read(_) = self.seen.scalar(id).kind
            && let array = Root::Array(self.seen.scalar(id).ids[0])
            && let Some(&it) = self.at.get(&array)
            && self.seen.node(self.seen.scalar(id).ids[0]).value().len() == 1
        {
            self.at.insert(place, it);
            if let Some(label) = self.seen.labels.get(&place) {
                let drawn = &mut self.graph.boxes[it];
                let name = std::mem::replace(&mut drawn.title, label.clone());
                if drawn.op.is_empty() {
                    drawn.op = name;
                }
            }
            return;
        }
        let name = self.seen.name(place);
        let constant = self.constant(place);
        let role = match place {
            Root::Scalar(id) if self.seen.scalar(id).kind == Kind::Input => Role::Variable,
            Root::Scalar(_) => Role::Op,
            Root::Array(id) => match self.seen.node(id).op {
                Op::Input => Role::Variable,
                Op::Constant => Role::Constant,
                _ => Role::Op,
            },
        };
        let label = self.seen.labels.get(&place).cloned();
        let inner = matches!(role, Role::Op);
        let (title, op) = match label {
            Some(label) if inner => (label, format!("{name}{constant}")),
            Some(label) => (label, String::new()),
            None => (name.clone(), constant),
        };
        let line = self
            .seen
            .line(place)
            .map_or_else(String::new, |line| format!(", {line}"));
        let (shape, value) = (self.shape(place), self.value(place));
        let it = self.graph.boxes.len();
        let adjoint = self.adjoint(place);
        let of_adjoint = adjoint.as_ref().map_or_else(String::new, |a| {
            format!(", adjoint {} {shape} {}", a.name, a.value)
        });
        self.graph.boxes.push(Box {
            role,
            about: format!("{} {name} {shape} {value}{of_adjoint}{line}", number(place)),
            title,
            op,
            shape,
            value,
            swept: adjoint.is_some(),
            adjoint,
        });
        self.at.insert(place, it);
        self.connect(place, it);
    }

    /// The constant among an op's operands, with the variable's place marked.
    fn constant(&self, place: Root) -> String {
        let constant = match place {
            Root::Scalar(id) => {
                let op = self.seen.scalar(id);
                let mut operands = op.operands().enumerate();
                operands.find_map(|(k, operand)| match operand {
                    Operand::Constant(c) => Some((k, c)),
                    _ => None,
                })
            }
            Root::Array(id) => match self.seen.node(id).op {
                Op::BinaryFrom(_, c) => Some((0, c)),
                Op::BinaryWith(_, c) => Some((1, c)),
                _ => None,
            },
        };
        constant.map_or_else(String::new, |(k, c)| match k {
            0 => format!("({}, ·)", Shown(c)),
            _ => format!("(·, {})", Shown(c)),
        })
    }

    fn shape(&self, place: Root) -> String {
        match place {
            Root::Scalar(_) => String::new(),
            Root::Array(id) => {
                let shape = self.seen.node(id).value().shape();
                let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
                shape.join("×")
            }
        }
    }

    fn value(&self, place: Root) -> String {
        match place {
            Root::Scalar(id) => {
                self.seen.values[id as usize].map_or_else(String::new, |x| format!("= {}", short(x)))
            }
            Root::Array(id) => array(self.seen.node(id).value()),
        }
    }

    fn adjoint(&self, place: Root) -> Option<Adjoint> {
        let found = &self.gradients?.0;
        let value = match place {
            Root::Scalar(id) => {
                let g = *found.scalars().get(id as usize)?;
                (!g.is_none()).then(|| format!("= {}", short(g)))?
            }
            Root::Array(id) => array(&found.arrays().get(id as usize)?.as_ref()?.value.0),
        };
        let name = self.seen.adjoint_labels.get(&place).cloned();
        let name = name.or_else(|| self.seen.labels.get(&place).map(|label| format!("∂{label}")));
        let name = name.unwrap_or_default();
        Some(Adjoint { name, value })
    }

    /// Edges from the operands of the op at `place` to its box.
    fn connect(&mut self, place: Root, to: usize) {
        let operands: Vec<(Root, bool)> = match place {
            Root::Scalar(id) => {
                let op = self.seen.scalar(id);
                let flows = match op.kind {
                    Kind::Unary(op) => [flows_unary(op), false],
                    Kind::Binary(op, _) => flows(op),
                    Kind::Read(_) => [true; 2],
                    Kind::Input | Kind::Detach => [false; 2],
                };
                let operands = op.operands().zip(flows);
                operands
                    .filter_map(|(operand, flow)| match operand {
                        Operand::Scalar(id) => Some((Root::Scalar(id), flow)),
                        Operand::Element(id, _) => Some((Root::Array(id), flow)),
                        Operand::Constant(_) => None,
                    })
                    .collect()
            }
            Root::Array(id) => {
                let node = self.seen.node(id);
                let flows = match node.op {
                    Op::Unary(op) => [flows_unary(op); 2],
                    Op::Binary(op) => flows(op),
                    Op::BinaryWith(op, _) => [flows(op)[0]; 2],
                    Op::BinaryFrom(op, _) => [flows(op)[1]; 2],
                    Op::Detach => [false; 2],
                    _ => [true; 2],
                };
                let arrays = node.operands.iter().enumerate().map(|(k, &id)| {
                    let flow = flows[k.min(1)] && self.seen.node(id).active;
                    (Root::Array(id), flow)
                });
                let scalars = match &node.op {
                    Op::Stack(pairs) => &pairs[..],
                    _ => &[],
                };
                let scalars = scalars.iter().skip(1).step_by(2);
                arrays
                    .chain(scalars.map(|&id| (Root::Scalar(id as u32), true)))
                    .collect()
            }
        };
        for (operand, flow) in operands {
            let Some(&from) = self.at.get(&operand) else {
                continue;
            };
            let swept = |it: usize| self.graph.boxes[it].swept;
            let back = flow && swept(from) && swept(to);
            let known = self.graph.edges.iter_mut().find(|e| (e.from, e.to) == (from, to));
            match known {
                Some(edge) => edge.back |= back,
                None if from != to => self.graph.edges.push(Edge { from, to, back }),
                None => {}
            }
        }
    }
}

fn flows(op: Binary) -> [bool; 2] {
    struct Flows;
    impl BinaryVisitor for Flows {
        type Out = [bool; 2];
        fn visit<O: BinaryRule>(self) -> [bool; 2] {
            O::FLOW.map(|flow| flow != Flow::None)
        }
    }
    op.visit(Flows)
}

fn flows_unary(op: Unary) -> bool {
    struct Flows;
    impl UnaryVisitor for Flows {
        type Out = bool;
        fn visit<O: UnaryRule>(self) -> bool {
            O::FLOW != Flow::None
        }
    }
    op.visit(Flows)
}

/// A number in four digits.
fn short<T: Real>(x: T) -> String {
    let size = x.abs();
    if !x.is_finite() || x == T::zero() || x == x.round() && size < T::lit(1e6) {
        return Shown(x).to_string();
    }
    match size >= T::lit(1e-3) && size < T::lit(1e6) {
        true => {
            let whole = size.log10().floor().to_i32().unwrap_or(0);
            format!("{x:.*}", (3 - whole).clamp(0, 6) as usize)
        }
        false => format!("{x:.2e}"),
    }
}

/// An array's only element, or its norm.
fn array<T: Real>(x: &Dense<T>) -> String {
    match x.len() {
        1 => format!("= {}", short(x.element(0))),
        _ => format!("‖·‖ {}", short(norm(x))),
    }
}
