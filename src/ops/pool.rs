//! Pooling: the largest element or the mean of each window over signals or images.
//!
//! - Max pooling, `y = max x` over a window: x̄ = ȳ at the window's largest element, the first of equal ones. An op
//!   ([`PickMax`]), so that one index is chosen; a maximum over an axis shares among equal ones.
//! - Average pooling, `y = Σ x / n` over a window: composed of windows (`image.rs`), a sum and a quotient.

use super::conv::batch_first;
use super::image::{Im2Col, PickMax};
use super::{ArrayValue, Lit, Term, or_panic};
use crate::dense::{Patches, Span};
use crate::error::ShapeError;
use crate::shape::possible;

/// How a pooling window moves over signals (`D` = 1) or images (`D` = 2).
///
/// ```
/// use wengert::ops::pool::Pooling;
/// let halves = Pooling::new([2, 2]);
/// assert_eq!((halves.stride, halves.padding), ([2, 2], [0, 0]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pooling<const D: usize> {
    /// The window's extents.
    pub size: [usize; D],
    /// The distance between windows.
    pub stride: [usize; D],
    /// Places before each axis, and as many after it; fewer than the window has.
    pub padding: [usize; D],
    /// Whether a mean counts padding as zeros, or only what is there.
    pub count_padding: bool,
}

impl<const D: usize> Pooling<D> {
    /// Windows of this size, side by side, without padding.
    pub fn new(size: [usize; D]) -> Self {
        Self {
            size,
            stride: size,
            padding: [0; D],
            count_padding: true,
        }
    }
    /// With this distance between windows.
    #[must_use]
    pub fn stride(self, stride: [usize; D]) -> Self {
        Self { stride, ..self }
    }
    /// With so many places on either side, fewer than the window has.
    #[must_use]
    pub fn padding(self, padding: [usize; D]) -> Self {
        Self { padding, ..self }
    }
    /// Whether a mean counts padding as zeros (as it does by default), or only what is there.
    #[must_use]
    pub fn count_padding(self, count_padding: bool) -> Self {
        Self {
            count_padding,
            ..self
        }
    }

    fn windows(&self, x: &[usize]) -> Result<Patches, ShapeError> {
        if x.len() != D + 2 {
            let need = "the operand has two axes more than the window";
            return Err(ShapeError::unfit(x, need));
        }
        let spans = (0..D).map(|i| {
            let (extent, size, padding) = (x[i + 2], self.size[i], self.padding[i]);
            let stride = self.stride[i];
            let is_valid = extent > 0 && padding < size && stride > 0;
            let span = is_valid.then(|| Span::over(extent, size, stride, 1, padding));
            span.flatten().ok_or_else(|| {
                let need = format!(
                    "axis {} has no windows of {size} with stride {stride} and padding {padding} \
                     (which must be less than the window)",
                    i + 2
                );
                ShapeError::unfit(x, need)
            })
        });
        Ok(Patches::of(&spans.collect::<Result<Vec<_>, _>>()?, 1))
    }
}

impl<V: ArrayValue> Term<V> {
    #[track_caller]
    fn max_pool<const D: usize>(&self, name: &str, options: Pooling<D>) -> Self {
        let windows = or_panic(name, options.windows(self.shape()));
        let (n, c) = (self.shape()[0], self.shape()[1]);
        or_panic(name, possible(&[n, c, windows.h.count, windows.w.count]));
        let x = self.images(c, &windows);
        let y = Self(V::apply(PickMax { windows }, &[&x.0, &x.0]));
        let counts = &[windows.h.count, windows.w.count][2 - D..];
        y.reshape([&[n, c], counts].concat())
    }

