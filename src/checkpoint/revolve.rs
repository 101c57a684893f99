//! Optimal checkpointing of a loop: *revolve* (A. Griewank, A. Walther, *Algorithm 799*, ACM TOMS 26(1), 2000).
//!
//! With s slots for states and at most r evaluations of any step, β(s, r) = (s+r choose s) steps can be reversed. For l
//! steps, r is the smallest number with β(s, r) ≥ l, and the fewest evaluations besides the recorded ones are
//!
//! t(l, s) = r·l − β(s + 1, r − 1).

use super::{Segment, record};
use crate::Real;
use crate::custom::Readings;
use crate::dense::Dense;
use crate::error::ShapeError;
use crate::ops::Term;
use crate::ops::rule::{Cotangent, Given, Sums};
use crate::sweep::Reading;
use crate::sweep::dual::DualArray;
use crate::sweep::plain::add_to;
use crate::tape::{Adjoints, ArraySlot, Tape, Tensor};
use std::fmt;
use std::sync::Arc;

/// The state after `steps` steps of a loop, of which a sweep keeps at most `slots` states at a time and runs the steps again
/// from them: binomial checkpointing, with the fewest possible recomputations.
///
/// `step(i, state, parameters)` is the state after step `i`. Each step is recorded by itself, so that a sweep's memory is
/// that of `slots` states and one step, however long the loop is. Its gradient has the same bits as that of the loop, if no
/// operand is given twice. `step` must do the same each time it is run.
///
/// A sweep evaluates r·l − (s+r choose s+1) steps of l again, where s are the slots and r is the smallest number with
/// (s+r choose s) ≥ l, and records each step once. 20 slots reverse 230 230 steps with r = 6. Second derivatives record
/// the whole loop.
///
/// ```
/// use ndarray::arr1;
/// let tape = wengert::Tape::new();
/// let (x, rate) = (tape.tensor(&arr1(&[1.0])), tape.tensor(&arr1(&[0.5])));
/// let y = wengert::checkpoint_loop(1000, 5, x, &[rate], |_, x, p| x - 1e-3 * p[0] * x);
/// let gradients = y.sum().backward();
/// assert!((y.value()[0] - (1.0_f64 - 0.5e-3).powi(1000)).abs() < 1e-12);
/// assert!((gradients.wrt(rate)[0] + y.value()[0] / (1.0 - 0.5e-3)).abs() < 1e-12);
/// ```
///
/// # Panics
/// Where `slots` is 0 (the initial state takes one), the operands are on different tapes, or `step` returns a tensor of
/// another tape than its operands'.
#[track_caller]
pub fn checkpoint_loop<'t, T: Real>(
    steps: usize,
    slots: usize,
    state: Tensor<'t, T>,
    parameters: &[Tensor<'t, T>],
    step: impl for<'s> Fn(usize, Tensor<'s, T>, &[Tensor<'s, T>]) -> Tensor<'s, T> + Send + Sync + 'static,
) -> Tensor<'t, T> {
    assert!(
        slots > 0,
        "checkpoint_loop: the initial state takes a slot, and there is none"
    );
    let step = Arc::new(step);
    // As many slots as steps are as good as more.
    let slots = slots.min(steps.max(1));
    let operands: Vec<Tensor<'t, T>> = std::iter::once(state).chain(parameters.iter().copied()).collect();
    record(Arc::new(Loop { steps, slots, step }), &operands)
}

