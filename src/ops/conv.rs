//! Convolution of signals and images, and its transpose: windows (`image.rs`) and a matrix product, composed.
//!
//! - Convolution, `y[n,o,p] = Σ w[o,c,k]·x[n, c, p·stride + k·dilation − padding]` over c and k: what neural networks call so;
//!   the kernel is not turned round. Of `n` places a window of `k` leaves
//!   `⌊(n + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1`.
//! - Its transpose is its adjoint in x: x̄ of a convolution, with ȳ for operand. `n` places become
//!   `(n − 1)·stride − 2·padding + dilation·(k − 1) + output_padding + 1`.
//!
//! Source: V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016, relationships 14 and 15.

use super::image::{Col2Im, Im2Col};
use super::{ArrayValue, Term, or_panic};
use crate::dense::{Patches, Span};
use crate::error::{Dims, ShapeError};
use crate::shape::{possible, size};

/// How a kernel moves over signals (`D` = 1) or images (`D` = 2). By default it moves one by one over what is there.
///
/// ```
/// use wengert::ops::conv::Convolution;
/// let same = Convolution::default().padding([1, 1]);
/// assert_eq!((same.stride, same.padding, same.groups), ([1, 1], [1, 1], 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Convolution<const D: usize> {
    /// The distance between windows.
    pub stride: [usize; D],
    /// Zeros before each axis, and as many after it.
    pub padding: [usize; D],
    /// The distance between the places of a window.
    pub dilation: [usize; D],
    /// The channels fall into this many groups, each convolved by itself.
    pub groups: usize,
    /// Places that a transposed convolution adds at the end, fewer than the stride: which one of the extents that the
    /// convolution maps to the same.
    pub output_padding: [usize; D],
}

impl<const D: usize> Default for Convolution<D> {
    fn default() -> Self {
        let (stride, padding, dilation, output_padding) = ([1; D], [0; D], [1; D], [0; D]);
        Self {
            stride,
            padding,
            dilation,
            groups: 1,
            output_padding,
        }
    }
}

impl<const D: usize> Convolution<D> {
    /// With this distance between windows.
    #[must_use]
    pub fn stride(self, stride: [usize; D]) -> Self {
        Self { stride, ..self }
    }
    /// With so many zeros on either side.
    #[must_use]
    pub fn padding(self, padding: [usize; D]) -> Self {
        Self { padding, ..self }
    }
    /// With this distance between the places of a window.
    #[must_use]
    pub fn dilation(self, dilation: [usize; D]) -> Self {
        Self { dilation, ..self }
    }
    /// With so many groups of channels.
    #[must_use]
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }
    /// With so many places more at the end of a transposed convolution.
    #[must_use]
    pub fn output_padding(self, output_padding: [usize; D]) -> Self {
        Self {
            output_padding,
            ..self
        }
    }

    /// What is wrong with operands of these shapes, channels apart.
    fn check(&self, x: &[usize], weight: &[usize]) -> Result<(), ShapeError> {
        let need = if x.len() != D + 2 || weight.len() != D + 2 {
            "both have two axes more than the kernel moves along"
        } else if [&self.stride[..], &self.dilation, &[self.groups], &weight[2..]]
            .concat()
            .contains(&0)
        {
            "stride, dilation, groups and the kernel's extents are at least 1"
        } else {
            return Ok(());
        };
        Err(ShapeError::mismatch(x, weight, need))
    }

    /// The windows of a convolution.
    fn windows(&self, x: &[usize], weight: &[usize]) -> Result<Patches, ShapeError> {
        self.check(x, weight)?;
        if weight[1].checked_mul(self.groups) != Some(x[1]) || !weight[0].is_multiple_of(self.groups) {
            let need = "the right has channels / groups for its second extent, and a multiple of groups for its first";
            return Err(ShapeError::mismatch(x, weight, need));
        }
        self.over(|i| {
            let (size, dilation) = (weight[i + 2], self.dilation[i]);
            Span::over(x[i + 2], size, self.stride[i], dilation, self.padding[i])
        })
        .ok_or_else(|| ShapeError::mismatch(x, weight, "the padded extents are at least those of the kernel"))
    }

    /// The windows of a transposed convolution: those of the convolution that it is the adjoint of.
    fn transposed(&self, x: &[usize], weight: &[usize]) -> Result<Patches, ShapeError> {
        self.check(x, weight)?;
        if weight[0] != x[1] || !x[1].is_multiple_of(self.groups) {
            let need = "the right has the left's channels, a multiple of groups, for its first extent";
            return Err(ShapeError::mismatch(x, weight, need));
        }
        if (0..D).any(|i| self.output_padding[i] >= self.stride[i]) {
            return Err(ShapeError::mismatch(
                x,
                weight,
                "the output padding is less than the stride",
            ));
        }
        self.over(|i| {
            let (count, size, padding) = (x[i + 2], weight[i + 2], self.padding[i]);
            let (stride, dilation) = (self.stride[i], self.dilation[i]);
            let windows = count.checked_sub(1)?.checked_mul(stride)?;
            let window = dilation.checked_mul(size - 1)?.checked_add(1)?;
            let all = windows.checked_add(window)?.checked_add(self.output_padding[i])?;
            let extent = all.checked_sub(padding.checked_mul(2)?)?;
            (extent > 0).then_some(Span {
                extent,
                size,
                stride,
                dilation,
                padding,
                count,
            })
        })
        .ok_or_else(|| {
            ShapeError::mismatch(
                x,
                weight,
                "there are places, and the padding leaves some of the result",
            )
        })
    }

    /// Windows over all axes, where `span` gives those along one.
    fn over(&self, span: impl Fn(usize) -> Option<Span>) -> Option<Patches> {
        let spans = (0..D).map(span);
        Some(Patches::of(&spans.collect::<Option<Vec<_>>>()?, self.groups))
    }
}

