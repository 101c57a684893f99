//! Reductions.

use super::{Entry, entry};

pub(super) fn entries() -> Vec<Entry> {
    [over_axes(), statistics(), norms(), of_all()].concat()
}

fn over_axes() -> Vec<Entry> {
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
        entry("min_axes", "axes 0", |_, x| x[0].min_axes([0])),
        entry("min_axes", "axes 1", |_, x| x[0].min_axes([1])),
        entry("min_axes", "axes 0, 1", |_, x| x[0].min_axes([0, 1])),
        entry("min_keep", "axes 1", |_, x| x[0].min_keep([1])),
        entry("prod_axes", "axes 0", |_, x| x[0].prod_axes([0])),
        entry("prod_axes", "axes 1", |_, x| x[0].prod_axes([1])),
        entry("prod_axes", "axes 0, 1", |_, x| x[0].prod_axes([0, 1])),
        entry("prod_keep", "axes 1", |_, x| x[0].prod_keep([1])),
        entry("logsumexp_axes", "axes 0", |_, x| x[0].logsumexp_axes([0])),
        entry("logsumexp_axes", "axes 1", |_, x| x[0].logsumexp_axes([1])),
        entry("logsumexp_axes", "axes 0, 1", |_, x| x[0].logsumexp_axes([0, 1])),
        entry("logsumexp_keep", "axes 1", |_, x| x[0].logsumexp_keep([1])),
        entry("nansum_axes", "axes 0", |_, x| x[0].nansum_axes([0])),
        entry("nansum_axes", "axes 1", |_, x| x[0].nansum_axes([1])),
        entry("nansum_keep", "axes 1", |_, x| x[0].nansum_keep([1])),
        entry("nanmean_axes", "axes 0", |_, x| x[0].nanmean_axes([0])),
        entry("nanmean_axes", "axes 1", |_, x| x[0].nanmean_axes([1])),
        entry("nanmean_keep", "axes 1", |_, x| x[0].nanmean_keep([1])),
    ]
}

fn statistics() -> Vec<Entry> {
    vec![
        entry("var_axes", "axes 1, ddof 0", |_, x| x[0].var_axes(0, [1])),
        entry("var_axes", "axes 1, ddof 1", |_, x| x[0].var_axes(1, [1])),
        entry("var_keep", "axes 1, ddof 0", |_, x| x[0].var_keep(0, [1])),
        entry("var_keep", "axes 1, ddof 1", |_, x| x[0].var_keep(1, [1])),
        entry("std_axes", "axes 1, ddof 0", |_, x| x[0].std_axes(0, [1])),
        entry("std_axes", "axes 1, ddof 1", |_, x| x[0].std_axes(1, [1])),
        entry("std_keep", "axes 1, ddof 0", |_, x| x[0].std_keep(0, [1])),
        entry("std_keep", "axes 1, ddof 1", |_, x| x[0].std_keep(1, [1])),
        entry("standardize", "axes 0, ε = 0.1", |_, x| {
            x[0].standardize([0], 0.1)
        }),
        entry("standardize", "axes 1, ε = 0.1", |_, x| {
            x[0].standardize([1], 0.1)
        }),
        entry("median_axes", "axes 1", |_, x| x[0].median_axes([1])),
        entry("median_keep", "axes 1", |_, x| x[0].median_keep([1])),
        entry("quantile_axes", "axes 1, q = 0.3", |_, x| {
            x[0].quantile_axes(0.3, [1])
        }),
        entry("quantile_keep", "axes 1, q = 0.3", |_, x| {
            x[0].quantile_keep(0.3, [1])
        }),
    ]
}

fn norms() -> Vec<Entry> {
    vec![
        entry("norm_axes", "axes 1, order 1", |_, x| x[0].norm_axes(1.0, [1])),
        entry("norm_axes", "axes 1, order 2", |_, x| x[0].norm_axes(2.0, [1])),
        entry("norm_axes", "axes 1, order 3", |_, x| x[0].norm_axes(3.0, [1])),
        entry("norm_axes", "axes 1, order ½", |_, x| x[0].norm_axes(0.5, [1])),
        entry("norm_axes", "axes 1, order ∞", |_, x| {
            x[0].norm_axes(f64::INFINITY, [1])
        }),
        entry("norm_keep", "axes 1, order 2", |_, x| x[0].norm_keep(2.0, [1])),
        entry("sum_squares_axes", "axes 0", |_, x| x[0].sum_squares_axes([0])),
        entry("sum_squares_axes", "axes 1", |_, x| x[0].sum_squares_axes([1])),
        entry("sum_squares_axes", "axes 0, 1", |_, x| {
            x[0].sum_squares_axes([0, 1])
        }),
        entry("sum_squares_keep", "axes 1", |_, x| x[0].sum_squares_keep([1])),
    ]
}

fn of_all() -> Vec<Entry> {
    vec![
        entry("sum", "", |_, x| x[0].sum().to_tensor()),
        entry("mean", "", |_, x| x[0].mean().to_tensor()),
        entry("max_all", "", |_, x| x[0].max_all().to_tensor()),
        entry("min_all", "", |_, x| x[0].min_all().to_tensor()),
        entry("prod", "", |_, x| x[0].prod().to_tensor()),
        entry("logsumexp", "", |_, x| x[0].logsumexp().to_tensor()),
        entry("var", "ddof 1", |_, x| x[0].var(1).to_tensor()),
        entry("std", "ddof 1", |_, x| x[0].std(1).to_tensor()),
        entry("norm", "order 2", |_, x| x[0].norm(2.0).to_tensor()),
        entry("sum_squares", "", |_, x| x[0].sum_squares().to_tensor()),
        entry("nansum", "", |_, x| x[0].nansum().to_tensor()),
        entry("nanmean", "", |_, x| x[0].nanmean().to_tensor()),
        entry("median", "", |_, x| x[0].median().to_tensor()),
        entry("quantile", "q = 0.3", |_, x| x[0].quantile(0.3).to_tensor()),
    ]
}
