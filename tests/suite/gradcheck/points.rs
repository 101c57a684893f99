//! Kinks, jumps, borders, noise: what can be checked, and what cannot.

use wengert::Var;
use wengert::gradcheck::{GradCheck, Reason, Report};

#[track_caller]
fn at(x: f64, f: impl for<'t> Fn(Var<'t>) -> Var<'t>) -> Report {
    let check = GradCheck::new();
    match check.check(|_, x| f(x), &x) {
        Ok(report) => report,
        Err(faults) => panic!("{faults}"),
    }
}

#[test]
fn probe() {
    println!("{}", at(0.5, |x| x.sin()));
    println!("{}", at(0.0, |x| x.relu()));
    println!("{}", at(0.0, |x| x.abs()));
    println!("{}", at(0.0, |x| x.max(0.0)));
    println!("{}", at(0.0, |x| x.sqrt()));
    println!("{}", at(0.0, |x| x.ln()));
    println!("{}", at(0.0, |x| x.cbrt()));
    println!("{}", at(1.0, |x| x.floor()));
    println!("{}", at(1.5, |x| x.floor()));
    println!("{}", at(0.0, |x| x.powi(7)));
    println!("{}", at(0.0, |x| x.relu().powf(1.5)));
    println!("{}", at(0.0, |x| x.relu().powi(2)));
    println!("{}", at(0.0, |x| (x * x + 1e-24).sqrt()));
    println!("{}", at(0.0, |x| (x * x + 1e-12).sqrt()));
    println!("{}", at(1e-5, |x| x.relu()));
    println!("{}", at(1e-8, |x| x.relu()));
    println!("{}", at(1e-12, |x| x.ln()));
    println!("{}", at(1e6, |x| x.sin()));
    println!("{}", at(0.3, |x| (1e6 * x).sin()));
    println!("{}", at(0.3, |x| (x.sin() + 1e8) - 1e8));
    println!("{}", at(0.3, |x| (x.sin() + 1e12) - 1e12));
    println!("{}", at(0.0, |x| x));
    println!("{}", at(1e300, |x| x));
    println!("{}", at(1e-300, |x| x.ln()));
}
