"""A scene as SVG, and what the script of a page needs to know to fold and unfold its modules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from minigrad.viz.graph.scene import LINE, MARGIN, TITLE, Port, Scene, Tile

FONT = "font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:11px"
COLOURS = {"leaf": ("#e8f0fe", "#4477aa"), "operation": ("#ffffff", "#8a8f98"), "root": ("#fdf1e3", "#ee7733"),
           "module": ("#eef5ec", "#228833"), "again": ("#f6f7f9", "#8a8f98")}
EDGE = 12                   # around it all
Point = tuple[float, float]


def svg(scene: Scene, whole: bool = False) -> str:
    """The text of the picture. whole: with what the other state of each module would show, hidden."""
    for i, tile in enumerate(scene.all_tiles()):
        tile.place = i
    width, height = (f"{n + 2 * EDGE:.0f}" for n in (scene.placed.width, scene.placed.height))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-EDGE} {-EDGE} {width} {height}" width="{width}" '
        f'height="{height}" style="{FONT}">',
        '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>', *_scene(scene, whole, 0.0), "</svg>"])


def _scene(scene: Scene, whole: bool, pad: float) -> Iterator[str]:
    """pad: how far the frame around it is away, to the left and right."""
    for (tail, head), points in routes(scene, pad):
        marker = "" if isinstance(head, Port) or head.open else ' marker-end="url(#to)"'
        yield f'<path d="{curve(points)}" fill="none" stroke="#667" stroke-width="1.1"{marker}{_edge(tail, head)}/>'
    for tile in scene.tiles:
        (x, y), (width, height) = scene.placed.centres[tile], tile.size
        name = f' id="p{tile.place}"' if whole else ""              # a notebook holds many pictures
        name += f' data-box="{tile.number}"' if tile.number >= 0 else ""
        yield f'<g{name} class="mg-{tile.kind}" transform="translate({x - width / 2:.1f} {y - height / 2:.1f})">'
        if whole or not tile.open:
            yield from _shown(tile, tile.closed_size, tile.lines, tile.scene is not None and tile.open)
        if tile.scene is not None and (whole or tile.open):
            size = tile.size if tile.open else opened(tile)
            inner = (size[0] - tile.scene.placed.width) / 2
            yield from _shown(tile, size, tile.lines[:1], not tile.open, "open")
            yield f'<g transform="translate({inner:.1f} {TITLE})">'
            yield from _scene(tile.scene, whole, inner)
            yield "</g></g>"
        yield "</g>"


def _edge(tail, head):
    """Between which operations an arrow leads."""
    ends = [getattr(end, "stands_for", -1) for end in (tail, head)]
    return f' data-edge="{ends[0]}-{ends[1]}"' if min(ends) >= 0 else ""


def opened(tile: Tile) -> tuple[float, float]:
    """The size of a module if it were open."""
    was, tile.open = tile.open, True
    size = tile.size
    tile.open = was
    return size


def _shown(tile, size, lines, hidden, state="closed"):
    """A box with its text; of an open module the group stays open."""
    (width, height), (fill, stroke) = size, COLOURS[tile.kind]
    yield f'<g class="mg-{state}"{" display=" + chr(34) + "none" + chr(34) if hidden else ""}>'
    dashed = ' stroke-dasharray="3 2"' if tile.kind == "again" else ""
    pale = ' fill-opacity=".45"' if state == "open" else ""
    yield (f'<rect width="{width:.1f}" height="{height:.1f}" rx="{9 if tile.kind == "again" else 5}" fill="{fill}" '
           f'stroke="{stroke}"{dashed}{pale}/>')
    for i, (line, style) in enumerate(lines):
        yield (f'<text x="{width / 2:.1f}" y="{MARGIN / 2 + (i + .75) * LINE:.1f}" text-anchor="middle"{style}>'
               f'{escape(line)}</text>')
    if state == "closed":
        yield "</g>"


def routes(scene: Scene, pad: float) -> Iterator[tuple[tuple[Any, Any], list[Point]]]:
    """((its tail, its head), points) of every arrow. It is straight where it passes a column, so it meets no box of it."""
    at, wide = scene.placed.centres, scene.placed.wide
    for ((_, _, which), chain), tail in zip(scene.placed.chains.items(), scene.tails):
        bends = [(at[bend][0] + side * wide[bend] / 2, at[bend][1]) for bend in chain[1:-1] for side in (-1, 1)]
        first, last = (_end(scene, chain[end], tail, side, 7 * which, pad) for end, side in ((0, 1), (-1, -1)))
        yield (chain[0], chain[-1]), [*first, *bends, *last[::-1]]


def _end(scene, node, tail, side, down, pad):
    """Where an arrow leaves a tile (side 1) or comes to it (-1), and where it leaves or enters the column; down: how much lower
    than in the middle. Of a port: at the frame around, and at its column."""
    x, y = scene.placed.centres[node]
    column = x + side * scene.placed.wide[node] / 2
    if isinstance(node, Port):
        return [(-pad if side == 1 else scene.placed.width + pad, y), (column, y)]
    width, height = node.size
    y += down
    if node.scene is not None and node.open:
        port = (node.scene.exits if side == 1 else node.scene.entries)[tail]
        y += TITLE - height / 2 + node.scene.placed.centres[port][1]
    edge = x + side * width / 2
    return [(edge, y), (column, y)] if abs(column - edge) > 1 else [(edge, y)]


def curve(points: Sequence[Point]) -> str:
    """A smooth way through the points."""
    (x, y), *others = points
    text = f"M{x:.1f} {y:.1f}"
    for to_x, to_y in others:
        bend = (to_x - x) / 2
        text += f"H{to_x:.1f}" if abs(to_y - y) < .05 else (
            f"C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return text


def facts(scene: Scene) -> dict[str, Any]:
    """What the page's script computes places from, after svg(scene). n: of each node or bend [width, height if closed, height
    as it was laid out, y, the tile's place or -1]; c: the columns; e: the arrows, [nodes, which of several, the port at which
    it leaves an open module or -1, the one at which it enters]; s: {node: the scene in it}; open: {node: whether it is}; t:
    {node: how wide its title is}."""
    number = {node: i for i, node in enumerate(scene.placed.centres)}
    nodes, scenes, is_open = [], {}, {}
    for node, (_, y) in scene.placed.centres.items():
        if isinstance(node, Tile):
            nodes.append([*map(_round, node.closed_size), _round(node.size[1]), _round(y), node.place])
            if node.scene is not None:
                scenes[number[node]], is_open[number[node]] = facts(node.scene), int(node.open)
        else:
            nodes.append([0, 4, 4, _round(y), -1])
    arrows = [[[number[node] for node in chain], which, _port(chain[0], tail, "exits"), _port(chain[-1], tail, "entries")]
              for ((_, _, which), chain), tail in zip(scene.placed.chains.items(), scene.tails)]
    titles = {number[tile]: _round(tile.title_width) for tile in scene.tiles if tile.scene is not None}
    return {"n": nodes, "c": [[number[node] for node in column] for column in scene.placed.columns], "e": arrows, "s": scenes,
            "open": is_open, "t": titles}


def _port(node, tail, side):
    """The number of the port in a module, -1 of anything else."""
    if not isinstance(node, Tile) or node.scene is None:
        return -1
    return list(node.scene.placed.centres).index(getattr(node.scene, side)[tail])


def _round(x):
    return round(x, 1)
