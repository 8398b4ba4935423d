"""A layer that a student wrote as an object: forward(x), backward(g), gradients left in gW and gb."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np

from minigrad.nn.module import Module
from minigrad.tensor import Tensor
from minigrad.testing.homework.calling import Failed, as_array, asked, call
from minigrad.testing.homework.compare import Places, compared
from minigrad.testing.homework.graph import Graph
from minigrad.testing.homework.report import Finding, GradientReport
from minigrad.testing.homework.settled import settled
from minigrad.testing.mistakes import explain_mismatch

NAMES = {"weight": "W", "bias": "b"}


def check_layer(mine: Any, net: Any, x: Any, y: Any, names: Any, seed: int, tolerance: float | None) -> GradientReport:
    """The layer's forward, the gradient that its backward returns, and those that it keeps; see check_gradient."""
    layer = type(mine).__name__
    if isinstance(net, Module):
        net = copy.deepcopy(net).double()
    parameters = dict(net.named_parameters()) if isinstance(net, Module) else {}
    words = {name: (names or {}).get(name, NAMES.get(name, name)) for name in parameters}
    a = np.array(x, np.float64)
    t = Tensor(a.copy(), requires_grad=True)
    target = () if y is None else (np.array(y),)
    settling = settled(net if isinstance(net, Module) else None, lambda: net(t, *target))
    out = net(t, *target)
    if not isinstance(out, Tensor) or out.node is None:
        raise ValueError(f"[check_gradient] net gave {type(out).__name__} for x, which no gradient leads back from: expected a "
                         "tensor that depends on x")

    turned, findings = _give(mine, parameters, words, layer)
    if findings:
        return GradientReport(tuple(findings))
    findings, notes = [], list(settling)
    given = a.copy()
    result = _method(layer, mine, "forward", given, *target)
    findings.append(_forward(result, out, layer, tolerance))
    if isinstance(result, Failed):
        return GradientReport(tuple(findings), tuple(notes))
    if not np.array_equal(given, a):
        notes.append(f"{layer}.forward writes into x, which it was given: the layer before has lost its result then.")
    draw = np.random.default_rng(seed)
    g = np.array(1.0) if out.data.size == 1 and y is not None else draw.standard_normal(out.shape)
    for word in words.values():
        asked(setattr, None, mine, f"g{word}", None)
    required = asked(lambda: _required(mine.backward), True)
    gx = _method(layer, mine, "backward", *(() if g.ndim == 0 and not required else (float(g) if g.ndim == 0 else g.copy(),)))
    if isinstance(gx, Failed):
        return GradientReport((*findings, Finding(layer, "backward", "error", gx.sentence, step=gx.step)), tuple(notes))

    kept = {name: call(f"reading {layer}.g{word}", getattr, mine, f"g{word}", None) for name, word in words.items()}
    returned = {"x": gx, **kept}
    places = {"x": (layer, "gx"), **{name: (layer, f"g{word}") for name, word in words.items()}}
    arrays, problems = {}, {}
    for name, value in returned.items():
        if isinstance(value, Failed):
            problems[name] = Finding(*places[name], "error", value.sentence, step=value.step)
            continue
        b = as_array(value)
        if isinstance(b, str):
            where = f"what backward returned is {b}" if name == "x" else f"{places[name][1]} is {b} after backward"
            problems[name] = Finding(*places[name], "none" if value is None else "no array", f"{where[0].upper()}{where[1:]}.",
                                     step="what backward returns, and what it keeps: gx is returned, gW and gb are attributes")
        else:
            shape = parameters[name].shape if name in parameters else a.shape
            b = b.T if name in turned else b
            arrays[name] = b.reshape(shape) if len(shape) == 1 and b.size == shape[0] and 1 in b.shape else b
    graph = Graph(out, {"x": t, **parameters}, g)
    rows, more = compared(arrays, graph, Places(places, problems), (len(a),) if a.ndim else (), tolerance, upstream=g.ndim > 0)
    return GradientReport((*findings, *rows), (*notes, *more))


def _give(mine, parameters, words, layer):
    """Give the student's layer the right one's weights. -> (the parameters that it keeps transposed, findings)"""
    turned, findings = set(), []
    for name, p in parameters.items():
        word, value = words[name], p.detach().numpy()
        if not asked(hasattr, True, mine, word):
            findings.append(Finding(layer, word, "missing", f"{layer} has no attribute {word}, which is to hold its {name} of "
                                    f"shape {p.shape}.", step="the constructor"))
            continue
        shape = call(f"reading {layer}.{word}", _shape, mine, word)
        if isinstance(shape, Failed):
            findings.append(Finding(layer, word, "error", shape.sentence, step="the constructor"))
            continue
        if len(p.shape) == 2 and shape == p.shape[::-1] != p.shape:
            turned.add(name)
        elif shape != p.shape and not (len(p.shape) == 1 and int(np.prod(shape)) == p.shape[0]):
            sentence = f"{word} has shape {shape}, but the layer's {name} has {p.shape}."
            findings.append(Finding(layer, word, "wrong shape", sentence, step="the constructor"))
            continue
        given = (value.T if name in turned else value.reshape(shape)).copy()
        done = call(f"setting {layer}.{word}", setattr, mine, word, given)
        if isinstance(done, Failed):
            findings.append(Finding(layer, word, "error", done.sentence, step=f"{word}, which is to be a plain attribute"))
    return turned, findings


def _method(layer, mine, name, *arguments):
    """What the student's method gives, or Failed."""
    method = call(f"{layer}.{name}", getattr, mine, name)
    return method if isinstance(method, Failed) else call(f"{layer}.{name}", method, *arguments)


def _shape(mine, name):
    return np.shape(getattr(mine, name))


def _forward(result, out, layer, tolerance):
    if isinstance(result, Failed):
        return Finding(layer, "forward", "error", result.sentence, step=result.step)
    a = as_array(result)
    if isinstance(a, str):
        return Finding(layer, "forward", "none" if result is None else "no array", f"forward returned {a}.", step="its return")
    right = out.detach().numpy()
    a = a.reshape(right.shape) if a.size == right.size == 1 else a
    e = explain_mismatch(a, right, tolerance=tolerance)
    sentence = e.sentence.replace("the engine's", "the right one")
    return Finding(layer, "forward", e.name, sentence, step="the forward, before any gradient")


def _required(f):
    """Whether a method must be given something."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
