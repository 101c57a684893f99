//! The optimisers against closed forms, reference figures and each other.

use super::*;
use ndarray::{Array2, array, s};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// 2(x − 3) + cos x: a gradient that is not linear, so that no error hides.
fn gradient_at(x: f64) -> f64 {
    2.0 * (x - 3.0) + x.cos()
}

/// The iterates x₀ = 1, x₁, …, x₁₀ of an optimiser, and the gradients g₁, …, g₁₀ it was given.
fn run(mut optimizer: impl Optimizer<f64>) -> (Vec<f64>, Vec<f64>) {
    let mut x = array![1.0].into_dyn();
    let (mut xs, mut gs) = (vec![1.0], vec![]);
    for _ in 0..10 {
        let g = x.mapv(gradient_at);
        optimizer.step([(x.view_mut(), g.view())]);
        xs.push(x[[0]]);
        gs.push(g[[0]]);
    }
    (xs, gs)
}

#[track_caller]
fn assert_close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b}");
}

/// a₁βᵗ⁻¹ + a₂βᵗ⁻² + … + aₜ, what the recurrence s ← β·s + a unrolls to.
fn discounted(beta: f64, a: impl DoubleEndedIterator<Item = f64>) -> f64 {
    a.rev().zip(0..).map(|(a, age)| a * beta.powi(age)).sum()
}

#[test]
fn sgd_is_its_unrolled_sum() {
    let (rate, decay) = (0.1, 0.01);
    for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true), (0.5, true)] {
        let sgd = Sgd::new(rate).momentum(momentum).weight_decay(decay);
        let (x, g) = run(if nesterov { sgd.nesterov() } else { sgd });
        for t in 1..=10 {
            let decayed = || (0..t).map(|i| g[i] + decay * x[i]);
            let velocity = discounted(momentum, decayed());
            let last = decayed().next_back().unwrap();
            let move_along = if nesterov {
                last + momentum * velocity
            } else {
                velocity
            };
            assert_close(x[t], x[t - 1] - rate * move_along, 1e-14);
        }
    }
}

#[test]
fn adam_and_adamw_are_their_unrolled_means() {
    let (rate, epsilon) = (0.1, 1e-3);
    for (beta1, beta2, decay) in [(0.9, 0.999, 0.0), (0.5, 0.9, 0.1), (0.0, 0.0, 0.3)] {
        let adamw = AdamW::new(rate)
            .betas(beta1, beta2)
            .epsilon(epsilon)
            .weight_decay(decay);
        let (x, g) = run(adamw);
        for t in 1..=10 {
            // Means whose weights are divided by their sum, which is what the correction does.
            let mean = |beta, a: &dyn Fn(f64) -> f64| {
                discounted(beta, g[..t].iter().map(|&g| a(g))) / discounted(beta, g[..t].iter().map(|_| 1.0))
            };
            let (m, v) = (mean(beta1, &|g| g), mean(beta2, &|g| g * g));
            let expected = x[t - 1] * (1.0 - rate * decay) - rate * m / (v.sqrt() + epsilon);
            assert_close(x[t], expected, 1e-14);
        }
        if decay == 0.0 {
            assert_eq!(x, run(Adam::new(rate).betas(beta1, beta2).epsilon(epsilon)).0);
        }
    }
}

