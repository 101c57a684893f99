//! Random programs: the gradient against dual numbers, second derivatives against hyper-dual numbers, and every way
//! to compute the same gradient against the others.

use super::by_duals;
use super::on_tape::{self, Inputs};
use super::program::{INPUTS, Instr, SCALARS, Step};
use super::resolve::resolve;
use num_dual::{Dual64, HyperDual64};
use proptest::prelude::*;
use wengert::{Gradients, Tape, Tensor, Var};

/// How far two derivatives may be apart, relative to the larger of 1 and the derivative.
///
/// Programs of up to 40 steps on numbers of about 1: an honest pair differs by at most 5e-15 (seen in 80 000
/// cases); a wrong rule, by a good part of the derivative.
const TOLERANCE: f64 = 1e-13;

/// A random program at a random point.
#[derive(Debug, Clone)]
struct Case {
    instructions: Vec<Instr>,
    /// Which values the loss sums up; the others are dead branches.
    live: u64,
    point: Vec<f64>,
    /// The variable of the second derivatives' first index.
    row: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let byte = any::<u8>();
    let instruction = (0_u8..30, byte, byte, byte).prop_map(|(kind, a, b, c)| Instr { kind, a, b, c });
    (
        prop::collection::vec(instruction, 1..40),
        any::<u64>(),
        prop::collection::vec(-1.0..1.0, INPUTS),
        0..INPUTS,
    )
        .prop_map(|(instructions, live, point, row)| Case {
            instructions,
            live,
            point,
            row,
        })
}

/// The gradient with respect to every variable, one number an element; `None` where there is no path.
fn numbers(gradients: &Gradients, inputs: &Inputs<'_>) -> Vec<Option<f64>> {
    let scalars = inputs.scalars.iter().map(|&x| gradients.get(x));
    let arrays = inputs.arrays.iter().flat_map(|x| {
        let n = x.shape().iter().product();
        match gradients.get(*x) {
            Some(g) => g.iter().map(|&g| Some(g)).collect(),
            None => vec![None; n],
        }
    });
    scalars.chain(arrays).collect()
}

/// The gradient by dual numbers, one evaluation a variable.
fn gradient_by_duals(steps: &[Step], case: &Case) -> Vec<f64> {
    let along = |k: usize| {
        let point = case.point.iter().enumerate();
        let point: Vec<Dual64> = point
            .map(|(i, &x)| Dual64::new(x, f64::from(u8::from(i == k))))
            .collect();
        by_duals::loss(steps, case.live, &point).eps
    };
    (0..INPUTS).map(along).collect()
}

/// One row of the Hessian by hyper-dual numbers.
fn hessian_row_by_duals(steps: &[Step], case: &Case) -> Vec<f64> {
    let along = |k: usize| {
        let one = |yes: bool| f64::from(u8::from(yes));
        let point = case.point.iter().enumerate();
        let point = point.map(|(i, &x)| HyperDual64::new(x, one(i == case.row), one(i == k), 0.0));
        by_duals::loss(steps, case.live, &point.collect::<Vec<_>>()).eps1eps2
    };
    (0..INPUTS).map(along).collect()
}

fn close(got: f64, want: f64) -> bool {
    (got - want).abs() <= TOLERANCE * want.abs().max(1.0)
}

/// Asks for the derivatives that dual numbers give, and for no path where they give 0.
fn agree(what: &str, got: &[Option<f64>], want: &[f64]) -> Result<(), TestCaseError> {
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        match got {
            Some(got) => prop_assert!(close(*got, *want), "{what} {k}: {got:e}, by duals {want:e}"),
            None => prop_assert!(*want == 0.0, "{what} {k}: no path, by duals {want:e}"),
        }
    }
    Ok(())
}

/// The bits of a gradient; a zero's sign does not count.
fn bits(gradient: &[Option<f64>]) -> Vec<Option<u64>> {
    gradient.iter().map(|g| g.map(|g| (g + 0.0).to_bits())).collect()
}

