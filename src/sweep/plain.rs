//! The plain reading: a sweep that computes numbers and records nothing.

use super::{Reading, Side};
use super::{backward, forward};
use crate::Real;
use crate::dense::Dense;
use crate::ops::Term;
use crate::ops::rule::{BinaryRule, Cotangent, Flow, UnaryRule};
use crate::tape::{Adjoints, Node, Tape};

impl<T: Real> Adjoints<T> {
    /// Sweeps from a scalar, whose adjoint is 1.
    pub(crate) fn from_scalar(tape: &Tape<T>, root: u32) -> Self {
        let mut adjoints = Self::untouched(tape);
        adjoints.scalars[root as usize] = T::one();
        adjoints.run(tape)
    }

    /// Sweeps from an array, whose cotangent is `seed`.
    pub(crate) fn from_array(tape: &Tape<T>, root: u32, seed: Dense<T>) -> Self {
        let mut adjoints = Self::untouched(tape);
        adjoints.set(root, seed);
        adjoints.run(tape)
    }

    /// Nothing has been added anywhere yet.
    pub(crate) fn untouched(tape: &Tape<T>) -> Self {
        let mut adjoints = tape.spare().take().unwrap_or(Self {
            scalars: Vec::new(),
            arrays: Vec::new(),
        });
        adjoints.make_room(tape);
        adjoints
    }

    fn make_room(&mut self, tape: &Tape<T>) {
        self.scalars.resize(tape.scalars().len() as usize, T::NONE);
        self.arrays.resize_with(tape.arrays().len(), || None);
    }

    /// Puts a seed in the place of an array.
    pub(crate) fn set(&mut self, id: u32, seed: Dense<T>) {
        self.arrays[id as usize] = Some(Cotangent {
            value: Term(seed),
            partial: false,
        });
    }

    /// Sweeps forwards from the seeds that have been set.
    pub(crate) fn forward(mut self, tape: &Tape<T>) -> Self {
        let (nodes, scalars) = (tape.arrays().len(), tape.scalars().len());
        self.make_room(tape);
        forward::sweep(tape, &tape.scalars().words(), scalars, nodes, &mut self);
        self
    }

    fn run(mut self, tape: &Tape<T>) -> Self {
        let (nodes, scalars) = (tape.arrays().len(), tape.scalars().len());
        backward::sweep(tape, &tape.scalars().words(), scalars, nodes, &mut self);
        self
    }
}

impl<'t, T: Real> Reading<'t> for Adjoints<T> {
    type T = T;
    type S = T;
    type A = Dense<T>;

    #[inline(always)]
    fn operand(&self, _: u32, value: T) -> Term<T> {
        Term(value)
    }
    #[inline(always)]
    fn literal(&self, value: T) -> Term<T> {
        Term(value)
    }
    #[inline(always)]
    fn adjoint(&self, id: u32) -> Option<Term<T>> {
        let g = self.scalars[id as usize];
        (!g.is_none()).then_some(Term(g))
    }
    #[inline(always)]
    fn add(&mut self, id: u32, cotangent: Term<T>, gated: bool) {
        if !(gated && cotangent.0.is_none()) {
            // Adding 0 first makes the sum differ from the structural zero, −0.0, whatever is added.
            let adjoint = &mut self.scalars[id as usize];
            *adjoint = (*adjoint + T::zero()) + cotangent.0;
        }
    }

    fn array(&self, node: &Node<T>) -> Term<Dense<T>> {
        Term(node.value.clone())
    }
    fn take(&mut self, node: &Node<T>) -> Option<Cotangent<Dense<T>>> {
        self.arrays[node.id as usize].take()
    }
    fn put_back(&mut self, node: &Node<T>, cotangent: Cotangent<Dense<T>>) {
        self.arrays[node.id as usize] = Some(cotangent);
    }
    fn add_array(&mut self, node: &Node<T>, cotangent: Cotangent<Dense<T>>) {
        let value = cotangent.value.0.sum_to(node.value.shape());
        match &mut self.arrays[node.id as usize] {
            Some(sum) => {
                sum.value.0.add(&value);
                sum.partial &= cotangent.partial;
            }
            empty => {
                *empty = Some(Cotangent {
                    value: Term(value),
                    partial: cotangent.partial,
                });
            }
        }
    }
    fn settle(&mut self, cotangent: &mut Cotangent<Dense<T>>) {
        if cotangent.partial {
            let elements = cotangent.value.0.make_mut().iter_mut();
            elements.for_each(|x| *x += T::zero());
            cotangent.partial = false;
        }
    }
    fn add_element(&mut self, node: &Node<T>, element: usize, cotangent: Term<T>) {
        let slot = &mut self.arrays[node.id as usize];
        let sum = slot.get_or_insert_with(|| Cotangent {
            value: Term(Dense::full(node.value.pool(), node.value.shape(), T::NONE)),
            partial: true,
        });
        let adjoint = &mut sum.value.0.make_mut()[element];
        *adjoint = (*adjoint + T::zero()) + cotangent.0;
    }
    fn element(&self, cotangent: &Term<Dense<T>>, element: usize) -> Term<T> {
        Term(cotangent.0.element(element))
    }

