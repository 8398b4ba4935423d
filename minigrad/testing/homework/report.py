"""What a check of homework found: a row for each gradient, and how it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One gradient of the student's beside the engine's, or a place where there is none.

    layer, parameter: whose it is ("0 Linear", "weight"). name: "right", or the mistake in a few words; sentence: what it is.
    entry: the index where the two differ most; mine, right: the two numbers there; None where there are no such numbers.
    step: the step of the derivation to look at again. same_as: the place whose mistake this one comes from, if not its own.
    """

    layer: str
    parameter: str
    name: str
    sentence: str
    entry: tuple[int, ...] | None = None
    mine: float | None = None
    right: float | None = None
    step: str = ""
    same_as: str = ""

    @property
    def place(self) -> str:
        """Layer and parameter, as messages name them."""
        return f"{self.layer}, {self.parameter}" if self.layer else self.parameter

    def __bool__(self) -> bool:
        """Whether this gradient is right."""
        return self.name == "right"

    def __str__(self) -> str:
        lines = [f"{self.place}: " + (f"the same mistake as in {self.same_as}." if self.same_as else self.sentence)]
        if self.entry is not None and self.mine is not None and self.right is not None:
            at = f"entry {self.entry}" if self.entry else "the number"
            lines.append(f"    {at}: yours {self.mine:.6g}, right {self.right:.6g}")
        if self.step and not self and not self.same_as:
            lines.append(f"    look again at: {self.step}")
        return "\n".join(lines)


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradient` found; true if all is right. `print` it, or let a notebook show it.

    findings: one for each gradient, in the order of the layers; an error of the student's code is a finding, too. notes: what
    this check could not see with these numbers, and what else a reader should know.
    """

    findings: tuple[Finding, ...] = field(default=())
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether every gradient is right."""
        return bool(self.findings) and all(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __getitem__(self, place: str) -> Finding:
        """The finding at a place: "weight", "0 Linear, weight", or "0.weight"; KeyError if there is none."""
        for finding in self.findings:
            if place in (finding.place, finding.parameter, f"{finding.layer.split(' ')[0]}.{finding.parameter}"):
                return finding
        raise KeyError(f"[GradientReport] no finding at {place!r}: there are {[f.place for f in self.findings]}")

    @property
    def mistakes(self) -> tuple[Finding, ...]:
        """What is wrong, each mistake once, nearest to the loss first: that is where to begin."""
        return tuple(f for f in reversed(self.findings) if not f and not f.same_as)

    def table(self) -> str:
        """Layer x parameter: right, or the likely mistake."""
        columns, rows = self._cells()
        cells = [["layer", *columns], *rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        return "\n".join("  ".join(cell.ljust(n) for cell, n in zip(row, widths)).rstrip() for row in cells)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain lists, strings and numbers, as JSON takes them."""
        return {"right": bool(self), "findings": [asdict(f) for f in self.findings], "notes": list(self.notes)}

    def _cells(self):
        columns = list(dict.fromkeys(f.parameter for f in self.findings))
        layers = dict.fromkeys(f.layer for f in self.findings)
        names = {(f.layer, f.parameter): f.name for f in self.findings}
        return columns, [[layer, *(names.get((layer, column), "") for column in columns)] for layer in layers]

    def _headline(self) -> str:
        wrong, n = sum(not f for f in self.findings), len(self.findings)
        if not wrong:
            return f"All {n} gradients are right." if n > 1 else "The gradient is right."
        mistakes = len(self.mistakes)
        return f"{wrong} of {n} {'is' if wrong == 1 else 'are'} wrong: {mistakes} mistake{'s' if mistakes > 1 else ''}."

    def __str__(self) -> str:
        parts = [self._headline(), self.table()]
        own = list(self.mistakes)
        if len(own) > 1:
            parts.append("The first is nearest to the loss: begin there, for what stands below may come from it.")
        parts += [str(f) for f in own]
        parts += [str(f) for f in reversed(self.findings) if not f and f.same_as]
        parts += [f"Note: {note}" for note in self.notes]
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        """The table and the sentences, for a notebook."""
        columns, rows = self._cells()
        head = "".join(f"<th>{escape(name)}</th>" for name in ("layer", *columns))
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        words = "".join(f"<p style='white-space: pre-wrap'>{escape(str(f))}</p>" for f in self.mistakes)
        notes = "".join(f"<p>Note: {escape(note)}</p>" for note in self.notes)
        return f"<p>{escape(self._headline())}</p><table><tr>{head}</tr>{body}</table>{words}{notes}"
