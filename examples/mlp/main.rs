//! Trains a multilayer perceptron on handwritten digits: the engine's main job.
//!
//! `cargo run --release --example mlp` trains on the 1797 digits that are part of this repository; `--help` shows what
//! else it can do. The training itself is [`Run::train_epoch`]: five lines for the gradient, one for the update.

mod batches;
mod data;
mod idx;
mod model_file;
mod network_file;
mod options;
mod plots;
mod report;

use batches::{Batches, fill_batch};
use data::{Dataset, Split};
use ndarray::{Array2, ArrayView2, Axis, Ix2};
use options::{Command, Options};
use plots::{EpochRecord, Mistake};
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;
use wengert::Tape;
use wengert::nn::{Activation, Mlp, cross_entropy};
use wengert::optim::{Adam, AdamW, Optimizer, Schedule, Sgd};

/// How strongly AdamW pulls weights towards 0.
const WEIGHT_DECAY: f32 = 0.1;
/// Rows that are evaluated at a time.
const EVALUATION_BATCH: usize = 1000;

fn main() -> ExitCode {
    let result = match options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => run(&options),
        Ok(Command::Help) => {
            say(options::HELP);
            Ok(())
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "mlp: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints a line; nobody reading it any more is no error.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let data = match &options.data {
        Some(folder) => Dataset::idx(folder)?,
        None => Dataset::digits(options.seed)?,
    };
    let model = initial_model(options, &data)?;
    let widths: Vec<String> = widths(&model).iter().map(usize::to_string).collect();
    say(&format!(
        "{}: {} images to train on, {} to test on; network {}, {:?}, {} parameters",
        data.name,
        data.train.len(),
        data.test.len(),
        widths.join("-"),
        model.activation,
        model.parameters().map(|p| p.len()).sum::<usize>(),
    ));

    let mut run = Run::new(options, model, &data);
    let history = run.train(options, &data);

    let probabilities = softmax_rows(run.logits(data.test.x.view()));
    let guesses = largest(probabilities.view());
    let counts = report::confusion_matrix(&data.test.labels, &guesses, data.classes);
    say(&format!("\n{}", report::confusion_text(&counts)));
    if let [.., last] = history.as_slice() {
        let seconds = history.iter().map(|e| e.seconds).sum::<f64>();
        say(&format!("test accuracy      {:.2} %", 100.0 * last.test_accuracy));
        say(&format!(
            "time per epoch     {:.1} ms",
            1e3 * seconds / history.len() as f64
        ));
    }
    if !data.note.is_empty() {
        say(&data.note);
    }

    if let Some(file) = &options.save {
        network_file::save(file, &run.model)?;
        say(&format!("model saved        {}", file.display()));
    }
    draw(options, &data, &run.model, &history, &probabilities, &guesses)
}

/// The network to start from: loaded, or drawn from the seed.
fn initial_model(options: &Options, data: &Dataset) -> Result<Mlp<f32>, Box<dyn Error>> {
    let pixels = data.height * data.width;
    let Some(file) = &options.load else {
        let activation = match options.activation {
            options::Activation::Relu => Activation::Relu,
            options::Activation::Tanh => Activation::Tanh,
            options::Activation::Sigmoid => Activation::Sigmoid,
        };
        let widths = options.layers_for(pixels, data.classes)?;
        return Ok(Mlp::new(&widths, activation, options.seed));
    };
    let model = network_file::load(file)?;
    let found = widths(&model);
    let wanted = match &options.layers {
        Some(_) => options.layers_for(pixels, data.classes)?,
        None => [&[pixels], &found[1..found.len() - 1], &[data.classes]].concat(),
    };
    if found != wanted {
        let file = file.display();
        return Err(format!("{file}: the model has the layers {found:?}, needed are {wanted:?}").into());
    }
    Ok(model)
}

/// The widths of a network's layers, inputs first.
fn widths(model: &Mlp<f32>) -> Vec<usize> {
    let inputs = model.layers.first().map(|l| l.weight.nrows());
    let outputs = model.layers.iter().map(|l| l.weight.ncols());
    inputs.into_iter().chain(outputs).collect()
}

/// A training run: the model, and what changes it.
struct Run {
    tape: Tape<f32>,
    model: Mlp<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    schedule: Schedule<f32>,
    batches: Batches,
    step: usize,
    x: Array2<f32>,
    labels: Vec<usize>,
}

impl Run {
    fn new(options: &Options, model: Mlp<f32>, data: &Dataset) -> Self {
        let batches = Batches::new(data.train.len(), options.batch, options.seed);
        let rate = options.lr;
        Self {
            tape: Tape::default(),
            model,
            optimizer: match options.optimizer {
                options::Optimizer::Sgd => Box::new(Sgd::new(rate)),
                options::Optimizer::Momentum => Box::new(Sgd::new(rate).momentum(0.9)),
                options::Optimizer::Nesterov => Box::new(Sgd::new(rate).momentum(0.9).nesterov()),
                options::Optimizer::Adam => Box::new(Adam::new(rate)),
                options::Optimizer::AdamW => Box::new(AdamW::new(rate).weight_decay(WEIGHT_DECAY)),
            },
            schedule: Schedule::Cosine {
                peak: rate,
                last: rate / 100.0,
                warm_up: batches.steps() / 2,
                steps: batches.steps().saturating_mul(options.epochs),
            },
            batches,
            step: 0,
            x: Array2::zeros((0, 0)),
            labels: Vec::new(),
        }
    }

