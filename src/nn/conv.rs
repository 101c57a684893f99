//! Convolution layers, `y = x ∗ w + b`; see [`Term::conv2d`] for what that means.

use super::{Convolution, Init};
use crate::Real;
use crate::ops::{ArrayValue, Term};
use ndarray::ArcArray1;

/// A layer: its weight's type, which extent of the weight belongs to the inputs (the other of the first two to the outputs), and
/// the op.
macro_rules! convolution {
    ($(#[$meta:meta])* $Name:ident on $On:ident: $W:ident, $D:literal, $op:ident, $inputs:literal, $order:literal, $input:literal) => {
        layer! {
            $(#[$meta])*
            pub struct $Name on $On {
                parameters {
                    #[doc = $order]
                    weight: $W,
                    /// A number for each output.
                    bias: ArcArray1,
                }
                constants {}
                settings {
                    /// How the kernel moves.
                    options: Convolution<$D>,
                }
            }
        }

        impl<T: Real> $Name<T> {
            /// A layer with a kernel of these extents; weights as suits rectifiers ([`Init::He`]) from a generator with this
            /// seed, biases 0.
            ///
            /// # Panics
            /// Where the groups do not divide the channels.
            #[track_caller]
            pub fn new(
                inputs: usize,
                outputs: usize,
                kernel: [usize; $D],
                options: Convolution<$D>,
                seed: u64,
            ) -> Self {
                let groups = options.groups;
                assert!(
                    groups > 0 && inputs.is_multiple_of(groups) && outputs.is_multiple_of(groups),
                    "{}: {groups} groups do not divide {inputs} inputs and {outputs} outputs",
                    stringify!($Name)
                );
                let places: usize = kernel.iter().product();
                let mut shape = [0; $D + 2];
                (shape[$inputs], shape[1 - $inputs]) = (inputs, outputs);
                shape[1] /= groups;
                shape[2..].copy_from_slice(&kernel);
                let mut random = fastrand::Rng::with_seed(seed);
                let fans = [inputs / groups * places, outputs / groups * places];
                Self {
                    weight: Init::He.weight(shape, fans, &mut random),
                    bias: ArcArray1::zeros(outputs),
                    options,
                }
            }
        }

        impl<V: ArrayValue> $On<V> {
            #[doc = concat!("[`Term::", stringify!($op), "`] of ", $input, ", and the biases.")]
            ///
            /// # Panics
            /// Where the channels or extents do not fit.
            #[track_caller]
            pub fn forward(&self, x: &Term<V>) -> Term<V> {
                let mut shape = [1; $D + 1];
                shape[0] = self.bias.shape()[0];
                x.$op(&self.weight, self.options) + self.bias.reshape(shape)
            }
        }
    };
}

convolution! {
    /// Convolution of signals.
    Conv1d on Conv1dOn: ArcArray3, 1, conv1d, 1, "Outputs × inputs/groups × places.", "batch × inputs × places"
}
convolution! {
    /// Convolution of images.
    ///
    /// ```
    /// use ndarray::Array4;
    /// use wengert::{grad::Tree, nn::{Conv2d, Convolution}};
    /// let tape = wengert::Tape::new();
    /// let layer = Conv2d::new(3, 16, [3, 3], Convolution::default().padding([1, 1]), 1);
    /// let net = layer.on(&tape);
    /// let y = net.forward(&tape.constant(&Array4::<f64>::zeros((2, 3, 8, 8))));
    /// assert_eq!(y.shape(), [2, 16, 8, 8]);
    /// assert_eq!(y.sum().backward().wrt(net.bias)[0], 128.0);
    /// ```
    Conv2d on Conv2dOn: ArcArray4, 2, conv2d, 1, "Outputs × inputs/groups × height × width.",
    "batch × inputs × height × width"
}
convolution! {
    /// Transposed convolution of signals.
    ConvTranspose1d on ConvTranspose1dOn: ArcArray3, 1, conv_transpose1d, 0, "Inputs × outputs/groups × places.",
    "batch × inputs × places"
}
convolution! {
    /// Transposed convolution of images.
    ConvTranspose2d on ConvTranspose2dOn: ArcArray4, 2, conv_transpose2d, 0, "Inputs × outputs/groups × height × width.",
    "batch × inputs × height × width"
}
