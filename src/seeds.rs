//! Where a sweep begins: tangents of variables, or cotangents of results.

use crate::Real;
use crate::dense::Dense;
use crate::dense::spare::Lent;
use crate::found::untracked;
use crate::tape::{Adjoints, Node, Tape, Tensor, Var};
use ndarray::{ArrayBase, Data, Dimension};

/// What a sweep begins with.
pub(crate) struct Seeds<'t, T: Real> {
    pub(crate) tape: &'t Tape<T>,
    pub(crate) adjoints: Lent<Adjoints<T>>,
}

impl<'t, T: Real> Seeds<'t, T> {
    pub(crate) fn none(tape: &'t Tape<T>) -> Self {
        Self {
            tape,
            adjoints: Adjoints::untouched(tape),
        }
    }

    #[track_caller]
    pub(crate) fn scalar(&mut self, x: Var<'_, T>, v: T) {
        let Some(tape) = x.0.tape else { untracked() };
        let known = (x.0.id as usize) < self.adjoints.scalars.len() && std::ptr::eq(tape, self.tape);
        assert!(known, "seed: this scalar is not on the tape that is to be swept");
        self.adjoints.seed_scalar(x.0.id, v);
    }

    #[track_caller]
    pub(crate) fn array<S, D>(&mut self, x: Tensor<'_, T>, v: &ArrayBase<S, D>)
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        let node = self.node(x);
        assert!(
            v.shape() == node.value().shape(),
            "seed: it has the shape {:?}, the tensor {:?}",
            v.shape(),
            node.value().shape()
        );
        let seed = Dense::copy_from(Some(self.tape.pool()), v);
        self.adjoints.seed_array(node.id, seed);
    }

    /// Seeds one element with 1; the others receive nothing.
    #[track_caller]
    pub(crate) fn element(&mut self, x: Tensor<'_, T>, k: usize) {
        let node = self.node(x);
        self.adjoints.seed_element(node, k, T::one());
    }

    #[track_caller]
    fn node<'a>(&self, x: Tensor<'a, T>) -> &'a Node<T> {
        let node = x.0.node;
        let known = (node.id as usize) < self.adjoints.arrays.len() && std::ptr::eq(x.0.tape, self.tape);
        assert!(known, "seed: this tensor is not on the tape that is to be swept");
        node
    }
}
