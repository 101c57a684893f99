//! The picture as an SVG file of its own: no style sheet, no script, no font but what is there.

use super::Drawing;
use super::graph::{Box, Graph, Role};
use super::layout::{Layout, Size, lay_out};
use crate::inspect::{Lane, Tally};
use std::fmt::Write;

/// Values go forth in this colour, adjoints come back in that.
pub(super) const FORTH: &str = "#4a6fa5";
pub(super) const BACK: &str = "#d1620a";
/// The lanes in a summary.
const ARRAYS: &str = FORTH;
const SCALARS: &str = "#a3915a";
const INK: &str = "#1f2933";
const PALE: &str = "#5f6c7b";
const FONT: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";

const MARGIN: f64 = 28.0;
const TITLE: f64 = 17.0;
const SMALL: f64 = 12.0;
/// How far above the lower edge of a box, without its adjoint, edges end; and how far below those that lead back.
const PORT: f64 = 22.0;
const BACK_PORT: f64 = 13.0;
const LEGEND: f64 = 40.0;

/// The fill and the border of a box.
pub(super) fn fill(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Variable => ("#dbe8f8", "#4a6fa5"),
        Role::Constant => ("#eceff2", "#9aa5b1"),
        Role::Op => ("#ffffff", "#7b8794"),
        Role::Run => ("#f6f1e3", "#a3915a"),
    }
}

pub(super) fn draw(drawing: &Drawing) -> String {
    match drawing {
        Drawing::Graph(graph) => draw_graph(graph),
        Drawing::Summary(tallies) => draw_summary(tallies),
    }
}

/// An estimate of a text's width, on the wide side: fonts differ.
fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        '\u{300}'..='\u{36f}' => 0.0,
        'i' | 'j' | 'l' | '.' | ',' | ' ' | '\'' | '·' | '|' => 0.33,
        '¹' | '²' | '³' | '⁰' | '⁴'..='⁹' | '₀'..='₉' => 0.42,
        'm' | 'w' | 'M' | 'W' | '—' => 0.92,
        'A'..='Z' | '=' | '×' | '∞' | '+' | '−' => 0.74,
        _ => 0.61,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// A box's lines of text, each with its size.
fn lines(it: &Box) -> Vec<(&str, f64)> {
    let lines = [
        (&*it.title, TITLE),
        (&*it.op, SMALL),
        (&*it.shape, SMALL),
        (&*it.value, SMALL),
    ];
    lines.into_iter().filter(|(text, _)| !text.is_empty()).collect()
}

/// The lines that show a box's adjoint.
fn adjoint_lines(it: &Box) -> Vec<(&str, f64)> {
    let adjoint = it.adjoint.iter();
    let lines = adjoint.flat_map(|adjoint| [(&*adjoint.name, TITLE - 1.0), (&*adjoint.value, SMALL)]);
    lines.filter(|(text, _)| !text.is_empty()).collect()
}

fn height(lines: &[(&str, f64)], padding: f64) -> f64 {
    match lines {
        [] => 0.0,
        lines => padding + lines.iter().map(|(_, size)| size * 1.3).sum::<f64>(),
    }
}

/// The height of what shows a box's value, and of what shows its adjoint.
fn heights(it: &Box) -> (f64, f64) {
    (height(&lines(it), 14.0), height(&adjoint_lines(it), 8.0))
}

fn size(it: &Box) -> Size {
    let texts = [lines(it), adjoint_lines(it)].concat();
    let widths = texts.into_iter().map(|(text, size)| width(text, size));
    let (value, adjoint) = heights(it);
    Size {
        width: widths.fold(30.0, f64::max) + 20.0,
        above: value - PORT,
        below: PORT + adjoint,
        outer: matches!(it.role, Role::Variable | Role::Constant),
    }
}

struct Canvas(String);

impl Canvas {
    fn new(width: f64, height: f64) -> Self {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"{FONT}\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        );
        Self(out)
    }

