//! Dropout.

use crate::{Real, Tensor};
use ndarray::{ArrayD, IxDyn};

/// Drops elements at random while training, and scales the rest so that expectations stay (N. Srivastava et al., *Dropout*,
/// 2014, §10). For inference leave it out.
///
/// The mask is a constant on the tape: a second sweep, and a recorded gradient, see the same one.
///
/// ```
/// use ndarray::Array1;
/// use wengert::nn::Dropout;
/// let tape = wengert::Tape::new();
/// let x = tape.tensor(&Array1::<f64>::ones(1000));
/// let y = Dropout::new(0.25, 7).train(&x);
/// let kept = y.value().iter().filter(|&&y| y != 0.0).count();
/// assert!((700..800).contains(&kept) && y.value().iter().all(|&y| y == 0.0 || y == 4.0 / 3.0));
/// assert_eq!(Dropout::new(0.25, 7).train(&x).value(), y.value());
/// assert_eq!(y.sum().backward().wrt(x), y.value());
/// ```
#[derive(Debug, Clone)]
pub struct Dropout {
    rate: f64,
    random: fastrand::Rng,
}

impl Dropout {
    /// Drops this share of the elements; the masks follow from the seed.
    ///
    /// # Panics
    /// Where the rate is not at least 0 and less than 1.
    #[track_caller]
    pub fn new(rate: f64, seed: u64) -> Self {
        assert!((0.0..1.0).contains(&rate), "Dropout: {rate} is no share below 1");
        let random = fastrand::Rng::with_seed(seed);
        Self { rate, random }
    }

    /// `y = x/(1 − rate)` or 0, by the next mask: x̄ = ȳ/(1 − rate), and nothing for what is dropped.
    #[track_caller]
    pub fn train<'t, T: Real>(&mut self, x: &Tensor<'t, T>) -> Tensor<'t, T> {
        x.gated(self.mask(x.shape()))
    }

    /// The next mask: 0 or 1/(1 − rate).
    fn mask<T: Real>(&mut self, shape: &[usize]) -> ArrayD<T> {
        let scale = T::lit(1.0 / (1.0 - self.rate));
        ArrayD::from_shape_simple_fn(IxDyn(shape), || match self.random.f64() < self.rate {
            true => T::zero(),
            false => scale,
        })
    }
}
