"""Batch norm."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, Claim, finite, unless_over
from minigrad.testing.kernels.drawing import arguments
from minigrad.testing.memory import arrange


def to_normalise(d):
    """x (N, C, ...) with two values or more per channel, each channel about a place of its own, some of them constant."""
    shape = d.one_of((3, 5), (2, 1), (17, 3), (64, 33), (2, 3, 4), (5, 17, 2), (2, 3, 4, 5), (3, 8, 1, 7), (2, 17, 3, 3))
    shape = (32, 16, 20, 20) if d.large else shape
    x = np.array(d.array(*shape))
    if d.one_of(False, True):
        per_channel = (1, -1) + (1,) * (len(shape) - 2)
        far, wide = (d.rng.choice(few, shape[1]).astype(d.dtype).reshape(per_channel)
                     for few in ((0, 1, -1e3, 1e10, -1e30, 3e38), (0, 1, 1, 1e-3, 1e6, 1e20, 1e37)))
        with np.errstate(all="ignore"):
            x = np.clip(x * wide + far, -3.4e38, 3.4e38).astype(d.dtype)      # NaN passes
    return arrange(x, d.one_of(*d.layouts))


@arguments("ordinary", "ordinary", "special")
def batch(d):
    x = to_normalise(d)
    return x, d.array(x.shape[1]), d.array(x.shape[1]), 1e-5


@arguments("ordinary", "ordinary", "special")
def batch_gradient(d):
    x = to_normalise(d)
    return d.like(*x.shape), x, d.array(x.shape[1]), d.one_of("kept", None), 1e-5


@arguments("ordinary", "ordinary", "special")
def batch_at_rest(d):
    x = to_normalise(d)
    channels = x.shape[1]
    mean = x[-1].reshape(channels, -1)[:, 0].copy() if d.one_of(False, True) else d.array(channels)
    return x, mean, d.array(channels, kind="ordinary", low=0.1), d.array(channels), d.array(channels), 1e-5


def normalised_sizes(x, eps):
    """In float64, for each element or channel: |xhat|, the largest of its channel, 1 / sd, the mean's size, the variance's.

    What is lost is lost of differences: from the mean, and from a block's first row, which may be the farthest of all.
    """
    with np.errstate(all="ignore"):
        xhat, rstd, mean, var = REFERENCE._normalise(finite(x) * np.sign(x, where=np.isfinite(x), out=np.zeros_like(x)), eps)
        axes = (0, *range(2, x.ndim))
        xhat = np.abs(xhat)
        reach, typical = xhat.max(axes, keepdims=True), xhat.mean(axes, keepdims=True)
        return xhat, reach, rstd, np.abs(mean) + reach / rstd, var + typical * reach / rstd**2


def batch_size(x, gamma, beta, eps):
    """(y, mean, variance)."""
    shape = (1, -1) + (1,) * (x.ndim - 2)
    xhat, reach, rstd, mean, variance = normalised_sizes(x, eps)
    y = finite(gamma).reshape(shape) * (xhat * (1 + variance * rstd**2) + reach) + finite(beta).reshape(shape)
    return y, mean.reshape(-1), variance.reshape(-1)


def batch_gradient_size(g, x, gamma, aux, eps):
    """(gx, ggamma, gbeta)."""
    axes = (0, *range(2, x.ndim))
    xhat, reach, rstd, _, variance = normalised_sizes(x, eps)
    reach = reach + xhat * (1 + variance * rstd**2)
    g, gamma = finite(g), finite(gamma).reshape((1, -1) + (1,) * (x.ndim - 2))
    gx = gamma * rstd * (1 + variance * rstd**2) * (
        g + g.mean(axes, keepdims=True) + reach * (g * reach).mean(axes, keepdims=True))
    partial = (g * (1 + reach)).sum(axes, keepdims=True)
    return unless_over(gx, partial), (g * reach).sum(axes), g.sum(axes)


def batch_at_rest_size(x, mean, var, gamma, beta, eps):
    shape = (1, -1) + (1,) * (x.ndim - 2)
    with np.errstate(all="ignore"):
        xhat = finite(x.astype(np.float64) - mean.reshape(shape)) * (var.astype(np.float64).reshape(shape) + eps) ** -0.5
        return xhat * finite(gamma).reshape(shape) + finite(beta).reshape(shape)


KERNELS = {
    "batch_norm": Claim(batch, 32, ORDER, batch_size, results=3),
    "batch_norm_backward": Claim(
        batch_gradient, 64, ORDER + "; an infinite gamma meets a difference of gradients that is 0, or almost",
        batch_gradient_size, nan_or_inf=True,
        forward=lambda table, g, x, gamma, aux, eps: table.batch_norm(x, gamma, gamma, eps)[3]),
    "batch_norm_inference": Claim(batch_at_rest, 16, ORDER, batch_at_rest_size),
}
