"""Networks of Linear and ReLU layers as their exact weights, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from minigrad.nn import Linear, Module, Parameter, ReLU, Sequential
from minigrad.piecewise.exact import exact, listed, matrix

__all__ = ["Layer", "as_module", "forward", "layers_of"]


class Layer(NamedTuple):
    """h -> W h + b, and relu of it where relu is True. W: rows of Fractions, (outputs, inputs); b: Fractions, (outputs,)."""

    W: list[list[Fraction]]
    b: list[Fraction]
    relu: bool


def layers_of(network: Any) -> list[Layer]:
    """The layers of a network, its weights read exactly: a float is the Fraction that it is.

    network: an nn.Sequential of Linear and ReLU (or a Linear), nested ones too, or a list [(W, b), ...] of weights (O, I)
    and biases (O,), or None for none, with relu after all but the last; a triple (W, b, relu) says itself whether.
    Weights may be nested lists, arrays or tensors of ints, Fractions or floats. TypeError for another layer,
    ValueError where shapes do not fit.
    """
    layers = _of_modules(network) if isinstance(network, Module) else _of_weights(network)
    for i, (before, after) in enumerate(pairwise(layers)):
        if len(after.W[0]) != len(before.b):
            raise ValueError(f"[piecewise] layer {i + 1} takes {len(after.W[0])} inputs but layer {i} has {len(before.b)} "
                             "outputs: W is of shape (outputs, inputs)")
    return layers


def _of_weights(network: Any) -> list[Layer]:
    pairs = list(network) if isinstance(network, (list, tuple)) else []
    if not pairs or not all(isinstance(pair, (list, tuple)) and len(pair) in (2, 3) for pair in pairs):
        raise TypeError(f"[piecewise] found {network!r} but expected an nn.Sequential of Linear and ReLU, or a list of weights "
                        "[(W, b), ...]")
    layers = []
    for i, (W, b, *relu) in enumerate(pairs):
        W = matrix("piecewise", f"W of layer {i}", W)
        b = [Fraction(0)] * len(W) if b is None else [exact("piecewise", x) for x in listed(b)]
        if len(b) != len(W):
            raise ValueError(f"[piecewise] layer {i} has {len(W)} rows of weights but {len(b)} biases: one for each")
        layers.append(Layer(W, b, bool(relu[0]) if relu else i + 1 < len(pairs)))
    return layers


def _of_modules(network: Module) -> list[Layer]:
    layers: list[Layer] = []
    for name, module in _flat(network, type(network).__name__):
        if isinstance(module, Linear):
            W = matrix("piecewise", name, module.weight)
            bias = [0] * len(W) if module.bias is None else listed(module.bias)
            layers.append(Layer(W, [exact("piecewise", x) for x in bias], False))
        elif isinstance(module, ReLU) and layers:
            layers[-1] = layers[-1]._replace(relu=True)
        else:
            raise TypeError(f"[piecewise] found {name}: {type(module).__name__} but expected Linear, and ReLU after it: no "
                            "other layer is known to be piecewise linear")
    if not layers:
        raise ValueError("[piecewise] found a network without layers but expected at least one Linear")
    return layers


def _flat(module: Module, name: str) -> Iterator[tuple[str, Module]]:
    if not isinstance(module, Sequential):
        yield name, module
        return
    for i, part in enumerate(module):
        yield from _flat(part, f"layer {i}" if name == "Sequential" else f"{name}.{i}")


def forward(network: Any, x: Any) -> list[Fraction]:
    """The outputs of the network at one input x (a number, or a list of as many as it takes), exactly."""
    layers = layers_of(network)
    h = [exact("forward", v) for v in (listed(x) if isinstance(listed(x), (list, tuple)) else [x])]
    if len(h) != len(layers[0].W[0]):
        raise ValueError(f"[forward] found {len(h)} inputs but expected {len(layers[0].W[0])}: one point at a time")
    for W, b, relu in layers:
        h = [sum((w * v for w, v in zip(row, h)), shift) for row, shift in zip(W, b)]
        if relu:
            h = [max(v, Fraction(0)) for v in h]
    return h


def as_module(network: Any, dtype: Any = np.float64) -> Sequential:
    """An nn.Sequential of Linear and ReLU with these weights, each rounded once to dtype."""
    modules: list[Module] = []
    for W, b, relu in layers_of(network):
        linear = Linear(len(W[0]), len(W))
        linear.weight = Parameter(_floats(W).astype(dtype))
        linear.bias = Parameter(_floats(b).astype(dtype))
        modules += [linear, ReLU()] if relu else [linear]
    return Sequential(*modules)


def _floats(x: Sequence[Any]) -> np.ndarray[Any, Any]:
    return np.array(x, dtype=object).astype(np.float64)
