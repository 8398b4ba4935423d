"""What `watch` counts while a network runs: of each layer's outputs, gradients and weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.nn.activation import ReLU
from minigrad.nn.module import Module
from minigrad.tensor import Tensor


class Counts:
    """One layer's. Numbers are added up in float64."""

    def __init__(self, name: str, module: Module, parameters: Sequence[Tensor]) -> None:
        self.name, self.module, self.parameters = name, module, parameters
        self.before = [_numbers(p) for p in parameters]
        self.gradients: list[float | None] = [None] * len(parameters)     # noted by hooks: also after zero_grad
        self.handles = [p.register_hook(self._noting(i)) for i, p in enumerate(parameters) if p.requires_grad]
        self.units = -1                                 # the axis of the output's units
        self.count, self.sum, self.squares = 0, 0.0, 0.0
        self.alive: np.ndarray | None = None            # which units a relu let through, for some sample
        self.gradient: float | None = None

    def _noting(self, i: int) -> Callable[[Tensor], None]:
        def note(g):
            self.gradients[i] = norm(_numbers(g))

        return note

    def put_out(self, y: Tensor, units: int) -> None:
        """An output, and the axis of its units: columns, or channels."""
        self.units, self.k = units, y.k
        a = _numbers(y)
        self.count += a.size
        with np.errstate(all="ignore"):
            self.sum += float(a.sum())
            self.squares += float((a * a).sum())
        if isinstance(self.module, ReLU):
            self.let_through(a)
        if y.requires_grad:
            self.handles.append(y.register_hook(self._came))

    def _came(self, g: Tensor) -> None:
        self.gradient = norm(_numbers(g))

    def let_through(self, a: np.ndarray) -> None:
        """The output of a relu, (N, units, ...) or (..., units); NaN counts as alive."""
        alive = np.moveaxis(np.atleast_2d(a), self.units, -1)
        alive = (alive != 0).reshape(-1, alive.shape[-1]).any(axis=0)
        if self.alive is not None and self.alive.shape == alive.shape:
            alive |= self.alive
        self.alive = alive

    def row(self) -> dict[str, Any]:
        """The fields of a Layer."""
        found: dict[str, Any] = {"name": self.name, "kind": type(self.module).__name__, "gradient": self.gradient}
        if self.count:
            mean = self.sum / self.count
            variance = self.squares / self.count - mean * mean
            found |= {"mean": mean, "std": math.sqrt(max(variance, 0)) if math.isfinite(variance) else variance}
        if self.alive is not None:
            found |= {"units": self.alive.size, "dead": int(self.alive.size - self.alive.sum())}
        if self.parameters:
            now = [_numbers(p) for p in self.parameters]
            found["weight"] = _together(map(norm, now))
            step = _together(norm(a - b) for a, b in zip(now, self.before, strict=True))
            found["step"] = step or None
        gradients = [g for g in self.gradients if g is not None]
        return found | ({"weight_gradient": _together(gradients)} if gradients else {})


def relus_behind(roots: list[Any], outputs: list[tuple[Any, Counts]]) -> None:
    """Tell each layer what relus right behind its output let through: the graph above the roots knows."""
    whose: dict[int, Counts] = {}
    for node, counts in outputs:
        whose.setdefault(id(node), counts)          # the first who gave it out made it: Identity hands on what it gets
    stack, seen = list(roots), set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for parent in node.parents:
            if parent is not None:
                stack.append(parent)
                if node.name == "relu" and id(node) not in whose and (behind := whose.get(id(parent))) is not None:
                    behind.let_through(behind.k.to_numpy(node.saved[0]))


def _numbers(t: Tensor) -> np.ndarray:
    return t.k.to_numpy(t.data).astype(np.float64)


def norm(a: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt((a * a).sum()))


def _together(norms: Any) -> float:
    return math.sqrt(sum(n * n for n in norms))
