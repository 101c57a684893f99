//! Back-propagation twice: by the textbook's four equations, written out for a small network, and by the
//! sweep, which knows none of them.
//!
//!     cargo run --example backprop_by_hand
//!
//! A layer is zˡ = wˡ·aˡ⁻¹ + bˡ, aˡ = σ(zˡ) with the logistic σ; the cost C = ½·‖aᴸ − y‖² has ∇ₐC = aᴸ − y.
//! With δˡ = ∂C/∂zˡ, and ⊙ for the product element by element:
//!
//!     BP1   δᴸ = ∇ₐC ⊙ σ′(zᴸ)
//!     BP2   δˡ = (wˡ⁺¹ᵀ·δˡ⁺¹) ⊙ σ′(zˡ)
//!     BP3   ∂C/∂bˡⱼ = δˡⱼ
//!     BP4   ∂C/∂wˡⱼₖ = aˡ⁻¹ₖ·δˡⱼ
//!
//! `docs/theory.md`, section 5, shows how they come out of the rules of three operations.

use ndarray::{Array1, Array2, ArrayViewD, Axis, arr1, arr2};
use wengert::{Tape, Tensor};

/// The weights wˡ, one row a neuron, and the biases bˡ.
type Layer = (Array2<f64>, Array1<f64>);

fn network() -> [Layer; 2] {
    let w1 = arr2(&[
        [0.2, -0.5, 0.1],
        [0.7, 0.3, -0.4],
        [-0.6, 0.9, 0.5],
        [0.4, -0.2, 0.8],
    ]);
    let w2 = arr2(&[[0.3, -0.8, 0.6, 0.1], [-0.7, 0.5, 0.2, -0.9]]);
    [(w1, arr1(&[0.1, -0.2, 0.3, 0.0])), (w2, arr1(&[-0.1, 0.4]))]
}

/// What the equations give for one layer.
struct ByHand {
    z: Array1<f64>,
    a: Array1<f64>,
    delta: Array1<f64>,
    weights: Array2<f64>,
    biases: Array1<f64>,
}

/// The textbook: forwards through the layers, then backwards.
fn by_hand(layers: &[Layer], x: &Array1<f64>, y: &Array1<f64>) -> Vec<ByHand> {
    let sigma = |z: f64| 1.0 / (1.0 + (-z).exp());
    let sigma_prime = |z: f64| sigma(z) * (1.0 - sigma(z));

    let (mut z, mut a) = (Vec::new(), vec![x.clone()]); // a[l] goes into layer l
    for (w, b) in layers {
        z.push(w.dot(a.last().unwrap()) + b);
        a.push(z.last().unwrap().mapv(sigma));
    }

    let last = layers.len() - 1;
    let mut delta = vec![Array1::zeros(0); layers.len()];
    delta[last] = (&a[last + 1] - y) * z[last].mapv(sigma_prime); // BP1
    for l in (0..last).rev() {
        delta[l] = layers[l + 1].0.t().dot(&delta[l + 1]) * z[l].mapv(sigma_prime); // BP2
    }
    let layer = |l: usize| ByHand {
        weights: &delta[l].view().insert_axis(Axis(1)) * &a[l].view().insert_axis(Axis(0)), // BP4
        biases: delta[l].clone(),                                                           // BP3
        z: z[l].clone(),
        a: a[l + 1].clone(),
        delta: delta[l].clone(),
    };
    (0..layers.len()).map(layer).collect()
}

fn main() {
    let layers = network();
    let (x, y) = (arr1(&[1.0, 0.5, -1.5]), arr1(&[1.0, 0.0]));
    let expected = by_hand(&layers, &x, &y);

    // The same network on a tape. Nothing below speaks of layers, of δ, or of σ′.
    let tape = Tape::new();
    let mut a = tape.constant(&x);
    let mut taped: Vec<[Tensor; 4]> = Vec::new();
    for (w, b) in &layers {
        let (w, b) = (tape.tensor(w), tape.tensor(b));
        let z = w.matmul(&a) + b;
        a = z.sigmoid();
        taped.push([z, a, w, b]);
    }
    let cost = (a - &y).square().sum() / 2;
    let gradients = cost.backward(); // of everything on the tape, every z among it

    let mut largest = 0.0_f64;
    let mut show = |name: &str, l: usize, hand: ArrayViewD<f64>, sweep: ArrayViewD<f64>| {
        println!("{name}, layer {}", l + 1);
        for (h, s) in hand.rows().into_iter().zip(sweep.rows()) {
            println!("  {:<48}  │{}", row(h.iter()), row(s.iter()));
        }
        for (h, s) in hand.iter().zip(sweep) {
            largest = largest.max((h - s).abs());
        }
    };
    println!("  {:<48}  │  the tape", "  the equations");
    for (l, (hand, [z, a, ..])) in expected.iter().zip(&taped).enumerate() {
        show("z", l, hand.z.view().into_dyn(), z.value());
        show("a = σ(z)", l, hand.a.view().into_dyn(), a.value());
    }
    println!("\nC = {cost:.7}\n");
    println!("  {:<48}  │  the sweep", "  the equations");
    for (l, (hand, &[z, _, w, b])) in expected.iter().zip(&taped).enumerate().rev() {
        let number = if l + 1 == layers.len() { 1 } else { 2 };
        show(
            &format!("BP{number}  δ"),
            l,
            hand.delta.view().into_dyn(),
            gradients.wrt(z),
        );
        show("BP3  ∂C/∂b", l, hand.biases.view().into_dyn(), gradients.wrt(b));
        show("BP4  ∂C/∂w", l, hand.weights.view().into_dyn(), gradients.wrt(w));
    }
    println!("\nlargest difference: {largest:.1e}");
    assert!(largest <= 1e-14);
}

fn row<'a>(numbers: impl Iterator<Item = &'a f64>) -> String {
    numbers.map(|x| format!("{x:>11.7}")).collect()
}
