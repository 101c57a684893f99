//! An `Evaluator` as the log-density that nuts-rs samples: the eight schools of Rubin (1981).
//!
//!     cargo run --release -p wengert-adapters --example nuts
//!
//! Coaching in school j had a measured effect yⱼ of standard error σⱼ. The model is that of posteriordb's
//! `eight_schools_noncentered`:
//!
//!     yⱼ ~ N(θⱼ, σⱼ²),     θⱼ = μ + τ·ηⱼ,     ηⱼ ~ N(0, 1),     μ ~ N(0, 5²),     τ ~ Cauchy⁺(0, 5)
//!
//! Given τ everything is normal, so integrals over τ alone give the true means and standard deviations.
//! (The reference draws of posteriordb have the means 4.41 ± 0.03 of μ and 3.60 ± 0.03 of τ.)

use nuts_rs::rand::{Rng, SeedableRng, rngs::StdRng};
use nuts_rs::{Chain, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, Settings};
use std::collections::HashMap;
use wengert::{Var, grad::Evaluator};

const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
const DIM: usize = 10;

/// A log-density for nuts-rs.
struct Density(Evaluator<'static>);

#[derive(Debug, thiserror::Error)]
#[error("the log-density is not finite")]
struct NotFinite;

impl LogpError for NotFinite {
    fn is_recoverable(&self) -> bool {
        true // the step counts as divergent
    }
}

impl HasDims for Density {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_owned(), DIM as u64)])
    }
}

impl CpuLogpFunc for Density {
    type LogpError = NotFinite;
    type FlowParameters = ();
    type ExpandedVector = ();

    fn dim(&self) -> usize {
        DIM
    }

    fn logp(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, NotFinite> {
        let logp = self.0.value_and_grad_into(x, gradient);
        logp.is_finite().then_some(logp).ok_or(NotFinite)
    }

    fn expand_vector<R: Rng + ?Sized>(&mut self, _: &mut R, _: &[f64]) -> Result<(), CpuMathError> {
        Ok(())
    }
}

/// The log-density of (μ, log τ, η), but for a constant; the last term is the logarithm of dτ / d log τ.
fn eight_schools() -> Evaluator<'static> {
    Evaluator::new(|x| {
        let (mu, log_tau, eta) = (x[0], x[1], &x[2..]);
        let tau = log_tau.exp();
        let residuals = (0..8).map(|j| (mu + tau * eta[j] - Y[j]) / SIGMA[j]);
        let squares: Var<'_> = residuals.chain(eta.iter().copied()).map(|r| r * r).sum();
        -0.5 * (squares + (mu / 5.0).powi(2)) - (tau / 5.0).powi(2).ln_1p() + log_tau
    })
}

/// Mean and standard deviation of μ and of τ, by the trapezoidal rule in log τ.
fn reference() -> [(f64, f64); 2] {
    let mut sums = [0.0; 5];
    for tau in (-2000..=1000).map(|i| (f64::from(i) / 100.0).exp()) {
        let w = SIGMA.map(|s| 1.0 / (s * s + tau * tau));
        let sum = |term: &dyn Fn(usize) -> f64| (0..8).map(term).sum::<f64>();
        // Given τ, μ is normal with mean m and variance v.
        let v = 1.0 / (sum(&|j| w[j]) + 1.0 / 25.0);
        let m = v * sum(&|j| w[j] * Y[j]);
        let log_p = 0.5 * (sum(&|j| w[j].ln() - w[j] * Y[j] * Y[j]) + m * m / v + v.ln());
        let p = log_p.exp() / (1.0 + tau * tau / 25.0) * tau;
        let terms = [1.0, m, m * m + v, tau, tau * tau];
        sums.iter_mut().zip(terms).for_each(|(sum, q)| *sum += p * q);
    }
    let [p, mu, mu2, tau, tau2] = sums;
    [(mu / p, mu2 / p), (tau / p, tau2 / p)].map(|(mean, square)| (mean, (square - mean * mean).sqrt()))
}

/// The mean of `q` and its Monte Carlo error, from the scatter of the means of long batches.
fn mean_and_error(q: impl ExactSizeIterator<Item = f64>) -> (f64, f64) {
    let q = q.collect::<Vec<_>>();
    let means = q.chunks(200).map(|batch| batch.iter().sum::<f64>() / 200.0);
    let (mean, n) = (q.iter().sum::<f64>() / q.len() as f64, means.len() as f64);
    let squares = means.map(|m| (m - mean).powi(2)).sum::<f64>();
    (mean, (squares / (n * (n - 1.0))).sqrt())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = DiagNutsSettings::default();
    (settings.num_tune, settings.num_draws) = (1000, 5000);
    settings.adapt_options.step_size_settings.target_accept = 0.95; // short steps: τ has a long tail
    let (mut draws, mut divergences) = (Vec::new(), 0);
    for chain in 0..4 {
        let math = CpuMath::new(Density(eight_schools()));
        let mut sampler = settings.new_chain(chain, math, &mut StdRng::seed_from_u64(chain))?;
        sampler.set_position(&[0.1; DIM])?;
        for _ in 0..settings.num_tune + settings.num_draws {
            let (x, progress) = sampler.draw()?;
            if !progress.tuning {
                draws.push([x[0], x[1].exp()]);
                divergences += u32::from(progress.diverging);
            }
        }
    }
    println!("{} draws, {divergences} divergences", draws.len());
    println!("      mean  ± error    true        sd  ± error    true");
    for (i, (mean, sd)) in reference().into_iter().enumerate() {
        let (m, m_error) = mean_and_error(draws.iter().map(|q| q[i]));
        let (v, v_error) = mean_and_error(draws.iter().map(|q| (q[i] - mean).powi(2)));
        let (name, s, s_error) = (["μ", "τ"][i], v.sqrt(), v_error / (2.0 * v.sqrt()));
        println!("{name} {m:>8.3}  ± {m_error:.3}{mean:>8.3}{s:>10.3}  ± {s_error:.3}{sd:>8.3}");
        if (m - mean).abs() > 5.0 * m_error || (s - sd).abs() > 5.0 * s_error || m_error > 0.02 * sd {
            Err(format!(
                "{name} is off by more than the Monte Carlo error, or that is large"
            ))?;
        }
    }
    Ok(())
}
