"""`explain`: every step of a gradient in words and numbers, as a text, a page of HTML or LaTeX."""

from __future__ import annotations

import os
import re
import textwrap
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from minigrad.scalar.value import Value
from minigrad.system.files import whole_file
from minigrad.tensor import Tensor
from minigrad.viz.graph.drawing import SIGNS, drawn, expression
from minigrad.viz.graph.formula import Formula, backward_formulas
from minigrad.viz.graph.numbers import bracketed, latex, short
from minigrad.viz.graph.trace import UNKNOWN, Box, Step, boxes, steps

WHY = ("The gradient is carried from the result back to everything it was computed from. A number that was used several times "
       "gets a part from each use, and passes on their sum: so its turn comes when all that was computed from it has had its "
       "own.")
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
svg{max-width:100%;height:auto;border:1px solid #ddd;border-radius:6px}
td,.m{font-family:'DejaVu Sans Mono',Menlo,monospace;font-size:13px}
table{border-collapse:collapse}td{padding:.15em .8em;border-bottom:1px solid #eee}
li{margin:.5em 0}.m{display:block;margin-left:1em}.g{color:#aa3377}
"""


class Line(NamedTuple):
    """What a step gives to one parent: its name, the formula in names and in numbers, the part, the note after it."""

    to: str
    names: Formula | None
    numbers: Formula | None
    part: Any
    note: str


class Turn(NamedTuple):
    """A step, in words: what stands before its lines, and the lines."""

    head: str
    lines: list[Line]


class Explanation:
    """An explained gradient. str() is the text; `html` a page of its own; `latex` the steps for a document; `gradients` {name
    of a leaf: its gradient}; save(path) writes .txt, .html or .tex. A notebook shows the page."""

    def __init__(self, order: list[Box], turns: list[Turn], picture: str) -> None:
        self.turns, self.picture = turns, picture
        self.gradients = {box.name: box.grad for box in sorted(order, key=_counted) if box.is_leaf}
        self.forward = [(box.name, "" if box.is_leaf else expression(box), "" if box.is_leaf else in_numbers(box),
                         None if box.data is UNKNOWN else short(box.data)) for box in order]
        self.result = order[-1].name

    def __str__(self) -> str:
        out = ["Forward: every number, in the order of computation", ""]
        out += ["  " + " = ".join(filter(None, (name, text, numbers, value or "(not kept: no rule needs it)")))
                for name, text, numbers, value in self.forward]
        out += ["", f"Backward: the gradient of {self.result}", "", *textwrap.wrap(WHY, 110), ""]
        for i, turn in enumerate(self.turns, 1):
            out += [f"{i:3}. {turn.head}", *(f"       {_said(line)}" for line in turn.lines), ""]
        out += [f"The gradient of {self.result}", ""]
        out += [f"  in {name}: {short(g)}" for name, g in self.gradients.items()]
        return "\n".join(out)

    __repr__ = __str__

    @property
    def html(self) -> str:
        """A page of its own, with the graph."""
        title = f"The gradient of {escape(self.result)}"
        rows = "".join(_row(name, " = ".join(filter(None, (text, numbers))), value or "not kept: no rule needs it")
                       for name, text, numbers, value in self.forward)
        items = "".join(f"<li>{escape(turn.head)}{''.join(map(_span, turn.lines))}</li>" for turn in self.turns)
        leaves = "".join(_row(name, short(g)) for name, g in self.gradients.items())
        return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
                f"<style>{STYLE}</style></head><body><h1>{title}</h1>{self.picture}"
                f"<h2>Forward</h2><table>{rows}</table><h2>Backward</h2><p>{escape(WHY)}</p><ol>{items}</ol>"
                f"<h2>The gradient</h2><table>{leaves}</table></body></html>\n")

    @property
    def latex(self) -> str:
        """The steps as aligned equations, \\bar v being the gradient of the result in v."""
        rows = []
        for turn in self.turns:
            for line in turn.lines:
                parts = [piece.latex for piece in (line.names, line.numbers) if piece is not None]
                rows.append(f"\\bar{{{_tex(line.to)}}} &\\mathrel{{+}}= "
                            + " = ".join(dict.fromkeys([*parts, latex(line.part)])))
        return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write .txt, .html or .tex; ValueError for another end."""
        text = {".txt": str(self) + "\n", ".html": self.html, ".tex": self.latex}.get(Path(path).suffix)
        if text is None:
            raise ValueError(f"[explain] expected a file that ends in .txt, .html or .tex, found {Path(path).name!r}")
        with whole_file(path) as part:
            Path(part).write_text(text, encoding="utf-8")

    def _repr_html_(self) -> str:
        return self.html


def explain(root: Value | Tensor, names: dict[str, Any] | None = None, gradient: Any = None) -> Explanation:
    """How the gradient of a Value or a small Tensor comes about: the forward numbers, then each step of the backward pass:
    which rule, with which numbers, what it gave to whom, and what was still to come.

    names: {name: Value or Tensor}, beside the labels of Values. gradient: what to start from, 1 unless given. No `.grad` is
    written and the graph stays. Errors are those of `draw`; RuntimeError for a Tensor of more elements without a gradient.
    """
    order = boxes(root, names)
    walked = steps(root, order, gradient)
    return Explanation(order, [_turn(step, i, walked) for i, step in enumerate(walked)], drawn(order).svg)


def in_numbers(box: Box) -> str:
    """An operation of two numbers, or of one, with the numbers in the names' places: 3 · 4."""
    given = [box.given.get(i, "·") if p is None else "?" if p.data is UNKNOWN else bracketed(p.data)
             for i, p in enumerate(box.parents)]
    given += [short(c) for c in box.constants] if box.op.endswith("constant") else []
    op = box.op.removesuffix("_by_constant").removesuffix("_of_constant")
    if op in SIGNS and len(given) == 2:
        return f"{given[0]} {SIGNS[op]} {given[1]}"
    return f"−{given[0]}" if op == "neg" else ""


def _turn(step: Step, i: int, walked: list[Step]) -> Turn:
    box = step.box
    uses = [(s.box, part) for s in walked[:i] for parent, part, _, _ in s.parts if parent is box]
    if not uses and i:
        came = f"g = {short(step.g)}, from {' and '.join(child.name for child in box.children)}"
    elif not uses:
        came = f"g = {short(step.g)}, where the walk begins"
    elif len(uses) == 1:
        came = f"g = {short(step.g)}, from {uses[0][0].name}"
    else:
        parts, users = (" + ".join(bracketed(part) for _, part in uses), " and ".join(user.name for user, _ in uses))
        came = f"g = {parts} = {short(step.g)}, from {users}"
    in_names, of_numbers = (backward_formulas(box.node.rule, len(box.parents), box.constants, v) for v in _letters(box))
    lines = []
    for parent, part, total, waiting in step.parts:
        places = [j for j, p in enumerate(box.parents) if p is parent]
        place = places[sum(line.to == parent.name for line in lines) if places[1:] else 0]
        note = ""
        if waiting:
            note = f"{parent.name} has {short(total)} now, and waits for {waiting} more"
        elif total is not part:
            note = f"{parent.name} has {short(total)}: that is all"
        lines.append(Line(parent.name, in_names[place], of_numbers[place], part, note))
    return Turn(f"{box.name} = {expression(box)}: {came}", lines)


def _letters(box):
    """What stands for g, a, b and y: the names of boxes; numbers."""
    inputs = dict(zip("ab", box.parents))
    names = {letter: Formula(p.name, _tex(p.name)) for letter, p in inputs.items() if p is not None}
    known = {letter: formula_of(p.data) for letter, p in inputs.items() if p is not None and p.data is not UNKNOWN}
    constants = {letter: Formula(box.given[i]) for i, letter in enumerate("ab") if i in box.given}
    names, known = names | constants, known | constants
    return ({**names, "y": Formula(box.name, _tex(box.name)), "g": Formula("g")},
            {**known, "y": formula_of(box.data), "g": formula_of(box.grad)})


def formula_of(x: Any) -> Formula:
    """A number as a piece of a formula, bracketed if it is negative."""
    if x is UNKNOWN:
        return Formula("?")
    text, plain = latex(x), bracketed(x)
    return Formula(plain, f"\\left({text}\\right)" if plain.startswith("(") and not hasattr(x, "shape") else text)


def _counted(box):
    """w2 before w10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", box.name)]


def _said(line):
    parts = [str(piece) for piece in (line.names, line.numbers) if piece is not None]
    text = " = ".join([*dict.fromkeys([*parts, short(line.part)])])
    return f"{line.to} gets {text}" + (f"; {line.note}" if line.note else "")


def _tex(name):
    """z1 and z_1 as z_{1}"""
    head, _, index = name.partition("_")
    if not index:
        head = name.rstrip("0123456789") or name
        index = name[len(head):]
    head, index = (re.sub(r"([#$%&_{}])", r"\\\1", part.replace("\\", "")) for part in (head, index))
    return f"{head}_{{{index}}}" if index else head


def _row(*cells):
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _span(line):
    return f'<span class="m">{escape(_said(line))}</span>'
