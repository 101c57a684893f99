//! Custom ops: in the common vocabulary, and as closures.

use crate::common::inputs::irregular;
use crate::common::{check, examine};
use ndarray::{ArrayD, arr1};
use wengert::error::{Dims, ShapeError};
use wengert::ops::{ArrayOp, ArrayRule};
use wengert::{ArrayValue, CustomOp, Dense, Real, Tape, Tensor, Term};

/// y = a·b² with broadcasting left out, and a factor on its cotangents that should be 1.
#[derive(Debug, Clone)]
struct Weighted {
    factor: i32,
}

impl From<Weighted> for ArrayOp {
    fn from(op: Weighted) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Weighted {
    fn name(&self) -> &str {
        "weighted"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        match x[0] == x[1] {
            true => Ok(x[0].into()),
            false => Err(ShapeError::Broadcast {
                left: x[0].into(),
                right: x[1].into(),
            }),
        }
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        let (a, b) = (x[0].view(), x[1].view());
        Dense::from(&(&a * &b.mapv(|b| b * b)))
    }
    fn vjp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        match k {
            0 => g * x[1].square() * self.factor,
            _ => 2 * x[0] * x[1] * g,
        }
    }
    fn jvp<V: ArrayValue>(&self, k: usize, x: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        match k {
            0 => t * x[1].square() * self.factor,
            _ => 2 * x[0] * x[1] * t,
        }
    }
}

fn inputs() -> [ArrayD<f64>; 2] {
    [irregular(&[2, 3], 3), irregular(&[2, 3], 4)]
}

/// Orders 1 to 3, every sweep, every subset of inputs: the same checker as for built-in ops.
#[test]
fn a_rule_in_terms_has_every_order() {
    let tally = check("weighted", &inputs(), |_, x| {
        Tensor::apply(Weighted { factor: 1 }, &[&x[0], &x[1]])
    });
    assert!(tally.numbers >= 24);
    // Beside other ops, with an operand repeated and transposed.
    check("weighted twice", &inputs()[..1], |_, x| {
        let y = x[0].t();
        Tensor::apply(Weighted { factor: 1 }, &[&y, &y.sin()]) * y
    });
}

#[test]
fn a_wrong_rule_is_caught() {
    for factor in [-1, 2, 0] {
        let found = examine(&inputs(), |_, x| {
            Tensor::apply(Weighted { factor }, &[&x[0], &x[1]])
        });
        assert!(found.is_err(), "factor {factor}");
    }
}

#[test]
fn single_precision() {
    let tape = Tape::<f32>::default();
    let (a, b) = (tape.tensor(&arr1(&[2.0_f32])), tape.tensor(&arr1(&[3.0_f32])));
    let y = Tensor::apply(Weighted { factor: 1 }, &[&a, &b]).sum();
    assert_eq!(y.backward().wrt(b), arr1(&[12.0_f32]).into_dyn());
    let twice = CustomOp::<f32>::new("twice", |x| 2.0 * &x[0], |_, _, _, g| 2.0 * &g);
    assert_eq!(
        twice.apply(&[a]).sum().backward().wrt(a),
        arr1(&[2.0_f32]).into_dyn()
    );
}

fn product() -> CustomOp {
    CustomOp::new("product", |x| &x[0] * &x[1], |k, x, _, g| &x[1 - k] * &g)
}

#[track_caller]
fn says(f: impl FnOnce() + std::panic::UnwindSafe, parts: &[&str]) {
    let message = std::panic::catch_unwind(f).expect_err("this must panic");
    let message = message.downcast_ref::<String>().expect("a text");
    assert!(parts.iter().all(|p| message.contains(p)), "{message}");
}

