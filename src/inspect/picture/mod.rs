//! A tape in pictures: what was computed from what, the values, and what a sweep has brought back.

mod dot;
mod graph;
mod layout;
mod svg;

use super::Tally;
use crate::tape::Tape;
use crate::{Gradients, Real};
use graph::Graph;

/// How many boxes a picture has at most, unless [`Picture::most`] says otherwise.
const MOST: usize = 60;

/// A picture of a tape, see [`Tape::picture`].
#[must_use = "`to_svg` or `to_dot` draws it"]
pub struct Picture<'t, T: Real = f64> {
    tape: &'t Tape<T>,
    gradients: Option<&'t Gradients<T>>,
    most: usize,
}

/// What is drawn.
enum Drawing {
    Graph(Graph),
    /// Too much for a graph: how much there is of each kind.
    Summary(Vec<Tally>),
}

impl<T: Real> Tape<T> {
    /// A picture of what is recorded: a box for each op with its name or [`label`](crate::Term::label) and its value (of an array
    /// the shape and the Euclidean norm), and an edge from each operand.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(2.0).label("x");
    /// let y = (x * x.sin()).label("y");
    /// let gradients = y.backward();
    /// let svg = tape.picture().adjoints(&gradients).to_svg();
    /// assert!(svg.starts_with("<svg") && svg.contains(">sin<"));
    /// let dot = tape.picture().to_dot();
    /// assert!(dot.starts_with("digraph"));
    /// ```
    pub fn picture(&self) -> Picture<'_, T> {
        Picture {
            tape: self,
            gradients: None,
            most: MOST,
        }
    }
}

impl<'t, T: Real> Picture<'t, T> {
    /// Draws also what a sweep has brought back: the adjoint below each value, and the way it came. What the result does
    /// not depend on is left out.
    ///
    /// # Panics
    /// Where the gradients are of another tape, or from before a [`Tape::clear`].
    #[track_caller]
    pub fn adjoints(mut self, gradients: &'t Gradients<T>) -> Self {
        crate::found::check(gradients.0.epoch(), self.tape.epoch(), true);
        self.gradients = Some(gradients);
        self
    }

    /// At most `n` boxes; 60 if this is not said. Where there would be more, runs of scalar ops without a label become one
    /// box each; where that is not enough, the picture shows how much there is of each kind of op.
    pub fn most(mut self, n: usize) -> Self {
        self.most = n;
        self
    }

    /// The picture as an SVG file of its own.
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::draw(&self.drawing())
    }

    /// The picture in the language of Graphviz, for `dot`.
    #[must_use]
    pub fn to_dot(&self) -> String {
        dot::draw(&self.drawing())
    }

    fn drawing(&self) -> Drawing {
        let runs = [false, true].into_iter();
        let graphs = runs.map(|runs| Graph::of(self.tape, self.gradients, runs, self.most));
        let fits = graphs.flatten().next();
        fits.map_or_else(|| Drawing::Summary(self.tape.tally()), Drawing::Graph)
    }
}

impl<T: Real> std::fmt::Debug for Picture<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("Picture");
        out.field("tape", &self.tape).finish_non_exhaustive()
    }
}
