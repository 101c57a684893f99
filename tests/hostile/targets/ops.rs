//! Every operation on tensors, by name, with arguments that are read from bytes.

use super::bytes::Bytes;
use ndarray::{Array, ArrayD, IxDyn, SliceInfoElem};
use wengert::nn::{Activation, Dropout};
use wengert::ops::conv::Convolution;
use wengert::ops::pointwise::{Binary, Unary};
use wengert::ops::pool::Pooling;
use wengert::{Lit, Pad, Tape, Tensor, Var, checkpoint, checkpoint_loop, nn};

/// What ops are applied to, and where their arguments come from.
pub(crate) struct Given<'a, 't> {
    pub(crate) bytes: Bytes<'a>,
    pub(crate) tape: &'t Tape,
    pub(crate) tensors: Vec<Tensor<'t>>,
    pub(crate) scalars: Vec<Var<'t>>,
}

/// What an op gives.
pub(crate) enum Got<'t> {
    Tensors(Vec<Tensor<'t>>),
    Scalar(Var<'t>),
    Nothing,
}

impl<'t> From<Tensor<'t>> for Got<'t> {
    fn from(x: Tensor<'t>) -> Self {
        Self::Tensors(vec![x])
    }
}

impl<'t> From<Vec<Tensor<'t>>> for Got<'t> {
    fn from(x: Vec<Tensor<'t>>) -> Self {
        Self::Tensors(x)
    }
}

impl<'t> From<(Tensor<'t>, Tensor<'t>)> for Got<'t> {
    fn from((x, y): (Tensor<'t>, Tensor<'t>)) -> Self {
        Self::Tensors(vec![x, y])
    }
}

impl<'t> From<(Tensor<'t>, Tensor<'t>, Tensor<'t>)> for Got<'t> {
    fn from((x, y, z): (Tensor<'t>, Tensor<'t>, Tensor<'t>)) -> Self {
        Self::Tensors(vec![x, y, z])
    }
}

impl<'t> From<(Tensor<'t>, ArrayD<usize>)> for Got<'t> {
    fn from((x, _): (Tensor<'t>, ArrayD<usize>)) -> Self {
        Self::Tensors(vec![x])
    }
}

impl<'t> From<Var<'t>> for Got<'t> {
    fn from(x: Var<'t>) -> Self {
        Self::Scalar(x)
    }
}

impl From<ArrayD<usize>> for Got<'_> {
    fn from(_: ArrayD<usize>) -> Self {
        Self::Nothing
    }
}

/// What a factorisation refuses by value is no finding.
impl<'t, R: Into<Self>, E: std::error::Error> From<Result<R, E>> for Got<'t> {
    fn from(result: Result<R, E>) -> Self {
        result.map_or(Self::Nothing, Into::into)
    }
}

