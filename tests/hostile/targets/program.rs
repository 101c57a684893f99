//! Sequences of operations with arbitrary shapes and arguments, and the sweeps over what they record.
//!
//! An op may refuse: by a panic at the line that called it with a name in front, by an error where it returns one, by the
//! tape's memory ceiling. A sweep over what was recorded refuses nothing.

use super::bytes::Bytes;
use super::hook::{Said, caught};
use super::ops::{Given, Got, OPS};
use std::panic::resume_unwind;
use std::path::Path;
use wengert::{Tape, Tensor, Var};

/// The bytes that a tape may hold.
pub(crate) const LIMIT: usize = 16 << 20;
/// Elements of a tensor that is used further.
const MOST: usize = 1 << 12;
/// Ops of a program.
const LENGTH: usize = 12;

/// Runs the program that the bytes spell.
pub(crate) fn run(data: &[u8]) {
    let tape = Tape::new();
    // More memory than the limit is an error, and not a finding.
    let _ = tape.within(LIMIT, || program(&tape, data));
}

fn program(tape: &Tape, data: &[u8]) {
    let mut given = Given {
        bytes: Bytes(data),
        tape,
        tensors: vec![],
        scalars: vec![],
    };
    let inputs: Vec<Tensor> = (0..=given.bytes.below(3)).map(|_| given.input()).collect();
    let variables = [given.bytes.number(), given.bytes.number()].map(|x| tape.var(x));
    given.tensors.clone_from(&inputs);
    given.scalars.extend(variables);
    let mut said: Vec<&str> = vec![];
    for _ in 0..LENGTH {
        if given.bytes.is_empty() {
            break;
        }
        let (name, op) =
            OPS[(usize::from(given.bytes.byte()) * 256 + usize::from(given.bytes.byte())) % OPS.len()];
        said.push(name);
        match caught(|| op(&mut given)) {
            Ok(got) => keep(&mut given, got),
            Err((Some(panic), _)) => expect_documented(name, &panic, "ops.rs"),
            Err((None, limit)) => resume_unwind(limit),
        }
    }
    let all = given.tensors.iter().map(Tensor::sum);
    let loss = all.chain(given.scalars.iter().copied()).sum();
    if let Err((panic, payload)) = caught(|| sweep(tape, loss, &inputs, &variables)) {
        match panic {
            Some(panic) => panic!("a sweep over {said:?} panics: {panic:?}"),
            None => resume_unwind(payload),
        }
    }
}

/// Keeps results for further use: the latest are used most, and what is large is not.
fn keep<'t>(given: &mut Given<'_, 't>, got: Got<'t>) {
    match got {
        Got::Tensors(list) => {
            let small =
                |x: &Tensor<'t>| x.shape().iter().try_fold(1, |n: usize, &m| n.checked_mul(m)) <= Some(MOST);
            // A copy of the size of what is there is never too large for a view of the elements.
            given.tensors.extend(list.into_iter().take(4).filter(small));
        }
        Got::Scalar(x) => given.scalars.push(x),
        Got::Nothing => {}
    }
}

/// Every kind of sweep. Of each gradient only the shape is known here.
fn sweep(tape: &Tape, loss: Var<'_>, inputs: &[Tensor<'_>], variables: &[Var<'_>]) {
    if !loss.is_tracked() {
        return;
    }
    let gradients = loss.backward();
    for x in inputs {
        if let Some(g) = gradients.get(*x) {
            assert_eq!(g.shape(), x.shape(), "a gradient has its variable's shape");
        }
    }
    let mut forward = tape.forward().seed(variables[0], 1.0);
    for x in inputs {
        forward = forward.seed_array(*x, &x.value());
    }
    let tangents = forward.sweep();
    let _ = loss.backward_along(&tangents);
    let recorded = loss.backward_recorded();
    let mut second = Var::from(0.0);
    for x in inputs {
        if let Some(g) = recorded.get(*x) {
            assert_eq!(
                g.shape(),
                x.shape(),
                "a recorded gradient has its variable's shape"
            );
            second += g.sum();
        }
    }
    if second.is_tracked() {
        let _ = second.backward();
    }
}

/// Asks that a panic is one of those that the documentation speaks of: at the line of the caller, in this file, and with the
/// name of an operation in front, be it that of the op or of one that it is composed of.
pub(crate) fn expect_documented(name: &str, panic: &Said, caller: &str) {
    let spoken = panic.message.split_once(": ").map_or("", |(name, _)| name);
    let is_name = !spoken.is_empty() && spoken.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    assert!(
        Path::new(&panic.file).ends_with(Path::new("targets").join(caller)) && !name.is_empty() && is_name,
        "{name:?} panics otherwise than documented: {panic:?}"
    );
}
