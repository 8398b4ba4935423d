"""`explain`: every step of a gradient in words and numbers, as a text, a page of HTML or LaTeX."""

from __future__ import annotations

import os
import re
import textwrap
from functools import cached_property, reduce
from pathlib import Path
from typing import Any, NamedTuple

from minigrad.scalar.value import Value
from minigrad.system.files import whole_file
from minigrad.tensor import Tensor
from minigrad.viz.graph import page, stale
from minigrad.viz.graph.drawing import drawn
from minigrad.viz.graph.formula import Formula, chain, formula, listed, name
from minigrad.viz.graph.forward import forward_formula, forward_numbers, is_computed, says_something
from minigrad.viz.graph.numbers import UNKNOWN, is_shown, short
from minigrad.viz.graph.trace import Box, Part, Step, boxes, steps
from minigrad.viz.graph.writing import backward_formulas

LARGEST = 300           # numbers of a page that has a picture
WHY = ("The gradient is carried from the result back to everything it was computed from. A number that was used several times "
       "gets a part from each use, and passes on their sum: so its turn comes when all that was computed from it has had its "
       "own.")


class Line(NamedTuple):
    """What a step gives to one parent: its name; what is equal, in names, in numbers, and the part; the note after it; and,
    for the page, the part, the parent's total, and whom it waits for then."""

    to: str
    pieces: list[Formula]
    note: str
    part: Any
    total: Any
    waits_for: str

    def __str__(self) -> str:
        return f"{self.to} gets {chain(self.pieces)[0]}" + (f"; {self.note}" if self.note else "")


class Turn(NamedTuple):
    """A step: whose turn it is, what was computed there, the gradient as it came together, from whom, and the lines."""

    name: str
    expression: Formula
    came: list[Formula]
    whence: str
    lines: list[Line]

    @property
    def head(self) -> str:
        """What stands before its lines."""
        return f"{self.name} = {self.expression}: {chain(self.came)[0]}, {self.whence}"


class Row(NamedTuple):
    """A number of the forward pass: its name, and what is equal: in names, in numbers, its value, if somebody kept that."""

    name: str
    pieces: list[Formula]
    is_known: bool

    def __str__(self) -> str:
        last = [] if self.is_known else [f"({page.NOT_KEPT})"]
        return " = ".join([self.name, *([chain(self.pieces)[0]] if self.pieces else []), *last])


