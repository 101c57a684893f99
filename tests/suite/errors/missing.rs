//! Gradients that do not exist are errors which say where the path was cut; those that are 0 are 0.

use super::hook::{panic_of, refused};
use ndarray::{Array1, ArrayD, arr0, arr1, arr2, s};
use wengert::{Tape, Tensor, Var};

/// `file:line` of a line of this file, as messages show it.
fn here(line: u32) -> String {
    format!("{}:{line}:", file!())
}

/// A cut in the scalar lane: the message names it, and `get` is `None`, for the plain and the recorded gradient.
#[test]
fn a_detached_scalar() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.var(3.0));
    let (cut, line) = (x.exp().detach(), line!());
    let loss = cut * y;
    let (plain, recorded) = (loss.backward(), loss.backward_recorded());
    for message in [refused!(plain.wrt(x)), refused!(recorded.wrt(x))] {
        assert!(message.contains("does not depend on this scalar"), "{message}");
        assert!(
            message.contains(&format!("`detach` at {}", here(line))),
            "{message}"
        );
    }
    assert_eq!((plain.get(x), plain.get(y)), (None, Some(2.0_f64.exp())));
    assert!(recorded.get(x).is_none());
    // Not of what it was cut from, but of the cut itself, the loss is a function.
    assert_eq!(plain.wrt(cut), 3.0);
}

/// A cut in the array lane: the message names it and the tensor.
#[test]
fn a_detached_tensor() {
    let tape = Tape::new();
    let (x, origin) = (tape.tensor(&arr1(&[2.0, 3.0])), line!());
    let (cut, line) = (x.exp().detach(), line!());
    let loss = (cut * tape.var(3.0)).sum();
    let (plain, recorded) = (loss.backward(), loss.backward_recorded());
    for message in [refused!(plain.wrt(x)), refused!(recorded.wrt(x))] {
        assert!(
            message.contains(&format!("`detach` at {}", here(line))),
            "{message}"
        );
        assert!(message.contains(&here(origin)), "{message}");
        assert!(message.contains("tensor of shape [2]"), "{message}");
    }
    assert!(plain.get(x).is_none() && recorded.get(x).is_none());
}

/// Every cut on a path is named, those in series and those side by side; cuts that lead elsewhere are not.
#[test]
fn several_cuts() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.var(3.0));
    let (first, one) = (x.sin().detach(), line!());
    let (second, two) = ((first * y).detach(), line!());
    let (beside, three) = ((x * y).detach(), line!());
    let (elsewhere, four) = (y.detach(), line!());
    let (unused, five) = (x.detach(), line!());
    let loss = second + beside + elsewhere;
    let message = refused!(loss.backward().wrt(x));
    let named = [one, two, three, four, five].map(|line| message.contains(&here(line)));
    assert_eq!(named, [true, true, true, false, false], "{message}");
    assert_eq!(unused.value(), 2.0);
    assert_eq!(message.matches("`detach`").count(), 3, "{message}");
}

/// Cuts are found across the crossings: from an array through reads and a stack to a scalar, with the cut in either
/// lane.
#[test]
fn cuts_across_the_crossings() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[2.0, 3.0]));
    let a = tape.var(5.0);
    let (read, one) = (x.at([1]).detach(), line!());
    let stacked = tape.stack(&[read, a]);
    let gradients = stacked.sum().backward();
    assert!(refused!(gradients.wrt(x)).contains(&here(one)));

    let (cut, two) = (tape.stack(&[a, a * a]).detach(), line!());
    let loss = cut.at([1]) * x.at([0]);
    let gradients = loss.backward();
    let message = refused!(gradients.wrt(a));
    assert!(
        message.contains(&here(two)) && !message.contains(&here(one)),
        "{message}"
    );
    assert_eq!(gradients.wrt(x), arr1(&[25.0, 0.0]).into_dyn());
    // One of several scalars is missing: the message is about that one.
    let both = [x.at([0]), a];
    let gradients = (both[0] * cut.sum()).backward();
    assert!(refused!(gradients.wrt(both)).contains(&here(two)));
    assert!(refused!(gradients.wrt(&both[..])).contains(&here(two)));
    assert_eq!(gradients.get(both), None);
}