/// Batch and channels change places, and the last axes are `space`: `y` is channels × batch × ….
#[track_caller]
pub(super) fn batch_first<V: ArrayValue>(
    y: &Term<V>,
    channels: usize,
    batch: usize,
    space: &[usize],
) -> Term<V> {
    let shape: Dims = [channels, batch].iter().chain(space).copied().collect();
    let order: Dims = [1, 0].into_iter().chain(2..shape.len()).collect();
    y.reshape(&shape).permute(&order)
}

impl<V: ArrayValue> Term<V> {
    #[track_caller]
    fn conv<const D: usize>(&self, name: &str, weight: &Self, options: Convolution<D>) -> Self {
        let windows = or_panic(name, options.windows(self.shape(), weight.shape()));
        let (n, c) = (self.shape()[0], self.shape()[1]);
        or_panic(name, possible(&windows.columns(n, c / windows.groups)));
        let (o, groups) = (weight.shape()[0], windows.groups);
        let counts = [windows.h.count, windows.w.count];
        let columns = Term(V::apply(Im2Col { windows }, &[&self.images(c, &windows).0]));
        let elements = size(&weight.shape()[1..]);
        let columns = columns.reshape([groups, elements, n * counts[0] * counts[1]]);
        let kernels = weight.kernels().reshape([groups, o / groups, elements]);
        batch_first(&kernels.matmul(&columns), o, n, &counts[2 - D..])
    }

    #[track_caller]
    fn conv_transpose<const D: usize>(&self, name: &str, weight: &Self, options: Convolution<D>) -> Self {
        let windows = or_panic(name, options.transposed(self.shape(), weight.shape()));
        let Patches { h, w, groups } = windows;
        let (n, c, per_group) = (self.shape()[0], self.shape()[1], weight.shape()[1]);
        or_panic(name, possible(&windows.columns(n, per_group)));
        or_panic(name, possible(&windows.images(n, per_group)));
        let order: Dims = [1, 0].into_iter().chain(2..D + 2).collect();
        let x = self.permute(&order);
        let x = x.reshape([groups, c / groups, n * h.count * w.count]);
        let kernels = weight.kernels();
        let kernels = kernels.reshape([groups, c / groups, size(&weight.shape()[1..])]);
        let columns = kernels.transpose_last().matmul(&x);
        let columns = columns.reshape([groups, h.size, w.size, per_group, n, h.count, w.count]);
        // Where no window reaches, the value is the number 0.
        let y = Term(V::apply(Col2Im { windows }, &[&columns.0])) + 0;
        let extents = &[h.extent, w.extent][2 - D..];
        y.reshape([&[n, groups * per_group], extents].concat())
    }

    /// Signals or images as images.
    #[track_caller]
    pub(super) fn images(&self, channels: usize, windows: &Patches) -> Self {
        self.reshape([self.shape()[0], channels, windows.h.extent, windows.w.extent])
    }

