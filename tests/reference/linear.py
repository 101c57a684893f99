"""Linear algebra. Eigenvectors and singular vectors are compared in combinations that do not depend on their signs."""

import jax
import jax.numpy as jnp
import jax.scipy.linalg as sl

from table import DEFINITE, LOWER, RANKED, REGULAR, SYMMETRIC, UPPER, on, op

WIDE = on((-2, 2))
SQUARES = [[(3, 3)], [(2, 2)], [(2, 2, 2)]]


def symmetric(f):
    """f of the symmetric part: the derivative is symmetric, whichever triangle is read."""
    return lambda a, *rest: f((a + jnp.swapaxes(a, -1, -2)) / 2, *rest)


op("cholesky", symmetric(jnp.linalg.cholesky), DEFINITE, shapes=SQUARES)
for name, lower, domain in (("lower", True, LOWER), ("upper", False, UPPER)):
    for trans in (False, True):
        op(
            "solve_triangular",
            lambda a, b, lower=lower, trans=trans: sl.solve_triangular(
                jnp.tril(a) if lower else jnp.triu(a), b, lower=lower, trans=int(trans)
            ),
            domain,
            WIDE,
            shapes=[[(3, 3), (3,)], [(2, 2), (2, 2)]],
            given=name + (", transposed" if trans else ""),
        )
op("solve", jnp.linalg.solve, REGULAR, WIDE, shapes=[[(3, 3), (3,)], [(2, 2), (2, 2)], [(2, 2, 2), (2, 2, 1)]])
op("inv", jnp.linalg.inv, REGULAR, shapes=SQUARES)
op("det", jnp.linalg.det, REGULAR, shapes=SQUARES)
op("slogdet", lambda a: jnp.linalg.slogdet(a)[1], REGULAR, shapes=SQUARES, given="the logarithm")
op("logdet", symmetric(lambda a: jnp.linalg.slogdet(a)[1]), DEFINITE, shapes=SQUARES)
op("triangular_logdet", lambda a: 2 * jnp.sum(jnp.log(jnp.diagonal(a))), LOWER, shapes=[[(3, 3)], [(2, 2)]])
op("inv_quadratic", symmetric(lambda a, x: x @ jnp.linalg.solve(a, x)), DEFINITE, WIDE, shapes=[[(3, 3), (3,)]])


def qr(a):
    q, r = jnp.linalg.qr(a)
    signs = jnp.sign(jnp.diagonal(r, axis1=-2, axis2=-1))
    return q * signs[..., None, :], r * signs[..., :, None]


op("qr", qr, RANKED, shapes=[[(3, 3)], [(4, 2)]], given="with a positive diagonal of R")
op("eigvalsh", symmetric(jnp.linalg.eigvalsh), SYMMETRIC, shapes=SQUARES)


def eigh(a):
    w, v = jnp.linalg.eigh(a)
    return w, v**2


op("eigh", symmetric(eigh), SYMMETRIC, shapes=[[(3, 3)], [(2, 2)]], given="values, and squares of vectors")
op("svdvals", lambda a: jnp.linalg.svd(a, compute_uv=False), RANKED, shapes=[[(3, 3)], [(4, 2)]])


def svd(a):
    u, s, vt = jnp.linalg.svd(a, full_matrices=False)
    return u**2, s, vt.T**2


op("svd", svd, RANKED, shapes=[[(3, 3)], [(4, 2)]], given="values, and squares of vectors")
op("pinv", jnp.linalg.pinv, RANKED, shapes=[[(3, 3)], [(4, 2)]])
op("lstsq", lambda a, b: jnp.linalg.pinv(a) @ b, RANKED, WIDE, shapes=[[(4, 2), (4,)], [(4, 2), (4, 2)]])
op("expm", sl.expm, on((-1, 1)), shapes=[[(3, 3)], [(2, 2)]])
