"""Reductions, cumulative ops, shapes, indices, products."""

import jax
import jax.numpy as jnp
from jax import lax

from table import apart, on, op

WIDE = on((-2, 2))
POSITIVE = on((0.3, 2))
SIDES = on((-2, -0.2), (0.2, 2))
MATRIX = [[(3, 4)], [(2, 3)]]
CUBE = [[(2, 3, 2)]]
VECTOR = [[(5,)], [(4,)]]


def over(name, f, domain=WIDE, axes=((0,), (1,), (0, 1)), keep=None):
    """A reduction that drops the axes, and as `keep` the one that does not."""
    for axis in axes:
        given = "axes " + ", ".join(map(str, axis))
        op(name, lambda x, axis=axis: f(x, axis=axis), domain, shapes=[[(2, 4)], [(3, 2, 2)]], given=given)
    if keep:
        op(
            keep,
            lambda x: f(x, axis=(1,), keepdims=True),
            domain,
            shapes=[[(2, 4)], [(3, 2, 2)]],
            given="axes 1",
        )


def along(name, f, domain=WIDE):
    for axis in (0, 1):
        op(name, lambda x, axis=axis: f(x, axis), domain, shapes=[[(3, 3)], [(4, 2)]], given=f"axis {axis}")


# Reductions.
over("sum_axes", jnp.sum, keep="sum_keep")
over("mean_axes", jnp.mean, keep="mean_keep")
over("max_axes", jnp.max, apart(), keep="max_keep")
over("min_axes", jnp.min, apart(), keep="min_keep")
over("prod_axes", jnp.prod, SIDES, keep="prod_keep")
over("logsumexp_axes", jax.nn.logsumexp, keep="logsumexp_keep")
for ddof in (0, 1):
    for name, f in (("var", jnp.var), ("std", jnp.std)):
        for suffix, keep in (("axes", False), ("keep", True)):
            op(
                f"{name}_{suffix}",
                lambda x, f=f, ddof=ddof, keep=keep: f(x, axis=1, ddof=ddof, keepdims=keep),
                WIDE,
                shapes=[[(2, 4)], [(3, 3)]],
                given=f"axes 1, ddof {ddof}",
            )
for name, order in (("1", 1), ("2", 2), ("∞", jnp.inf), ("3", 3), ("½", 0.5)):
    domain = apart(0.2, 2.0) if name == "∞" else SIDES
    norm = lambda x, axis=None, keepdims=False, order=order: jnp.linalg.norm(x, ord=order, axis=axis, keepdims=keepdims)  # noqa: E731, E501
    op("norm_axes", lambda x, n=norm: n(x, axis=1), domain, shapes=[[(2, 4)], [(3, 3)]], given=f"axes 1, order {name}")
op("norm_keep", lambda x: jnp.linalg.norm(x, axis=1, keepdims=True), SIDES, shapes=[[(2, 4)]], given="axes 1, order 2")
for axis in (0, 1):
    op(
        "standardize",
        lambda x, axis=axis: (x - x.mean(axis, keepdims=True)) / jnp.sqrt(x.var(axis, keepdims=True) + 0.1),
        WIDE,
        shapes=[[(2, 4)], [(3, 3)]],
        given=f"axes {axis}, ε = 0.1",
    )
