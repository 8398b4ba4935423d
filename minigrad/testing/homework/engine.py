"""The engine's side: the net in float64, its loss, and the graph of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.nn.module import Module
from minigrad.tensor import Tensor
from minigrad.testing.homework.graph import Graph
from minigrad.testing.homework.planted import Planted
from minigrad.testing.homework.settled import settled

SAMPLES = 32        # of a batch up to this size, what each sample alone gives is looked at


@dataclass
class Problem:
    """leaves: what gradients are wanted of, by name; layers: for each layer of a Module with parameters (its name, its class);
    sizes: what the N of a mean may be; single() -> what comes out if only one sample counts; notes: for the report."""

    graph: Graph
    leaves: dict[str, Tensor]
    layers: list[tuple[str, str]]
    sizes: tuple[int, ...]
    single: Callable[[], Iterator[Planted]]
    notes: tuple[str, ...] = ()

    def place(self, name: str) -> tuple[str, str]:
        """(layer, parameter) for the report."""
        layer, _, parameter = name.rpartition(".")
        kind = dict(self.layers).get(layer, "")
        return (f"{layer} {kind}".strip() if self.layers else layer), parameter


def problem_of(net: Any, x: Any, y: Any, loss: Any, wrt: Any, columns: bool) -> Problem:
    """The problem that a Module and a loss, or a function with `wrt`, state."""
    if wrt is not None:
        return _of_function(net, x, y, wrt)
    if not isinstance(net, Module):
        raise ValueError("[check_gradient] net is a function, so nothing says what the gradients are of: give wrt={name: "
                         "tensor}, or a Module")
    net = copy.deepcopy(net).double()
    net.zero_grad()
    leaves = {name: p for name, p in net.named_parameters() if p.requires_grad}
    if not leaves:
        raise ValueError(f"[check_gradient] {type(net).__name__} has no parameter that requires grad: there is no gradient to "
                         "check")
    if loss is not None and y is None:
        raise ValueError("[check_gradient] the loss needs a target: give y, or loss=None if net returns the loss itself")
    rows = _rows(net, x, columns)
    notes = settled(net, lambda: net(rows))
    result = net(rows)
    targets = None if y is None else _targets(y, result, columns)
    root = _loss(result if loss is None else loss(result, targets))
    kinds = {name: type(module).__name__ for name, module in net.named_modules()}
    layers = [(layer, kinds.get(layer, "")) for layer in dict.fromkeys(name.rpartition(".")[0] for name in leaves)]
    n = len(rows)

    def single():
        return iter(()) if loss is None else _single(lambda i: loss(net(rows[i:i + 1]), targets[i:i + 1]), leaves, n)

    return Problem(Graph(root, leaves), leaves, layers, (n, result.data.size), single, notes)


def _of_function(f, x, y, wrt):
    for name, t in wrt.items():
        if not isinstance(t, Tensor) or not t.requires_grad:
            what = "a constant" if isinstance(t, Tensor) else "no tensor"
            raise ValueError(f"[check_gradient] wrt[{name!r}] is {what} but expected a tensor that requires grad")
    dtype = next(iter(wrt.values())).dtype if wrt else np.float64

    def tensors(*arrays):
        return [a if not isinstance(a, (np.ndarray, list)) else Tensor(a, dtype=dtype) if np.asarray(a).dtype.kind == "f"
                else np.asarray(a) for a in arrays if a is not None]

    settled(None, lambda: f(*tensors(x, y)))
    root = _loss(f(*tensors(x, y)))
    n = len(x) if hasattr(x, "__len__") else 1

    def one(i):
        return f(*tensors(np.asarray(x)[i:i + 1], None if y is None else np.asarray(y)[i:i + 1]))

    several = isinstance(x, (np.ndarray, list)) and (y is None or np.ndim(y) and len(y) == n)
    return Problem(Graph(root, wrt), dict(wrt), [], (n,), lambda: _single(one, wrt, n) if several else iter(()))


def _loss(root):
    if not isinstance(root, Tensor) or root.node is None:
        raise ValueError("[check_gradient] the loss depends on none of the parameters: is there a .detach(), .numpy() or "
                         "no_grad on the way to it?")
    if root.data.size != 1:
        raise ValueError(f"[check_gradient] the loss has shape {root.shape} but expected one number: take its mean or its sum")
    return root


def _single(run, leaves, n):
    """What comes out if only one sample of n counts: the last, where each overwrote what was there; or another."""
    for i in (n - 1, *range(n - 1)) if 1 < n <= SAMPLES else ():
        try:
            root = run(i)
            alone = Graph(root, leaves).gradients()
        except Exception:       # a function that takes the whole batch only
            return
        which = "the last" if i == n - 1 else "the first" if i == 0 else f"number {i}"
        step = "the loop over the samples: gradients are added up (+=), not written over (=), and returned after the loop"
        yield Planted("one sample only", f"only {which} of the {n} samples counts", step, alone)
        yield Planted("one sample only", f"only {which} of the {n} samples counts, as one of {n}", step,
                      {name: g / n for name, g in alone.items()})


def _rows(net, x, columns):
    """x as the engine's (N, D), in float64; where there is an embedding whole numbers stay whole."""
    a = np.asarray(x.detach().numpy() if hasattr(x, "detach") else x)
    whole = a.dtype.kind in "iu" and any(hasattr(m, "num_embeddings") for m in net.modules())
    features = next((m.in_features for m in net.modules() if hasattr(m, "in_features")), None)
    if columns and a.ndim == 2:
        a = a.T
    elif a.ndim == 1:
        a = a[:, None] if features == 1 else a[None]
    elif a.ndim == 2 and a.shape[1] == 1 != features and a.shape[0] == features:
        a = a.T
    return a if whole else Tensor(a.astype(np.float64))


def _targets(y, result, columns):
    """y as the loss takes it: shaped as the result where it has as many numbers, else a class for each row."""
    a = np.asarray(y.detach().numpy() if hasattr(y, "detach") else y)
    if columns and a.ndim == 2:
        a = a.T
    if a.size == result.data.size:
        return Tensor(a.reshape(result.shape).astype(np.float64))
    return a.reshape(-1) if a.size == len(result) else a
