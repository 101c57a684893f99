//! What can be chosen by name on the command line.

/// A nonlinearity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// The positive part.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// The logistic function.
    Sigmoid,
}

impl Activation {
    /// Every choice.
    pub(crate) const ALL: &[Self] = &[Self::Relu, Self::Tanh, Self::Sigmoid];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
        }
    }
}

/// A rule that makes steps of gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optimizer {
    /// Plain gradient descent.
    Sgd,
    /// Gradient descent with momentum.
    Momentum,
    /// Gradient descent with Nesterov's momentum.
    Nesterov,
    /// Adam.
    Adam,
    /// Adam with decoupled weight decay.
    AdamW,
}

impl Optimizer {
    /// Every choice.
    pub(crate) const ALL: &[Self] = &[Self::Sgd, Self::Momentum, Self::Nesterov, Self::Adam, Self::AdamW];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Nesterov => "nesterov",
            Self::Adam => "adam",
            Self::AdamW => "adamw",
        }
    }

    /// The learning rate to use when none is asked for.
    pub(super) fn default_lr(self) -> f32 {
        match self {
            Self::Sgd => 0.1,
            Self::Momentum | Self::Nesterov => 0.05,
            Self::Adam | Self::AdamW => 0.003,
        }
    }
}
