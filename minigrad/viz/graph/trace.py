"""What a graph holds, and what the walk does with it, step by step: for pictures and explanations.

`boxes(root)` reads the graph; `steps(root)` walks it, with the engine's own walk, and notes what every rule was given and gave.
Nothing of the graph changes: no `.grad` is written and nothing is freed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from minigrad.graph import Variable, walk
from minigrad.scalar.numbers import NUMBERS, like
from minigrad.scalar.value import Value
from minigrad.tensor import Tensor
from minigrad.viz.graph.numbers import bracketed

UNKNOWN = object()          # a number that nobody kept


class Box:
    """A node, for people: `name` (the label, or one of our own), `op` ("" for a leaf), `data` (UNKNOWN where nobody kept it),
    `grad`, `shape` (None of a number), `parents` and `children`: boxes, once for each use; None for a number without a graph,
    which is written in `given` {place: text} if somebody kept it; `constants`: what the operation was given beside them;
    `place`: the path of the module that made it, or ""."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.op = "" if node.rule is None and node.index < 0 else node.name
        self.name = self.text = ""
        self.data: Any = UNKNOWN
        self.grad: Any = None
        self.shape: tuple[int, ...] | None = None
        self.parents: list[Box | None] = []
        self.children: list[Box] = []
        self.given: dict[int, str] = {}
        self.constants: tuple[Any, ...] = node.args if node.rule is not None else ()
        self.place = str(node.where.place or "") if node.where is not None else ""

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made it."""
        return not self.op


class Step(NamedTuple):
    """One rule's turn: the gradient g had come together, and went on to each parent: (box, part, what it has now, how many
    parts it still waits for)."""

    box: Box
    g: Any
    parts: list[tuple[Box, Any, Any, int]]


def boxes(root: Value | Tensor, names: dict[str, Any] | None = None) -> list[Box]:
    """The boxes of everything that root was computed from, in the order of computation, root last.

    names: {name: Value or Tensor} for leaves and results, where they have no label. TypeError for what is no Value or Tensor,
    RuntimeError for a graph that was walked and freed.
    """
    node = _node(root)
    made: dict[Any, Box] = {}
    order: list[Box] = []
    stack: list[tuple[Any, bool]] = [(node, False)]
    while stack:
        node, entered = stack.pop()
        if entered:
            order.append(made[node])
        elif node not in made:
            if node.saved is None:
                raise RuntimeError("[draw] this graph was walked before and freed as it went: draw it before backward, or call "
                                   "backward(retain_graph=True)")
            made[node] = Box(node)
            stack.append((node, True))
            stack += [(p, False) for p in reversed(node.parents) if p is not None and p not in made]
    for box in order:
        box.parents = [None if p is None else made[p] for p in box.node.parents]
        for parent in box.parents:
            if parent is not None:
                parent.children.append(box)
    _fill(root, order, made)
    for box in order:
        box.given = dict(_constants(box))
    _call_by_name(order, names or {})
    return order


def steps(root: Value | Tensor, order: list[Box], gradient: Any = None) -> list[Step]:
    """Walk the graph of `boxes(root)`, as backward does; the boxes get their gradients. gradient: what to start from (1)."""
    made = {box.node: box for box in order}
    found: list[Step] = []
    totals: dict[Box, Any] = {}
    waiting = {box: sum(p is box for child in set(box.children) for p in child.parents) for box in order}
    rules = {box.node: box.node.rule for box in order if box.node.rule is not None}
    hooks = {box.node: box.node.hooks for box in order if box.node.hooks is not None}       # a look calls nobody's function

    def spy(box: Box, rule: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(rule)
        def spied(k: Any, g: Any, need: tuple[bool, ...], *saved: Any) -> Any:
            parts = tuple(rule(k, g, need, *saved))
            box.grad = g
            gone = []
            for parent, part in zip(box.parents, parts):
                if parent is None:
                    continue
                waiting[parent] -= 1
                if part is not None:
                    before = totals.get(parent)
                    totals[parent] = part if before is None else k.add(before, part)
                    gone.append((parent, part, totals[parent], waiting[parent]))
            found.append(Step(box, g, gone))
            return parts

        return spied

    seed = _seed(root, gradient)
    k = NUMBERS if isinstance(root, Value) else root.k
    try:
        for node, rule in rules.items():
            node.rule = spy(made[node], rule)
        for node in hooks:
            node.hooks = None
        walk(_node(root), seed, k, lambda data, node: data, lambda node, g, shared: None, False, True)
    finally:
        for node, rule in rules.items():
            node.rule = rule
        for node, theirs in hooks.items():
            node.hooks = theirs
    for box in order:
        if box.is_leaf:
            box.grad = totals.get(box)
        elif box.node.index >= 0 and box.parents[0] is not None and isinstance(box.parents[0].grad, list):
            box.grad = box.parents[0].grad[box.node.index]                  # one of several results
    if order[-1].is_leaf:
        order[-1].grad = seed
    return found


def _seed(root, gradient):
    if gradient is not None:
        return gradient
    return like(1, root.data) if isinstance(root, Value) else root._ones()


def _node(root):
    if isinstance(root, Value):
        return root
    if not isinstance(root, Variable):
        raise TypeError(f"[draw] expected a Value or a Tensor, found {type(root).__name__}: give the result of a computation")
    if root.node is None:
        raise RuntimeError("[draw] this tensor has no graph: none of what it was computed from requires grad, or it was "
                           "computed under no_grad")
    return root.node


def _fill(root, order, made):
    """The data of each box, as far as somebody holds it: the user, or a rule that needs it."""
    if isinstance(root, Value):
        for box in order:
            box.data = box.node.data
        return
    made[root.node].data = root.data
    for box in order:
        node = box.node
        owner = node.owner() if node.owner is not None else None
        if owner is not None:
            box.data = owner._data
        for array, source in zip(node.saved, node.sources):
            if source >= 0 and box.parents[source] is not None:
                box.parents[source].data = array
            elif source == -1 and not node.outputs:
                box.data = array
    for box in order:
        box.shape = getattr(box.data, "shape", None)


def _constants(box):
    """(place, text) of the operands without a graph, if they were kept: by the rule, or by the Value."""
    node = box.node
    for i, parent in enumerate(box.parents):
        if parent is not None:
            continue
        kept = [a for a, source in zip(node.saved, node.sources) if source == i]
        if isinstance(node, Value):
            kept += node.arrays
        if kept:
            yield i, bracketed(kept[0])


def _call_by_name(order, names):
    """Labels, given names, or numbers: v1, v2 ... in the order of computation."""
    if wrong := [name for name, v in names.items() if not isinstance(name, str) or not isinstance(v, (Value, Variable))]:
        raise TypeError(f"[draw] names must be {{name: Value or Tensor}}, found {wrong[0]!r}: {names[wrong[0]]!r}")
    given = {(v if isinstance(v, Value) else v.node): name for name, v in names.items() if getattr(v, "node", v) is not None}
    taken = {label for box in order if (label := getattr(box.node, "label", ""))} | set(names)
    number = 0
    used: set[str] = set()
    for box in order:
        box.name = getattr(box.node, "label", "") or given.get(box.node, "")
        while box.name and box.name in used:
            box.name += "'"                     # two of one label
        used.add(box.name)
        while not box.name:
            number += 1
            name = f"v{number}"
            if name not in taken:
                box.name = name
