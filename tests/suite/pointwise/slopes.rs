//! Derivatives of first and second order, by the checker: every row, in the array lane, under every arrangement of its
//! operands.

use super::{Row, for_each_rule};
use crate::common::{Tally, check, inputs::draw};
use ndarray::{ArrayD, s};
use wengert::ops::pointwise::*;
use wengert::ops::{BinaryRule, Unary, Value};
use wengert::{Tape, Tensor, Term};

/// Ways to lie in memory, and a name for each: views that a function makes of its operand.
type Arrangement = (&'static str, for<'t> fn(&Tensor<'t>) -> Tensor<'t>);

const PLAIN: Arrangement = ("plain", |x| *x);
const TRANSPOSED: Arrangement = ("transposed", |x| x.t());
const EVERY_OTHER: Arrangement = ("every other column", |x| x.slice(s![.., ..;2]));
const BACKWARDS: Arrangement = ("backwards", |x| x.slice(s![..;-1, ..]));
const INNER: Arrangement = ("without the first row and the last column", |x| {
    x.slice(s![1.., ..-1])
});

/// Ops of one argument: scalars, lengths 0, 1, odd and even, and operands that are views.
#[test]
fn of_one_argument() {
    let mut rng = fastrand::Rng::with_seed(3);
    let mut tally = Tally::default();
    for &op in Unary::ALL {
        let mut examine = |(name, arrange): Arrangement, shape: &[usize]| {
            let x = draw(op.domain(), shape, &mut rng);
            let name = format!("{} of {shape:?}, {name}", op.name());
            tally += check(&name, &[x], |_, x| op.apply(&arrange(&x[0])));
        };
        for shape in [&[][..], &[0], &[1], &[4], &[5], &[2, 3]] {
            examine(PLAIN, shape);
        }
        examine(TRANSPOSED, &[3, 2]);
        examine(EVERY_OTHER, &[2, 5]);
        examine(BACKWARDS, &[3, 2]);
        examine(INNER, &[3, 3]);
    }
    println!("ops of one argument: {tally}");
    assert_eq!(tally.cases, 10 * Unary::ALL.len());
}

/// Ops of two arguments: equal shapes, every kind of broadcasting, operands that are views.
#[test]
fn of_two_arguments() {
    let mut rng = fastrand::Rng::with_seed(4);
    let mut tally = Tally::default();
    let rows = Binary::ALL
        .iter()
        .filter(|&&op| Row::Two(op).variables() == [true, true]);
    let rows: Vec<Binary> = rows.copied().collect();
    for &op in &rows {
        let mut examine = |arrange: [Arrangement; 2], shapes: [&[usize]; 2]| {
            let x = Row::Two(op).draw(&shapes, &mut rng);
            let name = format!(
                "{} of {shapes:?}, {} and {}",
                op.name(),
                arrange[0].0,
                arrange[1].0
            );
            tally += check(&name, &x, |_, x| {
                op.apply(&arrange[0].1(&x[0]), &arrange[1].1(&x[1]))
            });
        };
        for shapes in [
            [&[][..], &[]],
            [&[3], &[3]],
            [&[4], &[4]],
            [&[3], &[]],
            [&[], &[3]],
            [&[2, 3], &[3]],
            [&[3], &[2, 3]],
            [&[2, 1], &[1, 3]],
            [&[1], &[4]],
            [&[4], &[1]],
            [&[1], &[0]],
            [&[0], &[0]],
            [&[2, 1, 2], &[3, 1]],
            [&[1, 1], &[2]],
        ] {
            examine([PLAIN, PLAIN], shapes);
        }
        examine([TRANSPOSED, PLAIN], [&[3, 2], &[2, 3]]);
        examine([PLAIN, TRANSPOSED], [&[3, 2], &[2, 3]]);
        examine([TRANSPOSED, TRANSPOSED], [&[3, 2], &[3, 2]]);
        examine([EVERY_OTHER, INNER], [&[2, 5], &[3, 4]]);
        examine([BACKWARDS, EVERY_OTHER], [&[2, 2], &[1, 4]]);
    }
    println!("ops of two arguments: {tally}");
    assert_eq!(tally.cases, 19 * rows.len());
}

/// The same operand on both sides: its two cotangents add up.
#[test]
fn of_one_operand_twice() {
    let mut rng = fastrand::Rng::with_seed(5);
    let mut tally = Tally::default();
    for &op in Binary::ALL {
        let [a, b] = op.domain();
        let pairs = a
            .iter()
            .flat_map(|&(l, h)| b.iter().map(move |&(m, i)| (l.max(m), h.min(i))));
        let both: Vec<(f64, f64)> = pairs.filter(|(low, high)| low < high).collect();
        if both.is_empty() || Row::Two(op).variables() != [true, true] {
            continue; // A constant exponent, or no point away from a tie.
        }
        for shape in [&[][..], &[3], &[2, 3]] {
            let x = draw(&both, shape, &mut rng);
            let name = format!("{} of one operand, {shape:?}", op.name());
            tally += check(&name, std::slice::from_ref(&x), |_, x| op.apply(&x[0], &x[0]));
        }
        let x = draw(&both, &[2, 2], &mut rng);
        let name = format!("{} of a matrix and its transpose", op.name());
        tally += check(&name, &[x], |_, x| op.apply(&x[0], &x[0].t()));
    }
    println!("ops of one operand twice: {tally}");
    assert_eq!(tally.cases, 4 * 17);
}

/// `O(x, c)` and `O(c, x)` with a number: the same bits as with a constant tensor without axes, and the right slope.
fn with_a_number<O: BinaryRule>(tally: &mut Tally) {
    fn left<'t, O: BinaryRule>(x: &Tensor<'t>, c: f64) -> Tensor<'t> {
        Term::new(x.inner().binary_with::<O>(c))
    }
    fn right<'t, O: BinaryRule>(c: f64, x: &Tensor<'t>) -> Tensor<'t> {
        Term::new(Value::binary_from::<O>(c, x.inner()))
    }
    let (op, name) = (O::OP, O::OP.name());
    let mut rng = fastrand::Rng::with_seed(6);
    for shape in [&[][..], &[0], &[1], &[5], &[2, 3]] {
        let x = Row::Two(op).draw(&[shape, shape], &mut rng);
        let c = Row::Two(op).draw(&[&[], &[]], &mut rng);
        let [a, b] = [c[0][[]], c[1][[]]];
        let label = |side: &str| format!("{name} with a number on the {side}, {shape:?}");
        *tally += check(&label("right"), &x[..1], |_, x| left::<O>(&x[0], b));
        let tape = Tape::new();
        let constants = [a, b].map(|c| tape.constant(&ndarray::arr0(c)));
        let tensors: Vec<Tensor> = x.iter().map(|x| tape.tensor(x)).collect();
        let value = op.apply(&tensors[0], &constants[1]);
        bits(&label("right"), tensors[0], left::<O>(&tensors[0], b), value);
        if Row::Two(op).variables()[1] {
            *tally += check(&label("left"), &x[1..], |_, x| right::<O>(a, &x[0]));
            let value = op.apply(&constants[0], &tensors[1]);
            bits(&label("left"), tensors[1], right::<O>(a, &tensors[1]), value);
        }
    }
}

