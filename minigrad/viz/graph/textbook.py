"""What a textbook says where a rule says more: some guard corners (0 ** 0, ties) in ways that nobody would write down, and of
some even the usual form is long: then words.

TEXTBOOK: {the rule's name: a function (k, g, *saved, *args) -> formulas, over the table k of `writing.py`}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.viz.graph.formula import Formula, call, together, words


def _power(k, g, a, b, y):
    if any(part.head == "number" and np.any(part.parts[0] == 0) for part in (a, b)):
        raise ValueError("the formula has no value there: the rule has a case of its own")
    return k.mul(k.mul(g, b), k.power(a, k.sub(b, 1))), k.mul(k.mul(g, k.power(a, b)), k.log(a))


def _power_of_constant(k, g, a, n):
    return (g if n == 1 else k.mul(g, 0) if n == 0 else k.mul(k.mul(g, n), k.power(a, n - 1)),)


def _larger(over):
    """Of two: all to the one that wins, half to each on a tie."""
    def shares(k, g, a, b):
        tie = k.div(Formula("where", Formula("equal", a, b), shape=together(a, b)), 2)
        return [k.mul(g, k.add(Formula("where", Formula(sign, a, b), shape=together(a, b)), tie)) for sign in over]

    return shares


def _extreme(which):
    return lambda k, g, a, axis: (Formula("placed", g, words(f"at the first {which}")),)


def _apart(scale):
    """logaddexp's share of each operand."""
    return lambda k, g, a, b: [k.mul(g, k.sigmoid(scale(k, k.sub(*pair)))) for pair in ((a, b), (b, a))]


def _said(*texts):
    return lambda k, g, *others: tuple(map(words, texts))


TEXTBOOK: dict[str, Callable[..., Any]] = {
    "power": _power, "power_of_constant": _power_of_constant,
    "maximum": _larger(("greater", "less")), "minimum": _larger(("less", "greater")),
    "max_rule": _extreme("largest"), "min_rule": _extreme("smallest"),
    "prod_rule": lambda k, g, a, axis, kept: (k.mul(k.reshape(g, kept), words("the product of the others")),),
    "logsumexp_rule": lambda k, g, z, axis, kept: (k.mul(k.reshape(g, kept), call("softmax", z, shape=z.shape)),),
    "logaddexp": _apart(lambda k, d: d), "logaddexp2": _apart(lambda k, d: k.mul(d, k.constant("log 2", d))),
    "batch_norm_rule": _said("gamma / sd · (g − mean(g) − xhat · mean(g · xhat))", "sum(g · xhat)", "sum(g)"),
    "group_norm_rule": _said("(g gamma − mean(g gamma) − xhat · mean(g gamma · xhat)) / sd, in each group", "sum(g · xhat)",
                             "sum(g)"),
    "cholesky_rule": _said("the symmetric part of L^-T P L^-1, P the lower half of L^T g with half its diagonal"),
    "qr_rule": _said("(gQ + Q C) R^-T, C symmetric with the lower half of R gR^T − gQ^T Q"),
    "eigvalsh_rule": _said("V diag(g) V^T"), "svdvals_rule": _said("U diag(g) V^T"),
    "eigh_rule": _said("V diag(gw) V^T, and more where V is used"),
    "svd_rule": _said("U diag(gs) V^T, and more where U or V is used"),
    "expm_rule": _said("the upper right block of expm([[a^T, g], [0, a^T]])"),
    "split_rule": _said("the pieces' gradients, joined"),
    **{f"{cell}_rule": _said(*["back through all steps, from the last to the first"] * inputs)
       for cell, inputs in (("lstm", 4), ("gru", 4), ("rnn", 3))},
}