/// The recorded gradient's component for variable `row`, as a scalar.
fn component<'t>(
    gradients: &wengert::RecordedGradients<'t>,
    inputs: &Inputs<'t>,
    row: usize,
) -> Option<Var<'t>> {
    if row < SCALARS {
        return gradients.get(inputs.scalars[row]);
    }
    let mut rest = row - SCALARS;
    for &x in &inputs.arrays {
        let n = x.shape().iter().product();
        if rest < n {
            return gradients.get(x).map(|g: Tensor<'t>| g.reshape([n]).at([rest]));
        }
        rest -= n;
    }
    unreachable!("{row} is no variable")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// The value and the gradient of a random program are those of an evaluation in dual numbers, element by
    /// element, that shares no code with the engine.
    #[test]
    fn gradients_are_those_of_dual_numbers(case in cases()) {
        let steps = resolve(&case.instructions);
        let tape = Tape::new();
        let inputs = Inputs::new(&tape, &case.point);
        let loss = on_tape::loss(&tape, &steps, case.live, &inputs);
        let value = by_duals::loss(&steps, case.live, &case.point);
        prop_assert!(close(loss.value(), value), "{} instead of {value}", loss.value());
        let got = numbers(&loss.backward(), &inputs);
        agree("variable", &got, &gradient_by_duals(&steps, &case))?;
    }

    /// A row of the Hessian, by differentiating a component of the recorded gradient, is that of hyper-dual
    /// numbers; and a sweep over it that is itself recorded finds the same.
    #[test]
    fn second_derivatives_are_those_of_hyper_dual_numbers(case in cases()) {
        let steps = resolve(&case.instructions);
        let want = hessian_row_by_duals(&steps, &case);
        let tape = Tape::new();
        let inputs = Inputs::new(&tape, &case.point);
        let loss = on_tape::loss(&tape, &steps, case.live, &inputs);
        let Some(slope) = component(&loss.backward_recorded(), &inputs, case.row) else {
            prop_assert!(want.iter().all(|&h| h == 0.0), "no path from variable {}", case.row);
            return Ok(());
        };
        agree("second derivative", &numbers(&slope.backward(), &inputs), &want)?;
        let again = slope.backward_recorded();
        for k in 0..INPUTS {
            let got = component(&again, &inputs, k).map(|h| h.value());
            agree("recorded second derivative", &[got], &want[k..=k])?;
        }
    }

    /// The plain and the recorded sweep find the same gradient, to rounding (they add the cotangents of reads and
    /// of array ops in another order) and with the same paths.
    #[test]
    fn plain_and_recorded_sweeps_agree(case in cases()) {
        let steps = resolve(&case.instructions);
        let tape = Tape::new();
        let inputs = Inputs::new(&tape, &case.point);
        let loss = on_tape::loss(&tape, &steps, case.live, &inputs);
        let plain = numbers(&loss.backward(), &inputs);
        let recorded = loss.backward_recorded();
        for (k, &plain) in plain.iter().enumerate() {
            match (plain, component(&recorded, &inputs, k)) {
                (Some(plain), Some(recorded)) => {
                    let error = (plain - recorded.value()).abs();
                    prop_assert!(error <= 1e-13 * plain.abs().max(1.0), "variable {k}: {plain:e}, {recorded:?}");
                }
                (None, None) => {}
                (plain, recorded) => prop_assert!(false, "variable {k}: {plain:?}, {recorded:?}"),
            }
        }
    }

    /// The same bits from a second sweep, from one after more has been recorded, from a cleared tape that has held
    /// another program, and from a new tape.
    #[test]
    fn a_gradient_has_the_same_bits_however_often_it_is_computed(case in cases(), other in cases()) {
        let steps = resolve(&case.instructions);
        let mut tape = Tape::new();
        let first = {
            let inputs = Inputs::new(&tape, &case.point);
            let loss = on_tape::loss(&tape, &steps, case.live, &inputs);
            let first = bits(&numbers(&loss.backward(), &inputs));
            prop_assert_eq!(&bits(&numbers(&loss.backward(), &inputs)), &first);
            let _ = loss.backward_recorded();
            prop_assert_eq!(&bits(&numbers(&loss.backward(), &inputs)), &first);
            first
        };
        tape.clear();
        {
            let inputs = Inputs::new(&tape, &other.point);
            let loss = on_tape::loss(&tape, &resolve(&other.instructions), other.live, &inputs);
            let _ = numbers(&loss.backward(), &inputs);
        }
        tape.clear();
        for tape in [tape, Tape::new()] {
            let inputs = Inputs::new(&tape, &case.point);
            let loss = on_tape::loss(&tape, &steps, case.live, &inputs);
            prop_assert_eq!(&bits(&numbers(&loss.backward(), &inputs)), &first);
        }
    }
}