    #[track_caller]
    fn avg_pool<const D: usize>(&self, name: &str, options: Pooling<D>) -> Self {
        let windows = or_panic(name, options.windows(self.shape()));
        let (n, c) = (self.shape()[0], self.shape()[1]);
        or_panic(name, possible(&windows.columns(n, c)));
        let Patches { h, w, .. } = windows;
        let sums = |x: &Self| {
            let columns = Self(V::apply(Im2Col { windows }, &[&x.images(c, &windows).0]));
            let columns = columns.reshape([h.size * w.size, c, n, h.count, w.count]);
            batch_first(&columns.sum_over(&[0], false), c, n, &[h.count, w.count][2 - D..])
        };
        if options.count_padding {
            sums(self) / Lit((h.size * w.size) as f64)
        } else {
            // Ones, and NaN beside NaN.
            sums(self) / sums(&self.equals(self))
        }
    }

    /// Max pooling of signals, batch × channels × places, `y = max x` over each window: x̄ = ȳ at the window's largest
    /// element, the first of equal ones, nothing elsewhere. Padding is never the largest. NaN where a window has one, which
    /// then receives ȳ. Of n places it leaves ⌊(n + 2·padding − size)/stride⌋ + 1.
    ///
    /// ```
    /// use ndarray::arr3;
    /// use wengert::ops::pool::Pooling;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr3(&[[[1.0, 3.0, 2.0, 2.0]]]));
    /// let y = x.max_pool1d(Pooling::new([2]));
    /// assert_eq!(y.value(), arr3(&[[[3.0, 2.0]]]).into_dyn());
    /// assert_eq!(y.sum().backward().wrt(x), arr3(&[[[0.0, 1.0, 1.0, 0.0]]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the operand has not three axes, there is no window or no stride, or the padding is not less than the window.
    #[track_caller]
    pub fn max_pool1d(&self, options: Pooling<1>) -> Self {
        self.max_pool("max_pool1d", options)
    }

    /// Max pooling of images, batch × channels × height × width: as [`Term::max_pool1d`], over both axes.
    ///
    /// ```
    /// use wengert::ops::pool::Pooling;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::Array4::<f64>::ones((2, 3, 8, 6)));
    /// assert_eq!(x.max_pool2d(Pooling::new([2, 2])).shape(), [2, 3, 4, 3]);
    /// ```
    ///
    /// # Panics
    /// As [`Term::max_pool1d`], with four axes.
    #[track_caller]
    pub fn max_pool2d(&self, options: Pooling<2>) -> Self {
        self.max_pool("max_pool2d", options)
    }

    /// Average pooling of signals, batch × channels × places, `y = Σ x / n` over each window: each of its places receives
    /// ȳ/n. Composed. Padding counts as zeros; with [`count_padding(false)`](Pooling::count_padding) n is the number of
    /// places that are there.
    ///
    /// ```
    /// use ndarray::arr3;
    /// use wengert::ops::pool::Pooling;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&arr3(&[[[6.0, 3.0, 3.0]]]));
    /// let thirds = Pooling::new([3]).stride([1]).padding([1]);
    /// assert_eq!(x.avg_pool1d(thirds).value(), arr3(&[[[3.0, 4.0, 2.0]]]).into_dyn());
    /// let there = x.avg_pool1d(thirds.count_padding(false));
    /// assert_eq!(there.value(), arr3(&[[[4.5, 4.0, 3.0]]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// As [`Term::max_pool1d`].
    #[track_caller]
    pub fn avg_pool1d(&self, options: Pooling<1>) -> Self {
        self.avg_pool("avg_pool1d", options)
    }

    /// Average pooling of images, batch × channels × height × width: as [`Term::avg_pool1d`], over both axes.
    ///
    /// ```
    /// use wengert::ops::pool::Pooling;
    /// let tape = wengert::Tape::new();
    /// let x = tape.tensor(&ndarray::Array4::<f64>::ones((2, 3, 8, 6)));
    /// let y = x.avg_pool2d(Pooling::new([4, 3]));
    /// assert_eq!((y.shape(), y.value()[[0, 0, 0, 0]]), (&[2, 3, 2, 2][..], 1.0));
    /// ```
    ///
    /// # Panics
    /// As [`Term::max_pool1d`], with four axes.
    #[track_caller]
    pub fn avg_pool2d(&self, options: Pooling<2>) -> Self {
        self.avg_pool("avg_pool2d", options)
    }
}
