//! Neural networks as a client of the tape: everything here is written against the public API.
//!
//! Back-propagation is nowhere in this module. A network is a function; its gradient, and every layer's δ, come out of
//! the backward sweep (see `docs/theory.md` for how).
//!
//! Data lies in rows: `x` is batch × inputs, a layer computes `Z = A·W + b` with `W` inputs × outputs.
//!
//! ```
//! use ndarray::arr2;
//! use wengert::Tape;
//! use wengert::nn::{Activation, Mlp, mean_squared_error};
//! use wengert::optim::{Adam, Optimizer};
//!
//! let x = arr2(&[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
//! let xor = arr2(&[[0.0], [1.0], [1.0], [0.0]]);
//! let mut model = Mlp::new(&[2, 8, 1], Activation::Tanh, 1);
//! let mut optimizer = Adam::new(0.05);
//! let mut tape = Tape::new();
//! for _ in 0..300 {
//!     let net = model.on(&tape);
//!     let error = mean_squared_error(&net.forward(&tape.constant(&x)), &tape.constant(&xor));
//!     let gradients = error.backward();
//!     let slopes = net.gradients(&gradients);
//!     tape.clear();
//!     optimizer.step(model.parameters_mut().zip(slopes));
//! }
//! let guess = model.predict(x.view());
//! assert!((&guess - &xor).iter().all(|e| e.abs() < 0.1));
//! ```
//!
//! Parameters are `ArcArray`s, which a tape holds without copying them ([`Storage`](crate::Storage)); so may the data be. `clear`
//! stands before the optimiser's step because parameters that a tape still holds are copied when they are changed. The
//! gradients are no part of the tape and outlive it.

use crate::grad::{Leaf, Tree};
use crate::ops::{ArrayValue, Term, Value};
use crate::{ArraySlot, Dense, Forward, Gradients, Real, Tape};
use ndarray::{ArcArray1, ArcArrayD, Array2, ArrayView2, ArrayViewD, ArrayViewMutD, Ix2};
use smallvec::SmallVec;

#[macro_use]
mod layer;
mod attention;
mod conv;
mod dropout;
mod embedding;
mod init;
mod losses;
mod norm;

pub use crate::ops::conv::Convolution;
pub use crate::ops::pool::Pooling;
pub use attention::{Attention, MultiHead, MultiHeadOn, attention, causal_mask};
pub use conv::{
    Conv1d, Conv1dOn, Conv2d, Conv2dOn, ConvTranspose1d, ConvTranspose1dOn, ConvTranspose2d,
    ConvTranspose2dOn,
};
pub use dropout::Dropout;
pub use embedding::{Embedding, EmbeddingOn};
pub use init::Init;
pub use losses::{
    binary_cross_entropy, binary_cross_entropy_logits, cosine_similarity, cross_entropy,
    cross_entropy_smooth, cross_entropy_with, hinge, huber, kl_divergence, kl_divergence_log,
    mean_squared_error, normalize,
};
pub use norm::{BatchNorm, BatchNormOn, LayerNorm, LayerNormOn, Standardized, standardize};

/// A function applied to each element of a layer's `z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// σ(z) = z.
    Identity,
    /// σ(z) = tanh z.
    Tanh,
    /// σ(z) = 1/(1 + e⁻ᶻ).
    Sigmoid,
    /// σ(z) = max(z, 0).
    Relu,
    /// σ(z) = ln(1 + eᶻ).
    Softplus,
}

impl Activation {
    /// σ(z), in any reading.
    ///
    /// ```
    /// use wengert::{Term, nn::Activation};
    /// assert_eq!(Activation::Relu.apply(&Term::new(-1.0)).into_inner(), 0.0);
    /// ```
    pub fn apply<V: Value>(self, z: &Term<V>) -> Term<V> {
        match self {
            Self::Identity => z.clone(),
            Self::Tanh => z.tanh(),
            Self::Sigmoid => z.sigmoid(),
            Self::Relu => z.relu(),
            Self::Softplus => z.softplus(),
        }
    }
}