/// Closures have a first derivative; every other one is an error that names the op.
#[test]
fn closures_have_a_first_derivative() {
    let tape = Tape::new();
    let [a, b] = inputs().map(|x| tape.tensor(&x));
    let (y, plain) = ((product().apply(&[a, b]).sin()).sum(), (a * b).sin().sum());
    assert_eq!(y.value(), plain.value());
    assert_eq!(y.backward().wrt(a), plain.backward().wrt(a));
    assert_eq!(y.backward().wrt(b), plain.backward().wrt(b));

    let second = || {
        let tape = Tape::new();
        let [a, b] = inputs().map(|x| tape.tensor(&x));
        let _ = product().apply(&[a, b]).sum().backward_recorded();
    };
    says(second, &["product: ", "second derivative"]);
    let forward = || {
        let tape = Tape::new();
        let [a, b] = inputs().map(|x| tape.tensor(&x));
        let y = product().apply(&[a, b]);
        let _ = tape.forward().seed_array(a, &inputs()[0]).sweep().of(y);
    };
    says(forward, &["product: ", "jvp"]);
    let wrong = || {
        let op = CustomOp::new("half", |x| 0.5 * &x[0], |_, _, _, _| arr1(&[1.0]).into_dyn());
        let tape = Tape::new();
        let x = tape.tensor(&inputs()[0]);
        let _ = op.apply(&[x]).sum().backward();
    };
    says(wrong, &["half: ", "[1]", "[2, 3]"]);

    let both = product().with_jvp(|k, x, _, t| &x[1 - k] * &t);
    let tape = Tape::new();
    let [a, b] = inputs().map(|x| tape.tensor(&x));
    let y = both.apply(&[a, b]);
    let seeds = tape
        .forward()
        .seed_array(a, &inputs()[1])
        .seed_array(b, &inputs()[0]);
    let want = inputs()[1].mapv(|b| b * b) + inputs()[0].mapv(|a| a * a);
    for (got, want) in seeds.sweep().of(y).iter().zip(&want) {
        assert!((got - want).abs() < 1e-15);
    }
}

/// Several results travel as one.
#[test]
fn several_results() {
    let op = CustomOp::new(
        "sum and difference",
        |x| ndarray::concatenate![ndarray::Axis(0), &x[0] + &x[1], &x[0] - &x[1]],
        |k, x, _, g| {
            let n = x[0].len();
            let (s, d) = (g.slice(ndarray::s![..n]), g.slice(ndarray::s![n..]));
            (if k == 0 { &s + &d } else { &s - &d }).into_dyn()
        },
    );
    let tape = Tape::new();
    let (a, b) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 5.0])));
    let parts = op.apply(&[a, b]).unpack(&[&[2], &[2]]);
    let y = (parts[0] * parts[1]).sum(); // a² − b²
    assert_eq!(y.backward().wrt(a), arr1(&[2.0, 4.0]).into_dyn());
    assert_eq!(y.backward().wrt(b), arr1(&[-6.0, -10.0]).into_dyn());
}

/// y = x, and an array of the tape's memory on the way.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "what is held is not read")]
struct Keeps(Dense<f64>, std::sync::Arc<()>);

impl From<Keeps> for ArrayOp {
    fn from(op: Keeps) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Keeps {
    fn name(&self) -> &str {
        "keeps"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, x: &[&Dense<T>]) -> Dense<T> {
        x[0].clone()
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        g.clone()
    }
}

/// What an op holds is let go when the tape is cleared, memory of the tape's included, and its place serves again.
#[test]
fn what_an_op_holds_is_let_go() {
    let mut tape = Tape::new();
    let token = std::sync::Arc::new(());
    for _ in 0..3 {
        {
            let x = tape.tensor(&arr1(&[1.0, 2.0]));
            let held = (x * 2.0).inner().elements().clone();
            let y = Tensor::apply(Keeps(held, token.clone()), &[&x]);
            assert_eq!(std::sync::Arc::strong_count(&token), 2);
            assert_eq!(y.sum().backward().wrt(x), arr1(&[1.0, 1.0]).into_dyn());
        }
        tape.clear();
        assert_eq!(std::sync::Arc::strong_count(&token), 1);
    }
}