over("sum_squares_axes", lambda x, **axes: jnp.sum(x * x, **axes), keep="sum_squares_keep")
op("sum_squares", lambda x: jnp.sum(x * x), WIDE, shapes=MATRIX)
op("sum", jnp.sum, WIDE, shapes=MATRIX)
op("mean", jnp.mean, WIDE, shapes=MATRIX)
op("prod", jnp.prod, SIDES, shapes=[[(2, 3)], [(5,)]])
op("max_all", jnp.max, apart(), shapes=MATRIX)
op("min_all", jnp.min, apart(), shapes=MATRIX)
op("logsumexp", jax.nn.logsumexp, WIDE, shapes=MATRIX)
op("var", lambda x: jnp.var(x, ddof=1), WIDE, shapes=MATRIX, given="ddof 1")
op("std", lambda x: jnp.std(x, ddof=1), WIDE, shapes=MATRIX, given="ddof 1")
op("norm", lambda x: jnp.linalg.norm(x.ravel()), SIDES, shapes=MATRIX, given="order 2")
over("nansum_axes", jnp.nansum, keep="nansum_keep")
over("nanmean_axes", jnp.nanmean, keep="nanmean_keep")
op("nansum", jnp.nansum, WIDE, shapes=MATRIX)
op("nanmean", jnp.nanmean, WIDE, shapes=MATRIX)
for keep, suffix in ((False, "axes"), (True, "keep")):
    median = lambda x, keep=keep: jnp.median(x, axis=1, keepdims=keep)  # noqa: E731
    op(f"median_{suffix}", median, apart(), shapes=[[(2, 5)], [(2, 4)]], given="axes 1")
    quantile = lambda x, keep=keep: jnp.quantile(x, 0.3, axis=1, keepdims=keep)  # noqa: E731
    op(f"quantile_{suffix}", quantile, apart(), shapes=[[(2, 5)], [(2, 4)]], given="axes 1, q = 0.3")
op("median", jnp.median, apart(), shapes=[[(2, 3)], [(5,)]])
op("quantile", lambda x: jnp.quantile(x, 0.3), apart(), shapes=[[(2, 3)], [(5,)]], given="q = 0.3")
op("max_with_index", lambda x: jnp.max(x, 1), apart(), shapes=[[(2, 3)]], given="axis 1")
op("min_with_index", lambda x: jnp.min(x, 1), apart(), shapes=[[(2, 3)]], given="axis 1")
op("kth_smallest", lambda x: jnp.sort(x, 1)[:, 1], apart(), shapes=[[(2, 3)]], given="k = 1, axis 1")

# Along an axis.
along("softmax", jax.nn.softmax)
along("log_softmax", jax.nn.log_softmax)
along("cumsum", jnp.cumsum)
along("cumprod", jnp.cumprod, SIDES)
along("cummax", lambda x, axis: lax.cummax(x, axis), apart())
along("cummin", lambda x, axis: lax.cummin(x, axis), apart())
along("logcumsumexp", lambda x, axis: lax.cumlogsumexp(x, axis))
along("sort", jnp.sort, apart())
for axis in (0, 1):
    largest = lambda x, axis=axis: jnp.take(jnp.flip(jnp.sort(x, axis), axis), jnp.arange(2), axis)  # noqa: E731
    op("topk", largest, apart(), shapes=[[(3, 3)]], given=f"k = 2, axis {axis}")

# The same elements under another shape.
op("reshape", lambda x: x.reshape(2, 6), WIDE, shapes=[[(3, 4)], [(2, 2, 3)]], given="to 2 × 6")
op("flatten", jnp.ravel, WIDE, shapes=[[(3, 4)], [(2, 2, 2)]])
op("permute", lambda x: x.transpose(2, 0, 1), WIDE, shapes=[[(2, 3, 2)]], given="2, 0, 1")
op("t", lambda x: x.T, WIDE, shapes=MATRIX)
op("transpose_last", lambda x: jnp.swapaxes(x, -1, -2), WIDE, shapes=[[(2, 3, 2)], [(3, 2)]])
op("swap_axes", lambda x: jnp.swapaxes(x, 0, 2), WIDE, shapes=[[(2, 3, 2)]], given="0 and 2")
op("move_axis", lambda x: jnp.moveaxis(x, 0, -1), WIDE, shapes=[[(2, 3, 2)]], given="0 to the end")
op("insert_axis", lambda x: jnp.expand_dims(x, 1), WIDE, shapes=MATRIX, given="1")
op("squeeze", lambda x: jnp.squeeze(x, 1), WIDE, shapes=[[(3, 1, 2)]], given="1")
op("broadcast_to", lambda x: jnp.broadcast_to(x, (2, 3, 4)), WIDE, shapes=[[(4,)], [(3, 1)]], given="2 × 3 × 4")

