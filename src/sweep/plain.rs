//! The plain reading: a sweep that computes numbers and records nothing.
//!
//! What it adds up lies in lists on loan from the tape ([`Adjoints`]), or, for a tape of a few scalars, in the gradients
//! themselves ([`Few`]).

use super::{Part, Reading, Side, forward};
use crate::Real;
use crate::dense::Dense;
use crate::dense::ledger::{Use, grown};
use crate::dense::map::{Inner, Source};
use crate::dense::spare::Lent;
use crate::ops::rule::{BinaryRule, Cotangent, Flow, UnaryRule, Value};
use crate::ops::{Term, loops};
use crate::planted::{Bug, planted};
use crate::shape;
use crate::tape::lane::{Header, READ, Word};
use crate::tape::{Adjoints, Node, Root, Tape};
use std::ops::Range;

impl<T: Real> Adjoints<T> {
    /// Nothing has been added anywhere yet.
    pub(crate) fn untouched(tape: &Tape<T>) -> Lent<Self> {
        let mut adjoints = tape.spare().lend();
        adjoints.make_room(tape);
        adjoints
    }

    fn make_room(&mut self, tape: &Tape<T>) {
        let (n, m) = (tape.scalars().len() as usize, tape.arrays().len());
        if n > self.scalars.capacity() || m > self.arrays.capacity() {
            self.grow(tape, n, m);
        }
        self.scalars.resize(n, T::NONE);
        if m > self.arrays.len() {
            self.arrays.resize_with(m, || None);
        }
    }

    #[cold]
    fn grow(&mut self, tape: &Tape<T>, n: usize, m: usize) {
        let scalars = grown(self.scalars.capacity(), n);
        let arrays = grown(self.arrays.capacity(), m);
        self.pay(tape, scalars, arrays, self.ends.capacity());
        self.scalars.reserve_exact(scalars - self.scalars.len());
        self.arrays.reserve_exact(arrays - self.arrays.len());
    }

    /// Accounts for lists of these capacities.
    fn pay(&mut self, tape: &Tape<T>, scalars: usize, arrays: usize, ends: usize) {
        let lists = scalars * size_of::<T>() + arrays * size_of::<Option<Cotangent<Dense<T>>>>();
        let bytes = lists + ends * size_of::<usize>();
        self.charge.raise(tape.ledger(), Use::Adjoints, bytes);
    }

    /// Adds a seed at a place of the tape.
    pub(crate) fn seed_scalar(&mut self, id: u32, seed: T) {
        let adjoint = &mut self.scalars[id as usize];
        *adjoint = (*adjoint + T::zero()) + seed;
        self.seeds.push(Root::Scalar(id));
    }

    /// Adds a seed at one element; the others receive nothing.
    pub(crate) fn seed_element(&mut self, node: &Node<T>, element: usize, seed: T) {
        self.plain().add_element(node, element, Term(seed));
        self.seeds.push(Root::Array(node.id));
    }

    /// Adds a seed, which has the array's shape.
    pub(crate) fn seed_array(&mut self, id: u32, seed: Dense<T>) {
        let shape = crate::error::Dims::from(seed.shape());
        let seed = Cotangent {
            value: Term(seed),
            partial: false,
        };
        add_to(&mut self.arrays[id as usize], seed, &shape);
        self.seeds.push(Root::Array(id));
    }

    /// Sweeps forwards from the seeds that have been set.
    pub(crate) fn forward(&mut self, tape: &Tape<T>) {
        let (nodes, scalars) = (tape.arrays().len(), tape.scalars().len());
        self.make_room(tape);
        let mut ends = std::mem::take(&mut self.ends);
        let room = grown(ends.capacity(), scalars as usize);
        self.pay(tape, self.scalars.capacity(), self.arrays.capacity(), room);
        ends.reserve_exact(room - ends.len());
        let words = tape.scalars().words();
        forward::record_ends(&words, scalars, &mut ends);
        T::forward(tape, &words, &ends, nodes, &mut self.plain());
        self.ends = ends;
    }

    /// Sweeps backwards from the seeds that have been set.
    pub(crate) fn backward(&mut self, tape: &Tape<T>) {
        self.make_room(tape);
        T::plain(
            tape,
            &tape.scalars().words(),
            Part::whole(tape),
            &mut self.plain(),
        );
    }

    /// These lists, for a sweep.
    pub(crate) fn plain(&mut self) -> Plain<'_, T> {
        Plain {
            scalars: &mut self.scalars,
            arrays: &mut self.arrays,
        }
    }
}

/// The most scalars whose adjoints lie in the gradients themselves.
const FEW: usize = 16;

