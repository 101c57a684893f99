//! A warm loop asks for no memory. On a processor for which the matrix product has no loops of its own, each product does: there
//! matrixmultiply packs its operands into a buffer that it takes anew.

use super::counter::calls;
use ndarray::{ArcArray2, Array1, Array2, Ix2, arr1, s};
use wengert::nn::{Activation, Mlp, cross_entropy, mean_squared_error};
use wengert::optim::{Adam, Optimizer, Sgd};
use wengert::{Real, Tape, Tensor, Var};

/// Steps in which buffers find their sizes.
const WARM: usize = 4;

/// The most and the fewest allocations of a step, after the first ones.
fn allocations(mut step: impl FnMut()) -> [usize; 2] {
    let counts: Vec<usize> = (0..WARM + 20)
        .map(|_| {
            let before = calls();
            step();
            calls() - before
        })
        .skip(WARM)
        .collect();
    [counts.iter().max(), counts.iter().min()].map(|n| *n.expect("some steps"))
}

/// Training an `Mlp` as documented, with cross-entropy, or mean squared error where there are no labels: allocations of a step.
fn train<T: Real>(
    widths: &[usize],
    batch: usize,
    mut optimizer: impl Optimizer<T>,
    labelled: bool,
) -> [usize; 2] {
    let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
    let mut model = Mlp::<T>::new(widths, Activation::Tanh, 1);
    let x = ArcArray2::from_shape_fn((batch, inputs), |(i, j)| T::lit(((3 * i + j) as f64).sin()));
    let target = Array2::from_shape_fn((batch, outputs), |(i, j)| T::lit(((i + j) as f64).cos()));
    let labels: Vec<usize> = (0..batch).map(|i| i % outputs).collect();
    let mut tape = Tape::default();
    allocations(|| {
        let net = model.on(&tape);
        let y = net.forward(&tape.constant(&x));
        let loss = match labelled {
            true => cross_entropy(&y, &labels),
            false => mean_squared_error(&y, &tape.constant(&target)),
        };
        let gradients = loss.backward();
        let slopes = net.gradients(&gradients);
        tape.clear();
        optimizer.step(model.parameters_mut().zip(slopes));
    })
}

/// Whether the matrix product has loops of its own for this processor.
fn has_loops() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512f") || is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Nothing; or where the backend allocates, once a matrix product: L forwards, L for the weights, and L − 1 for the layers'
/// inputs (none for the data, which is constant). For both element types, several sizes and optimisers; exactly that number.
#[test]
fn a_training_step_allocates_nothing() {
    for (widths, batch) in [(&[64, 32, 10][..], 32), (&[20, 40, 30, 5], 17), (&[8, 3], 7)] {
        let layers = widths.len() - 1;
        let products = if has_loops() {
            0
        } else {
            layers + layers + (layers - 1)
        };
        let wanted = [products, products];
        assert_eq!(train::<f32>(widths, batch, Sgd::new(0.1), true), wanted);
        assert_eq!(train::<f64>(widths, batch, Sgd::new(0.1), false), wanted);
        assert_eq!(
            train::<f32>(widths, batch, Sgd::new(0.1).momentum(0.9).nesterov(), false),
            wanted
        );
        assert_eq!(train::<f64>(widths, batch, Adam::new(0.01), true), wanted);
        let boxed: Box<dyn Optimizer<f32>> = Box::new(Adam::new(0.01));
        assert_eq!(train::<f32>(widths, batch, boxed, true), wanted);
    }
}

/// Parameters that the tape still holds are copied when they are changed: by so many allocations a step does the count notice.
#[test]
fn a_step_before_the_clear_copies() {
    let mut model = Mlp::<f64>::new(&[4, 3], Activation::Tanh, 1);
    let mut tape = Tape::default();
    let [most, least] = allocations(|| {
        let net = model.on(&tape);
        let gradients = (net.layers[0].weight + net.layers[0].bias).sum().backward();
        let slopes = net.gradients(&gradients);
        Sgd::new(0.1).step(model.parameters_mut().zip(slopes));
        drop(gradients);
        tape.clear();
    });
    assert!(least == most && least >= 1, "{least} to {most}");
}

