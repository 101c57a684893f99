//! A small convolutional network against the multilayer perceptron, on the 8 × 8 digits of the example `mlp`.
//!
//!     cargo run --release --example convnet
//!
//! trains both on the same five splits, prints their accuracies and draws `target/convnet/maps.svg`: what the first layer
//! makes of a digit. Both see images that are shifted at random by up to a pixel, so that what the convolution gains is not what the
//! shifts gain; the perceptron without shifts, as the example `mlp` has it, is in the table too.
//!
//! The perceptron takes a digit for 64 numbers. The convolutions take it for an image: what is learned at one place is known
//! at all others.

use fastrand::Rng;
use ndarray::{Array2, ArrayD, Axis, Ix2, s};
use std::error::Error;
use std::fmt::Write;
use std::time::Instant;
use wengert::grad::Tree;
use wengert::nn::{Activation, Conv2d, Convolution, Dropout, Init, Linear, Mlp, Pooling, cross_entropy};
use wengert::optim::{AdamW, Optimizer, Schedule};
use wengert::{Tape, Tensor, parameters};

#[allow(dead_code, reason = "the example `mlp` reads other images, too")]
#[path = "mlp/data.rs"]
mod data;
#[allow(dead_code, reason = "likewise")]
#[path = "mlp/idx.rs"]
mod idx;

use data::{Dataset, Split};

const SEEDS: u64 = 5;
const EPOCHS: usize = 30;
const BATCH: usize = 32;
const RATE: f32 = 0.003;
const SIDE: usize = 8;

parameters! {
    /// Two convolutions, a smaller image, one more, a mean over what is left of it.
    #[derive(Clone)]
    struct Cnn of CnnOn: f32 {
        first: Conv2d<f32>,
        second: Conv2d<f32>,
        third: Conv2d<f32>,
        head: Linear<f32>,
    }
}

impl Cnn {
    fn new(seed: u64) -> Self {
        let same = Convolution::default().padding([1, 1]);
        Self {
            first: Conv2d::new(1, 16, [3, 3], same, 3 * seed),
            second: Conv2d::new(16, 32, [3, 3], same, 3 * seed + 1),
            third: Conv2d::new(32, 32, [3, 3], same, 3 * seed + 2),
            head: Linear::new(32 * 4, 10, Init::Glorot, seed),
        }
    }
}

