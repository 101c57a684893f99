//! The time of one training step of a multilayer perceptron, for profilers; `benches/peers` compares it with others.
//!
//! Reads lines `LAYERS BATCH ACTIVATION SECONDS` (`64-32-10 32 tanh 0.5`) and answers each with the shortest time of a
//! step (forward, cross-entropy, backward, SGD update; `f32`) in microseconds.

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};
use wengert::Tape;
use wengert::nn::{Activation, Mlp, cross_entropy};
use wengert::optim::{Optimizer, Sgd};

/// A reason why a request cannot be answered.
type Refusal = Box<dyn std::error::Error>;

/// A training run that can be advanced step by step.
struct Training {
    tape: Tape<f32>,
    model: Mlp<f32>,
    optimizer: Sgd<f32>,
    x: ndarray::ArcArray2<f32>,
    labels: Vec<usize>,
}

impl Training {
    fn new(widths: &[usize], batch: usize, activation: Activation) -> Self {
        let mut random = fastrand::Rng::with_seed(0);
        let classes = widths[widths.len() - 1];
        Self {
            tape: Tape::default(),
            model: Mlp::new(widths, activation, 0),
            optimizer: Sgd::new(0.01),
            x: ndarray::ArcArray2::from_shape_simple_fn((batch, widths[0]), || random.f32()),
            labels: (0..batch).map(|_| random.usize(..classes)).collect(),
        }
    }

    fn step(&mut self) -> f32 {
        let net = self.model.on(&self.tape);
        let loss = cross_entropy(&net.forward(&self.tape.constant(&self.x)), &self.labels);
        let value = loss.value();
        let gradients = loss.backward();
        let slopes = net.gradients(&gradients);
        self.tape.clear();
        self.optimizer.step(self.model.parameters_mut().zip(slopes));
        value
    }
}

/// The shortest mean time of a step over runs of about five milliseconds, in microseconds.
fn measure(training: &mut Training, budget: Duration) -> f64 {
    let start = Instant::now();
    let first = training.step();
    let mut last = training.step();
    let once = Instant::now();
    training.step();
    let steps = (0.005 / once.elapsed().as_secs_f64()).clamp(1.0, 1000.0) as u32;
    let mut best = f64::INFINITY;
    loop {
        let run = Instant::now();
        for _ in 0..steps {
            last = training.step();
        }
        best = best.min(run.elapsed().as_secs_f64() / f64::from(steps));
        if start.elapsed() >= budget {
            break;
        }
    }
    assert!(last < first, "the loss did not fall: {first} to {last}");
    best * 1e6
}

fn answer(line: &str) -> Result<f64, Refusal> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let &[layers, batch, activation, seconds] = words.as_slice() else {
        return Err("expected LAYERS BATCH ACTIVATION SECONDS".into());
    };
    let widths = layers
        .split('-')
        .map(str::parse)
        .collect::<Result<Vec<usize>, _>>()?;
    let activation = match activation {
        "tanh" => Activation::Tanh,
        "relu" => Activation::Relu,
        other => return Err(format!("unknown activation {other}").into()),
    };
    let mut training = Training::new(&widths, batch.parse()?, activation);
    Ok(measure(&mut training, Duration::from_secs_f64(seconds.parse()?)))
}

fn main() -> Result<(), Refusal> {
    for line in std::io::stdin().lock().lines() {
        println!("{:.3}", answer(&line?)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}
