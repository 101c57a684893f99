//! Back-propagation comes out of the sweep: for random networks, every δˡ and every parameter's gradient equal what
//! the textbook's four equations give, written in [`equations`] in plain ndarray. And what else a network promises.
//!
//! ```text
//! BP1   δᴸ = ∇ₐC ⊙ σ′(zᴸ)
//! BP2   δˡ = ((wˡ⁺¹)ᵀ δˡ⁺¹) ⊙ σ′(zˡ)
//! BP3   ∂C/∂bˡⱼ = δˡⱼ
//! BP4   ∂C/∂wˡⱼₖ = aˡ⁻¹ₖ δˡⱼ
//! ```
//!
//! Samples are rows here, `Z = A·W + b`, so BP2 reads Δˡ = (Δˡ⁺¹·Wᵀ) ⊙ σ′(Zˡ), and BP3 and BP4 sum over the
//! samples.

mod equations;

use equations::by_hand;
use ndarray::{Array2, ArrayView, ArrayViewD, Dimension};
use proptest::prelude::*;
use wengert::nn::{self, Activation, Init, Mlp};
use wengert::optim::{Adam, AdamW, Optimizer, Sgd};
use wengert::{Real, Tape, Tensor};

/// A random network with data and a loss.
#[derive(Debug, Clone)]
struct Case {
    widths: Vec<usize>,
    activation: Activation,
    /// Whether the last layer is activated too, as in the textbook; the crate's own `forward` leaves that out.
    last: bool,
    loss: Loss,
    batch: usize,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Loss {
    MeanSquaredError,
    CrossEntropy,
}

const ACTIVATIONS: [Activation; 5] = [
    Activation::Identity,
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Relu,
    Activation::Softplus,
];

fn cases() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(1_usize..=7, 2..=5),
        prop::sample::select(&ACTIVATIONS[..]),
        any::<bool>(),
        prop::sample::select(&[Loss::MeanSquaredError, Loss::CrossEntropy][..]),
        1_usize..=6,
        any::<u64>(),
    )
        .prop_map(|(widths, activation, last, loss, batch, seed)| Case {
            widths,
            activation,
            last,
            loss,
            batch,
            seed,
        })
}

impl Case {
    /// The model, its biases random as well, the inputs, the targets and the labels.
    fn build<T: Real>(&self) -> (Mlp<T>, Array2<T>, Array2<T>, Vec<usize>) {
        let mut random = fastrand::Rng::with_seed(!self.seed);
        let (inputs, outputs) = (self.widths[0], self.widths[self.widths.len() - 1]);
        let mut model = Mlp::new(&self.widths, self.activation, self.seed);
        let mut number = |scale: f64| T::lit(scale * (2.0 * random.f64() - 1.0));
        for layer in &mut model.layers {
            layer.bias.mapv_inplace(|_| number(0.5));
        }
        let x = Array2::from_shape_simple_fn((self.batch, inputs), || number(2.0));
        let target = Array2::from_shape_simple_fn((self.batch, outputs), || number(1.0));
        let labels = (0..self.batch).map(|_| random.usize(..outputs)).collect();
        (model, x, target, labels)
    }
}

fn assert_close<T: Real, D: Dimension>(
    what: &str,
    got: ArrayViewD<'_, T>,
    want: ArrayView<'_, f64, D>,
    size: ArrayView<'_, f64, D>,
    tolerance: f64,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(got.shape(), want.shape());
    for ((got, &want), &size) in got.iter().zip(want).zip(size) {
        let got = got.to_f64().expect("a number");
        let error = (got - want).abs();
        prop_assert!(error <= tolerance * size, "{what}: {got:e} instead of {want:e}");
    }
    Ok(())
}

