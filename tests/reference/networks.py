"""Losses, normalisation, convolution, pooling, attention."""

import jax
import jax.numpy as jnp
from jax import lax

from table import SIMPLEX, apart, on, op

WIDE = on((-2, 2))
POSITIVE = on((0.3, 2))


def picked(x, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(x, 1), jnp.array(labels)[:, None], 1)[:, 0]


op("cross_entropy", lambda x: picked(x, [0, 2, 1]), WIDE, shapes=[[(3, 4)], [(3, 3)]], given="labels 0, 2, 1")
op("nn::cross_entropy", lambda x: jnp.mean(picked(x, [0, 2, 1])), WIDE, shapes=[[(3, 3)]], given="labels 0, 2, 1")


def smoothed(x):
    targets = 0.9 * jax.nn.one_hot(jnp.array([0, 2, 1]), 4) + 0.1 / 4
    return jnp.mean(-jnp.sum(targets * jax.nn.log_softmax(x, 1), 1))


op("nn::cross_entropy_smooth", smoothed, WIDE, shapes=[[(3, 4)]], given="labels 0, 2, 1, smoothing 0.1")
op(
    "nn::cross_entropy_with",
    lambda x, p: jnp.sum(-p * jax.nn.log_softmax(x, 1), 1),
    WIDE,
    SIMPLEX,
    shapes=[[(2, 3), (2, 3)]],
)
MASK = jnp.array([[True, False, True, True], [True, True, False, True]])
op(
    "masked_softmax",
    lambda x: jax.nn.softmax(x, axis=1, where=MASK),
    WIDE,
    shapes=[[(2, 4)]],
    given="a mask of 2 × 4, axis 1",
)
HALF = on((0.25, 0.75))
PAIRS = dict(shapes=[[(5,), (5,)], [(2, 3), (2, 3)]])
op("nn::binary_cross_entropy", lambda p, t: -t * jnp.log(p) - (1 - t) * jnp.log1p(-p), HALF, HALF, **PAIRS)
op("nn::binary_cross_entropy_logits", lambda x, t: jax.nn.softplus(x) - t * x, WIDE, HALF, **PAIRS)
op("nn::kl_divergence", lambda p, q: p * (jnp.log(p) - jnp.log(q)), HALF, on((0.2, 0.9)), **PAIRS)
op("nn::kl_divergence_log", lambda p, q: p * (jnp.log(p) - q), HALF, on((-3, -0.2)), **PAIRS)


def huber(d):
    return jnp.where(jnp.abs(d) <= 1, d * d / 2, jnp.abs(d) - 0.5)


op("nn::huber", huber, on((-3, -1.2), (-0.8, 0.8), (1.2, 3)), shapes=[[(5,)]], given="delta 1")
op(
    "nn::hinge",
    lambda x, t: jnp.maximum(0, 1 - x * t),
    on((-0.5, 0.5), (1.5, 2)),
    on((-1.2, -0.8), (0.8, 1.2)),
    shapes=[[(5,), (5,)]],
)


def unit(x):
    return x / jnp.linalg.norm(x, axis=-1, keepdims=True)


LONG = on((-2, -0.3), (0.3, 2))
op("nn::normalize", unit, LONG, shapes=[[(2, 3)]], given="axis -1")
op(
    "nn::cosine_similarity",
    lambda a, b: jnp.sum(unit(a) * unit(b), -1),
    LONG,
    LONG,
    shapes=[[(2, 3), (2, 3)]],
    given="axis -1",
)
op("nn::mean_squared_error", lambda x, t: jnp.mean((x - t) ** 2), WIDE, WIDE, shapes=[[(2, 3), (2, 3)]])


def standard(x, axes, eps=1e-5):
    mean = jnp.mean(x, axes, keepdims=True)
    return (x - mean) / jnp.sqrt(jnp.var(x, axes, keepdims=True) + eps)


op("nn::standardize", lambda x: standard(x, -1), WIDE, shapes=[[(2, 4)], [(3, 3)]], given="axis -1")
op(
    "nn::LayerNorm::forward",
    lambda x, w, b: standard(x, -1) * w + b,
    WIDE,
    WIDE,
    WIDE,
    shapes=[[(2, 4), (4,), (4,)]],
)
op(
    "nn::BatchNorm::train",
    lambda x, w, b: standard(x, 0) * w + b,
    WIDE,
    WIDE,
    WIDE,
    shapes=[[(4, 2), (2,), (2,)]],
)
op(
    "nn::BatchNorm::infer",
    lambda x, m, v, w, b: (x - m) / jnp.sqrt(v + 1e-5) * w + b,
    WIDE,
    WIDE,
    POSITIVE,
    WIDE,
    WIDE,
    shapes=[[(3, 2), (2,), (2,), (2,), (2,)]],
)
op("nn::Embedding::forward", lambda w: w[jnp.array([1, 0, 1])], WIDE, shapes=[[(3, 2)]], given="1, 0, 1")


