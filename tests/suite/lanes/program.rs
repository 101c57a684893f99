//! Random programs over both lanes: what proptest draws, and what it stands for.
//!
//! proptest draws [`Instr`]uctions whose operands are small numbers, so that any list of them, and any list that
//! shrinking makes of one, is a program. [`resolve`](super::resolve) turns them into [`Step`]s with definite
//! operands that fit each other, by arithmetic on shapes alone. The steps are then evaluated twice, by code that
//! shares nothing: on a tape (`on_tape`) and element by element in dual numbers (`by_duals`).
//!
//! Every step maps numbers of at most 1 in absolute value to such numbers, so that programs of any length stay
//! tame, and its kinks lie at odd places (`x = −0.0137`) where no program arrives by chance.

/// The shapes of the array variables that each program starts with; the scalar variables are [`SCALARS`] in number.
pub(crate) const ARRAYS: [&[usize]; 3] = [&[2, 3], &[3], &[2, 1]];
/// The number of scalar variables.
pub(crate) const SCALARS: usize = 3;
/// The number of variables, each element of an array counted.
pub(crate) const INPUTS: usize = SCALARS + 6 + 3 + 2;
/// The largest array that a program makes.
pub(crate) const LARGEST: usize = 24;

/// An instruction as proptest draws it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instr {
    pub(crate) kind: u8,
    pub(crate) a: u8,
    pub(crate) b: u8,
    pub(crate) c: u8,
}

/// The pointwise functions of one argument.
#[rustfmt::skip]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Un {
    Neg, Square, Recip, Sqrt, Cbrt, Exp, ExpM1, Ln, Ln1p, Sin, Cos, Tan, Atan, Asinh, Tanh, Sigmoid, Softplus, Relu, Abs,
    Powi(i32), Floor,
}

/// The pointwise functions of two arguments; the first four are operators, the others methods.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bin {
    Add,
    Sub,
    Mul,
    Div,
    Powf,
    Max,
    Min,
    Hypot,
    Atan2,
}

/// An operand.
#[derive(Debug, Clone)]
pub(crate) enum Of {
    Scalar(usize),
    Array(usize),
    Number(f64),
    /// A plain array of this shape, its elements made from the number.
    Plain(Vec<usize>, u8),
}

/// A reduction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fold {
    Sum,
    Mean,
    Max,
    LogSumExp,
}

/// What a slice takes along one axis.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    All,
    Tail,
    Second,
    Reversed,
    Index(usize),
}

/// A step with definite operands; numbers count the scalars and the arrays made so far, variables included.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Unary(Un, Of),
    Binary(Bin, Of, Of),
    Detach(Of),
    /// Results in a scalar.
    Number(f64),
    At(usize, Vec<usize>),
    FoldAll(Fold, usize),
    /// Results in an array.
    Constant(Vec<usize>, u8),
    Stack(Vec<usize>),
    FoldAxes(Fold, usize, Vec<usize>, bool),
    Softmax(usize, usize),
    LogSoftmax(usize, usize),
    CrossEntropy(usize, Vec<usize>),
    MatMul(usize, usize),
    /// `x · xᵀ`.
    Gram(usize),
    Permute(usize, Vec<usize>),
    Reshape(usize, Vec<usize>),
    BroadcastTo(usize, Vec<usize>),
    Slice(usize, Vec<Cut>),
    Take(usize, usize, Vec<usize>),
    Concat(Vec<usize>, usize),
}

/// A number in (−1, 1), never 0, ½ or the like.
pub(crate) fn odd_number(seed: usize) -> f64 {
    let scattered = (seed * 7919 + 4421) % 10007;
    2.0 * (scattered as f64 + 0.271) / 10007.0 - 1.0
}

/// A plain array's elements.
pub(crate) fn odd_numbers(n: usize, seed: u8) -> Vec<f64> {
    (0..n).map(|i| odd_number(31 * i + usize::from(seed))).collect()
}

/// NumPy's broadcasting, if it is possible and the result is small.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let n = a.len().max(b.len());
    let extent = |s: &[usize], i: usize| if i + s.len() < n { 1 } else { s[i + s.len() - n] };
    let pairs = (0..n).map(|i| (extent(a, i), extent(b, i)));
    let shape = pairs.map(|(x, y)| (x == y || x == 1 || y == 1).then_some(x.max(y)));
    let shape = shape.collect::<Option<Vec<usize>>>()?;
    (size(&shape) <= LARGEST && n <= 3).then_some(shape)
}

pub(crate) fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

impl Cut {
    /// The one position taken (the axis goes away), or else the list of positions.
    pub(crate) fn list(self, n: usize) -> Result<usize, Vec<usize>> {
        match self {
            Self::All => Err((0..n).collect()),
            Self::Tail => Err((1..n).collect()),
            Self::Second => Err((0..n).step_by(2).collect()),
            Self::Reversed => Err((0..n).rev().collect()),
            Self::Index(i) => Ok(i),
        }
    }
}
