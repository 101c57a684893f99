//! The recorded reading: a sweep whose operations are recorded on the same tape, so that they can be differentiated.

use super::{Part, Reading};
use crate::Real;
use crate::dense::Dense;
use crate::dense::ledger::{Charge, Use};
use crate::ops::Term;
use crate::ops::rule::{Cotangent, Value};
use crate::tape::{ArraySlot, Node, ScalarSlot, Tape, Tensor, Var};
use std::collections::BTreeMap;

/// The adjoints that a recorded sweep fills with handles.
pub struct Recorded<'t, T: Real> {
    tape: &'t Tape<T>,
    pub(crate) adjoints: Vec<Option<Var<'t, T>>>,
    pub(crate) cotangents: Vec<Option<Cotangent<ArraySlot<'t, T>>>>,
    /// Cotangents of single elements, waiting for the sweep to arrive at their array.
    elements: BTreeMap<u32, Vec<(usize, Var<'t, T>)>>,
    _charge: Charge,
}

impl<'t, T: Real> Recorded<'t, T> {
    /// Nothing has been added anywhere yet.
    pub(crate) fn untouched(tape: &'t Tape<T>) -> Self {
        let (scalars, arrays) = (tape.scalars().len() as usize, tape.arrays().len());
        let lists = scalars * size_of::<Option<Var<'t, T>>>()
            + arrays * size_of::<Option<Cotangent<ArraySlot<'t, T>>>>();
        let copy = size_of_val(&tape.scalars().words()[..]);
        Self {
            tape,
            _charge: Charge::new(tape.ledger(), Use::Adjoints, lists + copy),
            adjoints: vec![None; scalars],
            cotangents: vec![None; arrays],
            elements: BTreeMap::new(),
        }
    }

    /// Sweeps from a scalar with cotangent 1.
    pub(crate) fn run(tape: &'t Tape<T>, root: u32) -> Self {
        let mut recorded = Self::untouched(tape);
        recorded.adjoints[root as usize] = Some(T::one().into());
        recorded.backward(Part::whole(tape))
    }

    /// Sweeps through a part of the tape from what has been added.
    pub(crate) fn backward(mut self, part: Part) -> Self {
        let words = self.tape.scalars().words().to_vec();
        T::recorded(self.tape, &words, part, &mut self);
        self
    }
}

impl<'t, T: Real> Reading<'t> for Recorded<'t, T> {
    type T = T;
    type S = ScalarSlot<'t, T>;
    type A = ArraySlot<'t, T>;
    type Held = Tensor<'t, T>;

    fn operand(&self, id: u32, value: T) -> Var<'t, T> {
        Var::on(self.tape, id, value)
    }
    fn literal(&self, value: T) -> Var<'t, T> {
        value.into()
    }
    fn adjoint(&self, id: u32) -> Option<Var<'t, T>> {
        self.adjoints[id as usize]
    }
    fn add(&mut self, id: u32, cotangent: Var<'t, T>, gated: bool) {
        if gated && cotangent.value().is_none() {
            return;
        }
        // A number that happens to be −0.0 must not be taken for the structural zero further down.
        let cotangent = match cotangent.value().is_none() {
            true => cotangent + 0,
            false => cotangent,
        };
        let adjoint = &mut self.adjoints[id as usize];
        *adjoint = Some(adjoint.map_or(cotangent, |sum| sum + cotangent));
    }

    fn array(&self, node: &'t Node<T>) -> Tensor<'t, T> {
        Tensor::on(self.tape, node)
    }
    fn take(&mut self, node: &'t Node<T>) -> Option<Cotangent<ArraySlot<'t, T>>> {
        if let Some(parts) = self.elements.remove(&node.id) {
            let value = place(self.tape, node.value().shape(), &parts);
            let partial = node.value().len() > 1;
            self.add_array(node, Cotangent { value, partial });
        }
        self.cotangents[node.id as usize].take()
    }
    fn put_back(&mut self, node: &'t Node<T>, cotangent: Cotangent<ArraySlot<'t, T>>) {
        self.cotangents[node.id as usize] = Some(cotangent);
    }
    fn add_array(&mut self, node: &'t Node<T>, cotangent: Cotangent<ArraySlot<'t, T>>) {
        if cotangent.value.value().is_empty() && !node.value().is_empty() {
            return;
        }
        let value = cotangent.value.sum_to(node.value().shape());
        let sum = &mut self.cotangents[node.id as usize];
        *sum = Some(match sum {
            Some(sum) => Cotangent {
                value: sum.value + value,
                partial: sum.partial && cotangent.partial,
            },
            None => Cotangent {
                value,
                partial: cotangent.partial,
            },
        });
    }
    fn settle(&mut self, cotangent: &mut Cotangent<ArraySlot<'t, T>>) {
        if cotangent.partial {
            cotangent.value += 0;
            cotangent.partial = false;
        }
    }
    fn add_element(&mut self, node: &'t Node<T>, element: usize, cotangent: Var<'t, T>) {
        let parts = self.elements.entry(node.id).or_default();
        parts.push((element, cotangent));
    }
    fn element(&self, cotangent: &Tensor<'t, T>, element: usize) -> Var<'t, T> {
        cotangent.read(element, cotangent.0.node.value().element(element))
    }

    fn constant(&self, _: &Node<T>, value: T) -> Tensor<'t, T> {
        let value = Dense::full(Some(self.tape.pool()), &[], value);
        self.tape.enter(value, false)
    }
}

/// An array of `shape` with each part added at its place, and structural zeros elsewhere.
fn place<'t, T: Real>(tape: &'t Tape<T>, shape: &[usize], parts: &[(usize, Var<'t, T>)]) -> Tensor<'t, T> {
    let mut value = Dense::full(Some(tape.pool()), shape, T::NONE);
    let out = value.make_mut();
    for &(element, x) in parts {
        out[element] = (out[element] + T::zero()) + x.value();
    }
    let tracked = || parts.iter().filter(|(_, x)| x.is_tracked());
    let pairs = tracked().map(|&(element, x)| [element, x.0.id as usize]);
    tape.push_stack(tracked().count(), pairs, value)
}

/// A gradient as a function of its variable, also where it happens not to vary with it.
#[track_caller]
pub(crate) fn linked<'t, T: Real>(gradient: Var<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
    Term(gradient.0.binary::<crate::ops::pointwise::Link>(&x.0))
}