# Taking and putting together.
op("slice", lambda x: x[::-2, 1:], WIDE, shapes=[[(4, 3)], [(3, 4)]], given="..;-2, 1..")
op("slice", lambda x: x[1], WIDE, shapes=[[(3, 4)]], given="1")
for axis in (0, 1):
    op(
        "take",
        lambda x, axis=axis: jnp.take(x, jnp.array([2, 0, 2]), axis),
        WIDE,
        shapes=[[(3, 4)], [(3, 3)]],
        given=f"axis {axis}: 2, 0, 2",
    )
op(
    "take_along_axis",
    lambda x: jnp.take_along_axis(x, jnp.array([[2, 0], [1, 1]]), 1),
    WIDE,
    shapes=[[(2, 3)]],
    given="axis 1: (2, 0), (1, 1)",
)
MASK = jnp.array([[True, False, True], [False, True, True]])
op("mask_select", lambda x: x[MASK], WIDE, shapes=[[(2, 3)]], given="a mask of 2 × 3")
ROWS = jnp.arange(2)[:, None]
AT = jnp.array([[2, 0], [1, 1]])
OTHER = jnp.array([[2, 0], [1, 2]])
WRITES = dict(shapes=[[(2, 3), (2, 2)]])
op("scatter", lambda x, v: x.at[ROWS, OTHER].set(v), WIDE, WIDE, **WRITES, given="axis 1: (2, 0), (1, 2)")
op("scatter_add", lambda x, v: x.at[ROWS, AT].add(v), WIDE, WIDE, **WRITES, given="axis 1: (2, 0), (1, 1)")
op(
    "scatter_max",
    lambda x, v: x.at[ROWS, AT].max(v),
    apart(),
    apart(-1.9, 2.1),
    **WRITES,
    given="axis 1: (2, 0), (1, 1)",
)
op("put", lambda x, v: x.at[jnp.array([2, 0])].set(v), WIDE, WIDE, shapes=[[(3, 2), (2, 2)]], given="axis 0: 2, 0")
op(
    "put_add",
    lambda x, v: x.at[jnp.array([1, 0, 1])].add(v),
    WIDE,
    WIDE,
    shapes=[[(3, 2), (3, 2)]],
    given="axis 0: 1, 0, 1",
)
op("with_slice", lambda x, v: x.at[1:, ::2].set(v), WIDE, WIDE, shapes=[[(3, 3), (2, 2)]], given="1.., ..;2")
for axis in (0, 1):
    join = lambda a, b, axis=axis: jnp.concatenate([a, b], axis)  # noqa: E731
    op("concat", join, WIDE, WIDE, shapes=[[(2, 3), (3, 3) if axis == 0 else (2, 2)]], given=f"axis {axis}")
