//! A physics-informed network: a small perceptron u(t) is made to obey a differential equation, that of a damped oscillation,
//!
//!     u″ + 2δ·u′ + ω²·u = 0,      u(0) = 1,      u′(0) = 0,
//!
//! and sees no data but these. (Raissi, Perdikaris and Karniadakis, *Physics-informed neural networks*, 2019.)
//!
//!     cargo run --release --example pinn
//!
//! prints how it learns and draws `target/pinn/solution.svg`.
//!
//! u′ and u″ are derivatives by the *input*. Row i of the batch depends on tᵢ only, so that ∂(Σᵢ u(tᵢ))/∂tⱼ = u′(tⱼ): one recorded
//! sweep gives u′ for the whole batch, a second one u″. What they leave of the equation is the residual r, whose derivatives by
//! the *weights* are a third derivative of the network; they make the Jacobian J, a sweep for each row. Levenberg and
//! Marquardt's step for Σ r² is then
//!
//!     δw = −(JᵀJ + λ)⁻¹·Jᵀr = −Jᵀ·(JJᵀ + λ)⁻¹·r,
//!
//! of which the second form solves the smaller system, as there are more weights than residuals.

use ndarray::{Array1, Array2, Axis, s};
use std::error::Error;
use std::time::Instant;
use wengert::grad::{Mode, value_and_jacobian};
use wengert::nn::{Activation, Mlp, Network};
use wengert::{ArraySlot, Tape, Tensor};

const DELTA: f64 = 0.5;
const OMEGA: f64 = 4.0;
const T_MAX: f64 = 6.0;
/// How many equidistant times the equation is imposed at.
const POINTS: usize = 80;
const STEPS: usize = 600;
/// Training ends at this Σ r².
const GOAL: f64 = 1e-8;
/// The steps after which the picture shows the network on its way, with their colours.
const ON_THE_WAY: [(usize, &str); 3] = [(5, "#f0cfae"), (20, "#e0a266"), (60, "#b84f00")];

fn exact(t: f64) -> f64 {
    let w = (OMEGA * OMEGA - DELTA * DELTA).sqrt();
    (-DELTA * t).exp() * ((w * t).cos() + DELTA / w * (w * t).sin())
}

/// n times from 0 to the last, in rows.
fn times(n: usize) -> Array2<f64> {
    Array1::linspace(0.0, T_MAX, n).insert_axis(Axis(1))
}

/// What the equation and the initial conditions leave, as a column, each in units of its largest term.
fn residuals<'t>(tape: &'t Tape, net: &Network<ArraySlot<'t, f64>>) -> Tensor<'t> {
    let t = tape.tensor(&times(POINTS)); // a variable, though no weight
    let u = net.forward(&(t * (2.0 / T_MAX) - 1.0));
    let du = u.sum().backward_recorded().wrt(t);
    let ddu = du.sum().backward_recorded().wrt(t);

    let equation = (ddu + 2.0 * DELTA * du + OMEGA.powi(2) * u) / OMEGA.powi(2);
    let first = s![..1, ..];
    let (value, slope) = (u.slice(first) - 1.0, du.slice(first) / OMEGA);
    Tensor::concat(&[equation / (POINTS as f64).sqrt(), value, slope], 0)
}

/// r and J = ∂r/∂w, the weights in the order of `Mlp::parameters`.
fn jacobian(tape: &mut Tape, model: &Mlp) -> (Array1<f64>, Array2<f64>) {
    tape.clear();
    let tape = &*tape;
    let (r, j) = value_and_jacobian(tape, |net| residuals(tape, &net), model, Mode::Backward);
    (r.flatten().to_owned(), j)
}

