//! Functions that are composed of rows: values by other formulas, derivatives by the checker, under every arrangement.

use crate::common::inputs::{draw, indices};
use crate::common::{Tally, check};
use ndarray::{ArrayD, s};
use wengert::{Lit, Tape, Tensor, Term, Value};

/// One text for numbers and tensors.
trait Composed {
    const NAME: &'static str;
    const DOMAINS: &'static [&'static [(f64, f64)]];
    fn of<V: Value>(x: &[Term<V>]) -> Term<V>;
    fn plain(x: &[f64]) -> f64;
}

/// `Name: |x, …| expression, as plain numbers; on [intervals] …;`
macro_rules! composed {
    ($($Name:ident: |$($x:ident),+| $y:expr, as $plain:expr; on $([$($on:expr),+])+;)*) => {
        $(struct $Name;
        impl Composed for $Name {
            const NAME: &'static str = stringify!($Name);
            const DOMAINS: &'static [&'static [(f64, f64)]] = &[$(&[$($on),+]),+];
            fn of<V: Value>(x: &[Term<V>]) -> Term<V> {
                let [$($x),+] = x else { unreachable!("as many arguments as the function has") };
                $y
            }
            fn plain(x: &[f64]) -> f64 {
                let &[$($x),+] = x else { unreachable!("as many arguments as the function has") };
                $plain
            }
        })*
        /// Calls `f` for each.
        macro_rules! for_each_composed {
            ($f:ident($argument:expr)) => { $($f::<$Name>($argument);)* };
        }
    };
}

/// α(eᵗ − 1) below 0, x above.
fn elu(x: f64, alpha: f64) -> f64 {
    if x > 0.0 { x } else { alpha * x.exp_m1() }
}

composed! {
    Sign: |x| x.sign() * x, as x.abs(); on [(-2.0, -0.3), (0.3, 2.0)];
    Rsqrt: |x| x.rsqrt(), as 1.0 / x.sqrt(); on [(0.4, 3.0)];
    SincX: |x| x.sinc(), as x.sin() / x; on [(-4.0, 4.0)];
    Entr: |x| x.entr(), as -x * x.ln(); on [(0.3, 3.0)];
    LogSigmoid: |x| x.log_sigmoid(), as (1.0 / (1.0 + (-x).exp())).ln(); on [(-2.0, 2.0)];
    Relu6: |x| x.relu6(), as x.clamp(0.0, 6.0); on [(-2.0, -0.3), (0.3, 5.7), (6.3, 8.0)];
    Elu: |x| x.elu(Lit(0.7)), as elu(x, 0.7); on [(-2.0, -0.3), (0.3, 2.0)];
    Selu: |x| x.selu(), as 1.0507009873554805 * elu(x, 1.6732632423543772); on [(-2.0, -0.3), (0.3, 2.0)];
    Celu: |x| x.celu(Lit(0.7)), as elu(x / 0.7, 1.0) * 0.7; on [(-2.0, -0.3), (0.3, 2.0)];
    Hardtanh: |x| x.hardtanh(), as x.clamp(-1.0, 1.0); on [(-2.0, -1.3), (-0.7, 0.7), (1.3, 2.0)];
    HardSigmoid: |x| x.hard_sigmoid(), as (x / 6.0 + 0.5).clamp(0.0, 1.0); on [(-5.0, -3.3), (-2.7, 2.7), (3.3, 5.0)];
    Clamp: |x| x.clamp(Lit(-0.5), 1), as x.clamp(-0.5, 1.0); on [(-2.0, -0.8), (-0.2, 0.7), (1.3, 2.0)];
    LeakyRelu: |x, s| x.leaky_relu(s), as if x > 0.0 { x } else { s * x }; on [(-2.0, -0.3), (0.3, 2.0)] [(-1.0, 1.0)];
    EluOfTwo: |x, a| x.elu(a), as elu(x, a); on [(-2.0, -0.3), (0.3, 2.0)] [(-1.0, 1.0)];
    Heaviside: |x, h| x.heaviside(h) + h, as f64::from(u8::from(x > 0.0)) + h; on [(-2.0, -0.3), (0.3, 2.0)] [(-1.0, 1.0)];
    Step: |x, h| (x.floor() * 0).heaviside(h), as h + 0.0 * x; on [(0.2, 0.8)] [(-1.0, 1.0)];
    SquaredDifference: |a, b| a.squared_difference(b), as (a - b) * (a - b); on [(-2.0, 2.0)] [(-2.0, 2.0)];
    ClampBy: |x, l, h| x.clamp_by(l, h), as x.clamp(l, h); on [(-2.0, -0.8), (-0.2, 0.2), (0.8, 2.0)] [(-0.7, -0.3)] [(0.3, 0.7)];
    Lerp: |a, b, t| a.lerp(b, t), as (1.0 - t) * a + t * b; on [(-2.0, 2.0)] [(-2.0, 2.0)] [(-0.5, 1.5)];
    MulAdd: |x, b, c| x.mul_add(b, c), as x * b + c; on [(-2.0, 2.0)] [(-2.0, 2.0)] [(-2.0, 2.0)];
    Select: |c, a, b| c.above(0).select(a, b), as if c > 0.0 { a } else { b }; on [(-2.0, -0.3), (0.3, 2.0)] [(-2.0, 2.0)] [(-2.0, 2.0)];
    SelectOfFunctions: |c, a, b| c.above(0).select(c.ln() * a, c.exp() * b), as if c > 0.0 { c.ln() * a } else { c.exp() * b };
        on [(-2.0, -0.3), (0.3, 2.0)] [(-2.0, 2.0)] [(-2.0, 2.0)];
}

