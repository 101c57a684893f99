//! Fits a function of your own to noisy data: here a damped oscillation, by Levenberg and Marquardt's method.
//!
//!     cargo run --example curve_fit
//!
//! prints the parameters and draws `target/curve_fit/fit.svg`.
//!
//! The model is plain generic Rust without a tape. With `f64` it computes, with `Var` it is recorded too, and
//! the gradient of a residual is a row of the Jacobian J. A step δ solves
//!
//!     (JᵀJ + λ·diag JᵀJ)·δ = −Jᵀr,      r = model − data,
//!
//! which is Gauss and Newton's step for small λ and a short one downhill for large λ; λ falls after a success
//! and rises after a failure. At the end, σ²·(JᵀJ)⁻¹ is the covariance of the parameters.

use ndarray::{Array1, Array2, arr1, s};
use num_traits::Float;
use std::fmt::Write;
use std::path::Path;
use wengert::Tape;

const NAMES: [&str; 5] = ["a", "b", "ω", "φ", "c"];
const TRUE: [f64; 5] = [2.0, 0.35, 4.0, 0.6, 0.5];
const START: [f64; 5] = [1.0, 0.1, 3.5, 0.0, 0.0];
const NOISE: f64 = 0.15;
const POINTS: usize = 60;
const T_MAX: f64 = 6.0;

/// a·e^(−b·t)·cos(ω·t + φ) + c: put your own function here.
fn model<F: Float>([a, b, w, phi, c]: [F; 5], t: F) -> F {
    a * (-b * t).exp() * (w * t + phi).cos() + c
}

/// What a fit finds: the parameters, their standard errors, and the standard deviation of the residuals.
struct Fit {
    parameters: [f64; 5],
    errors: [f64; 5],
    sigma: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = measurements();
    let fit = levenberg_marquardt(&data, START);

    println!("\n        true   start    fitted   ± standard error");
    for (i, name) in NAMES.iter().enumerate() {
        let (p, e) = (fit.parameters[i], fit.errors[i]);
        println!("{name}   {:>8.3}{:>8.3}{p:>10.4}   ± {e:.4}", TRUE[i], START[i]);
        assert!(
            (p - TRUE[i]).abs() < 4.0 * e,
            "{name} is off by more than four standard errors"
        );
    }
    println!("noise {:>6.3}{:>18.4}", NOISE, fit.sigma);

    let path = Path::new("target/curve_fit/fit.svg");
    std::fs::create_dir_all("target/curve_fit")?;
    std::fs::write(path, draw(&data, &fit)?)?;
    println!("\nplot: {}", path.display());
    Ok(())
}

/// The model at equidistant times with normal noise: pairs (t, y), the same every time.
fn measurements() -> Vec<(f64, f64)> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut normal = || {
        // Box and Muller: two uniform numbers make a normal one.
        let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * random.f64()).cos()
    };
    let times = (0..POINTS).map(|i| T_MAX * i as f64 / (POINTS - 1) as f64);
    times.map(|t| (t, model(TRUE, t) + NOISE * normal())).collect()
}

/// The residuals rᵢ = model − data, and their Jacobian Jᵢⱼ = ∂rᵢ/∂pⱼ, one sweep a row.
fn residuals(tape: &mut Tape, data: &[(f64, f64)], p: [f64; 5]) -> (Array1<f64>, Array2<f64>) {
    let (mut r, mut jacobian) = (Array1::zeros(data.len()), Array2::zeros((data.len(), 5)));
    for (i, &(t, y)) in data.iter().enumerate() {
        let p = p.map(|x| tape.var(x));
        let residual = model(p, t.into()) - y;
        r[i] = residual.value();
        jacobian.row_mut(i).assign(&arr1(&residual.backward().wrt(p)));
        tape.clear();
    }
    (r, jacobian)
}

fn levenberg_marquardt(data: &[(f64, f64)], start: [f64; 5]) -> Fit {
    let mut tape = Tape::new();
    let (mut p, mut lambda) = (start, 1e-2);
    let (mut r, mut jacobian) = residuals(&mut tape, data, p);
    println!("step      ½·Σ r²         λ");
    for step in 0..100 {
        let cost = r.dot(&r) / 2.0;
        println!("{step:>4}{cost:>12.6}{lambda:>10.0e}");
        let mut normal = jacobian.t().dot(&jacobian);
        normal.diag_mut().map_inplace(|d| *d *= 1.0 + lambda);
        let delta = -inverse(normal).dot(&jacobian.t().dot(&r));

        let trial = std::array::from_fn(|j| p[j] + delta[j]);
        let (r_trial, j_trial) = residuals(&mut tape, data, trial);
        let gain = cost - r_trial.dot(&r_trial) / 2.0;
        if gain >= 0.0 {
            (p, r, jacobian) = (trial, r_trial, j_trial);
            lambda /= 10.0;
        } else {
            lambda *= 10.0;
        }
        if gain.abs() <= 1e-12 * cost {
            break;
        }
    }
    let sigma = (r.dot(&r) / (data.len() - p.len()) as f64).sqrt();
    let covariance = inverse(jacobian.t().dot(&jacobian));
    let errors = std::array::from_fn(|j| sigma * covariance[[j, j]].sqrt());
    Fit {
        parameters: p,
        errors,
        sigma,
    }
}

/// The inverse of a positive definite matrix, by Gauss and Jordan; such a matrix needs no pivoting.
fn inverse(mut a: Array2<f64>) -> Array2<f64> {
    let n = a.nrows();
    let mut out = Array2::eye(n);
    for k in 0..n {
        let pivot = a[[k, k]];
        for m in [&mut a, &mut out] {
            m.row_mut(k).map_inplace(|x| *x /= pivot);
        }
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[[i, k]];
            for m in [&mut a, &mut out] {
                let (mut to, from) = m.multi_slice_mut((s![i, ..], s![k, ..]));
                to.scaled_add(-factor, &from);
            }
        }
    }
    out
}

