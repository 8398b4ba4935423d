"""The optimisers' steps: SGD and Adam's family."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, Claim, finite
from minigrad.testing.kernels.drawing import arguments


def parameters(d):
    """The shapes of a few parameters."""
    return [(200, 1_000)] if d.large else [d.shape(1, 0, 2, 4) for _ in range(d.one_of(1, 2, 3))]


def drawn(d, states=0, positive=0):
    """(parameters, gradients, so many states, and so many that are positive)."""
    shapes = parameters(d)
    p = [d.array(*s, kind="ordinary") for s in shapes]
    g = [d.array(*s) for s in shapes]
    return (p, g, *([d.array(*s, kind="ordinary") for s in shapes] for _ in range(states)),
            *([d.array(*s, kind="ordinary", low=0.01) for s in shapes] for _ in range(positive)))


def count(d):
    """How many steps there were."""
    return np.array(d.one_of(0, 1, 1000))


@arguments()
def sgd(d):
    p, g, v = drawn(d, 1)
    momentum = d.one_of(0.9, 0)
    keras, nesterov = (bool(momentum) and d.one_of(False, True) for _ in range(2))
    return (p, g, v if momentum else None, np.array(0.1), momentum, d.one_of(0, 0.01), nesterov, keras,
            0 if keras else d.one_of(0, 0.3), d.one_of(0, 0.1), d.one_of(False, True), count(d))


@arguments()
def adam(d):
    decay = d.one_of(0, 0.01)
    p, g, m, v, most = drawn(d, 1, 2)
    return (p, g, m, v, count(d), np.array(0.1), 0.9, 0.999, 1e-8, decay, bool(decay) and d.one_of(False, True),
            d.one_of(None, most), d.one_of(False, True))


@arguments()
def nadam(d):
    decay, step = d.one_of(0, 0.01), count(d)
    product = np.array(1.0 if step == 0 else 0.45 if step == 1 else 0.0)
    return (*drawn(d, 1, 1), step, product, np.array(0.1), 0.9, 0.999, 1e-8, decay, 0.004,
            bool(decay) and d.one_of(False, True), d.one_of(False, True))


@arguments()
def radam(d):
    decay = d.one_of(0, 0.01)
    return (*drawn(d, 1, 1), count(d), np.array(0.1), 0.9, d.one_of(0.999, 0.5), 1e-8, decay,
            bool(decay) and d.one_of(False, True), d.one_of(False, True))


@arguments()
def adamax(d):
    return *drawn(d, 1, 1), count(d), np.array(0.1), 0.9, 0.999, 1e-8, d.one_of(0, 0.01), d.one_of(False, True)


def sgd_size(params, grads, velocities, lr, momentum, weight_decay, nesterov, keras, *rest):
    """The new parameters, then the new velocities, then the step."""
    step = rest[-1]
    steps = [finite(g) + weight_decay * finite(p) for p, g in zip(params, grads, strict=True)]
    if velocities is None:
        return [*(finite(p) + lr * s for p, s in zip(params, steps, strict=True)), step]
    moved = [momentum * finite(v) + (lr * s if keras else s) for v, s in zip(velocities, steps, strict=True)]
    return [*(finite(p) + v + s for p, v, s in zip(params, moved, steps, strict=True)), *moved, step]


def moments_size(params, grads, means, squares, lr, beta1, beta2, eps, weight_decay, largest=None):
    """The new parameters, then the means, the squares, and the largest; where the squares overflow, so do the parameters."""
    new = [[], [], [], []]
    for i, (p, g, m, v) in enumerate(zip(params, grads, means, squares, strict=True)):
        g = finite(g) + weight_decay * finite(p)
        m, v = finite(m) + (1 - beta1) * g, finite(v) + (1 - beta2) * g * g
        most = v if largest is None else np.maximum(v, finite(largest[i]))
        rest = np.sqrt(beta2 * finite(v)) + eps
        moved = finite(p) + lr / (1 - beta1) * (m + g) / np.where(rest > 0, rest, 1)
        for found, a in zip(new, (np.maximum(moved, most), m, v, most), strict=True):
            found.append(a)
    return [a for found in new[:3 if largest is None else 4] for a in found]


def adam_size(params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled, largest, maximize):
    sizes = moments_size(params, grads, means, squares, lr, beta1, beta2, eps, weight_decay, largest)
    n = 3 * len(params)
    return [*sizes[:n], step, *sizes[n:]]


def nadam_size(params, grads, means, squares, step, product, lr, beta1, beta2, eps, weight_decay, *rest):
    return [*moments_size(params, grads, means, squares, 2 * lr, beta1, beta2, eps, weight_decay), step, abs(product)]


def radam_size(params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, *rest):
    """Before it adapts, the step is that of the mean."""
    sizes = moments_size(params, grads, means, squares, lr, beta1, beta2, eps, weight_decay)
    n = len(params)
    return [*(p + lr / (1 - beta1) * m for p, m in zip(sizes[:n], sizes[n:2 * n], strict=True)), *sizes[n:], step]


def adamax_size(params, grads, means, norms, step, lr, beta1, beta2, eps, weight_decay, maximize):
    new = [[], [], []]
    for p, g, m, u in zip(params, grads, means, norms, strict=True):
        g = finite(g) + weight_decay * finite(p)
        m, u = finite(m) + (1 - beta1) * g, np.maximum(beta2 * finite(u), g + eps)
        for found, a in zip(new, (finite(p) + lr / (1 - beta1) * m / np.where(u > 0, u, 1), m, u), strict=True):
            found.append(a)
    return [*new[0], *new[1], *new[2], step]


KERNELS = {
    "sgd_step": Claim(sgd, 16, ORDER, sgd_size, writes=(0, 2, 11), tiny=2),
    "adam_step": Claim(adam, 64, ORDER, adam_size, writes=(0, 2, 3, 4, 11), tiny=2),
    "nadam_step": Claim(nadam, 64, ORDER, nadam_size, writes=(0, 2, 3, 4, 5), tiny=2),
    "radam_step": Claim(radam, 64, ORDER, radam_size, writes=(0, 2, 3, 4), tiny=2),
    "adamax_step": Claim(adamax, 64, ORDER, adamax_size, writes=(0, 2, 3, 4), tiny=2),
}
