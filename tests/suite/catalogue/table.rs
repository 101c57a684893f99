//! The table of ops, `docs/ops.md`, generated from the catalogue, the sources' documentation and the reference file.

use super::sources::{Method, methods};
use super::{EXAMINED, Entry, FAMILIES, reference};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

/// Methods that are no ops of the catalogue.
const NO_OPS: &[&str] = &[
    // They return positions, which have no derivative.
    "argmax",
    "argmin",
    "argsort",
    // Its gradient is not its derivative, which is its purpose.
    "straight_through",
    // Layers that bring parameters of their own to ops that are here, and what belongs to them.
    "nn::causal_mask",
    "nn::MultiHead::forward",
    "nn::Conv1d::forward",
    "nn::Conv2d::forward",
    "nn::ConvTranspose1d::forward",
    "nn::ConvTranspose2d::forward",
    // They make, open or describe a handle.
    "new",
    "into_inner",
    "inner",
    "shape",
    "value",
    "at",
    "to_vars",
    "iter",
    "item",
    "detach",
    "apply",
];

/// The macron of x̄, ā and Ā: where it stands, an adjoint is stated. That of ȳ is not among them.
const MACRONS: [char; 3] = ['\u{304}', 'ā', 'Ā'];

/// What the documentation says of an op.
struct Doc {
    formula: String,
    adjoint: String,
    special: String,
}

/// The sentences of a paragraph.
fn sentences(paragraph: &str) -> Vec<&str> {
    let mut found = vec![];
    let mut rest = paragraph;
    let ends = |text: &str| {
        let ends = text.match_indices(". ").map(|(i, _)| i + 1);
        // A sentence starts with a capital, or with x̄.
        let next = |&i: &usize| {
            let next = &text[i + 1..];
            // "P. J. Huber": an initial ends no sentence.
            let word = text[..i - 1].rsplit([' ', '(']).next().unwrap_or_default();
            if word.chars().count() == 1 && word.chars().all(char::is_uppercase) {
                return false;
            }
            next.starts_with(|c: char| !c.is_lowercase())
                || next.chars().take(2).any(|c| MACRONS.contains(&c))
        };
        ends.into_iter().find(next)
    };
    while let Some(end) = ends(rest) {
        found.push(rest[..end].trim());
        rest = rest[end + 1..].trim_start();
    }
    found.push(rest.trim());
    found
}

/// Whether a sentence speaks of special points.
fn is_special(sentence: &str) -> bool {
    let starts = [
        "At ",
        "Where ",
        "NaN",
        "Outside",
        "The mean of nothing",
        "An empty",
    ];
    let inside = ["NaN", "±", "∞", "empty", "no elements", "equal"];
    starts.iter().any(|s| sentence.starts_with(s)) || inside.iter().any(|s| sentence.contains(s))
}

/// Splits documentation into formula, adjoint and special points. `others` resolves "As `Term::other`".
fn parse(doc: &[String], others: &[Method]) -> Option<Doc> {
    let first = sentences(doc.first()?);
    let stated = first.iter().position(|s| s.contains(MACRONS));
    let (formula, adjoint, after) = if let Some(at) = stated {
        let sentence = first[at];
        let macron = sentence.find(MACRONS)?;
        let colon = sentence[..macron].rfind([':', ';']);
        let before = colon.map_or("", |i| &sentence[..i]);
        let adjoint = colon.map_or(sentence, |i| &sentence[i + 2..]);
        let lead = first[..at]
            .iter()
            .copied()
            .chain([before])
            .filter(|s| !s.is_empty());
        (lead.collect::<Vec<_>>().join(" "), adjoint.to_owned(), at + 1)
    } else if let Some(other) = referred(&doc[0], others) {
        (first[0].to_owned(), parse(&other.doc, others)?.adjoint, 1)
    } else {
        let words = [
            "composed",
            "Composed",
            "no cotangent",
            "receive",
            "cotangent",
            "nothing",
        ];
        let at = first.iter().position(|s| words.iter().any(|w| s.contains(w)))?;
        match first[at].rsplit_once([';', ':']).filter(|_| at == 0) {
            Some((formula, adjoint)) => (formula.to_owned(), adjoint.to_owned(), 1),
            None => (first[..at].join(" "), first[at].to_owned(), at + 1),
        }
    };
    let rest = first[after..].iter().copied();
    let more = doc[1..].iter().flat_map(|p| sentences(p));
    let special: Vec<&str> = rest.chain(more).filter(|s| is_special(s)).collect();
    let composed = doc.iter().any(|p| p.contains("Composed")) && !adjoint.to_lowercase().contains("composed");
    let adjoint = adjoint.trim().trim_end_matches('.').to_owned() + if composed { "; composed" } else { "" };
    let clean = |s: &str| s.trim().trim_end_matches('.').trim().to_owned();
    Some(Doc {
        formula: clean(&formula),
        adjoint: clean(&adjoint),
        special: special.join(" "),
    })
}

