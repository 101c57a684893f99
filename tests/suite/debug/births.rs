//! Each ∞ and each NaN has a line where it was made, and that line is named.

use ndarray::{Array1, arr1, arr2};
use num_traits::Float;
use wengert::inspect::{Birth, Born, Diagnosis};
use wengert::{Real, Tape};

/// Evaluates, and says on which line.
macro_rules! here {
    ($e:expr) => {
        ($e, line!())
    };
}

fn line<T: Real>(birth: &Birth<T>) -> u32 {
    let location = birth.location.expect("the line is known");
    assert!(location.file().ends_with(file!()), "{location}");
    location.line()
}

fn lines<T: Real>(diagnosis: &Diagnosis<T>, born: Born) -> Vec<(String, u32)> {
    let births = diagnosis.births().iter().filter(|birth| birth.born == born);
    births.map(|birth| (birth.op.clone(), line(birth))).collect()
}

/// The three places of the issue, in scalars: √0 is harmless as a value and ∞ as an adjoint, ln 0 is −∞ and ∞, 0·∞ NaN.
fn three_places_in_scalars<T: Real>() {
    let tape = Tape::<T>::default().traced();
    let zero = || tape.var(T::zero());
    let (a, b, c) = (zero(), zero(), zero());
    let one = tape.var(T::one());
    let (root, at_root) = here!(a.sqrt());
    let (log, at_log) = here!(b.ln());
    let (infinity, at_quotient) = here!(one / zero());
    let (product, at_product) = here!(c * infinity);
    let loss = root + log + product;
    let diagnosis = loss.diagnose();
    assert!(diagnosis.value().is_nan() && !diagnosis.is_clean());
    let named = |op: &str, line| (op.to_owned(), line);
    assert_eq!(
        lines(&diagnosis, Born::Value),
        [
            named("ln", at_log),
            named("div", at_quotient),
            named("mul", at_product)
        ]
    );
    // From the end: ∞ for c is no birth, since ∞ is an operand. One for each operand of the quotient is.
    assert_eq!(
        lines(&diagnosis, Born::Adjoint),
        [
            named("div", at_quotient),
            named("div", at_quotient),
            named("ln", at_log),
            named("sqrt", at_root)
        ]
    );
    let births = diagnosis.births();
    assert_eq!(diagnosis.first().unwrap().operands[0].value, Some(T::zero()));
    assert_eq!(births[0].result.value, Some(T::neg_infinity()));
    assert!(births[2].result.value.unwrap().is_nan());
    let last = births.last().unwrap();
    assert_eq!(
        (last.cotangent, last.result.value),
        (Some(T::one()), Some(T::infinity()))
    );
}

#[test]
fn three_places_in_scalars_of_either_type() {
    three_places_in_scalars::<f64>();
    three_places_in_scalars::<f32>();
}

/// Each of the three alone, so that no other birth can be taken for it.
#[test]
fn each_place_alone() {
    let of = |f: &dyn for<'t> Fn([wengert::Var<'t>; 2]) -> (wengert::Var<'t>, u32), op: &str| {
        let tape = Tape::new().traced();
        let (y, at) = f([tape.var(0.0), tape.var(1.0)]);
        let diagnosis = (y * 2.0 + 1.0).diagnose();
        let births = diagnosis.births();
        assert!(
            !births.is_empty() && births.iter().all(|birth| birth.op == op),
            "{diagnosis}"
        );
        assert!(births.iter().all(|birth| line(birth) == at), "{diagnosis}");
    };
    of(&|[x, _]| here!(x.sqrt()), "sqrt");
    of(&|[x, _]| here!(x.ln()), "ln");
    of(&|[x, y]| here!(y / x), "div");
    of(&|[x, _]| here!(x * f64::INFINITY), "mul");
    of(&|[x, _]| here!((x - 1.0).ln()), "ln");
    of(&|[_, y]| here!(Float::acos(y)), "acos");
}

