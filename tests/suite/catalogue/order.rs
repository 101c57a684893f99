//! Softmax and its relatives, cumulative ops, order.

use super::{Entry, entry};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        entry("softmax", "axis 0", |_, x| x[0].softmax(0)),
        entry("softmax", "axis 1", |_, x| x[0].softmax(1)),
        entry("log_softmax", "axis 0", |_, x| x[0].log_softmax(0)),
        entry("log_softmax", "axis 1", |_, x| x[0].log_softmax(1)),
    ]
}
