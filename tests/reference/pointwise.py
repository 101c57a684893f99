"""Ops that act element by element."""

import jax
import jax.numpy as jnp
import jax.scipy.special as sp
import mpmath as mp
from jax.lax import lgamma

from table import apart, binary, on, ternary, unary

WIDE = on((-2, 2))
SIDES = ((-2, -0.2), (0.2, 2))

unary("neg", lambda x: -x, (-2, 2))
unary("square", jnp.square, (-2, 2))
unary("recip", jnp.reciprocal, (-2, -0.5), (0.5, 2))
unary("sqrt", jnp.sqrt, (0.3, 3))
unary("rsqrt", jax.lax.rsqrt, (0.3, 3))
unary("cbrt", jnp.cbrt, (-3, -0.3), (0.3, 3))
unary("exp", jnp.exp, (-2, 2))
unary("exp2", jnp.exp2, (-2, 2))
unary("exp_m1", jnp.expm1, (-2, 2))
unary("ln", jnp.log, (0.3, 3))
unary("log2", jnp.log2, (0.3, 3))
unary("log10", jnp.log10, (0.3, 3))
unary("ln_1p", jnp.log1p, (-0.7, 2))
unary("sin", jnp.sin, (-3, 3))
unary("cos", jnp.cos, (-3, 3))
unary("tan", jnp.tan, (-1.2, 1.2))
unary("asin", jnp.arcsin, (-0.8, 0.8))
unary("acos", jnp.arccos, (-0.8, 0.8))
unary("atan", jnp.arctan, (-2, 2))
unary("sinh", jnp.sinh, (-2, 2))
unary("cosh", jnp.cosh, (-2, 2))
unary("tanh", jnp.tanh, (-2, 2))
unary("asinh", jnp.arcsinh, (-2, 2))
unary("acosh", jnp.arccosh, (1.3, 3))
unary("atanh", jnp.arctanh, (-0.8, 0.8))
unary("sigmoid", jax.nn.sigmoid, (-3, 3))
unary("softplus", jax.nn.softplus, (-3, 3))
unary("abs", jnp.abs, *SIDES)
unary("floor", jnp.floor, (-0.8, -0.2), (1.2, 1.8))
unary("ceil", jnp.ceil, (-0.8, -0.2), (1.2, 1.8))
unary("round", jnp.round, (-0.4, 0.4), (0.6, 1.4))
unary("trunc", jnp.trunc, (-0.8, -0.2), (1.2, 1.8))
unary("fract", lambda x: x - jnp.trunc(x), (-0.8, -0.2), (1.2, 1.8))
unary("signum", jnp.sign, *SIDES)
unary("sign", jnp.sign, *SIDES)
unary("nonnegative", lambda x: jnp.where(x >= 0, x, jnp.nan), (0.3, 2))
unary("nan_to_num", jnp.nan_to_num, (-2, 2))

# Activations.
unary("relu", jax.nn.relu, *SIDES)
unary("relu6", jax.nn.relu6, (-2, -0.2), (0.2, 5.8), (6.2, 8))
unary("leaky_relu", lambda x: jax.nn.leaky_relu(x, 0.1), *SIDES, given="slope 0.1")
unary("elu", lambda x: jax.nn.elu(x, 1.3), *SIDES, given="alpha 1.3")
unary("selu", jax.nn.selu, *SIDES)
unary("celu", lambda x: jax.nn.celu(x, 1.3), *SIDES, given="alpha 1.3")
unary("gelu", lambda x: jax.nn.gelu(x, approximate=False), (-3, 3))
unary("gelu_tanh", lambda x: jax.nn.gelu(x, approximate=True), (-3, 3))
unary("silu", jax.nn.silu, (-3, 3))
unary("mish", jax.nn.mish, (-3, 3))
unary("hardtanh", jax.nn.hard_tanh, (-2, -1.2), (-0.8, 0.8), (1.2, 2))
unary("hard_sigmoid", jax.nn.hard_sigmoid, (-4, -3.2), (-2.8, 2.8), (3.2, 4))
unary("log_sigmoid", jax.nn.log_sigmoid, (-3, 3))
unary("logit", sp.logit, (0.1, 0.9))

# Special functions.
unary("sinc", lambda x: jnp.sinc(x / jnp.pi), (-6, -0.2), (0.2, 6))
unary("xlogx", lambda x: sp.xlogy(x, x), (0.2, 2))
unary("entr", sp.entr, (0.2, 2))
unary("gauss", lambda x: jnp.exp(-x * x / 2), (-2, 2))
unary("erf", sp.erf, (-2, 2))
unary("erfc", sp.erfc, (-2, 2))
unary("erfinv", sp.erfinv, (-0.9, 0.9))
unary("ndtr", sp.ndtr, (-3, 3))
unary("ndtri", sp.ndtri, (0.15, 0.85))
unary("log_ndtr", sp.log_ndtr, (-4, 3))
unary("lgamma", lgamma, (-0.7, -0.3), (0.5, 0.9), (2.1, 4))
unary("digamma", sp.digamma, (-0.6, -0.4), (0.7, 4))
for n in (1, 2, 3):
    unary("polygamma", lambda x, n=n: sp.polygamma(n, x), (0.5, 4), given=f"n = {n}")
