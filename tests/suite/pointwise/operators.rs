//! The operators, with everything that may stand on either side of them.
//!
//! Each form is compared with the value and the slopes of the plain formula; so it is checked that it compiles, that it
//! does not swap its sides, and which of its operands are variables.

use ndarray::{Array1, arr1};
use wengert::{Lit, Tape, Tensor, Var};

/// The value of an operator and its partial derivatives.
fn expected(op: &str, a: f64, b: f64) -> [f64; 3] {
    match op {
        "+" => [a + b, 1.0, 1.0],
        "-" => [a - b, 1.0, -1.0],
        "*" => [a * b, b, a],
        "/" => [a / b, 1.0 / b, -a / b / b],
        "%" => [a % b, 1.0, -(a / b).trunc()],
        _ => unreachable!("five operators"),
    }
}

/// Numbers whose quotients and products are exact, so that equality can be asked for.
const A: f64 = 3.5;
const B: f64 = -2.0;

/// A result in the scalar lane; `None` stands for a side that is no variable.
fn scalar(form: &str, op: &str, y: Var, a: Option<Var>, b: Option<Var>) {
    let [value, of_a, of_b] = expected(op, A, B);
    assert_eq!(y.value(), value, "{form} {op}");
    for (x, slope) in [(a, of_a), (b, of_b)] {
        if let Some(x) = x {
            assert_eq!(y.backward().wrt(x), slope, "{form} {op}");
        }
    }
}

