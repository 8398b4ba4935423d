"""What a picture holds: tiles, the arrows between them, and tiles that hold such a scene themselves (modules).

A scene is laid out by itself. An arrow that leads into a module ends at a port on its left side and goes on from there inside;
so a module can be folded, which moves what stands beside it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minigrad.viz.graph.layout import Placed, columns_of, layout
from minigrad.viz.graph.modules import Chain
from minigrad.viz.graph.numbers import shape
from minigrad.viz.graph.trace import Box

LETTER, LINE, MARGIN = 6.7, 15.0, 9.0           # pixels of the font at 11 px, and around a box's text
TITLE = 22.0                                    # of an open module, above what is in it
HEAD, DATA, GRADIENT = ' font-weight="bold"', "", ' fill="#aa3377" class="gradient"'        # what a line of a box looks like
MOST_BENDS = 4000                               # in the arrows of one scene
NEAR_LEAF, FEW = 3, 4                           # a leaf that is used more often is drawn again beyond so many columns


class Tile:
    """A box of the picture. lines: (text, what it looks like). kind: "leaf", "operation", "root", "module", or "again", a name
    that stands for one far away. number: of the operation or leaf that it is."""

    def __init__(self, lines: list[tuple[str, str]], kind: str, scene: Scene | None = None, number: int = -1) -> None:
        self.lines, self.kind, self.scene, self.number = lines, kind, scene, number
        self.stands_for = number    # whose arrows begin here
        self.open = False
        self.place = 0              # among all of the picture

    @property
    def closed_size(self) -> tuple[float, float]:
        """(width, height) of a box with these lines."""
        return (max(len(line) for line, _ in self.lines) * LETTER + 2 * MARGIN, len(self.lines) * LINE + MARGIN)

    @property
    def size(self) -> tuple[float, float]:
        """(width, height), of an open module with what is in it."""
        if self.scene is None or not self.open:
            return self.closed_size
        width, height = self.scene.placed.width, self.scene.placed.height
        return max(width + 2 * MARGIN, self.title_width), height + TITLE + MARGIN

    @property
    def title_width(self) -> float:
        """How wide an open module must be for its name."""
        return len(self.lines[0][0]) * LETTER + 2 * MARGIN


class Port:
    """Where an arrow from outside goes on, or one to the outside leaves."""

    def __init__(self, tail: Any) -> None:
        self.tail = tail


class Scene:
    """tiles: in an order in which every tail comes before its heads; edges: (tail, head, the box at its beginning); entries,
    exits: {the box at an arrow's beginning: its Port}."""

    def __init__(self) -> None:
        self.tiles: list[Tile] = []
        self.edges: list[tuple[Tile | Port, Tile | Port, Any]] = []
        self.entries: dict[Any, Port] = {}
        self.exits: dict[Any, Port] = {}
        self.placed: Placed
        self.tails: list[Any] = []              # of the edges as they were laid out

    def all_tiles(self) -> Iterable[Tile]:
        """Those of modules inside, too."""
        for tile in self.tiles:
            yield tile
            if tile.scene is not None:
                yield from tile.scene.all_tiles()

    def arrange(self) -> None:
        """Lay it out, what is inside first."""
        for tile in self.tiles:
            if tile.scene is not None:
                tile.scene.arrange()
        tiles, edges = self._near()
        nodes: dict[Any, tuple[float, float]] = dict.fromkeys(self.entries.values(), (0.0, 4.0))
        nodes |= {tile: tile.size for tile in tiles}
        nodes |= dict.fromkeys(self.exits.values(), (0.0, 4.0))
        self.tiles, self.tails = tiles, [tail for *_, tail in edges]
        self.placed = layout(nodes, [edge[:2] for edge in edges], self.entries.values(), self.exits.values())
        self.edges = edges

    def _near(self):
        """(tiles, edges) in which a name stands for what is far away: beside a leaf's distant uses, where it is used often; and
        for whatever else would need too many bends."""
        nodes = [*self.entries.values(), *self.tiles, *self.exits.values()]
        column = columns_of(nodes, [edge[:2] for edge in self.edges], self.entries.values(), self.exits.values())
        uses: dict[Any, int] = {}
        for tail, *_ in self.edges:
            uses[tail] = uses.get(tail, 0) + 1

        def is_far(edge, reach):
            tail, head, _ = edge
            if not isinstance(tail, Tile):
                return False
            span = column[head] - column[tail]
            return span > reach or tail.kind == "leaf" and uses[tail] > FEW and span > NEAR_LEAF

        for reach in (40, 12, 4, 2):
            far = [edge for edge in self.edges if is_far(edge, reach)]
            bends = sum(column[head] - column[tail] - 1 for tail, head, _ in self.edges) - sum(
                column[head] - column[tail] - 1 for tail, head, _ in far)
            if bends <= MOST_BENDS:
                break
        stand: dict[Any, Tile] = {}
        edges = []
        taken = set(map(id, far))
        for edge in self.edges:
            tail, head, box = edge
            if id(edge) in taken:
                key = tail, column[head]
                again = stand.setdefault(key, Tile([(name_of(tail, box), DATA)], "again"))
                again.stands_for, tail = tail.number, again
            edges.append((tail, head, box))
        return [*stand.values(), *self.tiles], edges


def name_of(tile: Tile, box: Any) -> str:
    """What an arrow's beginning is called elsewhere."""
    return box.name if tile.kind != "module" else f"{box.name} of {tile.lines[0][0]}"


def scene_of(order: list[Box], chains: dict[Box, Chain], tiles: dict[Box, Tile]) -> Scene:
    """The scene of these boxes. tiles: what stands for each; chains: the modules around it, the outermost first."""
    held: dict[Chain, list[Box]] = {}
    for box in order:
        for i in range(len(chains[box])):
            held.setdefault(chains[box][:i + 1], []).append(box)
    dissolved = {group for group, boxes in held.items() if len(boxes) == 1}
    while True:
        chain = {box: _kept(chains[box], dissolved) for box in order}
        circles = _circles(order, chain, held)
        if not circles:
            return _made(order, chain, tiles, held)
        dissolved |= circles


def _kept(chain, dissolved):
    """The groups around a box that are boxes of the picture."""
    return tuple(chain[:i + 1] for i in range(len(chain)) if chain[:i + 1] not in dissolved)


def _places(order, chain):
    """For each arrow (tail, head): the two ways down from the outside to them, and how far these are the same."""
    for box in order:
        there = (*chain[box], box)
        for parent in box.parents:
            if parent is not None:
                here = (*chain[parent], parent)
                same = 0
                while here[same] == there[same]:
                    same += 1
                yield parent, here, there, same


def _circles(order, chain, held):
    """Groups that cannot be boxes, for a way leads out of them and back."""
    if not any(chain.values()):
        return set()
    heads: dict[Any, set[Any]] = {}
    tails: dict[Any, set[Any]] = {}
    for _, here, there, same in _places(order, chain):
        heads.setdefault(here[same], set()).add(there[same])
        tails.setdefault(there[same], set()).add(here[same])
    left = {*heads, *tails}
    for forth, back in ((heads, tails), (tails, heads)):        # take away what nothing leads to, then what leads nowhere
        waits = {node: sum(n in left for n in back.get(node, ())) for node in left}
        ends = [node for node in left if not waits[node]]
        while ends:
            node = ends.pop()
            left.discard(node)
            for n in forth.get(node, ()):
                if n in left:
                    waits[n] -= 1
                    if not waits[n]:
                        ends.append(n)
    groups = [node for node in left if isinstance(node, tuple)]
    alone = {group for group in groups if _leaves_and_returns(set(held[group]))}
    return alone or set(groups)


def _leaves_and_returns(inside):
    """Whether a way leads out of these boxes and back into them: as one box they would make a circle."""
    stack = [child for box in inside for child in box.children if child not in inside]
    seen = set(stack)
    while stack:
        for child in stack.pop().children:
            if child in inside:
                return True
            if child not in seen:
                seen.add(child)
                stack.append(child)
    return False


def _made(order, chain, tiles, held):
    scenes: dict[Any, Scene] = {(): Scene()}
    shown: dict[Any, Tile] = dict(tiles)
    level: dict[Any, Any] = {}                  # of a box or a group: the group that it stands in
    for box in order:
        for around, node in zip(((), *chain[box]), (*chain[box], box)):
            level[node] = around
            if node not in shown:
                scenes[node] = Scene()
                shown[node] = Tile(_module_lines(node[-1], held[node]), "module", scenes[node])
    seen = set()
    for tail, here, there, same in _places(order, chain):
        steps = [(here[same], there[same])]
        for node in here[same + 1:]:            # out of the modules around the tail
            port = scenes[level[node]].exits.setdefault(tail, Port(tail))
            steps.append((node, port))
        for node in there[same + 1:]:           # into those around the head
            port = scenes[level[node]].entries.setdefault(tail, Port(tail))
            steps.append((port, node))
        for a, b in steps:
            plain = isinstance(a, Box) and isinstance(b, Box)
            if not plain and (a, b, tail) in seen:
                continue                        # one line for all the uses in a module
            seen.add((a, b, tail))
            scene = scenes[level[b] if isinstance(a, Port) else level[a]]
            scene.edges.append((shown.get(a, a), shown.get(b, b), tail))
    _sort(scenes, shown, level)
    return scenes[()]


def _sort(scenes, shown, level):
    """Give each scene its tiles, tails before heads."""
    inside: dict[Any, list[Tile]] = {}
    for node, around in level.items():
        inside.setdefault(around, []).append(shown[node])
    for key, scene in scenes.items():
        heads: dict[Any, list[Any]] = {}
        waits: dict[Any, int] = {}
        for a, b, _ in scene.edges:
            if isinstance(a, Tile) and isinstance(b, Tile):
                heads.setdefault(a, []).append(b)
                waits[b] = waits.get(b, 0) + 1
        ready = [tile for tile in reversed(inside[key]) if not waits.get(tile)]
        while ready:
            tile = ready.pop()
            scene.tiles.append(tile)
            for head in reversed(heads.get(tile, ())):
                waits[head] -= 1
                if not waits[head]:
                    ready.append(head)


def _module_lines(call, boxes):
    operations = [box for box in boxes if not box.is_leaf]
    weights = [box.data.size for box in boxes if box.is_leaf and hasattr(box.data, "size")]
    n, last = len(operations), (operations or boxes)[-1]
    sizes = last.shape or getattr(last.grad, "shape", ())
    lines = [f"{n} operation{'s' * (n != 1)}", *([f"{sum(weights):,} parameters"] if weights else []),
             *([shape(sizes)] if sizes else [])]
    return [(call.title, HEAD), *((line, DATA) for line in lines)]
