"""What the tables of ops are written in: domains to draw from, and `op`, which enters one op."""

import zlib

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402

OPS = {}


class Domain:
    """How an operand is drawn, and the text that says so in docs/ops.md."""

    def __init__(self, text, draw):
        self.text, self.draw = text, draw


def on(*intervals):
    """Numbers from a union of intervals."""

    def draw(rng, shape):
        low, high = np.array(intervals, dtype=float)[rng.integers(len(intervals), size=shape)].T
        return (low + (high - low) * rng.random(size=shape[::-1])).T

    text = " ∪ ".join(f"({a:g}, {b:g})".replace("-", "−") for a, b in intervals)
    return Domain(text, draw)


def apart(low=-2.0, high=2.0):
    """Numbers of which no two are close: for ops that compare elements."""

    def draw(rng, shape):
        n = int(np.prod(shape))
        ladder = low + (high - low) * (np.arange(n) + 0.5 + 0.3 * (rng.random(n) - 0.5)) / max(n, 1)
        return rng.permutation(ladder).reshape(shape)

    return Domain(f"({low:g}, {high:g}), no ties".replace("-", "−"), draw)


def _square(text, make):
    def draw(rng, shape):
        flat = [make(rng.uniform(-1.0, 1.0, size=shape[-2:])) for _ in range(int(np.prod(shape[:-2])))]
        return np.array(flat).reshape(shape)

    return Domain(text, draw)


DEFINITE = _square("positive definite", lambda a: a @ a.T + np.eye(len(a)))
SYMMETRIC = _square("symmetric, eigenvalues apart", lambda a: a + a.T + np.diag(3.0 * np.arange(len(a))))
REGULAR = _square("regular", lambda a: a + np.diag(1.5 + np.arange(len(a))))
LOWER = _square("lower triangular", lambda a: np.tril(a, -1) + np.diag(1.0 + 0.5 * np.arange(len(a))))
UPPER = _square("upper triangular", lambda a: np.triu(a, 1) + np.diag(1.0 + 0.5 * np.arange(len(a))))
# Singular values far from each other and from 0: random columns that are scaled.
RANKED = _square("full rank", lambda a: np.eye(*a.shape) * (1.0 + np.arange(a.shape[1])) + 0.3 * a)


def _simplex(rng, shape):
    p = rng.uniform(0.2, 1.0, size=shape)
    p = np.round(p / p.sum(-1, keepdims=True), 3)
    p[..., -1] = 1.0 - p[..., :-1].sum(-1)
    return p


SIMPLEX = Domain("probabilities that add to 1", _simplex)


class Case:
    def __init__(self, name, given, f, domains, shapes):
        self.given, self.f = given, f
        rng = np.random.default_rng(zlib.crc32(f"{name}/{given}/{shapes}".encode()))
        # Few digits make a small file; they are exact, as every number there is read back to the bit.
        self.x = [np.round(d.draw(rng, tuple(s)), 4) for d, s in zip(domains, shapes, strict=True)]
        self.rng = rng

    def cotangent(self, shape):
        size = self.rng.uniform(0.3, 1.3, size=shape) * self.rng.choice([-1.0, 1.0], size=shape)
        return np.round(size, 2)


class Op:
    def __init__(self, name, by, pointwise, why):
        self.name, self.by, self.pointwise, self.why = name, by, pointwise, why
        self.domains, self.cases = [], []


def op(name, f, *domains, shapes, given="", by="jax", pointwise=False, why=""):
    """Enters cases of an op: `f` at operands of `domains`, one case for each list of shapes in `shapes`.

    `given` names the attributes, `by` who computes: jax, torch or mpmath. `why` says why it is not jax or torch.
    """
    entry = OPS.setdefault(name, Op(name, by, pointwise, why))
    assert entry.by == by, name
    entry.domains = entry.domains or [d.text for d in domains]
    entry.cases += [Case(name, given, f, domains, s) for s in shapes]


def unary(name, f, *intervals, **more):
    shapes = [[()], [(7,)], [(2, 3)]]
    op(name, f, on(*intervals), shapes=shapes, pointwise=True, **more)


def binary(name, f, a, b, **more):
    shapes = [[(5,), (5,)], [(2, 3), (3,)], [(2, 1), (1, 3)]]
    op(name, f, a, b, shapes=shapes, pointwise=True, **more)


def ternary(name, f, a, b, c, **more):
    shapes = [[(4,), (4,), (4,)], [(2, 2), (2,), ()]]
    op(name, f, a, b, c, shapes=shapes, pointwise=True, **more)