    fn text(&mut self, (x, y): (f64, f64), size: f64, style: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.0,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" {style}>{text}</text>"
        );
    }

    /// Lines of text below a place, the large ones strong.
    fn lines(&mut self, (x, mut y): (f64, f64), lines: &[(&str, f64)], [large, small]: [&str; 2]) {
        for &(text, size) in lines {
            y += size * 1.3;
            let style = match size > SMALL {
                true => format!("text-anchor=\"middle\" font-weight=\"600\" fill=\"{large}\""),
                false => format!("text-anchor=\"middle\" fill=\"{small}\""),
            };
            self.text((x, y - size * 0.3), size, &style, text);
        }
    }

    /// A curve through points that it crosses horizontally, with an arrow's head at its end.
    fn arrow(&mut self, points: &[(f64, f64)], colour: &str) {
        let [.., before, end] = points else {
            return;
        };
        let way = (end.0 - before.0).signum();
        let neck = end.0 - 7.0 * way;
        let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
        for pair in points.windows(2) {
            let [(x, y), (mut to, height)] = [pair[0], pair[1]];
            if pair[1] == *end {
                to = neck;
            }
            let bend = (to - x) / 2.0;
            let _ = write!(
                path,
                " C{:.1} {y:.1} {:.1} {height:.1} {to:.1} {height:.1}",
                x + bend,
                to - bend
            );
        }
        let (x, y) = *end;
        let _ = writeln!(
            self.0,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.7\"/>\n\
             <path d=\"M{x:.1} {y:.1} L{:.1} {:.1} L{:.1} {:.1} Z\" fill=\"{colour}\"/>",
            neck - way,
            y - 4.0,
            neck - way,
            y + 4.0
        );
    }

    fn end(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

fn draw_graph(graph: &Graph) -> String {
    let sizes: Vec<Size> = graph.boxes.iter().map(size).collect();
    let edges: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let mut layout = lay_out(&sizes, &edges);
    let shift = |(x, y): &mut (f64, f64)| {
        *x += MARGIN;
        *y += MARGIN;
    };
    layout.at.iter_mut().for_each(shift);
    layout.through.iter_mut().flatten().for_each(shift);
    let swept = graph.boxes.iter().any(|it| it.swept);
    let legend = if swept { LEGEND } else { 0.0 };
    let width = (layout.width + 2.0 * MARGIN).max(420.0);
    let height = layout.height + 2.0 * MARGIN + legend;
    let mut canvas = Canvas::new(width, height);
    for (edge, points) in graph.edges.iter().zip(routes(graph, &layout, &sizes)) {
        canvas.arrow(&points, FORTH);
        if edge.back {
            let mut points = points;
            points.reverse();
            // From adjoint to adjoint, and below the edge that leads forth.
            let last = points.len() - 1;
            for point in &mut points[1..last] {
                point.1 += 6.0;
            }
            let level = |i: usize| {
                let below = match graph.boxes[i].adjoint {
                    Some(_) => PORT + BACK_PORT,
                    None => PORT / 2.0,
                };
                layout.at[i].1 + below
            };
            points[0].1 = level(edge.to);
            points[last] = (points[last].0 + 1.5, level(edge.from));
            canvas.arrow(&points, BACK);
        }
    }
    for (i, it) in graph.boxes.iter().enumerate() {
        draw_box(&mut canvas, it, layout.at[i], sizes[i]);
    }
    if swept {
        let y = height - LEGEND / 2.0 - 4.0;
        canvas.arrow(&[(MARGIN, y), (MARGIN + 34.0, y)], FORTH);
        let style = format!("fill=\"{PALE}\"");
        canvas.text(
            (MARGIN + 42.0, y + 4.0),
            12.0,
            &style,
            "values, in the order of recording",
        );
        let x = MARGIN + 280.0;
        canvas.arrow(&[(x + 34.0, y), (x, y)], BACK);
        canvas.text(
            (x + 42.0, y + 4.0),
            12.0,
            &style,
            "adjoints, in the sweep (∂x: of the result by x)",
        );
    }
    canvas.end()
}

/// The points of each edge, from its operand's box to its result's.
fn routes(graph: &Graph, layout: &Layout, sizes: &[Size]) -> Vec<Vec<(f64, f64)>> {
    let mut routes: Vec<Vec<(f64, f64)>> = Vec::new();
    for (edge, through) in graph.edges.iter().zip(&layout.through) {
        let (from, to) = (edge.from, edge.to);
        let start = (layout.at[from].0 + sizes[from].width / 2.0, layout.at[from].1);
        let end = (layout.at[to].0 - sizes[to].width / 2.0 - 1.5, layout.at[to].1);
        let mut points = vec![start];
        points.extend(through);
        points.push(end);
        routes.push(points);
    }
    // Edges that arrive at one box arrive side by side.
    for i in 0..graph.boxes.len() {
        let mut arriving: Vec<usize> = (0..routes.len()).filter(|&k| graph.edges[k].to == i).collect();
        arriving.sort_by(|&a, &b| {
            let height = |k: usize| routes[k][routes[k].len() - 2].1;
            height(a).total_cmp(&height(b))
        });
        let n = arriving.len() as f64;
        let step = (30.0 / n).min(12.0);
        for (k, &edge) in arriving.iter().enumerate() {
            let last = routes[edge].len() - 1;
            routes[edge][last].1 += (k as f64 - (n - 1.0) / 2.0) * step;
        }
    }
    routes
}

fn draw_box(canvas: &mut Canvas, it: &Box, (x, y): (f64, f64), size: Size) {
    let (left, top) = (x - size.width / 2.0, y - size.above);
    let (value, adjoint) = heights(it);
    let (fill, border) = fill(it.role);
    let _ = writeln!(canvas.0, "<g><title>{}</title>", escaped(&it.about));
    let rect = |out: &mut String, offset: f64| {
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"7\" fill=\"{fill}\" stroke=\"{border}\" stroke-width=\"1.3\"/>",
            left + offset,
            top - offset,
            size.width,
            value + adjoint
        );
    };
    if it.role == Role::Run {
        rect(&mut canvas.0, 4.0);
    }
    rect(&mut canvas.0, 0.0);
    canvas.lines((x, top + 6.0), &lines(it), [INK, PALE]);
    if adjoint > 0.0 {
        let right = left + size.width;
        let _ = writeln!(
            canvas.0,
            "<path d=\"M{left:.1} {:.1} H{right:.1} v{:.1} a7 7 0 0 1 -7 7 H{:.1} a7 7 0 0 1 -7 -7 Z\" fill=\"#fdeee0\" stroke=\"{BACK}\" stroke-width=\"1.3\"/>",
            top + value,
            adjoint - 7.0,
            left + 7.0
        );
        canvas.lines((x, top + value + 3.0), &adjoint_lines(it), ["#a34700", "#a34700"]);
    }
    canvas.0.push_str("</g>\n");
}

