"""A layered layout (K. Sugiyama, S. Tagawa and M. Toda, 1981): every arrow points to the right.

Nodes stand in columns, each to the right of all that it needs, leaves next to what needs them first. An arrow over several
columns has a bend in each. The order within a column is improved by sweeps (the mean place of a node's neighbours), then the
heights are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

SWEEPS = 8
GAP_X, GAP_Y = 46.0, 16.0
LIGHT = 0.001           # how much the wish of a node without tails weighs


class Placed(NamedTuple):
    """positions: {node: (x, y) of its centre}; width, height: of it all.

    columns: from left to right, the nodes and bends of each from top to bottom; chains: {(tail, head, which of several): the
    nodes and bends that the arrow passes}; centres: positions, and where the bends are; wide: {node or bend: how wide its
    column is}. An arrow is straight from one side of a column that it passes to the other, so it meets no box.
    """

    positions: dict[Any, tuple[float, float]]
    width: float
    height: float
    columns: list[list[Any]]
    chains: dict[tuple[Any, Any, int], list[Any]]
    centres: dict[Any, tuple[float, float]]
    wide: dict[Any, float]


def layout(sizes: Mapping[Any, tuple[float, float]], edges: Sequence[tuple[Any, Any]], first: Collection[Any] = (),
           last: Collection[Any] = ()) -> Placed:
    """sizes: {node: (width, height)}, every tail before its heads; edges: (tail, head). first, last: nodes without tails that
    stand in the first column, and without heads that stand in the last."""
    column = columns_of(sizes, edges, first, last)
    size = dict(sizes)
    chains: dict[tuple[Any, Any, int], list[Any]] = {}
    links: list[tuple[Hashable, Hashable]] = []
    many: Counter[tuple[Hashable, Hashable]] = Counter()
    for n, (tail, head) in enumerate(edges):
        bends = [("bend", n, i) for i in range(column[tail] + 1, column[head])]
        for i, bend in enumerate(bends, column[tail] + 1):
            size[bend], column[bend] = (0.0, 4.0), i
        chain = [tail, *bends, head]
        chains[tail, head, many[tail, head]] = chain
        many[tail, head] += 1
        links += pairwise(chain)
    columns: list[list[Hashable]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    for node in size:
        columns[column[node]].append(node)
    before: dict[Hashable, list[Hashable]] = {node: [] for node in size}
    after: dict[Hashable, list[Hashable]] = {node: [] for node in size}
    for tail, head in links:
        before[head].append(tail)
        after[tail].append(head)
    _order(columns, before, after)
    y = _heights(columns, before, after, size)
    x, wide, left = {}, {}, 0.0
    for nodes in columns:
        widest = max((size[node][0] for node in nodes), default=0.0)
        wide.update(dict.fromkeys(nodes, widest))
        x.update(dict.fromkeys(nodes, left + widest / 2))
        left += widest + GAP_X
    top = min((y[node] - size[node][1] / 2 for node in size), default=0.0)
    centre = {node: (x[node], y[node] - top) for node in size}
    height = max((centre[node][1] + size[node][1] / 2 for node in size), default=0.0)
    return Placed({node: centre[node] for node in sizes}, left - GAP_X, height, columns, chains, centre, wide)


def columns_of(nodes: Collection[Any], edges: Sequence[tuple[Any, Any]], first: Collection[Any] = (),
               last: Collection[Any] = ()) -> dict[Any, int]:
    """{node: its column, from 0}."""
    column = dict.fromkeys(nodes, 0)
    heads: dict[Hashable, list[Hashable]] = {node: [] for node in nodes}
    tails: dict[Hashable, list[Hashable]] = {node: [] for node in nodes}
    for tail, head in edges:
        heads[tail].append(head)
        tails[head].append(tail)
    for node in nodes:
        column[node] = max((column[tail] + 1 for tail in tails[node]), default=0)
    end = max((column[node] + (node not in last) for node in nodes), default=0) if last else 0
    column.update(dict.fromkeys(last, end))
    pinned = set(first)
    for node in reversed(list(nodes)):
        if not tails[node] and heads[node] and node not in pinned:
            column[node] = min(column[head] for head in heads[node]) - 1
    return column


def _order(columns, before, after):
    """Sort each column by the mean place of the neighbours in the one before, then in the one after, and so on."""
    for sweep in range(SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        neighbours = before if step == 1 else after
        for i in range(1, len(columns)) if step == 1 else range(len(columns) - 2, -1, -1):
            if len(columns[i]) == 1:
                continue
            place = {node: j for j, node in enumerate(columns[i - step])}
            keys = {}
            for j, node in enumerate(columns[i]):
                near = [place[n] for n in neighbours[node]]
                keys[node] = sum(near) / len(near) if near else j
            columns[i].sort(key=keys.__getitem__)


def _heights(columns, before, after, size):
    """y of each node's centre: near the mean of its neighbours, none on another. What has no tails makes way for the rest."""
    y, weight = {}, {node: 1.0 if near else LIGHT for node, near in before.items()}
    pulls = {node: [n for n in near if weight[n] == 1.0] or near for node, near in before.items()}
    for nodes in columns:
        top = 0.0
        for node in nodes:
            y[node] = top + size[node][1] / 2
            top += size[node][1] + GAP_Y
        for node in nodes:
            y[node] -= (top - GAP_Y) / 2
    for sweep in range(2 * SWEEPS):
        forth = sweep % 2 == 0
        for nodes in columns if forth else reversed(columns):
            wanted = {}
            for node in nodes:
                near = [y[n] for n in (pulls if forth else after)[node]] or [y[node]]
                wanted[node] = sum(near) / len(near)
            _apart(nodes, wanted, weight, y, size)
    return y


def _apart(nodes, wanted, weight, y, size):
    """Move a column's nodes to where they want to be, as far as their order and sizes let them: blocks that touch share the
    mean of their wishes."""
    blocks: list[list] = []                     # [sum of wishes for the block's first node, of weights, nodes, offsets]
    for node in nodes:
        block = [wanted[node] * weight[node], weight[node], [node], [0.0]]
        while blocks:
            last = blocks[-1]
            apart = (size[last[2][-1]][1] + size[block[2][0]][1]) / 2 + GAP_Y
            if last[0] / last[1] + last[3][-1] + apart <= block[0] / block[1]:
                break
            shift = last[3][-1] + apart
            last[0] += block[0] - shift * block[1]
            last[1] += block[1]
            last[2] += block[2]                 # in place: the block before is the long one
            last[3] += [shift + o for o in block[3]]
            block = blocks.pop()
        blocks.append(block)
    for total, weights, members, offsets in blocks:
        for node, offset in zip(members, offsets):
            y[node] = total / weights + offset
