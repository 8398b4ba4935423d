"""Arrays beside arrays: the findings of one result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from minigrad.testing.homework.diagnose import diagnose
from minigrad.testing.homework.graph import Graph
from minigrad.testing.homework.planted import Planted, planted
from minigrad.testing.homework.report import Finding
from minigrad.testing.mistakes import errors_of


class Places(NamedTuple):
    """names: where each gradient stands in the report, (layer, parameter); problems: findings that are there already."""

    names: Mapping[str, tuple[str, str]]
    problems: Mapping[str, Finding]


def compared(mine: Mapping[str, Any], graph: Graph, places: Places, sizes: Iterable[int], tolerance: float | None,
             more: Callable[[], Iterator[Planted]] = lambda: iter(()), upstream: bool = False
             ) -> tuple[tuple[Finding, ...], list[str]]:
    """(a finding for every gradient, notes). more: mistakes to look for besides those of the graph."""
    right = graph.gradients()
    there = {name: right[name] for name in right if name in mine}
    found = diagnose(mine, there, _only(chain(planted(graph, upstream), more()), there), sizes, tolerance)
    findings, first = [], {}
    for name in reversed(list(right)):
        layer, parameter = places.names[name]
        d = found.get(name)
        if d is None or (name in places.problems and d.name == "right"):
            problem = places.problems[name]
            cause = problem.name if problem.name == "db and dw swapped" else None
        else:
            a, b = mine[name], right[name]
            entry, mine_there, right_there = (None,) * 3 if d.name == "right" or a.shape != b.shape else _worst(a, b)
            problem = Finding(layer, parameter, d.name, d.sentence, entry, mine_there, right_there, d.step)
            cause = d.cause
        if cause is not None:
            same = first.setdefault(cause, problem.place)
            problem = problem if same == problem.place else replace(problem, same_as=same)
        findings.append(problem)
    return tuple(reversed(findings)), _notes(graph, right)


def _only(mistakes, names):
    """The planted mistakes, of the gradients that are there."""
    for m in mistakes:
        yield m._replace(gradients={name: m.gradients[name] for name in names})


def _worst(a, b):
    """(index, mine, right) of the entry that is farthest off."""
    errors = errors_of(a.astype(np.float64), b.astype(np.float64))
    index = tuple(int(n) for n in np.unravel_index(int(np.argmax(errors)), errors.shape))
    return index, float(a[index]), float(b[index])


def _notes(graph, right):
    """What mistakes these numbers could not show."""
    notes = [f"every unit of {graph.words(node)} is on here, so a forgotten mask would not show: check with another x as well."
             for node in graph.order if node.name == "relu" and node.saved[0].size and (node.saved[0] > 0).all()]
    zero = [name for name, b in right.items() if b.size and not b.any()]
    if zero:
        notes.append(f"the right gradient of {', '.join(zero)} is 0 everywhere here, so little can show: check with another x, "
                     "or other weights, as well.")
    return notes
