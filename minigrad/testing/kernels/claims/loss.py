"""The losses, and counting right answers."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, TINY, Claim, finite, unless_over
from minigrad.testing.kernels.claims.softmax import distribution_size, sharpened
from minigrad.testing.kernels.drawing import arguments


def scores(d):
    """z (N, C) and a target: classes, or dense rows."""
    n, c = d.one_of((2, 3), (1, 1), (3, 7), (5, 16), (2, 17), (0, 4), (7, 33), (64, 10)) if not d.large else (700, 129)
    z = sharpened(d, d.array(n, c))
    return z, d.rng.integers(0, c, n) if d.one_of("classes", "dense") == "classes" else d.array(n, c, kind="ordinary")


@arguments()
def loss(d):
    return *scores(d), d.one_of("mean", "sum", "none")


@arguments()
def loss_gradient(d):
    z, target = scores(d)
    reduction = d.one_of("mean", "sum", "none")
    return d.array(*z.shape[:1] if reduction == "none" else ()), z, target, d.one_of("kept", None), reduction


@arguments()
def scored(d):
    return scores(d)


@arguments()
def distance(d):
    shape = d.shape(1, 0, 2, 3, 4)
    return d.array(*shape), d.array(*shape), d.one_of("mean", "sum", "none")


@arguments()
def distance_gradient(d):
    shape, reduction = d.shape(1, 0, 2, 3, 4), d.one_of("mean", "sum", "none")
    return d.array(*shape if reduction == "none" else ()), d.array(*shape), d.array(*shape), reduction


def dense(target, z):
    return finite(target if target.ndim == 2 else REFERENCE.one_hot(target, z.shape[1], np.float64))


def loss_size(z, target, reduction):
    rows = (dense(target, z) * distribution_size(z, 1)).sum(1)
    if reduction == "none":
        return rows
    return unless_over(rows.mean(), rows.sum()) if reduction == "mean" and len(rows) else rows.sum()


def loss_gradient_size(g, z, target, aux, reduction):
    t = dense(target, z)
    g = finite(g)[:, None] if reduction == "none" else finite(g) / (max(len(z), 1) if reduction == "mean" else 1)
    with np.errstate(all="ignore"):
        y = finite(REFERENCE.softmax(z.astype(np.float64), 1)) + TINY       # a denormal probability has few digits
        return (y * t.sum(1, keepdims=True) + t) * g


def distance_size(a, b, reduction):
    size = REFERENCE.mse(finite(a), -finite(b), reduction)
    return unless_over(size, size * a.size) if reduction == "mean" else size


def distance_gradient_size(g, a, b, reduction):
    """Where 2 g / N falls below the smallest normal number it has lost digits before it meets a - b."""
    a, b = finite(a), finite(b)
    return unless_over(REFERENCE.mse_backward(finite(g), a, -b, reduction) + (a + b) * TINY, 2 * (a + b))


KERNELS = {
    "cross_entropy": Claim(loss, 16, ORDER, loss_size, results=1),
    "cross_entropy_backward": Claim(
        loss_gradient, 32, ORDER, loss_gradient_size,
        forward=lambda table, g, z, target, aux, reduction: table.cross_entropy(z, target, reduction)[1]),
    "mse": Claim(distance, 16, ORDER, distance_size),
    "mse_backward": Claim(distance_gradient, 16, ORDER, distance_gradient_size),
    "count_correct": Claim(scored),
}