layer! {
    /// The parameters of a dense layer, `Z = A·W + b`.
    pub struct Linear on Layer {
        parameters {
            /// W, inputs × outputs.
            weight: ArcArray2,
            /// b, outputs.
            bias: ArcArray1,
        }
        constants {}
        settings {}
    }
}

impl<T: Real> Linear<T> {
    /// A layer with weights drawn from a generator with this seed; biases are 0.
    pub fn new(inputs: usize, outputs: usize, init: Init, seed: u64) -> Self {
        Self::draw(inputs, outputs, init, &mut fastrand::Rng::with_seed(seed))
    }

    fn draw(inputs: usize, outputs: usize, init: Init, random: &mut fastrand::Rng) -> Self {
        Self {
            weight: init.weight((inputs, outputs), [inputs, outputs], random),
            bias: ArcArray1::zeros(outputs),
        }
    }
}

/// A multilayer perceptron: dense layers with an activation after each but the last.
///
/// Two layers of weights make `Mlp::new(&[inputs, hidden, outputs], …)`; the outputs are logits, or values to regress.
#[derive(Debug, Clone, PartialEq)]
pub struct Mlp<T: Real = f64> {
    /// The layers, from the input on.
    pub layers: Vec<Linear<T>>,
    /// The activation after each layer but the last.
    pub activation: Activation,
}

impl<T: Real> Mlp<T> {
    /// A network with these widths, inputs first, outputs last. Weights are drawn as suits the activation (He for
    /// rectifiers, Glorot otherwise; see [`Init`]) from a generator with this seed; biases are 0.
    ///
    /// # Panics
    /// Where there are fewer than two widths, or one is 0.
    #[track_caller]
    pub fn new(widths: &[usize], activation: Activation, seed: u64) -> Self {
        let init = match activation {
            Activation::Relu | Activation::Softplus => Init::He,
            _ => Init::Glorot,
        };
        Self::with_init(widths, activation, init, seed)
    }

    /// As [`Mlp::new`], with a chosen initialiser.
    ///
    /// # Panics
    /// Where there are fewer than two widths, or one is 0.
    #[track_caller]
    pub fn with_init(widths: &[usize], activation: Activation, init: Init, seed: u64) -> Self {
        assert!(
            widths.len() >= 2,
            "an Mlp needs an input and an output width, not {widths:?}"
        );
        assert!(!widths.contains(&0), "an Mlp has no layer of width 0: {widths:?}");
        let mut random = fastrand::Rng::with_seed(seed);
        let layers = widths
            .windows(2)
            .map(|w| Linear::draw(w[0], w[1], init, &mut random));
        Self {
            layers: layers.collect(),
            activation,
        }
    }

    /// The parameters, W then b of each layer from the input on.
    pub fn parameters(&self) -> impl Iterator<Item = ArrayViewD<'_, T>> {
        self.layers
            .iter()
            .flat_map(|l| [l.weight.view().into_dyn(), l.bias.view().into_dyn()])
    }

    /// The parameters to be changed, in the order of [`Mlp::parameters`]. Those that a tape still holds are copied first.
    pub fn parameters_mut(&mut self) -> impl Iterator<Item = ArrayViewMutD<'_, T>> {
        self.layers
            .iter_mut()
            .flat_map(|l| [l.weight.view_mut().into_dyn(), l.bias.view_mut().into_dyn()])
    }

    /// This network on a tape, its parameters as variables.
    pub fn on<'t>(&self, tape: &'t Tape<T>) -> Network<ArraySlot<'t, T>> {
        self.read(|w| tape.tensor(w))
    }

    /// The outputs for rows of inputs, without a tape: the plain reading of the same network.
    ///
    /// # Panics
    /// Where `x` has not as many columns as the network has inputs.
    #[track_caller]
    pub fn predict(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        let network = self.read(|w| Term::new(Dense::from(w)));
        let y = network.forward(&Term::new(Dense::from(&x)));
        let y = y.inner().view().into_dimensionality::<Ix2>();
        y.expect("a batch in, a batch out").to_owned()
    }

    fn read<V: ArrayValue>(&self, mut enter: impl FnMut(&ArcArrayD<T>) -> Term<V>) -> Network<V> {
        let mut enter = |w: &ArcArrayD<T>, _| enter(w);
        let layers = self.layers.iter().map(|l| l.read(&mut enter));
        Network {
            layers: layers.collect(),
            activation: self.activation,
        }
    }
}