type Step<T> = dyn for<'s> Fn(usize, Tensor<'s, T>, &[Tensor<'s, T>]) -> Tensor<'s, T> + Send + Sync;

/// A loop whose sweep runs its steps again.
struct Loop<T: Real> {
    steps: usize,
    slots: usize,
    step: Arc<Step<T>>,
}

impl<T: Real> Loop<T> {
    /// The whole loop as one segment, for what needs it on a tape at once.
    fn unrolled(&self) -> Segment<T> {
        let (steps, step) = (self.steps, Arc::clone(&self.step));
        Segment::new(move |x| (0..steps).fold(x[0], |state, i| step(i, state, &x[1..])))
    }
}

/// (s+r choose s): how many steps s slots can reverse if none is evaluated more than r times.
fn beta(s: usize, r: usize) -> u128 {
    (1..=s as u128).fold(1, |product, k| product.saturating_mul(r as u128 + k) / k)
}

/// After how many of `l` > 1 steps to put the next state into a slot, if the state before them is in one of `s` > 1.
///
/// With r as above, both parts can be reversed at the least cost if the first, which then has s slots, is one for r − 1 and
/// the second, which has s − 1, one for r.
fn advance(l: usize, s: usize) -> usize {
    let enough = |&r: &usize| beta(s, r) >= l as u128;
    let r = (1..).find(enough).unwrap_or(1);
    let second = usize::try_from(beta(s - 1, r - 1)).unwrap_or(usize::MAX);
    let first = usize::try_from(beta(s, r - 1)).unwrap_or(usize::MAX);
    first.min(l - second.min(l - 1))
}

fn expect_own<T: Real>(y: &Tensor<'_, T>, tape: &Tape<T>, i: usize) {
    assert!(
        std::ptr::eq(y.0.tape, tape),
        "checkpoint_loop: step {i} returned a tensor of another tape than its operands'"
    );
}

/// A sweep through a loop, from its end to its beginning.
struct Reversal<'a, T: Real> {
    step: &'a Step<T>,
    tape: Tape<T>,
    /// The state before, and the parameters.
    wanted: &'a [bool],
    parameters: Vec<Dense<T>>,
    /// The cotangent of the state.
    g: Option<Cotangent<Dense<T>>>,
    /// What the initial state's cotangent has already.
    onto: Option<Cotangent<Dense<T>>>,
    sums: &'a mut [Option<Cotangent<Dense<T>>>],
}

impl<T: Real> Reversal<'_, T> {
    /// The state after the steps `from..to`.
    fn advance(&mut self, state: &Dense<T>, from: usize, to: usize) -> Dense<T> {
        (from..to).fold(state.clone(), |state, i| {
            self.tape.clear();
            let tape = &self.tape;
            let parameters = self.parameters.iter().map(|p| tape.enter(p.clone(), true));
            let parameters: Vec<_> = parameters.collect();
            let y = (self.step)(i, tape.enter(state, true), &parameters);
            expect_own(&y, tape, i);
            y.0.node.value().clone()
        })
    }

    /// Records step `i` and sweeps through it.
    fn sweep(&mut self, i: usize, state: Dense<T>) {
        self.tape.clear();
        let tape = &self.tape;
        let x = tape.enter(state, true);
        let parameters = self.parameters.iter().zip(&self.wanted[1..]);
        let parameters: Vec<_> = parameters
            .map(|(p, &wanted)| tape.enter(p.clone(), wanted))
            .collect();
        let y = (self.step)(i, x, &parameters);
        expect_own(&y, tape, i);
        let mut adjoints = Adjoints::untouched(tape);
        for (p, sum) in parameters.iter().zip(&mut *self.sums) {
            adjoints.arrays[p.0.node.id as usize] = sum.take();
        }
        if i == 0 {
            adjoints.arrays[x.0.node.id as usize] = self.onto.take();
        }
        if let Some(g) = self.g.take() {
            adjoints.plain().add_array(y.0.node, g);
        }
        adjoints.backward(tape);
        self.g = adjoints.plain().take(x.0.node);
        for (p, sum) in parameters.iter().zip(&mut *self.sums) {
            *sum = adjoints.plain().take(p.0.node);
        }
    }

    /// Sweeps through the steps `from..to`, from the last one on; `state` is the one before them, in one of `slots`.
    fn reverse(&mut self, state: &Dense<T>, from: usize, mut to: usize, slots: usize) {
        while to > from {
            if to - from == 1 || slots == 1 {
                let before = self.advance(state, from, to - 1);
                self.sweep(to - 1, before);
                to -= 1;
            } else {
                let middle = from + advance(to - from, slots);
                let kept = self.advance(state, from, middle);
                self.reverse(&kept, middle, to, slots - 1);
                to = middle;
            }
        }
    }
}

impl<T: Real> Readings<T> for Loop<T> {
    fn name(&self) -> &str {
        "checkpoint_loop"
    }
    fn check(&self, _: &[&[usize]]) -> Result<(), ShapeError> {
        Ok(())
    }
    fn forward(&self, x: &[&Dense<T>]) -> Dense<T> {
        let mut reversal = Reversal {
            step: &*self.step,
            tape: Tape::default(),
            wanted: &[],
            parameters: x[1..].iter().map(|&p| p.clone()).collect(),
            g: None,
            onto: None,
            sums: &mut [],
        };
        reversal.advance(x[0], 0, self.steps)
    }