/// The adjoints of a tape of a few scalars and no array. They lie where the gradients do: nothing is lent and nothing goes
/// back, which takes longer than such a sweep (see docs/performance.md).
pub(crate) struct Few<T> {
    scalars: [T; FEW],
    n: usize,
    pub(crate) root: Root,
}

impl<T: Real> Few<T> {
    /// Whether all that is on the tape is a few scalars.
    #[inline]
    pub(crate) fn suffice(tape: &Tape<T>) -> bool {
        tape.scalars().len() as usize <= FEW && tape.arrays().len() == 0
    }

    /// Nothing has been added anywhere yet.
    #[inline]
    pub(crate) fn untouched(tape: &Tape<T>, root: u32) -> Self {
        Self {
            scalars: [T::NONE; FEW],
            n: tape.scalars().len() as usize,
            root: Root::Scalar(root),
        }
    }

    /// Sweeps backwards from `root` with adjoint 1.
    #[inline]
    pub(crate) fn backward(&mut self, tape: &Tape<T>, root: u32) {
        self.scalars[root as usize] = T::one();
        let mut plain = Plain {
            scalars: &mut self.scalars[..self.n],
            arrays: &mut [],
        };
        T::plain(tape, &tape.scalars().words(), Part::whole(tape), &mut plain);
    }

    #[inline]
    pub(crate) fn scalars(&self) -> &[T] {
        &self.scalars[..self.n]
    }
}

/// What a plain sweep adds to: an adjoint for each scalar, a cotangent for each node (tangents in a forward sweep).
pub struct Plain<'a, T: Real> {
    pub(crate) scalars: &'a mut [T],
    pub(crate) arrays: &'a mut [Option<Cotangent<Dense<T>>>],
}

