"""Logarithms of densities and of probabilities. JAX's gradients; values are those of scipy.stats, checked here."""

import jax.numpy as jnp
import jax.scipy.stats as js
import numpy as np
import scipy.stats as st
from jax.lax import lgamma
from jax.scipy.special import xlogy

from table import DEFINITE, LOWER, OPS, SIMPLEX, on, op

WIDE = on((-2, 2))
POSITIVE = on((0.4, 2.5))
UNIT = on((0.25, 0.75))


def density(name, f, scipy, *domains):
    """A density of scalar arguments; `scipy` is the value by scipy.stats."""
    n = len(domains)
    shapes = [[(4,)] * n, [(2, 3)] + [(3,)] * (n - 1), [(5,)] + [()] * (n - 1)]

    op(name, f, *domains, shapes=shapes, pointwise=True)
    for case in OPS[name].cases:
        np.testing.assert_allclose(f(*case.x), scipy(*case.x), rtol=1e-12, atol=1e-14, err_msg=name)


density("normal::log_density", js.norm.logpdf, st.norm.logpdf, WIDE, WIDE, POSITIVE)
density(
    "half_normal::log_density",
    lambda x, s: js.norm.logpdf(x, 0, s) + jnp.log(2),
    lambda x, s: st.halfnorm.logpdf(x, scale=s),
    POSITIVE,
    POSITIVE,
)
density(
    "log_normal::log_density",
    lambda x, m, s: js.norm.logpdf(jnp.log(x), m, s) - jnp.log(x),
    lambda x, m, s: st.lognorm.logpdf(x, s, scale=np.exp(m)),
    POSITIVE,
    WIDE,
    POSITIVE,
)
density(
    "student_t::log_density",
    js.t.logpdf,
    st.t.logpdf,
    WIDE,
    on((0.5, 6)),
    WIDE,
    POSITIVE,
)
density("laplace::log_density", js.laplace.logpdf, st.laplace.logpdf, on((2, 3), (-3, -2)), on((-1, 1)), POSITIVE)
density("logistic::log_density", js.logistic.logpdf, st.logistic.logpdf, WIDE, WIDE, POSITIVE)
density(
    "exponential::log_density",
    lambda x, rate: jnp.log(rate) - rate * x,
    lambda x, rate: st.expon.logpdf(x, scale=1 / rate),
    POSITIVE,
    POSITIVE,
)
density(
    "gamma::log_density",
    lambda x, shape, rate: js.gamma.logpdf(x, shape, 0, 1 / rate),
    lambda x, shape, rate: st.gamma.logpdf(x, shape, scale=1 / rate),
    POSITIVE,
    on((0.5, 4)),
    POSITIVE,
)
density("beta::log_density", js.beta.logpdf, st.beta.logpdf, UNIT, on((0.5, 4)), on((0.5, 4)))


COUNTS = np.array([0.0, 1.0, 2.0, 5.0])
op(
    "poisson::log_probability",
    lambda rate: COUNTS * jnp.log(rate) - rate - lgamma(COUNTS + 1),
    on((0.4, 5)),
    shapes=[[(4,)]],
    given="counts 0, 1, 2, 5",
    pointwise=True,
)
op(
    "binomial::log_probability",
    lambda p: lgamma(7.0) - lgamma(COUNTS + 1) - lgamma(7 - COUNTS) + xlogy(COUNTS, p) + (6 - COUNTS) * jnp.log1p(-p),
    UNIT,
    shapes=[[(4,)]],
    given="counts 0, 1, 2, 5 of 6",
    pointwise=True,
)
op(
    "categorical::log_probability",
    lambda x: jnp.take_along_axis(x - jnp.log(jnp.sum(jnp.exp(x), -1, keepdims=True)), jnp.array([[0], [2]]), -1)[:, 0],
    WIDE,
    shapes=[[(2, 3)]],
    given="classes 0, 2",
)
op(
    "dirichlet::log_density",
    lambda x, a: jnp.sum((a - 1) * jnp.log(x), -1) + lgamma(jnp.sum(a, -1)) - jnp.sum(lgamma(a), -1),
    SIMPLEX,
    on((0.5, 4)),
    shapes=[[(3,), (3,)], [(2, 3), (3,)]],
)
op(
    "multivariate_normal::log_density",
    lambda x, m, s: js.multivariate_normal.logpdf(x, m, (s + s.T) / 2),
    WIDE,
    WIDE,
    DEFINITE,
    shapes=[[(3,), (3,), (3, 3)], [(2, 2), (2,), (2, 2)]],
    given="covariance",
)
op(
    "multivariate_normal::log_density_by_factor",
    lambda x, m, l: js.multivariate_normal.logpdf(x, m, jnp.tril(l) @ jnp.tril(l).T),
    WIDE,
    WIDE,
    LOWER,
    shapes=[[(3,), (3,), (3, 3)], [(2, 2), (2,), (2, 2)]],
)
