"""`draw`: a graph as a picture: SVG, a page of HTML in which one can pan, zoom and unfold modules, or DOT for Graphviz."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, cast

from minigrad.nn.module import Module
from minigrad.scalar.value import Value
from minigrad.system.files import whole_file
from minigrad.tensor import Tensor
from minigrad.viz.graph.folding import page
from minigrad.viz.graph.forward import forward_formula
from minigrad.viz.graph.modules import Chain, by_place, by_use, traced, with_parameters
from minigrad.viz.graph.numbers import UNKNOWN, is_shown, latex, mathml, shape, short, simplified
from minigrad.viz.graph.scene import DATA, GRADIENT, HEAD, Scene, Tile, scene_of
from minigrad.viz.graph.stale import notes
from minigrad.viz.graph.svg import COLOURS, svg
from minigrad.viz.graph.trace import Box, boxes, steps

MOST = 20_000           # boxes and arrows of a graph that is drawn


class Picture:
    """A drawn graph: `svg`, `html` and `dot` are texts; save(path) writes the one that the path's end names."""

    def __init__(self, scene: Scene, dot: str, title: str) -> None:
        self._scene, self.dot, self.title = scene, dot, title

    @cached_property
    def svg(self) -> str:
        """The picture."""
        return svg(self._scene)

    @cached_property
    def html(self) -> str:
        """A page of its own, without any file beside it: drag to pan, turn the wheel to zoom, click on a module to fold or
        unfold it."""
        return page(self._scene, self.title)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write .svg, .html or .dot; ValueError for another end."""
        text = {".svg": "svg", ".html": "html", ".dot": "dot"}.get(Path(path).suffix)
        if text is None:
            raise ValueError(f"[draw] expected a file that ends in .svg, .html or .dot, found {Path(path).name!r}")
        with whole_file(path) as part:
            Path(part).write_text(getattr(self, text), encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Picture({self.title!r}): .save('graph.svg'), .save('graph.html') or .save('graph.dot')"


def draw(root: Value | Tensor | Module, names: Any = None, collapse: bool = True, gradients: bool = True, *,
         modules: Module | None = None, loss: Callable[[Any], Any] | None = None) -> Picture:
    """The graph of a Value or Tensor as a Picture: boxes with a name, an operation, a number or shape, and a gradient.

        draw(y, {"w": w})       names for what has no label
        draw(model, x)          what the model computes of an input, or of several in a tuple; with loss=f, f(model(x))
        draw(y, model)          the graph of a y that is there already, with the parameters' names

    Of a model each module is one box; click on it, on the page of HTML, and it shows what is in it. draw(model, x) runs a copy
    of the model and notes the calls, so its boxes are exact. draw(y, model), or modules=model beside names, tells modules by
    their parameters: a box holds what uses them and what lies between, and what a module does after its last parameter stands
    beside it. Without a model modules are known of what was computed in anomaly mode. collapse=False: every module is open.

    gradients: those of this result, computed for the picture alone (no `.grad` is written, no hook called), and left out where
    they cannot be, as those of a tensor with several elements. A leaf that is used more than four times is drawn again (dashed)
    near its distant uses.
    TypeError for what is no Value, Tensor or Module, RuntimeError for a graph that was freed, ValueError for one of more than
    20,000 boxes or arrows: draw a part of it.
    """
    ran, result = None, cast(Any, root)
    if isinstance(root, Module):
        if names is None:
            raise TypeError("[draw] expected an input beside the model: draw(model, x)")
        ran = traced(root, names if isinstance(names, tuple) else (names,), loss)       # kept while its parameters are drawn
        result, names = ran.result, ran.names
        if not isinstance(result, Tensor):
            who = "the model" if loss is None else "loss"
            raise TypeError(f"[draw] {who} returned a {type(result).__name__} but expected one tensor: give loss=, a function "
                            "of what the model returns")
    elif loss is not None:
        raise TypeError("[draw] loss goes with a model: draw(model, x, loss=f); of a loss that is computed already, draw(loss)")
    elif isinstance(names, Module):
        modules, names = names, None
    if not (names is None or isinstance(names, Mapping)):
        raise TypeError(f"[draw] expected names as {{name: Value or Tensor}}, or a Module, found {type(names).__name__}")
    if modules is not None:
        names = {**dict(modules.named_parameters()), **(names or {})}
    order = boxes(result, names)
    _not_too_large(order)
    notes(result, order)
    if gradients and (isinstance(result, Value) or result.size == 1):
        try:
            steps(result, order)
        except (ArithmeticError, RuntimeError):     # a slope that does not exist, an array that was written to
            for box in order:
                box.grad = None
    if ran is not None:
        return drawn(order, collapse, {box: ran.chains.get(box.node, ()) for box in order})
    return drawn(order, collapse, None if modules is None else by_use(modules, order))


def drawn(order: list[Box], collapse: bool = True, chains: dict[Box, Chain] | None = None) -> Picture:
    """The picture of these boxes, with the gradients that they have. chains: the modules around each, else what anomaly mode
    noted."""
    chains = with_parameters(order, by_place(order) if chains is None else chains)
    kinds = {box: "leaf" if box.is_leaf else "root" if box is order[-1] else "operation" for box in order}
    tiles = {box: Tile(_lines(box), kinds[box], number=i) for i, box in enumerate(order)}
    scene = scene_of(order, chains, tiles)
    for tile in scene.all_tiles():
        tile.open = tile.scene is not None and not collapse
    dot = _dot(scene)
    scene.arrange()
    return Picture(scene, dot, f"the graph of {order[-1].name}")


LARGEST = 60            # boxes of a graph that a notebook shows unasked


def in_notebook(root: Value | Tensor) -> str | None:
    """What a notebook shows of a Value or Tensor: its text and, of a small graph, its picture; None (the text) for a leaf."""
    node: Any = root if isinstance(root, Value) else root.node
    if node is None or node.rule is None and node.index < 0 or node.saved is None:
        return None
    order = boxes(root)
    if len(order) > LARGEST:
        return None
    notes(root, order)
    for box in order if isinstance(root, Value) else ():
        box.grad = box.node.grad                # what backward left there
    exact = isinstance(root, Value) and is_typeset(root.data)
    head = f"<p><math>{mathml(simplified(root.data))}</math></p>" if exact else f"<pre>{escape(repr(root))}</pre>"
    return head + drawn(order).svg


def is_typeset(number: Any) -> bool:
    """Whether a number has a form that is worth typesetting: a fraction, an expression."""
    return isinstance(number, Fraction) or hasattr(number, "free_symbols")


def latex_in_notebook(root: Value) -> str | None:
    """A Value's number in LaTeX, as notebooks take it, if it is a fraction or an expression (the simplified one). It is shown
    where the picture is not: for a leaf, a large graph, and where notebooks become PDF."""
    return f"$\\displaystyle {latex(simplified(root.data))}$" if is_typeset(root.data) else None


def _not_too_large(order):
    arrows = sum(len(box.parents) for box in order)
    if max(len(order), arrows) > MOST:
        raise ValueError(f"[draw] the graph has {len(order):,} boxes and {arrows:,} arrows, but at most {MOST:,} of each are "
                         "drawn: draw a result in between, or the same with fewer steps or smaller layers")


def _lines(box):
    lines = [(box.name if box.is_leaf else f"{box.name} = {forward_formula(box)}", HEAD)]
    sizes = box.shape or getattr(box.grad, "shape", ())         # a gradient has the shape of what nobody kept
    if sizes:
        lines += [(line, DATA) for line in (shape(sizes), *_array_lines(box.data))]
    elif box.data is not UNKNOWN and short(box.data) != box.name:       # a symbol is its own value
        lines.append((f"= {short(box.data)}", DATA))
    if getattr(box.grad, "shape", ()):
        rows = _array_lines(box.grad)
        lines += [(line, GRADIENT) for line in (["gradient", *rows] if rows else [])]
    elif box.grad is not None:
        lines.append((f"gradient {short(box.grad)}", GRADIENT))
    return lines


def _array_lines(a):
    """A small array, a line for each row; nothing of a large one."""
    if a is UNKNOWN or not is_shown(a):
        return []
    return [short(row) for row in a] if len(a.shape) == 2 else [short(a)]


def _dot(scene):
    """The same for Graphviz; open modules are clusters, and arrows into them end at what is in them."""
    number = {tile: i for i, tile in enumerate(scene.all_tiles())}
    out = ["digraph {", "  rankdir=LR; node [shape=box style=\"rounded,filled\" fontname=monospace fontsize=10];"]
    arrows: list[str] = []

    def write(level: Scene, indent: str) -> None:
        for tile in level.tiles:
            text = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line, _ in tile.lines)
            if tile.scene is not None and tile.open:
                out.append(f'{indent}subgraph cluster_{number[tile]} {{ label="{text}"; fontname=monospace; fontsize=10;')
                write(tile.scene, indent + "  ")
                out.append(f"{indent}}}")
            else:
                out.append(f'{indent}n{number[tile]} [label="{text}" fillcolor="{COLOURS[tile.kind][0]}"];')
        for tail, head, box in level.edges:
            if isinstance(tail, Tile) and isinstance(head, Tile):
                arrows.extend(f"  n{number[tail_end]} -> n{number[end]};" for tail_end in _ends(tail, box, "exits")
                              for end in _ends(head, box, "entries"))

    write(scene, "  ")
    return "\n".join([*out, *arrows, "}", ""])


def _ends(tile, box, side):
    """The tiles at the end of an arrow: the tile, or what it leads to inside an open module."""
    if tile.scene is None or not tile.open:
        return [tile]
    port = getattr(tile.scene, side)[box]
    inner = [(a, b) for a, b, _ in tile.scene.edges if (b if side == "exits" else a) is port]
    return [end for a, b in inner for end in _ends(a if side == "exits" else b, box, side)]
