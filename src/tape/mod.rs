//! The tape: two lanes, one order.
//!
//! - The **scalar lane** ([`lane`]) is a stream of words, 8 to 32 bytes an op.
//! - The **array lane** is a list of pinned [`Node`]s, each with its op, operands and value; a tensor's handle lends the value.
//! - **Order**: each node knows how many scalar ops came before it. That is all a sweep needs to walk both lanes backwards
//!   in the order of recording, and it costs a scalar op nothing.
//! - **Crossings**: *read* (array element → scalar), a scalar op; *stack* (scalars → array), an array node.
//!
//! A scalar op costs a few nanoseconds to record, an array op around a hundred and its arithmetic.

use crate::Real;
use crate::dense::ledger::{Ledger, Use};
use crate::dense::pool::{Owned, Pool};
use crate::dense::spare::Spare;
use crate::dense::{Dense, Indices, Storage};
use crate::ops::{ArrayOp, Binary, Term, Unary};
use ndarray::{ArrayBase, Dimension};
use smallvec::SmallVec;
use std::cell::{Cell, Ref, RefCell};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

mod across;
mod adjoints;
mod boxes;
pub(crate) mod decode;
mod float;
mod handle;
pub(crate) mod lane;
mod limit;
mod mixed;
pub(crate) mod pinned;
#[allow(
    unreachable_pub,
    reason = "`Root` stands in a hidden method of a public trait"
)]
pub mod reach;
mod slot;
mod whole;

pub(crate) use adjoints::Adjoints;
use boxes::Boxes;
use lane::Lane;
use pinned::Pinned;
pub(crate) use reach::{Reach, Root, explain};
pub use slot::{ArraySlot, ScalarSlot, Tensor, Var};

/// The record of a computation, on which a backward sweep runs.
///
/// Variables enter by [`Tape::var`] and [`Tape::tensor`]; what is calculated from them is recorded as a side effect.
/// Handles borrow the tape: they cannot outlive it, and [`Tape::clear`] cannot be called while one is alive.
///
/// ```
/// use ndarray::arr1;
/// use wengert::Tape;
/// let mut tape = Tape::new();
/// for step in 0..3 {
///     let a = tape.var(2.0); // a scalar
///     let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0])); // an array
///     let y = (a * x).sum() + a.sin(); // both on one tape
///     let gradients = y.backward();
///     assert_eq!(gradients.wrt(a), 6.0 + 2.0_f64.cos());
///     assert_eq!(gradients.wrt(x), arr1(&[2.0, 2.0, 2.0]).into_dyn());
///     tape.clear(); // keeps the memory for the next step
/// }
/// ```
///
/// A handle cannot outlive its tape:
/// ```compile_fail,E0597
/// let x = {
///     let tape = wengert::Tape::new();
///     tape.var(1.0)
/// };
/// x.value();
/// ```
pub struct Tape<T: Real = f64> {
    scalars: Lane<T>,
    arrays: Pinned<Node<T>>,
    boxes: Boxes,
    cuts: RefCell<Vec<Cut>>,
    labels: RefCell<Vec<Label>>,
    pool: Owned<T>,
    indices: Owned<usize>,
    spare: Spare<Adjoints<T>>,
    ledger: Ledger,
    epoch: Cell<u64>,
}

/// The nodes that an op takes.
type Operands = SmallVec<[u32; 4]>;

/// An op of the array lane and its value.
pub(crate) struct Node<T: Real> {
    pub(crate) id: u32,
    /// How many scalar ops were recorded before this node.
    pub(crate) scalars_before: u32,
    /// Whether a cotangent is of use to anything below.
    pub(crate) active: bool,
    pub(crate) op: Op<T>,
    pub(crate) operands: Operands,
    /// As rules read it: a sweep lends it to them.
    pub(crate) term: Term<Dense<T>>,
    pub(crate) location: &'static Location<'static>,
}

impl<T: Real> Node<T> {
    pub(crate) fn value(&self) -> &Dense<T> {
        &self.term.0
    }
}