/// The same in the array lane, where sides are tensors of three elements or scalars.
enum Side<'t> {
    Array(Tensor<'t>),
    Scalar(Var<'t>),
    Number,
}

fn array(form: &str, op: &str, y: Tensor, a: Side, b: Side) {
    let [value, of_a, of_b] = expected(op, A, B);
    assert_eq!(y.value(), Array1::from_elem(3, value).into_dyn(), "{form} {op}");
    let seed = arr1(&[1.0, 2.0, -4.0]);
    let gradients = y.backward_with(&seed);
    for (side, slope) in [(a, of_a), (b, of_b)] {
        match side {
            Side::Array(x) => assert_eq!(gradients.wrt(x), (&seed * slope).into_dyn(), "{form} {op}"),
            Side::Scalar(x) => assert_eq!(gradients.wrt(x), -slope, "{form} {op}"),
            Side::Number => {}
        }
    }
}

/// Calls a macro for each operator with its assigning twin.
macro_rules! each_operator {
    ($callback:ident) => {
        $callback!(+ +=);
        $callback!(- -=);
        $callback!(* *=);
        $callback!(/ /=);
        $callback!(% %=);
    };
}

/// Scalars with scalars, references, untracked scalars, numbers, small integers and literals.
#[test]
fn of_scalars() {
    let tape = Tape::new();
    let (a, b) = (tape.var(A), tape.var(B));
    macro_rules! forms {
        ($op:tt $assign:tt) => {
            let op = stringify!($op);
            scalar("var, var", op, a $op b, Some(a), Some(b));
            scalar("var, &var", op, a $op &b, Some(a), Some(b));
            scalar("&var, var", op, &a $op b, Some(a), Some(b));
            scalar("&var, &var", op, &a $op &b, Some(a), Some(b));
            scalar("var, untracked", op, a $op Var::from(B), Some(a), None);
            scalar("untracked, var", op, Var::from(A) $op b, None, Some(b));
            scalar("var, number", op, a $op B, Some(a), None);
            scalar("&var, &number", op, &a $op &B, Some(a), None);
            scalar("number, var", op, A $op b, None, Some(b));
            scalar("number, &var", op, A $op &b, None, Some(b));
            scalar("var, integer", op, a $op -2, Some(a), None);
            scalar("var, literal", op, a $op Lit(B), Some(a), None);
            scalar("literal, var", op, Lit(A) $op b, None, Some(b));
            let seven = 7 $op tape.var(-4.0);
            assert_eq!(seven.value(), 7.0 $op -4.0, "integer, var {op}");
            let mut y = a;
            y $assign b;
            scalar("var, var, assigned", op, y, Some(a), Some(b));
            let mut y = a;
            y $assign B;
            scalar("var, number, assigned", op, y, Some(a), None);
            let untracked = Var::from(A) $op Var::from(B);
            assert!(!untracked.is_tracked() && untracked.value() == A $op B, "untracked {op}");
        };
    }
    each_operator!(forms);
    assert_eq!((-a).backward().wrt(a), -1.0);
    assert_eq!((-&a).value(), -A);
}

/// Tensors with tensors, numbers, ndarray arrays and scalars of the tape or of none.
#[test]
fn of_tensors() {
    use Side::{Array, Number, Scalar};
    let tape = Tape::new();
    let [x, y] = [A, B].map(|c| tape.tensor(&Array1::from_elem(3, c)));
    let [p, q] = [A, B].map(|c| Array1::from_elem(3, c));
    let [a, b] = [A, B].map(|c| tape.var(c));
    macro_rules! forms {
        ($op:tt $assign:tt) => {
            let op = stringify!($op);
            array("tensor, tensor", op, x $op y, Array(x), Array(y));
            array("&tensor, &tensor", op, &x $op &y, Array(x), Array(y));
            array("tensor, number", op, x $op B, Array(x), Number);
            array("number, tensor", op, A $op y, Number, Array(y));
            array("number, &tensor", op, A $op &y, Number, Array(y));
            array("tensor, integer", op, x $op -2, Array(x), Number);
            array("tensor, literal", op, x $op Lit(B), Array(x), Number);
            array("literal, tensor", op, Lit(A) $op y, Number, Array(y));
            array("tensor, var", op, x $op b, Array(x), Scalar(b));
            array("tensor, &var", op, &x $op &b, Array(x), Scalar(b));
            array("var, tensor", op, a $op y, Scalar(a), Array(y));
            array("&var, &tensor", op, &a $op &y, Scalar(a), Array(y));
            array("var, &tensor", op, a $op &y, Scalar(a), Array(y));
            array("&var, tensor", op, &a $op y, Scalar(a), Array(y));
            array("tensor, untracked", op, x $op Var::from(B), Array(x), Number);
            array("untracked, tensor", op, Var::from(A) $op y, Number, Array(y));
            array("tensor, &array", op, x $op &q, Array(x), Number);
            array("tensor, array", op, x $op q.clone(), Array(x), Number);
            array("tensor, view", op, x $op q.view(), Array(x), Number);
            array("&array, tensor", op, &p $op y, Number, Array(y));
            array("array, &tensor", op, p.clone() $op &y, Number, Array(y));
            array("&array, var", op, &p $op b, Number, Scalar(b));
            array("array, var", op, p.clone() $op b, Number, Scalar(b));
            array("var, &array", op, a $op &q, Scalar(a), Number);
            array("var, array", op, a $op q.clone(), Scalar(a), Number);
            let mut z = x;
            z $assign y;
            array("tensor, tensor, assigned", op, z, Array(x), Array(y));
            let mut z = x;
            z $assign b;
            array("tensor, var, assigned", op, z, Array(x), Scalar(b));
            let mut z = x;
            z $assign B;
            array("tensor, number, assigned", op, z, Array(x), Number);
        };
    }
    each_operator!(forms);
    array("negated", "-", -(y - x), Array(x), Array(y));
}

/// Methods of two arguments take the same operands as operators do.
#[test]
fn of_methods() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[3.0, -3.0, 3.0]));
    let four = tape.var(4.0);
    let forms = [
        x.hypot(4.0),
        x.hypot(4),
        x.hypot(four),
        x.hypot(Var::from(4.0)),
        x.hypot(arr1(&[4.0, 4.0, 4.0])),
    ];
    for y in forms {
        assert_eq!(y.value(), arr1(&[5.0, 5.0, 5.0]).into_dyn());
        let want = arr1(&[3.0 / 5.0, -3.0 / 5.0, 3.0 / 5.0]).into_dyn();
        assert_eq!(y.sum().backward().wrt(x), want);
    }
    assert_eq!(x.hypot(four).sum().backward().wrt(four), 3.0 * (4.0 / 5.0));
}
