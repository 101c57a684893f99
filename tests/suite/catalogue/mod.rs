//! **The catalogue**: every op by name, once. From it come
//!
//! - the comparison with JAX and PyTorch, whose numbers `tests/reference/make.py` has written to a file ([`reference`]),
//! - derivatives of the orders 1, 2 and 3 by the checker, at that file's points, in every mode,
//! - the table of ops `docs/ops.md` ([`table`]), which the tests compare with what is generated. To write it anew:
//!   `UPDATE_DOCS=1 cargo test --features linalg --test suite catalogue`.
//!
//! A public op method that has no entry here fails a test, and so does an entry without a case in the file.

mod defects;
mod densities;
mod linear;
mod networks;
mod order;
mod pointwise;
mod reduce;
pub(crate) mod reference;
mod shape;
mod sources;
mod table;

use crate::common::{Tally, examine};
use ndarray::{ArcArrayD, ArrayViewD};
use reference::Case;
use std::fmt;
use wengert::gradcheck::GradCheck;
use wengert::ops::{Binary, Unary};
use wengert::{Tape, Tensor};

/// A function of tensors that calls an op.
type Call = for<'t> fn(&'t Tape, &[Tensor<'t>]) -> Tensor<'t>;

/// How an entry computes.
#[derive(Clone, Copy)]
enum Function {
    One(Unary),
    Two(Binary),
    Call(Call),
}

/// An op, with fixed attributes.
#[derive(Clone)]
struct Entry {
    /// The name of its method.
    op: String,
    /// The attributes, as the reference file names them.
    given: &'static str,
    function: Function,
}

/// An entry that calls the op.
fn entry(op: &str, given: &'static str, call: Call) -> Entry {
    let (op, function) = (op.to_owned(), Function::Call(call));
    Entry { op, given, function }
}

impl Entry {
    fn apply<'t>(&self, tape: &'t Tape, x: &[Tensor<'t>]) -> Tensor<'t> {
        match self.function {
            Function::One(op) => op.apply(&x[0]),
            Function::Two(op) => op.apply(&x[0], &x[1]),
            Function::Call(call) => call(tape, x),
        }
    }

    /// The case at which the checker looks: the smallest with several elements, if it is small enough.
    fn examined<'c>(&self, cases: &'c [Case]) -> Option<&'c Case> {
        let mine = cases.iter().filter(|case| case.given == self.given);
        let small = mine.filter(|case| (2..=EXAMINED).contains(&case.numbers()));
        small.min_by_key(|case| case.numbers())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.given {
            "" => write!(f, "{}", self.op),
            given => write!(f, "{} ({given})", self.op),
        }
    }
}

/// The checker looks at operands of at most so many elements together.
const EXAMINED: usize = 26;

/// A family of entries.
type Family = fn() -> Vec<Entry>;

/// The families, in the order of the table of ops.
const FAMILIES: &[(&str, Family)] = &[
    ("Element by element", pointwise::entries),
    ("Reductions", reduce::entries),
    ("Along an axis", order::entries),
    ("Shape, index and products", shape::entries),
    ("Linear algebra (feature `linalg`)", linear::entries),
    ("Networks", networks::entries),
    ("Log-densities", densities::entries),
];

