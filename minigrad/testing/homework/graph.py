"""The engine's own backward, walked again and again, with one step done wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from minigrad.tensor import Tensor

# How a step may go wrong. A rule's stand-in: step(node, g) -> the parts for the parents; what an edge carries: part -> part.
Step = Callable[[Any, Any], tuple[Any, ...]]
Edge = Callable[[Any], Any]

VIEWS = "transpose", "reshape", "swapaxes", "astype", "copy", "expand_dims", "squeeze"


class Graph:
    """What one result was made from: its nodes, results first, and who uses which.

    root: a tensor that requires grad; leaves: the tensors whose gradients are wanted, by name; seed: the gradient of root.
    """

    def __init__(self, root: Tensor, leaves: Mapping[str, Tensor], seed: Any = None) -> None:
        self.k = root.k
        self.root = root.node
        self.leaves = dict(leaves)
        self.seed = self.k.asarray(np.ones(root.shape) if seed is None else seed, root.data.dtype)
        self.uses: dict[Any, list[tuple[Any, int]]] = {}
        self.order = self._ordered()
        self.name_of = {t.node: name for name, t in self.leaves.items()}

    def _ordered(self):
        """The nodes, each after all that were computed from it."""
        order, state, stack = [], {}, [(self.root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in state:
                state[node] = True
                stack.append((node, True))
                for i, p in enumerate(node.parents):
                    if p is not None:
                        self.uses.setdefault(p, []).append((node, i))
                        stack.append((p, False))
        return order[::-1]

    def gradients(self, steps: Mapping[Any, Step] | None = None, edges: Mapping[Any, Edge] | None = None,
                  seed: Any = None) -> dict[str, np.ndarray]:
        """{name: gradient} of the leaves; steps and edges: what is done wrongly, at which node, at which (node, parent)."""
        steps, edges = steps or {}, edges or {}
        arrived: dict[Any, Any] = {self.root: self.seed if seed is None else seed}
        for node in self.order:
            g = arrived.get(node)
            if g is None or node.rule is None and node.index < 0:
                continue
            if node.index >= 0:
                slots = arrived.setdefault(node.parents[0], [None] * node.parents[0].outputs)
                slots[node.index] = g if slots[node.index] is None else slots[node.index] + g
                continue
            parts = steps[node](node, g) if node in steps else self.parts(node, g)
            for i, p in enumerate(node.parents):
                if p is None or i >= len(parts) or parts[i] is None:
                    continue
                part = edges[node, i](parts[i]) if (node, i) in edges else parts[i]
                if part is not None:
                    arrived[p] = part if p not in arrived else arrived[p] + part
        return {name: np.array(self.k.to_numpy(arrived[t.node])) if t.node in arrived else np.zeros(t.shape)
                for name, t in self.leaves.items()}

    def parts(self, node: Any, g: Any, saved: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
        """What the node's rule gives; saved: in place of what it saved."""
        return node.rule(self.k, g, node.need, *(node.saved if saved is None else saved), *node.args)

    def places_of(self, leaf: Any) -> list[tuple[Any, int]]:
        """Where a node is used, through its transposes and other views."""
        found = []
        for node, i in self.uses.get(leaf, ()):
            found += self.places_of(node) if node.name in VIEWS else [(node, i)]
        return found

    def value(self, node: Any) -> Any:
        """The array that a node stood for, computed again from what is still there, or None where it cannot be."""
        if node is None:
            return None
        if node.rule is None:
            owner = None if node.owner is None else node.owner()
            return None if owner is None else owner.data
        if node.name == "linear" and node.sources == (0, 1):
            b = self.value(node.parents[2])
            return self.k.linear(*node.saved, b) if (b is None) == (node.parents[2] is None) else None
        if node.name == "matmul" and node.sources == (0, 1):
            return self.k.matmul(*node.saved)
        if node.name == "add":
            a, b = map(self.value, node.parents)
            return None if a is None or b is None else a + b
        return None

    # ---- in words

    def words(self, node: Any) -> str:
        """Which step a node is, as a student would name it: "the linear of layer 0", "the relu after the matmul with w"."""
        names = self._parameters(node)
        if names:
            return f"the {node.name} {_whose(names)}"
        before = self._nearest(node)
        if before is not None:
            names = self._parameters(before)
            layer = names[0].rpartition(".")[0]
            return f"the {node.name} after {f'layer {layer}' if layer else f'the {before.name} {_whose(names)}'}"
        same = [n for n in self.order if n.name == node.name]
        return f"the {node.name}" + (f" (number {len(same) - same.index(node)})" if len(same) > 1 else "")

    def _parameters(self, node):
        found = []
        for p in node.parents:
            while p is not None and p.name in VIEWS and p.parents:
                p = p.parents[0]
            if p in self.name_of:
                found.append(self.name_of[p])
        return found

    def _nearest(self, node):
        """The first node that takes a parameter, on the way from this one down to its inputs."""
        seen, row = set(), [node]
        while row:
            for n in row:
                if n is not node and self._parameters(n):
                    return n
            row = [p for n in row for p in n.parents if p is not None and p not in seen and not seen.add(p)]
        return None


def _whose(names):
    """ "of layer 0" for 0.weight and 0.bias, "with W" for W."""
    layers = {name.rpartition(".")[0] for name in names}
    return f"of layer {layers.pop()}" if len(layers) == 1 and "" not in layers else f"with {' and '.join(names)}"
