"""Which module made what: {box: the chain of its modules, the outermost first}.

    traced      watches a model while it runs: exact, a call at a time
    by_use      of a graph that is there already: what uses a module's parameters, and what lies between
    by_place    what anomaly mode noted
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from minigrad import random
from minigrad.graph import Variable
from minigrad.modes import enable_grad
from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensor import Tensor
from minigrad.viz.graph.trace import Box


class Call(NamedTuple):
    """A module in one of its calls: its path, its class, and which call it is, from 0."""

    path: str
    kind: str
    number: int = 0

    @property
    def title(self) -> str:
        """features.3 Conv2d"""
        again = f", call {self.number + 1}" if self.number else ""
        return f"{self.path} {self.kind}".strip() + again


Chain = tuple[Call, ...]


class Traced(NamedTuple):
    """A model's result; names of its parameters and inputs; {node: the chain of the call that made it}. model: the copy that
    ran, which keeps them alive."""

    result: Any
    names: dict[str, Any]
    chains: dict[Any, Chain]
    model: Module


def traced(model: Module, inputs: tuple[Any, ...], loss: Callable[[Any], Any] | None) -> Traced:
    """Run a copy of the model, and loss(its result), and note the modules of every node.

    Nothing of the model changes (running estimates, say), nor do the random streams. Inputs of floats become leaves.
    """
    twin = copy.deepcopy(model)
    given = [_leaf(a, twin) for a in inputs]
    state = random.get_state()
    chains: dict[Any, Chain] = {}
    try:
        with enable_grad(), _watched(twin, chains):
            result = twin(*given)
            result = result if loss is None else loss(result)
    finally:
        random.set_state(state)
    names: dict[str, Any] = dict(twin.named_parameters())
    names |= {"x" if len(given) == 1 else f"x{i + 1}": t for i, t in enumerate(given) if isinstance(t, Variable)}
    return Traced(result, names, chains, twin)


def _leaf(a, model):
    t = a if isinstance(a, Variable) else Tensor(a, device=next((p.device for p in model.parameters()), None))
    return t.detach().requires_grad_() if t.dtype.kind == "f" else t


@contextmanager
def _watched(model: Module, chains: dict[Any, Chain]) -> Iterator[None]:
    """While it lasts: a node that a call's result is made of, and that no call before it is, was made in that call."""
    running: list[Call] = []
    calls: dict[Module, int] = {}
    handles = []

    def claim(things: Any) -> None:
        chain = tuple(running[1:])              # the model itself is no box of its own
        stack = [t.node for t in _tensors(things) if t.node is not None]
        while stack:
            node = stack.pop()
            if node not in chains:
                chains[node] = chain
                stack += [p for p in node.parents if p is not None]

    def watch(path: str, module: Module) -> None:
        def before(module: Module, args: Any, kwargs: Any) -> None:
            claim((args, kwargs))
            running.append(Call(path, type(module).__name__, calls.get(module, 0)))
            calls[module] = calls.get(module, 0) + 1

        def after(module: Module, args: Any, output: Any) -> None:
            claim(output)
            running.pop()

        handles.append(module.register_forward_pre_hook(before, prepend=True, with_kwargs=True))
        handles.append(module.register_forward_hook(after))

    for path, module in model.named_modules():
        watch(path, module)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _tensors(thing):
    """The tensors in what a module is given or gives."""
    if isinstance(thing, Variable):
        yield thing
    elif isinstance(thing, (tuple, list)):
        for part in thing:
            yield from _tensors(part)
    elif isinstance(thing, dict):
        yield from _tensors(list(thing.values()))


def by_use(model: Module, order: list[Box]) -> dict[Box, Chain]:
    """Of a graph that is there already. A module's box holds the operations that use its parameters, or those of modules below
    it, and what lies between; so what a module does after its last parameter, an activation say, stands beside its box. None
    for a module between whose uses another's parameters are used, as where it is called twice in a row with others between.
    """
    kinds = {path: type(m).__name__ for path, m in model.named_modules() if path}
    paths = list(kinds)
    above = {path: [i for i, p in enumerate(paths) if path == p or path.startswith(f"{p}.")] for path in paths}
    bits = {path: sum(1 << i for i in above[path]) for path in paths}
    owner = {p.node: name.rpartition(".")[0] for name, p in model.named_parameters()}
    own: dict[Box, int] = {}                    # whose parameters an operation uses, with the modules above
    lost = 0                                    # modules without a box
    for box in order:
        for parent in box.parents:
            if parent is not None and parent.node in owner:
                own[box] = own.get(box, 0) | bits.get(owner[parent.node], 0)
    before, after = dict(own), dict(own)
    for box in order:
        for parent in box.parents:
            if parent is not None:
                before[box] = before.get(box, 0) | before.get(parent, 0)
    for box in reversed(order):
        for child in box.children:
            after[box] = after.get(box, 0) | after.get(child, 0)
    between = {box: before.get(box, 0) & after.get(box, 0) for box in order if not box.is_leaf}
    for box, used in own.items():
        for name in {owner[p.node] for p in box.parents if p is not None and p.node in owner}:
            lost |= (between[box] | used) & ~bits.get(name, 0)

    @cache
    def chain_of(inside: int) -> Chain:
        chain = [i for i in range(len(paths)) if inside >> i & 1]
        return tuple(Call(paths[i], kinds[paths[i]]) for i in chain             # between two branches side by side: in neither
                     if all(i in above[paths[j]] or j in above[paths[i]] for j in chain))

    return {box: chain_of(inside & ~lost) for box, inside in between.items()}


def by_place(order: Iterable[Box]) -> dict[Box, Chain]:
    """Of tensors that were computed in anomaly mode."""
    found = {}
    for box in order:
        parts = box.place.split(".") if box.place else []
        found[box] = tuple(Call(".".join(parts[:i + 1]), "") for i in range(len(parts)))
    return found


def with_parameters(order: list[Box], chains: dict[Box, Chain]) -> dict[Box, Chain]:
    """A parameter stands in the innermost box of all that use it; another leaf outside."""
    found = {box: chains.get(box, ()) for box in order if not box.is_leaf}
    for box in order:
        if box.is_leaf:
            owner = box.node.owner() if box.node.owner is not None else None
            found[box] = _common([found[child] for child in box.children]) if isinstance(owner, Parameter) else ()
    return found


def _common(chains):
    """What all begin with."""
    shortest = min(chains, key=len, default=())
    for i, call in enumerate(shortest):
        if any(chain[i] != call for chain in chains):
            return shortest[:i]
    return shortest
