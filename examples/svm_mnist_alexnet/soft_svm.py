"""The soft support vector machine of d3.py: its primal, its Lagrangian, its dual, and a solver for each."""

import numpy as np

import minigrad as mg
from minigrad import optim

C = 1.0


def two_groups(seed):
    """x (40, 2) and y (40,), 1 or -1: two groups that overlap."""
    y = np.repeat([1.0, -1.0], 20)
    return np.random.default_rng(seed).normal(size=(40, 2)) + 1.1 * y[:, None] * [1, .5], y


def primal(w, b, x, y):
    return 0.5 * mg.sum(mg.square(w)) + C / 2 * mg.squared_hinge_loss(mg.matmul(x, w) + b, y, reduction="sum")


def lagrangian(w, b, xi, a, x, y):
    return 0.5 * mg.sum(w * w) + C / 2 * mg.sum(xi * xi) - mg.sum(a * (y * (mg.matmul(x, w) + b) - 1 + xi))


def dual(a, x, y, mu=0.0):
    """mu: a multiplier for xi >= 0; 0 in (d)."""
    return mg.sum(a) - 0.5 * mg.sum(mg.square(mg.matmul(mg.multiply(a, y), x))) - mg.sum(mg.square(mg.add(a, mu))) / (2 * C)


def solve_primal(x, y):
    w, b = mg.Tensor(np.zeros(2), requires_grad=True), mg.Tensor(np.zeros(()), requires_grad=True)
    lbfgs = optim.LBFGS([w, b], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-16, line_search_fn="strong_wolfe")

    def closure():
        lbfgs.zero_grad()
        loss = primal(w, b, x, y)
        loss.backward()
        return loss

    lbfgs.step(closure)
    return w.detach().numpy(), b.item()


def solve_dual(x, y, steps=400):
    """Projected gradients with Nesterov's momentum, from a = 0 -> a, and the dual's value after each step."""
    slope = mg.grad(lambda a: dual(a, x, y))
    rate = 1 / (np.linalg.norm(x * y[:, None], 2) ** 2 + 1 / C)         # the dual bends by 1/C at least, and by 1/rate at most
    ahead = (1 - np.sqrt(rate / C)) / (1 + np.sqrt(rate / C))
    a, before, values = np.zeros(len(y)), np.zeros(len(y)), []
    for _ in range(steps):
        point = a + ahead * (a - before)
        before, a = a, onto(point + rate * slope(mg.Tensor(point)).numpy(), y)
        values.append(dual(a, x, y).item())
    return a, values


def onto(v, y):
    """The a nearest to v with a >= 0 and sum a y = 0: max(0, v - t y) with the t, found by halving, that makes it so."""
    low, high = -np.abs(v).max() - 1, np.abs(v).max() + 1
    for _ in range(100):
        t = (low + high) / 2
        low, high = (t, high) if np.maximum(0, v - t * y) @ y > 0 else (low, t)
    return np.maximum(0, v - t * y)
