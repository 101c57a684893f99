//! Zeros that are numbers and zeros that are nothing, through every rule and every sweep; and values where digits are lost
//! easily. Each of these tests has killed a mutant that the others let live.

use ndarray::{ArrayD, arr1, arr2, s};
use wengert::{Pad, Tape, Tensor, Term, Var};

use super::expression::{Expected, Expression, rows};
use wengert::Value;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn selection_rows() {
    let (n, _) = rows! { examine:
        "larger of two, the left taken", at [1.0, 0.0] is 1.0, slopes [0.5, 0.0]: |a, b| a.sqrt().max(b.sqrt());
        "smaller of two reciprocals", at [0.0, 1.0] is 1.0, slopes [0.0, -1.0]: |a, b| a.recip().min(b.recip());
        "smaller of two reciprocals, the left taken", at [1.0, 0.0] is 1.0, slopes [-1.0, 0.0]: |a, b| a.recip().min(b.recip());
        "fmax of two", at [0.0, 1.0] is 1.0, slopes [0.0, 0.5]: |a, b| a.sqrt().fmax(b.sqrt());
        "fmax of two, the left taken", at [1.0, 0.0] is 1.0, slopes [0.5, 0.0]: |a, b| a.sqrt().fmax(b.sqrt());
        "fmin of two", at [0.0, 1.0] is 1.0, slopes [0.0, -1.0]: |a, b| a.recip().fmin(b.recip());
        "fmin of two, the left taken", at [1.0, 0.0] is 1.0, slopes [-1.0, 0.0]: |a, b| a.recip().fmin(b.recip());
        "sqrt, to the 0", at [0.0] is 1.0, slopes [0.0]: |x| x.sqrt().powf(0);
        "0 to a sqrt", at [0.0, 0.0] is 1.0, slopes [0.0, 0.0]: |a, b| a.powf(b.sqrt());
        "angle of two square roots", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.sqrt().atan2(b.sqrt());
        "length of two square roots", at [0.0, 0.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.sqrt().hypot(b.sqrt());
        "0·|ln x|: a gate does not hide infinity", at [0.0] is NAN, slopes [NAN]: |x| 0 * x.ln().abs();
        "sqrt, to the whole 0", at [0.0] is 1.0, slopes [0.0]: |x| x.sqrt().powi(0);
        "at_least", at [NAN, 1.0] is NAN, slopes [0.0, 0.0]: |a, b| a.at_least(b);
        "below", at [NAN, 1.0] is NAN, slopes [0.0, 0.0]: |a, b| a.below(b);
        "at_most", at [NAN, 1.0] is NAN, slopes [0.0, 0.0]: |a, b| a.at_most(b);
        "at_most", at [1.0, NAN] is 0.0, slopes [0.0, 0.0]: |a, b| a.at_most(b);
        "below", at [1.0, 1.0] is 0.0, slopes [0.0, 0.0]: |a, b| a.below(b);
        "at_most", at [1.0, 1.0] is 1.0, slopes [0.0, 0.0]: |a, b| a.at_most(b);
        "pow", at [0.0, -1.0] is INF, slopes [-INF, -INF]: |a, b| a.powf(b);
    };
    assert_eq!(n, 20);
}

#[test]
fn accuracy_rows() {
    let rows: [(&str, fn(Var<'_>) -> Var<'_>, f64, f64); 5] = [
        ("asin below 1", |x| x.asin(), 1.0 - 1e-9, 22_360.680_096_789_68),
        ("acos below 1", |x| x.acos(), 1.0 - 1e-9, -22_360.680_096_789_68),
        ("atanh below 1", |x| x.atanh(), 1.0 - 1e-9, 500_000_014.390_966_13),
        (
            "1e200·hypot(x, 1e200)",
            |x| x.hypot(1e200) * 1e200,
            1e200,
            1e200 * std::f64::consts::FRAC_1_SQRT_2,
        ),
        (
            "1e200·hypot(1e200, x)",
            |x| Var::from(1e200).hypot(x) * 1e200,
            1e200,
            1e200 * std::f64::consts::FRAC_1_SQRT_2,
        ),
    ];
    for (name, f, at, want) in rows {
        let tape = Tape::new();
        let x = tape.var(at);
        let got = f(x).backward().wrt(x);
        assert!(
            (got / want - 1.0).abs() <= 4.5e-16,
            "{name}: {got:e}, not {want:e}"
        );
    }
    let softplus = Term::new(-40.0_f64).softplus().into_inner();
    assert!(
        (softplus / 4.248354255291589e-18 - 1.0).abs() < 4e-16,
        "{softplus:e}"
    );
    assert_eq!(Term::new(-740.0_f64).sigmoid().into_inner(), (-740.0_f64).exp());
}

/// Numeric −0.0 that comes in an array of numbers (here through a matrix product, which touches everything).
#[test]
fn minus_zero_is_a_number() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, 4.0]));
    let ones = tape.constant(&arr1(&[1.0, 1.0]));
    let weights = arr1(&[-0.0, 1.0]);
    let s = x.sqrt();
    let rows: [(&str, Var<'_>); 4] = [
        ("gate", (x.ln().abs() * &weights).matmul(&ones).item()),
        (
            "partial",
            (s * &weights).matmul(&ones).item() + s.slice(s![1..]).sum(),
        ),
        ("slice", (s.slice(s![..]) * &weights).matmul(&ones).item()),
        ("take", (s.take(0, &[0, 1]) * &weights).matmul(&ones).item()),
    ];
    for (name, y) in rows {
        let gradients = y.backward();
        assert!(gradients.wrt(x)[[0]].is_nan(), "{name}");
        assert!(!gradients.wrt(x)[[1]].is_nan(), "{name}");
        assert!(
            y.backward_recorded().wrt(x).value()[[0]].is_nan(),
            "{name}, recorded"
        );
    }
    // A gate below a product: what it does not take stays untouched.
    let y = (s - 1.0).relu().matmul(&ones).item();
    assert_eq!(y.backward().wrt(x), arr1(&[0.0, 0.25]).into_dyn());
    assert_eq!(
        y.backward_recorded().wrt(x).value(),
        arr1(&[0.0, 0.25]).into_dyn()
    );
}

