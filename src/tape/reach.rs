//! What a result depends on: the question behind "is this gradient zero or missing?", asked only when a sweep has not
//! touched a variable.

use super::lane::{DETACH, Header, READ};
use super::{Op, Tape};
use crate::Real;
use std::fmt::Write;

/// A place on the tape: an op of either lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// An op of the scalar lane.
    Scalar(u32),
    /// A node of the array lane.
    Array(u32),
}

/// The ops of both lanes that a result was computed from, itself included.
#[derive(Debug)]
pub(crate) struct Reach {
    scalars: Vec<bool>,
    arrays: Vec<bool>,
}

impl Reach {
    /// Walks back from `roots`; across `detach` only if asked to.
    pub(crate) fn of<T: Real>(tape: &Tape<T>, roots: &[Root], across_cuts: bool) -> Self {
        let words = tape.scalars.words();
        let mut reach = Self {
            scalars: vec![false; tape.scalars.len() as usize],
            arrays: vec![false; tape.arrays.len()],
        };
        for root in roots {
            match root {
                Root::Scalar(id) => reach.scalars[*id as usize] = true,
                Root::Array(id) => reach.arrays[*id as usize] = true,
            }
        }
        let (mut id, mut end) = (reach.scalars.len(), words.len());
        for node in (0..=reach.arrays.len()).rev() {
            let stop = match node {
                0 => 0,
                _ => tape.arrays.get(node - 1).scalars_before as usize,
            };
            while id > stop {
                id -= 1;
                let header = Header::unpack(words[end - 1].get());
                let operands = header.operands();
                end -= header.payload() + 1;
                if !reach.scalars[id] {
                    continue;
                }
                if header.code == READ {
                    reach.arrays[header.a as usize] = true;
                }
                if header.code != DETACH || across_cuts {
                    let variables = operands.variables().iter();
                    variables.for_each(|&v| reach.scalars[v as usize] = true);
                }
            }
            if node > 0 && reach.arrays[node - 1] {
                reach.mark_operands(tape.arrays.get(node - 1), across_cuts);
            }
        }
        reach
    }

    fn mark_operands<T: Real>(&mut self, node: &super::Node<T>, across_cuts: bool) {
        match &node.op {
            Op::Stack(pairs) => {
                let ids = pairs.iter().skip(1).step_by(2);
                ids.for_each(|&id| self.scalars[id] = true);
            }
            Op::Detach if !across_cuts => {}
            _ => {
                let operands = node.operands.iter();
                operands.for_each(|&id| self.arrays[id as usize] = true);
            }
        }
    }

    /// How many ops of the scalar lane it is.
    pub(crate) fn scalars(&self) -> usize {
        self.scalars.iter().filter(|&&reached| reached).count()
    }

    /// Whether the result depends on this.
    pub(crate) fn contains(&self, place: Root) -> bool {
        match place {
            Root::Scalar(id) => self.scalars.get(id as usize) == Some(&true),
            Root::Array(id) => self.arrays.get(id as usize) == Some(&true),
        }
    }
}

/// Says why `roots` do not depend on `x`: where the path was cut, or that there is none.
#[cold]
pub(crate) fn explain<T: Real>(tape: &Tape<T>, roots: &[Root], x: Root) -> String {
    let what = match x {
        Root::Scalar(_) => "scalar".to_owned(),
        Root::Array(id) => {
            let node = tape.arrays.get(id as usize);
            format!(
                "tensor of shape {:?} recorded at {}",
                node.value().shape(),
                node.location
            )
        }
    };
    let mut text = format!("the result does not depend on this {what}");
    let all = Reach::of(tape, roots, true);
    let cuts = tape.cuts.borrow();
    let between = cuts
        .iter()
        .filter(|cut| all.contains(cut.result) && Reach::of(tape, &[cut.operand], true).contains(x));
    let mut found = false;
    for cut in between {
        found = true;
        let _ = write!(text, "; the path is cut by `detach` at {}", cut.location);
    }
    if found {
        return text;
    }
    text.push_str("; no recorded operation leads from it to the result");
    let constants = (0..all.arrays.len()).filter(|&i| all.arrays[i]);
    let constants = constants.map(|i| tape.arrays.get(i));
    for node in constants.filter(|n| matches!(n.op, Op::Constant)).take(3) {
        let _ = write!(text, "; a constant enters at {}", node.location);
    }
    text
}
