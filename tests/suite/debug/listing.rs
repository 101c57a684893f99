//! The tape in print, and counted.

use ndarray::{Array2, arr1, arr2};
use wengert::Tape;
use wengert::inspect::{Lane, Tally};

#[test]
fn one_line_an_op() {
    let tape = Tape::new().traced();
    let x = tape.var(2.0).label("x");
    let first = line!() - 1;
    let y = x * 3.0 + x.sin() / x;
    let a = tape.tensor(&arr2(&[[3.0, 4.0]]));
    let z = (1.0 - a).t().at([1, 0]) + y;
    let listing = tape.listing().to_string();
    let lines: Vec<&str> = listing.lines().collect();
    let starts = [
        "#0 x  var",
        "#1    mul #0 3",
        "#2    sin #0",
        "#3    div #2 #0",
        "#4    add #1 #3",
        "@0    tensor",
        "@1    sub 1 @0",
        "@2    permute @1",
        "#5    at @2.1",
        "#6    add #5 #4",
    ];
    assert_eq!(lines.len(), starts.len(), "{listing}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{start:?} in\n{listing}");
    }
    let file = file!();
    assert!(lines[0].ends_with(&format!("{file}:{first}")), "{listing}");
    assert!(
        lines[1].contains("= 6 ") && lines[5].contains("[1, 2] ‖·‖ = 5"),
        "{listing}"
    );
    assert!(
        lines[9].contains("= 3.454649") && (z.value() - 3.454649).abs() < 1e-6,
        "{listing}"
    );
}

/// An untraced tape shows what its records hold and what follows from it, and a mark for the rest.
#[test]
fn values_without_a_trace() {
    let tape = Tape::new();
    let (x, y) = (tape.var(2.0), tape.var(1.0));
    let _ = x * 3.0 + y;
    let _ = (x.sin().detach() - 1.0).exp();
    let listing = tape.listing().to_string();
    let values: Vec<&str> = listing
        .lines()
        .map(|line| line.rsplit("= ").next().unwrap())
        .collect();
    assert_eq!(values[..2], ["2", "?"], "{listing}");
    assert_eq!(values[2..4], ["6", "?"], "{listing}");
    assert!(
        values[4].starts_with("0.909") && values[7].starts_with("0.913"),
        "{listing}"
    );
}

#[test]
fn a_long_tape_is_elided() {
    let tape = Tape::new();
    let x = tape.var(1.0);
    let _ = (0..1_000_000).fold(x, |y, _| y + x);
    let listing = tape.listing().to_string();
    assert!(listing.lines().count() < 100);
    assert!(listing.contains("… 999941 ops …"), "{listing}");
    assert!(listing.lines().last().unwrap().starts_with("#1000000"));
}

/// Counts and bytes agree with each other and with what the layout says.
#[test]
fn counts() {
    let tape = Tape::new();
    let x = tape.tensor(&Array2::<f64>::ones((10, 20)));
    let y = x.t().matmul(&x); // the transpose is a view
    let _ = y.sum() * tape.var(2.0) + 1.0;
    let _ = x.detach(); // holds no memory of its own either, and is no op with attributes
    let stats = tape.stats();
    let tally = tape.tally();
    let of = |op: &str| -> &Tally { tally.iter().find(|tally| tally.op == op).unwrap() };
    assert_eq!(
        (of("mul").lane, of("mul").ops, of("mul").bytes),
        (Lane::Scalar, 1, 24)
    );
    assert_eq!((of("matmul").lane, of("matmul").ops), (Lane::Array, 1));
    let (node, with_op) = (of("detach").bytes, of("permute").bytes);
    assert!((of("tensor").bytes - node >= 1600) && (of("matmul").bytes - with_op >= 3200));
    let total = |lane| -> usize { tally.iter().filter(|t| t.lane == lane).map(|t| t.bytes).sum() };
    assert_eq!(total(Lane::Scalar), stats.scalar_bytes);
    let array_ops = ["permute", "matmul", "sum"]
        .map(|op| of(op).ops)
        .iter()
        .sum::<usize>();
    assert_eq!(array_ops, 3);
    assert_eq!(
        total(Lane::Array),
        stats.array_bytes + node * stats.array_ops + (with_op - node) * array_ops
    );
    assert_eq!(
        tally.iter().map(|t| t.ops).sum::<usize>(),
        stats.scalar_ops + stats.array_ops
    );
    assert!(tally.windows(2).all(|pair| pair[0].bytes >= pair[1].bytes));
    assert!(stats.adjoint_bytes >= 8 * (200 + 200 + 400 + stats.scalar_ops));

    let traced = Tape::new().traced();
    let _ = traced.var(1.0) + 1.0;
    assert_eq!(
        traced.stats().scalar_bytes,
        traced.tally().iter().map(|t| t.bytes).sum::<usize>()
    );
    let _ = traced.tensor(&arr1(&[1.0]));
}
