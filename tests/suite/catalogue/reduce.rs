//! Reductions.

use super::{Entry, entry};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        entry("sum_axes", "axes 0", |_, x| x[0].sum_axes([0])),
        entry("sum_axes", "axes 1", |_, x| x[0].sum_axes([1])),
        entry("sum_axes", "axes 0, 1", |_, x| x[0].sum_axes([0, 1])),
        entry("sum_keep", "axes 1", |_, x| x[0].sum_keep([1])),
        entry("mean_axes", "axes 0", |_, x| x[0].mean_axes([0])),
        entry("mean_axes", "axes 1", |_, x| x[0].mean_axes([1])),
        entry("mean_axes", "axes 0, 1", |_, x| x[0].mean_axes([0, 1])),
        entry("mean_keep", "axes 1", |_, x| x[0].mean_keep([1])),
        entry("max_axes", "axes 0", |_, x| x[0].max_axes([0])),
        entry("max_axes", "axes 1", |_, x| x[0].max_axes([1])),
        entry("max_axes", "axes 0, 1", |_, x| x[0].max_axes([0, 1])),
        entry("max_keep", "axes 1", |_, x| x[0].max_keep([1])),
        entry("logsumexp_axes", "axes 0", |_, x| x[0].logsumexp_axes([0])),
        entry("logsumexp_axes", "axes 1", |_, x| x[0].logsumexp_axes([1])),
        entry("logsumexp_axes", "axes 0, 1", |_, x| x[0].logsumexp_axes([0, 1])),
        entry("logsumexp_keep", "axes 1", |_, x| x[0].logsumexp_keep([1])),
        entry("sum", "", |_, x| x[0].sum().to_tensor()),
        entry("mean", "", |_, x| x[0].mean().to_tensor()),
        entry("max_all", "", |_, x| x[0].max_all().to_tensor()),
        entry("logsumexp", "", |_, x| x[0].logsumexp().to_tensor()),
    ]
}