    fn vjps_plain(&self, given: Given<'_, Dense<T>>, sums: &mut Sums<Dense<T>>) -> Sums<Dense<T>> {
        let (state, parameters) = sums.split_at_mut(1);
        let mut reversal = Reversal {
            step: &*self.step,
            tape: Tape::default(),
            wanted: given.wanted,
            parameters: given.x[1..].iter().map(|p| p.0.clone()).collect(),
            g: Some(given.cotangent()),
            onto: state[0].take(),
            sums: parameters,
        };
        reversal.reverse(&given.x[0].0, 0, self.steps, self.slots);
        let (mut found, g) = (reversal.onto.take(), reversal.g.take());
        if let Some(g) = g {
            // With no step at all the sum is still where it was.
            add_to(&mut found, g, given.x[0].shape());
        }
        state[0] = found.filter(|_| given.wanted[0]);
        Sums::new()
    }

    fn vjps_dual(&self, given: Given<'_, DualArray<T>>, sums: &mut Sums<DualArray<T>>) -> Sums<DualArray<T>> {
        self.unrolled().vjps_dual(given, sums)
    }
    fn vjps_recorded<'t>(
        &self,
        given: Given<'_, ArraySlot<'t, T>>,
        sums: &mut Sums<ArraySlot<'t, T>>,
    ) -> Sums<ArraySlot<'t, T>> {
        self.unrolled().vjps_recorded(given, sums)
    }

    fn jvps_plain(
        &self,
        x: &[&Term<Dense<T>>],
        _: &Term<Dense<T>>,
        tangents: &[Option<Cotangent<Dense<T>>>],
    ) -> Option<Cotangent<Dense<T>>> {
        let mut state = Term(x[0].0.clone());
        let mut given = tangents.to_vec();
        for i in 0..self.steps {
            let step = Arc::clone(&self.step);
            let one = Segment::new(move |x| step(i, x[0], &x[1..]));
            let mut operands = x.to_vec();
            operands[0] = &state;
            let values: Vec<&Dense<T>> = operands.iter().map(|x| &x.0).collect();
            let y = Term(one.forward(&values));
            given[0] = one.jvps_plain(&operands, &y, &given);
            state = y;
        }
        given.swap_remove(0)
    }
}

impl<T: Real> fmt::Debug for Loop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointLoop")
            .field("steps", &self.steps)
            .field("slots", &self.slots)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evaluations besides the recorded ones, by the rule that [`Reversal::reverse`] follows.
    fn cost(l: usize, s: usize) -> u128 {
        match (l, s) {
            (0 | 1, _) => 0,
            (l, 1) => (l * (l - 1) / 2) as u128,
            (l, s) => {
                let m = advance(l, s);
                m as u128 + cost(l - m, s - 1) + cost(m, s)
            }
        }
    }

    /// r·l − β(s + 1, r − 1).
    fn bound(l: usize, s: usize) -> u128 {
        let r = (0..).find(|&r| beta(s, r) >= l as u128).unwrap_or(0);
        match r {
            0 => 0,
            r => (r * l) as u128 - beta(s + 1, r - 1),
        }
    }

    /// The bound is the minimum over all schedules, and the schedule reaches it.
    #[test]
    fn the_schedule_is_optimal() {
        const L: usize = 60;
        const S: usize = 8;
        let mut best = vec![vec![0_u128; S + 1]; L + 1];
        for l in 2..=L {
            best[l][1] = (l * (l - 1) / 2) as u128;
            for s in 2..=S {
                let costs = (1..l).map(|m| m as u128 + best[l - m][s - 1] + best[m][s]);
                best[l][s] = costs.min().expect("l > 1");
            }
        }
        for (l, best) in best.iter().enumerate().skip(1) {
            for (s, &best) in best.iter().enumerate().skip(1) {
                assert_eq!(best, bound(l, s), "bound for l = {l}, s = {s}");
                assert_eq!(cost(l, s), bound(l, s), "cost for l = {l}, s = {s}");
            }
        }
        assert_eq!(cost(10_000, 20), bound(10_000, 20));
        assert_eq!(cost(100_000, 20), 534_220);
    }
}