impl<'t> Given<'_, 't> {
    /// A tensor; one that is as good as any where there is none yet.
    pub(crate) fn tensor(&mut self) -> Tensor<'t> {
        let k = self.bytes.below(self.tensors.len());
        match self.tensors.get(k) {
            Some(x) => *x,
            None => self.input(),
        }
    }

    /// A tensor of numbers whose roots are no large numbers of terms; for the others see the suite.
    fn modest(&mut self) -> Tensor<'t> {
        self.tensor() % 100
    }

    fn tensors(&mut self) -> Vec<Tensor<'t>> {
        let n = self.bytes.below(4);
        (0..n).map(|_| self.tensor()).collect()
    }

    pub(crate) fn scalar(&mut self) -> Var<'t> {
        let k = self.bytes.below(self.scalars.len());
        match self.scalars.get(k) {
            Some(x) => *x,
            None => self.bytes.number().into(),
        }
    }

    /// A new variable, or a constant.
    pub(crate) fn input(&mut self) -> Tensor<'t> {
        let shape = self.bytes.shape();
        let array = Array::from_shape_simple_fn(IxDyn(&shape), || self.bytes.number());
        match self.bytes.byte() % 8 {
            0 => self.tape.constant(&array),
            _ => self.tape.tensor(&array),
        }
    }

    fn indices(&mut self) -> ArrayD<usize> {
        let shape = self.bytes.shape();
        Array::from_shape_simple_fn(IxDyn(&shape), || self.bytes.extent())
    }

    fn slice(&mut self) -> Vec<SliceInfoElem> {
        self.bytes.list(5, |b| match b.below(4) {
            0 => SliceInfoElem::Index(b.signed()),
            1 => SliceInfoElem::NewAxis,
            _ => SliceInfoElem::Slice {
                start: b.signed(),
                end: b.flag().then(|| b.signed()),
                step: b.signed(),
            },
        })
    }

    fn pairs(&mut self) -> Vec<(usize, usize)> {
        self.bytes.list(4, |b| (b.extent(), b.extent()))
    }

    fn two<const D: usize>(&mut self) -> [usize; D] {
        std::array::from_fn(|_| self.bytes.extent())
    }

    fn convolution<const D: usize>(&mut self) -> Convolution<D> {
        let mut options = Convolution::default();
        let which = self.bytes.byte();
        if which & 1 > 0 {
            options = options.stride(self.two());
        }
        if which & 2 > 0 {
            options = options.padding(self.two());
        }
        if which & 4 > 0 {
            options = options.dilation(self.two());
        }
        if which & 8 > 0 {
            options = options.groups(self.bytes.extent());
        }
        if which & 16 > 0 {
            options = options.output_padding(self.two());
        }
        options
    }

    fn pooling<const D: usize>(&mut self) -> Pooling<D> {
        let mut options = Pooling::new(self.two());
        let which = self.bytes.byte();
        if which & 1 > 0 {
            options = options.stride(self.two());
        }
        if which & 2 > 0 {
            options = options.padding(self.two());
        }
        options.count_padding(which & 4 > 0)
    }
}

/// An op by the name that its messages begin with.
pub(crate) type Op = (&'static str, for<'a, 't> fn(&mut Given<'a, 't>) -> Got<'t>);