/// Steps 1, 5 and 10 of PyTorch's formulas, worked out by an independent program.
#[test]
fn reference_figures() {
    #[rustfmt::skip]
    let table: [(Box<dyn Optimizer<f64>>, [f64; 3]); 8] = [
        (Box::new(Sgd::new(0.1)),
            [1.345969769413186, 2.402006811850758, 3.1144732608717907]),
        (Box::new(Sgd::new(0.1).momentum(0.9)),
            [1.345969769413186, 4.369272435281874, 3.238746707947157]),
        (Box::new(Sgd::new(0.1).nesterov().momentum(0.9).weight_decay(0.01)),
            [1.6554425618850535, 4.254460064293327, 3.308070370695014]),
        (Box::new(Sgd::new(0.05).momentum(0.5).weight_decay(0.1)),
            [1.167984884706593, 2.181782848756492, 3.020639448319689]),
        (Box::new(Adam::new(0.1)),
            [1.0999999997109573, 1.4983413794504732, 1.987472321387657]),
        (Box::new(Adam::new(0.01).betas(0.5, 0.9).epsilon(1e-3)),
            [1.009997110409263, 1.0499156785297545, 1.0995714708728765]),
        (Box::new(AdamW::new(0.1)),
            [1.0989999997109574, 1.4923745643765292, 1.9732529884269787]),
        (Box::new(AdamW::new(0.2).betas(0.8, 0.99).weight_decay(0.3)),
            [1.1399999994219148, 1.6130038172462537, 2.0294818104932766]),
    ];
    for (optimizer, expected) in table {
        let x = run(optimizer).0;
        for (t, expected) in [1, 5, 10].into_iter().zip(expected) {
            assert_close(x[t], expected, 1e-14);
        }
    }
}

/// The first step of Adam has the length η in every element, whatever the gradient's scale.
#[test]
fn first_step_of_adam_is_the_learning_rate() {
    let mut x = array![0.0, 0.0, 0.0].into_dyn();
    let g = array![1e-100, -3.0, 1e100].into_dyn();
    Adam::new(0.25).epsilon(0.0).step([(x.view_mut(), g.view())]);
    for (x, expected) in x.iter().zip([-0.25, 0.25, -0.25]) {
        assert_close(*x, expected, 1e-15);
    }
}

/// The gradient of (1 − x)² + 100 (y − x²)², whose curved valley is lowest at (1, 1).
fn rosenbrock_gradient(x: &ArrayD<f64>) -> ArrayD<f64> {
    let (x, y) = (x[[0]], x[[1]]);
    array![-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)].into_dyn()
}

#[test]
fn converge() {
    let optimizers: [[Box<dyn Optimizer<f64>>; 2]; 5] = [
        [Box::new(Sgd::new(0.09)), Box::new(Sgd::new(1e-3))],
        [
            Box::new(Sgd::new(0.05).momentum(0.5)),
            Box::new(Sgd::new(3e-4).momentum(0.9)),
        ],
        [
            Box::new(Sgd::new(0.05).momentum(0.5).nesterov()),
            Box::new(Sgd::new(3e-4).momentum(0.9).nesterov()),
        ],
        [Box::new(Adam::new(0.05)), Box::new(Adam::new(0.01))],
        [
            Box::new(AdamW::new(0.05).weight_decay(0.0)),
            Box::new(AdamW::new(0.01).weight_decay(0.0)),
        ],
    ];
    let (bottom, curvature) = (array![1.0, -2.0, 3.0].into_dyn(), array![1.0, 4.0, 20.0]);
    for [mut quadratic, mut rosenbrock] in optimizers {
        let mut x = array![0.0, 0.0, 0.0].into_dyn();
        for _ in 0..3000 {
            let g = (&x - &bottom) * &curvature;
            quadratic.step([(x.view_mut(), g.view())]);
        }
        assert!(x.iter().zip(&bottom).all(|(x, b)| (x - b).abs() < 1e-9), "{x}");

        let mut x = array![-1.2, 1.0].into_dyn();
        let (peak, steps) = (rosenbrock.learning_rate(), 100_000);
        let schedule = Schedule::Cosine {
            peak,
            last: 0.0,
            warm_up: 0,
            steps,
        };
        for k in 0..steps {
            let g = rosenbrock_gradient(&x);
            rosenbrock.set_learning_rate(schedule.at(k));
            rosenbrock.step([(x.view_mut(), g.view())]);
        }
        assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-6), "{x}");
    }
}

