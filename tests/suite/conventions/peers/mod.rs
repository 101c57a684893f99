//! Gradient defects that were found in other Rust libraries; none may exist here. Numbers are those of the project's list
//! (`peer-defects.md`). What cannot compile here (a stale handle) is tested where it does not.

mod arrays;
mod engine;
mod numbers;

use ndarray::{Array2, Array3, arr1, arr2, s};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::ops::{Binary, Unary};
use wengert::{Tape, Tensor, Var, nn};

/// The slope of a function of one scalar.
fn slope(at: f64, f: fn(Var<'_>) -> Var<'_>) -> f64 {
    let tape = Tape::new();
    let x = tape.var(at);
    f(x).backward().wrt(x)
}

fn slope_f32(at: f32, f: for<'t> fn(Var<'t, f32>) -> Var<'t, f32>) -> f32 {
    let tape = Tape::<f32>::default();
    let x = tape.var(at);
    f(x).backward().wrt(x)
}

/// Asks that a call panics with a message that contains `text`.
#[track_caller]
fn panics(text: &str, f: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err(text);
    let message = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&s| s.to_owned()));
    let message = message.expect("a message");
    assert!(message.contains(text), "{message}");
}

/// A defect: its number in the list, what it was, and a test that it is absent.
type Case = (u32, &'static str, fn());

#[test]
fn defects_of_other_libraries_are_absent() {
    let cases = [numbers::CASES, arrays::CASES, engine::CASES].concat();
    for (number, what, absent) in &cases {
        println!("{number:>3}. {what}");
        absent();
    }
    println!("{} defects of other libraries", cases.len());
    assert_eq!(cases.len(), if cfg!(feature = "linalg") { 35 } else { 34 });
}
