//! A warm evaluator asks for no memory.

use super::counter::calls;
use wengert::grad::Evaluator;

#[test]
fn a_warm_evaluator_allocates_nothing() {
    const N: usize = 50;
    let mut scalars = Evaluator::new(|x| {
        x.windows(2)
            .map(|w| 100 * (w[1] - w[0] * w[0]).powi(2) + (1 - w[0]).powi(2))
            .sum()
    });
    let mut tensor = Evaluator::of_tensor(|x| (x.square() * x.sin() + x.tanh().abs()).sum() / x.logsumexp());
    let x: Vec<f64> = (0..N).map(|i| 0.5 + 0.01 * i as f64).collect();
    let v: Vec<f64> = (0..N).map(|i| (i as f64).cos()).collect();
    let (mut g, mut hv) = (vec![0.0; N], vec![0.0; N]);
    for f in [&mut scalars, &mut tensor] {
        for round in 0..10 {
            let mut counts = [0; 5];
            let mut count = |k: usize, before: usize| counts[k] = calls() - before;
            let at = calls();
            f.value(&x);
            count(0, at);
            let at = calls();
            f.value_and_grad_into(&x, &mut g);
            count(1, at);
            let at = calls();
            f.jvp(&x, &v);
            count(2, at);
            let at = calls();
            f.vjp_into(&x, 2.0, &mut g);
            count(3, at);
            let at = calls();
            f.hvp_into(&x, &v, &mut g, &mut hv);
            count(4, at);
            if round >= 4 {
                assert_eq!(counts, [0; 5], "round {round}: value, gradient, jvp, vjp, hvp");
            }
        }
    }
}