/// The network that is `step` away, and its Σ r².
fn trial(tape: &mut Tape, model: &Mlp, step: &Array1<f64>) -> (Mlp, f64) {
    tape.clear();
    let (mut model, mut rest) = (model.clone(), step.iter());
    for mut w in model.parameters_mut() {
        w.iter_mut().zip(&mut rest).for_each(|(w, step)| *w += step);
    }
    let cost = residuals(tape, &model.on(tape)).square().sum().value();
    (model, cost)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (clock, mut tape) = (Instant::now(), Tape::new());
    let mut model = Mlp::new(&[1, 16, 16, 1], Activation::Tanh, 1);
    let (mut r, mut j) = jacobian(&mut tape, &model);
    let (mut cost, mut lambda) = (r.dot(&r), 1e-3);
    let (mut step, mut on_the_way) = (0, Vec::new());
    println!("{} weights, {} residuals\n", j.ncols(), r.len());
    println!("step       Σ r²         λ   relative error");
    while cost > GOAL && step < STEPS {
        if step % 20 == 0 {
            println!("{step:>4}{cost:>11.1e}{lambda:>10.0e}{:>17.1e}", error(&model));
        }
        let system = j.dot(&j.t()) + lambda * Array2::<f64>::eye(r.len());
        let (new, new_cost) = trial(&mut tape, &model, &-j.t().dot(&solve(system, r.clone())));
        if new_cost < cost {
            (model, cost) = (new, new_cost);
            (r, j) = jacobian(&mut tape, &model);
            lambda /= 1.5;
        } else {
            lambda *= 3.0;
        }
        step += 1;
        if let Some(&(_, colour)) = ON_THE_WAY.iter().find(|(at, _)| *at == step) {
            on_the_way.push((step, colour, model.clone()));
        }
    }
    let (error, time) = (error(&model), clock.elapsed());
    println!("{step:>4}{cost:>11.1e}{lambda:>10.0e}{error:>17.1e}   {time:.1?}");

    std::fs::create_dir_all("target/pinn")?;
    std::fs::write("target/pinn/solution.svg", draw(&model, &on_the_way, error))?;
    println!("\nplot: target/pinn/solution.svg");
    let learned = (error < 1e-3).then_some(());
    learned.ok_or_else(|| "the network has not learned the equation".into())
}

/// u at times t, without a tape.
fn predict(model: &Mlp, t: &Array2<f64>) -> Array2<f64> {
    model.predict((t * (2.0 / T_MAX) - 1.0).view())
}

/// ‖u − exact‖/‖exact‖ at 1000 times.
fn error(model: &Mlp) -> f64 {
    let t = times(1000);
    let truth = t.mapv(exact);
    let norm = |x: &Array2<f64>| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    norm(&(predict(model, &t) - &truth)) / norm(&truth)
}

