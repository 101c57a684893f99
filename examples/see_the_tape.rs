//! The tape of a network with two layers, drawn: values go forth, and δ comes back from layer to layer.
//!
//! `cargo run --example see_the_tape` writes `tape.svg` (or the file given) and prints the tape.

use ndarray::Array2;
use std::process::ExitCode;
use wengert::Tape;

fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_else(|| "tape.svg".to_owned());
    let tape = Tape::new();
    let mut random = fastrand::Rng::with_seed(1);
    let mut normal = |rows, columns| {
        let scale = 1.0 / f64::sqrt(f64::from(rows as u32));
        Array2::from_shape_simple_fn((rows, columns), || scale * (2.0 * random.f64() - 1.0))
    };
    let x = tape.constant(&normal(10, 4)).label("x");
    let target = tape.constant(&normal(10, 2)).label("t");

    let w1 = tape.tensor(&normal(4, 3)).label("W¹");
    let b1 = tape.tensor(&normal(1, 3)).label("b¹");
    let w2 = tape.tensor(&normal(3, 2)).label("W²");
    let b2 = tape.tensor(&normal(1, 2)).label("b²");

    let z1 = (x.matmul(&w1) + b1).label("z¹").label_adjoint("δ¹");
    let a1 = z1.sigmoid().label("a¹");
    let z2 = (a1.matmul(&w2) + b2).label("z²").label_adjoint("δ²");
    let a2 = z2.sigmoid().label("a²");
    let cost = (0.5 * (a2 - target).square().sum()).label("C");

    let gradients = cost.backward();
    print!("{}", tape.listing());
    match std::fs::write(&path, tape.picture().adjoints(&gradients).to_svg()) {
        Ok(()) => {
            println!("written: {path}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
