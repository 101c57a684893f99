#!/usr/bin/env python3
"""Makes defects.txt: points at which JAX's or PyTorch's gradient is wrong, what they give, and what is right. The test
`catalogue::defects` holds this crate to the last. Run as make.py: venv/bin/python tests/reference/defects.py

`jax`, `torch`: the gradient in every argument, or nothing where the library is not asked. `want` is the derivative from mpmath in 60
digits, or what docs/conventions.md derives where there is none.
"""

import pathlib

import jax
import jax.numpy as jnp
import jax.scipy.special as sp
import mpmath as mp
import torch

from make import slope as partial

mp.mp.dps = 60
torch.set_default_dtype(torch.float64)
INF, NAN = float("inf"), float("nan")


def d(f, *x):
    """The gradient by mpmath."""
    point = [mp.mpf(v) for v in x]
    return [float(partial(f, point, k)) for k in range(len(x))]



NDTR = mp.ncdf
LARGE = (1e200, 1e200)
# The op, the arguments, by JAX, by PyTorch, what is right, why.
POINTS = [
    ("ndtri", (0.0,), sp.ndtri, torch.special.ndtri, [INF], "0 at the border, where the slope is infinite"),
    ("hypot", LARGE, jnp.hypot, torch.hypot, [0.5**0.5] * 2, "squares overflow"),
    ("hypot", (0.0, 0.0), jnp.hypot, torch.hypot, [0.0, 0.0], "½, or 0/0: the norm's subgradient of least norm is 0"),
    ("asinh", (1e200,), jnp.arcsinh, torch.asinh, [1e-200], "a square overflows"),
    ("atan2", LARGE, jnp.arctan2, torch.atan2, [0.5e-200, -0.5e-200], "a square overflows"),
    ("atan2", (0.0, 0.0), jnp.arctan2, torch.atan2, [0.0, 0.0], "0/0"),
    ("exp_m1", (-40.0,), jnp.expm1, torch.expm1, d(mp.exp, -40), "y + 1 cancels"),
    ("softplus", (25.0,), jax.nn.softplus, torch.nn.functional.softplus, d(lambda x: mp.log1p(mp.exp(x)), 25), "a threshold"),
    (
        "gelu",
        (-10.0,),
        lambda x: jax.nn.gelu(x, approximate=False),
        torch.nn.functional.gelu,
        d(lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2, -10),
        "1 + erf cancels",
    ),
    ("log_ndtr", (-30.0,), sp.log_ndtr, torch.special.log_ndtr, d(lambda x: mp.log(NDTR(x)), -30), "a quotient of tiny numbers"),
    ("digamma", (-0.5,), sp.digamma, torch.special.digamma, [float(mp.polygamma(1, -0.5))], "too few terms of a series"),
    ("max", (1.0, NAN), jnp.maximum, torch.maximum, [0.0, NAN], "NaN is not passed on"),
    ("clamp", (NAN,), lambda x: jnp.clip(x, 0, 1), lambda x: torch.clamp(x, 0, 1), [NAN], "a finite slope through NaN"),
    ("ln", (-1.0,), jnp.log, torch.log, [NAN], "a finite slope where the value is NaN"),
    ("xlogy", (0.0, 0.0), sp.xlogy, torch.special.xlogy, [0.0, 0.0], "0·ln 0 is 0 here"),
    ("powf", (0.0, 0.0), jnp.power, torch.pow, [0.0, 0.0], "0·0⁻¹"),
    ("logaddexp", (INF, 0.0), jnp.logaddexp, torch.logaddexp, [1.0, 0.0], "∞ − ∞"),
    (
        "select ln",
        (0.0,),
        lambda x: jnp.where(x > 0, jnp.log(x), 0.0),
        lambda x: torch.where(x > 0, torch.log(x), torch.zeros(())),
        [0.0],
        "0·∞ from the side that is not taken",
    ),
    (
        "det",
        (1.0, 2.0, 2.0, 4.0),
        lambda *x: jnp.linalg.det(jnp.stack(x).reshape(2, 2)),
        lambda *x: torch.linalg.det(torch.stack(x).reshape(2, 2)),
        [4.0, -2.0, -2.0, 1.0],
        "an inverse of a singular matrix",
    ),
    ("norm", (1e-200, 1e-200), lambda *x: jnp.linalg.norm(jnp.stack(x)), lambda *x: torch.linalg.norm(torch.stack(x)), [0.5**0.5] * 2, "squares underflow"),
]


def by_jax(f, x):
    return [float(g) for g in jax.grad(f, argnums=tuple(range(len(x))))(*x)]


def by_torch(f, x):
    x = [torch.tensor(v, requires_grad=True) for v in x]
    return [float(g) for g in torch.autograd.grad(f(*x), x)]


def numbers(key, x):
    return f"{key}: " + " ".join(repr(float(v)).replace("nan", "NaN") for v in x)


def main():
    blocks = []
    for name, x, f, g, want, why in POINTS:
        rows = [numbers("x", x), numbers("jax", by_jax(f, x)), numbers("torch", by_torch(g, x)), numbers("want", want)]
        blocks.append("\n".join([f"op {name}", f"why {why}", *rows]))
    pathlib.Path(__file__).with_name("defects.txt").write_text("\n\n".join(blocks) + "\n")


if __name__ == "__main__":
    main()
