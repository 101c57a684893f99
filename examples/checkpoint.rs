//! The gradient of a long simulation in little memory: a wave steepens (Burgers' equation on a ring, Lax–Friedrichs' scheme),
//! and the sweep asks how its end depends on its beginning and on the step's size.
//!
//!     cargo run --release --example checkpoint
//!
//! compares the whole loop on the tape with segments by `checkpoint` and with `checkpoint_loop`: how many states and recorded
//! steps are kept at the same time, how often a step is evaluated, and the time. The gradients have the same bits.

use ndarray::{Array1, ArrayD, arr1, s};
use std::f64::consts::TAU;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use wengert::{Tape, Tensor, checkpoint, checkpoint_loop};

const CELLS: usize = 200;
const STEPS: usize = 4000;

/// How often a step was evaluated.
static EVALUATED: AtomicUsize = AtomicUsize::new(0);

/// uᵢ ← (uᵢ₋₁ + uᵢ₊₁)/2 − r·(uᵢ₊₁² − uᵢ₋₁²)/4, with r = Δt/Δx.
fn step<'t>(u: Tensor<'t>, r: Tensor<'t>) -> Tensor<'t> {
    EVALUATED.fetch_add(1, Ordering::Relaxed);
    let turned = |by: usize| Tensor::concat(&[u.slice(s![by..]), u.slice(s![..by])], 0);
    let (right, left) = (turned(1), turned(CELLS - 1));
    (left + right) / 2.0 - r * (right.square() - left.square()) / 4.0
}

/// How the loop is recorded.
enum Kept {
    All,
    Segments(usize),
    Slots(usize),
}

impl Kept {
    fn run<'t>(&self, start: Tensor<'t>, r: Tensor<'t>) -> Tensor<'t> {
        match *self {
            Self::All => (0..STEPS).fold(start, |u, _| step(u, r)),
            Self::Segments(n) => (0..n).fold(start, |u, _| {
                checkpoint(move |x| (0..STEPS / n).fold(x[0], |u, _| step(u, x[1])), &[u, r])
            }),
            Self::Slots(slots) => checkpoint_loop(STEPS, slots, start, &[r], |_, u, p| step(u, p[0])),
        }
    }

    /// States and recorded steps at the same time.
    fn memory(&self) -> (usize, usize) {
        match *self {
            Self::All => (0, STEPS),
            Self::Segments(n) => (n, STEPS / n),
            Self::Slots(slots) => (slots, 1),
        }
    }
}

/// The gradients of the energy in the first half of the ring by the initial state and by r.
fn gradients(kept: &Kept) -> [ArrayD<f64>; 2] {
    let tape = Tape::new();
    let wave = |i: usize| 1.0 + 0.5 * (TAU * i as f64 / CELLS as f64).sin();
    let start = tape.tensor(&Array1::from_shape_fn(CELLS, wave));
    let r = tape.tensor(&arr1(&[0.3]));
    let energy = kept.run(start, r).square().slice(s![..CELLS / 2]).sum();
    let gradients = energy.backward();
    [start, r].map(|x| gradients.wrt(x).to_owned())
}

fn main() {
    println!("{STEPS} steps of {CELLS} cells\n");
    println!("                      states  recorded steps   evaluations        time");
    let reference = gradients(&Kept::All);
    let rows = [
        ("all on the tape", Kept::All),
        ("40 segments", Kept::Segments(40)),
        ("loop with 20 slots", Kept::Slots(20)),
        ("loop with 5 slots", Kept::Slots(5)),
    ];
    for (name, kept) in rows {
        EVALUATED.store(0, Ordering::Relaxed);
        let clock = Instant::now();
        let found = gradients(&kept);
        let time = clock.elapsed();
        let ((states, recorded), evaluated) = (kept.memory(), EVALUATED.load(Ordering::Relaxed));
        println!("{name:<20}{states:>8}{recorded:>16}{evaluated:>14}{time:>12.0?}");
        assert!(found == reference, "the gradients have the same bits");
    }
    println!(
        "\n∂ energy / ∂r = {:.6}, the same bits in every row",
        reference[1][[0]]
    );
}
