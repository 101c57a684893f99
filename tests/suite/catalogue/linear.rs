//! Linear algebra. Matrices that should be symmetric are made so by the entry, so that the derivative does not depend on which
//! triangle is read; vectors of eigenvalues and singular values enter as squares, which do not depend on their signs.

use super::{Entry, entry};
use wengert::Tensor;
use wengert::ops::linalg::Triangle;

const FACTORED: &str = "the reference's matrices have this factorisation";

fn symmetric<'t>(x: &Tensor<'t>) -> Tensor<'t> {
    (x + x.transpose_last()) / 2
}

fn triangular<'t>(x: &[Tensor<'t>], triangle: Triangle) -> Tensor<'t> {
    x[0].solve_triangular(&x[1], triangle).expect(FACTORED)
}

pub(super) fn entries() -> Vec<Entry> {
    [systems(), factorisations()].concat()
}

fn systems() -> Vec<Entry> {
    vec![
        entry("solve", "", |_, x| x[0].solve(&x[1]).expect(FACTORED)),
        entry("solve_triangular", "lower", |_, x| triangular(x, Triangle::Lower)),
        entry("solve_triangular", "lower, transposed", |_, x| {
            triangular(x, Triangle::LowerTransposed)
        }),
        entry("solve_triangular", "upper", |_, x| triangular(x, Triangle::Upper)),
        entry("solve_triangular", "upper, transposed", |_, x| {
            triangular(x, Triangle::UpperTransposed)
        }),
        entry("lstsq", "", |_, x| x[0].lstsq(&x[1]).expect(FACTORED)),
        entry("inv", "", |_, x| x[0].inv().expect(FACTORED)),
        entry("pinv", "", |_, x| x[0].pinv().expect(FACTORED)),
        entry("inv_quadratic", "", |_, x| {
            symmetric(&x[0]).inv_quadratic(&x[1]).expect(FACTORED)
        }),
        entry("det", "", |_, x| x[0].det()),
        entry("slogdet", "the logarithm", |_, x| x[0].slogdet().1),
        entry("logdet", "", |_, x| symmetric(&x[0]).logdet().expect(FACTORED)),
        entry("triangular_logdet", "", |_, x| x[0].triangular_logdet()),
        entry("expm", "", |_, x| x[0].expm()),
    ]
}

fn factorisations() -> Vec<Entry> {
    vec![
        entry("cholesky", "", |_, x| {
            symmetric(&x[0]).cholesky().expect(FACTORED)
        }),
        entry("qr", "with a positive diagonal of R", |_, x| {
            let (q, r) = x[0].qr();
            Tensor::pack(&[q, r])
        }),
        entry("eigh", "values, and squares of vectors", |_, x| {
            let (values, vectors) = symmetric(&x[0]).eigh().expect(FACTORED);
            Tensor::pack(&[values, vectors.square()])
        }),
        entry("eigvalsh", "", |_, x| {
            symmetric(&x[0]).eigvalsh().expect(FACTORED)
        }),
        entry("svd", "values, and squares of vectors", |_, x| {
            let (u, s, v) = x[0].svd().expect(FACTORED);
            Tensor::pack(&[u.square(), s, v.square()])
        }),
        entry("svdvals", "", |_, x| x[0].svdvals().expect(FACTORED)),
    ]
}