class Explanation:
    """An explained gradient. str() is the text; `html` a page of its own, to be stepped through; `latex` the steps for a
    document; `gradients` {name of a leaf: its gradient}; `notes` what was written to since, if anything; save(path) writes
    .txt, .html or .tex. A notebook shows the page."""

    def __init__(self, order: list[Box], walked: list[Step], notes: list[str]) -> None:
        self.notes = notes
        self.turns = [_turn(step, i, walked) for i, step in enumerate(walked)]
        self.forward = [row for box in order for row in (*_constants(box), _row(box))]
        self.gradients = {box.name: box.grad for box in sorted(order, key=_counted) if box.is_leaf}
        self.totals = {box.name: box.grad for box in order}
        self.result = order[-1].name
        self._order = order

    @cached_property
    def picture(self) -> str:
        """The graph, in SVG; "" if it is so large that nobody would find anything in it."""
        return drawn(self._order, chains={}).svg if len(self._order) <= LARGEST else ""

    def __str__(self) -> str:
        out = [*(line for note in self.notes for line in (*textwrap.wrap(f"Note: {note}", 110), ""))]
        out += ["Forward: every number, in the order of computation", "", *(f"  {row}" for row in self.forward)]
        out += ["", f"Backward: the gradient of {self.result}", "", *textwrap.wrap(WHY, 110), ""]
        for i, turn in enumerate(self.turns, 1):
            out += [f"{i:3}. {turn.head}", *(f"       {line}" for line in turn.lines), ""]
        out += [f"The gradient of {self.result}", ""]
        out += [f"  in {name}: {short(g)}" for name, g in self.gradients.items()]
        return "\n".join(out)

    __repr__ = __str__

    @property
    def html(self) -> str:
        """A page of its own, with the graph."""
        return page.whole(self, WHY)

    @property
    def latex(self) -> str:
        """The steps as aligned equations, \\bar v being the gradient of the result in v."""
        rows = [f"\\bar{{{name(line.to).latex}}} &\\mathrel{{+}}= {chain(line.pieces)[1]}" for turn in self.turns
                for line in turn.lines]
        return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write .txt, .html or .tex; ValueError for another end."""
        text = {".txt": str(self) + "\n", ".html": self.html, ".tex": self.latex}.get(Path(path).suffix)
        if text is None:
            raise ValueError(f"[explain] expected a file that ends in .txt, .html or .tex, found {Path(path).name!r}")
        with whole_file(path) as part:
            Path(part).write_text(text, encoding="utf-8")

    def _repr_html_(self) -> str:
        return page.fragment(self, WHY)

    def _repr_latex_(self) -> str:
        """Where a notebook becomes a PDF; on the screen it shows the page."""
        return self.latex


def explain(root: Value | Tensor, names: dict[str, Any] | None = None, gradient: Any = None) -> Explanation:
    """How the gradient of a Value or a small Tensor comes about: the forward numbers, then each step of the backward pass:
    which rule, with which numbers, what it gave to whom, and for whom that still waits.

    names: {name: Value or Tensor}, beside the labels of Values. gradient: what to start from, 1 unless given. No `.grad` is
    written and the graph stays, and other threads may walk it. Numbers are those of the forward pass: what was written to since
    is noted. Errors are those of `draw`; RuntimeError for a Tensor of more elements without a gradient, and where a rule needs
    what was written to in place.
    """
    order = boxes(root, names)
    notes = stale.notes(root, order)
    return Explanation(order, steps(root, order, gradient), notes)


def _turn(step: Step, i: int, walked: list[Step]) -> Turn:
    box = step.box
    uses = [(s.box, part.part) for s in walked[:i] for part in s.parts if part.to is box]
    came = [name("g"), formula(step.g)]
    if len(uses) > 1 and all(is_shown(part) for _, part in uses):
        came.insert(1, reduce(lambda a, b: Formula("add", a, b), [formula(part) for _, part in uses]))
    users = [user.name for user, _ in uses] or [child.name for child in box.children]
    whence = f"from {listed(list(dict.fromkeys(users)))}" if i else "where the walk begins"
    g_shape = getattr(step.g, "shape", ())
    formulas = [backward_formulas(box.rule, box.node.need, box.kept(in_numbers), box.constants, g)
                for in_numbers, g in ((False, name("g", g_shape)), (True, formula(step.g)))]
    return Turn(box.name, forward_formula(box), came, whence, [_line(part, box, *formulas) for part in step.parts])


def _line(part: Part, box: Box, in_names: tuple[Formula | None, ...], of_numbers: tuple[Formula | None, ...]) -> Line:
    named, numbers, to = in_names[part.place], of_numbers[part.place], part.to.name
    pieces = [named] if named is not None and says_something(named) else []
    if numbers is not None and is_computed(numbers) and says_something(numbers):
        pieces.append(numbers)
    waits = ""
    if part.left:
        who = list(dict.fromkeys("the other use here" if other is box else other.name for other in part.waits_for))
        if part.left > len(part.waits_for):
            who.append(f"{part.left - len(part.waits_for)} more")
        waits = listed(who)
    note = ""
    if waits:
        note = f"{to} has {short(part.total)} now, and waits for {waits}"
    elif part.total is not part.part:
        note = f"{to} has {short(part.total)}: that is all"
    return Line(to, [*pieces, formula(part.part)], note, part.part, part.total, waits)


def _row(box):
    pieces = []
    if not box.is_leaf:
        pieces = [forward_formula(box)]
        numbers = forward_numbers(box)
        if numbers is not None:
            pieces.append(numbers)
    is_known = box.data is not UNKNOWN
    if is_known and short(box.data) != box.name:            # a symbol is its own value
        pieces.append(formula(box.data))
    return Row(box.name, pieces, is_known)


def _constants(box):
    """The named constants that an operation is the first to use."""
    return [Row(given.name, [formula(given.data)], True) for given in box.given.values() if given.name and given.is_first]


def _counted(box):
    """w2 before w10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", box.name)]