/// Asks for the same value and gradient of two results.
fn bits(name: &str, x: Tensor, got: Tensor, want: Tensor) {
    let seed: ArrayD<f64> = crate::common::inputs::irregular(got.shape(), 3);
    assert_eq!(got.value(), want.value(), "{name}");
    let (got, want) = (got.backward_with(&seed), want.backward_with(&seed));
    assert_eq!(got.wrt(x), want.wrt(x), "{name}");
}

#[test]
fn of_a_number_and_an_operand() {
    let mut tally = Tally::default();
    macro_rules! each {
        (one [$($U:ident)*] two [$($B:ident)*]) => { $(with_a_number::<$B>(&mut tally);)* };
    }
    for_each_rule!(each);
    println!("ops of a number and an operand: {tally}");
    assert_eq!(tally.cases, 5 * (2 * Binary::ALL.len() - 6));
}

/// Where an op is piecewise constant in an argument, the gradient is exactly 0, of the right shape, and no error; so is the
/// second one.
#[test]
fn of_piecewise_constant_functions() {
    use {Binary::*, Unary::*};
    let steps = [Floor, Ceil, Round, Trunc, Signum].map(|op| (Row::One(op), 0));
    let indicators = [Above, AtLeast, Below, AtMost, Equals].map(Row::Two);
    let both = indicators.into_iter().flat_map(|row| [(row, 0), (row, 1)]);
    let first = [When, Unless, FloorDiv].map(|op| (Row::Two(op), 0));
    let second = [FloorDiv, Copysign, Raise, Lower, Sinc, Link, Touched].map(|op| (Row::Two(op), 1));
    let followed = first.into_iter().chain(second);
    let mut rng = fastrand::Rng::with_seed(7);
    let mut count = 0;
    for (row, k) in steps.into_iter().chain(both).chain(followed) {
        let x = row.draw(&[&[2, 3], &[3]], &mut rng);
        let tape = Tape::new();
        let tensors: Vec<Tensor> = x.iter().map(|x| tape.tensor(x)).collect();
        let vars: Vec<_> = x
            .iter()
            .map(|x| tape.var(*x.first().expect("an element")))
            .collect();
        let loss = (row.apply(&tensors) * 3.0).sum() + row.apply(&vars);
        let zero = ArrayD::zeros(x[k].shape());
        let gradients = loss.backward();
        assert_eq!(
            (gradients.wrt(tensors[k]), gradients.wrt(vars[k])),
            (zero.view(), 0.0),
            "{}",
            row.name()
        );
        let recorded = loss.backward_recorded();
        let (first, scalar) = (recorded.wrt(tensors[k]), recorded.wrt(vars[k]));
        assert_eq!(
            (first.value(), scalar.value()),
            (zero.view(), 0.0),
            "{}",
            row.name()
        );
        let second = (first.square().sum() + scalar).backward();
        assert_eq!(
            (second.wrt(tensors[k]), second.wrt(vars[k])),
            (zero.view(), 0.0),
            "{}",
            row.name()
        );
        count += 1;
    }
    assert_eq!(count, 25);
}