fn boxed() -> [Box<dyn Optimizer<f64>>; 5] {
    [
        Box::new(Sgd::new(0.1).weight_decay(0.1)),
        Box::new(Sgd::new(0.1).momentum(0.9)),
        Box::new(Sgd::new(0.1).momentum(0.9).nesterov().weight_decay(0.1)),
        Box::new(Adam::new(0.1)),
        Box::new(AdamW::new(0.1)),
    ]
}

/// Every parameter keeps a state of its own: together or alone, the steps are the same.
#[test]
fn state_belongs_to_its_parameter() {
    for ((mut both, mut first), mut second) in boxed().into_iter().zip(boxed()).zip(boxed()) {
        let mut a = array![[1.0, -2.0], [0.5, 4.0]].into_dyn();
        let mut b = array![7.0].into_dyn();
        let (mut a_alone, mut b_alone) = (a.clone(), b.clone());
        for _ in 0..10 {
            let (ga, gb) = (a.mapv(gradient_at), b.mapv(gradient_at));
            both.step([(a.view_mut(), ga.view()), (b.view_mut(), gb.view())]);
            first.step([(a_alone.view_mut(), ga.view())]);
            second.step([(b_alone.view_mut(), gb.view())]);
        }
        assert_eq!(a, a_alone);
        assert_eq!(b, b_alone);
    }
}

/// Memory layout does not show: a strided window and transposed arrays step as plain ones do,
/// even when it is another layout at every step.
#[test]
fn any_layout() {
    for (mut contiguous, mut other) in boxed().into_iter().zip(boxed()) {
        let start = Array2::from_shape_fn((3, 4), |(i, j)| 1.0 + (i * 4 + j) as f64);
        let mut x = start.clone().into_dyn();
        let mut transposed = start.t().as_standard_layout().into_owned();
        let mut large = Array2::from_elem((9, 8), 77.0);
        large.slice_mut(s![1..7;2, ..;-2]).assign(&start);
        for t in 0..6 {
            let g = x.mapv(gradient_at);
            let g_transposed = g.t().as_standard_layout().into_owned();
            let g_view = if t < 3 { g_transposed.t() } else { g.view() };
            contiguous.step([(x.view_mut(), g.view())]);
            if t % 2 == 0 {
                other.step([(transposed.view_mut().reversed_axes().into_dyn(), g_view)]);
                large.slice_mut(s![1..7;2, ..;-2]).assign(&transposed.t());
            } else {
                other.step([(large.slice_mut(s![1..7;2, ..;-2]).into_dyn(), g_view)]);
                transposed.assign(&large.slice(s![1..7;2, ..;-2]).t());
            }
        }
        assert_eq!(x, transposed.t().into_dyn());
        assert_eq!(large.iter().filter(|&&x| x == 77.0).count(), 72 - 12);
    }
}

#[test]
fn single_precision_scalars_and_empty_arrays() {
    let mut x = array![1.0_f32, 2.0].into_dyn();
    let mut scalar = ndarray::arr0(1.0_f32).into_dyn();
    let mut empty = ArrayD::<f32>::zeros(IxDyn(&[0, 3]));
    let nothing = empty.clone();
    let (mut sgd, mut adam) = (Sgd::new(0.1).momentum(0.9), Adam::new(0.01));
    for _ in 0..400 {
        let (gx, gs) = (&x * 2.0, &scalar * 2.0);
        let pairs = [
            (x.view_mut(), gx.view()),
            (scalar.view_mut(), gs.view()),
            (empty.view_mut(), nothing.view()),
        ];
        sgd.step(pairs);
        let (gx, gs) = (&x * 2.0, &scalar * 2.0);
        adam.step([(x.view_mut(), gx.view()), (scalar.view_mut(), gs.view())]);
    }
    assert!(x.iter().chain(&scalar).all(|x| x.abs() < 1e-3), "{x} {scalar}");
}