/// The sign of the zeros in an intermediate's gradient.
#[test]
fn intermediates_show_no_minus_zero() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[1.0, 2.0]));
    let s = x * 2.0;
    let y = s.at([0]);
    assert!(y.backward().wrt(s)[[1]].is_sign_positive());
    assert!(y.backward_recorded().wrt(s).value()[[1]].is_sign_positive());
    assert!(y.backward().wrt(x)[[1]].is_sign_positive());
    assert!(y.backward_recorded().wrt(x).value()[[1]].is_sign_positive());
}

/// Structural zeros among tangents: moved by every op that moves elements.
#[test]
fn tangents_that_nothing_reached() {
    type Move = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let moves: [(&str, Move); 17] = [
        ("nothing", |x| x),
        ("reshape", |x| x.reshape([2, 1])),
        ("permute", |x| x.reshape([2, 1]).t()),
        ("broadcast", |x| x.broadcast_to([3, 2])),
        ("slice", |x| x.slice(s![..;-1])),
        ("take", |x| x.take(0, &[1, 0, 0])),
        ("concat", |x| Tensor::concat(&[x, x], 0)),
        ("sum", |x| x.broadcast_to([3, 2]).sum_axes([0])),
        ("recorded slice", |x| x.at([0]).to_tensor()),
        ("mean", |x| x.broadcast_to([3, 2]).mean_axes([0])),
        ("windows", |x| x.sliding_windows(0, 1, 1)),
        ("triangle", |x| x.diag(0).tril(0)),
        ("diagonal", |x| x.diag(0).diagonal(0)),
        ("pad", |x| x.pad(&[(1, 1)], Pad::Constant(0.0))),
        ("scatter", |x| x.scatter(0, &arr1(&[1, 0]), &x)),
        ("scatter_add", |x| {
            (x.detach() * 0.0).scatter_add(0, &arr1(&[1, 0]), &x)
        }),
        ("with_slice", |x| x.with_slice(s![..;-1], &x)),
    ];
    for (name, f) in moves {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[0.0, 5.0]));
        let y = f((x - 1.0).relu()).sqrt();
        let one = ArrayD::ones(x.shape());
        let tangents = tape.forward().seed_array(x, &one).sweep();
        let tangent = tangents.of(y);
        for (t, y) in tangent.iter().zip(y.value()) {
            assert!(if *y == 0.0 { *t == 0.0 } else { *t > 0.0 }, "{name}: {tangent}");
        }
    }
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, 5.0]));
    let y = (x - 1.0).relu().at([0]).sqrt();
    let one = ArrayD::ones(x.shape());
    assert_eq!(tape.forward().seed_array(x, &one).sweep().of(y), 0.0);
}