op("stack", lambda a, b: jnp.stack([a, b], 1), WIDE, WIDE, shapes=[[(2, 3), (2, 3)]], given="axis 1")
op("split", lambda x: tuple(jnp.split(x, 2, 0)), WIDE, shapes=[[(4, 2)]], given="2 along axis 0")
op("split_at", lambda x: tuple(jnp.split(x, [1, 3], 1)), WIDE, shapes=[[(2, 4)]], given="1, 3 along axis 1")
op("chunks", lambda x: (x[:2], x[2:4], x[4:]), WIDE, shapes=[[(5, 2)]], given="of 2 along axis 0")
op("meshgrid", lambda a, b: tuple(jnp.meshgrid(a, b, indexing="ij")), WIDE, WIDE, shapes=[[(2,), (3,)]])
op("pack", lambda a, b: (a, b), WIDE, WIDE, shapes=[[(2, 2), (3,)]])
op("unpack", lambda x: (x[:2] * 2, x[2:]), WIDE, shapes=[[(6,)]], given="2 and 2 × 2, the first doubled")
op("pad", lambda x: jnp.pad(x, ((1, 0), (2, 1)), constant_values=0.5), WIDE, shapes=[[(2, 3)]], given="constant 0.5")
op("pad", lambda x: jnp.pad(x, ((1, 0), (2, 1)), mode="edge"), WIDE, shapes=[[(2, 3)]], given="edge")
op("pad", lambda x: jnp.pad(x, ((1, 0), (2, 1)), mode="reflect"), WIDE, shapes=[[(2, 3)]], given="reflect")
op("flip", lambda x: jnp.flip(x, 1), WIDE, shapes=MATRIX, given="axis 1")
op("roll", lambda x: jnp.roll(x, 2, 1), WIDE, shapes=MATRIX, given="2 along axis 1")
op("tile", lambda x: jnp.tile(x, (2, 3)), WIDE, shapes=[[(2, 2)]], given="2, 3")
op("repeat", lambda x: jnp.repeat(x, 2, 0), WIDE, shapes=[[(3, 2)]], given="2 along axis 0")
op("diag", jnp.diag, WIDE, shapes=[[(4,)], [(3,)]])
op("diag", lambda x: jnp.diag(x, 1), WIDE, shapes=[[(3,)]], given="offset 1")
op("diagonal", jnp.diagonal, WIDE, shapes=[[(3, 3)], [(3, 4)]])
op("diagonal", lambda x: jnp.diagonal(x, -1), WIDE, shapes=[[(3, 3)]], given="offset -1")
op("tril", jnp.tril, WIDE, shapes=[[(3, 3)], [(3, 4)]])
op("triu", jnp.triu, WIDE, shapes=[[(3, 3)], [(3, 4)]])
op("triu", lambda x: jnp.triu(x, 1), WIDE, shapes=[[(3, 3)]], given="offset 1")
op(
    "sliding_windows",
    lambda x: jnp.stack([x[..., i : i + 3] for i in range(0, x.shape[-1] - 2, 2)], -2),
    WIDE,
    shapes=[[(7,)], [(2, 5)]],
    given="axis -1, 3 long, every 2",
)

# Products.
op("matmul", jnp.matmul, WIDE, WIDE, shapes=[[(3, 4), (4, 2)], [(4,), (4, 3)], [(3, 4), (4,)], [(3,), (3,)]])
op("matmul", jnp.matmul, WIDE, WIDE, shapes=[[(2, 2, 3), (3, 2)], [(2, 1, 2, 2), (3, 2, 2)]], given="batched")
op("dot", jnp.dot, WIDE, WIDE, shapes=[[(5,), (5,)], [(4,), (4,)]])
op("vecdot", lambda a, b: jnp.sum(a * b, -1), WIDE, WIDE, shapes=[[(5,), (5,)], [(2, 3), (2, 3)]])
op("cross", jnp.cross, WIDE, WIDE, shapes=[[(3,), (3,)], [(2, 1, 3), (4, 3)]])
op("matvec", lambda a, x: (a @ x[..., None])[..., 0], WIDE, WIDE, shapes=[[(3, 4), (4,)], [(2, 2, 3), (2, 3)]])
op("outer", jnp.outer, WIDE, WIDE, shapes=[[(3,), (4,)]])
op("trace", jnp.trace, WIDE, shapes=[[(3, 3)], [(4, 4)]])
op("kron", jnp.kron, WIDE, WIDE, shapes=[[(2, 3), (2, 2)], [(2, 2), (1, 3)]])
op(
    "tensordot",
    lambda a, b: jnp.tensordot(a, b, ((2, 0), (0, 1))),
    WIDE,
    WIDE,
    shapes=[[(2, 3, 2), (2, 2, 3)]],
    given="axes 2, 0 with 0, 1",
)
for rule, shapes in {
    "ij,jk->ik": [(2, 3), (3, 2)],
    "ij,ij->": [(2, 3), (2, 3)],
    "bij,bjk->bik": [(2, 2, 3), (2, 3, 2)],
    "ij,kj->kij": [(2, 3), (2, 3)],
}.items():
    op("einsum", lambda a, b, rule=rule: jnp.einsum(rule, a, b), WIDE, WIDE, shapes=[shapes], given=rule)
op("einsum", lambda a: jnp.einsum("iij->j", a), WIDE, shapes=[[(3, 3, 2)]], given="iij->j")
op(
    "einsum",
    lambda a, b, c: jnp.einsum("ij,jk,kl->il", a, b, c),
    WIDE,
    WIDE,
    WIDE,
    shapes=[[(2, 3), (3, 2), (2, 2)]],
    given="ij,jk,kl->il",
)
