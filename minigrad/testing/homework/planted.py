"""The mistakes that students make, planted in the engine's own backward, one at a time.

A student's numbers that equal those of the engine with one step done wrongly, in every entry, were made by that mistake.
Nothing here knows what network it is: the mistakes are planted wherever an operation stands in which they can be made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from minigrad.testing.homework.graph import Graph
from minigrad.testing.homework.steps import DERIVATIVES, MASKS

PRODUCTS = "linear", "matmul", "matmul_broadcast", "mul"
LINEAR = "dL/dW = delta x^T, dL/db = delta, dL/dx = W^T delta for z = W x + b"


class Planted(NamedTuple):
    """A mistake, and the gradients that come out with it. sentence goes on from "It is what comes out if"."""

    name: str
    sentence: str
    step: str
    gradients: dict[str, np.ndarray]


def planted(graph: Graph, upstream: bool = False) -> Iterator[Planted]:
    """Every mistake that can be made in this graph, from the simplest on. upstream: its result was given a gradient."""
    if upstream:
        ones = graph.k.asarray(np.ones(graph.seed.shape), graph.seed.dtype)
        yield Planted("incoming gradient ignored", "the gradient that comes in from the layer above is not used",
                      "the chain rule: what backward(g) returns is g times the layer's own derivative",
                      graph.gradients(seed=ones))
    yield from _activations(graph)
    yield from _losses(graph)
    yield from _uses(graph)
    yield from _products(graph)
    for node in _activation_nodes(graph):
        yield from _at_the_wrong_place(graph, node)


# ---- activations

def _activation_nodes(graph):
    return [node for node in graph.order if node.name in DERIVATIVES and sum(p is not None for p in node.parents) == 1]


def _activations(graph):
    nodes = _activation_nodes(graph)
    for node in nodes:
        yield _without(graph, [node], graph.words(node))
    for name in dict.fromkeys(node.name for node in nodes):
        same = [node for node in nodes if node.name == name]
        if len(same) > 1:
            yield _without(graph, same, f"every {name}")
    relus = [node for node in nodes if node.name == "relu"]
    for node in relus:
        for other in relus:
            if other is not node and other.saved[0].shape == node.saved[0].shape:
                yield _mask_of_another(graph, {node: other}, f"{graph.words(node)} passes where {graph.words(other)} is on")
    for shift, whose in ((1, "the layer before"), (-1, "the layer after")):
        pairs = {node: relus[i + shift] for i, node in enumerate(relus) if 0 <= i + shift < len(relus)
                 and relus[i + shift].saved[0].shape == node.saved[0].shape}
        if len(pairs) > 1:
            yield _mask_of_another(graph, pairs, f"each relu passes where that of {whose} is on")


def _without(graph, nodes, where):
    """The derivative of an activation left out."""
    name = nodes[0].name
    steps = {node: lambda node, g: tuple(None if p is None else g for p in node.parents) for node in nodes}
    if name in MASKS:
        return Planted("missing mask", f"the mask of {where} is forgotten: its gradient passes units that were off",
                       f"{DERIVATIVES[name]}, at {where}", graph.gradients(steps))
    return Planted("missing derivative", f"the derivative of {where} is left out", f"{DERIVATIVES[name]}, at {where}",
                   graph.gradients(steps))


def _at_the_wrong_place(graph, node):
    where, step = graph.words(node), f"{DERIVATIVES[node.name]}, at {graph.words(node)}"
    k = graph.k
    if node.name in ("sigmoid", "tanh"):
        again = (getattr(k, node.name)(node.saved[0]),)
        yield Planted("derivative at the output", f"the derivative of {where} is taken at its output, not at its input", step,
                      graph.gradients({node: lambda node, g: graph.parts(node, g, again)}))
        z = graph.value(node.parents[0])
        if z is not None and z.shape == node.saved[0].shape:
            yield Planted("derivative of z for a", f"the derivative of {where} is written for its output, and given its input",
                          step, graph.gradients({node: lambda node, g: graph.parts(node, g, (z,))}))
    if node.name in ("sigmoid", "tanh", "softmax"):
        yield Planted("derivative twice", f"the derivative of {where} is multiplied in twice", step,
                      graph.gradients({node: lambda node, g: graph.parts(node, graph.parts(node, g)[0])}))
    if node.name == "softmax":
        yield Planted("softmax's diagonal only", f"of {where} only the derivatives p_i (1 - p_i) are used, and no other", step,
                      graph.gradients({node: lambda node, g: (g * node.saved[0] * (1 - node.saved[0]),)}))
    if node.name == "relu":
        yield Planted("mask turned round", f"{where} passes the gradient where it was off, and stops it where it was on", step,
                      graph.gradients({node: lambda node, g: (g * (node.saved[0] <= 0),)}))


def _mask_of_another(graph, pairs, sentence):
    steps = {node: lambda node, g, other=other: graph.parts(node, g, other.saved) for node, other in pairs.items()}
    return Planted("mask of another layer", sentence, "delta_z = delta_a * 1[z > 0], with the z of this very layer",
                   graph.gradients(steps))


# ---- losses

def _losses(graph):
    for node in graph.order:
        if node.name != "cross_entropy" or len(node.saved[0].shape) != 2:
            continue
        k, (z, target) = graph.k, node.saved[:2]
        p = k.softmax(z, 1)
        hot = target if target.shape == z.shape else k.asarray(np.eye(z.shape[1])[k.to_numpy(target)], z.dtype)
        mean = node.args[0] == "mean"
        step = f"delta = (softmax(z) - onehot(y)){' / N' if mean else ''}, at {graph.words(node)}"
        for name, words, part in (("softmax without - onehot", "the one-hot target is not taken off the softmax", p),
                                  ("onehot without softmax", "the softmax is missing: delta is minus the target alone", -hot),
                                  ("logits for softmax", "the target is taken off the logits, not off their softmax", z - hot)):
            wrong = part / (z.shape[0] if mean else 1)
            yield Planted(name, words, step, graph.gradients(
                {node: lambda node, g, wrong=wrong: (g.reshape(*g.shape, 1) * wrong if g.shape else g * wrong, None)}))


# ---- several uses

def _uses(graph):
    for name, leaf in graph.leaves.items():
        places = graph.places_of(leaf.node)
        if len(places) < 2:
            continue
        step = f"{name} is used {len(places)} times, so its gradient is a sum of {len(places)} parts, one for each use"
        whose = {place: _use_in_words(graph, place, name) for place in places}
        for place in places:
            yield Planted("missing use", f"{whose[place]} is forgotten, where {name} is used {len(places)} times", step,
                          graph.gradients(edges={place: lambda part: None}))
        for place in places:
            if len(leaf.shape) == 2 and leaf.shape[0] == leaf.shape[1]:
                yield Planted("outer product turned round", f"the part of {whose[place]} is transposed: u v^T for v u^T",
                              f"dL/dW_ij = delta_i x_j for z = W x: the outer product delta x^T, in {whose[place]}",
                              graph.gradients(edges={place: lambda part: part.swapaxes(0, 1)}))
            yield Planted("sign of one use", f"the part of {whose[place]} has the other sign", step,
                          graph.gradients(edges={place: lambda part: -part}))
    leaves = {leaf.node for leaf in graph.leaves.values()}
    for node in graph.order:
        places = graph.uses.get(node, ())
        if node in leaves or node.rule is None or len(places) < 2:
            continue
        for other, i in places:
            yield Planted("missing path",
                          f"the way from {graph.words(node)} to the loss through {graph.words(other)} is left out",
                          f"the result of {graph.words(node)} is used {len(places)} times: its delta is a sum of as many parts",
                          graph.gradients(edges={(other, i): lambda part: None}))


def _use_in_words(graph, place, name):
    """ "the use of W in the second matmul": the order is that of the forward."""
    node, _ = place
    same = [n for n in reversed(graph.order) if n.name == node.name and any(p[0] is n for p in graph.places_of(
        graph.leaves[name].node))]
    number = ("first", "second", "third", "fourth")[same.index(node)] if 1 < len(same) < 5 else ""
    return f"the use of {name} in the {number + ' ' if number else ''}{node.name}"


# ---- products

class _Replaced(NamedTuple):
    """A product that computes, on the way back, with `array` in the place of its operand i."""

    kind: str
    sentence: str
    everywhere: str         # the same, if it is done in every product of the kind
    step: str
    node: Any
    i: int
    array: Any


def _products(graph):
    found = [r for node in graph.order if node.name in PRODUCTS and node.sources == (0, 1) for i in (0, 1)
             for r in _replacements(graph, node, i)]
    for r in found:
        yield Planted(r.kind, r.sentence, r.step, _with(graph, [r]))
    for kind, name, i in dict.fromkeys((r.kind, r.node.name, r.i) for r in found):
        same = [r for r in found if (r.kind, r.node.name, r.i) == (kind, name, i)]
        if len(same) > 1:
            yield Planted(kind, same[0].everywhere, same[0].step, _with(graph, same))


def _replacements(graph, node, i):
    a = node.saved[i]
    if not hasattr(a, "shape") or not node.need[1 - i]:
        return
    where, name = graph.words(node), graph.name_of.get(node.parents[i], "")
    factor = name or ("the weights" if i else "what came in") if node.name == "linear" else name or "the other factor"
    kind = "the weights" if node.name == "linear" and i else factor
    step = LINEAR if node.name != "mul" else "d(u v) = v du + u dv: each factor is multiplied by the other"
    square = node.name != "mul" and len(a.shape) == 2 and a.shape[0] == a.shape[1]
    if square:
        yield _Replaced("W for W^T", f"in {where}, {factor} is not transposed on the way back",
                        f"in every {node.name}, {kind} are not transposed on the way back", step, node, i, a.swapaxes(0, 1))
    before = node.parents[i]
    if before is not None and before.name in DERIVATIVES and before.parents:
        z = graph.value(before.parents[0])
        if z is not None and z.shape == a.shape:
            yield _Replaced("z for the activation", f"{where} is given what comes before the {before.name}, not after it",
                            f"every {node.name} is given what comes before the {before.name}, not after it",
                            f"{step}: x is what went into W, so it is {before.name}(z)", node, i, z)
    one = graph.k.asarray(np.eye(a.shape[0]) if square else np.ones(a.shape), a.dtype)
    yield _Replaced("missing factor", f"in {where}, the gradient is not multiplied by {factor}",
                    f"in every {node.name}, the gradient is not multiplied by {kind}", step, node, i, one)


def _with(graph, replaced):
    """The gradients where these products compute with other operands."""
    def step_of(r):
        def step(node, g):
            saved = tuple(r.array if j == r.i else a for j, a in enumerate(node.saved))
            right, wrong = graph.parts(node, g), graph.parts(node, g, saved)
            return tuple(wrong[j] if j == 1 - r.i else part for j, part in enumerate(right))
        return step

    return graph.gradients({r.node: step_of(r) for r in replaced})