/// The op of "As `Term::op`, …" or "…, see `Term::op`".
fn referred<'m>(paragraph: &str, others: &'m [Method]) -> Option<&'m Method> {
    let follows = ["As `", "as `", "See `", "see `"];
    let (_, rest) = follows.iter().find_map(|f| paragraph.split_once(f))?;
    let name = rest.split('`').next()?;
    let name = name.trim_start_matches("Term::").trim_start_matches("Tensor::");
    let own = |m: &&Method| m.name == name || m.name.rsplit("::").next() == Some(name);
    others
        .iter()
        .find(|m| m.name == name)
        .or_else(|| others.iter().find(own))
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// One row of the table of ops.
fn row(name: &str, entries: &[Entry], methods: &[Method]) -> Result<String, String> {
    let method = methods.iter().find(|m| m.name == name);
    let method = method.ok_or_else(|| format!("{name}: no method of this name in the sources"))?;
    let doc = parse(&method.doc, methods);
    let doc =
        doc.ok_or_else(|| format!("{name}: its documentation states no adjoint, nor that it is composed"))?;
    let op = reference::ops().iter().find(|op| op.name == name);
    let op = op.ok_or_else(|| format!("{name}: no case in the reference file"))?;
    let examined = entries.iter().all(|e| e.examined(&op.cases).is_some());
    let (modes, orders) = if examined { ("B R F D", "1 2 3") } else { ("", "") };
    let short = method.file.trim_start_matches("src/");
    Ok(format!(
        "| `{name}` | {} | {} | [{short}](../{}) | {modes} | {orders} | {} | {} | {} |",
        cell(&doc.formula),
        cell(&doc.adjoint),
        method.file,
        cell(&op.domains.join("; ")),
        op.by,
        cell(&doc.special),
    ))
}

/// The whole page, or what is wrong.
fn page() -> Result<String, String> {
    let methods = methods();
    let (mut page, mut faults, mut count) = (String::new(), vec![], 0);
    for (title, family) in FAMILIES {
        let entries = family();
        let mut names: Vec<&str> = entries.iter().map(|e| e.op.as_str()).collect();
        names.dedup();
        if names.is_empty() {
            continue;
        }
        let head = "| op | value | adjoint | file | modes | orders | drawn from | compared with | special points |\n\
                    |---|---|---|---|---|---|---|---|---|";
        writeln!(page, "\n## {title}\n\n{head}").expect("a string takes text");
        for name in names {
            let mine: Vec<Entry> = entries.iter().filter(|e| e.op == name).cloned().collect();
            match row(name, &mine, &methods) {
                Ok(row) => writeln!(page, "{row}").expect("a string takes text"),
                Err(fault) => faults.push(fault),
            }
            count += 1;
        }
    }
    page.push_str(&super::defects::section());
    let all: Vec<Entry> = FAMILIES.iter().flat_map(|(_, family)| family()).collect();
    let entered: BTreeSet<&str> = all.iter().map(|e| e.op.as_str()).collect();
    for method in &methods {
        let name = method.name.as_str();
        if !entered.contains(name) && !NO_OPS.contains(&name) {
            faults.push(format!("{name}: a method in {} without an entry", method.file));
        }
    }
    let unused = reference::ops()
        .iter()
        .filter(|op| !entered.contains(op.name.as_str()));
    faults.extend(unused.map(|op| format!("{}: in the reference file, but not in the catalogue", op.name)));
    if faults.is_empty() {
        Ok(format!("{}{page}", introduction(count)))
    } else {
        Err(faults.join("\n"))
    }
}

fn introduction(count: usize) -> String {
    format!(
        "# Table of ops

{count} ops. This page is generated from the documentation in the sources and from the test suite's catalogue, and a test
fails where it is out of date (`UPDATE_DOCS=1 cargo test --features linalg --test suite catalogue` writes it anew).

- **value**, **adjoint**, **special points**: what the method's documentation says; ȳ is the cotangent of the result y, x̄ that
  of the operand x. *Composed* ops have no rule of their own. Special points in full: [conventions.md](conventions.md).
- **modes**, **orders**: what the checker verified against differences, for an op in the middle of an expression, for every
  subset of its operands. B is a backward sweep, R a recorded one (derivatives of every order), F a forward sweep, D a backward
  sweep in dual numbers. Operands of more than {EXAMINED} elements are not looked at there.
- **drawn from**: where the operands of tests lie, away from kinks and ties.
- **compared with**: whose values and gradients are met, to 1e-12 in `f64`: those of JAX or PyTorch; mpmath where neither has
  them right.

Names that are others elsewhere: `expm1` is `exp_m1`, `log` and `log1p` are `ln` and `ln_1p`, `pow` is `powf`, `where` is `select`,
`gather` is `take` (slabs) or `take_along_axis` (elements), `index_put` is `put`, `unfold` is `sliding_windows`, `chunk` is
`chunks`, `einsum` and `tensordot` keep theirs, `nll_loss` of log-softmax is `cross_entropy`.

Not in the tables, since they have no derivative or are made of ops that are there: `argmax`, `argmin`, `argsort`, `one_hot`,
`Var::straight_through`, and of `nn` the layers `Conv1d`, `Conv2d`, `ConvTranspose1d`, `ConvTranspose2d`, `MultiHead`, `Dropout` and
`causal_mask`.
"
    )
}

#[test]
fn the_page_is_up_to_date() {
    let page = page().unwrap_or_else(|faults| panic!("{faults}"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ops.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &page).expect("the page can be written");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differs = page.lines().zip(committed.lines()).find(|(new, old)| new != old);
    assert!(
        committed == page,
        "docs/ops.md is out of date, write it anew with UPDATE_DOCS=1; first difference: {differs:#?}"
    );
}
