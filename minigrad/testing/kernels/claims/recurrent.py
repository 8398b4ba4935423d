"""Recurrent layers: an error of one step is an input of the next."""

import numpy as np

from minigrad.testing.kernels.claim import Claim, finite
from minigrad.testing.kernels.drawing import arguments

WHY = "sums are added in another order, products fused, exponentials approximated, and steps pass on what that lost"


def sizes(d):
    """T, N, H: around the widths of vectors; one step mostly, as errors grow from step to step."""
    if d.large:
        return d.one_of((2, 33, 70), (1, 300, 65), (3, 130, 40))
    return d.one_of(1, 1, 2, 3), d.one_of(1, 2, 3, 7, 17), d.one_of(1, 2, 3, 5, 8, 15, 16, 17, 33)


def states(d, gates, cells=1):
    """gates (T, N, G H), so many states (N, H), w (G H, H), small enough that steps do not blow errors up."""
    t, n, h = sizes(d)
    w = d.array(gates * h, h, kind="ordinary") / d.dtype.type(np.sqrt(h))
    return (d.array(t, n, gates * h), *(d.array(n, h) for _ in range(cells)), w)


def usual(f):
    return arguments("ordinary", "ordinary", "whole")(f)


@usual
def lstm_steps(d):
    return (*states(d, 4, 2), d.one_of(False, True))


@usual
def lstm_gradient(d):
    gates, h, c, w = states(d, 4, 2)
    return d.like(len(gates), *h.shape), d.like(*h.shape), gates, h, c, w, d.one_of("kept", None), d.one_of(False, True)


@usual
def gru_steps(d):
    gates, h, w = states(d, 3)
    return gates, h, w, d.maybe(len(w)), d.one_of(False, True)


@usual
def gru_gradient(d):
    gates, h, w = states(d, 3)
    return d.like(len(gates), *h.shape), gates, h, w, d.maybe(len(w)), d.one_of("kept", None), d.one_of(False, True)


@usual
def rnn_steps(d):
    return (*states(d, 1), d.one_of(False, True), d.one_of(False, True))


@usual
def rnn_gradient(d):
    y, h, w = states(d, 1)
    return d.like(*y.shape), np.tanh(y), h, w, d.one_of(False, True), d.one_of(False, True)


def reach(steps, w, *others):
    """How large what is added up becomes, times what the steps make of it; a bound for all elements alike."""
    growth = 1 + finite(w).sum(1).max()
    largest = 1 + max(finite(a).max(initial=0) for a in others if a is not None)
    return largest * growth * (1 + finite(w).sum(0).max() * largest) ** (steps - 1)


def lstm_size(gates, h, c, w, reverse):
    size = reach(len(gates), w, gates, h, c)
    return size, size


def lstm_gradient_size(gy, gc, gates, h, c, w, aux, reverse):
    g = finite(gy).max(initial=0) + finite(gc).max(initial=0)
    size = g * reach(len(gates) + 1, w, gates, h, c) * (1 + finite(c).max(initial=0)) * len(gates)
    return size, size, size, size * gy.shape[1] * (1 + finite(h).max(initial=0))


def gru_size(gates, h, w, b, reverse):
    return reach(len(gates), w, gates, h, b)


def gru_gradient_size(gy, gates, h, w, b, aux, reverse):
    size = finite(gy).max(initial=0) * reach(len(gates) + 1, w, gates, h, b) * len(gates)
    rows = size * gy.shape[1] * (1 + finite(h).max(initial=0))
    return size, size, rows, None if b is None else rows


def rnn_size(gates, h, w, relu, reverse):
    return reach(len(gates), w, gates, h)


def rnn_gradient_size(gy, y, h, w, relu, reverse):
    size = finite(gy).max(initial=0) * reach(len(y) + 1, w, y, h) * len(y)
    return size, size, size * gy.shape[1] * (1 + finite(h).max(initial=0))


KERNELS = {
    "lstm": Claim(lstm_steps, 32, WHY, lstm_size, results=2),
    "lstm_backward": Claim(lstm_gradient, 32, WHY, lstm_gradient_size,
                           forward=lambda table, gy, gc, gates, h, c, w, aux, reverse: table.lstm(gates, h, c, w, reverse)[2]),
    "gru": Claim(gru_steps, 32, WHY, gru_size, results=1),
    "gru_backward": Claim(gru_gradient, 32, WHY, gru_gradient_size,
                          forward=lambda table, gy, gates, h, w, b, aux, reverse: table.gru(gates, h, w, b, reverse)[1]),
    "rnn": Claim(rnn_steps, 32, WHY, rnn_size),
    "rnn_backward": Claim(rnn_gradient, 32, WHY, rnn_gradient_size),
}
