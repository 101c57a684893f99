//! Initialisers: how large random weights must be so that signals neither fade nor grow from layer to layer.

use crate::Real;
use ndarray::{ArcArray, ShapeBuilder};

/// The distribution from which a layer's weights are drawn; n inputs, m outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Init {
    /// Uniform in ±√(6/(n + m)): variance 2/(n + m). For tanh and sigmoid (Glorot & Bengio, *Understanding the
    /// difficulty of training deep feedforward neural networks*, 2010, eq. 16).
    Glorot,
    /// Normal with variance 2/n. For rectifiers (He et al., *Delving deep into rectifiers*, 2015, eq. 10).
    He,
}

impl Init {
    /// Weights of a layer with this number of inputs and outputs.
    pub(super) fn weight<T: Real, Sh: ShapeBuilder>(
        self,
        shape: Sh,
        [inputs, outputs]: [usize; 2],
        random: &mut fastrand::Rng,
    ) -> ArcArray<T, Sh::Dim> {
        let (n, m) = (inputs as f64, outputs as f64);
        ArcArray::from_shape_simple_fn(shape, || {
            T::lit(match self {
                Self::Glorot => (6.0 / (n + m)).sqrt() * (2.0 * random.f64() - 1.0),
                Self::He => (2.0 / n).sqrt() * normal(random),
            })
        })
    }
}

/// A standard normal number (Box & Muller, *A note on the generation of random normal deviates*, 1958).
pub(super) fn normal(random: &mut fastrand::Rng) -> f64 {
    let (u, v) = (1.0 - random.f64(), random.f64());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_the_variance_that_the_paper_asks_for() {
        for (init, variance) in [(Init::Glorot, 2.0 / 500.0), (Init::He, 2.0 / 300.0)] {
            let mut random = fastrand::Rng::with_seed(7);
            let w = init.weight::<f64, _>((300, 200), [300, 200], &mut random);
            let n = w.len() as f64;
            let (mean, square) = (w.sum() / n, w.iter().map(|x| x * x).sum::<f64>() / n);
            assert!(mean.abs() < 4.0 * (variance / n).sqrt());
            assert!(
                (square / variance - 1.0).abs() < 0.03,
                "{init:?}: {square} for {variance}"
            );
        }
    }
}