    /// Trains for all epochs, showing how it goes.
    fn train(&mut self, options: &Options, data: &Dataset) -> Vec<EpochRecord> {
        let mut progress = report::Progress::new(options.epochs, self.batches.steps());
        let mut history = Vec::with_capacity(options.epochs);
        for epoch in 1..=options.epochs {
            let start = Instant::now();
            let (train_loss, train_accuracy) = self.train_epoch(&data.train, &mut progress);
            let seconds = start.elapsed().as_secs_f64();
            let (test_loss, test_accuracy) = self.evaluate(&data.test);
            let record = EpochRecord {
                epoch,
                train_loss,
                train_accuracy,
                test_loss,
                test_accuracy,
                seconds,
            };
            progress.epoch(&record);
            history.push(record);
        }
        progress.finish();
        history
    }

    /// Goes once through the training images; returns their mean loss and accuracy on the way.
    fn train_epoch(&mut self, train: &Split, progress: &mut report::Progress) -> (f32, f32) {
        let (mut losses, mut right, mut seen) = (0.0, 0, 0);
        for rows in self.batches.epoch() {
            fill_batch(train, rows, &mut self.x, &mut self.labels);
            self.optimizer.set_learning_rate(self.schedule.at(self.step));

            let net = self.model.on(&self.tape);
            let logits = net.forward(&self.tape.constant(&self.x));
            let loss = cross_entropy(&logits, &self.labels);
            let gradients = loss.backward();
            let slopes = net.gradients(&gradients);
            let loss = loss.value();
            let logits = logits.value().into_dimensionality::<Ix2>();
            let correct = logits.map_or(0, |logits| hits(logits, &self.labels));
            self.tape.clear();
            self.optimizer.step(self.model.parameters_mut().zip(slopes));

            let n = rows.len();
            losses += loss * n as f32;
            right += correct;
            seen += n;
            self.step += 1;
            progress.step(loss, correct as f32 / n as f32);
        }
        (losses / seen as f32, right as f32 / seen as f32)
    }

    /// The logits of rows of images, a part at a time.
    fn logits(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let outputs = self.model.layers.last().map_or(0, |l| l.bias.len());
        let mut logits = Array2::zeros((x.nrows(), outputs));
        let parts = x.axis_chunks_iter(Axis(0), EVALUATION_BATCH);
        for (x, mut out) in parts.zip(logits.axis_chunks_iter_mut(Axis(0), EVALUATION_BATCH)) {
            out.assign(&self.model.predict(x));
        }
        logits
    }

    /// Mean loss and accuracy on images that the network does not learn from.
    fn evaluate(&self, test: &Split) -> (f32, f32) {
        let logits = self.logits(test.x.view());
        let right = hits(logits.view(), &test.labels);
        let probabilities = softmax_rows(logits);
        let losses = probabilities.rows().into_iter().zip(&test.labels);
        let loss: f32 = losses
            .map(|(p, &label)| -p[label].max(f32::MIN_POSITIVE).ln())
            .sum();
        (loss / test.len() as f32, right as f32 / test.len() as f32)
    }
}

/// The position of each row's largest element.
fn largest(rows: ArrayView2<'_, f32>) -> Vec<usize> {
    rows.rows().into_iter().map(|row| argmax(row.iter())).collect()
}

fn argmax<'a>(row: impl Iterator<Item = &'a f32>) -> usize {
    let first = (0, f32::NEG_INFINITY);
    let best = row
        .enumerate()
        .fold(first, |best, (i, &x)| if x > best.1 { (i, x) } else { best });
    best.0
}

/// How many rows have their largest element where the label says.
fn hits(logits: ArrayView2<'_, f32>, labels: &[usize]) -> usize {
    let rows = logits.rows().into_iter().zip(labels);
    rows.filter(|(row, label)| argmax(row.iter()) == **label).count()
}

fn softmax_rows(logits: Array2<f32>) -> Array2<f32> {
    let p = wengert::Term::new(wengert::Dense::from(&logits)).softmax(1);
    let p = p.inner().view().into_dimensionality::<Ix2>();
    p.map_or(logits, |p| p.to_owned())
}

/// Writes the pictures.
fn draw(
    options: &Options,
    data: &Dataset,
    model: &Mlp<f32>,
    history: &[EpochRecord],
    probabilities: &Array2<f32>,
    guesses: &[usize],
) -> Result<(), Box<dyn Error>> {
    let wrong = (0..data.test.len()).filter(|&i| guesses[i] != data.test.labels[i]);
    let mistakes: Vec<Mistake<'_>> = wrong
        .map(|i| Mistake {
            pixels: data.test.x.row(i),
            truth: data.test.labels[i],
            guess: guesses[i],
            confidence: probabilities[[i, guesses[i]]],
        })
        .collect();
    let (h, w) = (data.height, data.width);
    let pictures = [
        ("curves.svg", plots::curves(history)),
        (
            "misclassified.svg",
            plots::misclassified(&mistakes, h, w, mistakes.len(), data.test.len()),
        ),
        ("weights.svg", plots::weights(model.layers[0].weight.view(), h, w)),
    ];
    let out = &options.out;
    let failed = |error| format!("cannot write pictures to {}: {error}", out.display());
    std::fs::create_dir_all(out).map_err(failed)?;
    for (name, svg) in pictures {
        std::fs::write(out.join(name), svg).map_err(failed)?;
    }
    let names = "curves.svg, misclassified.svg, weights.svg";
    say(&format!("pictures           {} ({names})", out.display()));
    Ok(())
}
