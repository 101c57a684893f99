//! Workloads that benches and tests share, written as a user would write them: generic in the number.

use num_traits::Float;

mod chains;
pub use chains::{CHAINS, Chain};

/// Cells of the two transport schemes.
pub const CELLS: usize = 100;
/// The Courant number.
pub const C: f64 = 0.125;

/// The initial state: a sine wave above zero.
#[must_use]
pub fn initial_state() -> Vec<f64> {
    let wave = |i: usize| (2.0 * std::f64::consts::PI * i as f64 / 98.5).sin();
    (0..CELLS).map(|i| 0.5 + 0.5 * wave(i) + 0.0001).collect()
}

/// The sum of squares of the state after `steps` steps of a transport scheme with periodic ends, in which the flux from
/// cell `i` to the next is `flux(q[i], q[i + 1])`.
fn transport<F: Float>(q: &mut [F], steps: usize, flux: impl Fn(F, F) -> F) -> F {
    let mut between = [F::zero(); CELLS - 1];
    for _ in 0..steps {
        for i in 0..CELLS - 1 {
            between[i] = flux(q[i], q[i + 1]);
        }
        for i in 1..CELLS - 1 {
            q[i] = q[i] + (between[i - 1] - between[i]);
        }
        q[0] = q[CELLS - 2];
        q[CELLS - 1] = q[1];
    }
    q.iter().fold(F::zero(), |sum, &x| sum + x * x)
}

/// The Lax–Wendroff scheme.
pub fn lax_wendroff<F: Float>(q: &mut [F], steps: usize) -> F {
    let c = F::from(C).expect("a float holds 0.125");
    let half = F::from(0.5).expect("a float holds 0.5") * c;
    transport(q, steps, |a, b| half * (a + b + c * (a - b)))
}

/// Toon's scheme (Toon et al., *A multidimensional model for aerosols*, 1988).
pub fn toon<F: Float>(q: &mut [F], steps: usize) -> F {
    let c = F::from(C).expect("a float holds 0.125");
    transport(q, steps, |a, b| {
        ((c * (a / b).ln()).exp() - F::one()) * a * b / (a - b)
    })
}
