//! Log-densities and log-probabilities. Counts are constants.

use super::{Entry, entry};
use ndarray::{arr0, arr1};
use wengert::Tensor;
use wengert::distributions::*;

const DEFINITE: &str = "the reference's matrices are positive definite";

pub(super) fn entries() -> Vec<Entry> {
    vec![
        entry("normal::log_density", "", |_, x| {
            normal::log_density(&x[0], x[1], x[2])
        }),
        entry("multivariate_normal::log_density", "covariance", |_, x| {
            let covariance: Tensor = (x[2] + x[2].t()) / 2;
            multivariate_normal::log_density(&x[0], &x[1], &covariance).expect(DEFINITE)
        }),
        entry("multivariate_normal::log_density_by_factor", "", |_, x| {
            multivariate_normal::log_density_by_factor(&x[0], &x[1], &x[2]).expect(DEFINITE)
        }),
        entry("half_normal::log_density", "", |_, x| {
            half_normal::log_density(&x[0], x[1])
        }),
        entry("log_normal::log_density", "", |_, x| {
            log_normal::log_density(&x[0], x[1], x[2])
        }),
        entry("student_t::log_density", "", |_, x| {
            student_t::log_density(&x[0], x[1], x[2], x[3])
        }),
        entry("laplace::log_density", "", |_, x| {
            laplace::log_density(&x[0], x[1], x[2])
        }),
        entry("logistic::log_density", "", |_, x| {
            logistic::log_density(&x[0], x[1], x[2])
        }),
        entry("exponential::log_density", "", |_, x| {
            exponential::log_density(&x[0], x[1])
        }),
        entry("gamma::log_density", "", |_, x| {
            gamma::log_density(&x[0], x[1], x[2])
        }),
        entry("beta::log_density", "", |_, x| {
            beta::log_density(&x[0], x[1], x[2])
        }),
        entry("dirichlet::log_density", "", |_, x| {
            dirichlet::log_density(&x[0], &x[1])
        }),
        entry("poisson::log_probability", "counts 0, 1, 2, 5", |tape, x| {
            let counts = tape.constant(&arr1(&[0.0, 1.0, 2.0, 5.0]));
            poisson::log_probability(&counts, x[0])
        }),
        entry(
            "binomial::log_probability",
            "counts 0, 1, 2, 5 of 6",
            |tape, x| {
                let counts = tape.constant(&arr1(&[0.0, 1.0, 2.0, 5.0]));
                binomial::log_probability(&counts, tape.constant(&arr0(6.0)), x[0])
            },
        ),
        entry("categorical::log_probability", "classes 0, 2", |_, x| {
            categorical::log_probability(&x[0], &[0, 2])
        }),
    ]
}
