"""The other optimisers' steps, and running means of weights."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, TINY, Claim, finite
from minigrad.testing.kernels.claims.optim import count, drawn
from minigrad.testing.kernels.drawing import arguments


@arguments()
def rmsprop(d):
    p, g, m, v, s = drawn(d, 2, 1)
    s = [np.asarray(a + 2 * np.square(b)) for a, b in zip(s, m, strict=True)]       # a variance that does not cancel
    momentum = d.one_of(0, 0.9)
    return (p, g, s, d.one_of(None, m), v if momentum else None, np.array(0.1), 0.9, 1e-8, d.one_of(0, 0.01), momentum,
            d.one_of(False, True))


@arguments()
def adagrad(d):
    return *drawn(d, 0, 1), count(d), np.array(0.1), d.one_of(0, 0.1), 1e-10, d.one_of(0, 0.01), d.one_of(False, True)


@arguments()
def adadelta(d):
    return *drawn(d, 0, 2), np.array(0.1), 0.9, 1e-6, d.one_of(0, 0.01), d.one_of(False, True)


@arguments()
def lion(d):
    return *drawn(d, 1), np.array(0.1), 0.9, 0.99, d.one_of(0, 0.01), d.one_of(False, True)


@arguments()
def rprop(d):
    return *drawn(d, 1, 1), count(d), np.array(0.1), 0.5, 1.2, 1e-6, 50.0, d.one_of(False, True)


@arguments()
def asgd(d):
    return (*drawn(d, 1), count(d), np.array(0.05), np.array(0.1), 1e-2, 0.75, d.one_of(1e6, 10.0), d.one_of(0, 0.01),
            d.one_of(False, True))


@arguments()
def average(d):
    return *drawn(d), count(d), d.one_of(None, 0.99)


def rmsprop_size(params, grads, squares, means, velocities, lr, alpha, eps, weight_decay, momentum, maximize):
    """Where the squares overflow, so do the parameters."""
    new = [[], [], [], []]
    for i, (p, g, s) in enumerate(zip(params, grads, squares, strict=True)):
        g = finite(g) + weight_decay * finite(p)
        change = 2 * g / (np.sqrt(alpha * finite(s) / 2) + eps)
        s = finite(s) + (1 - alpha) * g * g
        v = change if velocities is None else momentum * finite(velocities[i]) + change
        m = 0 if means is None else finite(means[i]) + (1 - alpha) * g
        for found, a in zip(new, (np.maximum(finite(p) + lr * v, s), s, m, np.maximum(v, s)), strict=True):
            found.append(a)
    return [*new[0], *new[1], *(new[2] if means is not None else ()), *(new[3] if velocities is not None else ())]


def adagrad_size(params, grads, sums, step, lr, lr_decay, eps, weight_decay, maximize):
    new = [[], []]
    for p, g, s in zip(params, grads, sums, strict=True):
        g = finite(g) + weight_decay * finite(p)
        new[1].append(finite(s) + g * g)
        new[0].append(np.maximum(finite(p) + lr * g / np.sqrt(finite(s) + eps), new[1][-1]))
    return [*new[0], *new[1], step]


def adadelta_size(params, grads, squares, changes, lr, rho, eps, weight_decay, maximize):
    new = [[], [], []]
    for p, g, s, u in zip(params, grads, squares, changes, strict=True):
        g = finite(g) + weight_decay * finite(p)
        change = np.sqrt((finite(u) + eps) / (rho * finite(s) + eps)) * g
        s = finite(s) + g * g
        for found, a in zip(new, (finite(p) + lr * change, s, finite(u) + change * change), strict=True):
            found.append(np.maximum(a, s))
    return [*new[0], *new[1], *new[2]]


def lion_size(params, grads, means, lr, beta1, beta2, weight_decay, maximize):
    """Nothing is asked of a parameter whose direction is the sign of what cancelled."""
    moved = []
    for p, g, m in zip(params, grads, means, strict=True):
        with np.errstate(all="ignore"):
            way = beta1 * np.asarray(m, np.float64) + (1 - beta1) * (-1 if maximize else 1) * np.asarray(g, np.float64)
        unsure = np.abs(way) <= 8 * np.finfo(p.dtype).eps * (finite(m) + finite(g)) + TINY
        moved.append(np.where(unsure, np.inf, finite(p) + lr))
    return [*moved, *(finite(m) + finite(g) for g, m in zip(grads, means, strict=True))]


def asgd_size(params, grads, averages, step, eta, lr, lambd, alpha, t0, weight_decay, maximize):
    moved = [finite(p) * (1 + weight_decay) + lr * finite(g) for p, g in zip(params, grads, strict=True)]
    return [*moved, *(finite(a) + p for a, p in zip(averages, moved, strict=True)), step, eta]


def average_size(averages, params, n, decay):
    return [*(finite(m) + finite(p) for m, p in zip(averages, params, strict=True)), n]


KERNELS = {
    "rmsprop_step": Claim(rmsprop, 64, ORDER, rmsprop_size, writes=(0, 2, 3, 4), tiny=2),
    "adagrad_step": Claim(adagrad, 64, ORDER, adagrad_size, writes=(0, 2, 3), tiny=2),
    "adadelta_step": Claim(adadelta, 64, ORDER, adadelta_size, writes=(0, 2, 3), tiny=2),
    "lion_step": Claim(lion, 16, ORDER, lion_size, writes=(0, 2), tiny=2),
    "rprop_step": Claim(rprop, writes=(0, 2, 3, 4)),
    "asgd_step": Claim(asgd, 16, ORDER, asgd_size, writes=(0, 2, 3, 4), tiny=2),
    "average_step": Claim(average, 8, ORDER, average_size, writes=(0, 2), tiny=2),
}