/// Selected first, then the slope of ∞: one row of the Hessian at a time.
#[test]
fn hessian_rows_of_a_selection() {
    type Select = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let rows: [(&str, Select); 4] = [
        ("slice", |x| x.slice(s![1..])),
        ("take", |x| x.take(0, &[1, 2])),
        ("concat", |x| {
            Tensor::concat(&[x.slice(s![1..2]), x.slice(s![2..])], 0)
        }),
        ("reshape", |x| x.reshape([3, 1]).slice(s![1.., ..])),
    ];
    for (name, f) in rows {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[9.0, 0.0, 4.0]));
        let recorded = f(x).sqrt().sum().backward_recorded().wrt(x);
        let row = recorded.at([2]).backward();
        assert_eq!(row.wrt(x), arr1(&[0.0, 0.0, -0.25 / 8.0]).into_dyn(), "{name}");
    }
}

/// A cut of the time before `clear` is no reason given afterwards.
#[test]
fn messages_forget_cuts() {
    let mut tape = Tape::new();
    let x = tape.var(1.0);
    let _ = x.detach() * 2.0;
    tape.clear();
    let (x, y) = (tape.var(1.0), tape.var(2.0));
    let z = y * 3.0;
    let gradients = z.backward();
    let message = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| gradients.wrt(x)));
    let message = message.expect_err("there is no path");
    let message = message.downcast_ref::<String>().expect("a text");
    assert!(!message.contains("detach"), "{message}");
}

/// A read of a detached array spends no work on it, and says so.
#[test]
#[should_panic(expected = "constant to the sweep")]
fn a_read_of_a_detached_array() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[1.0, 2.0]]));
    let cut = x.detach();
    let y = cut.at([0, 0]) * x.at([0, 1]);
    let _ = y.backward().wrt(cut);
}

/// What ops that take elements leave out stays untouched, also where all of their result is used.
#[test]
fn below_a_product() {
    type Select = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let rows: [(&str, Select); 8] = [
        ("slice", |x| x.slice(s![1..])),
        ("take", |x| x.take(0, &[1])),
        ("windows", |x| x.flip(0).sliding_windows(0, 1, 2).flatten()),
        ("triangle", |x| {
            x.diag(0).flip(0).triu(1).sum_axes([0, 1]).reshape([1])
        }),
        ("scatter", |x| {
            x.scatter(0, &arr1(&[0]), &x.detach().slice(s![..1]))
                .slice(s![1..])
        }),
        ("diagonal", |x| x.reshape([1, 2]).diagonal(1)),
        ("max", |x| x.max_keep([0])),
        ("minus max", |x| -x.max_keep([0])),
    ];
    for (name, f) in rows {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[0.0, 4.0]));
        let one = tape.constant(&arr1(&[1.0]));
        let y = f(x.sqrt()).matmul(&one).item();
        let want = arr1(&[0.0, if name == "minus max" { -0.25 } else { 0.25 }]).into_dyn();
        assert_eq!(y.backward().wrt(x), want, "{name}");
        assert_eq!(y.backward_recorded().wrt(x).value(), want, "{name}, recorded");
        let tangents = tape.forward().seed_array(x, &arr1(&[1.0, 1.0])).sweep();
        assert_eq!(tangents.of(y), want[[1]], "{name}, forwards");
    }
}

