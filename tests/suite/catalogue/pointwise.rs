//! Ops that act element by element: the rows of the table, and what is composed of them.

use super::{Entry, Function, entry};
use wengert::ops::{Binary, Unary};

/// Rows that serve inside rules and have no method, or are entered below because an argument is an attribute.
const APART: &[&str] = &["link", "touched", "gate", "powi"];

pub(super) fn entries() -> Vec<Entry> {
    let one = Unary::ALL.iter().map(|&op| (op.name(), Function::One(op)));
    let two = Binary::ALL.iter().map(|&op| (op.name(), Function::Two(op)));
    let rows = one.chain(two).map(|(op, function)| Entry {
        op,
        given: "",
        function,
    });
    let mut all: Vec<Entry> = rows.filter(|row| !APART.contains(&row.op.as_str())).collect();
    all.extend([
        entry("powi", "n = -3", |_, x| x[0].powi(-3)),
        entry("powi", "n = 0", |_, x| x[0].powi(0)),
        entry("powi", "n = 1", |_, x| x[0].powi(1)),
        entry("powi", "n = 2", |_, x| x[0].powi(2)),
        entry("powi", "n = 5", |_, x| x[0].powi(5)),
        entry("gated", "", |_, x| x[0].gated(x[1])),
    ]);
    all
}