impl<'t, T: Real> Reading<'t> for Plain<'_, T> {
    type T = T;
    type S = T;
    type A = Dense<T>;
    type Held = &'t Term<Dense<T>>;

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
            let before = if planted(Bug::Overwritten) {
                T::NONE
            } else {
                *adjoint
            };
            *adjoint = (before + T::zero()) + cotangent.0;
        }
    }

    fn array(&self, node: &'t Node<T>) -> &'t Term<Dense<T>> {
        &node.term
    }
    fn take(&mut self, node: &Node<T>) -> Option<Cotangent<Dense<T>>> {
        self.arrays[node.id as usize].take()
    }
    fn sum(&mut self, node: &Node<T>) -> Option<&mut Cotangent<Dense<T>>> {
        self.arrays[node.id as usize].as_mut()
    }
    fn put_back(&mut self, node: &Node<T>, cotangent: Cotangent<Dense<T>>) {
        self.arrays[node.id as usize] = Some(cotangent);
    }
    fn add_array(&mut self, node: &Node<T>, cotangent: Cotangent<Dense<T>>) {
        add_to(
            &mut self.arrays[node.id as usize],
            cotangent,
            node.value().shape(),
        );
    }
    fn add_same(&mut self, node: &Node<T>, g: &Cotangent<Dense<T>>) {
        let (slot, shape) = (&mut self.arrays[node.id as usize], node.value().shape());
        if let Some(sum) = slot
            && !planted(Bug::Overwritten)
        {
            let added = match g.value.0.adds_to(shape) {
                true => {
                    sum.value.0.add(&g.value.0);
                    true
                }
                false => !planted(Bug::NoUnbroadcast) && sum.value.0.add_rows(&g.value.0),
            };
            if added {
                sum.partial &= g.partial;
                return;
            }
        }
        add_to(slot, g.clone(), shape);
    }
    fn settle(&mut self, cotangent: &mut Cotangent<Dense<T>>) {
        settle(&mut cotangent.value.0, &mut cotangent.partial);
    }
    #[inline(always)]
    fn add_element(&mut self, node: &Node<T>, element: usize, cotangent: Term<T>) {
        add_element_to(&mut self.arrays[node.id as usize], node, element, cotangent.0);
    }
    #[inline(always)]
    fn add_reads(&mut self, node: &Node<T>, before: Range<u32>, words: &[Word], _: Term<T>) -> u32 {
        let adjoints = &self.scalars[before.start as usize..=before.end as usize];
        add_reads_to(&mut self.arrays[node.id as usize], node, adjoints, words)
    }
    fn element(&self, cotangent: &Term<Dense<T>>, element: usize) -> Term<T> {
        Term(cotangent.0.element(element))
    }
    fn add_stack(&mut self, pairs: &[[usize; 2]], g: &Cotangent<Dense<T>>) {
        g.value.0.with_elements(|elements| {
            for &[number, id] in pairs {
                self.add(id as u32, Term(elements[number]), g.partial);
            }
        });
    }

    fn constant(&self, y: &Node<T>, value: T) -> Term<Dense<T>> {
        Term(y.value().constant(value))
    }
    fn unary<O: UnaryRule>(&self, x: &Node<T>, y: &Node<T>, g: &Cotangent<Dense<T>>) -> Cotangent<Dense<T>> {
        unary::<O, T>(x.value(), y.value(), g)
    }

    fn binary<O: BinaryRule>(
        &self,
        k: usize,
        operands: [Side<'t, T>; 2],
        y: &Node<T>,
        g: &Cotangent<Dense<T>>,
    ) -> Cotangent<Dense<T>> {
        let operands = operands.map(source);
        match k {
            0 => binary::<O, 0, T>(operands, y.value(), g),
            _ => binary::<O, 1, T>(operands, y.value(), g),
        }
    }

    fn add_unary<O: UnaryRule>(&mut self, x: &Node<T>, y: &Node<T>, g: &Cotangent<Dense<T>>) {
        let (slot, shape) = (&mut self.arrays[x.id as usize], x.value().shape());
        unary_loop::<O, T, _>(x.value(), y.value(), g, |xyg, f| {
            add_passed(slot, shape, g, O::FLOW, xyg, f);
        });
    }

    fn add_binary<O: BinaryRule>(
        &mut self,
        k: usize,
        x: &Node<T>,
        operands: [Side<'t, T>; 2],
        y: &Node<T>,
        g: &Cotangent<Dense<T>>,
    ) {
        let (slot, shape) = (&mut self.arrays[x.id as usize], x.value().shape());
        let (operands, y) = (operands.map(source), y.value());
        match k {
            0 => binary_loop::<O, 0, T, _>(operands, y, g, |abyg, f| {
                add_passed(slot, shape, g, O::FLOW[0], abyg, f);
            }),
            _ => binary_loop::<O, 1, T, _>(operands, y, g, |abyg, f| {
                add_passed(slot, shape, g, O::FLOW[1], abyg, f);
            }),
        }
    }
}

fn source<T: Real>(side: Side<'_, T>) -> Source<'_, T> {
    match side {
        Side::Node(node) => Source::Array(node.value()),
        Side::Constant(c) => Source::Number(c),
    }
}

/// Adds to what has been found at an array of this shape.
pub(crate) fn add_to<T: Real>(
    slot: &mut Option<Cotangent<Dense<T>>>,
    cotangent: Cotangent<Dense<T>>,
    shape: &[usize],
) {
    if cotangent.value.0.is_empty() && !shape.contains(&0) {
        return; // No element, no contribution: nothing, and not the number 0.
    }
    let Cotangent { mut value, partial } = cotangent;
    if !shape::same(value.0.shape(), shape) && !planted(Bug::NoUnbroadcast) {
        value = Term(value.0.sum_to(shape));
    }
    match slot {
        Some(sum) if !planted(Bug::Overwritten) => {
            sum.value.0.add(&value.0);
            sum.partial &= partial;
            if let Some(pool) = sum.value.0.pool() {
                pool.recover(std::iter::once(value.0.take_block())); // faster than by itself
            }
        }
        slot => *slot = Some(Cotangent { value, partial }),
    }
}

/// The elements of what has been found at a node, one of which will be added to.
fn elements_of<'s, T: Real>(slot: &'s mut Option<Cotangent<Dense<T>>>, node: &Node<T>) -> &'s mut [T] {
    let sum = slot.get_or_insert_with(|| Cotangent {
        value: Term(Dense::full(node.value().pool(), node.value().shape(), T::NONE)),
        partial: true,
    });
    sum.partial &= node.value().len() > 1; // if not, there is no other element
    sum.value.0.make_mut()
}

/// Adds to one element of what has been found at a node.
pub(super) fn add_element_to<T: Real>(
    slot: &mut Option<Cotangent<Dense<T>>>,
    node: &Node<T>,
    element: usize,
    cotangent: T,
) {
    let adjoint = &mut elements_of(slot, node)[element];
    *adjoint = (*adjoint + T::zero()) + cotangent;
}

/// The same for all reads of the node that come one after the other at the end of the stream, the last one's header taken off; theirs
/// are the last of the adjoints. Returns how many they are. The elements are asked for once: that they are nobody else's takes an atomic
/// operation to find out. No part of the walk: see its `read`.
#[inline(never)]
fn add_reads_to<T: Real>(
    slot: &mut Option<Cotangent<Dense<T>>>,
    node: &Node<T>,
    adjoints: &[T],
    mut words: &[Word],
) -> u32 {
    let elements = elements_of(slot, node);
    let header = Header::pack(READ, node.id, 0);
    let mut n = 0;
    for &g in adjoints.iter().rev() {
        let [before @ .., element] = words else { break };
        if !g.is_none() {
            let adjoint = &mut elements[element.get() as usize];
            *adjoint = (*adjoint + T::zero()) + g;
        }
        n += 1;
        match before {
            [before @ .., next] if next.get() == header => words = before,
            _ => break,
        }
    }
    n
}

/// Makes the number 0 of what nothing was added to.
pub(super) fn settle<T: Real>(value: &mut Dense<T>, partial: &mut bool) {
    if *partial {
        let elements = value.make_mut().iter_mut();
        elements.for_each(|x| *x += T::zero());
        *partial = false;
    }
}

/// What a unary op makes of a cotangent of its result, or of a tangent of its operand, in one pass.
pub(super) fn unary<O: UnaryRule, T: Real>(
    x: &Dense<T>,
    y: &Dense<T>,
    g: &Cotangent<Dense<T>>,
) -> Cotangent<Dense<T>> {
    match O::FLOW {
        Flow::Same => g.clone(),
        flow => unary_loop::<O, T, _>(x, y, g, |xyg, f| passed(g, flow, xyg, f)),
    }
}

/// Hands `then` the operands of the loop that does so, and the loop.
#[inline]
fn unary_loop<O: UnaryRule, T: Real, R>(
    x: &Dense<T>,
    y: &Dense<T>,
    g: &Cotangent<Dense<T>>,
    then: impl FnOnce([Source<'_, T>; 3], &Inner<'_, T, 3>) -> R,
) -> R {
    let partial = g.partial;
    let g = &g.value.0;
    // What the rule does not read is not streamed through: `g` stands in for it.
    let x = if O::READS_X { x } else { g };
    let y = if O::READS_Y { y } else { g };
    then([x, y, g].map(Source::Array), &|xyg, out| {
        loops::pass_unary::<O, T>(xyg, partial, out);
    })
}

/// What a binary op makes of a cotangent of its result for operand `K`, or of a tangent of operand `K`, in one pass.
pub(super) fn binary<O: BinaryRule, const K: usize, T: Real>(
    operands: [Source<'_, T>; 2],
    y: &Dense<T>,
    g: &Cotangent<Dense<T>>,
) -> Cotangent<Dense<T>> {
    match O::FLOW[K] {
        Flow::Same => g.clone(),
        flow => binary_loop::<O, K, T, _>(operands, y, g, |abyg, f| passed(g, flow, abyg, f)),
    }
}

/// Hands `then` the operands of the loop that does so, and the loop.
#[inline]
fn binary_loop<O: BinaryRule, const K: usize, T: Real, R>(
    [a, b]: [Source<'_, T>; 2],
    y: &Dense<T>,
    g: &Cotangent<Dense<T>>,
    then: impl FnOnce([Source<'_, T>; 4], &Inner<'_, T, 4>) -> R,
) -> R {
    let [reads_a, reads_b, reads_y] = O::READS[K];
    let partial = g.partial;
    let given = Source::Array(&g.value.0);
    let a = if reads_a { a } else { given };
    let b = if reads_b { b } else { given };
    let y = if reads_y { Source::Array(y) } else { given };
    then([a, b, y, given], &|abyg, out| {
        loops::pass_binary::<O, T, K>(abyg, partial, out);
    })
}

/// What a loop makes of `g`.
fn passed<T: Real, const N: usize>(
    g: &Cotangent<Dense<T>>,
    flow: Flow,
    operands: [Source<'_, T>; N],
    f: &Inner<'_, T, N>,
) -> Cotangent<Dense<T>> {
    let (partial, g) = (g.partial, &g.value.0);
    Cotangent {
        value: Term(Dense::zip(g.pool(), g.shape(), operands, f)),
        partial: partial || flow == Flow::Gated,
    }
}

/// Adds it to what has been found at an array of this shape.
fn add_passed<T: Real, const N: usize>(
    slot: &mut Option<Cotangent<Dense<T>>>,
    shape: &[usize],
    g: &Cotangent<Dense<T>>,
    flow: Flow,
    operands: [Source<'_, T>; N],
    f: &Inner<'_, T, N>,
) {
    if let Some(sum) = slot
        && !planted(Bug::Overwritten)
        && sum.value.0.add_zip(g.value.0.shape(), operands, f)
    {
        sum.partial &= g.partial || flow == Flow::Gated;
    } else {
        add_to(slot, passed(g, flow, operands, f), shape);
    }
}