/// How many kinds of op a summary shows.
const KINDS: usize = 14;

fn draw_summary(tallies: &[Tally]) -> String {
    let shown = &tallies[..tallies.len().min(KINDS)];
    let names = shown.iter().map(|t| width(&t.op, 13.0));
    let names = names.fold(0.0, f64::max);
    let row = 26.0;
    let height = 2.0 * MARGIN + 44.0 + row * shown.len() as f64;
    let mut canvas = Canvas::new(names + 620.0, height);
    let ops: usize = tallies.iter().map(|t| t.ops).sum();
    let bytes: usize = tallies.iter().map(|t| t.bytes).sum();
    let strong = format!("font-weight=\"600\" fill=\"{INK}\"");
    let title = format!("{ops} ops, {}: too many to draw", amount(bytes));
    canvas.text((MARGIN, MARGIN + 14.0), TITLE, &strong, &title);
    let more = match tallies.len() - shown.len() {
        0 => "bytes by kind of op".to_owned(),
        n => format!("bytes by kind of op, the largest; {n} more kinds are not shown"),
    };
    let pale = format!("fill=\"{PALE}\"");
    canvas.text((MARGIN, MARGIN + 33.0), 12.0, &pale, &more);
    for (k, (lane, colour)) in [("arrays", ARRAYS), ("scalars", SCALARS)].into_iter().enumerate() {
        let x = names + 430.0 + 80.0 * k as f64;
        let _ = writeln!(
            canvas.0,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"11\" height=\"11\" rx=\"2\" fill=\"{colour}\"/>",
            MARGIN + 23.5
        );
        canvas.text((x + 16.0, MARGIN + 33.0), 12.0, &pale, lane);
    }
    let largest = shown.iter().map(|t| t.bytes).max().unwrap_or(1).max(1);
    for (k, tally) in shown.iter().enumerate() {
        let y = MARGIN + 56.0 + row * k as f64;
        let style = format!("text-anchor=\"end\" fill=\"{INK}\"");
        let left = MARGIN + names + 10.0;
        canvas.text((left - 8.0, y + 4.5), 13.0, &style, &tally.op);
        let bar = 330.0 * tally.bytes as f64 / largest as f64;
        let colour = match tally.lane {
            Lane::Scalar => SCALARS,
            Lane::Array => ARRAYS,
        };
        let _ = writeln!(
            canvas.0,
            "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"16\" rx=\"2\" fill=\"{colour}\"/>",
            y - 8.0,
            bar.max(1.0)
        );
        let ops = if tally.ops == 1 { "op" } else { "ops" };
        let text = format!("{} {ops}, {}", tally.ops, amount(tally.bytes));
        canvas.text((left + bar + 8.0, y + 4.0), 12.0, &pale, &text);
    }
    canvas.end()
}

/// Bytes in a unit that suits them.
fn amount(bytes: usize) -> String {
    let bytes = bytes as f64;
    match bytes {
        _ if bytes < 1e3 => format!("{bytes} B"),
        _ if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        _ if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.1} GB", bytes / 1e9),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
