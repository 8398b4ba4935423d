"""Recurrent layers through all their steps."""

import numpy as np
from hypothesis import strategies as st

from minigrad.ops.recurrent import gru, lstm, rnn
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, together

THROUGH_TIME = {"nothing": "sums of products: 0 times an infinite number is NaN there, as in every library of them",
                "integers": "a state is no integer"}


def sequences(gates, cell=False, bias=False):
    """gates, h, (c,) w (and b) of a few steps, and the direction."""
    @st.composite
    def inputs(draw):
        t, n, h = draw(st.integers(1, 3)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
        shapes = [(t, n, gates * h), (n, h), *[(n, h)] * cell, (gates * h, h), *[(gates * h,)] * bias]
        options = {"reverse": draw(st.booleans())}
        if gates == 1:
            options["relu"] = draw(st.booleans())
        return arguments(*together(draw, *shapes), **options)

    return inputs()


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def order(gates, reverse):
    return range(len(gates))[::-1] if reverse else range(len(gates))


def lstm_by_steps(gates, h, c, w, reverse):
    y = np.zeros((len(gates), *h.shape))
    for t in order(gates, reverse):
        i, f, g, o = np.split(gates[t] + h @ w.T, 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        y[t] = h = sigmoid(o) * np.tanh(c)
    return y, c


def gru_by_steps(gates, h, w, b=None, reverse=False):
    y = np.zeros((len(gates), *h.shape))
    for t in order(gates, reverse):
        (xr, xz, xn), (ur, uz, un) = (np.split(a, 3, 1) for a in (gates[t], h @ w.T + (0 if b is None else b)))
        z = sigmoid(xz + uz)
        y[t] = h = (1 - z) * np.tanh(xn + sigmoid(xr + ur) * un) + z * h
    return y


def rnn_by_steps(gates, h, w, relu, reverse):
    y = np.zeros((len(gates), *h.shape))
    for t in order(gates, reverse):
        a = gates[t] + h @ w.T
        y[t] = h = np.maximum(a, 0) if relu else np.tanh(a)
    return y


def of_torch(kind, cell=False, bias=False):
    """PyTorch's layer, whose inputs are the gates: the weight of its inputs is the identity."""
    def call(torch, gates, h, *rest, reverse, relu=False):
        c, w = (rest[0] if cell else None), rest[1 if cell else 0]
        flat = [torch.eye(gates.shape[2], dtype=gates.dtype), w]
        if bias:
            flat += [torch.zeros_like(rest[-1]), rest[-1]]
        state = [a[None] for a in ((h, c) if cell else (h,))]
        name = "rnn_" + ("relu" if relu else "tanh") if kind == "rnn" else kind
        x = gates.flip(0) if reverse else gates
        y, *last = getattr(torch, name)(x, state if cell else state[0], flat, bias, 1, 0.0, False, False, False)
        y = y.flip(0) if reverse else y
        return (y, last[1][0]) if cell else y

    return call


describe("lstm", sequences(4, cell=True), lstm_by_steps, of_torch("lstm", cell=True), call=lstm, without=THROUGH_TIME)
describe("gru", sequences(3), gru_by_steps, of_torch("gru"), call=gru, without=THROUGH_TIME)
describe("gru", sequences(3, bias=True), gru_by_steps, of_torch("gru", bias=True), call=gru, about="a bias for the state",
         without=THROUGH_TIME)
describe("rnn", sequences(1), rnn_by_steps, of_torch("rnn"), call=rnn, without=THROUGH_TIME)