/// 1 − βᵗ is accurate in f32, too: a constant gradient gives steps of η from the start.
#[test]
fn correction_does_not_cancel() {
    let mut x = array![0.0_f32].into_dyn();
    let g = array![1.0_f32].into_dyn();
    let mut adam = Adam::new(1.0_f32).betas(0.99, 0.9999);
    for t in 1..=50 {
        adam.step([(x.view_mut(), g.view())]);
        assert!((x[[0]] / t as f32 + 1.0).abs() < 1e-4, "{t}: {x}");
    }
}

#[test]
fn nan_passes_and_infinite_parameters_stay() {
    for mut optimizer in boxed() {
        let mut x = array![1.0, 1.0].into_dyn();
        let g = array![f64::NAN, 1.0].into_dyn();
        optimizer.step([(x.view_mut(), g.view())]);
        assert!(x[[0]].is_nan() && x[[1]].is_finite());
    }
    for mut optimizer in [Sgd::new(0.1), Sgd::new(0.1).momentum(0.5)] {
        let mut x = array![f64::INFINITY].into_dyn();
        optimizer.step([(x.view_mut(), array![1.0].into_dyn().view())]);
        assert_eq!(x[[0]], f64::INFINITY);
    }
}

/// The message of the panic that `f` ends in.
fn message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("must panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

#[test]
fn misuse_panics_before_anything_is_changed() {
    for mut optimizer in boxed() {
        let (mut a, mut b) = (array![1.0, 2.0].into_dyn(), array![3.0].into_dyn());
        let (ga, gb) = (array![1.0, 1.0].into_dyn(), array![1.0].into_dyn());
        let text = message(|| {
            optimizer.step([(a.view_mut(), ga.view()), (b.view_mut(), ga.view())]);
        });
        assert_eq!(text, "optimiser: parameter 1 has shape [1], its gradient [2]");
        assert_eq!((a[[0]], optimizer.slots().steps()), (1.0, 0));

        optimizer.step([(a.view_mut(), ga.view()), (b.view_mut(), gb.view())]);
        let (a1, b1) = (a.clone(), b.clone());
        let text = message(|| optimizer.step([(a.view_mut(), ga.view())]));
        assert_eq!(text, "optimiser: the first step had 2 parameters, this one has 1");
        let text = message(|| {
            optimizer.step([
                (a.view_mut(), ga.view()),
                (b.view_mut(), gb.view()),
                (ga.clone().view_mut(), ga.view()),
            ]);
        });
        assert_eq!(text, "optimiser: the first step had 2 parameters, this one has 3");
        let text = message(|| {
            optimizer.step([(a.view_mut(), ga.view()), (ga.clone().view_mut(), ga.view())]);
        });
        assert_eq!(
            text,
            "optimiser: parameter 1 had shape [1] at the first step, now [2]"
        );
        assert_eq!((&a, &b, optimizer.slots().steps()), (&a1, &b1, 1));

        // And the optimiser is still of use.
        optimizer.step([(a.view_mut(), ga.view()), (b.view_mut(), gb.view())]);
        assert_eq!(optimizer.slots().steps(), 2);
    }
}

#[test]
fn hyper_parameters_are_checked() {
    let rate = "learning rate must be finite and not negative, not -0.1";
    assert_eq!(message(|| drop(Sgd::new(-0.1))), rate);
    assert_eq!(message(|| drop(Adam::new(-0.1))), rate);
    assert_eq!(message(|| drop(AdamW::new(-0.1))), rate);
    assert_eq!(message(|| Sgd::new(0.1).set_learning_rate(-0.1)), rate);
    assert_eq!(message(|| boxed()[4].set_learning_rate(-0.1)), rate);
    assert!(message(|| drop(Adam::new(f64::NAN))).contains("not NaN"));
    assert!(message(|| drop(Adam::new(f32::INFINITY))).contains("not inf"));
    let text = message(|| drop(Sgd::new(0.1).momentum(1.0)));
    assert_eq!(text, "momentum must lie in [0, 1), not 1");
    assert!(message(|| drop(Sgd::new(0.1).weight_decay(-1.0))).starts_with("weight decay must"));
    assert!(message(|| drop(Adam::new(0.1).betas(-0.1, 0.9))).starts_with("β₁ must lie"));
    assert!(message(|| drop(AdamW::new(0.1).betas(0.9, f64::NAN))).starts_with("β₂ must lie"));
    assert!(message(|| drop(AdamW::new(0.1).epsilon(-1.0))).starts_with("epsilon must"));
    assert!(message(|| drop(AdamW::new(0.1).weight_decay(-1.0))).starts_with("weight decay must"));
}

#[test]
fn learning_rate_may_change_and_optimisers_may_be_cloned() {
    for mut optimizer in boxed() {
        optimizer.set_learning_rate(0.0);
        assert_eq!(optimizer.learning_rate(), 0.0);
        let mut x = array![1.0].into_dyn();
        optimizer.step([(x.view_mut(), array![1.0].into_dyn().view())]);
        assert_eq!(x[[0]], 1.0);
    }
    let g = array![1.0].into_dyn();
    let (mut x, mut adam) = (array![1.0].into_dyn(), Adam::new(0.1));
    adam.step([(x.view_mut(), g.view())]);
    let (mut y, mut twin) = (x.clone(), adam.clone());
    adam.step([(x.view_mut(), g.view())]);
    twin.step([(y.view_mut(), g.view())]);
    assert_eq!(x, y);
}

#[test]
fn schedules_at_their_landmarks() {
    assert_eq!(Schedule::Constant { rate: 0.5 }.at(1000), 0.5);

    let stairs = Schedule::StepDecay {
        rate: 1.0,
        factor: 0.5,
        every: 3,
    };
    assert_eq!([0, 2, 3, 5, 6].map(|k| stairs.at(k)), [1.0, 1.0, 0.5, 0.5, 0.25]);

    let exponential = Schedule::Exponential {
        rate: 8.0_f32,
        factor: 0.5,
    };
    assert_eq!([0, 1, 3].map(|k| exponential.at(k)), [8.0, 4.0, 1.0]);

    let cosine = Schedule::Cosine {
        peak: 1.0,
        last: 0.25,
        warm_up: 4,
        steps: 24,
    };
    let landmarks: [(usize, f64); 9] = [
        (0, 0.25),
        (1, 0.5),
        (3, 1.0),
        (4, 1.0),
        (9, 0.25 + 0.75 * (0.5 + 0.5 * std::f64::consts::FRAC_1_SQRT_2)),
        (14, 0.625),
        (19, 0.25 + 0.75 * (0.5 - 0.5 * std::f64::consts::FRAC_1_SQRT_2)),
        (24, 0.25),
        (1000, 0.25),
    ];
    for (k, expected) in landmarks {
        assert_close(cosine.at(k), expected, 1e-15);
    }
    for k in 4..30 {
        assert!(cosine.at(k + 1) <= cosine.at(k));
    }
    // Nothing but a rise, and no rise at all.
    let rise = Schedule::Cosine {
        peak: 1.0,
        last: 0.0,
        warm_up: 2,
        steps: 2,
    };
    assert_eq!([0, 1, 2].map(|k| rise.at(k)), [0.5, 1.0, 0.0]);
    let fall = Schedule::Cosine {
        peak: 1.0,
        last: 0.0,
        warm_up: 0,
        steps: 2,
    };
    assert_close(fall.at(0), 1.0, 0.0);
    assert_close(fall.at(1), 0.5, 1e-16);

    let stairs = Schedule::StepDecay {
        rate: 1.0,
        factor: 0.5,
        every: 0,
    };
    let text = message(|| assert!(stairs.at(1) > 0.0));
    assert_eq!(text, "StepDecay: `every` must be at least 1");
    let cosine = Schedule::Cosine {
        peak: 1.0,
        last: 0.0,
        warm_up: 3,
        steps: 2,
    };
    let text = message(|| assert!(cosine.at(1) > 0.0));
    assert_eq!(text, "Cosine: warm_up = 3 exceeds steps = 2");
}