/// What a node of the array lane does.
#[derive(Debug, Clone)]
pub(crate) enum Op<T: Real> {
    /// A variable that enters from outside.
    Input,
    /// A value that enters from outside and is no variable.
    Constant,
    /// A value without its past.
    Detach,
    /// Scalars at places of an array: pairs of (row-major number, scalar id). Other elements are constants.
    Stack(Indices),
    Unary(Unary),
    Binary(Binary),
    /// `op(x, c)` for a constant.
    BinaryWith(Binary, T),
    /// `op(c, x)` for a constant.
    BinaryFrom(Binary, T),
    /// Behind an address: of most ops' nodes it would be the larger part.
    Array(Box<ArrayOp>),
}

impl<T: Real> Op<T> {
    /// The op's name: that of the method that records it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Input => "tensor".to_owned(),
            Self::Constant => "constant".to_owned(),
            Self::Detach => "detach".to_owned(),
            Self::Stack(_) => "stack".to_owned(),
            Self::Unary(op) => op.name(),
            Self::Binary(op) | Self::BinaryWith(op, _) | Self::BinaryFrom(op, _) => op.name(),
            Self::Array(op) => op.name(),
        }
    }
}

/// A place where the path of a derivative was cut on purpose.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// What was made of `operand`.
    result: Root,
    operand: Root,
    location: &'static Location<'static>,
}

/// A name that the user has given to what is at a place.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) place: Root,
    /// Whether it is the name of the adjoint there, and not of the value.
    pub(crate) adjoint: bool,
    pub(crate) name: String,
}

/// How much a tape holds, see [`Tape::stats`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Operations of the scalar lane, variables and reads included.
    pub scalar_ops: usize,
    /// Bytes of the scalar lane's stream, and of its trace if it is traced.
    pub scalar_bytes: usize,
    /// Operations of the array lane, variables and constants included.
    pub array_ops: usize,
    /// Bytes of their values; what several of them share is counted once, what is [lent](Storage) to the tape is not.
    pub array_bytes: usize,
    /// An estimate of what a backward sweep adds, all of which its `Gradients` hold: an adjoint for each scalar op and a
    /// cotangent for each array that is no constant, as if the sweep reached all of them. A rule's own temporaries are
    /// not counted.
    pub adjoint_bytes: usize,
}

/// From so many array ops on, whose blocks fill a second-level cache, the order in which a sweep takes blocks matters: those of
/// cotangents come back in the order of the ops, not in that in which they were taken, and would be shuffled more at every step.
const LONG: usize = 2048;

/// Numbers tapes and their generations, so that gradients know to which they belong.
static EPOCH: AtomicU64 = AtomicU64::new(0);

/// How many numbers a tape takes at a time.
const GENERATIONS: u64 = 1 << 20;

/// The first of so many numbers that no tape has had.
fn first_epoch() -> u64 {
    EPOCH.fetch_add(GENERATIONS, Ordering::Relaxed)
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        let ledger = Ledger::default();
        Self {
            scalars: Lane::default(),
            arrays: Pinned::default(),
            boxes: Boxes::default(),
            cuts: RefCell::default(),
            labels: RefCell::default(),
            pool: Owned::new(&ledger, Use::Arrays),
            indices: Owned::new(&ledger, Use::Indices),
            spare: Spare::default(),
            ledger,
            epoch: Cell::new(first_epoch()),
        }
    }
}

