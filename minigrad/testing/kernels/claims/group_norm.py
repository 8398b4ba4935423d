"""Group norm, layer norm among them."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, Claim, finite, unless_over
from minigrad.testing.kernels.drawing import arguments
from minigrad.testing.memory import arrange


def in_groups(d):
    """x (N, C, ...) and a number of groups; each group about a place of its own, some of them constant."""
    shape, groups = d.one_of(((3, 5), 1), ((2, 1), 1), ((17, 33), 1), ((64, 40), 1), ((1, 300), 1), ((5, 6), 3), ((2, 6, 4), 2),
                             ((2, 4, 5, 3), 4), ((3, 8, 1, 7), 1), ((2, 17, 3, 3), 17), ((2, 6, 33), 3))
    if d.large:
        shape, groups = d.one_of(((600, 128), 1), ((3, 5_000), 1), ((8, 16, 20, 20), 4))
    x = np.array(d.array(*shape))
    if d.one_of(False, True):
        rows = x.reshape(shape[0] * groups, -1)
        far, wide = (d.rng.choice(few, (len(rows), 1)).astype(d.dtype) for few in
                     ((0, 1, -1e3, 1e10, -1e30, 3e38), (0, 1, 1, 1e-3, 1e6, 1e20, 1e37)))
        with np.errstate(all="ignore"):
            x = np.clip(rows * wide + far, -3.4e38, 3.4e38).astype(d.dtype).reshape(shape)      # NaN passes
    return arrange(x, d.one_of(*d.layouts)), groups


@arguments("ordinary", "ordinary", "special")
def images(d):
    x, groups = in_groups(d)
    return x, d.array(x.shape[1]), d.array(x.shape[1]), groups, 1e-5


@arguments("ordinary", "ordinary", "special")
def gradients(d):
    x, groups = in_groups(d)
    need = d.one_of((True, True, True), (True, True, True), (True, False, False), (False, True, True))
    return d.like(*x.shape), x, d.array(x.shape[1]), d.one_of("kept", None), need, groups, 1e-5


def sizes_of_groups(x, groups, eps):
    """In float64 and in x's shape: |xhat|, the largest of its group, 1 / sd, the variance. See claims/norm.py."""
    with np.errstate(all="ignore"):
        a = finite(x) * np.sign(x, where=np.isfinite(x), out=np.zeros_like(x))
        rows = a.reshape(1, x.shape[0] * groups, -1)
        xhat, rstd, _, var = REFERENCE._normalise(rows, eps)
        xhat = np.abs(xhat)
        reach = xhat.max(2, keepdims=True)
        spread = [np.broadcast_to(s, rows.shape).reshape(x.shape) for s in (xhat, reach, rstd, var)]
    return spread


def image_size(x, gamma, beta, groups, eps):
    shape = (1, -1) + (1,) * (x.ndim - 2)
    xhat, reach, rstd, var = sizes_of_groups(x, groups, eps)
    return finite(gamma).reshape(shape) * (xhat * (1 + var * rstd**2) + reach) + finite(beta).reshape(shape)


def gradient_size(g, x, gamma, aux, need, groups, eps):
    """(gx, ggamma, gbeta)."""
    axes = (0, *range(2, x.ndim))
    xhat, reach, rstd, var = sizes_of_groups(x, groups, eps)
    reach = reach + xhat * (1 + var * rstd**2)
    g, gamma = finite(g), finite(gamma).reshape((1, -1) + (1,) * (x.ndim - 2))
    rows = x.shape[0] * groups, -1

    def mean(a):
        return np.broadcast_to(a.reshape(rows).mean(1, keepdims=True), (rows[0], a.size // rows[0])).reshape(x.shape)

    with np.errstate(all="ignore"):
        gy = g * gamma
        gx = rstd * (1 + var * rstd**2) * (gy + mean(gy) + reach * mean(gy * reach))
        partial = mean(gy * reach) * x.size / rows[0]
        found = unless_over(gx, np.maximum(partial, gy)), (g * reach).sum(axes), g.sum(axes)
    return [size if wanted else None for size, wanted in zip(found, need, strict=True)]


KERNELS = {
    "group_norm": Claim(images, 32, ORDER + "; an infinite gamma meets a difference that is 0, or almost", image_size,
                        results=1, nan_or_inf=True),
    "group_norm_backward": Claim(
        gradients, 64, ORDER + "; an infinite gamma meets a difference of gradients that is 0, or almost", gradient_size,
        nan_or_inf=True, forward=lambda table, g, x, gamma, aux, need, groups, eps: table.group_norm(
            x, gamma, gamma, groups, eps)[1]),
}
