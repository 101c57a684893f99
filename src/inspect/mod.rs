//! Looking at a tape: what is wrong, and what is there.
//!
//! - [`Var::diagnose`](crate::Term::diagnose) finds the ops that made an ∞ or a NaN out of better numbers, in values and
//!   adjoints, and names the lines of the program: a [`Diagnosis`] with its [`Birth`]s.
//! - [`Tape::listing`] prints one line an op; [`Tape::tally`] counts ops and bytes by kind.
//!
//! An op of the scalar lane is written `#7`, one of the array lane `@7`, or by the name that
//! [`label`](crate::Term::label) gave it. Nothing here costs anything while it is not used, and
//! nothing here is fast: a diagnosis takes some ten sweeps.

mod birth;
mod diagnose;
mod listing;

pub use birth::{Birth, Born, Diagnosis, Witness};
pub use listing::{Lane, Listing, Tally};

use crate::Real;
use crate::sweep::forward::record_ends;
use crate::tape::decode::{self, Decoded};
use crate::tape::lane::Line;
use crate::tape::{Node, Root, Tape, Tensor, Var};
use std::cell::Ref;
use std::collections::BTreeMap;

/// A tape as the tools see it: every op of either lane can be read.
struct Seen<'t, T: Real> {
    tape: &'t Tape<T>,
    words: Ref<'t, Vec<u64>>,
    /// Where each scalar op's record ends.
    ends: Vec<usize>,
    /// The scalars' values, as far as they are known.
    values: Vec<Option<T>>,
    labels: BTreeMap<Root, String>,
}

impl<'t, T: Real> Seen<'t, T> {
    fn of(tape: &'t Tape<T>) -> Self {
        let words = tape.scalars().words();
        let mut ends = Vec::new();
        record_ends(&words, tape.scalars().len(), &mut ends);
        let values = decode::values(tape, &words, &ends);
        let labels = tape.labels().iter().cloned().collect();
        Self {
            tape,
            words,
            ends,
            values,
            labels,
        }
    }

    fn len(&self) -> usize {
        self.ends.len() + self.tape.arrays().len()
    }

    /// Every op, in the order of recording.
    fn order(&self) -> Vec<Root> {
        let mut order = Vec::with_capacity(self.len());
        let mut from = 0;
        for id in 0..self.tape.arrays().len() {
            let node = self.tape.arrays().get(id);
            order.extend((from..node.scalars_before).map(Root::Scalar));
            order.push(Root::Array(node.id));
            from = node.scalars_before;
        }
        order.extend((from..self.ends.len() as u32).map(Root::Scalar));
        order
    }

    fn scalar(&self, id: u32) -> Decoded<T> {
        Decoded::at(&self.words, self.ends[id as usize])
    }

    fn node(&self, id: u32) -> &'t Node<T> {
        self.tape.arrays().get(id as usize)
    }

    /// The name of the op at a place.
    fn name(&self, place: Root) -> String {
        match place {
            Root::Scalar(id) => self.scalar(id).name(),
            Root::Array(id) => self.node(id).op.name(),
        }
    }

    /// The line of the program that made it, if it is known.
    fn line(&self, place: Root) -> Option<Line> {
        match place {
            Root::Scalar(id) => Some(self.tape.scalars().trace()?[id as usize].line),
            Root::Array(id) => Some(self.node(id).location),
        }
    }

    /// What a place is called: by its label, or by its number.
    fn tag(&self, place: Root) -> String {
        self.labels.get(&place).cloned().unwrap_or_else(|| number(place))
    }
}

/// The number of a place: `#7` in the scalar lane, `@7` in the array lane.
fn number(place: Root) -> String {
    match place {
        Root::Scalar(id) => format!("#{id}"),
        Root::Array(id) => format!("@{id}"),
    }
}

impl<T: Real> Var<'_, T> {
    /// Gives this scalar a name, for messages and drawings: a [`Diagnosis`], a [`Listing`]. Nothing happens to an untracked
    /// constant.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(0.0).label("x");
    /// assert!(x.ln().diagnose().to_string().contains("ln x"));
    /// ```
    pub fn label(self, name: impl Into<String>) -> Self {
        if let Some(tape) = self.0.tape {
            tape.label(Root::Scalar(self.0.id), name.into());
        }
        self
    }
}

impl<T: Real> Tensor<'_, T> {
    /// Gives this tensor a name, for messages and drawings: a [`Diagnosis`], a [`Listing`].
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr1(&[1.0, 0.0])).label("x");
    /// assert!(x.ln().sum().diagnose().to_string().contains("ln x"));
    /// ```
    pub fn label(self, name: impl Into<String>) -> Self {
        self.0.tape.label(Root::Array(self.0.node.id), name.into());
        self
    }
}
