//! Special functions of plain numbers: what the rows of the table and the array ops compute. No tape and no rule here.
//!
//! Everything is done in `f64`; [`Real::by_f64`](crate::Real::by_f64) rounds the result for `f32`, which is then right to
//! half a unit in the last place. The complement of the error function and ln |Γ| come from the crate `libm` (pure Rust, no
//! dependencies; the same in every build), the error function itself from `fast`; the rest is here, from series, continued fractions and asymptotic expansions.
//! Equation numbers are those of the Digital Library of Mathematical Functions (dlmf.nist.gov).

mod bessel;
mod double;
mod gamma;
mod incomplete;
mod jet;
mod normal;

pub(crate) use bessel::{i0e_order, i1e};
pub(crate) use gamma::{lgamma, polygamma};
pub(crate) use incomplete::{beta, beta_density, gamma, gamma_density};
pub(crate) use libm::erfc;
pub(crate) use normal::{
    CUBIC, GELU, erfinv, erfinv_slope, gauss, gelu_gate, log_ndtr, log_ndtr_excess, log_ndtr_slope, ndtr,
    ndtri, ndtri_slope,
};