/// A⁻¹·b for a positive definite A, by elimination.
fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Array1<f64> {
    let n = b.len();
    for k in 0..n {
        for i in k + 1..n {
            let factor = a[[i, k]] / a[[k, k]];
            let (mut to, from) = a.multi_slice_mut((s![i, k..], s![k, k..]));
            to.scaled_add(-factor, &from);
            b[i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let known = a.slice(s![k, k + 1..]).dot(&b.slice(s![k + 1..]));
        b[k] = (b[k] - known) / a[[k, k]];
    }
    b
}

/// A rectangle of the picture, from x = 64 to 776, by its bottom and top, and the values there.
struct Panel([f64; 2], [f64; 2]);

fn x(t: f64) -> f64 {
    64.0 + 712.0 * t / T_MAX
}

fn text(class: &str, x: f64, y: f64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>\n")
}

fn path(style: &str, d: &str) -> String {
    format!("<path {style} d=\"{d}\"/>\n")
}

impl Panel {
    fn y(&self, value: f64) -> f64 {
        let Self([bottom, top], [low, high]) = self;
        bottom - (bottom - top) * (value - low) / (high - low)
    }

    /// The grid with its labels, which are value/unit, and the frame.
    fn axes(&self, ticks: &[f64], unit: f64) -> String {
        let (Self([bottom, top], _), grid) = (self, r#"class="grid""#);
        let times = (0..=T_MAX as i32).map(|t| path(grid, &format!("M{:.1} {top}V{bottom}", x(t.into()))));
        let mut svg: String = times.collect();
        for tick in ticks {
            let y = self.y(tick * unit);
            svg += &path(grid, &format!("M64 {y:.1}H776"));
            svg += &text("end", 56.0, y + 4.0, &tick.to_string().replace('-', "−"));
        }
        svg + &path(r#"class="frame""#, &format!("M64 {top}H776V{bottom}H64Z"))
    }

    fn curve(&self, style: &str, u: &Array2<f64>) -> String {
        let point = |(t, &u)| format!("{:.1} {:.1}", x(t), self.y(u));
        let points: Vec<_> = times(u.len()).into_iter().zip(u).map(point).collect();
        path(style, &format!("M{}", points.join("L")))
    }
}

/// The picture: above the network, on its way and at the end, and the solution; below their difference.
fn draw(model: &Mlp, on_the_way: &[(usize, &str, Mlp)], error: f64) -> String {
    let mut svg = String::from(HEAD);
    let t = times(500);
    let (truth, u) = (t.mapv(exact), predict(model, &t));
    let above = Panel([392.0, 92.0], [-0.85, 1.15]);
    svg += &above.axes(&[-0.5, 0.0, 0.5, 1.0], 1.0);
    for (i, (step, colour, early)) in on_the_way.iter().enumerate() {
        let (at, style) = (280 + 130 * i, format!(r#"stroke="{colour}" stroke-width="1.4""#));
        svg += &above.curve(&style, &predict(early, &t));
        svg += &path(&style, &format!("M{at} 78h24"));
        svg += &text("", at as f64 + 31.0, 82.0, &format!("after {step} steps"));
    }
    svg += &above.curve(r#"class="fit""#, &u);
    svg += &above.curve(r#"class="truth""#, &truth);

    let rest = u - truth;
    let largest = rest.iter().fold(0.0_f64, |m, e| m.max(e.abs()));
    let exponent = largest.log10().floor();
    let unit = 10_f64.powf(exponent);
    let high = (largest / unit).ceil();
    let below = Panel([540.0, 440.0], [-high * unit, high * unit]);
    svg += &below.axes(&[-high, 0.0, high], unit);
    svg += &below.curve(r#"class="fit""#, &rest);
    let power = exponent.to_string().replace('-', "−");
    let unit = format!(r#"10<tspan dy="-4" font-size="9">{power}</tspan>"#);
    svg += &text("", 64.0, 431.0, &format!("network − exact, in {unit}"));
    let error = format!("‖network − exact‖ / ‖exact‖ = {error:.1e}");
    svg += &text("end", 776.0, 431.0, &error);
    svg.extend((0..=T_MAX as i32).map(|t| text("middle", x(t.into()), 559.0, &t.to_string())));
    svg + "</svg>\n"
}

const HEAD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 590" width="800" height="590">
<style>
text{font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px;fill:#444}
.title{font-size:18px;font-weight:600;fill:#1a1a1a}
.end{text-anchor:end}
.middle{text-anchor:middle}
path{fill:none;stroke-linejoin:round}
.frame{stroke:#9aa0a6}
.grid{stroke:#e7e9ec}
.truth{stroke:#1a1a1a;stroke-width:1.4;stroke-dasharray:3 6}
.fit{stroke:#0072b2;stroke-width:2.2}
</style>
<rect width="800" height="590" fill="#fdfdfc"/>
<text class="title" x="64" y="40">A network that obeys u″ + 2δ·u′ + ω²·u = 0, u(0) = 1, u′(0) = 0</text>
<text x="64" y="82">u</text>
<text class="middle" x="420" y="579">t</text>
<path class="fit" d="M670 78h24"/><text x="701" y="82">at the end</text>
<path class="truth" d="M104 78h30"/><text x="141" y="82">exact solution</text>
"##;