impl<'t> CnnOn<'t> {
    /// The logits of rows of pixels.
    fn forward(&self, x: &Tensor<'t, f32>, dropout: Option<&mut Dropout>) -> Tensor<'t, f32> {
        let halves = Pooling::new([2, 2]);
        let x = x.reshape([x.shape()[0], 1, SIDE, SIDE]);
        let x = self
            .second
            .forward(&self.first.forward(&x).relu())
            .relu()
            .max_pool2d(halves);
        let x = self.third.forward(&x).relu().max_pool2d(halves);
        let x = x.reshape([x.shape()[0], 32 * 4]);
        self.head.forward(&dropout.map_or(x, |dropout| dropout.train(&x)))
    }
}

/// What is trained.
trait Model {
    /// One step of an optimizer, for a batch; the tape is empty before and after.
    fn step(&mut self, tape: &mut Tape<f32>, x: &Array2<f32>, labels: &[usize], optimizer: &mut AdamW<f32>);
    /// The logits of images.
    fn logits(&self, x: &Array2<f32>) -> Array2<f32>;
}

impl Model for Mlp<f32> {
    fn step(&mut self, tape: &mut Tape<f32>, x: &Array2<f32>, labels: &[usize], optimizer: &mut AdamW<f32>) {
        let net = self.on(tape);
        let gradients = cross_entropy(&net.forward(&tape.constant(x)), labels).backward();
        let slopes = net.gradients(&gradients);
        tape.clear();
        optimizer.step(self.parameters_mut().zip(slopes));
    }
    fn logits(&self, x: &Array2<f32>) -> Array2<f32> {
        self.predict(x.view())
    }
}

/// A network with what it drops.
struct Dropping(Cnn, Dropout);

impl Model for Dropping {
    fn step(&mut self, tape: &mut Tape<f32>, x: &Array2<f32>, labels: &[usize], optimizer: &mut AdamW<f32>) {
        let Self(
            Cnn {
                first,
                second,
                third,
                head,
            },
            dropout,
        ) = self;
        let net = CnnOn {
            first: first.on(tape),
            second: second.on(tape),
            third: third.on(tape),
            head: head.on(tape),
        };
        let gradients = cross_entropy(&net.forward(&tape.constant(x), Some(dropout)), labels).backward();
        let slopes = [&net.first, &net.second, &net.third].map(|on| on.gradients(&gradients));
        let slopes = slopes.into_iter().flatten().chain(net.head.gradients(&gradients));
        tape.clear();
        let parameters = [first, second, third]
            .into_iter()
            .flat_map(Conv2d::parameters_mut);
        optimizer.step(parameters.chain(head.parameters_mut()).zip(slopes));
    }
    fn logits(&self, x: &Array2<f32>) -> Array2<f32> {
        let tape = Tape::default();
        let y = self
            .0
            .on(&tape)
            .forward(&tape.constant(x), None)
            .value()
            .to_owned();
        y.into_dimensionality::<Ix2>().expect("a batch in, a batch out")
    }
}

/// Trains a model on a split, with shifts of up to so many pixels.
fn train(model: &mut impl Model, data: &Split, shift: isize, seed: u64) {
    let mut random = Rng::with_seed(seed);
    let mut optimizer = AdamW::new(RATE).weight_decay(0.1);
    let per_epoch = data.len().div_ceil(BATCH);
    let schedule = Schedule::Cosine {
        peak: RATE,
        last: RATE / 100.0,
        warm_up: per_epoch / 2,
        steps: per_epoch * EPOCHS,
    };
    let mut rows: Vec<usize> = (0..data.len()).collect();
    let mut tape = Tape::default();
    for epoch in 0..EPOCHS {
        random.shuffle(&mut rows);
        for (i, rows) in rows.chunks(BATCH).enumerate() {
            let mut x = data.x.select(Axis(0), rows);
            let labels: Vec<usize> = rows.iter().map(|&row| data.labels[row]).collect();
            if shift > 0 {
                let mut by = || random.usize(..2 * shift as usize + 1) as isize - shift;
                for mut row in x.rows_mut() {
                    let moved = shifted(&row.to_vec(), [by(), by()]);
                    row.assign(&moved);
                }
            }
            optimizer.set_learning_rate(schedule.at(epoch * per_epoch + i));
            model.step(&mut tape, &x, &labels, &mut optimizer);
        }
    }
}

/// An image moved down and to the right, or up and to the left.
fn shifted(image: &[f32], [down, right]: [isize; 2]) -> ndarray::Array1<f32> {
    let side = SIDE as isize;
    (0..side * side)
        .map(|i| {
            let (row, column) = (i / side - down, i % side - right);
            let inside = (0..side).contains(&row) && (0..side).contains(&column);
            if inside {
                image[(row * side + column) as usize]
            } else {
                0.0
            }
        })
        .collect()
}

/// How many images are taken for what they are not.
fn mistakes(model: &impl Model, data: &Split) -> usize {
    let logits = model.logits(&data.x);
    let wrong = logits
        .rows()
        .into_iter()
        .zip(&data.labels)
        .filter(|(row, label)| {
            let best = (0..10).max_by(|&i, &j| row[i].total_cmp(&row[j]));
            best != Some(**label)
        });
    wrong.count()
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("images that are mistaken, of those set aside (accuracy), on the same splits");
    println!(
        "{:>5}{:>16}{:>16}{:>16}",
        "seed", "MLP", "MLP, shifts", "CNN, shifts"
    );
    let (mut totals, mut times, mut of) = ([0; 3], [0.0; 3], 0);
    let mut last = None;
    for seed in 1..=SEEDS {
        let data = Dataset::digits(seed)?;
        let perceptron = || Mlp::new(&[SIDE * SIDE, 256, 10], Activation::Relu, seed);
        let mut perceptrons = [perceptron(), perceptron()];
        let mut convnet = Dropping(Cnn::new(seed), Dropout::new(0.3, seed));
        let mut wrong = [0; 3];
        for (k, perceptron) in perceptrons.iter_mut().enumerate() {
            let start = Instant::now();
            train(perceptron, &data.train, k as isize, seed);
            times[k] += start.elapsed().as_secs_f64();
            wrong[k] = mistakes(perceptron, &data.test);
        }
        let start = Instant::now();
        train(&mut convnet, &data.train, 1, seed);
        times[2] += start.elapsed().as_secs_f64();
        wrong[2] = mistakes(&convnet, &data.test);
        row(&seed.to_string(), wrong, data.test.len());
        (0..3).for_each(|k| totals[k] += wrong[k]);
        of += data.test.len();
        last = Some((convnet.0, data.test));
    }
    row("all", totals, of);
    let seconds = times.map(|t| format!("{:>14.1} s", t / SEEDS as f64));
    println!("{:>5}{}", "time", seconds.concat());
    if let Some((net, test)) = last {
        std::fs::create_dir_all("target/convnet")?;
        std::fs::write("target/convnet/maps.svg", picture(&net, &test)?)?;
        println!("picture: target/convnet/maps.svg");
    }
    Ok(())
}

/// A row of the table.
fn row(name: &str, wrong: [usize; 3], of: usize) {
    let text = wrong.map(|n| format!("{:>7} ({:.2} %)", n, 100.0 - 100.0 * n as f64 / of as f64));
    println!("{name:>5}{:>16}{:>16}{:>16}", text[0], text[1], text[2]);
}

/// The kernels of the first layer, and what each makes of a digit of every class.
fn picture(net: &Cnn, test: &Split) -> Result<String, std::fmt::Error> {
    let digits: Vec<usize> = (0..10)
        .filter_map(|d| test.labels.iter().position(|&label| label == d))
        .collect();
    let tape = Tape::default();
    let x = tape
        .constant(&test.x.select(Axis(0), &digits))
        .reshape([digits.len(), 1, SIDE, SIDE]);
    let maps = net.first.on(&tape).forward(&x).relu().value().to_owned();
    let kernels = net.first.weight.view();
    let mut svg = String::new();
    let (left, top, cell) = (96.0, 92.0, 58.0);
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">
<style>text{{font-family:system-ui,sans-serif;font-size:12px;fill:#444}}.title{{font-size:18px;font-weight:600;fill:#1a1a1a}}</style>
<rect width="100%" height="100%" fill="#fdfdfc"/>
<text class="title" x="24" y="34">The first layer's kernels, and what they make of a digit</text>
<text x="24" y="56">Left: weights, blue above 0, orange below. Top: digits. Dark: where a kernel finds what it looks for.</text>"##,
        w = left + 10.0 * cell + 16.0,
        h = top + 17.0 * cell + 16.0,
    )?;
    let largest = |x: ndarray::ArrayViewD<'_, f32>| x.iter().fold(1e-6_f32, |m, x| m.max(x.abs()));
    let mut tile = |x: ArrayD<f32>, scale: f32, [px, py]: [f64; 2]| -> std::fmt::Result {
        let n = x.shape()[0] as f64;
        let size = (cell - 10.0) / n;
        for (i, &v) in x.indexed_iter() {
            let colour = if v >= 0.0 { "#1f4e79" } else { "#b84f00" };
            let (x, y, strength) = (
                px + size * i[1] as f64,
                py + size * i[0] as f64,
                (v / scale).abs(),
            );
            writeln!(
                svg,
                r##"<rect x="{x:.1}" y="{y:.1}" width="{size:.2}" height="{size:.2}" fill="{colour}" fill-opacity="{strength:.2}"/>"##
            )?;
        }
        let side = cell - 10.0;
        writeln!(
            svg,
            r##"<rect x="{px:.1}" y="{py:.1}" width="{side}" height="{side}" fill="none" stroke="#c9ccd1"/>"##
        )
    };
    for (i, _) in digits.iter().enumerate() {
        let digit = x.value().slice(s![i, 0, .., ..]).to_owned().into_dyn();
        tile(digit, 1.0, [left + cell * i as f64, top])?;
    }
    for o in 0..16 {
        let y = top + cell * (o as f64 + 1.0);
        let kernel = kernels.slice(s![o, 0, .., ..]).to_owned().into_dyn();
        tile(kernel, largest(kernels.into_dyn()), [24.0, y])?;
        for i in 0..digits.len() {
            let map = maps.slice(s![i, o, .., ..]).to_owned().into_dyn();
            tile(map, largest(maps.view()), [left + cell * i as f64, y])?;
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}
