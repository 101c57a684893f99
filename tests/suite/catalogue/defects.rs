//! Points at which a gradient of JAX or PyTorch is wrong: `tests/reference/defects.py` asks them and says why. This crate's
//! gradients there are right.

use std::fmt::Write;
use std::fs;
use wengert::{Tape, Var};

/// A point, who is asked, and what they say.
#[derive(Default)]
struct Defect {
    op: String,
    why: String,
    x: Vec<f64>,
    jax: Vec<f64>,
    torch: Vec<f64>,
    want: Vec<f64>,
}

fn defects() -> Vec<Defect> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/defects.txt");
    let text = fs::read_to_string(path).expect("the reference is there");
    let block = |block: &str| {
        let mut defect = Defect::default();
        for line in block.lines() {
            let (word, rest) = line.split_once(' ').expect("a word and what belongs to it");
            let numbers = || rest.split(' ').map(|x| x.parse().expect("a number")).collect();
            match word {
                "op" => rest.clone_into(&mut defect.op),
                "why" => rest.clone_into(&mut defect.why),
                "x:" => defect.x = numbers(),
                "jax:" => defect.jax = numbers(),
                "torch:" => defect.torch = numbers(),
                "want:" => defect.want = numbers(),
                other => panic!("the line {other}"),
            }
        }
        defect
    };
    text.split("\n\n").map(block).collect()
}

fn apply<'t>(op: &str, tape: &'t Tape, x: &[Var<'t>]) -> Var<'t> {
    match op {
        "ndtri" => x[0].ndtri(),
        "hypot" => x[0].hypot(x[1]),
        "asinh" => x[0].asinh(),
        "atan2" => x[0].atan2(x[1]),
        "exp_m1" => x[0].exp_m1(),
        "softplus" => x[0].softplus(),
        "gelu" => x[0].gelu(),
        "log_ndtr" => x[0].log_ndtr(),
        "digamma" => x[0].digamma(),
        "max" => x[0].max(x[1]),
        "clamp" => x[0].clamp(0, 1),
        "ln" => x[0].ln(),
        "xlogy" => x[0].xlogy(x[1]),
        "powf" => x[0].powf(x[1]),
        "logaddexp" => x[0].logaddexp(x[1]),
        "select ln" => x[0].above(0).select(x[0].ln(), 0),
        "det" => tape.stack(x).reshape([2, 2]).det().item(),
        "norm" => tape.stack(x).norm(2.0),
        other => panic!("{other} is not asked here"),
    }
}

/// Whether two derivatives are alike: NaN, ∞ and 0 exactly.
fn alike(got: &[f64], want: &[f64]) -> bool {
    let near = |(&a, &b): (&f64, &f64)| {
        let close = b.is_finite() && (a - b).abs() <= 1e-13 * b.abs();
        a == b || (a.is_nan() && b.is_nan()) || close
    };
    got.iter().zip(want).all(near)
}

fn list(x: &[f64]) -> String {
    let number = |&x: &f64| match x.abs() {
        _ if x == 0.0 => "0".to_owned(),
        size if (1e-3..1e5).contains(&size) => format!("{x}"),
        _ => format!("{x:e}"),
    };
    x.iter()
        .map(number)
        .collect::<Vec<_>>()
        .join(", ")
        .replace('-', "−")
        .replace("inf", "∞")
}

/// The section of the table of ops that lists them.
pub(super) fn section() -> String {
    let mut text = "\n## Where JAX or PyTorch is wrong\n\nGradients at points that the random ones above do not meet; the wrong ones \
                    are set in bold. `tests/reference/defects.py` asked them.\n\n\
                    | op | at | JAX | PyTorch | this crate | why |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for Defect {
        op,
        why,
        x,
        jax,
        torch,
        want,
    } in defects()
    {
        let said = |theirs: &[f64]| match alike(theirs, &want) {
            true => list(theirs),
            false => format!("**{}**", list(theirs)),
        };
        let (jax, torch) = (said(&jax), said(&torch));
        writeln!(
            text,
            "| {op} | {} | {jax} | {torch} | {} | {why} |",
            list(&x),
            list(&want)
        )
        .expect("a string takes text");
    }
    text
}

#[test]
fn gradients_are_right_where_others_are_wrong() {
    let all = defects();
    for Defect {
        op,
        x,
        jax,
        torch,
        want,
        ..
    } in &all
    {
        let tape = Tape::new();
        let vars = tape.vars(x);
        let gradient = apply(op, &tape, &vars).backward().wrt(&vars);
        assert!(
            alike(&gradient, want),
            "{op} at {x:?}: {gradient:?} instead of {want:?}"
        );
        assert!(
            !(alike(jax, want) && alike(torch, want)),
            "{op} at {x:?}: nobody is wrong"
        );
    }
    println!("{} points at which JAX or PyTorch is wrong", all.len());
    assert_eq!(all.len(), 20);
}
