//! A Gaussian process for carbon dioxide at Mauna Loa: its hyper-parameters by the gradient of the log marginal likelihood,
//! through a Cholesky factorisation.
//!
//!     cargo run --release --example gaussian_process --features linalg
//!
//! prints the likelihood and the hyper-parameters, compares what it says about eight years that it has not seen with what was
//! measured, and draws `target/gaussian_process/process.svg`.
//!
//! The values y at times t are jointly normal with the covariance K = k(tᵢ, tⱼ) + σ²·I, so
//!
//!     ln p(y) = −½·yᵀ·K⁻¹·y − ½·ln det K − n/2·ln 2π,
//!
//! and with L·Lᵀ = K both terms are a triangular system and a diagonal away. The covariance is a sum of a smooth trend, a
//! season that may change its shape over decades, and irregularities of several years; it is that of C. E. Rasmussen,
//! C. K. I. Williams, *Gaussian processes for machine learning*, 2006, §5.4.3, without their correlated noise. It sees two months
//! of every five, and of eight years none.

use ndarray::{Array1, Array2, Axis};
use std::f64::consts::{PI, TAU};
use std::fmt::Write;
use std::time::Instant;
use wengert::ops::linalg::Triangle;
use wengert::optim::{Adam, Optimizer};
use wengert::{LinalgError, Tape, Tensor, Var};

const STEPS: usize = 120;
const RATE: f64 = 0.05;
/// The years that are left out, first and end.
const HIDDEN: [[f64; 2]; 2] = [[1972.0, 1976.0], [1986.0, 1990.0]];
/// The hyper-parameters: names, units, and where the search starts.
const PARAMETERS: [(&str, &str, f64); 9] = [
    ("trend: standard deviation", "ppm", 30.0),
    ("trend: length", "years", 30.0),
    ("season: standard deviation", "ppm", 1.0),
    ("season: decay", "years", 50.0),
    ("season: smoothness", "", 1.0),
    ("irregularities: standard deviation", "ppm", 0.5),
    ("irregularities: length", "years", 1.0),
    ("irregularities: shape", "", 1.0),
    ("noise: standard deviation", "ppm", 1.0),
];

/// Measurements: times in years, and parts per million. The process describes what they are above `mean`.
struct Data {
    t: Array1<f64>,
    y: Array1<f64>,
    mean: f64,
}

impl Data {
    /// The monthly means of the file for which `choose` says so, given the number of the month.
    fn read(choose: impl Fn(usize, f64) -> bool) -> Self {
        let lines = include_str!("co2.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let months = lines.flat_map(|line| {
            let (year, months) = line.split_once(' ').expect("a year and its months");
            let year: f64 = year.parse().expect("a year");
            let months = months.split(' ').enumerate();
            months.map(move |(i, ppm)| (year + (i as f64 + 0.5) / 12.0, ppm.parse::<f64>().ok()))
        });
        let chosen = months.enumerate().filter(|&(i, (t, _))| choose(i, t));
        let (t, y): (Vec<f64>, Vec<f64>) = chosen.filter_map(|(_, (t, y))| Some((t, y?))).unzip();
        let (t, y) = (Array1::from(t), Array1::from(y));
        let mean = y.mean().expect("a month");
        Self { t, y, mean }
    }
}

