"""Numbers taken out of a tensor, by float(t), t.item(), t.numpy() ...: an error where a derivative would silently be wrong.

No gradient passes through such a number: it counts as a constant. Mostly that is meant, as in printing float(loss). It is not
inside a function while a transform (`grad`, `jvp` ...) differentiates it, for what depends on its inputs; nor inside a gradient
that a user wrote (custom/) while that is itself differentiated, for what depends on its arguments. There, taking a number
is an error that names the remedy. Recording an operation costs nothing for this: only when a number is taken is the graph
searched for whether it depends on them.
"""

import weakref
from contextlib import contextmanager
from contextvars import ContextVar

from minigrad.graph import GRAD, mode

_places = ContextVar("minigrad_escape", default=())         # what we are inside of, the innermost last


class _Transform:
    """The function f runs, and the transform `op` differentiates it: `nodes` are those of f's inputs."""

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
    """A gradient that a user wrote for the operation `name` runs on tensors with these nodes, and is itself differentiated.

    detached: {id: weak reference} of constants that t.detach() made of tensors that depend on these nodes.
    """

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
    """Note, where it matters, that t.detach() made this constant of the tensor t of the graph; returns the constant."""
    for place, within in _nested():
        if isinstance(place, _SecondOrder) and _leads_to(tensor.node, within):
            place.detached[id(constant)] = weakref.ref(constant)
    return constant


def _nested():
    """(place, the nodes of it and of all inside it), from the innermost. Those inside count too: the leaves of an inner
    transform get their parents only when it is done (`tie` in functional/opened.py), and no search would lead through them."""
    within = frozenset()
    for place in reversed(_places.get()):
        within |= place.nodes
        yield place, within


def _leads_to(node, targets):
    """Whether the node is one of the targets, or was computed from one."""
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