impl Tape {
    /// An empty tape for `f64`. For another element type: `Tape::<f32>::default()`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Real> Tape<T> {
    /// The same tape, empty, that from now on remembers for every scalar op its value and the line of the program that
    /// made it, so that [`Var::diagnose`](crate::Term::diagnose) can name them. That is 16 bytes more an op, and
    /// some nanoseconds; a tape that is not traced pays nothing. Array ops have their lines on any tape.
    ///
    /// ```
    /// let tape = wengert::Tape::new().traced();
    /// let x = tape.var(0.0);
    /// let y = x.sqrt();
    /// let line = line!() - 1;
    /// assert_eq!(y.diagnose().first().unwrap().location.unwrap().line(), line);
    /// ```
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.clear();
        self.scalars.start_trace();
        self
    }

    /// A scalar variable.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(3.0);
    /// assert_eq!((x * x).backward().wrt(x), 6.0);
    /// ```
    #[inline]
    #[track_caller]
    pub fn var(&self, value: T) -> Var<'_, T> {
        Var::on(self, self.scalars.push_input(value), value)
    }

    /// A scalar variable for each value.
    #[track_caller]
    pub fn vars(&self, values: &[T]) -> Vec<Var<'_, T>> {
        let mut vars = Vec::with_capacity(values.len());
        for &x in values {
            vars.push(self.var(x));
        }
        vars
    }

    /// A tensor variable, from an ndarray array or view of any dimension: copied, or, if it is an [`ArcArray`](ndarray::ArcArray),
    /// lent (see [`Storage`]).
    ///
    /// ```
    /// use ndarray::arr2;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let y = x.square().sum();
    /// assert_eq!(y.backward().wrt(x), arr2(&[[2.0, 4.0], [6.0, 8.0]]).into_dyn());
    /// ```
    #[track_caller]
    pub fn tensor<S, D>(&self, array: &ArrayBase<S, D>) -> Tensor<'_, T>
    where
        S: Storage<Elem = T>,
        D: Dimension,
    {
        let value = Dense::enter(Some(&self.pool), array);
        self.push(Op::Input, &[], true, value)
    }

    /// A tensor that is no variable: data, on which no work is spent in a sweep. It is copied or lent as by [`Tape::tensor`].
    #[track_caller]
    pub fn constant<S, D>(&self, array: &ArrayBase<S, D>) -> Tensor<'_, T>
    where
        S: Storage<Elem = T>,
        D: Dimension,
    {
        let value = Dense::enter(Some(&self.pool), array);
        self.push(Op::Constant, &[], false, value)
    }

    /// The scalars as a one-dimensional tensor: each receives its element's cotangent. The inverse of
    /// [`Tensor::at`](crate::Term::at).
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(3.0);
    /// let powers = tape.stack(&[1.0.into(), x, x * x]);
    /// assert_eq!(powers.value(), arr1(&[1.0, 3.0, 9.0]).into_dyn());
    /// assert_eq!(powers.sum().backward().wrt(x), 7.0);
    /// ```
    ///
    /// # Panics
    /// Where a scalar belongs to another tape.
    #[track_caller]
    pub fn stack(&self, scalars: &[Var<'_, T>]) -> Tensor<'_, T> {
        let value = Dense::build(Some(&self.pool), [scalars.len()].as_slice().into(), |out| {
            out.iter_mut().zip(scalars).for_each(|(o, x)| *o = x.value());
        });
        for x in scalars {
            x.0.expect_tape(self, "stack");
        }
        let tracked = || scalars.iter().enumerate().filter(|(_, x)| x.is_tracked());
        let pairs = tracked().map(|(i, x)| [i, x.0.id as usize]);
        self.push_stack(tracked().count(), pairs, value)
    }

    /// Forgets everything recorded and keeps the memory: lanes keep their capacity, array buffers go back to the
    /// tape's pool, and arrays that were lent are let go. Gradients that a sweep has returned stay.
    ///
    /// It takes the tape mutably, so no handle can be alive:
    /// ```compile_fail,E0502
    /// let mut tape = wengert::Tape::new();
    /// let x = tape.var(1.0);
    /// tape.clear();
    /// x.value();
    /// ```
    pub fn clear(&mut self) {
        self.scalars.clear();
        if self.arrays.len() > 0 {
            self.clear_arrays();
        }
        self.cuts.get_mut().clear();
        self.labels.get_mut().clear();
        let next = self.epoch.get() + 1;
        let fresh = next.is_multiple_of(GENERATIONS);
        self.epoch.set(if fresh { first_epoch() } else { next });
    }

    #[inline(never)]
    fn clear_arrays(&mut self) {
        let long = self.arrays.len() >= LONG;
        let (pool, boxes) = (&self.pool, &mut self.boxes);
        self.arrays.clear(|nodes| {
            pool.recover(nodes.map(|node| {
                if matches!(node.op, Op::Array(_))
                    && let Op::Array(op) = std::mem::replace(&mut node.op, Op::Input)
                {
                    boxes.take_back(op);
                }
                node.term.0.take_block()
            }));
            boxes.empty(); // not before: an op may hold arrays, which go back to the same pool
        });
        if long {
            self.pool.sort();
        }
    }

    pub(crate) fn scalars(&self) -> &Lane<T> {
        &self.scalars
    }

    pub(crate) fn arrays(&self) -> &Pinned<Node<T>> {
        &self.arrays
    }

    pub(crate) fn pool(&self) -> &Pool<T> {
        &self.pool
    }

    pub(crate) fn index_pool(&self) -> &Pool<usize> {
        &self.indices
    }

    pub(crate) fn spare(&self) -> &Spare<Adjoints<T>> {
        &self.spare
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.get()
    }

    /// Enters an array as it is, for a part of a computation that is recorded by itself.
    #[track_caller]
    pub(crate) fn enter(&self, value: Dense<T>, active: bool) -> Tensor<'_, T> {
        self.push(Op::Detach, &[], active, value)
    }

    /// A place for an array op.
    #[inline]
    pub(crate) fn boxed(&self, op: impl Into<ArrayOp>) -> Box<ArrayOp> {
        self.boxes.lend(op, &self.ledger)
    }

    /// Records an array op.
    #[track_caller]
    pub(crate) fn push(&self, op: Op<T>, operands: &[u32], active: bool, value: Dense<T>) -> Tensor<'_, T> {
        let id = u32::try_from(self.arrays.len()).unwrap_or(u32::MAX);
        assert!(
            id < lane::CAPACITY,
            "the tape is full: it holds {id} array operations"
        );
        if self.ledger.is_limited() {
            self.ledger.ask(Use::Nodes, self.arrays.next_bytes());
        }
        let location = self.scalars.line(Location::caller());
        let operands = match *operands {
            [] => Operands::new(),
            [a] => Operands::from_buf_and_len([a, 0, 0, 0], 1),
            [a, b] => Operands::from_buf_and_len([a, b, 0, 0], 2),
            _ => Operands::from_slice(operands),
        };
        let node = self.arrays.push(Node {
            id,
            scalars_before: self.scalars.len(),
            active,
            op,
            operands,
            term: Term(value),
            location,
        });
        Tensor::on(self, node)
    }

    /// Records scalars at places of an array; `pairs` yields (row-major number, scalar id) for each of `n`.
    #[track_caller]
    pub(crate) fn push_stack(
        &self,
        n: usize,
        pairs: impl Iterator<Item = [usize; 2]>,
        value: Dense<T>,
    ) -> Tensor<'_, T> {
        let pairs = Indices::of_pairs(Some(&self.indices), n, pairs);
        self.push(Op::Stack(pairs), &[], n > 0, value)
    }

    /// Names a place, for messages and pictures.
    pub(crate) fn label(&self, label: Label) {
        self.labels.borrow_mut().push(label);
    }

    /// The names that places were given, in the order in which they were.
    pub(crate) fn labels(&self) -> Ref<'_, [Label]> {
        Ref::map(self.labels.borrow(), Vec::as_slice)
    }

    /// What `detach` has made, and where.
    pub(crate) fn cuts(&self) -> Vec<(Root, &'static Location<'static>)> {
        let cuts = self.cuts.borrow();
        cuts.iter().map(|cut| (cut.result, cut.location)).collect()
    }

    #[track_caller]
    fn cut(&self, result: Root, operand: Root) {
        self.cuts.borrow_mut().push(Cut {
            result,
            operand,
            location: Location::caller(),
        });
    }
}

impl<T: Real> std::fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
