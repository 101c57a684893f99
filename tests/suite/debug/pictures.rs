//! Pictures of tapes: what is in them, and that large ones stay readable.

use ndarray::{Array2, arr2};
use wengert::{Tape, Var};

/// The colour of adjoints.
const BACK: &str = "#d1620a";

/// Checks that tags are balanced, and returns the texts between them.
fn texts(svg: &str) -> Vec<String> {
    let (mut open, mut texts) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "{svg}"),
            (false, false) => open.push(name),
            _ => {}
        }
        assert_eq!(tag.matches('"').count() % 2, 0);
        if !text.trim().is_empty() {
            texts.push(text.trim().to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    texts
}

fn layer(tape: &Tape) -> Var<'_> {
    let x = tape.constant(&arr2(&[[1.0, 2.0]])).label("x");
    let w = tape.tensor(&arr2(&[[3.0], [4.0]])).label("W");
    let z = x.matmul(&w).label("z").label_adjoint("δ");
    (0.5 * z.square().sum()).label("C")
}

#[test]
fn a_layer() {
    let tape = Tape::new();
    let loss = layer(&tape);
    let dead = loss.sin().label("dead");
    let plain = texts(&tape.picture().to_svg());
    assert!(plain.contains(&"dead".to_owned()) && !plain.contains(&"δ".to_owned()));
    let gradients = loss.backward();
    let svg = tape.picture().adjoints(&gradients).to_svg();
    let texts = texts(&svg);
    for text in [
        "x",
        "W",
        "z",
        "C",
        "matmul",
        "square",
        "sum",
        "mul(0.5, ·)",
        "δ",
        "1×2",
        "2×1",
    ] {
        assert!(texts.iter().any(|t| t == text), "{text} in {texts:?}");
    }
    // z = 11, δ = 11, W̄ = xᵀδ = (11, 22), of norm 24.6; the constant has no adjoint, the dead op no box.
    for text in ["= 11", "= 60.50", "= 121", "∂W", "‖·‖ 24.60", "= 0.5000"] {
        assert!(texts.iter().any(|t| t == text), "{text} in {texts:?}");
    }
    assert!(!texts.iter().any(|t| t == "∂x" || t == "dead"));
    // Four edges lead back: C → sum → square → z → W. Each has a line and a head; the legend one more.
    assert_eq!(
        svg.matches(&format!("stroke=\"{BACK}\" stroke-width=\"1.7\""))
            .count(),
        5
    );
    assert!(dead.value() < 1.0);
}

#[test]
fn the_same_for_graphviz() {
    let tape = Tape::new();
    let loss = layer(&tape);
    let _ = loss.exp().label("say \"<e>\"");
    let dot = tape.picture().to_dot();
    assert!(dot.contains("label=\"say \\\"<e>\\\"\\nexp\\n"), "{dot}");
    assert!(!dot.contains(BACK) && dot.contains("n0 -> n2 "));
    let gradients = loss.backward();
    let dot = tape.picture().adjoints(&gradients).to_dot();
    assert_eq!(dot.matches(&format!("[color=\"{BACK}\"")).count(), 4);
    assert!(dot.contains("n2 -> n1 ") && !dot.contains("n2 -> n0 "), "{dot}");
    assert!(dot.contains("label=\"δ 1×1 = 11\""), "{dot}");
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    let svg = tape.picture().to_svg();
    assert!(texts(&svg).contains(&"say &quot;&lt;e&gt;&quot;".to_owned()));
}

/// What a `detach` or a piecewise constant op keeps back has no way back in the picture.
#[test]
fn no_way_back_where_none_was() {
    let tape = Tape::new();
    let x = tape.var(2.5).label("x");
    let loss = x * x.detach() + x.floor();
    let gradients = loss.backward();
    let dot = tape.picture().adjoints(&gradients).to_dot();
    // To the product, to the sum's other operand (floor), from the product to x and to the detached copy.
    let back: Vec<&str> = dot.lines().filter(|line| line.contains(BACK)).collect();
    assert_eq!(back.len(), 4, "{dot}");
    let into_x = back.iter().filter(|line| line.contains("-> n0 "));
    assert_eq!(into_x.count(), 1);
}

/// A program of some hundred scalars: runs become one box each, what has a label stays.
#[test]
fn runs_of_scalars_are_taken_together() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[1.0, 2.0]])).label("x");
    let mut y = x.at([0, 0]);
    for _ in 0..200 {
        y = y * 0.9 + x.at([0, 1]).sin();
    }
    let middle = y.label("middle");
    for _ in 0..200 {
        y = y.cos() + middle;
    }
    let loss = (y * x).sum();
    let gradients = loss.backward();
    let svg = tape.picture().adjoints(&gradients).to_svg();
    let texts = texts(&svg);
    assert!(texts.contains(&"middle".to_owned()), "{texts:?}");
    let runs = texts.iter().filter(|text| text.ends_with(" scalar ops"));
    assert_eq!(runs.count(), 2, "{texts:?}");
    // Back from the sum to the product, to the stack and x; through the runs to x.
    let back = svg
        .matches(&format!("stroke=\"{BACK}\" stroke-width=\"1.7\""))
        .count();
    assert_eq!(back, 8);
    assert!(texts.len() < 60);
}

/// More than that is counted, not drawn; in a moment, and in a small file.
#[test]
fn a_large_tape_is_summed_up() {
    let tape = Tape::new();
    let x = tape.tensor(&Array2::<f64>::ones((2, 2)));
    let loss = (0..500).fold(x, |y, _| y.sin() * x).sum();
    let gradients = loss.backward();
    for picture in [tape.picture(), tape.picture().adjoints(&gradients)] {
        let svg = picture.to_svg();
        let texts = texts(&svg);
        assert!(
            texts
                .iter()
                .any(|text| text.contains("1003 ops") && text.contains("too many to draw")),
            "{texts:?}"
        );
        assert!(texts.iter().any(|text| text.starts_with("500 ops")) && svg.len() < 20_000);
        assert!(picture.to_dot().contains("500 sin"));
    }
    let tape = Tape::new();
    let x = tape.tensor(&Array2::<f64>::ones((2, 2)));
    let _ = (0..50).fold(x, |y, _| y.sin() * x).sum();
    assert!(tape.picture().to_svg().contains("too many"));
    let all = tape.picture().most(150).to_svg();
    assert_eq!(all.matches("<title>").count(), 102);
}

/// Nothing to draw is drawn as nothing.
#[test]
fn an_empty_tape() {
    let tape = Tape::new();
    assert!(texts(&tape.picture().to_svg()).is_empty());
    assert!(tape.listing().to_string().is_empty() && tape.tally().is_empty());
}
