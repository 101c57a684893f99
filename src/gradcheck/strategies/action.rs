//! What a step of a program does.

use crate::Pad;
use crate::ops::{Binary, Unary};
use ndarray::ArrayD;
use std::fmt;

/// What a step of a [`Program`](super::Program) does with its operands: the name of an op and its attributes, as data. Axes
/// count from the front. What is not explained does what the method of its name does.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is the method of its name")]
pub enum Action {
    /// A row of the table of pointwise ops.
    Unary(Unary),
    /// A row of two arguments, each a value, a number or a plain array, which broadcast.
    Binary(Binary),
    /// `y = m + r·sin x` with values between `low` and `high`; with `alternate` every second element negated. It takes a value
    /// into the next op's domain.
    Fit {
        low: f64,
        high: f64,
        alternate: bool,
    },
    /// `select(condition, a, b)`.
    Select,
    Detach,
    /// A number, or a plain array, that enters the tape.
    Constant,
    /// One element, as a scalar.
    Read(Vec<usize>),
    /// Scalars, as a vector.
    Stack,
    /// All elements folded, to a scalar.
    FoldAll(Fold),
    Fold {
        fold: Fold,
        axes: Vec<usize>,
        keep: bool,
    },
    Scan(Scan, usize),
    Softmax(usize),
    LogSoftmax(usize),
    CrossEntropy(Vec<usize>),
    MatMul,
    Einsum(&'static str),
    Outer,
    Kron,
    Reshape(Vec<usize>),
    Permute(Vec<usize>),
    BroadcastTo(Vec<usize>),
    Slice(Vec<Cut>),
    WithSlice(Vec<Cut>),
    Take {
        axis: usize,
        list: Vec<usize>,
    },
    Put {
        axis: usize,
        list: Vec<usize>,
    },
    PutAdd {
        axis: usize,
        list: Vec<usize>,
    },
    TakeAlongAxis {
        axis: usize,
        indices: ArrayD<usize>,
    },
    /// Overwrites.
    Scatter {
        axis: usize,
        indices: ArrayD<usize>,
    },
    ScatterAdd {
        axis: usize,
        indices: ArrayD<usize>,
    },
    MaskSelect(ArrayD<bool>),
    Concat(usize),
    /// Arrays side by side along a new axis.
    StackAlong(usize),
    Pad(Vec<(usize, usize)>, Pad),
    Flip(usize),
    Roll {
        shift: isize,
        axis: usize,
    },
    Tile(Vec<usize>),
    Diag(isize),
    Diagonal(isize),
    Tril(isize),
    Triu(isize),
    SlidingWindows {
        axis: usize,
        size: usize,
        step: usize,
    },
    Sort(usize),
    /// The values alone.
    TopK {
        k: usize,
        axis: usize,
    },
    KthSmallest {
        k: usize,
        axis: usize,
    },
    /// Over `axes` of 1 or 2 axes, the same stride, padding and dilation along each.
    Conv {
        transpose: bool,
        axes: usize,
        stride: usize,
        padding: usize,
        dilation: usize,
    },
    /// The largest or the average of each window, likewise.
    Pool {
        max: bool,
        axes: usize,
        size: usize,
        stride: usize,
    },
    /// The regularised incomplete gamma function `P(a, x)`.
    Gammainc,
    /// The regularised incomplete beta function `I(a, b; x)`.
    Betainc,
    /// `A + 3I`: a matrix that is easily solved, made of one with small elements.
    Regular,
    /// An op of the feature `linalg`.
    Linear(Linear),
}

/// What becomes of the elements over some axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of its name")]
pub enum Fold {
    Sum,
    Mean,
    Max,
    Min,
    LogSumExp,
    /// The sum of absolute values.
    Norm1,
    /// The Euclidean norm.
    Norm2,
    Prod,
    /// The variance, divided by n.
    Var,
    /// Its square root.
    Std,
    Median,
}

/// A function of the elements so far along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of its name")]
pub enum Scan {
    CumSum,
    CumProd,
    CumMax,
    CumMin,
    LogCumSumExp,
}

/// What a slice takes along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Everything.
    All,
    /// All but the first.
    Tail,
    /// Every second.
    Second,
    /// Everything, from the end.
    Reversed,
    /// One position; the axis goes away.
    Index(usize),
}

/// Linear algebra. What is of a symmetric matrix is of `A·Aᵀ/n + I`, made of an m×n matrix A in the same step: its derivative is
/// defined for symmetric changes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of its name")]
pub enum Linear {
    Solve,
    /// By the lower triangle.
    SolveTriangular,
    Inv,
    Det,
    /// The logarithm of the determinant's size.
    Slogdet,
    /// Of `A·Aᵀ/n + I`.
    Cholesky,
    /// The factor R.
    Qr,
    /// Of `A·Aᵀ/n + I`.
    Eigvalsh,
    Svdvals,
    Pinv,
    Expm,
}

impl Linear {
    pub(super) const ALL: [Self; 11] = [
        Self::Solve,
        Self::SolveTriangular,
        Self::Inv,
        Self::Det,
        Self::Slogdet,
        Self::Cholesky,
        Self::Qr,
        Self::Eigvalsh,
        Self::Svdvals,
        Self::Pinv,
        Self::Expm,
    ];
}

impl Fold {
    pub(super) const ALL: [Self; 11] = [
        Self::Sum,
        Self::Mean,
        Self::Max,
        Self::Min,
        Self::LogSumExp,
        Self::Norm1,
        Self::Norm2,
        Self::Prod,
        Self::Var,
        Self::Std,
        Self::Median,
    ];
}