unary("i0e", sp.i0e, (-3, -0.1), (0.1, 3))
unary("i1e", sp.i1e, (-3, -0.1), (0.1, 3))

# Two arguments.
binary("add", jnp.add, WIDE, WIDE)
binary("sub", jnp.subtract, WIDE, WIDE)
binary("mul", jnp.multiply, WIDE, WIDE)
binary("div", jnp.divide, WIDE, on((-2, -0.5), (0.5, 2)))
binary("rem", jnp.fmod, on((2.2, 2.8)), on((0.95, 1.05)))
for n in (-3, 0, 1, 2, 5):
    unary("powi", lambda x, n=n: x**n, (-2, -0.5), (0.5, 2), given=f"n = {n}")
binary("powf", jnp.power, on((0.5, 2)), WIDE)
binary("max", jnp.maximum, on((-2, -1.2), (1.2, 2)), on((-1, 1)))
binary("min", jnp.minimum, on((-2, -1.2), (1.2, 2)), on((-1, 1)))
binary("fmax", jnp.fmax, on((-2, -1.2), (1.2, 2)), on((-1, 1)))
binary("fmin", jnp.fmin, on((-2, -1.2), (1.2, 2)), on((-1, 1)))
binary("hypot", jnp.hypot, on((-2, -0.5), (0.5, 2)), on((-2, -0.5), (0.5, 2)))
binary("atan2", jnp.arctan2, on((0.5, 2)), WIDE)
BESIDE = on((-2, -1.2), (1.2, 2)), on((-1, 1))
binary("above", lambda a, b: jnp.where(a > b, 1.0, 0.0), *BESIDE)
binary("at_least", lambda a, b: jnp.where(a >= b, 1.0, 0.0), *BESIDE)
binary("below", lambda a, b: jnp.where(a < b, 1.0, 0.0), *BESIDE)
binary("at_most", lambda a, b: jnp.where(a <= b, 1.0, 0.0), *BESIDE)
binary("equals", lambda a, b: jnp.where(a == b, 1.0, 0.0), *BESIDE)
binary("exp_diff", lambda a, b: jnp.exp(a - b), WIDE, WIDE)
binary("gated", lambda a, w: a * w, WIDE, on((-2, -0.5), (0.5, 2)))
binary("copysign", jnp.copysign, on(*SIDES), on(*SIDES))
binary("logaddexp", jnp.logaddexp, WIDE, WIDE)
binary("logsubexp", lambda a, b: a + jnp.log(-jnp.expm1(b - a)), on((0.5, 2)), on((-2, 0)))
binary("xlogy", sp.xlogy, WIDE, on((0.3, 3)))
binary("xlog1py", sp.xlog1py, WIDE, on((-0.7, 2)))
unary("is_nan", lambda x: jnp.isnan(x).astype(x.dtype), (-2, 2))
binary("heaviside", jnp.heaviside, on(*SIDES), WIDE)
binary("floor_div", jnp.floor_divide, on((2.2, 2.8)), on((0.95, 1.05)))
binary("squared_difference", lambda a, b: (a - b) ** 2, WIDE, WIDE)

# Three.
unary("clamp", lambda x: jnp.clip(x, -1, 1), (-2, -1.2), (-0.8, 0.8), (1.2, 2), given="from -1 to 1")
INSIDE = on((-2, -1.4), (-0.6, 0.6), (1.4, 2)), on((-1.2, -0.8)), on((0.8, 1.2))
ternary("clamp_by", lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high), *INSIDE)
ternary("lerp", lambda a, b, t: a + t * (b - a), WIDE, WIDE, on((-1, 2)))
ternary("mul_add", lambda a, b, c: a * b + c, WIDE, WIDE, WIDE)
ternary("select", lambda c, a, b: jnp.where(c > 0, a, b), on(*SIDES), WIDE, WIDE, given="condition > 0")

# Incomplete gamma and beta functions. JAX refuses some of the derivatives in the parameters and computes others to eight
# digits, PyTorch has none.
WHY = "no derivative in every argument, or one of few digits, in JAX and PyTorch"
SHAPE = on((0.5, 4))


def lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def upper(a, x):
    return mp.gammainc(a, x, regularized=True)


def beta(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


binary("gammainc", lower, SHAPE, on((0.3, 5)), by="mpmath", why=WHY)
binary("gammaincc", upper, SHAPE, on((0.3, 5)), by="mpmath", why=WHY)
ternary("betainc", beta, SHAPE, SHAPE, on((0.1, 0.9)), by="mpmath", why=WHY)
