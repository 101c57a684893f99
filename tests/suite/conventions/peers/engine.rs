//! Defects of the tape and its sweeps.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        32,
        "an op without a rule passes the cotangent on as it is",
        || {
            let op = wengert::CustomOp::new("triple", |x| 3.0 * &x[0], |_, _, _, g| 3.0 * &g);
            let tape = Tape::new();
            let x = tape.tensor(&arr1(&[1.0, 2.0]));
            let y = op.apply(&[x]).sum();
            assert_eq!(y.backward().wrt(x), arr1(&[3.0, 3.0]).into_dyn());
            // There is no rule for the second order and none for tangents: errors that name the op.
            panics("triple", || drop(y.backward_recorded()));
            panics("triple", || {
                drop(tape.forward().seed_array(x, &arr1(&[1.0, 1.0])).sweep())
            });
        },
    ),
    (33, "a gradient after `clear` belongs to another variable", || {
        let mut tape = Tape::new();
        let old = {
            let x = tape.var(2.0);
            (x * x).backward()
        };
        tape.clear();
        let x = tape.var(7.0);
        panics("before it was cleared", || drop(old.wrt(x)));
    }),
    (34, "values of two tapes in one op", || {
        let (one, other) = (Tape::new(), Tape::new());
        let (x, y) = (one.var(1.0), other.var(2.0));
        panics("two different tapes", || drop(x * y));
        let (x, y) = (one.tensor(&arr1(&[1.0])), other.tensor(&arr1(&[1.0])));
        panics("two different tapes", || drop(x * y));
        panics("two different tapes", || drop(Tensor::concat(&[x, y], 0)));
        let gradients = x.sum().backward();
        panics("another tape", || drop(gradients.get(y)));
    }),
    (
        35,
        "checkpoints: states in a cluster, wrong gradients beside frozen inputs",
        || {
            fn step<'t>(i: usize, x: Tensor<'t>, p: &[Tensor<'t>]) -> Tensor<'t> {
                (x * p[0] + p[1]).sin() + 0.01 * i as f64
            }
            let tape = Tape::new();
            let [x, a, b] = [0.3, 0.9, 0.2].map(|v| tape.tensor(&arr1(&[v, -v])));
            let frozen = tape.constant(&a.value());
            for p in [[a, b], [frozen, b]] {
                let full = (0..100).fold(x, |x, i| step(i, x, &p)).sum().backward();
                let short = wengert::checkpoint_loop(100, 4, x, &p, step).sum().backward();
                assert_eq!(full.wrt(x), short.wrt(x));
                assert_eq!(full.get(p[0]), short.get(p[0]));
                assert_eq!(full.wrt(b), short.wrt(b));
            }
        },
    ),
    (37, "recursion over a long chain", || {
        let tape = Tape::new();
        let x = tape.var(1.0);
        let y = (0..1_000_000).fold(x, |y, _| y + 1e-6 * y);
        let grown = y.backward().wrt(x);
        assert_eq!(grown, y.value());
        // A ladder of shared operands: 2ⁿ paths.
        let z = (0..60).fold(x, |z, _| z + z);
        assert_eq!(z.backward().wrt(x), (1_u64 << 60) as f64);
        let t = tape.tensor(&arr1(&[1.0]));
        let u = (0..100_000).fold(t, |u, _| u + 1.0);
        assert_eq!(u.sum().backward().wrt(t), arr1(&[1.0]).into_dyn());
        drop(tape);
    }),
    (
        38,
        "one operand twice; the second derivative of a linear function is an error",
        || {
            assert_eq!(slope(3.0, |x| x + x), 2.0);
            assert_eq!(slope(3.0, |x| x * x), 6.0);
            assert_eq!(slope(3.0, |x| x - x), 0.0);
            assert_eq!(slope(3.0, |x| x / x), 0.0);
            let tape = Tape::new();
            let (x, t) = (tape.var(3.0), tape.tensor(&arr1(&[3.0, 4.0])));
            let first = (5.0 * x + (t * 2.0).sum()).backward_recorded();
            assert_eq!(first.wrt(x).backward().wrt(x), 0.0);
            assert_eq!(first.wrt(t).sum().backward().wrt(t), arr1(&[0.0, 0.0]).into_dyn());
            for op in Binary::ALL
                .iter()
                .filter(|op| matches!(op, Binary::Add | Binary::Sub))
            {
                let gradient = op.apply(&x, &x).backward_recorded().wrt(x);
                assert_eq!(
                    gradient.backward_recorded().wrt(x).backward().wrt(x),
                    0.0,
                    "{}",
                    op.name()
                );
            }
        },
    ),
];