/// The covariances k(a, b) of the process without noise, for the hyper-parameters `p`.
fn covariances<'t>(tape: &'t Tape, p: &[Var<'t>], a: &Array1<f64>, b: &Array1<f64>) -> Tensor<'t> {
    let between = &a.view().insert_axis(Axis(1)) - &b.view().insert_axis(Axis(0));
    let square = tape.constant(&between.mapv(|d| d * d));
    let wave = tape.constant(&between.mapv(|d| (PI * d).sin().powi(2)));
    let trend = p[0].square() * (square * (-0.5 / p[1].square())).exp();
    let season = square * (-0.5 / p[3].square()) - wave * (2 / p[4].square());
    let season = p[2].square() * season.exp();
    let rest = 1 + square * (0.5 / (p[7] * p[6].square()));
    let rest = p[5].square() * (-(p[7] * rest.ln())).exp();
    trend + season + rest
}

/// L with L·Lᵀ = K, and L⁻¹·(y − mean).
fn factor<'t>(tape: &'t Tape, p: &[Var<'t>], data: &Data) -> Result<(Tensor<'t>, Tensor<'t>), LinalgError> {
    let n = data.t.len();
    let noise = p[8].square() * tape.constant(&Array2::<f64>::eye(n));
    let l = (covariances(tape, p, &data.t, &data.t) + noise).cholesky()?;
    let z = l.solve_triangular(&(tape.constant(&(&data.y - data.mean))), Triangle::Lower)?;
    Ok((l, z))
}

/// −ln p(y).
fn negative_log_likelihood<'t>(tape: &'t Tape, p: &[Var<'t>], data: &Data) -> Result<Var<'t>, LinalgError> {
    let (l, z) = factor(tape, p, data)?;
    let constant = 0.5 * data.t.len() as f64 * TAU.ln();
    Ok(0.5 * z.square().sum() + 0.5 * l.triangular_logdet().item() + constant)
}

/// Means and standard deviations of what would be measured at times `t`.
fn predict(p: &Array1<f64>, data: &Data, t: &Array1<f64>) -> Result<(Array1<f64>, Array1<f64>), LinalgError> {
    let tape = Tape::new();
    let p: Vec<Var> = p.iter().map(|&p| p.exp().into()).collect();
    let (l, z) = factor(&tape, &p, data)?;
    let across = l.solve_triangular(&covariances(&tape, &p, &data.t, t), Triangle::Lower)?;
    let mean = across.t().matmul(&z) + data.mean;
    let now = ndarray::arr1(&[0.0]);
    let own = covariances(&tape, &p, &now, &now).sum() + p[8].square();
    let variance = own - across.square().sum_axes([0]);
    let flat = |x: Tensor<'_>| -> Array1<f64> { x.value().iter().copied().collect() };
    Ok((flat(mean), flat(variance.sqrt())))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (clock, mut tape) = (Instant::now(), Tape::new());
    let is_hidden = |t: f64| HIDDEN.iter().any(|&[from, end]| t >= from && t < end);
    let data = Data::read(|i, t| !is_hidden(t) && (i % 5 == 0 || i % 5 == 2));
    let hidden = Data::read(|_, t| is_hidden(t));
    // All are positive, so the search is for their logarithms.
    let start: Array1<f64> = PARAMETERS.iter().map(|(_, _, start)| start.ln()).collect();
    let mut logs = start.clone().into_dyn();
    let mut optimizer = Adam::new(RATE);
    let mut likelihoods = Vec::new();
    println!("{} months are seen\n\nstep   ln p(y)", data.t.len());
    for step in 0..=STEPS {
        tape.clear();
        let x = tape.tensor(&logs);
        let p: Vec<Var> = (0..PARAMETERS.len()).map(|i| x.at([i]).exp()).collect();
        let loss = negative_log_likelihood(&tape, &p, &data)?;
        likelihoods.push(-loss.value());
        if step % 20 == 0 {
            println!("{step:>4}{:>10.2}", -loss.value());
        }
        if step < STEPS {
            optimizer.step([(logs.view_mut(), loss.backward().wrt(x).view())]);
        }
    }
    let logs: Array1<f64> = logs.into_iter().collect();

    println!("\n{:<38}{:>10}{:>10}", "", "before", "after");
    for ((name, unit, start), log) in PARAMETERS.iter().zip(&logs) {
        println!("{name:<38}{start:>10.3}{:>10.3} {unit}", log.exp());
    }
    // The months left out: how large the errors are, how large the process takes them to be, how many are within its band.
    let compare = |logs: &Array1<f64>| -> Result<(f64, f64, usize), LinalgError> {
        let (mean, deviation) = predict(logs, &data, &hidden.t)?;
        let errors = &hidden.y - &mean;
        let size = |x: &Array1<f64>| (x.dot(x) / x.len() as f64).sqrt();
        let inside = errors.iter().zip(&deviation).filter(|(e, d)| e.abs() <= 2.0 * *d);
        Ok((size(&errors), size(&deviation), inside.count()))
    };
    let (before, after) = (compare(&start)?, compare(&logs)?);
    let (first, last, count) = (likelihoods[0], likelihoods[STEPS], hidden.t.len());
    println!("{:<38}{first:>10.1}{last:>10.1}", "ln p(y)");
    println!("\n{count} months left out");
    println!("{:<38}{:>10.2}{:>10.2} ppm", "error", before.0, after.0);
    println!(
        "{:<38}{:>10.2}{:>10.2} ppm",
        "the error that is expected", before.1, after.1
    );
    println!(
        "{:<38}{:>10}{:>10}",
        "within ± 2 standard deviations", before.2, after.2
    );

    std::fs::create_dir_all("target/gaussian_process")?;
    std::fs::write(
        "target/gaussian_process/process.svg",
        draw(&logs, &data, &hidden)?,
    )?;
    println!(
        "\nplot: target/gaussian_process/process.svg   {:.1?}",
        clock.elapsed()
    );
    let learned = last > first + 50.0 && after.0 < before.0 && after.2 * 10 > count * 8;
    learned
        .then_some(())
        .ok_or_else(|| "the process has not learned".into())
}

/// A rectangle of the picture: left, right, top, bottom in pixels, and the times and values at its sides.
struct Panel {
    frame: [f64; 4],
    times: [f64; 2],
    values: [f64; 2],
}

impl Panel {
    fn at(&self, t: f64, y: f64) -> String {
        let ([left, right, top, bottom], [from, to], [low, high]) = (self.frame, self.times, self.values);
        let x = left + (right - left) * (t - from) / (to - from);
        format!(
            "{x:.1},{:.1} ",
            bottom - (bottom - top) * (y - low) / (high - low)
        )
    }

    /// The band and the mean of the process, the measurements, the grid with its labels.
    fn draw(
        &self,
        svg: &mut String,
        logs: &Array1<f64>,
        data: &Data,
        hidden: &Data,
        years: usize,
        ppm: usize,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let ([left, right, top, bottom], [from, to], [low, high]) = (self.frame, self.times, self.values);
        for year in (from as usize..=to as usize).filter(|y| y % years == 0) {
            let point = self.at(year as f64, low);
            let (x, _) = point.split_once(',').expect("two coordinates");
            writeln!(svg, r#"<path class="grid" d="M{x} {top}V{bottom}"/>"#)?;
            writeln!(
                svg,
                r#"<text class="middle" x="{x}" y="{}">{year}</text>"#,
                bottom + 17.0
            )?;
        }
        for level in (low as usize..=high as usize).filter(|y| y % ppm == 0) {
            let point = self.at(from, level as f64);
            let (_, y) = point.trim().split_once(',').expect("two coordinates");
            writeln!(svg, r#"<path class="grid" d="M{left} {y}H{right}"/>"#)?;
            writeln!(
                svg,
                r#"<text class="end" x="{}" y="{y}" dy="4">{level}</text>"#,
                left - 8.0
            )?;
        }
        let t = Array1::linspace(from, to, 700);
        let (mean, deviation) = predict(logs, data, &t)?;
        let line = |factor: f64| -> Vec<String> {
            (0..t.len())
                .map(|i| self.at(t[i], mean[i] + factor * deviation[i]))
                .collect()
        };
        let back: String = line(-2.0).into_iter().rev().collect();
        writeln!(
            svg,
            r#"<polygon class="band" points="{}{back}"/>"#,
            line(2.0).concat()
        )?;
        writeln!(svg, r#"<polyline class="mean" points="{}"/>"#, line(0.0).concat())?;
        for (class, data) in [("seen", data), ("hidden", hidden)] {
            for (&t, &y) in data.t.iter().zip(&data.y).filter(|&(&t, _)| t >= from && t <= to) {
                let point = self.at(t, y);
                let (x, y) = point.trim().split_once(',').expect("two coordinates");
                writeln!(svg, r#"<circle class="{class}" cx="{x}" cy="{y}" r="2"/>"#)?;
            }
        }
        writeln!(
            svg,
            r#"<path class="frame" d="M{left} {top}H{right}V{bottom}H{left}Z"/>"#
        )?;
        Ok(())
    }
}

/// The picture: above all years and a forecast, below the years around those that were left out last.
fn draw(logs: &Array1<f64>, data: &Data, hidden: &Data) -> Result<String, Box<dyn std::error::Error>> {
    let mut svg = String::from(HEAD);
    let above = Panel {
        frame: [64.0, 776.0, 84.0, 300.0],
        times: [1956.0, 2012.0],
        values: [308.0, 398.0],
    };
    above.draw(&mut svg, logs, data, hidden, 5, 20)?;
    let below = Panel {
        frame: [64.0, 776.0, 350.0, 600.0],
        times: [1983.0, 1993.0],
        values: [338.0, 362.0],
    };
    below.draw(&mut svg, logs, data, hidden, 1, 5)?;
    writeln!(svg, "{LEGEND}</svg>")?;
    Ok(svg)
}

const HEAD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 640" width="800" height="640">
<style>
text{font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px;fill:#444}
.title{font-size:18px;font-weight:600;fill:#1a1a1a}
.end{text-anchor:end}
.middle{text-anchor:middle}
path,polyline{fill:none}
.frame{stroke:#9aa0a6}
.grid{stroke:#e7e9ec}
.mean{stroke:#0072b2;stroke-width:1.4}
.band{fill:#0072b2;opacity:.2}
.seen{fill:#b84f00}
.hidden{fill:#fdfdfc;stroke:#333}
</style>
<rect width="800" height="640" fill="#fdfdfc"/>
<text class="title" x="64" y="40">Carbon dioxide at Mauna Loa: a Gaussian process</text>
<text x="64" y="74">ppm, monthly means</text>
"##;

const LEGEND: &str = r#"<circle class="seen" cx="368" cy="70" r="2.5"/><text x="377" y="74">seen</text>
<circle class="hidden" cx="424" cy="70" r="2.5"/><text x="433" y="74">left out</text>
<path class="mean" d="M500 70h34"/><text x="541" y="74">mean</text>
<path class="band" style="fill:#0072b2" d="M592 62h34v16h-34z"/><text class="end" x="776" y="74">± 2 standard deviations</text>
"#;
