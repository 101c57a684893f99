//! A transformer of one layer learns to sort.
//!
//!     cargo run --release --example attention
//!
//! It sees eight different numbers below 16, a mark, and what it has said so far, and says the next number:
//!
//!     7 12 3 9 0 14 5 8  |  0 3 5 7 8 9 12 14
//!
//! A causal mask lets each place see itself and those before it, so all eight answers are learned from one pass. What it has to
//! find out is to look for the smallest number above the last one said: the picture of its attention shows whether it has.
//! `target/attention/attention.svg` has the picture, the terminal a sketch of it.

use fastrand::Rng;
use ndarray::{ArrayView2, ArrayViewMutD, Ix2, s};
use std::error::Error;
use std::fmt::Write;
use std::time::Instant;
use wengert::grad::{Tree, value_and_grad};
use wengert::nn::{Embedding, Init, LayerNorm, Linear, MultiHead, causal_mask, cross_entropy};
use wengert::optim::{AdamW, Optimizer, Schedule};
use wengert::{Tape, Tensor, parameters};

/// Numbers to sort.
const N: usize = 8;
/// They are below this, which is also the mark.
const MARK: usize = 16;
/// Numbers, mark, and all answers but the last.
const LENGTH: usize = 2 * N;
const WIDTH: usize = 32;
const BATCH: usize = 64;
const STEPS: usize = 500;
const RATE: f32 = 0.004;

parameters! {
    #[derive(Clone)]
    struct Sorter of SorterOn: f32 {
        /// A vector for each number and the mark.
        numbers: Embedding<f32>,
        /// A vector for each place.
        places: Embedding<f32>,
        before_look: LayerNorm<f32>,
        look: MultiHead<f32>,
        before_think: LayerNorm<f32>,
        think: Linear<f32>,
        say: Linear<f32>,
        before_head: LayerNorm<f32>,
        head: Linear<f32>,
    }
}

impl Sorter {
    fn new(seed: u64) -> Self {
        let norm = || LayerNorm::new(WIDTH);
        Self {
            numbers: Embedding::new(MARK + 1, WIDTH, seed),
            places: Embedding::new(LENGTH, WIDTH, seed + 1),
            before_look: norm(),
            look: MultiHead::new(WIDTH, 1, seed + 2),
            before_think: norm(),
            think: Linear::new(WIDTH, 4 * WIDTH, Init::He, seed + 3),
            say: Linear::new(4 * WIDTH, WIDTH, Init::Glorot, seed + 4),
            before_head: norm(),
            head: Linear::new(WIDTH, MARK, Init::Glorot, seed + 5),
        }
    }

    fn parameters_mut(&mut self) -> Vec<ArrayViewMutD<'_, f32>> {
        let all = self.numbers.parameters_mut().chain(self.places.parameters_mut());
        let all = all
            .chain(self.before_look.parameters_mut())
            .chain(self.look.parameters_mut());
        let all = all
            .chain(self.before_think.parameters_mut())
            .chain(self.think.parameters_mut());
        let all = all
            .chain(self.say.parameters_mut())
            .chain(self.before_head.parameters_mut());
        all.chain(self.head.parameters_mut()).collect()
    }
}

impl<'t> SorterOn<'t> {
    /// From sequences one after the other to the logits of each one's N answers, below each other; and the attention, sequences ×
    /// 1 × places × places.
    fn forward(&self, tape: &'t Tape<f32>, sequences: &[usize]) -> [Tensor<'t, f32>; 2] {
        let batch = sequences.len() / LENGTH;
        let places: Vec<usize> = (0..LENGTH).collect();
        let x =
            self.numbers.forward(sequences).reshape([batch, LENGTH, WIDTH]) + self.places.forward(&places);
        let seen = self.before_look.forward(&x);
        let looked = self
            .look
            .forward(&seen, &seen, Some(&tape.constant(&causal_mask(LENGTH))));
        let x = x + looked.output;
        let thought = self.think.forward(&self.before_think.forward(&x)).relu();
        let x = self.before_head.forward(&(x + self.say.forward(&thought)));
        let answers = x.slice(s![.., N.., ..]).reshape([batch * N, WIDTH]);
        [self.head.forward(&answers), looked.weights]
    }
}

