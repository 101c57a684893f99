//! Memory for time: parts of a computation that are recomputed in a sweep instead of stored.

use crate::Real;
use crate::custom::Readings;
use crate::dense::Dense;
use crate::error::ShapeError;
use crate::ops::Term;
use crate::ops::pointwise::Link;
use crate::ops::rule::{ArrayValue, Cotangent, Given, Sums, Value};
use crate::sweep::dual::{DualArray, Duals};
use crate::sweep::recorded::Recorded;
use crate::sweep::{Part, Reading};
use crate::tape::{Adjoints, ArraySlot, Tape, Tensor};
use smallvec::SmallVec;
use std::fmt;
use std::sync::Arc;

mod revolve;

pub use revolve::checkpoint_loop;

/// f(x), of which the tape keeps the result only: a sweep runs f again to find its gradient.
///
/// So n segments of a computation cost the memory of one, and one more evaluation. The gradient has the same bits as that of
/// `f(x)`, if no operand is given twice. f must do the same each time it is run. A recorded sweep records f on the tape, so that derivatives of every order exist; from then on its memory is
/// used. `f` is given handles on a tape of its own; scalars go in and out by [`Tape::stack`] and
/// [`Tensor::at`](Term::at).
///
/// ```
/// use ndarray::arr1;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&arr1(&[0.1, 0.2]));
/// let mut y = x;
/// for _ in 0..10 {
///     // A thousand operations, of which the tape keeps one.
///     y = wengert::checkpoint(|y| (0..1000).fold(y[0], |y, _| y + 1e-4 * y.sin()), &[y]);
/// }
/// assert_eq!(tape.stats().array_ops, 11);
/// assert!(y.sum().backward().wrt(x)[0] > 1.0);
/// ```
///
/// # Panics
/// Where there are no operands, they are on different tapes, or f returns a tensor of another tape than its operands'.
#[track_caller]
pub fn checkpoint<'t, T: Real>(
    f: impl for<'s> Fn(&[Tensor<'s, T>]) -> Tensor<'s, T> + Send + Sync + 'static,
    x: &[Tensor<'t, T>],
) -> Tensor<'t, T> {
    assert!(!x.is_empty(), "checkpoint: no operands");
    record(Arc::new(Segment::new(f)), x)
}

#[track_caller]
fn record<'t, T: Real>(readings: Arc<dyn Readings<T>>, x: &[Tensor<'t, T>]) -> Tensor<'t, T> {
    let operands: SmallVec<[&ArraySlot<'t, T>; 4]> = x.iter().map(|x| &x.0).collect();
    Term(ArraySlot::apply(T::custom(readings), &operands))
}

type Function<T> = dyn for<'s> Fn(&[Tensor<'s, T>]) -> Tensor<'s, T> + Send + Sync;

/// Asks that f, run again, returns what it has returned before.
fn expect_again<T: Real>(y: &Tensor<'_, T>, shape: &[usize]) {
    assert!(
        shape == y.shape(),
        "checkpoint: f returned the shape {shape:?}, and when it was run again {:?}",
        y.shape()
    );
}

/// Puts in their places what the operands' cotangents have so far, and the cotangent of the result.
fn begin<'t, R: Reading<'t>>(
    reading: &mut R,
    x: &[Tensor<'t, R::T>],
    y: &Tensor<'t, R::T>,
    given: &Given<'_, R::A>,
    sums: &mut Sums<R::A>,
) {
    expect_again(y, given.y.shape());
    for (x, sum) in x.iter().zip(sums) {
        if let Some(sum) = sum.take() {
            reading.put_back(x.0.node, sum);
        }
    }
    reading.add_array(y.0.node, given.cotangent());
}

/// Takes out what the operands' cotangents have after the sweep.
fn end<'t, R: Reading<'t>>(
    reading: &mut R,
    x: &[Tensor<'t, R::T>],
    given: &Given<'_, R::A>,
    sums: &mut Sums<R::A>,
) {
    for ((x, sum), &wanted) in x.iter().zip(sums).zip(given.wanted) {
        *sum = reading.take(x.0.node).filter(|_| wanted);
    }
}

/// A part of a computation that is run again when it is needed.
struct Segment<T: Real> {
    f: Arc<Function<T>>,
}

impl<T: Real> Segment<T> {
    fn new(f: impl for<'s> Fn(&[Tensor<'s, T>]) -> Tensor<'s, T> + Send + Sync + 'static) -> Self {
        Self { f: Arc::new(f) }
    }

    /// Runs f on a tape of its own; `active` says of each operand whether cotangents are of use to it.
    fn replay<'s>(
        &self,
        tape: &'s Tape<T>,
        x: impl Iterator<Item = (Dense<T>, bool)>,
    ) -> (SmallVec<[Tensor<'s, T>; 4]>, Tensor<'s, T>) {
        let x: SmallVec<_> = x.map(|(value, active)| tape.enter(value, active)).collect();
        let y = (self.f)(&x);
        assert!(
            std::ptr::eq(y.0.tape, tape),
            "checkpoint: f returned a tensor of another tape than its operands'"
        );
        (x, y)
    }
}