    fn unary<O: UnaryRule>(&self, x: &Node<T>, y: &Node<T>, g: &Cotangent<Dense<T>>) -> Cotangent<Dense<T>> {
        let flow = O::FLOW;
        if flow == Flow::Same {
            return g.clone();
        }
        let partial = g.partial;
        let g = &g.value.0;
        // What the rule does not read is not streamed through: `g` stands in for it.
        let x = if O::READS_X { &x.value } else { g };
        let y = if O::READS_Y { &y.value } else { g };
        let value = Dense::zip(g.pool(), g.shape().into(), [x, y, g], |[x, y, g], out| {
            let xyg = x.iter().zip(y).zip(g);
            for (o, ((&x, &y), &g)) in out.iter_mut().zip(xyg) {
                *o = O::vjp(&Term(x), &Term(y), &Term(number(g, flow))).0;
            }
            keep_untouched(partial, flow, g, out);
        });
        passed(value, partial, flow)
    }

    fn binary<O: BinaryRule>(
        &self,
        k: usize,
        operands: [Side<'t, T>; 2],
        y: &Node<T>,
        g: &Cotangent<Dense<T>>,
    ) -> Cotangent<Dense<T>> {
        match k {
            0 => binary::<O, 0, T>(operands, y, g),
            _ => binary::<O, 1, T>(operands, y, g),
        }
    }
}

fn binary<O: BinaryRule, const K: usize, T: Real>(
    operands: [Side<'_, T>; 2],
    y: &Node<T>,
    g: &Cotangent<Dense<T>>,
) -> Cotangent<Dense<T>> {
    let (flow, [reads_a, reads_b, reads_y]) = (O::FLOW[K], O::READS[K]);
    if flow == Flow::Same {
        return g.clone();
    }
    let partial = g.partial;
    let g = &g.value.0;
    let read = |reads: bool, x: &Side<'_, T>| match x {
        Side::Node(x) if reads => x.value.clone(),
        Side::Node(_) => g.clone(),
        Side::Constant(c) => Dense::full(g.pool(), &[], *c),
    };
    let (a, b) = (read(reads_a, &operands[0]), read(reads_b, &operands[1]));
    let y = if reads_y { &y.value } else { g };
    let value = Dense::zip(g.pool(), g.shape().into(), [&a, &b, y, g], |[a, b, y, g], out| {
        let abyg = a.iter().zip(b).zip(y.iter().zip(g));
        for (o, ((&a, &b), (&y, &g))) in out.iter_mut().zip(abyg) {
            let (a, b, y, g) = (&Term(a), &Term(b), &Term(y), &Term(g));
            *o = if K == 0 {
                O::vjp_a(a, b, y, g).0
            } else {
                O::vjp_b(a, b, y, g).0
            };
        }
        keep_untouched(partial, flow, g, out);
    });
    passed(value, partial, flow)
}

/// A cotangent's element as a gated rule may read it: a gate would take a numeric −0.0 for a structural zero.
#[inline(always)]
fn number<T: Real>(g: T, flow: Flow) -> T {
    if flow == Flow::Gated { g + T::zero() } else { g }
}

/// Where nothing was added to `g`, nothing is passed on; elsewhere a smooth rule's −0.0 is a number.
fn keep_untouched<T: Real>(partial: bool, flow: Flow, g: &[T], out: &mut [T]) {
    if partial {
        let settle = if flow == Flow::Gated { T::NONE } else { T::zero() };
        for (o, &g) in out.iter_mut().zip(g) {
            *o = if g.is_none() { T::NONE } else { *o + settle };
        }
    }
}

fn passed<T: Real>(value: Dense<T>, partial: bool, flow: Flow) -> Cotangent<Dense<T>> {
    Cotangent {
        value: Term(value),
        partial: partial || flow == Flow::Gated,
    }
}