/// Eight different numbers in random order.
fn draw(random: &mut Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..MARK).collect();
    random.shuffle(&mut all);
    all.truncate(N);
    all
}

/// Numbers, mark, and what has been said; what has not yet is unseen, as the mask hides what is behind.
fn sequence(numbers: &[usize], said: &[usize]) -> Vec<usize> {
    let mut all = [numbers, &[MARK], said].concat();
    all.resize(LENGTH, 0);
    all
}

fn sorted(numbers: &[usize]) -> Vec<usize> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted
}

/// The number that each row of logits has for the likeliest.
fn likeliest(logits: ArrayView2<'_, f32>) -> Vec<usize> {
    let best = |row: ndarray::ArrayView1<'_, f32>| (0..MARK).max_by(|&i, &j| row[i].total_cmp(&row[j]));
    logits.rows().into_iter().filter_map(best).collect()
}

/// What a model answers to each list, number by number, and its attention in the end.
fn answers(model: &Sorter, lists: &[Vec<usize>]) -> (Vec<Vec<usize>>, ndarray::ArrayD<f32>) {
    let mut said = vec![vec![]; lists.len()];
    let mut tape = Tape::default();
    loop {
        tape.clear();
        let sequences: Vec<usize> = lists
            .iter()
            .zip(&said)
            .flat_map(|(list, said)| sequence(list, said))
            .collect();
        let [logits, attention] = model.on(&tape).forward(&tape, &sequences);
        if said.iter().all(|said| said.len() == N) {
            return (said, attention.value().to_owned());
        }
        let logits = logits
            .value()
            .into_dimensionality::<Ix2>()
            .expect("rows of logits");
        let next = likeliest(logits);
        for (said, row) in said.iter_mut().zip(next.chunks_exact(N)) {
            said.push(row[said.len()]);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut random = Rng::with_seed(1);
    let mut model = Sorter::new(1);
    let parameters: usize = model.parameters_mut().iter().map(|p| p.len()).sum();
    println!(
        "{parameters} parameters; of 5.2e8 lists the network sees {}",
        STEPS * BATCH
    );
    println!(
        "{:>6}{:>10}{:>18}{:>18}",
        "step", "loss", "numbers right", "lists right"
    );
    let mut optimizer = AdamW::new(RATE).weight_decay(0.01);
    let schedule = Schedule::Cosine {
        peak: RATE,
        last: RATE / 100.0,
        warm_up: 50,
        steps: STEPS,
    };
    let mut tape = Tape::default();
    let start = Instant::now();
    for step in 1..=STEPS {
        let lists: Vec<Vec<usize>> = (0..BATCH).map(|_| draw(&mut random)).collect();
        let targets: Vec<usize> = lists.iter().flat_map(|list| sorted(list)).collect();
        let said = targets.chunks_exact(N).map(|said| &said[..N - 1]);
        let sequences: Vec<usize> = lists
            .iter()
            .zip(said)
            .flat_map(|(list, said)| sequence(list, said))
            .collect();
        let (loss, mut gradient) = value_and_grad(
            &tape,
            |model| cross_entropy(&model.forward(&tape, &sequences)[0], &targets),
            &model,
        );
        tape.clear();
        optimizer.set_learning_rate(schedule.at(step));
        let gradients = gradient.parameters_mut();
        optimizer.step(
            model
                .parameters_mut()
                .into_iter()
                .zip(gradients.iter().map(|g| g.view())),
        );
        if step == 1 || step % (STEPS / 10) == 0 {
            let lists: Vec<Vec<usize>> = (0..200).map(|_| draw(&mut random)).collect();
            let (said, _) = answers(&model, &lists);
            report(step, loss, &lists, &said);
        }
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());

    let list = vec![7, 12, 3, 9, 0, 14, 5, 8];
    let (said, attention) = answers(&model, std::slice::from_ref(&list));
    let attention = attention.slice(s![0, 0, N.., ..]).to_owned();
    println!(
        "\nWhere it looks (columns) before it says a number (rows):\n\n{}",
        sketch(&list, &said[0], attention.view())
    );
    std::fs::create_dir_all("target/attention")?;
    std::fs::write(
        "target/attention/attention.svg",
        picture(&list, &said[0], attention.view())?,
    )?;
    println!("picture: target/attention/attention.svg");
    Ok(())
}

/// A line of the table: how many of the answers to new lists are right.
fn report(step: usize, loss: f32, lists: &[Vec<usize>], said: &[Vec<usize>]) {
    let right = |(list, said): (&Vec<usize>, &Vec<usize>)| {
        sorted(list)
            .iter()
            .zip(said)
            .filter(|(want, got)| want == got)
            .count()
    };
    let right: Vec<usize> = lists.iter().zip(said).map(right).collect();
    let numbers = 100.0 * right.iter().sum::<usize>() as f64 / (lists.len() * N) as f64;
    let whole = 100.0 * right.iter().filter(|&&n| n == N).count() as f64 / lists.len() as f64;
    println!("{step:>6}{loss:>10.4}{numbers:>16.1} %{whole:>16.1} %");
}

/// What stands at each place.
fn labels(list: &[usize], said: &[usize]) -> Vec<String> {
    let name = |&n: &usize| if n == MARK { "|".to_owned() } else { n.to_string() };
    sequence(list, &said[..N - 1]).iter().map(name).collect()
}

fn sketch(list: &[usize], said: &[usize], attention: ArrayView2<'_, f32>) -> String {
    let heading: String = labels(list, said).iter().map(|l| format!("{l:>3}")).collect();
    let rows = attention.rows().into_iter().zip(said).map(|(row, said)| {
        let shade = |&w: &f32| [" ·", " ░", " ▒", " ▓", " █"][(w * 4.999) as usize];
        let cells: String = row.iter().map(|w| format!(" {}", shade(w))).collect();
        format!("{said:>4} {cells}\n")
    });
    format!("     {heading}\n{}", rows.collect::<String>())
}

fn picture(
    list: &[usize],
    said: &[usize],
    attention: ArrayView2<'_, f32>,
) -> Result<String, std::fmt::Error> {
    let (left, top, cell) = (120.0, 122.0, 34.0);
    let mut svg = String::new();
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">
<style>text{{font-family:system-ui,sans-serif;font-size:13px;fill:#444}}.title{{font-size:18px;font-weight:600;fill:#1a1a1a}}.mid{{text-anchor:middle}}.end{{text-anchor:end}}</style>
<rect width="100%" height="100%" fill="#fdfdfc"/>
<text class="title" x="24" y="34">Where a network that sorts looks</text>
<text x="24" y="58">Columns: what it sees. Rows: what it says next. Dark: its attention. Grey: hidden by the mask.</text>"##,
        w = left + cell * LENGTH as f64 + 24.0,
        h = top + cell * N as f64 + 24.0,
    )?;
    for (j, label) in labels(list, said).iter().enumerate() {
        let x = left + cell * (j as f64 + 0.5);
        writeln!(
            svg,
            r##"<text class="mid" x="{x}" y="{}">{label}</text>"##,
            top - 10.0
        )?;
    }
    for (i, (row, said)) in attention.rows().into_iter().zip(said).enumerate() {
        let y = top + cell * i as f64;
        writeln!(
            svg,
            r##"<text class="end" x="{}" y="{}">says {said}</text>"##,
            left - 12.0,
            y + 22.0
        )?;
        for (j, weight) in row.iter().enumerate() {
            let x = left + cell * j as f64;
            let (colour, strength) = if j > N + i {
                ("#e7e9ec", 1.0)
            } else {
                ("#1f4e79", *weight)
            };
            let size = cell - 2.0;
            writeln!(
                svg,
                r##"<rect x="{x}" y="{y}" width="{size}" height="{size}" fill="{colour}" fill-opacity="{strength:.3}" stroke="#e7e9ec"/>"##
            )?;
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}
