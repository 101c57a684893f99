//! The workloads' sizes and numbers: the same for every contestant, those of `peers.py` included.

use std::path::PathBuf;

/// Training rate of the networks.
pub const RATE: f32 = 0.05;
/// Training steps before the second look at the loss.
pub const STEPS: usize = 10;
/// Rounds of a chain.
pub const ROUNDS: usize = 8;
/// Steps of the transport schemes.
pub const TRANSPORT_STEPS: usize = 2000;
/// Variables of Rosenbrock's function.
pub const ROSENBROCK: usize = 1000;

/// Number `i` of a stream, between 0 and 1: 24 bits of a mixed counter.
pub fn uniform(stream: u32, i: usize) -> f64 {
    let mut h = (i as u32).wrapping_add(stream.wrapping_mul(0x9E37_79B9));
    h = (h ^ (h >> 16)).wrapping_mul(0x85EB_CA6B);
    h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
    h ^= h >> 16;
    f64::from(h >> 8) / f64::from(1 << 24)
}

/// The first `n` numbers of a stream, between −1 and 1.
pub fn symmetric(stream: u32, n: usize) -> Vec<f32> {
    (0..n).map(|i| (2.0 * uniform(stream, i) - 1.0) as f32).collect()
}

/// A training step of a multilayer perceptron: `mlp:64-32-10:32:tanh`.
pub struct Mlp {
    pub widths: Vec<usize>,
    pub batch: usize,
    pub is_tanh: bool,
}

impl Mlp {
    pub fn parse(workload: &str) -> Option<Self> {
        let parts: Vec<&str> = workload.split(':').collect();
        let &["mlp" | "hvp", widths, batch, activation] = parts.as_slice() else {
            return None;
        };
        Some(Self {
            widths: widths.split('-').map(|w| w.parse().expect("a width")).collect(),
            batch: batch.parse().expect("a batch"),
            is_tanh: activation == "tanh",
        })
    }

    pub fn x(&self) -> Vec<f32> {
        symmetric(1, self.batch * self.widths[0])
    }

    pub fn labels(&self) -> Vec<usize> {
        let classes = self.widths[self.widths.len() - 1];
        let label = |i| (uniform(2, i) * classes as f64) as usize;
        (0..self.batch).map(label).collect()
    }

    /// Extents and elements of each layer's weights, inputs × outputs; biases start at 0.
    pub fn weights(&self, stream: u32) -> Vec<([usize; 2], Vec<f32>)> {
        let layers = self.widths.windows(2).enumerate();
        layers
            .map(|(i, w)| {
                let bound = 1.0 / (w[0] as f32).sqrt();
                let numbers = symmetric(stream + i as u32, w[0] * w[1]);
                ([w[0], w[1]], numbers.into_iter().map(|x| x * bound).collect())
            })
            .collect()
    }
}

/// `NAME:ROWSxCOLUMNS` or `NAME:LENGTH`.
pub fn sized<'a>(workload: &'a str) -> Option<(&'a str, Vec<usize>)> {
    let (name, size) = workload.split_once(':')?;
    let extents: Result<Vec<usize>, _> = size.split('x').map(str::parse).collect();
    Some((name, extents.ok()?))
}

/// The value, ⟨g, cos i⟩ and |g|: what is compared of a gradient.
pub fn digest(value: f64, gradient: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let (mut along, mut square) = (0.0, 0.0);
    for (i, g) in gradient.into_iter().enumerate() {
        along += g * (i as f64).cos();
        square += g * g;
    }
    vec![value, along, square.sqrt()]
}

/// Where ADBench's inputs are.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/adbench"))
}

/// Where Rosenbrock's function is differentiated, and along what.
pub fn rosenbrock_point() -> (Vec<f64>, Vec<f64>) {
    let range = || (0..ROSENBROCK).map(|i| i as f64);
    (
        range().map(|i| 1.0 + 0.3 * i.sin()).collect(),
        range().map(f64::cos).collect(),
    )
}
