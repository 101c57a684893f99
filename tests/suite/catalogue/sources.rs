//! The public op methods, read from the sources with their documentation. The sources are formatted by rustfmt: what stands at
//! the left margin is an item, what is indented once a method or a row of the table of pointwise ops.

use std::fs;
use std::path::{Path, PathBuf};

/// A method that is an op, or a function.
pub(super) struct Method {
    pub(super) name: String,
    /// The file, from the root of the repository.
    pub(super) file: String,
    /// The paragraphs of the documentation up to the first example or heading.
    pub(super) doc: Vec<String>,
}

/// Where ops are defined.
const PLACES: &[&str] = &[
    "src/ops",
    "src/tape/handle.rs",
    "src/tape/whole.rs",
    "src/nn",
    "src/distributions",
];

/// Every op method in the sources.
pub(super) fn methods() -> Vec<Method> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![];
    for place in PLACES {
        collect(&root.join(place), &mut files);
    }
    let mut all = vec![];
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let name = file.strip_prefix(root).expect("a file of this crate");
        read(&text, &name.to_string_lossy().replace('\\', "/"), &mut all);
    }
    all
}

/// The Rust files at or below a place.
fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = fs::read_dir(place) {
        let mut entries: Vec<_> = entries.map(|e| e.expect("a folder's entry").path()).collect();
        entries.sort();
        entries.iter().for_each(|e| collect(e, files));
    } else if place.extension().is_some_and(|e| e == "rs") && place.exists() {
        files.push(place.to_owned());
    }
}

/// Whether a block's methods are those of handles.
fn of_handles(header: &str) -> bool {
    let types = ["Term<V>", "Tensor<'t, T>", "Tensor<'_, T>"];
    header.starts_with("impl") && !header.contains(" for ") && types.iter().any(|t| header.contains(t))
}

fn read(text: &str, file: &str, all: &mut Vec<Method>) {
    let (mut doc, mut header, mut inside): (Vec<&str>, String, bool) = (vec![], String::new(), false);
    for line in text.lines() {
        if !line.starts_with([' ', '}', '#', '/']) && !line.is_empty() {
            if line.starts_with("impl") {
                header.clear();
            }
            header.push_str(line);
            header.push(' ');
            inside = of_handles(&header);
        } else if line.starts_with('}') {
            header.clear();
            inside = false;
        }
        let trimmed = line.trim_start();
        if let Some(sentence) = trimmed.strip_prefix("///") {
            doc.push(sentence.trim());
            continue;
        }
        if trimmed.starts_with(['#', ')', '"']) || trimmed.starts_with("reason =") {
            continue; // An attribute between documentation and item.
        }
        let name = match file {
            "src/ops/pointwise.rs" if line.starts_with("    ") && line.contains(" = |") => row(trimmed),
            _ if line.starts_with("pub fn ") => prefix(file).zip(function(line)).map(|(p, name)| p + &name),
            _ if file.starts_with("src/nn/") && line.starts_with("    pub fn ") => layer(&header)
                .zip(function(trimmed))
                .map(|(l, name)| format!("nn::{l}::{name}")),
            _ if inside && line.starts_with("    pub fn ") => function(trimmed),
            _ => None,
        };
        if let Some(name) = name {
            let doc = paragraphs(&doc);
            let file = file.to_owned();
            all.push(Method { name, file, doc });
        }
        doc.clear();
    }
}

/// What stands before the name of a function that is an op: `nn::`, or the distribution.
fn prefix(file: &str) -> Option<String> {
    match file.strip_prefix("src/distributions/") {
        Some(module) => Some(format!("{}::", module.trim_end_matches(".rs"))),
        None if file.starts_with("src/nn/") => Some("nn::".to_owned()),
        None => None,
    }
}

/// The layer in `impl<V: ArrayValue> LayerOn<V> {`.
fn layer(header: &str) -> Option<String> {
    let (before, _) = header.split_once("On<V>")?;
    let name = before.rsplit(' ').next()?;
    (header.starts_with("impl") && !name.is_empty()).then(|| name.to_owned())
}

/// The name in `pub fn name(…`.
fn function(line: &str) -> Option<String> {
    let rest = line.strip_prefix("pub fn ")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(rest[..end].to_owned())
}

/// Rows that are operators.
const OPERATORS: &[&str] = &["neg", "add", "sub", "mul", "div", "rem"];

/// The name of a row `Name method = |…`, of which a method or an operator comes; others serve inside rules.
fn row(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let (op, method) = (words.next()?, words.next()?);
    let operator = Some(op.to_lowercase()).filter(|op| OPERATORS.contains(&op.as_str()));
    if method == "_" {
        operator
    } else {
        Some(method.to_owned())
    }
}

/// Paragraphs up to the first code block or heading, a line each, without the brackets of links.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let end = lines
        .iter()
        .position(|l| l.starts_with("```") || l.starts_with("# "));
    let text = lines[..end.unwrap_or(lines.len())].join("\n");
    let paragraphs = text.split("\n\n").map(|p| p.replace('\n', " "));
    let plain = paragraphs.map(|p| without_links(&p));
    plain.filter(|p| !p.is_empty()).collect()
}

/// Text without the brackets and targets of links.
fn without_links(text: &str) -> String {
    let mut plain = text.trim().replace("[`", "`");
    while let Some(start) = plain.find("`](") {
        let end = plain[start..].find(')').map_or(plain.len(), |n| start + n + 1);
        plain.replace_range(start + 1..end, "");
    }
    // Links of words: what stands in the brackets.
    while let Some(end) = plain.find("](") {
        let start = plain[..end].rfind('[').unwrap_or(end);
        let close = plain[end..].find(')').map_or(plain.len(), |n| end + n + 1);
        let words = plain[start..end].trim_start_matches('[').to_owned();
        plain.replace_range(start..close, &words);
    }
    plain.replace("`]", "`")
}
