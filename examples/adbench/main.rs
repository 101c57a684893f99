//! The four problems of ADBench, a benchmark of automatic differentiation: value, derivative, its time, and how far it is from
//! one that was written by hand.
//!
//!     cargo run --release --example adbench
//!     cargo run --release --example adbench -- gmm_1k_d10_K25 lstm_l2_c1024
//!
//! runs all cases, or those that are named. Each problem is written twice, as users would write it: once for numbers of any
//! kind (`F: Float`), recorded one by one, and once for arrays; [`lstm`] once more for both together. The derivative is computed in the direction that suits the
//! problem: gradients for [`gmm`] and [`lstm`], blocks of a Jacobian for [`ba`], a Jacobian by columns for [`hand`].
//!
//! The problems and their data are those of F. Srajer, Z. Kukelova, A. Fitzgibbon, *A benchmark of selected algorithmic
//! differentiation tools on some problems in computer vision and machine learning*, 2018; the references come from
//! derivatives written by hand.

mod ba;
mod data;
mod gmm;
mod hand;
mod lstm;

use data::{Derivative, Failure};
use std::path::Path;
use std::time::{Duration, Instant};
use wengert::Tape;

/// Where the inputs and references are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/adbench");
/// Derivatives are computed for at least this long, and the shortest time counts.
const BUDGET: Duration = Duration::from_millis(200);

fn main() -> Result<(), Failure> {
    let (folder, chosen) = (Path::new(FOLDER), std::env::args().skip(1).collect::<Vec<_>>());
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name);
    println!("case                   style        value 1   derivative     max|ΔJ|/max|J|          ρ");
    for name in ["gmm_test", "gmm_1k_d2_K5", "gmm_1k_d10_K25"] {
        if is_chosen(name) {
            let problem = gmm::Mixture::read(folder, name)?;
            let styles: [Style<_>; 2] = [
                ("scalars", gmm::Mixture::by_scalars),
                ("arrays", gmm::Mixture::by_arrays),
            ];
            report(folder, name, &problem, &styles)?;
        }
    }
    for name in ["lstm_l2_c1024"] {
        if is_chosen(name) {
            let problem = lstm::Network::read(folder, name)?;
            let styles: [Style<_>; 3] = [
                ("scalars", lstm::Network::by_scalars),
                ("arrays", lstm::Network::by_arrays),
                ("both", lstm::Network::by_both),
            ];
            report(folder, name, &problem, &styles)?;
        }
    }
    for name in ["ba_test", "ba1_n49_m7776_p31843", "ba_var"] {
        if is_chosen(name) {
            let problem = match name {
                "ba_var" => ba::Scene::read(folder, name)?,
                _ => ba::Scene::read_repeated(folder, name)?,
            };
            let styles: [Style<_>; 2] = [
                ("scalars", ba::Scene::by_scalars),
                ("arrays", ba::Scene::by_arrays),
            ];
            report(folder, name, &problem, &styles)?;
        }
    }
    for name in [
        "hand_test_simple",
        "hand_test_complicated",
        "hand_simple_c100",
        "hand_complicated_c100",
    ] {
        if is_chosen(name) {
            let problem = hand::Hand::read(folder, name, name.contains("simple"))?;
            let styles: [Style<_>; 2] = [
                ("scalars", hand::Hand::by_scalars),
                ("arrays", hand::Hand::by_arrays),
            ];
            report(folder, name, &problem, &styles)?;
        }
    }
    Ok(())
}

/// A style's name, and the derivative of a problem in it.
type Style<P> = (&'static str, fn(&P, &mut Tape) -> Derivative);

/// Prints a line for each style, and fails where one is far from the reference.
fn report<P>(folder: &Path, name: &str, problem: &P, styles: &[Style<P>]) -> Result<(), Failure> {
    let reference = Derivative::reference(folder, name)?;
    for (style, f) in styles {
        let mut tape = Tape::new();
        let (start, mut best) = (Instant::now(), Duration::MAX);
        let _warm = f(problem, &mut tape);
        let found = loop {
            let run = Instant::now();
            let found = f(problem, &mut tape);
            best = best.min(run.elapsed());
            if start.elapsed() > BUDGET {
                break found;
            }
        };
        let distance = found.distance(&reference);
        println!(
            "{name:<22} {style:<8}{:>12.4}{:>10.3} ms{:>19.1e}{:>11.1e}",
            found.values[0],
            best.as_secs_f64() * 1e3,
            distance.of_largest,
            distance.rho
        );
        if !distance.is_small() {
            return Err(format!("{name}, {style}: far from the reference, {distance:?}").into());
        }
    }
    Ok(())
}
