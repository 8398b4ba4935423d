"""Softmax, its logarithm, and their gradients."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, TINY, Claim, finite, unless_over
from minigrad.testing.kernels.drawing import arguments
from minigrad.testing.memory import arrange


def along(d):
    """(shape, axis): mostly the last, as C++ serves it. Only that is long now and then: along others numpy adds one by one."""
    if d.one_of(False, False, False, True):
        return d.one_of((2, 70_001), (1, 5_000), (3_000,)), -1
    shape = d.shape(2, 1, 3, empty=False)
    return shape, d.one_of(len(shape) - 1, *range(len(shape)))


def sharpened(d, z):
    """Now and then logits so far apart that all but the largest vanish."""
    with np.errstate(over="ignore"):
        return z * d.dtype.type(d.one_of(1, 1, 1e4))


@arguments()
def logits(d):
    shape, axis = along(d)
    return sharpened(d, d.array(*shape)), axis


@arguments()
def softmax_gradient(d):
    """The gradient of softmax's result and that result."""
    shape, axis = along(d)
    return d.like(*shape), arrange(d.rng.random(shape).astype(d.dtype), d.one_of(*d.layouts)), axis


@arguments()
def log_softmax_gradient(d):
    """The gradient of log_softmax's result and that result, log(0) included."""
    shape, axis = along(d)
    y = -d.rng.exponential(3, shape).astype(d.dtype)
    y[d.rng.random(shape) < 0.1] = -np.inf
    return d.like(*shape), arrange(y, d.one_of(*d.layouts)), axis


def distribution_size(z, axis):
    """|z - its largest| + log of how many: what log softmax adds up."""
    with np.errstate(all="ignore"):
        z = np.asarray(z, np.float64)
        return finite(z - REFERENCE.finite_max(z, axis)) + np.log(max(z.shape[axis], 2))


def softmax_size(z, axis):
    with np.errstate(all="ignore"):
        return finite(REFERENCE.softmax(z.astype(np.float64), axis))


def softmax_gradient_size(g, y, axis):
    g, y = finite(g), finite(y)
    total = (g * y).sum(axis, keepdims=True)
    return unless_over(y * (g + total), total)


def log_softmax_gradient_size(g, y, axis):
    total = finite(g).sum(axis, keepdims=True)
    return unless_over(finite(g) + (np.exp(y.astype(np.float64)) + TINY) * total, total)


KERNELS = {
    "softmax": Claim(logits, 16, ORDER, softmax_size, tiny=1),
    "softmax_backward": Claim(softmax_gradient, 16, ORDER, softmax_gradient_size),
    "log_softmax": Claim(logits, 16, ORDER, distribution_size),
    "log_softmax_backward": Claim(log_softmax_gradient, 16, ORDER, log_softmax_gradient_size),
}
