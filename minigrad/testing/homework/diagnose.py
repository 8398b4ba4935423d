"""Which mistake is it? The student's gradients, all of them together, beside the right ones and beside every planted mistake.

One mistake often shows in many gradients: in every layer below the step where it was made. So the mistake that explains all
that is wrong, and leaves what is right as it is, comes before one that explains a single array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from minigrad.testing.homework.planted import Planted
from minigrad.testing.homework.steps import simple_step
from minigrad.testing.mistakes import Explanation, agrees, explain_mismatch

# What needs no look at the network: no coincidence makes these fit, in every entry.
SURE = {"sign", "twice", "half", "missing 1/N", "1/N too much", "transposed", "not summed", "not averaged", "zero", "none",
        "not finite", "one example", "reshaped"}
OTHER = "the right one"


class Diagnosis(NamedTuple):
    """name, sentence, step: as of a Finding. cause: what several gradients have in common if it is one mistake, else None."""

    name: str
    sentence: str
    step: str
    cause: Any = None


def diagnose(mine: Mapping[str, Any], right: Mapping[str, np.ndarray], mistakes: Iterable[Planted], sizes: Iterable[int],
             tolerance: float | None = None) -> dict[str, Diagnosis]:
    """{name: Diagnosis} for the gradients of one result; those that are right are called "right"."""
    sizes = tuple(sizes)
    simple = {name: explain_mismatch(mine[name], right[name], sizes=sizes, tolerance=tolerance) for name in right}
    found = {name: Diagnosis("right", e.sentence, "") for name, e in simple.items() if e.right}
    wrong = [name for name in right if name not in found]
    names = {simple[name].name for name in wrong}
    if not wrong or len(names) == 1 and _sure(simple[wrong[0]]):
        return found | {name: _simple(simple[name], cause=simple[name].name) for name in wrong}

    mistakes = [m for m in mistakes if any(not _agree(m.gradients[name], right[name], tolerance) for name in right)]
    for m in mistakes:
        if all(_agree(mine[name], m.gradients[name], tolerance) for name in right):
            return found | {name: _planted(m) for name in wrong}
    shifted = _shifted(mine, right, tolerance)
    if shifted:
        return found | dict.fromkeys(wrong, shifted)
    fits = {name: [(m, e) for m in mistakes if (e := _fit(mine[name], m.gradients[name], right[name], sizes, tolerance))]
            for name in wrong}
    count: dict[tuple[int, str], int] = {}                  # how many gradients a mistake explains, with what beside it
    for pairs in fits.values():
        for m, e in pairs:
            count[id(m), e.name] = count.get((id(m), e.name), 0) + 1
    for name in wrong:
        if _sure(simple[name]):
            found[name] = _simple(simple[name], cause=simple[name].name)
        elif fits[name]:
            m, e = max(fits[name], key=lambda pair: (count[id(pair[0]), pair[1].name], pair[1].right))
            found[name] = _planted(m, e)
        else:
            found[name] = _another(name, mine, right, tolerance) or _simple(simple[name])
    return {name: found[name] for name in right}


def _sure(e: Explanation) -> bool:
    return set(e.name.split(", ")) <= SURE


def _simple(e: Explanation, cause: Any = None) -> Diagnosis:
    return Diagnosis(e.name, e.sentence.replace("the engine's", OTHER), simple_step(e.name), cause)


def _planted(m: Planted, e: Explanation | None = None) -> Diagnosis:
    also, step = "", m.step
    if e is not None and not e.right:
        then = e.sentence.removeprefix("It ").removesuffix(".").replace("the engine's", "that")
        also, step = f"; and what was handed in {then}", f"{m.step}; and {simple_step(e.name)}"
    name = m.name if not also or e is None else f"{m.name}, {e.name}"
    return Diagnosis(name, f"It is what comes out if {m.sentence}{also}.", step, cause=(m.name, m.sentence, name))


def _agree(a: Any, b: np.ndarray, tolerance: float | None) -> bool:
    return a is not None and agrees(a, b, tolerance)


def _fit(a: Any, planted: np.ndarray, right: np.ndarray, sizes: Any, tolerance: float | None) -> Explanation | None:
    """Whether a planted mistake makes a of the right gradient, alone or with a simple mistake beside it."""
    if a is None or agrees(planted, right) or not planted.any():
        return None
    e = explain_mismatch(a, planted, sizes=sizes, tolerance=tolerance)
    return e if e.right or (_sure(e) and np.count_nonzero(planted) > 2) else None


# ---- the right numbers in another's place

def _shifted(mine, right, tolerance):
    """Lists of gradients that are right, but of the layer before or after, or in the reverse order."""
    kinds: dict[str, list[str]] = {}
    for name in right:
        kinds.setdefault(name.rpartition(".")[2], []).append(name)
    layers = {len(names) for names in kinds.values()}
    if len(layers) != 1 or (n := layers.pop()) < 2:
        return None

    def agrees(order):
        pairs = [(names[i], names[j]) for names in kinds.values() for i, j in order]
        return all(_agree(_vector(mine[a], right[b]), right[b], tolerance) for a, b in pairs)

    if agrees([(i, n - 1 - i) for i in range(n)]):
        return Diagnosis("layers in reverse", "The gradients are right, but the last layer's comes first.",
                         "the order of the lists: the first entry belongs to the first layer", "reverse")
    for shift, words in ((1, "the layer after"), (-1, "the layer before")):
        if agrees([(i, i + shift) for i in range(n) if 0 <= i + shift < n]):
            return Diagnosis("shifted by one layer", f"It is, in every layer, the right gradient of {words}.",
                             "the index of the layers on the way back: delta of layer l goes with the inputs of layer l",
                             ("shift", shift))
    return None


def _vector(a, b):
    """A column for a vector of another length than was expected in its place."""
    return a.reshape(-1) if a.ndim == 2 and 1 in a.shape and b.ndim == 1 else a


def _another(name, mine, right, tolerance):
    """The right gradient of another parameter."""
    for other, b in right.items():
        if other != name and b.size > 1 and _agree(mine[name], b, tolerance):
            return Diagnosis("another's gradient", f"It is the right gradient of {other}.",
                             f"which gradient is returned where: {name} got that of {other}")
    return None