/// A rectangle of the picture: left, right, top, bottom in pixels, and the values at its bottom and top.
struct Panel {
    frame: [f64; 4],
    range: [f64; 2],
}

impl Panel {
    fn x(&self, t: f64) -> f64 {
        let [left, right, ..] = self.frame;
        left + (right - left) * t / T_MAX
    }

    fn y(&self, value: f64) -> f64 {
        let ([.., top, bottom], [low, high]) = (self.frame, self.range);
        bottom - (bottom - top) * (value - low) / (high - low)
    }

    /// The grid with its labels and the frame.
    fn axes(&self, svg: &mut String, title: &str, ticks: &[f64]) -> std::fmt::Result {
        let [left, right, top, bottom] = self.frame;
        for t in (0..=T_MAX as i32).map(f64::from) {
            writeln!(
                svg,
                r#"<path class="grid" d="M{:.1} {top}V{bottom}"/>"#,
                self.x(t)
            )?;
        }
        for &tick in ticks {
            let (y, x) = (self.y(tick), left - 8.0);
            let label = format!("{tick}").replace('-', "−");
            writeln!(svg, r#"<path class="grid" d="M{left} {y:.1}H{right}"/>"#)?;
            writeln!(
                svg,
                r#"<text class="end" x="{x}" y="{:.1}">{label}</text>"#,
                y + 4.0
            )?;
        }
        writeln!(
            svg,
            r#"<path class="frame" d="M{left} {top}H{right}V{bottom}H{left}Z"/>"#
        )?;
        writeln!(svg, r#"<text x="{left}" y="{}">{title}</text>"#, top - 9.0)
    }

    fn curve(&self, svg: &mut String, class: &str, p: [f64; 5]) -> std::fmt::Result {
        let times = (0..=400).map(|i| T_MAX * f64::from(i) / 400.0);
        let points = times.map(|t| format!("{:.1},{:.1} ", self.x(t), self.y(model(p, t))));
        let points: String = points.collect();
        writeln!(svg, r#"<polyline class="{class}" points="{points}"/>"#)
    }
}

/// The picture: above the data, the truth and the fit, below what the fit leaves over.
fn draw(data: &[(f64, f64)], fit: &Fit) -> Result<String, std::fmt::Error> {
    let p = fit.parameters;
    let mut svg = String::from(HEAD);
    let panel = Panel {
        frame: [64.0, 776.0, 84.0, 384.0],
        range: [-1.6, 2.6],
    };
    panel.axes(&mut svg, "y", &[-1.0, 0.0, 1.0, 2.0])?;
    panel.curve(&mut svg, "truth", TRUE)?;
    panel.curve(&mut svg, "fit", p)?;
    for &(t, y) in data {
        writeln!(
            svg,
            r#"<circle class="data" cx="{:.1}" cy="{:.1}" r="3"/>"#,
            panel.x(t),
            panel.y(y)
        )?;
    }

    let rest = Panel {
        frame: [64.0, 776.0, 430.0, 530.0],
        range: [-0.5, 0.5],
    };
    rest.axes(
        &mut svg,
        "data − fit, and its standard deviation",
        &[-0.4, -0.2, 0.0, 0.2, 0.4],
    )?;
    let (top, bottom, zero) = (rest.y(fit.sigma), rest.y(-fit.sigma), rest.y(0.0));
    writeln!(
        svg,
        r#"<path class="band" d="M64 {top:.1}H776V{bottom:.1}H64Z"/>"#
    )?;
    for &(t, y) in data {
        let (x, end) = (rest.x(t), rest.y(y - model(p, t)));
        writeln!(svg, r#"<path class="stem" d="M{x:.1} {zero:.1}V{end:.1}"/>"#)?;
        writeln!(svg, r#"<circle class="data" cx="{x:.1}" cy="{end:.1}" r="2.5"/>"#)?;
    }
    for t in 0..=T_MAX as i32 {
        writeln!(
            svg,
            r#"<text class="middle" x="{:.1}" y="549">{t}</text>"#,
            rest.x(t.into())
        )?;
    }
    writeln!(svg, "{LEGEND}</svg>")?;
    Ok(svg)
}

const HEAD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 580" width="800" height="580">
<style>
text{font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px;fill:#444}
.title{font-size:18px;font-weight:600;fill:#1a1a1a}
.end{text-anchor:end}
.middle{text-anchor:middle}
path,polyline{fill:none}
.frame{stroke:#9aa0a6}
.grid{stroke:#e7e9ec}
.truth{stroke:#6b7075;stroke-width:1.6;stroke-dasharray:6 5}
.fit{stroke:#0072b2;stroke-width:2.2}
.data{fill:#fdfdfc;stroke:#b84f00;stroke-width:1.5}
.stem{stroke:#b84f00;opacity:.5}
.band{fill:#0072b2;opacity:.1}
</style>
<rect width="800" height="580" fill="#fdfdfc"/>
<text class="title" x="64" y="40">a·e^(−b·t)·cos(ω·t + φ) + c, fitted to noisy data</text>
"##;

const LEGEND: &str = r#"<text class="middle" x="420" y="569">t</text>
<circle class="data" cx="573" cy="71" r="3"/><text x="583" y="75">data</text>
<path class="truth" d="M630 71h34"/><text x="671" y="75">truth</text>
<path class="fit" d="M720 71h34"/><text class="end" x="776" y="75">fit</text>
"#;
