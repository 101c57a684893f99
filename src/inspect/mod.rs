//! Looking at a tape: what is wrong, and what is there.
//!
//! - [`Var::diagnose`](crate::Term::diagnose) finds the ops that made an ∞ or a NaN out of better numbers, in values and
//!   adjoints, and names the lines of the program: a [`Diagnosis`] with its [`Birth`]s.
//! - [`Tape::listing`] prints one line an op; [`Tape::tally`] counts ops and bytes by kind.
//! - [`Tape::picture`] draws it: an SVG that needs no other program, or a file for Graphviz.
//!
//! An op of the scalar lane is written `#7`, one of the array lane `@7`, or by the name that
//! [`label`](crate::Term::label) gave it. Nothing here costs anything while it is not used, and
//! nothing here is fast: a diagnosis takes some ten sweeps.

pub(crate) mod birth;
mod diagnose;
mod grade;
pub(crate) mod listing;
mod picture;

pub use birth::{Birth, Born, Diagnosis, Witness};
pub use listing::{Lane, Listing, Tally};
pub use picture::Picture;

use crate::Real;
use crate::sweep::forward::record_ends;
use crate::tape::decode::{self, Decoded};
use crate::tape::lane::{Line, Words};
use crate::tape::{Label, Node, Root, Tape, Tensor, Var};
use std::collections::BTreeMap;

/// A tape as the tools see it: every op of either lane can be read.
struct Seen<'t, T: Real> {
    tape: &'t Tape<T>,
    words: Words<'t>,
    /// Where each scalar op's record ends.
    ends: Vec<usize>,
    /// The scalars' values, as far as they are known.
    values: Vec<Option<T>>,
    labels: BTreeMap<Root, String>,
    adjoint_labels: BTreeMap<Root, String>,
}

impl<'t, T: Real> Seen<'t, T> {
    fn of(tape: &'t Tape<T>) -> Self {
        let words = tape.scalars().words();
        let mut ends = Vec::new();
        record_ends(&words, tape.scalars().len(), &mut ends);
        let values = decode::values(tape, &words, &ends);
        let named = |adjoint| {
            let labels = tape.labels();
            let labels = labels.iter().filter(|label| label.adjoint == adjoint);
            labels.map(|label| (label.place, label.name.clone())).collect()
        };
        Self {
            tape,
            words,
            ends,
            values,
            labels: named(false),
            adjoint_labels: named(true),
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

/// The methods that name what is at a handle's place.
macro_rules! labels {
    ($Handle:ident, |$x:ident| $place:expr) => {
        impl<T: Real> $Handle<'_, T> {
            /// Gives the value a name, for messages and pictures: a [`Diagnosis`](crate::inspect::Diagnosis), a
            /// [`Listing`](crate::inspect::Listing), a [`Picture`](crate::inspect::Picture). Nothing happens to an
            /// untracked constant. [`Tape::clear`] forgets it.
            ///
            /// ```
            /// let tape = wengert::Tape::new();
            /// let x = tape.var(0.0).label("x");
            /// assert!(x.ln().diagnose().to_string().contains("ln x"));
            /// ```
            pub fn label(self, name: impl Into<String>) -> Self {
                let $x = &self;
                if let Some((tape, place)) = $place {
                    let (adjoint, name) = (false, name.into());
                    tape.label(Label {
                        place,
                        adjoint,
                        name,
                    });
                }
                self
            }

            /// Gives the adjoint a name, as [`label`](Self::label) the value: the δ of a layer, for instance.
            pub fn label_adjoint(self, name: impl Into<String>) -> Self {
                let $x = &self;
                if let Some((tape, place)) = $place {
                    let (adjoint, name) = (true, name.into());
                    tape.label(Label {
                        place,
                        adjoint,
                        name,
                    });
                }
                self
            }
        }
    };
}

labels!(Var, |x| x.0.tape.map(|tape| (tape, Root::Scalar(x.0.id))));
labels!(Tensor, |x| Some((x.0.tape, Root::Array(x.0.node.id))));
