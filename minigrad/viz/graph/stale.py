"""What was written since the graph was computed: numbers of then and numbers of now are not to stand side by side unsaid.

A number that a rule saved is known as it was. Of one that nobody saved, a write shows in two ways: tensors count their writes
in place; and an operation, computed again from the numbers that are there, gives something else.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np

from minigrad.graph import Node, walk
from minigrad.scalar.numbers import NUMBERS
from minigrad.scalar.value import Value
from minigrad.viz.graph.numbers import UNKNOWN, on_host, short

FORWARD = {"mul_by_constant": "mul", "div_by_constant": "div", "power_of_constant": "power",
           "matmul_rule": "matmul"}
LARGE = 1_000_000       # numbers of an operand: nobody looks at them one by one
REMEDY = "Compute the result again to have it explained with the numbers of now."


def notes(root: Any, order: list[Any]) -> list[str]:
    """What to say of boxes that were written to since: a sentence for each. Their `data` becomes what it was, or UNKNOWN."""
    k = NUMBERS if isinstance(root, Value) else root.k
    saved = {box.parents[s] if s >= 0 else box for box in order for s in box.sources if s >= 0 or not box.node.outputs}
    found = []
    for box in order:
        now = box.node.data if isinstance(root, Value) else _of_owner(box)
        if now is UNKNOWN:
            continue
        if box in saved and not _same(box.data, now):
            found.append(f"{box.name} is {short(now)} now; when the result was computed it was {short(box.data)}, and the "
                         f"rules use that. {REMEDY}")
        elif not isinstance(root, Value) and _written(k, box, now):
            found.append(f"{box.name} was written to since the result was computed; what it was then, nobody kept. {REMEDY}")
            box.data = UNKNOWN
    for box in order:
        again = _again(k, box)
        if again is not UNKNOWN and box.data is not UNKNOWN and not _same(again, box.data):
            leaves = [other for other in dict.fromkeys(box.parents) if other is not None and other.is_leaf]
            sure = saved if isinstance(root, Value) else ()         # of an array a rule holds what anybody may have written to
            suspects = [other for other in (*leaves, box) if other not in sure] or [box]
            found.append(f"{box.name} = {short(box.data)} does not follow from the numbers of now, which give {short(again)}: "
                         f"{' or '.join(other.name for other in suspects)} was written to since. {REMEDY}")
            for other in suspects[:-1] or suspects:                 # a result is rarely written to
                if other not in saved:
                    other.data = UNKNOWN
    return list(dict.fromkeys(found))


def _of_owner(box):
    owner = box.node.owner() if box.node.owner is not None else None
    return UNKNOWN if owner is None else owner._data


def _same(a, b):
    """Equal, NaN to NaN; floats up to the rounding of another order of the same sum."""
    if a is b or a is UNKNOWN or b is UNKNOWN:
        return True
    if hasattr(a, "dtype"):
        a, b = on_host(a), on_host(b)
        near = 64 * np.finfo(a.dtype).eps if a.dtype.kind in "fc" else 0
        return a.shape == b.shape and bool(np.allclose(a, b, near, near * np.abs(a).max(initial=0), equal_nan=True))
    if a == b or a != a and b != b:
        return True
    try:
        return math.isclose(a, b, rel_tol=1e-12)
    except TypeError:                   # complex numbers, expressions
        return False


def _written(k, box, array):
    """Whether an array was written in place after something was computed from it: a walk refuses the rule that saved it."""
    for child in set(box.children) or {box}:
        if child.node.stamp == Node().stamp:            # none since, of any array
            continue
        probe = Node((Node(),), (True,), lambda k, g, need: (None,), (), (), (), (array,))
        probe.stamp = child.node.stamp
        try:
            walk(probe, array, k, lambda data, node: data, lambda node, g, shared: None, False, True)
        except RuntimeError:
            return True
    return False


def _again(k, box):
    """The operation's result from the data that its operands have now; UNKNOWN where that is not to be had."""
    rule = box.rule
    if rule is None or not (rule.__module__.startswith("minigrad.rules") or rule.__module__ == "minigrad.declare"
                            or rule.__name__ == "matmul_rule"):
        return UNKNOWN
    kernel: Any = getattr(k, FORWARD.get(rule.__name__, rule.__name__), None)
    operands = [parent.data if parent is not None else box.given[i].data if i in box.given else UNKNOWN
                for i, parent in enumerate(box.parents)]
    if kernel is None or rule.__name__ in ("where", "relu_at_zero", "clip"):
        return UNKNOWN
    if any(x is UNKNOWN or isinstance(x, Decimal) or math.prod(getattr(x, "shape", ())) > LARGE for x in operands):
        return UNKNOWN                  # Decimals are as precise as their context was then
    args = () if rule.__module__ == "minigrad.declare" else box.constants
    try:
        return kernel(*operands, *args)
    except (ArithmeticError, ValueError, TypeError):
        return UNKNOWN
