//! Operands on two different tapes: every way to join two handles refuses them by name, at the caller's line.

use super::hook::{panic_of, says};
use ndarray::arr1;
use wengert::{Tape, Tensor, Var};

const TWO: &str = "two different tapes";

/// Every operator and two-argument method, between two scalars and between two arrays.
#[test]
fn two_handles_of_a_kind() {
    let (here, there) = (Tape::new(), Tape::new());
    macro_rules! both_lanes {
        ($a:ident $b:ident) => {{
            let (mut a, b) = ($a, $b);
            says!(a + b, "add: ", TWO);
            says!(a - b, "sub: ", TWO);
            says!(a * b, "mul: ", TWO);
            says!(a / b, "div: ", TWO);
            says!(a % b, "rem: ", TWO);
            says!(&a + &b, "add: ", TWO);
            says!(a += b, "add: ", TWO);
            says!(a -= b, "sub: ", TWO);
            says!(a *= &b, "mul: ", TWO);
            says!(a /= &b, "div: ", TWO);
            says!(a %= b, "rem: ", TWO);
            says!(a.powf(b), "powf: ", TWO);
            says!(a.max(b), "max: ", TWO);
            says!(a.min(b), "min: ", TWO);
            says!(a.fmax(b), "fmax: ", TWO);
            says!(a.fmin(b), "fmin: ", TWO);
            says!(a.hypot(b), "hypot: ", TWO);
            says!(a.atan2(b), "atan2: ", TWO);
            says!(a.above(b), "above: ", TWO);
            says!(a.exp_diff(b), "exp_diff: ", TWO);
            says!(a.gated(b), "gate: ", TWO);
        }};
    }
    let (a, b) = (here.var(1.0), there.var(2.0));
    both_lanes!(a b);
    let (x, y) = (here.tensor(&arr1(&[1.0])), there.tensor(&arr1(&[2.0])));
    both_lanes!(x y);
}

/// A scalar of one tape beside an array of another, either way round, also by reference and assigning.
#[test]
fn a_scalar_and_an_array() {
    let (here, there) = (Tape::new(), Tape::new());
    let (a, mut x) = (here.var(1.0), there.tensor(&arr1(&[2.0, 3.0])));
    says!(a + x, "add: ", TWO);
    says!(x + a, "add: ", TWO);
    says!(&a - &x, "sub: ", TWO);
    says!(x / &a, "div: ", TWO);
    says!(x *= a, "mul: ", TWO);
    says!(x.max(a), "max: ", TWO);
}

/// The ops of more than pointwise arity.
#[test]
fn array_ops() {
    let (here, there) = (Tape::new(), Tape::new());
    let (a, b): (Var, Var) = (here.var(1.0), there.var(2.0));
    says!(here.stack(&[a, b]), "stack: ", TWO);
    says!(here.stack(&[b]), "stack: ", TWO);
    let (x, y) = (here.tensor(&arr1(&[1.0])), there.tensor(&arr1(&[2.0])));
    says!(x.matmul(&y), "matmul: ", TWO);
    says!(Tensor::concat(&[x, x, y], 0), "concat: ", TWO);
}

/// A sum of an iterator says so as well, if not where.
#[test]
fn a_sum() {
    let (here, there) = (Tape::new(), Tape::new());
    let list = [here.var(1.0), there.var(2.0)];
    let said = panic_of(|| list.iter().sum::<Var>()).expect("two tapes");
    assert!(said.message.contains(TWO), "{}", said.message);
    let said = panic_of(|| list.into_iter().product::<Var>()).expect("two tapes");
    assert!(said.message.contains(TWO), "{}", said.message);
}

/// Untracked constants belong to no tape and go with any.
#[test]
fn constants_go_with_any_tape() {
    let (here, there) = (Tape::new(), Tape::new());
    let c = Var::from(2.0);
    for tape in [&here, &there] {
        let (a, x) = (tape.var(3.0), tape.tensor(&arr1(&[3.0])));
        let y = (c * a + a / c) * (x * c).sum() + tape.stack(&[c, a]).sum();
        // ∂/∂a of 2.5·a·(2x) + 2 + a, and ∂/∂x.
        let gradients = y.backward();
        assert_eq!(gradients.wrt(a), 16.0);
        assert_eq!(gradients.wrt(x), arr1(&[15.0]).into_dyn());
    }
}