fn drawn<C: Composed>(shapes: &[&[usize]], rng: &mut fastrand::Rng) -> Vec<ArrayD<f64>> {
    let pairs = C::DOMAINS.iter().zip(shapes);
    pairs.map(|(domain, shape)| draw(domain, shape, rng)).collect()
}

/// The value at every index, of tensors and of numbers, by the formula.
fn values<C: Composed>(count: &mut usize) {
    let mut rng = fastrand::Rng::with_seed(61);
    let x = drawn::<C>(&[&[20, 3], &[3], &[20, 1]], &mut rng);
    let tape = Tape::new();
    let tensors: Vec<Tensor> = x.iter().map(|x| tape.tensor(x)).collect();
    let got = C::of(&tensors);
    for index in indices(&[20, 3]) {
        let element = |(k, x): (usize, &ArrayD<f64>)| match k {
            0 => x[&index[..]],
            1 => x[[index[1]]],
            _ => x[[index[0], 0]],
        };
        let numbers: Vec<f64> = x.iter().enumerate().map(element).collect();
        let terms: Vec<Term<f64>> = numbers.iter().map(|&x| Term::new(x)).collect();
        let want = C::plain(&numbers);
        let scale = want.abs().max(1.0);
        for got in [got.value()[&index[..]], C::of(&terms).into_inner()] {
            assert!(
                (got - want).abs() <= 4.0 * f64::EPSILON * scale,
                "{} of {numbers:?}: {got}, not {want}",
                C::NAME
            );
        }
        *count += 1;
    }
}

#[test]
fn values_are_those_of_plain_formulas() {
    let mut count = 0;
    for_each_composed!(values(&mut count));
    assert_eq!(count, 22 * 60);
}

/// Gradient, Hessian, third derivative: shapes odd and even, broadcast, empty; operands that are views; one operand for all.
fn slopes<C: Composed>(tally: &mut Tally) {
    let mut rng = fastrand::Rng::with_seed(62);
    for shapes in [
        [&[][..], &[], &[]],
        [&[3], &[3], &[3]],
        [&[4], &[], &[1]],
        [&[2, 1], &[3], &[]],
        [&[0], &[1], &[]],
    ] {
        let name = format!("{} of {shapes:?}", C::NAME);
        *tally += check(&name, &drawn::<C>(&shapes, &mut rng), |_, x| C::of(x));
    }
    let views = drawn::<C>(&[&[3, 2], &[2, 3], &[2, 5]], &mut rng);
    *tally += check(&format!("{} of views", C::NAME), &views, |_, x| {
        let view = |k: usize| match (k, &x[k]) {
            (0, x) => x.t().slice(s![..;-1, ..]),
            (1, x) => x.slice(s![.., ..;-1]),
            (_, x) => x.slice(s![.., ..;2]),
        };
        C::of(&(0..x.len()).map(view).collect::<Vec<_>>())
    });
}

#[test]
fn slopes_by_the_checker() {
    let mut tally = Tally::default();
    for_each_composed!(slopes(&mut tally));
    println!("composed functions: {tally}");
    assert_eq!(tally.cases, 22 * 6);
}

/// One tensor as all operands.
#[test]
fn of_one_operand_for_all() {
    let x = [draw(&[(0.3, 0.6)], &[2, 2], &mut fastrand::Rng::with_seed(63))];
    check("lerp", &x, |_, x| x[0].lerp(x[0].t(), x[0]));
    check("mul_add", &x, |_, x| x[0].mul_add(x[0], x[0].t()));
    check("select", &x, |_, x| x[0].select(x[0].t(), x[0]));
    check("select, not taken", &x, |_, x| {
        (x[0] * 0).floor().select(x[0].ln(), x[0].t())
    });
    check("squared_difference", &x, |_, x| x[0].squared_difference(x[0].t()));
    check("leaky_relu", &x, |_, x| (-x[0]).leaky_relu(x[0].t()));
    check("logaddexp", &x, |_, x| x[0].logaddexp(x[0].t()));
    check("xlogy", &x, |_, x| x[0].xlogy(x[0].t()));
}