/// Tangents of a part.
#[test]
fn tangents_of_a_part() {
    let tape = Tape::new();
    let (a, b) = (tape.tensor(&arr1(&[0.0])), tape.tensor(&arr1(&[4.0])));
    let y = Tensor::concat(&[a, b], 0).sqrt();
    let tangents = tape.forward().seed_array(b, &arr1(&[1.0])).sweep();
    assert_eq!(tangents.of(y), arr1(&[0.0, 0.25]).into_dyn());
    type Select = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let rows: [(&str, Select); 5] = [
        ("slice", |x| x.slice(s![1..])),
        ("take", |x| x.take(0, &[1])),
        ("windows", |x| x.flip(0).sliding_windows(0, 1, 2)),
        ("triangle", |x| x.reshape([1, 2]).triu(1)),
        ("diagonal", |x| x.reshape([1, 2]).diagonal(1)),
    ];
    for (name, f) in rows {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[9.0, 2.0]));
        let slope = f(x).square().sum().backward_recorded().wrt(x).sqrt(); // √(2x)
        let want = arr1(&[0.0, 0.5]).into_dyn();
        assert_eq!(slope.sum().backward().wrt(x), want, "{name}");
        let tangents = tape.forward().seed_array(x, &arr1(&[1.0, 1.0])).sweep();
        assert_eq!(tangents.of(slope), want, "{name}, forwards");
    }
}

/// Weights of 0 are numbers, of either sign.
#[test]
fn weights_of_zero() {
    for sign in [1.0, -1.0] {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[0.0, 1.0]));
        let l = x.ln();
        for y in [
            sign * l.logsumexp(),
            (l.softmax(0) * arr1(&[sign, 2.0 * sign])).sum(),
        ] {
            assert!(y.backward().wrt(x)[[0]].is_nan());
            assert!(y.backward_recorded().wrt(x).value()[[0]].is_nan());
        }
    }
}

/// Whether a cotangent passes to the left and to the right operand.
fn passes(op: wengert::ops::Binary) -> [bool; 2] {
    use wengert::ops::{BinaryRule, Flow, pointwise::*};
    macro_rules! flows {
        (one [$($U:ident)*] two [$($B:ident)*]) => {
            [$(($B::OP, $B::FLOW)),*]
        };
    }
    let rules = crate::pointwise::for_each_rule!(flows);
    let (_, flows) = rules[op as usize];
    flows.map(|flow| flow != Flow::None)
}

/// A numeric zero of either sign passes through every rule as a number: it does not hide an infinite slope behind it.
#[test]
fn zeros_pass_every_rule() {
    use wengert::ops::{Binary, Unary};
    let inside = |d: &[(f64, f64)]| d[0].0 + 0.7 * (d[0].1 - d[0].0);
    fn examine(
        name: &str,
        f: &dyn for<'t> Fn(Tensor<'t>) -> Tensor<'t>,
        g: &dyn for<'t> Fn(Var<'t>) -> Var<'t>,
        c: f64,
    ) {
        let tape = Tape::new();
        let at = tape.var(c);
        let flat = g(at).backward().get(at).is_none_or(|s| s == 0.0);
        let is_right = |s: f64| if flat { s == 0.0 } else { s.is_nan() };
        for w in [0.0, -0.0] {
            let x = tape.var(0.0);
            let y = w * g(x.sqrt() + c);
            assert!(is_right(y.backward().wrt(x)), "{name}, {w}");
            assert!(
                is_right(y.backward_recorded().wrt(x).value()),
                "{name}, {w}, recorded"
            );
            let x = tape.tensor(&arr1(&[0.0]));
            let one = tape.constant(&arr1(&[1.0]));
            let z = f(x.sqrt() + c);
            {
                for y in [(w * z).sum(), (w * z).matmul(&one).item(), w * z.at([0])] {
                    assert!(is_right(y.backward().wrt(x)[[0]]), "{name}, {w}, array");
                    assert!(
                        is_right(y.backward_recorded().wrt(x).value()[[0]]),
                        "{name}, {w}, array, recorded"
                    );
                }
            }
        }
    }
    for &op in Unary::ALL {
        let constant = [
            Unary::Floor,
            Unary::Ceil,
            Unary::Round,
            Unary::Trunc,
            Unary::Signum,
        ]
        .contains(&op);
        if !constant {
            examine(
                &op.name(),
                &|x| op.apply(&x),
                &|x| op.apply(&x),
                inside(op.domain()),
            );
        }
    }
    for &op in Binary::ALL {
        let [a, b] = op.domain().map(inside);
        if passes(op)[0] {
            examine(
                &op.name(),
                &|x| op.apply(&x, &(x.detach() * 0.0 + b)),
                &|x| op.apply(&x, &b.into()),
                a,
            );
        }
        if passes(op)[1] {
            examine(
                &op.name(),
                &|x| op.apply(&(x.detach() * 0.0 + a), &x),
                &|x| op.apply(&a.into(), &x),
                b,
            );
        }
    }
    let tape = Tape::new();
    let (a, b) = (tape.var(2.0), tape.var(3.0));
    assert_eq!(Binary::Powi.apply(&a, &b).backward().wrt(b), 0.0);
}

