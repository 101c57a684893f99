//! Defects of functions of numbers, and ties.

use super::*;

pub(super) const CASES: &[Case] = &[
    (1, "2^x differentiated as if x were the base", || {
        let want = 8.0 * std::f64::consts::LN_2;
        assert_eq!(slope(3.0, |x| Var::from(2.0).powf(x)), want);
        assert_eq!(slope(3.0, |x| x.exp2()), want);
    }),
    (2, "x^0 at 0 is NaN", || {
        assert_eq!(slope(0.0, |x| x.powf(0.0)), 0.0);
        assert_eq!(slope(0.0, |x| x.powi(0)), 0.0);
    }),
    (3, "0^n with respect to n is NaN", || {
        assert_eq!(slope(2.0, |n| Var::from(0.0).powf(n)), 0.0);
    }),
    (5, "sqrt(x + 0) at 0 is NaN by a dummy operand", || {
        assert_eq!(slope(0.0, |x| (x + 0.0).sqrt()), f64::INFINITY);
        assert_eq!(slope(0.0, |x| x.sqrt()), f64::INFINITY);
    }),
    (7, "|x| at 0", || assert_eq!(slope(0.0, |x| x.abs()), 0.0)),
    (8, "a finite gradient through NaN", || {
        assert!(slope(f64::NAN, |x| x.abs()).is_nan());
        assert!(slope(f64::NAN, |x| x * x.signum()).is_nan());
    }),
    (9, "ln(−2) has a slope", || {
        assert!(slope(-2.0, |x| x.ln()).is_nan())
    }),
    (10, "overflow in sigmoid, silu, elu, tanh", || {
        for x in [-90.0, 90.0, -1000.0, 1000.0, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(
                (0.0..=1e-30).contains(&slope_f32(x, |x| x.sigmoid())),
                "sigmoid at {x}"
            );
            assert_eq!(slope_f32(x, |x| x.tanh()), 0.0);
        }
        assert_eq!(slope_f32(0.0, |x| x * x.sigmoid()), 0.5);
        assert_eq!(slope_f32(-1000.0, |x| x * x.sigmoid()), 0.0);
        // elu: x above 0, eˣ − 1 below; the branch not taken overflows at 1000.
        let elu: for<'t> fn(Var<'t, f32>) -> Var<'t, f32> = |x| x.relu() + x.min(0.0).exp_m1();
        assert_eq!(slope_f32(1000.0, elu), 1.0);
        assert_eq!(slope_f32(-1000.0, elu), 0.0);
        assert_eq!(slope(800.0, |x| x.tanh()), 0.0);
    }),
    (11, "an op that nobody tested", || {
        // `pointwise.rs` fails to compile for a row that has no reference value; here, that none lacks a slope.
        for op in Unary::ALL {
            let tape = Tape::new();
            let (low, high) = op.domain()[0];
            let x = tape.var((low + high) / 2.0 + 0.01);
            assert!(op.apply(&x).backward().wrt(x).is_finite(), "{}", op.name());
        }
    }),
    (12, "the second derivative at a stationary point is 0", || {
        let tape = Tape::new();
        let x = tape.var(0.0);
        let first = (x * x + 1.0).recip().backward_recorded().wrt(x);
        assert_eq!((first.value(), first.backward().wrt(x)), (0.0, -2.0));
    }),
    (14, "max(x, x) gives both sides everything", || {
        assert_eq!(slope(1.0, |x| x.max(x)), 1.0);
        assert_eq!(slope(1.0, |x| x.min(x)), 1.0);
        assert_eq!(slope(1.0, |x| x.fmax(x)), 1.0);
    }),
    (15, "every tie of a maximum gets everything", || {
        let tape = Tape::new();
        let x = tape.tensor(&arr2(&[[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]]));
        let g = x.max_axes([1]).backward_with(&arr1(&[5.0, 7.0]));
        let parts = g.wrt(x).sum_axis(ndarray::Axis(1));
        assert!((parts[[0]] - 5.0).abs() < 1e-14 && (parts[[1]] - 7.0).abs() < 1e-14);
        // Whatever chooses: what its operand receives is what arrived, for seeds of one sign.
        let choices: [fn(Tensor<'_>) -> Tensor<'_>; 10] = [
            |x| x.min_axes([1]),
            |x| x.norm_keep(f64::INFINITY, [1]),
            |x| x.max_with_index(1).0,
            |x| x.min_with_index(0).0,
            |x| x.cummax(1),
            |x| x.cummin(0),
            |x| x.sort(1),
            |x| x.topk(2, 1).0,
            |x| x.median_axes([1]),
            |x| x.median_axes([0, 1]),
        ];
        for (i, choice) in choices.iter().enumerate() {
            let y = choice(x);
            let seed = y.value().mapv(|y| 1.0 + (7.0 * y + i as f64).sin());
            let error = (y.backward_with(&seed).wrt(x).sum() - seed.sum()).abs();
            assert!(error < 1e-13, "choice {i}");
        }
    }),
    (16, "max with NaN", || {
        let tape = Tape::new();
        let (x, y) = (tape.var(1.0), tape.var(f64::NAN));
        let [a, b] = x.max(y).backward().wrt([x, y]);
        assert!(a == 0.0 && b.is_nan());
    }),
    (17, "relu'(0) is 1", || assert_eq!(slope(0.0, |x| x.relu()), 0.0)),
];
