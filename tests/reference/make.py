#!/usr/bin/env python3
"""Makes reference.txt: values and gradients of many ops at random points, computed by JAX (where `by` says so by PyTorch or
mpmath) in 64 bits. The test `catalogue` reads the file; it needs no Python.

    python -m venv venv && venv/bin/pip install -r tests/reference/requirements.txt
    venv/bin/python tests/reference/make.py            # writes the file; the same bytes each time
    venv/bin/python tests/reference/make.py NAME …     # some ops anew, with the same result

The committed file was made by the versions in requirements.txt, on a CPU (x86-64).

For each case: the operands x, the result y = f(x), a cotangent g of the result, irregular, and the cotangents of the operands
gᵀ·∂y/∂x. Operands lie inside the domain, away from kinks and ties. Numbers are written with the fewest digits that are read
back to the same bits. Several results are joined into one vector, as `Term::pack` does it.
"""

import pathlib
import sys
import zlib

import jax
import mpmath as mp
import numpy as np

from table import OPS

import pointwise  # noqa: E402, F401
import arrays  # noqa: E402, F401
import linear  # noqa: E402, F401
import networks  # noqa: E402, F401
import densities  # noqa: E402, F401

mp.mp.dps = 40


def packed(y, concatenate):
    """Several results as one vector."""
    return concatenate([part.reshape(-1) for part in y]) if isinstance(y, tuple | list) else y


def by_jax(case):
    y, back = jax.vjp(lambda *x: packed(case.f(*x), jax.numpy.concatenate), *case.x)
    g = case.cotangent(y.shape)
    return y, g, back(jax.numpy.asarray(g, dtype=y.dtype))


def by_torch(case):
    import torch

    torch.set_default_dtype(torch.float64)
    x = [torch.tensor(x, requires_grad=True) for x in case.x]
    y = packed(case.f(*x), torch.cat)
    g = case.cotangent(tuple(y.shape))
    grads = torch.autograd.grad(y, x, torch.tensor(g), allow_unused=True)
    zero = [torch.zeros_like(x) if d is None else d for x, d in zip(x, grads)]
    return y.detach().numpy(), g, [d.numpy() for d in zero]


def slope(f, point, k):
    """A partial derivative, by steps relative to the argument: it may be tiny."""
    x = point[k]
    along = lambda u: f(*point[:k], x * mp.exp(u) if x else u, *point[k + 1 :])  # noqa: E731
    return mp.diff(along, 0) / (x or 1)


def by_mpmath(case):
    """Pointwise: partial derivatives by differences in 40 digits."""
    x = np.broadcast_arrays(*case.x)
    points = list(zip(*(map(mp.mpf, a.ravel().tolist()) for a in x)))
    y = np.array([float(case.f(*p)) for p in points]).reshape(x[0].shape)
    g = case.cotangent(y.shape)
    grads = []
    for k, own in enumerate(case.x):
        slopes = [slope(case.f, p, k) * mp.mpf(float(w)) for p, w in zip(points, g.ravel())]
        total = np.full(own.shape, mp.mpf(0), dtype=object)
        where = np.broadcast_to(np.arange(own.size).reshape(own.shape), y.shape).ravel()
        for i, part in zip(where, slopes):
            total.flat[i] = total.flat[i] + part
        grads.append(total.astype(float))
    return y, g, grads


def line(key, x, shaped=True):
    """An array as a line: `x 2 3: …` for one of shape 2 × 3. −0.0 is written as 0.0: the sign of 0 is not compared."""
    x = np.asarray(x, dtype=np.float64)
    assert np.isfinite(x).all(), key
    shape = "".join(f" {n}" for n in x.shape) if shaped else ""
    return f"{key}{shape}: " + " ".join(repr(float(v) + 0.0) for v in x.ravel())


def lines(entry):
    yield f"op {entry.name}"
    yield f"by {entry.by}"
    if entry.why:
        yield f"why {entry.why}"
    if entry.pointwise:
        yield "pointwise"
    yield from (f"domain {text}" for text in entry.domains)
    for case in entry.cases:
        y, g, grads = {"jax": by_jax, "torch": by_torch, "mpmath": by_mpmath}[entry.by](case)
        yield f"case {case.given}".rstrip()
        yield from (line("x", x) for x in case.x)
        yield line("y", y)
        yield line("g", g, shaped=False)
        yield from (line("d", d, shaped=False) for d in grads)


PATH = pathlib.Path(__file__).with_name("reference.txt")


def main():
    wanted = sys.argv[1:] or list(OPS)
    blocks = PATH.read_text().split("\n\n") if sys.argv[1:] else []
    blocks = {block.split("\n")[0].removeprefix("op "): block for block in blocks}
    for name in wanted:
        try:
            blocks[name] = "\n".join(lines(OPS[name]))
        except Exception as error:
            raise RuntimeError(f"in {name}") from error
    whole = "\n\n".join(blocks[name] for name in OPS if name in blocks) + "\n"
    PATH.write_text(whole)
    cases = sum(len(OPS[name].cases) for name in OPS if name in blocks)
    print(f"{len(blocks)} ops, {cases} cases, {len(whole.encode())} bytes, crc32 {zlib.crc32(whole.encode()):08x}")


if __name__ == "__main__":
    main()
