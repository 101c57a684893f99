//! The picture in the language of Graphviz.

use super::Drawing;
use super::graph::Role;
use super::svg::{BACK, FORTH, fill};
use std::fmt::Write;

pub(super) fn draw(drawing: &Drawing) -> String {
    let mut out = String::from(
        "digraph tape {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\"];\n",
    );
    let graph = match drawing {
        Drawing::Graph(graph) => graph,
        Drawing::Summary(tallies) => {
            let lines = tallies
                .iter()
                .map(|t| format!("{} {}, {} bytes\n", t.ops, t.op, t.bytes));
            let _ = writeln!(
                out,
                "  summary [label={}];\n}}",
                quoted(&lines.collect::<String>())
            );
            return out;
        }
    };
    for (i, it) in graph.boxes.iter().enumerate() {
        let value = format!("{} {}", it.shape, it.value).trim().to_owned();
        let mut lines = vec![it.title.clone(), it.op.clone(), value];
        if let Some(adjoint) = &it.adjoint {
            lines.push(format!("adjoint {} {}", adjoint.name, adjoint.value));
        }
        lines.retain(|line| !line.is_empty());
        let shape = if it.role == Role::Run {
            ", peripheries=2"
        } else {
            ""
        };
        let (fill, _) = fill(it.role);
        let _ = writeln!(
            out,
            "  n{i} [label={}, tooltip={}, fillcolor=\"{fill}\"{shape}];",
            quoted(&lines.join("\n")),
            quoted(&it.about)
        );
    }
    for edge in &graph.edges {
        let _ = writeln!(out, "  n{} -> n{} [color=\"{FORTH}\"];", edge.from, edge.to);
        if edge.back {
            let adjoint = graph.boxes[edge.from].adjoint.as_ref();
            let label = adjoint.map_or_else(String::new, |a| {
                [&*a.name, &*graph.boxes[edge.from].shape, &*a.value].join(" ")
            });
            let _ = writeln!(
                out,
                "  n{} -> n{} [color=\"{BACK}\", fontcolor=\"{BACK}\", constraint=false, label={}];",
                edge.to,
                edge.from,
                quoted(label.trim())
            );
        }
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    let text = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{text}\"")
}