/// The rows of a table of ops: name, then an expression of what is given.
macro_rules! ops {
    ($($(#[$on:meta])* $name:literal $g:ident => $e:expr;)*) => {
        pub(crate) const OPS: &[Op] = &[$($(#[$on])* ($name, |$g| $e.into()),)*];
    };
}

ops! {
    // Pointwise ops: the name of the row. No name is a promise not to panic at all.
    "" g => { let op = Unary::ALL[g.bytes.byte() as usize % Unary::ALL.len()]; op.apply(&g.tensor()) };
    "" g => { let op = Unary::ALL[g.bytes.byte() as usize % Unary::ALL.len()]; op.apply(&g.scalar()) };
    "" g => { let op = Binary::ALL[g.bytes.byte() as usize % Binary::ALL.len()]; op.apply(&g.scalar(), &g.scalar()) };
    "add" g => g.tensor() + g.tensor();
    "sub" g => g.tensor() - g.tensor();
    "mul" g => g.tensor() * g.tensor();
    "div" g => g.tensor() / g.tensor();
    "mul" g => g.tensor() * g.scalar();
    "add" g => g.scalar() + g.tensor();
    "powf" g => g.tensor().powf(g.tensor());
    "max" g => g.tensor().max(g.tensor());
    "atan2" g => g.tensor().atan2(g.tensor());
    "hypot" g => g.tensor().hypot(g.tensor());
    "powi" g => g.tensor().powi(g.bytes.signed() as i32);
    "powi" g => g.scalar().powi(g.bytes.signed() as i32);
    "gate" g => g.tensor().gated(g.tensor());
    "clamp" g => g.tensor().clamp(Lit(g.bytes.number()), Lit(g.bytes.number()));
    "clamp_by" g => g.tensor().clamp_by(g.tensor(), g.tensor());
    "select" g => g.tensor().select(g.tensor(), g.tensor());
    "lerp" g => g.tensor().lerp(g.tensor(), g.tensor());
    "mul_add" g => g.tensor().mul_add(g.tensor(), g.tensor());
    "squared_difference" g => g.tensor().squared_difference(g.tensor());
    "heaviside" g => g.tensor().heaviside(g.tensor());
    "sinc" g => g.tensor().sinc();
    "sinc" g => g.scalar().sinc();
    "entr" g => g.tensor().entr();
    "log_sigmoid" g => g.tensor().log_sigmoid();
    "leaky_relu" g => g.tensor().leaky_relu(g.tensor());
    "elu" g => g.tensor().elu(g.tensor());
    "celu" g => g.tensor().celu(Lit(g.bytes.number()));
    "selu" g => g.tensor().selu();
    "digamma" g => g.scalar().digamma();
    "polygamma" g => g.scalar().polygamma(g.bytes.extent() as u32);
    "polygamma" g => g.tensor().polygamma(g.bytes.extent() as u32);
    "i0e" g => g.scalar().i0e();
    "gammainc" g => g.modest().gammainc(g.modest());
    "gammaincc" g => g.modest().gammaincc(g.modest());
    "betainc" g => g.modest().betainc(g.modest(), g.tensor());
    // Axes and layout.
    "flatten" g => g.tensor().flatten();
    "reshape" g => g.tensor().reshape(g.bytes.extents());
    "permute" g => g.tensor().permute(g.bytes.extents());
    "broadcast_to" g => g.tensor().broadcast_to(g.bytes.extents());
    "swap_axes" g => g.tensor().swap_axes(g.bytes.signed(), g.bytes.signed());
    "move_axis" g => g.tensor().move_axis(g.bytes.signed(), g.bytes.signed());
    "insert_axis" g => g.tensor().insert_axis(g.bytes.signed());
    "squeeze" g => g.tensor().squeeze(g.bytes.signed());
    "flip" g => g.tensor().flip(g.bytes.signed());
    "roll" g => g.tensor().roll(g.bytes.signed(), g.bytes.signed());
    "tile" g => g.tensor().tile(g.bytes.extents());
    "repeat" g => g.tensor().repeat(g.bytes.extent(), g.bytes.signed());
    "stack" g => Tensor::stack(&g.tensors(), g.bytes.signed());
    "split" g => g.tensor().split(g.bytes.extent(), g.bytes.signed());
    "split_at" g => g.tensor().split_at(&g.bytes.extents(), g.bytes.signed());
    "chunks" g => g.tensor().chunks(g.bytes.extent(), g.bytes.signed());
    "pad" g => {
        let with = [Pad::Constant(g.bytes.number()), Pad::Edge, Pad::Reflect][g.bytes.below(3)];
        g.tensor().pad(&g.pairs(), with)
    };
    "diag" g => g.tensor().diag(g.bytes.signed());
    "diagonal" g => g.tensor().diagonal(g.bytes.signed());
    "meshgrid" g => Tensor::meshgrid(&g.tensors());
    "t" g => g.tensor().t();
    "transpose_last" g => g.tensor().transpose_last();
    "tril" g => g.tensor().tril(g.bytes.signed());
    "triu" g => g.tensor().triu(g.bytes.signed());
    "sliding_windows" g => g.tensor().sliding_windows(g.bytes.signed(), g.bytes.extent(), g.bytes.extent());
    // Reading and writing at places.
    "slice" g => g.tensor().slice(g.slice());
    "with_slice" g => g.tensor().with_slice(g.slice(), &g.tensor());
    "take" g => g.tensor().take(g.bytes.signed(), &g.bytes.extents());
    "put" g => g.tensor().put(g.bytes.signed(), &g.bytes.extents(), &g.tensor());
    "put_add" g => g.tensor().put_add(g.bytes.signed(), &g.bytes.extents(), &g.tensor());
    "concat" g => Tensor::concat(&g.tensors(), g.bytes.signed());
    "concat" g => Tensor::pack(&g.tensors());
    "unpack" g => {
        let shapes = g.bytes.list(3, Bytes::extents);
        let shapes: Vec<&[usize]> = shapes.iter().map(|s| &s[..]).collect();
        g.tensor().unpack(&shapes)
    };
    "take_along_axis" g => g.tensor().take_along_axis(g.bytes.signed(), &g.indices());
    "scatter" g => g.tensor().scatter(g.bytes.signed(), &g.indices(), &g.tensor());
    "scatter_add" g => g.tensor().scatter_add(g.bytes.signed(), &g.indices(), &g.tensor());
    "scatter_max" g => g.tensor().scatter_max(g.bytes.signed(), &g.indices(), &g.tensor());
    "mask_select" g => g.tensor().mask_select(&g.indices().mapv(|i| i % 2 == 1));
    "at" g => g.tensor().at(g.bytes.extents());
    "item" g => g.tensor().item();
    "stack" g => { let k = g.bytes.below(4); let list: Vec<Var> = (0..k).map(|_| g.scalar()).collect(); g.tape.stack(&list) };
    "to_tensor" g => g.scalar().to_tensor();
    "detach" g => g.tensor().detach();
    "straight_through" g => g.tensor().straight_through(g.tensor());
    // Reductions, scans, order.
    "sum" g => g.tensor().sum_axes(g.bytes.axes());
    "sum" g => g.tensor().sum_keep(g.bytes.axes());
    "mean" g => g.tensor().mean_axes(g.bytes.axes());
    "max" g => g.tensor().max_axes(g.bytes.axes());
    "min" g => g.tensor().min_keep(g.bytes.axes());
    "logsumexp" g => g.tensor().logsumexp_axes(g.bytes.axes());
    "prod" g => g.tensor().prod_axes(g.bytes.axes());
    "var" g => g.tensor().var_axes(g.bytes.extent(), g.bytes.axes());
    "std" g => g.tensor().std_keep(g.bytes.extent(), g.bytes.axes());
    "norm" g => g.tensor().norm_axes(g.bytes.number(), g.bytes.axes());
    "sum_squares" g => g.tensor().sum_squares_axes(g.bytes.axes());
    "nansum" g => g.tensor().nansum_axes(g.bytes.axes());
    "nanmean" g => g.tensor().nanmean_axes(g.bytes.axes());
    "median" g => g.tensor().median_axes(g.bytes.axes());
    "quantile" g => g.tensor().quantile_keep(g.bytes.number(), g.bytes.axes());
    "sum" g => g.tensor().sum();
    "mean" g => g.tensor().mean();
    "max" g => g.tensor().max_all();
    "min" g => g.tensor().min_all();
    "logsumexp" g => g.tensor().logsumexp();
    "prod" g => g.tensor().prod();
    "var" g => g.tensor().var(g.bytes.extent());
    "std" g => g.tensor().std(g.bytes.extent());
    "norm" g => g.tensor().norm(g.bytes.number());
    "median" g => g.tensor().median();
    "quantile" g => g.tensor().quantile(g.bytes.number());
    "dot" g => g.tensor().dot(&g.tensor());
    "trace" g => g.tensor().trace();
    "cumsum" g => g.tensor().cumsum(g.bytes.signed());
    "cumprod" g => g.tensor().cumprod(g.bytes.signed());
    "cummax" g => g.tensor().cummax(g.bytes.signed());
    "cummin" g => g.tensor().cummin(g.bytes.signed());
    "logcumsumexp" g => g.tensor().logcumsumexp(g.bytes.signed());
    "argmax" g => g.tensor().argmax(g.bytes.signed());
    "argmin" g => g.tensor().argmin(g.bytes.signed());
    "max_with_index" g => g.tensor().max_with_index(g.bytes.signed());
    "min_with_index" g => g.tensor().min_with_index(g.bytes.signed());
    "argsort" g => g.tensor().argsort(g.bytes.signed());
    "sort" g => g.tensor().sort(g.bytes.signed());
    "topk" g => g.tensor().topk(g.bytes.extent(), g.bytes.signed());
    "kth_smallest" g => g.tensor().kth_smallest(g.bytes.extent(), g.bytes.signed());
    "softmax" g => g.tensor().softmax(g.bytes.signed());
    "log_softmax" g => g.tensor().log_softmax(g.bytes.signed());
    "masked_softmax" g => g.tensor().masked_softmax(&g.tensor(), g.bytes.signed());
    "cross_entropy" g => g.tensor().cross_entropy(&g.bytes.extents());
    // Products.
    "matmul" g => g.tensor().matmul(&g.tensor());
    "outer" g => g.tensor().outer(&g.tensor());
    "cross" g => g.tensor().cross(&g.tensor());
    "vecdot" g => g.tensor().vecdot(&g.tensor());
    "matvec" g => g.tensor().matvec(&g.tensor());
    "tensordot" g => g.tensor().tensordot(&g.tensor(), &g.bytes.axes(), &g.bytes.axes());
    "kron" g => g.tensor().kron(&g.tensor());
    "einsum" g => {
        let text = g.bytes.text("ijkij,->.. a", 12);
        Tensor::einsum(&text, &g.tensors())
    };
    // Windows over signals and images.
    "conv1d" g => g.tensor().conv1d(&g.tensor(), g.convolution());
    "conv2d" g => g.tensor().conv2d(&g.tensor(), g.convolution());
    "conv_transpose1d" g => g.tensor().conv_transpose1d(&g.tensor(), g.convolution());
    "conv_transpose2d" g => g.tensor().conv_transpose2d(&g.tensor(), g.convolution());
    "max_pool1d" g => g.tensor().max_pool1d(g.pooling());
    "max_pool2d" g => g.tensor().max_pool2d(g.pooling());
    "avg_pool1d" g => g.tensor().avg_pool1d(g.pooling());
    "avg_pool2d" g => g.tensor().avg_pool2d(g.pooling());
    // Networks.
    "mean_squared_error" g => nn::mean_squared_error(&g.tensor(), &g.tensor());
    "cross_entropy" g => nn::cross_entropy(&g.tensor(), &g.bytes.extents());
    "cross_entropy_with" g => nn::cross_entropy_with(&g.tensor(), &g.tensor());
    "cross_entropy_smooth" g => nn::cross_entropy_smooth(&g.tensor(), &g.bytes.extents(), g.bytes.number());
    "binary_cross_entropy" g => nn::binary_cross_entropy(&g.tensor(), &g.tensor());
    "kl_divergence" g => nn::kl_divergence(&g.tensor(), &g.tensor());
    "huber" g => nn::huber(&g.tensor(), g.bytes.number());
    "hinge" g => nn::hinge(&g.tensor(), &g.tensor());
    "normalize" g => nn::normalize(&g.tensor(), g.bytes.signed(), g.bytes.number());
    "cosine_similarity" g => nn::cosine_similarity(&g.tensor(), &g.tensor(), g.bytes.signed(), g.bytes.number());
    "standardize" g => g.tensor().standardize(g.bytes.axes(), g.bytes.number());
    "standardize" g => nn::standardize(&g.tensor(), g.bytes.axes(), g.bytes.number()).y;
    "attention" g => nn::attention(&g.tensor(), &g.tensor(), &g.tensor(), None).output;
    "dropout" g => Dropout::new(g.bytes.number(), 1).train(&g.tensor());
    "" g => Activation::Softplus.apply(&g.tensor());
    // Parts that are recomputed.
    "checkpoint" g => checkpoint(|x| x.iter().fold(x[0].sin(), |y, x| y * x.sum()), &g.tensors());
    "checkpoint_loop" g => {
        let (steps, slots) = (g.bytes.below(6), g.bytes.extent());
        checkpoint_loop(steps, slots, g.tensor(), &g.tensors(), |_, x, p| p.iter().fold(x.sin(), |y, p| y * p.sum()))
    };
    #[cfg(feature = "linalg")]
    "cholesky" g => g.tensor().cholesky();
    #[cfg(feature = "linalg")]
    "logdet" g => g.tensor().logdet();
    #[cfg(feature = "linalg")]
    "triangular_logdet" g => g.tensor().triangular_logdet();
    #[cfg(feature = "linalg")]
    "inv_quadratic" g => g.tensor().inv_quadratic(&g.tensor());
    #[cfg(feature = "linalg")]
    "det" g => g.tensor().det();
    #[cfg(feature = "linalg")]
    "slogdet" g => g.tensor().slogdet();
    #[cfg(feature = "linalg")]
    "eigh" g => g.tensor().eigh();
    #[cfg(feature = "linalg")]
    "eigvalsh" g => g.tensor().eigvalsh();
    #[cfg(feature = "linalg")]
    "expm" g => g.tensor().expm();
    #[cfg(feature = "linalg")]
    "qr" g => g.tensor().qr();
    #[cfg(feature = "linalg")]
    "lstsq" g => g.tensor().lstsq(&g.tensor());
    #[cfg(feature = "linalg")]
    "solve" g => g.tensor().solve(&g.tensor());
    #[cfg(feature = "linalg")]
    "solve_triangular" g => g.tensor().solve_triangular(&g.tensor(), wengert::ops::linalg::Triangle::Lower);
    #[cfg(feature = "linalg")]
    "inv" g => g.tensor().inv();
    #[cfg(feature = "linalg")]
    "svd" g => g.tensor().svd();
    #[cfg(feature = "linalg")]
    "svdvals" g => g.tensor().svdvals();
    #[cfg(feature = "linalg")]
    "pinv" g => g.tensor().pinv();
}