/// Ops along lanes: a lane of whose results nothing is wanted receives nothing, whatever it holds; the others get what they get by
/// themselves, also where a cotangent of 0 meets an infinity.
#[test]
fn lanes_of_which_nothing_is_wanted() {
    type Op = for<'t> fn(Tensor<'t>) -> Tensor<'t>;
    let ops: [(&str, Op); 8] = [
        ("softmax", |x| x.softmax(1)),
        ("log_softmax", |x| x.log_softmax(1)),
        ("logsumexp", |x| x.logsumexp_axes([1]).insert_axis(1)),
        ("logsumexp_keep", |x| x.logsumexp_keep([1])),
        ("sum_squares_axes", |x| x.sum_squares_axes([1]).insert_axis(1)),
        ("sum_squares_keep", |x| x.sum_squares_keep([1])),
        ("var_keep", |x| x.var_keep(0, [1])),
        ("standardize", |x| x.standardize([1], 0.1)),
    ];
    fn row(x: &ArrayD<f64>, i: usize) -> Vec<f64> {
        x.index_axis(ndarray::Axis(0), i).iter().copied().collect()
    }
    for (name, op) in ops {
        for bad in [INF, -INF, NAN] {
            let tape = Tape::new();
            let x = tape.tensor(&arr2(&[[bad, 1.0, 3.0], [0.5, -1.0, 2.0]]));
            let alone = tape.tensor(&arr2(&[[0.5, -1.0, 2.0]]));
            let (y, z) = (op(x).at([1, 0]), op(alone).at([0, 0]));
            let (wanted, recorded) = (z.backward().wrt(alone).to_owned(), y.backward_recorded().wrt(x));
            for found in [y.backward().wrt(x).to_owned(), recorded.value().to_owned()] {
                assert!(row(&found, 0).iter().all(|&g| g == 0.0), "{name}, {bad}: {found}");
                assert_eq!(row(&found, 1), row(&wanted, 0), "{name}, {bad}");
            }
            let (second, expected) = (
                recorded.at([1, 1]).backward(),
                z.backward_recorded().wrt(alone).at([0, 1]).backward(),
            );
            let (second, expected) = (second.wrt(x).to_owned(), expected.wrt(alone).to_owned());
            assert!(
                row(&second, 0).iter().all(|&g| g == 0.0),
                "{name}, {bad}: {second}"
            );
            assert_eq!(row(&second, 1), row(&expected, 0), "{name}, {bad}");
            // A number 0 is no nothing.
            let seed = ArrayD::zeros(op(x).shape());
            let found = op(x).backward_with(&seed).wrt(x).to_owned();
            assert!(
                !bad.is_nan() || found.iter().any(|g| g.is_nan()),
                "{name}, {bad}: {found}"
            );
        }
    }
}

/// In a lane that was touched −0.0 is a number: times an infinite slope it is NaN, also where other lanes were not touched.
#[test]
fn minus_zero_in_a_lane_is_a_number() {
    let tape = Tape::new();
    let u = tape.tensor(&arr2(&[[0.0, 4.0], [0.0, 9.0]]));
    let x = u.sqrt();
    for y in [x.sum_squares_axes([1]), x.square().sum_axes([1])] {
        let loss = -y.at([0]);
        for found in [
            loss.backward().wrt(u).to_owned(),
            loss.backward_recorded().wrt(u).value().to_owned(),
        ] {
            assert!(found[[0, 0]].is_nan(), "{found}");
            assert_eq!(
                found.iter().skip(1).copied().collect::<Vec<_>>(),
                [-1.0, 0.0, 0.0]
            );
        }
    }
}
