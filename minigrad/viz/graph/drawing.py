"""`draw`: a graph as a picture: SVG, a page of HTML in which one can pan and zoom, or DOT for Graphviz."""

from __future__ import annotations

import os
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

from minigrad.scalar.value import Value
from minigrad.system.files import whole_file
from minigrad.tensor import Tensor
from minigrad.viz.graph.forward import forward_formula
from minigrad.viz.graph.layout import Placed, layout
from minigrad.viz.graph.numbers import UNKNOWN, is_shown, latex, mathml, shape, short, simplified
from minigrad.viz.graph.stale import notes
from minigrad.viz.graph.trace import Box, boxes, steps

LETTER, LINE, MARGIN = 6.7, 15.0, 9.0           # pixels of the font at 11 px, and around a box's text
FONT = "font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:11px"
COLOURS = {"leaf": ("#e8f0fe", "#4477aa"), "operation": ("#ffffff", "#8a8f98"), "root": ("#fdf1e3", "#ee7733"),
           "module": ("#eef5ec", "#228833")}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>html,body{{margin:0;height:100%;background:#fff}}svg{{width:100%;height:100%;cursor:grab}}</style></head>
<body>{svg}<script>
const svg=document.querySelector('svg'),box=svg.viewBox.baseVal;let from=null;
svg.addEventListener('wheel',e=>{{e.preventDefault();const f=e.deltaY>0?1.15:1/1.15,r=svg.getBoundingClientRect();
const x=box.x+(e.clientX-r.left)/r.width*box.width,y=box.y+(e.clientY-r.top)/r.height*box.height;
box.x=x-(x-box.x)*f;box.y=y-(y-box.y)*f;box.width*=f;box.height*=f;}},{{passive:false}});
svg.addEventListener('pointerdown',e=>{{from=[e.clientX,e.clientY];svg.setPointerCapture(e.pointerId)}});
svg.addEventListener('pointerup',()=>from=null);
svg.addEventListener('pointermove',e=>{{if(!from)return;const r=svg.getBoundingClientRect();
const s=Math.max(box.width/r.width,box.height/r.height);
box.x-=(e.clientX-from[0])*s;box.y-=(e.clientY-from[1])*s;from=[e.clientX,e.clientY]}});
</script></body></html>
"""


class Picture:
    """A drawn graph: `svg`, `html` and `dot` are texts; save(path) writes the one that the path's end names."""

    def __init__(self, svg: str, dot: str, title: str) -> None:
        self.svg, self.dot, self.title = svg, dot, title

    @property
    def html(self) -> str:
        """A page of its own, without any file beside it: drag to pan, turn the wheel to zoom."""
        return PAGE.format(title=escape(self.title), svg=self.svg)

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


def draw(root: Value | Tensor, names: dict[str, Any] | None = None, collapse: bool = True,
         gradients: bool = True) -> Picture:
    """The graph of a Value or Tensor as a Picture: boxes with a name, an operation, a number or shape, and a gradient.

    names: {name: Value or Tensor}, beside labels of Values. collapse: what a module computed is one box, where the modules are
    known: of tensors that were computed in anomaly mode (`with mg.anomaly_mode(): y = model(x)`). gradients: those of this
    result, which are computed for the picture alone (no `.grad` is written, no hook called) and left out where they cannot be,
    as those of a tensor with several elements. TypeError for what is no Value or Tensor, RuntimeError for a graph that was
    freed.
    """
    order = boxes(root, names)
    notes(root, order)
    if gradients and (isinstance(root, Value) or root.size == 1):
        try:
            steps(root, order)
        except (ArithmeticError, RuntimeError):     # a slope that does not exist, an array that was written to
            for box in order:
                box.grad = None
    return drawn(order, collapse)


def drawn(order: list[Box], collapse: bool = True) -> Picture:
    """The picture of these boxes, with the gradients that they have."""
    groups = _modules(order) if collapse else {}
    shown = [box for box in order if box not in groups or groups[box][-1] is box]
    texts = {box: _module_lines(groups[box]) if box in groups else _lines(box) for box in shown}
    stands = {box: groups[box][-1] if box in groups else box for box in order}
    edges = [(stands[parent], stands[box]) for box in order for parent in box.parents
             if parent is not None and stands[parent] is not stands[box]]
    sizes = {box: (max(len(line) for line, _ in texts[box]) * LETTER + 2 * MARGIN, len(texts[box]) * LINE + MARGIN)
             for box in shown}
    kinds = {box: "module" if box in groups else "leaf" if box.is_leaf else "root" if box is order[-1] else "operation"
             for box in shown}
    return Picture(_svg(texts, sizes, kinds, layout(sizes, edges)), _dot(texts, kinds, edges), f"the graph of {order[-1].name}")


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


HEAD, DATA, GRADIENT = ' font-weight="bold"', "", ' fill="#aa3377" class="gradient"'        # what a line of a box looks like


def _lines(box):
    lines = [(box.name if box.is_leaf else f"{box.name} = {forward_formula(box)}", HEAD)]
    if box.shape:
        lines += [(line, DATA) for line in (shape(box.shape), *_array_lines(box.data))]
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


def _modules(order):
    """{box: the boxes of its module's call} for the outermost modules below the root's own, where that leaves no circle."""
    paths = {box: box.place.split(".")[0] for box in order if box.place}
    groups: dict[str, list[Box]] = {}
    for box, path in paths.items():
        groups.setdefault(path, []).append(box)
    found = {}
    for group in groups.values():
        inside = set(group)
        if len(group) > 1 and not _leaves_and_returns(inside):
            found.update(dict.fromkeys(group, group))
    return found


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


def _module_lines(group):
    last = group[-1]
    lines = (f"{len(group)} operations", *([shape(last.shape)] if last.shape else []))
    return [(last.place.split(".")[0], HEAD), *((line, DATA) for line in lines)]


def _svg(texts, sizes, kinds, placed: Placed):
    pad = 12
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-pad} {-pad} {placed.width + 2 * pad:.0f} '
           f'{placed.height + 2 * pad:.0f}" width="{placed.width + 2 * pad:.0f}" height="{placed.height + 2 * pad:.0f}" '
           f'style="{FONT}">',
           '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
           'markerUnits="userSpaceOnUse" orient="auto">'
           '<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>']
    number = {box: i for i, box in enumerate(texts)}
    for (tail, head, which), points in placed.routes.items():
        out.append(f'<path d="{_curve(points, which)}" fill="none" stroke="#667" stroke-width="1.1" marker-end="url(#to)" '
                   f'data-edge="{number[tail]}-{number[head]}"/>')
    for box, (x, y) in placed.positions.items():
        (width, height), (fill, stroke) = sizes[box], COLOURS[kinds[box]]
        left, top = x - width / 2, y - height / 2
        out.append(f'<g data-box="{number[box]}">')
        out.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5" fill="{fill}" '
                   f'stroke="{stroke}"/>')
        for i, (line, style) in enumerate(texts[box]):
            out.append(f'<text x="{x:.1f}" y="{top + MARGIN / 2 + (i + .75) * LINE:.1f}" text-anchor="middle"{style}>'
                       f'{escape(line)}</text>')
        out.append("</g>")
    return "\n".join([*out, "</svg>"])


def _curve(points, which):
    """A smooth way through the points; a second arrow between the same two a little lower."""
    (x, y), *others = points
    text = f"M{x:.1f} {y + 7 * which:.1f}"
    for i, (to_x, to_y) in enumerate(others):
        to_y += 7 * which if i == len(others) - 1 else 0
        bend = (to_x - x) / 2
        text += f"C{x + bend:.1f} {y + 7 * which * (i == 0):.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    return text


def _dot(texts, kinds, edges):
    number = {box: f"n{i}" for i, box in enumerate(texts)}
    quoted = {box: "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line, _ in lines)
              for box, lines in texts.items()}
    out = ["digraph {", "  rankdir=LR; node [shape=box style=\"rounded,filled\" fontname=monospace fontsize=10];"]
    out += [f'  {number[box]} [label="{quoted[box]}" fillcolor="{COLOURS[kinds[box]][0]}"];' for box in texts]
    out += [f"  {number[tail]} -> {number[head]};" for tail, head in edges]
    return "\n".join([*out, "}", ""])