/// The gradient of a network is a network.
///
/// ```
/// use ndarray::arr2;
/// use wengert::nn::{Activation, Mlp};
/// use wengert::{Tape, grad::grad};
/// let mlp = Mlp::new(&[2, 3, 1], Activation::Tanh, 1);
/// let tape = Tape::new();
/// let x = tape.constant(&arr2(&[[0.5, -1.0]]));
/// let gradient: Mlp = grad(&tape, |net| net.forward(&x).sum(), &mlp);
/// assert_eq!(gradient.layers[1].bias[0], 1.0);
/// ```
impl<'t, T: Real> Tree<'t> for Mlp<T> {
    type Elem = T;
    type On = Network<ArraySlot<'t, T>>;
    type Sweep = Gradients<T>;

    fn on(&self, tape: &'t Tape<T>) -> Self::On {
        Self::on(self, tape)
    }
    fn read(&mut self, on: &Self::On, sweep: &Gradients<T>) {
        let layers = self.layers.iter_mut().zip(&on.layers);
        layers.for_each(|(layer, on)| layer.read(on, sweep));
    }
    fn seed<'s>(&self, on: &Self::On, forward: Forward<'s, T>) -> Forward<'s, T> {
        let layers = self.layers.iter().zip(&on.layers);
        layers.fold(forward, |forward, (layer, on)| layer.seed(on, forward))
    }
    fn leaves(on: &Self::On, f: &mut dyn FnMut(Leaf<'t, T>)) {
        on.layers.iter().for_each(|on| Linear::leaves(on, f));
    }
    fn paths(on: &Self::On, at: &str, f: &mut dyn FnMut(String)) {
        let layers = on.layers.iter().enumerate();
        layers.for_each(|(i, on)| Linear::paths(on, &format!("{at}.layers[{i}]"), f));
    }
}

impl<V: ArrayValue> Layer<V> {
    /// `Z = A·W + b`.
    #[track_caller]
    pub fn forward(&self, a: &Term<V>) -> Term<V> {
        a.matmul(&self.weight) + &self.bias
    }
}

/// An [`Mlp`] in some reading: on a tape, or plain.
#[derive(Clone)]
pub struct Network<V> {
    /// The layers, from the input on.
    pub layers: SmallVec<[Layer<V>; 8]>,
    /// The activation after each layer but the last.
    pub activation: Activation,
}

impl<V: ArrayValue> Network<V> {
    /// The outputs for a batch of inputs, batch × inputs.
    ///
    /// # Panics
    /// Where the shapes do not fit.
    #[track_caller]
    pub fn forward(&self, x: &Term<V>) -> Term<V> {
        let mut a = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            let z = layer.forward(&a);
            let last = i + 1 == self.layers.len();
            a = if last { z } else { self.activation.apply(&z) };
        }
        a
    }
}

impl<'t, T: Real> Network<ArraySlot<'t, T>> {
    /// The gradients of the parameters, in the order of [`Mlp::parameters_mut`]. They do not hold the tape, which is free to be
    /// cleared.
    #[track_caller]
    pub fn gradients<'g>(
        self,
        gradients: &'g Gradients<T>,
    ) -> impl Iterator<Item = ArrayViewD<'g, T>> + use<'g, T> {
        let layers = self.layers.iter();
        let slopes = layers.flat_map(|l| [gradients.wrt(l.weight), gradients.wrt(l.bias)]);
        slopes.collect::<SmallVec<[_; 16]>>().into_iter()
    }
}