    /// A kernel with its channels behind its places.
    #[track_caller]
    fn kernels(&self) -> Self {
        let order: Dims = [0].into_iter().chain(2..self.shape().len()).chain([1]).collect();
        self.permute(&order)
    }

    /// Convolution of signals, batch × channels × places, with a `weight` of outputs × channels/groups × places:
    /// `y[n,o,p] = Σ w[o,c,k]·x[n, c, p·stride + k·dilation − padding]`. Composed of windows and a matrix product; x̄ is a
    /// [transposed convolution](Term::conv_transpose1d) of ȳ, w̄ a convolution of x with ȳ. Of n places it leaves
    /// ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1.
    ///
    /// ```
    /// use ndarray::arr3;
    /// use wengert::ops::conv::Convolution;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr3(&[[[1.0, 2.0, 4.0, 8.0]]]));
    /// let w = tape.tensor(&arr3(&[[[-1.0, 1.0]]]));
    /// let y = x.conv1d(&w, Convolution::default());
    /// assert_eq!(y.value(), arr3(&[[[1.0, 2.0, 4.0]]]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(w), arr3(&[[[7.0, 14.0]]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the shapes do not fit each other or the options, or an option is 0 that counts from 1.
    #[track_caller]
    pub fn conv1d(&self, weight: &Self, options: Convolution<1>) -> Self {
        self.conv("conv1d", weight, options)
    }

    /// Convolution of images, batch × channels × height × width, with a `weight` of outputs × channels/groups × height ×
    /// width: as [`Term::conv1d`], along both axes.
    ///
    /// ```
    /// use ndarray::{Array4, arr2};
    /// use wengert::ops::conv::Convolution;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&Array4::<f64>::ones((1, 3, 8, 8)));
    /// let w = tape.tensor(&Array4::ones((16, 3, 3, 3)));
    /// let y = x.conv2d(&w, Convolution::default().stride([2, 2]).padding([1, 1]));
    /// assert_eq!(y.shape(), [1, 16, 4, 4]);
    /// assert_eq!(y.value()[[0, 0, 1, 1]], 27.0);
    /// ```
    ///
    /// # Panics
    /// As [`Term::conv1d`].
    #[track_caller]
    pub fn conv2d(&self, weight: &Self, options: Convolution<2>) -> Self {
        self.conv("conv2d", weight, options)
    }

    /// Transposed convolution of signals, batch × channels × places, with a `weight` of channels × outputs/groups × places:
    /// the adjoint of [`Term::conv1d`] in its left operand, `y[n, o, p·stride + k·dilation − padding] += w[c,o,k]·x[n,c,p]`.
    /// Composed of a matrix product and windows that add up; x̄ is a convolution of ȳ. Of n places it makes
    /// (n − 1)·stride − 2·padding + dilation·(k − 1) + output_padding + 1.
    ///
    /// ```
    /// use ndarray::arr3;
    /// use wengert::ops::conv::Convolution;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr3(&[[[1.0, 10.0]]]));
    /// let w = tape.tensor(&arr3(&[[[1.0, 2.0, 3.0]]]));
    /// let y = x.conv_transpose1d(&w, Convolution::default().stride([2]));
    /// assert_eq!(y.value(), arr3(&[[[1.0, 2.0, 13.0, 20.0, 30.0]]]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr3(&[[[6.0, 6.0]]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// As [`Term::conv1d`], and where the output padding is not less than the stride.
    #[track_caller]
    pub fn conv_transpose1d(&self, weight: &Self, options: Convolution<1>) -> Self {
        self.conv_transpose("conv_transpose1d", weight, options)
    }

    /// Transposed convolution of images, batch × channels × height × width, with a `weight` of channels × outputs/groups ×
    /// height × width: as [`Term::conv_transpose1d`], along both axes.
    ///
    /// ```
    /// use ndarray::Array4;
    /// use wengert::ops::conv::Convolution;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&Array4::<f64>::ones((1, 16, 4, 4)));
    /// let w = tape.tensor(&Array4::ones((16, 3, 3, 3)));
    /// let options = Convolution::default().stride([2, 2]).padding([1, 1]).output_padding([1, 1]);
    /// assert_eq!(x.conv_transpose2d(&w, options).shape(), [1, 3, 8, 8]);
    /// ```
    ///
    /// # Panics
    /// As [`Term::conv_transpose1d`].
    #[track_caller]
    pub fn conv_transpose2d(&self, weight: &Self, options: Convolution<2>) -> Self {
        self.conv_transpose("conv_transpose2d", weight, options)
    }
}