/// The same three in tensors, each with the offending element.
fn three_places_in_tensors<T: Real>() {
    let t = |x: f64| T::lit(x);
    let tape = Tape::<T>::default();
    let x = tape.tensor(&arr2(&[[t(1.0), t(4.0), t(9.0)], [t(2.0), t(0.0), t(0.0)]]));
    let scale = tape.constant(&arr1(&[t(1.0), t(1.0), t(f64::INFINITY)]));
    let (root, at_root) = here!(x.sqrt());
    let (log, at_log) = here!(x.ln());
    let (product, at_product) = here!(x * scale);
    let diagnosis = (root + log + product).sum().diagnose();
    let value = |born, op: &str| {
        let mut births = diagnosis.births().iter().filter(|b| b.born == born && b.op == op);
        let birth = births.next().unwrap_or_else(|| panic!("{op}: {diagnosis}"));
        assert!(births.next().is_none());
        birth
    };
    let log = value(Born::Value, "ln");
    assert_eq!((line(log), log.count), (at_log, 2));
    assert_eq!(log.operands[0].index.as_deref(), Some([1, 1].as_slice()));
    assert_eq!(
        (log.operands[0].value, log.result.value),
        (Some(t(0.0)), Some(T::neg_infinity()))
    );
    let product = value(Born::Value, "mul");
    assert_eq!((line(product), product.count), (at_product, 1));
    let [left, right] = [&product.operands[0], &product.operands[1]];
    assert_eq!(
        (left.index.as_deref(), left.value),
        (Some([1, 2].as_slice()), Some(t(0.0)))
    );
    assert_eq!(
        (right.index.as_deref(), right.value),
        (Some([2].as_slice()), Some(T::infinity()))
    );
    let root = value(Born::Adjoint, "sqrt");
    assert_eq!(
        (line(root), root.count, root.cotangent),
        (at_root, 2, Some(t(1.0)))
    );
    assert_eq!(line(value(Born::Adjoint, "ln")), at_log);
    assert!(diagnosis.births().iter().all(|birth| birth.location.is_some()));
}

#[test]
fn three_places_in_tensors_of_either_type() {
    three_places_in_tensors::<f64>();
    three_places_in_tensors::<f32>();
}

/// A computation in which all is well has no births, and neither has a dead branch.
#[test]
fn nothing_is_found_where_nothing_is() {
    let tape = Tape::new().traced();
    let (a, x) = (tape.var(0.5), tape.tensor(&arr1(&[1.0, 2.0])));
    let dead = (a - a).ln() + (x - x).ln().sum();
    let loss = (a * x).sum().ln() + a.sqrt();
    let diagnosis = loss.diagnose();
    assert!(
        diagnosis.is_clean() && diagnosis.births().is_empty(),
        "{diagnosis}"
    );
    assert!(!dead.diagnose().is_clean());
    assert!(
        diagnosis
            .to_string()
            .contains("finite for all of its 2 variables")
    );
}

/// What comes from outside is named where it enters: variables, data, constants beside an operator, elements of a stack.
#[test]
fn what_enters() {
    let tape = Tape::new().traced();
    let (scalar, at_scalar) = here!(tape.var(f64::NAN));
    let (tensor, at_tensor) = here!(tape.tensor(&arr1(&[1.0, f64::INFINITY])));
    let (data, at_data) = here!(tape.constant(&arr1(&[f64::NAN])));
    let (times, at_times) = here!(tape.var(1.0) * f64::INFINITY);
    let (plus, at_plus) = here!(tape.tensor(&arr1(&[1.0])) + f64::NEG_INFINITY);
    let (stack, at_stack) = here!(tape.stack(&[1.0.into(), scalar, f64::NAN.into()]));
    let (more, at_more) = here!(tape.vars(&[f64::INFINITY, 1.0]));
    let arrays = tensor.sum() + data.sum() + plus.sum() + stack.sum();
    let diagnosis = (arrays + times + more[0] + more[1]).diagnose();
    let found = lines(&diagnosis, Born::Entered);
    let mut at: Vec<u32> = found.iter().map(|(_, line)| *line).collect();
    at.sort_unstable();
    at.dedup();
    assert_eq!(
        at,
        [
            at_scalar, at_tensor, at_data, at_times, at_plus, at_stack, at_more
        ]
    );
    let stacked = diagnosis.births().iter().find(|b| b.op == "stack").unwrap();
    assert_eq!(
        (stacked.result.index.as_deref(), stacked.count),
        (Some([2].as_slice()), 1)
    );
}

