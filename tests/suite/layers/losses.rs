//! Losses and similarities.

use super::{close, softplus};
use crate::common::inputs::{draw, irregular};
use crate::common::{Tally, check};
use ndarray::{ArrayD, Axis, Zip, arr1, arr2};
use wengert::nn::*;
use wengert::{Tape, Tensor, Value, Var};

type Pointwise = for<'t> fn(&Tensor<'t>, &Tensor<'t>) -> Tensor<'t>;
type Interval = (f64, f64);

/// A loss of two numbers: its name, where they come from, itself, and its formula.
type Row = (
    &'static str,
    [&'static [Interval]; 2],
    Pointwise,
    fn(f64, f64) -> f64,
);

const ROWS: &[Row] = &[
    (
        "binary_cross_entropy",
        [&[(0.3, 0.7)], &[(0.3, 0.7)]],
        |a, b| binary_cross_entropy(a, b),
        |p, t| -t * p.ln() - (1.0 - t) * (1.0 - p).ln(),
    ),
    (
        "binary_cross_entropy_logits",
        [&[(-3.0, 3.0)], &[(0.1, 0.9)]],
        |a, b| binary_cross_entropy_logits(a, b),
        |x, t| softplus(x) - t * x,
    ),
    (
        "kl_divergence",
        [&[(0.3, 0.7)], &[(0.3, 0.7)]],
        |a, b| kl_divergence(a, b),
        |p, q| p * (p / q).ln(),
    ),
    (
        "kl_divergence_log",
        [&[(0.3, 0.7)], &[(-3.0, -0.1)]],
        |a, b| kl_divergence_log(a, b),
        |p, lq| p * (p.ln() - lq),
    ),
    (
        "huber, inside",
        [&[(-0.4, 0.4)], &[(-0.4, 0.4)]],
        |a, b| huber(&(a - b), 1.0),
        |a, b| (a - b).powi(2) / 2.0,
    ),
    (
        "huber, outside",
        [&[(1.0, 2.0)], &[(-2.0, -1.0), (3.5, 4.0)]],
        |a, b| huber(&(a - b), 1.25),
        |a, b| 1.25 * ((a - b).abs() - 0.625),
    ),
    (
        "hinge",
        [&[(-0.5, 0.5), (1.5, 2.0)], &[(0.9, 1.1), (-2.5, -1.5)]],
        |a, b| hinge(a, b),
        |x, t| (1.0 - x * t).max(0.0),
    ),
];

/// Values by the formulas, derivatives of three orders in both arguments by differences, with broadcasting.
#[test]
fn of_two_numbers() {
    let mut tally = Tally::default();
    let mut rng = fastrand::Rng::with_seed(81);
    for (name, [a, b], loss, formula) in ROWS {
        for shapes in [
            [&[3][..], &[3][..]],
            [&[2, 2], &[2]],
            [&[], &[2]],
            [&[2, 0], &[1]],
        ] {
            let x = [draw(a, shapes[0], &mut rng), draw(b, shapes[1], &mut rng)];
            let tape = Tape::new();
            let y = loss(&tape.tensor(&x[0]), &tape.tensor(&x[1]));
            let wide = y.value().raw_dim();
            let [left, right] = [0, 1].map(|k| x[k].broadcast(wide.clone()).expect("broadcasts"));
            close(
                name,
                y.value().to_owned(),
                Zip::from(left).and(right).map_collect(|&a, &b| formula(a, b)),
            );
            tally += check(name, &x, |_, x| loss(&x[0], &x[1]));
        }
    }
    println!("losses: {tally}");
    assert_eq!(tally.cases, 4 * 7);
}

/// The same text for scalars, and in `f32`.
#[test]
fn of_scalars() {
    fn all<V: Value>(a: &wengert::Term<V>, b: &wengert::Term<V>) -> [wengert::Term<V>; 5] {
        [
            binary_cross_entropy(a, b),
            binary_cross_entropy_logits(a, b),
            kl_divergence(a, b),
            huber(a, 0.25),
            hinge(a, b),
        ]
    }
    let tape = Tape::new();
    let (a, b) = (tape.tensor(&arr1(&[0.3])), tape.tensor(&arr1(&[0.6])));
    let (x, y) = (tape.var(0.3), tape.var(0.6));
    let short = Tape::<f32>::default();
    let (u, v) = (short.var(0.3), short.var(0.6));
    for ((tensor, scalar), single) in all(&a, &b).iter().zip(all(&x, &y)).zip(all(&u, &v)) {
        assert_eq!(tensor.item().value(), scalar.value());
        let (left, right) = (tensor.item().backward(), scalar.backward());
        assert_eq!(
            (left.wrt(a)[0], left.get(b).map_or(0.0, |g| g[0])),
            (right.wrt(x), right.get(y).unwrap_or(0.0))
        );
        assert!((f64::from(single.value()) - scalar.value()).abs() < 1e-6);
        assert!((f64::from(single.backward().wrt(u)) - right.wrt(x)).abs() < 1e-5);
    }
}

/// Labels, distributions and smoothing are one formula.
#[test]
fn cross_entropies() {
    let mut tally = Tally::default();
    let x = draw(&[(-2.0, 2.0)], &[3, 4], &mut fastrand::Rng::with_seed(82));
    let labels = [3, 0, 2];
    let shares = |label: f64, all: f64| {
        ArrayD::from_shape_fn(
            vec![3, 4],
            |i| if labels[i[0]] == i[1] { label + all } else { all },
        )
    };
    let tape = Tape::new();
    let t = tape.tensor(&x);
    let onehot = cross_entropy_with(&t, &tape.constant(&shares(1.0, 0.0)));
    close(
        "labels",
        onehot.value().to_owned(),
        t.cross_entropy(&labels).value().to_owned(),
    );
    let smooth = cross_entropy_smooth(&t, &labels, 0.2);
    let by_shares = cross_entropy_with(&t, &tape.constant(&shares(0.8, 0.05))).mean();
    close(
        "smoothing",
        arr1(&[smooth.value()]).into_dyn(),
        arr1(&[by_shares.value()]).into_dyn(),
    );
    close(
        "its slopes",
        smooth.backward().wrt(t).to_owned(),
        by_shares.backward().wrt(t).to_owned(),
    );
    // x̄ = softmax(x) − t where t sums to 1; t̄ = −log_softmax(x).
    let target = tape.tensor(&shares(0.4, 0.15));
    let y = cross_entropy_with(&t, &target);
    let seed = irregular(&[3], 1);
    let g = y.backward_with(&seed);
    let rows = seed.insert_axis(Axis(1));
    close(
        "softmax − target",
        g.wrt(t).to_owned(),
        (&t.softmax(1).value() - &target.value()) * &rows,
    );
    close(
        "of the target",
        g.wrt(target).to_owned(),
        -(&t.log_softmax(1).value() * &rows),
    );
    let both = [x.clone(), shares(0.4, 0.15)];
    tally += check("cross_entropy_with", &both, |_, x| {
        cross_entropy_with(&x[0], &x[1])
    });
    tally += check(
        "cross_entropy_with one target",
        &[
            x.clone(),
            draw(&[(0.1, 0.9)], &[4], &mut fastrand::Rng::with_seed(1)),
        ],
        |_, x| cross_entropy_with(&x[0], &x[1]),
    );
    tally += check("cross_entropy_smooth", &[x], |_, x| {
        cross_entropy_smooth(&x[0], &labels, 0.3).to_tensor()
    });
    assert_eq!(tally.cases, 3);
    // A logit of −∞ at an unlikely class.
    let x = tape.tensor(&arr2(&[[0.0, f64::NEG_INFINITY]]));
    let loss = cross_entropy_smooth(&x, &[0], 0.0);
    assert_eq!(
        (loss.value(), loss.backward().wrt(x)),
        (0.0, arr2(&[[0.0, 0.0]]).into_dyn().view())
    );
}

/// Small losses keep their digits, large logits do not overflow.
#[test]
fn digits_of_binary_cross_entropy() {
    let tape = Tape::new();
    for x in [-700.0, -50.0, -20.0, 0.0, 30.0, 200.0, 1e5] {
        for t in [0.0, 1.0] {
            let v = tape.var(x);
            let y = binary_cross_entropy_logits(&v, &Var::from(t));
            let signed = if t == 1.0 { -x } else { x };
            let (want, slope) = (softplus(signed), 1.0 / (1.0 + (-signed).exp()));
            let slope = if t == 1.0 { -slope } else { slope };
            assert!(
                (y.value() - want).abs() <= 4e-16 * want,
                "{x}, {t}: {:e}",
                y.value()
            );
            let g = y.backward().wrt(v);
            assert!(
                (g - slope).abs() <= 1e-15 * slope.abs() + 1e-17,
                "{x}, {t}: {g:e}, not {slope:e}"
            );
        }
    }
}

/// Lengths and angles, along either axis.
#[test]
fn lengths_and_angles() {
    let mut tally = Tally::default();
    let x = [irregular(&[3, 2], 1), irregular(&[3, 2], 2)];
    for axis in [0, 1, -1] {
        let along = Axis(if axis == 0 { 0 } else { 1 });
        let unit = |x: &ArrayD<f64>| {
            x / &x
                .mapv(|x| x * x)
                .sum_axis(along)
                .mapv(f64::sqrt)
                .insert_axis(along)
        };
        let tape = Tape::new();
        let [a, b] = [0, 1].map(|k| tape.tensor(&x[k]));
        close(
            "normalize",
            normalize(&a, axis, 1e-12).value().to_owned(),
            unit(&x[0]),
        );
        let want = (unit(&x[0]) * unit(&x[1])).sum_axis(along);
        close(
            "cosine_similarity",
            cosine_similarity(&a, &b, axis, 1e-12).value().to_owned(),
            want,
        );
        tally += check("normalize", &x[..1], |_, x| normalize(&x[0], axis, 1e-12));
        tally += check("cosine_similarity", &x, |_, x| {
            cosine_similarity(&x[0], &x[1], axis, 1e-12)
        });
        tally += check("cosine_similarity with itself", &x[..1], |_, x| {
            cosine_similarity(&x[0], &x[0].slice(ndarray::s![..;-1, ..]), axis, 1e-12)
        });
    }
    assert_eq!(tally.cases, 9);
}

/// A weight that is 0 may be a variable: how the gradient changes with it is there, by a recorded sweep as by a dual one.
#[test]
fn targets_of_0_are_differentiated_too() {
    use wengert::grad::hessian;
    type Loss = for<'t> fn(Var<'t>, Var<'t>) -> Var<'t>;
    let rows: [(Loss, [f64; 2], f64); 5] = [
        (|x, t| binary_cross_entropy_logits(&x, &t), [0.3, 0.0], -1.0),
        (|x, t| binary_cross_entropy_logits(&x, &t), [0.3, 1.0], -1.0),
        (
            |p, t| binary_cross_entropy(&p, &t),
            [0.3, 0.0],
            -1.0 / 0.3 - 1.0 / 0.7,
        ),
        (
            |p, t| binary_cross_entropy(&p, &t),
            [0.3, 1.0],
            -1.0 / 0.3 - 1.0 / 0.7,
        ),
        (|q, p| kl_divergence(&p, &q), [0.5, 0.0], -2.0),
    ];
    for (loss, at, want) in rows {
        let tape = Tape::new();
        let [a, b] = at.map(|x| tape.var(x));
        let first = loss(a, b).backward_recorded();
        let mixed = [first.wrt(a).backward().wrt(b), first.wrt(b).backward().wrt(a)];
        let dual = hessian(&Tape::new(), |[a, b]: [Var; 2]| loss(a, b), &at);
        for got in [mixed[0], mixed[1], dual[[0, 1]], dual[[1, 0]]] {
            assert!((got - want).abs() < 1e-14, "{at:?}: {got} instead of {want}");
        }
    }
}