impl Scan {
    pub(super) const ALL: [Self; 5] = [
        Self::CumSum,
        Self::CumProd,
        Self::CumMax,
        Self::CumMin,
        Self::LogCumSumExp,
    ];
}

impl Cut {
    /// The positions taken along an axis of extent `n`.
    pub fn positions(self, n: usize) -> Vec<usize> {
        match self {
            Self::All => (0..n).collect(),
            Self::Tail => (1..n).collect(),
            Self::Second => (0..n).step_by(2).collect(),
            Self::Reversed => (0..n).rev().collect(),
            Self::Index(i) => vec![i],
        }
    }

    /// Whether the axis stays.
    pub fn keeps_axis(self) -> bool {
        !matches!(self, Self::Index(_))
    }
}

impl Action {
    /// The op's name and its attributes.
    fn parts(&self) -> (String, String) {
        let name = |name: &str| (name.to_owned(), String::new());
        let with = |name: &str, attributes: String| (name.to_owned(), attributes);
        match self {
            Self::Unary(op) => (op.name(), String::new()),
            Self::Binary(op) => (op.name(), String::new()),
            Self::Fit { low, high, alternate } => with(
                "fit",
                format!("{low}..{high}{}", if *alternate { ", ±" } else { "" }),
            ),
            Self::Fold { fold, axes, keep } => with(
                &lower(fold),
                format!("axes {axes:?}{}", if *keep { ", keep" } else { "" }),
            ),
            Self::FoldAll(fold) => name(&lower(fold)),
            Self::Scan(scan, axis) => with(&lower(scan), format!("axis {axis}")),
            Self::Softmax(axis) => with("softmax", format!("axis {axis}")),
            Self::LogSoftmax(axis) => with("log_softmax", format!("axis {axis}")),
            Self::CrossEntropy(labels) => with("cross_entropy", format!("{labels:?}")),
            Self::Einsum(text) => with("einsum", format!("{text:?}")),
            Self::Read(index) => with("at", format!("{index:?}")),
            Self::Reshape(shape) => with("reshape", format!("{shape:?}")),
            Self::Permute(order) => with("permute", format!("{order:?}")),
            Self::BroadcastTo(shape) => with("broadcast_to", format!("{shape:?}")),
            Self::Slice(cuts) => with("slice", format!("{cuts:?}")),
            Self::WithSlice(cuts) => with("with_slice", format!("{cuts:?}")),
            Self::Take { axis, list } => with("take", format!("axis {axis}, {list:?}")),
            Self::Put { axis, list } => with("put", format!("axis {axis}, {list:?}")),
            Self::PutAdd { axis, list } => with("put_add", format!("axis {axis}, {list:?}")),
            Self::TakeAlongAxis { axis, indices } => {
                with("take_along_axis", format!("axis {axis}, {indices}"))
            }
            Self::Scatter { axis, indices } => with("scatter", format!("axis {axis}, {indices}")),
            Self::ScatterAdd { axis, indices } => with("scatter_add", format!("axis {axis}, {indices}")),
            Self::MaskSelect(mask) => with("mask_select", format!("{mask}")),
            Self::Concat(axis) => with("concat", format!("axis {axis}")),
            Self::StackAlong(axis) => with("stack", format!("axis {axis}")),
            Self::Pad(widths, pad) => with("pad", format!("{widths:?}, {pad:?}")),
            Self::Flip(axis) => with("flip", format!("axis {axis}")),
            Self::Roll { shift, axis } => with("roll", format!("{shift}, axis {axis}")),
            Self::Tile(times) => with("tile", format!("{times:?}")),
            Self::Diag(k) => with("diag", format!("{k}")),
            Self::Diagonal(k) => with("diagonal", format!("{k}")),
            Self::Tril(k) => with("tril", format!("{k}")),
            Self::Triu(k) => with("triu", format!("{k}")),
            Self::SlidingWindows { axis, size, step } => with(
                "sliding_windows",
                format!("axis {axis}, size {size}, step {step}"),
            ),
            Self::Sort(axis) => with("sort", format!("axis {axis}")),
            Self::TopK { k, axis } => with("topk", format!("{k}, axis {axis}")),
            Self::KthSmallest { k, axis } => with("kth_smallest", format!("{k}, axis {axis}")),
            Self::Conv {
                transpose,
                axes,
                stride,
                padding,
                dilation,
            } => with(
                &format!("conv{}{axes}d", if *transpose { "_transpose" } else { "" }),
                format!("stride {stride}, padding {padding}, dilation {dilation}"),
            ),
            Self::Pool {
                max,
                axes,
                size,
                stride,
            } => with(
                &format!("{}_pool{axes}d", if *max { "max" } else { "avg" }),
                format!("size {size}, stride {stride}"),
            ),
            Self::Linear(op) => name(&lower(op)),
            Self::Select | Self::Detach | Self::Constant | Self::Stack | Self::MatMul | Self::Outer => {
                name(&lower(self))
            }
            Self::Kron | Self::Regular | Self::Gammainc | Self::Betainc => name(&lower(self)),
        }
    }

    /// The op's name: that of the method that records it.
    pub fn name(&self) -> String {
        self.parts().0
    }

    /// The attributes in print, empty where there are none.
    pub fn attributes(&self) -> String {
        self.parts().1.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn lower(name: &impl fmt::Debug) -> String {
    format!("{name:?}").to_lowercase()
}