/// Array ops that are not elementwise: the worst of the result against the worst of the operands.
#[test]
fn array_ops() {
    let tape = Tape::new();
    let huge = tape.tensor(&arr2(&[[1e200, 1.0], [1.0, 1.0]]));
    let (square, at) = here!(huge.matmul(&huge));
    let diagnosis = square.sum().diagnose();
    let birth = diagnosis.first().unwrap();
    assert_eq!((birth.op.as_str(), line(birth)), ("matmul", at));
    assert_eq!(birth.result.index.as_deref(), Some([0, 0].as_slice()));
    assert_eq!(birth.operands[0].range, Some((1.0, 1e200)));

    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[f64::NEG_INFINITY; 2]));
    let (p, at) = here!(x.softmax(0));
    let diagnosis = p.sum().diagnose();
    let names: Vec<&str> = diagnosis.births().iter().map(|b| b.op.as_str()).collect();
    assert_eq!(names[..2], ["tensor", "softmax"]);
    assert_eq!(line(&diagnosis.births()[1]), at);
}

/// An adjoint that is summed to ∞ − ∞, or over the largest number, is born where the sum is, in either lane.
#[test]
fn sums_of_contributions() {
    let tape = Tape::new().traced();
    let x = tape.var(0.0);
    let loss = x.sqrt() - x.cbrt();
    let diagnosis = loss.diagnose();
    let births = lines(&diagnosis, Born::Sum);
    assert_eq!(births.len(), 1, "{diagnosis}");
    assert_eq!(births[0].0, "sqrt"); // the first op is the last to contribute
    assert!(diagnosis.births().last().unwrap().result.value.unwrap().is_nan());
    assert_eq!(lines(&diagnosis, Born::Adjoint).len(), 2);

    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, 1.0]));
    let diagnosis = (x.sqrt() - x.cbrt()).sum().diagnose();
    let births: Vec<_> = diagnosis
        .births()
        .iter()
        .filter(|b| b.born == Born::Sum)
        .collect();
    assert_eq!(
        (births.len(), births[0].result.index.as_deref()),
        (1, Some([0].as_slice())),
        "{diagnosis}"
    );

    // Read twice, with weights that overflow together; and stacked twice.
    let tape = Tape::new().traced();
    let x = tape.tensor(&arr1(&[1e-3]));
    let loss = x.at([0]) * f64::MAX + x.at([0]) * f64::MAX;
    assert_eq!(lines(&loss.diagnose(), Born::Sum).len(), 1);
    let tape = Tape::new();
    let x = tape.var(1e-3);
    let loss = (tape.stack(&[x, x]) * f64::MAX).sum();
    assert_eq!(lines(&loss.diagnose(), Born::Sum).len(), 1);
}

/// Operands that broadcast, and one operand given twice.
#[test]
fn broadcast_and_repeated_operands() {
    let tape = Tape::new();
    let row = tape.tensor(&arr1(&[0.0, 1.0])).label("row");
    let ones = tape.constant(&Array1::ones(3).into_shape_with_order((3, 1)).unwrap());
    let (quotient, at) = here!(ones / row);
    let diagnosis = quotient.sum().diagnose();
    let [value, adjoint] = diagnosis.births() else {
        panic!("{diagnosis}")
    };
    assert_eq!((line(value), line(adjoint), value.count), (at, at, 3));
    assert_eq!(
        (adjoint.result.name.as_str(), adjoint.result.index.as_deref()),
        ("row", Some([0].as_slice()))
    );

    // A cotangent that is infinite in one column makes only that column's adjoint so: no birth.
    let tape = Tape::new();
    let row = tape.tensor(&arr1(&[2.0, 1.0]));
    let wide = row * tape.constant(&Array1::ones(3).into_shape_with_order((3, 1)).unwrap());
    let loss = (wide * tape.constant(&arr1(&[1.0, f64::INFINITY]))).sum();
    let born: Vec<Born> = loss.diagnose().births().iter().map(|b| b.born).collect();
    assert_eq!(born, [Born::Entered]);

    let tape = Tape::new().traced();
    let x = tape.var(1e200);
    let (square, at) = here!(x * x);
    let diagnosis = square.diagnose();
    assert_eq!(diagnosis.births().len(), 1);
    assert_eq!(line(&diagnosis.births()[0]), at);
    assert_eq!(diagnosis.births()[0].operands.len(), 2);
}

