"""What a graph holds, and what the walk does with it, step by step: for pictures and explanations.

`boxes(root)` reads the graph; `steps(root)` walks a copy of its nodes, with the engine's own walk, and notes what every rule
was given and gave. Nothing of the graph changes: no `.grad` is written, nothing is freed, and no node is touched, so that
another thread may walk it meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import Any, NamedTuple

from minigrad.graph import OUT, Node, Variable, walk
from minigrad.scalar.numbers import NUMBERS, like
from minigrad.scalar.value import Value
from minigrad.tensor import Tensor, lift
from minigrad.viz.graph.formula import Formula, formula, name
from minigrad.viz.graph.numbers import UNKNOWN


class Given(NamedTuple):
    """An operand without a graph: its name ("" for a number, which is its own), its data, and whether it is met here first."""

    name: str
    data: Any
    is_first: bool = False


class Box:
    """A node, for people: `name` (the label, or one of our own), `op` ("" for a leaf), `data` (as it was when it was computed;
    UNKNOWN where nobody kept it), `grad`, `shape` (None of a number), `parents` and `children`: boxes, once for each use; None
    for an operand without a graph, which stands in `given` {place: Given} if somebody kept it; `constants`: what the operation
    was given beside them; `place`: the path of the module that made it, or ""."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.parent_nodes, self.constants, self.arrays = node.parents, node.args, node.arrays
        self.rule, self.sources, self.saved = node.rule, node.sources, node.saved       # saved last: a walk that frees goes so
        if self.saved is None or self.rule is not None and not self.parent_nodes:
            raise RuntimeError("[draw] this graph was walked before and freed as it went: draw it before backward, or call "
                               "backward(retain_graph=True)")
        self.op = "" if self.rule is None and node.index < 0 else node.name
        self.name = ""
        self.data: Any = UNKNOWN
        self.grad: Any = None
        self.shape: tuple[int, ...] | None = None
        self.parents: list[Box | None] = []
        self.children: list[Box] = []
        self.given: dict[int, Given] = {}
        self.place = str(node.where.place or "") if node.where is not None else ""

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made it."""
        return not self.op

    def operand(self, i: int, in_numbers: bool) -> Formula:
        """Its i-th operand as a piece of a formula: by its name, or in numbers."""
        parent = self.parents[i]
        if parent is not None:
            return parent.itself(in_numbers)
        given = self.given.get(i)
        if given is None:
            return name("·")
        return _piece(given.name, given.data, in_numbers or not given.name, getattr(given.data, "shape", None))

    def itself(self, in_numbers: bool) -> Formula:
        """The box as a piece of a formula."""
        return _piece(self.name, self.data, in_numbers, () if isinstance(self.node, Value) else self.shape)

    def kept(self, in_numbers: bool) -> tuple[Formula, ...]:
        """What stands for what its rule saved."""
        return tuple(self.operand(s, in_numbers) if s >= 0 else self.itself(in_numbers) if s == OUT else name("y")
                     for s in self.sources)


def _piece(called, data, in_numbers, shape):
    """What nobody kept is a question mark."""
    return formula(data) if in_numbers and data is not UNKNOWN else name("?" if in_numbers else called, shape)


class Part(NamedTuple):
    """What a step gives to a parent: to whom, how much, at which of the operation's places; what it has now, how many parts are
    still to come, and the boxes that the next of them come from."""

    to: Box
    part: Any
    place: int
    total: Any
    left: int
    waits_for: list[Box]


class Step(NamedTuple):
    """One rule's turn: the gradient g had come together, and went on."""

    box: Box
    g: Any
    parts: list[Part]


def boxes(root: Value | Tensor, names: dict[str, Any] | None = None) -> list[Box]:
    """The boxes of everything that root was computed from, in the order of computation, root last.

    names: {name: Value or Tensor} for leaves, results and constants, where they have no label. TypeError for what is no Value
    or Tensor, RuntimeError for a graph that was walked and freed.
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
            made[node] = box = Box(node)
            stack.append((node, True))
            stack += [(p, False) for p in reversed(box.parent_nodes) if p is not None and p not in made]
    fixed = {box: Given("", box.node.data) for box in order[:-1] if box.rule is not None and not any(box.node.need)}
    order = [box for box in order if box not in fixed]          # a choice between numbers is one: it stands where it is used
    for box in order:
        box.parents = [None if p is None or made[p] in fixed else made[p] for p in box.parent_nodes]
        box.given = {i: fixed[made[p]] for i, p in enumerate(box.parent_nodes) if p is not None and made[p] in fixed}
        for parent in box.parents:
            if parent is not None:
                parent.children.append(box)
    _fill(root, order)
    _call_by_name(order, names or {})
    return order


def steps(root: Value | Tensor, order: list[Box], gradient: Any = None) -> list[Step]:
    """Walk the graph of `boxes(root)`, as backward does; the boxes get their gradients. gradient: what to start from (1)."""
    k = NUMBERS if isinstance(root, Value) else root.k
    turns: list[tuple[Box, Any, list[tuple[Box, Any, int]]]] = []
    copies: dict[Box | None, Any] = {None: None}
    for box in order:
        parents = tuple([copies[p] for p in box.parents])
        copy = Node(parents, box.node.need, _spy(box, turns), box.constants, box.saved, box.sources, box.arrays)
        for fact in ("stamp", "index", "outputs", "where", "sums"):        # but no hooks: a look calls nobody's function
            setattr(copy, fact, getattr(box.node, fact))
        copies[box] = copy
    seed = _seed(root, gradient)
    walk(copies[order[-1]], seed, k, lambda data, node: data, lambda node, g, shared: None, False, True)
    found, totals = _added_up(turns, k)
    for box in order:
        if box.is_leaf:
            box.grad = totals.get(box)
        elif box.node.index >= 0 and box.parents[0] is not None and isinstance(box.parents[0].grad, list):
            box.grad = box.parents[0].grad[box.node.index]                  # one of several results
    if order[-1].is_leaf:
        order[-1].grad = seed
    for box in order:
        if box.shape is None:
            box.shape = getattr(box.grad, "shape", None)
    return found


def _spy(box, turns):
    """The box's rule, which notes what it is given and gives."""
    rule: Callable[..., Any] | None = box.rule
    if rule is None:
        return None

    @wraps(rule)
    def spied(k: Any, g: Any, need: tuple[bool, ...], *saved: Any) -> Any:
        parts = tuple(rule(k, g, need, *saved))
        box.grad = g
        turns.append((box, g, [(parent, part, i) for i, (parent, part) in enumerate(zip(box.parents, parts))
                               if parent is not None and part is not None]))
        return parts

    return spied