/// No path at all: the message says so, and where constants enter.
#[test]
fn no_path() {
    let tape = Tape::new();
    let (x, z) = (tape.var(2.0), tape.tensor(&arr2(&[[1.0]])));
    let (data, line) = (tape.constant(&arr1(&[1.0, 2.0])), line!());
    let loss = (data * x).sum();
    let gradients = loss.backward();
    let message = refused!(gradients.wrt(z));
    assert!(message.contains("tensor of shape [1, 1]"), "{message}");
    assert!(
        message.contains("no recorded operation leads from it"),
        "{message}"
    );
    assert!(
        message.contains(&format!("constant enters at {}", here(line))),
        "{message}"
    );
    assert!(gradients.get(z).is_none());
    // Computed from x, but not part of the loss.
    let sibling = {
        let sibling = x * x;
        let gradients = (x + 1.0).backward();
        assert_eq!(gradients.wrt(x), 1.0);
        let _ = refused!(gradients.wrt(sibling));
        assert_eq!(gradients.get(sibling), None);
        sibling
    };
    // The loss does not depend on what is computed from it.
    let later = loss * sibling;
    assert_eq!(loss.backward().get(later), None);
}

/// Untracked constants have no gradient and no sweep, and the message says what to do.
#[test]
fn untracked_constants() {
    let tape = Tape::new();
    let (x, c) = (tape.var(2.0), Var::from(3.0));
    let gradients = (x * c).backward();
    assert!(refused!(gradients.wrt(c)).contains("Tape::var"));
    assert!(refused!(gradients.get(c)).contains("Tape::var"));
    assert!(refused!(gradients.wrt([x, c])).contains("Tape::var"));
    assert!(refused!((x * c).backward_recorded().wrt(c)).contains("Tape::var"));
    assert!(refused!(c.exp().backward()).starts_with("backward: "));
    assert!(refused!(c.exp().backward_recorded()).starts_with("backward_recorded: "));
    assert!(refused!(c.to_tensor()).starts_with("to_tensor: "));
}

/// A tensor on which the sweep spends no work has no gradient there; asking for it must not give zeros that are not
/// true. The loss below is Σ c·x, so the gradient of each is x, or an error, but nothing else.
#[test]
fn a_tensor_without_a_cotangent_is_not_said_to_have_a_zero_one() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[2.5, 3.5]));
    let constants: [(&str, Tensor); 5] = [
        ("a constant", tape.constant(&arr1(&[1.0, 2.0]))),
        ("computed from constants", tape.constant(&arr1(&[1.0, 2.0])).exp()),
        ("a detached tensor", x.detach()),
        ("a rounded tensor", x.floor()),
        ("a stack of constants", tape.stack(&[1.0.into(), 2.0.into()])),
    ];
    let mut wrong = Vec::new();
    for (name, c) in constants {
        let loss = (c * x).sum();
        let (plain, recorded) = (loss.backward(), loss.backward_recorded());
        for way in 0..4 {
            let mut found = None;
            let refusal = panic_of(|| {
                found = match way {
                    0 => Some(plain.wrt(c).to_owned()),
                    1 => plain.get(c).map(|g| g.to_owned()),
                    2 => Some(recorded.wrt(c).value().to_owned()),
                    _ => recorded.get(c).map(|g| g.value().to_owned()),
                };
            });
            if refusal.is_none() && found.as_ref().is_some_and(|g| g != x.value()) {
                wrong.push(format!("{name}: {}", found.expect("some gradient")));
            }
        }
    }
    assert!(wrong.is_empty(), "gradients that are not [2.5, 3.5]: {wrong:#?}");
}