/// Compares every entry of a family with the reference file and has its derivatives examined.
fn verify(family: Family) {
    let reference = reference::ops();
    let (mut tally, mut worst) = (Tally::default(), reference::Worst::default());
    let mut faults = vec![];
    for entry in family() {
        let Some(op) = reference.iter().find(|op| op.name == entry.op) else {
            faults.push(format!("{entry}: no case in tests/reference/reference.txt"));
            continue;
        };
        let mine = op.cases.iter().filter(|case| case.given == entry.given);
        let compared: Vec<_> = mine.map(|case| case.compare(op, &entry, &mut worst)).collect();
        if compared.is_empty() {
            faults.push(format!("{entry}: no case of this kind in the reference file"));
        }
        faults.extend(compared.into_iter().filter_map(Result::err));
        let Some(case) = entry.examined(&op.cases) else {
            faults.push(format!("{entry}: no case that is small enough for the checker"));
            continue;
        };
        match examine(&case.x, |tape, x| entry.apply(tape, x)) {
            Ok(one) => tally += one,
            Err(fault) => faults.push(format!("{entry}: {fault}")),
        }
    }
    println!("derivatives: {tally}; {worst}");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The public checker has nothing to say against any op, at the point at which the suite's own looks, and nothing there that
/// it cannot tell.
#[test]
fn the_public_checker_raises_no_alarm() {
    let (mut faults, mut compared, mut untold) = (vec![], [0, 0], vec![]);
    for entry in FAMILIES.iter().flat_map(|(_, family)| family()) {
        let op = reference::ops().iter().find(|op| op.name == entry.op);
        let Some(case) = op.and_then(|op| entry.examined(&op.cases)) else {
            continue;
        };
        let check = GradCheck::new();
        match check.check(|tape, x| entry.apply(tape, &x), &case.x) {
            Ok(report) => {
                let counts = compared.iter_mut().zip(report.compared);
                counts.for_each(|(sum, n)| *sum += n);
                if !report.is_complete() {
                    untold.push(format!("{entry}: {report}"));
                }
            }
            Err(fault) => faults.push(format!("{entry}: {fault}")),
        }
    }
    println!("{compared:?} derivatives; not complete:\n{}", untold.join("\n"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(compared[0] > 15_000 && compared[1] > 45_000 && untold.is_empty());
}

/// How many ops are compared with JAX or PyTorch, and which with neither, and why.
#[test]
fn enough_ops_are_compared() {
    let (theirs, others): (Vec<_>, Vec<_>) = reference::ops().iter().partition(|op| op.by != "mpmath");
    println!("{} ops against JAX or PyTorch", theirs.len());
    for op in &others {
        println!("{} against {}: {}", op.name, op.by, op.why);
        assert!(!op.why.is_empty(), "{}: why not JAX or PyTorch?", op.name);
    }
    assert!(theirs.len() >= 150 && others.len() <= 5);
}

/// The comparison finds a value that is off by 1e-11, and a gradient that is twice what it should be.
#[test]
fn what_is_wrong_is_found() {
    let sine = reference::ops().iter().find(|op| op.name == "sin");
    let sine = sine.expect("the reference has a sine");
    let fault = |call: Call| {
        let wrong = entry("sin", "", call);
        sine.cases[1].compare(sine, &wrong, &mut reference::Worst::default())
    };
    assert!(fault(|_, x| x[0].sin()).is_ok());
    let value = fault(|_, x| x[0].sin() * (1.0 + 1e-11)).expect_err("a wrong value");
    assert!(value.contains("value"), "{value}");
    let gradient = fault(|_, x| 2.0 * x[0].sin() - x[0].sin().detach()).expect_err("a wrong gradient");
    assert!(gradient.contains("gradient 0"), "{gradient}");
    assert!(
        fault(|_, x| x[0].sin().sum().to_tensor())
            .expect_err("a wrong shape")
            .contains("shape")
    );
}

#[test]
fn pointwise_ops() {
    verify(pointwise::entries);
}

#[test]
fn reductions() {
    verify(reduce::entries);
}

#[test]
fn ops_along_an_axis() {
    verify(order::entries);
}

#[test]
fn shapes_and_products() {
    verify(shape::entries);
}

#[test]
fn linear_algebra() {
    verify(linear::entries);
}

#[test]
fn networks() {
    verify(networks::entries);
}

#[test]
fn densities() {
    verify(densities::entries);
}

/// Every op, on operands that are lent: values, gradients and tangents to the bit as on copies, and the operands stay as they are.
#[test]
fn ops_on_lent_operands() {
    let bits = |x: ArrayViewD<'_, f64>| {
        (
            x.shape().to_vec(),
            x.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        )
    };
    let mut ops = 0;
    for entry in FAMILIES.iter().flat_map(|(_, family)| family()) {
        let op = reference::ops().iter().find(|op| op.name == entry.op);
        let Some(case) = op.and_then(|op| entry.examined(&op.cases)) else {
            continue;
        };
        let results = |x: &[ArcArrayD<f64>], lent: bool| {
            let tape = Tape::new();
            let enter = |x: &ArcArrayD<f64>| {
                if lent {
                    tape.tensor(x)
                } else {
                    tape.tensor(&x.view())
                }
            };
            let on: Vec<Tensor<'_>> = x.iter().map(enter).collect();
            let y = entry.apply(&tape, &on);
            let gradients = y.backward_with(&y.value());
            let seeds = on.iter().zip(x);
            let tangents = seeds
                .fold(tape.forward(), |forward, (on, x)| forward.seed_array(*on, x))
                .sweep();
            let found = on.iter().filter_map(|x| gradients.get(*x));
            let found = [y.value()].into_iter().chain(found).chain(tangents.get(y));
            found.map(bits).collect::<Vec<_>>()
        };
        let x: Vec<ArcArrayD<f64>> = case.x.iter().map(|x| x.to_shared()).collect();
        let copied = results(&x, false);
        assert_eq!(results(&x, true), copied, "{entry}");
        for (x, was) in x.iter().zip(&case.x) {
            assert_eq!(bits(x.view()), bits(was.view()), "{entry}");
        }
        ops += 1;
    }
    assert!(ops > 300, "{ops}");
}
