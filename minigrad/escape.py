"""Where a number taken out of a tensor would silently end a derivative, taking it is an error that names the remedy.

There are two such places: inside a function while a transform (`grad`, `jvp` ...) differentiates it, for what depends on the
inputs; and inside a gradient of one's own (function.py) while that is differentiated itself, for what depends on its arguments.
Anywhere else `float(loss)` is a reading and no part of a derivative. Nothing is noted when an operation is recorded: the
question is asked, by a walk up the graph, when a number is taken.
"""

import weakref
from contextlib import contextmanager
from contextvars import ContextVar

from minigrad.graph import GRAD, mode

_places = ContextVar("minigrad_escape", default=())         # those that we are inside of, the innermost last


class _Transform:
    """f runs, and the transform `op` differentiates what depends on these nodes."""

    def __init__(self, op, nodes):
        self.op, self.nodes = op, frozenset(nodes)

    def refusal(self, tensor, within):
        """Why no number may be taken from the tensor here, or None if one may."""
        if tensor.node is None or not mode.get() & GRAD or not _leads_to(tensor.node, self.nodes):
            return None
        return (f"{self.op} differentiates this tensor, and a number or array taken out of it would count as a constant: "
                "compute with minigrad's functions (mg.sin, not math.sin) and compare tensors as they are (if x > 0); where a "
                "constant is what you mean, to report it or to stop the gradient, write .detach() before it")


class _SecondOrder:
    """The gradient that somebody wrote for `name` runs on tensors with these nodes."""

    def __init__(self, name, nodes):
        self.name, self.nodes, self.detached = name, frozenset(nodes), {}

    def refusal(self, tensor, within):
        if tensor.node is None:
            reference = self.detached.get(id(tensor))
            if reference is None or reference() is not tensor:
                return None
        elif not _leads_to(tensor.node, within):
            return None
        return (f"the gradient of {self.name} is itself differentiated here, and a number or array taken out of a tensor, "
                "detached or not, would make that second derivative wrong: write the gradient with minigrad's functions, or "
                "mark it @mg.once_differentiable, which refuses second derivatives")


@contextmanager
def _inside(place):
    token = _places.set((*_places.get(), place))
    try:
        yield
    finally:
        _places.reset(token)


def differentiating(op, nodes):
    """`with differentiating("grad", nodes): y = f(...)`"""
    return _inside(_Transform(op, nodes))


def second_order(name, tensors):
    """`with second_order("softplus", gs): parts = backward(*gs)`, where some of the tensors have a graph."""
    return _inside(_SecondOrder(name, [t.node for t in tensors if t is not None and t.node is not None]))


def check(what, tensor):
    """RuntimeError if a number or array taken from the tensor would be missing from a derivative. what: names who asks."""
    for place, within in _nested():
        reason = place.refusal(tensor, within)
        if reason is not None:
            raise RuntimeError(f"[{what}] {reason}")


def detached(tensor, constant):
    """Note that this constant is a tensor of the graph, detached, where that matters; returns it."""
    for place, within in _nested():
        if isinstance(place, _SecondOrder) and _leads_to(tensor.node, within):
            place.detached[id(constant)] = weakref.ref(constant)
    return constant


def _nested():
    """(place, the nodes of it and of all inside it), from the innermost: what a transform inside opens is tied to its arguments
    only afterwards, so it counts as depending on them."""
    within = frozenset()
    for place in reversed(_places.get()):
        within |= place.nodes
        yield place, within


def _leads_to(node, targets):
    """Whether one of the targets stands above the node in the graph, or is it."""
    seen, stack = {node}, [node]
    while stack:
        node = stack.pop()
        if node in targets:
            return True
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return False
