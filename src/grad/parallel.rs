//! The gradient of a sum over shards of the data, on several threads.

use super::Tree;
use crate::{Gradients, Real, Tape, Var};
use std::borrow::BorrowMut;
use std::panic::resume_unwind;
use std::thread;

/// Gradients of `Σ f(x, shard)` over the shards of a batch, on several threads, each with a tape of its own.
///
/// Each shard's gradient is calculated by itself, and they are added in the order of the shards. So the result is the same to
/// the bit whatever the number of threads, and from run to run; it depends on how the batch was divided, which is
/// the caller's affair.
///
/// The threads live as long as a call and take some tens of microseconds to start; their tapes stay, so that warm calls
/// ask for no memory but that of the threads and of the gradient that is returned. A gradient for each shard is held
/// until they are added.
///
/// ```
/// use ndarray::{Array2, Axis, arr1};
/// use wengert::grad::Parallel;
/// let x = Array2::from_shape_fn((100, 3), |(i, j)| ((i + 2 * j) as f64).sin());
/// let shards: Vec<_> = x.axis_chunks_iter(Axis(0), 25).collect();
/// let w = arr1(&[0.5, -0.25, 1.0]);
/// let on = |threads| {
///     Parallel::new(threads).value_and_grad(
///         |tape, w, shard| tape.constant(shard).matmul(&w).square().sum(),
///         &w,
///         &shards,
///     )
/// };
/// assert_eq!(on(1), on(3)); // the loss, and an `Array1`
/// ```
#[derive(Debug)]
pub struct Parallel<T: Real = f64> {
    tapes: Vec<Tape<T>>,
    parts: Vec<Part<T>>,
}

/// What a shard contributes.
#[derive(Debug)]
struct Part<T> {
    value: T,
    gradient: Vec<T>,
    is_tracked: bool,
}

impl<T: Real> Parallel<T> {
    /// For so many threads, that of the caller included.
    ///
    /// # Panics
    /// Where there are none.
    #[must_use]
    #[track_caller]
    pub fn new(threads: usize) -> Self {
        assert!(threads > 0, "Parallel: 0 threads");
        Self {
            tapes: (0..threads).map(|_| Tape::default()).collect(),
            parts: vec![],
        }
    }

    /// `Σ f(x, shard)` over the shards, and its gradient with respect to `x`; 0 where there are no shards.
    ///
    /// As for [`grad`](super::grad()), a number's type must be known: `&2.0_f64`.
    ///
    /// The closure is called on several threads at once, each time with its thread's tape, empty but for `x`, with the
    /// handles of `x`, and with a shard.
    ///
    /// # Panics
    /// Where a shard's result is an untracked constant. A panic of the closure ends the call on all threads and is passed on.
    #[track_caller]
    pub fn value_and_grad<X, S>(
        &mut self,
        f: impl for<'t> Fn(&'t Tape<T>, <X as Tree<'t>>::On, &S) -> Var<'t, T> + Sync,
        x: &X,
        shards: &[S],
    ) -> (T, X::Owned)
    where
        X: for<'t> Tree<'t, Elem = T, Sweep = Gradients<T>> + ToOwned<Owned: BorrowMut<X>> + Sync + ?Sized,
        S: Sync,
    {
        self.parts.resize_with(shards.len(), Part::default);
        let n = shards.len().div_ceil(self.tapes.len()).max(1);
        let shares = self.parts.chunks_mut(n).zip(shards.chunks(n));
        let mut jobs = self.tapes.iter_mut().zip(shares);
        let run = |tape: &mut Tape<T>, parts: &mut [Part<T>], shards: &[S]| {
            for (part, shard) in parts.iter_mut().zip(shards) {
                part.fill(tape, &f, x, shard);
            }
            tape.clear(); // lets go of what was lent
        };
        thread::scope(|scope| {
            let own = jobs.next();
            let spawn = |(tape, (parts, shards))| scope.spawn(move || run(tape, parts, shards));
            let others: Vec<_> = jobs.map(spawn).collect();
            if let Some((tape, (parts, shards))) = own {
                run(tape, parts, shards);
            }
            for thread in others {
                if let Err(payload) = thread.join() {
                    resume_unwind(payload);
                }
            }
        });
        let constant = self.parts.iter().position(|part| !part.is_tracked);
        if let Some(k) = constant {
            panic!("value_and_grad: the result for shard {k} is an untracked constant");
        }
        let value = self.sum();
        (value, self.gradient(x))
    }

    /// Adds up all parts in the first one's place.
    fn sum(&mut self) -> T {
        let Some((sum, rest)) = self.parts.split_first_mut() else {
            return T::zero();
        };
        for part in rest {
            sum.value += part.value;
            let pairs = sum.gradient.iter_mut().zip(&part.gradient);
            pairs.for_each(|(sum, &x)| *sum += x);
        }
        sum.value
    }

    /// The sum in the form of `x`: read like the gradient of a sweep that begins and ends at the variables.
    fn gradient<X>(&mut self, x: &X) -> X::Owned
    where
        X: for<'t> Tree<'t, Elem = T, Sweep = Gradients<T>> + ToOwned<Owned: BorrowMut<X>> + ?Sized,
    {
        let gradient = {
            let tape = &self.tapes[0];
            let on = x.on(tape);
            let mut backward = tape.backward();
            if let Some(sum) = self.parts.first() {
                let mut numbers = &sum.gradient[..];
                X::leaves(&on, &mut |leaf| leaf.seed_from(&mut numbers, &mut backward.0));
            }
            super::read(x, &on, &backward.sweep())
        };
        self.tapes[0].clear();
        gradient
    }
}

impl<T: Real> Part<T> {
    fn fill<X, S>(
        &mut self,
        tape: &mut Tape<T>,
        f: &impl for<'t> Fn(&'t Tape<T>, <X as Tree<'t>>::On, &S) -> Var<'t, T>,
        x: &X,
        shard: &S,
    ) where
        X: for<'t> Tree<'t, Elem = T, Sweep = Gradients<T>> + ?Sized,
    {
        tape.clear();
        let tape = &*tape;
        let on = x.on(tape);
        let loss = f(tape, on.clone(), shard);
        self.gradient.clear();
        (self.value, self.is_tracked) = (loss.value(), loss.is_tracked());
        if self.is_tracked {
            let gradients = loss.backward();
            X::leaves(&on, &mut |leaf| leaf.gradient(&gradients, &mut self.gradient));
        }
    }
}

impl<T: Real> Default for Part<T> {
    fn default() -> Self {
        Self {
            value: T::zero(),
            gradient: vec![],
            is_tracked: true,
        }
    }
}