def conv(x, w, stride, padding, dilation, groups=1):
    spatial = x.ndim - 2
    return lax.conv_general_dilated(
        x,
        w,
        (stride,) * spatial,
        [(padding, padding)] * spatial,
        rhs_dilation=(dilation,) * spatial,
        feature_group_count=groups,
    )


for given, attributes in {
    "stride 1": (1, 0, 1),
    "stride 2, padding 1": (2, 1, 1),
    "dilation 2": (1, 0, 2),
}.items():
    f = lambda x, w, a=attributes: conv(x, w, *a)  # noqa: E731
    op("conv1d", f, WIDE, WIDE, shapes=[[(2, 1, 5), (2, 1, 2)], [(1, 2, 5), (2, 2, 3)]], given=given)
    op("conv2d", f, WIDE, WIDE, shapes=[[(1, 1, 3, 4), (2, 1, 2, 2)], [(2, 2, 5, 5), (3, 2, 3, 3)]], given=given)
op(
    "conv1d",
    lambda x, w: conv(x, w, 1, 0, 1, 2),
    WIDE,
    WIDE,
    shapes=[[(1, 2, 4), (2, 1, 2)]],
    given="groups 2",
)
op(
    "conv2d",
    lambda x, w: conv(x, w, 1, 0, 1, 2),
    WIDE,
    WIDE,
    shapes=[[(1, 2, 3, 3), (2, 1, 2, 2)]],
    given="groups 2",
)


def conv_transpose(x, w, stride, padding, dilation):
    """The adjoint of the convolution with these attributes, by differentiating it."""
    extents = [
        stride * (n - 1) + dilation * (k - 1) + 1 - 2 * padding for n, k in zip(x.shape[2:], w.shape[2:])
    ]
    shape = (x.shape[0], w.shape[1], *extents)
    return jax.linear_transpose(lambda y: conv(y, w, stride, padding, dilation), jnp.zeros(shape))(x)[0]


for given, attributes in {"stride 1": (1, 0, 1), "stride 2, padding 1": (2, 1, 1)}.items():
    f = lambda x, w, a=attributes: conv_transpose(x, w, *a)  # noqa: E731
    op("conv_transpose1d", f, WIDE, WIDE, shapes=[[(1, 2, 3), (2, 1, 3)]], given=given)
    op("conv_transpose2d", f, WIDE, WIDE, shapes=[[(1, 1, 3, 2), (1, 2, 3, 2)]], given=given)


def pool(x, start, combine, extent, stride, padding=0):
    spatial = x.ndim - 2
    window = (1, 1) + (extent,) * spatial
    pads = [(0, 0), (0, 0)] + [(padding, padding)] * spatial
    return lax.reduce_window(x, start, combine, window, (1, 1) + (stride,) * spatial, pads)


op("max_pool1d", lambda x: pool(x, -jnp.inf, lax.max, 2, 2), apart(), shapes=[[(1, 2, 6)]], given="2, stride 2")
op("max_pool2d", lambda x: pool(x, -jnp.inf, lax.max, 2, 2), apart(), shapes=[[(1, 1, 4, 4)]], given="2, stride 2")
op("max_pool2d", lambda x: pool(x, -jnp.inf, lax.max, 2, 1), apart(), shapes=[[(1, 1, 3, 4)]], given="2, stride 1")
op("avg_pool1d", lambda x: pool(x, 0.0, lax.add, 2, 2) / 2, WIDE, shapes=[[(1, 2, 6)]], given="2, stride 2")
op("avg_pool2d", lambda x: pool(x, 0.0, lax.add, 2, 2) / 4, WIDE, shapes=[[(1, 1, 4, 4)]], given="2, stride 2")
op("avg_pool2d", lambda x: pool(x, 0.0, lax.add, 2, 1) / 4, WIDE, shapes=[[(1, 1, 3, 4)]], given="2, stride 1")


def attention(q, k, v, mask=None):
    scores = q @ jnp.swapaxes(k, -1, -2) / jnp.sqrt(q.shape[-1])
    scores = scores if mask is None else jnp.where(mask, scores, -jnp.inf)
    return jax.nn.softmax(scores, -1) @ v


op("nn::attention", attention, WIDE, WIDE, WIDE, shapes=[[(2, 3), (3, 3), (3, 2)], [(2, 2, 2), (2, 3, 2), (2, 3, 2)]])
op(
    "nn::attention",
    lambda q, k, v: attention(q, k, v, jnp.tril(jnp.ones((3, 3), bool))),
    WIDE,
    WIDE,
    WIDE,
    shapes=[[(3, 2), (3, 2), (3, 2)]],
    given="causal",
)