/// A path along which nothing flows gives zeros, not an error: the loss is a function of x that does not change
/// with it here.
#[test]
fn zero_where_nothing_flows() {
    let tape = Tape::new();
    let a = tape.var(-1.5);
    let scalars: [(&str, Var); 9] = [
        ("relu", a.relu()),
        ("floor", a.floor()),
        ("signum", a.signum()),
        ("max", a.max(2.0)),
        ("min", a.min(-2.0)),
        ("gated", a.gated(0)),
        ("powi", a.powi(0)),
        ("above", a.above(0.0)),
        ("after", a.relu().exp()),
    ];
    for (name, y) in scalars {
        let loss = y + 1.0;
        assert_eq!(loss.backward().wrt(a), 0.0, "{name}");
        let slope = loss.backward_recorded().wrt(a);
        assert_eq!((slope.value(), slope.backward().wrt(a)), (0.0, 0.0), "{name}");
    }
    let x = tape.tensor(&arr1(&[-1.5, -2.5, -3.5]));
    let zeros = Array1::zeros(3).into_dyn();
    let tensors: [(&str, Tensor); 11] = [
        ("relu", x.relu()),
        ("floor", x.floor()),
        ("max", x.max(2.0)),
        ("min", x.min(-9.0)),
        ("gated", x.gated(0)),
        ("powi", x.powi(0)),
        ("above", x.above(0.0)),
        ("empty slice", x.slice(s![1..1])),
        ("empty take", x.take(0, &[])),
        ("gated later", x.exp().gated(0)),
        ("floor later", x.floor().exp()),
    ];
    for (name, y) in tensors {
        let loss = y.sum() + 1.0;
        let gradients = loss.backward();
        assert_eq!(gradients.wrt(x), zeros, "{name}");
        assert!(
            gradients.wrt(x).iter().all(|g| g.is_sign_positive()),
            "{name}: −0"
        );
        let slope = loss.backward_recorded().wrt(x);
        assert_eq!(slope.value(), zeros, "{name}");
        assert_eq!(slope.sum().backward().wrt(x), zeros, "{name}");
    }
    // The losers of a maximum, what a slice and a read leave, the other rows of a gather.
    let parts: [(&str, Var, [f64; 3]); 4] = [
        ("max", x.max_all(), [1.0, 0.0, 0.0]),
        ("slice", x.slice(s![..;2]).sum(), [1.0, 0.0, 1.0]),
        ("at", x.at([1]), [0.0, 1.0, 0.0]),
        ("take", x.take(0, &[2, 2]).sum(), [0.0, 0.0, 2.0]),
    ];
    for (name, y, want) in parts {
        assert_eq!(y.backward().wrt(x), arr1(&want).into_dyn(), "{name}");
    }
}

/// The gradient of a linear function is a function of its variable: its second derivative is 0 and no error, in
/// either lane and across the crossings, whether its gradient is recorded on the tape or a constant (PyTorch's
/// issues 32304 and 36463).
#[test]
fn a_linear_function_has_a_second_derivative() {
    let tape = Tape::new();
    let (a, x) = (tape.var(3.0), tape.tensor(&arr1(&[1.0, 2.0])));
    let losses = [
        a + a,
        2.0 * a - 1.0,
        a / 4.0,
        -a,
        tape.stack(&[a, a]).sum(),
        (a + x).sum(),
    ];
    for loss in losses {
        let slope = loss.backward_recorded().wrt(a);
        assert_eq!(slope.value(), loss.backward().wrt(a));
        let second = slope.backward_recorded().wrt(a);
        assert_eq!((slope.backward().wrt(a), second.value()), (0.0, 0.0));
        assert_eq!(second.backward().wrt(a), 0.0);
    }
    let zeros: ArrayD<f64> = Array1::zeros(2).into_dyn();
    let tilted = x.matmul(&tape.constant(&arr1(&[3.0, 4.0]))).item();
    for loss in [
        x.sum(),
        (x * 3.0).mean(),
        x.at([1]),
        tilted,
        (a + x).sum(),
        (x - x).sum(),
    ] {
        let slope = loss.backward_recorded().wrt(x);
        assert_eq!(slope.value(), loss.backward().wrt(x));
        assert_eq!(slope.sum().backward().wrt(x), zeros);
        assert_eq!(slope.at([0]).backward_recorded().wrt(x).value(), zeros);
    }
    // A cross derivative that does not exist stays an error.
    let slope = (a + x.sum()).backward_recorded().wrt(a);
    assert!(slope.backward().get(x).is_none());
    let whole = tape.tensor(&arr0(2.0));
    assert_eq!(
        whole
            .item()
            .backward_recorded()
            .wrt(whole)
            .item()
            .backward()
            .wrt(whole),
        arr0(0.0).into_dyn()
    );
}
