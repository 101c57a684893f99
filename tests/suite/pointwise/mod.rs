//! The table of pointwise ops, row by row: values against the standard library, gradients against differences and against
//! dual numbers, the scalar lane against the array lane, `f32` against `f64`.

mod composed;
mod kernels;
mod lanes;
mod operators;
pub(crate) mod oracle;
mod slopes;
pub(crate) mod special;
mod values;

use crate::common::inputs::draw;
use ndarray::ArrayD;
use wengert::ops::{Binary, Unary};
use wengert::{Term, Value};

/// A row of the table.
#[derive(Debug, Clone, Copy)]
enum Row {
    One(Unary),
    Two(Binary),
}

impl Row {
    /// Every row.
    fn all() -> impl Iterator<Item = Self> {
        let one = Unary::ALL.iter().copied().map(Self::One);
        one.chain(Binary::ALL.iter().copied().map(Self::Two))
    }

    fn name(self) -> String {
        match self {
            Self::One(op) => op.name(),
            Self::Two(op) => op.name(),
        }
    }

    /// Whether the value or a derivative names a function that loops over elements have of their own, which differs from that of
    /// the scalar lane by rounding; how much, `kernels.rs` tests.
    fn is_fast(self) -> bool {
        const FAST: &str = "exp exp2 exp_m1 ln log2 log10 ln_1p sin cos sinh cosh tanh acosh atanh sigmoid softplus gauss erf erfc \
            ndtr logit xlogx silu mish gelu gelu_tanh gelugate powf exp_diff xlogy xlog1py logaddexp logsubexp";
        FAST.split_whitespace().any(|name| name == self.name())
    }

    fn domains(self) -> Vec<&'static [(f64, f64)]> {
        match self {
            Self::One(op) => vec![op.domain()],
            Self::Two(op) => op.domain().to_vec(),
        }
    }

    /// Which arguments can be variables: one whose domain is a point is a constant exponent.
    fn variables(self) -> Vec<bool> {
        let is_point = |d: &&[(f64, f64)]| matches!(**d, [(low, high)] if low == high);
        self.domains().iter().map(|d| !is_point(d)).collect()
    }

    fn apply<V: Value>(self, x: &[Term<V>]) -> Term<V> {
        match self {
            Self::One(op) => op.apply(&x[0]),
            Self::Two(op) => op.apply(&x[0], &x[1]),
        }
    }

    /// Arguments of these shapes (the first alone for an op of one argument).
    fn draw(self, shapes: &[&[usize]], rng: &mut fastrand::Rng) -> Vec<ArrayD<f64>> {
        let pairs = self.domains().into_iter().zip(shapes);
        pairs.map(|(domain, shape)| draw(domain, shape, rng)).collect()
    }
}

/// Calls a macro with the rules of all rows as types: `callback!(one […] two […])`.
macro_rules! for_each_rule {
    ($callback:ident) => {
        $callback!(
            one [Neg Square Recip Sqrt Cbrt Exp Exp2 ExpM1 Ln Log2 Log10 Ln1p Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh
                Asinh Acosh Atanh Sigmoid Softplus Gauss Erf Erfc Erfinv ErfinvSlope Ndtr Ndtri NdtriSlope LogNdtr LogNdtrSlope LogNdtrExcess
                Lgamma I1e Relu Abs Floor Ceil Round Trunc Fract Signum Nonnegative
                NonPositive Logit XLogX Silu Mish Gelu GeluTanh GeluGate NanToNum]
            two [Add Sub Mul Div Rem Powi Pow Max Min FMax FMin Hypot Atan2 Above AtLeast Below AtMost Equals ExpDiff Link
                Gate Touched Polygamma I0e
                When Unless Raise Lower Copysign FloorDiv XLogY XLog1pY LogAddExp LogSubExp Sinc]
        )
    };
}
pub(crate) use for_each_rule;

/// The list of rules above is the table's: a new row must be entered there (and in `values.rs`) to be tested.
#[test]
fn the_rules_are_all_here() {
    macro_rules! compare {
        (one [$($U:ident)*] two [$($B:ident)*]) => {
            assert_eq!(Unary::ALL, [$(Unary::$U),*]);
            assert_eq!(Binary::ALL, [$(Binary::$B),*]);
        };
    }
    for_each_rule!(compare);
}