NAMED = 4           # those of whom a number waits that are named


def _added_up(turns, k):
    """([Step], {box: all that it got}): each part with what its parent has then, and whose parts are still to come."""
    uses: dict[Box, list[Box]] = {}
    for box, _, parts in turns:
        for parent, _, _ in parts:
            uses.setdefault(parent, []).append(box)
    totals: dict[Box, Any] = {}
    came: dict[Box, int] = {}
    found = []
    for box, g, parts in turns:
        gone = []
        for parent, part, place in parts:
            before, n = totals.get(parent), came.get(parent, 0) + 1
            totals[parent], came[parent] = part if before is None else k.add(before, part), n
            gone.append(Part(parent, part, place, totals[parent], len(uses[parent]) - n, uses[parent][n:n + NAMED]))
        found.append(Step(box, g, gone))
    return found, totals


def _seed(root, gradient):
    if gradient is None:
        return like(1, root.data) if isinstance(root, Value) else root._ones()
    return gradient.data if isinstance(gradient, (Value, Variable)) else gradient if isinstance(root, Value) else lift(
        gradient, root).data


def _node(root):
    if isinstance(root, Value):
        return root
    if not isinstance(root, Variable):
        raise TypeError(f"[draw] expected a Value or a Tensor, found {type(root).__name__}: give the result of a computation")
    if root.node is None:
        raise RuntimeError("[draw] this tensor has no graph: none of what it was computed from requires grad, or it was "
                           "computed under no_grad")
    return root.node


def _fill(root, order):
    """The data of each box, as far as somebody holds it: the user, or a rule that needs it, which knows what it was."""
    for box in order:
        if isinstance(root, Value):
            box.data = box.node.data
            continue
        owner = box.node.owner() if box.node.owner is not None else None
        box.data = owner._data if owner is not None else root.data if box is order[-1] else UNKNOWN
    for box in order:
        for array, source in zip(box.saved, box.sources):
            if source >= 0:
                parent = box.parents[source]
                if parent is None:
                    box.given[source] = Given("", array)
                else:
                    parent.data = array
            elif source == OUT and not box.node.outputs:
                box.data = array
        if isinstance(root, Value) and box.arrays and None in box.parent_nodes:
            box.given[box.parent_nodes.index(None)] = Given("", box.arrays[0])
        elif isinstance(root, Value) and box.op == "where":
            box.given[0] = Given("", box.constants[0])
    for box in order:
        box.shape = getattr(box.data, "shape", None)


def _call_by_name(order, names):
    """Labels, given names, or numbers: v1, v2 ... in the order of computation; c1, c2 ... for constant arrays."""
    if wrong := [name for name, v in names.items() if not isinstance(name, str) or not isinstance(v, (Value, Variable))]:
        raise TypeError(f"[draw] names must be {{name: Value or Tensor}}, found {wrong[0]!r}: {names[wrong[0]]!r}")
    given = {(v if isinstance(v, Value) else v.node): name for name, v in names.items() if getattr(v, "node", v) is not None}
    taken = {label for box in order if (label := getattr(box.node, "label", ""))} | set(names)
    free = {letter: filter(lambda name: name not in taken, map(f"{letter}{{}}".format, count(1))) for letter in "vc"}
    used: set[str] = set()
    met: set[int] = set()
    constants = {id(v.data): name for name, v in names.items() if isinstance(v, Variable) and v.node is None}
    for box in order:
        box.name = getattr(box.node, "label", "") or given.get(box.node, "")
        while box.name and box.name in used:
            box.name += "'"                     # two of one label
        used.add(box.name)
        box.name = box.name or next(free["v"])
        for i, operand in box.given.items():
            if math.prod(getattr(operand.data, "shape", ())) > 1:
                at = id(operand.data)
                if at not in constants:
                    constants[at] = next(free["c"])
                box.given[i] = Given(constants[at], operand.data, at not in met)
                met.add(at)