/// Without a trace the values that the records hold are enough for most, and the report says how to have the lines.
#[test]
fn a_tape_that_is_not_traced() {
    let tape = Tape::new();
    let x = tape.var(0.0);
    let diagnosis = (x.ln() * 2.0).diagnose();
    let birth = diagnosis.first().unwrap();
    assert_eq!((birth.op.as_str(), birth.location.is_none()), ("ln", true));
    assert_eq!(birth.operands[0].value, Some(0.0));
    assert!(diagnosis.to_string().contains("traced()"));
    // On a tape of arrays nothing is missing but the line of the last read.
    let x = tape.tensor(&arr1(&[0.0]));
    assert!(x.ln().sum().diagnose().first().unwrap().location.is_some());
}

/// What a recorded sweep records is laid to the line that asked for it; generic code to its own line.
#[test]
fn lines_of_recorded_sweeps_and_generic_code() {
    fn root<F: Float>(x: F) -> (F, u32) {
        here!(x.sqrt())
    }
    let tape = Tape::new().traced();
    let x = tape.var(0.0);
    let (y, at_root) = root(x);
    let (gradients, at) = here!(y.backward_recorded());
    let slope = gradients.wrt(x);
    let diagnosis = slope.diagnose();
    assert_eq!(line(diagnosis.first().unwrap()), at, "{diagnosis}");
    assert_eq!(line(y.diagnose().first().unwrap()), at_root);

    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0]));
    let y = x.sqrt().sum();
    let (gradients, at) = here!(y.backward_recorded());
    assert_eq!(line(gradients.wrt(x).sum().diagnose().first().unwrap()), at);
}

/// Structural zeros are no births, and what a selection leaves out is not NaN.
#[test]
fn a_selection_keeps_the_other_side_out() {
    let tape = Tape::new().traced();
    let x = tape.var(0.0);
    let y = x.above(0).select(x.ln(), x * 2.0);
    assert!(y.diagnose().is_clean());
}

/// A cleared tape is traced anew; the trace and the labels of the last step are gone.
#[test]
fn after_clear() {
    let mut tape = Tape::new().traced();
    let _ = tape.var(1.0).label("old") + 1.0;
    tape.clear();
    let x = tape.var(0.0);
    let (y, at) = here!(x.ln());
    let diagnosis = y.diagnose();
    assert_eq!(line(diagnosis.first().unwrap()), at);
    assert!(!diagnosis.to_string().contains("old"));
}

#[test]
fn the_report_reads_well() {
    let tape = Tape::new().traced();
    let (x, w) = (tape.var(0.0).label("x"), tape.var(2.0).label("w"));
    let (y, at) = here!(x.ln() * w);
    let report = y.diagnose().to_string();
    let file = file!();
    let expected = "the value is −∞; the gradient has ∞ or NaN for 2 of its 2 variables\n";
    assert!(report.starts_with(expected), "{report}");
    assert!(report.contains(&format!("  1. {file}:{at}:")), "{report}");
    assert!(report.contains("`ln x` made #2 = −∞, from x = 0\n"), "{report}");
    assert!(
        report.contains("`ln x` made the adjoint of x = ∞, from x = 0, and the cotangent 2\n"),
        "{report}"
    );
}
