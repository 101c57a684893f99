//! Ops that act element by element: the rows of the table, and what is composed of them.

use super::sources::methods;
use super::{Entry, Function, entry};
use wengert::ops::{Binary, Unary};

pub(super) fn entries() -> Vec<Entry> {
    let one = Unary::ALL.iter().map(|&op| (op.name(), Function::One(op)));
    let two = Binary::ALL.iter().map(|&op| (op.name(), Function::Two(op)));
    let rows = one.chain(two).map(|(op, function)| Entry {
        op,
        given: "",
        function,
    });
    let methods = methods();
    let public = |row: &Entry| {
        methods
            .iter()
            .any(|m| m.name == row.op && m.file.ends_with("pointwise.rs"))
    };
    let mut all: Vec<Entry> = rows.filter(public).collect();
    all.extend([
        entry("powi", "n = -3", |_, x| x[0].powi(-3)),
        entry("powi", "n = 0", |_, x| x[0].powi(0)),
        entry("powi", "n = 1", |_, x| x[0].powi(1)),
        entry("powi", "n = 2", |_, x| x[0].powi(2)),
        entry("powi", "n = 5", |_, x| x[0].powi(5)),
        entry("digamma", "", |_, x| x[0].digamma()),
        entry("polygamma", "n = 1", |_, x| x[0].polygamma(1)),
        entry("polygamma", "n = 2", |_, x| x[0].polygamma(2)),
        entry("polygamma", "n = 3", |_, x| x[0].polygamma(3)),
        entry("i0e", "", |_, x| x[0].i0e()),
        entry("sign", "", |_, x| x[0].sign()),
        entry("is_nan", "", |_, x| x[0].is_nan()),
        entry("rsqrt", "", |_, x| x[0].rsqrt()),
        entry("sinc", "", |_, x| x[0].sinc()),
        entry("entr", "", |_, x| x[0].entr()),
        entry("log_sigmoid", "", |_, x| x[0].log_sigmoid()),
        entry("relu6", "", |_, x| x[0].relu6()),
        entry("leaky_relu", "slope 0.1", |_, x| x[0].leaky_relu(0.1)),
        entry("elu", "alpha 1.3", |_, x| x[0].elu(1.3)),
        entry("selu", "", |_, x| x[0].selu()),
        entry("celu", "alpha 1.3", |_, x| x[0].celu(1.3)),
        entry("hardtanh", "", |_, x| x[0].hardtanh()),
        entry("hard_sigmoid", "", |_, x| x[0].hard_sigmoid()),
        entry("heaviside", "", |_, x| x[0].heaviside(x[1])),
        entry("squared_difference", "", |_, x| x[0].squared_difference(x[1])),
        entry("clamp", "from -1 to 1", |_, x| x[0].clamp(-1, 1)),
        entry("clamp_by", "", |_, x| x[0].clamp_by(x[1], x[2])),
        entry("select", "condition > 0", |_, x| x[0].above(0).select(x[1], x[2])),
        entry("lerp", "", |_, x| x[0].lerp(x[1], x[2])),
        entry("mul_add", "", |_, x| x[0].mul_add(x[1], x[2])),
        entry("gammainc", "", |_, x| x[0].gammainc(x[1])),
        entry("gammaincc", "", |_, x| x[0].gammaincc(x[1])),
        entry("betainc", "", |_, x| x[0].betainc(x[1], x[2])),
        entry("gated", "", |_, x| x[0].gated(x[1])),
    ]);
    all
}