/// Everything but a matrix product: pointwise ops with broadcasting and every kind of operand, reductions, softmax,
/// gather, slices, joins, the scalar lane and both crossings, a detach.
fn without_products<'t, T: Real>(
    tape: &'t Tape<T>,
    x: Tensor<'t, T>,
    a: Var<'t, T>,
    plain: &Array1<T>,
) -> Var<'t, T> {
    let row = x.sum_axes([0]) + plain;
    let y = (x * row - a).tanh() / 2 + x.max(row).sigmoid();
    let soft = y.softmax(1) + y.log_softmax(0).exp();
    let rows = soft.take(0, &[0, 2, 2, 1]);
    let part = rows.slice(s![1.., ..;-1]).permute([1, 0]).reshape([3, 4]);
    let joined = Tensor::concat(&[part, x, y.relu()], 0);
    let mut scalars = [a; 6];
    for i in 0..6 {
        scalars[i] = scalars[i].sin() * x.at([i % 3, 1]) + scalars[i.saturating_sub(1)].square();
    }
    for (scalar, element) in scalars.iter_mut().zip(x.t().iter()) {
        *scalar *= element;
    }
    let stacked = tape.stack(&scalars).reshape([2, 3]);
    let spread = stacked.mean_axes([1]).max_keep([0]) * joined.logsumexp_axes([1]);
    let loss = y.cross_entropy(&[3, 0, 1]).mean() + spread.sum() + joined.max_all();
    loss + joined.detach().mean() * a.powi(2) + scalars.iter().sum::<Var<T>>()
}

/// A loop without matrix products allocates nothing, whatever else it does: 0 a step, in both element types.
fn assert_quiet<T: Real>() {
    let numbers = Array2::from_shape_fn((3, 4), |(i, j)| T::lit(((5 * i + 3 * j) as f64).sin()));
    let plain = arr1(&[1.0, 0.5, 0.25, 0.125]).mapv(T::lit);
    let mut tape = Tape::default();
    let (mut x, mut a, mut total) = (numbers, T::lit(0.5), T::zero());
    let counts = allocations(|| {
        tape.clear();
        let (xt, at) = (tape.tensor(&x), tape.var(a));
        let loss = without_products(&tape, xt, at, &plain);
        let gradients = loss.backward();
        let again = loss.backward();
        total += loss.value() + again.wrt(at) + gradients.wrt([at, at])[1];
        a -= T::lit(0.001) * gradients.wrt(at);
        x.scaled_add(
            T::lit(-0.001),
            &gradients.wrt(xt).into_dimensionality::<Ix2>().expect("two axes"),
        );
    });
    assert_eq!(counts, [0, 0], "{}", T::NAME);
    assert!(total.is_finite());
}

/// The same in single and double precision.
#[test]
fn a_loop_without_products_allocates_nothing() {
    assert_quiet::<f32>();
    assert_quiet::<f64>();
}

/// The scalar lane alone, 100 000 ops a step.
#[test]
fn a_scalar_loop_allocates_nothing() {
    let mut tape = Tape::new();
    let mut point = 0.3;
    let counts = allocations(|| {
        tape.clear();
        let x = tape.var(point);
        let mut y = x;
        for _ in 0..33_333 {
            y = (y * 0.5 + x).sin();
        }
        point -= 0.1 * y.backward().wrt(x);
    });
    assert_eq!(counts, [0, 0]);
}

/// Shapes that vary from step to step share their memory: after each has been seen, nothing is asked for.
#[test]
fn varying_shapes_share_memory() {
    let data = Array2::from_shape_fn((64, 8), |(i, j)| ((i * j) as f64).cos());
    let mut tape = Tape::new();
    let mut n = 0;
    let counts = allocations(|| {
        for rows in [64, 17, 33, 5, 48] {
            n += 1;
            tape.clear();
            let x = tape.tensor(&data.slice(s![..rows, ..]));
            let loss = (x.square().sum_axes([1]).sqrt() * n as f64).sum();
            assert_eq!(loss.backward().wrt(x).shape(), [rows, 8]);
        }
    });
    assert_eq!(counts, [0, 0]);
}

/// A variable to which nothing flows (a rectifier that is off) costs a walk to tell "zero" from "no path", and no
/// memory that is not given back at once; that is all a warm loop may ask for.
#[test]
fn a_zero_gradient_is_cheap() {
    let mut tape = Tape::new();
    let [most, least] = allocations(|| {
        tape.clear();
        let (off, x) = (tape.var(-1.0), tape.tensor(&arr1(&[1.0, 2.0])));
        let loss = (off.relu() + x.floor() + x).sum();
        let gradients = loss.backward();
        assert_eq!((gradients.wrt(off), gradients.wrt(x)[[0]]), (0.0, 1.0));
    });
    assert!(
        most == least && most <= 3,
        "{most} allocations to tell 0 from nothing"
    );
}

/// A short tape of scalars asks for no memory at all in a sweep: not the first time either, and however many gradients are
/// held. A longer one asks in its first.
#[test]
fn a_short_sweep_needs_no_memory() {
    for (n, free) in [(2, true), (15, true), (16, false)] {
        let tape = Tape::new();
        let x = tape.var(1.0);
        let y = (0..n).fold(x, |y, _| y * x);
        let before = calls();
        let held = [y.backward(), y.backward(), y.backward()];
        assert_eq!(calls() == before, free, "{n}");
        drop(tape);
        drop(held);
        assert!(calls() == before || !free);
    }
}