/// Compares every δˡ, ∂C/∂w and ∂C/∂b of the sweep with the equations.
fn compare<T: Real>(case: &Case, tolerance: f64, least: f64) -> Result<(), TestCaseError> {
    let (model, x, target, labels) = case.build::<T>();
    let number = |x: T| x.to_f64().expect("a number");
    let plain = |x: &Array2<T>| x.mapv(number);
    let layers = model.layers.iter();
    let layers = layers.map(|l| (l.weight.map(|&x| number(x)), l.bias.map(|&x| number(x))));
    let layers: Vec<_> = layers.collect();
    let [want, sizes] = by_hand(case, &layers, &plain(&x), &plain(&target), &labels, least);
    // Away from the kink of the rectifier, where a rounding error would choose the side.
    let kink = want.iter().flat_map(|l| &l.z).any(|z| z.abs() < 1e-5);
    prop_assume!(case.activation != Activation::Relu || !kink);

    let tape = Tape::<T>::default();
    let net = model.on(&tape);
    let mut z: Vec<Tensor<T>> = Vec::new();
    let mut a = tape.constant(&x);
    for (l, layer) in net.layers.iter().enumerate() {
        z.push(layer.forward(&a));
        let activated = l + 1 < net.layers.len() || case.last;
        a = if activated {
            net.activation.apply(&z[l])
        } else {
            z[l]
        };
    }
    let cost = match case.loss {
        Loss::MeanSquaredError => nn::mean_squared_error(&a, &tape.constant(&target)),
        Loss::CrossEntropy => nn::cross_entropy(&a, &labels),
    };
    let gradients = cost.backward();
    let recorded = cost.backward_recorded();
    let parameters = net.gradients(&gradients).collect::<Vec<_>>();
    for (l, (want, size)) in want.iter().zip(&sizes).enumerate() {
        let (delta, size_of) = (want.delta.view(), size.delta.view());
        assert_close("δ", gradients.wrt(z[l]), delta, size_of, tolerance)?;
        assert_close(
            "recorded δ",
            recorded.wrt(z[l]).value(),
            delta,
            size_of,
            tolerance,
        )?;
        let (weight, bias) = (parameters[2 * l].view(), parameters[2 * l + 1].view());
        assert_close("∂C/∂w", weight, want.weight.view(), size.weight.view(), tolerance)?;
        assert_close("∂C/∂b", bias, want.bias.view(), size.bias.view(), tolerance)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// The adjoint of every zˡ is δˡ, and so are all weights' and biases' gradients what BP3 and BP4 say, to 1e-12
    /// relative (of 1e-3 where σ′ is smaller).
    #[test]
    fn the_sweep_is_back_propagation(case in cases()) {
        compare::<f64>(&case, 1e-12, 1e-3)?;
    }

    /// The same in single precision, to a few ulps of 1 where σ′ is small.
    #[test]
    fn the_sweep_is_back_propagation_in_single_precision(case in cases()) {
        compare::<f32>(&case, 1e-4, 0.05)?;
    }

    /// Without a tape a network gives the same outputs as on one, bit for bit; the same seed gives the same
    /// network, and another one another.
    #[test]
    fn prediction_is_the_forward_pass_and_seeds_are_kept(case in cases()) {
        let (model, x, ..) = case.build::<f64>();
        let tape = Tape::new();
        let on_tape = model.on(&tape).forward(&tape.constant(&x));
        let plain = model.predict(x.view());
        prop_assert_eq!(on_tape.shape(), plain.shape());
        for (a, b) in on_tape.value().iter().zip(&plain) {
            prop_assert_eq!(a.to_bits(), b.to_bits());
        }
        for init in [Init::Glorot, Init::He] {
            let draw = |seed| Mlp::<f32>::with_init(&case.widths, case.activation, init, seed);
            prop_assert_eq!(draw(case.seed), draw(case.seed));
            prop_assert_ne!(draw(case.seed), draw(case.seed.wrapping_add(1)));
        }
    }
}

/// A batch without samples has an outcome without rows, on a tape and off it, and leaves the parameters where they
/// are.
#[test]
fn an_empty_batch() {
    for inputs in [3, 40] {
        let model = Mlp::<f64>::new(&[inputs, 20, 2], Activation::Relu, 0);
        let x = Array2::zeros((0, inputs));
        assert_eq!(model.predict(x.view()).shape(), [0, 2]);
        let tape = Tape::new();
        let net = model.on(&tape);
        let y = net.forward(&tape.constant(&x));
        assert_eq!(y.value().shape(), [0, 2]);
        let gradients = y.sum().backward();
        assert!(net.gradients(&gradients).all(|g| g.iter().all(|&g| g == 0.0)));
    }
}

/// Every optimiser brings a network's loss down to a tenth within 150 steps of the loop that the documentation
/// shows.
#[test]
fn training_lowers_the_loss() {
    let optimizers: [(&str, Box<dyn Optimizer<f64>>); 5] = [
        ("sgd", Box::new(Sgd::new(0.2))),
        ("momentum", Box::new(Sgd::new(0.05).momentum(0.9))),
        ("nesterov", Box::new(Sgd::new(0.05).momentum(0.9).nesterov())),
        ("adam", Box::new(Adam::new(0.02))),
        ("adamw", Box::new(AdamW::new(0.02))),
    ];
    // Which of three directions is a point of the plane nearest to?
    let x = Array2::from_shape_fn((30, 2), |(i, j)| (0.7 * i as f64 + 1.5 * j as f64).sin());
    let score = |i: usize, k: usize| (2.1 * k as f64).cos() * x[[i, 0]] + (2.1 * k as f64).sin() * x[[i, 1]];
    let best = |i: usize| (0..3).max_by(|&a, &b| score(i, a).total_cmp(&score(i, b)));
    let labels: Vec<usize> = (0..30).map(|i| best(i).expect("three scores")).collect();
    assert!((0..3).all(|k| labels.contains(&k)), "{labels:?}");
    for (name, mut optimizer) in optimizers {
        let mut model = Mlp::new(&[2, 12, 3], Activation::Tanh, 3);
        let mut tape = Tape::new();
        let mut losses = Vec::new();
        for _ in 0..150 {
            let net = model.on(&tape);
            let loss = nn::cross_entropy(&net.forward(&tape.constant(&x)), &labels);
            losses.push(loss.value());
            let gradients = loss.backward();
            let slopes = net.gradients(&gradients);
            tape.clear();
            optimizer.step(model.parameters_mut().zip(slopes));
        }
        let (first, last) = (losses[0], losses[149]);
        assert!(last < 0.1 * first, "{name}: {first} to {last}");
    }
}
