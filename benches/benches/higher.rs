//! What derivatives cost: the value, the gradient and a Hessian-vector product of the same function, alternating in one
//! run; minima and their ratios.
//!
//! `cargo bench -p wengert-bench --bench higher`

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use std::hint::black_box;
use std::time::Instant;
use wengert::grad::{Curvature, Evaluator, Mode, Tree, jacobian, value_and_grad};
use wengert::nn::{Activation, Mlp, Network, cross_entropy};
use wengert::{ArraySlot, Tape, Var};

/// Seconds of each of the functions, the minimum over rounds in which they alternate.
fn minima<const N: usize>(rounds: usize, mut f: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    for _ in 0..rounds {
        for (f, best) in f.iter_mut().zip(&mut best) {
            let start = Instant::now();
            f();
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    best
}

fn report(name: &str, [plain, value, gradient, product]: [f64; 4]) {
    println!(
        "{name}: plain value {:.1} µs, recorded value {:.1} µs, gradient {:.1} µs, Hessian product {:.1} µs; gradient/plain {:.2}, \
         gradient/recorded {:.2}, product/gradient {:.2}",
        plain * 1e6,
        value * 1e6,
        gradient * 1e6,
        product * 1e6,
        gradient / plain,
        gradient / value,
        product / gradient,
    );
}

/// Rosenbrock's function of many variables.
fn rosenbrock<F: num_traits::Float + std::iter::Sum>(x: &[F]) -> F {
    let hundred = F::from(100).expect("a float holds 100");
    x.windows(2)
        .map(|w| hundred * (w[1] - w[0] * w[0]).powi(2) + (F::one() - w[0]).powi(2))
        .sum()
}

fn scalars() -> [f64; 4] {
    const N: usize = 1000;
    let x: Vec<f64> = (0..N).map(|i| 1.0 + 0.3 * (i as f64).sin()).collect();
    let v: Vec<f64> = (0..N).map(|i| (i as f64).cos()).collect();
    let (mut g, mut hv) = (vec![0.0; N], vec![0.0; N]);
    let [mut f0, mut f1, mut f2] = [(); 3].map(|()| Evaluator::new(|x: &[Var<'_>]| rosenbrock(x)));
    let mut other = g.clone();
    minima(
        2000,
        [
            &mut || {
                black_box(rosenbrock(black_box(&x)));
            },
            &mut || {
                black_box(f0.value(&x));
            },
            &mut || {
                black_box(f1.value_and_grad_into(&x, &mut g));
            },
            &mut || {
                black_box(f2.hvp_into(&x, &v, &mut other, &mut hv));
            },
        ],
    )
}

/// A network of 101 770 parameters (784-128-10) on a batch of 128.
fn network() -> [f64; 4] {
    let mlp = Mlp::<f32>::new(&[784, 128, 10], Activation::Tanh, 1);
    let v = Mlp::<f32>::new(&[784, 128, 10], Activation::Tanh, 2);
    let data = Array2::from_shape_fn((128, 784), |(i, j)| ((i * 31 + j * 17) % 255) as f32 / 255.0);
    let labels: Vec<usize> = (0..128).map(|i| i % 10).collect();
    fn loss<'t>(
        tape: &'t Tape<f32>,
        net: &Network<ArraySlot<'t, f32>>,
        data: &Array2<f32>,
        labels: &[usize],
    ) -> Var<'t, f32> {
        cross_entropy(&net.forward(&tape.constant(data)), labels)
    }
    let [mut t1, mut t2, mut t3] = [(); 3].map(|()| Tape::<f32>::default());
    minima(
        100,
        [
            &mut || {
                black_box(mlp.predict(data.view()));
            },
            &mut || {
                t1.clear();
                black_box(loss(&t1, &Tree::on(&mlp, &t1), &data, &labels).value());
            },
            &mut || {
                t2.clear();
                black_box(value_and_grad(&t2, |net| loss(&t2, &net, &data, &labels), &mlp));
            },
            &mut || {
                t3.clear();
                black_box(Curvature::of(&t3, |net| loss(&t3, &net, &data, &labels), &mlp).times(&v));
            },
        ],
    )
}

/// The Jacobian of 64 scalars by 64: rows by sweeps of eight adjoints, rows by one sweep each, columns.
fn jacobians() -> [f64; 3] {
    fn f<'t>(x: &[Var<'t>]) -> Vec<Var<'t>> {
        let mut y = x.to_vec();
        for round in 0..10 {
            y = (0..y.len())
                .map(|i| (y[i] * y[(i + (1 << round)) % y.len()]).sin() + x[i])
                .collect();
        }
        y
    }
    let x: Vec<f64> = (0..64).map(|i| f64::from(i).sin()).collect();
    let [mut t1, mut t2, mut t3] = [(); 3].map(|()| Tape::new());
    minima(
        200,
        [
            &mut || {
                t1.clear();
                black_box(jacobian(&t1, |x| f(&x), &x, Mode::Backward));
            },
            &mut || {
                t2.clear();
                let handles = t2.vars(&x);
                for y in f(&handles) {
                    black_box(y.backward().wrt(&handles));
                }
            },
            &mut || {
                t3.clear();
                black_box(jacobian(&t3, |x| f(&x), &x, Mode::Forward));
            },
        ],
    )
}

fn ratios(c: &mut Criterion) {
    let [eight, one, columns] = jacobians().map(|s| s * 1e6);
    println!(
        "Jacobian 64 × 64 of 1984 scalar ops: eight rows a sweep {eight:.0} µs, one {one:.0} µs, columns {columns:.0} µs"
    );
    report("Rosenbrock, n = 1000", scalars());
    report("MLP 784-128-10, batch 128, f32", network());
    let x: Vec<f64> = (0..1000).map(|i| 1.0 + 0.3 * f64::from(i).sin()).collect();
    let mut g = x.clone();
    let mut f = Evaluator::new(|x: &[Var<'_>]| rosenbrock(x));
    c.bench_function("rosenbrock/gradient", |b| {
        b.iter(|| f.value_and_grad_into(black_box(&x), &mut g));
    });
}

criterion_group!(benches, ratios);
criterion_main!(benches);