impl<T: Real> Readings<T> for Segment<T> {
    fn name(&self) -> &str {
        "checkpoint"
    }
    fn check(&self, _: &[&[usize]]) -> Result<(), ShapeError> {
        Ok(())
    }
    fn forward(&self, x: &[&Dense<T>]) -> Dense<T> {
        let tape = Tape::default();
        let (_, y) = self.replay(&tape, x.iter().map(|&x| (x.clone(), true)));
        y.0.node.value().clone()
    }

    fn vjps_plain(&self, given: Given<'_, Dense<T>>, sums: &mut Sums<Dense<T>>) -> Sums<Dense<T>> {
        let tape = Tape::default();
        let wanted = given.wanted.iter();
        let values = given.x.iter().map(|x| x.0.clone());
        let (x, y) = self.replay(&tape, values.zip(wanted.copied()));
        let mut adjoints = Adjoints::untouched(&tape);
        begin(&mut adjoints.plain(), &x, &y, &given, sums);
        adjoints.backward(&tape);
        end(&mut adjoints.plain(), &x, &given, sums);
        Sums::new()
    }

    fn vjps_dual(&self, given: Given<'_, DualArray<T>>, sums: &mut Sums<DualArray<T>>) -> Sums<DualArray<T>> {
        let tape = Tape::default();
        let wanted = given.wanted.iter();
        let values = given.x.iter().map(|x| x.0.value.clone());
        let (x, y) = self.replay(&tape, values.zip(wanted.copied()));
        let mut tangents = Adjoints::untouched(&tape);
        for (x, dual) in x.iter().zip(given.x) {
            tangents.arrays[x.0.node.id as usize].clone_from(&dual.0.tangent);
        }
        tangents.forward(&tape);
        let mut duals = Duals::untouched(&tape, tangents.known());
        begin(&mut duals.dual(), &x, &y, &given, sums);
        end(&mut duals.backward(&tape).dual(), &x, &given, sums);
        Sums::new()
    }

    fn vjps_recorded<'t>(
        &self,
        given: Given<'_, ArraySlot<'t, T>>,
        sums: &mut Sums<ArraySlot<'t, T>>,
    ) -> Sums<ArraySlot<'t, T>> {
        let tape = given.x[0].0.tape;
        // Copies, at which the sweep through what f records will end.
        let copy = |(x, &wanted): (&&Tensor<'t, T>, _)| match wanted {
            true => Term(x.0.binary::<Link>(&x.0)),
            false => **x,
        };
        let x: SmallVec<[Tensor<'t, T>; 4]> = given.x.iter().zip(given.wanted).map(copy).collect();
        let before = Part::whole(tape);
        let y = (self.f)(&x);
        // What `begin` records is no part of it.
        let part = before.since(tape);
        let mut recorded = Recorded::untouched(tape);
        begin(&mut recorded, &x, &y, &given, sums);
        end(&mut recorded.backward(part), &x, &given, sums);
        Sums::new()
    }

    fn jvps_plain(
        &self,
        x: &[&Term<Dense<T>>],
        y: &Term<Dense<T>>,
        tangents: &[Option<Cotangent<Dense<T>>>],
    ) -> Option<Cotangent<Dense<T>>> {
        let tape = Tape::default();
        let values = x.iter().map(|x| (x.0.clone(), true));
        let (x, result) = self.replay(&tape, values);
        expect_again(&result, y.shape());
        let mut found = Adjoints::untouched(&tape);
        for (x, t) in x.iter().zip(tangents) {
            found.arrays[x.0.node.id as usize].clone_from(t);
        }
        found.forward(&tape);
        found.plain().take(result.0.node)
    }
}

impl<T: Real> fmt::Debug for Segment<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checkpoint")
    }
}
