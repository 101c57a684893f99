//! Gradients asked with the wrong handle, or at the wrong time; and what may cross threads.

use super::hook::{refused, says};
use ndarray::arr1;
use wengert::grad::{Evaluator, Parallel};
use wengert::nn::{Dropout, LayerNorm, Mlp, MultiHead};
use wengert::optim::{Adam, Sgd};
use wengert::{
    Backward, Dense, Forward, Gradients, MemoryLimit, RecordedGradients, ShapeError, Tangents, Tape, Tensor,
    Var,
};

/// Gradients from before a `clear` do not answer for the handles after it, though their numbers are the same
/// (`reverse` 0.2 does, and gives the new variable the old one's gradient).
#[test]
fn gradients_from_before_a_clear() {
    let mut tape = Tape::new();
    let old = {
        let (a, x) = (tape.var(1.0), tape.tensor(&arr1(&[1.0])));
        (a * x).sum().backward()
    };
    tape.clear();
    let (a, x) = (tape.var(2.0), tape.tensor(&arr1(&[2.0])));
    let y = (a * x).sum();
    for message in [refused!(old.wrt(a)), refused!(old.get(a)), refused!(old.wrt([a]))] {
        assert!(message.contains("cleared"), "{message}");
    }
    says!(old.wrt(x), "cleared");
    says!(old.get(x), "cleared");
    assert_eq!(y.backward().wrt(a), 2.0);
}

/// Gradients do not answer for another tape's handles; dropped tapes and new ones at the same address included.
#[test]
fn gradients_of_another_tape() {
    let (here, there) = (Tape::new(), Tape::new());
    let (a, b) = (here.var(1.0), there.var(2.0));
    let (x, z) = (here.tensor(&arr1(&[1.0])), there.tensor(&arr1(&[1.0])));
    let gradients = (a * x).sum().backward();
    let recorded = (a * x).sum().backward_recorded();
    says!(gradients.wrt(b), "another tape");
    says!(gradients.get(z), "another tape");
    says!(recorded.wrt(b), "another tape");
    says!(recorded.get(z), "another tape");

    let mut orphan: Option<Gradients> = None;
    for _ in 0..3 {
        let tape = Tape::new();
        let c = tape.var(1.0);
        if let Some(orphan) = &orphan {
            says!(orphan.wrt(c), "another tape");
        }
        orphan = Some((c * c).backward());
        assert_eq!(orphan.as_ref().map(|g| g.wrt(c)), Some(2.0));
    }
}

/// A handle that was recorded after the sweep is refused, in either lane, plain or recorded, even where it is
/// computed from one that is known.
#[test]
fn handles_recorded_after_the_sweep() {
    let tape = Tape::new();
    let (a, x) = (tape.var(1.0), tape.tensor(&arr1(&[1.0])));
    let loss = (a * x).sum();
    let (gradients, recorded) = (loss.backward(), loss.backward_recorded());
    let (b, z) = (a * a, x + 1.0);
    says!(gradients.wrt(b), "after the sweep");
    says!(gradients.get(z), "after the sweep");
    says!(gradients.wrt([a, b]), "after the sweep");
    says!(recorded.wrt(b), "after the sweep");
    says!(recorded.get(z), "after the sweep");
    // What the recorded sweep itself has recorded comes after it, too.
    says!(gradients.wrt(recorded.wrt(a)), "after the sweep");
    assert_eq!(gradients.wrt(a), 1.0);
}

/// Gradients outlive the tape's next ops and sweeps unchanged, and may outlive the tape itself.
#[test]
fn gradients_are_values_of_their_own() {
    let tape = Tape::new();
    let (a, x) = (tape.var(3.0), tape.tensor(&arr1(&[1.0, 2.0])));
    let first = (a * x.square()).sum().backward();
    let view = first.wrt(x);
    let second = (a * x).sum().backward();
    let _ = x.exp().sum().backward_recorded();
    assert_eq!((first.wrt(a), second.wrt(a)), (5.0, 3.0));
    assert_eq!(view, arr1(&[6.0, 12.0]).into_dyn());
    drop(tape);
    let kept = (first, second);
    drop(kept);
}

/// Compiles only if `T` is `Send`.
const fn send<T: Send>() {}

/// A tape and its gradients may move to another thread. A handle may not: its tape is not meant to be recorded on
/// by two.
const _: () = {
    send::<Tape<f32>>();
    send::<Tape<f64>>();
    send::<Gradients>();
    send::<Tangents>();
    send::<Evaluator<'_>>();
    send::<Parallel<f32>>();
    both::<Dense<f64>>();
    both::<ShapeError>();
    #[cfg(feature = "linalg")]
    both::<wengert::LinalgError>();
    both::<MemoryLimit>();
    both::<Mlp<f32>>();
    both::<LayerNorm<f64>>();
    both::<MultiHead<f64>>();
    both::<Dropout>();
    both::<Sgd<f64>>();
    both::<Adam<f32>>();
};

const fn both<T: Send + Sync>() {}

/// Declares a function that compiles only if the type does *not* implement the trait: if it does, the `_` below
/// could stand for either of two types.
macro_rules! never {
    ($test:ident, $bound:ident, $($t:ty),+) => {
        #[test]
        fn $test() {
            struct Yes;
            trait Ambiguous<A> {
                fn check() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $bound> Ambiguous<Yes> for T {}
            $(<$t as Ambiguous<_>>::check();)+
        }
    };
}
never!(
    handles_stay_on_their_thread,
    Send,
    Var<'static>,
    Tensor<'static, f32>,
    RecordedGradients<'static>,
    Backward<'static>,
    Forward<'static>
);
never!(
    handles_are_not_lent_to_other_threads,
    Sync,
    Var<'static>,
    Tensor<'static, f32>
);
never!(a_tape_is_recorded_on_by_one_thread, Sync, Tape<f32>, Tape<f64>);
