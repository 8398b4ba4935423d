"""The optimisers' steps."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, Claim, finite
from minigrad.testing.kernels.drawing import arguments


def parameters(d):
    """The shapes of a few parameters."""
    return [(200, 1_000)] if d.large else [d.shape(1, 0, 2, 4) for _ in range(d.one_of(1, 2, 3))]


@arguments()
def sgd(d):
    shapes = parameters(d)
    p, v = ([d.array(*s, kind="ordinary") for s in shapes] for _ in range(2))
    momentum = d.one_of(0.9, 0)
    return (p, [d.array(*s) for s in shapes], v if momentum else None, np.array(0.1), momentum, d.one_of(0, 0.01),
            bool(momentum) and d.one_of(False, True), bool(momentum) and d.one_of(False, True))


@arguments()
def adam(d):
    shapes = parameters(d)
    p, m = ([d.array(*s, kind="ordinary") for s in shapes] for _ in range(2))
    v = [d.array(*s, kind="ordinary", low=0.01) for s in shapes]
    decay = d.one_of(0, 0.01)
    return (p, [d.array(*s) for s in shapes], m, v, np.array(d.one_of(0, 1, 1000)), np.array(0.1), 0.9, 0.999, 1e-8, decay,
            bool(decay) and d.one_of(False, True))


def sgd_size(params, grads, velocities, lr, momentum, weight_decay, nesterov, keras):
    """The new parameters, then the new velocities."""
    steps = [finite(g) + weight_decay * finite(p) for p, g in zip(params, grads, strict=True)]
    if velocities is None:
        return [finite(p) + lr * s for p, s in zip(params, steps, strict=True)]
    moved = [momentum * finite(v) + (lr * s if keras else s) for v, s in zip(velocities, steps, strict=True)]
    return [finite(p) + v + s for p, v, s in zip(params, moved, steps, strict=True)] + moved


def adam_size(params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled):
    """The new parameters, then the means, the squares, and the step; where the squares overflow, so do the parameters."""
    new = [[], [], []]
    for p, g, m, v in zip(params, grads, means, squares, strict=True):
        g = finite(g) + weight_decay * finite(p)
        m, v = finite(m) + (1 - beta1) * g, finite(v) + (1 - beta2) * g * g
        rest = np.sqrt(beta2 * finite(v)) + eps
        moved = finite(p) + lr / (1 - beta1) * m / np.where(rest > 0, rest, 1)
        for found, a in zip(new, (np.maximum(moved, v), m, v), strict=True):
            found.append(a)
    return [*new[0], *new[1], *new[2], step]


KERNELS = {
    "sgd_step": Claim(sgd, 16, ORDER, sgd_size, writes=(0, 2), tiny=2),
    "adam_step": Claim(adam, 64, ORDER, adam_size, writes=(0, 2, 3, 4), tiny=2),
}
